//! What is written down about an installed pack, and what was changed in it since.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::tree::{PackFile, PackTree};
use crate::base::digest::sha256;
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
    /// The files that may be executed; `None` in receipts that do not say.
    #[serde(default)]
    pub executables: Option<BTreeSet<String>>,
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

    /// Returns the files as they were installed; whether they may be executed only `with_modes`.
    pub fn states(&self, with_modes: bool) -> States {
        let executables = self.executables.as_ref().filter(|_| with_modes);
        let state = |(path, hash): (&String, &String)| {
            let executable = executables.map(|it| it.contains(path));
            (path.clone(), FileState { hash: hash.clone(), executable })
        };
        self.files.iter().map(state).collect()
    }

    /// Returns the receipt's text.
    pub fn text(&self) -> String {
        // A struct of texts and maps with text keys always has a JSON form.
        serde_json::to_string_pretty(self).map(|it| it + "\n").unwrap_or_default()
    }
}

/// Returns the SHA-256 of every file by its path, in hex.
pub fn hashes(tree: &PackTree) -> BTreeMap<String, String> {
    tree.files().map(|(path, file)| (path.to_owned(), sha256(&file.content))).collect()
}

/// What an edit can change of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileState {
    hash: String,
    /// `None` where nobody knows.
    executable: Option<bool>,
}

/// The files of a pack by their paths.
pub type States = BTreeMap<String, FileState>;

/// Returns the files of a pack as they are.
pub fn states(tree: &PackTree) -> States {
    let mut hashes = hashes(tree);
    let state = |(path, file): (&str, &PackFile)| {
        let hash = hashes.remove(path).unwrap_or_default();
        (path.to_owned(), FileState { hash, executable: Some(file.executable) })
    };
    tree.files().map(state).collect()
}

/// Returns the paths of the files that may be executed.
pub fn executables(tree: &PackTree) -> BTreeSet<String> {
    tree.files().filter(|(_, file)| file.executable).map(|(path, _)| path.to_owned()).collect()
}

/// One local edit of an installed pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// The file holds something else.
    Changed(String),
    /// The file may be executed now, or no longer.
    Mode(String),
    /// The file is new.
    Added(String),
    /// The file is gone.
    Removed(String),
}

impl fmt::Display for Edit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed(path) => write!(out, "changed {path}"),
            Self::Mode(path) => write!(out, "changed mode of {path}"),
            Self::Added(path) => write!(out, "added {path}"),
            Self::Removed(path) => write!(out, "removed {path}"),
        }
    }
}

/// Returns how `now` differs from what was installed, in the order of the paths.
pub fn edits(installed: &States, now: &States) -> Vec<Edit> {
    let mut edits: Vec<(&String, Edit)> = Vec::new();
    for (path, state) in installed {
        match now.get(path) {
            None => edits.push((path, Edit::Removed(path.clone()))),
            Some(other) if other.hash != state.hash => edits.push((path, Edit::Changed(path.clone()))),
            Some(other) if state.executable.is_some_and(|it| other.executable.is_some_and(|now| now != it)) => {
                edits.push((path, Edit::Mode(path.clone())));
            }
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
                tree.add(path.as_bytes(), content.as_bytes().to_vec(), content.starts_with("#!")).unwrap();
            }
            states(&tree)
        };
        let before = tree(&[("a", "1"), ("b", "2"), ("c", "3")]);
        assert_eq!(edits(&before, &before), []);
        let after = tree(&[("a", "1"), ("aa", ""), ("c", "4")]);
        let seen: Vec<String> = edits(&before, &after).iter().map(Edit::to_string).collect();
        assert_eq!(seen, ["added aa", "removed b", "changed c"]);
        let mut unknown = before.clone();
        let mut other = before.clone();
        other.get_mut("a").unwrap().executable = Some(true);
        assert_eq!(edits(&before, &other), [Edit::Mode("a".to_owned())]);
        unknown.get_mut("a").unwrap().executable = None;
        assert_eq!(edits(&unknown, &other), []);
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
            executables: None,
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
