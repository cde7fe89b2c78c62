//! TensorBoard's Service and its URL.

use serde_json::{Value, json};

use super::*;
use crate::tfjob::endpoints::{Backend, backends, ready_endpoints, selected};
use crate::tfjob::replica::ReplicaType;
use crate::tfjob::service::{DEFAULT_PROXY, ServicePort, choose, choose_port, is_before_1_10, proxy_url};

fn service(name: &str, ports: &Value) -> Value {
    json!({"metadata": {"name": name, "namespace": "default"}, "spec": {"ports": ports}})
}

fn of_2017(name: &str) -> Job {
    let metadata = json!({"name": name, "namespace": "default", "uid": "u"});
    let spec = json!({"RuntimeId": "76no", "replicaSpecs": []});
    Job::read(&json!({"apiVersion": "tensorflow.org/v1alpha1", "kind": "TfJob", "metadata": metadata, "spec": spec}))
        .unwrap()
}

fn v1(name: &str) -> Job {
    let metadata = json!({"name": name, "namespace": "default", "uid": "u"});
    Job::read(&json!({"apiVersion": "kubeflow.org/v1", "kind": "TFJob", "metadata": metadata})).unwrap()
}

fn url(job: &Job, services: &[Value], wanted: Option<&str>) -> String {
    choose(job, services, wanted).map_or_else(String::new, |it| it.proxy_url(DEFAULT_PROXY, false).unwrap())
}

const ROOT: &str = "http://127.0.0.1:8001/api/v1/namespaces/default/services";

#[test]
fn services_of_2017_by_both_of_their_names() {
    let port = json!([{"name": "tb-port", "port": 80, "targetPort": 6006}]);
    let (new, old) = (service("example-job-tensorboard-76no", &port), service("tensorboard-76no", &port));
    let job = of_2017("example-job");
    let expected = format!("{ROOT}/example-job-tensorboard-76no:80/proxy/");
    assert_eq!(url(&job, &[old.clone(), new.clone()], None), expected, "65");
    assert_eq!(url(&job, std::slice::from_ref(&old), None), format!("{ROOT}/tensorboard-76no:80/proxy/"), "65");
    let found = choose(&job, &[old], None).unwrap();
    let legacy = "http://127.0.0.1:8001/api/v1/proxy/namespaces/default/services/tensorboard-76no:80/";
    assert_eq!(found.proxy_url(DEFAULT_PROXY, true).unwrap(), legacy, "66");
    let long = "x".repeat(60);
    let short = format!("{}-tensorboard-76no", &long[..40]);
    assert_eq!(url(&of_2017(&long), &[service(&short, &port)], None), format!("{ROOT}/{short}:80/proxy/"), "49");
    assert_eq!(choose(&v1("example-job"), &[new], None), None, "69");
}

#[test]
fn services_of_other_makers() {
    let port = json!([{"name": "tensorboard", "port": 6006, "nodePort": 30000}]);
    let mut arena = service("anything", &port);
    arena["metadata"]["labels"] = json!({"release": "j", "role": "tensorboard", "app": "tfjob"});
    assert_eq!(url(&v1("j"), &[arena.clone()], None), format!("{ROOT}/anything:6006/proxy/"), "67");
    assert_eq!(url(&v1("k"), &[arena.clone()], None), "", "67");
    assert_eq!(
        url(&v1("j"), &[service("j-tensorboard", &port)], None),
        format!("{ROOT}/j-tensorboard:6006/proxy/"),
        "67"
    );
    let mut owned = service("board", &json!([{"port": 80, "targetPort": 6006}]));
    assert_eq!(url(&v1("j"), &[owned.clone()], None), "", "69");
    owned["metadata"]["ownerReferences"] = json!([{"kind": "TFJob", "name": "j", "uid": "u", "controller": true}]);
    assert_eq!(url(&v1("j"), &[owned.clone()], None), format!("{ROOT}/board:80/proxy/"));
    assert_eq!(url(&v1("j"), &[owned.clone(), arena], None), format!("{ROOT}/anything:6006/proxy/"), "the order");
    owned["spec"]["ports"] = json!([{"name": "tfjob-port", "port": 2222}]);
    assert_eq!(choose(&v1("j"), &[owned], None), None, "a replica's own service");
    let mut other = service("j-tensorboard", &port);
    other["metadata"]["ownerReferences"] =
        json!([{"kind": "TFJob", "name": "j", "uid": "another", "controller": true}]);
    assert_eq!(choose(&v1("j"), std::slice::from_ref(&other), None), None, "another job of the same name");
    assert!(choose(&v1("j"), &[other], Some("j-tensorboard")).is_some());
    let mut elsewhere = service("j-tensorboard", &port);
    elsewhere["metadata"]["namespace"] = json!("other");
    assert_eq!(choose(&v1("j"), &[elsewhere], None), None, "another namespace");
    assert_eq!(choose(&v1("j"), &[Value::Null, json!({})], Some("nosuch")), None);
}

