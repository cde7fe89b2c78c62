//! Sweeps: what is rendered for each run, and what Helm gets, with a stand-in that records each of its calls.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use shared::yaml::read;

use crate::bed::{Bed, Outcome, outcome, run, with_each_helm};

/// A stand-in for Helm that records below `$RECORD/<release>`, fails for the releases in `$FAIL`, and hangs for those
/// in `$HANG` until a signal comes.
const STAND_IN: &str = r#"#!/bin/sh
mkdir -p "$RECORD/$2" "$RECORD/now"
touch "$RECORD/now/$2"
ls "$RECORD/now" | wc -l > "$RECORD/$2/beside"
for word; do printf '%s\0' "$word"; done > "$RECORD/$2/words"
cp "$3/values.yaml" "$RECORD/$2/values.yaml"
case " $HANG " in *" $2 "*) trap 'echo hung; exit 5' TERM INT; touch "$RECORD/$2/hanging"; for turn in $(seq 1500); do sleep 0.02; done; exit 99;; esac
echo "NAME: $2"; sleep 0.01
rm "$RECORD/now/$2"
case " $FAIL " in *" $2 "*) echo "warning" >&2; echo "Error: INSTALLATION FAILED: no room for $2" >&2; exit 1;; esac
echo "done: $2"
"#;

/// Returns `helm-nauta <verb> e PACK t.py <flags>`, with this stand-in.
fn nauta(bed: &Bed, verb: &str, flags: &[&str]) -> Command {
    bed.program("recording", STAND_IN);
    let mut command = bed.nauta();
    command.env("HELM_BIN", bed.path("recording")).args([verb, "e", &bed.pack(), "t.py", "--user", "u"]).args(flags);
    command
}

fn render(flags: &[&str]) -> Outcome {
    let bed = Bed::new();
    run(&mut nauta(&bed, "render", flags))
}

fn recorded_args(bed: &Bed, release: &str) -> Value {
    let text = fs::read_to_string(bed.path("record").join(release).join("values.yaml")).unwrap();
    Value::Object(read::mapping(&text).unwrap())["commandline"]["args"].clone()
}

#[test]
fn each_run_gets_its_arguments_behind_all_others() {
    let flags = ["--param-range", "--lr", "{0.1...0.2:0.1}", "--param-set", "{a: 1}", "-o", "json", "--script-arg=s"];
    let outcome = render(&[&flags[..], &["--", "--lr=5", ""]].concat());
    assert_eq!((outcome.code, outcome.err.as_str()), (0, ""));
    let runs: Value = serde_json::from_str(&outcome.out).unwrap();
    let run = |index: usize| (&runs[index]["run"], &runs[index]["values"]["commandline"]["args"]);
    assert_eq!(run(0), (&json!("e-1"), &json!(["t.py", "s", "--lr=5", "", "a=1", "--lr=0.1"])));
    assert_eq!(run(1), (&json!("e-2"), &json!(["t.py", "s", "--lr=5", "", "a=1", "--lr=0.2"])));
    assert_eq!(runs.as_array().unwrap().len(), 2);
    // The image is the experiment's, and the same for all runs.
    assert!((0..2).all(|it| runs[it]["values"]["image"] == "127.0.0.1:5000/u/e:latest"));
}

#[test]
fn the_experiments_name_is_the_same_in_all_runs() {
    let bed = Bed::new();
    bed.file("packs/probe/charts/values.yaml", "podCount: 1\nname: {{ NAUTA.ExperimentName }}\n");
    let words = ["render", "e", &bed.pack(), "--param-set", "{}", "--param-set", "{}"];
    let outcome = run(bed.nauta().args(words));
    let yaml = "podCount: 1\nname: \"e\"\n";
    assert_eq!(outcome.out, format!("---\n# run: e-1\n{yaml}---\n# run: e-2\n{yaml}"));
}

