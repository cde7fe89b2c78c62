//! The rules on whole objects; each case bears its number in the specification's list.

mod board;
mod board_again;
mod counts;
mod documents;
mod minimal;
mod notes;
mod place;
mod pods;
mod select;
mod service;
mod state;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::job::Job;
use super::pod::Pod;
use super::select::{Own, own};
use super::summary::{PodsSeen, Summary};

/// The present time of every test.
const NOW: &str = "2026-01-01T12:00:00Z";

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

/// Returns a time of day, an hour before [`NOW`].
fn at(minute: u32) -> String {
    format!("2026-01-01T11:{minute:02}:00Z")
}

/// Returns an object named `j` with the uid `u`, created an hour ago.
fn object(api_version: &str, spec: &Value, status: &Value) -> Value {
    let metadata = json!({"name": "j", "namespace": "ns", "uid": "u", "creationTimestamp": at(0)});
    json!({"apiVersion": api_version, "kind": "TFJob", "metadata": metadata, "spec": spec, "status": status})
}

fn job(api_version: &str, spec: &Value, status: &Value) -> Job {
    Job::read(&object(api_version, spec, status)).unwrap()
}

/// Returns a template whose only container is `tensorflow`.
fn template() -> Value {
    json!({"spec": {"containers": [{"name": "tensorflow"}]}})
}

/// Returns a `spec` of the mapping form.
fn map_spec(replicas: &[(&str, u64)]) -> Value {
    let all = replicas.iter().map(|(key, it)| ((*key).to_owned(), json!({"replicas": it, "template": template()})));
    json!({"tfReplicaSpecs": Value::Object(all.collect())})
}

/// Returns a `spec` of the list form.
fn list_spec(replicas: &[(&str, u64)]) -> Value {
    let entry = |(kind, it): &(&str, u64)| json!({"tfReplicaType": kind, "replicas": it, "template": template()});
    json!({"RuntimeId": "76no", "replicaSpecs": replicas.iter().map(entry).collect::<Vec<_>>()})
}

/// Returns a job of `kubeflow.org/v1` with these conditions: type, and the minute since when it is `True`.
fn conditions(all: &[(&str, u32)]) -> Value {
    let condition = |(kind, minute): &(&str, u32)| {
        json!({"type": kind, "status": "True", "reason": format!("R{kind}"), "message": format!("m {kind}"),
            "lastTransitionTime": at(*minute), "lastUpdateTime": at(*minute)})
    };
    json!({"conditions": all.iter().map(condition).collect::<Vec<_>>()})
}

/// Returns a pod of the job `j` as operator 1.6 labels it.
fn pod_object(kind: &str, index: u64, phase: &str) -> Value {
    let label = |key: &str| format!("training.kubeflow.org/{key}");
    let labels =
        json!({label("job-name"): "j", label("replica-type"): kind, label("replica-index"): index.to_string()});
    let owner =
        json!([{"apiVersion": "kubeflow.org/v1", "kind": "TFJob", "name": "j", "uid": "u", "controller": true}]);
    let metadata = json!({"name": format!("j-{kind}-{index}"), "namespace": "ns", "uid": format!("{kind}-{index}"),
        "labels": labels, "ownerReferences": owner, "creationTimestamp": at(1)});
    json!({"metadata": metadata, "spec": {"containers": [{"name": "tensorflow"}]}, "status": {"phase": phase}})
}

fn pod(kind: &str, index: u64, phase: &str) -> Pod {
    Pod::read(&pod_object(kind, index, phase)).unwrap()
}

/// Returns what is said of a job whose pods are not known.
fn alone(job: &Job) -> Summary {
    Summary::of(job, &PodsSeen::NotAsked, now())
}

/// Returns what is said of a job with these pods.
fn with_pods(job: &Job, pods: Vec<Pod>) -> Summary {
    Summary::of(job, &PodsSeen::Known(&own(job, pods, None)), now())
}

fn codes(summary: &Summary) -> Vec<&'static str> {
    summary.notes.iter().map(|it| it.code).collect()
}

fn names(own: &Own) -> Vec<&str> {
    own.pods.iter().map(|it| it.name.as_str()).collect()
}
