//! How two states of a pack differ, written as git writes it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use similar::TextDiff;

use super::merge::text;
use super::tree::{PackFile, PackTree};

/// Returns the patch that makes `after` of `before`, files in the order of their paths; empty if they are the same.
pub fn patch(before: &PackTree, after: &PackTree) -> String {
    let paths: BTreeSet<&str> = before.files().chain(after.files()).map(|it| it.0).collect();
    paths.into_iter().map(|path| file_patch(path, before.get(path), after.get(path))).collect()
}

/// Returns the patch of one file; empty if it is the same.
fn file_patch(path: &str, before: Option<&PackFile>, after: Option<&PackFile>) -> String {
    if before == after {
        return String::new();
    }
    let mut out = format!("diff --git a/{path} b/{path}\n");
    match (before, after) {
        (None, Some(after)) => line(&mut out, &format!("new file mode {}", mode(after))),
        (Some(before), None) => line(&mut out, &format!("deleted file mode {}", mode(before))),
        (Some(before), Some(after)) if before.executable != after.executable => {
            line(&mut out, &format!("old mode {}\nnew mode {}", mode(before), mode(after)));
        }
        _ => {}
    }
    let bytes = |it: Option<&PackFile>| it.map(|it| it.content.clone()).unwrap_or_default();
    if bytes(before) == bytes(after) {
        return out;
    }
    let name = |side, it: Option<&PackFile>| it.map_or_else(|| "/dev/null".to_owned(), |_| format!("{side}/{path}"));
    let (old, new) = (name('a', before), name('b', after));
    match (before.map_or(Some(""), text), after.map_or(Some(""), text)) {
        (Some(before), Some(after)) => {
            // A tab ends a name with blanks in it, as git and patch write it.
            let end = if path.contains(' ') { "\t" } else { "" };
            let end = |it: &str| if it == "/dev/null" { "" } else { end };
            line(&mut out, &format!("--- {old}{}\n+++ {new}{}", end(&old), end(&new)));
            hunks(before, after, &mut out);
        }
        _ => line(&mut out, &format!("Binary files {old} and {new} differ")),
    }
    out
}

fn mode(file: &PackFile) -> &'static str {
    if file.executable { "100755" } else { "100644" }
}

fn line(out: &mut String, text: &str) {
    out.push_str(text);
    out.push('\n');
}

/// Writes the hunks with three lines around each change. Only a line feed ends a line.
fn hunks(before: &str, after: &str, out: &mut String) {
    let (before, after): (Vec<&str>, Vec<&str>) =
        (before.split_inclusive('\n').collect(), after.split_inclusive('\n').collect());
    let diff = TextDiff::from_slices(&before, &after);
    for hunk in diff.unified_diff().iter_hunks() {
        line(out, &hunk.header().to_string());
        for change in hunk.iter_changes() {
            // Writing to a String cannot fail.
            let _ = write!(out, "{}{}", change.tag(), change.value());
            if !change.value().ends_with('\n') {
                line(out, "\n\\ No newline at end of file");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[(&str, &str)]) -> PackTree {
        let mut tree = PackTree::default();
        for (path, content) in files {
            tree.add(path.as_bytes(), content.as_bytes().to_vec(), path.ends_with("sh")).unwrap();
        }
        tree
    }

    #[test]
    fn a_patch_reads_as_git_writes_it() {
        let before = tree(&[("a b", "1\n2\n"), ("bin", "\0"), ("gone", "x\n"), ("same", "x")]);
        let after = tree(&[("a b", "1\n3"), ("bin", "\0\0"), ("new.sh", "x\r\n"), ("same", "x")]);
        assert_eq!(patch(&before, &before), "");
        assert_eq!(
            patch(&before, &after),
            "diff --git a/a b b/a b\n--- a/a b\t\n+++ b/a b\t\n@@ -1,2 +1,2 @@\n 1\n-2\n+3\n\\ No newline at end of file\n\
             diff --git a/bin b/bin\nBinary files a/bin and b/bin differ\n\
             diff --git a/gone b/gone\ndeleted file mode 100644\n--- a/gone\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n\
             diff --git a/new.sh b/new.sh\nnew file mode 100755\n--- /dev/null\n+++ b/new.sh\n@@ -0,0 +1 @@\n+x\r\n"
        );
        let mut executable = PackTree::default();
        executable.add(b"same", b"x".to_vec(), true).unwrap();
        let modes = "diff --git a/same b/same\nold mode 100644\nnew mode 100755\n";
        assert_eq!(patch(&tree(&[("same", "x")]), &executable), modes);
    }
}
