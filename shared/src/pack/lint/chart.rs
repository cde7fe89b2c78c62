//! Chart.yaml: that it can be read, and says who it is.

use serde_json::{Map, Value};

use super::subject::{Subject, duplicate, newlines};
use super::{Finding, rules};
use crate::base::version::is_lenient;
use crate::pack::chart::CHART_FILE;
use crate::yaml::layout::Layout;
use crate::yaml::read::{self, ReadError};

/// Adds the faults of Chart.yaml.
pub(super) fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let Some(text) = subject.tree.text(CHART_FILE) else {
        if subject.tree.get(CHART_FILE).is_none() {
            let fix = format!("add it, with `apiVersion: v2`, `name: {}` and `version: \"0.1.0\"`", subject.name);
            let message = "the file is missing: without it the folder is no pack";
            found.push(Finding::new(rules::CHART_YAML, CHART_FILE, None, message, fix));
        }
        return;
    };
    let (written, as_helm) = match (read::mapping_as_written(text), read::mapping(text)) {
        (Ok(written), Ok(as_helm)) => (written, as_helm),
        (Err(error), _) | (_, Err(error)) => {
            found.push(unreadable(&error));
            return;
        }
    };
    let chart = ChartText { text, layout: Layout::of(text), written };
    for (path, at) in chart.layout.iter().flat_map(Layout::duplicates) {
        found.push(duplicate(CHART_FILE, Some(1 + newlines(&text[..at])), &path));
    }
    name(&chart, subject.name, found);
    version(&chart, &as_helm, found);
    if chart.field("apiVersion").is_none() {
        let message = "there is no `apiVersion`: Helm refuses the chart";
        found.push(Finding::new(rules::CHART_API_VERSION, CHART_FILE, None, message, "add `apiVersion: v2`"));
    }
}

struct ChartText<'t> {
    text: &'t str,
    layout: Option<Layout>,
    written: Map<String, Value>,
}

impl ChartText<'_> {
    fn field(&self, key: &str) -> Option<&str> {
        self.written.get(key).and_then(Value::as_str).filter(|it| !it.trim().is_empty())
    }

    fn line(&self, key: &str) -> Option<usize> {
        let keys = self.layout.as_ref()?.keys();
        let (_, at) = keys.into_iter().rev().find(|(path, _)| *path == [key])?;
        Some(1 + newlines(&self.text[..at]))
    }
}

fn unreadable(error: &ReadError) -> Finding {
    let (message, line) = match error {
        ReadError::Syntax { message, line, .. } => (message.clone(), Some(*line)),
        ReadError::Content { message, line } => ((*message).to_owned(), Some(*line)),
        ReadError::NoMapping { .. } => (error.to_string(), None),
    };
    let fix = "one YAML mapping; no placeholders: only values.yaml is rendered";
    Finding::new(rules::CHART_YAML, CHART_FILE, line, format!("it cannot be read: {message}"), fix)
}

fn name(chart: &ChartText<'_>, pack: &str, found: &mut Vec<Finding>) {
    let (line, fix) = (chart.line("name"), format!("write `name: {pack}`, or rename the folder"));
    match chart.field("name") {
        None => {
            let message = "the chart has no name: the pack is broken";
            found.push(Finding::new(rules::CHART_NAME, CHART_FILE, line, message, format!("write `name: {pack}`")));
        }
        Some(name) if name != pack => {
            let message = format!("the chart is called `{name}`, its folder `{pack}`: the pack cannot be used");
            found.push(Finding::new(rules::CHART_NAME, CHART_FILE, line, message, fix));
        }
        Some(_) => {}
    }
}

fn version(chart: &ChartText<'_>, as_helm: &Map<String, Value>, found: &mut Vec<Finding>) {
    let line = chart.line("version");
    let Some(version) = chart.field("version") else {
        let message = "there is no version: Helm refuses the chart, and nothing can be upgraded";
        found.push(Finding::new(rules::CHART_VERSION, CHART_FILE, line, message, "write `version: \"0.1.0\"`"));
        return;
    };
    if !is_lenient(version) {
        let message = format!("`{version}` is no version: Helm refuses the chart");
        let fix = "write MAJOR.MINOR.PATCH, such as `version: \"0.1.0\"`";
        found.push(Finding::new(rules::CHART_VERSION, CHART_FILE, line, message, fix));
    }
    let read = match as_helm.get("version") {
        Some(Value::Number(it)) => it.to_string(),
        Some(Value::Bool(it)) => it.to_string(),
        _ => return,
    };
    let message = format!("YAML reads a number, not a text: Helm sees version `{read}` where `{version}` is written");
    let fix = format!("write `version: \"{version}\"`");
    found.push(Finding::new(rules::CHART_VERSION_UNQUOTED, CHART_FILE, line, message, fix));
}

#[cfg(test)]
mod tests {
    use crate::pack::lint::testing::{found, pack};

    #[test]
    fn a_chart_says_who_it_is() {
        for (chart, expected) in [
            ("apiVersion: v2\nname: p\nversion: \"1.0\"", &[][..]),
            ("apiVersion: v2\nname: other\nversion: 0.1.0", &["2 chart-name"]),
            ("apiVersion: v2\nversion: v1", &["- chart-name"]),
            ("apiVersion: v2\nname: p", &["- chart-version"]),
            ("apiVersion: v2\nname: p\nversion: abc", &["3 chart-version"]),
            ("apiVersion: v2\nname: p\nversion: 1.10", &["3 chart-version-unquoted"]),
            ("name: p\nversion: 0.1.0", &["- chart-api-version"]),
            ("apiVersion: v2\nname: p\nversion: 0.1.0\nname: p", &["4 duplicate-key"]),
            ("name: [", &["- chart-yaml", "1 chart-yaml", "2 chart-yaml"]),
            ("- a", &["- chart-yaml"]),
        ] {
            let shown = found(&pack(&[("charts/Chart.yaml", chart)]), "charts/Chart.yaml");
            if chart == "name: [" {
                assert!(expected.contains(&shown[0].as_str()) && shown.len() == 1, "{shown:?}");
            } else {
                assert_eq!(shown, expected, "{chart}");
            }
        }
    }

    #[test]
    fn a_missing_chart_is_a_finding() {
        assert_eq!(found(&crate::pack::tree::PackTree::default(), "charts/Chart.yaml"), ["- chart-yaml"]);
    }
}
