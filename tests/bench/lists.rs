//! How long `kubectl tfjob list -A` takes on 5,000 jobs beside `kubectl get tfjobs -A -o json`, in the same run, and how
//! much memory each needs: `make bench`.
//!
//! The aim: no slower than kubectl.
#![allow(clippy::disallowed_methods, clippy::print_stdout, reason = "a bench measures and prints")]
#![allow(clippy::unwrap_used, reason = "a bench that cannot be set up fails")]

use std::fmt::Write as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use support::Sandbox;
use support::bed::{Bed, BedOptions};

const BIN: &str = env!("CARGO_BIN_EXE_kubectl-tfjob");
/// How many jobs there are, in how many namespaces.
const JOBS: usize = 5000;
const NAMESPACES: usize = 10;
/// How often each command is run.
const RUNS: usize = 7;

fn main() {
    if !Bed::is_available() {
        return;
    }
    // The operator is slow with so many, and a list reads what is there.
    let bed = Bed::start(BedOptions { operator: false, scheduler: false, ..BedOptions::default() }).unwrap();
    println!("making {JOBS} TFJobs");
    fill(&bed);
    let sandbox = bed.environment().into_iter().fold(Sandbox::new(), |it, (name, value)| it.with(&name, value));
    let kubectl = bed.program("kubectl").display().to_string();
    let pairs = [
        ("list -A / get -A -o json", vec!["list", "-A"], vec!["get", "tfjobs", "-A", "-o", "json"]),
        ("list -A / get -A", vec!["list", "-A"], vec!["get", "tfjobs", "-A"]),
        (
            "list -A -o json / get -A -o json",
            vec!["list", "-A", "-o", "json"],
            vec!["get", "tfjobs", "-A", "-o", "json"],
        ),
    ];
    println!(
        "{:<36} {:>9} {:>9} {:>7} {:>9} {:>9}",
        "median of wall time, peak memory", "ours", "kubectl", "ratio", "ours", "kubectl"
    );
    for (what, ours, theirs) in pairs {
        let mut times = [Vec::new(), Vec::new()];
        let mut peaks = [0, 0];
        for _ in 0..RUNS {
            for (side, (program, words)) in [(BIN, &ours), (kubectl.as_str(), &theirs)].into_iter().enumerate() {
                let (time, peak) = measured(sandbox.command(program).args(words));
                times[side].push(time);
                peaks[side] = peaks[side].max(peak);
            }
        }
        let [ours, theirs] = times.map(median);
        let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
        let shown = |it: Duration| format!("{:.0} ms", it.as_secs_f64() * 1000.0);
        let size = |it: u64| format!("{} MiB", it / 1024);
        println!(
            "{what:<36} {:>9} {:>9} {ratio:>7.3} {:>9} {:>9}",
            shown(ours),
            shown(theirs),
            size(peaks[0]),
            size(peaks[1])
        );
    }
}

/// Makes the jobs, several at a time: one kubectl is held to some fifty a second.
fn fill(bed: &Bed) {
    std::thread::scope(|scope| {
        for namespace in 0..NAMESPACES {
            scope.spawn(move || {
                let name = format!("many-{namespace}");
                let _ = bed.kubectl(&["create", "namespace", &name]).success();
                let mut jobs = String::new();
                for number in 0..JOBS / NAMESPACES {
                    let job = support::bed::Job::new(&format!("job-{number:04}")).replica("Chief", 1).replica("PS", 1);
                    write!(jobs, "---\n{}", job.replica("Worker", 4)).unwrap();
                }
                let _ = bed.kubectl_with_input(&["-n", &name, "create", "-f", "-"], &jobs).success();
            });
        }
    });
}

/// Runs a command to its end, and returns how long it took and its peak memory in KiB, as `/proc` tells it.
fn measured(command: &mut Command) -> (Duration, u64) {
    let start = Instant::now();
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut out = child.stdout.take().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let reader = std::thread::spawn(move || std::io::copy(&mut out, &mut std::io::sink()).unwrap());
    let mut peak = 0;
    loop {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|it| it.strip_prefix("VmHWM:"));
        peak = line.and_then(|it| it.split_whitespace().next()?.parse().ok()).map_or(peak, |it: u64| it.max(peak));
        if let Some(status) = child.try_wait().unwrap() {
            let elapsed = start.elapsed();
            assert!(status.success(), "{command:?}");
            assert!(reader.join().unwrap() > 0, "{command:?} printed nothing");
            return (elapsed, peak);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
