//! Why a git repository cannot be read as a zoo.

use crate::base::failure::Failure;

/// What libgit2 said.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct GitCause(String);

impl From<git2::Error> for GitCause {
    fn from(error: git2::Error) -> Self {
        Self(error.message().trim_end_matches(['.', '\n']).to_owned())
    }
}

/// What is wrong with the key that a host showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostKey {
    /// The host is not among the known ones.
    Unknown,
    /// It is, with another key.
    Changed,
    /// The list is hashed, and does not tell.
    Either,
}

impl HostKey {
    fn what(self) -> &'static str {
        match self {
            Self::Unknown => "its host is not in ~/.ssh/known_hosts",
            Self::Changed => "its host shows another key than the one in ~/.ssh/known_hosts",
            Self::Either => "its host is not in ~/.ssh/known_hosts, or has another key there",
        }
    }
}

/// Why a git repository cannot be read as a zoo.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// It cannot be opened.
    #[error("cannot open the git repository `{location}`")]
    Open {
        /// Its path or URL, without user info.
        location: String,
        /// What stands in the way.
        #[source]
        source: GitCause,
    },
    /// The remote repository cannot be reached, or does not answer as one.
    #[error("cannot fetch `{location}`")]
    Fetch {
        /// Its URL, without user info.
        location: String,
        /// What stands in the way.
        #[source]
        source: GitCause,
    },
    /// The remote repository does not let us in.
    #[error("cannot fetch `{location}`: it wants a login")]
    Login {
        /// Its URL, without user info.
        location: String,
        /// What to do about it.
        hint: &'static str,
        /// What stands in the way.
        #[source]
        source: GitCause,
    },
    /// The machine at the other end is none that is known.
    #[error("cannot fetch `{location}`: {}", key.what())]
    UnknownHost {
        /// Its URL, without user info.
        location: String,
        /// The host, and its port if need be, as `ssh` takes them.
        host: String,
        /// The host as the list of known ones names it.
        entry: String,
        /// What is wrong with its key.
        key: HostKey,
    },
    /// Nothing was ever committed.
    #[error("the git repository `{location}` is empty")]
    Empty {
        /// Its path or URL, without user info.
        location: String,
    },
    /// There is no such branch or tag.
    #[error("the git repository `{location}` has no branch or tag `{reference}`")]
    NoReference {
        /// Its path or URL, without user info.
        location: String,
        /// The one asked for.
        reference: String,
        /// The one that is nearest to it.
        nearest: Option<String>,
    },
    /// There is no such folder.
    #[error("the git repository `{location}` has no folder `{subdir}`")]
    NoSubdir {
        /// Its path or URL, without user info.
        location: String,
        /// The one asked for.
        subdir: String,
    },
    /// An object is missing or damaged.
    #[error("cannot read the git repository `{location}`")]
    Read {
        /// Its path or URL, without user info.
        location: String,
        /// What stands in the way.
        #[source]
        source: GitCause,
    },
}

impl Failure for GitError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Open { source, .. } if source.0.contains("not owned by") => {
                "it belongs to another user: `git config --global --add safe.directory <its path>` trusts it".to_owned()
            }
            Self::Fetch { .. } => "check the URL and the network; `--offline` uses what was fetched before".to_owned(),
            Self::Login { hint, .. } => (*hint).to_owned(),
            Self::UnknownHost { host, key: HostKey::Unknown, .. } => {
                format!("`ssh {host}` shows its key and adds it; compare it with what the host's owner says")
            }
            Self::UnknownHost { entry, key: HostKey::Changed, .. } => format!(
                "somebody may pose as the host: ask its owner; if the key was changed, `ssh-keygen -R '{entry}'` forgets \
                 the old one"
            ),
            Self::UnknownHost { host, key: HostKey::Either, .. } => {
                format!("`ssh {host}` shows its key and adds it; if the key changed, ask who runs the host first")
            }
            Self::Empty { .. } => "commit a pack to it first".to_owned(),
            Self::NoReference { nearest: Some(nearest), .. } => format!("did you mean `{nearest}`?"),
            Self::NoReference { .. } => {
                "give the name of a branch or a tag with `--ref`; this one may have been deleted or renamed".to_owned()
            }
            Self::NoSubdir { .. } => "`--subdir` names the folder that holds the packs, from the top".to_owned(),
            Self::Open { .. } | Self::Read { .. } => return None,
        })
    }
}
