//! Which API serves `tfjobs`, on servers new and old, whole and broken.

use serde_json::json;

use super::*;

fn names(cluster: &Cluster) -> Result<Vec<String>, String> {
    let apis = cluster.job_apis().map_err(|it| it.to_string())?;
    Ok(apis.into_iter().map(|it| format!("{}/{} {}", it.group, it.version, it.kind)).collect())
}

fn described(version: &str, has_jobs: bool) -> Value {
    let plural = if has_jobs { "tfjobs" } else { "pytorchjobs" };
    let resource = json!({"resource": plural, "responseKind": {"kind": "TFJob"}, "scope": "Namespaced"});
    json!({"version": version, "resources": [resource], "freshness": "Current"})
}

fn group(name: &str, preferred: &str, versions: &[&str]) -> Value {
    let versions: Vec<Value> =
        versions.iter().map(|it| json!({"groupVersion": format!("{name}/{it}"), "version": it})).collect();
    json!({"name": name, "versions": versions, "preferredVersion": {"version": preferred}})
}

fn resources(plural: &str) -> Reply {
    let status = json!({"name": format!("{plural}/status"), "kind": "TFJob"});
    Reply::json(200, &json!({"kind": "APIResourceList", "resources": [{"name": plural, "kind": "TFJob"}, status]}))
}

#[test]
fn one_request_suffices_on_a_new_server() {
    let item = |name: &str, versions: Vec<Value>| json!({"metadata": {"name": name}, "versions": versions});
    let server = Server::start(move |_| {
        Reply::json(
            200,
            &json!({"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "items": [
                item("training.kubedl.io", vec![described("v1alpha1", true)]),
                item("metrics.k8s.io", vec![json!({"version": "v1beta1", "freshness": "Stale"})]),
                item("kubeflow.org", vec![described("v1", true), described("v1beta2", true)]),
                item("tensorflow.org", vec![described("v2", false), described("v1alpha1", true), described("v1", true)]),
                item("apps", vec![described("v1", true)]),
            ]}),
        )
    });
    let found = names(&cluster(&server)).unwrap();
    assert_eq!(found, ["kubeflow.org/v1 TFJob", "tensorflow.org/v1 TFJob", "training.kubedl.io/v1alpha1 TFJob"]);
    assert_eq!(server.paths(), ["/apis"]);
    assert!(server.requests()[0].header("accept").unwrap().contains("as=APIGroupDiscoveryList"));
}

#[test]
fn an_old_server_is_asked_about_our_groups_alone() {
    let server = Server::start(|it| match it.path.as_str() {
        "/apis" => Reply::json(
            200,
            &json!({"kind": "APIGroupList", "groups": [
                group("metrics.k8s.io", "v1beta1", &["v1beta1"]),
                group("kubeflow.org", "v2", &["v1beta1", "v1", "v2"]),
            ]}),
        ),
        "/apis/kubeflow.org/v2" => resources("mpijobs"),
        "/apis/kubeflow.org/v1beta1" | "/apis/kubeflow.org/v1" => resources("tfjobs"),
        _ => status(503, "ServiceUnavailable", "down").with("Retry-After", "3600"),
    });
    assert_eq!(names(&cluster(&server)).unwrap(), ["kubeflow.org/v1 TFJob"]);
    assert_eq!(server.requests().len(), 4);
}

#[test]
fn a_group_that_is_down_hides_no_other() {
    let server = Server::start(|it| match it.path.as_str() {
        "/apis" if it.header("accept").unwrap().contains("as=") => status(406, "NotAcceptable", "no"),
        "/apis" => Reply::json(
            200,
            &json!({"kind": "APIGroupList", "groups": [
                group("training.kubedl.io", "v1alpha1", &["v1alpha1"]),
                group("kubeflow.org", "v1", &["v1"]),
            ]}),
        ),
        "/apis/kubeflow.org/v1" => resources("tfjobs"),
        _ => status(503, "ServiceUnavailable", "down").with("Retry-After", "3600"),
    });
    assert_eq!(names(&cluster(&server)).unwrap(), ["kubeflow.org/v1 TFJob"]);
}

#[test]
fn none_is_an_answer_and_a_failure_is_not() {
    let server = Server::start(|it| match it.path.as_str() {
        "/apis" => Reply::json(200, &json!({"kind": "APIGroupList", "groups": [group("apps", "v1", &["v1"])]})),
        "/apis/trainer.kubeflow.org" => Reply::json(200, &json!({"kind": "APIGroup"})),
        _ => status(404, "NotFound", "no"),
    });
    let it = cluster(&server);
    assert_eq!(names(&it).unwrap(), [""; 0]);
    assert!(it.has_group("trainer.kubeflow.org").unwrap());
    assert!(!it.has_group("kubeflow.org").unwrap());

    let server = Server::start(|_| status(500, "InternalError", "etcd is gone"));
    assert_eq!(names(&cluster(&server)).unwrap_err(), "etcd is gone");
}
