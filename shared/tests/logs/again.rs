//! Logs that are asked for again: faults that pass, ends that are none, and runs that begin meanwhile.

use std::cell::{Cell, RefCell};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use shared::edge::logs::{self, End, Event, Life, Notice, Options, Pace, Stream};
use shared::logs::window::{Since, Window};
use tokio::sync::mpsc;

use crate::course::{Shared, hold, lines, pod, quick, seen, shown, shown_as};
use crate::server::{Answer, LogRequest};
use crate::{client, run, stream};

static OVER: AtomicBool = AtomicBool::new(true);

/// Returns options for which failures may last.
fn patient() -> Options {
    let options = quick();
    Options { pace: Pace { patience: Duration::from_secs(20), ..options.pace }, ..options }
}

/// Follows the log of one pod, whose container has ended once `last` was shown, and returns its end and what was shown.
fn follow(
    manners: impl Fn(&LogRequest, &mut Answer) -> io::Result<()> + Send + Sync + 'static,
    options: &Options,
    last: &str,
) -> (End, String) {
    run(async {
        let client = client(Arc::new(manners));
        let (events, receiver) = mpsc::unbounded_channel();
        let (out, p) = (RefCell::default(), pod("p-uid"));
        events.send(seen(&p, Life::Running, 0)).unwrap();
        let mut writer = Shared(&out);
        let follow = logs::follow(&client, receiver, options, &mut writer, &|_| {});
        let test = async {
            shown(&out, last).await;
            events.send(seen(&p, Life::Finished, 9)).unwrap();
            events.send(Event::Finished).unwrap();
        };
        let both = futures_util::future::join(follow, test);
        let (outcome, ()) = tokio::time::timeout(Duration::from_secs(60), both).await.unwrap();
        let end = outcome.unwrap().ends.remove(0).1;
        (end, String::from_utf8(out.take()).unwrap())
    })
}

#[test]
fn nodes_and_servers_that_have_just_begun_do_not_end_a_log() {
    for (code, message) in [(404, "pods not found"), (403, "pods is forbidden"), (500, "boom"), (401, "Unauthorized")] {
        let manners = move |request: &LogRequest, answer: &mut Answer| match (request.has("tailLines"), request.before)
        {
            (false, 0) => {
                answer.begin()?;
                answer.send(lines("a", 0..3).as_bytes())?;
                Err(io::ErrorKind::ConnectionReset.into())
            }
            (false, 1 | 2) => answer.say(code, "", &format!(r#"{{"message":"{message}"}}"#)),
            (is_last, _) => {
                answer.begin()?;
                hold(&lines("a", if is_last { 4..5 } else { 0..5 }), answer, &OVER)
            }
        };
        let (end, text) = follow(manners, &patient(), "a 4\n");
        assert!(matches!(end, End::Read { lines: 5 }), "{code}: {end:?}");
        assert_eq!(text, "a 0\na 1\na 2\na 3\na 4\n", "{code}");
    }
}

#[test]
fn an_end_is_not_believed_because_nothing_new_came() {
    // The second answer begins late, and ends in good order before the last line: that is asked for.
    let manners = |request: &LogRequest, answer: &mut Answer| match (request.has("tailLines"), request.before) {
        (false, 0) => {
            answer.begin()?;
            answer.send(lines("a", 0..3).as_bytes())?;
            Err(io::ErrorKind::ConnectionReset.into())
        }
        (false, before) => {
            thread::sleep(Duration::from_millis(300));
            answer.begin()?;
            hold(&lines("a", if before < 3 { 0..3 } else { 0..5 }), answer, &OVER)
        }
        (true, _) => {
            answer.begin()?;
            hold(&lines("a", 4..5), answer, &OVER)
        }
    };
    let (end, text) = follow(manners, &patient(), "a 2\n");
    assert!(matches!(end, End::Read { lines: 5 }), "{end:?}");
    assert_eq!(text, "a 0\na 1\na 2\na 3\na 4\n");

    // A log that never comes though it is there is no log that was read.
    run(async {
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let client = client(Arc::new(move |request: &LogRequest, answer: &mut Answer| {
            count.fetch_add(1, Ordering::Relaxed);
            answer.begin()?;
            hold(&if request.has("tailLines") { lines("a", 4..5) } else { String::new() }, answer, &OVER)
        }));
        let mut out = Vec::new();
        let outcome = logs::read(&client, &[stream(0)], &quick(), &mut out, &|_| {}).await.unwrap();
        assert!(matches!(outcome.ends[..], [(_, End::Failed(_))]), "{:?}", outcome.ends);
        assert!(asked.load(Ordering::Relaxed) < 20, "{asked:?}");
    });
}

#[test]
fn a_quiet_log_is_not_given_up_for_a_failure_of_long_ago() {
    let is_quiet = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&is_quiet);
    let manners = move |request: &LogRequest, answer: &mut Answer| match (request.has("tailLines"), request.before) {
        (false, 0) => {
            answer.begin()?;
            answer.send(lines("a", 0..3).as_bytes())?;
            Err(io::ErrorKind::ConnectionReset.into())
        }
        (false, 1) => {
            // Longer than failures are put up with; the last line comes then.
            answer.begin()?;
            thread::sleep(Duration::from_millis(800));
            flag.store(true, Ordering::Relaxed);
            answer.send(lines("a", 3..4).as_bytes())?;
            Err(io::ErrorKind::ConnectionReset.into())
        }
        (_, 2 | 3) if flag.swap(false, Ordering::Relaxed) => answer.say(503, "", "boom"),
        (is_last, _) => {
            answer.begin()?;
            hold(&lines("a", if is_last { 4..5 } else { 0..5 }), answer, &OVER)
        }
    };
    let (end, text) = follow(manners, &quick(), "a 3\n");
    assert!(matches!(end, End::Read { lines: 5 }), "{end:?}");
    assert_eq!(text, "a 0\na 1\na 2\na 3\na 4\n");
}

#[test]
fn a_server_that_says_at_once_is_not_asked_at_once() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let manners = move |request: &LogRequest, answer: &mut Answer| {
        if !request.has("tailLines") && count.fetch_add(1, Ordering::Relaxed) < 6 {
            return answer.say(429, "Retry-After: 0\r\n", "busy");
        }
        answer.begin()?;
        hold(&lines("a", if request.has("tailLines") { 2..3 } else { 0..3 }), answer, &OVER)
    };
    let begun = std::time::Instant::now();
    let (end, _) = follow(manners, &quick(), "a 2\n");
    assert!(matches!(end, End::Read { lines: 3 }), "{end:?}");
    // 200, 400, 800, 1600, 3000 and 3000 ms.
    assert!(begun.elapsed() > Duration::from_secs(5), "waits that grow");
}

