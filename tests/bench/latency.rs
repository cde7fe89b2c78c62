//! How long a line that is written to a log takes until it is shown, by us and by `kubectl logs -f`.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use support::Sandbox;
use support::bed::{Job, Namespace};

use crate::BIN;

const LINES: usize = 200;
/// Lines before those that count.
const WARM_UP: usize = 10;
const CONTAINER: &str = "tensorflow";
const LIMIT: Duration = Duration::from_secs(60);
/// Between two lines: both readers are at rest when one comes.
const PAUSE: Duration = Duration::from_millis(10);

/// Somebody who follows the log of one pod; ended with the value.
struct Follower {
    name: &'static str,
    pod: &'static str,
    child: Child,
    lines: Receiver<(Instant, String)>,
    times: Vec<Duration>,
}

/// Writes a line now for one reader and now for the other, each a pod of its own, and prints what they took.
pub(crate) fn compare(sandbox: &Sandbox, space: &Namespace<'_>) {
    space.apply(&Job::new("slow").replica("Worker", 2).to_string());
    let pods = ["slow-worker-0", "slow-worker-1"];
    for pod in pods {
        space.logs(pod, CONTAINER, &["first"]);
        let words = ["logs", pod, "-c", CONTAINER, "--limit-bytes", "1"];
        space.wait_until("the log is served", LIMIT, || space.kubectl(&words).code == 0);
    }
    let namespace = space.name();
    let mut ours = sandbox.command(BIN);
    ours.args(["logs", "slow", "-f", "--replica", "worker", "--index", "0", "-n", namespace]);
    let mut kubectl = sandbox.command(space.bed().program("kubectl"));
    kubectl.args(["logs", pods[1], "-f", "-c", CONTAINER, "-n", namespace]);
    let mut followers =
        [Follower::start("ours -f", pods[0], &mut ours), Follower::start("kubectl -f", pods[1], &mut kubectl)];
    for follower in &followers {
        let _ = follower.await_line("first");
    }
    for number in 0..WARM_UP + LINES {
        for follower in &mut followers {
            std::thread::sleep(PAUSE);
            let line = format!("line {number}");
            let start = Instant::now();
            space.append_log(follower.pod, CONTAINER, &[&line]);
            follower.times.push(follower.await_line(&line).saturating_duration_since(start));
        }
    }
    println!("{LINES} lines one by one, from written to shown: median, 95 of 100, longest");
    for follower in &followers {
        let mut times = follower.times[WARM_UP..].to_vec();
        times.sort();
        let [median, most, longest] =
            [LINES / 2, LINES * 95 / 100, LINES - 1].map(|it| times[it].as_secs_f64() * 1000.0);
        println!("  {:<15} {median:>6.2} ms {most:>6.2} ms {longest:>6.2} ms", follower.name);
    }
}

impl Follower {
    fn start(name: &'static str, pod: &'static str, command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            out.lines().map_while(Result::ok).try_for_each(|it| sender.send((Instant::now(), it)))
        });
        Self { name, pod, child, lines, times: Vec::new() }
    }

    /// Waits until a line is shown, and returns when that was.
    fn await_line(&self, text: &str) -> Instant {
        loop {
            let (time, line) =
                self.lines.recv_timeout(LIMIT).unwrap_or_else(|it| panic!("{}: {text}: {it}", self.name));
            if line.ends_with(text) {
                return time;
            }
        }
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
