//! The chart that Helm gets: the pack's own, with the rendered values in place.

use serde_json::Value;

use super::chart::{Chart, VALUES_FILE};
use super::tree::{PackTree, TreeError};
use crate::base::failure::Failure;
use crate::yaml::{read, write};

/// Why a pack's chart cannot be handed to Helm.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// The chart needs charts that are not there.
    #[error("the chart of pack `{pack}` lacks {}, which it depends on", quoted(charts))]
    MissingDependencies {
        /// The pack's name.
        pack: String,
        /// The charts that are missing.
        charts: Vec<String>,
        /// The command that gets them, if there is a folder to get them into.
        remedy: Option<String>,
    },
    /// The chart is too large.
    #[error(transparent)]
    Tree(#[from] TreeError),
}

impl Failure for StageError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::MissingDependencies { remedy: Some(command), .. } => {
                Some(format!("get them with `{command}`, or give --dependency-update"))
            }
            Self::MissingDependencies { remedy: None, .. } => Some("give --dependency-update".to_owned()),
            Self::Tree(_) => None,
        }
    }
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ")
}

/// Returns the files of the chart in `pack`, with `values` as its values.yaml and everything else byte for byte.
pub fn staged_chart(pack: &PackTree, values: &Value) -> Result<PackTree, TreeError> {
    let mut chart = PackTree::default();
    for (path, file) in pack.files() {
        if path == VALUES_FILE {
            continue;
        }
        if let Some(path) = path.strip_prefix("charts/") {
            chart.add(path.as_bytes(), file.content.clone(), file.executable)?;
        }
    }
    chart.add(b"values.yaml", write::to_string(values).into_bytes(), false)?;
    Ok(chart)
}

/// Returns the charts that the pack's chart depends on and that are not below `charts/charts/`, each once.
pub fn missing_dependencies(chart: &Chart, pack: &PackTree) -> Vec<String> {
    let mut missing = Vec::new();
    for name in chart.dependencies.iter().cloned().chain(old_requirements(pack)) {
        if !missing.contains(&name) && !has_subchart(pack, &name) {
            missing.push(name);
        }
    }
    missing
}

/// Returns the names in a requirements.yaml, where charts of `apiVersion: v1` keep their dependencies.
fn old_requirements(pack: &PackTree) -> Vec<String> {
    let text = pack.text("charts/requirements.yaml").unwrap_or_default();
    let fields = read::mapping_as_written(text).unwrap_or_default();
    let entries = fields.get("dependencies").and_then(Value::as_array).into_iter().flatten();
    entries.filter_map(|it| it.get("name")?.as_str().map(str::to_owned)).collect()
}

/// Tells whether a subchart is there, as a folder (by the name in its Chart.yaml) or as an archive (by its file name).
fn has_subchart(pack: &PackTree, name: &str) -> bool {
    pack.files().any(|(path, _)| {
        let Some(below) = path.strip_prefix("charts/charts/") else { return false };
        match below.split_once('/') {
            Some((folder, "Chart.yaml")) => {
                let text = pack.text(path).unwrap_or_default();
                folder == name || Chart::read(folder, text).is_ok_and(|it| it.name == name)
            }
            Some(_) => false,
            None => {
                below.strip_suffix(".tgz").and_then(|it| it.strip_prefix(name)).is_some_and(|it| it.starts_with('-'))
            }
        }
    })
}

/// Returns the first template that prints the release's name bare, where YAML may read it as no text.
pub fn bare_release_name(pack: &PackTree) -> Option<&str> {
    let templates = pack.files().map(|(path, _)| path).filter(|it| it.starts_with("charts/templates/"));
    templates.into_iter().find(|path| pack.text(path).is_some_and(|text| text.lines().any(is_bare_release_name)))
}

/// Tells whether a line's whole value is the release's name, unquoted: `name: {{ .Release.Name }}`.
fn is_bare_release_name(line: &str) -> bool {
    let Some((before, rest)) = line.split_once("{{") else { return false };
    let Some((action, after)) = rest.split_once("}}") else { return false };
    let action = action.trim_matches('-').trim().trim_start_matches('$');
    let before = before.trim_end();
    let starts_a_value = before.ends_with(':') || before.trim_start() == "-";
    let after = after.trim_start();
    action == ".Release.Name" && starts_a_value && (after.is_empty() || after.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn tree(files: &[(&str, &str)]) -> PackTree {
        let mut tree = PackTree::default();
        for (path, content) in files {
            tree.add(path.as_bytes(), content.as_bytes().to_vec(), false).unwrap();
        }
        tree
    }

    #[test]
    fn only_the_values_of_the_chart_change() {
        let pack = tree(&[
            ("Dockerfile", "FROM x"),
            ("charts/.helmignore", "*.bak"),
            ("charts/Chart.yaml", "name: p"),
            ("charts/charts/sub/values.yaml", "a: 1"),
            ("charts/crds/crd.yaml", "{{ not ours }}"),
            ("charts/values.yaml", "a: {{ NAUTA.X }}"),
        ]);
        let expected = tree(&[
            (".helmignore", "*.bak"),
            ("Chart.yaml", "name: p"),
            ("charts/sub/values.yaml", "a: 1"),
            ("crds/crd.yaml", "{{ not ours }}"),
            ("values.yaml", "a: \"no\"\n"),
        ]);
        let staged = staged_chart(&pack, &json!({"a": "no"})).unwrap();
        assert!(staged.files().eq(expected.files()));
    }

    #[test]
    fn dependencies_are_found_as_folder_or_archive() {
        let chart_text = "name: p\ndependencies: [{name: a}, {name: b}, {name: c}, {name: d}, {name: a, alias: x}]\n";
        let pack = tree(&[
            ("charts/charts/b-1.2.tgz", ""),
            ("charts/charts/bb-1.tgz", ""),
            ("charts/charts/other/Chart.yaml", "name: c"),
            ("charts/charts/d/templates/x.yaml", ""),
            ("charts/requirements.yaml", "dependencies:\n- name: old\n- name: b\n"),
        ]);
        let chart = Chart::read("p", chart_text).unwrap();
        assert_eq!(missing_dependencies(&chart, &pack), ["a", "d", "old"]);
    }

    #[test]
    fn bare_release_names_are_found() {
        for (line, expected) in [
            ("  name: {{ .Release.Name }}", true),
            ("  - {{- $.Release.Name -}}  # why", true),
            ("  name: \"{{ .Release.Name }}\"", false),
            ("  name: {{ .Release.Name | quote }}", false),
            ("  name: {{ .Release.Name }}-x", false),
            ("  name: x-{{ .Release.Name }}", false),
            ("  name: {{ .Values.name }}", false),
        ] {
            assert_eq!(bare_release_name(&tree(&[("charts/templates/a.yaml", line)])).is_some(), expected, "{line}");
        }
    }
}
