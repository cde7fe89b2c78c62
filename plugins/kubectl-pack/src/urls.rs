//! Packs from a URL that is no configured zoo: an archive, a git repository, or an HTTP index.

use shared::base::failure::{CommandError, Failure};
use shared::base::suggest::nearest;
use shared::edge::http_zoo::{HttpZooError, archive_of};
use shared::edge::zoo::{Freshness, Taken, ZooError};
use shared::pack::chart::{CHART_FILE, Chart};
use shared::pack::source::{Location, Wanted, ZooEntry, check_pack_name, location, without_user_info};
use shared::pack::unpack::Unpacked;

use crate::placing::Candidate;
use crate::session::Session;

/// Why a URL gave no pack.
#[derive(Debug, thiserror::Error)]
enum UrlError {
    /// The archive cannot be had.
    #[error("Failed to install template from `{url}`.")]
    Archive {
        url: String,
        #[source]
        source: HttpZooError,
    },
    /// What is there cannot be read.
    #[error("Failed to load `{url}`.")]
    Load {
        url: String,
        #[source]
        source: Box<ZooError>,
    },
    /// There are several packs, or none.
    #[error("`{url}` has {} packs", names.len())]
    Which { url: String, names: Vec<String> },
    /// An archive or an index has no branches.
    #[error("`{url}` is no git repository: it has no branches, tags and folders to choose from")]
    NoGit { url: String },
    /// The pack is not among those that are there.
    #[error("`{url}` has no pack `{name}`")]
    NotThere { url: String, name: String, nearest: Option<String> },
}

impl Failure for UrlError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Archive { source, .. } => source.hint(),
            Self::Load { source, .. } => source.hint(),
            Self::Which { names, .. } if names.is_empty() => {
                Some("a pack is a folder with `charts/Chart.yaml`".to_owned())
            }
            Self::Which { url, names } => {
                Some(format!("choose one, such as `{url}#{}`: {}", names[0], names.join(", ")))
            }
            Self::NoGit { .. } => Some(
                "leave `--ref` and `--subdir` out; `NAME@VERSION` names a version of a zoo's pack, and \
                     `file:///its/path` a repository on this machine"
                    .to_owned(),
            ),
            Self::NotThere { nearest, .. } => nearest.as_ref().map(|it| format!("did you mean `{it}`?")),
        }
    }

    fn exit_code(&self) -> u8 {
        if matches!(self, Self::NoGit { .. }) { 2 } else { 1 }
    }
}

/// Tells whether a word of `install` is a URL.
pub(crate) fn is_url(word: &str) -> bool {
    matches!(location(word), Location::Remote(_)) || word.starts_with("file://")
}

/// Where in a git repository a pack is looked for, as the flags say.
#[derive(Debug, Clone, Default)]
pub(crate) struct Within {
    /// The branch, tag or commit; `None` for the default branch.
    pub(crate) reference: Option<String>,
    /// The folder; `None` for the top.
    pub(crate) subdir: Option<String>,
}

impl Within {
    fn is_anywhere(&self) -> bool {
        self.reference.is_none() && self.subdir.is_none()
    }

    /// Refuses a word that is no git repository.
    pub(crate) fn refuse(&self, word: &str) -> Result<(), CommandError> {
        if self.is_anywhere() { Ok(()) } else { Err(UrlError::NoGit { url: without_user_info(word) }.into()) }
    }
}

/// Returns the pack at a URL, `#NAME[@VERSION]` behind it choosing one of several.
pub(crate) fn from_url(
    word: &str,
    within: &Within,
    offline: bool,
    session: &mut Session<'_>,
) -> Result<Candidate, CommandError> {
    let (url, wanted) = match word.rsplit_once('#') {
        Some((url, wanted)) => (url, Some(Wanted::parse(wanted)?)),
        None => (word, None),
    };
    let shown = without_user_info(url);
    let entry = ZooEntry { name: shown.clone(), url: url.to_owned(), reference: None, subdir: None };
    let entry = ZooEntry { reference: within.reference.clone(), subdir: within.subdir.clone(), ..entry };
    let freshness = if offline { Freshness::Offline } else { Freshness::Asked };
    let (name, taken) = if is_archive(url) {
        within.refuse(url)?;
        from_archive(&entry, freshness, session)?
    } else {
        from_zoo(&entry, wanted, freshness, session)?
    };
    Ok(Candidate { name, taken, zoo: None, source: without_user_info(word) })
}

/// Tells whether an http or https URL is that of an archive.
fn is_archive(url: &str) -> bool {
    let path = url.split('?').next().unwrap_or(url).to_ascii_lowercase();
    url.starts_with("http") && [".tar.bz2", ".tar.gz", ".tgz", ".zip"].iter().any(|it| path.ends_with(it))
}

fn from_archive(
    entry: &ZooEntry,
    freshness: Freshness,
    session: &mut Session<'_>,
) -> Result<(String, Taken), CommandError> {
    let caller = session.caller(entry, freshness);
    let fetched = archive_of(&entry.url, &session.paths.http_cache(), freshness, &caller)
        .map_err(|source| UrlError::Archive { url: entry.name.clone(), source })?;
    out_of_archive(fetched.unpacked, fetched.digest)
}

/// Returns the pack that came out of an archive, and its name: that of the archive's only folder.
pub(crate) fn out_of_archive(unpacked: Unpacked, digest: String) -> Result<(String, Taken), CommandError> {
    let Unpacked { name, tree } = unpacked;
    check_pack_name(&name)?;
    let chart = Chart::read(&name, tree.text(CHART_FILE).unwrap_or_default())?;
    chart.check_identity(&name)?;
    let version = chart.version.clone();
    Ok((name, Taken { tree, chart, version, commit: None, reference: None, digest: Some(digest) }))
}

fn from_zoo(
    entry: &ZooEntry,
    wanted: Option<Wanted>,
    freshness: Freshness,
    session: &mut Session<'_>,
) -> Result<(String, Taken), CommandError> {
    let url = entry.name.clone();
    let load = |source: ZooError| UrlError::Load { url: url.clone(), source: Box::new(source) };
    let zoo = session.open(entry, freshness).map_err(load)?;
    if zoo.kind() != "git" && entry.reference.is_some() {
        return Err(UrlError::NoGit { url }.into());
    }
    let names: Vec<String> = zoo.packs().map_err(load)?.into_iter().map(|it| it.offer.name).collect();
    let wanted = match (wanted, names.as_slice()) {
        (Some(wanted), _) => wanted,
        (None, [name]) => Wanted { name: name.clone(), version: None },
        (None, _) => return Err(UrlError::Which { url, names }.into()),
    };
    let Some(taken) = zoo.take(&wanted.name, wanted.version.as_deref()).map_err(load)? else {
        let nearest = nearest(&wanted.name, names.iter().map(String::as_str)).filter(|it| *it != wanted.name);
        let nearest = nearest.map(str::to_owned);
        let name = wanted.version.map_or_else(|| wanted.name.clone(), |it| format!("{}@{it}", wanted.name));
        return Err(UrlError::NotThere { url, name, nearest }.into());
    };
    Ok((wanted.name, taken))
}
