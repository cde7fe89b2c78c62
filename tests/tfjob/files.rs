//! `status -f`: without a cluster.

use serde_json::{Value, json};
use support::Sandbox;
use support::sandbox::repository;

use crate::BIN;

/// A job as the operator wrote it.
fn recorded(name: &str) -> Value {
    let path = repository().join("shared/tests/fixtures/tfjob").join(name);
    let case: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    case["job"].clone()
}

/// What its summary must say.
fn expected(name: &str) -> Value {
    let path = repository().join("shared/tests/fixtures/tfjob/expected.json");
    let all: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    all[name].clone()
}

#[test]
fn an_object_in_gives_an_object_and_a_list_gives_an_array() {
    let sandbox = Sandbox::new();
    let name = "v1.1.0-v1.fail1.2failed.json";
    let job = recorded(name);
    sandbox.write("job.json", job.to_string());
    let status = sandbox.run(BIN, ["status", "-f", "job.json", "-o", "json"]).json();
    let expected = expected(name);
    for field in ["state", "reason", "message", "stateSince", "durationSeconds"] {
        assert_eq!(status[field], expected[field], "{field}");
    }
    assert_eq!(status["replicas"][0]["failed"], expected["replicasFromStatus"]["Worker"]["failed"]);
    assert_eq!((&status["pods"], &status["countsFrom"]), (&Value::Null, &json!("status")));
    let list = json!({"kind": "List", "apiVersion": "v1", "items": [job, job]});
    let array = sandbox.run_with_input(BIN, ["status", "-f", "-", "-o", "json"], list.to_string()).json();
    assert_eq!(array, json!([status, status]));
    let documents = format!("{job}\n---\n{job}\n");
    let array = sandbox.run_with_input(BIN, ["status", "-f", "-", "-o", "json"], documents).json();
    assert_eq!(array, json!([status, status]));
}

#[test]
fn every_format_shows_the_same_job() {
    let sandbox = Sandbox::new();
    sandbox.write("job.json", recorded("v1.1.0-v1.w2.2one-running.json").to_string());
    let shown = |format: &str| sandbox.run(BIN, ["status", "-f", "job.json", "-o", format]);
    assert_eq!(shown("name").success(), "tfjob.kubeflow.org/w2\n");
    assert_eq!(shown("template={{name}} {{state}}").success(), "w2 Running\n");
    assert!(shown("yaml").success().contains("name: \"w2\"\n"));
    assert!(shown("template={{nam}}").failure(1).contains("hint: `-o json` shows the fields"));
    let page = sandbox.run(BIN, ["status", "-f", "job.json"]).success();
    for text in ["Name:         w2\n", "State:        Running", "Replicas (from status):", "Worker   2"] {
        assert!(page.contains(text), "{text}: {page}");
    }
}

#[test]
fn one_broken_object_does_not_hide_the_others() {
    let sandbox = Sandbox::new();
    let job = recorded("v1.1.0-v1.w2.3running.json");
    let text = format!("{job}\n---\n- no mapping\n---\nkind: Pod\napiVersion: v1\nmetadata: {{name: p}}\n---\n{job}\n");
    sandbox.write("jobs.yaml", text);
    let output = sandbox.run(BIN, ["status", "-f", "jobs.yaml", "-o", "name"]);
    assert_eq!((output.stdout.as_str(), output.code), ("tfjob.kubeflow.org/w2\ntfjob.kubeflow.org/w2\n", 1));
    assert_eq!(output.stderr.matches("error: ").count(), 2, "{output}");
    assert!(output.stderr.contains("hint: a TFJob has kind `TFJob`"), "{output}");
    for (text, why) in [("a: {", "job.yaml"), ("", "job.yaml"), ("{{ .Values.x }}: y\n", "Helm")] {
        sandbox.write("job.yaml", text);
        let output = sandbox.run(BIN, ["status", "-f", "job.yaml"]);
        assert!(output.code == 1 && output.stderr.contains(why) && output.stdout.is_empty(), "{text:?}: {output}");
    }
    assert!(sandbox.run(BIN, ["status", "-f", "nope.yaml"]).failure(1).contains("cannot read"));
}

#[test]
fn terminals_pipes_and_colours() {
    let sandbox = Sandbox::new();
    let mut job = recorded("v1.1.0-v1.fail1.2failed.json");
    for condition in job["status"]["conditions"].as_array_mut().unwrap() {
        condition["message"] = json!("word ".repeat(30));
    }
    sandbox.write("job.json", job.to_string());
    let on_a_terminal = |words: &[&str], variables: &[(&str, &str)]| {
        let mut command = sandbox.command(BIN);
        command.args(words).envs(variables.iter().copied());
        support::terminal::run(command, "").0
    };
    let page = ["status", "-f", "job.json"];
    let ages =
        |text: &str| text.lines().filter(|it| !it.starts_with("State") && !it.starts_with("Age")).collect::<String>();
    let piped = sandbox.run(BIN, page).success();
    // A table has no colours, and is never cut to the width of the terminal, here 80.
    assert_eq!(ages(&on_a_terminal(&page, &[])), ages(&piped));
    assert!(piped.lines().any(|it| it.chars().count() > 80), "{piped}");
    let wrong = ["status", "-f", "nope.json"];
    assert!(on_a_terminal(&wrong, &[]).contains("\u{1b}[1;31merror:"));
    for value in ["1", ""] {
        let screen = on_a_terminal(&wrong, &[("NO_COLOR", value)]);
        assert!(screen.starts_with("error: "), "{value:?}: {screen:?}");
    }
    assert!(sandbox.run(BIN, wrong).failure(1).starts_with("error: "));
    assert!(sandbox.run(BIN, [&wrong[..], &["--color", "always"]].concat()).failure(1).contains('\u{1b}'));
}

#[test]
fn a_closed_pipe_is_a_quiet_end() {
    let sandbox = Sandbox::new();
    sandbox.write("job.json", recorded("v1.1.0-v1.fail1.2failed.json").to_string());
    let mut command = sandbox.command(BIN);
    command
        .args(["status", "-f", "job.json"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
}

#[test]
fn hostile_text_cannot_move_the_cursor() {
    let sandbox = Sandbox::new();
    let mut job = recorded("v1.1.0-v1.fail1.2failed.json");
    let conditions = job["status"]["conditions"].as_array_mut().unwrap();
    for condition in conditions {
        condition["message"] = json!("\u{1b}[2J\u{1b}[1;1Hgone\rover\nName: forged");
    }
    sandbox.write("job.json", job.to_string());
    let mut command = sandbox.command(BIN);
    command.args(["status", "-f", "job.json"]);
    let (screen, status) = support::terminal::run(command, "");
    assert!(status.success() && screen.contains("^[[2J^[[1;1Hgone"), "{screen:?}");
    assert!(!screen.contains('\u{1b}') && !screen.contains("\nName: forged"), "{screen:?}");
}
