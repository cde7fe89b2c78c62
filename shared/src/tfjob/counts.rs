//! Pods counted by type: from the pods themselves, or from what the status says of them.

use std::collections::BTreeSet;

use super::api;
use super::job::Job;
use super::pod::Pod;
use super::policy::CleanPodPolicy;
use super::replica::{ReplicaSpec, ReplicaType};
use super::state::State;
use super::status::StatusCounts;

/// The pods of one type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountRow {
    /// The type.
    pub replica_type: ReplicaType,
    /// How many are wanted; `None` = the spec says something that is no number.
    pub desired: Option<u64>,
    /// How many have not started.
    pub pending: u64,
    /// How many run.
    pub running: u64,
    /// How many succeeded.
    pub succeeded: u64,
    /// How many failed.
    pub failed: u64,
    /// Of how many nothing is known: their node is lost, they are being deleted, or the status does not say.
    pub unknown: u64,
    /// How many do not exist; 0 where [`Self::desired`] is not known.
    pub missing: u64,
    /// How many exist beyond those wanted; they are counted nowhere else.
    pub surplus: u64,
    /// How often their containers were restarted; `None` where only the status was read.
    pub restarts: Option<u64>,
    /// Whether the counts are only what is left of an emptied status: tables show a dash.
    pub is_blank: bool,
}

impl CountRow {
    fn new(spec: &ReplicaSpec) -> Self {
        Self {
            replica_type: spec.replica_type.clone(),
            desired: spec.desired,
            pending: 0,
            running: 0,
            succeeded: 0,
            failed: 0,
            unknown: 0,
            missing: 0,
            surplus: 0,
            restarts: None,
            is_blank: false,
        }
    }

    /// Returns how many of the wanted pods have not been counted yet; 0 where that cannot be derived.
    fn rest(&self) -> u64 {
        let counted = [self.pending, self.running, self.succeeded, self.failed, self.unknown, self.missing];
        self.desired.map_or(0, |it| it.saturating_sub(counted.into_iter().fold(0, u64::saturating_add)))
    }
}

/// Returns a row for each type of the spec, counted from the job's pods. The phase decides; a pod that is being deleted
/// while it is pending or running counts as unknown. Types that only pods have get no row.
pub fn from_pods(job: &Job, pods: &[Pod]) -> Vec<CountRow> {
    job.replicas.iter().map(|it| of_type(it, pods)).collect()
}

fn of_type(spec: &ReplicaSpec, pods: &[Pod]) -> CountRow {
    let mut row = CountRow::new(spec);
    let wanted = spec.desired.unwrap_or(u64::MAX);
    let pods = || pods.iter().filter(|it| it.replica_type.as_ref() == Some(&spec.replica_type));
    let mut indices = BTreeSet::new();
    let in_place = |pod: &&Pod| pod.index.is_some_and(|it| it < wanted && indices.insert(it));
    let (placed, others): (Vec<&Pod>, Vec<&Pod>) = pods().partition(in_place);
    // A pod without an index fills a gap if there is one.
    let gaps = usize::try_from(wanted).unwrap_or(usize::MAX).saturating_sub(placed.len());
    let (unnumbered, surplus): (Vec<&Pod>, Vec<&Pod>) = others.into_iter().partition(|it| it.index.is_none());
    let filling = unnumbered.len().min(gaps);
    for pod in placed.iter().chain(&unnumbered[..filling]) {
        *place(&mut row, pod) += 1;
    }
    row.restarts = Some(pods().map(Pod::restarts).fold(0, u64::saturating_add));
    row.surplus = (surplus.len() + unnumbered.len() - filling) as u64;
    row.missing = row.rest();
    row
}

fn place<'r>(row: &'r mut CountRow, pod: &Pod) -> &'r mut u64 {
    match pod.phase.as_str() {
        "Pending" | "" if !pod.is_terminating => &mut row.pending,
        "Running" if !pod.is_terminating => &mut row.running,
        "Succeeded" => &mut row.succeeded,
        "Failed" => &mut row.failed,
        _ => &mut row.unknown,
    }
}

/// Returns a row for each type of the spec, counted from the status alone.
///
/// Operators leave stale counts behind: what a finished job counts as active is not believed, nor, where the policy
/// deletes pods, what the list form counts as running.
pub fn from_status(job: &Job, state: &State) -> Vec<CountRow> {
    let is_invalid = *state == State::Failed && !job.is_created();
    let count = |spec: &ReplicaSpec| {
        let mut row = CountRow::new(spec);
        match job.status.of(&spec.replica_type) {
            _ if is_invalid => row.missing = row.rest(),
            None => row.unknown = row.rest(),
            Some(counts) if job.is_list_form() => of_list(job, state, counts, &mut row),
            Some(counts) => of_map(state, counts, &mut row),
        }
        row
    };
    job.replicas.iter().map(count).collect()
}

fn of_map(state: &State, counts: &StatusCounts, row: &mut CountRow) {
    (row.succeeded, row.failed) = (counts.succeeded, counts.failed);
    if state.is_finished() {
        row.unknown = row.rest();
        row.is_blank = counts.is_empty();
        return;
    }
    row.running = counts.active;
    if *state == State::Suspended { row.missing = row.rest() } else { row.pending = row.rest() }
}

fn of_list(job: &Job, state: &State, counts: &StatusCounts, row: &mut CountRow) {
    (row.succeeded, row.failed) = (counts.succeeded, counts.failed);
    (row.pending, row.unknown) = (counts.starting, counts.unknown);
    let are_deleted = !api::is_of_2017(job.group()) && job.policies.clean_pods != Some(CleanPodPolicy::None);
    let running = if state.is_finished() && are_deleted { &mut row.unknown } else { &mut row.running };
    *running = running.saturating_add(counts.active);
    let rest = row.rest();
    let place = if state.is_finished() { &mut row.unknown } else { &mut row.pending };
    *place = place.saturating_add(rest);
}
