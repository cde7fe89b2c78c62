//! `logs`: what is read of which pods, and what is said of the others (the L cases of the specification).

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};

use serde_json::Value;
use support::bed::Job;

use crate::{Following, World};

/// A world with a running job and the logs of its replicas, two lines each.
fn running(job: &Job, pods: &[&str]) -> Option<World> {
    let world = World::new()?;
    world.space.apply(&job.to_string());
    for pod in pods {
        let line = |number: u32| format!("{pod} {number}");
        world.space.logs(pod, "tensorflow", &[&line(1), &line(2)]);
    }
    world.await_status("mnist", "all its pods run", |it| {
        it["pods"].as_array().is_some_and(|it| it.len() == pods.len() && it.iter().all(|it| it["phase"] == "Running"))
    });
    for pod in pods {
        await_log(&world, pod, &["-c", "tensorflow"]);
    }
    Some(world)
}

/// Waits until the stand-in for the kubelet serves a log: it takes up its files after a while.
fn await_log(world: &World, pod: &str, words: &[&str]) {
    let words = [&["logs", pod, "--limit-bytes", "1"], words].concat();
    world.space.wait_until("the log is served", crate::LONG, || world.space.kubectl(&words).code == 0);
}

#[test]
fn replicas_come_in_order_with_prefixes() {
    let job = Job::new("mnist").replica("PS", 1).replica("Worker", 2).replica("Chief", 1);
    let pods = ["mnist-chief-0", "mnist-worker-0", "mnist-worker-1", "mnist-ps-0"];
    let Some(world) = running(&job.container("Worker", "sidecar"), &pods) else { return };
    let expected: String = pods
        .iter()
        .flat_map(|pod| [1, 2].map(|it| format!("{:8} | {pod} {it}\n", pod.trim_start_matches("mnist-"))))
        .collect();
    let output = world.tfjob(&["logs", "mnist"]);
    assert_eq!((output.stdout.as_str(), output.stderr.as_str(), output.code), (expected.as_str(), "", 0));
    for (words, lines) in [
        (&["--replica", "worker", "--index", "1-3,7"][..], "mnist-worker-1 1\nmnist-worker-1 2\n"),
        (&["--chief"], "mnist-chief-0 1\nmnist-chief-0 2\n"),
        (&["--replica", "PS", "--tail", "1"], "mnist-ps-0 2\n"),
        (&["--replica", "ps", "--prefix", "always", "--tail=1"], "ps-0 | mnist-ps-0 2\n"),
        (&["-i", "worker-0", "-i", "ps", "-e", " 1$", "--prefix", "never"], "mnist-worker-0 2\nmnist-ps-0 2\n"),
        (&["-o", "raw", "--replica", "worker", "--tail", "1"], "mnist-worker-0 2\nmnist-worker-1 2\n"),
        (&["--merge", "-o", "raw", "-e", " 2"], "mnist-chief-0 1\nmnist-worker-0 1\nmnist-worker-1 1\nmnist-ps-0 1\n"),
    ] {
        assert_eq!(world.tfjob(&[&["logs", "mnist"], words].concat()).success(), lines, "{words:?}");
    }
    let text = world.tfjob(&["logs", "mnist", "-o", "json", "--chief", "--tail", "1"]).success();
    let object: Value = serde_json::from_str(&text).unwrap();
    let keys: Vec<&String> = object.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["time", "pod", "type", "index", "container", "line", "raw"]);
    assert_eq!(
        (&object["type"], &object["line"], &object["raw"]),
        (&"Chief".into(), &"mnist-chief-0 2".into(), &Value::Null)
    );
    assert!(object["time"].as_str().is_some_and(|it| it.parse::<jiff::Timestamp>().is_ok()), "{object}");
    let stamped = world.tfjob(&["logs", "mnist", "--chief", "--timestamps", "--since", "1h"]).success();
    let (stamp, line) = stamped.lines().next().unwrap().split_once(' ').unwrap();
    assert!(stamp.parse::<jiff::Timestamp>().is_ok() && line == "mnist-chief-0 1", "{stamped}");
    assert_eq!(world.tfjob(&["logs", "mnist", "--since-time", "2999-01-01T00:00:00Z"]).success(), "");
    let said = world.tfjob(&["logs", "mnist", "--chief", "-v", "6"]).stderr;
    assert!(
        said.contains("/pods/mnist-chief-0/log?container=tensorflow&timestamps=true\" status=\"200 OK\""),
        "{said}"
    );
    let error = world.tfjob(&["logs", "mnist", "--replica", "evaluator"]).failure(1);
    assert!(error.contains("no such replica; it has Chief 1, Worker 2, PS 1"), "{error}");
}

