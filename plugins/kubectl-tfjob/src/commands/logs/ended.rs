//! What came of the logs: what is said of it, and the exit code.

use shared::base::failure::CommandError;
use shared::edge::logs::{End, Fault, Stream};
use shared::term::Terminal;

use super::LogsArgs;
use super::plan::Plan;

/// Says what had no log, or broke.
///
/// # Errors
///
/// Fails if no log could be read, or if one broke or was refused and errors are not to be ignored.
pub(super) fn judge(
    ends: Vec<(Stream, End)>,
    plan: &Plan,
    args: &LogsArgs,
    term: &mut Terminal,
) -> Result<(), CommandError> {
    let (mut read, mut failed, mut refused) = (0, 0, 0);
    for (stream, end) in ends {
        match end {
            End::Read { .. } => read += 1,
            End::Left => term.note(format!("{} has no log: it never began ({stream})", stream.label)),
            End::Unavailable(fault @ Fault::Forbidden(_)) => {
                refused += 1;
                // Followed logs have said so at once.
                if !args.follow {
                    term.warn(format!("{}: {fault}", stream.label));
                }
            }
            End::Unavailable(fault) => term.note(format!("{} has no log: {fault} ({stream})", stream.label)),
            End::Failed(fault) => {
                failed += 1;
                if !args.follow {
                    term.warn(format!("the log of {} is not whole: {fault} ({stream})", stream.label));
                }
            }
        }
    }
    if read + failed == 0 {
        return Err(plan.no_log().into());
    }
    if failed + refused > 0 && !args.ignore_errors { Err(CommandError::Exit(1)) } else { Ok(()) }
}
