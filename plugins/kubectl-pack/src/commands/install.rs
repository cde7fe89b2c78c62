use shared::base::failure::CommandError;
use shared::edge::archive_file::read_archive;
use shared::edge::locate::{is_path, locate};
use shared::edge::zoo::{Freshness, Taken};
use shared::pack::decision::{Command, Consent};
use shared::pack::source::{Wanted, check_pack_name, check_subdir};

use crate::placing::{Candidate, place};
use crate::search::{Found, Search};
use crate::session::{Session, absolute, each};
use crate::urls::{Within, from_url, is_url, out_of_archive};

/// Install packs from zoos, folders or URLs
///
/// A path is that of a folder, or of an archive as `kubectl pack index --archives` writes them.
/// A URL is that of an archive (`.tar.bz2`, `.tar.gz`, `.tgz`, `.zip`), or of a zoo that need not be configured: a git
/// repository or an HTTP index, with `#NAME` or `#NAME@VERSION` behind it if it has several packs. A repository may be a
/// pack itself.
///
/// An installed pack that is older is upgraded; one that is newer, or has local edits, is refused without --force.
/// What is replaced while it has local edits is kept as a backup.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  kubectl pack install tf-training-single
  kubectl pack install tf-training-single@0.1.0 --zoo team
  kubectl pack install ./my-pack
  kubectl pack install https://git.example.org/team/packs.git#my-pack
  kubectl pack install https://git.example.org/team/my-pack.git --ref v1.2.0
  kubectl pack install https://example.org/my-pack.tar.gz")]
pub(crate) struct InstallArgs {
    /// Names, with a version if need be, paths of packs, or URLs
    #[arg(required = true, value_name = "NAME[@VERSION]|PATH|URL")]
    packs: Vec<String>,
    /// Take them from this zoo [default: the first that has them]
    #[arg(long, value_name = "ZOO")]
    zoo: Option<String>,
    /// Branch, tag or commit of the git repository at URL [default: its default branch]
    #[arg(long = "ref", value_name = "REF")]
    reference: Option<String>,
    /// Folder inside the git repository at URL that holds the packs, or is one [default: the top]
    #[arg(long, value_name = "DIR")]
    subdir: Option<String>,
    /// Replace whatever is installed
    #[arg(short, long)]
    force: bool,
    /// Answer questions with yes
    #[arg(short, long)]
    yes: bool,
    /// Ask no zoo: take what was fetched before
    #[arg(long)]
    offline: bool,
}

pub(super) fn cmd_install(args: &InstallArgs, session: &mut Session<'_>) -> Result<(), CommandError> {
    if let Some(zoo) = &args.zoo {
        session.zoo(zoo)?;
    }
    let subdir = args.subdir.as_deref().map_or(Ok(None), check_subdir)?;
    let within = Within { reference: args.reference.clone(), subdir };
    each(&args.packs, session, |word, session| install(word, &within, args, session))
}

fn install(word: &str, within: &Within, args: &InstallArgs, session: &mut Session<'_>) -> Result<(), CommandError> {
    let candidate = if is_url(word) {
        from_url(word, within, args.offline, session)?
    } else if is_path(word) {
        within.refuse(word)?;
        from_path(word, session)?
    } else {
        within.refuse(word)?;
        from_zoo(word, args, session)?
    };
    let consent = Consent { force: args.force, yes: args.yes, ..Consent::default() };
    place(&candidate, Command::Install, consent, session)
}

fn from_path(word: &str, session: &Session<'_>) -> Result<Candidate, CommandError> {
    let path = absolute(&session.folder, word);
    let source = path.to_string_lossy().into_owned();
    if let Some((unpacked, digest)) = read_archive(&path)? {
        let (name, taken) = out_of_archive(unpacked, digest)?;
        return Ok(Candidate { name, taken, zoo: None, source });
    }
    let pack = locate(word, &session.paths, &session.folder)?;
    check_pack_name(&pack.name)?;
    let version = pack.chart.version.clone();
    let taken = Taken { tree: pack.tree, chart: pack.chart, version, commit: None, reference: None, digest: None };
    Ok(Candidate { name: pack.name, taken, zoo: None, source })
}

fn from_zoo(word: &str, args: &InstallArgs, session: &mut Session<'_>) -> Result<Candidate, CommandError> {
    let wanted = Wanted::parse(word)?;
    let installed = session.store()?.pack(&wanted.name);
    let installed_from = installed.as_ref().and_then(|it| it.receipt()?.zoo.clone());
    let search = Search {
        wanted: &wanted,
        zoo: args.zoo.as_deref(),
        installed_from: installed_from.as_deref(),
        freshness: if args.offline { Freshness::Offline } else { Freshness::Asked },
    };
    let Found { zoo, taken, others } = search.run(session)?;
    if !others.is_empty() {
        let others: Vec<String> = others.iter().map(|it| format!("`{}`", it.zoo)).collect();
        session.term.note(format!(
            "`{}` is taken from zoo `{}`; {} has one too, `--zoo` decides",
            wanted.name,
            zoo.entry.name,
            others.join(", ")
        ));
    }
    Ok(Candidate { name: wanted.name, taken, source: zoo.shown_url(), zoo: Some(zoo.entry.name) })
}
