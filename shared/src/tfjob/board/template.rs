//! The main pod of a job, as its spec has it.

use serde_json::{Map, Value};

use super::place::{Access, Claim};
use crate::tfjob::chief::Chief;
use crate::tfjob::job::Job;
use crate::tfjob::json;
use crate::tfjob::replica::{CONTAINER, ReplicaType};

/// What the operator puts into every pod, and what would mislead in ours.
const TF_CONFIG: &str = "TF_CONFIG";

/// The pod template of the chief, else of the first worker, else of the first replica that has one.
pub(super) struct Template<'v> {
    /// Whose template it is.
    pub(super) replica_type: Option<ReplicaType>,
    /// Its pod spec; null if there is none.
    pub(super) spec: &'v Value,
    /// Its main container; null if there is none.
    pub(super) container: &'v Value,
}

impl<'v> Template<'v> {
    pub(super) fn of(object: &'v Value, job: &Job) -> Self {
        let chief = Chief::of(job, None).map(|it| it.replica_type);
        let mut types = chief.into_iter().chain(job.replicas.iter().map(|it| it.replica_type.clone()));
        let found = types.find_map(|it| Some((pod_spec(object, &it)?, it)));
        let (spec, replica_type) = found.map_or((&Value::Null, None), |(spec, it)| (spec, Some(it)));
        let containers = json::list(spec, &["containers"]);
        let is_main = |it: &&Value| json::text(it, &["name"]).as_deref() == Some(CONTAINER);
        let container = containers.iter().find(is_main).or(containers.first()).unwrap_or(&Value::Null);
        Self { replica_type, spec, container }
    }

    /// Lets a container read what the main one can read: its variables and its service account.
    pub(super) fn lend_identity(&self, container: &mut Value, spec: &mut Value) {
        let is_useful = |it: &&Value| {
            json::text(it, &["name"]).is_some_and(|it| it != TF_CONFIG)
                && json::at(it, &["valueFrom", "resourceFieldRef"]).is_none()
        };
        let variables: Vec<Value> = json::list(self.container, &["env"]).iter().filter(is_useful).cloned().collect();
        let fields =
            [("env", Some(Value::from(variables))), ("envFrom", json::at(self.container, &["envFrom"]).cloned())];
        put(container, fields);
        let account = ["serviceAccountName", "serviceAccount"].iter().find_map(|it| json::at(self.spec, &[it]));
        let own = json::at(self.spec, &["automountServiceAccountToken"]);
        put(spec, [("serviceAccountName", account.cloned()), ("automountServiceAccountToken", own.cloned())]);
    }
}

/// Returns a claim with the replicas whose templates have it.
pub(super) fn claim(name: String, object: &Value, job: &Job) -> Claim {
    let is_it = |it: &Value| json::text(it, &["persistentVolumeClaim", "claimName"]).as_ref() == Some(&name);
    let has_it =
        |it: &ReplicaType| json::list(pod_spec(object, it).unwrap_or(&Value::Null), &["volumes"]).iter().any(is_it);
    let users = job.replicas.iter().map(|it| it.replica_type.clone()).filter(has_it).collect();
    Claim { name, users, access: Access::Many }
}

fn put<const N: usize>(object: &mut Value, fields: [(&str, Option<Value>); N]) {
    let map: Option<&mut Map<String, Value>> = object.as_object_mut();
    let fields = fields.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
    if let Some(map) = map {
        map.extend(fields);
    }
}

/// Returns the pod spec of a replica type, in either form of a job.
fn pod_spec<'v>(object: &'v Value, wanted: &ReplicaType) -> Option<&'v Value> {
    let spec = object.get("spec")?;
    let of_map = json::mapping(spec, &["tfReplicaSpecs"]).into_iter().flatten();
    let of_map = of_map.filter(|(key, _)| ReplicaType::parse(key) == *wanted).map(|(_, it)| it);
    let list = ["replicaSpecs", "replica_specs"].iter().find_map(|it| json::any_case(spec, it)?.as_array());
    let of_list = list.into_iter().flatten().filter(|it| {
        let word = ["tfReplicaType", "tf_replica_type"].iter().find_map(|key| json::any_case(it, key)?.as_str());
        word.map_or(ReplicaType::Master, ReplicaType::parse) == *wanted
    });
    of_map.chain(of_list).find_map(|it| json::at(json::any_case(it, "template")?, &["spec"]))
}
