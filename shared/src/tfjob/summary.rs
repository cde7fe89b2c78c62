//! What users are told about a job, and the JSON that scripts read.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::chief::Chief;
use super::counts::{self, CountRow};
use super::job::{Job, seconds_between};
use super::notes::{self, Facts, Note};
use super::pod::Pod;
pub use super::pod_row::PodRow;
use super::policy::CleanPodPolicy;
use super::select::Own;
use super::state::{State, verdict};

/// What is known of a job's pods.
#[derive(Debug, Clone, Copy)]
pub enum PodsSeen<'a> {
    /// They were read; there may be none.
    Known(&'a Own),
    /// They may not be read.
    Forbidden,
    /// They were not asked for, or there is no cluster to ask.
    NotAsked,
}

impl<'a> PodsSeen<'a> {
    /// Returns the job's pods; `None` where they are not known.
    pub fn pods(&self) -> Option<&'a [Pod]> {
        self.own().map(|it| it.pods.as_slice())
    }

    fn own(&self) -> Option<&'a Own> {
        match self {
            Self::Known(own) => Some(own),
            Self::Forbidden | Self::NotAsked => None,
        }
    }
}

/// Where counts come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CountsFrom {
    /// The pods.
    Pods,
    /// The job's status.
    Status,
    /// Nothing: neither pods nor replica statuses are known.
    Nothing,
}

impl CountsFrom {
    /// Returns the word for scripts: `pods`, `status` or `none`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pods => "pods",
            Self::Status => "status",
            Self::Nothing => "none",
        }
    }
}

/// Everything that is said of one job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The name.
    pub name: String,
    /// The namespace; `None` in a file that does not say.
    pub namespace: Option<String>,
    /// The `apiVersion`.
    pub api_version: String,
    /// The API group.
    pub group: String,
    /// The kind as written.
    pub kind: String,
    /// The labels.
    pub labels: BTreeMap<String, String>,
    /// The uid; `None` in a file.
    pub uid: Option<String>,
    /// The state.
    pub state: State,
    /// What decides the state, in a word.
    pub reason: Option<String>,
    /// What decides the state, in a sentence.
    pub message: Option<String>,
    /// Since when it is in this state.
    pub state_since: Option<Timestamp>,
    /// The list form's `RuntimeId`.
    pub runtime_id: Option<String>,
    /// When the object was made.
    pub created_at: Option<Timestamp>,
    /// `status.startTime`.
    pub started_at: Option<Timestamp>,
    /// `status.completionTime`.
    pub finished_at: Option<Timestamp>,
    /// Seconds from start to end, or until now while it is not finished; never below 0, `None` without a start, or
    /// without an end of a finished job.
    pub duration_seconds: Option<i64>,
    /// The replica that decides about the job; `None` if there is none.
    pub chief: Option<Chief>,
    /// A row for each type of the spec, in the order of the types.
    pub replicas: Vec<CountRow>,
    /// Where the rows come from.
    pub counts_from: CountsFrom,
    /// The pods by type and index; `None` where they were not, or could not be read.
    pub pods: Option<Vec<PodRow>>,
    /// The policy that the operator follows; `None` where that is not known.
    pub clean_pod_policy: Option<CleanPodPolicy>,
    /// The proxy URL of a TensorBoard Service that exists; to be set by whoever looked for one.
    pub tensorboard: Option<String>,
    /// The notes.
    pub notes: Vec<Note>,
    /// Seconds since the object was made; never below 0.
    pub age_seconds: Option<i64>,
    /// Whether the operator still deletes pods of the ended job.
    pub cleaning_up: bool,
    /// The GPUs that the whole job is limited to.
    pub gpus: u64,
    /// The nodes of its pods, sorted, each once.
    pub nodes: Vec<String>,
    /// How many pods were replaced by newer ones under other names (list form only).
    pub previous_attempts: usize,
    /// What to look at next, each a line of its own.
    pub hints: Vec<String>,
}

impl Summary {
    /// Returns what is to be said of a job at the time `now`.
    pub fn of(job: &Job, pods: &PodsSeen<'_>, now: Timestamp) -> Self {
        let verdict = verdict(job);
        let chief = Chief::of(job, pods.own());
        let (replicas, counts_from) = count(job, pods, &verdict.state);
        let clean_pods = job.policies.in_force(&job.api, pods.pods());
        let facts = Facts {
            job,
            verdict: &verdict,
            chief: chief.as_ref(),
            rows: &replicas,
            pods,
            clean_pods: clean_pods.as_ref(),
            now,
        };
        let notes = notes::of(&facts);
        Self {
            name: job.name.clone(),
            namespace: job.namespace.clone(),
            api_version: job.api_version(),
            group: job.group().to_owned(),
            kind: job.kind.clone(),
            uid: job.uid.clone(),
            hints: hints(&notes),
            duration_seconds: duration(job, &verdict.state, now),
            state: verdict.state,
            reason: verdict.reason,
            message: verdict.message,
            state_since: verdict.since,
            runtime_id: job.runtime_id.clone(),
            created_at: job.created,
            started_at: job.status.started,
            finished_at: job.status.completed,
            chief,
            replicas,
            counts_from,
            pods: pods.pods().map(|it| it.iter().map(PodRow::of).collect()),
            clean_pod_policy: clean_pods,
            tensorboard: None,
            notes,
            age_seconds: job.seconds_since_creation(now).map(|it| it.max(0)),
            cleaning_up: verdict.cleaning_up,
            gpus: job.gpus(),
            nodes: nodes(pods.pods().unwrap_or_default()),
            labels: job.labels.clone(),
            previous_attempts: pods.own().map_or(0, |it| it.previous.len()),
        }
    }

