//! Bare mirrors of remote git repositories: made in one step or not at all, later only brought up to date.
//!
//! A new mirror has the tips of the branches and tags alone, where the other end can send less than everything; its
//! history is fetched when somebody asks for a version that no tag names.

use std::fs;
use std::path::{Path, PathBuf};

use git2::{
    AutotagOption, ErrorClass, ErrorCode, FetchOptions, FetchPrune, ProxyOptions, RemoteCallbacks, RemoteRedirect,
    Repository,
};
use jiff::Timestamp;

use super::files::{At, FileError, create_folder, read_text_if_any};
use super::git::GitError;
use super::git_login::{Logins, unknown_host};
use super::lock::Lock;
use crate::base::digest::sha256;
use crate::base::failure::Failure;
use crate::base::progress::Progress;
use crate::pack::credentials::Credentials;
use crate::pack::credentials::is_open_http;
use crate::pack::source::without_user_info;

/// Why a mirror could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum MirrorError {
    /// Its place cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The remote repository cannot be fetched.
    #[error(transparent)]
    Git(#[from] GitError),
}

impl Failure for MirrorError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::File(it) => it.hint_with("NAUTA_HOME", "a store"),
            Self::Git(it) => it.hint(),
        }
    }
}

impl MirrorError {
    /// Tells whether there is a git repository that does not let us in.
    pub fn wants_login(&self) -> bool {
        matches!(self, Self::Git(GitError::Login { .. } | GitError::UnknownHost { .. }))
    }
}

/// The mirror of one URL.
#[derive(Debug, Clone)]
pub struct Mirror {
    url: String,
    credentials: Credentials,
    folder: PathBuf,
}

/// The file inside a mirror that says when it was fetched.
const FETCHED: &str = "nauta-fetched";
/// All branches and tags, as the remote has them now, whatever they were before.
const REFSPECS: [&str; 2] = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"];

/// How much of the history is fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Depth {
    /// The commits that branches and tags name, and nothing before them.
    Tips,
    /// All of it, where a part of it is there.
    History,
    /// All of it, by what is there.
    Whole,
}

impl Depth {
    /// Returns the number of commits as libgit2 takes it.
    fn commits(self) -> i32 {
        match self {
            Self::Tips => 1,
            Self::History => i32::MAX,
            Self::Whole => 0,
        }
    }
}

/// Why a fetch failed, and whether the other end had told its branches and tags by then.
struct FetchFailure {
    error: git2::Error,
    is_answered: bool,
}

impl From<git2::Error> for FetchFailure {
    fn from(error: git2::Error) -> Self {
        Self { error, is_answered: false }
    }
}

impl Mirror {
    /// Returns the mirror of `url` below the folder `mirrors`; it need not exist.
    pub fn of(url: &str, mirrors: &Path, credentials: &Credentials) -> Self {
        let hash = sha256(url.as_bytes());
        Self { url: url.to_owned(), credentials: credentials.clone(), folder: mirrors.join(&hash[..32]) }
    }

    /// Returns where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns when it was last fetched; `None` if never.
    pub fn fetched_at(&self) -> Option<Timestamp> {
        let text = read_text_if_any(&self.folder.join(FETCHED)).ok()??;
        text.trim().parse().ok()
    }

    /// Brings the mirror up to date, making it if need be.
    pub fn fetch(&self, now: Timestamp, progress: &dyn Progress) -> Result<(), MirrorError> {
        self.update(None, now, progress)
    }

    /// Brings the mirror up to date with the history of all branches and tags, which stays from then on.
    pub fn fetch_history(&self, now: Timestamp, progress: &dyn Progress) -> Result<(), MirrorError> {
        self.update(Some(Depth::History), now, progress)
    }

    fn update(&self, wanted: Option<Depth>, now: Timestamp, progress: &dyn Progress) -> Result<(), MirrorError> {
        let _lock = Lock::take(&self.folder.with_extension("lock"), || {})?;
        let Ok(repository) = Repository::open_bare(&self.folder) else {
            return self.make(wanted.unwrap_or(Depth::Tips), now, progress);
        };
        let depth = match (repository.is_shallow(), wanted) {
            (false, _) => Depth::Whole,
            (true, wanted) => wanted.unwrap_or(Depth::Tips),
        };
        match self.fetch_into(&repository, depth, progress) {
            Ok(()) => Self::mark(&self.folder, now),
            // The other end sends no parts.
            Err(failure) if failure.is_answered && depth != Depth::Whole => self.make(depth, now, progress),
            // A branch took the place of a folder of branches, or objects are damaged: begin anew.
            Err(failure) if is_of_mirror(&failure.error) => self.make(depth, now, progress),
            Err(failure) => Err(self.failed(failure.error)),
        }
    }

