//! What a pod says: labels of every generation, reasons, exit codes.

use serde_json::{Value, json};

use super::*;
use crate::tfjob::replica::ReplicaType;
use crate::tfjob::summary::PodRow;

#[test]
fn labels_of_every_generation_are_found() {
    let old = |kind: &str| json!({"job_type": kind, "runtime_id": "76no", "tf_job_name": "j", "task_index": "3"});
    let new = |kind: &str| {
        json!({"training.kubeflow.org/operator-name": "tfjob-controller", "training.kubeflow.org/job-name": "j",
            "training.kubeflow.org/replica-type": kind, "training.kubeflow.org/replica-index": "3"})
    };
    let middle =
        |kind: &str| json!({"group-name": "kubeflow.org", "job-name": "j", "replica-type": kind, "replica-index": "3"});
    let both = |kind: &str| {
        let (mut labels, Value::Object(more)) = (middle(kind), new(kind)) else { panic!() };
        labels.as_object_mut().unwrap().extend(more);
        labels
    };
    let with = |mut labels: Value, key: &str, value: &str| {
        labels[key] = json!(value);
        labels
    };
    let v1alpha2 =
        json!({"group_name": "kubeflow.org", "tf_job_name": "j", "tf-replica-type": "worker", "tf-replica-index": "3"});
    let v05 =
        json!({"group-name": "kubeflow.org", "tf-job-name": "j", "tf-replica-type": "worker", "tf-replica-index": "3"});
    let branches = with(with(v05.clone(), "job-name", "j"), "controller-name", "tf-operator");
    let mkube = json!({"mlkube.io": "", "job_type": "WORKER", "runtime_id": "76no", "task_index": "3"});
    for (generation, labels, is_named, is_flat, is_newest) in [
        ("mlkube.io", mkube, false, false, false),
        ("tensorflow.org", with(old("WORKER"), "tensorflow.org", ""), true, false, false),
        ("kubeflow.org/v1alpha1", with(old("WORKER"), "kubeflow.org", ""), true, false, false),
        ("v1alpha2", v1alpha2.clone(), true, true, false),
        ("0.4", with(v1alpha2, "tf_job_role", "master"), true, true, false),
        ("0.5", with(v05, "tf-job-role", "master"), true, true, false),
        ("branches 0.7 and 1.1", with(branches, "job-role", "master"), true, true, false),
        ("1.0.1", with(middle("worker"), "job-role", "master"), true, false, false),
        ("1.4", with(both("worker"), "training.kubeflow.org/job-role", "master"), true, false, false),
        ("1.6", with(new("worker"), "training.kubeflow.org/job-role", "master"), true, false, true),
    ] {
        let has_role = labels.as_object().unwrap().keys().any(|it| it.contains("role") && it.contains("job"));
        let object = json!({"metadata": {"name": "x", "labels": labels}});
        let pod = Pod::read(&object).unwrap();
        assert_eq!((pod.replica_type.as_ref(), pod.index), (Some(&ReplicaType::Worker), Some(3)), "{generation}");
        assert_eq!(pod.job_names().any(|it| it == "j"), is_named, "{generation}");
        assert_eq!((pod.has_flat_operator(), pod.has_only_newest_labels()), (is_flat, is_newest), "{generation}");
        assert_eq!((pod.has_chief_role(), pod.is_tensorboard()), (has_role, false), "{generation}");
    }
    for labels in [
        json!({"tensorflow.org": "", "runtime_id": "76no", "tf_job_name": "j", "app": "tensorboard"}),
        json!({"release": "j", "role": "tensorboard", "app": "tfjob"}),
        json!({"replica-type": "tensorboard", "job-name": "j"}),
        json!({"app.kubernetes.io/component": "tensorboard"}),
    ] {
        assert!(Pod::read(&json!({"metadata": {"name": "x", "labels": labels}})).unwrap().is_tensorboard(), "{labels}");
    }
}

fn row(status: Value) -> PodRow {
    let mut object = pod_object("worker", 0, "Running");
    object["spec"]["initContainers"] = json!([{"name": "init-code"}]);
    object["spec"]["containers"] = json!([{"name": "sidecar"}, {"name": "tensorflow"}]);
    object["status"] = status;
    PodRow::of(&Pod::read(&object).unwrap())
}

fn of_state(phase: &str, state: &Value) -> Value {
    json!({"phase": phase, "containerStatuses": [{"name": "tensorflow", "state": state}]})
}

fn init(state: &Value) -> Value {
    json!({"phase": "Pending", "initContainerStatuses": [{"name": "init-code", "restartCount": 2, "state": state}],
        "containerStatuses": [{"name": "tensorflow", "state": {"waiting": {"reason": "PodInitializing"}}}]})
}

