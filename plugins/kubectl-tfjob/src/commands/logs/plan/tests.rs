use serde_json::{Value, json};

use super::*;

/// Returns a pod with these containers, whose status is `state` for all of them.
fn pod(kind: &str, index: u64, containers: &[&str], phase: &str, state: &Value) -> Pod {
    let names: Vec<Value> = containers.iter().map(|it| json!({"name": it})).collect();
    let statuses: Vec<Value> =
        containers.iter().map(|it| json!({"name": it, "restartCount": 0, "state": state})).collect();
    let object = json!({
        "metadata": {"name": format!("mnist-{kind}-{index}"), "namespace": "ns", "uid": format!("{kind}{index}"), "labels": {
            "training.kubeflow.org/replica-type": kind, "training.kubeflow.org/replica-index": index.to_string(),
        }},
        "spec": {
            "containers": names, "initContainers": [{"name": "init-code"}],
        },
        "status": {
            "phase": phase, "containerStatuses": statuses,
            "initContainerStatuses": [{"name": "init-code", "state": {"terminated": {"exitCode": u8::from(phase == "Pending")}}}],
        },
    });
    Pod::read(&object).unwrap()
}

fn subject(pods: Vec<Pod>) -> Subject {
    let replicas = vec![(ReplicaType::Chief, Some(1)), (ReplicaType::Worker, Some(10))];
    let chief = Some((ReplicaType::Chief, 0));
    Subject { name: "mnist".to_owned(), namespace: "ns".to_owned(), found: None, uid: None, pods, chief, replicas }
}

fn choice(containers: Containers) -> Choice {
    Choice { replicas: Vec::new(), indices: None, chief: false, previous: false, containers }
}

fn running() -> Value {
    json!({"running": {}})
}

fn labels(plan: &Plan) -> Vec<String> {
    plan.wanted.iter().map(|it| format!("{} {}", it.stream.label, it.stream.container)).collect()
}

#[test]
fn the_training_container_is_the_one_called_so_else_the_first() {
    let pods = vec![
        pod("worker", 0, &["sidecar", "tensorflow"], "Running", &running()),
        pod("worker", 1, &["main"], "Running", &running()),
        pod("worker", 2, &["main", "side"], "Running", &running()),
    ];
    let plan = Plan::new(&subject(pods), &choice(Containers::Training)).unwrap();
    assert_eq!(labels(&plan), ["worker-0 tensorflow", "worker-1 main", "worker-2 main"]);
    assert_eq!(plan.defaulted, BTreeMap::from([("main of main, side".to_owned(), vec!["worker-2".to_owned()])]));
}

#[test]
fn all_containers_come_with_init_containers_first() {
    let pods = vec![pod("worker", 0, &["tensorflow", "sidecar"], "Running", &running())];
    let plan = Plan::new(&subject(pods), &choice(Containers::All)).unwrap();
    let expected = ["worker-0/init-code init-code", "worker-0/tensorflow tensorflow", "worker-0/sidecar sidecar"];
    assert_eq!(labels(&plan), expected);
    let lives: Vec<Life> = plan.wanted.iter().map(|it| it.life).collect();
    assert_eq!(lives, [Life::Finished, Life::Running, Life::Running]);
}

#[test]
fn replicas_are_chosen_by_type_and_number() {
    let pods: Vec<Pod> = (0..10).map(|it| pod("worker", it, &["tensorflow"], "Running", &running())).collect();
    let subject = subject(pods);
    let chosen = |kind: ReplicaType, indices: &str| {
        let choice =
            Choice { replicas: vec![kind], indices: Some(indices.parse().unwrap()), ..choice(Containers::Training) };
        Plan::new(&subject, &choice)
    };
    let plan = chosen(ReplicaType::Worker, "1-3,7").unwrap();
    assert_eq!(labels(&plan), [1, 2, 3, 7].map(|it| format!("worker-{it} tensorflow")));
    assert!(matches!(chosen(ReplicaType::PS, "0"), Err(PlanError::NoReplica { .. })));
    assert!(matches!(chosen(ReplicaType::Worker, "10"), Err(PlanError::NoReplica { .. })));
    let plan = chosen(ReplicaType::Chief, "0").unwrap();
    assert_eq!((labels(&plan).len(), plan.missing.as_slice()), (0, &["chief-0".to_owned()][..]));
}

#[test]
fn what_is_no_replica_of_the_job_is_told() {
    let pods = vec![pod("chief", 0, &["tensorflow"], "Running", &running())];
    let mut subject = subject(pods);
    for (kinds, indices, expected) in [
        (vec![], Some("1,5"), vec![]),
        (vec![], Some("1,8-12,20"), vec!["10-12", "20"]),
        (vec![ReplicaType::Chief], Some("0,5"), vec!["5"]),
        (vec![ReplicaType::Worker, ReplicaType::Evaluator], None, vec!["evaluator"]),
        (vec![], None, vec![]),
    ] {
        let indices = indices.map(|it| it.parse().unwrap());
        let choice = Choice { replicas: kinds, indices, ..choice(Containers::Training) };
        assert_eq!(choice.absent(&subject), expected);
    }
    // Of a job that is gone, its pods tell.
    subject.replicas.clear();
    let choice = Choice { indices: Some("0-1".parse().unwrap()), ..choice(Containers::Training) };
    assert_eq!(choice.absent(&subject), ["1"]);
}

#[test]
fn those_without_a_log_say_why() {
    for (state, why) in [
        (json!({"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}}), "Init:Error"),
        (json!({"waiting": {"reason": "PodInitializing"}}), "Init:Error"),
    ] {
        let plan = Plan::new(
            &subject(vec![pod("worker", 0, &["tensorflow"], "Pending", &state)]),
            &choice(Containers::Training),
        );
        let [text] = &plan.unwrap().waiting[..] else { panic!("one waits") };
        assert!(text.starts_with(&format!("worker-0 has no log: {why}")), "{text}");
        assert!(text.ends_with("`-c init-code` shows the log of its init container"), "{text}");
    }
}

#[test]
fn a_container_that_no_pod_has_is_an_error() {
    let pods = vec![pod("worker", 0, &["tensorflow"], "Running", &running())];
    let error = Plan::new(&subject(pods), &choice(Containers::Named("nosuch".to_owned()))).err().unwrap();
    assert_eq!(error.to_string(), "container nosuch is not valid for pod mnist-worker-0");
    assert_eq!(error.hint().as_deref(), Some("its containers are init-code, tensorflow"));
}
