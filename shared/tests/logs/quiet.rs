//! Logs that send nothing, and logs whose containers run on though nobody waits for more.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use shared::edge::logs::{self, End, Event, Life, Pace};
use tokio::sync::mpsc;

use crate::course::{Shared, hold, lines, pod, quick, seen, shown};
use crate::server::{Answer, LogRequest};
use crate::{client, run};

static OVER: AtomicBool = AtomicBool::new(true);

#[test]
fn a_log_that_sends_nothing_is_asked_about_less_and_less() {
    let is_over = Arc::new(AtomicBool::new(false));
    let asked = Arc::new(AtomicUsize::new(0));
    let (flag, count) = (Arc::clone(&is_over), Arc::clone(&asked));
    run(async {
        let client = client(Arc::new(move |request: &LogRequest, answer: &mut Answer| {
            answer.begin()?;
            if request.has("follow") {
                return hold(&lines("a", 0..3), answer, &flag);
            }
            count.fetch_add(1, Ordering::Relaxed);
            hold(&lines("a", 2..3), answer, &OVER)
        }));
        let (events, receiver) = mpsc::unbounded_channel();
        let (out, p) = (RefCell::default(), pod("p-uid"));
        events.send(seen(&p, Life::Running, 0)).unwrap();
        let mut options = quick();
        options.pace = Pace { silence: Duration::from_millis(20), ..options.pace };
        let mut writer = Shared(&out);
        let follow = logs::follow(&client, receiver, &options, &mut writer, &|_| {});
        let test = async {
            shown(&out, "a 2\n").await;
            // After 20, 60, 140 and 300 ms, then every 200 ms.
            tokio::time::sleep(Duration::from_secs(2)).await;
            events.send(seen(&p, Life::Gone, 0)).unwrap();
            events.send(Event::Finished).unwrap();
        };
        let (outcome, ()) = futures_util::future::join(follow, test).await;
        assert!(matches!(outcome.unwrap().ends[..], [(_, End::Read { lines: 3 })]));
    });
    is_over.store(true, Ordering::Relaxed);
    let asked = asked.load(Ordering::Relaxed);
    assert!((1..20).contains(&asked), "{asked} times");
}

#[test]
fn a_container_that_is_dismissed_gives_what_it_has_written_and_no_more() {
    let is_over = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&is_over);
    run(async {
        // Who follows gets the last lines late; who asks for what there is gets them.
        let client = client(Arc::new(move |request: &LogRequest, answer: &mut Answer| {
            answer.begin()?;
            if request.has("tailLines") {
                return hold(&lines("a", 5..6), answer, &OVER);
            }
            if !request.has("follow") {
                return hold(&lines("a", 0..6), answer, &OVER);
            }
            hold(&lines("a", 0..4), answer, &flag)
        }));
        for life in [Life::Running, Life::Dismissed] {
            let (events, receiver) = mpsc::unbounded_channel();
            let (out, p) = (RefCell::default(), pod("p-uid"));
            events.send(seen(&p, life, 0)).unwrap();
            events.send(Event::Finished).unwrap();
            let (options, mut writer) = (quick(), Shared(&out));
            let follow = logs::follow(&client, receiver, &options, &mut writer, &|_| {});
            let test = async {
                if life == Life::Running {
                    shown(&out, "a 3\n").await;
                    events.send(seen(&p, Life::Dismissed, 0)).unwrap();
                    // News that come late do not call it back.
                    events.send(seen(&p, Life::Running, 0)).unwrap();
                }
            };
            let both = futures_util::future::join(follow, test);
            let (outcome, ()) = tokio::time::timeout(Duration::from_secs(30), both).await.unwrap();
            assert!(matches!(outcome.unwrap().ends[..], [(_, End::Read { lines: 6 })]), "{life:?}");
            let shown = String::from_utf8(out.into_inner()).unwrap();
            assert_eq!(shown, "a 0\na 1\na 2\na 3\na 4\na 5\n", "{life:?}");
        }
    });
    is_over.store(true, Ordering::Relaxed);
}
