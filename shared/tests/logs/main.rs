//! The log engine against a server that breaks in every way.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test that cannot be set up fails")]
#![allow(missing_docs, reason = "a test")]

mod again;
mod course;
mod many;
mod quiet;
mod server;
mod unended;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use kube::{Client, Config};
use shared::edge::logs::{self, End, Event, Life, Options, Outcome, Pace, Stream};
use shared::logs::filter::Filter;
use shared::logs::form::Style;
use shared::logs::window::Window;
use tokio::sync::mpsc;

use server::{Answer, LogRequest, Manners, serve};

const PODS: usize = 20;
const LINES: usize = 5_000;

/// Returns the numbered lines of a pod with their stamps: some share one, and they go over seconds.
fn log(pod: &str) -> Vec<(i64, String)> {
    let line = |number: usize| {
        let time = i64::try_from(number / 3).unwrap() * 7_000_001;
        let (second, nanosecond) = (time / 1_000_000_000, time % 1_000_000_000);
        let text =
            format!("2026-11-21T20:{:02}:{:02}.{nanosecond:09}Z {pod} line {number}\n", second / 60, second % 60);
        (second + 1_795_291_200, text)
    };
    (0..LINES).map(line).collect()
}

/// Returns what a request asks for.
fn asked(request: &LogRequest) -> Vec<u8> {
    let lines = log(&request.pod);
    let first = match request.query.get("tailLines") {
        Some(tail) => lines.len() - tail.parse::<usize>().unwrap(),
        None => lines.iter().position(|it| request.since().is_none_or(|since| it.0 >= since)).unwrap_or(lines.len()),
    };
    lines[first..].iter().map(|it| it.1.as_str()).collect::<String>().into_bytes()
}

/// Breaks in a different way at each of the first requests for a pod's log.
fn broken(request: &LogRequest, answer: &mut Answer, is_over: &AtomicBool) -> io::Result<()> {
    let text = asked(request);
    let part = |share: usize| &text[..text.len() * share / 100];
    if request.has("tailLines") {
        answer.begin()?;
        answer.send(&text)?;
        return answer.end();
    }
    match request.before {
        1 | 6 => return answer.say(500, "", "boom"),
        3 => return answer.say(429, "Retry-After: 1\r\n", r#"{"message":"too many requests"}"#),
        _ => answer.begin()?,
    }
    match request.before {
        // Cut inside a line.
        0 => {
            answer.send(part(13))?;
            Err(io::ErrorKind::ConnectionReset.into())
        }
        // Ends in good order, inside a line and between two.
        2 | 4 => {
            answer.send(part(27))?;
            answer.end()
        }
        5 => {
            let line = part(20).iter().rposition(|it| *it == b'\n').unwrap();
            answer.send(&text[..=line])?;
            answer.end()
        }
        // Stalls, then breaks.
        7 => {
            answer.send(part(31))?;
            thread::sleep(Duration::from_secs(3));
            Err(io::ErrorKind::ConnectionReset.into())
        }
        _ => {
            text.chunks(100_000).try_for_each(|it| answer.send(it))?;
            while request.has("follow") && !is_over.load(Ordering::Relaxed) {
                thread::sleep(Duration::from_millis(10));
            }
            answer.end()
        }
    }
}

fn stream(number: usize) -> Stream {
    let pod = format!("job-worker-{number}");
    Stream {
        namespace: "ns".to_owned(),
        uid: format!("{pod}-uid"),
        pod,
        container: "tensorflow".to_owned(),
        label: format!("worker-{number}"),
        replica: Some(("Worker".to_owned(), Some(number as u64))),
    }
}

fn options() -> Options {
    Options {
        style: Style::default(),
        window: Window::default(),
        filter: Filter::default(),
        prefix: true,
        colors: false,
        merge: false,
        limit: None,
        pace: Pace { silence: Duration::from_millis(500), ..Pace::default() },
    }
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn client(manners: Arc<Manners>) -> Client {
    client_with(manners, &[])
}

/// Returns a client of a server whose pods have these uids.
fn client_with(manners: Arc<Manners>, uids: &[(&str, &str)]) -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let uids = uids.iter().map(|(pod, uid)| ((*pod).to_owned(), (*uid).to_owned())).collect();
    let address = serve(manners, Arc::new(uids));
    let mut config = Config::new(format!("http://{address}").parse().unwrap());
    config.default_retry = false;
    Client::try_from(config).unwrap()
}

/// Checks that each line of each pod is there once, and in its pod's order.
fn check(outcome: &Outcome, out: &[u8]) {
    for (stream, end) in &outcome.ends {
        assert!(matches!(end, End::Read { lines } if *lines == LINES as u64), "{stream}: {end:?}");
    }
    let text = std::str::from_utf8(out).unwrap();
    let mut next = [0; PODS];
    for line in text.lines() {
        let (label, rest) = line.split_once(" | ").unwrap();
        let number: usize = label.trim().strip_prefix("worker-").unwrap().parse().unwrap();
        assert_eq!(rest, format!("job-worker-{number} line {}", next[number]), "lost or repeated");
        next[number] += 1;
    }
    assert_eq!(next, [LINES; PODS]);
}

#[test]
fn nothing_is_lost_or_repeated_without_following() {
    for merge in [false, true] {
        let is_over = AtomicBool::new(true);
        run(async {
            let client =
                client(Arc::new(move |request: &LogRequest, answer: &mut Answer| broken(request, answer, &is_over)));
            let streams: Vec<Stream> = (0..PODS).map(stream).collect();
            let mut out = Vec::new();
            let options = Options { merge, ..options() };
            let outcome = logs::read(&client, &streams, &options, &mut out, &|_| {}).await.unwrap();
            check(&outcome, &out);
        });
    }
}

#[test]
fn nothing_is_lost_or_repeated_while_following() {
    let is_over = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&is_over);
    run(async {
        let client = client(Arc::new(move |request: &LogRequest, answer: &mut Answer| broken(request, answer, &flag)));
        let (events, receiver) = mpsc::unbounded_channel();
        for number in 0..PODS {
            events.send(Event::Seen { stream: stream(number), life: Life::Running, restarts: 0 }).unwrap();
        }
        let mut out = Vec::new();
        let options = options();
        let follow = logs::follow(&client, receiver, &options, &mut out, &|_| {});
        let end = async {
            tokio::time::sleep(Duration::from_secs(2)).await;
            is_over.store(true, Ordering::Relaxed);
            events.send(Event::Finished).unwrap();
            for number in 0..PODS {
                events.send(Event::Seen { stream: stream(number), life: Life::Finished, restarts: 0 }).unwrap();
            }
            drop(events);
        };
        let (outcome, ()) = futures_util::future::join(follow, end).await;
        check(&outcome.unwrap(), &out);
    });
}
