//! The files of a pack in a git tree, within limits: a few objects can spell a tree of any size.

use git2::{Oid, Tree};

use super::{GitError, GitZoo};
use crate::pack::chart::{CHART_FILE, MOST_CHART};
use crate::pack::tree::{MOST_FILES, PackTree, TreeError, check_size, is_left_out};

/// The most entries of trees that are looked at for one pack.
const MOST_ENTRIES: usize = MOST_FILES * 4;
/// The most entries of trees that are looked at to list a zoo.
const MOST_LISTED: usize = MOST_ENTRIES * 10;

/// What a walk gives: the tree may be refused, or git may fail.
type Walked<T> = Result<Result<T, TreeError>, GitError>;

/// A file that a walk came to.
struct Visit<'a> {
    path: &'a [u8],
    id: Oid,
    executable: bool,
}

impl GitZoo {
    /// Returns the files below `top`.
    pub(super) fn take(&self, top: &Tree<'_>) -> Walked<PackTree> {
        let mut pack = PackTree::default();
        let database = self.read(self.repository.odb())?;
        let mut bytes = 0;
        let walked = self.walk(top, &mut 0, &mut |file| {
            bytes += self.read(database.read_header(file.id))?.0 as u64;
            if let Err(error) = check_size(bytes) {
                return Ok(Err(error));
            }
            let content = self.read(self.repository.find_blob(file.id))?.content().to_vec();
            Ok(pack.add(file.path, content, file.executable))
        })?;
        Ok(walked.map(|()| pack))
    }

    /// Checks names and kinds below `top`, but no contents. `seen` counts the entries of all packs that are listed.
    pub(super) fn check(&self, top: &Tree<'_>, seen: &mut usize) -> Walked<()> {
        if *seen > MOST_LISTED {
            return Ok(Err(TreeError::TooLarge { limit: format!("{MOST_LISTED} files in the packs before it") }));
        }
        let mut pack = PackTree::default();
        self.walk(top, seen, &mut |file| Ok(pack.add(file.path, Vec::new(), file.executable)))
    }

    /// Returns the text of a Chart.yaml.
    pub(super) fn chart_text(&self, id: Oid) -> Walked<String> {
        let database = self.read(self.repository.odb())?;
        if self.read(database.read_header(id))?.0 > MOST_CHART {
            let limit = format!("{} MiB in `{CHART_FILE}`", MOST_CHART >> 20);
            return Ok(Err(TreeError::TooLarge { limit }));
        }
        let blob = self.read(self.repository.find_blob(id))?;
        Ok(Ok(String::from_utf8_lossy(blob.content()).into_owned()))
    }

    fn walk(&self, top: &Tree<'_>, seen: &mut usize, visit: &mut dyn FnMut(&Visit<'_>) -> Walked<()>) -> Walked<()> {
        let last = *seen + MOST_ENTRIES;
        let mut folders = vec![(Vec::new(), self.read(self.repository.find_tree(top.id()))?)];
        while let Some((prefix, folder)) = folders.pop() {
            for entry in &folder {
                *seen += 1;
                if *seen > last {
                    return Ok(Err(TreeError::TooLarge { limit: format!("{MOST_FILES} files") }));
                }
                if prefix.is_empty() && is_left_out(&String::from_utf8_lossy(entry.name_bytes())) {
                    continue;
                }
                let path = [prefix.as_slice(), entry.name_bytes()].concat();
                let kind = match entry.filemode() {
                    0o040_000 => {
                        let tree = self.read(self.repository.find_tree(entry.id()))?;
                        folders.push(([path.as_slice(), b"/"].concat(), tree));
                        continue;
                    }
                    0o120_000 => "symbolic link",
                    0o160_000 => "submodule",
                    _ => "",
                };
                if !kind.is_empty() {
                    let path = String::from_utf8_lossy(&path).into_owned();
                    return Ok(Err(TreeError::NotAFile { path, kind }));
                }
                let executable = entry.filemode() == 0o100_755;
                let visited = visit(&Visit { path: &path, id: entry.id(), executable })?;
                if visited.is_err() {
                    return Ok(visited);
                }
            }
        }
        Ok(Ok(()))
    }
}
