use std::ops::ControlFlow;
use std::time::Duration;

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use serde_json::Value;
use shared::base::failure::{CommandError, Failure};
use shared::base::progress::Progress as _;
use shared::edge::clock;
use shared::edge::cluster::{Change, Query, Scope, Watch, WatchEvent};
use shared::edge::jobs::{self, LiveJob};
use shared::term::Terminal;
use shared::tfjob::job::Job;
use shared::tfjob::name::JobRef;
use shared::tfjob::state::{self, State, Verdict};

use crate::duration::Patience;
use crate::session::Session;

/// The exit code of a wait that lasted too long.
const TIMED_OUT: u8 = 3;
/// How often the clock is looked at.
const TICK: Duration = Duration::from_millis(100);

/// Wait until TFJobs have come as far as wanted
///
/// Exit codes: 0 reached; 1 not to be reached any more (failed, or deleted meanwhile); 3 timed out. `finished` is
/// reached by success alone: a job that fails ends the wait with 1. `running` is also reached by jobs that restart or
/// have succeeded. Suspended jobs are waited for.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kubectl tfjob wait mnist
  kubectl tfjob wait mnist cifar --for running --timeout 5m
  kubectl tfjob wait mnist --for succeeded --timeout 2h || kubectl tfjob status mnist")]
pub(crate) struct WaitArgs {
    /// The jobs: NAME, tfjob/NAME or tfjobs.GROUP/NAME
    #[arg(value_name = "NAME", required = true)]
    names: Vec<JobRef>,
    /// What to wait for
    #[arg(long = "for", value_name = "GOAL", default_value = "finished")]
    goal: Goal,
    /// How long to wait, such as 90s, 10m or 2h; 0 looks once, a negative time waits for a week
    #[arg(long, value_name = "TIME", default_value = "10m", allow_hyphen_values = true)]
    timeout: Patience,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Goal {
    /// Until it has succeeded
    Succeeded,
    /// Until its replicas run, or have succeeded
    Running,
    /// Until it has ended
    Finished,
}

/// How far a job is from the goal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Distance {
    Reached,
    OnTheWay,
    Never,
}

impl Goal {
    fn distance(self, state: &State) -> Distance {
        match (self, state) {
            (_, State::Failed) => Distance::Never,
            (_, State::Succeeded) | (Self::Running, State::Running | State::Restarting) => Distance::Reached,
            _ => Distance::OnTheWay,
        }
    }

    /// Returns what a job does that reaches the goal: "it is to …".
    fn verb(self) -> &'static str {
        match self {
            Self::Succeeded => "succeed",
            Self::Running => "run",
            Self::Finished => "end",
        }
    }
}

/// Why the goal was not reached.
#[derive(Debug, thiserror::Error)]
enum WaitError {
    #[error("tfjob \"{name}\" has failed{why}")]
    Failed { name: String, namespace: String, why: String },
    #[error("tfjob \"{name}\" was deleted before it could {goal}")]
    Deleted { name: String, goal: &'static str },
    #[error("timed out waiting for tfjob \"{name}\" to {goal}: it is {state}")]
    TimedOut { name: String, namespace: String, goal: &'static str, state: String },
}

impl Failure for WaitError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Failed { name, namespace, .. } | Self::TimedOut { name, namespace, .. } => {
                Some(format!("`kubectl tfjob status {name} -n {namespace}` tells why"))
            }
            Self::Deleted { .. } => None,
        }
    }

    fn exit_code(&self) -> u8 {
        match self {
            Self::TimedOut { .. } => TIMED_OUT,
            Self::Failed { .. } | Self::Deleted { .. } => 1,
        }
    }
}

