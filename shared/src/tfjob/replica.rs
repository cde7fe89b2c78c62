//! Replica types, and what a job's spec wants of each.

use std::cmp::Ordering;
use std::convert::Infallible;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use serde_json::Value;

use super::json;

/// The name of the container that trains, in every version.
pub const CONTAINER: &str = "tensorflow";
/// The GPU resource of Kubernetes before 1.11, which no node has any more.
pub const DEAD_GPU: &str = "alpha.kubernetes.io/nvidia-gpu";

/// What the pods of one replica set do. The order of the variants is the order in which they are shown.
///
/// Types are compared without regard to case: operators have written `worker`, `Worker` and `WORKER`.
#[derive(Debug, Clone)]
pub enum ReplicaType {
    /// Decides about the job.
    Chief,
    /// The same, under its older name.
    Master,
    /// Trains.
    Worker,
    /// Keeps the parameters.
    PS,
    /// Evaluates checkpoints beside the training.
    Evaluator,
    /// A word of the user's own, as written.
    Other(String),
}

impl ReplicaType {
    /// Returns the type that `word` names in whatever case; a word of no known type is kept as written.
    pub fn parse(word: &str) -> Self {
        [Self::Chief, Self::Master, Self::Worker, Self::PS, Self::Evaluator]
            .into_iter()
            .find(|it| it.as_str().eq_ignore_ascii_case(word))
            .unwrap_or_else(|| Self::Other(word.to_owned()))
    }

    /// Returns the type's name as it is shown.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Chief => "Chief",
            Self::Master => "Master",
            Self::Worker => "Worker",
            Self::PS => "PS",
            Self::Evaluator => "Evaluator",
            Self::Other(word) => word,
        }
    }

    /// Returns the type as it stands in the names of pods.
    pub fn lower(&self) -> String {
        self.as_str().to_ascii_lowercase()
    }

    /// Returns whether the type decides about a job by its name alone: Chief or Master.
    pub fn is_chief(&self) -> bool {
        matches!(self, Self::Chief | Self::Master)
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Chief => 0,
            Self::Master => 1,
            Self::Worker => 2,
            Self::PS => 3,
            Self::Evaluator => 4,
            Self::Other(_) => 5,
        }
    }
}

impl FromStr for ReplicaType {
    type Err = Infallible;

    fn from_str(word: &str) -> Result<Self, Infallible> {
        Ok(Self::parse(word))
    }
}

impl fmt::Display for ReplicaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Ord for ReplicaType {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Other(_), Self::Other(_)) => self.lower().cmp(&other.lower()),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl PartialOrd for ReplicaType {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for ReplicaType {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for ReplicaType {}

impl Hash for ReplicaType {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.lower().hash(state);
    }
}

/// What the spec wants of one type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplicaSpec {
    /// The type.
    pub replica_type: ReplicaType,
    /// How many pods are wanted, 1 where the spec does not say. `None` = the spec says something that is no
    /// non-negative integer, and nothing can be derived from it.
    pub desired: Option<u64>,
    /// Whether one of the template's containers is called `tensorflow`, as operators demand. True for a parameter
    /// server without a template, which the operators of 2017 made up.
    pub has_training_container: bool,
    /// The GPUs that all its pods together are limited to: `alpha.kubernetes.io/nvidia-gpu` and every resource ending
    /// in `/gpu`, times the pods wanted; 0 where that number cannot be read.
    pub gpus: u64,
    /// Whether a container asks for `alpha.kubernetes.io/nvidia-gpu`.
    pub wants_dead_gpu: bool,
}

impl ReplicaSpec {
    /// Reads one entry of `spec.tfReplicaSpecs`.
    pub(super) fn of_map(key: &str, value: &Value) -> Self {
        Self::read(ReplicaType::parse(key), value, value.get("replicas"), value.get("template"), false)
    }

    /// Reads one entry of `spec.replicaSpecs[]`, keys in any case. Without a type it is a MASTER. `type_key` is
    /// `tfReplicaType`, or `tf_replica_type` in the oldest objects.
    pub(super) fn of_list(value: &Value, type_key: &str) -> Self {
        let word = json::any_case(value, type_key).and_then(json::word);
        let replica_type = word.map_or(ReplicaType::Master, |it| ReplicaType::parse(&it));
        let is_made_up = replica_type == ReplicaType::PS;
        let (replicas, template) = (json::any_case(value, "replicas"), json::any_case(value, "template"));
        Self::read(replica_type, value, replicas, template, is_made_up)
    }

