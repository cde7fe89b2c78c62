//! `suspend`, `resume` and `delete`.

use support::bed::Job;

use crate::{Following, World};

#[test]
fn suspended_and_resumed() {
    let Some(world) = World::new() else { return };
    world.space.apply(&Job::new("mnist").replica("Worker", 1).to_string());
    world.await_state("mnist", "Running");
    let spelled = "tfjob.kubeflow.org/mnist";
    for remark in [("client", " (dry run)"), ("server", " (server dry run)")] {
        let words = ["suspend", "mnist", "--dry-run", remark.0];
        assert_eq!(world.tfjob(&words).success(), format!("{spelled} suspended{}\n", remark.1));
    }
    assert_eq!(world.status("mnist")["state"], "Running");
    assert_eq!(world.tfjob(&["suspend", spelled]).success(), format!("{spelled} suspended\n"));
    let status = world.await_state("mnist", "Suspended");
    world.space.wait_until("its pods are gone", crate::LONG, || world.status("mnist")["pods"] == serde_json::json!([]));
    assert_eq!(status["reason"], "TFJobSuspended");
    let page = world.tfjob(&["status", "mnist"]).success();
    assert!(page.contains(&format!("`kubectl tfjob resume mnist -n {}` lets it run", world.space.name())), "{page}");
    assert_eq!(world.tfjob(&["resume", "mnist"]).success(), format!("{spelled} resumed\n"));
    world.await_state("mnist", "Running");
    let _ = world.space.kubectl(&["annotate", "pod", "mnist-worker-0", "test/exit-code=0"]).success();
    world.await_state("mnist", "Succeeded");
    assert!(world.tfjob(&["suspend", "mnist"]).failure(1).contains("nothing to suspend"));
    assert!(world.tfjob(&["resume", "mnist"]).failure(1).contains("nothing to resume"));
    assert!(world.tfjob(&["suspend", "nope"]).failure(1).starts_with("error: tfjobs.kubeflow.org \"nope\" not found"));
}

#[test]
fn a_job_that_was_suspended_before_it_began_had_no_pods() {
    let Some(world) = World::new() else { return };
    world.space.apply(&Job::new("mnist").replica("Worker", 2).policy("suspend", "true").to_string());
    let status = world.await_state("mnist", "Suspended");
    assert_eq!(crate::codes(&status), Vec::<String>::new(), "{status:#}");
    assert!(world.tfjob(&["logs", "mnist"]).failure(1).starts_with("error: no pods: the job is suspended\n"));
    // Who follows it is told what is waited for.
    let mut following = Following::start(world.command(&["logs", "mnist", "-f"]));
    following.await_watch();
    world.space.logs("mnist-worker-0", "tensorflow", &["begun"]);
    let _ = world.tfjob(&["resume", "mnist"]).success();
    following.await_line("the log of a job that runs again", |it| it.ends_with("worker-0 | begun"));
    let said = following.rest();
    assert!(said.starts_with("note: no pods: the job is suspended; waiting for them\n"), "{said}");
    let output = world.tfjob(&["logs", "mnist", "--index", "0,2-5", "--tail", "0"]);
    assert_eq!((output.code, output.stderr.as_str()), (0, "note: no such replica: 2-5\n"), "{output}");
}

#[test]
fn deleted_with_all_that_belongs_to_it() {
    let Some(world) = World::new() else { return };
    for name in ["a", "b", "c"] {
        let job = Job::new(name).replica("Worker", 1).label("team", if name == "c" { "x" } else { "y" });
        world.space.apply(&job.to_string());
    }
    for name in ["a", "b", "c"] {
        world.await_state(name, "Running");
    }
    assert_eq!(world.tfjob(&["delete", "-l", "team=y", "--dry-run=client"]).success().lines().count(), 2);
    let list = world.tfjob(&["list", "--show-labels", "--sort-by", "name"]).success();
    assert!(list.lines().next().is_some_and(|it| it.ends_with("LABELS")), "{list}");
    assert!(list.lines().nth(1).is_some_and(|it| it.starts_with("a ") && it.contains("team=y")), "{list}");
    let words = ["delete", "a", "--dry-run=server", "--grace-period", "5", "-o", "name"];
    assert_eq!(world.tfjob(&words).success(), "tfjob.kubeflow.org/a\n");
    assert_eq!(world.tfjob(&["delete", "a"]).success(), "tfjob.kubeflow.org \"a\" deleted\n");
    assert_eq!(world.tfjob(&["status", "a"]).code, 1);
    world.space.wait_until("its pod is gone", crate::LONG, || world.space.phase("a-worker-0").is_empty());
    let output = world.tfjob(&["delete", "a", "b"]);
    assert_eq!((output.code, output.stdout.as_str()), (1, "tfjob.kubeflow.org \"b\" deleted\n"), "{output}");
    assert!(output.stderr.contains("\"a\" not found"), "{output}");
    assert_eq!(world.tfjob(&["delete", "a", "--ignore-not-found"]).success(), "");
    assert_eq!(world.tfjob(&["delete", "--all"]).success(), "tfjob.kubeflow.org \"c\" deleted\n");
    assert_eq!(world.tfjob(&["list", "-o", "json"]).success(), "[]\n");
}

#[test]
fn a_finalizer_holds_a_job() {
    let Some(world) = World::new() else { return };
    world.space.apply(&Job::new("held").replica("Worker", 1).to_string());
    let patch = |finalizers: &str| {
        let patch = format!("{{\"metadata\":{{\"finalizers\":{finalizers}}}}}");
        let _ = world.space.kubectl(&["patch", "tfjob", "held", "--type=merge", "-p", &patch]).success();
    };
    patch("[\"example.org/held\"]");
    let output = world.tfjob(&["delete", "held", "--timeout", "300ms"]);
    assert!(output.code == 1 && output.stderr.contains("timed out waiting for tfjob \"held\" to be gone"), "{output}");
    assert_eq!(world.status("held")["state"], "Terminating");
    patch("[]");
    world.space.wait_until("it is gone", crate::LONG, || world.tfjob(&["status", "held"]).code == 1);
}
