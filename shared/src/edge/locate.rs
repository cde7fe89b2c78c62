//! The pack that a word on the command line means: an installed one, a path, or a built-in one.

use std::path::{Path, PathBuf};

use super::builtin;
use super::files::FileError;
use super::folder::{self, FolderError};
use super::paths::Paths;
use super::store::Store;
use crate::base::failure::Failure;
use crate::base::suggest::nearest;
use crate::pack::chart::{CHART_FILE, Chart, ChartError};
use crate::pack::tree::PackTree;

/// A pack that was found, with its files.
#[derive(Debug, Clone)]
pub struct LocatedPack {
    /// The pack's name: that of its folder.
    pub name: String,
    /// Where it is; `None` for a built-in pack.
    pub folder: Option<PathBuf>,
    /// All its files.
    pub tree: PackTree,
    /// What its Chart.yaml says.
    pub chart: Chart,
}

/// Why a word means no usable pack.
#[derive(Debug, thiserror::Error)]
pub enum LocateError {
    /// Neither installed nor built in.
    #[error("Incorrect template name. There is no pack `{name}`")]
    Unknown {
        /// The word.
        name: String,
        /// The known name that is nearest to it.
        nearest: Option<String>,
        /// Whether a folder of that name is in the working folder.
        folder_is_here: bool,
    },
    /// A path without a pack.
    #[error("`{}` is no pack: it has no `{CHART_FILE}`", path.display())]
    NoPack {
        /// The path.
        path: PathBuf,
    },
    /// Its files cannot be taken.
    #[error("pack `{name}` cannot be used")]
    Files {
        /// The pack's name.
        name: String,
        /// What is wrong with them.
        #[source]
        source: FolderError,
    },
    /// Its Chart.yaml is wrong.
    #[error(transparent)]
    Chart(#[from] ChartError),
    /// Something could not be read.
    #[error(transparent)]
    File(#[from] FileError),
}

impl Failure for LocateError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Unknown { name, folder_is_here: true, .. } => Some(format!("for the folder, write `./{name}`")),
            Self::Unknown { nearest: Some(nearest), .. } => Some(format!("did you mean `{nearest}`?")),
            Self::Unknown { .. } => Some("`kubectl pack list` shows the packs that there are".to_owned()),
            Self::NoPack { .. } => None,
            Self::Files { source, .. } => source.hint(),
            Self::Chart(it) => it.hint(),
            Self::File(it) => it.hint(),
        }
    }

    fn exit_code(&self) -> u8 {
        match self {
            Self::Unknown { .. } => 2,
            Self::Chart(it) => it.exit_code(),
            Self::NoPack { .. } | Self::Files { .. } | Self::File(_) => 1,
        }
    }
}

/// Tells whether `word` is meant as a path: `.`, `..`, or anything with a separator in it.
pub fn is_path(word: &str) -> bool {
    word == "." || word == ".." || word.contains(std::path::is_separator)
}

/// Returns the pack that `word` means: a path, else an installed pack, else a built-in one.
///
/// # Errors
///
/// Fails if there is no such pack, or if it is broken.
pub fn locate(word: &str, paths: &Paths, working_folder: &Path) -> Result<LocatedPack, LocateError> {
    if is_path(word) {
        return at_path(&working_folder.join(word));
    }
    Store::open(paths)?; // a replacement that was cut short is completed first
    let installed = paths.pack(word);
    if installed.join(CHART_FILE).is_file() {
        return in_folder(word, &installed);
    }
    match builtin::tree(word) {
        Some(tree) => with_chart(word.to_owned(), None, tree),
        None => Err(unknown(word, paths, working_folder)),
    }
}

fn at_path(path: &Path) -> Result<LocatedPack, LocateError> {
    if !path.join(CHART_FILE).is_file() {
        return Err(LocateError::NoPack { path: path.to_owned() });
    }
    let real = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let name = real.file_name().unwrap_or_default().to_string_lossy().into_owned();
    in_folder(&name, &real)
}

fn in_folder(name: &str, folder: &Path) -> Result<LocatedPack, LocateError> {
    let tree = folder::read_pack(folder).map_err(|source| LocateError::Files { name: name.to_owned(), source })?;
    with_chart(name.to_owned(), Some(folder.to_owned()), tree)
}

fn with_chart(name: String, folder: Option<PathBuf>, tree: PackTree) -> Result<LocatedPack, LocateError> {
    let chart = Chart::read(&name, tree.text(CHART_FILE).unwrap_or_default())?;
    chart.check_identity(&name)?;
    Ok(LocatedPack { name, folder, tree, chart })
}

fn unknown(word: &str, paths: &Paths, working_folder: &Path) -> LocateError {
    let installed: Vec<String> = std::fs::read_dir(paths.packs())
        .into_iter()
        .flatten()
        .filter_map(|it| it.ok()?.file_name().into_string().ok())
        .collect();
    let known = installed.iter().map(String::as_str).chain(builtin::names());
    LocateError::Unknown {
        name: word.to_owned(),
        nearest: nearest(word, known).map(str::to_owned),
        folder_is_here: working_folder.join(word).join(CHART_FILE).is_file(),
    }
}
