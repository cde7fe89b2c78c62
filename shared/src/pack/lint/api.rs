//! APIs that Kubernetes has no more.

use std::collections::BTreeSet;

use super::subject::Subject;
use super::{Finding, rules};
use crate::pack::outline::Template;
use crate::pack::outline::entries::Entry;

/// An API: its version, its kinds (none: all), what removed it, and what came after it.
type Removed = (&'static str, &'static [&'static str], &'static str, &'static str);

/// Replaces the kinds of one version by those of another.
const REMOVED: &[Removed] = &[
    ("extensions/v1beta1", &["Deployment", "DaemonSet", "ReplicaSet"], "Kubernetes 1.16", "apps/v1"),
    ("extensions/v1beta1", &["NetworkPolicy"], "Kubernetes 1.16", "networking.k8s.io/v1"),
    ("extensions/v1beta1", &["Ingress"], "Kubernetes 1.22", "networking.k8s.io/v1"),
    (
        "extensions/v1beta1",
        &["PodSecurityPolicy"],
        "Kubernetes 1.16",
        "Pod Security admission: labels of the namespace",
    ),
    ("extensions/v1beta1", &[], "Kubernetes 1.22", "apps/v1 or networking.k8s.io/v1"),
    ("apps/v1beta1", &[], "Kubernetes 1.16", "apps/v1"),
    ("apps/v1beta2", &[], "Kubernetes 1.16", "apps/v1"),
    ("batch/v2alpha1", &[], "Kubernetes 1.21", "batch/v1"),
    ("batch/v1beta1", &[], "Kubernetes 1.25", "batch/v1"),
    ("policy/v1beta1", &["PodSecurityPolicy"], "Kubernetes 1.25", "Pod Security admission: labels of the namespace"),
    ("policy/v1beta1", &[], "Kubernetes 1.25", "policy/v1"),
    ("rbac.authorization.k8s.io/v1alpha1", &[], "Kubernetes 1.23", "rbac.authorization.k8s.io/v1"),
    ("rbac.authorization.k8s.io/v1beta1", &[], "Kubernetes 1.22", "rbac.authorization.k8s.io/v1"),
    ("networking.k8s.io/v1beta1", &["Ingress", "IngressClass"], "Kubernetes 1.22", "networking.k8s.io/v1"),
    (
        "admissionregistration.k8s.io/v1beta1",
        &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"],
        "Kubernetes 1.22",
        "admissionregistration.k8s.io/v1",
    ),
    ("apiextensions.k8s.io/v1beta1", &[], "Kubernetes 1.22", "apiextensions.k8s.io/v1"),
    ("apiregistration.k8s.io/v1beta1", &[], "Kubernetes 1.22", "apiregistration.k8s.io/v1"),
    ("authentication.k8s.io/v1beta1", &["TokenReview"], "Kubernetes 1.22", "authentication.k8s.io/v1"),
    ("authorization.k8s.io/v1beta1", &[], "Kubernetes 1.22", "authorization.k8s.io/v1"),
    ("certificates.k8s.io/v1beta1", &["CertificateSigningRequest"], "Kubernetes 1.22", "certificates.k8s.io/v1"),
    ("coordination.k8s.io/v1beta1", &["Lease"], "Kubernetes 1.22", "coordination.k8s.io/v1"),
    ("discovery.k8s.io/v1beta1", &[], "Kubernetes 1.25", "discovery.k8s.io/v1"),
    ("events.k8s.io/v1beta1", &[], "Kubernetes 1.25", "events.k8s.io/v1"),
    ("node.k8s.io/v1beta1", &[], "Kubernetes 1.25", "node.k8s.io/v1"),
    ("scheduling.k8s.io/v1alpha1", &["PriorityClass"], "Kubernetes 1.23", "scheduling.k8s.io/v1"),
    ("scheduling.k8s.io/v1beta1", &[], "Kubernetes 1.22", "scheduling.k8s.io/v1"),
    (
        "storage.k8s.io/v1beta1",
        &["CSIDriver", "CSINode", "StorageClass", "VolumeAttachment"],
        "Kubernetes 1.22",
        "storage.k8s.io/v1",
    ),
    ("storage.k8s.io/v1beta1", &["CSIStorageCapacity"], "Kubernetes 1.27", "storage.k8s.io/v1"),
    ("autoscaling/v2beta1", &[], "Kubernetes 1.25", "autoscaling/v2"),
    ("autoscaling/v2beta2", &[], "Kubernetes 1.26", "autoscaling/v2"),
    ("flowcontrol.apiserver.k8s.io/v1beta1", &[], "Kubernetes 1.26", "flowcontrol.apiserver.k8s.io/v1"),
    ("flowcontrol.apiserver.k8s.io/v1beta2", &[], "Kubernetes 1.29", "flowcontrol.apiserver.k8s.io/v1"),
    ("flowcontrol.apiserver.k8s.io/v1beta3", &[], "Kubernetes 1.32", "flowcontrol.apiserver.k8s.io/v1"),
    ("tensorflow.org/v1alpha1", &["TfJob", "TFJob"], "Kubeflow 0.1", "kubeflow.org/v1, kind TFJob"),
    ("mlkube.io/v1beta1", &["TfJob"], "Kubeflow 0.1", "kubeflow.org/v1, kind TFJob"),
    ("kubeflow.org/v1alpha1", &["TFJob", "PyTorchJob"], "Kubeflow 0.4", "kubeflow.org/v1"),
    ("kubeflow.org/v1alpha2", &["TFJob", "PyTorchJob"], "Kubeflow 0.5", "kubeflow.org/v1"),
    ("kubeflow.org/v1beta1", &["TFJob", "PyTorchJob"], "Kubeflow 0.6", "kubeflow.org/v1"),
    ("kubeflow.org/v1beta2", &["TFJob", "PyTorchJob"], "Kubeflow 0.7", "kubeflow.org/v1"),
    (
        "scheduling.incubator.k8s.io/v1alpha1",
        &["PodGroup", "Queue"],
        "kube-batch itself",
        "Volcano's scheduling.volcano.sh/v1beta1, or no PodGroup: the training operator makes its own",
    ),
    (
        "scheduling.incubator.k8s.io/v1alpha2",
        &["PodGroup", "Queue"],
        "kube-batch itself",
        "Volcano's scheduling.volcano.sh/v1beta1, or no PodGroup: the training operator makes its own",
    ),
];

/// Adds objects of removed APIs, and pods for a scheduler that is gone.
pub(super) fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    for template in subject.manifests() {
        for document in template.documents() {
            found.extend(versions(document).filter_map(|it| removed(subject, template, document, it)));
        }
        for entry in template.entries.iter().filter(|it| it.key() == "schedulerName") {
            if subject.printed(entry.plain()) != "kube-batch" {
                continue;
            }
            let message = "kube-batch is no more: pods that ask for it stay Pending for ever";
            let fix = "remove the line for the cluster's own scheduler, or write `volcano` where Volcano runs";
            found.push(Finding::new(rules::REMOVED_SCHEDULER, template.path, Some(entry.line), message, fix));
        }
    }
}

/// Returns the `apiVersion` of each object in a document: of its own, or of the items of a `List`.
fn versions<'a, 't>(document: &'a [Entry<'t>]) -> impl Iterator<Item = &'a Entry<'t>> {
    let is_version = |it: &&Entry<'_>| it.path == ["apiVersion"] || it.path == ["items", "[]", "apiVersion"];
    let mut seen = BTreeSet::new();
    // Of the branches of an `if` the first one counts.
    document.iter().filter(is_version).filter(move |it| seen.insert(it.parent))
}

