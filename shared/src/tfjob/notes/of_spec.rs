//! Notes on what the spec asks for.

use super::{Facts, Note, plural, types};
use crate::tfjob::job::Job;
use crate::tfjob::replica::{CONTAINER, DEAD_GPU, ReplicaSpec, ReplicaType};

pub(super) fn notes(facts: &Facts<'_>) -> Vec<Note> {
    let job = facts.job;
    let mut notes = templates(job);
    notes.extend(chiefs(job));
    notes.extend(workers(facts));
    notes.extend(flat_policy(facts));
    notes.extend(name(job));
    notes
}

/// Returns the types of which something holds, in words; `None` if it holds of none.
fn of_types(job: &Job, holds: impl Fn(&ReplicaSpec) -> bool) -> Option<String> {
    let found: Vec<&ReplicaType> = job.replicas.iter().filter(|it| holds(it)).map(|it| &it.replica_type).collect();
    (!found.is_empty()).then(|| types(found))
}

fn templates(job: &Job) -> Vec<Note> {
    let mut notes = Vec::new();
    if !job.has_replica_specs {
        let field = if job.is_list_form() { "replicaSpecs" } else { "tfReplicaSpecs" };
        let message = format!("the spec has no `{field}`, so the operator makes no pods");
        notes.push(Note::new("no-replica-specs", message));
    }
    if let Some(types) = of_types(job, |it| it.desired.is_none()) {
        notes.push(Note::new("bad-replicas", format!("`replicas` of {types} is no whole number from 0 on")));
    }
    if let Some(types) = of_types(job, |it| !it.has_training_container) {
        let message = format!("no container of {types} is named `{CONTAINER}`; most operators refuse that");
        notes.push(Note::new("no-tensorflow-container", message));
    }
    if let Some(types) = of_types(job, |it| it.wants_dead_gpu) {
        let message =
            format!("{types} asks for `{DEAD_GPU}`, which no node has had since Kubernetes 1.11; use `nvidia.com/gpu`");
        notes.push(Note::new("dead-gpu-resource", message));
    }
    notes
}

fn chiefs(job: &Job) -> Vec<Note> {
    let mut notes = Vec::new();
    let (chief, index) = &job.termination_chief;
    if job.is_list_form() && job.replica(chief).is_none() {
        let message = format!("{chief} {index} is to decide about the job, but the spec has no {chief}");
        notes.push(Note::new("chief-not-in-spec", message));
    }
    if job.replica(&ReplicaType::Chief).is_some() && job.replica(&ReplicaType::Master).is_some() {
        notes.push(Note::new("two-chiefs", "the spec has both Chief and Master; only one may decide about the job"));
    }
    let is_bad = |it: &ReplicaSpec| it.replica_type.is_chief() && it.desired.is_some_and(|it| it != 1);
    if let Some(types) = of_types(job, is_bad) {
        notes.push(Note::new("bad-chief-count", format!("`replicas` of {types} must be 1")));
    }
    notes
}

fn workers(facts: &Facts<'_>) -> Vec<Note> {
    let job = facts.job;
    let workers = job.replica(&ReplicaType::Worker);
    let has_chief = job.replicas.iter().any(|it| it.replica_type.is_chief());
    if workers.is_some_and(|it| it.desired == Some(0)) && !has_chief {
        let message = "no worker is wanted and there is no Chief or Master: nothing trains";
        return vec![Note::new("zero-workers", message)];
    }
    if !job.is_list_form() && !facts.verdict.state.is_finished() && workers.is_none() && !has_chief {
        let message = "the job has no Chief, Master or Worker, so nothing ever makes it succeed";
        return vec![Note::new("never-finishes", message)];
    }
    Vec::new()
}

fn flat_policy(facts: &Facts<'_>) -> Option<Note> {
    let flat = &facts.job.policies.flat;
    if flat.is_empty() || !facts.ignores_flat_policies() {
        return None;
    }
    let keys = flat.iter().map(|it| format!("`spec.{it}`")).collect::<Vec<_>>().join(", ");
    let message = format!("{keys}: ignored by operators from 1.0.1; use spec.runPolicy");
    Some(Note::new("flat-policy", message))
}

/// A job's name becomes part of the names of Services, which must be DNS labels as of RFC 1035.
fn name(job: &Job) -> Option<Note> {
    let name = &job.name;
    let is_inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let is_label = name.starts_with(|c: char| c.is_ascii_lowercase()) && !name.ends_with('-');
    if name.len() > 63 {
        let length = plural(name.len() as u64, "character", "characters");
        let message = format!("name too long, the operator cannot create pods ({length}; 63 at most)");
        return Some(Note::new("name-not-dns-label", message));
    }
    if is_label && name.chars().all(is_inner) {
        return None;
    }
    let message = "the name is no DNS label (a-z first, then a-z, 0-9 and `-`): services cannot be made";
    Some(Note::new("name-not-dns-label", message))
}
