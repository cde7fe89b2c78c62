//! Notes that the objects of real operators do not bring up.

use serde_json::{Value, json};

use super::*;
use crate::tfjob::notes::{CODES, job_not_found};

fn text(summary: &Summary, code: &str) -> String {
    summary.notes.iter().find(|it| it.code == code).map(ToString::to_string).unwrap_or_default()
}

fn finished(kind: &str, spec: &Value) -> Job {
    let mut status = conditions(&[("Created", 1), (kind, 2)]);
    (status["startTime"], status["completionTime"]) = (json!(at(1)), json!(at(2)));
    job("kubeflow.org/v1", spec, &status)
}

#[test]
fn policies_are_read_from_the_run_policy_first() {
    let mut spec = map_spec(&[("Worker", 1)]);
    spec["cleanPodPolicy"] = json!("None");
    spec["runPolicy"] = json!({"cleanPodPolicy": "All"});
    let found = alone(&finished("Succeeded", &spec));
    assert_eq!((found.json()["cleanPodPolicy"].clone(), codes(&found)), (json!("All"), vec!["flat-policy"]), "31");
    assert!(text(&found, "flat-policy").contains("ignored by operators from 1.0.1; use spec.runPolicy"), "31");

    spec["runPolicy"] = Value::Null;
    let job = finished("Succeeded", &spec);
    assert_eq!(alone(&job).json()["cleanPodPolicy"], "None");
    let mut flat = pod_object("worker", 0, "Succeeded");
    flat["metadata"]["labels"] = json!({"job-name": "j", "tf-replica-type": "worker", "tf-replica-index": "0"});
    let found = with_pods(&job, vec![Pod::read(&flat).unwrap()]);
    assert_eq!(
        (found.json()["cleanPodPolicy"].clone(), codes(&found)),
        (json!("None"), vec![]),
        "an operator before 1.0.1"
    );
    flat["metadata"]["labels"] = json!({"job-name": "j", "replica-type": "worker", "replica-index": "0"});
    let found = with_pods(&job, vec![Pod::read(&flat).unwrap()]);
    assert_eq!(found.json()["cleanPodPolicy"], "Running", "ignored: the default of 1.0.1 to 1.5");
    let found = with_pods(&job, vec![pod("worker", 0, "Succeeded")]);
    assert_eq!(found.json()["cleanPodPolicy"], "None", "ignored: the default of 1.6 on");
    for (api_version, is_noted) in [("kubeflow.org/v1beta2", false), ("training.kubedl.io/v1alpha1", false)] {
        let found = alone(&super::job(api_version, &spec, &conditions(&[("Running", 1)])));
        assert_eq!(
            (codes(&found).contains(&"flat-policy"), found.json()["cleanPodPolicy"].clone()),
            (is_noted, json!("None"))
        );
    }
}

#[test]
fn unset_policies_are_those_of_the_operator() {
    let policy = |api_version: &str, pods: Option<Vec<Pod>>| {
        let job = job(api_version, &map_spec(&[("Worker", 1)]), &Value::Null);
        pods.map_or_else(|| alone(&job), |it| with_pods(&job, it)).json()["cleanPodPolicy"].clone()
    };
    for (api_version, expected) in [
        ("mlkube.io/v1beta1", json!("None")),
        ("tensorflow.org/v1alpha1", json!("None")),
        ("kubeflow.org/v1alpha1", json!("All")),
        ("kubeflow.org/v1alpha2", json!("Running")),
        ("kubeflow.org/v1beta2", json!("Running")),
        ("kubeflow.org/v1", Value::Null),
        ("training.kubedl.io/v1alpha1", Value::Null),
    ] {
        assert_eq!(policy(api_version, None), expected, "{api_version}");
    }
    assert_eq!(policy("kubeflow.org/v1", Some(vec![])), Value::Null);
    assert_eq!(policy("kubeflow.org/v1", Some(vec![pod("worker", 0, "Running")])), "None");
    let mut both = pod_object("worker", 0, "Running");
    both["metadata"]["labels"]["replica-type"] = json!("worker");
    assert_eq!(policy("kubeflow.org/v1", Some(vec![Pod::read(&both).unwrap()])), "Running", "1.4 and 1.5");
}

#[test]
fn a_job_outlives_its_time_to_live() {
    for (ttl, expected) in [(60, true), (3600, false), (0, true)] {
        for key in ["ttlSecondsAfterFinished", "runPolicy"] {
            let mut spec = map_spec(&[("Worker", 1)]);
            spec[key] = if key == "runPolicy" { json!({"ttlSecondsAfterFinished": ttl}) } else { json!(ttl) };
            let found = alone(&finished("Succeeded", &spec));
            assert_eq!(
                (found.state.as_str(), codes(&found).contains(&"ttl-passed")),
                ("Succeeded", expected),
                "33: {ttl}"
            );
        }
    }
    let mut spec = map_spec(&[("Worker", 1)]);
    spec["ttlSecondsAfterFinishing"] = json!(1);
    assert_eq!(codes(&alone(&finished("Succeeded", &spec))), [""; 0], "a wrong name");
}