#[test]
fn containers_are_chosen() {
    let job =
        Job::new("mnist").replica("Worker", 1).container("Worker", "sidecar").init_container("Worker", "init-code");
    let Some(world) = running(&job, &["mnist-worker-0"]) else { return };
    world.space.logs("mnist-worker-0", "sidecar", &["beside"]);
    world.space.logs("mnist-worker-0", "init-code", &["before"]);
    await_log(&world, "mnist-worker-0", &["-c", "sidecar"]);
    await_log(&world, "mnist-worker-0", &["-c", "init-code"]);
    assert_eq!(world.tfjob(&["logs", "mnist", "-c", "sidecar"]).success(), "beside\n");
    let all = world.tfjob(&["logs", "mnist", "--all-containers", "--tail", "1"]).success();
    let expected =
        "worker-0/init-code  | before\nworker-0/tensorflow | mnist-worker-0 2\nworker-0/sidecar    | beside\n";
    assert_eq!(all, expected);
    world
        .space
        .apply(&Job::new("mixed").replica("Chief", 1).replica("Worker", 1).container("Chief", "sidecar").to_string());
    world.await_state("mixed", "Running");
    world.space.logs("mixed-chief-0", "sidecar", &["beside"]);
    await_log(&world, "mixed-chief-0", &["-c", "sidecar"]);
    let output = world.tfjob(&["logs", "mixed", "-c", "sidecar"]);
    assert_eq!((output.stdout.as_str(), output.code), ("beside\n", 0), "{output}");
    assert_eq!(output.stderr, "note: no container sidecar in worker-0\n");
    let error = world.tfjob(&["logs", "mnist", "-c", "nosuch"]).failure(1);
    assert!(error.contains("container nosuch is not valid for pod mnist-worker-0"), "{error}");
    assert!(error.contains("init-code, tensorflow, sidecar"), "{error}");
    world.space.previous_logs("mnist-worker-0", "tensorflow", &["an earlier run"]);
    await_log(&world, "mnist-worker-0", &["-c", "tensorflow", "--previous"]);
    assert_eq!(world.tfjob(&["logs", "mnist", "-p"]).success(), "an earlier run\n");
}

