//! Comments by which an author allows a fault on one line: `# nauta-lint: allow RULE reason…`.

use super::rules::RULES;
use super::{Finding, rules};
use crate::base::suggest::nearest;
use crate::pack::tree::PackTree;

const MARK: &str = "nauta-lint:";

/// One such comment.
struct Waiver {
    file: String,
    line: usize,
    rule: String,
    is_used: bool,
}

/// Takes away what is allowed, and adds the faults of the waivers themselves.
pub(super) fn apply(tree: &PackTree, findings: Vec<Finding>) -> Vec<Finding> {
    let mut faults = Vec::new();
    let mut waivers = waivers(tree, &mut faults);
    let mut kept: Vec<Finding> = Vec::new();
    for finding in findings {
        let allows = |it: &&mut Waiver| {
            // What is said of a file as a whole may be allowed anywhere in it.
            let is_there = finding.line.is_none_or(|line| line == it.line || line == it.line + 1);
            it.file == finding.file && it.rule == finding.rule && is_there
        };
        match waivers.iter_mut().find(allows) {
            Some(waiver) => waiver.is_used = true,
            None => kept.push(finding),
        }
    }
    for unused in waivers.iter().filter(|it| !it.is_used) {
        let message = format!("there is no `{}` here or on the next line: the waiver allows nothing", unused.rule);
        kept.push(Finding::new(rules::WAIVER_UNUSED, &unused.file, Some(unused.line), message, "remove it"));
    }
    kept.extend(faults);
    kept
}

/// Returns the waivers that have a rule and a reason.
fn waivers(tree: &PackTree, faults: &mut Vec<Finding>) -> Vec<Waiver> {
    let mut found = Vec::new();
    let is_read = |path: &str| path == "Dockerfile" || path.starts_with("charts/");
    for (path, _) in tree.files().filter(|(path, _)| is_read(path)) {
        for (line, text) in (1..).zip(tree.text(path).unwrap_or_default().lines()) {
            let Some(said) = comment(text) else { continue };
            let (rule, reason) = said.split_once(char::is_whitespace).unwrap_or((said, ""));
            if !RULES.iter().any(|it| it.id == rule) {
                let message = format!("there is no rule `{rule}`");
                let fix = match nearest(rule, RULES.iter().map(|it| it.id)) {
                    Some(near) => format!("write `{near}`"),
                    None => "write `nauta-lint: allow RULE reason…` with a rule's id".to_owned(),
                };
                faults.push(Finding::new(rules::WAIVER_RULE, path, Some(line), message, fix));
            } else if reason.trim().is_empty() {
                let message = format!("the waiver of `{rule}` gives no reason, and has no effect");
                let fix = format!("write `nauta-lint: allow {rule}` and why");
                faults.push(Finding::new(rules::WAIVER_REASON, path, Some(line), message, fix));
            } else {
                found.push(Waiver { file: path.to_owned(), line, rule: rule.to_owned(), is_used: false });
            }
        }
    }
    found
}

/// Returns what stands behind `nauta-lint: allow` in a comment.
fn comment(line: &str) -> Option<&str> {
    let (before, said) = line.split_once(MARK)?;
    let is_comment = before.contains('#') || before.contains("/*") || before.trim().is_empty();
    let said =
        said.trim_start().strip_prefix("allow").filter(|it| it.is_empty() || it.starts_with(char::is_whitespace))?;
    let said = said.split("*/").next().unwrap_or_default().trim().trim_end_matches("#}");
    is_comment.then(|| said.trim())
}

#[cfg(test)]
mod tests {
    use crate::pack::lint::testing::{found, found_in_template, pack};

    #[test]
    fn a_waiver_allows_one_rule_on_its_line_or_the_next() {
        let values = "podCount: 1";
        for (template, expected) in [
            ("a: 1\nprivileged: true # nauta-lint: allow privileged it loads a driver", &[][..]),
            ("# nauta-lint: allow privileged it loads a driver\nprivileged: true", &[]),
            ("{{- /* nauta-lint: allow privileged a driver */}}\nprivileged: true", &[]),
            ("# nauta-lint: allow privileged a driver\n\nprivileged: true", &["1 waiver-unused", "3 privileged"]),
            ("privileged: true # nauta-lint: allow privileged", &["1 waiver-reason", "1 privileged"]),
            ("privileged: true # nauta-lint: allow privilegd a driver", &["1 waiver-rule", "1 privileged"]),
            ("privileged: true # nauta-lint: allow bare-name why", &["1 privileged", "1 waiver-unused"]),
            ("{{/* nauta-lint: allow privileged */}}\nprivileged: true", &["1 waiver-reason", "2 privileged"]),
        ] {
            assert_eq!(found_in_template(values, template), expected, "{template}");
        }
    }

    #[test]
    fn what_is_said_of_a_whole_file_may_be_allowed_anywhere_in_it() {
        let text = "FROM a:1\n\n# nauta-lint: allow dockerfile-script the image is complete\n";
        assert!(found(&pack(&[("Dockerfile", text)]), "Dockerfile").is_empty());
    }
}
