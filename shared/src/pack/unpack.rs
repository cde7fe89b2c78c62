//! An archive turned into a pack's files, in memory: nothing it holds can reach the disk before it is checked.

use std::collections::BTreeSet;
use std::io::{self, Read};

use bzip2::read::MultiBzDecoder;
use flate2::read::MultiGzDecoder;
use tar::{Archive, EntryType, PaxExtensions};

use super::tree::{MOST_BYTES, MOST_FILES, PackTree, TreeError, check_path, is_left_out};
use super::unzip::unzip;
use crate::base::failure::Failure;

/// The most bytes that an archive may have.
pub const MOST_ARCHIVE_BYTES: u64 = 64 << 20;
/// The most entries of an archive: files, folders and what archives need for long names.
pub(super) const MOST_ENTRIES: usize = MOST_FILES * 4;
/// The most bytes of a name, or of what stands about one file.
const MOST_NAME_BYTES: u64 = 64 << 10;
/// The most bytes that are unpacked: files, and the blocks around them.
const MOST_UNPACKED_BYTES: u64 = MOST_BYTES + 1024 * MOST_ENTRIES as u64;

/// Why an archive is refused.
#[derive(Debug, thiserror::Error)]
pub enum UnpackError {
    /// It is none that we read.
    #[error("it is no archive: {found}")]
    NoArchive {
        /// What it is.
        found: &'static str,
    },
    /// It is cut off, or damaged.
    #[error("the archive is damaged or cut off")]
    Damaged(#[source] io::Error),
    /// It uses something that pack archives do not need.
    #[error("the archive holds {0}")]
    Unusual(&'static str),
    /// There is not one folder at the top, of the pack's name.
    #[error("`{}` is outside the folder `{expected}`", path.escape_debug())]
    OtherTop {
        /// Where it is.
        path: String,
        /// The only folder at the top.
        expected: String,
    },
    /// It holds nothing.
    #[error("the archive is empty")]
    Empty,
    /// Two entries have one name.
    #[error("the archive holds `{}` twice", .0.escape_debug())]
    Twice(String),
    /// It holds something that no pack may hold.
    #[error(transparent)]
    Tree(#[from] TreeError),
}

impl Failure for UnpackError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::NoArchive { .. } => Some("packs come as `.tar.bz2`, `.tar.gz`, `.tgz` or `.zip`".to_owned()),
            Self::OtherTop { .. } => {
                Some("an archive holds one folder, called as the pack, and nothing else".to_owned())
            }
            Self::Tree(it) => it.hint(),
            Self::Damaged(_) | Self::Unusual(_) | Self::Empty | Self::Twice(_) => None,
        }
    }
}

/// A pack's files out of an archive.
#[derive(Debug)]
pub struct Unpacked {
    /// The name of the only folder at the top.
    pub name: String,
    /// The files below it.
    pub tree: PackTree,
}

/// Unpacks an archive, told by its content, whose only top-level entry is the folder `name`, or any one folder.
///
/// # Errors
///
/// Refuses links, devices, sparse files, encryption, two entries of one name, another top folder, whatever
/// [`PackTree::add`] refuses, and more than its limits, which are checked while it unpacks.
pub fn unpack(archive: &[u8], name: Option<&str>) -> Result<Unpacked, UnpackError> {
    let mut sink = Sink {
        name: name.map(str::to_owned),
        seen: BTreeSet::new(),
        tree: PackTree::default(),
        entries: 0,
        left: MOST_BYTES,
    };
    match archive {
        [b'B', b'Z', b'h', ..] => untar(MultiBzDecoder::new(archive), &mut sink)?,
        [0x1f, 0x8b, ..] => untar(MultiGzDecoder::new(archive), &mut sink)?,
        [b'P', b'K', 3 | 5, 4 | 6, ..] => unzip(archive, &mut sink)?,
        _ if archive.get(257..262) == Some(b"ustar") => untar(archive, &mut sink)?,
        [] => return Err(UnpackError::NoArchive { found: "nothing came" }),
        _ if archive.trim_ascii_start().starts_with(b"<") => {
            return Err(UnpackError::NoArchive { found: "it is a web page" });
        }
        _ => return Err(UnpackError::NoArchive { found: "neither tar nor zip" }),
    }
    match sink.name {
        Some(name) if !sink.tree.is_empty() => Ok(Unpacked { name, tree: sink.tree }),
        _ => Err(UnpackError::Empty),
    }
}

/// Where entries go, whatever the kind of archive.
pub(super) struct Sink {
    name: Option<String>,
    seen: BTreeSet<String>,
    tree: PackTree,
    entries: usize,
    left: u64,
}

impl Sink {
    /// Counts an entry.
    pub(super) fn count(&mut self) -> Result<(), UnpackError> {
        self.entries += 1;
        if self.entries > MOST_ENTRIES {
            return Err(TreeError::TooLarge { limit: format!("{MOST_FILES} files") }.into());
        }
        Ok(())
    }

    /// Takes a folder.
    pub(super) fn folder(&mut self, path: &[u8]) -> Result<(), UnpackError> {
        let path = path.strip_suffix(b"/").unwrap_or(path);
        if !matches!(path, b"." | b"./" | b"") {
            self.below_top(path)?;
        }
        Ok(())
    }

