//! Why a job, or what belongs to it, could not be had.

use super::SUCCESSOR;
use crate::base::failure::Failure;
use crate::edge::cluster::ClusterError;
use crate::tfjob::api::GROUPS;
use crate::tfjob::job::BrokenJob;
use crate::tfjob::notes::job_not_found;

/// Why a job, or what belongs to it, could not be had.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// The cluster has no kind `TFJob`.
    #[error("no TFJob API on this cluster (looked for {})", GROUPS.join(", "))]
    NoApi {
        /// Whether it has the kind that came after it.
        has_successor: bool,
    },
    /// The cluster has `TFJob`s, but not in this group.
    #[error("the server doesn't have a resource type \"tfjobs.{group}\"")]
    NoGroup {
        /// The group.
        group: String,
        /// The groups that it has.
        served: Vec<String>,
    },
    /// There is no job of this name.
    #[error("tfjobs.{group} \"{name}\" not found")]
    NotFound {
        /// The group that was asked.
        group: String,
        /// The name.
        name: String,
        /// Where it was looked for.
        namespace: String,
        /// How many pods of a job of that name are still there; `None` where nobody looked.
        left_over: Option<usize>,
    },
    /// Several groups have a job of this name.
    #[error("several API groups have a TFJob \"{name}\" in namespace {namespace}: {}", spellings.join(", "))]
    Ambiguous {
        /// The name.
        name: String,
        /// Where they are.
        namespace: String,
        /// How to write each.
        spellings: Vec<String>,
    },
    /// What the server sent is no job.
    #[error("the server's tfjobs \"{name}\" cannot be read")]
    Broken {
        /// The name.
        name: String,
        /// Why.
        #[source]
        source: BrokenJob,
    },
    /// The API server said no, or could not be reached.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
}

impl Failure for JobError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::NoApi { has_successor: true } => Some(format!(
                "the cluster runs Kubeflow Trainer ({SUCCESSOR}), whose TrainJob is the successor: `kubectl get trainjobs`"
            )),
            Self::NoApi { has_successor: false } => {
                Some("is this the right cluster? `kubectl config current-context` tells".to_owned())
            }
            Self::NoGroup { served, .. } => Some(format!("the groups with TFJobs here: {}", served.join(", "))),
            Self::NotFound { name, namespace, left_over: Some(pods @ 1..), .. } => {
                let note = job_not_found(*pods);
                Some(format!("{note}; `kubectl tfjob logs {name} -n {namespace}` shows what they said"))
            }
            Self::NotFound { namespace, .. } => Some(format!(
                "`kubectl tfjob list -n {namespace}` shows the jobs of this namespace, `kubectl tfjob list -A` all"
            )),
            Self::Ambiguous { spellings, .. } => Some(format!("write one of {}", spellings.join(", "))),
            Self::Broken { .. } => None,
            Self::Cluster(error) => error.hint(),
        }
    }
}
