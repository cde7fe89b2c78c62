//! The label `runName`, by which the pods of a run are found and counted.

use std::collections::BTreeMap;

use serde_json::Value;

use super::subject::Subject;
use super::{Finding, Severity, rules};
use crate::pack::gotemplate::values_in;
use crate::pack::outline::Template;
use crate::pack::outline::entries::Entry;
use crate::pack::references::includes_unknown;

const FIX: &str = "write `runName: {{ .Release.Name | quote }}` into the `labels` of the pod's `metadata`";

/// Adds pod templates without the label, if the labelled ones do not make up the pods that are counted.
pub(super) fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let helpers = Helpers { bodies: defines(subject), is_open: includes_unknown(subject.tree) };
    let mut labelled = Some(0);
    let mut bare = Vec::new();
    let mut any = false;
    for template in subject.manifests() {
        for pod in pods(template) {
            let metadata = metadata(template, &pod);
            if let Some(line) = wrong_value(template, metadata) {
                let message = "the label `runName` is not the release's name: the run's pods are not found";
                found.push(Finding::new(rules::RUN_NAME_LABEL, template.path, Some(line), message, FIX));
            }
            if has_label(&labels_text(template, metadata), &helpers, 0) {
                any = true;
                labelled = labelled.zip(replicas(subject, template, &pod)).map(|(a, b)| a + b);
            } else {
                bare.push((template.path, metadata.line));
            }
        }
    }
    let counted = subject.values.as_ref().and_then(|it| it.get("podCount")).and_then(Value::as_u64);
    let (severity, message) = match (any, labelled, counted) {
        (false, ..) => (
            Severity::Error,
            "the pods have no label `runName`: none is counted, and the run never counts as started".to_owned(),
        ),
        (true, Some(labelled), Some(counted)) if labelled >= counted => return,
        (true, Some(labelled), Some(counted)) => (
            Severity::Error,
            format!("no label `runName`: {labelled} of {counted} counted pods have it, so the run is never complete"),
        ),
        _ => (Severity::Info, "no label `runName`: right only if these pods are not among the counted ones".to_owned()),
    };
    for (file, line) in bare {
        let finding = Finding::new(rules::RUN_NAME_LABEL, file, Some(line), message.clone(), FIX);
        found.push(finding.with(severity));
    }
}

/// The named templates.
struct Helpers<'t> {
    bodies: BTreeMap<&'t str, &'t str>,
    /// Whether there are more, in archives.
    is_open: bool,
}

/// Returns the bodies of all `define`s by their names.
fn defines<'t>(subject: &Subject<'t>) -> BTreeMap<&'t str, &'t str> {
    let mut bodies = BTreeMap::new();
    for template in subject.templates.iter().chain(&subject.libraries) {
        for block in template.blocks.iter().filter(|it| it.keyword == "define") {
            if let Some(name) = block.guard.split('"').nth(1) {
                bodies.insert(name, &template.text[block.start..block.end]);
            }
        }
    }
    bodies
}

/// Returns the entries that describe pods: `template` with a `spec` below it, and objects that are pods.
fn pods<'t>(template: &Template<'t>) -> Vec<Entry<'t>> {
    let mut found = Vec::new();
    for document in template.documents() {
        // Hooks are no part of the run.
        if document.iter().any(|it| it.key() == "helm.sh/hook") {
            continue;
        }
        let is_pod =
            |it: &&Entry<'_>| it.plain() == "Pod" && (it.path == ["kind"] || it.path == ["items", "[]", "kind"]);
        found.extend(document.iter().filter(is_pod).cloned());
        for entry in document.iter().filter(|it| it.key() == "template") {
            let below = |key: &str| document.iter().any(|it| it.parent == entry.id && it.key() == key);
            if below("spec") || entry.value.contains("include") {
                found.push(entry.clone());
            }
        }
    }
    found
}

/// Returns the entry in which a pod's labels stand, as near as there is one.
fn metadata<'a, 't>(template: &'a Template<'t>, pod: &'a Entry<'t>) -> &'a Entry<'t> {
    let is_object = pod.key() == "kind";
    let below = |parent: usize, key: &str| {
        template.entries.iter().find(|it| it.document == pod.document && it.parent == parent && it.key() == key)
    };
    let metadata = below(if is_object { pod.parent } else { pod.id }, "metadata");
    metadata.and_then(|it| below(it.id, "labels").or(Some(it))).unwrap_or(pod)
}

/// Returns what may print a pod's labels: what stands in its metadata but not in the annotations.
fn labels_text(template: &Template<'_>, metadata: &Entry<'_>) -> String {
    let text = template.text_of(metadata);
    let is_notes =
        |it: &&Entry<'_>| it.key() == "annotations" && it.parent == metadata.id && it.document == metadata.document;
    template.entries.iter().filter(is_notes).fold(text.to_owned(), |all, it| all.replace(template.text_of(it), ""))
}

fn has_label(text: &str, helpers: &Helpers<'_>, depth: usize) -> bool {
    let is_label = |line: &str| {
        let written = line.split('#').next().unwrap_or_default();
        written.match_indices("runName").any(|(at, word)| {
            let (before, behind) = (&written[..at], &written[at + word.len()..]);
            let quote = before.chars().next_back().filter(|it| matches!(it, '"' | '\''));
            let behind = quote.map_or(Some(behind), |it| behind.strip_prefix(it));
            // `dict "runName" …` and `{{ "runName" }}:` make the key as well.
            let is_made = quote == Some('"') && before.rfind("{{") > before.rfind("}}");
            is_made || behind.is_some_and(|it| it.trim_start().starts_with(':'))
        })
    };
    let mut included = text.split("{{").skip(1).filter_map(|it| {
        let action = it.split("}}").next()?;
        let (_, behind) = action.split_once("include ").or_else(|| action.split_once("template "))?;
        Some(helpers.bodies.get(behind.split('"').nth(1)?))
    });
    text.lines().any(is_label)
        || (depth < 8 && included.any(|it| it.map_or(helpers.is_open, |it| has_label(it, helpers, depth + 1))))
}

