//! The smallest status that each operator writes in each situation.

use serde_json::{Value, json};

use super::*;

/// Returns a condition as the operators write it.
fn condition(kind: &str, status: &str) -> Value {
    json!({"type": kind, "status": status, "reason": format!("TFJob{kind}"), "message": format!("TFJob j is {kind}."),
        "lastUpdateTime": at(5), "lastTransitionTime": at(5)})
}

/// Returns the master as the list form counts it.
fn master(state: &str) -> Value {
    json!({"tf_replica_type": "MASTER", "state": state, "ReplicasStates": {state: 1}})
}

/// Returns a status of the list form.
fn phase(phase: &str, state: &str, reason: &str, replicas: &Value) -> Value {
    json!({"phase": phase, "state": state, "reason": reason, "controlPaused": false, "conditions": null,
        "replicaStatuses": replicas})
}

/// Checks the state, the reason, and the counts from the status: `Type pending/running/succeeded/failed/unknown/missing`.
fn check(name: &str, job: &Job, state: &str, reason: Option<&str>, rows: &[&str], notes: &[&str]) {
    let found = alone(job);
    assert_eq!((found.state.as_str(), found.reason.as_deref()), (state, reason), "{name}");
    let row = |it: &crate::tfjob::counts::CountRow| {
        let numbers =
            [it.pending, it.running, it.succeeded, it.failed, it.unknown, it.missing].map(|it| it.to_string());
        format!("{} {}", it.replica_type, numbers.join("/"))
    };
    assert_eq!(found.replicas.iter().map(row).collect::<Vec<_>>(), rows, "{name}");
    assert_eq!(codes(&found), notes, "{name}");
}

#[test]
fn of_the_operators_of_2017() {
    let spec = list_spec(&[("MASTER", 1), ("PS", 2)]);
    let old = |status: &Value| job("tensorflow.org/v1alpha1", &spec, status);
    let new = phase("", "", "", &Value::Null);
    check("new", &old(&new), "Unknown", None, &["Master 0/0/0/0/1/0", "PS 0/0/0/0/2/0"], &["no-status"]);
    let ps = json!({"tf_replica_type": "PS", "state": "Running", "ReplicasStates": {"Running": 1, "Unknown": 1}});
    let running = phase("Running", "", "", &json!([master("Running"), ps]));
    check("running", &old(&running), "Running", None, &["Master 0/1/0/0/0/0", "PS 0/1/0/0/1/0"], &[]);
    let ps = json!({"tf_replica_type": "PS", "state": "Running", "ReplicasStates": {"Running": 2}});
    let done = phase("Done", "Succeeded", "", &json!([master("Succeeded"), ps]));
    check("done", &old(&done), "Succeeded", None, &["Master 0/0/1/0/0/0", "PS 0/2/0/0/0/0"], &[]);
    let bad = phase("Done", "Failed", "", &json!([master("Failed")]));
    check("done bad", &old(&bad), "Failed", None, &["Master 0/0/0/1/0/0", "PS 0/0/0/0/2/0"], &[]);
    let reason = "invalid job spec: Replica type MASTER is missing a container named tensorflow";
    let invalid = phase("Failed", "", reason, &Value::Null);
    check("invalid", &old(&invalid), "Failed", Some(reason), &["Master 0/0/0/0/0/1", "PS 0/0/0/0/0/2"], &[]);
}

#[test]
fn of_v1alpha1() {
    let of = |replicas: &[(&str, u64)], status: &Value| job("kubeflow.org/v1alpha1", &list_spec(replicas), status);
    let fresh = phase("Creating", "Running", "", &json!([master("Unknown")]));
    check("fresh", &of(&[("MASTER", 1)], &fresh), "Pending", None, &["Master 0/0/0/0/1/0"], &[]);
    let reason = "invalid job spec: Missing ReplicaSpec for chief: MASTER";
    let invalid = of(&[("WORKER", 1)], &phase("Failed", "Failed", reason, &Value::Null));
    check("invalid", &invalid, "Failed", Some(reason), &["Worker 0/0/0/0/0/1"], &["chief-not-in-spec"]);
}