#[test]
fn a_sweep_of_one_run_is_a_sweep() {
    let outcome = render(&["--param-range", "x", "{1}"]);
    assert!(outcome.out.starts_with("---\n# run: e-1\n"), "{}", outcome.out);
    let json: Value = serde_json::from_str(&render(&["--param-range", "x", "{1}", "-o", "json"]).out).unwrap();
    assert_eq!((json.as_array().unwrap().len(), &json[0]["run"]), (1, &json!("e-1")));
    let bed = Bed::new();
    assert_eq!(run(&mut nauta(&bed, "install", &["--param-range", "x", "{1}"])).out, "NAME: e-1\ndone: e-1\n");
}

#[test]
fn some_runs_can_be_chosen() {
    let sweep = ["--param-range", "x", "{1...10:1}"];
    let outcome = render(&[&sweep[..], &["--runs", "3,9-10"]].concat());
    let heads: Vec<&str> = outcome.out.lines().filter(|it| it.starts_with("# run")).collect();
    assert_eq!(heads, ["# run: e-3", "# run: e-9", "# run: e-10"]);
    let outcome = render(&[&sweep[..], &["--runs", "11"]].concat());
    assert_eq!(
        (outcome.code, outcome.err.as_str()),
        (2, "error: there is no run 11: the sweep has 10\nhint: choose from --runs 1-10\n")
    );
    let outcome = render(&["--runs", "1"]);
    assert_eq!(
        (outcome.code, outcome.err.as_str()),
        (
            2,
            "error: --runs chooses among the runs of a sweep, and this is none\nhint: --param-range or --param-set makes a sweep\n"
        )
    );
}

#[test]
fn faults_of_a_sweep_stand_beside_all_others() {
    let bed = Bed::new();
    let flags = ["--param-range", "a", "1,2", "--param-range", "b", "{1...3:0}", "--param-set", "x", "-e", "bad"];
    let outcome = run(&mut nauta(&bed, "install", &flags));
    assert_eq!((outcome.code, outcome.out.as_str()), (2, ""));
    let errors: Vec<&str> = outcome.err.lines().filter(|it| it.starts_with("error: ")).collect();
    assert_eq!(errors.len(), 4, "{}", outcome.err);
    assert_eq!(errors[1], "error: Parameter a has incorrect format.");
    assert_eq!(errors[3], "error: One of --param-set options has an incorrect format.");
    let outcome = render(&["--param-range", "a", "{1...101:1}", "--param-range", "b", "{1...100:1}"]);
    assert_eq!(
        (outcome.code, outcome.err.as_str()),
        (2, "error: the sweep has 10100 runs, and can have 10000 at most\n")
    );
    assert!(fs::read_dir(bed.path("record")).unwrap().next().is_none());
}

#[test]
fn a_warning_of_all_runs_is_said_once() {
    let bed = Bed::new();
    let values = "podCount: 1\nx: {{ NAUTA.Foo }}\nargs: {{ NAUTA.CommandLine }}\n";
    bed.file("packs/probe/charts/values.yaml", values);
    let words = ["render", "e", &bed.pack(), "--param-range", "x", "{1...50:1}", "-p", "no.such", "1"];
    let outcome = run(bed.nauta().args(words));
    assert_eq!(outcome.err.matches("unknown placeholder").count(), 1, "{}", outcome.err);
    assert_eq!(outcome.err.matches("has no effect").count(), 1, "{}", outcome.err);
    let strict = run(bed.nauta().args(words).arg("--strict"));
    assert_eq!((strict.code, strict.out.as_str(), strict.err.matches("error: ").count()), (1, "", 2));
}