#[test]
fn what_has_no_log_is_told() {
    let Some(world) = World::new() else { return };
    let job = Job::new("image").replica("Chief", 1).replica("Worker", 1);
    world.space.apply(&job.annotate("Chief", "test/waiting", "ImagePullBackOff").to_string());
    world.space.apply(&Job::new("loop").replica("Worker", 1).annotate("Worker", "test/crashloop", "137").to_string());
    world.space.logs("image-worker-0", "tensorflow", &["works"]);
    world.space.logs("loop-worker-0", "tensorflow", &["fails"]);
    world.await_status("image", "one pod waits, one runs", |it| {
        let pods = it["pods"].as_array().cloned().unwrap_or_default();
        pods.iter().any(|it| it["reason"] == "ImagePullBackOff") && pods.iter().any(|it| it["phase"] == "Running")
    });
    await_log(&world, "image-worker-0", &[]);
    let output = world.tfjob(&["logs", "image"]);
    assert_eq!((output.stdout.as_str(), output.code), ("works\n", 0), "{output}");
    assert!(output.stderr.starts_with("note: chief-0 has no log: ImagePullBackOff: "), "{output}");
    let mut following = Following::start(world.command(&["logs", "image", "-f"]));
    following.await_line("the log that there is", |it| it.ends_with("works"));
    let said = following.rest();
    assert_eq!(said.matches("note: chief-0 has no log: ImagePullBackOff").count(), 1, "{said}");
    let output = world.tfjob(&["logs", "image", "--chief"]);
    assert_eq!((output.stdout.as_str(), output.code), ("", 1), "{output}");
    assert!(output.stderr.contains("tfjob \"image\" has no log that can be read"), "{output}");
    world.await_status("loop", "it has restarted", |it| crate::row(it, "Worker")["restarts"] == 3);
    await_log(&world, "loop-worker-0", &[]);
    let output = world.tfjob(&["logs", "loop"]);
    assert_eq!((output.stdout.as_str(), output.code), ("fails\n", 0), "{output}");
    assert!(
        output.stderr.contains("worker-0 3 times (OOMKilled 137)") && output.stderr.contains("--previous"),
        "{output}"
    );
    assert!(world.tfjob(&["logs", "nope"]).failure(1).contains("tfjobs.kubeflow.org \"nope\" not found"));
}

#[test]
fn pods_that_are_gone_and_jobs_that_are() {
    let Some(world) = World::new() else { return };
    let job = |name: &str, policy: &str| {
        let job = Job::new(name).replica("Worker", 1).annotate("Worker", "test/exit-code", "0");
        job.annotate("Worker", "test/run", "300ms").policy("cleanPodPolicy", policy).to_string()
    };
    world.space.apply(&job("cleaned", "All"));
    world.space.apply(&job("kept", "None"));
    world.space.logs("kept-worker-0", "tensorflow", &["still here"]);
    world.await_state("cleaned", "Succeeded");
    world.await_state("kept", "Succeeded");
    world.space.wait_until("the pod is deleted", crate::LONG, || world.space.phase("cleaned-worker-0").is_empty());
    let error = world.tfjob(&["logs", "cleaned"]).failure(1);
    assert!(error.contains("no pods left: cleanPodPolicy All deleted them"), "{error}");
    let error = world.tfjob(&["logs", "cleaned", "-f"]).failure(1);
    assert!(error.contains("no pods left: cleanPodPolicy All deleted them"), "{error}");
    await_log(&world, "kept-worker-0", &[]);
    assert_eq!(world.tfjob(&["logs", "kept", "-f"]).success(), "still here\n");
    // The pod outlives the job for a while, as pods that end slowly do.
    let keep = |names: &str| {
        let patch = format!("{{\"metadata\": {{\"finalizers\": [{names}]}}}}");
        let _ = world.space.kubectl(&["patch", "pod", "kept-worker-0", "--type", "merge", "--patch", &patch]).success();
    };
    keep("\"test.example/keep\"");
    let _ = world.space.kubectl(&["delete", "tfjob", "kept"]).success();
    let output = world.tfjob(&["logs", "kept"]);
    assert_eq!((output.stdout.as_str(), output.code), ("still here\n", 0), "{output}");
    assert!(output.stderr.contains("not found; these are the logs of the 1 pod(s) that it left"), "{output}");
    assert_eq!(world.tfjob(&["logs", "kept", "-f"]).success(), "still here\n");
    keep("");
}

