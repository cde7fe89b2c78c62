//! A zoo of any kind: what it offers, and the files of a pack from it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};

use super::files::{At, FileError};
use super::folder::{FolderError, read_pack};
use super::git::{GitError, GitZoo};
use super::mirror::{Mirror, MirrorError};
use super::{builtin, clock};
use crate::base::failure::Failure;
use crate::base::progress::Progress;
use crate::pack::catalogue::Offer;
use crate::pack::chart::{CHART_FILE, Chart, ChartError};
use crate::pack::source::{
    Location, SourceError, ZooEntry, check_pack_name, is_no_pack, is_same_version, without_user_info,
};
use crate::pack::tree::{PackTree, TreeError};

/// How fresh a mirror of a remote zoo must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// Ask the remote, and fail if it does not answer.
    Asked,
    /// Use what was fetched in the last ten minutes, else ask; if nobody answers, use what there is.
    Recent,
    /// Never ask.
    Offline,
}

/// What was fetched longer ago is asked for again.
const RECENT: SignedDuration = SignedDuration::from_mins(10);

/// Why a zoo cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ZooError {
    /// Nothing is where its path leads.
    #[error("zoo `{zoo}`: there is no folder `{}`", path.display())]
    NoFolder {
        /// The zoo.
        zoo: String,
        /// The path.
        path: PathBuf,
    },
    /// It was never fetched, and must not be now.
    #[error("zoo `{zoo}` was never fetched, and `--offline` forbids it")]
    NeverFetched {
        /// The zoo.
        zoo: String,
    },
    /// Its folder cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// Its git repository cannot be read.
    #[error(transparent)]
    Git(#[from] GitError),
    /// Its mirror cannot be brought up to date.
    #[error(transparent)]
    Mirror(#[from] MirrorError),
    /// One of its packs cannot be used.
    #[error("pack `{pack}` of zoo `{zoo}` cannot be used")]
    Pack {
        /// The zoo.
        zoo: String,
        /// The pack.
        pack: String,
        /// What is wrong with it.
        #[source]
        source: PackFault,
    },
}

/// Why a pack of a zoo cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PackFault {
    /// It cannot be called that.
    #[error(transparent)]
    Name(#[from] SourceError),
    /// It holds something that no pack may hold.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// Its files cannot be read.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// Its Chart.yaml is wrong.
    #[error(transparent)]
    Chart(#[from] ChartError),
    /// Some file systems would take its name and another pack's for one.
    #[error("some file systems take its name and `{other}` for one")]
    NamesFold {
        /// The other pack.
        other: String,
    },
}

impl Failure for ZooError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::NoFolder { .. } => {
                Some("give a git URL, or the path of a git repository or a folder of packs".to_owned())
            }
            Self::NeverFetched { zoo } => Some(format!("`kubectl pack zoo update {zoo}` fetches it")),
            Self::File(it) => it.hint(),
            Self::Git(it) => it.hint(),
            Self::Mirror(it) => it.hint(),
            Self::Pack { source, .. } => match source {
                PackFault::Chart(it) => it.hint(),
                PackFault::Name(_) => Some("its folder needs another name".to_owned()),
                PackFault::Tree(_) | PackFault::Folder(_) | PackFault::NamesFold { .. } => None,
            },
        }
    }
}

/// A zoo that was opened.
pub struct Zoo {
    /// What the configuration says of it.
    pub entry: ZooEntry,
    /// Why an older state of it is used than was asked for, if so.
    pub stale: Option<MirrorError>,
    /// When it was last fetched; `None` where nothing is fetched.
    pub updated_at: Option<Timestamp>,
    access: Access,
}

enum Access {
    Git(GitZoo),
    Folder(PathBuf),
    Builtin,
}

/// A pack that a zoo offers, and why it cannot be used, if so.
#[derive(Debug)]
pub struct ZooPack {
    /// What a list says about it.
    pub offer: Offer,
    /// What is wrong with it.
    pub fault: Option<ZooError>,
}

/// A pack's name, and its Chart.yaml or why the pack is refused.
type ListedPack = (String, Result<String, PackFault>);

/// A pack taken from a zoo.
#[derive(Debug)]
pub struct Taken {
    /// All its files.
    pub tree: PackTree,
    /// What its Chart.yaml says.
    pub chart: Chart,
    /// The version as the zoo has it; `None` if it has none.
    pub version: Option<String>,
    /// The commit in full, for a git zoo.
    pub commit: Option<String>,
    /// The branch or tag asked for, or the tag that the version was found by.
    pub reference: Option<String>,
}

