//! A zoo behind HTTP, and what is kept of it: its index and the archives that were fetched.

use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use url::Url;

use super::clock;
use super::files::{FileError, read_text_if_any, write_atomically};
use super::http::{Answer, Get, Http, HttpError, Validators};
use super::lock::Lock;
use super::zoo::Freshness;
use crate::base::digest::sha256;
use crate::base::failure::Failure;
use crate::base::progress::Progress;
use crate::pack::credentials::Credentials;
use crate::pack::index::{INDEX_FILE, Index, IndexEntry, IndexError};
use crate::pack::unpack::{MOST_ARCHIVE_BYTES, UnpackError, Unpacked, unpack};

/// What was fetched longer ago is asked for again.
pub(super) const RECENT: SignedDuration = SignedDuration::from_mins(10);
/// The most bytes of an index: room for a hundred thousand packs.
const MOST_INDEX_BYTES: u64 = 32 << 20;

/// Why something of an HTTP zoo cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum HttpZooError {
    /// It did not come.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// What came is no index.
    #[error("`{url}` is no index of a zoo")]
    Index {
        /// Where it came from.
        url: String,
        /// What is wrong with it.
        #[source]
        source: IndexError,
    },
    /// What came is not the archive that the index means.
    #[error("`{url}` is not the archive that the index promises: its SHA-256 is {found}, not {expected}")]
    Digest {
        /// Where it came from.
        url: String,
        /// What came.
        found: String,
        /// What the index says.
        expected: String,
    },
    /// What came cannot be unpacked.
    #[error("cannot unpack `{url}`")]
    Unpack {
        /// Where it came from.
        url: String,
        /// What is wrong with it.
        #[source]
        source: UnpackError,
    },
    /// It was never fetched, and must not be now.
    #[error("`{url}` was never fetched, and `--offline` forbids it")]
    NeverFetched {
        /// Where it is.
        url: String,
    },
}

impl Failure for HttpZooError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Http(it) => it.hint(),
            Self::Index { source, .. } => source.hint(),
            Self::Digest { .. } => {
                Some("the zoo is being changed, or somebody changed the archive: ask its maintainers".to_owned())
            }
            Self::Unpack { source, .. } => source.hint(),
            Self::NeverFetched { .. } => Some("leave `--offline` out".to_owned()),
        }
    }
}

/// Who asks, and with what.
#[derive(Clone)]
pub struct Caller {
    /// Makes the requests.
    pub http: Arc<Http>,
    /// What the zoo may be shown.
    pub credentials: Credentials,
    /// Hears how it goes.
    pub progress: Rc<dyn Progress>,
}

/// An HTTP zoo: its address, and the folder of what was fetched from it.
pub struct HttpZoo {
    base: Url,
    folder: PathBuf,
}

/// What is noted about a copy.
#[derive(Debug, Serialize, Deserialize)]
struct Note {
    #[serde(flatten)]
    validators: Validators,
    sha256: String,
    fetched_at: Timestamp,
}

/// A copy that is whole and passed its check.
struct Copy<T> {
    note: Note,
    value: T,
}

/// An archive that was fetched and unpacked.
#[derive(Debug)]
pub struct Fetched {
    /// Its files.
    pub unpacked: Unpacked,
    /// `sha256:…` of the archive.
    pub digest: String,
}

impl HttpZoo {
    /// Returns the zoo at `url`, kept below the folder `cache`; `None` if that is no http or https URL.
    pub fn of(url: &str, cache: &Path) -> Option<Self> {
        let mut base = Url::parse(url).ok().filter(|it| matches!(it.scheme(), "http" | "https"))?;
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        base.set_fragment(None);
        Some(Self { folder: cache.join(key(base.as_str())), base })
    }

    /// Returns when its index was last fetched; `None` if never, or if the copy is damaged.
    pub fn fetched_at(&self) -> Option<Timestamp> {
        self.note("index").map(|it| it.fetched_at)
    }

    /// Returns the index as it was fetched last.
    pub fn kept_index(&self) -> Option<Index> {
        Some(self.copy("index", &|it| Index::read(it))?.value)
    }

    /// Asks for the index, and keeps it.
    pub fn fetch_index(&self, caller: &Caller) -> Result<Index, HttpZooError> {
        let mut url = self.base.join(INDEX_FILE).map_err(|_| HttpError::BadUrl { url: self.base.to_string() })?;
        url.set_query(self.base.query());
        let shown = crate::pack::source::without_user_info(url.as_str());
        let check =
            |bytes: &[u8]| Index::read(bytes).map_err(|source| HttpZooError::Index { url: shown.clone(), source });
        let get = Get {
            url: &url,
            credentials: &caller.credentials,
            limit: MOST_INDEX_BYTES,
            may_be_encoded: true,
            copy: None,
        };
        self.fetch("index", get, caller, &check)
    }

