//! Single requests and lists.

use std::sync::{Arc, Mutex};

use serde_json::json;

use super::*;
use crate::base::failure::Failure as _;
use crate::edge::cluster::{DeleteOptions, Propagation};

const LIST: &str = "/apis/kubeflow.org/v1/namespaces/a/tfjobs";

#[test]
fn lists_come_in_pages_each_object_whole() {
    let server = Server::start(|it| match it.number {
        0 => Reply::json(200, &list_of(&["x", "y"], "t/1", "7")),
        _ => Reply::json(200, &list_of(&["z"], "", "8")),
    });
    let cluster = cluster(&server);
    let mut items = Vec::new();
    let query = Query { fields: Some("a=b".to_owned()), ..Query::labels("l in (m)") };
    let version = cluster.list(&jobs(), Scope::Namespace("a"), &query, &mut |page| match page {
        Page::Items(page) => items.extend(page),
        Page::Restarted => panic!("nothing expired"),
    });
    assert_eq!(version.unwrap(), "8");
    assert_eq!(items.iter().map(name).collect::<Vec<_>>(), ["x", "y", "z"]);
    assert_eq!(items[0], json!({"apiVersion": "kubeflow.org/v1", "kind": "TFJob", "metadata": {"name": "x"}}));
    let selectors = "labelSelector=l%20in%20%28m%29&fieldSelector=a%3Db&limit=500";
    assert_eq!(server.paths(), [format!("{LIST}?{selectors}"), format!("{LIST}?{selectors}&continue=t%2F1")]);
}

#[test]
fn a_token_that_expires_begins_the_list_anew_once() {
    let gone = || status(410, "Expired", "The provided continue parameter is too old");
    let server = Server::start(move |it| match it.number {
        0 | 2 => Reply::json(200, &list_of(&["x"], "t", "7")),
        1 => gone(),
        _ => Reply::json(200, &list_of(&["y"], "", "8")),
    });
    let (told, version) = told(&cluster(&server), &Query::default());
    assert_eq!((told.join(" "), version.unwrap()), ("x restarted x y".to_owned(), "8".to_owned()));

    let server =
        Server::start(
            move |it| if it.path.contains("continue") { gone() } else { Reply::json(200, &list_of(&["x"], "t", "7")) },
        );
    let (told, version) = super::told(&cluster(&server), &Query { chunk: 1, ..Query::default() });
    assert_eq!(told.join(" "), "x restarted x");
    assert_eq!(version.unwrap_err(), "The provided continue parameter is too old");
}

#[test]
fn what_may_pass_is_tried_again_where_nothing_can_happen_twice() {
    let failing = |code: u16| {
        Server::start(move |it| match (it.number, code) {
            (2.., _) => Reply::json(200, &json!({"metadata": {"name": "x"}})),
            (_, 0) => Reply::reset(),
            _ => status(code, "", "busy").with("Retry-After", "0"),
        })
    };
    for code in [0, 429, 503, 504] {
        let server = failing(code);
        assert_eq!(name(&cluster(&server).get(&jobs(), "a", "x").unwrap()), "x", "{code}");
        assert_eq!(server.requests().len(), 3, "{code}");
    }
    for (code, requests) in [(0, 1), (429, 3), (500, 1), (503, 1)] {
        let server = failing(code);
        let made = cluster(&server).patch(&jobs(), "a", "x", &json!({}), false);
        assert_eq!((made.is_ok(), server.requests().len()), (requests == 3, requests), "{code}");
    }
    let server = Server::start(|_| status(503, "", "later").with("Retry-After", "3600"));
    // Nobody waits for an hour.
    let error = cluster(&server).get(&jobs(), "a", "x").unwrap_err();
    assert_eq!((error.to_string().as_str(), server.requests().len()), ("later", 1));
}

