//! One `TFJob`, whatever its version.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::api::{self, GroupVersion};
use super::json;
use super::policy::Policies;
use super::replica::{ReplicaSpec, ReplicaType};
use super::state::{State, verdict};
use super::status::Status;
use crate::base::failure::Failure;

/// A `TFJob` as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// API group and version.
    pub api: GroupVersion,
    /// The kind as written: `TFJob` or `TfJob`.
    pub kind: String,
    /// The name; never empty.
    pub name: String,
    /// The namespace; `None` in a file that does not say.
    pub namespace: Option<String>,
    /// The uid; `None` in a file.
    pub uid: Option<String>,
    /// The resource version; `None` in a file.
    pub resource_version: Option<String>,
    /// The labels whose values are strings.
    pub labels: BTreeMap<String, String>,
    /// The annotations whose values are strings.
    pub annotations: BTreeMap<String, String>,
    /// When the object was made.
    pub created: Option<Timestamp>,
    /// Until when the object is to be gone; `None` = nobody deletes it.
    pub deletion: Option<Timestamp>,
    /// Whether a deletion timestamp is set at all, readable or not.
    pub is_deleting: bool,
    /// What the spec wants, one entry a type, in the order of the types.
    pub replicas: Vec<ReplicaSpec>,
    /// Whether the spec has the replica field that its version's operators read.
    pub has_replica_specs: bool,
    /// `spec.RuntimeId` of the list form, in whatever case its key is written.
    pub runtime_id: Option<String>,
    /// `spec.terminationPolicy.chief` of the list form, MASTER 0 where it does not say.
    pub termination_chief: (ReplicaType, u64),
    /// Whether `spec.successPolicy` is `AllWorkers`.
    pub all_workers: bool,
    /// The policies.
    pub policies: Policies,
    /// The status as written.
    pub status: Status,
}

/// Why an object is no `TFJob`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BrokenJob {
    /// It is no mapping.
    #[error("it is no mapping")]
    NoMapping,
    /// It has no kind, or no `apiVersion`.
    #[error("it has no `{0}`")]
    NoKind(&'static str),
    /// It is another kind, or of a group without TFJobs.
    #[error("`{kind}` of `{api_version}` is no TFJob")]
    OtherKind {
        /// The object's kind.
        kind: String,
        /// The object's `apiVersion`.
        api_version: String,
    },
    /// It has no name.
    #[error("it has no `metadata.name`")]
    NoName,
}

impl Failure for BrokenJob {
    fn hint(&self) -> Option<String> {
        let is_other = matches!(self, Self::OtherKind { .. } | Self::NoKind(_));
        is_other.then(|| format!("a TFJob has kind `TFJob` and an `apiVersion` of {}", api::GROUPS.join(", ")))
    }
}

impl Job {
    /// Reads an object as the API serves it, or as it stands in a file.
    ///
    /// # Errors
    ///
    /// Fails only on what is no `TFJob` at all: no mapping, another kind or group, no name.
    pub fn read(value: &Value) -> Result<Self, BrokenJob> {
        if !value.is_object() {
            return Err(BrokenJob::NoMapping);
        }
        let kind = json::text(value, &["kind"]).ok_or(BrokenJob::NoKind("kind"))?;
        let api_version = json::text(value, &["apiVersion"]).ok_or(BrokenJob::NoKind("apiVersion"))?;
        if !api::known_kind(&api_version, &kind) {
            return Err(BrokenJob::OtherKind { kind, api_version });
        }
        let name = json::text(value, &["metadata", "name"]).ok_or(BrokenJob::NoName)?;
        let api = GroupVersion::read(&api_version);
        let is_list = api::is_list_form(&api);
        let (spec, status) = (field(value, "spec"), field(value, "status"));
        let replicas = if is_list { list_replicas(&api, spec) } else { map_replicas(spec) };
        Ok(Self {
            kind,
            name,
            namespace: json::text(value, &["metadata", "namespace"]),
            uid: json::text(value, &["metadata", "uid"]),
            resource_version: json::text(value, &["metadata", "resourceVersion"]),
            labels: texts(value, "labels"),
            annotations: texts(value, "annotations"),
            created: json::time(value, &["metadata", "creationTimestamp"]),
            deletion: json::time(value, &["metadata", "deletionTimestamp"]),
            is_deleting: json::at(value, &["metadata", "deletionTimestamp"]).is_some(),
            has_replica_specs: replicas.is_some(),
            replicas: joined(replicas.unwrap_or_default()),
            runtime_id: json::any_case(spec, "RuntimeId").filter(|_| is_list).and_then(json::word),
            termination_chief: termination_chief(spec),
            all_workers: json::at(spec, &["successPolicy"]).is_some_and(|it| it == "AllWorkers"),
            policies: Policies::read(&api, spec),
            status: if is_list { Status::of_list(status) } else { Status::of_map(status) },
            api,
        })
    }

