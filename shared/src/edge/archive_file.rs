//! A pack in an archive on this machine, as `kubectl pack index --archives` writes them.

use std::fs;
use std::path::{Path, PathBuf};

use super::files::{At as _, FileError};
use crate::base::digest::sha256;
use crate::base::failure::Failure;
use crate::pack::unpack::{MOST_ARCHIVE_BYTES, UnpackError, Unpacked, unpack};

/// Why a file is no pack.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveFileError {
    /// It cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// It is no archive of a pack.
    #[error("`{}` is no archive of a pack", path.display())]
    Unpack {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: UnpackError,
    },
    /// It is larger than any archive of a pack.
    #[error("`{}` is too large for an archive of a pack: over {} MiB", .0.display(), MOST_ARCHIVE_BYTES >> 20)]
    TooLarge(PathBuf),
}

impl Failure for ArchiveFileError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::File(it) => it.hint(),
            Self::Unpack { source, .. } => source.hint(),
            Self::TooLarge(_) => None,
        }
    }
}

/// Returns the pack in an archive, and the archive's digest `sha256:…`; `None` if `path` is no file.
pub fn read_archive(path: &Path) -> Result<Option<(Unpacked, String)>, ArchiveFileError> {
    if !path.is_file() {
        return Ok(None);
    }
    if fs::metadata(path).at("read", path)?.len() > MOST_ARCHIVE_BYTES {
        return Err(ArchiveFileError::TooLarge(path.to_owned()));
    }
    let bytes = fs::read(path).at("read", path)?;
    let digest = format!("sha256:{}", sha256(&bytes));
    let unpacked = unpack(&bytes, None);
    let unpacked = unpacked.map_err(|source| ArchiveFileError::Unpack { path: path.to_owned(), source })?;
    Ok(Some((unpacked, digest)))
}
