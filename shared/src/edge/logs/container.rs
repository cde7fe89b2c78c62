//! What is known of a container, as its pod's watch goes on.

use std::cell::Cell;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::Life;

/// What is known of a container, as its pod's watch goes on.
pub(super) struct Container {
    life: Cell<Life>,
    restarts: Cell<u32>,
    /// When the last news came, which may end the present request.
    changed_at: Cell<Option<Instant>>,
    changed: Notify,
}

impl Container {
    pub(super) fn new(life: Life, restarts: u32) -> Self {
        Self {
            life: Cell::new(life),
            restarts: Cell::new(restarts),
            changed_at: Cell::new(None),
            changed: Notify::new(),
        }
    }

    /// Takes news; a container that is gone stays so, and one that was dismissed is not called back.
    pub(super) fn set(&self, life: Life, restarts: u32) {
        let is_late = match self.life.get() {
            Life::Gone => true,
            Life::Dismissed => matches!(life, Life::Waiting | Life::Running),
            _ => false,
        };
        let restarts = if life == Life::Gone { self.restarts.get() } else { restarts };
        if is_late || (self.life.get(), self.restarts.get()) == (life, restarts) {
            return;
        }
        self.life.set(life);
        self.restarts.set(restarts);
        self.changed_at.set(Some(Instant::now()));
        self.changed.notify_one();
    }

    pub(super) fn life(&self) -> Life {
        self.life.get()
    }

    pub(super) fn restarts(&self) -> u32 {
        self.restarts.get()
    }

    /// Returns when the last news came.
    pub(super) fn changed_at(&self) -> Option<Instant> {
        self.changed_at.get()
    }

    /// Waits for news.
    pub(super) async fn news(&self) {
        self.changed.notified().await;
    }

    /// Has whoever waits for news look again.
    pub(super) fn nudge(&self) {
        self.changed.notify_one();
    }

    /// Tells whether nothing more is to come than what its log has by now.
    pub(super) fn has_ended(&self) -> bool {
        matches!(self.life.get(), Life::Dismissed | Life::Finished | Life::Gone)
    }
}
