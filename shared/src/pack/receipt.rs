//! What is written down about an installed pack, and what was changed in it since.

use std::collections::BTreeMap;
use std::fmt;

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::tree::PackTree;
use crate::base::failure::Failure;

/// Where a receipt is, below the pack's own folder `.nauta`.
pub const RECEIPT_FILE: &str = "receipt.json";
/// Where the pack's files as installed are, below `.nauta`.
pub const BASE_FILE: &str = "base.tar.gz";

/// Where an installed pack came from, and what it was then. Absent values are `null` in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The pack's name.
    pub name: String,
    /// Its version as the zoo has it; this one is compared. `None` if it has none.
    pub version: Option<String>,
    /// The zoo's name; `None` if it was installed from a path.
    pub zoo: Option<String>,
    /// The zoo's URL without user info, or the path given to `install`.
    pub source: String,
    /// The branch or tag asked for, or the tag that the version was found by.
    #[serde(rename = "ref")]
    pub reference: Option<String>,
    /// The commit in full, for a git zoo.
    pub commit: Option<String>,
    /// `sha256:…` of the archive, where there was one.
    pub digest: Option<String>,
    /// When it was installed, in whole seconds.
    pub installed_at: Timestamp,
    /// The SHA-256 of every file by its path, in hex.
    pub files: BTreeMap<String, String>,
    /// The node that its resources were fitted to.
    pub fitted: Option<Fitted>,
}

/// What resources were fitted to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fitted {
    /// CPUs of the node.
    pub cpu: String,
    /// Memory of the node.
    pub memory: String,
}

/// A receipt that does not say what it should.
#[derive(Debug, thiserror::Error)]
#[error("the receipt of pack `{pack}` cannot be read")]
pub struct ReceiptError {
    /// The pack.
    pub pack: String,
    /// What is wrong with it.
    #[source]
    pub source: serde_json::Error,
}

impl Failure for ReceiptError {
    fn hint(&self) -> Option<String> {
        Some(format!(
            "`kubectl pack install {} --force` installs it anew and keeps the old folder as a backup",
            self.pack
        ))
    }
}

impl Receipt {
    /// Reads the receipt of the installed pack `pack`.
    pub fn read(pack: &str, text: &str) -> Result<Self, ReceiptError> {
        serde_json::from_str(text).map_err(|source| ReceiptError { pack: pack.to_owned(), source })
    }

    /// Returns the receipt's text.
    pub fn text(&self) -> String {
        // A struct of texts and maps with text keys always has a JSON form.
        serde_json::to_string_pretty(self).map(|it| it + "\n").unwrap_or_default()
    }
}

/// Returns the SHA-256 of every file by its path, in hex.
pub fn hashes(tree: &PackTree) -> BTreeMap<String, String> {
    tree.files().map(|(path, file)| (path.to_owned(), HEXLOWER.encode(&Sha256::digest(&file.content)))).collect()
}

/// One local edit of an installed pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// The file holds something else.
    Changed(String),
    /// The file is new.
    Added(String),
    /// The file is gone.
    Removed(String),
}

impl fmt::Display for Edit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed(path) => write!(out, "changed {path}"),
            Self::Added(path) => write!(out, "added {path}"),
            Self::Removed(path) => write!(out, "removed {path}"),
        }
    }
}

/// Returns how `now` differs from what was installed, in the order of the paths.
pub fn edits(installed: &BTreeMap<String, String>, now: &BTreeMap<String, String>) -> Vec<Edit> {
    let mut edits: Vec<(&String, Edit)> = Vec::new();
    for (path, hash) in installed {
        match now.get(path) {
            None => edits.push((path, Edit::Removed(path.clone()))),
            Some(other) if other != hash => edits.push((path, Edit::Changed(path.clone()))),
            Some(_) => {}
        }
    }
    let added = now.keys().filter(|it| !installed.contains_key(*it));
    edits.extend(added.map(|path| (path, Edit::Added(path.clone()))));
    edits.sort_by_key(|(path, _)| *path);
    edits.into_iter().map(|(_, edit)| edit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_edit_is_seen() {
        let tree = |files: &[(&str, &str)]| {
            let mut tree = PackTree::default();
            for (path, content) in files {
                tree.add(path.as_bytes(), content.as_bytes().to_vec(), false).unwrap();
            }
            hashes(&tree)
        };
        let before = tree(&[("a", "1"), ("b", "2"), ("c", "3")]);
        assert_eq!(edits(&before, &before), []);
        let after = tree(&[("a", "1"), ("aa", ""), ("c", "4")]);
        let seen: Vec<String> = edits(&before, &after).iter().map(Edit::to_string).collect();
        assert_eq!(seen, ["added aa", "removed b", "changed c"]);
    }

    #[test]
    fn a_receipt_reads_back_and_names_what_is_absent() {
        let receipt = Receipt {
            name: "p".into(),
            version: Some("1.10".into()),
            zoo: None,
            source: "/p".into(),
            reference: None,
            commit: None,
            digest: None,
            installed_at: "2026-01-02T03:04:05Z".parse().unwrap(),
            files: BTreeMap::new(),
            fitted: None,
        };
        let text = receipt.text();
        for line in
            ["\"ref\": null", "\"digest\": null", "\"fitted\": null", "\"installed_at\": \"2026-01-02T03:04:05Z\""]
        {
            assert!(text.contains(line), "{line} in {text}");
        }
        assert_eq!(Receipt::read("p", &text).unwrap(), receipt);
    }
}
