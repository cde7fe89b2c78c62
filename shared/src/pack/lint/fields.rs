//! Fields that an object does not have, privileged containers, and GPUs by a name that is gone.

use serde_json::Value;

use super::subject::Subject;
use super::{Finding, Severity, rules};
use crate::pack::chart::VALUES_FILE;
use crate::pack::gotemplate::values_paths;
use crate::pack::outline::Template;
use crate::pack::outline::entries::Entry;

/// Kinds (none: all), the API version (empty: any), the path, what it does, and the remedy. `*` is any one key.
type Unknown = (&'static [&'static str], &'static str, &'static str, Severity, &'static str);

const JOBS: &[&str] = &["TFJob", "PyTorchJob", "MPIJob", "XGBoostJob", "PaddleJob", "MXJob", "JAXJob"];
const RUN_POLICY: &str = "write it below `spec.runPolicy`";

const UNKNOWN: &[Unknown] = &[
    (&["Deployment"], "", "spec.backoffLimit", Severity::Error, "remove it: a Deployment restarts its pods for ever"),
    (&["Job"], "", "spec.replicas", Severity::Error, "write `parallelism` and `completions`"),
    (JOBS, "", "spec.*.*.backoffLimit", Severity::Warning, RUN_POLICY),
    (JOBS, "", "spec.*.*.template.backoffLimit", Severity::Warning, RUN_POLICY),
    (JOBS, "kubeflow.org/v1", "spec.backoffLimit", Severity::Warning, RUN_POLICY),
    (JOBS, "kubeflow.org/v1", "spec.cleanPodPolicy", Severity::Warning, RUN_POLICY),
    (JOBS, "kubeflow.org/v1", "spec.ttlSecondsAfterFinished", Severity::Warning, RUN_POLICY),
    (JOBS, "kubeflow.org/v1", "spec.activeDeadlineSeconds", Severity::Warning, RUN_POLICY),
    (JOBS, "kubeflow.org/v1", "spec.schedulingPolicy", Severity::Warning, RUN_POLICY),
    (&["Job"], "", "spec.ttlSecondsAfterFinishing", Severity::Error, "write `ttlSecondsAfterFinished`"),
    (&[], "", "spec.ttlSecondsAfterFinishing", Severity::Warning, "write `runPolicy: {ttlSecondsAfterFinished: …}`"),
];

/// What GPUs were called before device plugins.
const OLD_GPU: &str = "alpha.kubernetes.io/nvidia-gpu";

/// Adds wrong fields.
pub(super) fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    for template in subject.manifests() {
        for document in template.documents() {
            unknown(template, document, found);
        }
        privileged(subject, template, found);
        old_gpu(template.path, template.text, found);
    }
    old_gpu(VALUES_FILE, subject.source, found);
}

fn unknown(template: &Template<'_>, document: &[Entry<'_>], found: &mut Vec<Finding>) {
    let top = |key: &str| document.iter().find(|it| it.path == [key]).map_or("", |it| it.plain());
    let (kind, version) = (top("kind"), top("apiVersion"));
    for entry in document {
        let is_meant = |it: &&Unknown| {
            (it.0.is_empty() || it.0.contains(&kind)) && (it.1.is_empty() || it.1 == version) && fits(&entry.path, it.2)
        };
        let Some((_, _, path, severity, fix)) = UNKNOWN.iter().find(is_meant) else { continue };
        let path = if path.contains('*') { entry.path.join(".") } else { (*path).to_owned() };
        let effect = match severity {
            Severity::Error => "the cluster refuses it, or it has no effect",
            Severity::Warning | Severity::Info => "it is dropped without a word",
        };
        let message = format!("{kind} has no field `{path}`: {effect}");
        let finding = Finding::new(rules::UNKNOWN_FIELD, template.path, Some(entry.line), message, *fix);
        found.push(finding.with(*severity));
    }
}

fn fits(path: &[String], pattern: &str) -> bool {
    let parts: Vec<&str> = pattern.split('.').collect();
    path.len() == parts.len() && path.iter().zip(parts).all(|(is, wanted)| wanted == "*" || wanted == is)
}

