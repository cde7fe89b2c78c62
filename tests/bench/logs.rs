//! How long `kubectl tfjob logs` takes beside `curl` (the wire) and `kubectl logs`, in the same run, and how much memory
//! it needs: `make bench`. All read the same bytes, from a stand-in kubelet through the API server.
//!
//! The aim: at most twice the wire, a fifth of `kubectl logs -f`, and 32 MiB.
#![allow(clippy::disallowed_methods, clippy::print_stdout, reason = "a bench measures and prints")]
#![allow(clippy::unwrap_used, reason = "a bench that cannot be set up fails")]

use std::fmt::Write as _;
use std::fs::File;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use support::Sandbox;
use support::bed::{Bed, BedOptions, Job, LogEnd, Namespace};

const BIN: &str = env!("CARGO_BIN_EXE_kubectl-tfjob");
const PODS: u32 = 8;
const LINES: usize = 150_000;
const MERGED_PODS: u32 = 200;
const MERGED_LINES: usize = 10_000;
/// How often each command is run.
const RUNS: usize = 5;

fn main() {
    if !Bed::is_available() {
        return;
    }
    let bed = Bed::start(BedOptions { scheduler: false, ..BedOptions::default() }).unwrap();
    let space = bed.namespace();
    serve(&bed, "fast", LINES);
    serve(&bed, "many", MERGED_LINES);
    finished(&space, "fast", PODS);
    let sandbox = bed.environment().into_iter().fold(Sandbox::new(), |it, (name, value)| it.with(&name, value));
    let kubectl = bed.program("kubectl").display().to_string();
    let job = "-l training.kubeflow.org/job-name=fast --tail -1 --prefix --max-log-requests 8";
    let namespace = space.name();
    let commands = [
        ("8 × curl".to_owned(), "sh".to_owned(), vec!["-c".to_owned(), curls(&bed, namespace)]),
        named("ours", BIN, &format!("logs fast -n {namespace}")),
        named("ours -f", BIN, &format!("logs fast -f -n {namespace}")),
        named("ours --merge", BIN, &format!("logs fast --merge -n {namespace}")),
        named("kubectl", &kubectl, &format!("logs {job} -n {namespace}")),
        named("kubectl -f", &kubectl, &format!("logs -f {job} -n {namespace}")),
    ];
    println!("{PODS} pods × {LINES} lines: median of wall time, peak memory");
    for to_file in [false, true] {
        println!("to {}", if to_file { "a file" } else { "/dev/null" });
        let mut all: Vec<(Vec<Duration>, u64)> = commands.iter().map(|_| (Vec::new(), 0)).collect();
        for _ in 0..RUNS {
            for ((_, program, words), (times, peak)) in commands.iter().zip(&mut all) {
                let (time, memory) = measured(sandbox.command(program).args(words), to_file);
                times.push(time);
                *peak = memory.max(*peak);
            }
        }
        for ((name, _, _), (mut times, peak)) in commands.iter().zip(all) {
            times.sort();
            println!("  {name:<14} {:>6.0} ms {:>5} MiB", times[RUNS / 2].as_secs_f64() * 1000.0, peak / 1024);
        }
    }
    finished(&space, "many", MERGED_PODS);
    let (_, program, words) = named("", BIN, &format!("logs many --merge -n {namespace}"));
    let (time, peak) = measured(sandbox.command(&program).args(words), false);
    println!(
        "{MERGED_PODS} pods × {MERGED_LINES} lines, --merge: {:.0} ms {} MiB",
        time.as_secs_f64() * 1000.0,
        peak / 1024
    );
}

fn named(name: &str, program: &str, words: &str) -> (String, String, Vec<String>) {
    (name.to_owned(), program.to_owned(), words.split(' ').map(str::to_owned).collect())
}

/// Reads all logs at once, and nothing more.
fn curls(bed: &Bed, namespace: &str) -> String {
    let (certificate, key) = bed.key_pair();
    let mut script = String::new();
    for pod in 0..PODS {
        let path = format!("/api/v1/namespaces/{namespace}/pods/fast-worker-{pod}/log?container=tensorflow");
        let (certificate, key, server) = (certificate.display(), key.display(), bed.server());
        writeln!(script, "curl -sfk --cert {certificate} --key {key} '{server}{path}' > /dev/null &").unwrap();
    }
    script + "wait"
}

/// Makes a node whose pods have so many lines, 116 bytes each with the stamp.
fn serve(bed: &Bed, node: &str, lines: usize) {
    let mut text = String::new();
    for number in 0..lines {
        let (second, micro) = (number / 20_000, number % 20_000 * 50);
        let text_of_line =
            format!("step {number:>8} loss 0.123456 accuracy 0.987654 lr 0.000100 images/sec 1234.56 eta 00:00");
        writeln!(text, "2026-11-21T20:00:{second:02}.{micro:06}000Z {text_of_line:84}").unwrap();
    }
    let chunks: Vec<String> =
        text.split_inclusive('\n').collect::<Vec<_>>().chunks(1000).map(<[&str]>::concat).collect();
    bed.kubelet(node, move |request, answer| {
        if request.query.contains_key("tailLines") {
            let last = chunks.last().and_then(|it| it.lines().last()).unwrap_or_default();
            answer.send(&format!("{last}\n"))?;
        } else {
            chunks.iter().try_for_each(|it| answer.send(it))?;
        }
        Ok(LogEnd::Orderly)
    });
}

/// Makes a job on a node of its name, and waits until it has succeeded.
fn finished(space: &Namespace<'_>, name: &str, pods: u32) {
    let job = Job::new(name).replica("Worker", pods).annotate("Worker", "test/node", name);
    let job = job.annotate("Worker", "test/exit-code", "0").annotate("Worker", "test/run", "1s");
    space.apply(&job.policy("cleanPodPolicy", "None").to_string());
    space.wait_until("the job has succeeded", Duration::from_secs(120), || {
        let last = format!("{name}-worker-{}", pods - 1);
        space.job_state(name) == "Succeeded" && space.phase(&last) == "Succeeded"
    });
}

/// Runs a command to its end, and returns how long it took and its peak memory in KiB, as `/proc` tells it.
fn measured(command: &mut Command, to_file: bool) -> (Duration, u64) {
    let out: Stdio = if to_file { tempfile().into() } else { Stdio::null() };
    let start = Instant::now();
    let mut child = command.stdout(out).stderr(Stdio::null()).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|it| it.strip_prefix("VmHWM:"));
        peak = line.and_then(|it| it.split_whitespace().next()?.parse().ok()).map_or(peak, |it: u64| it.max(peak));
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success(), "{command:?}");
            return (start.elapsed(), peak);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn tempfile() -> File {
    let path = std::env::temp_dir().join(format!("nauta-bench-{}", std::process::id()));
    let file = File::create(&path).unwrap();
    std::fs::remove_file(path).unwrap();
    file
}