#[test]
fn parameter_servers_that_run_on_do_not_hold_whoever_follows() {
    let job = Job::new("mnist").replica("PS", 1).replica("Worker", 1).policy("cleanPodPolicy", "None");
    let Some(world) = running(&job, &["mnist-ps-0", "mnist-worker-0"]) else { return };
    let mut logs = Following::start(world.command(&["logs", "mnist", "-f"]));
    logs.await_line("the lines of ps-0", |it| it == "ps-0     | mnist-ps-0 2");
    let _ = world.space.kubectl(&["annotate", "pod", "mnist-worker-0", "test/exit-code=0"]).success();
    world.await_state("mnist", "Succeeded");
    world.space.append_log("mnist-ps-0", "tensorflow", &["a last line"]);
    logs.await_line("a line that came after the end", |it| it == "ps-0     | a last line");
    assert_eq!(logs.child.wait().unwrap().code(), Some(0));
    let said = logs.rest();
    assert_eq!(said, "note: the job has ended; not followed, though still running: ps-0\n");
    assert_eq!(world.space.phase("mnist-ps-0"), "Running");
    // Who comes late gets what there is.
    let output = world.tfjob(&["logs", "mnist", "-f", "--replica", "ps", "--prefix", "never"]);
    assert_eq!((output.code, output.stdout.as_str()), (0, "mnist-ps-0 1\nmnist-ps-0 2\na last line\n"), "{output}");
}

#[test]
fn whoever_wants_the_first_line_only_waits_for_no_other() {
    let Some(world) = running(&Job::new("mnist").replica("Worker", 1), &["mnist-worker-0"]) else { return };
    let mut command = world.command(&["logs", "mnist", "-f"]);
    let mut follows =
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(follows.stdout.take().unwrap()).read_line(&mut line).unwrap();
    // The reader is gone, and the log is quiet.
    let output = follows.wait_with_output().unwrap();
    assert_eq!((line.as_str(), String::from_utf8_lossy(&output.stderr).as_ref()), ("mnist-worker-0 1\n", ""));
}

#[test]
fn following_goes_on_through_new_pods_until_the_job_ends() {
    let job = Job::new("mnist").replica("Worker", 2).restart("Worker", "ExitCode");
    let Some(world) = running(&job, &["mnist-worker-0", "mnist-worker-1"]) else { return };
    let mut logs = Following::start(world.command(&["logs", "mnist", "-f"]));
    logs.await_line("the lines of worker-0", |it| it == "worker-0 | mnist-worker-0 2");
    world.space.append_log("mnist-worker-1", "tensorflow", &["a new line"]);
    logs.await_line("a new line", |it| it == "worker-1 | a new line");
    // A retryable exit: the operator deletes the pod and makes it again under its name.
    let uid = |world: &World| world.space.get_json(&["pod", "mnist-worker-1"])["metadata"]["uid"].clone();
    let before = uid(&world);
    let _ = world.space.kubectl(&["annotate", "pod", "mnist-worker-1", "test/exit-code=137"]).success();
    world.space.wait_until("the pod is made again", crate::LONG, || {
        world.space.phase("mnist-worker-1") == "Running" && uid(&world) != before
    });
    logs.await_line("the new pod's log from its beginning", |it| it == "worker-1 | mnist-worker-1 1");
    world.space.append_log("mnist-worker-0", "tensorflow", &["the last line"]);
    for pod in ["mnist-worker-0", "mnist-worker-1"] {
        let _ = world.space.kubectl(&["annotate", "pod", pod, "test/exit-code=0"]).success();
    }
    logs.await_line("the last line", |it| it == "worker-0 | the last line");
    let status = logs.child.wait().unwrap();
    let said = logs.rest();
    assert_eq!(status.code(), Some(0), "{:?} {said}", logs.seen);
    assert!(said.contains("worker-1 is a new pod"), "{said}");
    let mut counts: BTreeMap<&String, u32> = BTreeMap::new();
    logs.seen.iter().for_each(|it| *counts.entry(it).or_default() += 1);
    // The file is the same for both pods of the name.
    let repeated: Vec<_> = counts.iter().filter(|(line, count)| **count > 1 && line.starts_with("worker-0")).collect();
    assert!(repeated.is_empty(), "{counts:#?}");
}
