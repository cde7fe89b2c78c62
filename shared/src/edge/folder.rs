//! A pack in a folder on disk: read into a tree, and written from one.

use std::fs;
use std::io::Write;
use std::path::Path;

use walkdir::WalkDir;

use super::files::{At, FileError};
use crate::base::failure::Failure;
use crate::base::progress::{Progress, Silent};
use crate::pack::receipt::RECEIPT_FILE;
use crate::pack::tree::{PackTree, TreeError, check_size, is_left_out};

pub use crate::pack::tree::OWN_FOLDER;

/// Why a folder cannot be taken as a pack.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// It cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// It holds something that no pack may hold.
    #[error(transparent)]
    Tree(#[from] TreeError),
}

impl Failure for FolderError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::File(it) => it.hint(),
            Self::Tree(it) => it.hint(),
        }
    }
}

/// Whether this system's files tell if they may be executed.
pub(crate) const KNOWS_MODES: bool = cfg!(unix);

/// How often a pack is read again that others replace meanwhile.
const MOST_READS: usize = 10;

/// Reads something of the pack in `folder`; if another pack takes its place meanwhile, as the receipt shows, of that one.
pub(crate) fn read_settled<T>(folder: &Path, read: impl Fn() -> T) -> T {
    let receipt = || fs::read(folder.join(OWN_FOLDER).join(RECEIPT_FILE)).ok();
    let mut before = receipt();
    let mut result = read();
    for _ in 0..MOST_READS {
        let after = receipt();
        if after == before {
            break;
        }
        before = after;
        result = read();
    }
    result
}

/// Returns the files below `folder`, without our own `.nauta/` and without `.git`: of one pack, whoever replaces it.
///
/// # Errors
///
/// Fails if something cannot be read, and refuses links and whatever else [`PackTree::add`] refuses.
pub fn read_pack(folder: &Path) -> Result<PackTree, FolderError> {
    read_settled(folder, || read_files(folder, |_| true))
}

/// Returns the files below `folder` as [`read_pack`] does, all of them empty but its Chart.yaml.
#[cfg(all(feature = "git", feature = "http"))]
pub(crate) fn read_outline(folder: &Path) -> Result<PackTree, FolderError> {
    read_settled(folder, || read_files(folder, |it| it == crate::pack::chart::CHART_FILE))
}

/// Returns the files; the content of those alone that are wanted.
fn read_files(folder: &Path, is_wanted: impl Fn(&str) -> bool) -> Result<PackTree, FolderError> {
    let mut tree = PackTree::default();
    let mut bytes = 0;
    let entries = WalkDir::new(folder)
        .follow_root_links(true)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|it| it.depth() != 1 || !is_left_out(&it.file_name().to_string_lossy()));
    for entry in entries {
        let entry = entry.map_err(|it| FileError {
            action: "read",
            path: it.path().unwrap_or(folder).to_owned(),
            source: it.into(),
        })?;
        if entry.file_type().is_dir() {
            continue;
        }
        let path = entry.path().strip_prefix(folder).unwrap_or(entry.path());
        let name = path.components().map(|it| it.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/");
        if !entry.file_type().is_file() {
            let kind = if entry.file_type().is_symlink() { "symbolic link" } else { "device" };
            return Err(TreeError::NotAFile { path: name, kind }.into());
        }
        let metadata = fs::metadata(entry.path()).at("read", entry.path())?;
        let mut content = Vec::new();
        if is_wanted(&name) {
            bytes += metadata.len();
            check_size(bytes)?;
            content = fs::read(entry.path()).at("read", entry.path())?;
        }
        tree.add(&name_bytes(path, &name), content, is_executable(&metadata))?;
    }
    Ok(tree)
}

/// Returns the path's bytes as they are, so that a name that is no UTF-8 is refused and not replaced.
fn name_bytes(path: &Path, name: &str) -> Vec<u8> {
    if path.to_str().is_some() { name.as_bytes().to_vec() } else { path.as_os_str().as_encoded_bytes().to_vec() }
}

/// Writes the files below `folder`, which must not hold any of them yet.
pub fn write_pack(tree: &PackTree, folder: &Path) -> Result<(), FileError> {
    write_pack_telling(tree, folder, &Silent)
}

/// Writes the files as [`write_pack`] does, and tells how it goes.
pub fn write_pack_telling(tree: &PackTree, folder: &Path, progress: &dyn Progress) -> Result<(), FileError> {
    fs::create_dir_all(folder).at("create", folder)?;
    let total = tree.files().count() as u64;
    for (done, (path, file)) in (0..).zip(tree.files()) {
        progress.advance(done, Some(total));
        let target = folder.join(path);
        let parent = target.parent().unwrap_or(folder);
        fs::create_dir_all(parent).at("create", parent)?;
        let mut out = new_file(&target, file.executable).at("write", &target)?;
        out.write_all(&file.content).at("write", &target)?;
    }
    Ok(())
}

#[cfg(unix)]
fn is_executable(metadata: &fs::Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o100 != 0
}

#[cfg(unix)]
fn new_file(path: &Path, executable: bool) -> std::io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, if executable { 0o755 } else { 0o644 });
    options.write(true).create_new(true).open(path)
}

#[cfg(not(unix))]
fn is_executable(_: &fs::Metadata) -> bool {
    false
}

#[cfg(not(unix))]
fn new_file(path: &Path, _: bool) -> std::io::Result<fs::File> {
    fs::OpenOptions::new().write(true).create_new(true).open(path)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn a_pack_that_is_replaced_while_it_is_read_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let receipt = folder.path().join(OWN_FOLDER).join(RECEIPT_FILE);
        let reads = Cell::new(0);
        let read = |replacements: u32| {
            reads.set(0);
            read_settled(folder.path(), || {
                reads.set(reads.get() + 1);
                if reads.get() <= replacements {
                    fs::create_dir_all(receipt.parent().unwrap()).unwrap();
                    fs::write(&receipt, format!("{replacements} {}", reads.get())).unwrap();
                }
                reads.get()
            })
        };
        assert_eq!([read(0), read(1), read(2)], [1, 2, 3]);
        assert_eq!(read(99), 11, "it ends at some time");
    }
}
