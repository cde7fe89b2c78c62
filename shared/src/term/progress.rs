//! Progress bars on stderr, drawn only on a terminal and only for work over half a second.

use std::cell::RefCell;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::base::progress::Progress;

/// A bar (or a spinner while the total is unknown) that is removed when the work is done.
#[derive(Debug)]
pub struct Bar {
    enabled: bool,
    current: RefCell<Option<Running>>,
}

/// Work that goes on, and the thread that shows it if it takes long.
#[derive(Debug)]
struct Running {
    bar: ProgressBar,
    /// Dropped when the work is over.
    goes_on: Sender<()>,
    shower: JoinHandle<()>,
}

/// How long work may take before anything is drawn.
const PATIENCE: Duration = Duration::from_millis(500);
/// How often a spinner turns.
const TURN: Duration = Duration::from_millis(100);

impl Bar {
    /// Returns a bar that stays silent unless `enabled`.
    pub fn new(enabled: bool) -> Self {
        Self { enabled, current: RefCell::new(None) }
    }
}

impl Progress for Bar {
    fn begin(&self, what: &str, total: Option<u64>) {
        self.end();
        if !self.enabled {
            return;
        }
        let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::hidden()).with_message(what.to_owned());
        bar.set_style(style(total));
        let (goes_on, over) = mpsc::channel();
        let shown = bar.clone();
        let shower = thread::spawn(move || {
            if over.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                shown.set_draw_target(ProgressDrawTarget::stderr());
                shown.enable_steady_tick(TURN);
            }
        });
        *self.current.borrow_mut() = Some(Running { bar, goes_on, shower });
    }

    fn advance(&self, done: u64, total: Option<u64>) {
        let current = self.current.borrow();
        let Some(Running { bar, .. }) = current.as_ref() else { return };
        if bar.length() != total {
            bar.set_style(style(total));
            total.map_or_else(|| bar.unset_length(), |it| bar.set_length(it));
        }
        bar.set_position(done);
    }

    fn end(&self) {
        let Some(Running { bar, goes_on, shower }) = self.current.borrow_mut().take() else { return };
        drop(goes_on);
        // A thread that failed has shown nothing that could be removed.
        let _ = shower.join();
        bar.finish_and_clear();
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.end();
    }
}

fn style(total: Option<u64>) -> ProgressStyle {
    let template = if total.is_some() { "{msg} [{bar:30}] {percent}%" } else { "{spinner} {msg}" };
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
