//! A TensorBoard of our own: what stands in its Deployment and Service.

use serde_json::{Value, json};

use super::*;
use crate::base::failure::Failure as _;
use crate::tfjob::board::{Board, BoardError, LogFolder, Place, Wish, is_ours, name};

pub(super) fn wish(folders: &[&str]) -> Wish {
    let folders = folders.iter().map(|it| it.parse().unwrap()).collect();
    Wish { folders, ..Wish::default() }
}

/// Returns a job of today whose main container has these mounts and volumes.
pub(super) fn with_volumes(mounts: &Value, volumes: &Value) -> Value {
    let containers = json!([
        {"name": "sidecar", "volumeMounts": [{"name": "other", "mountPath": "/data/logs"}]},
        {"name": "tensorflow", "volumeMounts": mounts},
    ]);
    let template = json!({"spec": {"containers": containers, "volumes": volumes}});
    let worker = json!({"template": {"spec": {"containers": [{"name": "tensorflow"}]}}});
    object(
        "kubeflow.org/v1",
        &json!({"tfReplicaSpecs": {"worker": worker, "chief": {"template": template}}}),
        &Value::Null,
    )
}

pub(super) fn plan(object: &Value, wish: &Wish) -> Result<Board, BoardError> {
    Board::plan(object, &Job::read(object).unwrap(), wish)
}

pub(super) fn pod_spec(board: &Board) -> Value {
    board.deployment()["spec"]["template"]["spec"].clone()
}

pub(super) fn command(board: &Board) -> String {
    let spec = pod_spec(board);
    let words = spec["containers"][0]["command"].as_array().unwrap().iter().map(|it| it.as_str().unwrap());
    words.collect::<Vec<_>>().join(" ")
}

#[test]
fn a_folder_on_any_kind_of_volume() {
    for volume in [
        json!({"name": "v", "persistentVolumeClaim": {"claimName": "c"}}),
        json!({"name": "v", "azureFile": {"secretName": "s", "shareName": "x", "readOnly": false}}),
        json!({"name": "v", "nfs": {"server": "n", "path": "/"}}),
        json!({"name": "v", "hostPath": {"path": "/mnt"}}),
        json!({"csi": {"driver": "d"}, "name": "v"}),
    ] {
        let mounts = json!([{"name": "v", "mountPath": "/data/", "subPath": "runs"}, {"name": "w", "mountPath": "/"}]);
        let board = plan(&with_volumes(&mounts, &json!([volume])), &wish(&["/data/logs"])).unwrap();
        let spec = pod_spec(&board);
        assert_eq!(spec["volumes"], json!([volume]));
        let mount = json!({"name": "v", "mountPath": "/data/", "readOnly": true, "subPath": "runs"});
        assert_eq!(spec["containers"][0]["volumeMounts"], json!([mount]), "{volume}");
        assert_eq!(board.has_host_path, volume.get("hostPath").is_some());
        assert_eq!(board.claims.len(), usize::from(volume.get("persistentVolumeClaim").is_some()));
        assert_eq!(command(&board), "tensorboard --logdir=/data/logs --port=6006 --bind_all");
    }
}

#[test]
fn the_longest_path_above_a_folder_counts() {
    let volume = |name: &str| json!({"name": name, "nfs": {"server": name, "path": "/"}});
    let mount = |name: &str, path: &str| json!({"name": name, "mountPath": path});
    let mounts = json!([mount("a", "/"), mount("b", "/data"), mount("c", "/data/logs"), mount("d", "/data/logs2")]);
    let object = with_volumes(&mounts, &json!(["a", "b", "c", "d"].map(volume)));
    for (folder, expected) in [
        ("/x", "a"),
        ("/data", "b"),
        ("/data/log", "b"),
        ("/data/logs", "c"),
        ("/data//logs/x/", "c"),
        ("/data/logs22", "b"),
    ] {
        let spec = pod_spec(&plan(&object, &wish(&[folder])).unwrap());
        assert_eq!(spec["volumes"], json!([volume(expected)]), "{folder}");
    }
}

