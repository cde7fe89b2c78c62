//! The Dockerfile, as the tools edit it.

use super::subject::Subject;
use super::{Finding, rules};
use crate::base::suggest::nearest;

const FILE: &str = "Dockerfile";
/// The beginnings of the base images that a cluster's settings replace.
const BASES: &[&str] = &["nauta/tensorflow-py", "nauta/horovod", "nauta/pytorch", "nauta/openvino-ms"];
const SCRIPT: &[&str] = &["COPY training.py", "ADD training.py"];

/// Adds the faults of the Dockerfile.
pub(super) fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let Some(text) = subject.tree.text(FILE) else {
        if subject.tree.get(FILE).is_none() {
            let message = "there is no Dockerfile: no image can be built for an experiment";
            let fix = "add one that starts from a base image and has the line `COPY training.py .`";
            found.push(Finding::new(rules::DOCKERFILE_MISSING, FILE, None, message, fix));
        }
        return;
    };
    script(text, found);
    let mut stages: Vec<String> = Vec::new();
    for (line, text) in instructions(text) {
        let mut words = text.split_whitespace().filter(|it| !it.starts_with("--"));
        if !words.next().is_some_and(|it| it.eq_ignore_ascii_case("FROM")) {
            continue;
        }
        let Some(image) = words.next() else { continue };
        if !stages.contains(&image.to_lowercase()) && image != "scratch" && !image.contains('$') {
            base(line, &text, image, found);
        }
        stages.extend(words.nth(1).map(str::to_lowercase));
    }
    blank_lines(text, found);
}

/// Returns the instructions with their lines, what goes on behind a `\` taken to it.
fn instructions(text: &str) -> Vec<(usize, String)> {
    let mut all: Vec<(usize, String)> = Vec::new();
    let mut goes_on = false;
    for (number, line) in (1..).zip(text.lines()) {
        let is_comment = line.trim_start().starts_with('#');
        let rest = line.trim_end().strip_suffix('\\');
        match all.last_mut().filter(|_| goes_on) {
            // Comments between the lines of an instruction are none of it.
            Some(_) if is_comment => continue,
            Some((_, whole)) => whole.push_str(rest.unwrap_or(line)),
            None => all.push((number, rest.unwrap_or(line).to_owned())),
        }
        goes_on = rest.is_some() && !is_comment;
    }
    all
}

fn script(text: &str, found: &mut Vec<Finding>) {
    if text.lines().any(|line| SCRIPT.iter().any(|it| line.starts_with(it))) {
        return;
    }
    let is_near = |line: &str| {
        let mut words = line.split_whitespace();
        let copies = words.next().is_some_and(|it| it.eq_ignore_ascii_case("COPY") || it.eq_ignore_ascii_case("ADD"));
        copies && words.any(|it| it.trim_start_matches("./") == "training.py")
    };
    let near = (1..).zip(text.lines()).find(|(_, line)| is_near(line)).map(|(line, _)| line);
    let message = match near {
        Some(_) => {
            "the line is not recognised: it must begin with `COPY training.py` or `ADD training.py`, to the letter"
        }
        None => "no line begins with `COPY training.py` or `ADD training.py`: the script does not get into the image",
    };
    found.push(Finding::new(rules::DOCKERFILE_SCRIPT, FILE, near, message, "write `COPY training.py .`"));
}

fn base(line: usize, text: &str, image: &str, found: &mut Vec<Finding>) {
    if image.starts_with("nauta/") {
        let is_known = BASES.iter().any(|it| text.starts_with(&format!("FROM {it}")));
        if !is_known {
            let near = nearest(image, BASES.iter().copied()).unwrap_or(BASES[0]);
            let message = format!("nobody knows the base image in `{}`, and no registry has it", text.trim());
            let fix = format!("write `FROM {near}…` to the letter, or name an image of a registry");
            found.push(Finding::new(rules::DOCKERFILE_BASE, FILE, Some(line), message, fix));
        }
        return;
    }
    let name = image.rsplit('/').next().unwrap_or(image);
    let tag = name.split_once(':').map(|(_, tag)| tag);
    if !image.contains('@') && matches!(tag, None | Some("latest")) {
        let message = format!("`{image}` is another image tomorrow: no experiment can be repeated");
        let fix = "name a version: `FROM image:1.2.3`, or a digest";
        found.push(Finding::new(rules::DOCKERFILE_TAG, FILE, Some(line), message, fix));
    }
}

/// Adds lines right behind one that nctl replaces without its line end.
fn blank_lines(text: &str, found: &mut Vec<Finding>) {
    let lines: Vec<&str> = text.lines().collect();
    for (number, pair) in (2..).zip(lines.windows(2)) {
        let is_base = BASES.iter().any(|it| pair[0].strip_prefix("FROM ").is_some_and(|image| image.starts_with(it)));
        let is_replaced = is_base || SCRIPT.iter().any(|it| pair[0].starts_with(it));
        if is_replaced && !pair[1].trim().is_empty() {
            let message =
                "nctl drops the line end above and joins the two lines; `helm nauta` and `kubectl pack` do not";
            let fix = "put a blank line before it if the pack is to work with nctl";
            found.push(Finding::new(rules::DOCKERFILE_BLANK_LINE, FILE, Some(number), message, fix));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::pack::lint::testing::{found, pack};

    #[test]
    fn dockerfiles_are_checked() {
        for (text, expected) in [
            ("FROM tensorflow/tensorflow:2.20.0\n\nCOPY training.py .\n", &[][..]),
            ("FROM nauta/tensorflow-py3\n\nADD training.py .\n", &[]),
            ("FROM nauta/caffe\n\nADD training.py .\n", &["1 dockerfile-base"]),
            ("from nauta/pytorch\n\nADD training.py .\n", &["1 dockerfile-base"]),
            ("FROM nauta/pytorch\nRUN true\n\nADD training.py .\n", &["2 dockerfile-blank-line"]),
            ("FROM a:1\nADD training.py .\nRUN true\n", &["3 dockerfile-blank-line"]),
            ("FROM python\nCOPY training.py .\n", &["1 dockerfile-tag"]),
            ("FROM host:5000/python:latest\nCOPY training.py .\n", &["1 dockerfile-tag"]),
            ("FROM host:5000/python\nCOPY training.py .\n", &["1 dockerfile-tag"]),
            ("FROM a@sha256:0 AS b\nFROM b\nFROM scratch\nFROM $X\nCOPY training.py .\n", &[]),
            ("FROM --platform=linux/amd64 a:1\nCOPY main.py .\n", &["- dockerfile-script"]),
            ("FROM a:1 AS Base\nFROM base\nFROM BASE\nCOPY training.py .\n", &[]),
            ("FROM \\\n# c\n  python:3.12\nCOPY training.py .\n", &[]),
            ("FROM \\\n  python\nCOPY training.py .\n", &["1 dockerfile-tag"]),
            ("RUN a \\\n  FROM python\nCOPY training.py .\n", &[]),
            ("FROM a:1\ncopy ./training.py .\n", &["2 dockerfile-script"]),
        ] {
            assert_eq!(found(&pack(&[("Dockerfile", text)]), "Dockerfile"), expected, "{text}");
        }
        assert_eq!(found(&pack(&[]), "Dockerfile"), ["- dockerfile-missing"]);
    }
}
