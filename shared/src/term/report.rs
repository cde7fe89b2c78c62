//! The end of every failure: what failed, why, and what to type next.

use std::error::Error;
use std::io::{self, Write};

use super::escape::visible;
use crate::base::failure::{CommandError, Failure};

/// Writes `error:`, then `  caused by:` lines, then `hint:`, for each fault.
pub fn report(error: &CommandError, color: bool, err: &mut dyn Write) -> io::Result<()> {
    let CommandError::Failed(faults) = error else { return Ok(()) };
    faults.iter().try_for_each(|fault| report_one(fault.as_ref(), color, err))
}

/// Writes one fault.
pub fn report_one(fault: &dyn Failure, color: bool, err: &mut dyn Write) -> io::Result<()> {
    let (red, cyan, plain) = if color { ("\x1b[1;31m", "\x1b[36m", "\x1b[0m") } else { ("", "", "") };
    writeln!(err, "{red}error:{plain} {}", visible(&fault.to_string()))?;
    let mut cause = fault.source();
    while let Some(it) = cause {
        writeln!(err, "  caused by: {}", visible(&it.to_string()))?;
        cause = Error::source(it);
    }
    fault.hint().map_or(Ok(()), |hint| writeln!(err, "{cyan}hint:{plain} {}", visible(&hint)))
}