#[test]
fn folders_that_nobody_else_can_read() {
    let mounts = json!([{"name": "v", "mountPath": "/data"}]);
    let of = |volume: &Value| plan(&with_volumes(&mounts, &json!([volume])), &wish(&["/data/x"])).unwrap_err();
    for volume in [json!({"name": "v", "emptyDir": {}}), json!({"name": "v"}), json!({"name": "v", "ephemeral": {}})] {
        assert!(matches!(of(&volume), BoardError::Private { .. }), "{volume}");
    }
    let none = with_volumes(&mounts, &json!([]));
    let error = plan(&none, &wish(&["/data/x"])).unwrap_err();
    assert_eq!(error.to_string(), "no volume of job 'j' is mounted at or above '/data/x'");
    assert_eq!(error.hint().unwrap(), "its main container mounts /data");
    assert!(plan(&none, &wish(&["/data/../x"])).is_err() && plan(&none, &wish(&["x"])).is_err());
    let error = plan(&none, &wish(&[])).unwrap_err();
    assert!(matches!(error, BoardError::NoFolder(_)) && error.hint().unwrap().contains("--logdir DIR"));
    let computed = json!([{"name": "v", "mountPath": "/data", "subPathExpr": "$(POD)"}]);
    let object = with_volumes(&computed, &json!([{"name": "v", "nfs": {}}]));
    assert!(matches!(plan(&object, &wish(&["/data"])).unwrap_err(), BoardError::Computed { .. }));
    for object in [json!({"spec": 5}), json!({"spec": {"tfReplicaSpecs": {"Chief": 5}}}), json!({})] {
        let mut whole = super::object("kubeflow.org/v1", &Value::Null, &Value::Null);
        whole["spec"] = object["spec"].clone();
        assert!(plan(&whole, &wish(&["/data"])).is_err(), "{object}");
    }
}

#[test]
fn the_log_folder_of_2017() {
    let template = json!({"spec": {"containers": [
        {"name": "tensorflow", "volumeMounts": [{"name": "v", "mountPath": "/m"}]}], "volumes": [{"name": "v", "nfs": {"server": "main"}}]}});
    let board = json!({"logDir": "/t/logs", "volumes": [{"name": "v", "azureFile": {"secretName": "s"}}],
        "volumeMounts": [{"name": "v", "mountPath": "/t"}], "serviceType": "LoadBalancer"});
    let spec = json!({"RuntimeId": "76no", "replicaSpecs": [{"tfReplicaType": "WORKER"}, {"template": template}], "tensorboard": board});
    let object = object("tensorflow.org/v1alpha1", &spec, &Value::Null);
    let spec = pod_spec(&plan(&object, &wish(&[])).unwrap());
    assert_eq!(spec["volumes"], json!([{"name": "v", "azureFile": {"secretName": "s"}}]));
    let both = plan(&object, &wish(&["/t/logs", "/m"])).unwrap();
    let spec = pod_spec(&both);
    let volumes = json!([{"name": "v", "azureFile": {"secretName": "s"}}, {"name": "v-2", "nfs": {"server": "main"}}]);
    assert_eq!(spec["volumes"], volumes, "two volumes of one name");
    assert_eq!(spec["containers"][0]["volumeMounts"][1]["name"], "v-2");
    assert_eq!(both.beside.unwrap().to_string(), "Master");
}

