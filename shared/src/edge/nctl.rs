//! What nctl left on disk: the address of its zoo, or the packs that it had installed.

use std::fs;
use std::path::{Path, PathBuf};

use super::files::{FileError, read_text};
use crate::base::failure::Failure;
use crate::pack::chart::CHART_FILE;
use crate::pack::nctl::{CONFIG_FILE, NctlError, zoo_address};

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NctlZoo {
    /// The address of a zoo.
    Address(String),
    /// A folder of packs.
    Packs(PathBuf),
}

/// Why a path is nothing of nctl's.
#[derive(Debug, thiserror::Error)]
pub enum NctlZooError {
    /// It cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file says something wrong.
    #[error("cannot take over `{}`", path.display())]
    Config {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: NctlError,
    },
    /// There is nothing of nctl's in the folder.
    #[error("nctl left nothing in `{}`", .0.display())]
    Nothing(PathBuf),
}

impl Failure for NctlZooError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::File(it) => it.hint(),
            Self::Config { source, .. } => source.hint(),
            Self::Nothing(_) => Some(format!(
                "give nctl's `{CONFIG_FILE}`, its packs folder (`$NAUTA_HOME/config/packs`), or a folder above them"
            )),
        }
    }
}

/// Returns the zoo that `path` tells of: the file itself, a folder of packs, or a folder with one of them in it.
pub fn find_zoo(path: &Path) -> Result<NctlZoo, NctlZooError> {
    if !path.is_dir() {
        return config(path);
    }
    if has_packs(path) {
        return Ok(NctlZoo::Packs(path.to_owned()));
    }
    let files = [path.join(CONFIG_FILE), path.join("config").join(CONFIG_FILE)];
    if let Some(file) = files.iter().find(|it| it.is_file()) {
        return config(file);
    }
    let folders = [path.join("packs"), path.join("config/packs")];
    let found = folders.into_iter().find(|it| has_packs(it)).map(NctlZoo::Packs);
    found.ok_or_else(|| NctlZooError::Nothing(path.to_owned()))
}

fn config(path: &Path) -> Result<NctlZoo, NctlZooError> {
    let address = zoo_address(&read_text(path)?);
    address.map(NctlZoo::Address).map_err(|source| NctlZooError::Config { path: path.to_owned(), source })
}

fn has_packs(folder: &Path) -> bool {
    fs::read_dir(folder).into_iter().flatten().flatten().any(|it| it.path().join(CHART_FILE).is_file())
}
