//! What follows a request: another one, or the end of the log.

use std::pin::pin;
use std::time::Duration;

use futures_util::future::select;
use tokio::time::{Instant, sleep, timeout};

use super::output::{Closed, Port};
use super::reader::{Course, Ended, Reader, Step};
use super::request::{self, Fault};
use super::watch::Progress;
use super::{End, Life, Notice, Pace};
use crate::logs::window::Window;

/// The longest that a busy server is waited for at once.
const LONGEST_BUSY: Duration = Duration::from_secs(60);

/// So many failures in a row are worth a word.
const WORTH_A_WORD: u32 = 4;

/// So many answers in a row that repeat all that was seen, and bring nothing new, are believed: nodes keep long lines in
/// parts, and give the last part alone for the last line.
const BELIEVED: u32 = 3;

/// What the log's last line says.
enum Whole {
    Yes,
    No,
    /// It cannot be asked for, or not be compared with what came.
    Unknown,
}

impl<P: Port> Reader<'_, '_, P> {
    /// Decides after a request that ended without a fault; `by_itself` tells that it was not given up.
    pub(super) async fn after_end(&mut self, course: &mut Course, by_itself: bool) -> Step {
        if self.follow && !self.container.has_ended() {
            self.wait(course).await;
            return Step::Again;
        }
        if self.container.life() == Life::Gone && self.follow {
            return Step::Over(self.finish().await);
        }
        let has_come_again = by_itself && course.is_resumed && self.has_come_again(course);
        let is_whole = match self.is_whole(course).await {
            Whole::Yes => true,
            Whole::No => course.barren >= BELIEVED && has_come_again,
            Whole::Unknown => course.barren > 0 && has_come_again,
        };
        // It may run anew by now; then that run is read too.
        if self.follow && !self.container.has_ended() {
            return Step::Again;
        }
        if is_whole {
            return Step::Over(self.finish().await);
        }
        let since = *course.failing_since.get_or_insert_with(Instant::now);
        if since.elapsed() >= self.options.pace.patience {
            return Step::Over(End::Failed(Fault::Connection("its last lines do not come".to_owned())));
        }
        if course.barren > 0 {
            self.wait(course).await;
        }
        Step::Again
    }

    /// Tells whether an answer brought all that was seen before, a line without end included.
    fn has_come_again(&mut self, course: &Course) -> bool {
        let unended = self.lane.unended();
        let resume = self.lane.resume();
        resume.has_caught_up() && unended >= course.unended && (unended > 0 || !resume.is_empty())
    }

    /// Asks for the last line of the log, and tells whether it was read up to there.
    async fn is_whole(&mut self, course: &mut Course) -> Whole {
        let query = Window { tail: Some(1), previous: self.options.window.previous, ..Window::default() };
        let query = query.query(&self.stream.container, false, None);
        let answer = timeout(self.options.pace.silence, request::last_line(self.client, self.stream, &query)).await;
        let line = match answer {
            Ok(Ok(line)) => line,
            // What cannot be asked cannot be read either, unless it passes.
            Ok(Err(fault)) if !fault.may_pass() => return Whole::Yes,
            Ok(Err(_)) | Err(_) => return Whole::Unknown,
        };
        let stamp = self.lane.stamp_of(&line);
        if self.is_last(&line) {
            return Whole::Yes;
        }
        let Some(latest) = self.lane.resume().latest() else {
            // Nothing was read, or nothing that could be told apart.
            return if stamp.is_none() || self.options.window.is_limited() { Whole::Yes } else { Whole::No };
        };
        let has_end = self.lane.unended() == 0;
        let Some(stamp) = stamp else { return if has_end { Whole::Yes } else { Whole::Unknown } };
        let target = *course.target.get_or_insert(stamp);
        match latest >= target {
            false => Whole::No,
            true if has_end => Whole::Yes,
            true => Whole::Unknown,
        }
    }

    /// Tells whether the line without end that came last is the last one. One that is still being written may have grown
    /// since, where only what there is by now is wanted.
    fn is_last(&self, line: &[u8]) -> bool {
        let partial = self.lane.partial();
        let may_grow = !self.follow || self.container.life() == Life::Dismissed;
        let has_grown = may_grow && !line.ends_with(b"\n") && line.starts_with(partial);
        !partial.is_empty() && (partial == line || has_grown)
    }