#[test]
fn a_url_gets_what_the_chief_reads_it_with() {
    let mut object = with_volumes(
        &json!([{"name": "key", "mountPath": "/key"}, {"name": "data", "mountPath": "/data"}]),
        &json!([{"name": "key", "secret": {"secretName": "s"}}, {"name": "data", "nfs": {}}]),
    );
    let template = &mut object["spec"]["tfReplicaSpecs"]["chief"]["template"]["spec"];
    template["serviceAccountName"] = json!("trainer");
    template["imagePullSecrets"] = json!([{"name": "registry"}]);
    template["containers"][1]["env"] =
        json!([{"name": "GOOGLE_APPLICATION_CREDENTIALS", "value": "/key/k"}, {"name": "TF_CONFIG", "value": "{}"}]);
    template["containers"][1]["envFrom"] = json!([{"secretRef": {"name": "aws"}}]);
    let spec = pod_spec(&plan(&object, &wish(&["gs://b/logs"])).unwrap());
    let container = &spec["containers"][0];
    assert_eq!(spec["serviceAccountName"], "trainer");
    assert_eq!(spec["automountServiceAccountToken"], true);
    assert_eq!(spec["imagePullSecrets"], json!([{"name": "registry"}]));
    assert_eq!(spec["volumes"], json!([{"name": "key", "secret": {"secretName": "s"}}]));
    assert_eq!(container["env"], json!([{"name": "GOOGLE_APPLICATION_CREDENTIALS", "value": "/key/k"}]));
    assert_eq!(container["envFrom"], json!([{"secretRef": {"name": "aws"}}]));
    let spec = pod_spec(&plan(&object, &wish(&["/data"])).unwrap());
    assert_eq!((&spec["serviceAccountName"], &spec["containers"][0]["env"]), (&Value::Null, &Value::Null), "no URL");
    for url in ["gs://b", "s3://b/x", "hdfs://n:9000/x", "az://x"] {
        let board = plan(&super::object("kubeflow.org/v1", &json!({}), &Value::Null), &wish(&[url])).unwrap();
        assert_eq!(command(&board), format!("tensorboard --logdir={url} --port=6006 --bind_all"));
    }
}

#[test]
fn folders_and_their_names() {
    for (text, name, place) in [
        ("/a/lr=0.1", None, "/a/lr=0.1"),
        ("train=/a/lr=0.1", Some("train"), "/a/lr=0.1"),
        ("gs://b/x=1", None, "gs://b/x=1"),
        ("eval 1=gs://b", Some("eval 1"), "gs://b"),
        ("=/a", None, "=/a"),
    ] {
        let expected = LogFolder { name: name.map(str::to_owned), place: place.to_owned() };
        assert_eq!(text.parse::<LogFolder>().unwrap(), expected, "{text}");
    }
    let object = object("kubeflow.org/v1", &json!({}), &Value::Null);
    let version_1 = Wish {
        image: Some("registry:5000/tensorflow/tensorflow:1.15.5".to_owned()),
        ..wish(&["a=gs://x", "gs://y/z"])
    };
    for (wish, expected) in [
        (wish(&["train=gs://a", "eval=gs://b"]), "--logdir_spec=train:gs://a,eval:gs://b --port=6006 --bind_all"),
        (wish(&["train=gs://a"]), "--logdir_spec=train:gs://a --port=6006 --bind_all"),
        (
            wish(&["gs://a/logs", "gs://b/logs/"]),
            "--logdir_spec=logs:gs://a/logs,logs-2:gs://b/logs/ --port=6006 --bind_all",
        ),
        (wish(&["gs://a/$(X)"]), "--logdir=gs://a/$$(X) --port=6006 --bind_all"),
        (version_1, "--logdir=a:gs://x,z:gs://y/z --port=6006 --host=0.0.0.0"),
    ] {
        assert_eq!(command(&plan(&object, &wish).unwrap()), format!("tensorboard {expected}"));
    }
}

#[test]
fn both_objects_belong_to_the_job() {
    let object = object("kubeflow.org/v1", &json!({}), &Value::Null);
    let board = plan(&object, &Wish { service_type: Some("NodePort".to_owned()), ..wish(&["gs://a"]) }).unwrap();
    let job = Job::read(&object).unwrap();
    let labels = json!({"app.kubernetes.io/managed-by": "kubectl-tfjob", "app.kubernetes.io/instance": "j",
        "app.kubernetes.io/component": "tensorboard"});
    for it in [board.deployment(), board.service()] {
        assert_eq!(it["metadata"]["name"], "j-tensorboard");
        assert_eq!(it["metadata"]["labels"], labels);
        assert_eq!(it["metadata"]["ownerReferences"][0]["uid"], "u");
        assert!(is_ours(&it, &job));
    }
    let mut other = job.clone();
    other.uid = Some("other".to_owned());
    assert!(!is_ours(&board.service(), &other) && !is_ours(&Value::Null, &job));
    let service = board.service();
    assert_eq!(service["spec"]["type"], "NodePort");
    let template = &board.deployment()["spec"]["template"];
    let selector = service["spec"]["selector"].as_object().unwrap();
    assert!(selector.iter().all(|(key, value)| template["metadata"]["labels"][key] == *value));
    let found = crate::tfjob::service::choose(&job, &[service], None).unwrap();
    assert_eq!(found.port.unwrap().number, 6006);
    let mut pod = template.clone();
    pod["metadata"]["name"] = json!("p");
    assert!(Pod::read(&pod).unwrap().is_tensorboard(), "no replica");
}

