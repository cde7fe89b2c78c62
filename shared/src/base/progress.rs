//! How long work tells that it goes on. The library speaks, only a plugin's terminal draws.

/// Hears how a piece of long work goes.
pub trait Progress {
    /// Work on `what` began; `total` is the number of steps (objects, bytes), if it is known.
    fn begin(&self, what: &str, total: Option<u64>);
    /// `done` of the steps are done, counted from the beginning; `total` may have become known since.
    fn advance(&self, done: u64, total: Option<u64>);
    /// The work is over, well or not.
    fn end(&self);
}

/// Draws nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _: &str, _: Option<u64>) {}
    fn advance(&self, _: u64, _: Option<u64>) {}
    fn end(&self) {}
}
