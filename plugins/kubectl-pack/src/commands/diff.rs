use shared::base::failure::CommandError;
use shared::edge::base::read_base;
use shared::edge::zoo::Freshness;
use shared::pack::diff::patch;
use shared::pack::source::{Wanted, check_pack_name};

use super::upgrade::not_installed;
use crate::search::Search;
use crate::session::Session;

/// Show how an installed pack was edited, or how the available version differs from it
///
/// Without --available: your local edits, against the pack as it was installed. With it: what the zoo has now, against
/// the pack as it lies in the store, edits included. `git apply` and `patch -p1` take what is printed; of binary files
/// it is only said that they differ, which `git apply` refuses.
///
/// The exit code is that of `kubectl diff`: 0 if there is no difference, 1 if there is one, 2 if it cannot be told.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  kubectl pack diff tf-training-single
  kubectl pack diff tf-training-single --available | less -R
  kubectl pack diff tf-training-single > my-edits.patch")]
pub(crate) struct DiffArgs {
    /// Name of an installed pack
    #[arg(value_name = "NAME")]
    pack: String,
    /// Compare with what the zoo has now
    #[arg(long)]
    available: bool,
    /// Compare with what this zoo has [default: the one that the pack came from]
    #[arg(long, value_name = "ZOO", requires = "available")]
    zoo: Option<String>,
    /// Ask no zoo: compare with what was fetched before
    #[arg(long, requires = "available")]
    offline: bool,
}

pub(super) fn cmd_diff(args: &DiffArgs, session: &mut Session<'_>) -> Result<(), CommandError> {
    check_pack_name(&args.pack)?;
    if let Some(zoo) = &args.zoo {
        session.zoo(zoo)?;
    }
    let store = session.store()?;
    let Some(installed) = store.pack(&args.pack) else {
        return Err(not_installed(&args.pack, &store)?.into());
    };
    let patch = if args.available {
        let wanted = Wanted { name: args.pack.clone(), version: None };
        let from = installed.receipt().and_then(|it| it.zoo.clone());
        let freshness = if args.offline { Freshness::Offline } else { Freshness::Recent };
        let zoo = args.zoo.as_deref();
        let found = Search { wanted: &wanted, zoo, installed_from: from.as_deref(), freshness }.run(session)?;
        patch(&installed.tree?, &found.taken.tree)
    } else {
        patch(&read_base(&installed)?, &installed.tree?)
    };
    if patch.is_empty() {
        return Ok(());
    }
    session.term.patch(&patch)?;
    Err(CommandError::Exit(1))
}
