//! What each state of a job looks like, with the real operator writing it.

use serde_json::Value;
use support::bed::Job;

use crate::{World, codes, pod, row};

#[test]
fn a_job_that_succeeds() {
    let Some(world) = World::new() else { return };
    let job = Job::new("mnist").replica("Chief", 1).replica("PS", 1).replica("Worker", 2);
    let job = ["Chief", "Worker"].iter().fold(job, |job, it| job.annotate(it, "test/exit-code", "0"));
    world.space.apply(&job.policy("cleanPodPolicy", "None").to_string());
    let status = world.await_state("mnist", "Succeeded");
    assert_eq!((&status["apiVersion"], &status["kind"]), (&"kubeflow.org/v1".into(), &"TFJob".into()));
    assert_eq!((&status["chief"]["pod"], &status["chief"]["phase"]), (&"mnist-chief-0".into(), &"Succeeded".into()));
    assert_eq!(status["chief"]["exitCode"], 0);
    assert_eq!((&row(&status, "Chief")["succeeded"], &row(&status, "PS")["running"]), (&1.into(), &1.into()));
    assert_eq!((&status["countsFrom"], &status["cleanPodPolicy"]), (&"pods".into(), &"None".into()));
    assert!(status["finishedAt"].is_string() && status["durationSeconds"].is_u64(), "{status:#}");
    let page = world.normal(&world.tfjob(&["status", "mnist"]).success());
    for text in [
        "Name:         mnist\n",
        "Namespace:    NS\n",
        "State:        Succeeded for ",
        "Chief:        mnist-chief-0 (Succeeded",
    ] {
        assert!(page.contains(text), "{text:?}: {page}");
    }
    assert!(page.contains("successfully completed"), "{page}");
}

#[test]
fn jobs_that_fail_and_why() {
    let Some(world) = World::new() else { return };
    for (name, code, reason) in [("one", "1", None), ("killed", "137", None), ("oom", "137", Some("OOMKilled"))] {
        let mut job = Job::new(name).replica("Worker", 2).annotate("Worker", "test/exit-code.1", code);
        job = job.annotate("Worker", "test/run", "300ms").policy("cleanPodPolicy", "Running");
        if let Some(reason) = reason {
            job = job.annotate("Worker", "test/reason", reason);
        }
        world.space.apply(&job.to_string());
    }
    for (name, code, reason) in [("one", 1, "Error"), ("killed", 137, "Error"), ("oom", 137, "OOMKilled")] {
        world.await_state(name, "Failed");
        let status =
            world.await_status(name, "the running pod is gone", |it| codes(it).contains(&"pods-deleted".into()));
        let failed = pod(&status, &format!("{name}-worker-1"));
        assert_eq!((&failed["exitCode"], &failed["reason"]), (&code.into(), &reason.into()), "{name}");
        assert_eq!((&row(&status, "Worker")["failed"], &row(&status, "Worker")["missing"]), (&1.into(), &1.into()));
        let page = world.tfjob(&["status", name]).success();
        assert!(page.contains(&format!("Failed (exit code {code})")), "{page}");
        assert!(page.contains("What to do next:"), "{page}");
    }
    let page = world.tfjob(&["status", "oom"]).success();
    assert!(page.contains("oom-worker-1 ran out of memory"), "{page}");
}

#[test]
fn a_job_that_restarts() {
    let Some(world) = World::new() else { return };
    let job = Job::new("again").replica("Worker", 1).restart("Worker", "ExitCode");
    let job = job.annotate("Worker", "test/exit-code", "143").annotate("Worker", "test/run", "500ms");
    world.space.apply(&job.annotate("Worker", "test/start", "700ms").to_string());
    let status = world.await_state("again", "Restarting");
    assert!(status["message"].as_str().unwrap().contains("restarting"), "{status:#}");
}

#[test]
fn limits_of_time_and_of_restarts() {
    let Some(world) = World::new() else { return };
    let job = Job::new("late").replica("Worker", 1).policy("activeDeadlineSeconds", "1");
    world.space.apply(&job.to_string());
    world.space.wait_until("its pod runs", crate::LONG, || world.space.phase("late-worker-0") == "Running");
    // The operator looks at the clock when something happens to a pod.
    world.space.wait_until("the operator sees the deadline", crate::LONG, || {
        let _ = world.space.kubectl(&[
            "annotate",
            "--overwrite",
            "pod",
            "late-worker-0",
            &format!("test/nudge={}", rand()),
        ]);
        world.space.job_state("late") == "Failed"
    });
    let status = world.await_status("late", "its pods are gone", |it| codes(it).contains(&"pods-deleted".into()));
    assert!(status["message"].as_str().unwrap().contains("longer than specified deadline"), "{status:#}");
    let page = world.tfjob(&["status", "late"]).success();
    assert!(page.contains("pods-deleted"), "{page}");

    let job = Job::new("often").replica("Worker", 1).restart("Worker", "OnFailure").policy("backoffLimit", "2");
    world.space.apply(&job.annotate("Worker", "test/crashloop", "1").to_string());
    let status = world.await_state("often", "Failed");
    assert!(status["message"].as_str().unwrap().contains("backoff limit"), "{status:#}");
}

fn rand() -> u128 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos()
}

#[test]
fn what_each_clean_pod_policy_leaves() {
    let Some(world) = World::new() else { return };
    for policy in ["None", "Running", "All"] {
        let name = policy.to_lowercase();
        let job = Job::new(&name).replica("Chief", 1).replica("PS", 1).policy("cleanPodPolicy", policy);
        world
            .space
            .apply(&job.annotate("Chief", "test/exit-code", "0").annotate("Chief", "test/run", "200ms").to_string());
    }
    let pods = |status: &Value| -> Vec<String> {
        let pods = status["pods"].as_array().cloned().unwrap_or_default();
        pods.iter().map(|it| it["name"].as_str().unwrap().to_owned()).collect()
    };
    for (name, left) in [("none", &["none-chief-0", "none-ps-0"][..]), ("running", &["running-chief-0"]), ("all", &[])]
    {
        let status = world.await_status(name, "it has ended and is cleaned up", |it| {
            it["state"] == "Succeeded" && pods(it).len() == left.len()
        });
        assert_eq!(pods(&status), left);
        assert_eq!(codes(&status).contains(&"pods-deleted".to_owned()), left.len() < 2, "{name}: {status:#}");
    }
    let page = world.tfjob(&["status", "all"]).success();
    assert!(page.contains("cleanPodPolicy All"), "{page}");
}
