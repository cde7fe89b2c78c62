//! Files and folders; no error without its path.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use crate::base::failure::Failure;

/// A file operation that failed, and where.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} `{}`", path.display())]
pub struct FileError {
    /// What was tried: `read`, `write`, …
    pub action: &'static str,
    /// On which file or folder.
    pub path: PathBuf,
    /// Why it failed.
    #[source]
    pub source: io::Error,
}

impl Failure for FileError {
    fn hint(&self) -> Option<String> {
        match self.source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Some("make room on the disk and try again".to_owned())
            }
            _ if self.is_forbidden() && self.action != "read" => {
                Some("somebody else owns it, or it is read-only".to_owned())
            }
            _ => None,
        }
    }
}

impl FileError {
    /// Returns the hint for a file at a place that the variable `name` can move.
    pub(crate) fn hint_with(&self, name: &str, what: &str) -> Option<String> {
        let hint = self.hint()?;
        Some(if self.is_forbidden() { format!("{hint}; `{name}` names {what} of your own") } else { hint })
    }

    /// Tells whether the user may not do it, whatever the disk holds.
    pub(crate) fn is_forbidden(&self) -> bool {
        matches!(self.source.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem)
    }
}

/// Names the path in an I/O error.
pub(crate) trait At<T> {
    fn at(self, action: &'static str, path: &Path) -> Result<T, FileError>;
}

impl<T> At<T> for io::Result<T> {
    fn at(self, action: &'static str, path: &Path) -> Result<T, FileError> {
        self.map_err(|source| FileError { action, path: path.to_owned(), source })
    }
}

/// Returns the text of a file; `None` if there is no such file.
pub fn read_text_if_any(path: &Path) -> Result<Option<String>, FileError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(FileError { action: "read", path: path.to_owned(), source }),
    }
}

/// Returns the text of a file.
pub fn read_text(path: &Path) -> Result<String, FileError> {
    fs::read_to_string(path).at("read", path)
}

/// Returns the bytes of a file.
pub fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    fs::read(path).at("read", path)
}

/// Returns all bytes of the standard input.
pub fn read_stdin() -> Result<Vec<u8>, FileError> {
    let mut bytes = Vec::new();
    io::stdin().lock().read_to_end(&mut bytes).at("read", Path::new("standard input"))?;
    Ok(bytes)
}

/// Makes a folder and those above it.
pub fn create_folder(path: &Path) -> Result<(), FileError> {
    fs::create_dir_all(path).at("create", path)
}

/// Writes a file in one step: whoever looks sees the old content or the new, whole.
///
/// Missing folders above it are made. A symbolic link is followed, so that a linked configuration stays linked.
pub fn write_atomically(path: &Path, content: &[u8]) -> Result<(), FileError> {
    write_whole(path, content, &mut tempfile::Builder::new())
}

/// Writes a file as [`write_atomically`] does; a new one is for everybody to read, as far as the user's mask allows.
pub fn write_public(path: &Path, content: &[u8]) -> Result<(), FileError> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    write_whole(path, content, &mut builder)
}

fn write_whole(path: &Path, content: &[u8], builder: &mut tempfile::Builder<'_, '_>) -> Result<(), FileError> {
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = target.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    create_folder(folder)?;
    let mut file = builder.tempfile_in(folder).at("write", path)?;
    file.write_all(content).at("write", path)?;
    if let Ok(old) = fs::metadata(&target) {
        file.as_file().set_permissions(old.permissions()).at("write", path)?;
    }
    file.as_file().sync_all().at("write", path)?;
    file.persist(&target).map_err(|it| it.error).at("write", path)?;
    Ok(())
}

/// Tells whether the folder is absent or has nothing in it.
pub fn is_absent_or_empty(path: &Path) -> Result<bool, FileError> {
    match fs::read_dir(path) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(source) => Err(FileError { action: "read", path: path.to_owned(), source }),
    }
}

/// Tells whether `path` is a folder.
pub fn is_folder(path: &Path) -> bool {
    path.is_dir()
}
