//! What a user can do next, told from what is wrong.

use shared::tfjob::events::EventRow;
use shared::tfjob::replica::ReplicaType;
use shared::tfjob::state::State;
use shared::tfjob::summary::{PodRow, Summary};

/// Returns commands and remedies, the most useful first; none where all is well.
pub(super) fn advice(summary: &Summary, events: Option<&[EventRow]>) -> Vec<String> {
    let job = Job { summary, place: place(summary) };
    let mut all: Vec<String> = summary.hints.clone();
    all.extend(job.of_pods());
    all.extend(job.of_restarts());
    all.extend(of_nodes(events.unwrap_or_default()));
    if events.is_some() {
        all.extend(job.of_state());
    }
    let mut seen = std::collections::BTreeSet::new();
    all.retain(|it| seen.insert(it.clone()));
    all
}

/// What is to be done about pods that are in the same trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Remedy<'a> {
    Memory,
    Requests,
    Image,
    Configuration,
    Nodes,
    /// To read the logs of replicas of this type.
    Logs(&'a ReplicaType),
    /// To read the log of a pod of which no type is known.
    Log,
}

impl<'a> Remedy<'a> {
    fn of(pod: &'a PodRow) -> Option<Self> {
        Some(match pod.reason.as_deref().unwrap_or_default() {
            "OOMKilled" => Self::Memory,
            "Evicted" => Self::Requests,
            "ImagePullBackOff" | "ErrImagePull" | "InvalidImageName" => Self::Image,
            "CreateContainerConfigError" | "CreateContainerError" => Self::Configuration,
            "Unschedulable" => Self::Nodes,
            _ if pod.phase.as_deref() == Some("Failed") => {
                pod.replica_type.as_ref().filter(|_| pod.index.is_some()).map_or(Self::Log, Self::Logs)
            }
            _ => return None,
        })
    }
}

struct Job<'a> {
    summary: &'a Summary,
    /// The flag that names the namespace.
    place: String,
}

impl Job<'_> {
    /// Returns a remedy for all pods in the same trouble.
    fn of_pods(&self) -> Vec<String> {
        let mut groups: Vec<(Remedy<'_>, Vec<&PodRow>)> = Vec::new();
        for pod in self.summary.pods.iter().flatten().filter(|it| it.is_troubled) {
            let Some(remedy) = Remedy::of(pod) else { continue };
            match groups.iter_mut().find(|it| it.0 == remedy) {
                Some((_, pods)) => pods.push(pod),
                None => groups.push((remedy, vec![pod])),
            }
        }
        groups.iter().map(|(remedy, pods)| self.of_remedy(*remedy, pods)).collect()
    }

    fn of_remedy(&self, remedy: Remedy<'_>, pods: &[&PodRow]) -> String {
        let (first, place) = (&pods[0].name, &self.place);
        let is_one = pods.len() == 1;
        let who = match pods.len() - 1 {
            0 => first.clone(),
            1 => format!("{first} and {}", pods[1].name),
            others => format!("{first} and {others} other pods"),
        };
        let word = |one: &'static str, many: &'static str| if is_one { one } else { many };
        match remedy {
            Remedy::Memory => format!("{who} ran out of memory: raise the memory limit, or make batches smaller"),
            Remedy::Requests => {
                let were = word("was", "were");
                format!("{who} {were} evicted: give them requests that the node can keep, or a priority")
            }
            Remedy::Image => {
                let have = word("has", "have");
                format!("{who} {have} no image: check its name and tag, and the registry's pull secret")
            }
            Remedy::Configuration => {
                format!("{who} cannot be configured: check the ConfigMaps, Secrets and volumes that the pod names")
            }
            Remedy::Nodes => {
                let fit = word("fits", "fit");
                format!("{who} {fit} no node: `kubectl describe pod {first}{place}` says what each node lacks")
            }
            Remedy::Logs(kind) => {
                let name = &self.summary.name;
                let indices = pods.iter().take(5).filter_map(|it| it.index).map(|it| it.to_string());
                let indices = indices.collect::<Vec<_>>().join(",");
                let command = format!("kubectl tfjob logs {name}{place} --replica {kind} --index {indices}");
                format!("`{command}` shows why {who} failed")
            }
            Remedy::Log => format!("`kubectl logs {first}{place}` shows why {first} failed"),
        }
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
mod tests;