    fn make(&self, depth: Depth, now: Timestamp, progress: &dyn Progress) -> Result<(), MirrorError> {
        let mirrors = self.folder.parent().unwrap_or(&self.folder);
        create_folder(mirrors)?;
        let stage = tempfile::Builder::new().prefix("new-").tempdir_in(mirrors).at("create", mirrors)?;
        let depths: &[Depth] = if depth == Depth::Tips { &[Depth::Tips, Depth::Whole] } else { &[Depth::Whole] };
        let mut staged = stage.path().join("git");
        for depth in depths {
            staged = stage.path().join(format!("{depth:?}"));
            let repository = Repository::init_bare(&staged).map_err(|it| self.failed(it))?;
            match self.fetch_into(&repository, *depth, progress) {
                Ok(()) => break,
                Err(failure) if failure.is_answered && *depth == Depth::Tips => {}
                Err(failure) => return Err(self.failed(failure.error)),
            }
        }
        Self::mark(&staged, now)?;
        if fs::symlink_metadata(&self.folder).is_ok() {
            fs::remove_dir_all(&self.folder).at("remove", &self.folder)?;
        }
        fs::rename(&staged, &self.folder).at("create", &self.folder)?;
        Ok(())
    }

    fn fetch_into(&self, repository: &Repository, depth: Depth, progress: &dyn Progress) -> Result<(), FetchFailure> {
        progress.begin(&format!("Fetching {}", without_user_info(&self.url)), None);
        let mut logins = Logins::new(&self.credentials);
        let mut callbacks = RemoteCallbacks::new();
        callbacks.credentials(|url, user, allowed| logins.next(url, user, allowed));
        callbacks.transfer_progress(|it| {
            progress.advance(it.received_objects() as u64, Some(it.total_objects() as u64));
            true
        });
        let mut options = FetchOptions::new();
        options.remote_callbacks(callbacks).prune(FetchPrune::On).download_tags(AutotagOption::None);
        options.depth(depth.commits());
        // A login is for this host alone, and libgit2 would show it to whichever host a redirection leads to.
        options.follow_redirects(RemoteRedirect::None);
        let mut proxy = ProxyOptions::new();
        options.proxy_options(std::mem::take(proxy.auto()));
        let mut remote = repository.remote_anonymous(&self.url)?;
        let fetched = remote.fetch(&REFSPECS, Some(&mut options), None);
        progress.end();
        fetched.map_err(|error| FetchFailure { error, is_answered: remote.list().is_ok() })?;
        // A remote without commits has no default branch; HEAD then names one that does not exist yet.
        if let Ok(branch) = remote.default_branch() {
            repository.set_head(std::str::from_utf8(&branch).unwrap_or("refs/heads/main"))?;
        }
        Ok(())
    }

    fn mark(folder: &Path, now: Timestamp) -> Result<(), MirrorError> {
        let file = folder.join(FETCHED);
        Ok(fs::write(&file, now.to_string()).at("write", &file)?)
    }

    fn failed(&self, error: git2::Error) -> MirrorError {
        let location = without_user_info(&self.url);
        match error.code() {
            ErrorCode::Certificate if error.class() == ErrorClass::Ssh => unknown_host(&self.url, location).into(),
            ErrorCode::Auth => {
                let hint = if error.class() == ErrorClass::Ssh {
                    "`ssh-add` hands your key to the agent; without an agent, a key without passphrase in ~/.ssh is used"
                } else if is_open_http(&self.url) {
                    "tokens and ~/.netrc are shown to https servers only: give the zoo's https address"
                } else {
                    "set NAUTA_ZOO_TOKEN_<ZOO>, or use a git credential helper or ~/.netrc"
                };
                GitError::Login { location, hint, source: error.into() }.into()
            }
            _ => GitError::Fetch { location, source: error.into() }.into(),
        }
    }
}

/// Tells whether the fault may lie in the mirror: in anything but the network.
fn is_of_mirror(error: &git2::Error) -> bool {
    !matches!(error.class(), ErrorClass::Net | ErrorClass::Http | ErrorClass::Ssl | ErrorClass::Ssh)
}

#[cfg(test)]
mod tests;
