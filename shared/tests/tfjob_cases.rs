//! Objects as real operators wrote them, and what is to be said of each: `fixtures/tfjob`.
#![allow(clippy::disallowed_methods, reason = "a test reads its fixtures")]
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use shared::tfjob::job::Job;
use shared::tfjob::notes;
use shared::tfjob::pod::Pod;
use shared::tfjob::select;
use shared::tfjob::summary::{PodsSeen, Summary};

/// The notes that need the pods.
const OF_PODS: [&str; 5] = ["chief-pending", "status-lags", "pods-deleted", "no-pods-created", "counts-stale"];

#[test]
fn every_object_gets_its_summary() {
    let expected = read("expected.json");
    let mut files: Vec<String> = fs::read_dir(folder()).unwrap().map(|it| name_of(&it.unwrap())).collect();
    files.retain(|it| it != "expected.json" && !it.ends_with("events.json"));
    files.sort();
    assert_eq!(files.len(), 34);
    for file in files {
        let (case, expected) = (read(&file), &expected[&file]);
        if case["job"].is_null() {
            left_over(&case, expected);
        } else {
            with_pods(&file, &case, expected);
            without_pods(&file, &case, expected);
        }
    }
}

fn with_pods(file: &str, case: &Value, expected: &Value) {
    let job = Job::read(&case["job"]).unwrap();
    let own = select::own(&job, pods(file, case), None);
    assert_eq!(own.foreign, 0, "{file}");
    let summary = Summary::of(&job, &PodsSeen::Known(&own), now());
    let found = summary.json();
    for key in ["state", "reason", "message", "stateSince"] {
        assert_eq!(found[key], expected[key], "{file} {key}");
    }
    if job.is_finished() {
        assert_eq!(found["durationSeconds"], expected["durationSeconds"], "{file}");
    }
    assert_eq!(chief(&found["chief"]), expected["chief"], "{file}");
    assert_eq!(rows(&found["replicas"], Some(&json!(0))), expected["replicas"], "{file}");
    assert_eq!(found["countsFrom"], "pods");
    assert_eq!(codes(&summary), sorted(expected), "{file}");
    let order: Vec<&str> = summary.replicas.iter().map(|it| it.replica_type.as_str()).collect();
    let wanted: Vec<&str> = expected["replicas"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(order, wanted, "{file}: the order of the types");
}

fn without_pods(file: &str, case: &Value, expected: &Value) {
    let job = Job::read(&case["job"]).unwrap();
    let summary = Summary::of(&job, &PodsSeen::NotAsked, now());
    let found = summary.json();
    assert_eq!(rows(&found["replicas"], Some(&Value::Null)), expected["replicasFromStatus"], "{file}");
    let mut notes = sorted(expected);
    notes.retain(|it| !OF_PODS.contains(&it.as_str()));
    assert_eq!(codes(&summary), notes, "{file} without pods");
    assert_eq!(found["pods"], Value::Null);
    assert_eq!(found["chief"].get("phase"), (!expected["chief"].is_null()).then_some(&Value::Null), "{file}");
    let forbidden = Summary::of(&job, &PodsSeen::Forbidden, now());
    assert_eq!((&forbidden.state, &forbidden.replicas), (&summary.state, &summary.replicas), "{file}");
    let note = "pods-forbidden: pods: forbidden (need list pods in namespace default)";
    assert!(forbidden.notes.iter().any(|it| it.to_string() == note), "{file}");
}

/// Case 44: the job is gone, and its pods are found by label and owner.
fn left_over(case: &Value, expected: &Value) {
    let left = select::of_gone("ttl", None, pods("v1.1.0-v1.ttl.1.json", case));
    assert_eq!((left.pods.len(), left.uid.as_deref(), left.others), (1, Some("gone"), 0));
    let note = notes::job_not_found(left.pods.len());
    assert_eq!(expected["notes"], json!([note.code]));
}

/// Builds whole pods from names and phases, as the file's operator labelled them.
fn pods(file: &str, case: &Value) -> Vec<Pod> {
    let uid = case["job"].pointer("/metadata/uid").cloned().unwrap_or(json!("gone"));
    let job = case["job"].pointer("/metadata/name").and_then(Value::as_str).unwrap_or("ttl");
    let api_version = case["job"].get("apiVersion").cloned().unwrap_or(json!("kubeflow.org/v1"));
    let owner = json!([{"apiVersion": api_version, "kind": "TFJob", "name": job, "uid": uid, "controller": true}]);
    let build = |(number, (name, phase)): (usize, (&String, &Value))| {
        let words: Vec<&str> = name.strip_prefix(&format!("{job}-")).unwrap().split('-').collect();
        let metadata = json!({"name": name, "namespace": "default", "uid": format!("pod-{number}"),
            "labels": labels(file, job, &words), "ownerReferences": owner});
        let spec = json!({"containers": [{"name": "tensorflow"}]});
        Pod::read(&json!({"metadata": metadata, "spec": spec, "status": {"phase": phase}})).unwrap()
    };
    case["pods"].as_object().unwrap().iter().enumerate().map(build).collect()
}

fn labels(file: &str, job: &str, words: &[&str]) -> Value {
    let (kind, index) = (words[0], words[words.len().min(if file.contains("v1alpha1") { 3 } else { 2 }) - 1]);
    let prefix = file.split('.').take(3).collect::<Vec<_>>().join(".");
    let mut labels = match prefix.as_str() {
        "v0.3.0-v1alpha1" => json!({"kubeflow.org": "", "job_type": kind.to_uppercase(), "runtime_id": words[1],
            "tf_job_name": job, "task_index": index}),
        "v0.3.0-v1alpha2" => json!({"group_name": "kubeflow.org", "tf_job_name": job, "tf-replica-type": kind,
            "tf-replica-index": index}),
        "v0.5.3-v1beta2" | "v0.5.3-v1" => json!({"group-name": "kubeflow.org", "tf-job-name": job,
            "tf-replica-type": kind, "tf-replica-index": index}),
        "v1.1.0-v1" => json!({"group-name": "kubeflow.org", "job-name": job, "replica-type": kind,
            "replica-index": index}),
        other => panic!("{other}: whose labels?"),
    };
    if kind == "chief" && prefix.starts_with("v0.5") {
        labels["tf-job-role"] = json!("master");
    }
    labels
}

fn chief(found: &Value) -> Value {
    let mut found = found.clone();
    if let Some(chief) = found.as_object_mut() {
        assert_eq!(chief.remove("exitCode"), Some(Value::Null));
    }
    found
}

/// Turns the list of rows into the mapping of the fixtures.
fn rows(found: &Value, restarts: Option<&Value>) -> Value {
    let mut map = Map::new();
    for row in found.as_array().unwrap() {
        let mut row = row.as_object().unwrap().clone();
        let sum: u64 = row.iter().filter(|(key, _)| *key != "desired").filter_map(|(_, it)| it.as_u64()).sum();
        assert_eq!(row["desired"], sum, "{row:?}");
        assert_eq!(row.remove("restarts").as_ref(), restarts);
        let kind = row.remove("type").unwrap().as_str().unwrap().to_owned();
        map.insert(kind, row.into());
    }
    map.into()
}

fn codes(summary: &Summary) -> Vec<String> {
    let mut codes: Vec<String> = summary.notes.iter().map(|it| it.code.to_owned()).collect();
    assert!(codes.iter().all(|it| notes::CODES.contains(&it.as_str())));
    codes.sort();
    codes
}

fn sorted(expected: &Value) -> Vec<String> {
    let mut codes: Vec<String> = serde_json::from_value(expected["notes"].clone()).unwrap();
    codes.sort();
    codes
}

fn now() -> Timestamp {
    "2026-11-21T19:48:00Z".parse().unwrap()
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tfjob")
}

fn name_of(entry: &fs::DirEntry) -> String {
    entry.file_name().into_string().unwrap()
}

fn read(file: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(folder().join(file)).unwrap()).unwrap()
}