#[test]
fn runs_that_begin_before_our_eyes_are_shown_whole() {
    run(async {
        let client = client(Arc::new(move |request: &LogRequest, answer: &mut Answer| {
            answer.begin()?;
            let tail = request.query.get("tailLines").map_or(5, |it| it.parse().unwrap());
            hold(&lines(&request.pod, 5 - tail..5), answer, &OVER)
        }));
        let (events, receiver) = mpsc::unbounded_channel();
        let named = |name: &str, uid: &str| Stream { pod: name.to_owned(), label: name.to_owned(), ..pod(uid) };
        // One that ran, and runs anew; one that waited; one that was recreated.
        let (again, late, old, new) =
            (named("again", "again-uid"), named("late", "late-uid"), named("made", "old"), named("made", "made-uid"));
        for event in [
            seen(&again, Life::Finished, 0),
            seen(&late, Life::Waiting, 0),
            seen(&old, Life::Gone, 0),
            seen(&new, Life::Finished, 0),
        ] {
            events.send(event).unwrap();
        }
        let out = RefCell::default();
        let window = Window { tail: Some(1), since: Since::Beginning, previous: false };
        let (options, mut writer) = (Options { window, ..quick() }, Shared(&out));
        let follow = logs::follow(&client, receiver, &options, &mut writer, &|_| {});
        let test = async {
            // Each in its own time.
            let has = |what: &'static str| shown_as(&out, what, move |it| String::from_utf8_lossy(it).contains(what));
            has("made 4\n").await;
            has("again 4\n").await;
            events.send(seen(&late, Life::Finished, 0)).unwrap();
            events.send(seen(&again, Life::Finished, 1)).unwrap();
            has("late 4\n").await;
            has("again 3\nagain 4\n").await;
            events.send(Event::Finished).unwrap();
        };
        let (outcome, ()) = futures_util::future::join(follow, test).await;
        drop(outcome.unwrap());
        let whole = String::from_utf8(out.take()).unwrap();
        let count = |name: &str| whole.lines().filter(|it| it.starts_with(name)).count();
        assert_eq!((count("again"), count("late"), count("made")), (1 + 5, 5, 5), "{whole}");
    });
}