#[test]
fn errors_read_as_kubectls_and_tell_what_is_missing() {
    let server = Server::start(|it| match it.path.as_str() {
        path if path.ends_with("/gone") => status(404, "NotFound", "tfjobs.kubeflow.org \"gone\" not found"),
        path if path.contains("pods") => status(403, "Forbidden", "pods is forbidden: User \"u\" cannot list"),
        path if path.contains("login") => status(401, "Unauthorized", "Unauthorized"),
        _ => Reply::text(200, "<html>a portal</html>"),
    });
    let cluster = cluster(&server);
    let error = cluster.get(&jobs(), "a", "gone").unwrap_err();
    assert!(error.is_not_found());
    assert_eq!(error.to_string(), "tfjobs.kubeflow.org \"gone\" not found");
    let error = cluster.list(&Resource::pods(), Scope::Namespace("a"), &Query::default(), &mut |_| ()).unwrap_err();
    assert!(error.is_forbidden());
    assert_eq!(error.missing_right().unwrap().to_string(), "need list pods in namespace a");
    let error = cluster.list(&Resource::pods(), Scope::All, &Query::default(), &mut |_| ()).unwrap_err();
    assert_eq!(error.missing_right().unwrap().to_string(), "need list pods in the whole cluster");
    assert!(error.hint().unwrap().contains("-n NAMESPACE"));
    let error = cluster.raw_get("/login").unwrap_err();
    assert_eq!(error.to_string(), "You must be logged in to the server (Unauthorized)");
    assert_eq!(cluster.raw_get("/x").unwrap_err().to_string(), "the server's answer to `/x` cannot be read");
}

#[test]
fn nobody_there_is_said_at_once() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let flags = ClusterFlags { server: Some(format!("https://127.0.0.1:{port}")), ..ClusterFlags::default() };
    let error = Cluster::connect(&flags, &nowhere(), "kubectl-tfjob").unwrap().raw_get("/api").unwrap_err();
    let refused = "was refused - did you specify the right host or port?";
    assert_eq!(error.to_string(), format!("The connection to the server 127.0.0.1:{port} {refused}"));
}

#[test]
fn a_server_without_tls_is_recognised() {
    let server = Server::start(|_| Reply::text(400, ""));
    let url = server.url().replace("http:", "https:");
    let flags = ClusterFlags { server: Some(url), ..ClusterFlags::default() };
    let error = Cluster::connect(&flags, &nowhere(), "kubectl-tfjob").unwrap().raw_get("/api").unwrap_err();
    assert_eq!(error.to_string(), "Unable to connect to the server: http: server gave HTTP response to HTTPS client");
}

#[test]
fn servers_are_trusted_by_their_certificates() {
    let server = Server::start_tls(|_| Reply::json(200, &json!({"ok": true})));
    let with = |change: fn(&mut ClusterFlags)| {
        let mut flags = ClusterFlags::default();
        change(&mut flags);
        cluster_with(&server, flags).raw_get("/version").map_err(|it| it.to_string())
    };
    let authority = || Some(server::tls_file("ca.pem").to_str().unwrap().to_owned());
    assert!(with(|it| it.insecure_skip_tls_verify = Some(true)).is_ok());
    let mut flags = ClusterFlags { certificate_authority: authority(), ..ClusterFlags::default() };
    let trusting = cluster_with(&server, flags.clone());
    assert_eq!(trusting.raw_get("/version").unwrap(), json!({"ok": true}));
    flags.tls_server_name = Some("other".to_owned());
    let error = cluster_with(&server, flags).raw_get("/version").unwrap_err();
    let failed = "Unable to connect to the server: tls: failed to verify certificate: x509: certificate";
    assert!(error.to_string().starts_with(&format!("{failed} is valid for ")), "{error}");
    assert!(error.hint().unwrap().contains("--tls-server-name"));
    assert_eq!(with(|_| ()).unwrap_err(), format!("{failed} signed by unknown authority"));
}

