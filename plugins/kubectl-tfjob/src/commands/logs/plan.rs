//! Which logs are to be read, and what is to be said of those that are not there.

use std::collections::BTreeMap;

use shared::base::failure::Failure;
use shared::edge::cluster::Right;
use shared::edge::logs::{Life, Stream};
use shared::term::Terminal;
use shared::tfjob::container::{Container, ContainerState};
use shared::tfjob::pod::Pod;
use shared::tfjob::policy::CleanPodPolicy;
use shared::tfjob::replica::{CONTAINER, ReplicaType};

use super::choice::{Choice, Containers};
use super::subject::Subject;

/// So many names are listed in one notice.
const MOST_NAMES: usize = 10;

/// Why there is nothing to be shown.
#[derive(Debug, thiserror::Error)]
pub(super) enum PlanError {
    #[error("pods: forbidden{}", .0.as_ref().map_or(String::new(), |it| format!(" ({it})")))]
    Forbidden(Option<Right>),
    #[error("{0}")]
    NoPods(String),
    #[error("tfjob \"{name}\" has no such replica; it has {has}")]
    NoReplica { name: String, has: String },
    #[error("container {container} is not valid for pod {pod}")]
    NoContainer { container: String, pod: String, has: String },
    #[error("tfjob \"{name}\" has no log that can be read")]
    NoLog { name: String, namespace: String },
}

impl Failure for PlanError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Forbidden(_) | Self::NoPods(_) | Self::NoReplica { .. } => None,
            Self::NoContainer { has, .. } => Some(format!("its containers are {has}")),
            Self::NoLog { name, namespace } => Some(format!("`kubectl tfjob status {name} -n {namespace}` tells more")),
        }
    }
}

/// A log that is wanted.
pub(super) struct Planned {
    pub(super) stream: Stream,
    pub(super) life: Life,
    pub(super) restarts: u32,
}

/// What is wanted of the pods that there are.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) name: String,
    pub(super) namespace: String,
    /// The logs, in their order.
    pub(super) wanted: Vec<Planned>,
    /// Those that have none yet, and why.
    pub(super) waiting: Vec<String>,
    /// Those whose pod has no container of the name that is wanted.
    without: Vec<String>,
    /// Replicas without a pod.
    missing: Vec<String>,
    /// What is to be said of those without a pod.
    missing_why: String,
    /// What was asked for, and is no replica of the job.
    absent: Vec<String>,
    restarted: Vec<String>,
    /// Replicas whose container was chosen for want of the usual one, by what was chosen from what.
    defaulted: BTreeMap<String, Vec<String>>,
}

impl Plan {
    /// Chooses among the pods.
    ///
    /// # Errors
    ///
    /// Fails if what is chosen does not exist.
    pub(super) fn new(subject: &Subject, choice: &Choice) -> Result<Self, PlanError> {
        let mut plan = Self { name: subject.name.clone(), namespace: subject.namespace.clone(), ..Self::default() };
        let pods: Vec<&Pod> = subject.pods.iter().filter(|it| choice.wants_pod(it, subject)).collect();
        plan.note_missing(subject, choice, &pods);
        plan.absent = choice.absent(subject);
        if pods.is_empty() && choice.is_partial() && plan.missing.is_empty() {
            let shown = |(kind, desired): &(ReplicaType, Option<u64>)| match desired {
                Some(desired) => format!("{kind} {desired}"),
                None => kind.to_string(),
            };
            let has = match subject.replicas.as_slice() {
                [] => subject.pods.iter().map(label).collect::<Vec<_>>().join(", "),
                replicas => replicas.iter().map(shown).collect::<Vec<_>>().join(", "),
            };
            return Err(PlanError::NoReplica { name: plan.name, has });
        }
        let mut invalid = None;
        for pod in pods {
            if let Err(error) = plan.add(pod, choice) {
                plan.without.push(label(pod));
                invalid = invalid.or(Some(error));
            }
        }
        match invalid {
            Some(error) if plan.wanted.is_empty() && plan.waiting.is_empty() => Err(error),
            _ => Ok(plan),
        }
    }

