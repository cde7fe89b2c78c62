//! `tensorboard`: URLs that are fetched for real, through the API server's proxy and through forwarded ports.

mod forwarding;
mod making;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;
use support::bed::Job;
use support::http::{Reply, Server};

use crate::{Following, LONG, World};

const PAGE: &str = "<html><script src=\"index.js\"></script></html>";

/// Returns a server in the place of TensorBoard: a page with an asset by its side.
fn board(title: &str) -> Server {
    let server = Server::start();
    server.answer("/", [Reply::ok(format!("{PAGE}{title}")).with("Content-Type", "text/html")]);
    server.answer("/index.js", [Reply::ok(format!("asset of {title}")).with("Content-Type", "text/javascript")]);
    server
}

fn port(server: &Server) -> u16 {
    server.url("").rsplit_once(':').unwrap().1.parse().unwrap()
}

/// Fetches a URL, and returns its status and its body.
fn get(url: &str) -> (u16, String) {
    let (host, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let Ok(mut stream) = TcpStream::connect(host) else { return (0, String::new()) };
    stream.set_read_timeout(Some(LONG)).unwrap();
    write!(stream, "GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
    // Read as browsers do: by its length, or to the end where the answer does not say.
    let mut reader = BufReader::new(stream);
    let (mut head, mut line) = (String::new(), String::from("-"));
    while !line.trim_end().is_empty() {
        line.clear();
        if reader.read_line(&mut line).is_err() {
            return (0, String::new());
        }
        head.push_str(&line);
    }
    let length = head.lines().find_map(|it| it.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = Vec::new();
    // What came before a connection breaks counts.
    let _ = reader.take(length.unwrap_or(u64::MAX)).read_to_end(&mut body);
    let status = head.split(' ').nth(1).and_then(|it| it.parse().ok()).unwrap_or(0);
    (status, String::from_utf8_lossy(&body).into_owned())
}

/// Loads the page at a URL and the asset beside it, as a browser does.
fn load(url: &str, title: &str) {
    let (status, body) = get(url);
    assert!(status == 200 && body.contains("index.js") && body.contains(title), "{url}: {status} {body}");
    let (status, body) = get(&format!("{url}index.js"));
    assert!(status == 200 && body.contains(&format!("asset of {title}")), "{url}: {status} {body}");
}

/// Makes a pod that serves TensorBoard for services of `app: NAME`, at an address of the cluster.
fn pod(world: &World, name: &str, app: &str, address: &str) {
    world.space.apply(&format!(
        "apiVersion: v1
kind: Pod
metadata: {{name: {name}, labels: {{app: {app}}}, annotations: {{test/pod-ip: {address}}}}}
spec: {{containers: [{{name: main, image: board, ports: [{{name: web, containerPort: 6006}}]}}]}}
"
    ));
}

/// Makes a Service with these labels and this port.
fn service(world: &World, name: &str, app: &str, labels: &str, port: &str) {
    world.space.apply(&format!(
        "apiVersion: v1
kind: Service
metadata: {{name: {name}, labels: {{{labels}}}}}
spec: {{selector: {{app: {app}}}, ports: [{{{port}}}]}}
"
    ));
}

/// Lets connections that are forwarded to a pod lead to a server of the test.
fn reach(world: &World, pod: &str, server: &Server) {
    let target = format!("{{address: 127.0.0.1, port: {}}}", port(server));
    world.space.apply(&format!(
        "apiVersion: kwok.x-k8s.io/v1alpha1
kind: PortForward
metadata: {{name: {pod}}}
spec: {{forwards: [{{ports: [6006], target: {target}}}]}}
"
    ));
}

/// Starts a `kubectl proxy`, and returns it with its port.
fn proxy(world: &World, words: &[&str]) -> (Following, String) {
    let words = [&["proxy", "--port", "0"], words].concat();
    let mut proxy = Following::start(world.space.bed().kubectl_command(&words));
    let line = proxy.await_line("kubectl proxy listens", |it| it.starts_with("Starting to serve on 127.0.0.1:"));
    let port = line.rsplit_once(':').unwrap().1.to_owned();
    (proxy, port)
}

#[test]
fn load_balancers_come_first() {
    let Some(world) = World::new() else { return };
    let namespace = world.space.name();
    world.space.apply(&Job::new("mnist").replica("Worker", 1).to_string());
    service(&world, "mnist-tensorboard", "nobody", "", "port: 80");
    let patch = |what: &str, words: &[&str]| {
        let words = [&["patch", "service", "mnist-tensorboard", "--type=merge", "-p", what], words].concat();
        let _ = world.space.kubectl(&words).success();
    };
    patch("{\"spec\":{\"type\":\"LoadBalancer\"}}", &[]);
    let proxy = format!("http://127.0.0.1:8001/api/v1/namespaces/{namespace}/services/mnist-tensorboard:80/proxy/\n");
    let words = ["tensorboard", "mnist", "--no-wait"];
    assert_eq!(world.tfjob(&words).success(), proxy, "pending");
    let ingress = "{\"status\":{\"loadBalancer\":{\"ingress\":[{\"hostname\":\"lb.example.com\"}]}}}";
    patch(ingress, &["--subresource=status"]);
    assert_eq!(world.tfjob(&words).success(), format!("http://lb.example.com:80/\n{proxy}"));
    assert_eq!(world.tfjob(&[&words[..], &["--url-only"]].concat()).success(), proxy);
    let both = "template={{loadBalancerUrl}} {{url}}";
    let output = world.tfjob(&[&words[..], &["-o", both]].concat()).success();
    assert_eq!(output, format!("http://lb.example.com:80/ {proxy}"));
}

#[test]
fn a_page_and_its_assets_through_kubectls_proxy() {
    let Some(world) = World::new() else { return };
    let namespace = world.space.name();
    world.space.apply(&Job::new("mnist").replica("Worker", 1).to_string());
    let server = board("arena");
    world.space.bed().route("10.99.201.1:6006", port(&server));
    pod(&world, "board", "board", "10.99.201.1");
    service(
        &world,
        "of-arena",
        "board",
        "release: mnist, role: tensorboard, app: tfjob",
        "name: tensorboard, port: 6006",
    );

    let root = format!("/api/v1/namespaces/{namespace}/services/of-arena:6006/proxy/");
    let output = world.tfjob(&["tensorboard", "mnist"]);
    assert_eq!((output.code, &output.stdout), (0, &format!("http://127.0.0.1:8001{root}\n")), "{output}");
    assert!(output.stderr.contains("while `kubectl proxy` runs"), "{output}");
    let also = format!("also: kubectl port-forward service/of-arena 6006:6006 -n {namespace}\n");
    assert!(output.stderr.ends_with(&also), "{output}");
    assert_eq!(world.status("mnist")["tensorboard"], format!("http://127.0.0.1:8001{root}"));
    let page = world.tfjob(&["status", "mnist"]).success();
    assert!(page.contains(&format!("TensorBoard:  http://127.0.0.1:8001{root}\n")), "{page}");

    let (_proxy, number) = proxy(&world, &[]);
    let base = format!("http://127.0.0.1:{number}");
    let output = world.tfjob(&["tensorboard", "tfjob/mnist", "--url-only", "--proxy-url", &base]);
    assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{output}");
    load(output.stdout.trim(), "arena");
    let (_proxy, number) = proxy(&world, &["--api-prefix=/k8s/"]);
    let base = format!("http://127.0.0.1:{number}/k8s/");
    let json = world.tfjob(&["tensorboard", "mnist", "--proxy-url", &base, "-o", "json"]).json();
    load(json["url"].as_str().unwrap(), "arena");
    assert_eq!(
        (&json["service"], &json["port"], &json["readyEndpoints"]),
        (&"of-arena".into(), &6006.into(), &1.into())
    );
    assert_eq!((&json["localUrl"], &json["loadBalancerUrl"]), (&Value::Null, &Value::Null));
    let name = world.tfjob(&["tensorboard", "mnist", "-o", "name"]).success();
    assert_eq!(name, "service/of-arena\n");
    let legacy = world.tfjob(&["tensorboard", "mnist", "--legacy", "--url-only"]).success();
    assert_eq!(legacy, format!("http://127.0.0.1:8001/api/v1/proxy/namespaces/{namespace}/services/of-arena:6006/\n"));
}

#[test]
fn none_found_and_none_ready() {
    let Some(world) = World::new() else { return };
    let namespace = world.space.name();
    world.space.apply(&Job::new("mnist").replica("Worker", 1).to_string());
    let output = world.tfjob(&["tensorboard", "mnist"]);
    assert_eq!((output.code, output.stdout.as_str()), (1, ""), "{output}");
    assert!(output.stderr.starts_with("error: tfjob \"mnist\" has no TensorBoard\nhint: "), "{output}");
    assert!(output.stderr.contains(&format!("`kubectl tfjob tensorboard mnist -n {namespace} --create --logdir DIR`")));
    let error = world.tfjob(&["tensorboard", "mnist", "--service", "board"]).failure(1);
    assert!(error.starts_with("error: services \"board\" not found"), "{error}");
    assert!(
        world.tfjob(&["tensorboard", "nope"]).failure(1).starts_with("error: tfjobs.kubeflow.org \"nope\" not found")
    );

    service(&world, "board", "nobody", "", "port: 1234");
    let url = format!("http://127.0.0.1:8001/api/v1/namespaces/{namespace}/services/board:1234/proxy/\n");
    let words = ["tensorboard", "mnist", "--service", "board"];
    let output = world.tfjob(&[&words[..], &["--timeout", "300ms"]].concat());
    assert_eq!((output.code, &output.stdout), (1, &url), "{output}");
    assert!(output.stderr.contains("error: TensorBoard of tfjob \"mnist\" is not ready: 0 endpoints"), "{output}");
    assert!(output.stderr.contains(&format!("`kubectl get pods -n {namespace} -l app=nobody`")), "{output}");
    let output = world.tfjob(&[&words[..], &["--no-wait"]].concat());
    assert_eq!((output.code, &output.stdout), (0, &url), "{output}");
    assert!(output.stderr.contains("not ready: 0 endpoints"), "{output}");
    let output = world.tfjob(&[&words[..], &["--timeout", "0", "--port-forward"]].concat());
    assert_eq!(output.code, 1, "{output}");

    // It is waited for.
    let waiting = world.command(&[&words[..], &["-o", "json"]].concat()).stdout(std::process::Stdio::piped()).spawn();
    std::thread::sleep(Duration::from_millis(500));
    pod(&world, "late", "nobody", "10.99.201.6");
    let output = waiting.unwrap().wait_with_output().unwrap();
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(output.status.success() && json["readyEndpoints"] == 1, "{json:#}");
}

#[test]
fn missing_rights_in_words() {
    let Some(world) = World::new() else { return };
    let namespace = world.space.name();
    world.space.apply(&Job::new("mnist").replica("Worker", 1).to_string());
    service(&world, "mnist-tensorboard", "board", "", "port: 6006");
    pod(&world, "one", "board", "10.99.201.7");
    let may = |rules: &str| crate::rights::allow(&world, rules);
    let ask = |words: &[&str]| crate::rights::as_viewer(&world, &[&["tensorboard", "mnist"], words].concat());
    let jobs = "{apiGroups: [kubeflow.org], resources: [tfjobs], verbs: [get]}";
    may(jobs);
    let mut output = ask(&[]);
    world.space.wait_until("the role is in force", LONG, || {
        output = ask(&[]);
        !output.stderr.contains("tfjobs")
    });
    assert!(output.code == 1 && output.stderr.contains("services is forbidden"), "{output}");
    assert!(output.stderr.contains(&format!("need list services in namespace {namespace}")), "{output}");

    let services = format!("{jobs}, {{apiGroups: [''], resources: [services], verbs: [get, list]}}");
    may(&services);
    world.space.wait_until("the role is in force", LONG, || {
        output = ask(&[]);
        output.code == 0
    });
    assert!(output.stdout.contains("/services/mnist-tensorboard:6006/proxy/"), "{output}");
    assert!(output.stderr.contains("endpoints are forbidden (need list endpoints in namespace"), "{output}");
    assert_eq!(ask(&["--service", "mnist-tensorboard", "--no-wait"]).code, 0);

    may(&format!("{services}, {{apiGroups: [''], resources: [endpoints], verbs: [get, list, watch]}}"));
    world.space.wait_until("the role is in force", LONG, || {
        output = ask(&["--port-forward"]);
        !output.stderr.contains("endpoints")
    });
    // Servers before 1.35 ask for `get`, later ones for `create` too.
    let right = format!("pods/portforward in namespace {namespace}");
    assert!(output.code == 1 && output.stderr.contains(&right) && output.stdout.is_empty(), "{output}");
    let error = ask(&["--create", "--logdir", "gs://x"]);
    assert!(error.code == 0 && error.stderr.contains("has a TensorBoard already"), "{error}");
}

#[test]
fn services_of_the_operator_of_2017_and_of_kubedl() {
    // Definitions are the whole cluster's.
    let Some(world) = World::with_bed_of_its_own() else { return };
    let namespace = world.space.name();
    for (group, kind) in [("tensorflow.org", "TfJob"), ("training.kubedl.io", "TFJob")] {
        world.space.apply(&format!(
            "apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {{name: tfjobs.{group}}}
spec:
  group: {group}
  scope: Namespaced
  names: {{kind: {kind}, plural: tfjobs, singular: tfjob}}
  versions:
  - name: v1alpha1
    served: true
    storage: true
    schema: {{openAPIV3Schema: {{type: object, x-kubernetes-preserve-unknown-fields: true}}}}
"
        ));
    }
    let jobs = "apiVersion: tensorflow.org/v1alpha1
kind: TfJob
metadata: {name: example-job}
spec: {RuntimeId: 76no, tensorboard: {logDir: /tmp/logs}, replicaSpecs: [{template: {spec: {containers: []}}}]}
---
apiVersion: training.kubedl.io/v1alpha1
kind: TFJob
metadata:
  name: other
  annotations: {kubedl.io/tensorboard-config: '{\"ingressSpec\": {\"pathPrefix\": \"/tb\"}}'}
spec: {tfReplicaSpecs: {}}
";
    world.space.wait_until("both groups are served", LONG, || {
        world.space.bed().kubectl_with_input(&["-n", namespace, "apply", "-f", "-"], jobs).ok()
    });
    let server = board("2017");
    world.space.bed().route("10.99.201.8:6006", port(&server));
    pod(&world, "one", "board", "10.99.201.8");
    service(&world, "tensorboard-76no", "board", "", "name: tb-port, port: 80, targetPort: 6006");
    service(&world, "other-tensorboard-0", "board", "", "name: tensorboard, port: 6006");
    let (_proxy, number) = proxy(&world, &[]);
    let base = format!("http://127.0.0.1:{number}");
    let root = format!("/api/v1/namespaces/{namespace}/services");
    let url = |job: &str| {
        let status = world.status(job)["tensorboard"].as_str().unwrap_or_default().to_owned();
        let url = world.tfjob(&["tensorboard", job, "--proxy-url", &base, "--url-only"]).success();
        assert_eq!(status.replace("http://127.0.0.1:8001", &base), url.trim());
        url.trim().strip_prefix(&base).unwrap().to_owned()
    };
    assert_eq!(url("example-job"), format!("{root}/tensorboard-76no:80/proxy/"));
    load(&format!("{base}{root}/tensorboard-76no:80/proxy/"), "2017");
    service(&world, "example-job-tensorboard-76no", "board", "", "name: tb-port, port: 80, targetPort: 6006");
    assert_eq!(url("example-job"), format!("{root}/example-job-tensorboard-76no:80/proxy/"));
    assert_eq!(url("other"), format!("{root}/other-tensorboard-0:6006/proxy/tb/{namespace}/other/"));
}
