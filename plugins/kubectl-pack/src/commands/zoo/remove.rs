use shared::base::failure::CommandError;
use shared::edge::config;
use shared::edge::store::Store;
use shared::pack::source::{BUILTIN, SourceError};

use crate::session::{Session, waiting};

/// Remove a zoo from the configuration
///
/// Packs that were installed from it stay. Everything else in the configuration file stays as it is.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  kubectl pack zoo remove team")]
pub(crate) struct RemoveArgs {
    /// Its name
    name: String,
}

pub(super) fn cmd_remove(args: &RemoveArgs, session: &mut Session<'_>) -> Result<(), CommandError> {
    if args.name == BUILTIN {
        return Err(SourceError::Reserved.into());
    }
    session.zoo(&args.name)?;
    let Session { paths, term, .. } = session;
    let store = Store::open(paths)?;
    let change = store.change(|| waiting(term, paths))?;
    config::remove_zoo(paths.config(), &args.name)?;
    drop(change);
    term.text(&format!("zoo {} removed\n", args.name))
}
