//! The one normal form of a job's state.
//!
//! `Terminating > Failed > Succeeded > Suspended > Restarting > Running > Queuing > Pending > Unknown`: the first that
//! holds is the state. It comes from the job object alone; where the pods say otherwise, a [note](super::notes) tells.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;

use super::job::Job;
use super::status::{Condition, Status};

/// The state of a job.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum State {
    /// It is being deleted.
    Terminating,
    /// It failed, or its spec is invalid.
    Failed,
    /// It succeeded.
    Succeeded,
    /// It was suspended: its pods are deleted until it is resumed.
    Suspended,
    /// A pod failed and is made anew.
    Restarting,
    /// It runs.
    Running,
    /// It waits in a queue.
    Queuing,
    /// It is accepted and does not run yet.
    Pending,
    /// Nothing tells.
    Unknown,
    /// A word that no operator of ours writes.
    Other(String),
}

/// The types of condition that decide, the weightiest first, with the states that they stand for.
const CONDITIONS: [(&str, State); 7] = [
    ("Failed", State::Failed),
    ("Succeeded", State::Succeeded),
    ("Suspended", State::Suspended),
    ("Restarting", State::Restarting),
    ("Running", State::Running),
    ("Queuing", State::Queuing),
    ("Created", State::Pending),
];

impl State {
    /// The states by name, the weightiest first.
    pub const ALL: [Self; 9] = [
        Self::Terminating,
        Self::Failed,
        Self::Succeeded,
        Self::Suspended,
        Self::Restarting,
        Self::Running,
        Self::Queuing,
        Self::Pending,
        Self::Unknown,
    ];

    /// Returns the state that a word names in whatever case; any other word is kept as written.
    pub fn parse(word: &str) -> Self {
        let known = Self::ALL.into_iter().find(|it| it.as_str().eq_ignore_ascii_case(word));
        known.unwrap_or_else(|| Self::Other(word.to_owned()))
    }

    /// Returns the state's word.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Terminating => "Terminating",
            Self::Failed => "Failed",
            Self::Succeeded => "Succeeded",
            Self::Suspended => "Suspended",
            Self::Restarting => "Restarting",
            Self::Running => "Running",
            Self::Queuing => "Queuing",
            Self::Pending => "Pending",
            Self::Unknown => "Unknown",
            Self::Other(word) => word,
        }
    }

    /// Returns whether the job has come to its end.
    pub fn is_finished(&self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed)
    }
}

impl FromStr for State {
    type Err = Infallible;

    fn from_str(word: &str) -> Result<Self, Infallible> {
        Ok(Self::parse(word))
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a job object says of its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The state.
    pub state: State,
    /// The deciding condition's reason, or `status.reason` of the list form; `None` for Terminating.
    pub reason: Option<String>,
    /// The deciding condition's message; `None` in the list form.
    pub message: Option<String>,
    /// Since when: the completion of a finished job, else the deciding condition's last change.
    pub since: Option<Timestamp>,
    /// Whether the operator still deletes pods of the ended job (phase `CleanUp` of the list form).
    pub cleaning_up: bool,
}

impl Verdict {
    fn bare(state: State) -> Self {
        Self { state, reason: None, message: None, since: None, cleaning_up: false }
    }
}

/// Returns the state of a job, and what decides it.
pub fn verdict(job: &Job) -> Verdict {
    if job.is_deleting {
        Verdict::bare(State::Terminating)
    } else if job.is_list_form() {
        of_phase(&job.status)
    } else {
        of_conditions(job)
    }
}

fn of_conditions(job: &Job) -> Verdict {
    let status = &job.status;
    let known = CONDITIONS.into_iter().find_map(|(kind, state)| Some((status.holding(kind)?, state)));
    let Some((condition, state)) = known.or_else(|| unknown_type(status)) else {
        return Verdict::bare(State::Unknown);
    };
    // v1alpha2 copies the time of the last transition from the condition before.
    let changed = if job.version() == "v1alpha2" {
        condition.updated.or(condition.changed)
    } else {
        condition.changed.or(condition.updated)
    };
    Verdict {
        since: status.completed.filter(|_| state.is_finished()).or(changed),
        state,
        reason: condition.reason.clone(),
        message: condition.message.clone(),
        cleaning_up: false,
    }
}

/// Returns the newest condition that holds; its type is none that we know.
fn unknown_type(status: &Status) -> Option<(&Condition, State)> {
    let holding = status.conditions.iter().filter(|it| it.is_true());
    // Operators of v1alpha2 leave the time of the transition at that of the creation.
    let newest = holding.max_by_key(|it| it.updated.or(it.changed))?;
    Some((newest, State::Other(newest.kind.clone())))
}

fn of_phase(status: &Status) -> Verdict {
    let result = match status.state.as_str() {
        "Succeeded" => Some(State::Succeeded),
        "Failed" => Some(State::Failed),
        _ => None,
    };
    let cleaning_up = status.phase == "CleanUp" && result.is_some();
    let state = match status.phase.as_str() {
        "Failed" => State::Failed,
        "Done" => result.unwrap_or(State::Unknown),
        "CleanUp" => result.unwrap_or(State::Terminating),
        "Running" => State::Running,
        // Its `state: Running` is not true: the pods are only being made.
        "Creating" => State::Pending,
        "" => State::Unknown,
        other => State::Other(other.to_owned()),
    };
    let since = status.completed.filter(|_| state.is_finished());
    let reason = status.reason.clone().filter(|_| state != State::Terminating);
    Verdict { state, reason, message: None, since, cleaning_up }
}
