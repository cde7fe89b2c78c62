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

/// The files that a word means, whether they make a usable pack or not.
#[derive(Debug)]
pub struct Files {
    /// The pack's name: that of its folder.
    pub name: String,
    /// Where it is; `None` for a built-in pack.
    pub folder: Option<PathBuf>,
    /// All its files, unless one of them forbids to take any.
    pub tree: Result<PackTree, FolderError>,
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
    let Files { name, folder, tree } = find_with(word, paths, working_folder, CHART_FILE)?;
    let tree = tree.map_err(|source| LocateError::Files { name: name.clone(), source })?;
    let chart = Chart::read(&name, tree.text(CHART_FILE).unwrap_or_default())?;
    chart.check_identity(&name)?;
    Ok(LocatedPack { name, folder, tree, chart })
}

/// Returns the files that `word` means, looked for as [`locate`] does, broken or not: a folder with `charts` in it is
/// taken for a pack.
///
/// # Errors
///
/// Fails if there is no such pack.
pub fn find(word: &str, paths: &Paths, working_folder: &Path) -> Result<Files, LocateError> {
    find_with(word, paths, working_folder, "charts")
}

/// Returns the files of the first folder or built-in pack that `word` may mean and that has `sign` in it.
fn find_with(word: &str, paths: &Paths, working_folder: &Path, sign: &str) -> Result<Files, LocateError> {
    if is_path(word) {
        return at_path(&working_folder.join(word), sign);
    }
    Store::open(paths)?; // a replacement that was cut short is completed first
    let installed = paths.pack(word);
    if installed.join(sign).exists() {
        return Ok(in_folder(word, &installed));
    }
    match builtin::tree(word) {
        Some(tree) => Ok(Files { name: word.to_owned(), folder: None, tree: Ok(tree) }),
        None => Err(unknown(word, paths, working_folder)),
    }
}

fn at_path(path: &Path, sign: &str) -> Result<Files, LocateError> {
    if !path.join(sign).exists() {
        return Err(LocateError::NoPack { path: path.to_owned() });
    }
    let real = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let name = real.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(in_folder(&name, &real))
}

fn in_folder(name: &str, folder: &Path) -> Files {
    Files { name: name.to_owned(), folder: Some(folder.to_owned()), tree: folder::read_pack(folder) }
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
