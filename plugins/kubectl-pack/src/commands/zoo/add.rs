use shared::base::failure::{CommandError, Failure};
use shared::edge::config;
use shared::edge::files::is_folder;
use shared::edge::zoo::Freshness;
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
  kubectl pack zoo add mine ~/my-packs")]
pub(crate) struct AddArgs {
    /// What to call it: lower-case letters, digits and `-`
    name: String,
    /// A git URL, the address of an HTTP zoo, or the path of a git repository or of a folder of packs
    url: String,
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
}

impl Failure for AddError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Duplicate { name, .. } => {
                format!("`kubectl pack zoo remove {name}` removes it, or choose another name")
            }
            Self::ReferenceOfFolder { .. } => "leave `--ref` out".to_owned(),
        })
    }
}

pub(super) fn cmd_add(args: &AddArgs, session: &mut Session<'_>) -> Result<(), CommandError> {
    check_zoo_name(&args.name)?;
    let subdir = args.subdir.as_deref().map_or(Ok(None), check_subdir)?;
    if let Some(zoo) = session.config.zoos.iter().find(|it| it.name == args.name) {
        return Err(AddError::Duplicate { name: args.name.clone(), url: without_user_info(&zoo.url) }.into());
    }
    let entry = ZooEntry {
        name: args.name.clone(),
        url: recorded(&args.url, session),
        reference: args.reference.clone(),
        subdir,
    };
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
