//! Which pods belong to a job.

use serde_json::{Value, json};

use super::*;
use crate::tfjob::chief::Chief;
use crate::tfjob::select::{self, LIST_SELECTORS, PodIndex, gone_selectors, needs_batch_jobs, of_gone, selectors};

fn v1(replicas: &[(&str, u64)]) -> Job {
    job("kubeflow.org/v1", &map_spec(replicas), &Value::Null)
}

fn named(name: &str, api_version: &str, spec: &Value) -> Job {
    let mut object = object(api_version, spec, &Value::Null);
    object["metadata"]["name"] = json!(name);
    Job::read(&object).unwrap()
}

/// Returns a pod of the job `j` whose controller is this one.
fn owned_by(kind: &str, name: &str, uid: &str, pod: &str) -> Value {
    let mut object = pod_object("worker", 0, "Running");
    object["metadata"]["name"] = json!(pod);
    object["metadata"]["uid"] = json!(pod);
    object["metadata"]["ownerReferences"] =
        json!([{"apiVersion": "kubeflow.org/v1", "kind": kind, "name": name, "uid": uid, "controller": true}]);
    object
}

fn read(objects: &[Value]) -> Vec<Pod> {
    objects.iter().map(|it| Pod::read(it).unwrap()).collect()
}

#[test]
fn selectors_are_those_of_the_form() {
    let texts = |job: &Job| selectors(job).into_iter().map(Option::unwrap_or_default).collect::<Vec<_>>().join(" ");
    let all = "training.kubeflow.org/job-name=j job-name=j tf-job-name=j tf_job_name=j";
    assert_eq!(texts(&v1(&[])), all);
    assert_eq!(texts(&job("kubeflow.org/v1alpha2", &Value::Null, &Value::Null)), all);
    assert_eq!(texts(&job("training.kubedl.io/v1alpha1", &Value::Null, &Value::Null)), all);
    assert_eq!(texts(&job("kubeflow.org/v1alpha1", &list_spec(&[]), &Value::Null)), "runtime_id=76no");
    assert_eq!(texts(&job("kubeflow.org/v1alpha1", &json!({"RuntimeId": ""}), &Value::Null)), "tf_job_name=j");
    assert_eq!(texts(&job("kubeflow.org/v1alpha1", &json!({"RuntimeId": "a,b"}), &Value::Null)), "tf_job_name=j");
    assert_eq!(texts(&named("a.b", "kubeflow.org/v1", &Value::Null)).split(' ').nth(1), Some("job-name=a.b"), "47");
    let long = "x".repeat(70);
    assert_eq!(selectors(&named(&long, "kubeflow.org/v1", &Value::Null)), [None], "48");
    assert_eq!(selectors(&named(&long, "kubeflow.org/v1alpha1", &Value::Null)), [None], "48");
    assert_eq!((gone_selectors(&long), gone_selectors("j").len()), (vec![None], 4), "48");
    let found = alone(&named(&long, "kubeflow.org/v1", &map_spec(&[("Worker", 1)])));
    let note = found.notes.iter().find(|it| it.code == "name-not-dns-label").unwrap().to_string();
    assert!(note.contains("name too long, the operator cannot create pods"), "48: {note}");
    assert_eq!(
        LIST_SELECTORS.map(|it| it.0).join(" "),
        "training.kubeflow.org/job-name job-name,group-name tf-job-name tf_job_name"
    );
}

