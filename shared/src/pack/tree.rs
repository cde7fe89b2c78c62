//! A pack's files, wherever they came from, and what may be among them.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::base::failure::Failure;

/// One file of a pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackFile {
    /// The bytes, never rendered.
    pub content: Vec<u8>,
    /// Whether the file may be executed.
    pub executable: bool,
}

/// All files of a pack by their path below the pack's folder, `/` between its parts.
///
/// A tree holds nothing that is dangerous to write below a folder: every path went through [`PackTree::add`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PackTree {
    files: BTreeMap<String, PackFile>,
    folded: BTreeMap<String, String>,
    bytes: u64,
    /// The bytes of all names, each folder's own included: deep ones would fill the memory without any content.
    name_bytes: usize,
}

/// The most files that a pack may have.
pub const MOST_FILES: usize = 10_000;
/// The most bytes that a pack may have.
pub const MOST_BYTES: u64 = 256 << 20;
/// The most bytes of names that a pack may have, each folder's own included.
const MOST_NAME_BYTES: usize = 16 << 20;

/// The folder inside an installed pack that is no part of it.
pub const OWN_FOLDER: &str = ".nauta";

/// Tells whether something at the top of a pack's folder is no part of the pack: our own folder, and a git repository.
pub fn is_left_out(name: &str) -> bool {
    name.eq_ignore_ascii_case(OWN_FOLDER) || name.eq_ignore_ascii_case(".git")
}

/// Why a file refuses the whole pack: one rule for every kind of zoo.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// Something else than a file or a folder.
    #[error("`{path}` is a {kind}: a pack holds files and folders only")]
    NotAFile {
        /// Where it is.
        path: String,
        /// What it is: `symbolic link`, `submodule`, `device`, …
        kind: &'static str,
    },
    /// A name that leaves the folder, or that some system cannot write.
    #[error("`{}` cannot be a file of a pack: {reason}", path.escape_debug())]
    BadName {
        /// The path as the zoo has it.
        path: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Two files that a case-insensitive file system takes for one, or a file where a folder is needed.
    #[error("`{second}` and `{first}` cannot both be files of a pack")]
    Collision {
        /// The one that came first.
        first: String,
        /// The one that came later.
        second: String,
    },
    /// The pointer that Git LFS leaves in the place of a file.
    #[error("`{path}` is a Git LFS pointer, not the file itself")]
    LfsPointer {
        /// Where it is.
        path: String,
    },
    /// More than a pack can reasonably hold.
    #[error("too large for a pack: over {limit}")]
    TooLarge {
        /// What was exceeded.
        limit: String,
    },
}

impl Failure for TreeError {
    fn hint(&self) -> Option<String> {
        let Self::LfsPointer { path } = self else { return None };
        Some(format!(
            "files of a pack are not fetched by `git lfs`: its maintainers take `{path}` out of it with `git lfs untrack` \
             and commit the file itself, or offer the pack as an archive"
        ))
    }
}

/// Refuses more bytes than a pack may have: to be asked before they are read.
pub(crate) fn check_size(bytes: u64) -> Result<(), TreeError> {
    if bytes > MOST_BYTES { Err(TreeError::TooLarge { limit: format!("{} MiB", MOST_BYTES >> 20) }) } else { Ok(()) }
}

impl PackTree {
    /// Adds a file.
    ///
    /// # Errors
    ///
    /// Refuses `..`, absolute and non-UTF-8 paths, control characters, names that Windows reserves, a path that
    /// another one hides, and more than [`MOST_FILES`] files or [`MOST_BYTES`] bytes.
    pub fn add(&mut self, path: &[u8], content: Vec<u8>, executable: bool) -> Result<(), TreeError> {
        let path = check_path(path)?;
        if content.len() < 1024 && content.starts_with(LFS_POINTER) {
            return Err(TreeError::LfsPointer { path });
        }
        self.bytes += content.len() as u64;
        check_size(self.bytes)?;
        if self.files.len() >= MOST_FILES {
            return Err(TreeError::TooLarge { limit: format!("{MOST_FILES} files") });
        }
        self.refuse_collision(&path)?;
        self.files.insert(path, PackFile { content, executable });
        Ok(())
    }

    fn count_name(&mut self, name: &str) -> Result<(), TreeError> {
        self.name_bytes += name.len();
        if self.name_bytes > MOST_NAME_BYTES {
            return Err(TreeError::TooLarge { limit: format!("{} MiB of names", MOST_NAME_BYTES >> 20) });
        }
        Ok(())
    }

