//! A zoo of any kind: what it offers, and the files of a pack from it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::builtin;
use super::files::{At, FileError};
use super::folder::{FolderError, read_outline, read_pack};
use super::git::{GitError, GitZoo};
use super::git_access::{GitAccess, GitPack};
use super::http_zoo::{Caller, HttpZoo};
use super::remote::Remote;
pub use super::zoo_error::{PackFault, ZooError};
use crate::pack::catalogue::Offer;
use crate::pack::chart::{CHART_FILE, Chart};
use crate::pack::index::{BadEntry, Index, IndexEntry};
use crate::pack::source::{Location, ZooEntry, check_pack_name, is_no_pack, is_same_version, without_user_info};
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

/// A zoo that was opened.
pub struct Zoo {
    /// What the configuration says of it.
    pub entry: ZooEntry,
    /// Why an older state of it is used than was asked for, if so.
    pub stale: Option<ZooError>,
    /// When it was last fetched; `None` where nothing is fetched.
    pub updated_at: Option<Timestamp>,
    /// Whether it was asked just now.
    pub is_asked: bool,
    /// The entries of its index that cannot be used, and are left out.
    pub skipped: Vec<BadEntry>,
    pub(super) access: Access,
}

pub(super) enum Access {
    Git(Box<GitAccess>),
    Http(Box<HttpAccess>),
    Folder(PathBuf),
    Builtin,
}

/// An HTTP zoo whose index is at hand, and how its archives are had.
pub(super) struct HttpAccess {
    pub(super) zoo: HttpZoo,
    pub(super) index: Index,
    pub(super) archives: Freshness,
    pub(super) caller: Caller,
}

/// What remote zoos are reached with, and where copies of them are kept.
pub struct Outside {
    /// Mirrors of git repositories.
    pub mirrors: PathBuf,
    /// Indexes and archives of HTTP zoos.
    pub http: PathBuf,
    /// Who asks.
    pub caller: Caller,
    /// How fresh archives must be, which a zoo that was asked for its index a moment ago need not tell.
    pub archives: Freshness,
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
    /// `sha256:…` of the archive, where there was one.
    pub digest: Option<String>,
}

/// A pack's files as a zoo gave them, before anything in them is read.
#[derive(Default)]
struct Given {
    tree: PackTree,
    commit: Option<String>,
    tag: Option<String>,
    /// The version that the zoo's index says.
    version: Option<String>,
    digest: Option<String>,
}

impl Zoo {
    /// Opens a zoo; a remote one is brought up to date as far as `freshness` asks.
    pub fn open(entry: &ZooEntry, freshness: Freshness, outside: &Outside) -> Result<Self, ZooError> {
        match entry.location() {
            Location::Builtin => Ok(Self::with(entry, Access::Builtin)),
            Location::Path(path) => Ok(Self::with(entry, access_path(entry, Path::new(&path))?)),
            Location::Remote(url) => Remote { entry, url: &url, freshness, outside }.open(),
        }
    }

    pub(super) fn with(entry: &ZooEntry, access: Access) -> Self {
        Self { entry: entry.clone(), stale: None, updated_at: None, is_asked: false, skipped: Vec::new(), access }
    }

