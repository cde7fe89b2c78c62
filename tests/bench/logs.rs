//! How long `kubectl tfjob logs` takes beside `curl` (the wire), `kubectl logs` and stern, in the same run, and how much
//! memory it needs: `make bench`. All read the same bytes, from a stand-in kubelet through the API server. Then, how long
//! a line that is written takes until it is shown.
//!
//! The aim: at most twice the wire, a fifth of `kubectl logs -f`, an eighth of stern, and 32 MiB. A merge reads all
//! streams at once, and needs about half a MiB for each (connection, TLS and lines), however long the logs are.
#![allow(clippy::disallowed_methods, clippy::print_stdout, reason = "a bench measures and prints")]
#![allow(clippy::unwrap_used, reason = "a bench that cannot be set up fails")]

mod latency;

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{Read as _, Seek as _};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use support::Sandbox;
use support::bed::{Bed, BedOptions, Job, LogEnd, Namespace};

const BIN: &str = env!("CARGO_BIN_EXE_kubectl-tfjob");
const PODS: u32 = 8;
const LINES: usize = 150_000;
const MERGED_PODS: u32 = 200;
const MERGED_LINES: usize = 10_000;
/// When a command is given up.
const LONGEST: Duration = Duration::from_secs(120);
/// How often each command is run.
const RUNS: usize = 3;

/// A command that reads logs.
struct Reader {
    name: &'static str,
    program: String,
    words: Vec<String>,
    /// Whether it writes all lines to its standard output.
    shows_lines: bool,
}

fn main() {
    if !Bed::is_available() {
        return;
    }
    let stern = std::env::var("STERN").ok().filter(|it| !it.is_empty());
    if stern.is_none() {
        println!("skipped: stern (STERN names none; `make bench` sets it)");
    }
    let bed = Bed::start(BedOptions { scheduler: false, ..BedOptions::default() }).unwrap();
    let space = bed.namespace();
    serve(&bed, "fast", LINES);
    serve(&bed, "many", MERGED_LINES);
    finished(&space, "fast", PODS);
    let sandbox = bed.environment().into_iter().fold(Sandbox::new(), |it, (name, value)| it.with(&name, value));
    latency::compare(&sandbox, &space);
    println!("{PODS} pods × {LINES} lines: median of wall time, peak memory");
    let readers = readers(&space, stern.as_deref());
    for to_file in [false, true] {
        println!("to {}", if to_file { "a file" } else { "/dev/null" });
        compare(&sandbox, &readers, to_file);
    }
    finished(&space, "many", MERGED_PODS);
    println!("{MERGED_PODS} pods × {MERGED_LINES} lines, in the order of time, to /dev/null: once");
    let ours = named("ours --merge", BIN, &format!("logs many --merge -n {}", space.name()));
    let theirs = stern.map(|it| sorted(&it, &space, "many", MERGED_PODS));
    for reader in [Some(ours), theirs].into_iter().flatten() {
        match measured_within(sandbox.command(&reader.program).args(&reader.words), Stdio::null(), LONGEST) {
            Some((time, peak)) => print(reader.name, time, peak),
            None => println!("  {:<15} not done after {} s", reader.name, LONGEST.as_secs()),
        }
    }
}

/// Returns what is compared.
fn readers(space: &Namespace<'_>, stern: Option<&str>) -> Vec<Reader> {
    let (bed, namespace) = (space.bed(), space.name());
    let kubectl = bed.program("kubectl").display().to_string();
    let job = format!("-l training.kubeflow.org/job-name=fast --tail -1 --prefix --max-log-requests {PODS}");
    let mut readers = vec![
        Reader { shows_lines: false, ..shell("8 × curl", curls(bed, namespace)) },
        named("ours", BIN, &format!("logs fast -n {namespace}")),
        named("ours -f", BIN, &format!("logs fast -f -n {namespace}")),
        named("ours --merge", BIN, &format!("logs fast --merge -n {namespace}")),
        named("kubectl", &kubectl, &format!("logs {job} -n {namespace}")),
        named("kubectl -f", &kubectl, &format!("logs -f {job} -n {namespace}")),
    ];
    if let Some(stern) = stern {
        readers.push(named("stern", stern, &stern_words(space, "fast", PODS)));
        readers.push(sorted(stern, space, "fast", PODS));
    }
    readers
}

fn named(name: &'static str, program: &str, words: &str) -> Reader {
    let words = words.split(' ').map(str::to_owned).collect();
    Reader { name, program: program.to_owned(), words, shows_lines: true }
}

