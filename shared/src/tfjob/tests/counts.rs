//! Counts by type, and odd specs.

use serde_json::{Value, json};

use super::*;
use crate::tfjob::counts::CountRow;

/// Returns a row as desired, pending, running, succeeded, failed, unknown, missing.
fn numbers(row: &CountRow) -> (Option<u64>, [u64; 6]) {
    (row.desired, [row.pending, row.running, row.succeeded, row.failed, row.unknown, row.missing])
}

fn rows(summary: &Summary) -> Vec<(String, Option<u64>, [u64; 6])> {
    let row = |it: &CountRow| (it.replica_type.to_string(), numbers(it).0, numbers(it).1);
    summary.replicas.iter().map(row).collect()
}

fn row(kind: &str, desired: u64, numbers: [u64; 6]) -> (String, Option<u64>, [u64; 6]) {
    (kind.to_owned(), Some(desired), numbers)
}

fn of_type(kind: &str, counts: &Value) -> Value {
    json!({"tf_replica_type": kind, "state": "Running", "ReplicasStates": counts})
}

#[test]
fn a_done_job_of_2017_left_its_others_running() {
    let statuses = [
        of_type("MASTER", &json!({"Succeeded": 1})),
        of_type("WORKER", &json!({"Running": 1})),
        of_type("PS", &json!({"Running": 2})),
    ];
    let status = json!({"phase": "Done", "state": "Succeeded", "conditions": null, "replicaStatuses": statuses});
    let spec = list_spec(&[("MASTER", 1), ("WORKER", 1), ("PS", 2)]);
    let found = alone(&job("tensorflow.org/v1alpha1", &spec, &status));
    let expected =
        [row("Master", 1, [0, 0, 1, 0, 0, 0]), row("Worker", 1, [0, 1, 0, 0, 0, 0]), row("PS", 2, [0, 2, 0, 0, 0, 0])];
    assert_eq!((found.state.as_str(), rows(&found)), ("Succeeded", expected.into()), "1");
    assert_eq!(found.json()["cleanPodPolicy"], "None");
    assert_eq!(found.json()["countsFrom"], "status");

    // The operators of kubeflow.org deleted them by policy.
    for (policy, running, unknown) in [(Value::Null, 0, 2), (json!("Running"), 0, 2), (json!("None"), 2, 0)] {
        let mut spec = spec.clone();
        spec["cleanupPodPolicy"] = policy.clone();
        let found = alone(&job("kubeflow.org/v1alpha1", &spec, &status));
        assert_eq!(numbers(&found.replicas[2]).1, [0, running, 0, 0, unknown, 0], "{policy}");
        assert_eq!(found.json()["cleanPodPolicy"], policy.as_str().unwrap_or("All"));
    }
}

#[test]
fn a_fresh_job_of_the_list_form_has_unknown_replicas() {
    let status = |phase: &str, counts: Value| json!({"phase": phase, "state": "Running", "replicaStatuses": [of_type("WORKER", &counts)]});
    for (phase, counts, expected) in [
        ("Creating", json!({"Unknown": 3}), [0, 0, 0, 0, 3, 0]),
        ("Creating", json!({"Starting": 1, "Odd": 1}), [2, 0, 0, 0, 1, 0]),
        ("Running", json!({"Running": 1, "Failed": 1}), [1, 1, 0, 1, 0, 0]),
        ("Done", json!({"Running": 1, "Failed": 1}), [0, 0, 0, 1, 2, 0]),
        ("Running", json!(null), [3, 0, 0, 0, 0, 0]),
    ] {
        let mut status = status(phase, counts);
        status["state"] = json!("Failed");
        let found = alone(&job("kubeflow.org/v1alpha1", &list_spec(&[("WORKER", 3)]), &status));
        assert_eq!(numbers(&found.replicas[0]).1, expected, "3: {phase}");
    }
    let job = job("kubeflow.org/v1alpha1", &list_spec(&[("WORKER", 2)]), &status("Creating", json!({"Unknown": 2})));
    let pods = vec![pod("worker", 0, "Pending"), pod("worker", 1, "Pending")];
    assert_eq!(numbers(&with_pods(&job, pods).replicas[0]).1, [2, 0, 0, 0, 0, 0], "3: from pods");
}

