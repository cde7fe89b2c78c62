//! The API groups that serve `tfjobs`, or once did, and the versions in them.

use std::fmt;

/// The API groups that have a kind `TFJob`, in the order in which they are shown.
pub const GROUPS: [&str; 4] = ["kubeflow.org", "tensorflow.org", "mlkube.io", "training.kubedl.io"];

/// The two halves of an `apiVersion`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct GroupVersion {
    /// The API group; empty for Kubernetes' core group.
    pub group: String,
    /// The version, such as `v1alpha2`.
    pub version: String,
}

impl GroupVersion {
    /// Reads an `apiVersion`: `group/version`, or a version alone for the core group.
    pub fn read(api_version: &str) -> Self {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        Self { group: group.to_owned(), version: version.to_owned() }
    }
}

impl fmt::Display for GroupVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.group.is_empty() { f.write_str(&self.version) } else { write!(f, "{}/{}", self.group, self.version) }
    }
}

/// Returns whether an object of this `apiVersion` and `kind` is a `TFJob`: kind `TFJob` or `TfJob` (as it was spelt until
/// January 2018) in one of [`GROUPS`], whatever the version.
pub fn known_kind(api_version: &str, kind: &str) -> bool {
    let api = GroupVersion::read(api_version);
    is_kind(kind) && !api.version.is_empty() && GROUPS.contains(&api.group.as_str())
}

/// Returns whether `kind` is a spelling of the kind `TFJob`.
pub(super) fn is_kind(kind: &str) -> bool {
    kind == "TFJob" || kind == "TfJob"
}

/// Returns whether the versions of this group hold their replicas as a list (`spec.replicaSpecs[]`, 2017 to
/// `kubeflow.org/v1alpha1`); else they are a mapping by type (`spec.tfReplicaSpecs`).
pub fn is_list_form(api: &GroupVersion) -> bool {
    is_of_2017(&api.group) || (api.group == "kubeflow.org" && api.version == "v1alpha1")
}

/// Returns whether the group is one of 2017, whose operators made pods by way of batch Jobs and deleted none of them.
pub fn is_of_2017(group: &str) -> bool {
    matches!(group, "mlkube.io" | "tensorflow.org")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tfjobs_are_known_by_group_and_kind() {
        for (api_version, kind, is_known, is_list) in [
            ("mlkube.io/v1beta1", "TfJob", true, true),
            ("tensorflow.org/v1alpha1", "TfJob", true, true),
            ("tensorflow.org/v1alpha1", "TFJob", true, true),
            ("kubeflow.org/v1alpha1", "TFJob", true, true),
            ("kubeflow.org/v1alpha2", "TFJob", true, false),
            ("kubeflow.org/v1beta1", "TFJob", true, false),
            ("kubeflow.org/v1beta2", "TFJob", true, false),
            ("kubeflow.org/v1", "TFJob", true, false),
            ("kubeflow.org/v7", "TFJob", true, false),
            ("training.kubedl.io/v1alpha1", "TFJob", true, false),
            ("trainer.kubeflow.org/v1alpha1", "TrainJob", false, false),
            ("trainer.kubeflow.org/v1alpha1", "TFJob", false, false),
            ("kubeflow.org/v1", "PyTorchJob", false, false),
            ("kubeflow.org/v1", "tfjob", false, false),
            ("kubeflow.org/", "TFJob", false, false),
            ("kubeflow.org", "TFJob", false, false),
            ("v1", "Pod", false, false),
            ("", "", false, false),
        ] {
            assert_eq!(known_kind(api_version, kind), is_known, "{api_version} {kind}");
            assert_eq!(is_list_form(&GroupVersion::read(api_version)), is_list, "{api_version}");
            assert_eq!(GroupVersion::read(api_version).to_string(), api_version.trim_start_matches('/'));
        }
    }
}
