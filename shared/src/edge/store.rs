//! The user's packs on disk: read by everybody, changed by one at a time, each change whole or not at all.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::archive::tar_gz;
use super::files::{At, FileError, create_folder};
use super::folder::{OWN_FOLDER, write_pack_telling};
use super::installed::InstalledPack;
use super::lock::Lock;
use super::paths::Paths;
use super::swap;
use crate::base::failure::Failure;
use crate::base::progress::Progress;
use crate::pack::chart::CHART_FILE;
use crate::pack::receipt::{BASE_FILE, RECEIPT_FILE, Receipt};
use crate::pack::source::is_no_pack;
use crate::pack::tree::PackTree;

/// Why the store could not be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A file operation failed.
    #[error(transparent)]
    File(#[from] FileError),
    /// Some file systems would take both names for one.
    #[error("pack `{name}` cannot stand beside `{other}`: some file systems take both names for one")]
    NamesFold {
        /// The new name.
        name: String,
        /// The one that is there.
        other: String,
    },
}

impl Failure for StoreError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::File(it) => it.hint_with("NAUTA_HOME", "a store"),
            Self::NamesFold { other, .. } => Some(format!("`kubectl pack uninstall {other}` makes room")),
        }
    }
}

/// The packs of one user.
#[derive(Debug)]
pub struct Store<'p> {
    paths: &'p Paths,
}

impl<'p> Store<'p> {
    /// Opens the store, which need not exist, and completes a replacement that was cut short.
    pub fn open(paths: &'p Paths) -> Result<Self, FileError> {
        if swap::is_pending(&paths.journals()) {
            match Lock::take(&paths.lock(), || {}) {
                Ok(_lock) => swap::complete(&paths.journals())?,
                // Who may only read finds the packs as they are.
                Err(error) if error.is_forbidden() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Self { paths })
    }

    /// Returns the names of the installed packs, sorted: folders with a chart.
    pub fn names(&self) -> Result<Vec<String>, FileError> {
        let names = self.all_names()?.into_iter();
        Ok(names.filter(|it| !is_no_pack(it) && self.paths.pack(it).join(CHART_FILE).is_file()).collect())
    }

    fn all_names(&self) -> Result<Vec<String>, FileError> {
        let folder = self.paths.packs();
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.at("read", &folder)?,
        };
        let mut names: Vec<String> = entries.filter_map(|it| it.ok()?.file_name().into_string().ok()).collect();
        names.sort();
        Ok(names)
    }

    /// Returns what lies in the store under `name`, a name that was checked; `None` if nothing does.
    pub fn pack(&self, name: &str) -> Option<InstalledPack> {
        let folder = self.paths.pack(name);
        let is_there = || fs::symlink_metadata(&folder).is_ok();
        let pack = is_there().then(|| InstalledPack::read(name, &folder));
        // Somebody may have removed it while it was read.
        pack.filter(|_| is_there())
    }

    /// Returns all installed packs, sorted by name.
    pub fn packs(&self) -> Result<Vec<InstalledPack>, FileError> {
        Ok(self.names()?.iter().filter_map(|it| self.pack(it)).collect())
    }

    /// Waits until nobody else changes the store, and keeps others from it; `waiting` is called if it takes waiting.
    pub fn change(&self, waiting: impl FnOnce()) -> Result<Change<'_>, StoreError> {
        let lock = Lock::take(&self.paths.lock(), waiting)?;
        swap::complete(&self.paths.journals())?;
        // Staging happens under the lock only: what lies there now was left by a process that is gone.
        for leftover in fs::read_dir(self.paths.staging()).into_iter().flatten().flatten() {
            let _ = remove_any(&leftover.path());
        }
        Ok(Change { store: self, _lock: lock })
    }
}

/// The right to change the store, until it is dropped.
#[derive(Debug)]
pub struct Change<'s> {
    store: &'s Store<'s>,
    _lock: Lock,
}

