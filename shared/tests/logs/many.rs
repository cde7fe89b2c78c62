//! As many logs at once as large jobs have.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use shared::edge::logs::{self, End, Event, Life, Notice, Options, Pace, Stream};
use tokio::sync::mpsc;

use crate::course::{Shared, lines, seen, shown_as};
use crate::server::{Answer, LogRequest};
use crate::{client, options, run, stream};

const STREAMS: usize = 200;

/// What the server knows of its readers.
#[derive(Default)]
struct Course {
    /// How many logs have been asked for, to be followed.
    begun: AtomicUsize,
    is_over: AtomicBool,
}

impl Course {
    /// Sends a line at once, another one when all logs are followed at the same time, and the last one at the end.
    fn answer(&self, request: &LogRequest, answer: &mut Answer) -> std::io::Result<()> {
        answer.begin()?;
        let run = request.pod.as_str();
        if request.has("tailLines") {
            let last = if self.is_over.load(Ordering::Relaxed) { 2 } else { 0 };
            answer.send(lines(run, last..last + 1).as_bytes())?;
            return answer.end();
        }
        self.begun.fetch_add(1, Ordering::Relaxed);
        answer.send(lines(run, 0..1).as_bytes())?;
        self.wait(|| self.begun.load(Ordering::Relaxed) >= STREAMS);
        answer.send(lines(run, 1..2).as_bytes())?;
        self.wait(|| false);
        answer.send(lines(run, 2..3).as_bytes())?;
        answer.end()
    }

    fn wait(&self, check: impl Fn() -> bool) {
        while !check() && !self.is_over.load(Ordering::Relaxed) {
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Ends the course, even if the test fails.
struct Ender(Arc<Course>);

impl Drop for Ender {
    fn drop(&mut self) {
        self.0.is_over.store(true, Ordering::Relaxed);
    }
}

#[test]
fn two_hundred_logs_are_followed_at_once() {
    let course = Arc::new(Course::default());
    let (ender, server) = (Ender(Arc::clone(&course)), Arc::clone(&course));
    run(async {
        let client = client(Arc::new(move |request: &LogRequest, answer: &mut Answer| server.answer(request, answer)));
        let streams: Vec<Stream> = (0..STREAMS).map(stream).collect();
        let (events, receiver) = mpsc::unbounded_channel();
        let send = |life| streams.iter().for_each(|it| events.send(seen(it, life, 0)).unwrap());
        send(Life::Running);
        let (out, options) = (RefCell::default(), Options { pace: Pace::default(), ..options() });
        let mut writer = Shared(&out);
        let listener = |notice: Notice<'_>| panic!("{notice:?}");
        let follow = logs::follow(&client, receiver, &options, &mut writer, &listener);
        let test = async {
            shown_as(&out, "two lines of each log", |it| count(it) == 2 * STREAMS).await;
            assert_eq!(course.begun.load(Ordering::Relaxed), STREAMS, "a log was asked for twice");
            drop(ender);
            events.send(Event::Finished).unwrap();
            send(Life::Finished);
        };
        let (outcome, ()) = futures_util::future::join(follow, test).await;
        let ends = outcome.unwrap().ends;
        assert!(ends.len() == STREAMS && ends.iter().all(|it| matches!(it.1, End::Read { lines: 3 })), "{ends:?}");
        // Each line is there once, and in the order of its log.
        let shown = String::from_utf8(out.take()).unwrap();
        for number in 0..STREAMS {
            let label = format!("{:10} | ", format!("worker-{number}"));
            let of_log: Vec<&str> = shown.lines().filter_map(|it| it.strip_prefix(&label)).collect();
            assert_eq!(of_log, [0, 1, 2].map(|it| format!("job-worker-{number} {it}")));
        }
        assert_eq!(count(shown.as_bytes()), 3 * STREAMS);
    });
}

fn count(text: &[u8]) -> usize {
    text.split(|it| *it == b'\n').count() - 1
}