#[test]
fn services_of_replicas_come_last_and_the_chiefs_first_among_them() {
    let of = |name: &str, kind: &str, index: &str| {
        let mut it =
            service(name, &json!([{"name": "tfjob-port", "port": 2222}, {"name": "tensorboard", "port": 8888}]));
        it["metadata"]["ownerReferences"] = json!([{"kind": "TFJob", "name": "j", "uid": "u", "controller": true}]);
        it["metadata"]["labels"] = json!({"training.kubeflow.org/replica-type": kind,
            "training.kubeflow.org/replica-index": index});
        it
    };
    let replicas = [of("j-ps-0", "ps", "0"), of("j-worker-0", "worker", "0"), of("j-master-0", "master", "0")];
    let found = choose(&v1("j"), &replicas, None).unwrap();
    assert_eq!((found.name.as_str(), found.replica), ("j-master-0", Some((ReplicaType::Master, 0))));
    // Ours of a job whose name no Service may have.
    let mut own = of("tensorboard-of-it", "", "");
    own["metadata"]["labels"] = json!({"app.kubernetes.io/component": "tensorboard"});
    let found = choose(&v1("j"), &[replicas.to_vec(), vec![own]].concat(), None).unwrap();
    assert_eq!((found.name.as_str(), found.replica), ("tensorboard-of-it", None));
    let mut old = of("j-worker-0", "", "");
    for labels in [
        json!({"replica-type": "worker", "replica-index": "0"}),
        json!({"tf-replica-type": "worker", "tf-replica-index": "0", "tf-job-name": "j"}),
    ] {
        old["metadata"]["labels"] = labels;
        let found = choose(&v1("j"), std::slice::from_ref(&old), None).unwrap();
        assert_eq!(found.replica, Some((ReplicaType::Worker, 0)));
    }
    old["metadata"]["labels"] = json!({"replica-type": "tensorboard", "replica-index": "0"});
    assert_eq!(choose(&v1("j"), &[old], None).unwrap().replica, None);
}

#[test]
fn makers_with_a_path_of_their_own() {
    let port = json!([{"name": "tensorboard", "port": 6006}]);
    let mut object = json!({"apiVersion": "training.kubedl.io/v1alpha1", "kind": "TFJob",
        "metadata": {"name": "j", "namespace": "default", "uid": "u"}});
    let config = r#"{"logDir": "/l", "ingressSpec": {"host": "h", "pathPrefix": "/tb/"}}"#;
    object["metadata"]["annotations"] = json!({"kubedl.io/tensorboard-config": config});
    let job = Job::read(&object).unwrap();
    let expected = format!("{ROOT}/j-tensorboard-0:6006/proxy/tb/default/j/");
    assert_eq!(url(&job, &[service("j-tensorboard-0", &port)], None), expected);
    let uuid = "0b0dfa9e-3b1c-4d53-8a3c-6e1d6f3a0d11";
    let nauta = service(&format!("tensorboard-{uuid}"), &json!([{"name": "web", "port": 80}]));
    assert_eq!(url(&v1("j"), std::slice::from_ref(&nauta), None), "");
    let expected = format!("{ROOT}/tensorboard-{uuid}:80/proxy/tb/{uuid}/");
    assert_eq!(url(&v1("j"), &[nauta], Some(&format!("tensorboard-{uuid}"))), expected);
}

