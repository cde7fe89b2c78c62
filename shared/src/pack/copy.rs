//! A pack under a new name.

use super::chart::CHART_FILE;
use super::source::{is_label, is_no_pack};
use super::tree::PackTree;
use crate::base::failure::Failure;
use crate::base::version;
use crate::yaml::edit::{self, EditError};

/// The most characters that a description may have.
pub const LONGEST_DESCRIPTION: usize = 255;

/// Why a copy cannot be made as asked: wrong usage.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CopyError {
    /// A new pack cannot be called that.
    #[error("`{0}` cannot be the name of a new pack")]
    BadName(String),
    /// Helm would refuse that version.
    #[error("`{0}` is no version that Helm accepts")]
    BadVersion(String),
}

impl Failure for CopyError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::BadName(name) if is_no_pack(name) => {
                format!("a folder called `{name}` is never a pack: choose another name")
            }
            Self::BadName(_) => {
                "use at most 63 lower-case letters, digits and `-`, such as `my-training`; not `docs` or `hooks`"
                    .to_owned()
            }
            Self::BadVersion(_) => "write a version such as `0.1.0`".to_owned(),
        })
    }

    fn exit_code(&self) -> u8 {
        2
    }
}

/// Checks the name and version of a copy; returns every fault.
pub fn faults(name: &str, version: &str) -> Vec<CopyError> {
    let name_is_bad = !is_label(name) || is_no_pack(name);
    let bad_name = name_is_bad.then(|| CopyError::BadName(name.to_owned()));
    let bad_version = (!version::is_lenient(version)).then(|| CopyError::BadVersion(version.to_owned()));
    bad_name.into_iter().chain(bad_version).collect()
}

/// Returns `description` cut to [`LONGEST_DESCRIPTION`] characters; `None` if it is blank.
pub fn description(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.chars().take(LONGEST_DESCRIPTION).collect())
}

/// Returns the pack's files with a Chart.yaml of this name, description and version; all else stays byte for byte.
///
/// # Errors
///
/// Fails if the Chart.yaml cannot be changed without spoiling it.
pub fn renamed(tree: &PackTree, name: &str, description: &str, version: &str) -> Result<PackTree, EditError> {
    let chart = tree.text(CHART_FILE).unwrap_or_default();
    let chart = edit::set_texts(chart, &[("name", name), ("version", version), ("description", description)])?;
    let mut tree = tree.clone();
    tree.replace(CHART_FILE, chart.into_bytes());
    Ok(tree)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_versions_are_checked() {
        for (name, version, count) in [
            ("new-pack", "0.1.0", 0),
            ("no", "1.0", 0),
            ("docs", "1", 1),
            ("hooks", "x", 2),
            ("", "v1", 1),
            (".", "1", 1),
            ("README.md", "1", 1),
            ("a/b", "1", 1),
            ("../evil", "1", 1),
            ("Bad Name", "1", 1),
            ("-x", "1", 1),
            (".hidden", "1", 1),
            ("Ünï", "1", 1),
            (&"a".repeat(64), "1", 1),
            ("ok", "", 1),
        ] {
            assert_eq!(faults(name, version).len(), count, "{name:?} {version:?}");
        }
    }

    #[test]
    fn descriptions_are_cut_and_blank_ones_do_not_count() {
        assert_eq!(description(" \t"), None);
        assert_eq!(description(" a "), Some("a".to_owned()));
        assert_eq!(description(&"ż".repeat(300)).map(|it| it.chars().count()), Some(255));
    }

    #[test]
    fn only_the_chart_changes() {
        let mut tree = PackTree::default();
        let chart = "apiVersion: v1 # old\nname: a\nversion: 0.2.2\nappVersion: 0.12.1\n";
        tree.add(CHART_FILE.as_bytes(), chart.into(), false).unwrap();
        tree.add(b"x", b"{{ NAUTA.X }}".to_vec(), true).unwrap();
        let copy = renamed(&tree, "no", "desc: with colon \"q\" # hash żółć", "1.0").unwrap();
        assert_eq!(copy.get("x"), tree.get("x"));
        assert_eq!(
            copy.text(CHART_FILE),
            Some(concat!(
                "apiVersion: v1 # old\nname: \"no\"\nversion: \"1.0\"\nappVersion: 0.12.1\n",
                "description: \"desc: with colon \\\"q\\\" # hash żółć\"\n"
            ))
        );
    }
}
