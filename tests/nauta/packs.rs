//! What the real Helms make of the packs: those of the zoo and our own.

use serde_json::{Value, json};
use support::Sandbox;
use support::helm::{Helm, helms};
use support::sandbox::{copy_folder, repository};

use crate::BIN;

/// Runs `helm-nauta template exp1 PACK t.py` with this Helm and returns the objects of the manifest.
fn manifests(helm: &Helm, pack: &str, words: &[&str]) -> Vec<Value> {
    let sandbox = Sandbox::new().with("HELM_BIN", &helm.path);
    let mut all = vec!["template", "exp1", pack, "t.py", "--user", "jdoe"];
    all.extend(words);
    objects(&sandbox.run(BIN, all).success())
}

/// Returns the objects of a text of YAML documents.
fn objects(text: &str) -> Vec<Value> {
    let documents: Vec<Value> = serde_saphyr::from_multiple(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    documents.into_iter().filter(|it| !it.is_null()).collect()
}

fn zoo(pack: &str) -> String {
    let fixtures = repository().join("tests/fixtures");
    let folder = ["zoo", "zoo-more"].iter().map(|it| fixtures.join(it).join(pack)).find(|it| it.is_dir());
    folder.unwrap_or_else(|| panic!("no fixture {pack}")).to_str().unwrap().to_owned()
}

fn kinds(objects: &[Value]) -> Vec<String> {
    let mut kinds: Vec<String> = objects
        .iter()
        .map(|it| format!("{} {}", it["kind"].as_str().unwrap(), it["metadata"]["name"].as_str().unwrap()))
        .collect();
    kinds.sort();
    kinds
}

fn of_kind<'o>(objects: &'o [Value], kind: &str) -> &'o Value {
    objects.iter().find(|it| it["kind"] == kind).unwrap_or_else(|| panic!("no {kind}"))
}

const BUILT_IN: [&str; 3] = ["jupyter", "tf-training-multi", "tf-training-single"];

#[test]
fn every_zoo_pack_renders() {
    for helm in helms() {
        for (pack, expected) in [
            ("jupyter", &["Deployment exp1", "PodGroup exp1-podgroup", "Service exp1"][..]),
            (
                "openvino-inference-batch",
                &["Job exp1-batch-wrapper", "Job exp1-model-server", "PodGroup exp1-podgroup", "Service exp1"],
            ),
            ("pytorch-training", &["PodGroup exp1-podgroup", "PyTorchJob exp1"]),
            ("tf-training-multi", &["TFJob exp1"]),
            ("tf-training-single", &["PodGroup exp1-podgroup", "TFJob exp1"]),
            (
                "tf-training-horovod",
                &[
                    "ConfigMap exp1-hvd",
                    "Job exp1-hvd",
                    "PodGroup exp1-podgroup",
                    "Service exp1-hvd",
                    "Service exp1-hvd-master",
                    "StatefulSet exp1-hvd",
                ],
            ),
        ] {
            let found = kinds(&manifests(&helm, &zoo(pack), &["--", "--a=1"]));
            let found: Vec<&str> = found.iter().map(String::as_str).collect();
            // The names of Services differ from pack to pack; their number counts.
            let comparable = |names: &[&str]| {
                names
                    .iter()
                    .map(|it| it.strip_prefix("Service ").map_or(*it, |_| "Service").to_owned())
                    .collect::<Vec<_>>()
            };
            assert_eq!(comparable(&found), comparable(expected), "{pack} {}", helm.version);
        }
        for pack in ["openvino-inference-stream", "tf-inference-batch", "tf-inference-stream"] {
            assert!(manifests(&helm, &zoo(pack), &["--", "--a=1"]).len() >= 4, "{pack}");
        }
    }
}

#[test]
fn zoo_packs_follow_their_values() {
    for helm in helms() {
        let multi = manifests(&helm, &zoo("tf-training-multi"), &["--", "--a=1"]);
        let job = of_kind(&multi, "TFJob");
        assert_eq!(job["apiVersion"], "kubeflow.org/v1alpha2");
        let replicas = &job["spec"]["tfReplicaSpecs"];
        assert_eq!((&replicas["Worker"]["replicas"], &replicas["PS"]["replicas"]), (&json!(3), &json!(1)));
        let container = &replicas["Worker"]["template"]["spec"]["containers"][0];
        assert_eq!(container["args"], json!(["main.py", "t.py", "--a=1"]));

        let single = manifests(&helm, &zoo("tf-training-single"), &["-p", "cpu", "2", "-p", "memory", "4Gi"]);
        let spec = &of_kind(&single, "TFJob")["spec"]["tfReplicaSpecs"]["Master"]["template"]["spec"];
        let both = json!({"cpu": 2, "memory": "4Gi"});
        assert_eq!(spec["containers"][0]["resources"], json!({"requests": both, "limits": both}));

        let horovod = manifests(&helm, &zoo("tf-training-horovod"), &[]);
        assert_eq!(of_kind(&horovod, "PodGroup")["spec"]["minMember"], 4);
        let master = &of_kind(&horovod, "Job")["spec"]["template"]["spec"];
        assert!(master["containers"][0]["args"][0].as_str().unwrap().contains(" -n 8 "));
        let hostfile = of_kind(&horovod, "ConfigMap")["data"]["hostfile.config"].as_str().unwrap();
        assert_eq!(hostfile.lines().filter(|it| it.ends_with("slots=1")).count(), 4, "{hostfile}");
        for (value, expected) in [("false", Value::Null), ("true", json!(true))] {
            let objects = manifests(&helm, &zoo("tf-training-horovod"), &["-p", "useHostNetwork", value]);
            assert_eq!(of_kind(&objects, "Job")["spec"]["template"]["spec"]["hostNetwork"], expected, "{value}");
        }
    }
}