impl Zoo {
    /// Opens a zoo; a remote one is mirrored below the folder `mirrors`.
    pub fn open(
        entry: &ZooEntry,
        freshness: Freshness,
        mirrors: &Path,
        progress: &dyn Progress,
    ) -> Result<Self, ZooError> {
        let mut zoo = Self { entry: entry.clone(), stale: None, updated_at: None, access: Access::Builtin };
        match entry.location() {
            Location::Builtin => {}
            Location::Path(path) => zoo.access = access_path(entry, Path::new(&path))?,
            Location::Remote(url) => {
                let mirror = Mirror::of(&url, mirrors);
                zoo.stale = refresh(entry, &mirror, freshness, progress)?;
                zoo.updated_at = mirror.fetched_at();
                zoo.access = Access::Git(open_git(entry, mirror.folder())?);
            }
        }
        Ok(zoo)
    }

    /// Returns what kind of zoo it is: `git`, `folder` or `builtin`.
    pub fn kind(&self) -> &'static str {
        match &self.access {
            Access::Git(_) => "git",
            Access::Folder(_) => "folder",
            Access::Builtin => "builtin",
        }
    }

    /// Returns its packs, sorted by name; a broken one does not hide the others.
    pub fn packs(&self) -> Result<Vec<ZooPack>, ZooError> {
        let listed: Vec<ListedPack> = match &self.access {
            Access::Git(git) => git
                .packs(git.commit()?)?
                .into_iter()
                .map(|(name, chart)| (name, chart.map_err(PackFault::from)))
                .collect(),
            Access::Folder(folder) => folder_packs(folder)?,
            Access::Builtin => builtin::names()
                .into_iter()
                .map(|name| {
                    let chart = builtin::tree(name).and_then(|it| it.text(CHART_FILE).map(str::to_owned));
                    (name.to_owned(), Ok(chart.unwrap_or_default()))
                })
                .collect(),
        };
        let mut folded: BTreeMap<String, String> = BTreeMap::new();
        let mut packs = Vec::new();
        for (name, chart) in listed {
            let other = folded.insert(name.to_lowercase(), name.clone());
            let chart = match other {
                Some(other) => Err(PackFault::NamesFold { other }),
                None => chart,
            };
            packs.push(self.listed(name, chart));
        }
        Ok(packs)
    }

    fn listed(&self, name: String, chart: Result<String, PackFault>) -> ZooPack {
        let chart = chart.and_then(|text| Ok(Chart::read(&name, &text)?));
        let (version, description) =
            chart.as_ref().map(|it| (it.version.clone(), it.description.clone())).unwrap_or_default();
        let checked = chart.and_then(|chart| {
            chart.check_identity(&name)?;
            Ok(check_pack_name(&name)?)
        });
        let fault = checked.err().map(|source| self.refused(&name, source));
        let zoo = self.entry.name.clone();
        ZooPack { offer: Offer { zoo, name, version, description, broken: fault.is_some() }, fault }
    }

    fn refused(&self, pack: &str, source: PackFault) -> ZooError {
        ZooError::Pack { zoo: self.entry.name.clone(), pack: pack.to_owned(), source }
    }

    /// Returns the pack `name`, in `version` if one is asked for; `None` if the zoo does not have it.
    ///
    /// # Errors
    ///
    /// Fails if the zoo cannot be read, or the pack is broken.
    pub fn take(&self, name: &str, version: Option<&str>) -> Result<Option<Taken>, ZooError> {
        let (tree, commit, tag) = match &self.access {
            Access::Git(git) => {
                let (commit, tag) = match version {
                    None => (git.commit()?, None),
                    Some(version) => match git.find(name, version)? {
                        Some(found) => (found.commit, found.tag),
                        None => return Ok(None),
                    },
                };
                (git.pack(commit, name)?.map(|it| it.map_err(PackFault::from)), Some(commit.to_string()), tag)
            }
            Access::Folder(folder) => (folder_pack(folder, name), None, None),
            Access::Builtin => (builtin::tree(name).map(Ok), None, None),
        };
        let Some(tree) = tree else { return Ok(None) };
        let taken = tree.and_then(|tree| self.taken(name, tree, commit, tag, version));
        let taken = taken.map_err(|source| self.refused(name, source))?;
        let fits = version.is_none_or(|wanted| taken.version.as_deref().is_some_and(|it| is_same_version(it, wanted)));
        Ok(fits.then_some(taken))
    }

    fn taken(
        &self,
        name: &str,
        tree: PackTree,
        commit: Option<String>,
        tag: Option<String>,
        wanted: Option<&str>,
    ) -> Result<Taken, PackFault> {
        check_pack_name(name)?;
        let chart = Chart::read(name, tree.text(CHART_FILE).unwrap_or_default())?;
        chart.check_identity(name)?;
        // A tag of its own is the zoo's word for the version; a chart that says otherwise is only warned about.
        let differs = |wanted: &&str| !chart.version.as_deref().is_some_and(|it| is_same_version(it, wanted));
        let by_tag = tag.is_some().then_some(wanted).flatten().filter(differs).map(str::to_owned);
        let version = by_tag.or_else(|| chart.version.clone());
        let reference = tag.or_else(|| commit.as_ref().and_then(|_| self.entry.reference.clone()));
        Ok(Taken { tree, chart, version, commit, reference })
    }

    /// Returns the zoo's URL for people and receipts: without user info.
    pub fn shown_url(&self) -> String {
        without_user_info(&self.entry.url)
    }
}

