//! A folder put in the place of another: whoever looks, and whenever we are killed, finds the old one or the new one.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::files::{At, FileError, create_folder, write_atomically};

/// How a folder that is there is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Method {
    /// Both names are exchanged in one step.
    Exchange,
    /// Two renames, written down before, so that the next command can complete them.
    TwoRenames,
}

/// A replacement in two renames that has begun. All names are those of folders on one file system.
#[derive(Debug, Serialize, Deserialize)]
struct Journal {
    staged: PathBuf,
    target: PathBuf,
    old: PathBuf,
}

/// Puts the folder `staged` at `target`. What was there is at the returned path afterwards; `None` if nothing was.
///
/// `journals` is the folder for replacements that take two steps; [`complete`] completes those that were cut short.
pub(crate) fn put(staged: &Path, target: &Path, journals: &Path) -> Result<Option<PathBuf>, FileError> {
    if let Some(parent) = target.parent() {
        create_folder(parent)?;
    }
    if fs::symlink_metadata(target).is_err() {
        rename_to_free(staged, target).at("create", target)?;
        return Ok(None);
    }
    let old = match replace(Method::Exchange, staged, target, journals) {
        Err(error) if is_unsupported(&error.source) => replace(Method::TwoRenames, staged, target, journals)?,
        done => done?,
    };
    Ok(Some(old))
}

fn replace(method: Method, staged: &Path, target: &Path, journals: &Path) -> Result<PathBuf, FileError> {
    match method {
        Method::Exchange => exchange(staged, target).at("replace", target).map(|()| staged.to_owned()),
        Method::TwoRenames => {
            let (file, journal) = begin(staged, target, journals)?;
            fs::rename(&journal.target, &journal.old).at("replace", target)?;
            finish(&file, &journal)?;
            Ok(journal.old)
        }
    }
}

/// Writes down what is about to happen.
fn begin(staged: &Path, target: &Path, journals: &Path) -> Result<(PathBuf, Journal), FileError> {
    let name = staged.file_name().unwrap_or(OsStr::new("pack"));
    let journal = Journal {
        staged: staged.to_owned(),
        target: target.to_owned(),
        old: staged.with_file_name(format!("{}.old", name.to_string_lossy())),
    };
    let file = journals.join(format!("{}.json", name.to_string_lossy()));
    let text = serde_json::to_vec(&journal).map_err(io::Error::from).at("write", &file)?;
    write_atomically(&file, &text)?;
    Ok((file, journal))
}

/// Takes the last steps of a replacement, however many of them have been taken.
fn finish(file: &Path, journal: &Journal) -> Result<(), FileError> {
    if exists(&journal.staged) {
        if exists(&journal.target) && !exists(&journal.old) {
            fs::rename(&journal.target, &journal.old).at("replace", &journal.target)?;
        }
        if !exists(&journal.target) {
            fs::rename(&journal.staged, &journal.target).at("replace", &journal.target)?;
        }
    } else if !exists(&journal.target) && exists(&journal.old) {
        fs::rename(&journal.old, &journal.target).at("restore", &journal.target)?;
    }
    fs::remove_file(file).at("remove", file)
}

/// Tells whether a replacement was cut short.
pub(crate) fn is_pending(journals: &Path) -> bool {
    fs::read_dir(journals).is_ok_and(|mut it| it.next().is_some())
}

/// Completes the replacements that were cut short. The caller holds the store's lock.
pub(crate) fn complete(journals: &Path) -> Result<(), FileError> {
    let Ok(entries) = fs::read_dir(journals) else { return Ok(()) };
    for entry in entries.flatten() {
        let file = entry.path();
        let is_journal = file.extension() == Some(OsStr::new("json"));
        let journal = fs::read(&file).ok().and_then(|it| serde_json::from_slice::<Journal>(&it).ok());
        match journal.filter(|_| is_journal) {
            Some(journal) => finish(&file, &journal)?,
            // A journal that was never written whole: nothing had begun.
            None => fs::remove_file(&file).at("remove", &file)?,
        }
    }
    Ok(())
}

fn exists(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn exchange(left: &Path, right: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, left, CWD, right, RenameFlags::EXCHANGE)?)
}

#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn rename_to_free(from: &Path, to: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE).map_err(io::Error::from) {
        Err(error) if is_unsupported(&error) => fs::rename(from, to),
        done => done,
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn exchange(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn rename_to_free(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)
}

/// Tells whether the system or the file system cannot do it in one step.
fn is_unsupported(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::Unsupported | io::ErrorKind::InvalidInput)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Folders {
        top: tempfile::TempDir,
    }

    impl Folders {
        fn new() -> Self {
            let folders = Self { top: tempfile::tempdir().unwrap() };
            for (path, content) in [("staging/p", "new"), ("packs/p", "old")] {
                fs::create_dir_all(folders.at(path)).unwrap();
                fs::write(folders.at(path).join("file"), content).unwrap();
            }
            folders
        }

        fn at(&self, path: &str) -> PathBuf {
            self.top.path().join(path)
        }

        fn content(&self) -> String {
            fs::read_to_string(self.at("packs/p/file")).unwrap_or_default()
        }
    }

    #[test]
    fn both_ways_replace_and_give_back_the_old_folder() {
        for method in [Method::Exchange, Method::TwoRenames] {
            let folders = Folders::new();
            let old = replace(method, &folders.at("staging/p"), &folders.at("packs/p"), &folders.at("journal"));
            let old = match old {
                Err(error) if is_unsupported(&error.source) => continue,
                old => old.unwrap(),
            };
            assert_eq!(folders.content(), "new", "{method:?}");
            assert_eq!(fs::read_to_string(old.join("file")).unwrap(), "old", "{method:?}");
            assert!(!is_pending(&folders.at("journal")));
        }
    }

    #[test]
    fn a_replacement_cut_short_anywhere_is_completed() {
        for steps in 0..4 {
            let folders = Folders::new();
            let (_, journal) = begin(&folders.at("staging/p"), &folders.at("packs/p"), &folders.at("journal")).unwrap();
            if steps > 0 {
                fs::rename(&journal.target, &journal.old).unwrap();
            }
            if steps > 1 {
                fs::rename(&journal.staged, &journal.target).unwrap();
            }
            if steps > 2 {
                fs::remove_dir_all(&journal.old).unwrap();
            }
            assert!(is_pending(&folders.at("journal")));
            complete(&folders.at("journal")).unwrap();
            assert_eq!(folders.content(), "new", "{steps} steps");
            assert!(!is_pending(&folders.at("journal")));
        }
    }

    #[test]
    fn the_old_folder_comes_back_if_the_new_one_is_gone() {
        let folders = Folders::new();
        let (_, journal) = begin(&folders.at("staging/p"), &folders.at("packs/p"), &folders.at("journal")).unwrap();
        fs::rename(&journal.target, &journal.old).unwrap();
        fs::remove_dir_all(&journal.staged).unwrap();
        complete(&folders.at("journal")).unwrap();
        assert_eq!(folders.content(), "old");
    }

    #[test]
    fn a_half_written_journal_has_begun_nothing() {
        let folders = Folders::new();
        fs::create_dir_all(folders.at("journal")).unwrap();
        fs::write(folders.at("journal/p.json"), "{\"staged\":").unwrap();
        complete(&folders.at("journal")).unwrap();
        assert_eq!((folders.content().as_str(), is_pending(&folders.at("journal"))), ("old", false));
    }
}