/// Returns the line of a `runName` that is something else than the release's name.
fn wrong_value(template: &Template<'_>, metadata: &Entry<'_>) -> Option<usize> {
    let below =
        template.entries.iter().filter(|it| it.document == metadata.document && it.path.starts_with(&metadata.path));
    let mut labels = below.filter(|it| it.key() == "runName");
    labels.find(|it| !is_release_name(it.plain())).map(|it| it.line)
}

/// Tells whether a value is, or may be, the release's name and nothing besides.
fn is_release_name(value: &str) -> bool {
    let may_be = [".Release.Name", "include", "$"].iter().any(|it| value.contains(it));
    let is_longer = value.contains(".Release.Name") && !(value.starts_with("{{") && value.ends_with("}}"));
    may_be && !is_longer
}

/// Returns how many pods there are of a pod template; `None` if it cannot be told.
fn replicas(subject: &Subject<'_>, template: &Template<'_>, pod: &Entry<'_>) -> Option<u64> {
    let above = &pod.path[..pod.path.len() - 1];
    let count = template.entries.iter().find(|it| {
        it.document == pod.document
            && matches!(it.key(), "replicas" | "parallelism")
            && it.path.split_last().is_some_and(|(_, rest)| rest == above)
    });
    let Some(count) = count else { return Some(1) };
    if let Ok(number) = count.plain().parse() {
        return Some(number);
    }
    let paths = values_in(count.value);
    let [path] = paths.as_slice() else { return None };
    let is_bare = count.plain().trim_matches(['{', '}', '-', ' ', '$']) == format!(".Values.{}", path.join("."));
    subject.value(path).and_then(Value::as_u64).filter(|_| is_bare)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::lint::testing::{lint, pack};

    fn job(replicas: &str, labels: &str) -> String {
        let metadata = format!("metadata:\n      labels:\n        {labels}\n");
        format!("kind: Job\nspec:\n  {replicas}\n  template:\n    {metadata}    spec:\n      x: 1\n")
    }

    #[test]
    fn counted_pods_have_the_label() {
        let label = "runName: {{ .Release.Name | quote }}";
        let helper = "{{ define \"l\" }}\nrunName: {{ .Release.Name | quote }}\n{{ end }}\n";
        let included = format!("{helper}{}", job("x: 1", "{{- include \"l\" . | nindent 8 }}"));
        for (template, expected) in [
            (job("x: 1", label), None),
            ("kind: Pod\nmetadata:\n  labels: {\"runName\": {{ .Release.Name | quote }}}\n".to_owned(), None),
            (included, None),
            (job("x: 1", "app: a"), Some(Severity::Error)),
            (job("x: 1", "{{- toYaml (dict \"runName\" .Release.Name) | nindent 8 }}"), None),
            (job("x: 1", "{{ \"runName\" }}: {{ .Release.Name | quote }}"), None),
            (job("x: 1", "note: \"runName: a\""), Some(Severity::Error)),
            (job("x: 1", "runName: \"{{ .Release.Name }}-job\""), Some(Severity::Error)),
            (job("x: 1", "runName: \"{{ .Release.Name }}\""), None),
            (job("x: 1", label).replace("labels", "annotations"), Some(Severity::Error)),
            ("kind: Pod\nmetadata:\n  name: a\n  annotations: {\"helm.sh/hook\": test}\n".to_owned(), None),
            (job("x: 1", "runName: {{ .Values.x }}"), Some(Severity::Error)),
            (format!("{}---\n{}", job("x: 1", label), job("x: 1", "app: a")), Some(Severity::Error)),
            (format!("{}---\n{}", job("parallelism: 2", label), job("x: 1", "app: a")), None),
            (format!("{}---\n{}", job("parallelism: {{ .Values.x }}", label), job("x: 1", "app: a")), None),
            (
                format!("{}---\n{}", job("parallelism: {{ add 1 .Values.x }}", label), job("x: 1", "app: a")),
                Some(Severity::Info),
            ),
            ("kind: Pod\nmetadata:\n  name: a\n".to_owned(), Some(Severity::Error)),
            (
                format!(
                    "kind: List\nitems:\n- kind: Pod\n  metadata: {{labels: {{{label}}}}}\n- kind: Pod\n  metadata: {{name: a}}\n"
                ),
                Some(Severity::Error),
            ),
            (
                format!(
                    "{{\"kind\": \"Pod\", \"metadata\": {{\"labels\": {{{}}}}}}}",
                    label.replacen("runName", "\"runName\"", 1)
                ),
                None,
            ),
            ("kind: Service\nmetadata:\n  name: a\n".to_owned(), None),
        ] {
            let all =
                lint(&pack(&[("charts/values.yaml", "podCount: 2\nx: 2"), ("charts/templates/a.yaml", &template)]));
            let shown = all.iter().find(|it| it.rule == "run-name-label").map(|it| it.severity);
            // One labelled pod of two that are counted is no fault of that template.
            assert_eq!(shown, expected, "{template}");
        }
    }
}
