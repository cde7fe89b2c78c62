//! Versions as packs write them: compared as semantic versions, shown as written.

use std::cmp::Ordering;

/// Returns how two versions compare, or `None` if either is no lenient semantic version.
///
/// Lenient: a leading `v` is dropped and missing parts are 0 (`1.0` and `v1` are 1.0.0). Build metadata does not
/// count.
///
/// ```
/// # use shared::base::version::compare;
/// # use std::cmp::Ordering;
/// assert_eq!(compare("1.10", "1.9.0"), Some(Ordering::Greater));
/// assert_eq!(compare("v1.0", "1.0.0+build7"), Some(Ordering::Equal));
/// assert_eq!(compare("1.0.0-rc.1", "1.0"), Some(Ordering::Less));
/// assert_eq!(compare("abc", "1.0"), None);
/// ```
pub fn compare(left: &str, right: &str) -> Option<Ordering> {
    Some(parse(left)?.cmp_precedence(&parse(right)?))
}

/// Tells whether `text` is a version that Helm, too, accepts in a Chart.yaml.
pub fn is_lenient(text: &str) -> bool {
    parse(text).is_some()
}

fn parse(text: &str) -> Option<semver::Version> {
    let text = text.strip_prefix('v').unwrap_or(text);
    let end = text.find(['-', '+']).unwrap_or(text.len());
    let (numbers, rest) = text.split_at(end);
    let parts = numbers.split('.').count();
    if parts > 3 {
        return None;
    }
    semver::Version::parse(&format!("{numbers}{}{rest}", ".0".repeat(3 - parts))).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_as_semantic_versions_read_leniently() {
        use Ordering::{Equal, Greater, Less};
        for (left, right, expected) in [
            ("1", "1.0.0", Some(Equal)),
            ("0.2", "0.10", Some(Less)),
            ("2.0.0", "v1.9.9", Some(Greater)),
            ("1.0.0-alpha", "1.0.0-alpha.1", Some(Less)),
            ("1.0+a", "1.0+b", Some(Equal)),
            ("", "1", None),
            ("1.0.0.0", "1", None),
            ("1.x", "1", None),
            ("vv1", "1", None),
            ("1.01", "1", None),
        ] {
            assert_eq!(compare(left, right), expected, "{left} against {right}");
        }
    }
}
