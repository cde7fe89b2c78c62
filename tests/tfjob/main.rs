#![allow(clippy::disallowed_methods, reason = "tests set up files and start programs")]
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that cannot be set up fails, and says what it skips"
)]
//! `kubectl tfjob` as its users run it: on files, without a cluster, and on a real control plane with the operator.

mod changing;
mod files;
mod help;
mod lists;
mod log_faults;
mod logs;
mod names;
mod refusals;
mod rights;
mod states;
mod tensorboard;
mod troubles;
mod waiting;
mod watching;

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use serde_json::Value;
use support::bed::{Bed, BedOptions, Namespace};
use support::{Output, Sandbox};

/// The program under test.
const BIN: &str = env!("CARGO_BIN_EXE_kubectl-tfjob");
/// How long anything on the bed may take, with a machine that does much else.
const LONG: Duration = Duration::from_secs(120);

/// A namespace of a bed, and the program as its users run it there.
struct World {
    sandbox: Sandbox,
    space: Namespace<'static>,
}

impl World {
    /// Returns a namespace of its own on the bed that all tests share; `None` where there is no bed.
    fn new() -> Option<Self> {
        Bed::shared().map(Self::on)
    }

    /// Returns a namespace on a bed that no other test sees, for what changes the whole cluster.
    fn with_bed_of_its_own() -> Option<Self> {
        if !Bed::is_available() {
            return None;
        }
        // It ends with the process.
        let bed: &'static Bed = Box::leak(Box::new(Bed::start(BedOptions::default()).unwrap()));
        Some(Self::on(bed))
    }

    fn on(bed: &'static Bed) -> Self {
        let sandbox = bed.environment().into_iter().fold(Sandbox::new(), |it, (name, value)| it.with(&name, value));
        Self { sandbox, space: bed.namespace() }
    }

    /// Returns the command with these words, in this namespace.
    fn command(&self, words: &[&str]) -> Command {
        let mut command = self.sandbox.command(BIN);
        command.args(words).args(["-n", self.space.name()]);
        command
    }

    /// Runs the command to its end.
    fn tfjob(&self, words: &[&str]) -> Output {
        self.sandbox.run(BIN, [words, &["-n", self.space.name()]].concat())
    }

    /// Returns what `status -o json` prints.
    fn status(&self, job: &str) -> Value {
        self.tfjob(&["status", job, "-o", "json"]).json()
    }

    /// Waits until `status` of a job says what is wanted, and returns it.
    fn await_status(&self, job: &str, what: &str, mut check: impl FnMut(&Value) -> bool) -> Value {
        let mut last = Value::Null;
        self.space.wait_until(what, LONG, || {
            let output = self.tfjob(&["status", job, "-o", "json"]);
            if output.code == 0 {
                last = output.json();
            }
            check(&last)
        });
        last
    }

    /// Waits until a job is in `state`, and returns its status.
    fn await_state(&self, job: &str, state: &str) -> Value {
        self.await_status(job, &format!("{job} is {state}"), |it| it["state"] == state)
    }

    /// Returns the text of this namespace with its name written as `NS`.
    fn normal(&self, text: &str) -> String {
        text.replace(self.space.name(), "NS")
    }
}

/// Returns the codes of the notes of a summary.
fn codes(status: &Value) -> Vec<String> {
    let notes = status["notes"].as_array().cloned().unwrap_or_default();
    notes.iter().map(|it| it.as_str().unwrap().split(':').next().unwrap().to_owned()).collect()
}

/// Returns the row of one replica type.
fn row(status: &Value, kind: &str) -> Value {
    let rows = status["replicas"].as_array().cloned().unwrap_or_default();
    rows.into_iter().find(|it| it["type"] == kind).unwrap_or_else(|| panic!("no {kind} in {status:#}"))
}

/// Returns one pod of a summary.
fn pod(status: &Value, name: &str) -> Value {
    let pods = status["pods"].as_array().cloned().unwrap_or_default();
    pods.into_iter().find(|it| it["name"] == name).unwrap_or_else(|| panic!("no {name} in {status:#}"))
}

/// A command that goes on, and the lines that it has printed; ended with the value.
struct Following {
    child: Child,
    lines: Receiver<String>,
    seen: Vec<String>,
}

impl Following {
    fn start(mut command: Command) -> Self {
        support::signals::handle_ignored();
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|it| sender.send(it)));
        Self { child, lines, seen: Vec::new() }
    }

    /// Waits for a line that `check` accepts, and returns it.
    fn await_line(&mut self, what: &str, check: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + LONG;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) => {
                    self.seen.push(line.clone());
                    if check(&line) {
                        return line;
                    }
                }
                Err(error) => {
                    let rest = self.rest();
                    panic!("{what}: {error}; so far {:#?}; then {rest}", self.seen)
                }
            }
        }
    }

    /// Ends the command, and returns what it said on standard error.
    fn rest(&mut self) -> String {
        // It may have ended by itself.
        let _ = self.child.kill();
        let mut text = String::new();
        if let Some(mut err) = self.child.stderr.take() {
            err.read_to_string(&mut text).unwrap();
        }
        text
    }

    /// Waits until the command watches: from then on it hears Ctrl-C itself.
    fn await_watch(&self) {
        let path = format!("/proc/{}/status", self.child.id());
        let deadline = Instant::now() + LONG;
        let hears = || {
            let status = std::fs::read_to_string(&path).unwrap();
            let mask = status.lines().find_map(|it| it.strip_prefix("SigCgt:")).unwrap().trim();
            u64::from_str_radix(mask, 16).unwrap() & 0b10 != 0
        };
        while !hears() {
            assert!(Instant::now() < deadline, "it does not watch");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Sends a signal, waits for the end, and returns the exit code.
    fn interrupt(&mut self) -> Option<i32> {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
        self.child.wait().unwrap().code()
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
