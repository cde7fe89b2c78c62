use shared::base::failure::CommandError;
use shared::base::suggest::nearest;
use shared::edge::store::Store;
use shared::pack::source::check_pack_name;

use super::upgrade::NotInstalled;
use crate::placing::back_up;
use crate::session::{Session, each, waiting};

/// Remove installed packs
///
/// A pack with local edits is kept as a backup.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  kubectl pack uninstall tf-training-single
  kubectl pack uninstall old-pack other-pack --yes")]
pub(crate) struct UninstallArgs {
    /// Names of installed packs
    #[arg(required = true, value_name = "NAME")]
    packs: Vec<String>,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

pub(super) fn cmd_uninstall(args: &UninstallArgs, session: &mut Session<'_>) -> Result<(), CommandError> {
    for name in &args.packs {
        check_pack_name(name)?;
    }
    let store = session.store()?;
    let any_is_there = args.packs.iter().any(|it| store.pack(it).is_some());
    if any_is_there && !args.yes {
        let names: Vec<String> = args.packs.iter().map(|it| format!("`{it}`")).collect();
        if !session.term.confirm(&format!("Remove {} from the store?", names.join(", ")), "--yes")? {
            return Ok(());
        }
    }
    each(&args.packs, session, |name, session| uninstall(name, session))
}

fn uninstall(name: &str, session: &mut Session<'_>) -> Result<(), CommandError> {
    let Session { paths, term, .. } = session;
    let store = Store::open(paths)?;
    let change = store.change(|| waiting(term, paths))?;
    let Some(installed) = store.pack(name) else {
        let names = store.names()?;
        return Err(NotInstalled {
            name: name.to_owned(),
            nearest: nearest(name, names.iter().map(String::as_str)).map(str::to_owned),
            hint: "`kubectl pack list --installed` shows the packs that are".to_owned(),
        }
        .into());
    };
    if installed.holds_own_work() {
        back_up(name, &change, term)?;
    }
    change.remove(name)?;
    term.text(&format!("{name} uninstalled\n"))
}
