//! What a job's status says, in both of its forms, as written.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::json;
use super::replica::ReplicaType;

/// A job's status; nothing in it has been judged yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Status {
    /// `phase` of the list form; empty where there is none.
    pub phase: String,
    /// `state` of the list form; empty where there is none.
    pub state: String,
    /// `reason` of the list form.
    pub reason: Option<String>,
    /// `conditions` of the mapping form, in their order.
    pub conditions: Vec<Condition>,
    /// What it says of each type; empty where it says nothing.
    pub replicas: BTreeMap<ReplicaType, StatusCounts>,
    /// `startTime`: the operator's first look at the job, or the last resume.
    pub started: Option<Timestamp>,
    /// `completionTime`.
    pub completed: Option<Timestamp>,
}

/// One condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// Its type, such as `Running`.
    pub kind: String,
    /// Its `status`, whatever that is; `Null` where there is none.
    pub status: Value,
    /// `reason`; `None` where it is empty.
    pub reason: Option<String>,
    /// `message`; `None` where it is empty.
    pub message: Option<String>,
    /// `lastTransitionTime`.
    pub changed: Option<Timestamp>,
    /// `lastUpdateTime`.
    pub updated: Option<Timestamp>,
}

impl Condition {
    /// Returns whether the condition holds: its status is exactly the string `True`.
    pub fn is_true(&self) -> bool {
        self.status == "True"
    }

    /// Returns whether its status is none of the words that conditions have.
    pub fn is_odd(&self) -> bool {
        !["True", "False", "Unknown"].iter().any(|it| self.status == *it)
    }

    fn read(value: &Value) -> Option<Self> {
        Some(Self {
            kind: json::text(value, &["type"])?,
            status: value.get("status").cloned().unwrap_or(Value::Null),
            reason: json::text(value, &["reason"]),
            message: json::text(value, &["message"]),
            changed: json::time(value, &["lastTransitionTime"]),
            updated: json::time(value, &["lastUpdateTime"]),
        })
    }
}

/// Pods of one type as the status counts them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StatusCounts {
    /// `active`, or `Running`.
    pub active: u64,
    /// `succeeded`.
    pub succeeded: u64,
    /// `failed`.
    pub failed: u64,
    /// `Starting`; only in the list form.
    pub starting: u64,
    /// `Unknown`; only in the list form.
    pub unknown: u64,
}

impl StatusCounts {
    /// Returns whether nothing is counted.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn add(&mut self, other: &Self) {
        self.active = self.active.saturating_add(other.active);
        self.succeeded = self.succeeded.saturating_add(other.succeeded);
        self.failed = self.failed.saturating_add(other.failed);
        self.starting = self.starting.saturating_add(other.starting);
        self.unknown = self.unknown.saturating_add(other.unknown);
    }
}

impl Status {
    /// Reads the status of the list form, keys in any case.
    pub(super) fn of_list(status: &Value) -> Self {
        let word = |key| json::any_case(status, key).and_then(json::word);
        let replicas = json::any_case(status, "replicaStatuses").and_then(Value::as_array);
        Self {
            phase: word("phase").unwrap_or_default(),
            state: word("state").unwrap_or_default(),
            reason: word("reason"),
            replicas: by_type(replicas.into_iter().flatten().filter_map(list_entry)),
            started: json::time(status, &["startTime"]),
            completed: json::time(status, &["completionTime"]),
            ..Self::default()
        }
    }

    /// Reads the status of the mapping form; `tfReplicaStatuses` is what `v1alpha2` called `replicaStatuses`.
    pub(super) fn of_map(status: &Value) -> Self {
        let counts = |key| json::mapping(status, &[key]).filter(|it| !it.is_empty());
        let replicas = counts("replicaStatuses").or_else(|| counts("tfReplicaStatuses"));
        Self {
            conditions: json::list(status, &["conditions"]).iter().filter_map(Condition::read).collect(),
            replicas: by_type(replicas.into_iter().flatten().map(|(key, it)| (ReplicaType::parse(key), map_entry(it)))),
            started: json::time(status, &["startTime"]),
            completed: json::time(status, &["completionTime"]),
            ..Self::default()
        }
    }

    /// Returns what the status says of a type; `None` if it has no entry for it.
    pub fn of(&self, replica_type: &ReplicaType) -> Option<&StatusCounts> {
        self.replicas.get(replica_type)
    }

    /// Returns the newest condition of this type that holds.
    pub fn holding(&self, kind: &str) -> Option<&Condition> {
        self.conditions.iter().filter(|it| it.kind == kind && it.is_true()).max_by_key(|it| it.changed.or(it.updated))
    }
}

fn map_entry(value: &Value) -> StatusCounts {
    StatusCounts {
        active: json::count(value, &["active"]),
        succeeded: json::count(value, &["succeeded"]),
        failed: json::count(value, &["failed"]),
        ..StatusCounts::default()
    }
}

fn list_entry(value: &Value) -> Option<(ReplicaType, StatusCounts)> {
    let word = json::any_case(value, "tf_replica_type").or_else(|| json::any_case(value, "tfReplicaType"))?;
    let replica_type = ReplicaType::parse(&json::word(word)?);
    let mut counts = StatusCounts::default();
    let states = json::any_case(value, "ReplicasStates").and_then(Value::as_object);
    for (state, number) in states.into_iter().flatten() {
        let place = match state.as_str() {
            "Running" => &mut counts.active,
            "Succeeded" => &mut counts.succeeded,
            "Failed" => &mut counts.failed,
            "Starting" => &mut counts.starting,
            _ => &mut counts.unknown,
        };
        *place = place.saturating_add(number.as_u64().unwrap_or(0));
    }
    Some((replica_type, counts))
}

/// Returns one entry per type.
fn by_type(entries: impl Iterator<Item = (ReplicaType, StatusCounts)>) -> BTreeMap<ReplicaType, StatusCounts> {
    let mut all = BTreeMap::<ReplicaType, StatusCounts>::new();
    for (replica_type, counts) in entries {
        all.entry(replica_type).or_default().add(&counts);
    }
    all
}
