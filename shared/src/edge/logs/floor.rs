//! Streams that are written as they come, line by line.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::output::{Closed, Output, Port};
use crate::logs::lane::Lane;

/// How long a line that does not end may keep other streams waiting.
const LONGEST_OPEN: Duration = Duration::from_secs(1);

/// Which stream's line has not ended among streams that are written as they come.
#[derive(Default)]
pub(super) struct Floor {
    holder: Cell<Option<usize>>,
    /// Whose lines were ended by another stream that waited for long: progress bars go on for hours.
    parted: RefCell<BTreeSet<usize>>,
}

/// Takes a stream that is written as it comes, line by line.
pub(super) struct AtOnce<'r, 'a> {
    pub(super) output: &'r Output<'a>,
    pub(super) floor: &'r Floor,
    pub(super) place: usize,
    /// Whether lines may be parted: not where the containers' bytes alone are wanted.
    pub(super) may_part: bool,
}

impl AtOnce<'_, '_> {
    /// Lets the lane know if others wrote behind its open line.
    fn look(&self, lane: &mut Lane) {
        if self.floor.parted.borrow_mut().remove(&self.place) {
            lane.part_line();
        }
    }

    fn note(&self, lane: &Lane) {
        let holds = lane.is_open();
        if holds {
            self.floor.holder.set(Some(self.place));
        } else if self.floor.holder.get() == Some(self.place) {
            self.floor.holder.set(None);
            self.output.turned.notify_waiters();
        }
    }
}

impl Port for AtOnce<'_, '_> {
    async fn room(&mut self) -> Result<(), Closed> {
        let deadline = Instant::now() + LONGEST_OPEN;
        while let Some(holder) = self.floor.holder.get().filter(|it| *it != self.place) {
            let turned = self.output.turned.notified();
            if !self.may_part {
                turned.await;
            } else if timeout_at(deadline, turned).await.is_err() && self.floor.holder.get() == Some(holder) {
                self.output.add(|bytes| bytes.push(b'\n'))?;
                self.floor.parted.borrow_mut().insert(holder);
                self.floor.holder.set(None);
                self.output.turned.notify_waiters();
            }
        }
        if self.output.is_closed() { Err(Closed) } else { Ok(()) }
    }

    async fn take(&mut self, lane: &mut Lane, chunk: &[u8]) -> Result<(), Closed> {
        self.look(lane);
        let given = self.output.add(|bytes| lane.take(chunk, bytes));
        self.note(lane);
        given
    }

    async fn finish(&mut self, lane: &mut Lane) -> Result<(), Closed> {
        self.room().await?;
        self.look(lane);
        let given = self.output.add(|bytes| lane.finish(bytes));
        self.note(lane);
        given
    }

    async fn close(&mut self, lane: &Lane) {
        self.note(lane);
    }
}
