use std::path::PathBuf;

use shared::base::failure::{CommandError, Failure};
use shared::edge::config;
use shared::edge::files::is_folder;
use shared::edge::nctl::{NctlZoo, NctlZooError, find_zoo};
use shared::edge::zoo::Freshness;
use shared::pack::nctl::zoo_name;
use shared::pack::source::{Location, ZooEntry, check_subdir, check_zoo_name, location, without_user_info};

use crate::session::{Session, absolute, waiting};

/// Add a zoo to the configuration
///
/// The zoo is looked at first, so that a wrong URL is noticed now. Everything else in the configuration file stays as
/// it is, comments included.
///
/// An http or https address that has an `index.json` is an HTTP zoo, any other one a git repository. Private zoos are
/// opened by `NAUTA_ZOO_TOKEN_<ZOO>` (the name in capitals, `-` as `_`), which is sent to that zoo's own host alone, by
/// ~/.netrc, and for git by credential helpers, the ssh agent and the keys in ~/.ssh.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  kubectl pack zoo add team https://git.example.org/team/packs.git
  kubectl pack zoo add stable https://git.example.org/team/packs.git --ref v2 --subdir packs
  kubectl pack zoo add private ssh://git@git.example.org/team/packs.git
  kubectl pack zoo add nauta https://zoo.example.org/nauta
  kubectl pack zoo add mine ~/my-packs
  kubectl pack zoo add --from-nctl ~/nctl/config")]
pub(crate) struct AddArgs {
    /// What to call it: lower-case letters, digits and `-`
    #[arg(required_unless_present = "from_nctl")]
    name: Option<String>,
    /// A git URL, the address of an HTTP zoo, or the path of a git repository or of a folder of packs
    #[arg(required_unless_present = "from_nctl", conflicts_with = "from_nctl")]
    url: Option<String>,
    /// Add the zoo that nctl was configured with: its `zoo-repository.config`, its packs folder, or a folder above them
    ///
    /// NAME may be left out: it is then the end of the zoo's address, or `nctl`.
    #[arg(long, value_name = "PATH")]
    from_nctl: Option<PathBuf>,
    /// Branch or tag of a git zoo [default: its default branch]
    #[arg(long = "ref", value_name = "REF")]
    reference: Option<String>,
    /// Folder inside the zoo that holds the packs [default: the top]
    #[arg(long, value_name = "DIR")]
    subdir: Option<String>,
}

/// Why a zoo was not added.
#[derive(Debug, thiserror::Error)]
enum AddError {
    #[error("there is a zoo `{name}` already: {url}")]
    Duplicate { name: String, url: String },
    #[error("`{url}` is a plain folder: it has no branches and tags")]
    ReferenceOfFolder { url: String },
    #[error("the URL of a zoo cannot be empty")]
    NoUrl,
}

impl Failure for AddError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Duplicate { name, .. } => {
                format!("`kubectl pack zoo remove {name}` removes it, or choose another name")
            }
            Self::ReferenceOfFolder { .. } => "leave `--ref` out".to_owned(),
            Self::NoUrl => "`.` is the current folder".to_owned(),
        })
    }

    fn exit_code(&self) -> u8 {
        if matches!(self, Self::NoUrl) { 2 } else { 1 }
    }
}

pub(super) fn cmd_add(args: &AddArgs, session: &mut Session<'_>) -> Result<(), CommandError> {
    let (name, url) = name_and_url(args, session)?;
    check_zoo_name(&name)?;
    if url.is_empty() {
        return Err(AddError::NoUrl.into());
    }
    let subdir = args.subdir.as_deref().map_or(Ok(None), check_subdir)?;
    if let Some(zoo) = session.config.zoos.iter().find(|it| it.name == name) {
        return Err(AddError::Duplicate { name, url: without_user_info(&zoo.url) }.into());
    }
    let entry = ZooEntry { name, url: recorded(&url, session), reference: args.reference.clone(), subdir };
    let zoo = session.open(&entry, Freshness::Asked)?;
    if zoo.kind() != "git" && entry.reference.is_some() {
        return Err(AddError::ReferenceOfFolder { url: zoo.shown_url() }.into());
    }
    let packs = zoo.packs()?;
    for fault in packs.iter().filter_map(|it| it.fault.as_ref()) {
        session.term.warn(crate::session::with_causes(fault));
    }
    if packs.is_empty() {
        session.term.warn(format!("zoo `{}` has no packs: a pack is a folder with `charts/Chart.yaml`", entry.name));
    }
    let Session { paths, term, .. } = session;
    let store = shared::edge::store::Store::open(paths)?;
    let change = store.change(|| waiting(term, paths))?;
    config::add_zoo(paths.config(), &entry)?;
    drop(change);
    let count = crate::commands::zoo::list::count(packs.len());
    session.term.text(&format!("zoo {} added: {} at {}, {count}\n", entry.name, zoo.kind(), zoo.shown_url()))
}

/// Returns what the words say, or what nctl left.
fn name_and_url(args: &AddArgs, session: &Session<'_>) -> Result<(String, String), NctlZooError> {
    let Some(path) = &args.from_nctl else {
        return Ok((args.name.clone().unwrap_or_default(), args.url.clone().unwrap_or_default()));
    };
    let named = |default: &dyn Fn() -> String| args.name.clone().unwrap_or_else(default);
    Ok(match find_zoo(&session.folder.join(path))? {
        NctlZoo::Address(url) => (named(&|| zoo_name(&url)), url),
        NctlZoo::Packs(folder) => (named(&|| "nctl".to_owned()), folder.to_string_lossy().into_owned()),
    })
}

/// Returns the URL as the configuration keeps it: a path in full, no secret in it.
fn recorded(url: &str, session: &mut Session<'_>) -> String {
    match location(url) {
        Location::Builtin => url.to_owned(),
        Location::Path(_) if url.starts_with("file:") => url.to_owned(),
        Location::Path(path) => absolute(&session.folder, &path).to_string_lossy().into_owned(),
        Location::Remote(_) if url.starts_with("http") => {
            let bare = without_user_info(url);
            if bare != url {
                session.term.warn("user and password of the URL are not written down");
            }
            bare
        }
        Location::Remote(url) if is_folder(&session.folder.join(&url)) => {
            absolute(&session.folder, &url).to_string_lossy().into_owned()
        }
        Location::Remote(url) => url,
    }
}