#[test]
fn ports_by_name_then_by_number_then_the_only_one() {
    for (ports, expected) in [
        (
            json!([{"port": 1}, {"name": "http", "port": 2}, {"name": "web", "port": 3}, {"name": "tb-port", "port": 4}]),
            "4",
        ),
        (json!([{"name": "a", "port": 1}, {"name": "b", "port": 6006}]), "6006"),
        (json!([{"name": "a", "port": 1234}]), "1234"),
        (
            json!([{"name": "a", "port": 0}, {"name": "b", "port": 65535}]),
            "service `s` has several ports, and none is TensorBoard's by its name or number: a 0, b 65535",
        ),
        (json!([{"port": 70000}, {"port": "x"}, 5]), "service `s` has no port"),
        (json!([]), "service `s` has no port"),
    ] {
        let found = choose_port("s", ports.as_array().unwrap());
        assert_eq!(found.map_or_else(|it| it.to_string(), |it| it.number.to_string()), expected, "{ports}");
    }
}

#[test]
fn urls_are_joined_with_single_slashes() {
    let port = |number, is_tls| ServicePort { number, name: None, target: None, is_tls };
    for (base, number, is_tls, expected) in [
        ("http://127.0.0.1:8001", 80, false, "http://127.0.0.1:8001/api/v1/namespaces/n/services/s:80/proxy/"),
        ("http://h:9000/k8s/", 80, false, "http://h:9000/k8s/api/v1/namespaces/n/services/s:80/proxy/"),
        ("http://h:9000/k8s", 443, true, "http://h:9000/k8s/api/v1/namespaces/n/services/https:s:443/proxy/"),
    ] {
        assert_eq!(proxy_url(base, "n", "s", &port(number, is_tls), false), expected, "71");
    }
    for (port, is_tls) in [
        (json!({"port": 443}), true),
        (json!({"port": 8443, "name": "https-web"}), true),
        (json!({"port": 80, "appProtocol": "https"}), true),
        (json!({"port": 80, "name": "http"}), false),
    ] {
        assert_eq!(choose_port("s", std::slice::from_ref(&port)).unwrap().is_tls, is_tls, "{port}");
    }
}

#[test]
fn load_balancers_have_an_address_of_their_own() {
    for (ingress, expected) in [
        (json!([{"hostname": "lb.example.com", "ip": "10.0.0.1"}]), Some("http://lb.example.com:80/")),
        (json!([{"ip": "10.0.0.1"}]), Some("http://10.0.0.1:80/")),
        (json!([{"ip": "fd00::1"}]), Some("http://[fd00::1]:80/")),
        (json!([]), None),
        (Value::Null, None),
    ] {
        let mut service = service("j-tensorboard", &json!([{"port": 80}]));
        service["status"] = json!({"loadBalancer": {"ingress": ingress}});
        assert_eq!(choose(&v1("j"), &[service.clone()], None).unwrap().load_balancer_url(), None, "70: no type");
        service["spec"]["type"] = json!("LoadBalancer");
        let found = choose(&v1("j"), &[service], None).unwrap();
        assert_eq!(found.load_balancer_url().as_deref(), expected, "70");
        assert_eq!(found.proxy_url(DEFAULT_PROXY, false).unwrap(), format!("{ROOT}/j-tensorboard:80/proxy/"), "70");
    }
}

#[test]
fn ready_endpoints_are_counted() {
    let endpoints =
        json!({"subsets": [{"addresses": [{}, {}], "notReadyAddresses": [{}]}, {"notReadyAddresses": [{}]}]});
    let slice = json!({"endpoints": [
        {"addresses": ["a"], "conditions": {"ready": true}}, {"addresses": ["b"], "conditions": {"ready": false}},
        {"addresses": ["c"], "conditions": {}}]});
    let port =
        |name: Option<&str>| ServicePort { number: 80, name: name.map(str::to_owned), target: None, is_tls: false };
    assert_eq!(ready_endpoints(&[endpoints], &port(None)), 2, "68");
    assert_eq!(ready_endpoints(&[slice, Value::Null], &port(Some("tb"))), 2, "68");
    assert_eq!(ready_endpoints(&[json!({"subsets": null})], &port(None)), 0, "68");
    // Pods that serve another port of the Service only.
    let other = json!([{"name": "metrics", "port": 9090}]);
    let endpoints = json!({"subsets": [{"addresses": [{}], "ports": other}]});
    let slice = json!({"endpoints": [{"addresses": ["a"]}], "ports": other});
    assert_eq!(ready_endpoints(&[endpoints, slice], &port(Some("tb"))), 0, "68");
}

