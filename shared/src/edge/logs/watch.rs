//! When a request that sends nothing is given up.

use std::cell::Cell;
use std::pin::pin;
use std::time::Duration;

use futures_util::future::select;
use tokio::time::{Instant, sleep_until, timeout};

use super::container::Container;
use super::output::Output;
use super::reader::Ended;
use super::request::{self, Fault, Transport};
use super::{Life, Pace, Stream};
use crate::logs::stamp::{Stamp, StampReader};
use crate::logs::window::Window;

/// How far a request has come.
pub(super) struct Progress {
    at: Cell<Instant>,
    /// When the answer began.
    begun: Cell<Option<Instant>>,
    /// The server's clock then.
    pub(super) second: Cell<Option<i64>>,
    pub(super) last: Cell<Option<Stamp>>,
    /// Whether it is we who keep the log waiting.
    pub(super) waits: Cell<bool>,
}

impl Progress {
    pub(super) fn new(last: Option<Stamp>) -> Self {
        let (at, begun, second) = (Cell::new(Instant::now()), Cell::new(None), Cell::new(None));
        Self { at, begun, second, last: Cell::new(last), waits: Cell::new(false) }
    }

    /// Notes that the answer begins.
    pub(super) fn begins(&self) {
        self.begun.set(Some(Instant::now()));
        self.is_alive();
    }

    /// Returns when the answer began.
    pub(super) fn begun_at(&self) -> Option<Instant> {
        self.begun.get()
    }

    /// Notes that something came.
    pub(super) fn is_alive(&self) {
        self.at.set(Instant::now());
    }
}

/// Tells when a request that sends nothing is to be given up.
pub(super) struct Watch<'r, 'a> {
    pub(super) client: &'r dyn Transport,
    pub(super) stream: &'r Stream,
    pub(super) container: &'r Container,
    pub(super) output: &'r Output<'a>,
    pub(super) pace: &'r Pace,
    pub(super) previous: bool,
    pub(super) follow: bool,
    pub(super) restarts: u32,
    pub(super) faults: u32,
}

impl Watch<'_, '_> {
    pub(super) async fn wait(&self, progress: &Progress) -> Ended {
        let mut silence = self.silence();
        // When the log was last asked about, with nothing new.
        let mut asked = None;
        loop {
            let now = Instant::now();
            let active = if progress.waits.get() { now } else { progress.at.get().max(self.output.blocked_until()) };
            let end = self.end_of_grace(active, progress);
            if end.is_some_and(|it| now >= it) {
                return Ended::GivenUp;
            }
            if asked.is_some_and(|it| active > it) {
                (silence, asked) = (self.silence(), None);
            }
            if now >= asked.unwrap_or(active) + silence {
                if !self.follow {
                    return Ended::Broken(Fault::Silence(silence));
                }
                if self.container.has_ended() || self.has_more(progress.last.get()).await {
                    return Ended::GivenUp;
                }
                asked = Some(Instant::now());
                silence = (silence * 2).min(self.pace.silence * 10);
            }
            let next = asked.unwrap_or(active) + silence;
            let deadline = end.map_or(next, |it| it.min(next));
            let sleeping = pin!(sleep_until(deadline.max(now + Duration::from_millis(1))));
            select(sleeping, pin!(self.container.news())).await;
        }
    }

    /// Returns how long nothing may come: a node that searches a long log gets more time with each try.
    fn silence(&self) -> Duration {
        let tries = if self.follow { 0 } else { self.faults.min(4) };
        self.pace.silence.saturating_mul(1 << tries)
    }

    /// Returns when a request whose container has ended, or runs anew, is given up: once it has sent nothing for a
    /// while, or at once where nobody waits for more.
    fn end_of_grace(&self, active: Instant, progress: &Progress) -> Option<Instant> {
        // What has not begun to answer cannot have ended.
        progress.begun_at()?;
        let is_over = self.container.has_ended() || self.container.restarts() != self.restarts;
        let since = self.container.changed_at().filter(|_| self.follow && is_over)?;
        Some(if self.container.life() == Life::Dismissed { since } else { since.max(active) + self.pace.grace })
    }

    /// Tells whether the log has a line behind `last`.
    async fn has_more(&self, last: Option<Stamp>) -> bool {
        let window = Window { tail: Some(1), previous: self.previous, ..Window::default() };
        let query = window.query(&self.stream.container, false, None);
        let answer = timeout(self.pace.silence, request::last_line(self.client, self.stream, &query)).await;
        let Ok(Ok(line)) = answer else { return matches!(answer, Err(_) | Ok(Err(Fault::Connection(_)))) };
        StampReader::default().read(&line).is_some_and(|it| last.is_none_or(|last| it.0 > last))
    }
}
