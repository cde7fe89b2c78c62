//! A pack that lies in the store, as far as it can be read.

use std::path::{Path, PathBuf};

use super::files::{FileError, read_text, read_text_if_any};
use super::folder::{FolderError, KNOWS_MODES, OWN_FOLDER, read_pack, read_settled};
use crate::base::failure::Failure;
use crate::pack::catalogue::Installed;
use crate::pack::chart::{CHART_FILE, Chart, ChartError};
use crate::pack::receipt::{Edit, RECEIPT_FILE, Receipt, ReceiptError, edits, states};
use crate::pack::tree::PackTree;

/// An installed pack; each part is there or tells why it is not.
#[derive(Debug)]
pub struct InstalledPack {
    /// The name of its folder.
    pub name: String,
    /// Where it is.
    pub folder: PathBuf,
    /// Its files, without our own.
    pub tree: Result<PackTree, BrokenFiles>,
    /// What its Chart.yaml says.
    pub chart: Result<Chart, BrokenChart>,
    /// Its receipt; `Ok(None)` if it has none.
    pub receipt: Result<Option<Receipt>, BrokenReceipt>,
}

/// Why an installed pack's files are no pack.
#[derive(Debug, thiserror::Error)]
#[error("the files of pack `{pack}` cannot be used")]
pub struct BrokenFiles {
    pack: String,
    #[source]
    source: FolderError,
}

impl Failure for BrokenFiles {
    fn hint(&self) -> Option<String> {
        self.source.hint()
    }
}

/// Why an installed pack's Chart.yaml says nothing.
#[derive(Debug, thiserror::Error)]
pub enum BrokenChart {
    /// The file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// It says something wrong.
    #[error(transparent)]
    Chart(#[from] ChartError),
}

/// Why an installed pack's receipt says nothing.
#[derive(Debug, thiserror::Error)]
pub enum BrokenReceipt {
    /// The file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// It says something wrong.
    #[error(transparent)]
    Receipt(#[from] ReceiptError),
}

impl Failure for BrokenChart {
    fn hint(&self) -> Option<String> {
        match self {
            Self::File(it) => it.hint(),
            Self::Chart(it) => it.hint(),
        }
    }

    fn exit_code(&self) -> u8 {
        match self {
            Self::File(it) => it.exit_code(),
            Self::Chart(it) => it.exit_code(),
        }
    }
}

impl Failure for BrokenReceipt {
    fn hint(&self) -> Option<String> {
        match self {
            Self::File(it) => it.hint(),
            Self::Receipt(it) => it.hint(),
        }
    }
}

impl InstalledPack {
    /// Reads the pack in `folder`, whatever state it is in.
    pub(crate) fn read(name: &str, folder: &Path) -> Self {
        read_settled(folder, || Self {
            name: name.to_owned(),
            folder: folder.to_owned(),
            tree: read_pack(folder).map_err(|source| BrokenFiles { pack: name.to_owned(), source }),
            chart: chart(name, folder),
            receipt: receipt(name, folder),
        })
    }

    /// Returns the installed version: the receipt's, which is the zoo's, else that of the Chart.yaml.
    pub fn version(&self) -> Option<String> {
        match &self.receipt {
            Ok(Some(receipt)) => receipt.version.clone(),
            _ => self.chart.as_ref().ok().and_then(|it| it.version.clone()),
        }
    }

    /// Returns its receipt; `None` if there is none that can be read.
    pub fn receipt(&self) -> Option<&Receipt> {
        self.receipt.as_ref().ok().and_then(Option::as_ref)
    }

    /// Returns how it differs from what was installed; `None` if that cannot be told.
    pub fn edits(&self) -> Option<Vec<Edit>> {
        Some(edits(&self.receipt()?.states(KNOWS_MODES), &states(self.tree.as_ref().ok()?)))
    }

    /// Tells whether replacing it would lose something: it was edited, or nobody can tell.
    pub fn is_edited(&self) -> bool {
        self.edits().is_none_or(|it| !it.is_empty())
    }

    /// Tells whether something in its folder is the user's own: edits, or a git repository, which is no part of a pack.
    pub fn holds_own_work(&self) -> bool {
        self.is_edited() || self.folder.join(".git").exists()
    }

    /// Returns why the pack cannot be used, if so.
    pub fn faults(&self) -> Vec<&dyn Failure> {
        let chart = self.chart.as_ref().err().map(|it| it as &dyn Failure);
        let tree = self.tree.as_ref().err().map(|it| it as &dyn Failure);
        let receipt = self.receipt.as_ref().err().map(|it| it as &dyn Failure);
        [chart, tree, receipt].into_iter().flatten().collect()
    }

    /// Returns what a list says about it.
    pub fn summary(&self) -> Installed {
        let receipt = self.receipt();
        Installed {
            name: self.name.clone(),
            version: self.version(),
            description: self.chart.as_ref().map(|it| it.description.clone()).unwrap_or_default(),
            zoo: receipt.and_then(|it| it.zoo.clone()),
            source: receipt.map(|it| it.source.clone()),
            has_receipt: !matches!(self.receipt, Ok(None)),
            edited: self.is_edited(),
            broken: !self.faults().is_empty(),
        }
    }
}

fn chart(name: &str, folder: &Path) -> Result<Chart, BrokenChart> {
    let chart = Chart::read(name, &read_text(&folder.join(CHART_FILE))?)?;
    chart.check_identity(name)?;
    Ok(chart)
}

fn receipt(name: &str, folder: &Path) -> Result<Option<Receipt>, BrokenReceipt> {
    let text = read_text_if_any(&folder.join(OWN_FOLDER).join(RECEIPT_FILE))?;
    Ok(text.map(|it| Receipt::read(name, &it)).transpose()?)
}
