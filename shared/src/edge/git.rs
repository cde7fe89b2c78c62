//! Packs in a git repository, read from its objects: no work tree, no checkout, no `git` program.

mod walk;

use std::path::Path;

use git2::{Commit, ErrorCode, ObjectType, Oid, Repository, Tree};

use crate::base::suggest::nearest;
use crate::pack::chart::{CHART_FILE, Chart};
use crate::pack::source::{is_no_pack, is_same_version, tag_names};
use crate::pack::tree::{PackTree, TreeError};

pub use super::git_error::{GitCause, GitError, HostKey};

/// A git repository on this machine, with the place in it where packs are.
pub struct GitZoo {
    repository: Repository,
    location: String,
    reference: Option<String>,
    subdir: Option<String>,
}

/// Where a version of a pack was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundVersion {
    /// The commit.
    pub commit: Oid,
    /// The tag; `None` if the history told.
    pub tag: Option<String>,
}

/// A pack among others: its name, and its Chart.yaml or why the pack is refused.
pub type ListedPack = (String, Result<String, TreeError>);

impl GitZoo {
    /// Opens the repository at `path`; `location` is how it is called in messages.
    pub fn open(path: &Path, location: &str, reference: Option<&str>, subdir: Option<&str>) -> Result<Self, GitError> {
        let location = location.to_owned();
        let repository =
            Repository::open(path).map_err(|it| GitError::Open { location: location.clone(), source: it.into() })?;
        Ok(Self { repository, location, reference: reference.map(str::to_owned), subdir: subdir.map(str::to_owned) })
    }

    /// Tells whether `path` itself is a git repository, bare or with a work tree.
    pub fn is_at(path: &Path) -> bool {
        match Repository::open(path) {
            Ok(_) => true,
            // What is there, and cannot be opened, is said when it is.
            Err(error) => error.code() != ErrorCode::NotFound,
        }
    }

    /// Tells whether only a part of the history is there.
    pub fn is_shallow(&self) -> bool {
        self.repository.is_shallow()
    }

    /// Tells whether what is asked for may be a commit by its hash, which no branch or tag need name.
    pub fn is_at_hash(&self) -> bool {
        self.reference.as_deref().is_some_and(is_hash)
    }

    fn read<T>(&self, result: Result<T, git2::Error>) -> Result<T, GitError> {
        result.map_err(|it| GitError::Read { location: self.location.clone(), source: it.into() })
    }

    /// Returns the commit to read: that of the branch or tag asked for, else of the default branch.
    pub fn commit(&self) -> Result<Oid, GitError> {
        match &self.reference {
            Some(reference) => self.commit_of(reference),
            None => self.head(),
        }
    }

    fn head(&self) -> Result<Oid, GitError> {
        match self.repository.head().and_then(|it| it.peel_to_commit()) {
            Ok(commit) => Ok(commit.id()),
            Err(error) if matches!(error.code(), ErrorCode::UnbornBranch | ErrorCode::NotFound) => {
                if self.read(self.repository.references())?.next().is_none() {
                    return Err(GitError::Empty { location: self.location.clone() });
                }
                let unborn = self.repository.find_reference("HEAD").ok();
                let target = unborn.as_ref().and_then(|it| it.symbolic_target().ok().flatten()).unwrap_or("HEAD");
                Err(self.no_reference(target.trim_start_matches("refs/heads/")))
            }
            Err(error) => self.read(Err(error)),
        }
    }

    fn commit_of(&self, reference: &str) -> Result<Oid, GitError> {
        for prefix in ["refs/heads/", "refs/tags/", "refs/remotes/origin/", ""] {
            let name = format!("{prefix}{reference}");
            if let Ok(found) = self.repository.find_reference(&name)
                && let Ok(commit) = found.peel_to_commit()
            {
                return Ok(commit.id());
            }
        }
        let object = is_hash(reference).then(|| self.repository.revparse_single(reference).ok()).flatten();
        match object.and_then(|it| it.peel_to_commit().ok()) {
            Some(commit) => Ok(commit.id()),
            None if self.repository.is_empty().unwrap_or(false) => {
                Err(GitError::Empty { location: self.location.clone() })
            }
            None => Err(self.no_reference(reference)),
        }
    }

    fn no_reference(&self, reference: &str) -> GitError {
        let references = self.repository.references();
        let names: Vec<String> =
            references.into_iter().flatten().filter_map(|it| it.ok()?.shorthand().ok().map(str::to_owned)).collect();
        GitError::NoReference {
            location: self.location.clone(),
            reference: reference.to_owned(),
            nearest: nearest(reference, names.iter().map(String::as_str)).map(str::to_owned),
        }
    }

