//! A TensorBoard of our own that is there already.

use serde_json::{Value, json};

use super::board::{command, plan, pod_spec, wish, with_volumes};
use super::*;
use crate::tfjob::board::{Place, Wish, is_rolled_out};

/// Returns a Deployment as the server has it, with a pod that is ready.
fn made(spec: &Value) -> Value {
    json!({"status": {"readyReplicas": 1}, "spec": {"template": {"spec": spec}}})
}

#[test]
fn a_pod_that_works_is_left_alone_unless_it_is_replaced_anyway() {
    let volume = json!({"name": "v", "azureFile": {"secretName": "s", "readOnly": false}, "hostPath": {"path": "/d"}});
    let object = with_volumes(&json!([{"name": "v", "mountPath": "/d"}]), &json!([volume]));
    let board = plan(&object, &wish(&["/d"])).unwrap();
    let mut defaulted = pod_spec(&board);
    defaulted["restartPolicy"] = json!("Always");
    defaulted["volumes"] =
        json!([{"name": "v", "azureFile": {"secretName": "s"}, "hostPath": {"path": "/d", "type": ""}}]);
    defaulted["containers"][0]["readinessProbe"]["httpGet"]["scheme"] = json!("HTTP");
    defaulted["affinity"] = json!({"old": {}});
    let changed = |key: &str, value: &Value| {
        let mut spec = defaulted.clone();
        *spec.pointer_mut(key).unwrap() = value.clone();
        made(&spec)
    };
    let with = |key: &str| {
        let mut spec = defaulted.clone();
        spec["containers"][0][key] = json!([{"name": "KEY"}]);
        made(&spec)
    };
    let pod = Pod::read(&json!({"metadata": {"name": "p", "labels": {"job-name": "j"}}})).unwrap();
    for (deployment, is_left, what) in [
        (made(&defaulted), true, "nothing changes"),
        (with("resizePolicy"), true, "what is not ours"),
        (json!({"spec": made(&defaulted)["spec"]}), false, "it does not work"),
        (changed("/containers/0/image", &json!("other")), false, "another image"),
        (changed("/containers/0/command/1", &json!("--logdir=/d/x")), false, "another folder"),
        (changed("/volumes", &json!([])), false, "no volume"),
        (with("env"), false, "variables that are no longer wanted"),
    ] {
        let mut board = board.clone();
        board.stay(Place::With(&pod), None);
        board.stay_as(&deployment);
        assert_eq!(pod_spec(&board)["affinity"] == json!({"old": {}}), is_left, "{what}");
    }
    defaulted.as_object_mut().unwrap().remove("affinity");
    let mut board = board;
    board.stay(Place::With(&pod), Some(json!([{"operator": "Exists"}])));
    board.stay_as(&made(&defaulted));
    let spec = pod_spec(&board);
    assert_eq!((&spec["affinity"], &spec["tolerations"]), (&Value::Null, &Value::Null), "it works where it is");
}

#[test]
fn a_pod_is_what_is_asked_for_once_it_is_rolled_out() {
    let of = |observed: u64, updated: u64, ready: u64| {
        let status = json!({"observedGeneration": observed, "updatedReplicas": updated, "readyReplicas": ready});
        is_rolled_out(&json!({"metadata": {"generation": 2}, "status": status}))
    };
    assert!(of(2, 1, 1) && of(3, 1, 1));
    assert!(!of(1, 1, 1) && !of(2, 0, 1) && !of(2, 1, 0) && !is_rolled_out(&json!({"metadata": {"generation": 1}})));
}

#[test]
fn what_was_decided_before_stays() {
    let object = object("kubeflow.org/v1", &json!({"tensorboard": {"logDir": "gs://of-the-job"}}), &Value::Null);
    let old = "tensorflow/tensorflow:1.15.5";
    for (image, folders) in [
        (None, &["gs://a/$(X)"][..]),
        (None, &["train=gs://a:b", "gs://b"]),
        (Some(old), &["gs://a"]),
        (Some(old), &["a=gs://x", "gs://y/z"]),
    ] {
        let service_type = Some("NodePort".to_owned());
        let first = Wish { image: image.map(str::to_owned), service_type, ..wish(folders) };
        let board = plan(&object, &first).unwrap();
        let again = |it: Wish| it.or_as_made(Some(&board.deployment()), Some(&board.service()));
        assert_eq!(plan(&object, &again(Wish::default())).unwrap(), board, "{folders:?}");
        let other = plan(&object, &again(Wish { image: Some("i:2".to_owned()), ..wish(&["gs://other"]) })).unwrap();
        assert_eq!(command(&other), "tensorboard --logdir=gs://other --port=6006 --bind_all");
        assert_eq!(pod_spec(&other)["containers"][0]["image"], "i:2");
        assert_eq!(other.service()["spec"]["type"], "NodePort");
    }
    for deployment in [None, Some(&json!({})), Some(&made(&json!({"containers": [{"command": ["sh"]}]})))] {
        let board = plan(&object, &Wish::default().or_as_made(deployment, None)).unwrap();
        assert_eq!(command(&board), "tensorboard --logdir=gs://of-the-job --port=6006 --bind_all", "{deployment:?}");
        assert_eq!(board.service()["spec"]["type"], "ClusterIP");
    }
}