#[test]
fn of_v1alpha2_and_its_heirs() {
    let spec = map_spec(&[("PS", 1), ("Worker", 2)]);
    let (created, running) = (condition("Created", "True"), condition("Running", "True"));
    for (version, key) in [
        ("v1alpha2", "tfReplicaStatuses"),
        ("v1beta1", "replicaStatuses"),
        ("v1beta2", "replicaStatuses"),
        ("v1", "replicaStatuses"),
    ] {
        let status = json!({"conditions": [created, running], key: {"PS": {"active": 1}, "Worker": {"active": 2}}, "startTime": at(5)});
        let job = job(&format!("kubeflow.org/{version}"), &spec, &status);
        check(version, &job, "Running", Some("TFJobRunning"), &["Worker 0/2/0/0/0/0", "PS 0/1/0/0/0/0"], &[]);
    }
    let conditions = json!([created, condition("Running", "False"), condition("Succeeded", "True")]);
    let status = json!({"conditions": conditions, "tfReplicaStatuses": {"Chief": {}, "Master": {}, "PS": {}, "Worker": {}},
        "startTime": at(5), "completionTime": at(6)});
    let finished = job("kubeflow.org/v1alpha2", &spec, &status);
    let rows = ["Worker 0/0/0/0/2/0", "PS 0/0/0/0/1/0"];
    check("finished", &finished, "Succeeded", Some("TFJobSucceeded"), &rows, &["counts-cleared"]);
}

#[test]
fn of_v1() {
    let of = |replicas: &[(&str, u64)], conditions: &[Value], counts: Value| {
        let is_over = conditions.iter().any(|it| it["type"] == "Succeeded" || it["type"] == "Failed");
        let status = json!({"conditions": conditions, "replicaStatuses": counts, "startTime": at(5),
            "completionTime": is_over.then(|| at(6))});
        job("kubeflow.org/v1", &map_spec(replicas), &status)
    };
    let created = condition("Created", "True");
    let (was_running, failed) = (condition("Running", "False"), condition("Failed", "True"));
    let pending = of(&[("Worker", 2)], std::slice::from_ref(&created), json!({"Worker": {}}));
    check("pending", &pending, "Pending", Some("TFJobCreated"), &["Worker 2/0/0/0/0/0"], &[]);
    let restarting = json!({"type": "Restarting", "status": "True", "reason": "TFJobRestarting"});
    let counts = json!({"PS": {"active": 1}, "Worker": {}});
    let restarting = of(&[("Worker", 1), ("PS", 1)], &[created.clone(), restarting], counts);
    let rows = ["Worker 1/0/0/0/0/0", "PS 0/1/0/0/0/0"];
    check("restarting", &restarting, "Restarting", Some("TFJobRestarting"), &rows, &[]);
    let over = [created.clone(), was_running.clone(), condition("Succeeded", "True")];
    let counts = json!({"Chief": {"succeeded": 1}, "Worker": {"succeeded": 2}});
    let succeeded = of(&[("Chief", 1), ("Worker", 2)], &over, counts);
    let rows = ["Chief 0/0/1/0/0/0", "Worker 0/0/2/0/0/0"];
    check("succeeded", &succeeded, "Succeeded", Some("TFJobSucceeded"), &rows, &[]);
    let over = [created.clone(), was_running.clone(), failed.clone()];
    let backoff = of(&[("Worker", 2)], &over, json!({"Worker": {"active": 1, "failed": 1}}));
    check("failed", &backoff, "Failed", Some("TFJobFailed"), &["Worker 0/0/0/1/1/0"], &[]);
    let both = [created.clone(), was_running, condition("Succeeded", "True"), failed];
    let both = of(&[("Chief", 1), ("PS", 1)], &both, json!({"Chief": {"succeeded": 1}, "PS": {"failed": 1}}));
    let rows = ["Chief 0/0/1/0/0/0", "PS 0/0/0/1/0/0"];
    check("both", &both, "Failed", Some("TFJobFailed"), &rows, &["also-succeeded"]);
    let invalid =
        json!({"type": "Failed", "status": "True", "reason": "InvalidTFJobSpec", "message": "Failed to marshal"});
    let invalid = of(&[("Worker", 1)], &[invalid], Value::Null);
    check("17: invalid", &invalid, "Failed", Some("InvalidTFJobSpec"), &["Worker 0/0/0/0/0/1"], &[]);
}

#[test]
fn of_suspended_and_resumed_jobs() {
    let of = |conditions: Value, counts: Value| {
        let status = json!({"conditions": conditions, "replicaStatuses": counts, "startTime": at(5)});
        job("kubeflow.org/v1", &map_spec(&[("Worker", 2)]), &status)
    };
    let created = condition("Created", "True");
    let stopped = json!({"type": "Running", "status": "False", "reason": "TFJobSuspended"});
    let suspended = json!({"type": "Suspended", "status": "True", "reason": "TFJobSuspended"});
    let job = of(json!([created, stopped, suspended]), json!({"Worker": {}}));
    check("22", &job, "Suspended", Some("TFJobSuspended"), &["Worker 0/0/0/0/0/2"], &[]);
    let resumed = json!({"type": "Suspended", "status": "False", "reason": "TFJobResumed"});
    let job = of(json!([created, resumed, condition("Running", "True")]), json!({"Worker": {"active": 2}}));
    check("21", &job, "Running", Some("TFJobRunning"), &["Worker 0/2/0/0/0/0"], &[]);
}
