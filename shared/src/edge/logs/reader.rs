//! One container's log from its beginning to its end, over as many requests as it takes.

use std::pin::pin;

use futures_util::future::{Either, select};
use http_body_util::BodyExt;
use kube::client::Body;
use tokio::time::Instant;

use super::container::Container;
use super::output::{Closed, Output, Port};
use super::request::{self, Fault, Transport};
use super::watch::{Progress, Watch};
use super::{End, Notice, Options, Stream};
use crate::logs::lane::Lane;
use crate::logs::stamp::Stamp;
use crate::logs::window::Window;

/// The most that is taken at once, so that streams take turns.
const BITE: usize = 16 << 10;

/// Hears what happens.
pub(super) type Listener<'a> = dyn Fn(Notice<'_>) + 'a;

/// How one request ended.
pub(super) enum Ended {
    /// In good order, as far as that can be told.
    InOrder,
    /// By us: nothing more was to be expected of it.
    GivenUp,
    /// The name means another pod now.
    Replaced,
    Broken(Fault),
    Closed,
}

impl From<Closed> for Ended {
    fn from(_: Closed) -> Self {
        Self::Closed
    }
}

/// Reads one log.
pub(super) struct Reader<'r, 'a, P> {
    pub(super) client: &'r dyn Transport,
    pub(super) options: &'r Options,
    pub(super) output: &'r Output<'a>,
    pub(super) listener: &'r Listener<'r>,
    pub(super) stream: &'r Stream,
    pub(super) container: &'r Container,
    /// Whether to read on until the container has ended.
    pub(super) follow: bool,
    pub(super) lane: Lane,
    pub(super) port: P,
    /// Sets the lane's prefix anew where that has changed.
    pub(super) refresh: &'r dyn Fn(&mut Lane),
}

/// How the requests for one log went.
#[expect(clippy::struct_excessive_bools, reason = "each tells one independent fact")]
pub(super) struct Course {
    /// The second since which the next request asks for lines.
    pub(super) since: Option<i64>,
    /// The stamp that the last line must have.
    pub(super) target: Option<Stamp>,
    /// Requests in a row that brought nothing new.
    pub(super) barren: u32,
    /// Failures in a row, and when the first of them came.
    pub(super) faults: u32,
    pub(super) failing_since: Option<Instant>,
    /// How often the container had been restarted when the present run began to be read.
    pub(super) restarts: u32,
    pub(super) is_resumed: bool,
    /// Whether the log could ever be read.
    pub(super) has_begun: bool,
    /// Whether the last request was to go on as lines are written.
    followed: bool,
    /// Whether the present run began before our eyes: all its lines are wanted.
    pub(super) is_new_run: bool,
    /// How long the line without end was that the last answer ended with, in bytes.
    pub(super) unended: u64,
}

/// What to do after a request.
pub(super) enum Step {
    Again,
    Over(End),
}

impl<P: Port> Reader<'_, '_, P> {
    /// Reads until the end, and returns with it how often the container had been restarted when the last run that was
    /// read began.
    pub(super) async fn run(mut self) -> (End, u32) {
        let mut course = Course {
            since: None,
            target: None,
            barren: 0,
            faults: 0,
            failing_since: None,
            restarts: self.container.restarts(),
            is_resumed: false,
            has_begun: false,
            followed: false,
            is_new_run: false,
            unended: 0,
        };
        let end = self.read(&mut course).await;
        if matches!(end, End::Failed(_) | End::Unavailable(_)) {
            // A line that was passed on in part ends at least.
            self.lane.cut();
            let _ = self.port.finish(&mut self.lane).await;
        }
        self.port.close(&self.lane).await;
        (end, course.restarts)
    }