    /// Returns the object for `-o json`: camelCase, absent values null, fields always in the same order.
    pub fn json(&self) -> Value {
        json!({
            "name": self.name,
            "namespace": self.namespace,
            "apiVersion": self.api_version,
            "kind": self.kind,
            "uid": self.uid,
            "state": self.state.as_str(),
            "reason": self.reason,
            "message": self.message,
            "stateSince": time(self.state_since),
            "runtimeId": self.runtime_id,
            "createdAt": time(self.created_at),
            "startedAt": time(self.started_at),
            "finishedAt": time(self.finished_at),
            "durationSeconds": self.duration_seconds,
            "chief": self.chief.as_ref().map(chief_json),
            "replicas": self.replicas.iter().map(row_json).collect::<Vec<_>>(),
            "countsFrom": self.counts_from.as_str(),
            "pods": self.pods.as_ref().map(|it| it.iter().map(PodRow::json).collect::<Vec<_>>()),
            "cleanPodPolicy": self.clean_pod_policy.as_ref().map(CleanPodPolicy::as_str),
            "tensorboard": self.tensorboard,
            "notes": self.notes.iter().map(Note::to_string).collect::<Vec<_>>(),
        })
    }

    /// Returns the pods as a person wants them: those in trouble first, the chief first among them, else by type and
    /// index. Empty where the pods are not known.
    pub fn pods_by_trouble(&self) -> Vec<&PodRow> {
        let mut pods: Vec<&PodRow> = self.pods.iter().flatten().collect();
        let chief = self.chief.as_ref().and_then(|it| it.pod.as_deref());
        let is_waiting_chief = |it: &PodRow| Some(it.name.as_str()) == chief && it.phase.as_deref() == Some("Pending");
        pods.sort_by_key(|it| (!is_waiting_chief(it), !it.is_troubled));
        pods
    }

    /// Returns the state as tables show it: its word, and whether the operator still cleans up.
    pub fn state_text(&self) -> String {
        format!("{}{}", self.state, if self.cleaning_up { " (cleaning up)" } else { "" })
    }
}

fn count(job: &Job, pods: &PodsSeen<'_>, state: &State) -> (Vec<CountRow>, CountsFrom) {
    match pods.pods() {
        Some(pods) => (counts::from_pods(job, pods), CountsFrom::Pods),
        None if job.status.replicas.is_empty() => (counts::from_status(job, state), CountsFrom::Nothing),
        None => (counts::from_status(job, state), CountsFrom::Status),
    }
}

fn duration(job: &Job, state: &State, now: Timestamp) -> Option<i64> {
    let end = match job.status.completed {
        Some(completed) if state.is_finished() || *state == State::Terminating => completed,
        _ if state.is_finished() => return None,
        _ => now,
    };
    Some(seconds_between(job.status.started?, end).max(0))
}

fn nodes(pods: &[Pod]) -> Vec<String> {
    let mut nodes: Vec<String> = pods.iter().filter_map(|it| it.node.clone()).collect();
    nodes.sort();
    nodes.dedup();
    nodes
}

fn hints(notes: &[Note]) -> Vec<String> {
    let mut hints = Vec::new();
    if notes.iter().any(|it| it.code == "no-status" && it.message.ends_with('?')) {
        hints.push("no status; is the operator running?".to_owned());
    }
    hints
}

fn time(time: Option<Timestamp>) -> Option<String> {
    time.map(|it| it.to_string())
}

fn chief_json(chief: &Chief) -> Value {
    json!({
        "type": chief.replica_type.as_str(),
        "index": chief.index,
        "pod": chief.pod,
        "phase": chief.phase,
        "exitCode": chief.exit_code,
    })
}

fn row_json(row: &CountRow) -> Value {
    json!({
        "type": row.replica_type.as_str(),
        "desired": row.desired,
        "pending": row.pending,
        "running": row.running,
        "succeeded": row.succeeded,
        "failed": row.failed,
        "unknown": row.unknown,
        "missing": row.missing,
        "restarts": row.restarts,
    })
}