#[test]
fn charts_of_a_sweep_stand_in_a_folder_each() {
    let bed = Bed::new();
    let flags = ["--param-range", "x", "{1, 2}", "--output-dir", "out"];
    let outcome = run(&mut nauta(&bed, "render", &flags));
    assert_eq!((outcome.code, outcome.out.as_str()), (0, ""));
    assert!(outcome.err.ends_with("out, 2 charts\n"), "{}", outcome.err);
    for (run, arg) in [("e-1", "x=1"), ("e-2", "x=2")] {
        let values = fs::read_to_string(bed.path("out").join(run).join("values.yaml")).unwrap();
        assert!(values.contains(arg) && bed.path("out").join(run).join("Chart.yaml").exists());
    }
    assert_eq!(run(&mut nauta(&bed, "render", &flags)).code, 1);
}

#[test]
fn one_of_64_runs_fails_and_the_others_do_not_mind() {
    let bed = Bed::new();
    let flags = ["--param-range", "x", "{1...8:1}", "--param-range", "y", "{1...8:1}", "-n", "team", "--wait"];
    let mut command = nauta(&bed, "install", &[&flags[..], &["-e", "S3_KEY=abc", "--", "a b"]].concat());
    let outcome = run(command.env("FAIL", "e-17"));
    assert_eq!(outcome.code, 1);
    let expected: String = (1..=64)
        .map(|it| if it == 17 { "NAME: e-17\n".to_owned() } else { format!("NAME: e-{it}\ndone: e-{it}\n") })
        .collect();
    assert_eq!(outcome.out, expected);
    let failure = "Error: INSTALLATION FAILED: no room for e-17";
    let pack = bed.pack();
    assert_eq!(
        outcome.err,
        format!(
            "warning: -e has no effect: pack `probe` has no place for environment variables\n\
             e-17:\nwarning\n{failure}\nerror: 1 of 64 runs failed\n  e-17: {failure}\nhint: when the cause is mended (put in what is <redacted> here): \
             helm-nauta upgrade e {pack} t.py --user u --param-range x '{{1...8:1}}' --param-range y '{{1...8:1}}' -n \
             team --wait -e 'S3_KEY=<redacted>' --install --runs 17 -- 'a b'\n"
        )
    );
    let mut beside = BTreeSet::new();
    for index in 0..64 {
        let release = format!("e-{}", index + 1);
        assert_eq!(
            recorded_args(&bed, &release),
            json!(["t.py", "a b", format!("x={}", index / 8 + 1), format!("y={}", index % 8 + 1)])
        );
        let words = bed.recorded(&format!("{release}/words"));
        assert_eq!((words[0].as_str(), words[1].as_str(), &words[3..]), ("install", &*release, &words_of_helm()[..]));
        let count = fs::read_to_string(bed.path("record").join(&release).join("beside")).unwrap();
        beside.insert(count.trim().parse::<usize>().unwrap());
    }
    assert!(*beside.last().unwrap() <= 4, "{beside:?}");
    assert!(*beside.last().unwrap() > 1, "they ran one by one");
    assert!(bed.is_tidy());
}

fn words_of_helm() -> [String; 3] {
    ["--namespace", "team", "--wait"].map(str::to_owned)
}

#[test]
fn the_command_of_the_hint_tries_the_failed_runs_alone() {
    let bed = Bed::new();
    let flags = ["--param-range", "x", "{1...6:1}"];
    let outcome = run(nauta(&bed, "install", &flags).env("FAIL", "e-2 e-4 e-5"));
    let again =
        outcome.err.lines().last().unwrap().strip_prefix("hint: when the cause is mended: helm-nauta ").unwrap();
    fs::remove_dir_all(bed.path("record")).unwrap();
    fs::create_dir_all(bed.path("record")).unwrap();
    let script = format!("exec \"$0\" {again}");
    let outcome = run(bed.command("sh").env("HELM_BIN", bed.path("recording")).args(["-c", &script, crate::BIN]));
    assert_eq!((outcome.code, outcome.err.as_str()), (0, "all 3 runs are upgraded\n"));
    assert_eq!(bed.recorded("e-4/words")[..2], ["upgrade", "e-4"]);
    assert!(bed.recorded("e-4/words").contains(&"--install".to_owned()));
    assert_eq!(recorded_args(&bed, "e-5"), json!(["t.py", "x=5"]));
    assert!(!bed.path("record/e-1").exists());
}