    /// Returns what kind of zoo it is: `git`, `http`, `folder` or `builtin`.
    pub fn kind(&self) -> &'static str {
        match &self.access {
            Access::Git(_) => "git",
            Access::Http(_) => "http",
            Access::Folder(_) => "folder",
            Access::Builtin => "builtin",
        }
    }

    /// Returns its packs, sorted by name; a broken one does not hide the others.
    pub fn packs(&self) -> Result<Vec<ZooPack>, ZooError> {
        let listed: Vec<ListedPack> = match &self.access {
            Access::Git(git) => {
                git.packs()?.into_iter().map(|(name, chart)| (name, chart.map_err(PackFault::from))).collect()
            }
            Access::Http(http) => return Ok(self.indexed(&http.index)),
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

    /// Returns what an index offers; its names were checked when it was read.
    fn indexed(&self, index: &Index) -> Vec<ZooPack> {
        let offer = |it: &IndexEntry| Offer {
            zoo: self.entry.name.clone(),
            name: it.name.clone(),
            version: Some(it.version.clone()),
            description: it.description.clone(),
            broken: false,
        };
        index.entries.iter().map(|it| ZooPack { offer: offer(it), fault: None }).collect()
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
        let given = match &self.access {
            Access::Git(git) => match git.pack(name, version)? {
                None => return Ok(None),
                Some(GitPack { tree, commit, tag }) => Some(tree.map_err(PackFault::from).map(|tree| Given {
                    tree,
                    commit: Some(commit),
                    tag,
                    ..Given::default()
                })),
            },
            Access::Http(http) => {
                let entry = http
                    .index
                    .entry(name)
                    .filter(|it| version.is_none_or(|wanted| is_same_version(&it.version, wanted)));
                entry.map(|entry| {
                    let fetched = http.zoo.archive(entry, http.archives, &http.caller).map_err(Box::new)?;
                    let (version, digest) = (Some(entry.version.clone()), Some(fetched.digest));
                    Ok(Given { tree: fetched.unpacked.tree, version, digest, ..Given::default() })
                })
            }
            Access::Folder(folder) => {
                folder_pack(folder, name, read_pack).map(|tree| Ok(Given { tree: tree?, ..Given::default() }))
            }
            Access::Builtin => builtin::tree(name).map(|tree| Ok(Given { tree, ..Given::default() })),
        };
        let Some(given) = given else { return Ok(None) };
        let taken = given.and_then(|given| self.taken(name, given, version));
        let taken = taken.map_err(|source| self.refused(name, source))?;
        let fits = version.is_none_or(|wanted| taken.version.as_deref().is_some_and(|it| is_same_version(it, wanted)));
        Ok(fits.then_some(taken))
    }

    fn taken(&self, name: &str, given: Given, wanted: Option<&str>) -> Result<Taken, PackFault> {
        check_pack_name(name)?;
        let Given { tree, commit, tag, version, digest } = given;
        let chart = Chart::read(name, tree.text(CHART_FILE).unwrap_or_default())?;
        chart.check_identity(name)?;
        // A tag of its own is the zoo's word for the version; a chart that says otherwise is only warned about.
        let differs = |wanted: &&str| !chart.version.as_deref().is_some_and(|it| is_same_version(it, wanted));
        let by_tag = tag.is_some().then_some(wanted).flatten().filter(differs).map(str::to_owned);
        let version = version.or(by_tag).or_else(|| chart.version.clone());
        let reference = tag.or_else(|| commit.as_ref().and_then(|_| self.entry.reference.clone()));
        Ok(Taken { tree, chart, version, commit, reference, digest })
    }

    /// Returns the zoo's URL for people and receipts: without user info.
    pub fn shown_url(&self) -> String {
        without_user_info(&self.entry.url)
    }
}

pub(super) fn open_git(entry: &ZooEntry, path: &Path) -> Result<GitZoo, GitError> {
    let shown = without_user_info(&entry.url);
    GitZoo::open(path, &shown, entry.reference.as_deref(), entry.subdir.as_deref())
}

fn access_path(entry: &ZooEntry, path: &Path) -> Result<Access, ZooError> {
    if !path.is_dir() {
        return Err(ZooError::NoFolder { zoo: entry.name.clone(), path: path.to_owned() });
    }
    if GitZoo::is_at(path) {
        return Ok(Access::Git(Box::new(GitAccess::of(open_git(entry, path)?))));
    }
    let folder = entry.subdir.as_ref().map_or_else(|| path.to_owned(), |it| path.join(it));
    if folder.is_dir() {
        return Ok(Access::Folder(folder));
    }
    Err(ZooError::NoFolder { zoo: entry.name.clone(), path: folder })
}

/// Returns the packs of a plain folder with their Chart.yaml, sorted by name.
fn folder_packs(folder: &Path) -> Result<Vec<ListedPack>, FileError> {
    let mut packs = Vec::new();
    for entry in fs::read_dir(folder).at("read", folder)? {
        let entry = entry.at("read", folder)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if let Some(tree) = folder_pack(folder, &name, read_outline) {
            let chart = tree.map(|it| it.text(CHART_FILE).unwrap_or_default().to_owned());
            packs.push((name, chart));
        }
    }
    packs.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(packs)
}

/// Returns the pack `name` of a plain folder as `read` reads it; `None` if there is none.
fn folder_pack(
    folder: &Path,
    name: &str,
    read: impl Fn(&Path) -> Result<PackTree, FolderError>,
) -> Option<Result<PackTree, PackFault>> {
    let path = folder.join(name);
    if is_no_pack(name) || !path.join(CHART_FILE).is_file() {
        return None;
    }
    if path.is_symlink() {
        return Some(Err(TreeError::NotAFile { path: name.to_owned(), kind: "symbolic link" }.into()));
    }
    Some(read(&path).map_err(PackFault::from))
}
