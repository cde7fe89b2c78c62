//! What is shown to those who may not see all.

use std::process::Command;

use support::Output;
use support::bed::Job;

use crate::{BIN, Following, World};

/// Lets the weak user do `rules` in this namespace.
pub(crate) fn allow(world: &World, rules: &str) {
    world.space.apply(&format!(
        "apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {{name: some}}
rules: [{rules}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {{name: some}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: some}}
subjects: [{{apiGroup: rbac.authorization.k8s.io, kind: Group, name: viewers}}]
"
    ));
}

pub(crate) fn as_viewer(world: &World, words: &[&str]) -> Output {
    let config = world.space.bed().viewer_kubeconfig().display().to_string();
    world.sandbox.run(BIN, [words, &["-n", world.space.name(), "--kubeconfig", &config]].concat())
}

fn viewer_command(world: &World, words: &[&str]) -> Command {
    let mut command = world.command(words);
    command.arg("--kubeconfig").arg(world.space.bed().viewer_kubeconfig());
    command
}

#[test]
fn a_missing_right_costs_only_its_part() {
    let Some(world) = World::new() else { return };
    world.space.apply(&Job::new("mnist").replica("Worker", 2).to_string());
    world.await_state("mnist", "Running");
    let namespace = world.space.name();

    let error = as_viewer(&world, &["status", "mnist"]).failure(1);
    let text = format!(
        "error: tfjobs.kubeflow.org \"mnist\" is forbidden: User \"viewer\" cannot get resource \"tfjobs\" in API group \"kubeflow.org\" in the namespace \"{namespace}\""
    );
    assert!(error.starts_with(&text), "{error}");
    let error = as_viewer(&world, &["list"]).failure(1);
    assert!(error.contains("forbidden") && error.contains("need list tfjobs"), "{error}");
    assert_eq!(as_viewer(&world, &["events", "mnist"]).code, 1);
    assert_eq!(as_viewer(&world, &["wait", "mnist", "--timeout", "1s"]).code, 1);

    allow(&world, "{apiGroups: [kubeflow.org], resources: [tfjobs], verbs: [get, list, watch]}");
    let error = as_viewer(&world, &["logs", "mnist"]).failure(1);
    assert!(error.contains(&format!("pods: forbidden (need list pods in namespace {namespace})")), "{error}");
    let status = as_viewer(&world, &["status", "mnist", "-o", "json"]);
    let json = status.json();
    assert_eq!((&json["state"], &json["countsFrom"]), (&"Running".into(), &"status".into()));
    assert!(json["pods"].is_null() && crate::codes(&json).contains(&"pods-forbidden".to_owned()), "{json:#}");
    let page = as_viewer(&world, &["status", "mnist"]).success();
    let without_services = format!("TensorBoard: forbidden (need list services in namespace {namespace})");
    assert!(page.contains(&without_services), "{page}");
    assert!(page.contains(&format!("pods: forbidden (need list pods in namespace {namespace})")), "{page}");
    assert!(page.contains("events: forbidden") && page.contains("Replicas (from status):"), "{page}");
    assert_eq!(as_viewer(&world, &["list", "-o", "name"]).success(), "tfjob.kubeflow.org/mnist\n");
    let pods = as_viewer(&world, &["list", "--pods", "-o", "json"]);
    assert!(pods.stderr.contains("warning: pods: forbidden (need list pods in namespace"), "{pods}");
    assert_eq!(pods.json()[0]["countsFrom"], "status");
    let error = as_viewer(&world, &["list", "-A"]).failure(1);
    assert!(error.contains("cluster scope") && error.contains("-n NAMESPACE"), "{error}");
    let error = as_viewer(&world, &["delete", "mnist"]).failure(1);
    assert!(error.contains("cannot delete resource"), "{error}");
    let error = as_viewer(&world, &["suspend", "mnist"]).failure(1);
    assert!(error.contains("cannot patch resource"), "{error}");
    assert_eq!(as_viewer(&world, &["wait", "mnist", "--for", "running"]).code, 0);
    let mut watched = Following::start(viewer_command(&world, &["status", "mnist", "-w"]));
    watched.await_line("the state", |it| it.starts_with("State:") && it.contains("Running"));
    watched.await_line("what is missing", |it| it.contains(&without_services));
}

#[test]
fn logs_that_may_not_be_read_are_not_waited_for() {
    let Some(world) = World::new() else { return };
    world.space.apply(&Job::new("mnist").replica("Worker", 2).to_string());
    world.await_state("mnist", "Running");
    let jobs = "{apiGroups: [kubeflow.org], resources: [tfjobs], verbs: [get, list, watch]}";
    allow(&world, &format!("{jobs}, {{apiGroups: [''], resources: [pods], verbs: [get, list, watch]}}"));
    for words in [&["logs", "mnist"][..], &["logs", "mnist", "-f"]] {
        let error = as_viewer(&world, words).failure(1);
        assert_eq!(error.matches("cannot get resource \"pods/log\"").count(), 2, "{words:?}: {error}");
    }
}

#[test]
fn strangers_are_not_logged_in() {
    let Some(world) = World::new() else { return };
    let error = as_viewer(&world, &["list", "--token", "wrong"]).failure(1);
    assert!(error.contains("You must be logged in to the server"), "{error}");
    assert!(!error.contains("wrong"), "{error}");
}