fn shell(name: &'static str, script: String) -> Reader {
    Reader { name, program: "sh".to_owned(), words: vec!["-c".to_owned(), script], shows_lines: true }
}

/// Lets stern read whole logs, and end with them.
fn stern_words(space: &Namespace<'_>, job: &str, pods: u32) -> String {
    let (namespace, label) = (space.name(), format!("training.kubeflow.org/job-name={job}"));
    format!(
        "-n {namespace} -l {label} --no-follow --only-log-lines --color never --since 8760h --max-log-requests {pods}"
    )
}

/// Sorts stern's lines by their stamps, as its documentation advises.
fn sorted(stern: &str, space: &Namespace<'_>, job: &str, pods: u32) -> Reader {
    shell("stern -t | sort", format!("'{stern}' {} -t | sort -k3", stern_words(space, job, pods)))
}

/// Runs all in turn, again and again, and prints the medians.
fn compare(sandbox: &Sandbox, readers: &[Reader], to_file: bool) {
    let mut all: Vec<(Vec<Duration>, u64)> = readers.iter().map(|_| (Vec::new(), 0)).collect();
    for _ in 0..RUNS {
        for (reader, (times, peak)) in readers.iter().zip(&mut all) {
            let mut command = sandbox.command(&reader.program);
            command.args(&reader.words);
            let (time, memory) = if to_file {
                let file = tempfile();
                let measured = measured(&mut command, file.try_clone().unwrap().into());
                if reader.shows_lines {
                    assert_eq!(lines_of(file), LINES * PODS as usize, "{} leaves out lines", reader.name);
                }
                measured
            } else {
                measured(&mut command, Stdio::null())
            };
            times.push(time);
            *peak = memory.max(*peak);
        }
    }
    for (reader, (mut times, peak)) in readers.iter().zip(all) {
        times.sort();
        print(reader.name, times[RUNS / 2], peak);
    }
}

fn print(name: &str, time: Duration, peak: u64) {
    println!("  {name:<15} {:>6.0} ms {:>5} MiB", time.as_secs_f64() * 1000.0, peak / 1024);
}

/// Counts the lines of a file that somebody else has written.
fn lines_of(mut file: File) -> usize {
    file.rewind().unwrap();
    let (mut block, mut lines) = (vec![0; 1 << 20], 0);
    loop {
        match file.read(&mut block).unwrap() {
            0 => return lines,
            length => lines += block[..length].split(|it| *it == b'\n').count() - 1,
        }
    }
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

/// Runs a command to its end, and returns how long it took and the peak memory in KiB, its children's among it, as
/// `/proc` tells it.
fn measured(command: &mut Command, out: Stdio) -> (Duration, u64) {
    measured_within(command, out, Duration::MAX).unwrap()
}

/// As [`measured`]; `None` if it had to be ended after `limit`.
fn measured_within(command: &mut Command, out: Stdio, limit: Duration) -> Option<(Duration, u64)> {
    let start = Instant::now();
    let mut child = command.stdout(out).stderr(Stdio::null()).spawn().unwrap();
    let id = child.id();
    let mut peak = 0;
    loop {
        let children = children_of(&id.to_string()).map(|it| peak_of(&it)).sum::<u64>();
        peak = peak.max(peak_of(&id.to_string()) + children);
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success(), "{command:?}");
            return Some((start.elapsed(), peak));
        }
        if start.elapsed() > limit {
            for process in children_of(&id.to_string()).chain([id.to_string()]) {
                // One of them may have ended meanwhile.
                let _ = Command::new("kill").arg(process).status();
            }
            let _ = child.wait().unwrap();
            return None;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Returns the children of a process.
fn children_of(id: &str) -> impl Iterator<Item = String> {
    let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
    children.split_whitespace().map(str::to_owned).collect::<Vec<_>>().into_iter()
}

/// Returns the peak memory of a process in KiB; 0 if it has ended.
fn peak_of(id: &str) -> u64 {
    let text = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let line = text.lines().find_map(|it| it.strip_prefix("VmHWM:"));
    line.and_then(|it| it.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

fn tempfile() -> File {
    let path = std::env::temp_dir().join(format!("nauta-bench-{}", std::process::id()));
    let file = File::options().create(true).truncate(true).read(true).write(true).open(&path).unwrap();
    fs::remove_file(path).unwrap();
    file
}
