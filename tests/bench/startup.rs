//! How long our commands take beside Helm's, in the same run: `make bench`.
//!
//! The aim: `helm-nauta render` of a zoo pack takes at most a tenth of `helm template`'s wall time, and `--version` at
//! most a tenth of `helm version`.
#![allow(clippy::disallowed_methods, clippy::print_stdout, reason = "a bench measures and prints")]
#![allow(clippy::unwrap_used, reason = "a bench that cannot be set up fails")]

use std::path::Path;
use std::time::{Duration, Instant};

use support::Sandbox;
use support::helm::helms;
use support::sandbox::{copy_folder, repository};

const BIN: &str = env!("CARGO_BIN_EXE_helm-nauta");
/// How often each command is run.
const RUNS: usize = 21;

fn main() {
    let sandbox = Sandbox::new();
    let pack = repository().join("tests/fixtures/zoo/tf-training-multi");
    let pack = pack.to_str().unwrap();
    let render = ["render", "exp1", pack, "train.py", "--", "--lr=0.1", "a: b"];
    let values = sandbox.run(BIN, render).success();
    let chart = sandbox.work().join("chart");
    copy_folder(&Path::new(pack).join("charts"), &chart);
    std::fs::write(chart.join("values.yaml"), values).unwrap();

    println!("{:<44} {:>9} {:>9} {:>7}", "median wall time", "ours", "helm", "ratio");
    for helm in helms() {
        let program = helm.path.to_str().unwrap();
        let pairs = [
            ("render / helm template", &render[..], &["template", "exp1", "chart"][..]),
            ("--version / helm version", &["--version"], &["version"]),
        ];
        for (what, ours, theirs) in pairs {
            let (ours, theirs) = interleaved(&sandbox, (BIN, ours), (program, theirs));
            let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
            let shown = |it: Duration| format!("{:.1} ms", it.as_secs_f64() * 1000.0);
            println!("{:<44} {:>9} {:>9} {ratio:>7.3}", format!("{what} {}", helm.version), shown(ours), shown(theirs));
        }
    }
}

/// Returns the median times of two commands, run in turn so that both meet the same machine.
fn interleaved(sandbox: &Sandbox, ours: (&str, &[&str]), theirs: (&str, &[&str])) -> (Duration, Duration) {
    let mut times = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        times.0.push(time(sandbox, ours));
        times.1.push(time(sandbox, theirs));
    }
    (median(times.0), median(times.1))
}

fn time(sandbox: &Sandbox, (program, arguments): (&str, &[&str])) -> Duration {
    let mut command = sandbox.command(program);
    command.args(arguments);
    let start = Instant::now();
    let output = command.output().unwrap();
    let elapsed = start.elapsed();
    assert!(output.status.success(), "{program} {arguments:?}");
    elapsed
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
