//! What the Helm that we start gets and gives, with a stand-in that records it.

use std::fs;
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use shared::yaml::read;

use crate::bed::{Bed, outcome, run};

/// Returns `helm-nauta <verb> e PACK <flags>`, with the stand-in for Helm.
fn nauta(bed: &Bed, verb: &str, flags: &[&str]) -> Command {
    let mut command = bed.nauta();
    command.args([verb, "e", &bed.pack()]).args(flags);
    command
}

#[test]
fn helm_gets_each_word_whole_and_in_the_order_typed() {
    for (verb, flags, expected) in [
        (
            "template",
            &["--set", "a=1", "-s", "x.yaml", "--set", "b={x,y z}"][..],
            &["--set", "a=1", "--show-only", "x.yaml", "--set", "b={x,y z}"][..],
        ),
        (
            "install",
            &["--wait", "-n", "team", "--dry-run=server", "--helm-arg=--new"],
            &["--namespace", "team", "--wait", "--dry-run=server", "--new"],
        ),
        (
            "install",
            &["--description", "", "-f", "v.yaml", "--timeout=5m", "--create-namespace"],
            &["--description", "", "--values", "v.yaml", "--timeout", "5m", "--create-namespace"],
        ),
        (
            "upgrade",
            &["-i", "-o", "json", "--kube-context", "c", "--debug", "--", "-x", "--debug"],
            &["--kube-context", "c", "--debug", "--install", "--output", "json"],
        ),
    ] {
        let bed = Bed::new();
        let outcome = run(&mut nauta(&bed, verb, flags));
        assert_eq!(outcome.code, 0, "{}", outcome.err);
        let words = bed.recorded("words");
        assert_eq!(words[..2], [verb, "e"]);
        assert!(words[2].ends_with("/probe") && words[2].starts_with('/') && !words[2].contains(','), "{}", words[2]);
        assert_eq!(words[3..], *expected, "{verb}");
    }
}

#[test]
fn the_staged_chart_differs_in_its_values_only() {
    let bed = Bed::new();
    for (name, content) in
        [(".helmignore", "*.bak\n"), ("crds/a.yaml", "a: 1\n"), ("charts/sub/Chart.yaml", "name: sub\n")]
    {
        bed.file(&format!("packs/probe/charts/{name}"), content);
    }
    let outcome = run(&mut nauta(&bed, "install", &["t.py", "--image", "i", "--", "no", ""]));
    assert_eq!(outcome.code, 0, "{}", outcome.err);
    for name in [".helmignore", "crds/a.yaml", "charts/sub/Chart.yaml", "Chart.yaml", "templates/probe.yaml"] {
        let original = fs::read(bed.path("packs/probe/charts").join(name)).unwrap();
        assert_eq!(fs::read(bed.path("record/chart").join(name)).unwrap(), original, "{name}");
    }
    let values = fs::read_to_string(bed.path("record/chart/values.yaml")).unwrap();
    let values = read::mapping(&values).unwrap();
    assert_eq!(values["commandline"]["args"], serde_json::json!(["t.py", "no", ""]));
    assert!(!bed.path("record/chart/Dockerfile").exists());
    assert!(bed.is_tidy());
}

#[test]
fn streams_prompts_and_exit_codes_pass_through() {
    let bed = Bed::new();
    let mut command = nauta(&bed, "upgrade", &[]);
    command.env("EXIT", "42").env("ASK", "1").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"yes\n").unwrap();
    let outcome = outcome(child.wait_with_output().unwrap());
    assert_eq!(outcome.code, 42);
    assert_eq!(outcome.out, "answer: yes\nto stdout\n");
    assert_eq!(outcome.err, "sure? to stderr\n");
    assert!(bed.is_tidy());
}

#[test]
fn a_helm_that_a_signal_ended_gives_the_code_that_a_shell_gives() {
    let bed = Bed::new();
    assert_eq!(run(nauta(&bed, "install", &[]).env("DIE", "1")).code, 128 + 9);
    assert!(bed.is_tidy());
}

/// Starts `command` in a process group of its own, and waits until its Helm waits.
fn started(bed: &Bed, command: &mut Command) -> Child {
    support::signals::handle_ignored();
    let child =
        command.env("WAIT", "1").process_group(0).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    while !bed.path("record/ready").exists() {
        assert!(Instant::now() < deadline, "Helm was not started");
        std::thread::sleep(Duration::from_millis(5));
    }
    child
}

#[test]
fn signals_are_passed_on_and_helm_may_end_in_its_own_way() {
    for (name, signal) in [("INT", Signal::INT), ("TERM", Signal::TERM), ("HUP", Signal::HUP), ("QUIT", Signal::QUIT)] {
        let bed = Bed::new();
        let child = started(&bed, &mut nauta(&bed, "install", &[]));
        kill_process(Pid::from_child(&child), signal).unwrap();
        let outcome = outcome(child.wait_with_output().unwrap());
        assert_eq!(outcome.code, 7, "{name}: {}", outcome.err);
        assert_eq!(fs::read_to_string(bed.path("record/signals")).unwrap(), format!("{name}\n"));
        let chart = fs::read_to_string(bed.path("record/chart-path")).unwrap();
        assert!(!std::path::Path::new(&chart).exists(), "{name}");
        assert!(bed.is_tidy(), "{name}");
    }
}