#[test]
fn only_the_uid_of_the_controller_counts() {
    let mut unowned = owned_by("Job", "j", "b", "unowned");
    unowned["metadata"]["ownerReferences"] = Value::Null;
    let mut elsewhere = owned_by("Job", "j", "b", "elsewhere");
    elsewhere["metadata"]["namespace"] = json!("other");
    let mut board = owned_by("TFJob", "j", "u", "board");
    board["metadata"]["labels"]["role"] = json!("tensorboard");
    let mut other = owned_by("TFJob", "k", "other", "k-worker-0");
    other["metadata"]["labels"] = json!({"job-name": "k", "replica-type": "worker", "replica-index": "0"});
    let objects = [
        owned_by("TFJob", "j", "u", "own"),
        owned_by("Job", "j", "batch", "41"),
        owned_by("PyTorchJob", "j", "torch", "42"),
        owned_by("TFJob", "j", "earlier", "43"),
        owned_by("TFJob", "j", "u", "own"),
        unowned,
        elsewhere,
        board,
        other,
    ];
    let job = v1(&[("Worker", 1)]);
    let found = own(&job, read(&objects), None);
    assert_eq!((names(&found), found.foreign), (vec!["own"], 4), "41, 42, 43, 45");
    let summary = with_pods(&job, read(&objects));
    let note = summary.notes.iter().find(|it| it.code == "foreign-pods").unwrap();
    assert!(note.message.starts_with("4 pods bear"), "43: {note}");
    let mut index = PodIndex::new();
    for pod in read(&objects) {
        index.add(pod);
    }
    assert_eq!(index.of(&job), found, "of many");
}

#[test]
fn names_are_never_prefixes() {
    let mut object = owned_by("TFJob", "train-worker", "tw", "train-worker-worker-0");
    object["metadata"]["labels"]["training.kubeflow.org/job-name"] = json!("train-worker");
    let train = named("train", "kubeflow.org/v1", &map_spec(&[("Worker", 1)]));
    let found = own(&train, read(&[object.clone()]), None);
    assert_eq!((found.pods.len(), found.foreign), (0, 0), "46");
    assert_eq!(of_gone("train", None, read(&[object])).pods.len(), 0, "46");
}

#[test]
fn two_hundred_workers_come_in_order() {
    let mut pods: Vec<Pod> = (0..200).map(|it| pod("worker", it * 77 % 200, "Running")).collect();
    pods.extend([
        pod("zeta", 0, "Running"),
        pod("ps", 0, "Running"),
        pod("evaluator", 0, "Running"),
        pod("chief", 0, "Running"),
    ]);
    let found = own(&v1(&[("Worker", 200)]), pods, None);
    let workers: Vec<String> = (0..200).map(|it| format!("j-worker-{it}")).collect();
    assert_eq!(names(&found)[1..201], workers, "39");
    assert_eq!((names(&found)[0], &names(&found)[201..]), ("j-chief-0", &["j-ps-0", "j-evaluator-0", "j-zeta-0"][..]));
    let summary = with_pods(&v1(&[("Worker", 200)]), found.pods);
    assert_eq!((summary.replicas[0].running, summary.replicas[0].missing), (200, 0), "39");
}

#[test]
fn pods_of_2017_are_reached_by_way_of_batch_jobs() {
    let spec = list_spec(&[("MASTER", 1), ("WORKER", 3)]);
    let job = job("tensorflow.org/v1alpha1", &spec, &Value::Null);
    let old = |name: &str, index: u64, batch: Option<&str>, runtime_id: &str| {
        let mut object = owned_by("Job", "x", batch.unwrap_or_default(), name);
        object["metadata"]["labels"] = json!({"tensorflow.org": "", "job_type": "WORKER", "runtime_id": runtime_id,
            "tf_job_name": "j", "task_index": index.to_string()});
        if batch.is_none() {
            object["metadata"]["ownerReferences"] = json!([]);
        }
        object
    };
    let batch = |uid: &str, owner: Option<&str>| {
        let owners = owner.map(|it| json!([{"kind": "TfJob", "name": "j", "uid": it, "controller": true}]));
        json!({"metadata": {"name": uid, "uid": uid, "ownerReferences": owners}})
    };
    let jobs = [batch("b1", Some("u")), batch("b2", Some("other")), batch("b3", None), json!(5)];
    let mut other_name = old("same-run-by-chance", 2, None, "76no");
    other_name["metadata"]["labels"]["tf_job_name"] = json!("k");
    let objects = [
        old("by-job", 0, Some("b1"), "76no"),
        old("of-other", 0, Some("b2"), "76no"),
        old("job-without-owner", 1, Some("b3"), "76no"),
        old("without-owner", 2, None, "76no"),
        old("other-run", 2, None, "zzzz"),
        other_name,
    ];
    let found = own(&job, read(&objects), Some(&jobs));
    assert_eq!((names(&found), found.foreign), (vec!["by-job", "job-without-owner", "without-owner"], 1));
    let blind = own(&job, read(&objects), None);
    assert_eq!((blind.pods.len() + blind.previous.len(), blind.foreign), (4, 0), "labels alone");
    assert!(needs_batch_jobs(&job) && !needs_batch_jobs(&v1(&[])));
    let direct = super::job("kubeflow.org/v1alpha1", &spec, &Value::Null);
    assert!(!needs_batch_jobs(&direct));
    assert_eq!(own(&direct, read(&objects), Some(&jobs)).pods.len(), 0);
}

