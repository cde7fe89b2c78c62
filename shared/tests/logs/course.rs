//! What comes and goes while logs are read: pods, containers, and the reader of the output.

use std::cell::{Cell, RefCell};
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use shared::edge::logs::{self, End, Event, Fault, Life, Notice, Options, Pace, Stream};
use tokio::sync::mpsc;

use crate::server::{Answer, LogRequest};
use crate::{client, client_with, options, run, stream};

static OVER: AtomicBool = AtomicBool::new(true);

/// Returns some lines with stamps.
pub(crate) fn lines(run: &str, numbers: std::ops::Range<u32>) -> String {
    let line = |number| format!("2026-11-21T20:00:{:02}.{number:09}Z {run} {number}\n", number / 10);
    numbers.map(line).collect::<Vec<_>>().concat()
}

pub(crate) fn pod(uid: &str) -> Stream {
    Stream { pod: "p".to_owned(), uid: uid.to_owned(), label: "p".to_owned(), ..stream(0) }
}

pub(crate) fn seen(stream: &Stream, life: Life, restarts: u32) -> Event {
    Event::Seen { stream: stream.clone(), life, restarts }
}

pub(crate) fn quick() -> Options {
    let pace = Pace { grace: Duration::from_millis(100), patience: Duration::from_millis(300), ..Pace::default() };
    Options { prefix: false, pace, ..options() }
}

/// Output that can be looked at while it is written.
pub(crate) struct Shared<'c>(pub(crate) &'c RefCell<Vec<u8>>);

impl Write for Shared<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Waits until the output ends so.
pub(crate) async fn shown(out: &RefCell<Vec<u8>>, end: &str) {
    shown_as(out, end, |it| it.ends_with(end.as_bytes())).await;
}

/// Waits until the output is as `check` wants it.
pub(crate) async fn shown_as(out: &RefCell<Vec<u8>>, what: &str, check: impl Fn(&[u8]) -> bool) {
    let look = async {
        while !check(&out.borrow()) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(30), look).await;
    assert!(waited.is_ok(), "no {what:?} in {:?}", String::from_utf8_lossy(&out.borrow()));
}

/// Sends text and goes on until the test is over.
pub(crate) fn hold(text: &str, answer: &mut Answer, is_over: &AtomicBool) -> io::Result<()> {
    answer.send(text.as_bytes())?;
    while !is_over.load(Ordering::Relaxed) {
        thread::sleep(Duration::from_millis(5));
    }
    answer.end()
}

#[test]
fn a_line_is_shown_at_once_and_an_end_that_is_not_told_is_seen() {
    let is_over = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&is_over);
    run(async {
        // The connection stays open when the container has ended, as with some kubelets.
        let client = client(Arc::new(move |request: &LogRequest, answer: &mut Answer| {
            answer.begin()?;
            let is_whole = request.has("follow");
            hold(&lines("a", if is_whole { 0..3 } else { 2..3 }), answer, if is_whole { &flag } else { &OVER })
        }));
        let (events, receiver) = mpsc::unbounded_channel();
        let (out, p) = (RefCell::default(), pod("p-uid"));
        events.send(seen(&p, Life::Waiting, 0)).unwrap();
        events.send(seen(&p, Life::Running, 0)).unwrap();
        let (options, mut writer) = (quick(), Shared(&out));
        let follow = logs::follow(&client, receiver, &options, &mut writer, &|_| {});
        let test = async {
            shown(&out, "a 2\n").await;
            events.send(Event::Finished).unwrap();
            events.send(seen(&p, Life::Finished, 0)).unwrap();
        };
        let (outcome, ()) = futures_util::future::join(follow, test).await;
        assert!(matches!(outcome.unwrap().ends[..], [(_, End::Read { lines: 3 })]));
        assert_eq!(*out.borrow(), b"a 0\na 1\na 2\n");
    });
    is_over.store(true, Ordering::Relaxed);
}

#[test]
fn a_new_pod_of_the_same_name_is_another_log() {
    run(async {
        // The name means the new pod already.
        let manners = |request: &LogRequest, answer: &mut Answer| {
            answer.begin()?;
            hold(&lines("new", if request.has("tailLines") { 4..5 } else { 0..5 }), answer, &OVER)
        };
        let client = client_with(Arc::new(manners), &[("p", "new")]);
        let (events, receiver) = mpsc::unbounded_channel();
        events.send(seen(&pod("old"), Life::Running, 0)).unwrap();
        events.send(seen(&pod("new"), Life::Running, 0)).unwrap();
        events.send(seen(&pod("old"), Life::Running, 0)).unwrap();
        events.send(seen(&pod("new"), Life::Finished, 0)).unwrap();
        events.send(Event::Finished).unwrap();
        let mut out = Vec::new();
        let recreated = Cell::new(0);
        let listener = |notice: Notice<'_>| {
            assert!(matches!(notice, Notice::Recreated(it) if it.uid == "new"), "{notice:?}");
            recreated.set(recreated.get() + 1);
        };
        let outcome = logs::follow(&client, receiver, &quick(), &mut out, &listener).await.unwrap();
        assert_eq!((outcome.ends.len(), recreated.get()), (2, 1));
        assert_eq!(String::from_utf8(out).unwrap(), "new 0\nnew 1\nnew 2\nnew 3\nnew 4\n");
    });
}

