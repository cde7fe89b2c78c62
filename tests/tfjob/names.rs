//! Names that could be taken for one another.

use serde_json::Value;
use support::bed::Job;

use crate::{World, codes};

fn pods(status: &Value) -> Vec<&str> {
    status["pods"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect()
}

#[test]
fn a_name_that_begins_another() {
    let Some(world) = World::new() else { return };
    for name in ["train", "train-worker"] {
        world.space.apply(&Job::new(name).replica("Worker", 1).to_string());
    }
    world.await_state("train-worker", "Running");
    let status = world.await_state("train", "Running");
    assert_eq!(pods(&status), ["train-worker-0"]);
    assert_eq!(pods(&world.status("train-worker")), ["train-worker-worker-0"]);
}

#[test]
fn other_kinds_of_the_same_name() {
    let Some(world) = World::new() else { return };
    world.space.apply(&Job::new("mnist").replica("Worker", 1).to_string());
    world.space.apply(&Job::pytorch("mnist").replica("Master", 1).to_string());
    world.space.apply(
        "apiVersion: batch/v1
kind: Job
metadata: {name: mnist}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: i}]}}}
",
    );
    world.space.wait_until("all three run", crate::LONG, || {
        world.space.kubectl(&["get", "pods"]).success().matches("Running").count() == 3
    });
    let status = world.await_state("mnist", "Running");
    assert_eq!(pods(&status), ["mnist-worker-0"]);
    assert!(codes(&status).contains(&"foreign-pods".to_owned()), "{status:#}");
}

#[test]
fn an_older_job_of_the_same_name() {
    let Some(world) = World::new() else { return };
    let job = Job::new("again").replica("Worker", 1);
    world.space.apply(&job.to_string());
    let uid = world.await_state("again", "Running")["uid"].as_str().unwrap().to_owned();
    // A finalizer keeps the pod when its owner goes.
    world.space.apply(&format!(
        "apiVersion: v1
kind: Pod
metadata:
  name: again-worker-1
  labels: {{training.kubeflow.org/job-name: again, training.kubeflow.org/replica-type: worker, training.kubeflow.org/replica-index: '1'}}
  finalizers: [example.org/held]
  ownerReferences: [{{apiVersion: kubeflow.org/v1, kind: TFJob, name: again, uid: {uid}, controller: true}}]
spec: {{containers: [{{name: tensorflow, image: i}}]}}
"
    ));
    assert_eq!(world.tfjob(&["delete", "again"]).code, 0);
    world.space.wait_until("the job's own pod is gone", crate::LONG, || world.space.phase("again-worker-0").is_empty());
    let error = world.tfjob(&["status", "again"]).failure(1);
    assert!(error.starts_with("error: tfjobs.kubeflow.org \"again\" not found\n"), "{error}");
    assert!(error.contains("job-not-found: the job is gone, 1 pod is left"), "{error}");
    world.space.apply(&job.to_string());
    let status = world.await_state("again", "Running");
    assert_eq!(pods(&status), ["again-worker-0"]);
    assert!(codes(&status).contains(&"foreign-pods".to_owned()), "{status:#}");
    let patch = "{\"metadata\":{\"finalizers\":null}}";
    let _ = world.space.kubectl(&["patch", "pod", "again-worker-1", "--type=merge", "-p", patch]).success();
}

#[test]
fn names_that_no_label_can_hold() {
    let Some(world) = World::new() else { return };
    let name = "n".repeat(70);
    world.space.apply(&Job::new(&name).replica("Worker", 1).to_string());
    let status = world.status(&name);
    assert!(codes(&status).contains(&"name-not-dns-label".to_owned()), "{status:#}");
    let page = world.tfjob(&["status", &name]).success();
    assert!(page.contains("too long"), "{page}");
    world.space.apply(&Job::new("a.b").replica("Worker", 1).to_string());
    assert!(codes(&world.status("a.b")).contains(&"name-not-dns-label".to_owned()));
}

const DEFINITION_OF_2017: &str = "apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: tfjobs.tensorflow.org}
spec:
  group: tensorflow.org
  scope: Namespaced
  names: {kind: TfJob, plural: tfjobs, singular: tfjob}
  versions:
  - name: v1alpha1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
";

const JOB_OF_2017: &str = "apiVersion: tensorflow.org/v1alpha1
kind: TfJob
metadata: {name: example-job}
spec:
  RuntimeId: 76no
  replicaSpecs:
  - {replicas: 1, tfPort: 2222, tfReplicaType: MASTER, template: {spec: {containers: [{name: tensorflow, image: i}]}}}
status:
  phase: Running
  state: ''
  reason: ''
  conditions: null
  replicaStatuses: [{tf_replica_type: MASTER, state: Running, ReplicasStates: {Running: 1}}]
";