    /// Returns the `apiVersion`.
    pub fn api_version(&self) -> String {
        self.api.to_string()
    }

    /// Returns the API group.
    pub fn group(&self) -> &str {
        &self.api.group
    }

    /// Returns the version within the group.
    pub fn version(&self) -> &str {
        &self.api.version
    }

    /// Returns whether the replicas are a list, and the status has a phase instead of conditions.
    pub fn is_list_form(&self) -> bool {
        api::is_list_form(&self.api)
    }

    /// Returns whether the job has come to its end: Succeeded or Failed.
    pub fn is_finished(&self) -> bool {
        verdict(self).state.is_finished()
    }

    /// Returns whether the operator has accepted the job: there is a condition `Created`, or, in the list form, a phase
    /// other than `Failed`.
    pub fn is_created(&self) -> bool {
        if self.is_list_form() {
            return !matches!(self.status.phase.as_str(), "" | "Failed");
        }
        self.status.conditions.iter().any(|it| it.kind == "Created")
    }

    /// Returns what the spec wants of a type; `None` if the type is not in the spec.
    pub fn replica(&self, replica_type: &ReplicaType) -> Option<&ReplicaSpec> {
        self.replicas.iter().find(|it| it.replica_type == *replica_type)
    }

    /// Returns the GPUs that the whole job is limited to.
    pub fn gpus(&self) -> u64 {
        self.replicas.iter().map(|it| it.gpus).fold(0, u64::saturating_add)
    }

    /// Returns whole seconds from the job's creation to `now`, below 0 where it lies in the future; `None` without a
    /// creation time.
    pub fn seconds_since_creation(&self, now: Timestamp) -> Option<i64> {
        self.created.map(|it| seconds_between(it, now))
    }

    /// Returns the state alone; [`verdict`] tells more.
    pub fn state(&self) -> State {
        verdict(self).state
    }
}

/// Returns whole seconds from one time to another.
pub(super) fn seconds_between(from: Timestamp, to: Timestamp) -> i64 {
    to.as_second().saturating_sub(from.as_second())
}

fn field<'v>(value: &'v Value, key: &str) -> &'v Value {
    value.get(key).unwrap_or(&Value::Null)
}

fn texts(value: &Value, key: &str) -> BTreeMap<String, String> {
    let map = json::mapping(value, &["metadata", key]);
    map.into_iter().flatten().filter_map(|(key, it)| Some((key.clone(), it.as_str()?.to_owned()))).collect()
}

/// Returns the entries of the list form. Only the operators of `mlkube.io` ever read `replica_specs`.
fn list_replicas(api: &GroupVersion, spec: &Value) -> Option<Vec<ReplicaSpec>> {
    let list = |key| json::any_case(spec, key).and_then(Value::as_array);
    if let Some(entries) = list("replicaSpecs") {
        return Some(entries.iter().map(|it| ReplicaSpec::of_list(it, "tfReplicaType")).collect());
    }
    let entries = list("replica_specs").filter(|_| api.group == "mlkube.io")?;
    Some(entries.iter().map(|it| ReplicaSpec::of_list(it, "tf_replica_type")).collect())
}

fn map_replicas(spec: &Value) -> Option<Vec<ReplicaSpec>> {
    let map = json::mapping(spec, &["tfReplicaSpecs"])?;
    Some(map.iter().map(|(key, it)| ReplicaSpec::of_map(key, it)).collect())
}

/// Returns one entry a type, in the order of the types.
fn joined(mut all: Vec<ReplicaSpec>) -> Vec<ReplicaSpec> {
    all.sort_by(|a, b| a.replica_type.cmp(&b.replica_type));
    all.dedup_by(|next, kept| {
        let is_same = next.replica_type == kept.replica_type;
        if is_same {
            kept.join(next);
        }
        is_same
    });
    all
}

fn termination_chief(spec: &Value) -> (ReplicaType, u64) {
    let chief = json::any_case(spec, "terminationPolicy").and_then(|it| json::any_case(it, "chief"));
    let name = chief.and_then(|it| json::any_case(it, "replicaName")).and_then(json::word);
    let index = chief.and_then(|it| json::any_case(it, "replicaIndex")).and_then(Value::as_u64);
    (name.map_or(ReplicaType::Master, |it| ReplicaType::parse(&it)), index.unwrap_or(0))
}
