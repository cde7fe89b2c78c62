//! The values of a chart as a pack has them: the same, with placeholders for what each experiment brings.

use serde_json::{Map, Value};

use super::{CreateError, OpenPoint};
use crate::jinja::engine::{self, Job};
use crate::pack::chart::VALUES_FILE;
use crate::pack::placeholder::Placeholders;
use crate::yaml::read::{self, ReadError};

/// The values that a pack has besides those of its chart; `{pods}` is their number.
const ADDED: [(&str, &str); 3] = [
    ("experimentImage", "# Image of the experiment\nexperimentImage: \"{{ NAUTA.ExperimentImage }}\"\n"),
    ("podCount", "# Pods with the label runName that must run, and succeed, for the run to do so\npodCount: {pods}\n"),
    (
        "commandline",
        "# The script, then its arguments\ncommandline:\n  args:\n    # {% for arg in NAUTA.CommandLine %}\n    - \"{{ \
         arg }}\"\n    # {% endfor %}\n",
    ),
];

/// Reads the values of a chart; an empty file holds none.
pub(super) fn read(text: &str) -> Result<Map<String, Value>, CreateError> {
    match read::mapping(text) {
        Err(ReadError::NoMapping { found: "nothing" }) => Ok(Map::new()),
        result => result.map_err(CreateError::Values),
    }
}

/// Returns `text` with the placeholders below it, and its own braces kept from being read as Jinja.
///
/// # Errors
///
/// Refuses a text that would not say the same as before, once rendered.
pub(super) fn with_placeholders(text: &str, pods: u64, open: &mut Vec<OpenPoint>) -> Result<String, CreateError> {
    let own = read(text)?;
    let is_empty = own.is_empty() && text.trim_end().ends_with("{}");
    let mut edited = if is_empty { String::new() } else { raw(text) };
    if !edited.is_empty() && !edited.ends_with('\n') {
        edited.push('\n');
    }
    let mut expected = own.clone();
    for (key, lines) in ADDED {
        if own.contains_key(key) {
            open.push(OpenPoint {
                file: VALUES_FILE.to_owned(),
                line: text.lines().position(|it| it.starts_with(key)).unwrap_or(0) + 1,
                what: format!("`{key}` is there already, and was left as it is"),
                remedy: format!("a pack needs:\n{}", lines.replace("{pods}", &pods.to_string()).trim_end()),
            });
            continue;
        }
        expected.insert(key.to_owned(), Value::Null);
        edited = format!("{edited}\n{}", lines.replace("{pods}", &pods.to_string()));
    }
    let edited = edited.trim_start_matches('\n').to_owned();
    if says_the_same(&edited, &own, &expected) { Ok(edited) } else { Err(CreateError::UnusualValues) }
}

/// Tells whether the rendered text has every value of `own` unchanged, and the keys of `expected` alone.
fn says_the_same(text: &str, own: &Map<String, Value>, expected: &Map<String, Value>) -> bool {
    let placeholders = Placeholders {
        experiment: "e".to_owned(),
        command_line: vec!["t.py".to_owned()],
        image: "i".to_owned(),
        registry_port: 1,
    };
    let job = Job {
        file: VALUES_FILE.to_owned(),
        source: text.to_owned(),
        context: placeholders.context(),
        seeds: ("Qxkvjwzmqphtrbnlgdfs".to_owned(), "Vqzjxkwphmtbrnlgdfscqjzxkvw".to_owned()),
        captures: false,
    };
    let rendered = engine::render(&job).ok().and_then(|it| read::mapping(&it.text).ok());
    rendered.is_some_and(|it| {
        it.len() == expected.len() && own.iter().all(|(key, value)| it.get(key).is_some_and(|found| found == value))
    })
}

/// Returns `text` with everything that Jinja would read kept from it, line by line.
fn raw(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let opening = ["{{", "{%", "{#"].iter().filter_map(|it| line.find(it)).min();
        let closing = ["}}", "%}", "#}"].iter().filter_map(|it| line.rfind(it)).max().map(|it| it + 2);
        let Some(start) = opening else {
            out.push_str(line);
            continue;
        };
        let is_last = |it: &usize| *it > start && !["{{", "{%", "{#"].iter().any(|open| line[*it..].contains(open));
        let end = closing.filter(is_last).unwrap_or(line.trim_end().len());
        let (before, inside, after) = (&line[..start], &line[start..end], &line[end..]);
        out.extend([before, "{% raw %}", inside, "{% endraw %}", after]);
    }
    out
}

/// Returns the image that the values name: a text, or a map of registry, repository and tag.
pub(super) fn image(values: &Map<String, Value>, app_version: Option<&str>) -> Option<String> {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).filter(|it| !it.is_empty()).map(str::to_owned);
    match values.get("image")? {
        Value::String(image) => Some(image.clone()).filter(|it| !it.is_empty()),
        Value::Object(image) => {
            let repository = text(image.get("repository")).or_else(|| text(image.get("name")))?;
            let registry = text(image.get("registry")).map(|it| format!("{it}/")).unwrap_or_default();
            let tag = text(image.get("tag")).or_else(|| app_version.map(str::to_owned));
            Some(format!("{registry}{repository}:{}", tag.unwrap_or_else(|| "latest".to_owned())))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn comments_stay_and_braces_are_kept_from_jinja() {
        let text = "# {{ why }}\na: \"{{ .Release.Name }}-x\" # b\nc: |\n  {% x %} {{ y\n  z }}\n";
        let mut open = Vec::new();
        let edited = with_placeholders(text, 2, &mut open).unwrap();
        assert!(open.is_empty());
        assert!(edited.starts_with(
            "# {% raw %}{{ why }}{% endraw %}\na: \"{% raw %}{{ .Release.Name }}{% endraw %}-x\" # b\nc: |\n  "
        ));
        assert!(edited.contains("\npodCount: 2\n") && edited.contains("NAUTA.CommandLine"));
        assert!(read::mapping(&edited).is_ok(), "{edited}");
    }

    #[test]
    fn every_beginning_is_found() {
        for (text, keys) in [("", 3), ("{}\n", 3), ("# none\n", 3), ("a: 1", 4), ("podCount: 4\n", 3)] {
            let mut open = Vec::new();
            let edited = with_placeholders(text, 1, &mut open).unwrap();
            assert_eq!(read::mapping(&edited).map(|it| it.len()), Ok(keys), "{text:?}");
            assert_eq!(open.len(), usize::from(text.starts_with("podCount")));
        }
        assert!(matches!(with_placeholders("{a: 1}\n", 1, &mut Vec::new()), Err(CreateError::UnusualValues)));
        assert!(matches!(with_placeholders("a: [\n", 1, &mut Vec::new()), Err(CreateError::Values(_))));
    }

    #[test]
    fn the_image_of_the_chart_is_found() {
        for (values, expected) in [
            (json!({"image": "nginx:1"}), Some("nginx:1")),
            (json!({"image": {"repository": "nginx", "tag": ""}}), Some("nginx:2.0")),
            (json!({"image": {"registry": "r:5", "repository": "a/b", "tag": "x"}}), Some("r:5/a/b:x")),
            (json!({"image": {"tag": "x"}}), None),
            (json!({}), None),
        ] {
            let values = values.as_object().unwrap();
            assert_eq!(image(values, Some("2.0")).as_deref(), expected, "{values:?}");
        }
    }
}