#[test]
fn the_newest_pod_of_an_index_counts() {
    let attempt = |name: &str, started: Option<String>, created: u32, phase: &str| {
        let mut object = owned_by("TFJob", "j", "u", name);
        object["metadata"]["creationTimestamp"] = json!(at(created));
        object["metadata"]["labels"] =
            json!({"kubeflow.org": "", "job_type": "MASTER", "task_index": "0", "tf_job_name": "j"});
        object["status"] = json!({"phase": phase, "startTime": started});
        Pod::read(&object).unwrap()
    };
    let spec = list_spec(&[("MASTER", 1)]);
    let job = job("kubeflow.org/v1alpha1", &spec, &json!({"phase": "Running"}));
    let pods = vec![
        attempt("new", Some(at(9)), 8, "Running"),
        attempt("old", Some(at(2)), 1, "Failed"),
        attempt("first", Some(at(1)), 0, "Failed"),
    ];
    let found = own(&job, pods.clone(), None);
    assert_eq!((names(&found), found.previous.len()), (vec!["new"], 2));
    let summary = with_pods(&job, pods);
    assert_eq!((summary.replicas[0].running, summary.replicas[0].failed, summary.previous_attempts), (1, 0, 2));
    assert_eq!(summary.chief.unwrap().phase.as_deref(), Some("Running"));
    let waiting = vec![attempt("failed", Some(at(9)), 8, "Failed"), attempt("made-anew", None, 10, "Pending")];
    assert_eq!(names(&own(&job, waiting, None)), ["made-anew"]);
}

#[test]
fn a_job_that_is_gone_left_the_pods_of_its_newest_run() {
    let left = |uid: &str, pod: &str, minute: u32| {
        let mut object = owned_by("TFJob", "j", uid, pod);
        object["metadata"]["creationTimestamp"] = json!(at(minute));
        object
    };
    let mut kubedl = left("d", "d-0", 9);
    kubedl["metadata"]["ownerReferences"][0]["apiVersion"] = json!("training.kubedl.io/v1alpha1");
    let objects = [
        left("a", "a-0", 1),
        left("b", "b-1", 5),
        left("b", "b-0", 2),
        owned_by("PyTorchJob", "j", "t", "t-0"),
        kubedl,
    ];
    let found = of_gone("j", Some("kubeflow.org"), read(&objects));
    assert_eq!((found.uid.as_deref(), found.pods.len(), found.others), (Some("b"), 2, 1), "44");
    assert_eq!(found.api_version.as_deref(), Some("kubeflow.org/v1"));
    assert_eq!(of_gone("j", None, read(&objects)).uid.as_deref(), Some("d"), "44");
    assert_eq!(of_gone("k", None, read(&objects)), select::GonePods::default());
}

