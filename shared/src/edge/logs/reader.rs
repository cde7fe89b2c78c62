//! One container's log from its beginning to its end, over as many requests as it takes.

use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};
use http_body_util::BodyExt;
use kube::client::Body;
use tokio::time::{Instant, sleep, timeout};

use super::container::Container;
use super::output::{Closed, Output, Port};
use super::request::{self, Fault, Transport};
use super::watch::{Progress, Watch};
use super::{End, Life, Notice, Options, Pace, Stream};
use crate::logs::lane::Lane;
use crate::logs::stamp::Stamp;
use crate::logs::window::Window;

/// The most that is taken at once, so that streams take turns.
const BITE: usize = 16 << 10;

/// The longest that a busy server is waited for at once.
const LONGEST_BUSY: Duration = Duration::from_secs(60);

/// Hears what happens.
pub(super) type Listener<'a> = dyn Fn(Notice<'_>) + 'a;

/// How one request ended.
pub(super) enum Ended {
    /// In good order, or so that the container's state decides what follows.
    InOrder,
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
struct Course {
    /// The second since which the next request asks for lines.
    since: Option<i64>,
    /// The stamp that the last line must have.
    target: Option<Stamp>,
    /// Requests in a row that brought nothing new.
    barren: u32,
    /// When the first of the failures in a row came.
    failing_since: Option<Instant>,
    restarts: u32,
    is_resumed: bool,
}

/// What to do after a request.
enum Step {
    Again,
    Over(End),
}

impl<P: Port> Reader<'_, '_, P> {
    /// Reads until the end.
    pub(super) async fn run(mut self) -> End {
        let end = self.read().await;
        if matches!(end, End::Failed(_)) {
            // A line that was passed on in part ends at least.
            self.lane.cut();
            let _ = self.port.finish(&mut self.lane).await;
        }
        self.port.close(&self.lane).await;
        end
    }

    async fn read(&mut self) -> End {
        let mut course = Course {
            since: None,
            target: None,
            barren: 0,
            failing_since: None,
            restarts: self.container.restarts(),
            is_resumed: false,
        };
        loop {
            let before = self.lane.lines();
            let ended = self.request(&course).await;
            if self.lane.lines() > before {
                course.barren = 0;
                course.failing_since = None;
            } else {
                course.barren += 1;
            }
            let step = match ended {
                Ended::Closed => Step::Over(End::Left),
                Ended::Replaced => Step::Over(self.finish().await),
                Ended::Broken(fault) => self.after_fault(&mut course, fault).await,
                Ended::InOrder => self.after_end(&mut course).await,
            };
            if let Step::Over(end) = step {
                return end;
            }
            course.since = self.lane.cut();
            course.is_resumed = true;
            self.after_restart(&mut course).await;
        }
    }

    /// Makes one request and takes what comes, until its end or until it makes no sense to wait any longer.
    async fn request(&mut self, course: &Course) -> Ended {
        let follow = self.follow && !self.container.has_ended();
        let query = self.options.window.query(&self.stream.container, follow, course.since);
        let progress = Progress::new(self.lane.resume().latest());
        let watch = Watch {
            client: self.client,
            stream: self.stream,
            container: self.container,
            output: self.output,
            pace: &self.options.pace,
            previous: self.options.window.previous,
            follow,
            restarts: course.restarts,
            barren: course.barren,
        };
        let check = follow || course.is_resumed;
        let taking = pin!(self.take(&query, check, &progress));
        let watching = pin!(watch.wait(&progress));
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
        if self.options.window.tail == Some(0)
            && let Some(second) = answer.second
        {
            self.lane.resume().begins_at(second);
        }
        self.drain(answer.body, progress).await
    }