#[test]
fn events_of_a_real_operator_are_read() {
    use shared::tfjob::events::EventRow;
    let events = read("v1.1.0-v1.events.json");
    let mut by_job: BTreeMap<String, usize> = BTreeMap::new();
    for event in events.as_array().unwrap() {
        let object = json!({"kind": "TFJob", "name": event[0]});
        let value = json!({"involvedObject": object, "type": event[1], "reason": event[2], "message": event[3]});
        let row = EventRow::read(&value).unwrap();
        assert_eq!((row.kind.as_str(), row.count), ("Normal", 1));
        *by_job.entry(row.object()).or_default() += 1;
    }
    assert_eq!(by_job.len(), 8);
}

/// Case 1: an object that the operator of 2017 left at its end, as its documentation shows it.
#[test]
fn the_example_of_2017_is_read_from_its_file() {
    let text = fs::read_to_string(folder().parent().unwrap().join("example-job.yaml")).unwrap();
    let documents = shared::tfjob::documents::read(&text);
    assert!(documents.is_single);
    let found = Summary::of(documents.jobs()[0].as_ref().unwrap(), &PodsSeen::NotAsked, now()).json();
    let row = |kind: &str, desired: u64, running: u64, succeeded: u64| {
        json!({"type": kind, "desired": desired, "pending": 0, "running": running, "succeeded": succeeded, "failed": 0,
            "unknown": 0, "missing": 0, "restarts": null})
    };
    let expected = json!({
        "name": "example-job", "namespace": "default", "apiVersion": "tensorflow.org/v1alpha1", "kind": "TfJob",
        "uid": "e11f9577-b5e5-11e7-8522-42010a8e01a4", "state": "Succeeded", "reason": null, "message": null,
        "stateSince": null, "runtimeId": "76no", "createdAt": "2017-10-20T22:27:38Z", "startedAt": null,
        "finishedAt": null, "durationSeconds": null,
        "chief": {"type": "Master", "index": 0, "pod": null, "phase": null, "exitCode": null},
        "replicas": [row("Master", 1, 0, 1), row("Worker", 1, 1, 0), row("PS", 2, 2, 0)], "countsFrom": "status",
        "pods": null, "cleanPodPolicy": "None", "tensorboard": null, "notes": [],
    });
    assert_eq!(found, expected);
}