#[test]
fn a_signal_ends_a_sweep_and_leaves_nothing_behind() {
    support::signals::handle_ignored();
    for (signal, code) in [(Signal::TERM, 128 + 15), (Signal::INT, 128 + 2)] {
        let bed = Bed::new();
        let mut command = nauta(&bed, "install", &["--param-range", "x", "{1...20:1}", "--parallel", "2"]);
        command.env("HANG", "e-3 e-4").process_group(0).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().unwrap();
        let deadline = Instant::now() + Duration::from_secs(20);
        while !["e-3", "e-4"].iter().all(|it| bed.path("record").join(it).join("hanging").exists()) {
            assert!(Instant::now() < deadline, "Helm was not started");
            std::thread::sleep(Duration::from_millis(5));
        }
        kill_process(Pid::from_child(&child), signal).unwrap();
        let outcome = outcome(child.wait_with_output().unwrap());
        assert_eq!(outcome.code, code, "{}", outcome.err);
        assert_eq!(outcome.out, "NAME: e-1\ndone: e-1\nNAME: e-2\ndone: e-2\nhung\nhung\n");
        assert!(outcome.err.starts_with("error: 2 of 20 runs failed, 16 were not begun\n"), "{}", outcome.err);
        assert!(outcome.err.contains("--install --runs 3-20\n"), "{}", outcome.err);
        assert!(!bed.path("record/e-5").exists() && bed.is_tidy());
    }
}

#[test]
fn what_cannot_work_for_several_runs_is_refused_before_the_first() {
    let bed = Bed::new();
    for (verb, flags, error) in [
        ("install", &["-f", "-"][..], "`-` can be read only once"),
        ("upgrade", &["--set-file", "k=/dev/fd/63"], "`/dev/fd/63` can be read only once"),
        ("template", &["--output-dir", "d"], "with --output-dir, each run"),
        ("install", &["--parallel", "0"], "invalid value '0'"),
    ] {
        let outcome = run(&mut nauta(&bed, verb, &[flags, &["--param-range", "x", "{1, 2}"]].concat()));
        assert_eq!((outcome.code, outcome.out.as_str()), (2, ""), "{}", outcome.err);
        assert!(outcome.err.contains(error), "{}", outcome.err);
    }
    let outcome = run(nauta(&bed, "install", &["--param-range", "x", "{1, 2}"]).env("HELM_BIN", "./nowhere/helm"));
    assert_eq!(outcome.code, 1);
    assert!(outcome.err.starts_with("error: cannot find Helm"), "{}", outcome.err);
    assert!(fs::read_dir(bed.path("record")).unwrap().next().is_none() && bed.is_tidy());
}

#[test]
fn both_helms_print_the_manifests_of_all_runs_in_order() {
    with_each_helm(|helm| {
        let bed = Bed::new();
        let words = ["template", "e", &bed.pack(), "t.py", "--param-range", "--lr", "{0.5...2:0.5}", "--", "--debug"];
        let outcome = run(bed.nauta().env("HELM_BIN", helm).args(words));
        assert_eq!((outcome.code, outcome.err.as_str()), (0, ""));
        let documents: Vec<Value> = serde_saphyr::from_multiple(&outcome.out).unwrap();
        let found: Vec<(Value, String)> = documents
            .iter()
            .filter(|it| !it.is_null())
            .map(|it| (it["metadata"]["name"].clone(), it["data"]["args"].as_str().unwrap().to_owned()))
            .collect();
        let expected = ["0.5", "1.0", "1.5", "2.0"]
            .iter()
            .zip(1..)
            .map(|(value, number)| (json!(format!("e-{number}")), format!(r#"["t.py","--debug","--lr={value}"]"#)));
        assert_eq!(found, expected.collect::<Vec<_>>());
    });
}