#[test]
fn the_last_words_of_a_run_come_though_the_node_is_slow_to_tell_them() {
    let is_anew = Arc::new(AtomicBool::new(false));
    let tries = Arc::new(AtomicUsize::new(0));
    let (flag, count) = (Arc::clone(&is_anew), Arc::clone(&tries));
    run(async {
        let client = client(Arc::new(move |request: &LogRequest, answer: &mut Answer| {
            if request.has("previous") && count.fetch_add(1, Ordering::Relaxed) < 2 {
                return answer.say(500, "", "not yet");
            }
            answer.begin()?;
            let text = if request.has("previous") {
                // Its last line has no end.
                lines("a", 0..5).trim_end().to_owned()
            } else if request.has("tailLines") {
                lines("b", 6..7)
            } else if flag.load(Ordering::Relaxed) {
                lines("b", 5..7)
            } else {
                lines("a", 0..3)
            };
            hold(&text, answer, &OVER)
        }));
        let (events, receiver) = mpsc::unbounded_channel();
        let (out, p, restarts) = (RefCell::default(), pod("p-uid"), Cell::new(0));
        events.send(seen(&p, Life::Running, 0)).unwrap();
        let (options, mut writer) = (patient(), Shared(&out));
        let listener =
            |notice: Notice<'_>| restarts.set(restarts.get() + u32::from(matches!(notice, Notice::Restarted(_))));
        let follow = logs::follow(&client, receiver, &options, &mut writer, &listener);
        let test = async {
            shown(&out, "a 2\n").await;
            is_anew.store(true, Ordering::Relaxed);
            events.send(seen(&p, Life::Running, 1)).unwrap();
            shown(&out, "b 6\n").await;
            events.send(seen(&p, Life::Finished, 1)).unwrap();
            events.send(Event::Finished).unwrap();
        };
        let (outcome, ()) = futures_util::future::join(follow, test).await;
        assert!(matches!(outcome.unwrap().ends[..], [(_, End::Read { lines: 7 })]));
        let whole = String::from_utf8(out.take()).unwrap();
        assert_eq!((whole.as_str(), restarts.get()), ("a 0\na 1\na 2\na 3\na 4\nb 5\nb 6\n", 1));
    });
}

#[test]
fn a_line_without_end_does_not_silence_the_others() {
    run(async {
        let client = client(Arc::new(move |request: &LogRequest, answer: &mut Answer| {
            answer.begin()?;
            if request.pod == "job-worker-1" {
                thread::sleep(Duration::from_millis(700));
                return hold(&lines("other", if request.has("tailLines") { 2..3 } else { 0..3 }), answer, &OVER);
            }
            // A progress bar of more than a MiB.
            let stamp = "2026-11-21T20:00:00.000000001Z ";
            let bar = format!("{stamp}{}", "50%\r".repeat(400_000));
            answer.send(bar.as_bytes())?;
            if !request.has("tailLines") {
                thread::sleep(Duration::from_secs(3));
            }
            answer.send(b"100%\n")?;
            answer.end()
        }));
        let (events, receiver) = mpsc::unbounded_channel();
        for number in [0, 1] {
            events.send(seen(&stream(number), Life::Finished, 0)).unwrap();
        }
        events.send(Event::Finished).unwrap();
        let options = Options { prefix: true, ..quick() };
        let mut out = Vec::new();
        let outcome = logs::follow(&client, receiver, &options, &mut out, &|_| {}).await.unwrap();
        assert!(outcome.ends.iter().all(|it| matches!(it.1, End::Read { .. })), "{:?}", outcome.ends);
        let text = String::from_utf8(out).unwrap();
        let starts: Vec<&str> = text.lines().map(|it| &it[..it.len().min(18)]).collect();
        let expected = ["worker-0 | 50%\r50%", "worker-1 | other 0", "worker-1 | other 1", "worker-1 | other 2"];
        assert_eq!(starts[..4], expected);
        assert!(text.ends_with("100%\n") && starts[4].starts_with("worker-0 | "), "{starts:?}");
    });
}
