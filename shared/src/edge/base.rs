//! The files of an installed pack as they were installed: what edits are seen against, and merged from.

use std::io::{self, Read as _};

use flate2::read::GzDecoder;

use super::files::{FileError, read};
use super::folder::OWN_FOLDER;
use super::installed::InstalledPack;
use crate::base::failure::Failure;
use crate::pack::receipt::{BASE_FILE, hashes};
use crate::pack::tree::{MOST_BYTES, PackTree, TreeError};

/// Why nobody can tell what was installed.
#[derive(Debug, thiserror::Error)]
pub enum BaseError {
    /// There is no receipt that can be read.
    #[error("pack `{pack}` has no receipt that tells what was installed")]
    NoReceipt {
        /// The pack.
        pack: String,
    },
    /// The archive is missing or cannot be read.
    #[error("cannot tell what was installed of pack `{pack}`")]
    File {
        /// The pack.
        pack: String,
        /// What is wrong.
        #[source]
        source: FileError,
    },
    /// The archive is damaged.
    #[error("`{OWN_FOLDER}/{BASE_FILE}` of pack `{pack}` is damaged")]
    Damaged {
        /// The pack.
        pack: String,
        /// What is wrong.
        #[source]
        source: Damage,
    },
}

/// What is wrong with an archive of the files as installed.
#[derive(Debug, thiserror::Error)]
pub enum Damage {
    /// It cannot be unpacked.
    #[error("it cannot be unpacked")]
    Archive(#[from] io::Error),
    /// It holds something that no pack may hold.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// It holds other files than the receipt says.
    #[error("it holds other files than the receipt says")]
    OtherFiles,
}

impl Failure for BaseError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            // Who made it here finds it in no zoo, as a rule.
            Self::NoReceipt { pack } => {
                format!("`kubectl pack diff {pack} --available` compares it with what a zoo has, if one has it")
            }
            Self::File { pack, .. } | Self::Damaged { pack, .. } => {
                format!("`kubectl pack install {pack} --force` installs it anew and keeps this one as a backup")
            }
        })
    }
}

/// Returns the files of `pack` as they were installed.
///
/// # Errors
///
/// Fails if the archive of them is not there, or does not hold what the receipt says.
pub fn read_base(pack: &InstalledPack) -> Result<PackTree, BaseError> {
    let name = || pack.name.clone();
    let receipt = pack.receipt().ok_or_else(|| BaseError::NoReceipt { pack: name() })?;
    let file = pack.folder.join(OWN_FOLDER).join(BASE_FILE);
    let bytes = read(&file).map_err(|source| BaseError::File { pack: name(), source })?;
    let tree = unpacked(&bytes).map_err(|source| BaseError::Damaged { pack: name(), source })?;
    if hashes(&tree) == receipt.files {
        return Ok(tree);
    }
    Err(BaseError::Damaged { pack: name(), source: Damage::OtherFiles })
}

fn unpacked(bytes: &[u8]) -> Result<PackTree, Damage> {
    // Headers come on top of the files; what is cut off here does not match the receipt.
    let mut archive = tar::Archive::new(GzDecoder::new(bytes).take(2 * MOST_BYTES));
    let mut tree = PackTree::default();
    for entry in archive.entries()? {
        let mut entry = entry?;
        let mut content = Vec::new();
        entry.read_to_end(&mut content)?;
        let executable = entry.header().mode()? & 0o100 != 0;
        tree.add(&entry.path_bytes(), content, executable)?;
    }
    Ok(tree)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::archive::tar_gz;

    #[test]
    fn what_is_packed_is_unpacked_and_damage_is_seen() {
        let mut tree = PackTree::default();
        let long = format!("charts/{}/żółć", "long".repeat(40));
        for path in ["run.sh", long.as_str(), "empty"] {
            tree.add(path.as_bytes(), path.as_bytes().to_vec(), path.ends_with("sh")).unwrap();
        }
        let bytes = tar_gz(&tree).unwrap();
        assert_eq!(unpacked(&bytes).unwrap(), tree);
        assert!(matches!(unpacked(&bytes[..bytes.len() / 2]), Err(Damage::Archive(_))));
        assert!(matches!(unpacked(b"no gzip"), Err(Damage::Archive(_))));
    }
}