#[test]
fn files_that_are_not_there_are_named() {
    let server = Server::start(|_| Reply::json(200, &json!({})));
    let with = |change: fn(&mut ClusterFlags)| {
        let mut flags = ClusterFlags::default();
        change(&mut flags);
        cluster_with(&server, flags).raw_get("/version").unwrap_err().to_string()
    };
    let missing = || Some("/no/file".to_owned());
    assert_eq!(
        with(|it| it.certificate_authority = Some("/no/file".to_owned())),
        "unable to read certificate-authority /no/file for  due to open /no/file: no such file or directory"
    );
    let error = with(|it| it.client_certificate = Some("/no/file".to_owned()));
    assert!(error.starts_with("client-key-data or client-key must be specified"), "{error}");
    let flags = ClusterFlags { kubeconfig: missing(), ..ClusterFlags::default() };
    let error = Cluster::connect(&flags, &nowhere(), "kubectl-tfjob").unwrap_err();
    assert_eq!(error.to_string(), "stat /no/file: no such file or directory");
}

#[test]
fn kubeconfigs_are_merged_and_their_paths_are_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.into_os_string()
    };
    let server = Server::start_tls(|_| Reply::json(200, &json!({})));
    std::fs::copy(server::tls_file("ca.pem"), folder.path().join("ca.pem")).unwrap();
    let first =
        file("first", "contexts: [{name: c, context: {cluster: k, user: u, namespace: team}}]\ncurrent-context: ''");
    let cluster = format!("{{server: '{}', certificate-authority: ca.pem}}", server.url());
    let second = file("second", &format!("clusters: [{{name: k, cluster: {cluster}}}]\ncurrent-context: c"));
    let third = file("third", "current-context: d\nclusters: [{name: k, cluster: {server: 'http://late'}}]");
    let list = std::env::join_paths([&first, &"/no/file".into(), &second, &third]).unwrap();
    let environment = Environment::of_variables([("KUBECONFIG", list)]);
    let cluster = Cluster::connect(&ClusterFlags::default(), &environment, "kubectl-tfjob").unwrap();
    assert_eq!((cluster.namespace(), cluster.server()), ("team", server.url()));
    cluster.raw_get("/version").unwrap();

    let broken = file("broken", "a: [");
    let environment = Environment::of_variables([("KUBECONFIG", &broken)]);
    let error = Cluster::connect(&ClusterFlags::default(), &environment, "kubectl-tfjob").unwrap_err();
    assert_eq!(error.to_string(), format!("error loading config file \"{}\"", broken.to_str().unwrap()));
    assert!(std::error::Error::source(&error).is_some());
}

#[test]
fn a_proxy_of_the_kubeconfig_is_used() {
    let proxy = Server::start(|_| status(502, "", ""));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config");
    let text =
        format!("clusters: [{{name: k, cluster: {{server: 'https://inner:6443', proxy-url: '{}'}}}}]", proxy.url());
    std::fs::write(&file, text).unwrap();
    let flags = ClusterFlags { cluster: Some("k".to_owned()), ..ClusterFlags::default() };
    let environment = Environment::of_variables([("KUBECONFIG", &file)]);
    assert!(Cluster::connect(&flags, &environment, "kubectl-tfjob").unwrap().raw_get("/version").is_err());
    assert_eq!(proxy.requests()[0].method, "CONNECT");
    assert_eq!(proxy.paths(), ["inner:6443"]);
}

#[test]
fn a_request_takes_no_longer_than_it_may() {
    let server = Server::start(|_| Reply::text(200, "{").open());
    let flags = ClusterFlags { request_timeout: Some("300ms".to_owned()), ..ClusterFlags::default() };
    let error = cluster_with(&server, flags).raw_get("/api").unwrap_err().to_string();
    assert!(error.contains("context deadline exceeded"), "{error}");
}

