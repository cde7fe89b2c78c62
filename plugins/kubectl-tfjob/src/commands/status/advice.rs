//! What a user can do next, told from what is wrong.

use shared::tfjob::events::EventRow;
use shared::tfjob::state::State;
use shared::tfjob::summary::{PodRow, Summary};

/// Returns commands and remedies, the most useful first; none where all is well.
pub(super) fn advice(summary: &Summary, events: Option<&[EventRow]>) -> Vec<String> {
    let job = Job { summary, place: place(summary) };
    let mut all: Vec<String> = summary.hints.clone();
    let troubled = summary.pods.iter().flatten().filter(|it| it.is_troubled);
    for pod in troubled.take(3) {
        all.extend(job.of_pod(pod));
    }
    all.extend(job.of_restarts());
    all.extend(of_nodes(events.unwrap_or_default()));
    if events.is_some() {
        all.extend(job.of_state());
    }
    let mut seen = std::collections::BTreeSet::new();
    all.retain(|it| seen.insert(it.clone()));
    all
}

struct Job<'a> {
    summary: &'a Summary,
    /// The flag that names the namespace.
    place: String,
}

impl Job<'_> {
    fn of_pod(&self, pod: &PodRow) -> Option<String> {
        let (name, place) = (&pod.name, &self.place);
        let reason = pod.reason.as_deref().unwrap_or_default();
        Some(match reason {
            "OOMKilled" => format!("{name} ran out of memory: raise its memory limit, or make its batches smaller"),
            "Evicted" => format!("{name} was evicted: give it requests that the node can keep, or a priority"),
            "ImagePullBackOff" | "ErrImagePull" | "InvalidImageName" => {
                format!("{name} has no image: check its name and tag, and the registry's pull secret")
            }
            "CreateContainerConfigError" | "CreateContainerError" => {
                format!("{name} cannot be configured: check the ConfigMaps, Secrets and volumes that it names")
            }
            "Unschedulable" => {
                format!("{name} fits no node: `kubectl describe pod {name}{place}` says what each node lacks")
            }
            _ if pod.phase.as_deref() == Some("Failed") => {
                format!("`kubectl logs {name}{place}` shows why {name} failed")
            }
            _ => return None,
        })
    }

    fn of_restarts(&self) -> Option<String> {
        let (name, place) = (&self.summary.name, &self.place);
        let has_restarted = self.summary.pods.iter().flatten().any(|it| it.restarts > 0);
        has_restarted.then(|| {
            format!(
                "`kubectl tfjob logs {name}{place} --previous` shows what containers said before they were restarted"
            )
        })
    }

    fn of_state(&self) -> Option<String> {
        let (name, place) = (&self.summary.name, &self.place);
        match self.summary.state {
            State::Suspended => Some(format!("`kubectl tfjob resume {name}{place}` lets it run")),
            State::Pending | State::Running | State::Restarting | State::Queuing if self.summary.pods.is_some() => {
                Some(format!("`kubectl tfjob status {name}{place} -w` follows it"))
            }
            State::Failed => Some(format!("`kubectl tfjob events {name}{place}` shows all that happened to it")),
            _ => None,
        }
    }
}

/// Returns what an autoscaler said about nodes.
fn of_nodes(events: &[EventRow]) -> Option<String> {
    events.iter().rev().find_map(|event| match event.reason.as_str() {
        "TriggeredScaleUp" => Some("a node is on its way: the autoscaler adds one for the waiting pods".to_owned()),
        "NotTriggerScaleUp" => Some("no node will come: the autoscaler says that none it may add would do".to_owned()),
        _ => None,
    })
}

fn place(summary: &Summary) -> String {
    summary.namespace.as_ref().map_or_else(String::new, |it| format!(" -n {it}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_the_autoscaler_says_about_nodes() {
        let event = |reason| EventRow::read(&json!({"reason": reason, "involvedObject": {"kind": "Pod"}})).unwrap();
        for (reasons, expected) in [
            (&[][..], None),
            (&["FailedScheduling"], None),
            (&["FailedScheduling", "TriggeredScaleUp"], Some("a node is on its way")),
            (&["TriggeredScaleUp", "NotTriggerScaleUp"], Some("no node will come")),
        ] {
            let events: Vec<EventRow> = reasons.iter().copied().map(event).collect();
            let said = of_nodes(&events);
            assert_eq!(said.is_some(), expected.is_some(), "{reasons:?}");
            assert!(expected.is_none_or(|it| said.unwrap().starts_with(it)), "{reasons:?}");
        }
    }
}