#[test]
fn names_that_a_service_may_have() {
    let mut job = job("kubeflow.org/v1", &Value::Null, &Value::Null);
    job.uid = Some("0b0dfa9e-3b1c".to_owned());
    for (of_job, expected) in [
        ("mnist", "mnist-tensorboard".to_owned()),
        ("a.b", "a-b-0b0df-tensorboard".to_owned()),
        ("1st", "st-0b0df-tensorboard".to_owned()),
        (&"x".repeat(51), format!("{}-tensorboard", "x".repeat(51))),
        (&"x".repeat(52), format!("{}-0b0df-tensorboard", "x".repeat(40))),
    ] {
        of_job.clone_into(&mut job.name);
        assert_eq!(name(&job), expected);
        assert!(name(&job).len() <= 63);
    }
}

#[test]
fn a_pod_stays_on_the_node_of_the_jobs_pod() {
    let mut object = with_volumes(&json!([{"name": "v", "mountPath": "/d"}]), &json!([{"name": "v", "hostPath": {}}]));
    object["spec"]["tfReplicaSpecs"]["chief"]["template"]["spec"]["tolerations"] = json!([{"operator": "Exists"}]);
    let plan = || plan(&object, &wish(&["/d"])).unwrap();
    assert_eq!(pod_spec(&plan())["tolerations"], Value::Null);
    let pod = Pod::read(&json!({"metadata": {"name": "p", "labels": {"job-name": "j"}}})).unwrap();
    let mut board = plan();
    board.stay(Place::With(&pod), None);
    let spec = pod_spec(&board);
    let term = &spec["affinity"]["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"][0];
    assert_eq!(term["labelSelector"]["matchLabels"], json!({"job-name": "j"}));
    assert_eq!(term["topologyKey"], "kubernetes.io/hostname");
    assert_eq!(spec["tolerations"], json!([{"operator": "Exists"}]), "whatever its node repels");
    let of_pod = json!([{"key": "nvidia.com/gpu", "operator": "Exists"}]);
    board.stay(Place::With(&pod), Some(Value::Null));
    assert_eq!(pod_spec(&board).get("tolerations"), None, "the pod itself tolerates nothing");
    let mut alone = plan();
    alone.stay(Place::On { node: "n1", pod: &pod }, Some(of_pod.clone()));
    let terms =
        "/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms/0/matchFields/0";
    let expected = json!({"key": "metadata.name", "operator": "In", "values": ["n1"]});
    assert_eq!(pod_spec(&alone).pointer(terms), Some(&expected));
    assert_eq!(pod_spec(&alone)["tolerations"], of_pod, "what a webhook gave to the pod counts too");
}

#[test]
fn urls_that_are_read_and_urls_that_are_not() {
    for (text, place) in [("file:///data/logs", "/data/logs"), ("a=FILE:///x", "/x"), ("s3://b", "s3://b")] {
        assert_eq!(text.parse::<LogFolder>().unwrap().place, place);
    }
    for text in ["http://h/logs", "a=https://h", "HTTP://h"] {
        assert!(text.parse::<LogFolder>().unwrap_err().contains("web servers"), "{text}");
    }
    let object = object("kubeflow.org/v1", &json!({}), &Value::Null);
    for (image, url, is_unreadable) in [
        (None, "gs://b", false),
        (None, "s3://b", true),
        (None, "hdfs://n:9000/x", true),
        (Some("own"), "s3://b", false),
    ] {
        let board = plan(&object, &Wish { image: image.map(str::to_owned), ..wish(&[url]) }).unwrap();
        assert_eq!(board.unreadable.as_deref(), Some(url).filter(|_| is_unreadable), "{image:?}");
    }
    let spec = json!({"tensorboard": {"logDir": "file:///data"}});
    let error = plan(&super::object("kubeflow.org/v1", &spec, &Value::Null), &wish(&[])).unwrap_err();
    assert!(error.to_string().ends_with("'/data'"), "{error}");
}