#[test]
fn emptied_statuses_are_known_as_such() {
    let mut status = conditions(&[("Created", 1), ("Succeeded", 2)]);
    status["tfReplicaStatuses"] = json!({"Chief": {}, "Master": {}, "PS": {}, "Worker": {}});
    let job = job("kubeflow.org/v1alpha2", &map_spec(&[("Worker", 2)]), &status);
    let found = alone(&job);
    assert_eq!(rows(&found), [row("Worker", 2, [0, 0, 0, 0, 2, 0])], "9");
    assert!(found.replicas[0].is_blank, "9");
    assert_eq!(codes(&found), ["counts-cleared"], "9");
    let found = with_pods(&job, vec![pod("worker", 0, "Succeeded"), pod("worker", 1, "Succeeded")]);
    assert_eq!(rows(&found), [row("Worker", 2, [0, 0, 2, 0, 0, 0])], "9");
    assert!(!found.replicas[0].is_blank, "9");
    status["tfReplicaStatuses"]["Evaluator"] = json!({"active": 1});
    let spec = map_spec(&[("Worker", 2), ("Evaluator", 1)]);
    let found = alone(&super::job("kubeflow.org/v1alpha2", &spec, &status));
    assert_eq!(codes(&found), ["counts-cleared"], "3.4, 4");
    assert_eq!(numbers(&found.replicas[1]).1, [0, 0, 0, 0, 1, 0], "3.4, 4");
}

#[test]
fn statuses_of_unfinished_jobs() {
    let counted = |kind: &str, counts: Value| {
        let mut status = conditions(&[("Created", 1), (kind, 2)]);
        status["replicaStatuses"] = counts;
        numbers(&alone(&job("kubeflow.org/v1", &map_spec(&[("Worker", 3)]), &status)).replicas[0]).1
    };
    assert_eq!(counted("Running", json!({"Worker": {"active": 1, "succeeded": 1}})), [1, 1, 1, 0, 0, 0]);
    assert_eq!(counted("Restarting", json!({"worker": {"active": 1, "failed": 1}})), [1, 1, 0, 1, 0, 0]);
    assert_eq!(counted("Suspended", json!({"Worker": {}})), [0, 0, 0, 0, 0, 3]);
    assert_eq!(counted("Running", json!({"PS": {}})), [0, 0, 0, 0, 3, 0]);
    assert_eq!(counted("Running", json!({"Worker": null})), [3, 0, 0, 0, 0, 0]);
    assert_eq!(counted("Running", json!({"Worker": {"active": 9}})), [0, 9, 0, 0, 0, 0]);
    assert_eq!(counted("Failed", json!({"Worker": {"active": 1, "failed": 1}})), [0, 0, 0, 1, 2, 0], "14");
}

#[test]
fn the_phase_of_pods_decides() {
    let job = job("kubeflow.org/v1", &map_spec(&[("Worker", 8)]), &conditions(&[("Created", 1), ("Running", 2)]));
    let gone = |index, phase| {
        let mut object = pod_object("worker", index, phase);
        object["metadata"]["deletionTimestamp"] = json!(at(5));
        Pod::read(&object).unwrap()
    };
    let pods = vec![
        pod("worker", 0, "Pending"),
        pod("worker", 1, "Running"),
        pod("worker", 2, "Unknown"),
        gone(3, "Running"),
        gone(4, "Pending"),
        gone(5, "Succeeded"),
        pod("worker", 6, "Failed"),
        pod("worker", 8, "Running"),
        pod("worker", 9, "Running"),
    ];
    let found = with_pods(&job, pods);
    assert_eq!(numbers(&found.replicas[0]).1, [1, 1, 1, 1, 3, 1], "38");
    assert_eq!((found.replicas[0].surplus, codes(&found)), (2, vec!["surplus-pods"]));
    assert_eq!(with_pods(&job, vec![]).counts_from.as_str(), "pods");
    assert_eq!(numbers(&with_pods(&job, vec![]).replicas[0]).1, [0, 0, 0, 0, 0, 8]);
}

