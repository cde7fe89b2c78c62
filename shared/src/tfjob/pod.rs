//! A pod, with the labels of every generation of operators.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::container::{Container, ContainerState};
use super::json;
use super::replica::{CONTAINER, ReplicaType};

/// The labels that name a pod's type, its index and its job, the newest generation first.
const GENERATIONS: [[&str; 3]; 5] = [
    ["training.kubeflow.org/replica-type", "training.kubeflow.org/replica-index", "training.kubeflow.org/job-name"],
    ["replica-type", "replica-index", "job-name"],
    ["tf-replica-type", "tf-replica-index", "tf-job-name"],
    ["tf-replica-type", "tf-replica-index", "tf_job_name"],
    ["job_type", "task_index", "tf_job_name"],
];

/// The labels that mark the pod which decides about its job.
const ROLES: [&str; 4] = ["training.kubeflow.org/job-role", "job-role", "tf-job-role", "tf_job_role"];

/// The labels of pods that run TensorBoard beside a job.
const TENSORBOARD: [(&str, &str); 4] = [
    ("app", "tensorboard"),
    ("role", "tensorboard"),
    ("replica-type", "tensorboard"),
    ("app.kubernetes.io/component", "tensorboard"),
];

/// A pod as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pod {
    /// The name; never empty.
    pub name: String,
    /// The namespace.
    pub namespace: Option<String>,
    /// The uid; every pod of a cluster has one.
    pub uid: Option<String>,
    /// The controller that owns it.
    pub owner: Option<Owner>,
    /// The labels whose values are strings.
    pub labels: BTreeMap<String, String>,
    /// The replica type, from the labels of any generation.
    pub replica_type: Option<ReplicaType>,
    /// The index within the type, from the labels of any generation.
    pub index: Option<u64>,
    /// The phase; empty where there is no status.
    pub phase: String,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// When a node took it up.
    pub started: Option<Timestamp>,
    /// Whether it is being deleted, or its node was lost while it was.
    pub is_terminating: bool,
    /// The node; `None` = not scheduled.
    pub node: Option<String>,
    /// The condition `Ready`.
    pub ready: bool,
    /// Its containers: first the init containers, each kind in the order of the spec.
    pub containers: Vec<Container>,
    /// The pod's own reason, such as `Evicted`.
    pub status_reason: Option<String>,
    /// The pod's own message.
    pub status_message: Option<String>,
    /// Reason and message of the condition that says why it has no node, such as `Unschedulable`.
    pub unscheduled: Option<(String, Option<String>)>,
}

/// The controller of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// Its `apiVersion`.
    pub api_version: String,
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its uid.
    pub uid: String,
}

impl Owner {
    /// Returns the controller among an object's `ownerReferences`: the one that says so, else the first that does not
    /// say otherwise. `None` without one that has a uid.
    pub fn of(object: &Value) -> Option<Self> {
        let owners = json::list(object, &["metadata", "ownerReferences"]);
        let says = |it: &Value| it.get("controller").and_then(Value::as_bool);
        let controller = owners.iter().find(|it| says(it) == Some(true));
        let owner = controller.or_else(|| owners.iter().find(|it| says(it).is_none()))?;
        Some(Self {
            api_version: json::text(owner, &["apiVersion"]).unwrap_or_default(),
            kind: json::text(owner, &["kind"]).unwrap_or_default(),
            name: json::text(owner, &["name"]).unwrap_or_default(),
            uid: json::text(owner, &["uid"])?,
        })
    }
}

/// Returns the labels of an object whose values are strings.
fn labels(object: &Value) -> BTreeMap<String, String> {
    let labels = json::mapping(object, &["metadata", "labels"]).into_iter().flatten();
    labels.filter_map(|(key, it)| Some((key.clone(), it.as_str()?.to_owned()))).collect()
}

/// Returns the replica type and the index that labels of any generation name.
fn replica(labels: &BTreeMap<String, String>) -> (Option<ReplicaType>, Option<u64>) {
    let label = |at: usize| GENERATIONS.iter().find_map(|it| labels.get(it[at]).filter(|it| !it.is_empty()));
    (label(0).map(|it| ReplicaType::parse(it)), label(1).and_then(|it| it.parse().ok()))
}

fn is_tensorboard(labels: &BTreeMap<String, String>) -> bool {
    TENSORBOARD.iter().any(|(key, value)| labels.get(*key).is_some_and(|it| it == value))
}

/// Returns the replica whose own Service an object is, by the labels that operators give to both; `None` = of no
/// replica, such as that of a TensorBoard beside the job.
pub fn replica_of_service(service: &Value) -> Option<(ReplicaType, u64)> {
    let labels = labels(service);
    let (replica_type, index) = replica(&labels);
    replica_type.filter(|_| !is_tensorboard(&labels)).zip(index)
}

impl Pod {
    /// Reads a pod as the API serves it; `None` if it has no name.
    pub fn read(value: &Value) -> Option<Self> {
        let name = json::text(value, &["metadata", "name"])?;
        let labels = labels(value);
        let (replica_type, index) = replica(&labels);
        let containers = Container::all(value);
        Some(Self {
            name,
            namespace: json::text(value, &["metadata", "namespace"]),
            uid: json::text(value, &["metadata", "uid"]),
            owner: Owner::of(value),
            replica_type,
            index,
            labels,
            phase: json::text(value, &["status", "phase"]).unwrap_or_default(),
            created: json::time(value, &["metadata", "creationTimestamp"]),
            started: json::time(value, &["status", "startTime"]),
            is_terminating: json::at(value, &["metadata", "deletionTimestamp"]).is_some(),
            node: json::text(value, &["spec", "nodeName"]),
            ready: condition(value, "Ready").is_some_and(|it| it.get("status").is_some_and(|it| it == "True")),
            containers,
            status_reason: json::text(value, &["status", "reason"]),
            status_message: json::text(value, &["status", "message"]),
            unscheduled: unscheduled(value),
        })
    }

