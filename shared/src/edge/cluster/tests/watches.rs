//! Watches, and what happens to servers meanwhile.

use std::ops::ControlFlow;
use std::time::Duration;

use serde_json::json;

use super::server::Request;
use super::*;
use crate::edge::cluster::{Change, Watch, WatchEvent};

fn event(kind: &str, name: &str, version: &str) -> Value {
    json!({"type": kind, "object": {"metadata": {"name": name, "resourceVersion": version}}})
}

fn watch(resource: Resource) -> Watch<'static> {
    Watch { resource, scope: Scope::Namespace("a"), query: Query::labels("k=v") }
}

/// Returns what watches tell, in words, until `last` is told.
fn follow(cluster: &Cluster, watches: &[Watch<'_>], last: &str) -> Result<Vec<String>, String> {
    let mut told = Vec::new();
    let mut ticks = 0;
    let ended = cluster.watch(watches, Some(Duration::from_secs(1)), &mut |event| {
        told.push(match event {
            WatchEvent::Of { watch, kind } => match kind {
                Change::Restarted => format!("{watch} restarted"),
                Change::Applied(object) => format!("{watch} + {}", name(&object)),
                Change::Deleted(object) => format!("{watch} - {}", name(&object)),
                Change::Synced => format!("{watch} synced"),
                Change::Forbidden(error) => format!("{watch} {}", error.missing_right().unwrap()),
            },
            WatchEvent::Tick => {
                ticks += 1;
                return if ticks == 20 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
            }
            WatchEvent::Interrupted => "interrupted".to_owned(),
        });
        if told.last().is_some_and(|it| it == last) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    ended.map(|()| told).map_err(|it| it.to_string())
}

/// Returns how many watches came before a request.
fn nth_watch(server: &std::sync::atomic::AtomicUsize) -> usize {
    server.fetch_add(1, std::sync::atomic::Ordering::SeqCst)
}

#[test]
fn a_closed_stream_goes_on_from_the_last_version() {
    let count = std::sync::atomic::AtomicUsize::new(0);
    let server = Server::start(move |it: &Request| {
        if !it.is_watch() {
            return Reply::json(200, &list_of(&["x"], "", "7"));
        }
        match nth_watch(&count) {
            0 => Reply::events(&[event("MODIFIED", "x", "8"), event("BOOKMARK", "", "20")]),
            1 => Reply::reset(),
            2 => status(500, "InternalError", "starting"),
            _ => Reply::events(&[event("DELETED", "x", "21"), event("ADDED", "y", "22")]).open(),
        }
    });
    let told = follow(&cluster(&server), &[watch(jobs())], "0 + y").unwrap();
    assert_eq!(told, ["0 restarted", "0 + x", "0 synced", "0 + x", "0 - x", "0 + y"]);
    let watches: Vec<Request> = server.requests().into_iter().filter(Request::is_watch).collect();
    let path = |it: &Request, version| {
        let wanted = format!("allowWatchBookmarks=true&resourceVersion={version}&timeoutSeconds=290");
        it.path == format!("/apis/kubeflow.org/v1/namespaces/a/tfjobs?labelSelector=k%3Dv&watch=true&{wanted}")
    };
    assert!(path(&watches[0], "7") && path(&watches[1], "20") && path(&watches[3], "20"), "{watches:?}");
    assert_eq!(watches[0].header("accept-encoding"), Some("identity"));
}

#[test]
fn a_version_that_is_too_old_begins_anew() {
    let gone = json!({"type": "ERROR", "object": {"kind": "Status", "code": 410, "reason": "Expired", "message": "m"}});
    let count = std::sync::atomic::AtomicUsize::new(0);
    let server = Server::start(move |it: &Request| {
        if !it.is_watch() {
            let names: &[&str] = if it.number == 0 { &["x", "y"] } else { &["y"] };
            return Reply::json(200, &list_of(names, "", "7"));
        }
        match nth_watch(&count) {
            0 => Reply::events(&[event("ADDED", "z", "8"), gone.clone()]),
            1 => status(410, "Expired", "m"),
            _ => Reply::events(&[event("ADDED", "end", "9")]).open(),
        }
    });
    let told = follow(&cluster(&server), &[watch(jobs())], "0 + end").unwrap().join(", ");
    let anew = "0 restarted, 0 + y, 0 synced";
    assert_eq!(told, format!("0 restarted, 0 + x, 0 + y, 0 synced, 0 + z, {anew}, {anew}, 0 + end"));
}

#[test]
fn one_that_is_forbidden_ends_alone() {
    let server = Server::start(|it: &Request| match (it.path.contains("pods"), it.is_watch()) {
        (true, _) => status(403, "Forbidden", "no"),
        (false, false) => Reply::json(200, &list_of(&[], "", "7")),
        (false, true) => {
            std::thread::sleep(Duration::from_millis(300));
            Reply::events(&[event("ADDED", "x", "8")]).open()
        }
    });
    let both = [watch(jobs()), watch(Resource::pods())];
    let mut told = follow(&cluster(&server), &both, "0 + x").unwrap();
    told.sort();
    assert_eq!(told, ["0 + x", "0 restarted", "0 synced", "1 need list pods in namespace a"]);
    let told = follow(&cluster(&server), &both[1..], "").unwrap();
    assert_eq!(told, ["0 need list pods in namespace a"]);
}

#[test]
fn a_first_list_that_fails_is_an_error() {
    let server = Server::start(|_| status(404, "NotFound", "no such thing"));
    assert_eq!(follow(&cluster(&server), &[watch(jobs())], "").unwrap_err(), "no such thing");
}

#[test]
fn a_new_token_in_the_kubeconfig_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config");
    let config = |url: &str, token: &str| {
        json!({"current-context": "c", "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}}],
               "clusters": [{"name": "k", "cluster": {"server": url}}],
               "users": [{"name": "u", "user": {"token": token}}]})
        .to_string()
    };
    let new = std::sync::Arc::new(std::sync::OnceLock::<String>::new());
    let (text, path) = (std::sync::Arc::clone(&new), file.clone());
    let server = Server::start(move |it: &Request| {
        if !it.is_watch() {
            return Reply::json(200, &list_of(&[], "", "7"));
        }
        if it.header("authorization") == Some("Bearer new") {
            return Reply::events(&[event("ADDED", "x", "8")]).open();
        }
        std::fs::write(&path, text.get().unwrap()).unwrap();
        status(401, "Unauthorized", "Unauthorized")
    });
    new.set(config(&server.url(), "new")).unwrap();
    std::fs::write(&file, config(&server.url(), "old")).unwrap();
    let environment = Environment::of_variables([("KUBECONFIG", &file)]);
    let cluster = Cluster::connect(&ClusterFlags::default(), &environment, "kubectl-tfjob").unwrap();
    assert_eq!(follow(&cluster, &[watch(jobs())], "0 + x").unwrap(), ["0 restarted", "0 synced", "0 + x"]);
}

#[test]
fn a_server_that_is_away_for_a_while_is_waited_for() {
    let list = |it: &Request| (!it.is_watch()).then(|| Reply::json(200, &list_of(&["x"], "", "7")));
    let first = Server::start(move |it| list(it).unwrap_or_else(|| Reply::events(&[event("ADDED", "y", "8")]).open()));
    let (cluster, address) = (cluster(&first), first.address());
    let mut first = Some(first);
    let mut second = None;
    let mut told = Vec::new();
    let tick = Some(Duration::from_millis(700));
    let ended = cluster.watch(&[watch(jobs())], tick, &mut |event| {
        match event {
            WatchEvent::Of { kind: Change::Applied(object), .. } => told.push(name(&object)),
            WatchEvent::Tick if first.is_some() => drop(first.take()),
            WatchEvent::Tick if second.is_none() => {
                let events = [super::watches::event("ADDED", "z", "9")];
                second = Some(Server::start_at(address, move |_| Reply::events(&events).open()));
            }
            WatchEvent::Of { .. } | WatchEvent::Tick | WatchEvent::Interrupted => (),
        }
        if told.last().is_some_and(|it| it == "z") { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    ended.unwrap();
    assert_eq!(told, ["x", "y", "z"]);
    let paths = second.unwrap().paths();
    assert!(paths.iter().all(|it| it.contains("resourceVersion=8")), "{paths:?}");
}
