//! Who may write when; buffers and their bounds.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::LogsError;
use crate::logs::lane::Lane;
use crate::logs::merge::Block;

/// How much is written at once.
pub(super) const FULL: usize = 64 << 10;

/// How much a stream may hold that must wait for its turn.
const HELD: usize = 1 << 20;

/// How much of a merged stream is made ready at once.
const BLOCK: usize = 16 << 10;

/// A write that takes longer has kept the streams waiting.
const BLOCKED: Duration = Duration::from_millis(100);

/// The output is closed, or broke: nothing more is to be read.
#[derive(Debug)]
pub(super) struct Closed;

/// Where lines go before they are written.
pub(super) struct Output<'a> {
    inner: RefCell<Inner<'a>>,
    /// Somebody may write who had to wait.
    pub(super) turned: Notify,
    /// When the last write ended that had blocked: until then no stream was to blame for its silence.
    blocked: Cell<Instant>,
}

struct Inner<'a> {
    writer: &'a mut dyn Write,
    bytes: Vec<u8>,
    end: Option<io::Error>,
}

impl<'a> Output<'a> {
    pub(super) fn new(writer: &'a mut dyn Write) -> Self {
        let inner = Inner { writer, bytes: Vec::with_capacity(2 * FULL), end: None };
        Self { inner: RefCell::new(inner), turned: Notify::new(), blocked: Cell::new(Instant::now()) }
    }

    /// Lets `give` add bytes, and writes them once there are enough.
    pub(super) fn add(&self, give: impl FnOnce(&mut Vec<u8>)) -> Result<(), Closed> {
        let mut inner = self.inner.borrow_mut();
        give(&mut inner.bytes);
        if inner.bytes.len() >= FULL { self.write(&mut inner) } else { Ok(()) }
    }

    /// Writes all there is.
    pub(super) fn flush(&self) -> Result<(), Closed> {
        let mut inner = self.inner.borrow_mut();
        match (&inner.end, inner.bytes.is_empty()) {
            (Some(_), _) => Err(Closed),
            (None, true) => Ok(()),
            (None, false) => self.write(&mut inner),
        }
    }

    fn write(&self, inner: &mut Inner<'_>) -> Result<(), Closed> {
        if inner.end.is_some() {
            return Err(Closed);
        }
        let begun = Instant::now();
        let written = inner.writer.write_all(&inner.bytes).and_then(|()| inner.writer.flush());
        inner.bytes.clear();
        inner.bytes.shrink_to(2 * FULL);
        if begun.elapsed() > BLOCKED {
            self.blocked.set(Instant::now());
        }
        written.map_err(|error| {
            inner.end = Some(error);
            Closed
        })
    }

    /// Returns when the output took bytes again that it had not taken for a while.
    pub(super) fn blocked_until(&self) -> Instant {
        self.blocked.get()
    }

    pub(super) fn is_closed(&self) -> bool {
        self.inner.borrow().end.is_some()
    }

    /// Tells whether the reader of the output closed it.
    pub(super) fn end(self) -> Result<bool, LogsError> {
        match self.inner.into_inner().end {
            None => Ok(false),
            Some(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(true),
            Some(error) => Err(LogsError::Write(error)),
        }
    }
}

/// Takes what one stream reads.
pub(super) trait Port {
    /// Waits until there may be more.
    async fn room(&mut self) -> Result<(), Closed>;
    /// Takes bytes of the log.
    async fn take(&mut self, lane: &mut Lane, chunk: &[u8]) -> Result<(), Closed>;
    /// Takes the end of the log.
    async fn finish(&mut self, lane: &mut Lane) -> Result<(), Closed>;
    /// Hands on what it still has: nothing more comes.
    async fn close(&mut self, lane: &Lane);
}

/// Whose turn it is among streams that are written one after another.
#[derive(Default)]
pub(super) struct Turns {
    current: Cell<usize>,
    waiting: RefCell<BTreeMap<usize, Vec<u8>>>,
}

impl Turns {
    pub(super) fn current(&self) -> usize {
        self.current.get()
    }