#[test]
fn the_chief_is_the_marked_pod_or_the_first_of_its_type() {
    let marked = |kind: &str, index: u64| {
        let mut object = pod_object(kind, index, "Running");
        object["metadata"]["labels"]["training.kubeflow.org/job-role"] = json!("master");
        Pod::read(&object).unwrap()
    };
    for (spec, pods, expected) in [
        (vec![("Chief", 1), ("Master", 1), ("Worker", 1)], vec![], Some("j-chief-0")),
        (vec![("Chief", 1), ("Master", 1)], vec![marked("master", 0), marked("chief", 0)], Some("j-chief-0")),
        (vec![("Chief", 1), ("Master", 1)], vec![marked("master", 0), pod("chief", 0, "Running")], Some("j-master-0")),
        (vec![("Chief", 2)], vec![marked("chief", 1), marked("chief", 0)], Some("j-chief-0")),
        (vec![("Chief", 2)], vec![marked("chief", 1)], Some("j-chief-1")),
        (vec![("Master", 1), ("Worker", 2)], vec![], Some("j-master-0")),
        (vec![("Worker", 2)], vec![pod("worker", 1, "Running")], Some("j-worker-0")),
        (vec![("Worker", 0), ("PS", 1)], vec![], None),
        (vec![("PS", 1), ("Evaluator", 1)], vec![], None),
        (vec![("Custom", 1)], vec![marked("custom", 0)], None),
        (vec![], vec![], None),
    ] {
        let job = v1(&spec);
        let chief = Chief::of(&job, Some(&own(&job, pods, None)));
        assert_eq!(chief.and_then(|it| it.pod).as_deref(), expected, "30: {spec:?}");
        let is_twice = spec.iter().filter(|it| it.0 == "Chief" || it.0 == "Master").count() == 2;
        assert_eq!(codes(&alone(&job)).contains(&"two-chiefs"), is_twice, "30: {spec:?}");
    }
}

#[test]
fn the_list_form_names_its_chief() {
    let with = |policy: Value, replicas: &[(&str, u64)]| {
        let mut spec = list_spec(replicas);
        spec["terminationPolicy"] = policy;
        let job = job("kubeflow.org/v1alpha1", &spec, &json!({"phase": "Running"}));
        let chief = Chief::of(&job, None).map(|it| format!("{} {} {:?}", it.replica_type, it.index, it.pod));
        (chief.unwrap_or_default(), codes(&alone(&job)).contains(&"chief-not-in-spec"))
    };
    let worker = json!({"chief": {"replicaName": "WORKER", "replicaIndex": 1}});
    assert_eq!(with(Value::Null, &[("MASTER", 1)]), ("Master 0 None".to_owned(), false));
    assert_eq!(with(json!({"chief": {}}), &[("MASTER", 1)]), ("Master 0 None".to_owned(), false));
    assert_eq!(with(worker.clone(), &[("WORKER", 2)]), ("Worker 1 None".to_owned(), false));
    assert_eq!(with(worker, &[("MASTER", 1)]), (String::new(), true));
    assert_eq!(with(Value::Null, &[("WORKER", 1)]), (String::new(), true));
}

#[test]
fn the_same_name_in_many_namespaces_costs_nothing_extra() {
    let mut index = PodIndex::new();
    let place = |object: &mut Value, number: u32| {
        object["metadata"]["namespace"] = json!(format!("n{number}"));
        object["metadata"]["uid"] = json!(format!("u{number}"));
    };
    for number in 0..2000 {
        let mut pod = owned_by("TFJob", "j", &format!("u{number}"), "j-worker-0");
        place(&mut pod, number);
        index.add(Pod::read(&pod).unwrap());
    }
    for number in 0..2000 {
        let mut object = object("kubeflow.org/v1", &map_spec(&[("Worker", 1)]), &Value::Null);
        place(&mut object, number);
        let job = Job::read(&object).unwrap();
        let found = index.of(&job);
        assert_eq!((found.pods.len(), found.foreign), (1, 0), "72, 74: {number}");
        assert_eq!(found.pods[0].namespace, job.namespace, "72");
    }
}
