//! A pack's files as an archive: the same files always give the same bytes.

use std::io::{self, Write};

use bzip2::write::BzEncoder;
use flate2::{Compression, GzBuilder};
use tar::{Builder, EntryType, Header};

use crate::pack::tree::PackTree;

/// Returns the files as a `.tar.gz`: sorted, without times, owners and a top folder.
pub fn tar_gz(tree: &PackTree) -> io::Result<Vec<u8>> {
    let mut gzip = tar(tree, "", GzBuilder::new().mtime(0).write(Vec::new(), Compression::default()))?;
    gzip.flush()?;
    gzip.finish()
}

/// Returns the files of the pack `name` as a `.tar.bz2`: sorted, without times and owners, below one folder `name`.
pub fn tar_bz2(name: &str, tree: &PackTree) -> io::Result<Vec<u8>> {
    tar(tree, &format!("{name}/"), BzEncoder::new(Vec::new(), bzip2::Compression::best()))?.finish()
}

fn tar<W: Write>(tree: &PackTree, prefix: &str, out: W) -> io::Result<W> {
    let mut archive = Builder::new(out);
    for (path, file) in tree.files() {
        let mut header = Header::new_gnu();
        header.set_entry_type(EntryType::Regular);
        header.set_size(file.content.len() as u64);
        header.set_mode(if file.executable { 0o755 } else { 0o644 });
        header.set_mtime(0);
        header.set_uid(0);
        header.set_gid(0);
        archive.append_data(&mut header, format!("{prefix}{path}"), file.content.as_slice())?;
    }
    archive.into_inner()
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn the_same_files_give_the_same_bytes_with_relative_names() {
        let mut tree = PackTree::default();
        let long = format!("charts/{}/x", "long".repeat(40));
        for path in ["b/run.sh", "a", long.as_str()] {
            tree.add(path.as_bytes(), path.as_bytes().to_vec(), path.ends_with("sh")).unwrap();
        }
        let bytes = tar_gz(&tree).unwrap();
        assert_eq!(bytes, tar_gz(&tree).unwrap());
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(bytes.as_slice()));
        let mut seen = Vec::new();
        for entry in archive.entries().unwrap() {
            let mut entry = entry.unwrap();
            let mut content = String::new();
            entry.read_to_string(&mut content).unwrap();
            assert_eq!(entry.path().unwrap().to_str(), Some(content.as_str()));
            seen.push((content, entry.header().mode().unwrap(), entry.header().mtime().unwrap()));
        }
        assert_eq!(seen, [("a".into(), 0o644, 0), ("b/run.sh".into(), 0o755, 0), (long, 0o644, 0)]);
    }
}