fn open_git(entry: &ZooEntry, path: &Path) -> Result<GitZoo, GitError> {
    let shown = without_user_info(&entry.url);
    GitZoo::open(path, &shown, entry.reference.as_deref(), entry.subdir.as_deref())
}

fn access_path(entry: &ZooEntry, path: &Path) -> Result<Access, ZooError> {
    if !path.is_dir() {
        return Err(ZooError::NoFolder { zoo: entry.name.clone(), path: path.to_owned() });
    }
    if GitZoo::is_at(path) {
        return Ok(Access::Git(open_git(entry, path)?));
    }
    let folder = entry.subdir.as_ref().map_or_else(|| path.to_owned(), |it| path.join(it));
    if folder.is_dir() {
        return Ok(Access::Folder(folder));
    }
    Err(ZooError::NoFolder { zoo: entry.name.clone(), path: folder })
}

/// Brings a mirror up to date as far as `freshness` asks; returns why it is older than that, if so.
fn refresh(
    entry: &ZooEntry,
    mirror: &Mirror,
    freshness: Freshness,
    progress: &dyn Progress,
) -> Result<Option<MirrorError>, ZooError> {
    let now = clock::now();
    let fetched_at = mirror.fetched_at();
    let is_recent = fetched_at.is_some_and(|it| now.duration_since(it).abs() < RECENT);
    match (freshness, fetched_at) {
        (Freshness::Offline, None) => Err(ZooError::NeverFetched { zoo: entry.name.clone() }),
        (Freshness::Offline, Some(_)) => Ok(None),
        (Freshness::Recent, Some(_)) if is_recent => Ok(None),
        (Freshness::Recent, Some(_)) => Ok(mirror.fetch(now, progress).err()),
        (Freshness::Asked, _) | (Freshness::Recent, None) => {
            mirror.fetch(now, progress)?;
            Ok(None)
        }
    }
}

/// Returns the packs of a plain folder with their Chart.yaml, sorted by name.
fn folder_packs(folder: &Path) -> Result<Vec<ListedPack>, FileError> {
    let mut packs = Vec::new();
    for entry in fs::read_dir(folder).at("read", folder)? {
        let entry = entry.at("read", folder)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if let Some(tree) = folder_pack(folder, &name) {
            let chart = tree.map(|it| it.text(CHART_FILE).unwrap_or_default().to_owned());
            packs.push((name, chart));
        }
    }
    packs.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(packs)
}

/// Returns the pack `name` of a plain folder; `None` if there is none.
fn folder_pack(folder: &Path, name: &str) -> Option<Result<PackTree, PackFault>> {
    let path = folder.join(name);
    if is_no_pack(name) || !path.join(CHART_FILE).is_file() {
        return None;
    }
    if path.is_symlink() {
        return Some(Err(TreeError::NotAFile { path: name.to_owned(), kind: "symbolic link" }.into()));
    }
    Some(read_pack(&path).map_err(PackFault::from))
}
