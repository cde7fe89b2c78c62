//! The Kubernetes API: as kubectl finds it, with kubectl's flags.
