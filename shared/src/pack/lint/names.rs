//! Names that are printed without quotes, and folders that runs share.

use super::subject::Subject;
use super::{Finding, rules};
use crate::pack::outline::Template;
use crate::pack::outline::entries::Entry;

/// Functions that write quotes, or make something else of a name.
const QUOTING: &[&str] = &["quote", "squote", "toJson", "toYaml", "printf", "sha256sum", "int"];

/// Adds names that YAML may read as something else, and output folders that are called after the experiment.
pub(super) fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let experiment = subject.experiment_paths();
    for template in subject.manifests() {
        for entry in &template.entries {
            let Some(action) = only_action(template, entry) else { continue };
            let is_release = has_word(action, ".Release.Name") || has_word(action, "$.Release.Name");
            let is_name = is_release || Subject::reads_one_of(&format!("{{{{ {action} }}}}"), &experiment);
            let is_quoted = action.split(|c: char| !c.is_alphanumeric()).any(|it| QUOTING.contains(&it));
            if is_name && !is_quoted && !action.contains("include") {
                let what = if is_release { "a release" } else { "an experiment" };
                let message = format!(
                    "{what} called `no`, `on` or `null` becomes a boolean or nothing in `{}`",
                    shown_key(entry)
                );
                let fix = "print it with `| quote`";
                found.push(Finding::new(rules::BARE_NAME, template.path, Some(entry.line), message, fix));
            }
        }
        shared_outputs(subject, template, found);
    }
}

fn shown_key<'e>(entry: &'e Entry<'_>) -> &'e str {
    let named = entry.path.iter().rev().find(|it| *it != "[]");
    named.map_or("[]", String::as_str)
}

fn has_word(action: &str, word: &str) -> bool {
    action.split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '|')).any(|it| it == word)
}

/// Returns the action that is the whole value of an entry.
fn only_action<'t>(template: &Template<'t>, entry: &Entry<'t>) -> Option<&'t str> {
    if !entry.value.starts_with("{{") || !entry.value.ends_with("}}") {
        return None;
    }
    let action = template.actions.iter().find(|it| it.at == entry.value_at)?;
    (action.end == entry.value_at + entry.value.len()).then_some(action.text)
}

fn shared_outputs(subject: &Subject<'_>, template: &Template<'_>, found: &mut Vec<Finding>) {
    let experiment = subject.experiment_paths();
    for document in template.documents() {
        // A server is no run of a sweep.
        if document.iter().any(|it| it.path == ["kind"] && it.plain() == "Deployment") {
            continue;
        }
        for entry in document.iter().filter(|it| it.key() == "subPath") {
            if Subject::reads_one_of(entry.value, &experiment) && !entry.value.contains(".Release.Name") {
                let message =
                    "all runs of a sweep write into this one folder: it has the experiment's name, not the run's";
                let fix =
                    "write `subPath: {{ .Release.Name | quote }}`, and the same in an init container that makes it";
                found.push(Finding::new(rules::SHARED_OUTPUT, template.path, Some(entry.line), message, fix));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::pack::lint::testing::found_in_template;

    #[test]
    fn names_are_quoted_and_folders_belong_to_runs() {
        let values = "podCount: 1\nexperimentName: {{ NAUTA.ExperimentName }}\n";
        for (template, expected) in [
            ("name: {{ .Release.Name }}", &["1 bare-name"][..]),
            ("a:\n- {{ $.Release.Name }} # c", &["2 bare-name"]),
            ("name: {{ .Release.Name | trunc 63 }}", &["1 bare-name"]),
            ("name: {{ .Values.experimentName }}", &["1 bare-name"]),
            ("name: {{ .Release.Name | quote }}", &[]),
            ("name: \"{{ .Release.Name }}\"", &[]),
            ("name: {{ .Release.Name }}-podgroup", &[]),
            ("name: {{ printf \"%s-x\" .Release.Name }}", &[]),
            ("x: {{ .Release.Namespace }}", &[]),
            ("x: |\n  name: {{ .Release.Name }}", &[]),
            ("kind: Job\nx:\n- subPath: \"{{ .Values.experimentName }}\"", &["3 shared-output"]),
            ("kind: Job\nx:\n- subPath: {{ .Values.experimentName }}", &["3 bare-name", "3 shared-output"]),
            ("kind: Deployment\nx:\n- subPath: \"{{ .Values.experimentName }}\"", &[]),
            ("x:\n- subPath: \"{{ .Values.experimentName }}/{{ .Release.Name }}\"", &[]),
        ] {
            assert_eq!(found_in_template(values, template), expected, "{template}");
        }
    }
}
