//! Notes on what the status says, and on times.

use super::{Facts, Note, types};
use crate::tfjob::job::{Job, seconds_between};
use crate::tfjob::replica::ReplicaType;
use crate::tfjob::state::State;
use crate::tfjob::status::StatusCounts;

/// The age from which on an operator that runs would have written a status, in seconds.
const SILENCE: i64 = 60;

pub(super) fn notes(facts: &Facts<'_>) -> Vec<Note> {
    let all =
        [no_status(facts), also_succeeded(facts), odd_condition(facts.job), cleared(facts), ttl(facts), skew(facts)];
    all.into_iter().flatten().collect()
}

fn no_status(facts: &Facts<'_>) -> Option<Note> {
    if facts.verdict.state != State::Unknown {
        return None;
    }
    let status = &facts.job.status;
    let message = match (status.phase.as_str(), status.conditions.is_empty()) {
        ("Done", _) => {
            return Some(Note::new("no-status", "the job is done, but its status does not say how it ended"));
        }
        (_, true) => "no status",
        (_, false) => "no status: none of its conditions is true",
    };
    let is_old = facts.job.seconds_since_creation(facts.now).is_some_and(|it| it >= SILENCE);
    let question = if is_old { "; is the operator running?" } else { "" };
    Some(Note::new("no-status", format!("{message}{question}")))
}

fn also_succeeded(facts: &Facts<'_>) -> Option<Note> {
    let status = &facts.job.status;
    status.holding("Failed").and(status.holding("Succeeded"))?;
    let chief = facts.chief.map_or("job", |it| it.replica_type.as_str()).to_lowercase();
    let failed: Vec<&ReplicaType> = status.replicas.iter().filter(|it| it.1.failed > 0).map(|it| it.0).collect();
    let failed = if failed.is_empty() { "another replica".to_owned() } else { types(failed) };
    Some(Note::new("also-succeeded", format!("{chief} succeeded; {failed} failed")))
}

fn odd_condition(job: &Job) -> Option<Note> {
    let odd = job.status.conditions.iter().filter(|it| it.is_odd());
    let odd: Vec<String> = odd.map(|it| format!("{} is {}", it.kind, it.status)).collect();
    if odd.is_empty() {
        return None;
    }
    let message = format!("conditions count only with status \"True\": {}", odd.join(", "));
    Some(Note::new("odd-condition", message))
}

/// Operator 0.3 empties the counts at the end, and adds types that the job never had.
fn cleared(facts: &Facts<'_>) -> Option<Note> {
    let job = facts.job;
    if job.is_list_form() || !facts.verdict.state.is_finished() {
        return None;
    }
    let all = [ReplicaType::Chief, ReplicaType::Master, ReplicaType::PS, ReplicaType::Worker];
    let is_cleared = all.iter().all(|it| job.status.of(it).is_some_and(StatusCounts::is_empty));
    is_cleared.then(|| Note::new("counts-cleared", "the operator emptied the status's counts at the end"))
}

fn ttl(facts: &Facts<'_>) -> Option<Note> {
    let (ttl, completed) = (facts.job.policies.ttl_seconds?, facts.job.status.completed?);
    let over = seconds_between(completed, facts.now).saturating_sub(ttl);
    let has_pods = facts.pods.pods().is_some_and(|it| !it.is_empty());
    let is_ignored = facts.job.policies.ttl_is_flat && has_pods && facts.ignores_flat_policies();
    if !facts.verdict.state.is_finished() || over <= 0 || is_ignored {
        return None;
    }
    let message = format!("the operator should have deleted the job {ttl} s after its end; is it running?");
    Some(Note::new("ttl-passed", message))
}

fn skew(facts: &Facts<'_>) -> Option<Note> {
    let (job, now) = (facts.job, facts.now);
    let is_before = |a: jiff::Timestamp, b: jiff::Timestamp| seconds_between(b, a) < 0;
    let (started, completed) = (job.status.started, job.status.completed);
    let message = if job.created.is_some_and(|it| is_before(now, it)) {
        "the job was created in the future; this machine's clock and the cluster's differ"
    } else if started.zip(completed).is_some_and(|(started, completed)| is_before(completed, started)) {
        "the job ended before it started"
    } else if completed.is_none() && started.is_some_and(|it| is_before(now, it)) {
        "the job starts in the future; this machine's clock and the cluster's differ"
    } else {
        return None;
    };
    Some(Note::new("clock-skew", message))
}
