//! Why no `TensorBoard` can be made.

use crate::base::failure::Failure;

/// Why no `TensorBoard` can be made for a job.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BoardError {
    /// Nobody says where the logs are.
    #[error("job '{0}' does not say where its logs are")]
    NoFolder(String),
    /// The folder is on no volume.
    #[error("no volume of job '{job}' is mounted at or above '{folder}'")]
    NoVolume {
        /// The job.
        job: String,
        /// The folder.
        folder: String,
        /// Where its main container has volumes.
        mounted: Vec<String>,
    },
    /// The folder is on a volume that nobody but the job's own pods can see.
    #[error("'{folder}' is on volume '{volume}', a volume of type {kind}: each pod has its own")]
    Private {
        /// The folder.
        folder: String,
        /// The volume.
        volume: String,
        /// Its type.
        kind: String,
    },
    /// The mounted part of the volume differs from pod to pod.
    #[error("'{folder}' is on volume '{volume}', mounted by `subPathExpr`: each pod may have another part of it")]
    Computed {
        /// The folder.
        folder: String,
        /// The volume.
        volume: String,
    },
    /// The claim is one pod's alone.
    #[error("claim '{claim}' is ReadWriteOncePod, and pod '{pod}' has it")]
    OnePod {
        /// The claim.
        claim: String,
        /// The pod of the job that has it, or waits for it.
        pod: String,
    },
}

impl Failure for BoardError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoFolder(_) => "give --logdir DIR, a folder as the job's main container sees it, or a URL".to_owned(),
            Self::NoVolume { mounted, .. } if mounted.is_empty() => {
                "its main container mounts no volume: let it write its logs to one, or to a URL such as gs://…"
                    .to_owned()
            }
            Self::NoVolume { mounted, .. } => format!("its main container mounts {}", mounted.join(", ")),
            Self::Private { .. } => "let the job write its logs to a claim, or to a URL such as gs://…".to_owned(),
            Self::Computed { .. } => "mount the folder by `subPath`, or let the job write to a URL".to_owned(),
            Self::OnePod { .. } => {
                "try again when that pod has ended, or give the job a ReadWriteOnce claim".to_owned()
            }
        })
    }
}
