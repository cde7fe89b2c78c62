//! Whatever an object holds, reading it never panics, and what is said of it keeps its shape.
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use jiff::Timestamp;
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};
use proptest::sample::{Index, select};
use serde_json::{Value, json};
use shared::tfjob::documents;
use shared::tfjob::events::EventRow;
use shared::tfjob::job::Job;
use shared::tfjob::name::JobRef;
use shared::tfjob::pod::Pod;
use shared::tfjob::select::{PodIndex, of_gone, own, selectors};
use shared::tfjob::service::choose;
use shared::tfjob::summary::{PodsSeen, Summary};

/// Words that mean something somewhere in these objects.
const WORDS: &[&str] = &[
    "name",
    "u",
    "True",
    "False",
    "Unknown",
    "Created",
    "Running",
    "Failed",
    "Succeeded",
    "Done",
    "CleanUp",
    "Creating",
    "2026-01-01T00:00:00Z",
    "-009999-01-02T01:59:59Z",
    "9999-12-30T22:00:00Z",
    "Worker",
    "MASTER",
    "ps",
    "Odd",
    "All",
    "AllWorkers",
    "tensorflow",
    "TFJob",
    "List",
    "master",
    "0",
    "-1",
    "99999999999999999999",
    "",
    "é\u{0}\n",
];

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        select(WORDS).prop_map(Value::from),
        Just(json!([])),
        Just(json!({})),
        Just(json!([{}, null, 5, "x", {"type": "Running", "status": "True", "name": "tensorflow"}])),
        Just(json!({"Worker": {"active": u64::MAX, "failed": -1}, "WORKER": {"succeeded": u64::MAX}})),
        Just(json!({"Worker": {"replicas": u64::MAX}, "worker": {"replicas": u64::MAX}, "PS": {"replicas": 1.5}})),
    ]
}

/// Puts `value` at the place that `at` points to, somewhere in `object`.
fn replace(object: &mut Value, at: Index, value: Value) {
    let mut paths = Vec::new();
    collect(object, &mut String::new(), &mut paths);
    *object.pointer_mut(at.get(paths.as_slice()).as_str()).unwrap() = value;
}

fn collect(value: &Value, path: &mut String, paths: &mut Vec<String>) {
    paths.push(path.clone());
    let length = path.len();
    let children: Vec<(String, &Value)> = match value {
        Value::Object(map) => map.iter().map(|(key, it)| (key.replace('~', "~0").replace('/', "~1"), it)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(key, it)| (key.to_string(), it)).collect(),
        _ => Vec::new(),
    };
    for (key, child) in children {
        path.push('/');
        path.push_str(&key);
        collect(child, path, paths);
        path.truncate(length);
    }
}

fn job(is_list: bool) -> Value {
    let template =
        json!({"spec": {"containers": [{"name": "tensorflow", "resources": {"limits": {"nvidia.com/gpu": 1}}}]}});
    let time = "2026-01-01T00:00:00Z";
    let metadata = json!({"name": "j", "namespace": "n", "uid": "u", "creationTimestamp": time, "labels": {"a": "b"},
        "annotations": {"kubedl.io/tensorboard-config": "{}"}});
    if is_list {
        let specs = json!([{"tfReplicaType": "MASTER", "replicas": 1, "template": template}, {"tfReplicaType": "PS"}]);
        let statuses = json!([{"tf_replica_type": "MASTER", "state": "Running", "ReplicasStates": {"Running": 1}}]);
        let spec = json!({"RuntimeId": "76no", "replicaSpecs": specs, "cleanupPodPolicy": "All",
            "terminationPolicy": {"chief": {"replicaName": "MASTER", "replicaIndex": 0}}});
        let status = json!({"phase": "Done", "state": "Failed", "reason": "x", "replicaStatuses": statuses});
        return json!({"apiVersion": "tensorflow.org/v1alpha1", "kind": "TfJob", "metadata": metadata, "spec": spec,
            "status": status});
    }
    let specs = json!({"Worker": {"replicas": 2, "template": template}, "ps": {"replicas": 1}});
    let spec = json!({"tfReplicaSpecs": specs, "cleanPodPolicy": "None", "successPolicy": "AllWorkers",
        "runPolicy": {"ttlSecondsAfterFinished": 1, "suspend": false}});
    let condition = json!({"type": "Failed", "status": "True", "reason": "x", "message": "y", "lastTransitionTime": time,
        "lastUpdateTime": time});
    let status = json!({"conditions": [condition], "replicaStatuses": {"Worker": {"active": 1}}, "startTime": time,
        "completionTime": time});
    json!({"apiVersion": "kubeflow.org/v1", "kind": "TFJob", "metadata": metadata, "spec": spec, "status": status})
}