    fn find_commit(&self, id: Oid) -> Result<Commit<'_>, GitError> {
        self.read(self.repository.find_commit(id))
    }

    /// Returns the folder of packs; `None` if that commit has no such folder.
    fn packs_folder<'a>(&'a self, commit: &Commit<'a>) -> Result<Option<Tree<'a>>, GitError> {
        let top = self.read(commit.tree())?;
        match &self.subdir {
            None => Ok(Some(top)),
            Some(subdir) => self.folder(&top, subdir),
        }
    }

    fn folder(&self, tree: &Tree<'_>, path: &str) -> Result<Option<Tree<'_>>, GitError> {
        match tree.get_path(Path::new(path)) {
            Ok(entry) if entry.kind() == Some(ObjectType::Tree) => {
                self.read(self.repository.find_tree(entry.id())).map(Some)
            }
            Ok(_) => Ok(None),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => self.read(Err(error)),
        }
    }

    /// Returns the name and the Chart.yaml of a folder of packs that is a pack itself; else `None`.
    ///
    /// Nobody called it as the pack is called, so its chart's name counts.
    fn pack_itself(&self, folder: &Tree<'_>) -> Result<Option<ListedPack>, GitError> {
        let Ok(entry) = folder.get_path(Path::new(CHART_FILE)) else { return Ok(None) };
        if entry.kind() != Some(ObjectType::Blob) {
            return Ok(None);
        }
        let text = self.chart_text(entry.id())?;
        let place = self.subdir.as_deref().unwrap_or(&self.location).trim_end_matches('/');
        let place = place.rsplit(['/', ':']).next().unwrap_or_default().trim_end_matches(".git");
        let chart = text.as_ref().ok().and_then(|it| Chart::read(place, it).ok());
        let name = chart.map_or_else(|| place.to_owned(), |it| it.name);
        Ok(Some((name, text)))
    }

    /// Returns the folder of the pack `name` in a folder of packs; `None` if there is no such pack.
    fn pack_folder<'a>(&'a self, folder: Tree<'a>, name: &str) -> Result<Option<Tree<'a>>, GitError> {
        if self.pack_itself(&folder)?.is_some_and(|it| it.0 == name) {
            return Ok(Some(folder));
        }
        let tree = self.folder(&folder, name)?;
        Ok(tree.filter(|it| it.get_path(Path::new(CHART_FILE)).is_ok()))
    }

    /// Returns the packs at `commit`, sorted by name.
    pub fn packs(&self, commit: Oid) -> Result<Vec<ListedPack>, GitError> {
        let folder = self.packs_folder(&self.find_commit(commit)?)?;
        let folder = folder.ok_or_else(|| self.no_subdir())?;
        let mut packs = Vec::new();
        let mut seen = 0;
        if let Some((name, chart)) = self.pack_itself(&folder)? {
            packs.push((name, self.check(&folder, &mut seen)?.and(chart)));
        }
        for entry in &folder {
            let name = String::from_utf8_lossy(entry.name_bytes()).into_owned();
            if entry.kind() != Some(ObjectType::Tree) || is_no_pack(&name) {
                continue;
            }
            let tree = self.read(self.repository.find_tree(entry.id()))?;
            let Ok(chart) = tree.get_path(Path::new(CHART_FILE)) else { continue };
            let listed = match self.check(&tree, &mut seen)? {
                Ok(()) => self.chart_text(chart.id())?,
                Err(error) => Err(error),
            };
            packs.push((name, listed));
        }
        packs.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(packs)
    }

    fn no_subdir(&self) -> GitError {
        GitError::NoSubdir { location: self.location.clone(), subdir: self.subdir.clone().unwrap_or_default() }
    }

    /// Returns the files of the pack `name` at `commit`; `None` if there is no such pack.
    pub fn pack(&self, commit: Oid, name: &str) -> Result<Option<Result<PackTree, TreeError>>, GitError> {
        let Some(folder) = self.packs_folder(&self.find_commit(commit)?)? else { return Ok(None) };
        let Some(tree) = self.pack_folder(folder, name)? else { return Ok(None) };
        self.take(&tree).map(Some)
    }

    /// Returns where `version` of the pack `name` is: at a tag, else at the newest commit of the first-parent history.
    pub fn find(&self, name: &str, version: &str) -> Result<Option<FoundVersion>, GitError> {
        for (tag, is_own) in tag_names(name, version) {
            let Ok(reference) = self.repository.find_reference(&format!("refs/tags/{tag}")) else { continue };
            let Ok(commit) = reference.peel_to_commit() else { continue };
            let chart = self.chart_at(&commit, name)?.map(|id| self.version_in(name, id)).transpose()?;
            let fits = chart.is_some_and(|it| is_own || it.is_some_and(|it| is_same_version(&it, version)));
            if fits {
                return Ok(Some(FoundVersion { commit: commit.id(), tag: Some(tag) }));
            }
        }
        self.find_in_history(name, version)
    }

    fn find_in_history(&self, name: &str, version: &str) -> Result<Option<FoundVersion>, GitError> {
        let mut commit = self.find_commit(self.commit()?)?;
        let mut seen: Option<Oid> = None;
        loop {
            let chart = self.chart_at(&commit, name)?;
            if let Some(id) = chart.filter(|it| Some(*it) != seen)
                && self.version_in(name, id)?.is_some_and(|it| is_same_version(&it, version))
            {
                return Ok(Some(FoundVersion { commit: commit.id(), tag: None }));
            }
            seen = chart;
            commit = match commit.parent(0) {
                Ok(parent) => parent,
                // The first commit, or the edge of a shallow clone.
                Err(_) => return Ok(None),
            };
        }
    }

    /// Returns the id of the pack's Chart.yaml at a commit.
    fn chart_at(&self, commit: &Commit<'_>, name: &str) -> Result<Option<Oid>, GitError> {
        let Some(folder) = self.packs_folder(commit)? else { return Ok(None) };
        let Some(tree) = self.pack_folder(folder, name)? else { return Ok(None) };
        let entry = tree.get_path(Path::new(CHART_FILE)).ok();
        Ok(entry.filter(|it| it.kind() == Some(ObjectType::Blob)).map(|it| it.id()))
    }

    fn version_in(&self, name: &str, chart: Oid) -> Result<Option<String>, GitError> {
        let text = self.chart_text(chart)?.unwrap_or_default();
        Ok(Chart::read(name, &text).ok().and_then(|it| it.version))
    }
}

fn is_hash(reference: &str) -> bool {
    reference.len() >= 7 && reference.bytes().all(|it| it.is_ascii_hexdigit())
}
