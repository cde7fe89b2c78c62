//! Progress bars on stderr, drawn only on a terminal and only for work over half a second.

use std::cell::RefCell;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::base::progress::Progress;

/// A bar (or a spinner while the total is unknown) that is removed when the work is done.
#[derive(Debug)]
pub struct Bar {
    enabled: bool,
    current: RefCell<Option<ProgressBar>>,
}

impl Bar {
    /// Returns a bar that stays silent unless `enabled`.
    pub fn new(enabled: bool) -> Self {
        Self { enabled, current: RefCell::new(None) }
    }
}

/// How long work may take before anything is drawn.
const PATIENCE: Duration = Duration::from_millis(500);

impl Progress for Bar {
    fn begin(&self, what: &str, total: Option<u64>) {
        self.end();
        if !self.enabled {
            return;
        }
        let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::hidden()).with_message(what.to_owned());
        bar.set_style(style(total));
        *self.current.borrow_mut() = Some(bar);
    }

    fn advance(&self, done: u64, total: Option<u64>) {
        let current = self.current.borrow();
        let Some(bar) = current.as_ref() else { return };
        if bar.is_hidden() && bar.elapsed() > PATIENCE {
            bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        if bar.length() != total {
            bar.set_style(style(total));
            total.map_or_else(|| bar.unset_length(), |it| bar.set_length(it));
        }
        bar.set_position(done);
    }

    fn end(&self) {
        if let Some(bar) = self.current.borrow_mut().take() {
            bar.finish_and_clear();
        }
    }
}

fn style(total: Option<u64>) -> ProgressStyle {
    let template = if total.is_some() { "{msg} [{bar:30}] {percent}%" } else { "{spinner} {msg}" };
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
