//! `wait`: its exit codes are what scripts rely on.

use support::bed::Job;

use crate::{Following, World};

#[test]
fn exit_codes() {
    let Some(world) = World::new() else { return };
    let running = Job::new("runs").replica("Worker", 1);
    world.space.apply(&running.to_string());
    let job = Job::new("succeeds").replica("Worker", 1).annotate("Worker", "test/run", "1s");
    world.space.apply(&job.annotate("Worker", "test/exit-code", "0").to_string());
    let job = Job::new("fails").replica("Worker", 1).annotate("Worker", "test/run", "1s");
    world.space.apply(&job.annotate("Worker", "test/exit-code", "1").to_string());
    for (words, code, text) in [
        (&["wait", "runs", "--for", "running"][..], 0, "tfjob.kubeflow.org/runs running\n"),
        (&["wait", "succeeds"], 0, "tfjob.kubeflow.org/succeeds succeeded\n"),
        (&["wait", "succeeds", "--for", "running"], 0, "tfjob.kubeflow.org/succeeds succeeded\n"),
        (&["wait", "fails"], 1, ""),
        (&["wait", "fails", "--for", "running"], 1, ""),
        (&["wait", "runs", "--timeout", "300ms"], 3, ""),
        (&["wait", "runs", "--for", "succeeded", "--timeout", "0"], 3, ""),
        (&["wait", "succeeds", "--timeout", "0"], 0, "tfjob.kubeflow.org/succeeds succeeded\n"),
        (&["wait", "nope"], 1, ""),
    ] {
        let output = world.tfjob(words);
        assert_eq!((output.code, output.stdout.as_str()), (code, text), "{words:?}: {output}");
    }
    let error = world.tfjob(&["wait", "fails"]).failure(1);
    assert!(
        error.contains("tfjob \"fails\" has failed: TFJob") && error.contains("hint: `kubectl tfjob status fails"),
        "{error}"
    );
    let output = world.tfjob(&["wait", "succeeds", "runs", "--for", "succeeded", "--timeout", "300ms"]);
    assert_eq!((output.code, output.stdout.as_str()), (3, "tfjob.kubeflow.org/succeeds succeeded\n"), "{output}");
}

#[test]
fn a_job_deleted_meanwhile_and_a_wait_interrupted() {
    let Some(world) = World::new() else { return };
    world.space.apply(&Job::new("gone").replica("Worker", 1).to_string());
    world.await_state("gone", "Running");
    let mut waits = Following::start(world.command(&["wait", "gone"]));
    let mut interrupted = Following::start(world.command(&["wait", "gone"]));
    waits.await_watch();
    interrupted.await_watch();
    assert_eq!(interrupted.interrupt(), Some(1));
    let _ = world.space.kubectl(&["delete", "tfjob", "gone"]).success();
    assert_eq!(waits.child.wait().unwrap().code(), Some(1));
    assert!(waits.rest().contains("tfjob \"gone\" was deleted before it could end"));
}
