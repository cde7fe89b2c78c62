//! The API groups that serve `tfjobs`, or once did.

/// The API groups that have a kind `TFJob`, in the order in which they are shown.
pub const GROUPS: [&str; 4] = ["kubeflow.org", "tensorflow.org", "mlkube.io", "training.kubedl.io"];
