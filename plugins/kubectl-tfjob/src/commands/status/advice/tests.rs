use jiff::Timestamp;
use serde_json::{Value, json};
use shared::tfjob::job::Job as Object;
use shared::tfjob::pod::Pod;
use shared::tfjob::select::own;
use shared::tfjob::summary::PodsSeen;

use super::*;

fn pod(kind: &str, index: u32, phase: &str, state: &Value) -> Pod {
    let labels = json!({
        "training.kubeflow.org/replica-type": kind, "training.kubeflow.org/replica-index": index.to_string(),
    });
    let owner = json!({"apiVersion": "kubeflow.org/v1", "kind": "TFJob", "name": "m", "uid": "u", "controller": true});
    Pod::read(&json!({
        "metadata": {"name": format!("m-{kind}-{index}"), "uid": format!("{kind}{index}"), "labels": labels, "ownerReferences": [owner]},
        "spec": {"containers": [{"name": "tensorflow"}]},
        "status": {"phase": phase, "containerStatuses": [{"name": "tensorflow", "restartCount": 0, "state": state}]},
    }))
    .unwrap()
}

fn summary(pods: Vec<Pod>) -> Summary {
    let replicas = json!({"Worker": {"replicas": 8, "template": {}}, "PS": {"template": {}}});
    let job = Object::read(&json!({
        "apiVersion": "kubeflow.org/v1", "kind": "TFJob", "metadata": {"name": "m", "namespace": "ns", "uid": "u"},
        "spec": {"tfReplicaSpecs": replicas},
    }))
    .unwrap();
    Summary::of(&job, &PodsSeen::Known(&own(&job, pods, None)), Timestamp::UNIX_EPOCH)
}

#[test]
fn pods_in_the_same_trouble_get_one_remedy() {
    let failed = json!({"terminated": {"exitCode": 1, "reason": "Error"}});
    let no_image = json!({"waiting": {"reason": "ImagePullBackOff"}});
    let oom = json!({"terminated": {"exitCode": 137, "reason": "OOMKilled"}});
    for (pods, expected) in [
        (vec![pod("worker", 0, "Running", &json!({"running": {}}))], &[][..]),
        (
            vec![pod("worker", 3, "Failed", &failed)],
            &["`kubectl tfjob logs m -n ns --replica Worker --index 3` shows why m-worker-3 failed"],
        ),
        (
            (0..7).map(|it| pod("worker", it, "Failed", &failed)).chain([pod("ps", 0, "Failed", &failed)]).collect(),
            &[
                "`kubectl tfjob logs m -n ns --replica Worker --index 0,1,2,3,4` shows why m-worker-0 and 6 other \
                 pods failed",
                "`kubectl tfjob logs m -n ns --replica PS --index 0` shows why m-ps-0 failed",
            ],
        ),
        (
            vec![pod("worker", 0, "Pending", &no_image), pod("worker", 1, "Pending", &no_image)],
            &["m-worker-0 and m-worker-1 have no image: check its name and tag, and the registry's pull secret"],
        ),
        (
            vec![pod("ps", 0, "Failed", &oom)],
            &["m-ps-0 ran out of memory: raise the memory limit, or make batches smaller"],
        ),
    ] {
        let summary = summary(pods);
        assert_eq!(Job { summary: &summary, place: place(&summary) }.of_pods(), expected);
    }
}

#[test]
fn what_the_autoscaler_says_about_nodes() {
    let event = |reason| EventRow::read(&json!({"reason": reason, "involvedObject": {"kind": "Pod"}})).unwrap();
    for (reasons, expected) in [
        (&[][..], None),
        (&["FailedScheduling"], None),
        (&["FailedScheduling", "TriggeredScaleUp"], Some("a node is on its way")),
        (&["TriggeredScaleUp", "NotTriggerScaleUp"], Some("no node will come")),
    ] {
        let events: Vec<EventRow> = reasons.iter().copied().map(event).collect();
        let said = of_nodes(&events);
        assert_eq!(said.is_some(), expected.is_some(), "{reasons:?}");
        assert!(expected.is_none_or(|it| said.unwrap().starts_with(it)), "{reasons:?}");
    }
}