#[test]
fn a_signal_that_was_ignored_stays_ignored() {
    let bed = Bed::new();
    let mut command = bed.command("sh");
    command.env("HELM_BIN", bed.path("stand-in"));
    command.args(["-c", "trap '' HUP; exec \"$0\" install e \"$1\"", crate::bed::BINARY, &bed.pack()]);
    let child = started(&bed, &mut command);
    kill_process(Pid::from_child(&child), Signal::HUP).unwrap();
    std::thread::sleep(Duration::from_millis(150));
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    assert_eq!(outcome(child.wait_with_output().unwrap()).code, 7);
    assert_eq!(fs::read_to_string(bed.path("record/signals")).unwrap(), "TERM\n");
}

#[test]
fn a_missing_helm_is_an_error_with_a_hint() {
    let bed = Bed::new();
    let outcome = run(nauta(&bed, "install", &[]).env("HELM_BIN", "./nowhere/helm"));
    assert_eq!((outcome.code, outcome.out.as_str()), (1, ""));
    assert_eq!(
        outcome.err,
        "error: cannot find Helm: there is no program `./nowhere/helm`\nhint: install Helm \
         (https://helm.sh/docs/intro/install), or set HELM_BIN to the program\n"
    );
    assert!(bed.is_tidy());
}

#[test]
fn helm_bin_may_be_relative_or_a_bare_name() {
    let bed = Bed::new();
    for (program, path) in [("./stand-in", "/usr/bin:/bin"), ("stand-in", "/usr/bin:/bin:.")] {
        let outcome = run(nauta(&bed, "install", &[]).env("HELM_BIN", program).env("PATH", path));
        assert_eq!(outcome.code, 0, "{program}: {}", outcome.err);
        fs::remove_dir_all(bed.path("record/chart")).unwrap();
    }
}

#[test]
fn missing_dependencies_are_named_with_the_command_that_gets_them() {
    let bed = Bed::new();
    let chart =
        "apiVersion: v2\nname: probe\nversion: 1.0.0\ndependencies:\n- {name: redis, version: 1.x}\n- {name: common}\n";
    bed.file("packs/probe/charts/Chart.yaml", chart);
    bed.file("packs/probe/charts/charts/common-1.0.0.tgz", "");
    let refused = run(&mut nauta(&bed, "install", &[]));
    assert_eq!(refused.code, 1);
    let charts = fs::canonicalize(bed.path("packs/probe/charts")).unwrap();
    assert_eq!(
        refused.err,
        format!(
            "error: the chart of pack `probe` lacks `redis`, which it depends on\nhint: get them with `helm dependency \
             update {}`, or give --dependency-update\n",
            charts.display()
        )
    );
    assert_eq!(run(&mut nauta(&bed, "install", &["--dependency-update"])).code, 0);
}

#[test]
fn a_name_that_yaml_reads_as_no_text_is_warned_about() {
    let bed = Bed::new();
    let outcome = run(bed.nauta().args(["template", "no", &bed.pack()]));
    assert!(outcome.err.starts_with("warning: the chart prints the name `no` bare"), "{}", outcome.err);
    assert_eq!(outcome.code, 0);
}

#[test]
fn run_bare_the_namespace_is_found_as_helm_finds_it() {
    let bed = Bed::new();
    let config = "contexts: [{name: a, context: {namespace: of-a}}, {name: b, context: {namespace: of-b}}]\n";
    let config = bed.file("kubeconfig", &format!("{config}current-context: a\n"));
    let config = config.to_str().unwrap();
    let list = format!("/nowhere:{config}");
    for (flags, variables, expected) in [
        (&[][..], &[][..], "default"),
        (&["-n", "x"], &[("HELM_NAMESPACE", "y")], "x"),
        (&[], &[("HELM_NAMESPACE", "y"), ("KUBECONFIG", config)], "y"),
        (&[], &[("KUBECONFIG", &list)], "of-a"),
        (&["--kube-context", "b"], &[("KUBECONFIG", config)], "of-b"),
        (&["--kubeconfig", config], &[("HELM_KUBECONTEXT", "b")], "of-b"),
        (&["--kubeconfig", config, "--kube-context=none"], &[], "default"),
    ] {
        let outcome = run(nauta(&bed, "template", flags).envs(variables.iter().copied()));
        assert_eq!(outcome.code, 0, "{}", outcome.err);
        let values = fs::read_to_string(bed.path("record/chart/values.yaml")).unwrap();
        let values = read::mapping(&values).unwrap();
        assert_eq!(values["image"], format!("127.0.0.1:5000/{expected}/e:latest"), "{flags:?} {variables:?}");
        fs::remove_dir_all(bed.path("record/chart")).unwrap();
    }
}
