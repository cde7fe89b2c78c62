//! Jobs, pods and logs.

use std::time::Duration;

use serde_json::Value;
use support::bed::{Bed, Job, LogEnd};

const LIMIT: Duration = Duration::from_secs(60);

#[test]
fn a_job_runs_to_its_end() {
    let Some(bed) = Bed::shared() else { return };
    let place = bed.namespace();
    let job = Job::new("mnist").replica("Chief", 1).replica("PS", 1).replica("Worker", 2);
    let job = job.annotate("Chief", "test/exit-code", "0").annotate("Worker", "test/exit-code", "0");
    place.apply(&job.policy("cleanPodPolicy", "None").to_string());

    place.wait_until("mnist has succeeded", LIMIT, || place.job_state("mnist") == "Succeeded");
    let status = &place.get_json(&["tfjob", "mnist"])["status"];
    assert_eq!(status["replicaStatuses"]["Chief"]["succeeded"], 1, "{status}");
    let pods = place.kubectl(&["get", "pods", "--output", "name"]).success();
    assert_eq!(pods.lines().count(), 4, "{pods}");
    assert_eq!(place.phase("mnist-ps-0"), "Running");
}

#[test]
fn a_job_fails_with_the_code_of_its_worker() {
    let Some(bed) = Bed::shared() else { return };
    let place = bed.namespace();
    let job = Job::new("big").replica("Worker", 2).policy("cleanPodPolicy", "None");
    let job = job.annotate("Worker", "test/exit-code.1", "137").annotate("Worker", "test/reason", "OOMKilled");
    place.apply(&job.to_string());

    place.wait_until("big has failed", LIMIT, || place.job_state("big") == "Failed");
    let worker = place.get_json(&["pod", "big-worker-1"]);
    let ended = &worker["status"]["containerStatuses"][0]["state"]["terminated"];
    assert_eq!((&ended["exitCode"], &ended["reason"]), (&137.into(), &"OOMKilled".into()), "{worker}");
}

#[test]
fn a_job_of_pytorch_runs_to_its_end() {
    let Some(bed) = Bed::shared() else { return };
    let place = bed.namespace();
    let job = Job::pytorch("torch").replica("Master", 1).replica("Worker", 1);
    place.apply(&job.annotate("Master", "test/exit-code", "0").to_string());
    place.wait_until("torch has succeeded", LIMIT, || {
        let conditions = &place.get_json(&["pytorchjob", "torch"])["status"]["conditions"];
        conditions.as_array().is_some_and(|all| all.iter().any(|it| it["type"] == "Succeeded"))
    });
}

#[test]
fn the_scheduler_says_why_a_pod_does_not_fit() {
    let Some(bed) = Bed::shared() else { return };
    let place = bed.namespace();
    let job = Job::new("gpus").replica("Worker", 1).limit("Worker", "nvidia.com/gpu", "9");
    place.apply(&job.annotate("Worker", "test/unscheduled", "").to_string());

    let mut reason = String::new();
    place.wait_until("the scheduler has looked at the pod", LIMIT, || {
        let pod = place.kubectl(&["get", "pod", "gpus-worker-0", "--output", "json"]);
        let pod: Value = serde_json::from_str(&pod.stdout).unwrap_or_default();
        let conditions = pod["status"]["conditions"].as_array().cloned().unwrap_or_default();
        let unfit = conditions.iter().find(|it| it["reason"] == "Unschedulable");
        reason = unfit.and_then(|it| it["message"].as_str()).unwrap_or_default().to_owned();
        unfit.is_some()
    });
    assert!(reason.contains("Insufficient nvidia.com/gpu"), "{reason}");
}

#[test]
fn logs_are_read_followed_and_kept() {
    let Some(bed) = Bed::shared() else { return };
    let place = bed.namespace();
    place.apply(&Job::new("talk").replica("Worker", 1).container("Worker", "side").to_string());
    place.wait_until("the worker runs", LIMIT, || place.phase("talk-worker-0") == "Running");

    place.logs("talk-worker-0", "tensorflow", &["step 1", "step 2"]);
    place.logs("talk-worker-0", "side", &["beside"]);
    place.previous_logs("talk-worker-0", "tensorflow", &["before"]);
    let logs = |more: &[&str]| place.kubectl(&[&["logs", "talk-worker-0"], more].concat());
    place.wait_until("the logs are served", LIMIT, || logs(&["--previous", "-c", "tensorflow"]).ok());
    assert_eq!(logs(&["-c", "tensorflow"]).success(), "step 1\nstep 2\n");
    assert_eq!(logs(&["-c", "side"]).success(), "beside\n");
    assert_eq!(logs(&["-c", "tensorflow", "--previous"]).success(), "before\n");
    place.append_log("talk-worker-0", "tensorflow", &["step 3"]);
    assert_eq!(logs(&["-c", "tensorflow", "--tail=1"]).success(), "step 3\n");
    place.append_raw_log("talk-worker-0", "side", "2026-01-02T03:04:05.000000006Z stderr F oh\n");
    assert!(logs(&["-c", "side", "--timestamps"]).success().ends_with("2026-01-02T03:04:05.000000006Z oh\n"));
}

#[test]
fn a_kubelet_of_the_test_ends_breaks_and_refuses() {
    let Some(bed) = Bed::shared() else { return };
    bed.kubelet("edge", |request, answer| {
        assert_eq!((&*request.pod, &*request.container), ("far-worker-0", "tensorflow"));
        match request.query.get("tailLines").map(String::as_str) {
            Some("1") => return answer.fail(500, "boom"),
            Some("2") => return answer.send("half").map(|()| LogEnd::Cut),
            _ => answer.send("one\n")?,
        }
        answer.send("two\n").map(|()| LogEnd::Orderly)
    });
    let place = bed.namespace();
    let job = Job::new("far").replica("Worker", 1).annotate("Worker", "test/node", "edge");
    place.apply(&job.to_string());
    place.wait_until("the worker runs", LIMIT, || place.phase("far-worker-0") == "Running");
    assert_eq!(place.get_json(&["pod", "far-worker-0"])["spec"]["nodeName"], "edge");

    let logs = |more: &str| place.kubectl(&["logs", "--follow", "far-worker-0", more]);
    assert_eq!(logs("--tail=-1").success(), "one\ntwo\n");
    assert!(logs("--tail=1").failure(1).contains("boom"));
    assert_eq!(logs("--tail=2").stdout, "half");
}