    fn read(
        replica_type: ReplicaType,
        value: &Value,
        replicas: Option<&Value>,
        template: Option<&Value>,
        needs_no_template: bool,
    ) -> Self {
        let desired = match replicas {
            None | Some(Value::Null) => Some(1),
            Some(value) => value.as_u64(),
        };
        let template = template.filter(|it| !it.is_null());
        let containers = template.map_or(&[][..], |it| json::list(it, &["spec", "containers"]));
        let init_containers = template.map_or(&[][..], |it| json::list(it, &["spec", "initContainers"]));
        let is_training = |it: &Value| json::at(it, &["name"]).and_then(Value::as_str) == Some(CONTAINER);
        let made_up = needs_no_template && template.is_none() && value.is_object();
        Self {
            replica_type,
            desired,
            has_training_container: made_up || containers.iter().any(is_training),
            gpus: containers.iter().map(gpus).fold(0, u64::saturating_add).saturating_mul(desired.unwrap_or(0)),
            wants_dead_gpu: containers.iter().chain(init_containers).any(wants_dead_gpu),
        }
    }

    /// Adds a second entry of the same type, as a list may hold and a mapping with keys in two cases.
    pub(super) fn join(&mut self, other: &Self) {
        self.desired = self.desired.zip(other.desired).map(|(a, b)| a.saturating_add(b));
        self.gpus = self.gpus.saturating_add(other.gpus);
        self.has_training_container &= other.has_training_container;
        self.wants_dead_gpu |= other.wants_dead_gpu;
    }
}

/// Returns the GPUs in the limits of one container.
fn gpus(container: &Value) -> u64 {
    let Some(limits) = json::mapping(container, &["resources", "limits"]) else { return 0 };
    let counted = limits.iter().filter(|(key, _)| key.as_str() == DEAD_GPU || key.ends_with("/gpu"));
    counted.map(|(_, value)| quantity(value)).fold(0, u64::saturating_add)
}

/// Returns a whole quantity of GPUs, written as a number or a string; 0 for anything else.
fn quantity(value: &Value) -> u64 {
    value.as_u64().or_else(|| value.as_str()?.trim().parse().ok()).unwrap_or(0)
}

fn wants_dead_gpu(container: &Value) -> bool {
    ["limits", "requests"].iter().any(|it| json::at(container, &["resources", it, DEAD_GPU]).is_some())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn types_have_an_order_and_no_case() {
        let mut types: Vec<ReplicaType> =
            ["zeta", "ps", "Custom", "EVALUATOR", "worker", "MASTER", "chief"].map(ReplicaType::parse).into();
        types.sort();
        let shown: Vec<String> = types.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["Chief", "Master", "Worker", "PS", "Evaluator", "Custom", "zeta"]);
        assert_eq!(ReplicaType::parse("custom"), ReplicaType::parse("Custom"));
        assert_ne!(ReplicaType::Chief, ReplicaType::Master);
        assert_eq!(format!("{:<7}|", ReplicaType::PS), "PS     |");
    }

    #[test]
    fn odd_numbers_of_replicas_are_known_as_such() {
        for (replicas, expected) in [
            (json!(2), Some(2)),
            (json!(0), Some(0)),
            (Value::Null, Some(1)),
            (json!("2"), None),
            (json!(-1), None),
            (json!(1.5), None),
            (json!(true), None),
            (json!([2]), None),
            (json!(1e300), None),
            (json!(u64::MAX), Some(u64::MAX)),
        ] {
            let template = json!({"spec": {"containers": [
                {"name": "tensorflow", "resources": {"limits": {"nvidia.com/gpu": 2}}}
            ]}});
            let spec = ReplicaSpec::of_map("Worker", &json!({"replicas": replicas, "template": template}));
            assert_eq!(spec.desired, expected, "{replicas}");
            assert_eq!(spec.gpus, expected.unwrap_or(0).saturating_mul(2), "{replicas}");
        }
        assert_eq!(ReplicaSpec::of_map("Worker", &json!({})).desired, Some(1));
        assert_eq!(ReplicaSpec::of_map("Worker", &json!([])).desired, Some(1));
    }

    #[test]
    fn gpus_are_counted_whatever_their_vendor() {
        let limits = json!({"nvidia.com/gpu": "2", "amd.com/gpu": 1, "alpha.kubernetes.io/nvidia-gpu": 4, "cpu": 8,
            "example.com/gpus": 9, "example.com/gpu": "many"});
        let containers = json!([{"name": "a", "resources": {"limits": limits}}, {"name": "b", "resources": null}, 5]);
        let spec = ReplicaSpec::of_map("ps", &json!({"replicas": 3, "template": {"spec": {"containers": containers}}}));
        assert_eq!((spec.gpus, spec.wants_dead_gpu, spec.has_training_container), (21, true, false));
    }

    #[test]
    fn a_list_entry_has_defaults() {
        let spec = ReplicaSpec::of_list(&json!({}), "tfReplicaType");
        assert_eq!((&spec.replica_type, spec.desired), (&ReplicaType::Master, Some(1)));
        assert!(!spec.has_training_container);
        let spec = ReplicaSpec::of_list(&json!({"tfReplicaType": "PS", "replicas": 2}), "tfReplicaType");
        assert!(spec.has_training_container, "a default parameter server");
        assert_eq!(spec.desired, Some(2));
    }
}
