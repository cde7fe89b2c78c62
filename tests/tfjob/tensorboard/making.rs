//! `--create`.

use serde_json::Value;
use support::bed::Job;

use crate::{LONG, World};

/// A job whose workers write to a claim that one node can mount.
const WITH_CLAIM: &str = "apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: runs}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
---
apiVersion: kubeflow.org/v1
kind: TFJob
metadata: {name: mnist}
spec:
  tfReplicaSpecs:
    Worker:
      replicas: 2
      template:
        spec:
          containers:
          - {name: tensorflow, image: i, volumeMounts: [{name: runs, mountPath: /data, subPath: mnist}]}
          volumes: [{name: runs, persistentVolumeClaim: {claimName: runs}}]
";

#[test]
fn one_of_our_own_goes_with_its_job() {
    let Some(world) = World::new() else { return };
    world.space.apply(WITH_CLAIM);
    world.await_state("mnist", "Running");
    let create = ["tensorboard", "mnist", "--create"];
    assert!(world.tfjob(&create).failure(1).contains("does not say where its logs are"));
    let error = world.tfjob(&[&create[..], &["--logdir", "/logs"]].concat()).failure(1);
    assert!(error.starts_with("error: no volume of job 'mnist' is mounted at or above '/logs'\nhint: "), "{error}");

    let with_logs = [&create[..], &["--logdir", "/data/logs"]].concat();
    for place in ["client", "server"] {
        let output = world.tfjob(&[&with_logs[..], &["--dry-run", place]].concat()).success();
        let kinds: Vec<&str> = output.lines().filter(|it| it.starts_with("kind:")).collect();
        assert_eq!(kinds, ["kind: \"Deployment\"", "kind: \"Service\""], "{output}");
        let objects = world.tfjob(&[&with_logs[..], &["--dry-run", place, "-o", "json"]].concat()).json();
        assert_eq!(objects[1]["metadata"]["name"], "mnist-tensorboard");
    }
    assert!(world.tfjob(&["tensorboard", "mnist"]).failure(1).contains("has no TensorBoard"));

    let output = world.tfjob(&[&with_logs[..], &["--timeout", "60s"]].concat());
    assert_eq!(output.code, 0, "{output}");
    assert!(output.stdout.ends_with("/services/mnist-tensorboard:6006/proxy/\n"), "{output}");
    assert!(output.stderr.contains("deployment.apps/mnist-tensorboard applied"), "{output}");
    assert_eq!(world.status("mnist")["tensorboard"].as_str().unwrap(), output.stdout.trim());
    let pods: Vec<Value> = world.status("mnist")["pods"].as_array().unwrap().clone();
    assert_eq!(pods.len(), 2, "TensorBoard is no replica: {pods:#?}");
    let made = || world.space.get_json(&["deployment", "mnist-tensorboard"]);
    let deployment = made();
    let spec = &deployment["spec"]["template"]["spec"];
    assert_eq!(spec["volumes"][0]["persistentVolumeClaim"]["claimName"], "runs");
    let mount = &spec["containers"][0]["volumeMounts"][0];
    assert_eq!(
        (&mount["mountPath"], &mount["subPath"], &mount["readOnly"]),
        (&"/data".into(), &"mnist".into(), &true.into())
    );
    let term = &spec["affinity"]["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"][0];
    assert_eq!(term["labelSelector"]["matchLabels"]["training.kubeflow.org/replica-index"], "0", "{term:#}");
    let tolerations = world.space.get_json(&["pod", "mnist-worker-0"])["spec"]["tolerations"].clone();
    assert!(
        tolerations.is_array() && spec["tolerations"] == tolerations,
        "what admission gave to the pod: {tolerations}"
    );

    // Once more, and once more without a word about the folder.
    for words in [&with_logs[..], &create[..]] {
        let again = world.tfjob(words);
        assert_eq!((again.code, &again.stdout), (0, &output.stdout), "{again}");
        assert_eq!(made()["metadata"]["generation"], deployment["metadata"]["generation"]);
    }
    let _ = world.tfjob(&["delete", "mnist"]).success();
    world.space.wait_until("it went with the job", LONG, || {
        world.space.kubectl(&["get", "deployments,services,replicasets", "-o", "name"]).success().is_empty()
    });
}

#[test]
fn a_second_create_changes_what_it_is_told_and_nothing_else() {
    let Some(world) = World::new() else { return };
    world.space.apply(WITH_CLAIM);
    world.await_state("mnist", "Running");
    let create = |words: &[&str]| {
        let words = [&["tensorboard", "mnist", "--create", "--timeout", "120s"], words].concat();
        let output = world.tfjob(&words);
        assert_eq!(output.code, 0, "{output}");
        world.space.get_json(&["deployment", "mnist-tensorboard"])
    };
    let first = create(&["--logdir", "/data/a=b", "--image", "i:a"]);
    let second = create(&["--image", "i:b"]);
    let status = &second["status"];
    assert_eq!(status["observedGeneration"], second["metadata"]["generation"], "the new pod was waited for");
    assert_eq!((&status["updatedReplicas"], &status["readyReplicas"]), (&1.into(), &1.into()), "{status:#}");
    let spec = |it: &Value| it["spec"]["template"]["spec"].clone();
    let container = |it: &Value| spec(it)["containers"][0].clone();
    assert_eq!(
        (&container(&second)["image"], &container(&second)["command"]),
        (&"i:b".into(), &container(&first)["command"])
    );
    let third = create(&["--service-type", "NodePort"]);
    assert_eq!(third["metadata"]["generation"], second["metadata"]["generation"]);
    let service = || world.space.get_json(&["service", "mnist-tensorboard"])["spec"]["type"].clone();
    assert_eq!(service(), "NodePort");
    let fourth = create(&["--logdir", "/data"]);
    assert_eq!((&container(&fourth)["image"], service()), (&"i:b".into(), "NodePort".into()));

    let late = ["tensorboard", "mnist", "--create", "--image", "i:c", "--timeout", "0"];
    assert!(world.tfjob(&late).failure(1).contains("is not ready: 0 endpoints"), "the old pod does not count");
}