    fn add(&mut self, pod: &Pod, choice: &Choice) -> Result<(), PlanError> {
        let containers = containers(pod, choice)?;
        if choice.containers == Containers::Training
            && let [container] = containers[..]
            && container.name != CONTAINER
            && pod.containers.iter().filter(|it| !it.is_init).count() > 1
        {
            let all: Vec<&str> = pod.containers.iter().filter(|it| !it.is_init).map(|it| it.name.as_str()).collect();
            let chosen = format!("{} of {}", container.name, all.join(", "));
            self.defaulted.entry(chosen).or_default().push(label(pod));
        }
        for container in containers {
            let life = life(pod, container);
            if !choice.previous && container.restarts > 0 {
                let end = container.last.as_ref().map_or(String::new(), |it| {
                    let words = [it.reason.clone(), it.exit_code.map(|it| it.to_string())];
                    words.into_iter().flatten().fold(String::new(), |text, word| format!("{text} {word}"))
                });
                self.restarted.push(format!("{} {} times{}", label(pod), container.restarts, brackets(&end)));
            }
            if !choice.previous && has_no_log(pod, container) {
                self.waiting.push(no_log(pod, container, choice));
            } else {
                self.wanted.push(planned(pod, container, life, choice));
            }
        }
        Ok(())
    }

    fn note_missing(&mut self, subject: &Subject, choice: &Choice, pods: &[&Pod]) {
        for (kind, desired) in &subject.replicas {
            let has = |index| pods.iter().any(|it| it.replica_type.as_ref() == Some(kind) && it.index == Some(index));
            let indices = 0..desired.unwrap_or(0).min(10_000);
            let wanted = indices.filter(|it| choice.wants(Some(kind), Some(*it), subject) && !has(*it));
            self.missing.extend(wanted.map(|it| format!("{}-{it}", kind.lower())));
        }
        self.missing_why = match subject.policy() {
            _ if !subject.is_finished() => "no pod yet".to_owned(),
            Some(policy @ (CleanPodPolicy::All | CleanPodPolicy::Running)) => {
                format!("no pod any more (cleanPodPolicy {policy} deletes it when the job ends)")
            }
            _ => "no pod any more".to_owned(),
        };
    }

    /// Says on stderr what there is to know.
    pub(super) fn announce(&self, choice: &Choice, term: &mut Terminal) {
        for (chosen, labels) in &self.defaulted {
            term.note(format!("no container {CONTAINER} in {}: this is {chosen}", list(labels)));
        }
        for text in &self.waiting {
            term.note(text);
        }
        if let (Containers::Named(name), false) = (&choice.containers, self.without.is_empty()) {
            term.note(format!("no container {name} in {}", list(&self.without)));
        }
        if !self.is_empty() && !self.missing.is_empty() {
            term.note(format!("{}: {}", list(&self.missing), self.missing_why));
        }
        if !self.absent.is_empty() {
            term.note(format!("no such replica: {}", list(&self.absent)));
        }
        if !self.restarted.is_empty() && !choice.previous {
            term.note(format!(
                "restarted: {}; `kubectl tfjob logs {} -n {} --previous` shows the run before",
                list(&self.restarted),
                self.name,
                self.namespace
            ));
        }
    }

    /// Tells whether there is no pod of those that are wanted.
    pub(super) fn is_empty(&self) -> bool {
        self.wanted.is_empty() && self.waiting.is_empty()
    }

    /// Checks that there is something to be read.
    pub(super) fn check(&self, subject: &Subject) -> Result<(), PlanError> {
        if !self.wanted.is_empty() {
            return Ok(());
        }
        if self.waiting.is_empty() { Err(PlanError::NoPods(subject.why_no_pods())) } else { Err(self.no_log()) }
    }

    pub(super) fn no_log(&self) -> PlanError {
        PlanError::NoLog { name: self.name.clone(), namespace: self.namespace.clone() }
    }
}

