use shared::base::failure::CommandError;
use shared::pack::catalogue::matches;
use shared::term::flags::OutputFlags;

use super::list::{self, PackList};
use crate::session::Session;

/// Search installed and available packs
///
/// A pack is found if its name or its description has the word in it, in upper or lower case, in any zoo or in the
/// store. The rows are those of `kubectl pack list`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  kubectl pack search training
  kubectl pack search 'multi-node' -o name")]
pub(crate) struct SearchArgs {
    /// What to look for
    word: String,
    /// Ask no zoo: search what was fetched before
    #[arg(long)]
    offline: bool,
    #[command(flatten)]
    output: OutputFlags,
}

pub(super) fn cmd_search(args: &SearchArgs, session: &mut Session<'_>) -> Result<(), CommandError> {
    let mut failed = false;
    let offers = list::offers(args.offline, session, &mut failed);
    let installed = list::installed(session, &mut failed)?;
    let rows = matches(&args.word, &installed, &offers);
    if rows.is_empty() {
        session.term.status(format!("No packs match `{}`.", args.word));
    }
    session.term.print(&args.output.format, &PackList { rows })?;
    if failed { Err(CommandError::Exit(1)) } else { Ok(()) }
}