    async fn read(&mut self, course: &mut Course) -> End {
        loop {
            let before = self.lane.lines();
            self.look(course);
            let mut window = self.options.window;
            if course.is_new_run && course.since.is_none() {
                window.tail = None;
            }
            let progress = Progress::new(self.lane.resume().latest());
            let ended = self.request(course, &window, &progress).await;
            self.note(course, &progress, self.lane.lines() > before);
            let step = match ended {
                Ended::Closed => Step::Over(End::Left),
                Ended::Replaced => Step::Over(self.finish().await),
                Ended::Broken(fault) => self.after_fault(course, fault).await,
                Ended::InOrder | Ended::GivenUp => self.after_end(course, matches!(ended, Ended::InOrder)).await,
            };
            if let Step::Over(end) = step {
                return end;
            }
            course.unended = self.lane.unended();
            course.since = self.lane.cut();
            course.is_resumed = true;
            self.after_restart(course).await;
        }
    }

    /// Notes how the next request goes: once a container has ended, what failed before does not count.
    fn look(&self, course: &mut Course) {
        let follows = self.follow && !self.container.has_ended();
        if course.followed && !follows {
            course.faults = 0;
            course.failing_since = None;
        }
        course.followed = follows;
    }

    /// Notes how a request went.
    fn note(&mut self, course: &mut Course, progress: &Progress, has_news: bool) {
        course.has_begun |= progress.begun_at().is_some();
        course.barren = if has_news { 0 } else { course.barren + 1 };
        let has_lasted = progress.begun_at().is_some_and(|it| it.elapsed() >= self.options.pace.grace);
        let had_none = self.options.window.tail.is_some() && self.lane.lines() == 0 && self.lane.unended() == 0;
        if let Some(second) = progress.second.get().filter(|_| has_lasted && had_none) {
            // It had no lines then: all that come are wanted.
            self.lane.resume().begins_at(second);
        }
        // A quiet log that was followed for a while was no failure. One that is only read must come forward.
        if has_news || (has_lasted && course.followed) {
            course.faults = 0;
            course.failing_since = None;
        }
    }

    /// Makes one request and takes what comes, until its end or until it makes no sense to wait any longer.
    pub(super) async fn request(&mut self, course: &Course, window: &Window, progress: &Progress) -> Ended {
        let follow = self.follow && !self.container.has_ended() && !window.previous;
        let query = window.query(&self.stream.container, follow, course.since);
        let watch = Watch {
            client: self.client,
            stream: self.stream,
            container: self.container,
            output: self.output,
            pace: &self.options.pace,
            previous: window.previous,
            follow,
            restarts: course.restarts,
            faults: course.faults,
        };
        let check = self.follow || course.is_resumed;
        let taking = pin!(self.take(&query, check, progress));
        let watching = pin!(watch.wait(progress));
        match select(taking, watching).await {
            Either::Left((ended, _)) | Either::Right((ended, _)) => ended,
        }
    }

    async fn take(&mut self, query: &str, check: bool, progress: &Progress) -> Ended {
        let answer = match request::open(self.client, self.stream, query).await {
            Ok(answer) => answer,
            Err(fault) => return Ended::Broken(fault),
        };
        // The name meant our pod when the request began if it still does now.
        if check && !request::is_same_pod(self.client, self.stream).await {
            return Ended::Replaced;
        }
        progress.second.set(answer.second);
        if let Some(second) = answer.second.and_then(|it| self.options.window.begins_at(it)) {
            self.lane.resume().begins_at(second);
        }
        self.drain(answer.body, progress).await
    }

    async fn drain(&mut self, mut body: Body, progress: &Progress) -> Ended {
        progress.begins();
        while let Some(frame) = body.frame().await {
            let frame = match frame {
                Ok(frame) => frame,
                Err(error) => return Ended::Broken(Fault::broken(&error)),
            };
            let Some(bytes) = frame.data_ref() else { continue };
            progress.waits.set(true);
            (self.refresh)(&mut self.lane);
            for bite in bytes.chunks(BITE) {
                let taken = match self.port.room().await {
                    Ok(()) => self.port.take(&mut self.lane, bite).await,
                    Err(closed) => Err(closed),
                };
                if let Err(closed) = taken {
                    return closed.into();
                }
            }
            progress.waits.set(false);
            progress.is_alive();
            progress.last.set(self.lane.resume().last().max(progress.last.get()));
        }
        Ended::InOrder
    }
}