#[test]
fn reasons_of_pods_in_trouble() {
    let waiting = |reason: &str| of_state("Pending", &json!({"waiting": {"reason": reason, "message": "m"}}));
    let ended =
        |code: i64, reason: &str| of_state("Failed", &json!({"terminated": {"exitCode": code, "reason": reason}}));
    let evicted = json!({"phase": "Failed", "reason": "Evicted", "message": "The node was low on resource: memory."});
    let unscheduled = json!({"phase": "Pending", "conditions": [
        {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/3 nodes are available"}]});
    for (status, reason, message, exit_code, is_troubled) in [
        (evicted, Some("Evicted"), Some("The node was low on resource: memory."), None, true),
        (unscheduled, Some("Unschedulable"), Some("0/3 nodes are available"), None, true),
        (waiting("ImagePullBackOff"), Some("ImagePullBackOff"), Some("m"), None, true),
        (waiting("CreateContainerConfigError"), Some("CreateContainerConfigError"), Some("m"), None, true),
        (waiting("ContainerCreating"), Some("ContainerCreating"), None, None, false),
        (init(&json!({"terminated": {"exitCode": 2, "reason": "Error"}})), Some("Init:Error"), None, Some(2), true),
        (init(&json!({"waiting": {"reason": "CrashLoopBackOff"}})), Some("Init:CrashLoopBackOff"), None, None, true),
        (init(&json!({"running": {}})), Some("PodInitializing"), None, None, false),
        (ended(137, "OOMKilled"), Some("OOMKilled"), None, Some(137), true),
        (ended(1, "Error"), Some("Error"), None, Some(1), true),
        (ended(1, ""), Some("Error"), None, Some(1), true),
        (
            of_state("Succeeded", &json!({"terminated": {"exitCode": 0, "reason": "Completed"}})),
            None,
            None,
            Some(0),
            false,
        ),
        (of_state("Running", &json!({"running": {}})), None, None, None, false),
        (json!({"phase": "Running"}), None, None, None, false),
        (json!({"phase": "Failed"}), None, None, None, true),
        (Value::Null, None, None, None, false),
    ] {
        let row = row(status.clone());
        assert_eq!((row.reason.as_deref(), row.message.as_deref()), (reason, message), "35, 36: {status}");
        assert_eq!((row.exit_code, row.is_troubled), (exit_code, is_troubled), "35, 36: {status}");
    }
}

#[test]
fn a_container_that_was_killed_and_runs_again_tells_so() {
    let status = json!({"phase": "Running", "containerStatuses": [
        {"name": "sidecar", "restartCount": 0, "state": {"running": {}}},
        {"name": "tensorflow", "restartCount": 3, "state": {"running": {"startedAt": "x"}},
            "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}}]});
    let row = row(status.clone());
    assert_eq!((row.restarts, row.reason.as_deref(), row.exit_code), (3, Some("OOMKilled"), Some(137)), "37");
    let mut object = pod_object("worker", 0, "Running");
    object["status"] = status;
    let job = job("kubeflow.org/v1", &map_spec(&[("Worker", 1)]), &conditions(&[("Running", 1)]));
    let found = with_pods(&job, vec![Pod::read(&object).unwrap()]);
    assert_eq!(found.pods.unwrap()[0].last_end.as_deref(), Some("OOMKilled 137"), "37");
    assert_eq!(found.replicas[0].restarts, Some(3), "37");
}

#[test]
fn a_pod_on_a_lost_node_is_terminating() {
    let mut object = pod_object("worker", 0, "Running");
    object["metadata"]["deletionTimestamp"] = json!(at(5));
    let lost = PodRow::of(&Pod::read(&object).unwrap());
    assert_eq!(
        (lost.status(), lost.reason.as_deref(), lost.phase.as_deref()),
        ("Terminating", Some("Terminating"), Some("Running")),
        "38"
    );
    object["status"]["reason"] = json!("NodeLost");
    assert_eq!(PodRow::of(&Pod::read(&object).unwrap()).reason.as_deref(), Some("NodeLost"), "38");
    assert_eq!(PodRow::of(&pod("worker", 0, "Running")).status(), "Running");
}

#[test]
fn pods_in_trouble_are_shown_first_and_a_pending_chief_before_them() {
    let job = job("kubeflow.org/v1", &map_spec(&[("Chief", 1), ("Worker", 2)]), &conditions(&[("Created", 1)]));
    let pods = vec![pod("chief", 0, "Pending"), pod("worker", 0, "Running"), pod("worker", 1, "Failed")];
    let found = with_pods(&job, pods);
    let order: Vec<&str> = found.pods_by_trouble().iter().map(|it| it.name.as_str()).collect();
    assert_eq!(order, ["j-chief-0", "j-worker-1", "j-worker-0"], "20");
    assert_eq!(codes(&found), ["chief-pending"], "20");
    let keys: Vec<String> = found.json()["pods"][0].as_object().unwrap().keys().cloned().collect();
    assert_eq!(keys, ["name", "type", "index", "phase", "ready", "restarts", "node", "reason", "message", "exitCode"]);
}

#[test]
fn the_fields_of_a_summary_are_those_of_the_contract() {
    let found = with_pods(&job("kubeflow.org/v1", &map_spec(&[("Chief", 1)]), &Value::Null), vec![]).json();
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    assert_eq!(
        keys(&found),
        "name namespace apiVersion kind uid state reason message stateSince runtimeId createdAt startedAt finishedAt \
         durationSeconds chief replicas countsFrom pods cleanPodPolicy tensorboard notes"
    );
    assert_eq!(keys(&found["chief"]), "type index pod phase exitCode");
    assert_eq!(keys(&found["replicas"][0]), "type desired pending running succeeded failed unknown missing restarts");
    assert_eq!((&found["createdAt"], &found["pods"]), (&json!(at(0)), &json!([])));
}

#[test]
fn what_is_no_pod_is_none() {
    for value in
        [Value::Null, json!([]), json!({}), json!({"metadata": {"name": 5}}), json!({"metadata": {"name": ""}})]
    {
        assert_eq!(Pod::read(&value), None);
    }
    let bare =
        Pod::read(&json!({"metadata": {"name": "x", "labels": {"replica-index": "-1", "replica-type": ""}}})).unwrap();
    assert_eq!((bare.replica_type.clone(), bare.index, bare.phase.as_str(), bare.restarts()), (None, None, "", 0));
}