fn removed(
    subject: &Subject<'_>,
    template: &Template<'_>,
    document: &[Entry<'_>],
    version: &Entry<'_>,
) -> Option<Finding> {
    let kind = document.iter().find(|it| it.parent == version.parent && it.key() == "kind")?.plain();
    let written = subject.printed(version.plain());
    let is_meant = |it: &&Removed| it.0 == written && (it.1.is_empty() || it.1.contains(&kind));
    let (written, _, by, successor) = REMOVED.iter().find(is_meant)?;
    // Who asks what the cluster has knows what he does.
    if template.around(version.at).any(|it| it.guard.contains(".Capabilities")) {
        return None;
    }
    let message = format!("{kind} of {written} was removed with {by}: the cluster refuses it");
    let fix = format!("use {successor}");
    Some(Finding::new(rules::REMOVED_API, template.path, Some(version.line), message, fix))
}

#[cfg(test)]
mod tests {
    use crate::pack::lint::testing::found_in_template;

    #[test]
    fn removed_apis_and_schedulers_are_found() {
        for (template, expected) in [
            ("apiVersion: apps/v1\nkind: Deployment", &[][..]),
            ("apiVersion: apps/v1beta2\nkind: StatefulSet", &["1 removed-api"]),
            ("kind: Ingress\napiVersion: \"extensions/v1beta1\"", &["2 removed-api"]),
            ("apiVersion: batch/v1beta1\nkind: CronJob", &["1 removed-api"]),
            ("apiVersion: v1\nkind: Service\n---\napiVersion: kubeflow.org/v1alpha2\nkind: TFJob", &["4 removed-api"]),
            ("apiVersion: kubeflow.org/v2beta1\nkind: MPIJob", &[]),
            ("apiVersion: kubeflow.org/v1beta1\nkind: Experiment", &[]),
            ("apiVersion: scheduling.incubator.k8s.io/v1alpha1\nkind: PodGroup", &["1 removed-api"]),
            (
                "{{ if .Capabilities.APIVersions.Has \"policy/v1\" }}\napiVersion: policy/v1\n{{ else }}\n\
                 apiVersion: policy/v1beta1\n{{ end }}\nkind: PodDisruptionBudget",
                &[],
            ),
            ("spec:\n  schedulerName: kube-batch", &["2 removed-scheduler"]),
            ("spec:\n  schedulerName: volcano", &[]),
            ("{\"apiVersion\": \"extensions/v1beta1\", \"kind\": \"Ingress\"}", &["1 removed-api"]),
            ("apiVersion: {{ .Values.old }}\nkind: Ingress", &["1 removed-api"]),
            ("apiVersion: {{ default \"v1\" .Values.old | quote }}\nkind: Ingress", &["1 removed-api"]),
            ("apiVersion: {{ printf \"%s\" .Values.old }}\nkind: Ingress", &[]),
            (
                "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Service\n- kind: Ingress\n  apiVersion: \
                 extensions/v1beta1",
                &["7 removed-api"],
            ),
            ("spec: {schedulerName: kube-batch}", &["1 removed-scheduler"]),
            ("spec:\n  schedulerName: {{ .Values.sched }}", &["2 removed-scheduler"]),
            ("data:\n  x: |\n    schedulerName: kube-batch\n    {\"a\": [", &[]),
        ] {
            assert_eq!(
                found_in_template("podCount: 1\nold: extensions/v1beta1\nsched: kube-batch", template),
                expected,
                "{template}"
            );
        }
    }
}
