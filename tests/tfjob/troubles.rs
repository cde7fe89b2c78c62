//! Pods that cannot run, or were taken away.

use support::bed::Job;

use crate::{World, pod, row};

#[test]
fn evicted_and_without_an_image() {
    let Some(world) = World::new() else { return };
    let text = "The node was low on resource: memory.";
    world.space.apply(&Job::new("evicted").replica("Worker", 1).annotate("Worker", "test/evict", text).to_string());
    let job = Job::new("image").replica("Chief", 1).replica("Worker", 1);
    world.space.apply(&job.annotate("Chief", "test/waiting", "ImagePullBackOff").to_string());
    let status = world.await_state("evicted", "Failed");
    let evicted = pod(&status, "evicted-worker-0");
    assert_eq!((&evicted["reason"], &evicted["message"]), (&"Evicted".into(), &text.into()));
    let status = world.await_status("image", "the chief's image is missed", |it| {
        it["state"] == "Pending"
            && it["pods"].as_array().is_some_and(|it| it.iter().any(|it| it["reason"] == "ImagePullBackOff"))
            && it["pods"].as_array().is_some_and(|it| it.iter().any(|it| it["phase"] == "Running"))
    });
    assert_eq!((&status["state"], &status["chief"]["phase"]), (&"Pending".into(), &"Pending".into()));
    assert!(crate::codes(&status).contains(&"chief-pending".to_owned()), "{status:#}");
    let page = world.tfjob(&["status", "image"]).success();
    let (chief, worker) = (page.find("  image-chief-0").unwrap(), page.find("  image-worker-0").unwrap());
    assert!(chief < worker, "the pod in trouble comes first: {page}");
    assert!(page.contains("image-chief-0 has no image"), "{page}");
}

#[test]
fn unschedulable_in_the_schedulers_own_words() {
    let Some(world) = World::new() else { return };
    let job = Job::new("big").replica("Worker", 3).limit("Worker", "nvidia.com/gpu", "4");
    world.space.apply(&job.annotate("Worker", "test/unscheduled", "").to_string());
    let status = world.await_status("big", "one worker finds no node", |it| {
        row(it, "Worker")["running"] == 2
            && it["pods"].as_array().is_some_and(|it| it.iter().any(|it| it["reason"] == "Unschedulable"))
    });
    let waiting = status["pods"].as_array().unwrap().iter().find(|it| it["reason"] == "Unschedulable").unwrap();
    assert!(waiting["message"].as_str().unwrap().contains("Insufficient nvidia.com/gpu"), "{waiting}");
    let page = world.tfjob(&["status", "big"]).success();
    assert!(page.contains("Unschedulable: 0/") && page.contains("GPUs:         12"), "{page}");
    assert!(page.contains("FailedScheduling"), "the events of the pod in trouble: {page}");
    let _ = world.space.kubectl(&["delete", "tfjob", "big"]).success();
}

#[test]
fn restarts_tell_how_the_last_container_ended() {
    let Some(world) = World::new() else { return };
    world.space.apply(&Job::new("loop").replica("Worker", 1).annotate("Worker", "test/crashloop", "137").to_string());
    let status = world.await_status("loop", "it has restarted", |it| row(it, "Worker")["restarts"] == 3);
    assert_eq!(pod(&status, "loop-worker-0")["reason"], "CrashLoopBackOff");
    let page = world.tfjob(&["status", "loop"]).success();
    assert!(page.contains("3 (OOMKilled 137)") && page.contains("--previous"), "{page}");
}

#[test]
fn no_operator_and_invalid_jobs() {
    let Some(world) = World::new() else { return };
    // The operator leaves a job alone that has no container `tensorflow`, and says so in an event only.
    let job = Job::new("odd").replica("Worker", 1).to_string().replace("{name: tensorflow,", "{name: other,");
    world.space.apply(&job);
    world.space.wait_until("the operator says what it finds", crate::LONG, || {
        world.space.kubectl(&["get", "events"]).success().contains("FailedValidation")
    });
    let status = world.status("odd");
    assert_eq!(status["state"], "Unknown");
    let codes = crate::codes(&status);
    assert!(
        codes.contains(&"no-status".to_owned()) && codes.contains(&"no-tensorflow-container".to_owned()),
        "{codes:?}"
    );
    let page = world.tfjob(&["status", "odd"]).success();
    assert!(page.contains("FailedValidation"), "{page}");
}

#[test]
fn sixty_pods() {
    let Some(world) = World::new() else { return };
    world.space.apply(&Job::new("wide").replica("Worker", 60).to_string());
    let status = world.await_status("wide", "all sixty run", |it| row(it, "Worker")["running"] == 60);
    let pods = status["pods"].as_array().unwrap();
    let names: Vec<&str> = pods.iter().map(|it| it["name"].as_str().unwrap()).collect();
    let expected: Vec<String> = (0..60).map(|it| format!("wide-worker-{it}")).collect();
    assert_eq!(names, expected);
    let page = world.tfjob(&["status", "wide"]).success();
    assert!(page.contains("and 40 more without trouble"), "{page}");
    assert!(world.tfjob(&["status", "wide", "-o", "wide"]).success().contains("wide-worker-59"));
    let _ = world.space.kubectl(&["delete", "tfjob", "wide"]).success();
}
