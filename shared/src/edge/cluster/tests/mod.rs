//! The whole edge against a server on this machine that answers as each test wants.

mod discovery;
mod requests;
mod server;
mod watches;

use serde_json::{Value, json};

use super::{Cluster, ClusterFlags, JobApi, Page, Query, Resource, Scope};
use crate::edge::environment::Environment;
use server::{Reply, Server};

/// Returns a cluster whose server is `server`, with a token and no kubeconfig.
fn cluster(server: &Server) -> Cluster {
    cluster_with(server, ClusterFlags::default())
}

fn cluster_with(server: &Server, flags: ClusterFlags) -> Cluster {
    let flags = ClusterFlags { server: Some(server.url()), ..flags };
    Cluster::connect(&flags, &nowhere(), "kubectl-tfjob").unwrap()
}

/// Returns an environment in which no kubeconfig is found.
fn nowhere() -> Environment {
    Environment::of_variables([("KUBECONFIG", "/nonexistent/kubeconfig")])
}

fn jobs() -> Resource {
    JobApi { group: "kubeflow.org".to_owned(), version: "v1".to_owned(), kind: "TFJob".to_owned() }.resource()
}

fn list_of(names: &[&str], next: &str, version: &str) -> Value {
    let items: Vec<Value> = names.iter().map(|it| json!({"metadata": {"name": it}})).collect();
    json!({"kind": "List", "metadata": {"continue": next, "resourceVersion": version}, "items": items})
}

fn status(code: u16, reason: &str, message: &str) -> Reply {
    Reply::json(code, &json!({"kind": "Status", "code": code, "reason": reason, "message": message}))
}

fn name(object: &Value) -> String {
    object["metadata"]["name"].as_str().unwrap().to_owned()
}

/// Returns what a list tells: names, and `restarted`.
fn told(cluster: &Cluster, query: &Query) -> (Vec<String>, Result<String, String>) {
    let mut told = Vec::new();
    let version = cluster.list(&jobs(), Scope::Namespace("a"), query, &mut |page| match page {
        Page::Items(items) => told.extend(items.iter().map(name)),
        Page::Restarted => told.push("restarted".to_owned()),
    });
    (told, version.map_err(|it| it.to_string()))
}
