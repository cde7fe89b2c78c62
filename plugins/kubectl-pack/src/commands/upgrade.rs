use shared::base::failure::{CommandError, Failure};
use shared::base::suggest::nearest;
use shared::edge::files::FileError;
use shared::edge::store::Store;
use shared::edge::zoo::Freshness;
use shared::pack::decision::{Command, Consent};
use shared::pack::source::{Wanted, check_pack_name};

use crate::foreseeing::foresee;
use crate::placing::{Candidate, place};
use crate::search::{Found, Search, SearchError};
use crate::session::{Session, each};

/// Upgrade installed packs to what their zoos offer now
///
/// A pack is compared with the zoo that it came from. One with local edits is refused, and its edited files are named,
/// unless --keep-edits or --overwrite says what becomes of them; the edited pack is kept as a backup in both cases.
///
/// --keep-edits merges three ways: the pack as installed, as you edited it, and the new version. Where both changed the
/// same lines, each such place is named and nothing is changed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  kubectl pack upgrade tf-training-single
  kubectl pack upgrade --all --dry-run
  kubectl pack upgrade tf-training-single --keep-edits
  kubectl pack upgrade tf-training-single --overwrite")]
#[command(group(clap::ArgGroup::new("which").required(true).args(["packs", "all"])))]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct UpgradeArgs {
    /// Names of installed packs
    #[arg(value_name = "NAME")]
    packs: Vec<String>,
    /// Upgrade every installed pack that a zoo has
    #[arg(long)]
    all: bool,
    /// Take them from this zoo [default: the one that each came from]
    #[arg(long, value_name = "ZOO")]
    zoo: Option<String>,
    /// Replace packs with local edits too, and keep these as backups
    #[arg(long, conflicts_with = "keep_edits")]
    overwrite: bool,
    /// Merge local edits into the new version, and keep the packs as they were as backups
    #[arg(long)]
    keep_edits: bool,
    /// Tell what would happen to each pack and which files would change, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Replace newer and equal versions too
    #[arg(short, long)]
    force: bool,
    /// Answer questions with yes
    #[arg(short, long)]
    yes: bool,
    /// Ask no zoo: take what was fetched before
    #[arg(long)]
    offline: bool,
}

/// The pack is not in the store.
#[derive(Debug, thiserror::Error)]
#[error("pack `{name}` is not installed")]
pub(super) struct NotInstalled {
    pub(super) name: String,
    pub(super) nearest: Option<String>,
    pub(super) hint: String,
}

impl Failure for NotInstalled {
    fn hint(&self) -> Option<String> {
        Some(self.nearest.as_ref().map_or_else(|| self.hint.clone(), |it| format!("did you mean `{it}`?")))
    }
}

/// Returns the error about a pack that is not in the store.
pub(super) fn not_installed(name: &str, store: &Store<'_>) -> Result<NotInstalled, FileError> {
    let names = store.names()?;
    Ok(NotInstalled {
        name: name.to_owned(),
        nearest: nearest(name, names.iter().map(String::as_str)).map(str::to_owned),
        hint: format!("`kubectl pack install {name}` installs it"),
    })
}

pub(super) fn cmd_upgrade(args: &UpgradeArgs, session: &mut Session<'_>) -> Result<(), CommandError> {
    if let Some(zoo) = &args.zoo {
        session.zoo(zoo)?;
    }
    let names = if args.all { session.store()?.names()? } else { args.packs.clone() };
    if names.is_empty() {
        session.term.status("No packs are installed.");
    }
    each(&names, session, |name, session| upgrade(name, args, session))
}

fn upgrade(name: &str, args: &UpgradeArgs, session: &mut Session<'_>) -> Result<(), CommandError> {
    check_pack_name(name)?;
    let store = session.store()?;
    let Some(installed) = store.pack(name) else {
        return Err(not_installed(name, &store)?.into());
    };
    let from = installed.receipt().and_then(|it| it.zoo.clone());
    let wanted = Wanted { name: name.to_owned(), version: None };
    let search = Search {
        wanted: &wanted,
        zoo: args.zoo.as_deref(),
        installed_from: from.as_deref(),
        freshness: if args.offline { Freshness::Offline } else { Freshness::Asked },
    };
    let Found { zoo, taken, .. } = match search.run(session) {
        Err(SearchError::NotFound { .. }) if args.all => {
            session.term.note(format!("no zoo has `{name}`: it stays as it is"));
            return Ok(());
        }
        found => found?,
    };
    if let Some(from) = from.filter(|it| args.zoo.is_none() && *it != zoo.entry.name) {
        session
            .term
            .note(format!("`{name}` came from zoo `{from}`, which no longer has it: zoo `{}` has", zoo.entry.name));
    }
    let candidate = Candidate { name: wanted.name, taken, source: zoo.shown_url(), zoo: Some(zoo.entry.name) };
    let UpgradeArgs { force, overwrite, keep_edits, yes, .. } = *args;
    let consent = Consent { force, overwrite, keep_edits, yes };
    if args.dry_run {
        return foresee(&candidate, consent, session);
    }
    place(&candidate, Command::Upgrade, consent, session)
}