    async fn drain(&mut self, mut body: Body, progress: &Progress) -> Ended {
        progress.is_alive();
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

    /// Decides after a request that ended in good order.
    async fn after_end(&mut self, course: &mut Course) -> Step {
        if self.follow && !self.container.has_ended() {
            self.wait(course).await;
            return Step::Again;
        }
        if self.container.life() == Life::Gone && self.follow {
            return Step::Over(self.finish().await);
        }
        if self.is_whole(course).await { Step::Over(self.finish().await) } else { Step::Again }
    }

    /// Tells whether the log was read to its end, as far as that can be known.
    async fn is_whole(&mut self, course: &mut Course) -> bool {
        if course.is_resumed && course.barren > 0 {
            return true;
        }
        let query = Window { tail: Some(1), previous: self.options.window.previous, ..Window::default() };
        let query = query.query(&self.stream.container, false, None);
        let answer = timeout(self.options.pace.silence, request::last_line(self.client, self.stream, &query)).await;
        let Ok(Ok(line)) = answer else {
            // What cannot be asked cannot be read either, unless it passes.
            return matches!(answer, Ok(Err(fault)) if !fault.may_pass());
        };
        let stamp = self.lane.stamp_of(&line);
        let Some(latest) = self.lane.resume().latest() else {
            // Nothing was read, or nothing that could be told apart.
            return stamp.is_none() || self.options.window.is_limited();
        };
        let Some(stamp) = stamp else { return self.lane.partial().is_empty() };
        let target = *course.target.get_or_insert(stamp);
        let partial = self.lane.partial();
        latest >= target && partial.is_empty() || partial == line
    }

    /// Decides after a request that failed.
    async fn after_fault(&mut self, course: &mut Course, fault: Fault) -> Step {
        let began = self.lane.lines() > 0;
        let goes_on = self.follow && !self.container.has_ended();
        match &fault {
            Fault::Gone(_) if began => return Step::Over(self.finish().await),
            Fault::NoLog(_) if goes_on => {
                self.wait(course).await;
                return Step::Again;
            }
            fault if !fault.may_pass() => {
                let end = if began { End::Failed } else { End::Unavailable };
                return Step::Over(end(fault.clone()));
            }
            _ => {}
        }
        if matches!(fault, Fault::LoggedOut(_)) {
            self.client.renew();
        }
        let now = Instant::now();
        let since = *course.failing_since.get_or_insert(now);
        if !goes_on && now - since >= self.options.pace.patience {
            return Step::Over(End::Failed(fault));
        }
        if course.barren == 4 {
            (self.listener)(Notice::Retrying(self.stream, &fault));
        }
        match fault {
            Fault::Busy { wait: Some(wait), .. } => sleep(wait.min(LONGEST_BUSY)).await,
            _ => self.wait(course).await,
        }
        Step::Again
    }

    /// Waits before the next request, longer each time that one brings nothing; news of the container end the wait.
    async fn wait(&self, course: &Course) {
        let Pace { first_wait, longest_wait, .. } = self.options.pace;
        let time = first_wait.saturating_mul(1 << course.barren.min(16)).min(longest_wait);
        let changed = pin!(self.container.news());
        select(pin!(sleep(time)), changed).await;
    }

    /// Reads what is missing of the container's run before, once it runs anew.
    async fn after_restart(&mut self, course: &mut Course) {
        let restarts = self.container.restarts();
        if !self.follow || restarts == course.restarts {
            return;
        }
        course.restarts = restarts;
        if self.lane.lines() > 0 {
            let window = Window { previous: true, ..self.options.window };
            let query = window.query(&self.stream.container, false, course.since);
            let progress = Progress::new(None);
            // The log of that run may be gone; then there is nothing to be had.
            let _ = timeout(self.options.pace.silence, self.take(&query, true, &progress)).await;
            course.since = self.lane.cut();
        }
        let _ = self.output.flush();
        (self.listener)(Notice::Restarted(self.stream));
    }

    async fn finish(&mut self) -> End {
        match self.port.finish(&mut self.lane).await {
            Ok(()) => End::Read { lines: self.lane.lines() },
            Err(Closed) => End::Left,
        }
    }
}