#[test]
fn pods_behind_a_port() {
    let port = |name: Option<&str>, target: Option<&str>| ServicePort {
        number: 80,
        name: name.map(str::to_owned),
        target: target.map(str::to_owned),
        is_tls: false,
    };
    let pod = |name: &str| json!({"ip": "10.0.0.1", "targetRef": {"kind": "Pod", "name": name}});
    let ready = json!([pod("b"), pod("a"), {"ip": "10.0.0.9"}, {"targetRef": {"kind": "Node", "name": "n"}}]);
    for (ports, wanted, expected) in [
        (
            json!([{"name": "tb", "port": 6006}, {"name": "x", "port": 1}]),
            port(Some("tb"), None),
            &[("a", 6006), ("b", 6006)][..],
        ),
        (json!([{"name": "x", "port": 1}]), port(Some("tb"), None), &[]),
        (json!([{"name": "x", "port": 1}]), port(None, None), &[]),
        (json!([{"name": "x", "port": 1}, {"name": "y", "port": 2}]), port(Some("tb"), None), &[]),
        (json!([{"port": 6006}]), port(None, Some("web")), &[("a", 6006), ("b", 6006)]),
        (Value::Null, port(None, Some("6006")), &[("a", 6006), ("b", 6006)]),
        (Value::Null, port(None, Some("web")), &[("a", 80), ("b", 80)]),
        (json!([{"port": "x"}]), port(None, None), &[]),
    ] {
        let endpoints = json!({"subsets": [{"ports": ports, "addresses": ready, "notReadyAddresses": [pod("c")]}]});
        let expected: Vec<Backend> =
            expected.iter().map(|(pod, port)| Backend { pod: (*pod).to_owned(), port: *port }).collect();
        assert_eq!(backends(&endpoints, &wanted), expected, "{endpoints}");
    }
    assert_eq!(backends(&Value::Null, &port(None, None)), []);
}

#[test]
fn pods_that_a_service_selects() {
    let pod = |name: &str, ready: &str, deleted: Option<&str>| {
        let containers =
            json!([{"ports": [{"containerPort": 1}]}, {"ports": [{"name": "web", "containerPort": 6006}]}]);
        let metadata = json!({"name": name, "deletionTimestamp": deleted});
        let status = json!({"conditions": [{"type": "Ready", "status": ready}]});
        json!({"metadata": metadata, "spec": {"containers": containers}, "status": status})
    };
    let pods = [pod("b", "True", None), pod("a", "True", None), pod("c", "False", None), pod("d", "True", Some(NOW))];
    for (target, expected) in
        [(Some("web"), Some(6006)), (Some("8888"), Some(8888)), (None, Some(80)), (Some("x"), None)]
    {
        let port = ServicePort { number: 80, name: None, target: target.map(str::to_owned), is_tls: false };
        let expected = expected.into_iter().flat_map(|port| ["a", "b"].map(|it| Backend { pod: it.to_owned(), port }));
        assert_eq!(selected(&pods, &port), expected.collect::<Vec<_>>(), "{target:?}");
    }
}

#[test]
fn old_servers_have_the_legacy_form_alone() {
    for (major, minor, is_old) in [
        ("1", "9", true),
        ("1", "9+", true),
        ("1", "10", false),
        ("1", "10+", false),
        ("2", "0", false),
        ("1", "", false),
    ] {
        assert_eq!(is_before_1_10(&json!({"major": major, "minor": minor})), is_old, "66: {major}.{minor}");
    }
    assert!(!is_before_1_10(&Value::Null), "66");
}