fn privileged(subject: &Subject<'_>, template: &Template<'_>, found: &mut Vec<Finding>) {
    let owns = "a privileged container owns the node, and Pod Security refuses it (baseline, restricted)";
    let fix = "remove it; where a device is needed, ask for it in `resources`, or add the one capability";
    for entry in template.entries.iter().filter(|it| it.key() == "privileged") {
        if !subject.printed(entry.plain()).eq_ignore_ascii_case("true") {
            continue;
        }
        // Where a value of the user's asks for it, it is his choice.
        let is_asked_for = template.around(entry.at).any(|it| it.guard.contains(".Values."));
        let finding = Finding::new(rules::PRIVILEGED, template.path, Some(entry.line), owns, fix);
        found.push(if is_asked_for { finding.with(Severity::Info) } else { finding });
    }
    for action in template.actions.iter().filter(|it| it.text.contains("toYaml") || it.text.contains("toJson")) {
        let path = values_paths(action.text)
            .into_iter()
            .find(|it| !it.is_empty() && subject.value(it).is_some_and(is_privileged));
        let Some(path) = path else { continue };
        let message = format!("`{}` in values.yaml has `privileged: true`: {owns}", path.join("."));
        let line = Some(template.line(action.at));
        found.push(Finding::new(rules::PRIVILEGED, template.path, line, message, fix));
    }
}

/// Tells whether a value asks for a privileged container, at any depth.
fn is_privileged(value: &Value) -> bool {
    match value {
        Value::Object(map) => map.get("privileged") == Some(&Value::Bool(true)) || map.values().any(is_privileged),
        Value::Array(items) => items.iter().any(is_privileged),
        _ => false,
    }
}

fn old_gpu(file: &str, text: &str, found: &mut Vec<Finding>) {
    let lines = (1..).zip(text.lines());
    for (line, _) in lines.filter(|(_, it)| it.split('#').next().is_some_and(|it| it.contains(OLD_GPU))) {
        let message = format!("no node has `{OLD_GPU}` since Kubernetes 1.11: the pod stays Pending for ever");
        let fix = "write `nvidia.com/gpu`, which NVIDIA's device plugin offers";
        found.push(Finding::new(rules::GPU_RESOURCE, file, Some(line), message, fix));
    }
}

#[cfg(test)]
mod tests {
    use crate::pack::lint::Severity;
    use crate::pack::lint::testing::{found, found_in_template, lint, pack};

    #[test]
    fn fields_that_do_not_exist_are_found() {
        let head = "apiVersion: kubeflow.org/v1\nkind: ";
        for (template, expected) in [
            ("Deployment\nspec:\n  replicas: 1\n  backoffLimit: 5", &["5 unknown-field"][..]),
            ("Job\nspec:\n  backoffLimit: 5", &[]),
            ("Deployment\nspec: {replicas: 1, backoffLimit: 5}", &["3 unknown-field"]),
            ("Job\nspec:\n  replicas: 1", &["4 unknown-field"]),
            ("TFJob\nspec:\n  ttlSecondsAfterFinishing: 60", &["4 unknown-field"]),
            ("TFJob\nspec:\n  runPolicy:\n    ttlSecondsAfterFinished: 60", &[]),
            ("TFJob\nspec:\n  cleanPodPolicy: None", &["4 unknown-field"]),
            ("TFJob\nspec:\n  tfReplicaSpecs:\n    PS:\n      backoffLimit: 0", &["6 unknown-field"]),
        ] {
            assert_eq!(found_in_template("podCount: 1", &format!("{head}{template}")), expected, "{template}");
        }
    }

    #[test]
    fn privileged_containers_are_found() {
        let bare = "securityContext:\n  privileged: true\n";
        let asked = format!("{{{{ if .Values.p }}}}\n{bare}{{{{ end }}}}\n");
        for (template, expected) in [
            (bare, Some(Severity::Warning)),
            (&asked, Some(Severity::Info)),
            ("privileged: false", None),
            ("containers: [{securityContext: {privileged: true}}]", Some(Severity::Warning)),
            ("containers:\n- securityContext: { \"privileged\" : true }", Some(Severity::Warning)),
            ("privileged: {{ .Values.yes }}", Some(Severity::Warning)),
            ("privileged: {{ .Values.no_ }}", None),
            ("securityContext:\n  {{- toYaml .Values.sc | nindent 2 }}", Some(Severity::Warning)),
        ] {
            let all = lint(&pack(&[
                ("charts/values.yaml", "podCount: 1\np: 1\n\"yes\": true\nno_: false\nsc: {privileged: true}"),
                ("charts/templates/a.yaml", template),
            ]));
            let shown = all.iter().find(|it| it.rule == "privileged").map(|it| it.severity);
            assert_eq!(shown, expected, "{template}");
        }
    }

    #[test]
    fn old_names_of_gpus_are_found() {
        let values = "podCount: 1\nr:\n  alpha.kubernetes.io/nvidia-gpu: 1\n# alpha.kubernetes.io/nvidia-gpu\n";
        let tree = pack(&[("charts/values.yaml", values), ("charts/templates/a.yaml", "x: {{ .Values.r }}")]);
        assert_eq!(found(&tree, "charts/values.yaml"), ["- image", "3 gpu-resource"]);
        assert_eq!(found_in_template("podCount: 1", "alpha.kubernetes.io/nvidia-gpu: 1"), ["1 gpu-resource"]);
    }
}
