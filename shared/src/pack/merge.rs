//! A user's edits carried over to a new version of a pack: a three-way merge that never guesses.

use std::collections::BTreeSet;

use similar::{MergeRegion, TextMerge};

use super::tree::{PackFile, PackTree, TreeError};

/// Why the two sides of one file cannot both be kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// Both sides changed the same lines in different ways.
    #[error("{path}:{line}: your edit and the new version change the same lines")]
    Lines {
        /// The file.
        path: String,
        /// The line in the user's file, from 1.
        line: usize,
    },
    /// Both sides changed a file whose lines cannot be told apart.
    #[error("{path}: your edit and the new version both change it, and it is no text")]
    Binary {
        /// The file.
        path: String,
    },
    /// Both sides added a file of this name.
    #[error("{path}: you added it, and the new version adds another one")]
    BothAdded {
        /// The file.
        path: String,
    },
    /// The user removed what the new version changed.
    #[error("{path}: you removed it, and the new version changes it")]
    RemovedByUser {
        /// The file.
        path: String,
    },
    /// The new version removed what the user changed.
    #[error("{path}: you changed it, and the new version removes it")]
    RemovedByZoo {
        /// The file.
        path: String,
    },
    /// The files of both sides cannot lie in one pack.
    #[error(transparent)]
    Tree(#[from] TreeError),
}

/// Returns `theirs` with all that was edited between `base` and `ours`.
///
/// A side that did not change a file leaves it to the other; texts that both changed are merged by lines.
///
/// # Errors
///
/// Returns every conflict, in the order of the paths.
pub fn merge(base: &PackTree, ours: &PackTree, theirs: &PackTree) -> Result<PackTree, Vec<Conflict>> {
    let paths: BTreeSet<&str> = [base, ours, theirs].into_iter().flat_map(|it| it.files().map(|it| it.0)).collect();
    let mut merged = PackTree::default();
    let mut conflicts = Vec::new();
    for path in paths {
        match file(path, base.get(path), ours.get(path), theirs.get(path)) {
            Ok(Some(file)) => {
                conflicts.extend(merged.add(path.as_bytes(), file.content, file.executable).err().map(Conflict::from));
            }
            Ok(None) => {}
            Err(found) => conflicts.extend(found),
        }
    }
    if conflicts.is_empty() { Ok(merged) } else { Err(conflicts) }
}

/// Returns what becomes of one file; `None` if it goes.
fn file(
    path: &str,
    base: Option<&PackFile>,
    ours: Option<&PackFile>,
    theirs: Option<&PackFile>,
) -> Result<Option<PackFile>, Vec<Conflict>> {
    if ours == theirs || base == theirs {
        return Ok(ours.cloned());
    }
    if base == ours {
        return Ok(theirs.cloned());
    }
    let path = path.to_owned();
    match (base, ours, theirs) {
        (Some(base), Some(ours), Some(theirs)) => Ok(Some(PackFile {
            content: content(&path, base, ours, theirs)?,
            executable: if base.executable == ours.executable { theirs.executable } else { ours.executable },
        })),
        (None, ..) => Err(vec![Conflict::BothAdded { path }]),
        (Some(_), None, _) => Err(vec![Conflict::RemovedByUser { path }]),
        (Some(_), Some(_), None) => Err(vec![Conflict::RemovedByZoo { path }]),
    }
}

fn content(path: &str, base: &PackFile, ours: &PackFile, theirs: &PackFile) -> Result<Vec<u8>, Vec<Conflict>> {
    if ours.content == theirs.content || base.content == theirs.content {
        return Ok(ours.content.clone());
    }
    if base.content == ours.content {
        return Ok(theirs.content.clone());
    }
    let (Some(base), Some(ours), Some(theirs)) = (text(base), text(ours), text(theirs)) else {
        return Err(vec![Conflict::Binary { path: path.to_owned() }]);
    };
    lines(base, ours, theirs).map_err(|lines| {
        lines.into_iter().map(|line| Conflict::Lines { path: path.to_owned(), line }).collect::<Vec<_>>()
    })
}

/// Merges three texts; returns the lines of `ours`, from 1, at which conflicts begin.
fn lines(base: &str, ours: &str, theirs: &str) -> Result<Vec<u8>, Vec<usize>> {
    let merge = TextMerge::from_lines(base, ours, theirs);
    if merge.is_conflicted() {
        return Err(merge.conflicts().map(|it| first_edit(&merge, it)).collect());
    }
    Ok(merge.to_string().into_bytes())
}

/// Returns the first line of `ours`, from 1, that was edited in a region.
fn first_edit(merge: &TextMerge<'_, '_, '_, str>, region: &MergeRegion) -> usize {
    let pairs = region.ours_range().zip(region.base_range());
    let same = pairs.take_while(|(ours, base)| merge.ours_line(*ours) == merge.base_line(*base)).count();
    (region.ours_range().start + same + 1).min(merge.ours_len().max(1))
}