    /// Returns whether the pod runs TensorBoard, and is no replica.
    pub fn is_tensorboard(&self) -> bool {
        is_tensorboard(&self.labels)
    }

    /// Returns the names of the jobs that the pod's labels name, the newest generation first.
    pub fn job_names(&self) -> impl Iterator<Item = &str> {
        GENERATIONS.iter().filter_map(|it| self.labels.get(it[2])).map(String::as_str)
    }

    /// Returns the `runtime_id` of the list form's operators.
    pub fn runtime_id(&self) -> Option<&str> {
        self.labels.get("runtime_id").map(String::as_str)
    }

    /// Returns whether the operator marked the pod as the one that decides about the job.
    pub fn has_chief_role(&self) -> bool {
        ROLES.iter().any(|it| self.labels.get(*it).is_some_and(|it| it == "master"))
    }

    /// Returns whether the pod's operator reads policies from `spec` itself, as those before 1.0.1 did.
    pub fn has_flat_operator(&self) -> bool {
        self.labels.contains_key("tf-replica-type")
    }

    /// Returns whether the pod was made by operator 1.6 or later.
    pub fn has_only_newest_labels(&self) -> bool {
        self.labels.contains_key(GENERATIONS[0][0]) && !self.labels.contains_key(GENERATIONS[1][0])
    }

    /// Returns the training container: the one named `tensorflow`, else the first that is no init container.
    pub fn training_container(&self) -> Option<&Container> {
        let mut main = self.containers.iter().filter(|it| !it.is_init);
        main.clone().find(|it| it.name == CONTAINER).or_else(|| main.next())
    }

    /// Returns how often the pod's containers were restarted; before they start, its init containers.
    pub fn restarts(&self) -> u64 {
        let sum = |is_init| {
            self.containers.iter().filter(|it| it.is_init == is_init).map(|it| it.restarts).fold(0, u64::saturating_add)
        };
        let started = self.containers.iter().any(|it| !it.is_init && it.ended().is_some())
            || self.containers.iter().any(|it| !it.is_init && matches!(it.state, ContainerState::Running { .. }));
        if started { sum(false) } else { sum(false).max(sum(true)) }
    }

    /// Returns how the container run before the present one ended, reason and exit code: `OOMKilled 137`.
    pub fn last_end(&self) -> Option<String> {
        let last = self.containers.iter().find_map(|it| it.last.as_ref())?;
        let words = [last.reason.clone(), last.exit_code.map(|it| it.to_string())];
        Some(words.into_iter().flatten().collect::<Vec<_>>().join(" ")).filter(|it| !it.is_empty())
    }

    /// Returns the exit code of the training container, or of the init container that failed before it.
    pub fn exit_code(&self) -> Option<i64> {
        let own = self.training_container().and_then(Container::exit_code);
        own.or_else(|| self.failing_init().and_then(Container::exit_code))
    }

    fn failing_init(&self) -> Option<&Container> {
        let has_started = self.phase == "Running" || self.phase == "Succeeded";
        self.containers.iter().find(|it| it.is_init && !has_started && it.trouble().is_some())
    }

    /// Returns what is wrong with the pod, as reason and message: an init container's (`Init:Error`), the training
    /// container's, another container's, the pod's own (`Evicted`), or why it has no node. `None` where all is well.
    pub fn trouble(&self) -> Option<(String, Option<String>)> {
        if let Some((reason, message)) = self.failing_init().and_then(Container::trouble) {
            return Some((format!("Init:{reason}"), message));
        }
        let own = || Some((self.status_reason.clone()?, self.status_message.clone()));
        let rest = self.containers.iter().filter(|it| !it.is_init);
        let of_container = self.training_container().into_iter().chain(rest).find_map(Container::trouble);
        of_container
            .filter(|(reason, _)| reason != "ContainerStatusUnknown" || self.status_reason.is_none())
            .or_else(own)
            .or_else(|| self.unscheduled.clone())
    }

    /// Returns reason and message as they are shown: [what is wrong](Self::trouble), else that the pod is being deleted,
    /// else what its container waits for at its start.
    pub fn reason(&self) -> Option<(String, Option<String>)> {
        let starting = || self.training_container()?.starting().map(|it| (it.to_owned(), None));
        let terminating = || self.is_terminating.then(|| ("Terminating".to_owned(), None));
        self.trouble().or_else(terminating).or_else(starting)
    }
}

fn condition<'v>(pod: &'v Value, kind: &str) -> Option<&'v Value> {
    json::list(pod, &["status", "conditions"]).iter().find(|it| it.get("type").is_some_and(|it| it == kind))
}

fn unscheduled(pod: &Value) -> Option<(String, Option<String>)> {
    let condition = condition(pod, "PodScheduled")?;
    if condition.get("status").is_none_or(|it| it != "False") {
        return None;
    }
    Some((json::text(condition, &["reason"])?, json::text(condition, &["message"])))
}
