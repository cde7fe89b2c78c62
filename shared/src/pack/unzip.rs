//! A zip archive, read through its own list of contents.

use std::io::Cursor;

use zip::ZipArchive;
use zip::result::ZipError;

use super::tree::{MOST_FILES, TreeError};
use super::unpack::{MOST_ENTRIES, Sink, UnpackError, failed};

/// How each line of the list of contents begins.
const LINE: &[u8] = b"PK\x01\x02";
/// How long such a line is, without its names.
const LINE_LENGTH: usize = 46;

/// Gives every entry of a zip archive to `sink`.
pub(super) fn unzip(bytes: &[u8], sink: &mut Sink) -> Result<(), UnpackError> {
    if has_too_many_lines(bytes) {
        return Err(TreeError::TooLarge { limit: format!("{MOST_FILES} files") }.into());
    }
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
    let start = usize::try_from(archive.central_directory_start()).unwrap_or(usize::MAX);
    let names = names(bytes.get(start..).unwrap_or_default());
    // The reader keeps the last of two entries of one name; both stand in the list.
    let mut sorted = names;
    sorted.sort_unstable();
    if let Some(pair) = sorted.windows(2).find(|it| it[0] == it[1]) {
        return Err(UnpackError::Twice(String::from_utf8_lossy(pair[0]).into_owned()));
    }
    for index in 0..archive.len() {
        sink.count()?;
        let raw = archive.by_index_raw(index).map_err(damaged)?;
        let (name, mode) = (raw.name_raw().to_vec(), raw.unix_mode());
        let (size, is_encrypted) = (raw.size(), raw.encrypted());
        drop(raw);
        if is_encrypted {
            return Err(UnpackError::Unusual("an encrypted file"));
        }
        // The upper bits tell the kind, where the archive was made on Unix.
        match mode.unwrap_or(0) & 0o170_000 {
            0 | 0o100_000 | 0o040_000 => {}
            0o120_000 => return Err(not_a_file(&name, "symbolic link")),
            _ => return Err(not_a_file(&name, "device")),
        }
        if name.ends_with(b"/") {
            sink.folder(&name)?;
            continue;
        }
        let content = archive.by_index(index).map_err(damaged)?;
        sink.file(&name, content, size, mode.unwrap_or(0) & 0o100 != 0)?;
    }
    Ok(())
}

fn not_a_file(name: &[u8], kind: &'static str) -> UnpackError {
    TreeError::NotAFile { path: String::from_utf8_lossy(name).into_owned(), kind }.into()
}

fn damaged(error: ZipError) -> UnpackError {
    match error {
        ZipError::UnsupportedArchive(_) | ZipError::CompressionMethodNotSupported(_) => {
            UnpackError::Unusual("a file packed in a way that few programs read")
        }
        ZipError::Io(error) => failed(error),
        other => UnpackError::Damaged(std::io::Error::other(other)),
    }
}

/// Tells whether the list of contents may be longer than any pack's, before it is read into memory.
fn has_too_many_lines(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    for _ in 0..=MOST_ENTRIES {
        let Some(at) = find_line(rest) else { return false };
        rest = &rest[at + LINE.len()..];
    }
    true
}

fn find_line(bytes: &[u8]) -> Option<usize> {
    let mut from = 0;
    while let Some(at) = bytes[from..].iter().position(|it| *it == b'P') {
        if bytes[from + at..].starts_with(LINE) {
            return Some(from + at);
        }
        from += at + 1;
    }
    None
}

/// Returns the names in a list of contents.
fn names(mut list: &[u8]) -> Vec<&[u8]> {
    let mut names = Vec::new();
    while list.starts_with(LINE) && list.len() >= LINE_LENGTH {
        let number = |at: usize| usize::from(u16::from_le_bytes([list[at], list[at + 1]]));
        let (name, extra, comment) = (number(28), number(30), number(32));
        let Some(bytes) = list.get(LINE_LENGTH..LINE_LENGTH + name) else { break };
        names.push(bytes);
        list = list.get(LINE_LENGTH + name + extra + comment..).unwrap_or_default();
    }
    names
}