/// Returns the text of a file; `None` if its lines mean nothing.
pub(crate) fn text(file: &PackFile) -> Option<&str> {
    std::str::from_utf8(&file.content).ok().filter(|it| !it.contains('\0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A pack of one file; no file if there is no content.
    fn tree(content: Option<&[u8]>) -> PackTree {
        let mut tree = PackTree::default();
        if let Some(content) = content {
            tree.add(b"f", content.to_vec(), false).unwrap();
        }
        tree
    }

    #[test]
    fn one_file_changed_by_none_one_or_both() {
        const BASE: &str = "a\nb\nc\nd\ne\n";
        let conflict = |line| Err(Some(line));
        for (case, base, ours, theirs, expected) in [
            ("nobody", Some(BASE), Some(BASE), Some(BASE), Ok(Some(BASE))),
            ("the user", Some(BASE), Some("x\n"), Some(BASE), Ok(Some("x\n"))),
            ("the zoo", Some(BASE), Some(BASE), Some("x\n"), Ok(Some("x\n"))),
            ("both alike", Some(BASE), Some("x\n"), Some("x\n"), Ok(Some("x\n"))),
            (
                "both, far apart",
                Some(BASE),
                Some("A\nb\nc\nd\ne\n"),
                Some("a\nb\nc\nd\nE\nf\n"),
                Ok(Some("A\nb\nc\nd\nE\nf\n")),
            ),
            (
                "both, one line alike",
                Some(BASE),
                Some("A\nb\nC\nd\ne\n"),
                Some("A\nb\nc\nd\nE\n"),
                Ok(Some("A\nb\nC\nd\nE\n")),
            ),
            (
                "both, the same line",
                Some(BASE),
                Some("new\na\nb\nOURS\nd\ne\n"),
                Some("a\nb\nTHEIRS\nd\ne\n"),
                conflict(4),
            ),
            ("both at the end", Some("a\n"), Some("a\nb\n"), Some("a\nc\n"), conflict(2)),
            ("both, all lines gone", Some("a\n"), Some(""), Some("b\n"), conflict(1)),
            ("no newline at the end", Some("a\nb\nc"), Some("A\nb\nc"), Some("a\nb\nc\nd"), Ok(Some("A\nb\nc\nd"))),
            ("a last newline taken", Some("a\nb\nc\n"), Some("a\nb\nc"), Some("a\nb\nc\nd\n"), conflict(3)),
            (
                "Windows lines",
                Some("a\r\nb\r\nc\r\n"),
                Some("A\r\nb\r\nc\r\n"),
                Some("a\r\nb\r\nC\r\n"),
                Ok(Some("A\r\nb\r\nC\r\n")),
            ),
            ("removed by the user", Some(BASE), None, Some(BASE), Ok(None)),
            ("removed by the zoo", Some(BASE), Some(BASE), None, Ok(None)),
            ("removed by both", Some(BASE), None, None, Ok(None)),
            ("added by the user", None, Some("x\n"), None, Ok(Some("x\n"))),
            ("added by the zoo", None, None, Some("x\n"), Ok(Some("x\n"))),
            ("added by both alike", None, Some("x\n"), Some("x\n"), Ok(Some("x\n"))),
            ("added by both", None, Some("x\n"), Some("y\n"), Err(None)),
            ("removed and changed", Some(BASE), None, Some("x\n"), Err(None)),
            ("changed and removed", Some(BASE), Some("x\n"), None, Err(None)),
            ("binary, the user", Some("\0a"), Some("\0b"), Some("\0a"), Ok(Some("\0b"))),
            ("binary, the zoo", Some("\0a"), Some("\0a"), Some("\0b"), Ok(Some("\0b"))),
            ("binary, both", Some("\0a"), Some("\0b"), Some("\0c"), Err(None)),
        ] {
            let of = |text: Option<&str>| tree(text.map(str::as_bytes));
            let merged = merge(&of(base), &of(ours), &of(theirs));
            let seen = merged.map(|it| it.get("f").map(|it| it.content.clone())).map_err(|it| match &it[..] {
                [Conflict::Lines { path, line }] if path == "f" => Some(*line),
                _ => None,
            });
            assert_eq!(seen, expected.map(|it| it.map(|it| it.as_bytes().to_vec())), "{case}");
        }
    }

    #[test]
    fn every_conflict_is_told_with_file_and_line() {
        let of = |files: &[(&str, &str)]| {
            let mut tree = PackTree::default();
            for (path, content) in files {
                tree.add(path.as_bytes(), content.as_bytes().to_vec(), false).unwrap();
            }
            tree
        };
        let base = of(&[("a", "1\n2\n3\n4\n5\n"), ("b", "x"), ("c", "x"), ("d", "\0")]);
        let ours = of(&[("a", "1!\n2\n3\n4\n5!\n"), ("c", "y"), ("d", "\0y"), ("e", "y"), ("g", "mine")]);
        let theirs = of(&[("a", "1?\n2\n3\n4\n5?\n"), ("b", "z"), ("d", "\0z"), ("e", "z"), ("G", "theirs")]);
        let conflicts: Vec<String> =
            merge(&base, &ours, &theirs).unwrap_err().iter().map(Conflict::to_string).collect();
        assert_eq!(
            conflicts,
            [
                "a:1: your edit and the new version change the same lines",
                "a:5: your edit and the new version change the same lines",
                "b: you removed it, and the new version changes it",
                "c: you changed it, and the new version removes it",
                "d: your edit and the new version both change it, and it is no text",
                "e: you added it, and the new version adds another one",
                "`g` and `G` cannot both be files of a pack",
            ]
        );
    }

    #[test]
    fn who_changed_the_mode_decides_on_it() {
        let of = |content: &str, executable| {
            let mut tree = PackTree::default();
            tree.add(b"f", content.as_bytes().to_vec(), executable).unwrap();
            tree
        };
        for (ours, theirs) in [(true, false), (false, true), (true, true)] {
            let merged = merge(&of("a\nb\nc\n", false), &of("A\nb\nc\n", ours), &of("a\nb\nC\n", theirs)).unwrap();
            assert_eq!(merged.get("f"), of("A\nb\nC\n", true).get("f"));
        }
    }
}
