//! Work on several things, of which one that fails does not stop the others.

use super::Terminal;
use crate::base::failure::CommandError;

/// Remembers whether something failed.
#[derive(Debug)]
pub struct Batch {
    is_single: bool,
    failed: bool,
}

impl Batch {
    /// Returns the account of work on `count` things.
    pub fn of(count: usize) -> Self {
        Self { is_single: count == 1, failed: false }
    }

    /// Takes how the work on one thing ended; a failure is reported at once.
    ///
    /// # Errors
    ///
    /// Gives back the failure of a single thing, and the end of whoever read our output: there is nothing to go on for.
    pub fn take(&mut self, result: Result<(), CommandError>, term: &mut Terminal) -> Result<(), CommandError> {
        match result {
            Ok(()) => Ok(()),
            Err(error) if self.is_single || matches!(error, CommandError::ClosedPipe) => Err(error),
            Err(error) => {
                term.report(&error);
                self.failed |= error.exit_code() != 0;
                Ok(())
            }
        }
    }

    /// Ends the work.
    ///
    /// # Errors
    ///
    /// Fails with exit code 1, and nothing left to be said, if something failed.
    pub fn end(self) -> Result<(), CommandError> {
        if self.failed { Err(CommandError::Exit(1)) } else { Ok(()) }
    }
}