    /// Decides after a request that failed.
    pub(super) async fn after_fault(&mut self, course: &mut Course, fault: Fault) -> Step {
        let goes_on = self.follow && !self.container.has_ended();
        let since = *course.failing_since.get_or_insert_with(Instant::now);
        course.faults += 1;
        let passes = fault.may_pass() || (goes_on && self.passes_while_it_runs(course, &fault, since).await);
        if !passes {
            let began = self.lane.lines() > 0;
            return Step::Over(match fault {
                Fault::Gone(_) if began => self.finish().await,
                fault if began => End::Failed(fault),
                fault => End::Unavailable(fault),
            });
        }
        if matches!(fault, Fault::LoggedOut(_)) {
            self.client.renew();
        }
        if !goes_on && since.elapsed() >= self.options.pace.patience {
            return Step::Over(End::Failed(fault));
        }
        // A container that is about to begin has no log, as a rule.
        let is_usual = matches!(fault, Fault::NoLog(_)) && self.container.life() != Life::Running;
        if course.faults == WORTH_A_WORD && !is_usual {
            (self.listener)(Notice::Retrying(self.stream, &fault));
        }
        match fault {
            Fault::Busy { wait: Some(wait), .. } => self.pause(wait.min(LONGEST_BUSY).max(self.backoff(course))).await,
            _ => self.wait(course).await,
        }
        Step::Again
    }

    /// Tells whether a fault that is final as a rule may pass while the container runs: nodes and servers that have just
    /// begun do not know their pods and rules yet.
    async fn passes_while_it_runs(&self, course: &Course, fault: &Fault, since: Instant) -> bool {
        match fault {
            Fault::NoLog(_) => true,
            Fault::Forbidden(_) => course.has_begun && since.elapsed() < self.options.pace.patience,
            Fault::Gone(_) => {
                let is_there = request::is_same_pod(self.client, self.stream);
                timeout(self.options.pace.silence, is_there).await.unwrap_or(true)
            }
            _ => false,
        }
    }

    /// Returns how long to wait before the next request: longer each time that one brings nothing.
    fn backoff(&self, course: &Course) -> Duration {
        let Pace { first_wait, longest_wait, .. } = self.options.pace;
        first_wait.saturating_mul(1 << course.barren.min(16)).min(longest_wait)
    }

    async fn wait(&self, course: &Course) {
        self.pause(self.backoff(course)).await;
    }

    /// Waits; news of the container end the wait.
    async fn pause(&self, time: Duration) {
        let changed = pin!(self.container.news());
        select(pin!(sleep(time)), changed).await;
    }

    /// Reads what is missing of the container's run before, once it runs anew.
    pub(super) async fn after_restart(&mut self, course: &mut Course) {
        let restarts = self.container.restarts();
        if !self.follow || restarts == course.restarts {
            return;
        }
        course.restarts = restarts;
        self.read_run_before(course).await;
        (course.target, course.is_new_run) = (None, true);
        let _ = self.output.flush();
        (self.listener)(Notice::Restarted(self.stream));
    }

    async fn read_run_before(&mut self, course: &mut Course) {
        let window = Window { previous: true, ..self.options.window };
        let deadline = Instant::now() + self.options.pace.patience;
        loop {
            let ended = self.request(course, &window, &Progress::new(None)).await;
            let may_pass = matches!(&ended, Ended::Broken(fault) if fault.may_pass());
            if matches!(ended, Ended::InOrder) {
                // The last words before a crash often have no end.
                let _ = self.port.finish(&mut self.lane).await;
            }
            course.since = self.lane.cut();
            // The log of that run may be gone; then there is nothing to be had.
            if !may_pass || Instant::now() >= deadline {
                return;
            }
            sleep(self.options.pace.first_wait).await;
        }
    }

    pub(super) async fn finish(&mut self) -> End {
        match self.port.finish(&mut self.lane).await {
            Ok(()) => End::Read { lines: self.lane.lines() },
            Err(Closed) => End::Left,
        }
    }
}
