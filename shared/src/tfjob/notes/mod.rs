//! Notes: what a user should know about a job beyond its state, each with a stable code.

mod of_pods;
mod of_spec;
mod of_status;

use std::fmt;

use jiff::Timestamp;

use super::chief::Chief;
use super::counts::CountRow;
use super::job::Job;
use super::pod::Pod;
use super::policy::CleanPodPolicy;
use super::replica::ReplicaType;
use super::state::Verdict;
use super::summary::PodsSeen;

/// Every code that a note can have.
pub const CODES: [&str; 26] = [
    "job-not-found",
    "no-status",
    "no-replica-specs",
    "bad-replicas",
    "no-tensorflow-container",
    "chief-not-in-spec",
    "two-chiefs",
    "bad-chief-count",
    "dead-gpu-resource",
    "also-succeeded",
    "chief-pending",
    "status-lags",
    "never-finishes",
    "zero-workers",
    "pods-deleted",
    "no-pods-created",
    "counts-cleared",
    "counts-stale",
    "flat-policy",
    "name-not-dns-label",
    "foreign-pods",
    "surplus-pods",
    "ttl-passed",
    "odd-condition",
    "pods-forbidden",
    "clock-skew",
];

/// A note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// One of [`CODES`]: scripts may look for it.
    pub code: &'static str,
    /// What it means for this job.
    pub message: String,
}

impl Note {
    fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

/// What the notes on a job are made of.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The job.
    pub job: &'a Job,
    /// Its state.
    pub verdict: &'a Verdict,
    /// Its chief.
    pub chief: Option<&'a Chief>,
    /// Its pods by type, from the pods where they are known.
    pub rows: &'a [CountRow],
    /// Its pods.
    pub pods: &'a PodsSeen<'a>,
    /// The policy that its operator follows.
    pub clean_pods: Option<&'a CleanPodPolicy>,
    /// The present time.
    pub now: Timestamp,
}

impl Facts<'_> {
    /// Tells whether policies that stand in `spec` itself are not looked at: by operators of `kubeflow.org/v1` from 1.0.1
    /// on, which those before are told from by the labels of their pods.
    fn ignores_flat_policies(&self) -> bool {
        let has_flat_operator = self.pods.pods().is_some_and(|it| it.iter().any(Pod::has_flat_operator));
        self.job.group() == "kubeflow.org" && self.job.version() == "v1" && !has_flat_operator
    }
}

/// Returns the notes on a job, in the order of [`CODES`] as far as that groups them: spec, status, pods.
pub fn of(facts: &Facts<'_>) -> Vec<Note> {
    let mut notes = of_spec::notes(facts);
    notes.extend(of_status::notes(facts));
    notes.extend(of_pods::notes(facts));
    let place = |it: &Note| CODES.iter().position(|code| *code == it.code).unwrap_or(CODES.len());
    notes.sort_by_key(place);
    notes
}

/// Returns the note on a job that is gone while `pods` of its pods remain.
pub fn job_not_found(pods: usize) -> Note {
    Note::new("job-not-found", format!("the job is gone, {} left", plural(pods as u64, "pod is", "pods are")))
}

/// Returns a number with its noun.
fn plural(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// Joins the names of types as a sentence does.
fn types<'t>(all: impl IntoIterator<Item = &'t ReplicaType>) -> String {
    all.into_iter().map(ReplicaType::as_str).collect::<Vec<_>>().join(", ")
}
