//! The jobs that a command was asked about.

use shared::base::failure::CommandError;
use shared::edge::jobs::{self, JobError, LiveJob};
use shared::term::Batch;
use shared::tfjob::name::JobRef;

use crate::session::Session;

/// The names of one or more jobs.
#[derive(Debug, clap::Args)]
pub(crate) struct JobNames {
    /// The jobs: NAME, tfjob/NAME or tfjobs.GROUP/NAME
    #[arg(value_name = "NAME", required = true)]
    pub(crate) names: Vec<JobRef>,
}

/// The name of one job.
#[derive(Debug, clap::Args)]
pub(crate) struct JobName {
    /// The job: NAME, tfjob/NAME or tfjobs.GROUP/NAME
    pub(crate) name: JobRef,
}

/// Returns the job in the namespace of the flags, or of the context.
pub(crate) fn find(session: &mut Session<'_>, name: &JobRef) -> Result<LiveJob, JobError> {
    let (cluster, _) = session.open()?;
    jobs::find(cluster, cluster.namespace(), name)
}

/// Does `work` for each of `names`; a failure is reported and does not stop the others.
///
/// # Errors
///
/// With one name, its error; with several, exit code 1 at the end if any failed, all of them reported already.
pub(crate) fn each(
    names: &[JobRef],
    session: &mut Session<'_>,
    mut work: impl FnMut(&JobRef, &mut Session<'_>) -> Result<(), CommandError>,
) -> Result<(), CommandError> {
    let mut batch = Batch::of(names.len());
    for name in names {
        let result = work(name, session);
        batch.take(result, session.term)?;
    }
    batch.end()
}