#[test]
fn types_are_matched_without_regard_to_case_and_shown_in_order() {
    let spec = map_spec(&[("zebra", 1), ("ps", 1), ("WORKER", 2), ("Custom", 1), ("evaluator", 1), ("CHIEF", 1)]);
    let mut status = conditions(&[("Running", 1)]);
    status["tfReplicaStatuses"] = json!({"Worker": {"active": 2}, "PS": {"active": 1}, "CUSTOM": {"active": 1}});
    let job = job("kubeflow.org/v1alpha2", &spec, &status);
    let found = alone(&job);
    let kinds: Vec<&str> = found.replicas.iter().map(|it| it.replica_type.as_str()).collect();
    assert_eq!(kinds, ["Chief", "Worker", "PS", "Evaluator", "Custom", "zebra"], "27, 28");
    assert_eq!((found.replicas[1].running, found.replicas[2].running, found.replicas[4].running), (2, 1, 1), "27, 28");
    let found = with_pods(&job, vec![pod("custom", 0, "Running"), pod("chief", 0, "Pending")]);
    assert_eq!(numbers(&found.replicas[4]).1, [0, 1, 0, 0, 0, 0], "28: counted");
    assert_eq!(found.chief.unwrap().replica_type.as_str(), "Chief");
    let custom = super::job("kubeflow.org/v1", &map_spec(&[("Custom", 1)]), &Value::Null);
    assert_eq!(with_pods(&custom, vec![pod("custom", 0, "Running")]).chief, None, "28: never chief");
}

#[test]
fn odd_numbers_of_replicas_derive_nothing() {
    for (replicas, desired) in [
        (Value::Null, Some(1)),
        (json!("2"), None),
        (json!(-1), None),
        (json!(1.5), None),
        (json!({}), None),
        (json!(u64::MAX), Some(u64::MAX)),
    ] {
        let mut spec = map_spec(&[("Worker", 1)]);
        spec["tfReplicaSpecs"]["Worker"]["replicas"] = replicas.clone();
        let mut status = conditions(&[("Created", 1), ("Running", 1)]);
        status["replicaStatuses"] = json!({"Worker": {"active": 1}});
        let job = job("kubeflow.org/v1", &spec, &status);
        for found in [alone(&job), with_pods(&job, vec![pod("worker", 0, "Running")])] {
            let (wanted, [_, running, _, _, unknown, missing]) = numbers(&found.replicas[0]);
            assert_eq!((wanted, running, unknown), (desired, 1, 0), "29: {replicas}");
            assert_eq!(codes(&found).contains(&"bad-replicas"), desired.is_none(), "{replicas}");
            assert!(desired.is_some() || missing == 0, "{replicas}");
            assert_eq!(found.json()["replicas"][0]["desired"], json!(desired));
        }
    }
    let spec = json!({"tfReplicaSpecs": {"Worker": {}, "PS": null, "Chief": [], "Evaluator": "x"}});
    let found = alone(&job("kubeflow.org/v1", &spec, &Value::Null));
    assert!(found.replicas.iter().all(|it| it.desired == Some(1)), "29");
}

#[test]
fn keys_of_the_list_form_have_no_case() {
    for key in ["runtimeid", "runtimeId", "RuntimeId"] {
        let spec = json!({key: "1234", "replicaSpecs": [{"replicas": 2, "TfReplicaType": "worker"}]});
        let job = job("tensorflow.org/v1alpha1", &spec, &Value::Null);
        assert_eq!(job.runtime_id.as_deref(), Some("1234"), "7");
        assert_eq!(alone(&job).json()["runtimeId"], "1234", "7");
        assert_eq!(rows(&alone(&job)), [row("Worker", 2, [0, 0, 0, 0, 2, 0])]);
    }
    let spec = json!({"replica_specs": [{"replicas": 2, "tf_replica_type": "WORKER", "tf_port": 1}]});
    for (api_version, expected) in
        [("mlkube.io/v1beta1", 1), ("tensorflow.org/v1alpha1", 0), ("kubeflow.org/v1alpha1", 0), ("kubeflow.org/v1", 0)]
    {
        let found = alone(&job(api_version, &spec, &Value::Null));
        assert_eq!(found.replicas.len(), expected, "8: {api_version}");
        assert_eq!(codes(&found).contains(&"no-replica-specs"), expected == 0, "8: {api_version}");
    }
    let both =
        json!({"replica_specs": [{}, {}], "replicaSpecs": [{}, {"tfReplicaType": "MASTER"}, {"tfReplicaType": "PS"}]});
    let found = rows(&alone(&job("mlkube.io/v1beta1", &both, &Value::Null)));
    assert_eq!(
        found.iter().map(|it| (it.0.as_str(), it.1)).collect::<Vec<_>>(),
        [("Master", Some(2)), ("PS", Some(1))]
    );
}
