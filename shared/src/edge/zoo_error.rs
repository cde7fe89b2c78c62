//! Why a zoo, or a pack of it, cannot be used.

use std::path::PathBuf;
use std::sync::Arc;

use super::files::FileError;
use super::folder::FolderError;
use super::git::GitError;
use super::http_zoo::HttpZooError;
use super::mirror::MirrorError;
use crate::base::failure::Failure;
use crate::pack::chart::ChartError;
use crate::pack::source::SourceError;
use crate::pack::tree::TreeError;

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
    /// Only its newest state was fetched, and the rest must not be now.
    #[error("the history of zoo `{zoo}` was never fetched, and `--offline` forbids it")]
    NoHistory {
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
    /// Nothing is at its address.
    #[error("Repository {address} does not exist or you do not have access.")]
    NoRepository {
        /// The address.
        address: String,
        /// Why it is no git repository either.
        #[source]
        source: Box<MirrorError>,
    },
    /// Its index cannot be had.
    #[error("Other error occurred during accessing remote repository.")]
    Index(#[source] Box<HttpZooError>),
    /// It did not answer when it was asked before.
    #[error(transparent)]
    Silent(Arc<Self>),
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
    /// Its archive cannot be had.
    #[error(transparent)]
    Archive(#[from] Box<HttpZooError>),
    /// Some file systems would take its name and another pack's for one.
    #[error("some file systems take its name and `{other}` for one")]
    NamesFold {
        /// The other pack.
        other: String,
    },
}

impl ZooError {
    /// Returns the address at which there is nothing; `None` if something else is wrong.
    pub fn empty_address(&self) -> Option<&str> {
        match self {
            Self::NoRepository { address, .. } => Some(address),
            Self::Silent(it) => it.empty_address(),
            _ => None,
        }
    }

    /// Tells whether the zoo was asked, and did not answer as one.
    pub fn is_of_network(&self) -> bool {
        matches!(self, Self::Mirror(_) | Self::NoRepository { .. } | Self::Index(_) | Self::Silent(_))
    }
}

impl Failure for ZooError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::NoFolder { .. } => {
                Some("give a git URL, or the path of a git repository or a folder of packs".to_owned())
            }
            Self::NeverFetched { zoo } => Some(format!("`kubectl pack zoo update {zoo}` fetches it")),
            Self::NoHistory { .. } => {
                Some("an old version that no tag names is found in the history: leave `--offline` out once".to_owned())
            }
            Self::File(it) => it.hint(),
            Self::Git(it) => it.hint(),
            Self::Mirror(it) => it.hint(),
            Self::NoRepository { .. } => {
                Some("check the URL; a private zoo wants NAUTA_ZOO_TOKEN_<ZOO>, or a login in ~/.netrc".to_owned())
            }
            Self::Index(it) => it.hint(),
            Self::Silent(it) => it.hint(),
            Self::Pack { source, .. } => match source {
                PackFault::Chart(it) => it.hint(),
                PackFault::Name(_) => Some("its folder needs another name".to_owned()),
                PackFault::Tree(it) => it.hint(),
                PackFault::Archive(it) => it.hint(),
                PackFault::Folder(it) => it.hint(),
                PackFault::NamesFold { .. } => None,
            },
        }
    }
}
