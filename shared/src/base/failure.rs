//! What every error of ours can tell: the message, its causes, the next command to type, and the exit code.

use std::error::Error;

/// An error that knows what its user can do next.
///
/// `Display` says what failed on what, `source` gives the cause, and neither repeats the other.
pub trait Failure: Error + Send + Sync + 'static {
    /// Returns the next thing to type or do; `None` where there is nothing useful to say.
    fn hint(&self) -> Option<String> {
        None
    }

    /// Returns the exit code: 1 where the work failed, 2 where the command was used wrongly.
    fn exit_code(&self) -> u8 {
        1
    }
}

/// Why a command ended without its result.
#[derive(Debug)]
pub enum CommandError {
    /// One or more faults, all to be reported; the exit code is that of the first. Never empty.
    Failed(Vec<Box<dyn Failure>>),
    /// Everything has been said already; only this exit code is left to give (a child's own, or that of a batch).
    Exit(u8),
    /// Whoever read our output is gone: a quiet end.
    ClosedPipe,
}

impl CommandError {
    /// Returns one error for all `faults` of one input, or `None` if there are none.
    pub fn all<F: Failure>(faults: Vec<F>) -> Option<Self> {
        if faults.is_empty() {
            return None;
        }
        Some(Self::Failed(faults.into_iter().map(|it| Box::new(it) as Box<dyn Failure>).collect()))
    }

    /// Returns the exit code of the process.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Failed(faults) => faults.first().map_or(1, |it| it.exit_code()),
            Self::Exit(code) => *code,
            Self::ClosedPipe => 0,
        }
    }
}

impl<F: Failure> From<F> for CommandError {
    fn from(error: F) -> Self {
        Self::Failed(vec![Box::new(error)])
    }
}