/// Returns how a replica is called in a prefix.
pub(super) fn label(pod: &Pod) -> String {
    match (&pod.replica_type, pod.index) {
        (Some(kind), Some(index)) => format!("{}-{index}", kind.lower()),
        _ => pod.name.clone(),
    }
}

pub(super) fn list(names: &[String]) -> String {
    match names.len().checked_sub(MOST_NAMES) {
        None | Some(0) => names.join(", "),
        Some(more) => format!("{} and {more} more", names[..MOST_NAMES].join(", ")),
    }
}

fn brackets(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(" ({})", text.trim()) }
}

/// Returns the containers of a pod that are wanted.
pub(super) fn containers<'p>(pod: &'p Pod, choice: &Choice) -> Result<Vec<&'p Container>, PlanError> {
    let found: Vec<&Container> = match &choice.containers {
        Containers::Training => pod.training_container().into_iter().collect(),
        Containers::All => pod.containers.iter().collect(),
        Containers::Named(name) => pod.containers.iter().filter(|it| it.name == *name).collect(),
    };
    match &choice.containers {
        Containers::Named(name) if found.is_empty() => Err(PlanError::NoContainer {
            container: name.clone(),
            pod: pod.name.clone(),
            has: pod.containers.iter().map(|it| it.name.as_str()).collect::<Vec<_>>().join(", "),
        }),
        _ => Ok(found),
    }
}

/// Returns what a container does, as far as its log goes.
pub(super) fn life(pod: &Pod, container: &Container) -> Life {
    match container.state {
        _ if matches!(pod.phase.as_str(), "Succeeded" | "Failed") => Life::Finished,
        ContainerState::Running { .. } => Life::Running,
        ContainerState::Terminated(_) => Life::Finished,
        // Between two runs there is the log of the one before.
        ContainerState::Waiting { .. } | ContainerState::Absent if container.last.is_some() => Life::Running,
        ContainerState::Waiting { .. } | ContainerState::Absent => Life::Waiting,
    }
}

/// Tells whether the container never began.
pub(super) fn has_no_log(pod: &Pod, container: &Container) -> bool {
    let never_began = matches!(container.state, ContainerState::Waiting { .. } | ContainerState::Absent);
    never_began && container.last.is_none() && pod.phase != "Running"
}

/// Says why a container has no log, and which log may tell more.
pub(super) fn no_log(pod: &Pod, container: &Container, choice: &Choice) -> String {
    let why = match pod.reason() {
        Some((reason, Some(message))) => format!("{reason}: {}", message.trim()),
        Some((reason, None)) => reason,
        None if pod.phase.is_empty() => "Pending".to_owned(),
        None => pod.phase.clone(),
    };
    let text = format!("{} has no log: {why}", shown(pod, container, choice));
    let init = pod.containers.iter().find(|it| it.is_init && it.ended().is_some_and(|it| it.trouble().is_some()));
    match init {
        Some(init) if choice.containers == Containers::Training => {
            format!("{text}; `-c {}` shows the log of its init container", init.name)
        }
        _ => text,
    }
}

fn shown(pod: &Pod, container: &Container, choice: &Choice) -> String {
    let label = label(pod);
    if choice.containers == Containers::All { format!("{label}/{}", container.name) } else { label }
}

pub(super) fn planned(pod: &Pod, container: &Container, life: Life, choice: &Choice) -> Planned {
    let stream = Stream {
        namespace: pod.namespace.clone().unwrap_or_default(),
        pod: pod.name.clone(),
        uid: pod.uid.clone().unwrap_or_default(),
        container: container.name.clone(),
        label: shown(pod, container, choice),
        replica: pod.replica_type.as_ref().map(|it| (it.to_string(), pod.index)),
    };
    Planned { stream, life, restarts: u32::try_from(container.restarts).unwrap_or(u32::MAX) }
}

#[cfg(test)]
mod tests;