pub(super) fn cmd_wait(args: &WaitArgs, session: &mut Session<'_>) -> Result<(), CommandError> {
    let deadline = args.timeout.after(clock::now_exactly());
    let (cluster, term) = session.open()?;
    let mut waits = Vec::new();
    for name in &args.names {
        waits.push(Waiting::new(jobs::find(cluster, cluster.namespace(), name)?, args.goal));
    }
    for wait in &mut waits {
        wait.tell_if_reached(term)?;
    }
    if args.timeout.is_one_look() || waits.iter().all(|it| it.is_over) {
        return end(&waits);
    }
    let scope = Scope::Namespace(cluster.namespace());
    let watches: Vec<Watch<'_>> = waits.iter().map(|it| it.watch(scope)).collect();
    let mut result = Ok(());
    let progress = term.progress();
    progress.begin(&format!("waiting for {} TFJob(s) to {}", waits.len(), args.goal.verb()), None);
    cluster.watch(&watches, Some(TICK), &mut |event| {
        let step = take(event, deadline, &mut waits, term);
        if step.is_err() || waits.iter().all(|it| it.is_over) {
            result = step;
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    })?;
    progress.end();
    result?;
    end(&waits)
}

/// Takes one event of the watches.
///
/// # Errors
///
/// Fails if a job can reach the goal no more, if time is up, or if the wait is interrupted.
fn take(
    event: WatchEvent,
    deadline: Timestamp,
    waits: &mut [Waiting],
    term: &mut Terminal,
) -> Result<(), CommandError> {
    let (wait, change) = match event {
        WatchEvent::Of { watch, kind } => (&mut waits[watch], kind),
        WatchEvent::Interrupted => return Err(CommandError::Exit(1)),
        WatchEvent::Tick if clock::now_exactly() >= deadline => return end(waits),
        WatchEvent::Tick => return Ok(()),
    };
    match change {
        Change::Applied(object) => {
            wait.renew(&object);
            wait.tell_if_reached(term)?;
        }
        Change::Restarted => wait.is_seen = false,
        Change::Synced if !wait.is_seen => wait.deleted()?,
        Change::Deleted(_) => wait.deleted()?,
        Change::Forbidden(error) => return Err(error.into()),
        Change::Synced => {}
    }
    Ok(())
}

/// Returns how the wait ended: every job that has not reached the goal is an error.
fn end(waits: &[Waiting]) -> Result<(), CommandError> {
    let late: Vec<WaitError> = waits.iter().filter(|it| !it.is_over).map(Waiting::timed_out).collect();
    CommandError::all(late).map_or(Ok(()), Err)
}

/// One job that is waited for.
struct Waiting {
    found: LiveJob,
    goal: Goal,
    verdict: Verdict,
    is_over: bool,
    is_seen: bool,
}

impl Waiting {
    fn new(found: LiveJob, goal: Goal) -> Self {
        let verdict = state::verdict(&found.job);
        Self { found, goal, verdict, is_over: false, is_seen: true }
    }

    fn watch<'a>(&self, scope: Scope<'a>) -> Watch<'a> {
        let query = Query::fields(&format!("metadata.name={}", self.found.job.name));
        Watch { resource: self.found.api.resource(), scope, query }
    }

    /// Takes the newest state of the job; one that cannot be read leaves the last one standing, and so does another job
    /// of its name: this one is gone then.
    fn renew(&mut self, object: &Value) {
        let is_another = |it: &str| self.found.job.uid.as_deref().is_some_and(|uid| uid != it);
        if object.pointer("/metadata/uid").and_then(Value::as_str).is_some_and(is_another) {
            return;
        }
        self.is_seen = true;
        if let Ok(job) = Job::read(object) {
            self.found.job = job;
            self.verdict = state::verdict(&self.found.job);
        }
    }

    /// Says that the goal is reached, as `kubectl wait` does.
    fn tell_if_reached(&mut self, term: &mut Terminal) -> Result<(), CommandError> {
        if self.is_over {
            return Ok(());
        }
        match self.goal.distance(&self.verdict.state) {
            Distance::OnTheWay => Ok(()),
            Distance::Reached => {
                self.is_over = true;
                term.text(&format!("{} {}\n", self.found.spelling(), self.verdict.state.to_string().to_lowercase()))
            }
            Distance::Never => {
                let why = self.verdict.message.as_ref().or(self.verdict.reason.as_ref());
                let why = why.map_or_else(String::new, |it| format!(": {it}"));
                Err(WaitError::Failed { name: self.name(), namespace: self.found.namespace().to_owned(), why }.into())
            }
        }
    }

    fn deleted(&self) -> Result<(), WaitError> {
        if self.is_over {
            return Ok(());
        }
        Err(WaitError::Deleted { name: self.name(), goal: self.goal.verb() })
    }

    fn timed_out(&self) -> WaitError {
        WaitError::TimedOut {
            name: self.name(),
            namespace: self.found.namespace().to_owned(),
            goal: self.goal.verb(),
            state: self.verdict.state.to_string(),
        }
    }

    fn name(&self) -> String {
        self.found.job.name.clone()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use shared::edge::cluster::JobApi;

    use super::*;

    #[test]
    fn another_job_of_the_same_name_is_not_the_one_waited_for() {
        let object = |uid: &str, kind: &str| {
            json!({"apiVersion": "kubeflow.org/v1", "kind": "TFJob",
                "metadata": {"name": "mnist", "namespace": "ns", "uid": uid},
                "status": {"conditions": [{"type": kind, "status": "True"}]}})
        };
        let api = JobApi { group: "kubeflow.org".into(), version: "v1".into(), kind: "TFJob".into() };
        let job = Job::read(&object("one", "Running")).unwrap();
        let mut wait = Waiting::new(LiveJob { api, job }, Goal::Succeeded);
        // A list anew, in which the job stands once more.
        wait.is_seen = false;
        wait.renew(&object("two", "Succeeded"));
        assert_eq!((&wait.verdict.state, wait.is_seen), (&State::Running, false));
        assert_eq!(wait.deleted().unwrap_err().to_string(), "tfjob \"mnist\" was deleted before it could succeed");
        wait.renew(&object("one", "Succeeded"));
        assert_eq!((&wait.verdict.state, wait.is_seen), (&State::Succeeded, true));
    }

    #[test]
    fn how_far_each_state_is_from_each_goal() {
        use Distance::{Never, OnTheWay, Reached};
        for (state, succeeded, running, finished) in [
            (State::Succeeded, Reached, Reached, Reached),
            (State::Failed, Never, Never, Never),
            (State::Running, OnTheWay, Reached, OnTheWay),
            (State::Restarting, OnTheWay, Reached, OnTheWay),
            (State::Suspended, OnTheWay, OnTheWay, OnTheWay),
            (State::Terminating, OnTheWay, OnTheWay, OnTheWay),
            (State::Queuing, OnTheWay, OnTheWay, OnTheWay),
            (State::Pending, OnTheWay, OnTheWay, OnTheWay),
            (State::Unknown, OnTheWay, OnTheWay, OnTheWay),
            (State::Other("Frobbed".into()), OnTheWay, OnTheWay, OnTheWay),
        ] {
            for (goal, expected) in [(Goal::Succeeded, succeeded), (Goal::Running, running), (Goal::Finished, finished)]
            {
                assert_eq!(goal.distance(&state), expected, "{state} {goal:?}");
            }
        }
    }
}