    /// Returns the pack of an entry, out of its archive.
    pub fn archive(&self, entry: &IndexEntry, freshness: Freshness, caller: &Caller) -> Result<Fetched, HttpZooError> {
        let url = self.base.join(&entry.url).ok().filter(|it| matches!(it.scheme(), "http" | "https"));
        let url = url.ok_or_else(|| HttpError::BadUrl { url: entry.url.clone() })?;
        self.archive_at(&url, Some(&entry.name), entry.sha256.as_deref(), freshness, caller)
    }

    fn archive_at(
        &self,
        url: &Url,
        name: Option<&str>,
        expected: Option<&str>,
        freshness: Freshness,
        caller: &Caller,
    ) -> Result<Fetched, HttpZooError> {
        let shown = crate::pack::source::without_user_info(url.as_str());
        let check = |bytes: &[u8]| {
            let found = sha256(bytes);
            if let Some(expected) = expected.filter(|it| *it != found) {
                return Err(HttpZooError::Digest { url: shown.clone(), found, expected: expected.to_owned() });
            }
            let unpacked = unpack(bytes, name).map_err(|source| HttpZooError::Unpack { url: shown.clone(), source })?;
            Ok(Fetched { unpacked, digest: format!("sha256:{found}") })
        };
        let place = key(url.as_str());
        if let Some(copy) = self.copy(&place, &check) {
            // A copy with the promised digest is what the zoo has, whoever is asked.
            let is_recent = freshness == Freshness::Recent && copy.note.is_recent();
            if expected.is_some() || freshness == Freshness::Offline || is_recent {
                return Ok(copy.value);
            }
        } else if freshness == Freshness::Offline {
            return Err(HttpZooError::NeverFetched { url: shown });
        }
        let get =
            Get { url, credentials: &caller.credentials, limit: MOST_ARCHIVE_BYTES, may_be_encoded: false, copy: None };
        self.fetch(&place, get, caller, &check)
    }

    /// Gets what is kept as `place`, unless the copy is what the server has; keeps nothing that fails its check.
    fn fetch<T>(
        &self,
        place: &str,
        get: Get<'_>,
        caller: &Caller,
        check: &dyn Fn(&[u8]) -> Result<T, HttpZooError>,
    ) -> Result<T, HttpZooError> {
        let copy = self.copy(place, check);
        let validators = copy.as_ref().map(|it| it.note.validators.clone()).filter(|it| *it != Validators::default());
        let get = Get { copy: validators.as_ref(), ..get };
        let answer = caller.http.get(&get, caller.progress.as_ref())?;
        // A cache that cannot be written is no cache; the answer is at hand all the same.
        let _lock = Lock::take(&self.folder.with_extension("lock"), || {}).ok();
        match (answer, copy) {
            (Answer::Unchanged, Some(copy)) => {
                let _ = self.keep_note(place, &Note { fetched_at: clock::now(), ..copy.note });
                Ok(copy.value)
            }
            // Only a request with validators can be answered so, and these come from a copy.
            (Answer::Unchanged, None) => Err(HttpError::BadUrl { url: get.url.to_string() }.into()),
            (Answer::File { bytes, validators }, _) => {
                let value = check(&bytes)?;
                let sha256 = sha256(&bytes);
                let _ = write_atomically(&self.folder.join(place), &bytes)
                    .and_then(|()| self.keep_note(place, &Note { validators, sha256, fetched_at: clock::now() }));
                Ok(value)
            }
        }
    }

    fn keep_note(&self, place: &str, note: &Note) -> Result<(), FileError> {
        // A struct of texts always has a JSON form.
        let text = serde_json::to_string(note).unwrap_or_default();
        write_atomically(&self.folder.join(format!("{place}.json")), text.as_bytes())
    }

    fn note(&self, place: &str) -> Option<Note> {
        let text = read_text_if_any(&self.folder.join(format!("{place}.json"))).ok()??;
        serde_json::from_str(&text).ok()
    }

    /// Returns a copy if it is whole and passes the check.
    fn copy<T, E>(&self, place: &str, check: &dyn Fn(&[u8]) -> Result<T, E>) -> Option<Copy<T>> {
        let note = self.note(place)?;
        let bytes = fs::read(self.folder.join(place)).ok()?;
        let is_whole = sha256(&bytes) == note.sha256;
        let value = check(&bytes).ok().filter(|_| is_whole)?;
        Some(Copy { note, value })
    }
}

impl Note {
    fn is_recent(&self) -> bool {
        clock::now().duration_since(self.fetched_at).abs() < RECENT
    }
}

/// Gets the archive at a URL that is part of no zoo; the folder in it names the pack.
pub fn archive_of(url: &str, cache: &Path, freshness: Freshness, caller: &Caller) -> Result<Fetched, HttpZooError> {
    let bad = || HttpError::BadUrl { url: crate::pack::source::without_user_info(url) };
    let zoo = HttpZoo::of(url, cache).ok_or_else(bad)?;
    let url = Url::parse(url).map_err(|_| bad())?;
    zoo.archive_at(&url, None, None, freshness, caller)
}

/// Returns the name under which what a URL gives is kept.
fn key(url: &str) -> String {
    sha256(url.as_bytes())[..32].to_owned()
}