/// What the operator of 2017 left behind: a `TfJob`, a batch Job that it owns, and the pod of that.
#[test]
fn a_job_of_2017() {
    let Some(world) = World::with_bed_of_its_own() else { return };
    world.space.apply(DEFINITION_OF_2017);
    world.space.wait_until("the group is served", crate::LONG, || {
        world.space.bed().kubectl_with_input(&["-n", world.space.name(), "apply", "-f", "-"], JOB_OF_2017).code == 0
    });
    let uid = world.tfjob(&["status", "example-job", "-o", "template={{uid}}"]).success();
    let labels = "{tensorflow.org: '', job_type: MASTER, runtime_id: 76no, tf_job_name: example-job, task_index: '0'}";
    world.space.apply(&format!(
        "apiVersion: batch/v1
kind: Job
metadata:
  name: example-job-master-76no-0
  labels: {labels}
  ownerReferences: [{{apiVersion: tensorflow.org/v1alpha1, kind: TfJob, name: example-job, uid: {}, controller: true}}]
spec:
  template:
    metadata: {{labels: {labels}}}
    spec: {{restartPolicy: OnFailure, containers: [{{name: tensorflow, image: i}}]}}
---
apiVersion: v1
kind: Service
metadata: {{name: example-job-tensorboard-76no}}
spec: {{ports: [{{name: tb-port, port: 80, targetPort: 6006}}]}}
",
        uid.trim()
    ));
    let status = world.await_status("example-job", "its pod runs", |it| it["replicas"][0]["running"] == 1);
    assert_eq!(
        (&status["state"], &status["countsFrom"], &status["runtimeId"]),
        (&"Running".into(), &"pods".into(), &"76no".into())
    );
    assert!(pods(&status)[0].starts_with("example-job-master-76no-0-"), "{status:#}");
    let url = format!(
        "http://127.0.0.1:8001/api/v1/namespaces/{}/services/example-job-tensorboard-76no:80/proxy/",
        world.space.name()
    );
    assert_eq!(status["tensorboard"], url);
    let list = world.tfjob(&["list", "--pods", "-o", "json"]).json();
    assert_eq!((&list[0]["countsFrom"], &list[0]["replicas"][0]["running"]), (&"pods".into(), &1.into()));
    assert!(
        world
            .tfjob(&["suspend", "example-job"])
            .failure(1)
            .contains("tensorflow.org/v1alpha1 TFJobs cannot be suspended")
    );
}

#[test]
fn two_groups_with_one_name() {
    // A definition is the whole cluster's, so that other tests would see the second group too.
    let Some(world) = World::with_bed_of_its_own() else { return };
    let definition = "apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: tfjobs.training.kubedl.io}
spec:
  group: training.kubedl.io
  scope: Namespaced
  names: {kind: TFJob, plural: tfjobs, singular: tfjob}
  versions:
  - name: v1alpha1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
";
    world.space.apply(definition);
    let job = Job::new("x").replica("Worker", 1).to_string();
    world.space.apply(&job);
    let other = job.replace("kubeflow.org/v1", "training.kubedl.io/v1alpha1");
    world.space.wait_until("the second group is served", crate::LONG, || {
        world.space.bed().kubectl_with_input(&["-n", world.space.name(), "apply", "-f", "-"], &other).code == 0
    });
    let error = world.tfjob(&["status", "x"]).failure(1);
    assert!(error.contains("tfjobs.kubeflow.org/x") && error.contains("tfjobs.training.kubedl.io/x"), "{error}");
    assert_eq!(
        world.tfjob(&["status", "tfjobs.training.kubedl.io/x", "-o", "json"]).json()["apiVersion"],
        "training.kubedl.io/v1alpha1"
    );
    assert_eq!(world.tfjob(&["status", "tfjob.kubeflow.org/x", "-o", "json"]).json()["apiVersion"], "kubeflow.org/v1");
    let list = world.tfjob(&["list"]).success();
    assert!(list.lines().next().unwrap().contains("GROUP"), "{list}");
    let names = world.tfjob(&["list", "-o", "name"]).success();
    assert_eq!(names, "tfjob.kubeflow.org/x\ntfjob.training.kubedl.io/x\n");
    let error = world.tfjob(&["status", "tfjobs.tensorflow.org/x"]).failure(1);
    assert!(error.contains("the server doesn't have a resource type \"tfjobs.tensorflow.org\""), "{error}");
    assert!(error.contains("kubeflow.org, training.kubedl.io"), "{error}");
    assert_eq!(world.tfjob(&["status", "tfjobs.example.org/x"]).code, 2);

    // Neither group any more: there is no TFJob API at all.
    let _ = world.space.kubectl(&["delete", "crd", "tfjobs.training.kubedl.io", "tfjobs.kubeflow.org"]).success();
    world.space.wait_until("no group is served", crate::LONG, || world.tfjob(&["list"]).code == 1);
    let error = world.tfjob(&["list"]).failure(1);
    let text = "error: no TFJob API on this cluster (looked for kubeflow.org, tensorflow.org, mlkube.io, training.kubedl.io)\n";
    assert!(error.starts_with(text), "{error}");
    assert!(!error.contains("TrainJob"), "{error}");
    world.space.apply(
        &definition.replace("training.kubedl.io", "trainer.kubeflow.org").replace("tfjobs.", "trainjobs.").replace(
            "kind: TFJob, plural: tfjobs, singular: tfjob",
            "kind: TrainJob, plural: trainjobs, singular: trainjob",
        ),
    );
    world.space.wait_until("the successor is served", crate::LONG, || {
        world.tfjob(&["status", "x"]).stderr.contains("TrainJob is the successor")
    });
}