#[test]
fn a_container_that_restarts_loses_nothing() {
    let is_over = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&is_over);
    run(async {
        let manners = move |request: &LogRequest, answer: &mut Answer| {
            answer.begin()?;
            let text = match request.before {
                // Ends too early, without a word.
                0 => lines("first", 0..3),
                _ if request.has("previous") => lines("first", 0..5),
                _ if request.has("tailLines") => lines("second", 7..8),
                _ if flag.load(Ordering::Relaxed) => lines("second", 5..8),
                _ => lines("first", 0..3),
            };
            answer.send(text.as_bytes())?;
            answer.end()
        };
        let client = client(Arc::new(manners));
        let (events, receiver) = mpsc::unbounded_channel();
        let (out, p) = (RefCell::default(), pod("p-uid"));
        events.send(seen(&p, Life::Running, 0)).unwrap();
        let (options, mut writer, restarts) = (quick(), Shared(&out), Cell::new(0));
        let listener = |notice: Notice<'_>| {
            assert!(matches!(notice, Notice::Restarted(_)), "{notice:?}");
            restarts.set(restarts.get() + 1);
        };
        let follow = logs::follow(&client, receiver, &options, &mut writer, &listener);
        let test = async {
            shown(&out, "first 2\n").await;
            is_over.store(true, Ordering::Relaxed);
            events.send(seen(&p, Life::Running, 1)).unwrap();
            shown(&out, "second 7\n").await;
            events.send(seen(&p, Life::Finished, 1)).unwrap();
            events.send(Event::Finished).unwrap();
        };
        let (outcome, ()) = futures_util::future::join(follow, test).await;
        assert!(matches!(outcome.unwrap().ends[..], [(_, End::Read { lines: 8 })]));
        let whole = String::from_utf8(out.take()).unwrap();
        let words: Vec<_> = whole.split_whitespace().filter_map(|it| it.parse::<u32>().ok()).collect();
        let mut sorted = words.clone();
        sorted.sort_unstable();
        assert_eq!((sorted, restarts.get()), ((0..8).collect(), 1), "{whole}");
    });
}

#[test]
fn what_cannot_be_read_is_told_and_does_not_stop_the_others() {
    run(async {
        let manners = |request: &LogRequest, answer: &mut Answer| {
            let refusal = |answer: &mut Answer, code, message: &str| {
                answer.say(code, "", &format!(r#"{{"message":"{message}"}}"#))
            };
            match request.pod.as_str() {
                "job-worker-0" => refusal(answer, 400, "container is waiting to start: ContainerCreating"),
                "job-worker-1" => refusal(answer, 403, "pods is forbidden"),
                "job-worker-2" => refusal(answer, 404, "pods not found"),
                "job-worker-3" => refusal(answer, 500, "boom"),
                _ => {
                    answer.begin()?;
                    answer.send(lines("fine", 0..1).as_bytes())?;
                    answer.end()
                }
            }
        };
        let client = client(Arc::new(manners));
        let streams: Vec<Stream> = (0..5).map(stream).collect();
        let mut out = Vec::new();
        let options = Options { prefix: true, ..quick() };
        let outcome = logs::read(&client, &streams, &options, &mut out, &|_| {}).await.unwrap();
        let ends: Vec<&End> = outcome.ends.iter().map(|it| &it.1).collect();
        assert!(
            matches!(
                ends[..],
                [
                    End::Unavailable(Fault::NoLog(_)),
                    End::Unavailable(Fault::Forbidden(_)),
                    End::Unavailable(Fault::Gone(_)),
                    End::Failed(Fault::Server(_)),
                    End::Read { lines: 1 }
                ]
            ),
            "{ends:?}"
        );
        assert_eq!(String::from_utf8(out).unwrap(), "worker-4 | fine 0\n");
    });
}

/// Output whose reader is gone.
struct Gone;

impl Write for Gone {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_closed_output_is_a_quiet_end() {
    run(async {
        let manners = |_: &LogRequest, answer: &mut Answer| {
            answer.begin()?;
            loop {
                answer.send(lines("more", 0..500).as_bytes())?;
            }
        };
        let client = client(Arc::new(manners));
        let streams: Vec<Stream> = (0..3).map(stream).collect();
        for merge in [false, true] {
            let options = Options { merge, ..quick() };
            assert!(logs::read(&client, &streams, &options, &mut Gone, &|_| {}).await.unwrap().is_closed);
        }
        let (events, receiver) = mpsc::unbounded_channel();
        events.send(seen(&streams[0], Life::Running, 0)).unwrap();
        assert!(logs::follow(&client, receiver, &quick(), &mut Gone, &|_| {}).await.unwrap().is_closed);
    });
}

/// Output whose reader takes its time, and notes how much was sent meanwhile.
struct Slow<'c> {
    sent: &'c AtomicUsize,
    seen: usize,
}

impl Write for Slow<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.seen == 0 {
            thread::sleep(Duration::from_secs(1));
            self.seen = self.sent.load(Ordering::Relaxed);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_slow_reader_slows_the_streams() {
    const WHOLE: usize = 200 << 20;
    let sent = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&sent);
    run(async {
        let manners = move |request: &LogRequest, answer: &mut Answer| {
            let chunk = lines("more", 0..2000);
            answer.begin()?;
            if request.has("tailLines") {
                return answer.end();
            }
            for _ in 0..WHOLE / chunk.len() {
                answer.send(chunk.as_bytes())?;
                counter.fetch_add(chunk.len(), Ordering::Relaxed);
            }
            answer.end()
        };
        let client = client(Arc::new(manners));
        let mut out = Slow { sent: &sent, seen: 0 };
        logs::read(&client, &[stream(0)], &quick(), &mut out, &|_| {}).await.unwrap();
        // What the system holds between the two is a few MiB.
        assert!(out.seen < WHOLE / 4, "{} MiB were read", out.seen >> 20);
    });
}