#[test]
fn who_may_not_watch_deployments_waits_for_endpoints() {
    let Some(world) = World::new() else { return };
    world.space.apply(&Job::new("mnist").replica("Worker", 1).to_string());
    let rules = "{apiGroups: ['', kubeflow.org], resources: [tfjobs, services, endpoints], verbs: [get, list, watch]}, \
        {apiGroups: ['', apps], resources: [services, deployments], verbs: [get, create, patch]}";
    crate::rights::allow(&world, rules);
    let words = ["tensorboard", "mnist", "--create", "--logdir", "gs://b", "--timeout", "120s", "--image"];
    let create = |image: &'static str| crate::rights::as_viewer(&world, &[&words[..], &[image]].concat());
    world.space.wait_until("the role is in force", LONG, || create("i:a").code == 0);
    let output = create("i:b");
    assert_eq!(output.code, 0, "{output}");
    let image = ["get", "deployment", "mnist-tensorboard", "-o", "jsonpath={.spec.template.spec.containers[0].image}"];
    assert_eq!(world.space.kubectl(&image).success(), "i:b");
}

#[test]
fn a_claim_of_one_pod_is_not_taken_from_it() {
    let Some(world) = World::new() else { return };
    world
        .space
        .apply(&WITH_CLAIM.replace("[ReadWriteOnce]", "[ReadWriteOncePod]").replace("replicas: 2", "replicas: 1"));
    world.await_status("mnist", "its pod is there", |it| it["pods"][0]["name"] == "mnist-worker-0");
    let error = world.tfjob(&["tensorboard", "mnist", "--create", "--logdir", "/data"]).failure(1);
    let text = "error: claim 'runs' is ReadWriteOncePod, and pod 'mnist-worker-0' has it\nhint: try again when";
    assert!(error.starts_with(text), "{error}");
}

#[test]
fn urls_that_the_default_image_cannot_read() {
    let Some(world) = World::new() else { return };
    world.space.apply(&Job::new("mnist").replica("Worker", 1).to_string());
    let words = |rest: &[&'static str]| [&["tensorboard", "mnist", "--create", "--dry-run=client"], rest].concat();
    let output = world.tfjob(&words(&["--logdir", "s3://bucket/logs"]));
    assert_eq!(output.code, 0, "{output}");
    assert!(output.stderr.contains("'s3://bucket/logs' needs an image with tensorflow-io: --image"), "{output}");
    for rest in [&["--logdir", "gs://bucket"][..], &["--logdir", "s3://bucket", "--image", "i"]] {
        assert_eq!(world.tfjob(&words(rest)).stderr, "");
    }
    assert_eq!(world.tfjob(&words(&["--logdir", "https://host/logs"])).code, 2);
}

#[test]
fn names_that_others_have_taken() {
    let Some(world) = World::new() else { return };
    world.space.apply(&Job::new("mnist").replica("Worker", 1).to_string());
    let _ = world.space.kubectl(&["create", "deployment", "mnist-tensorboard", "--image=i"]).success();
    let error = world.tfjob(&["tensorboard", "mnist", "--create", "--logdir", "gs://x"]).failure(1);
    assert!(error.starts_with("error: deployment \"mnist-tensorboard\" is there already"), "{error}");
    assert!(!world.space.kubectl(&["get", "service", "mnist-tensorboard"]).ok(), "nothing was made");
}

#[test]
fn a_port_of_a_replica_is_no_tensorboard_yet() {
    let Some(world) = World::new() else { return };
    let container = "{name: tensorflow, image: i, ports: [{name: tensorboard, containerPort: 8888}]}";
    let replica = format!("{{replicas: 1, template: {{spec: {{containers: [{container}]}}}}}}");
    world.space.apply(&format!(
        "apiVersion: kubeflow.org/v1
kind: TFJob
metadata: {{name: mnist}}
spec: {{tfReplicaSpecs: {{PS: {replica}, Worker: {replica}}}}}
"
    ));
    world.await_state("mnist", "Running");
    // As charts of the zoo write it.
    let output = world.tfjob(&["tensorboard", "mnist"]);
    assert!(output.code == 0 && output.stdout.ends_with("/services/mnist-worker-0:8888/proxy/\n"), "{output}");
    assert!(output.stderr.contains("note: worker-0 says that it has TensorBoard's port"), "{output}");

    let create = ["tensorboard", "mnist", "--create", "--logdir", "gs://bucket/logs", "--timeout", "60s"];
    let output = world.tfjob(&create);
    assert!(output.code == 0 && output.stdout.ends_with("/services/mnist-tensorboard:6006/proxy/\n"), "{output}");
    assert!(output.stderr.contains("service/mnist-tensorboard applied"), "{output}");
    assert_eq!(world.status("mnist")["tensorboard"].as_str().unwrap(), output.stdout.trim());
    let output = world.tfjob(&["tensorboard", "mnist"]);
    assert!(output.stdout.ends_with("/services/mnist-tensorboard:6006/proxy/\n"), "{output}");
    assert!(!output.stderr.contains("note: worker-0"), "{output}");
}
