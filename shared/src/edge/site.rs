//! A folder of packs made into a static site: archives and an index beside the packs.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::archive::tar_bz2;
use super::files::{At, FileError, write_public};
use super::folder::{FolderError, read_pack};
use crate::base::digest::sha256;
use crate::base::failure::Failure;
use crate::base::progress::Progress;
use crate::pack::chart::CHART_FILE;
use crate::pack::site::{INDEX_FILE, SiteError, SitePack, archive_name, index_text};
use crate::pack::source::is_no_pack;
use crate::pack::tree::{PackTree, TreeError};

/// Why the packs of a folder cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SiteFolderError {
    /// A file or folder cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// A pack holds something that no pack may hold.
    #[error(transparent)]
    Site(#[from] SiteError),
    /// There is nothing to list.
    #[error("`{}` has no packs", .0.display())]
    Empty(PathBuf),
}

impl Failure for SiteFolderError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::File(it) => it.hint(),
            Self::Site(it) => it.hint(),
            Self::Empty(_) => Some(format!("a pack is a folder with `{CHART_FILE}`")),
        }
    }
}

/// Returns the packs in a folder as they lie there, whether or not git knows of them, and the faults of those that
/// cannot be read; it is one, too, if the folder has no packs.
pub fn read_packs(folder: &Path) -> (BTreeMap<String, PackTree>, Vec<SiteFolderError>) {
    let entries = match fs::read_dir(folder).at("read", folder) {
        Ok(entries) => entries,
        Err(error) => return (BTreeMap::new(), vec![error.into()]),
    };
    let mut packs = BTreeMap::new();
    let mut faults = Vec::new();
    let mut names: Vec<String> = entries.flatten().map(|it| it.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    for name in names {
        let path = folder.join(&name);
        if is_no_pack(&name) || !path.join(CHART_FILE).is_file() {
            continue;
        }
        match read_one(&path) {
            Ok(tree) => drop(packs.insert(name, tree)),
            Err(FolderError::File(error)) => faults.push(error.into()),
            Err(FolderError::Tree(source)) => faults.push(SiteError::Tree { pack: name, source }.into()),
        }
    }
    if packs.is_empty() && faults.is_empty() {
        faults.push(SiteFolderError::Empty(folder.to_owned()));
    }
    (packs, faults)
}

fn read_one(folder: &Path) -> Result<PackTree, FolderError> {
    if folder.is_symlink() {
        let path = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        return Err(TreeError::NotAFile { path, kind: "symbolic link" }.into());
    }
    read_pack(folder)
}

/// Writes an archive of each pack into `folder`, and notes its checksum in `listed`.
pub fn write_archives(
    folder: &Path,
    packs: &BTreeMap<String, PackTree>,
    listed: &mut [SitePack],
    progress: &dyn Progress,
) -> Result<(), FileError> {
    let total = listed.len() as u64;
    progress.begin("Writing archives", Some(total));
    let written = (0..).zip(listed).try_for_each(|(done, pack)| {
        progress.advance(done, Some(total));
        let Some(tree) = packs.get(&pack.name) else { return Ok(()) };
        let file = folder.join(archive_name(&pack.name));
        let bytes = tar_bz2(&pack.name, tree).at("write", &file)?;
        pack.sha256 = Some(sha256(&bytes));
        write_public(&file, &bytes)
    });
    progress.end();
    written
}

/// Writes the index of a site into `folder`, and returns where it is.
pub fn write_index(folder: &Path, listed: &[SitePack]) -> Result<PathBuf, FileError> {
    let file = folder.join(INDEX_FILE);
    write_public(&file, index_text(listed).as_bytes())?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;
    use crate::base::progress::Silent;
    use crate::pack::site::site_packs;

    #[test]
    fn an_archive_holds_one_folder_and_its_checksum_is_noted() {
        let folder = tempfile::tempdir().unwrap();
        let mut tree = PackTree::default();
        let chart = "name: p\nversion: 1\ndescription: d\n";
        for (path, content) in [("Dockerfile", "FROM x\n"), (CHART_FILE, chart), ("run.sh", "true\n")] {
            tree.add(path.as_bytes(), content.into(), path == "run.sh").unwrap();
        }
        let packs = BTreeMap::from([("p".to_owned(), tree)]);
        let mut listed = site_packs(&packs, None).unwrap();
        write_archives(folder.path(), &packs, &mut listed, &Silent).unwrap();
        let bytes = fs::read(folder.path().join("p.tar.bz2")).unwrap();
        assert_eq!(listed[0].sha256, Some(sha256(&bytes)));
        let mut archive = tar::Archive::new(bzip2::read::BzDecoder::new(bytes.as_slice()));
        let seen = archive.entries().unwrap().map(|entry| {
            let mut entry = entry.unwrap();
            let mut content = String::new();
            entry.read_to_string(&mut content).unwrap();
            let header = entry.header();
            let owner = (header.uid().unwrap(), header.gid().unwrap(), header.mtime().unwrap());
            assert_eq!(owner, (0, 0, 0));
            (entry.path().unwrap().to_string_lossy().into_owned(), content, header.mode().unwrap())
        });
        assert_eq!(
            seen.collect::<Vec<_>>(),
            [
                ("p/Dockerfile".into(), "FROM x\n".into(), 0o644),
                ("p/charts/Chart.yaml".into(), chart.into(), 0o644),
                ("p/run.sh".into(), "true\n".into(), 0o755)
            ]
        );
    }
}
