//! The files of a Helm chart: of a folder, or got by the user's Helm.

use std::path::Path;

use super::files::{At as _, FileError};
use super::folder::{self, FolderError};
use super::helm::{Helm, HelmError, Pull};
use super::signals::Signals;
use crate::base::failure::Failure;
use crate::pack::tree::PackTree;

/// Why there is no chart.
#[derive(Debug, thiserror::Error)]
pub enum ChartSourceError {
    /// A path that is no folder.
    #[error("`{word}` is no folder")]
    NoFolder {
        /// The path as typed.
        word: String,
    },
    /// Helm could not get it, and has said why.
    #[error("Helm cannot get the chart `{word}`: exit code {code}")]
    Pull {
        /// The chart as typed.
        word: String,
        /// Helm's exit code.
        code: u8,
    },
    /// Helm did not run.
    #[error(transparent)]
    Helm(#[from] HelmError),
    /// Its files cannot be read.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// There is no folder to get it into.
    #[error(transparent)]
    File(#[from] FileError),
}

impl Failure for ChartSourceError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::NoFolder { word } if Path::new(word).extension().is_some_and(|it| it == "tgz") => {
                Some(format!("unpack it first: `tar xzf {word}`"))
            }
            Self::NoFolder { .. } => Some("name the folder of a chart, REPO/CHART, or an oci:// address".to_owned()),
            Self::Pull { word, .. } if !word.contains("://") => {
                Some("`helm repo list` shows the repositories, `helm search repo` their charts".to_owned())
            }
            Self::Helm(it) => it.hint(),
            Self::Folder(it) => it.hint(),
            Self::Pull { .. } | Self::File(_) => None,
        }
    }
}

/// Returns the files of the chart that `word` means: a folder, `REPO/CHART`, or an address of an archive.
pub fn read(word: &str, pull: Pull<'_>, above: &Path, helm: &Helm) -> Result<PackTree, ChartSourceError> {
    let folder = above.join(word);
    if folder.is_dir() {
        return Ok(folder::read_pack(&folder)?);
    }
    if !is_of_helm(word) {
        return Err(ChartSourceError::NoFolder { word: word.to_owned() });
    }
    // From here on no signal ends us before the folder is gone.
    let signals = Signals::note().map_err(HelmError::Signals)?;
    let temporary = std::env::temp_dir();
    let fetched = tempfile::Builder::new().prefix("nauta-").tempdir().at("create a folder in", &temporary)?;
    let code = helm.pull(word, pull, fetched.path(), signals)?;
    let chart = only_folder(fetched.path())?;
    match chart.filter(|_| code == 0) {
        Some(chart) => Ok(folder::read_pack(&chart)?),
        None => Err(ChartSourceError::Pull { word: word.to_owned(), code }),
    }
}

/// Tells whether Helm knows where to get such a word: an address, or a chart of a repository.
fn is_of_helm(word: &str) -> bool {
    let is_chart = || word.split('/').count() == 2 && !word.starts_with(['.', '/', '~']) && !word.ends_with('/');
    ["oci://", "https://", "http://"].iter().any(|it| word.starts_with(it)) || is_chart()
}

fn only_folder(above: &Path) -> Result<Option<std::path::PathBuf>, FileError> {
    let entries = std::fs::read_dir(above).at("read", above)?;
    Ok(entries.filter_map(|it| Some(it.ok()?.path())).find(|it| it.is_dir()))
}