#[test]
fn our_charts_are_clean_as_they_lie() {
    for helm in helms() {
        for pack in BUILT_IN {
            let sandbox = Sandbox::new();
            copy_folder(&repository().join("packs").join(pack).join("charts"), &sandbox.work().join(pack));
            let linted = sandbox.run(&helm.path, ["lint", "--strict", pack]);
            assert_eq!(linted.code, 0, "{pack} {}: {linted}", helm.version);
            let manifest = sandbox.run(&helm.path, ["template", "x", pack]).success();
            assert!(!objects(&manifest).is_empty(), "{pack}");
        }
    }
}

/// Returns the first container of every pod template in the objects.
fn containers(objects: &[Value]) -> Vec<&Value> {
    fn collect<'v>(value: &'v Value, found: &mut Vec<&'v Value>) {
        match value {
            Value::Object(map) => {
                if let Some(container) = map.get("containers").and_then(|it| it.get(0)) {
                    found.push(container);
                }
                for value in map.values() {
                    collect(value, found);
                }
            }
            Value::Array(items) => {
                for item in items {
                    collect(item, found);
                }
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    for object in objects {
        collect(object, &mut found);
    }
    found
}

#[test]
fn arguments_reach_our_containers_exactly() {
    let arguments = [
        "say \"hi\"",
        "it's",
        "C:\\tmp",
        "a\nb",
        "a\tb",
        "",
        " lead",
        "{{ x }}",
        "yes",
        "1e3",
        "null",
        "# x",
        "a: b",
        "- x",
        "🙂",
        "\u{85}",
        "\u{2028}",
        "\u{7f}",
        "x\", \"y",
        "%d",
        "`ls`",
        "*",
        "\u{1b}[0m",
    ];
    for helm in helms() {
        for pack in ["tf-training-single", "tf-training-multi"] {
            let mut words = vec!["--strict", "--"];
            words.extend(arguments);
            words.extend(["$HOME", "$(VAR)", "$$"]);
            let objects = manifests(&helm, pack, &words);
            assert_eq!(of_kind(&objects, "TFJob")["apiVersion"], "kubeflow.org/v1");
            for container in containers(&objects) {
                // Kubernetes makes one dollar sign of two.
                let mut expected = vec!["t.py"];
                expected.extend(arguments);
                expected.extend(["$$HOME", "$$(VAR)", "$$$$"]);
                assert_eq!(container["args"], json!(expected), "{pack} {}", helm.version);
                assert_eq!(container["command"], json!(["python"]));
                assert!(container["securityContext"]["privileged"].is_null());
            }
        }
    }
}

#[test]
fn our_packs_take_texts_where_numbers_are_meant() {
    for helm in helms() {
        let words =
            ["-p", "workersCount", "2", "-p", "pServersCount", "0", "-p", "gpu.count", "1", "-p", "worker_cpu", "2"];
        let objects = manifests(&helm, "tf-training-multi", &words);
        let replicas = &of_kind(&objects, "TFJob")["spec"]["tfReplicaSpecs"];
        assert_eq!((&replicas["Worker"]["replicas"], replicas.get("PS")), (&json!(2), None));
        let limits = &replicas["Worker"]["template"]["spec"]["containers"][0]["resources"]["limits"];
        assert_eq!((&limits["cpu"], &limits["nvidia.com/gpu"]), (&json!("2"), &json!("1")));
        let labels = &replicas["Worker"]["template"]["metadata"]["labels"];
        assert_eq!((&labels["runName"], &labels["app"]), (&json!("exp1"), &json!("tf-training-multi")));
    }
}

#[test]
fn names_that_yaml_misreads_work_with_our_packs_and_are_warned_about_with_others() {
    for helm in helms() {
        let sandbox = Sandbox::new().with("HELM_BIN", &helm.path);
        for pack in BUILT_IN {
            let output = sandbox.run(BIN, ["template", "no", pack]);
            assert_eq!(output.stderr, "", "{pack}");
            assert!(objects(&output.success()).iter().all(|it| it["metadata"]["name"] == "no"), "{pack}");
        }
        let output = sandbox.run(BIN, ["template", "no", &zoo("tf-training-multi")]);
        assert!(output.stderr.contains("warning: "), "{output}");
    }
}

#[test]
fn variables_reach_our_containers() {
    for helm in helms() {
        for pack in BUILT_IN {
            let objects = manifests(&helm, pack, &["-e", "MODE=a=b", "--env-secret", "TOKEN=creds:api"]);
            let containers = containers(&objects);
            let env = containers[0]["env"].as_array().unwrap();
            let find = |name: &str| env.iter().find(|it| it["name"] == name).unwrap_or_else(|| panic!("{pack} {name}"));
            assert_eq!(find("MODE")["value"], "a=b", "{pack}");
            assert_eq!(find("TOKEN")["valueFrom"], json!({"secretKeyRef": {"name": "creds", "key": "api"}}), "{pack}");
            assert_eq!(find("OMP_NUM_THREADS")["value"], "1", "{pack}");
            assert_eq!(find("RUN_NAME")["value"], "exp1", "{pack}");
        }
    }
}
