//! Archives made by a test, of files that are good or wicked.

use std::io::{Cursor, Write as _};

use bzip2::write::BzEncoder;
use flate2::write::GzEncoder;
use tar::{Builder, EntryType, Header};
use zip::write::SimpleFileOptions;

/// One entry of a tar: its name, its kind, where it links to, and its content.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The name, as raw as it goes into the archive.
    pub name: Vec<u8>,
    /// What it is.
    pub kind: EntryType,
    /// Where a link leads.
    pub link: String,
    /// What a file holds.
    pub content: Vec<u8>,
}

impl Entry {
    /// Returns a file.
    pub fn file(name: &str, content: &str) -> Self {
        Self { name: name.into(), kind: EntryType::Regular, link: String::new(), content: content.into() }
    }

    /// Returns a link or a device.
    pub fn other(name: &str, kind: EntryType, link: &str) -> Self {
        Self { kind, link: link.to_owned(), ..Self::file(name, "") }
    }
}

/// Returns a tar of these entries; names are written as they are, whatever they hold.
pub fn tar(entries: &[Entry]) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    for entry in entries {
        append(&mut builder, entry);
    }
    builder.into_inner().unwrap()
}

/// Adds an entry to a tar.
pub fn append(builder: &mut Builder<impl std::io::Write>, entry: &Entry) {
    if entry.name.len() > 100 {
        let mut header = header(b"././@LongLink", EntryType::GNULongName, entry.name.len());
        header.set_cksum();
        builder.append(&header, entry.name.as_slice()).unwrap();
    }
    let mut header = header(&entry.name[..entry.name.len().min(100)], entry.kind, entry.content.len());
    let link = entry.link.as_bytes();
    header.as_old_mut().linkname[..link.len()].copy_from_slice(link);
    header.set_cksum();
    builder.append(&header, entry.content.as_slice()).unwrap();
}

fn header(name: &[u8], kind: EntryType, size: usize) -> Header {
    let mut header = Header::new_gnu();
    header.as_old_mut().name[..name.len()].copy_from_slice(name);
    header.set_entry_type(kind);
    header.set_size(size as u64);
    header.set_mode(0o644);
    header
}

/// Returns the files of a pack as entries.
pub fn entries(files: &[(String, String)]) -> Vec<Entry> {
    files.iter().map(|(path, content)| Entry::file(path, content)).collect()
}

/// Compresses as `.bz2`.
pub fn bz2(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Compresses as `.gz`.
pub fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Returns a zip of these files; a mode with a kind in its upper bits makes something else of one.
pub fn zip(files: &[(String, String)], mode: u32) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        let options = SimpleFileOptions::default();
        if mode & 0o170_000 == 0o120_000 {
            archive.add_symlink(name.as_str(), content.as_str(), options).unwrap();
        } else {
            archive.start_file(name.as_str(), options.unix_permissions(mode)).unwrap();
            archive.write_all(content.as_bytes()).unwrap();
        }
    }
    archive.finish().unwrap().into_inner()
}
