//! values.yaml: placeholders, and the keys that every pack must have.

use serde_json::Value;

use super::subject::Subject;
use super::{Finding, Severity, rules};
use crate::jinja::inspect;
use crate::pack::chart::VALUES_FILE;
use crate::pack::outline::entries::Entry;
use crate::pack::placeholder::{NAMES, is_known, suggestion};
use crate::pack::pod_count;

/// Adds the faults of the values.
pub(super) fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    unknown_placeholders(subject, found);
    changed_keys(subject, found);
    if subject.values.is_some() {
        pods(subject, found);
        image(subject, found);
        command_line(subject, found);
    }
}

fn unknown_placeholders(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    for name in inspect::inspect(subject.source).names {
        if is_known(&name.parts) {
            continue;
        }
        let message = format!("`{}` stands for nothing: it prints nothing", name.parts.join("."));
        let fix = suggestion(&name.parts).map_or_else(
            || format!("the placeholders are {}", NAMES.map(|it| format!("NAUTA.{it}")).join(", ")),
            |nearest| format!("write `{nearest}`"),
        );
        found.push(Finding::new(rules::UNKNOWN_PLACEHOLDER, VALUES_FILE, Some(name.line), message, fix));
    }
}

fn changed_keys(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    for (written, read, line) in subject.changed_keys() {
        let message = format!("YAML reads the key `{written}` as `{read}`: `{written}` does not exist for templates");
        let fix = format!("quote it (`\"{written}\":`), or choose another name");
        found.push(Finding::new(rules::KEY_CHANGED, VALUES_FILE, Some(line), message, fix));
    }
}

fn pods(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let Some(mut values) = subject.values.clone() else { return };
    if pod_count::settle(&mut values).is_ok() {
        return;
    }
    let key = ["podCount", "workersCount", "pServersCount"].iter().find(|it| values.contains_key(**it));
    let line = key.and_then(|it| subject.line_of(&[(*it).to_owned()]));
    let message = match key {
        None => "there is no `podCount`: nobody can tell when a run has started or is complete".to_owned(),
        Some(key) => format!("`{key}` gives no positive number of pods: the pack cannot be rendered"),
    };
    let fix = "write `podCount: N`, N pods having the label runName; or workersCount, for one master and its workers";
    found.push(Finding::new(rules::POD_COUNT, VALUES_FILE, line, message, fix));
}

fn image(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let image = subject.placeholders.image.as_str();
    if subject.paths_of(|it| it.as_str().is_some_and(|it| it.contains(image))).is_empty() {
        let message = "no value takes `NAUTA.ExperimentImage`: the pods do not run the image with the user's script";
        let fix =
            "add `image: {clusterRepository: \"{{ NAUTA.ExperimentImage }}\"}`, and print it in the pods' `image:`";
        found.push(Finding::new(rules::IMAGE, VALUES_FILE, None, message, fix));
    }
}

/// Kinds whose pods run a training script.
const TRAINING: &[&str] = &["TFJob", "PyTorchJob", "MPIJob", "MXJob", "XGBoostJob", "PaddleJob", "JAXJob", "TrainJob"];

fn command_line(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let wanted = Value::from(subject.placeholders.command_line.clone());
    if !subject.paths_of(|it| *it == wanted).is_empty() {
        return;
    }
    let names = inspect::inspect(subject.source).names;
    if let Some(used) = names.iter().find(|it| it.parts.get(1).is_some_and(|part| part == "CommandLine")) {
        let message = "`NAUTA.CommandLine` is used, but no value becomes the list of script and arguments";
        let fix = "write `commandline: {args: {{ NAUTA.CommandLine }}}`";
        found.push(Finding::new(rules::COMMAND_LINE, VALUES_FILE, Some(used.line), message, fix));
        return;
    }
    let kinds: Vec<&str> =
        subject.manifests().flat_map(|it| &it.entries).filter(|it| it.path == ["kind"]).map(Entry::plain).collect();
    let severity = match () {
        () if kinds.iter().any(|it| TRAINING.contains(it)) => Severity::Warning,
        () if kinds.iter().any(|it| matches!(*it, "Job" | "CronJob")) => Severity::Info,
        () => return,
    };
    let message = "no value takes `NAUTA.CommandLine`: the script's name and arguments have no effect";
    let fix = "if the pods take arguments, add `commandline: {args: {{ NAUTA.CommandLine }}}` and print it in `args:`";
    found.push(Finding::new(rules::COMMAND_LINE, VALUES_FILE, None, message, fix).with(severity));
}

#[cfg(test)]
mod tests {
    use crate::pack::lint::testing::{found, pack};

    const GOOD: &str = "podCount: 1\ni: '{{ NAUTA.ExperimentImage }}'\nc: {{ NAUTA.CommandLine }}\n";

    #[test]
    fn values_have_what_a_pack_needs() {
        let job = ("charts/templates/j.yaml", "apiVersion: batch/v1\nkind: TFJob\nx: {{ .Values.i }}{{ .Values.c }}\n");
        for (values, expected) in [
            (GOOD.to_owned(), &[][..]),
            (GOOD.replace("podCount: 1", "podCount: 0"), &["1 pod-count"]),
            (GOOD.replace("podCount: 1\n", ""), &["- pod-count"]),
            (GOOD.replace("podCount", "workersCount"), &[]),
            (GOOD.replace("Image }}", "Name }}"), &["- image"]),
            (GOOD.replace("CommandLine", "CommandLine|length"), &["3 command-line"]),
            (GOOD.replace("c: {{ NAUTA.CommandLine }}", "c: 1"), &["- command-line"]),
            (GOOD.to_owned() + "# {{ NAUTA.Comandline }}", &["4 unknown-placeholder"]),
            (GOOD.to_owned() + "x: {{ .Values.x }}", &["4 values-jinja"]),
            (GOOD.to_owned() + "x: [", &["4 values-yaml"]),
            (GOOD.to_owned() + "\ty: 1", &["4 values-yaml"]),
            (
                GOOD.to_owned() + "# {{ NAUTA[\"Foo\"] }}{{ NAUTA[\"CommandLine\"] }}{{ NAUTA['Bar'] }}",
                &["4 unknown-placeholder", "4 unknown-placeholder"],
            ),
            (GOOD.to_owned() + "\"on\": {}\nn: {}", &["- unread-value", "4 unread-value", "5 key-changed"]),
            (GOOD.to_owned() + "i: 1", &["- image", "4 duplicate-key"]),
            ("{% if 1 %}podCount: 1{% else %}podCount: 2{% endif %}\n".to_owned() + &GOOD[12..], &[]),
            ("- a".to_owned(), &["- values-yaml"]),
        ] {
            let shown = found(&pack(&[("charts/values.yaml", &values), job]), "charts/values.yaml");
            assert_eq!(shown, expected, "{values}");
        }
    }

    #[test]
    fn a_typo_gets_the_right_name() {
        let tree = pack(&[("charts/values.yaml", "podCount: 1\nx: {{ NAUTA.ExperimentNmae }}\n")]);
        let all = crate::pack::lint::testing::lint(&tree);
        assert!(all.iter().any(|it| it.fix == "write `NAUTA.ExperimentName`"), "{all:?}");
    }
}
