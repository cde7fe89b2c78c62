use clap::Args;
use serde_json::{Value, json};
use shared::base::failure::{CommandError, Failure};
use shared::edge::jobs::LiveJob;
use shared::tfjob::name::JobRef;
use shared::tfjob::state::{self, State};

use crate::changing::{DryRun, Printed};
use crate::naming::{JobNames, each, find};
use crate::session::Session;

/// Suspend TFJobs: their pods are deleted until they are resumed
///
/// Sets `spec.runPolicy.suspend`, which kubeflow.org/v1 with training-operator 1.7 and later understands.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kubectl tfjob suspend mnist
  kubectl tfjob suspend mnist cifar --dry-run=server")]
pub(crate) struct SuspendArgs {
    #[command(flatten)]
    change: ChangeArgs,
}

/// Resume suspended TFJobs
///
/// Takes `spec.runPolicy.suspend` back; the operator creates the pods anew.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kubectl tfjob resume mnist")]
pub(crate) struct ResumeArgs {
    #[command(flatten)]
    change: ChangeArgs,
}

#[derive(Debug, Args)]
struct ChangeArgs {
    #[command(flatten)]
    jobs: JobNames,
    #[command(flatten)]
    dry_run: DryRun,
    #[command(flatten)]
    printed: Printed,
}

/// Why a job cannot be suspended or resumed.
#[derive(Debug, thiserror::Error)]
enum SuspendError {
    #[error("{api_version} TFJobs cannot be suspended: only kubeflow.org/v1 can, with training-operator 1.7 and later")]
    OtherVersion { api_version: String, spelling: String, namespace: String },
    #[error(
        "the cluster dropped `spec.runPolicy.suspend` of \"{name}\": its TFJob definition is older than training-operator 1.7"
    )]
    Dropped { name: String },
    #[error("tfjob \"{name}\" is {state}: there is nothing to {verb}")]
    Finished { name: String, state: State, verb: &'static str },
}

impl Failure for SuspendError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::OtherVersion { spelling, namespace, .. } => {
                Some(format!("`kubectl tfjob delete {spelling} -n {namespace}` ends the job instead"))
            }
            Self::Dropped { .. } => Some("upgrade the training operator with its definitions".to_owned()),
            Self::Finished { .. } => None,
        }
    }
}

pub(super) fn cmd_suspend(args: &SuspendArgs, session: &mut Session<'_>) -> Result<(), CommandError> {
    each(&args.change.jobs.names, session, |name, session| set(name, true, &args.change, session))
}

pub(super) fn cmd_resume(args: &ResumeArgs, session: &mut Session<'_>) -> Result<(), CommandError> {
    each(&args.change.jobs.names, session, |name, session| set(name, false, &args.change, session))
}

/// Sets `suspend` on one job, and checks that the server has kept it.
fn set(name: &JobRef, suspend: bool, args: &ChangeArgs, session: &mut Session<'_>) -> Result<(), CommandError> {
    let found = find(session, name)?;
    check(&found, suspend)?;
    let (cluster, term) = session.open()?;
    let word = if suspend { "suspended" } else { "resumed" };
    if !args.dry_run.is_client() {
        let patch = json!({"spec": {"runPolicy": {"suspend": suspend}}});
        let resource = found.api.resource();
        let patched = cluster.patch(&resource, found.namespace(), &found.job.name, &patch, args.dry_run.is_server())?;
        let kept = patched.pointer("/spec/runPolicy/suspend").and_then(Value::as_bool);
        if kept != Some(suspend) {
            return Err(SuspendError::Dropped { name: found.job.name }.into());
        }
    }
    let spelling = found.spelling();
    term.text(&args.printed.line(&spelling, &format!("{spelling} {word}{}\n", args.dry_run.remark())))
}

fn check(found: &LiveJob, suspend: bool) -> Result<(), SuspendError> {
    if (found.api.group.as_str(), found.api.version.as_str()) != ("kubeflow.org", "v1") {
        return Err(SuspendError::OtherVersion {
            api_version: found.job.api_version(),
            spelling: found.spelling(),
            namespace: found.namespace().to_owned(),
        });
    }
    let state = state::verdict(&found.job).state;
    if matches!(state, State::Succeeded | State::Failed) {
        let verb = if suspend { "suspend" } else { "resume" };
        return Err(SuspendError::Finished { name: found.job.name.clone(), state, verb });
    }
    Ok(())
}