    /// Takes a file of `size` bytes, if that is true; its content is read no further than a pack may be large.
    pub(super) fn file(
        &mut self,
        path: &[u8],
        content: impl Read,
        size: u64,
        executable: bool,
    ) -> Result<(), UnpackError> {
        let Some(below) = self.below_top(path)? else {
            let path = String::from_utf8_lossy(path).into_owned();
            return Err(UnpackError::OtherTop { path, expected: self.name.clone().unwrap_or_default() });
        };
        if !self.seen.insert(below.clone()) {
            return Err(UnpackError::Twice(below));
        }
        let top = below.split('/').next().unwrap_or_default();
        if size > self.left {
            return Err(too_large());
        }
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
        content.take(self.left + 1).read_to_end(&mut bytes).map_err(failed)?;
        self.left = self.left.checked_sub(bytes.len() as u64).ok_or_else(too_large)?;
        if !is_left_out(top) {
            self.tree.add(below.as_bytes(), bytes, executable)?;
        }
        Ok(())
    }

    /// Returns the path below the pack's folder; `None` for that folder itself.
    fn below_top(&mut self, path: &[u8]) -> Result<Option<String>, UnpackError> {
        let path = check_path(path.strip_prefix(b"./").unwrap_or(path))?;
        let (top, below) = path.split_once('/').map_or((path.as_str(), None), |(top, below)| (top, Some(below)));
        let expected = self.name.get_or_insert_with(|| top.to_owned());
        if expected != top {
            return Err(UnpackError::OtherTop { expected: expected.clone(), path });
        }
        Ok(below.map(str::to_owned))
    }
}

/// Returns the error of something that is over the limit.
fn too_large() -> UnpackError {
    TreeError::TooLarge { limit: format!("{} MiB", MOST_BYTES >> 20) }.into()
}

/// Returns the error of a read that failed: our own limit, or a fault of the archive.
pub(super) fn failed(error: io::Error) -> UnpackError {
    if error.kind() == io::ErrorKind::FileTooLarge { too_large() } else { UnpackError::Damaged(error) }
}

/// Passes bytes on and counts them, so that what is small when packed cannot be endless when unpacked.
struct Bounded<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.left = self.left.checked_sub(read as u64).ok_or(io::ErrorKind::FileTooLarge)?;
        Ok(read)
    }
}

/// Reads entry by entry as they lie, so that names and sizes are checked before anything is read on their word.
fn untar(reader: impl Read, sink: &mut Sink) -> Result<(), UnpackError> {
    let mut archive = Archive::new(Bounded { inner: reader, left: MOST_UNPACKED_BYTES });
    let mut long_name: Option<Vec<u8>> = None;
    for entry in archive.entries().map_err(failed)?.raw(true) {
        let mut entry = entry.map_err(failed)?;
        sink.count()?;
        let size = entry.header().entry_size().map_err(failed)?;
        let kind = entry.header().entry_type();
        match kind {
            EntryType::GNULongName => {
                let mut name = about_file(&mut entry, size)?;
                name.truncate(name.iter().rposition(|it| *it != 0).map_or(0, |it| it + 1));
                long_name = Some(name);
            }
            EntryType::XHeader => long_name = pax_name(&about_file(&mut entry, size)?)?.or(long_name),
            // A comment, such as the commit that `git archive` writes.
            EntryType::XGlobalHeader => drop(about_file(&mut entry, size)?),
            _ => {
                let name = long_name.take().unwrap_or_else(|| entry.header().path_bytes().into_owned());
                match kind {
                    EntryType::Directory => sink.folder(&name)?,
                    EntryType::Regular | EntryType::Continuous if name.ends_with(b"/") => sink.folder(&name)?,
                    EntryType::Regular | EntryType::Continuous => {
                        let executable = entry.header().mode().unwrap_or(0o644) & 0o100 != 0;
                        sink.file(&name, &mut entry, size, executable)?;
                    }
                    other => return Err(not_a_file(&name, other)),
                }
            }
        }
    }
    // What stands behind the last entry belongs to the checksum.
    io::copy(&mut archive.into_inner(), &mut io::sink()).map_err(failed)?;
    Ok(())
}

fn about_file(entry: &mut impl Read, size: u64) -> Result<Vec<u8>, UnpackError> {
    if size > MOST_NAME_BYTES {
        return Err(UnpackError::Unusual("a name that is longer than any file's"));
    }
    let mut bytes = Vec::new();
    entry.read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

/// Returns the name that extended headers give to the next entry.
fn pax_name(records: &[u8]) -> Result<Option<Vec<u8>>, UnpackError> {
    let mut name = None;
    for record in PaxExtensions::new(records) {
        let record = record.map_err(failed)?;
        match record.key_bytes() {
            b"path" => name = Some(record.value_bytes().to_vec()),
            b"size" => return Err(UnpackError::Unusual("a size that its header cannot hold")),
            key if key.starts_with(b"GNU.sparse") => return Err(UnpackError::Unusual("a sparse file")),
            _ => {}
        }
    }
    Ok(name)
}

fn not_a_file(name: &[u8], kind: EntryType) -> UnpackError {
    let kind = match kind {
        EntryType::Symlink => "symbolic link",
        EntryType::Link | EntryType::GNULongLink => "hard link",
        EntryType::Char | EntryType::Block | EntryType::Fifo => "device",
        EntryType::GNUSparse => "sparse file",
        _ => "thing of an unknown kind",
    };
    TreeError::NotAFile { path: String::from_utf8_lossy(name).into_owned(), kind }.into()
}

#[cfg(test)]
mod tests;