#[test]
fn requests_say_who_asks_and_logs_never_say_the_token() {
    let server = Server::start(|_| Reply::json(200, &json!({})));
    let flags = ClusterFlags {
        token: Some("s3cret".to_owned()),
        impersonate: Some("boss".to_owned()),
        as_group: vec!["g1".to_owned(), "g2".to_owned()],
        as_user_extra: vec!["team=ml".to_owned()],
        verbosity: 9,
        ..ClusterFlags::default()
    };
    let cluster = cluster_with(&server, flags);
    let lines = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&lines);
    cluster.set_log(Box::new(move |line| kept.lock().unwrap().push(line.to_owned())));
    cluster.raw_get("/version").unwrap();
    let request = &server.requests()[0];
    assert_eq!(request.header("authorization"), Some("Bearer s3cret"));
    let agent = request.header("user-agent").unwrap();
    assert!(agent.starts_with(concat!("kubectl-tfjob/", env!("CARGO_PKG_VERSION"), " (")), "{agent}");
    assert_eq!(request.header("impersonate-user"), Some("boss"));
    assert_eq!(request.header("impersonate-group"), Some("g1,g2"));
    assert_eq!(request.header("impersonate-extra-team"), Some("ml"));
    assert_eq!(request.header("accept-encoding"), Some("gzip"));
    let log = lines.lock().unwrap().join("\n");
    assert!(
        log.contains(&format!("verb=\"GET\" url=\"{}/version\" status=\"200 OK\" milliseconds=", server.url())),
        "{log}"
    );
    assert!(log.contains("Response Headers:") && !log.contains("s3cret"), "{log}");
}

#[test]
fn a_token_in_a_file_is_sent_without_the_end_of_its_line() {
    let server = Server::start(|_| Reply::json(200, &json!({})));
    let folder = tempfile::tempdir().unwrap();
    for (text, file) in [("abc", "bare"), ("abc\n", "line")] {
        let (token, config) = (folder.path().join(file), folder.path().join("config"));
        std::fs::write(&token, text).unwrap();
        let user = json!({"users": [{"name": "u", "user": {"tokenFile": token}}]});
        std::fs::write(&config, user.to_string()).unwrap();
        let flags = ClusterFlags {
            kubeconfig: Some(config.to_str().unwrap().to_owned()),
            user: Some("u".to_owned()),
            ..ClusterFlags::default()
        };
        cluster_with(&server, flags).raw_get("/version").unwrap();
        assert_eq!(server.requests().last().unwrap().header("authorization"), Some("Bearer abc"), "{file}");
    }
}

#[test]
fn compression_can_be_turned_off() {
    let server = Server::start(|_| Reply::json(200, &json!({})));
    let flags = ClusterFlags { disable_compression: Some(true), ..ClusterFlags::default() };
    cluster_with(&server, flags).raw_get("/version").unwrap();
    assert_eq!(server.requests()[0].header("accept-encoding"), None);
}

#[test]
fn changes_name_their_manager_and_may_be_tried() {
    let server = Server::start(|_| Reply::json(200, &json!({"metadata": {"name": "x"}})));
    let cluster = cluster(&server);
    let object = json!({"metadata": {"name": "x"}});
    cluster.patch(&jobs(), "a", "x", &json!({"spec": {"a": 1}}), true).unwrap();
    cluster.apply(&jobs(), "a", &object, true, false).unwrap();
    let options = DeleteOptions { propagation: Propagation::Foreground, grace_period: Some(5), dry_run: false };
    cluster.delete(&jobs(), "a", "x", &options).unwrap();
    let made: Vec<String> = server.requests().iter().map(|it| format!("{} {}", it.method, it.path)).collect();
    assert_eq!(
        made,
        [
            format!("PATCH {LIST}/x?fieldManager=kubectl-tfjob&dryRun=All"),
            format!("PATCH {LIST}/x?fieldManager=kubectl-tfjob&force=true"),
            format!("DELETE {LIST}/x"),
        ]
    );
    let kinds: Vec<_> = server.requests().iter().map(|it| it.header("content-type").unwrap().to_owned()).collect();
    let json = "application/json";
    assert_eq!(kinds, ["application/merge-patch+json", "application/apply-patch+yaml", json]);
    let body: Value = serde_json::from_slice(&server.requests()[2].body).unwrap();
    assert_eq!((&body["propagationPolicy"], &body["gracePeriodSeconds"]), (&json!("Foreground"), &json!(5)));
}
