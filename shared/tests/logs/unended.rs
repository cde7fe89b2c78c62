//! Lines that have no end, or none yet, and lines that nodes keep in parts.

use std::cell::RefCell;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use shared::edge::logs::{self, End, Event, Life};
use tokio::sync::mpsc;

use crate::course::{Shared, hold, lines, pod, quick, seen, shown};
use crate::server::{Answer, LogRequest};
use crate::{client, run, stream};

static OVER: AtomicBool = AtomicBool::new(true);

/// Reads a log as it is: `whole` is what the server has at each request, `last` what it gives for the last line.
fn read(whole: impl Fn(usize) -> String + Send + Sync + 'static, last: &'static str) -> (End, String) {
    run(async {
        let client = client(Arc::new(move |request: &LogRequest, answer: &mut Answer| {
            answer.begin()?;
            hold(&if request.has("tailLines") { last.to_owned() } else { whole(request.before) }, answer, &OVER)
        }));
        let mut out = Vec::new();
        let mut options = quick();
        options.pace.patience = std::time::Duration::from_secs(5);
        let mut outcome = logs::read(&client, &[stream(0)], &options, &mut out, &|_| {}).await.unwrap();
        (outcome.ends.remove(0).1, String::from_utf8(out).unwrap())
    })
}

#[test]
fn a_last_line_of_whatever_kind_is_the_last() {
    const FIRST: &str = "2026-11-21T20:00:00.000000001Z ";
    // The last part of a line, as nodes give it for the last line: with its own time.
    const PART: &str = "2026-11-21T20:00:09.000000009Z part\n";
    const REST: &str = "2026-11-21T20:00:09.000000009Z part";
    let bar = |times: usize| format!("{FIRST}{}part", "50%\r".repeat(times));
    let shown = |text: &str| format!("{}\n", text.strip_prefix(FIRST).unwrap());
    let (short, large) = (format!("{FIRST}hello"), bar(400_000));
    let (end, text) = read(move |_| short.clone(), "2026-11-21T20:00:00.000000001Z hello");
    assert!(matches!(end, End::Read { lines: 1 }) && text == "hello\n", "one without an end: {end:?} {text}");
    let (end, text) = read(|_| format!("{FIRST}50%"), "2026-11-21T20:00:00.000000001Z 50%\r60%");
    assert!(matches!(end, End::Read { lines: 1 }) && text == "50%\n", "one that has grown: {end:?} {text}");
    let whole = format!("{}\n", bar(9_000));
    let expected = shown(whole.trim_end());
    let (end, text) = read(move |_| whole.clone(), PART);
    assert!(matches!(end, End::Read { lines: 1 }) && text == expected, "one in parts: {end:?}");
    let (end, text) = read(move |_| bar(9_000), REST);
    assert!(matches!(end, End::Read { lines: 1 }) && text == shown(&bar(9_000)), "both: {end:?}");
    let (end, text) = read(move |before| bar(9_000 + before), REST);
    assert!(matches!(end, End::Read { lines: 1 }) && text.len() > 36_000, "one that is still written: {end:?}");
    let expected = shown(&large);
    let (end, text) = read(move |_| large.clone(), REST);
    assert!(matches!(end, End::Read { lines: 1 }) && text == expected, "one that is too long to be held: {end:?}");
}

#[test]
fn the_only_words_of_a_run_come_though_they_have_no_end() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    run(async {
        let client = client(Arc::new(move |request: &LogRequest, answer: &mut Answer| {
            answer.begin()?;
            let words = "2026-11-21T19:59:59.000000001Z Segmentation fault";
            let is_first = request.has("previous") || count.fetch_add(1, Ordering::Relaxed) == 0;
            let text = if is_first {
                words.to_owned()
            } else {
                lines("b", if request.has("tailLines") { 4..5 } else { 0..5 })
            };
            hold(&text, answer, &OVER)
        }));
        let (events, receiver) = mpsc::unbounded_channel();
        let (out, p) = (RefCell::default(), pod("p-uid"));
        events.send(seen(&p, Life::Running, 0)).unwrap();
        let mut options = quick();
        options.window.tail = Some(2);
        let mut writer = Shared(&out);
        let follow = logs::follow(&client, receiver, &options, &mut writer, &|_| {});
        let test = async {
            while asked.load(Ordering::Relaxed) == 0 {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
            events.send(seen(&p, Life::Running, 1)).unwrap();
            shown(&out, "b 4\n").await;
            events.send(seen(&p, Life::Finished, 1)).unwrap();
            events.send(Event::Finished).unwrap();
        };
        let (outcome, ()) = futures_util::future::join(follow, test).await;
        drop(outcome.unwrap());
        assert_eq!(String::from_utf8(out.take()).unwrap(), "Segmentation fault\nb 0\nb 1\nb 2\nb 3\nb 4\n");
    });
}

/// Output on a full disk.
struct Full;

impl Write for Full {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::StorageFull.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn an_output_that_breaks_ends_what_follows() {
    let is_over = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&is_over);
    run(async {
        let client = client(Arc::new(move |_: &LogRequest, answer: &mut Answer| {
            answer.begin()?;
            hold(&lines("more", 0..5000), answer, &flag)
        }));
        let (events, receiver) = mpsc::unbounded_channel();
        for number in [0, 1] {
            events.send(seen(&stream(number), Life::Running, 0)).unwrap();
        }
        let (options, mut out) = (quick(), Full);
        let follow = logs::follow(&client, receiver, &options, &mut out, &|_| {});
        let ended = tokio::time::timeout(std::time::Duration::from_secs(30), follow).await.unwrap();
        assert_eq!(ended.unwrap_err().to_string(), "cannot write the output");
    });
    is_over.store(true, Ordering::Relaxed);
}
