//! A git zoo as far as it was fetched; its history is had when a version cannot be found without it.

use std::cell::OnceCell;
use std::rc::Rc;

use super::clock;
use super::git::{FoundVersion, GitError, GitZoo, ListedPack};
use super::mirror::Mirror;
use super::zoo::{ZooError, open_git};
use crate::base::progress::Progress;
use crate::pack::source::ZooEntry;
use crate::pack::tree::{PackTree, TreeError};

/// A git zoo that was opened.
pub(super) struct GitAccess {
    /// What is there.
    pub(super) first: GitZoo,
    /// Where the rest comes from; `None` for a repository that is read in place.
    pub(super) history: Option<History>,
    /// The same with its history, once that was fetched.
    pub(super) whole: OnceCell<GitZoo>,
}

/// What fetches the history of a mirror.
pub(super) struct History {
    pub(super) mirror: Mirror,
    pub(super) entry: ZooEntry,
    pub(super) is_forbidden: bool,
    pub(super) progress: Rc<dyn Progress>,
}

/// The files of a pack, and where they were found.
pub(super) struct GitPack {
    /// The files, or why they are refused.
    pub(super) tree: Result<PackTree, TreeError>,
    /// The commit in full.
    pub(super) commit: String,
    /// The tag that named the version.
    pub(super) tag: Option<String>,
}

impl GitAccess {
    /// Returns the access to a repository that has all there is.
    pub(super) fn of(zoo: GitZoo) -> Self {
        Self { first: zoo, history: None, whole: OnceCell::new() }
    }

    /// Returns the packs where the zoo points, sorted by name.
    pub(super) fn packs(&self) -> Result<Vec<ListedPack>, ZooError> {
        let commit = self.commit()?;
        Ok(self.zoo().packs(commit)?)
    }

    /// Returns the pack `name`, in `version` if one is asked for; `None` if there is none.
    pub(super) fn pack(&self, name: &str, version: Option<&str>) -> Result<Option<GitPack>, ZooError> {
        let (commit, tag) = match version {
            None => (self.commit()?, None),
            Some(version) => match self.find(name, version)? {
                Some(found) => (found.commit, found.tag),
                None => return Ok(None),
            },
        };
        let tree = self.zoo().pack(commit, name)?;
        Ok(tree.map(|tree| GitPack { tree, commit: commit.to_string(), tag }))
    }

    fn zoo(&self) -> &GitZoo {
        self.whole.get().unwrap_or(&self.first)
    }

    /// Returns the commit to read; one that is named by its hash may lie in the history.
    fn commit(&self) -> Result<git2::Oid, ZooError> {
        match self.zoo().commit() {
            Err(GitError::NoReference { .. }) if self.zoo().is_at_hash() && self.deepen()? => {
                Ok(self.zoo().commit()?)
            }
            found => Ok(found?),
        }
    }

    fn find(&self, name: &str, version: &str) -> Result<Option<FoundVersion>, ZooError> {
        self.commit()?;
        match self.zoo().find(name, version)? {
            None if self.deepen()? => Ok(self.zoo().find(name, version)?),
            found => Ok(found),
        }
    }

    /// Fetches the history if it is missing, and tells whether there is more to see now.
    fn deepen(&self) -> Result<bool, ZooError> {
        let Some(history) = self.history.as_ref().filter(|_| self.zoo().is_shallow()) else { return Ok(false) };
        if history.is_forbidden {
            return Err(ZooError::NoHistory { zoo: history.entry.name.clone() });
        }
        history.mirror.fetch_history(clock::now(), history.progress.as_ref())?;
        let _ = self.whole.set(open_git(&history.entry, history.mirror.folder())?);
        Ok(true)
    }
}
