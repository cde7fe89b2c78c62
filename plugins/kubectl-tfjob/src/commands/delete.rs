use std::ops::ControlFlow;
use std::time::Duration;

use clap::{Args, ValueEnum};
use shared::base::failure::{CommandError, Failure};
use shared::base::progress::Progress as _;
use shared::edge::clock;
use shared::edge::cluster::{Change, Cluster, DeleteOptions, Propagation, Query, Scope, Watch, WatchEvent};
use shared::edge::jobs::{self, JobError, LiveJob};
use shared::term::{Batch, Terminal};
use shared::tfjob::job::Job;
use shared::tfjob::name::JobRef;

use crate::changing::{DryRun, Printed};
use crate::duration::Patience;
use crate::naming::{each, find};
use crate::session::Session;

/// How often the clock is looked at.
const TICK: Duration = Duration::from_millis(100);

/// Delete TFJobs, with their pods and services
///
/// As `kubectl delete` does, for jobs of every API group: it waits until the job is gone, and what belongs to it goes
/// with it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kubectl tfjob delete mnist
  kubectl tfjob delete -l team=vision --dry-run=client
  kubectl tfjob delete tfjobs.training.kubedl.io/mnist")]
pub(crate) struct DeleteArgs {
    /// The jobs: NAME, tfjob/NAME or tfjobs.GROUP/NAME
    #[arg(value_name = "NAME", required_unless_present_any = ["selector", "all"])]
    names: Vec<JobRef>,
    /// Delete the jobs that have these labels, such as team=vision
    #[arg(short = 'l', long, conflicts_with = "names")]
    selector: Option<String>,
    /// Delete all jobs of the namespace
    #[arg(long, conflicts_with_all = ["names", "selector"])]
    all: bool,
    /// What becomes of pods and services
    #[arg(long, value_name = "HOW", default_value = "background")]
    cascade: Cascade,
    /// Wait until the jobs are gone
    #[arg(long, value_name = "BOOL", default_value_t = true, default_missing_value = "true", num_args = 0..=1, require_equals = true, action = clap::ArgAction::Set)]
    wait: bool,
    /// How long to wait for each, such as 90s or 10m; 0 waits as long as it takes
    #[arg(long, value_name = "TIME", default_value = "0", allow_hyphen_values = true)]
    timeout: Patience,
    /// How many seconds the job has to end; 1 for at once, -1 for its own
    #[arg(long, value_name = "SECONDS", default_value_t = -1, allow_hyphen_values = true, value_parser = clap::value_parser!(i64).range(-1..=i64::from(u32::MAX)))]
    grace_period: i64,
    /// It is no failure if a job is not there
    #[arg(long)]
    ignore_not_found: bool,
    #[command(flatten)]
    dry_run: DryRun,
    #[command(flatten)]
    printed: Printed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Cascade {
    /// They go after the job
    Background,
    /// They go before the job
    Foreground,
    /// They stay
    Orphan,
}

/// A job is still there.
#[derive(Debug, thiserror::Error)]
#[error("timed out waiting for tfjob \"{name}\" to be gone")]
struct StillThere {
    name: String,
    /// What `kubectl get` finds it by.
    spelling: String,
    namespace: String,
}

impl Failure for StillThere {
    fn hint(&self) -> Option<String> {
        let Self { spelling, namespace, .. } = self;
        Some(format!(
            "a finalizer may hold it: `kubectl get {spelling} -n {namespace} -o yaml` shows metadata.finalizers"
        ))
    }
}

pub(super) fn cmd_delete(args: &DeleteArgs, session: &mut Session<'_>) -> Result<(), CommandError> {
    if !args.names.is_empty() {
        return each(&args.names, session, |name, session| match find(session, name) {
            Err(JobError::NotFound { .. }) if args.ignore_not_found => Ok(()),
            found => delete(&found?, args, session),
        });
    }
    let jobs = selected(args, session)?;
    if jobs.is_empty() && !args.ignore_not_found {
        session.term.status("No resources found");
    }
    let mut batch = Batch::of(jobs.len());
    for job in jobs {
        let result = delete(&job, args, session);
        batch.take(result, session.term)?;
    }
    batch.end()
}

/// Returns the jobs that the selector finds.
fn selected(args: &DeleteArgs, session: &mut Session<'_>) -> Result<Vec<LiveJob>, CommandError> {
    let (cluster, term) = session.open()?;
    let query = Query { labels: args.selector.clone(), ..Query::default() };
    let mut found = Vec::new();
    for api in jobs::apis(cluster)? {
        let scope = Scope::Namespace(cluster.namespace());
        for object in jobs::everything(cluster, &api.resource(), scope, &query)? {
            match Job::read(&object) {
                Ok(job) => found.push(LiveJob { api: api.clone(), job }),
                Err(broken) => term.warn(format!("a job of {} is left alone: {broken}", api.group)),
            }
        }
    }
    Ok(found)
}

fn delete(found: &LiveJob, args: &DeleteArgs, session: &mut Session<'_>) -> Result<(), CommandError> {
    let (cluster, term) = session.open()?;
    let propagation = match args.cascade {
        Cascade::Background => Propagation::Background,
        Cascade::Foreground => Propagation::Foreground,
        Cascade::Orphan => Propagation::Orphan,
    };
    if !args.dry_run.is_client() {
        let grace_period = u32::try_from(args.grace_period).ok();
        let options = DeleteOptions { propagation, grace_period, dry_run: args.dry_run.is_server() };
        cluster.delete(&found.api.resource(), found.namespace(), &found.job.name, &options)?;
    }
    let (group, name) = (&found.api.group, &found.job.name);
    let done = format!("tfjob.{group} \"{name}\" deleted{}\n", args.dry_run.remark());
    term.text(&args.printed.line(&found.spelling(), &done))?;
    let is_real = args.dry_run.remark().is_empty();
    if args.wait && is_real { until_gone(found, args, cluster, term) } else { Ok(()) }
}

/// Waits until this very job, not another one of its name, is gone.
fn until_gone(found: &LiveJob, args: &DeleteArgs, cluster: &Cluster, term: &mut Terminal) -> Result<(), CommandError> {
    let deadline = (!args.timeout.is_one_look()).then(|| args.timeout.after(clock::now_exactly()));
    let name = &found.job.name;
    let (resource, scope) = (found.api.resource(), Scope::Namespace(found.namespace()));
    let watch = Watch { resource, scope, query: Query::fields(&format!("metadata.name={name}")) };
    let progress = term.progress();
    progress.begin(&format!("waiting for {name} to go"), None);
    let mut is_there = false;
    let mut end = Ok(());
    cluster.watch(&[watch], Some(TICK), &mut |event| {
        match event {
            WatchEvent::Of { kind: Change::Restarted, .. } => is_there = false,
            WatchEvent::Of { kind: Change::Applied(object), .. } => {
                is_there |= object.pointer("/metadata/uid").and_then(|it| it.as_str()) == found.job.uid.as_deref();
            }
            WatchEvent::Of { kind: Change::Synced, .. } if is_there => {}
            // Who may delete, but not watch, has deleted.
            WatchEvent::Of { kind: Change::Deleted(_) | Change::Synced | Change::Forbidden(_), .. } => {
                return ControlFlow::Break(());
            }
            WatchEvent::Interrupted => end = Err(CommandError::Exit(1)),
            WatchEvent::Tick if deadline.is_some_and(|it| clock::now_exactly() >= it) => {
                let (spelling, namespace) = (found.spelling(), found.namespace().to_owned());
                end = Err(StillThere { name: name.clone(), spelling, namespace }.into());
            }
            WatchEvent::Tick => {}
        }
        if end.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    end
}