fn pod() -> Value {
    let labels = json!({"job-name": "j", "replica-type": "worker", "replica-index": "1", "runtime_id": "76no"});
    let owner =
        json!([{"apiVersion": "kubeflow.org/v1", "kind": "TFJob", "name": "j", "uid": "u", "controller": true}]);
    let status = json!({"name": "tensorflow", "restartCount": 1, "ready": true, "state": {"running": {}},
        "lastState": {"terminated": {"exitCode": 1, "reason": "Error"}}});
    let metadata = json!({"name": "p", "namespace": "n", "uid": "p", "labels": labels, "ownerReferences": owner});
    json!({"metadata": metadata, "spec": {"containers": [{"name": "tensorflow"}], "nodeName": "n1"},
        "status": {"phase": "Running", "startTime": "2026-01-01T00:00:00Z", "containerStatuses": [status],
            "conditions": [{"type": "PodScheduled", "status": "False", "reason": "x"}]}})
}

fn look(job: &Job, pods: Vec<Pod>, now: Timestamp) {
    let mut index = PodIndex::new();
    pods.iter().cloned().for_each(|it| index.add(it));
    let _ = (index.of(job), selectors(job), of_gone(&job.name, None, pods.clone()));
    let own = own(job, pods, Some(&[]));
    for seen in [PodsSeen::Known(&own), PodsSeen::Forbidden, PodsSeen::NotAsked] {
        let summary = Summary::of(job, &seen, now);
        let found = summary.json();
        assert_eq!(found.as_object().unwrap().len(), 21);
        assert_eq!(found["replicas"].as_array().unwrap().len(), job.replicas.len());
        assert!(summary.duration_seconds.is_none_or(|it| it >= 0) && summary.age_seconds.is_none_or(|it| it >= 0));
        let _ = (summary.pods_by_trouble(), summary.state_text());
    }
}

proptest! {
    #[test]
    fn no_job_and_no_pod_panics(
        is_list in any::<bool>(),
        of_job in vec((any::<Index>(), leaf()), 0..4),
        of_pod in vec((any::<Index>(), leaf()), 0..4),
        now in select(vec![Timestamp::MIN, Timestamp::MAX, Timestamp::UNIX_EPOCH]),
    ) {
        let (mut job, mut pod) = (job(is_list), pod());
        for (at, it) in of_job {
            replace(&mut job, at, it);
        }
        for (at, it) in of_pod {
            replace(&mut pod, at, it);
        }
        let pods: Vec<Pod> = [Pod::read(&pod), Pod::read(&self::pod())].into_iter().flatten().collect();
        let _ = EventRow::read(&pod).map(|it| it.seen(now));
        if let Ok(job) = Job::read(&job) {
            look(&job, pods, now);
            let _ = choose(&job, &[pod], None).map(|it| it.proxy_url("x", true));
        }
        let text = job.to_string();
        assert_eq!(documents::read(&text).items.len(), documents::read(&text).places.len());
    }

    #[test]
    fn no_text_panics(pieces in vec(select(&[
        "apiVersion: kubeflow.org/v1\n", "kind: TFJob\n", "kind: List\n", "items:\n", "- ", "---\n", "...", "{", "}", "[", "]",
        "\n", "\r\n", "{{ x }}", "metadata: {name: a}", "\"", ":", ",", "# c\n", "%YAML 1.2\n", "\t", "local x = ", "é", "\u{feff}",
    ][..]), 0..40)) {
        let text = pieces.concat();
        let documents = documents::read(&text);
        assert_eq!(documents.items.len(), documents.places.len());
        documents.jobs().into_iter().filter_map(Result::err).for_each(|it| assert!(!it.to_string().is_empty()));
        let _ = text.parse::<JobRef>();
    }
}
