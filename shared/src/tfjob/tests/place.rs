//! Where a TensorBoard has to run, so that it gets its volumes.

use serde_json::{Value, json};

use super::*;
use crate::tfjob::board::{Access, Board, BoardError, Place, Wish};

/// Returns a plan whose logs are on a volume that chief and PS have, and the evaluator has not.
fn board(volume: &Value, access: Access) -> Board {
    let of = |volumes: Value| {
        let container = json!({"name": "tensorflow", "volumeMounts": [{"name": "v", "mountPath": "/d"}]});
        json!({"replicas": 1, "template": {"spec": {"containers": [container], "volumes": volumes}}})
    };
    let own = || of(json!([volume]));
    let spec = json!({"tfReplicaSpecs": {"Chief": own(), "PS": own(), "Evaluator": of(json!([]))}});
    let object = object("kubeflow.org/v1", &spec, &Value::Null);
    let wish = Wish { folders: vec!["/d".parse().unwrap()], ..Wish::default() };
    let mut board = Board::plan(&object, &Job::read(&object).unwrap(), &wish).unwrap();
    board.claims.iter_mut().for_each(|it| it.access = access);
    board
}

/// Returns pods, each written as `type index phase node`; a phase of `Going` is a pod that is being deleted.
fn pods(texts: &[&str]) -> Vec<Pod> {
    let pod = |text: &&str| {
        let words: Vec<&str> = text.split(' ').collect();
        let (phase, deleted) = if words[2] == "Going" { ("Running", json!(NOW)) } else { (words[2], Value::Null) };
        let labels =
            json!({"training.kubeflow.org/replica-type": words[0], "training.kubeflow.org/replica-index": words[1]});
        let metadata =
            json!({"name": format!("{}-{}", words[0], words[1]), "labels": labels, "deletionTimestamp": deleted});
        Pod::read(&json!({"metadata": metadata, "spec": {"nodeName": words.get(3)}, "status": {"phase": phase}}))
            .unwrap()
    };
    texts.iter().map(pod).collect()
}

/// Returns a place in words: `with POD`, `on NODE`, or nothing.
fn in_words(place: Place<'_>) -> String {
    match place {
        Place::Anywhere => String::new(),
        Place::With(pod) => format!("with {}", pod.name),
        Place::On { node, .. } => format!("on {node}"),
    }
}

#[test]
fn a_claim_of_one_node_is_where_a_pod_has_it_or_waits_for_it() {
    let board = board(&json!({"name": "v", "persistentVolumeClaim": {"claimName": "c"}}), Access::OneNode);
    assert!(board.is_bound());
    for (texts, expected) in [
        (&["chief 0 Running n1", "ps 0 Running n1"][..], "with chief-0"),
        (&["chief 0 Pending"], "with chief-0"),
        (&["chief 0 Pending", "ps 0 Pending n2"], "with ps-0"),
        (&["chief 0 Succeeded n1", "ps 0 Running n2"], "with ps-0"),
        (&["chief 0 Going n1"], ""),
        (&["chief 0 Failed n1", "evaluator 0 Running n2"], ""),
        (&[], ""),
    ] {
        let pods = pods(texts);
        assert_eq!(in_words(board.place(&pods).unwrap()), expected, "{texts:?}");
    }
}

#[test]
fn a_folder_of_a_node_is_where_the_first_pod_ran() {
    let board = board(&json!({"name": "v", "hostPath": {"path": "/d"}}), Access::Many);
    assert!(board.is_bound());
    for (texts, expected) in [
        (&["chief 0 Running n1"][..], "with chief-0"),
        (&["chief 0 Succeeded n1", "chief 1 Running n2"], "on n1"),
        (&["chief 0 Going n1"], "on n1"),
        (&["chief 0 Pending", "chief 1 Running n2"], "with chief-1"),
        (&["chief 0 Failed", "chief 1 Pending"], "with chief-1"),
        (&["ps 0 Running n1"], ""),
    ] {
        let pods = pods(texts);
        assert_eq!(in_words(board.place(&pods).unwrap()), expected, "{texts:?}");
    }
}

#[test]
fn a_claim_of_one_pod_is_free_when_no_pod_has_it() {
    let board = board(&json!({"name": "v", "persistentVolumeClaim": {"claimName": "c"}}), Access::OnePod);
    for (texts, expected) in
        [(&["ps 0 Pending"][..], Some("ps-0")), (&["chief 0 Succeeded n1", "evaluator 0 Running n1"], None)]
    {
        let pods = pods(texts);
        let error = |pod: &str| BoardError::OnePod { claim: "c".to_owned(), pod: pod.to_owned() };
        assert_eq!(board.place(&pods), expected.map_or(Ok(Place::Anywhere), |it| Err(error(it))), "{texts:?}");
    }
}

#[test]
fn claims_that_anybody_may_mount_bind_to_nothing() {
    for (modes, expected) in [
        (&["ReadWriteOnce"][..], Access::OneNode),
        (&["ReadWriteOncePod"], Access::OnePod),
        (&["ReadWriteOnce", "ReadOnlyMany"], Access::Many),
        (&["ReadWriteMany"], Access::Many),
        (&[], Access::Many),
    ] {
        assert_eq!(Access::of(&json!({"spec": {"accessModes": modes}})), expected, "{modes:?}");
    }
    let board = board(&json!({"name": "v", "persistentVolumeClaim": {"claimName": "c"}}), Access::Many);
    assert!(!board.is_bound() && board.place(&pods(&["chief 0 Running n1"])) == Ok(Place::Anywhere));
}
