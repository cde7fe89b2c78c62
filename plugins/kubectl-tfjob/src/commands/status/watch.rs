//! `status -w`: the page again whenever something changes; on a terminal in place.

mod live;

use std::ops::ControlFlow;
use std::time::Duration;

use shared::base::failure::CommandError;
use shared::edge::cluster::{Scope, WatchEvent};
use shared::term::screen::Screen;
use shared::term::{Format, Terminal, output};
use shared::tfjob::name::JobRef;

use super::{Pages, gather, wants_events};
use crate::session::Session;
use live::Live;

/// How often changes are drawn: what comes in between is drawn at once.
const TICK: Duration = Duration::from_millis(250);
/// After so many ticks ages are drawn anew, where nothing else changed.
const TICKS_OF_A_SECOND: u32 = 4;

/// Shows the pages of `names` until somebody ends it, or the last of the jobs is deleted.
///
/// # Errors
///
/// Fails if a job is not there at the beginning, and with exit code 1 when it is interrupted.
pub(super) fn watch(names: &[JobRef], format: &Format, session: &mut Session<'_>) -> Result<(), CommandError> {
    let (cluster, term) = session.open()?;
    let with_events = wants_events(format);
    let mut jobs = Vec::new();
    let mut watches = Vec::new();
    let scope = Scope::Namespace(cluster.namespace());
    for name in names {
        let found = gather::find(cluster, name)?;
        let live = Live::new(found, watches.len(), with_events);
        watches.extend(live.watches(scope));
        jobs.push(live);
    }
    let mut view = View { jobs, is_single: names.len() == 1, screen: Screen::default(), is_drawn: false, idle: 0 };
    let mut end = Ok(());
    cluster.watch(&watches, Some(TICK), &mut |event| match view.take(event, format, term) {
        Ok(true) => ControlFlow::Continue(()),
        Ok(false) => ControlFlow::Break(()),
        Err(error) => {
            end = Err(error);
            ControlFlow::Break(())
        }
    })?;
    end
}

/// The jobs as the watches tell them, and what was drawn of them.
struct View {
    jobs: Vec<Live>,
    is_single: bool,
    screen: Screen,
    is_drawn: bool,
    /// Ticks since something was drawn.
    idle: u32,
}

impl View {
    /// Takes an event and tells whether to go on.
    fn take(&mut self, event: WatchEvent, format: &Format, term: &mut Terminal) -> Result<bool, CommandError> {
        match event {
            WatchEvent::Tick => {
                self.idle += 1;
                self.draw_if_due(format, term)?;
            }
            WatchEvent::Interrupted => return Err(CommandError::Exit(1)),
            WatchEvent::Of { watch, kind } => {
                if let Some(job) = self.jobs.iter_mut().find(|it| it.has(watch)) {
                    job.take(watch, kind)?;
                }
            }
        }
        for gone in self.jobs.extract_if(.., |it| it.is_deleted) {
            term.status(format!("{} was deleted", gone.found.spelling()));
        }
        Ok(!self.jobs.is_empty())
    }

    fn draw_if_due(&mut self, format: &Format, term: &mut Terminal) -> Result<(), CommandError> {
        if !self.jobs.iter().all(Live::is_complete) {
            return Ok(());
        }
        let mut is_changed = false;
        for job in &mut self.jobs {
            is_changed |= std::mem::take(&mut job.is_changed);
        }
        let is_old = wants_events(format) && term.has_screen() && self.idle >= TICKS_OF_A_SECOND;
        if self.is_drawn && !is_changed && !is_old {
            return Ok(());
        }
        let pages = Pages { pages: self.jobs.iter().map(Live::page).collect(), is_single: self.is_single };
        let mut text = Vec::new();
        output::write(&pages, format, &mut text)?;
        let is_page = wants_events(format);
        let separator = if is_page || *format == Format::Yaml { "---\n" } else { "" };
        let text = String::from_utf8_lossy(&text);
        self.idle = 0;
        if is_page && term.has_screen() {
            self.screen.draw(&text, term)?;
        } else if self.is_drawn {
            term.text(&format!("{separator}{text}"))?;
        } else {
            term.text(&text)?;
        }
        self.is_drawn = true;
        Ok(())
    }
}