    /// Gives the turn to the stream `next`.
    pub(super) fn pass_to(&self, next: usize, output: &Output<'_>) -> Result<(), Closed> {
        self.current.set(next);
        output.turned.notify_waiters();
        let held = self.waiting.borrow_mut().remove(&next).unwrap_or_default();
        held.chunks(FULL).try_for_each(|it| output.add(|bytes| bytes.extend_from_slice(it)))
    }
}

/// Takes a stream that is written when its turn has come.
pub(super) struct InTurn<'r, 'a> {
    pub(super) output: &'r Output<'a>,
    pub(super) turns: &'r Turns,
    pub(super) place: usize,
}

impl InTurn<'_, '_> {
    fn give(&self, give: impl FnOnce(&mut Vec<u8>)) -> Result<(), Closed> {
        if self.turns.current() == self.place {
            return self.output.add(give);
        }
        give(self.turns.waiting.borrow_mut().entry(self.place).or_default());
        Ok(())
    }
}

impl Port for InTurn<'_, '_> {
    async fn room(&mut self) -> Result<(), Closed> {
        let held = self.turns.waiting.borrow().get(&self.place).map_or(0, Vec::len);
        if held >= HELD {
            while self.turns.current() != self.place {
                self.output.turned.notified().await;
            }
        }
        if self.output.is_closed() { Err(Closed) } else { Ok(()) }
    }

    async fn take(&mut self, lane: &mut Lane, chunk: &[u8]) -> Result<(), Closed> {
        self.give(|bytes| lane.take(chunk, bytes))
    }

    async fn finish(&mut self, lane: &mut Lane) -> Result<(), Closed> {
        self.give(|bytes| lane.finish(bytes))
    }

    async fn close(&mut self, _lane: &Lane) {}
}

/// What a merged stream has made ready.
#[derive(Default)]
pub(super) struct Slot {
    ready: RefCell<Option<Block>>,
    spare: RefCell<Option<Block>>,
    has_ended: Cell<bool>,
    taken: Notify,
}

impl Slot {
    /// Returns the block that is ready.
    pub(super) fn take(&self) -> Option<Block> {
        let block = self.ready.borrow_mut().take();
        if block.is_some() {
            self.taken.notify_one();
        }
        block
    }

    /// Takes a block that was merged, for its memory.
    pub(super) fn give_back(&self, mut block: Block) {
        block.clear();
        *self.spare.borrow_mut() = Some(block);
    }

    /// Tells whether nothing more comes.
    pub(super) fn has_ended(&self) -> bool {
        self.has_ended.get() && self.ready.borrow().is_none()
    }

    fn end(&self) {
        self.has_ended.set(true);
    }
}

/// Takes a stream that is merged with others.
pub(super) struct Merged<'r, 'a> {
    pub(super) output: &'r Output<'a>,
    pub(super) slot: &'r Slot,
    pub(super) block: Block,
}

impl Merged<'_, '_> {
    async fn send(&mut self, lane: &Lane) {
        if self.block.is_empty() {
            return;
        }
        while self.slot.ready.borrow().is_some() {
            self.slot.taken.notified().await;
        }
        let next = self.slot.spare.borrow_mut().take().unwrap_or_default();
        let mut block = std::mem::replace(&mut self.block, next);
        block.seal(lane.key());
        *self.slot.ready.borrow_mut() = Some(block);
    }
}

impl Port for Merged<'_, '_> {
    async fn room(&mut self) -> Result<(), Closed> {
        if self.output.is_closed() { Err(Closed) } else { Ok(()) }
    }

    async fn take(&mut self, lane: &mut Lane, chunk: &[u8]) -> Result<(), Closed> {
        lane.take(chunk, &mut self.block);
        if self.block.len() >= BLOCK {
            self.send(lane).await;
        }
        Ok(())
    }

    async fn finish(&mut self, lane: &mut Lane) -> Result<(), Closed> {
        lane.finish(&mut self.block);
        Ok(())
    }

    async fn close(&mut self, lane: &Lane) {
        self.send(lane).await;
        self.slot.end();
    }
}