    fn refuse_collision(&mut self, path: &str) -> Result<(), TreeError> {
        let collision = |first: &str| TreeError::Collision { first: first.to_owned(), second: path.to_owned() };
        for (end, _) in path.match_indices('/') {
            let folder = &path[..end];
            if self.files.contains_key(folder) {
                return Err(collision(folder));
            }
            match self.folded.entry(folder.to_lowercase()) {
                Entry::Occupied(other) if other.get() != folder => return Err(collision(other.get())),
                Entry::Occupied(_) => {}
                Entry::Vacant(place) => {
                    place.insert(folder.to_owned());
                    self.count_name(folder)?;
                }
            }
        }
        match self.folded.entry(path.to_lowercase()) {
            Entry::Occupied(other) => Err(collision(other.get())),
            Entry::Vacant(place) => {
                place.insert(path.to_owned());
                self.count_name(path)
            }
        }
    }

    /// Returns the file at `path`.
    pub fn get(&self, path: &str) -> Option<&PackFile> {
        self.files.get(path)
    }

    /// Returns the text of the file at `path`; `None` if it is missing or no UTF-8.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.get(path).and_then(|it| std::str::from_utf8(&it.content).ok())
    }

    /// Replaces the content of a file that is there; a file that is not there is left out.
    pub fn replace(&mut self, path: &str, content: Vec<u8>) {
        if let Some(file) = self.files.get_mut(path) {
            file.content = content;
        }
    }

    /// Returns the files in the order of their paths.
    pub fn files(&self) -> impl Iterator<Item = (&str, &PackFile)> {
        self.files.iter().map(|(path, file)| (path.as_str(), file))
    }

    /// Tells whether there is no file at all.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }
}

/// How every pointer of Git LFS begins.
const LFS_POINTER: &[u8] = b"version https://git-lfs.github.com/spec/v1\n";

/// Checks the name of a file or folder, and returns it as text.
///
/// # Errors
///
/// Refuses what [`PackTree::add`] says of names.
pub fn check_path(path: &[u8]) -> Result<String, TreeError> {
    let shown = String::from_utf8_lossy(path).into_owned();
    let bad = |reason| TreeError::BadName { path: shown.clone(), reason };
    let text = std::str::from_utf8(path).map_err(|_| bad("it is no UTF-8"))?;
    if text.starts_with('/') {
        return Err(bad("it is an absolute path"));
    }
    text.split('/').try_for_each(|part| check_part(part).map_err(bad))?;
    Ok(text.to_owned())
}

fn check_part(part: &str) -> Result<(), &'static str> {
    if part.is_empty() || part == "." {
        return Err("it has an empty part");
    }
    if part == ".." {
        return Err("it leaves the pack");
    }
    if part.len() > 255 {
        return Err("it is too long");
    }
    if part.chars().any(char::is_control) {
        return Err("it holds a control character");
    }
    if part.contains(['\\', ':', '*', '?', '"', '<', '>', '|']) || part.ends_with(['.', ' ']) {
        return Err("Windows has no such names");
    }
    let stem = part.split('.').next().unwrap_or(part).trim_end().to_ascii_uppercase();
    let is_number = |it: &str| matches!(it, "¹" | "²" | "³") || matches!(it.as_bytes(), [b'0'..=b'9']);
    let numbered = |prefix| stem.strip_prefix(prefix).is_some_and(is_number);
    if matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$")
        || numbered("COM")
        || numbered("LPT")
    {
        return Err("Windows reserves that name");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(tree: &mut PackTree, path: &str) -> Result<(), TreeError> {
        tree.add(path.as_bytes(), Vec::new(), false)
    }

    #[test]
    fn dangerous_names_are_refused() {
        for path in [
            "",
            "/etc/passwd",
            "../x",
            "a/../b",
            "a//b",
            "./a",
            "a\nb",
            "a\0b",
            "nul",
            "charts/CON.txt",
            "com1",
            "a\\b",
            "c:x",
            "trail.",
            "trail ",
        ] {
            assert!(matches!(add(&mut PackTree::default(), path), Err(TreeError::BadName { .. })), "{path:?}");
        }
        let pointer = [LFS_POINTER, b"oid sha256:0\nsize 1\n"].concat();
        let refused = PackTree::default().add(b"model.bin", pointer, false).unwrap_err();
        assert!(refused.hint().is_some_and(|it| it.contains("git lfs")), "{refused}");
        let deep = format!("{}x", "a/".repeat(10_000));
        assert!(matches!(add(&mut PackTree::default(), &deep), Err(TreeError::TooLarge { .. })));
        assert!(PackTree::default().add(b"\xff", Vec::new(), false).is_err());
        for path in ["a", "charts/templates/_helpers.tpl", ".helmignore", "żółć", "a b", "console", "com10", "..."]
        {
            let expected = path != "...";
            assert_eq!(add(&mut PackTree::default(), path).is_ok(), expected, "{path:?}");
        }
    }

    #[test]
    fn files_that_hide_each_other_are_refused() {
        for (first, second) in [("a", "A"), ("a", "a/b"), ("a/b", "a"), ("Charts/x", "charts/y"), ("x", "x")] {
            let mut tree = PackTree::default();
            add(&mut tree, first).unwrap();
            assert!(matches!(add(&mut tree, second), Err(TreeError::Collision { .. })), "{first} {second}");
        }
    }
}