#[test]
fn specs_that_cannot_work() {
    let spec = json!({"tfReplicaSpecs": {
        "Chief": {"replicas": 2, "template": template()},
        "Worker": {"replicas": "many", "template": {"spec": {"containers": [
            {"name": "main", "resources": {"requests": {"alpha.kubernetes.io/nvidia-gpu": 1}}}]}}},
        "PS": {"template": null},
    }});
    let found = alone(&job("kubeflow.org/v1", &spec, &conditions(&[("Created", 1)])));
    let expected = ["bad-replicas", "no-tensorflow-container", "bad-chief-count", "dead-gpu-resource"];
    assert_eq!(codes(&found), expected);
    assert!(text(&found, "no-tensorflow-container").contains("Worker, PS"));
    assert!(text(&found, "dead-gpu-resource").contains("`nvidia.com/gpu`"));
    for (replicas, noted) in [
        (vec![("PS", 1), ("Evaluator", 1)], vec!["never-finishes"]),
        (vec![("Worker", 0), ("PS", 1)], vec!["zero-workers"]),
        (vec![("Worker", 0), ("Chief", 1)], vec![]),
        (vec![("Worker", 1)], vec![]),
        (vec![("Master", 0)], vec!["bad-chief-count"]),
    ] {
        let found = alone(&job("kubeflow.org/v1", &map_spec(&replicas), &conditions(&[("Created", 1)])));
        assert_eq!(codes(&found), noted, "18, 19: {replicas:?}");
    }
    assert_eq!(codes(&alone(&finished("Succeeded", &map_spec(&[("PS", 1)])))), [""; 0], "18: finished");
}

#[test]
fn names_must_be_dns_labels() {
    for (name, is_noted) in [("mnist-1", false), ("a.b", true), ("1a", true), ("a-", true)] {
        let mut object = object("kubeflow.org/v1", &map_spec(&[("Worker", 1)]), &conditions(&[("Running", 1)]));
        object["metadata"]["name"] = json!(name);
        let found = alone(&Job::read(&object).unwrap());
        assert_eq!(codes(&found).contains(&"name-not-dns-label"), is_noted, "47: {name}");
    }
}

#[test]
fn pods_that_are_gone_are_counted_with_the_reason() {
    let spec = map_spec(&[("Worker", 3)]);
    let found = with_pods(&finished("Succeeded", &spec), vec![pod("worker", 0, "Succeeded")]);
    assert_eq!(
        text(&found, "pods-deleted"),
        "pods-deleted: 2 pods were deleted, their logs are gone (cleanPodPolicy None: not by the operator)",
        "12"
    );
    let found = with_pods(&finished("Failed", &spec), vec![]);
    let expected = "pods-deleted: 3 pods were deleted, their logs are gone (cleanPodPolicy not set (operator default))";
    assert_eq!(text(&found, "pods-deleted"), expected, "15");
    let mut suspended = conditions(&[("Created", 1), ("Suspended", 2)]);
    suspended["replicaStatuses"] = json!({"Worker": {}});
    let found = with_pods(&job("kubeflow.org/v1", &spec, &suspended), vec![]);
    assert!(text(&found, "pods-deleted").ends_with("(the job is suspended)"), "22");
    let found = with_pods(&job("kubeflow.org/v1", &spec, &conditions(&[("Created", 1), ("Running", 2)])), vec![]);
    assert_eq!(codes(&found), [""; 0], "running");
}

#[test]
fn a_status_that_lags_behind_the_chief() {
    for (state, phase, all_workers, expected) in [
        ("Created", "Pending", false, false),
        ("Created", "Running", false, true),
        ("Created", "Failed", false, true),
        ("Running", "Running", false, false),
        ("Running", "Succeeded", false, true),
        ("Running", "Succeeded", true, false),
        ("Running", "Failed", true, true),
        ("Restarting", "Failed", false, false),
    ] {
        let mut spec = map_spec(&[("Worker", 1)]);
        spec["successPolicy"] = if all_workers { json!("AllWorkers") } else { json!("") };
        let job = job("kubeflow.org/v1", &spec, &conditions(&[(state, 1)]));
        let found = with_pods(&job, vec![pod("worker", 0, phase)]);
        assert_eq!(codes(&found).contains(&"status-lags"), expected, "{state} {phase} {all_workers}");
    }
}

#[test]
fn forbidden_pods_cost_only_their_part() {
    let mut status = conditions(&[("Created", 1), ("Running", 2)]);
    status["replicaStatuses"] = json!({"Worker": {"active": 1}});
    let job = job("kubeflow.org/v1", &map_spec(&[("Worker", 2)]), &status);
    let found = Summary::of(&job, &PodsSeen::Forbidden, now());
    assert_eq!(
        text(&found, "pods-forbidden"),
        "pods-forbidden: pods: forbidden (need list pods in namespace ns)",
        "50"
    );
    assert_eq!(
        (found.json()["countsFrom"].clone(), found.json()["pods"].clone()),
        (json!("status"), Value::Null),
        "50"
    );
    assert_eq!(found.json()["chief"]["pod"], "j-worker-0", "50");
}

#[test]
fn both_ends_at_once_are_a_failure() {
    let mut status = conditions(&[("Created", 1), ("Succeeded", 3), ("Failed", 3)]);
    status["replicaStatuses"] = json!({"Chief": {"succeeded": 1}, "PS": {"failed": 1}});
    let found = alone(&job("kubeflow.org/v1", &map_spec(&[("Chief", 1), ("PS", 1)]), &status));
    let note = "also-succeeded: chief succeeded; PS failed";
    assert_eq!((found.state.as_str(), text(&found, "also-succeeded").as_str()), ("Failed", note), "13");
}

#[test]
fn every_code_is_known_once() {
    let mut codes = CODES.to_vec();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), CODES.len());
    assert_eq!(job_not_found(1).to_string(), "job-not-found: the job is gone, 1 pod is left", "44");
}