impl Change<'_> {
    /// Returns the store that is being changed.
    pub fn store(&self) -> &Store<'_> {
        self.store
    }

    /// Puts a pack into the store in one step, in the place of the one that is there.
    ///
    /// With a receipt, that and the files as installed are put beside it.
    pub fn put(
        &self,
        name: &str,
        tree: &PackTree,
        receipt: Option<&Receipt>,
        progress: &dyn Progress,
    ) -> Result<(), StoreError> {
        self.put_edited(name, tree, receipt.map(|it| (it, tree)), progress)
    }

    /// Puts a pack as [`Self::put`] does, whose files are not those that its receipt tells of: these come with it.
    pub fn put_edited(
        &self,
        name: &str,
        tree: &PackTree,
        installed: Option<(&Receipt, &PackTree)>,
        progress: &dyn Progress,
    ) -> Result<(), StoreError> {
        self.refuse_folding(name)?;
        let stage = self.stage(name)?;
        let staged = stage.path().join(name);
        progress.begin(&format!("Installing {name}"), None);
        let written = write_pack_telling(tree, &staged, progress);
        progress.end();
        written?;
        if let Some((receipt, as_installed)) = installed {
            let own = staged.join(OWN_FOLDER);
            create_folder(&own)?;
            let base = own.join(BASE_FILE);
            fs::write(&base, tar_gz(as_installed).at("write", &base)?).at("write", &base)?;
            let file = own.join(RECEIPT_FILE);
            fs::write(&file, receipt.text()).at("write", &file)?;
        }
        swap::put(&staged, &self.store.paths.pack(name), &self.store.paths.journals())?;
        Ok(())
    }

    fn refuse_folding(&self, name: &str) -> Result<(), StoreError> {
        let folded = name.to_lowercase();
        match self.store.all_names()?.into_iter().find(|it| it != name && it.to_lowercase() == folded) {
            Some(other) => Err(StoreError::NamesFold { name: name.to_owned(), other }),
            None => Ok(()),
        }
    }

    /// Copies what lies under `name` to `<store>/backup/<name>-<time>`, and returns that folder.
    pub fn backup(&self, name: &str, now: Timestamp) -> Result<PathBuf, FileError> {
        let stage = self.stage(name)?;
        let staged = stage.path().join(name);
        copy_any(&self.store.paths.pack(name), &staged)?;
        let folder = self.store.paths.backup();
        create_folder(&folder)?;
        let stamp = now.strftime("%Y%m%dT%H%M%SZ").to_string();
        let free = (1..).map(|number| match number {
            1 => folder.join(format!("{name}-{stamp}")),
            _ => folder.join(format!("{name}-{stamp}-{number}")),
        });
        let target = free.into_iter().find(|it| fs::symlink_metadata(it).is_err()).unwrap_or(folder);
        fs::rename(&staged, &target).at("create", &target)?;
        Ok(target)
    }

    /// Removes what lies under `name` from the packs in one step.
    pub fn remove(&self, name: &str) -> Result<(), FileError> {
        let stage = self.stage(name)?;
        let folder = self.store.paths.pack(name);
        let aside = stage.path().join(name);
        fs::rename(&folder, &aside).at("remove", &folder)?;
        remove_any(&aside).at("remove", &aside)
    }

    /// Returns a new folder beside the packs, which is removed when it is dropped.
    fn stage(&self, name: &str) -> Result<tempfile::TempDir, FileError> {
        let staging = self.store.paths.staging();
        create_folder(&staging)?;
        tempfile::Builder::new().prefix(&format!("{name}-")).tempdir_in(&staging).at("create", &staging)
    }
}

/// Copies a file, a link (as a link), or a folder with all that is in it.
fn copy_any(from: &Path, to: &Path) -> Result<(), FileError> {
    for entry in walkdir::WalkDir::new(from).follow_root_links(false) {
        let entry = entry.map_err(|it| FileError { action: "copy", path: from.to_owned(), source: it.into() })?;
        let below = entry.path().strip_prefix(from).unwrap_or(entry.path());
        let target = if below.as_os_str().is_empty() { to.to_owned() } else { to.join(below) };
        let kind = entry.file_type();
        if kind.is_dir() {
            fs::create_dir_all(&target).at("create", &target)?;
        } else if kind.is_symlink() {
            copy_link(entry.path(), &target).at("copy", entry.path())?;
        } else if kind.is_file() {
            fs::copy(entry.path(), &target).at("copy", entry.path())?;
        }
    }
    Ok(())
}

#[cfg(unix)]
fn copy_link(from: &Path, to: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(fs::read_link(from)?, to)
}

#[cfg(not(unix))]
fn copy_link(from: &Path, to: &Path) -> io::Result<()> {
    fs::copy(from, to).map(|_| ())
}

fn remove_any(path: &Path) -> io::Result<()> {
    if fs::symlink_metadata(path)?.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::progress::Silent;
    use crate::edge::environment::Environment;

    fn pack(chart: &str) -> PackTree {
        let mut tree = PackTree::default();
        tree.add(CHART_FILE.as_bytes(), chart.into(), false).unwrap();
        tree
    }

    fn paths(folder: &Path) -> Paths {
        let variable = |name: &str, below: &str| (name.to_owned(), folder.join(below).into_os_string());
        let variables = [variable("NAUTA_HOME", "home"), variable("NAUTA_CONFIG", "config.yaml")];
        Paths::of(&Environment::of_variables(variables)).unwrap()
    }

    #[test]
    fn packs_are_put_backed_up_and_removed() {
        let folder = tempfile::tempdir().unwrap();
        let paths = paths(folder.path());
        let store = Store::open(&paths).unwrap();
        assert_eq!(store.names().unwrap(), Vec::<String>::new());
        let change = store.change(|| panic!("nobody else is there")).unwrap();
        change.put("p", &pack("name: p\nversion: 1.0\n"), None, &Silent).unwrap();
        assert_eq!(store.pack("p").and_then(|it| it.version()).as_deref(), Some("1.0"));
        let time: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
        let first = change.backup("p", time).unwrap();
        let second = change.backup("p", time).unwrap();
        assert_eq!(first.file_name().and_then(|it| it.to_str()), Some("p-20260102T030405Z"));
        assert_eq!(second.file_name().and_then(|it| it.to_str()), Some("p-20260102T030405Z-2"));
        change.put("p", &pack("name: p\nversion: 2.0\n"), None, &Silent).unwrap();
        assert_eq!(store.pack("p").and_then(|it| it.version()).as_deref(), Some("2.0"));
        assert!(matches!(change.put("P", &pack("name: P\n"), None, &Silent), Err(StoreError::NamesFold { .. })));
        change.remove("p").unwrap();
        assert!(store.pack("p").is_none());
        assert!(fs::read_dir(paths.staging()).unwrap().next().is_none(), "staging is empty");
    }

    #[test]
    fn leftovers_of_dead_processes_are_cleaned() {
        let folder = tempfile::tempdir().unwrap();
        let paths = paths(folder.path());
        fs::create_dir_all(paths.staging().join("p-dead/p")).unwrap();
        Store::open(&paths).unwrap().change(|| {}).unwrap();
        assert!(!paths.staging().join("p-dead").exists());
    }
}
