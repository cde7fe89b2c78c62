//! Watches: lines as kubectl prints them, pages drawn in place, through restarts of the API server.

use std::time::Duration;

use support::bed::Job;

use crate::{Following, World};

#[test]
fn a_list_goes_on_with_a_line_for_each_change() {
    let Some(world) = World::new() else { return };
    world.space.apply(&Job::new("first").replica("Worker", 1).to_string());
    world.await_state("first", "Running");
    let mut list = Following::start(world.command(&["list", "-w", "--output-watch-events"]));
    list.await_line("the headers", |it| it.starts_with("EVENT"));
    list.await_line("what is there", |it| it.starts_with("ADDED") && it.contains("first") && it.contains("Running"));
    world.space.apply(&Job::new("second").replica("Worker", 1).to_string());
    list.await_line("a new job", |it| it.starts_with("ADDED") && it.contains("second"));
    list.await_line("it runs", |it| it.starts_with("MODIFIED") && it.contains("second") && it.contains("Running"));
    let _ = world.space.kubectl(&["delete", "tfjob", "first"]).success();
    list.await_line("it is gone", |it| it.starts_with("DELETED") && it.contains("first"));
    assert_eq!(list.interrupt(), Some(1));
    assert!(!list.seen.iter().any(|it| it.starts_with("ADDED") && it.contains("first") && it.contains("second")));
}

#[test]
fn events_go_on_with_a_line_for_each_new_one() {
    let Some(world) = World::new() else { return };
    world.space.apply(&Job::new("mnist").replica("Worker", 1).to_string());
    world.await_state("mnist", "Running");
    let mut events = Following::start(world.command(&["events", "mnist", "-w"]));
    events.await_line("the headers", |it| it.starts_with("LAST SEEN"));
    events.await_line("what happened", |it| it.contains("SuccessfulCreatePod"));
    let _ = world.space.kubectl(&["annotate", "pod", "mnist-worker-0", "test/exit-code=3"]).success();
    events.await_line("what happens", |it| it.contains("ExitedWithCode") && it.contains("exited with code 3"));
    let list = world.tfjob(&["events", "mnist"]).success();
    assert!(list.contains("SuccessfulCreatePod") && list.contains("ExitedWithCode"), "{list}");
    let json = world.tfjob(&["events", "mnist", "-o", "json"]).json();
    assert!(json.as_array().is_some_and(|it| it.len() >= 3), "{json:#}");
}

#[test]
fn a_page_is_drawn_in_place_on_a_terminal() {
    let Some(world) = World::new() else { return };
    world.space.apply(&Job::new("mnist").replica("Worker", 1).to_string());
    world.await_state("mnist", "Running");
    let mut command = world.sandbox.command("timeout");
    command.args(["--foreground", "60", crate::BIN, "status", "mnist", "-w", "-n", world.space.name()]);
    let screen = std::thread::scope(|scope| {
        let page = scope.spawn(|| support::terminal::run(command, ""));
        // Time for the page to be drawn; nobody sees from outside what is on it.
        let pause = || std::thread::sleep(Duration::from_secs(2));
        pause();
        let _ = world.space.kubectl(&["create", "service", "clusterip", "mnist-tensorboard", "--tcp=6006"]).success();
        let _ = world.space.kubectl(&["annotate", "pod", "mnist-worker-0", "test/exit-code=0"]).success();
        world.await_state("mnist", "Succeeded");
        pause();
        // The end of the job is the end of the page.
        let _ = world.space.kubectl(&["delete", "tfjob", "mnist"]).success();
        let (screen, status) = page.join().unwrap();
        assert!(status.success(), "{screen}");
        screen
    });
    assert!(screen.contains("State:        Running"), "{screen}");
    assert!(screen.contains("/services/mnist-tensorboard:6006/proxy/"), "{screen}");
    assert!(screen.contains("State:        Succeeded"), "{screen}");
    assert!(screen.contains("\u{1b}[J"), "drawn in place: {screen:?}");
    assert!(screen.contains("tfjob.kubeflow.org/mnist was deleted"), "{screen}");
}

#[test]
fn watches_survive_restarts_of_the_api_server() {
    let Some(world) = World::with_bed_of_its_own() else { return };
    world.space.apply(&Job::new("mnist").replica("Worker", 1).to_string());
    world.await_state("mnist", "Running");
    let mut list = Following::start(world.command(&["list", "-w"]));
    let mut page = Following::start(world.command(&["status", "mnist", "-w"]));
    let mut wait = Following::start(world.command(&["wait", "mnist", "--for", "succeeded", "--timeout", "5m"]));
    list.await_line("the job", |it| it.contains("mnist") && it.contains("Running"));
    page.await_line("the page", |it| it.starts_with("State:") && it.contains("Running"));
    for _ in 0..2 {
        world.space.bed().restart_api_server();
    }
    // The kubelet's stand-in has to find the server again before it plays the end of the pod.
    let _ = world.space.kubectl(&["annotate", "pod", "mnist-worker-0", "test/exit-code=0"]).success();
    list.await_line("its end", |it| it.contains("mnist") && it.contains("Succeeded"));
    page.await_line("its end", |it| it.starts_with("State:") && it.contains("Succeeded"));
    assert_eq!(wait.child.wait().unwrap().code(), Some(0), "{}", wait.rest());
    let count = |text: &str| list.seen.iter().filter(|it| it.contains(text)).count();
    assert_eq!(count("NAME"), 1, "{:#?}", list.seen);
}
