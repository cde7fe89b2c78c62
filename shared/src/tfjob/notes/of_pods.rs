//! Notes on where pods and status differ, and on pods that are gone.

use super::{Facts, Note, plural, types};
use crate::tfjob::counts::CountRow;
use crate::tfjob::pod::Pod;
use crate::tfjob::policy::CleanPodPolicy;
use crate::tfjob::replica::ReplicaType;
use crate::tfjob::select::Own;
use crate::tfjob::state::State;
use crate::tfjob::summary::PodsSeen;

pub(super) fn notes(facts: &Facts<'_>) -> Vec<Note> {
    let own = match facts.pods {
        PodsSeen::Known(own) => own,
        PodsSeen::NotAsked => return Vec::new(),
        PodsSeen::Forbidden => {
            let place = facts.job.namespace.as_deref().map_or_else(String::new, |it| format!(" in namespace {it}"));
            let message = format!("pods: forbidden (need list pods{place})");
            return vec![Note::new("pods-forbidden", message)];
        }
    };
    let all = [
        chief_pending(facts, &own.pods),
        status_lags(facts),
        deleted(facts),
        not_created(facts, own),
        stale(facts),
        foreign(own),
        surplus(facts.rows),
    ];
    all.into_iter().flatten().collect()
}

fn chief_pending(facts: &Facts<'_>, pods: &[Pod]) -> Option<Note> {
    let chief = facts.chief.filter(|it| it.is_in(&["Pending"]))?;
    let running = pods.iter().filter(|it| it.phase == "Running").count();
    if facts.verdict.state != State::Pending || running == 0 {
        return None;
    }
    let name = chief.pod.as_deref().unwrap_or("the chief");
    let others = plural(running as u64, "other pod runs", "other pods run");
    Some(Note::new("chief-pending", format!("{name} is pending, while {others}: the job waits for it")))
}

fn status_lags(facts: &Facts<'_>) -> Option<Note> {
    let (job, chief) = (facts.job, facts.chief?);
    let may_be_done = job.all_workers && !job.is_list_form() && chief.replica_type == ReplicaType::Worker;
    let lags = match facts.verdict.state {
        State::Pending => chief.is_in(&["Running", "Succeeded", "Failed"]),
        State::Running if may_be_done => chief.is_in(&["Failed"]),
        State::Running => chief.is_in(&["Succeeded", "Failed"]),
        _ => false,
    };
    let (name, phase) = (chief.pod.as_deref().unwrap_or("the chief"), chief.phase.as_deref().unwrap_or_default());
    let state = &facts.verdict.state;
    lags.then(|| Note::new("status-lags", format!("{name} is {phase} already; the job's status still says {state}")))
}

/// Pods that the operator made are gone, and their logs with them.
fn deleted(facts: &Facts<'_>) -> Option<Note> {
    let state = &facts.verdict.state;
    let missing = facts.rows.iter().map(|it| it.missing).fold(0, u64::saturating_add);
    let is_over = state.is_finished() || *state == State::Suspended;
    if !is_over || !had_pods(facts) || missing == 0 {
        return None;
    }
    let why = match facts.clean_pods {
        _ if *state == State::Suspended => "the job is suspended".to_owned(),
        Some(CleanPodPolicy::None) => "cleanPodPolicy None: not by the operator".to_owned(),
        Some(policy) => format!("cleanPodPolicy {policy}"),
        None => "cleanPodPolicy not set (operator default)".to_owned(),
    };
    let gone = plural(missing, "pod was deleted, its logs are gone", "pods were deleted, their logs are gone");
    Some(Note::new("pods-deleted", format!("{gone} ({why})")))
}

/// Tells whether the operator had made pods: not of a job that was suspended before it began.
fn had_pods(facts: &Facts<'_>) -> bool {
    let status = &facts.job.status;
    let has_begun = status.started.is_some()
        || !status.replicas.is_empty()
        || status.conditions.iter().any(|it| matches!(it.kind.as_str(), "Running" | "Restarting"));
    facts.job.is_created() && (facts.verdict.state != State::Suspended || has_begun)
}

fn not_created(facts: &Facts<'_>, own: &Own) -> Option<Note> {
    let is_refused = facts.verdict.state == State::Failed && !facts.job.is_created();
    let message = "the operator made no pods: it refused the job";
    (is_refused && own.pods.is_empty()).then(|| Note::new("no-pods-created", message))
}

fn stale(facts: &Facts<'_>) -> Option<Note> {
    if facts.job.is_list_form() || !facts.verdict.state.is_finished() {
        return None;
    }
    let is_stale = |row: &&CountRow| {
        let counts = facts.job.status.of(&row.replica_type).copied().unwrap_or_default();
        counts.active > row.running || counts.succeeded > row.succeeded || counts.failed > row.failed
    };
    let stale: Vec<&ReplicaType> = facts.rows.iter().filter(is_stale).map(|it| &it.replica_type).collect();
    let message = || format!("the status counts pods of {} that are gone or ended otherwise", types(stale.clone()));
    (!stale.is_empty()).then(|| Note::new("counts-stale", message()))
}

fn foreign(own: &Own) -> Option<Note> {
    let pods = plural(own.foreign as u64, "pod bears", "pods bear");
    let message = format!("{pods} the job's name and belong to another object or an earlier job");
    (own.foreign > 0).then(|| Note::new("foreign-pods", message))
}

fn surplus(rows: &[CountRow]) -> Option<Note> {
    let over = rows.iter().filter(|it| it.surplus > 0);
    let over: Vec<String> = over.map(|it| format!("{} of {}", it.surplus, it.replica_type)).collect();
    let message = format!("more pods than desired: {}", over.join(", "));
    (!over.is_empty()).then(|| Note::new("surplus-pods", message))
}
