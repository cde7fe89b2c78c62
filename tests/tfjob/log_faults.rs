//! `logs` through a kubelet that breaks in every way, and an API server that is restarted: nothing is lost or repeated.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use support::bed::{Job, LogAnswer, LogEnd, LogRequest};

use crate::{Following, World};

const PODS: usize = 20;
const LINES: usize = 5_000;

/// A kubelet, and what it knows of the requests before.
#[derive(Default)]
struct Faulty {
    is_over: AtomicBool,
    requests: Mutex<HashMap<String, usize>>,
}

impl Faulty {
    fn answer(&self, request: &LogRequest, answer: &mut LogAnswer<'_>) -> io::Result<LogEnd> {
        let lines = log(&request.pod);
        let since = request.query.get("sinceTime").map(|it| it.trim_end_matches('Z'));
        let first = match request.query.get("tailLines") {
            Some(tail) => lines.len() - tail.parse::<usize>().unwrap(),
            None => lines.iter().position(|it| since.is_none_or(|since| &it[..since.len()] >= since)).unwrap_or(LINES),
        };
        let text = lines[first..].concat();
        let part = |share: usize| &text[..text.len() * share / 100];
        if request.query.contains_key("tailLines") {
            answer.send(&text)?;
            return Ok(LogEnd::Orderly);
        }
        let before = {
            let mut requests = self.requests.lock().unwrap();
            let count = requests.entry(request.pod.clone()).or_default();
            *count += 1;
            *count - 1
        };
        match before {
            0 => answer.send(part(13)).map(|()| LogEnd::Cut),
            1 => answer.fail(500, "boom"),
            2 => answer.send(part(27)).map(|()| LogEnd::Orderly),
            3 => answer.fail(429, "slowly"),
            4 => {
                answer.send(part(31))?;
                std::thread::sleep(Duration::from_millis(1500));
                Ok(LogEnd::Cut)
            }
            _ => {
                for bite in text.as_bytes().chunks(60_000) {
                    answer.send(std::str::from_utf8(bite).unwrap())?;
                }
                while request.query.contains_key("follow") && !self.is_over.load(Ordering::Relaxed) {
                    std::thread::sleep(Duration::from_millis(20));
                }
                Ok(LogEnd::Orderly)
            }
        }
    }
}

/// Returns the numbered lines of a pod; some share a stamp, and they go over seconds.
fn log(pod: &str) -> Vec<String> {
    let line = |number: usize| {
        let time = number / 3 * 7_000_001;
        let (second, nanosecond) = (time / 1_000_000_000, time % 1_000_000_000);
        format!("2026-11-21T20:{:02}:{:02}.{nanosecond:09}Z {pod} line {number}\n", second / 60, second % 60)
    };
    (0..LINES).map(line).collect()
}

/// Checks that each line of each pod is there once, and in its pod's order.
fn check<'l>(lines: impl Iterator<Item = &'l str>, said: &str) {
    let mut next = [0; PODS];
    for line in lines {
        let (label, rest) = line.split_once(" | ").unwrap();
        let number: usize = label.trim().strip_prefix("worker-").unwrap().parse().unwrap();
        assert_eq!(rest, format!("mnist-worker-{number} line {}", next[number]), "lost or repeated: {said}");
        next[number] += 1;
    }
    assert_eq!(next, [LINES; PODS], "{said}");
}

#[test]
fn nothing_is_lost_or_repeated() {
    let Some(world) = World::with_bed_of_its_own() else { return };
    let faulty = Arc::new(Faulty::default());
    let kubelet = Arc::clone(&faulty);
    world.space.bed().kubelet("faulty", move |request, answer| kubelet.answer(request, answer));
    let pods = u32::try_from(PODS).unwrap();
    world.space.apply(&Job::new("mnist").replica("Worker", pods).annotate("Worker", "test/node", "faulty").to_string());
    world.await_status("mnist", "all run", |it| crate::row(it, "Worker")["running"] == pods);

    let output = world.tfjob(&["logs", "mnist"]);
    assert_eq!(output.code, 0, "{}", output.stderr);
    check(output.stdout.lines(), &output.stderr);

    faulty.requests.lock().unwrap().clear();
    let mut logs = Following::start(world.command(&["logs", "mnist", "-f"]));
    logs.await_line("the last line of some pod", |it| it.ends_with(&format!("line {}", LINES - 1)));
    world.space.bed().restart_api_server();
    faulty.is_over.store(true, Ordering::Relaxed);
    for pod in 0..PODS {
        let name = format!("mnist-worker-{pod}");
        let _ = world.space.kubectl(&["annotate", "pod", &name, "test/exit-code=0"]).success();
    }
    while let Ok(line) = logs.lines.recv_timeout(crate::LONG) {
        logs.seen.push(line);
    }
    let code = logs.child.wait().unwrap().code();
    let said = logs.rest();
    assert_eq!(code, Some(0), "{said}");
    check(logs.seen.iter().map(String::as_str), &said);
}
