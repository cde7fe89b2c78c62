//! What `install` and `upgrade` do to a pack that may be there already: decided here, done elsewhere.

use std::cmp::Ordering;

use super::source::is_same_version;
use crate::base::version;

/// Which command decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// `install`: a pack that is absent is installed; `--force` replaces whatever is there.
    Install,
    /// `upgrade`: local edits are replaced with `--overwrite`, and merged with `--keep-edits`, only.
    Upgrade,
}

/// How the installed version stands to the one that the zoo offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nothing is installed.
    Absent,
    /// The zoo's is newer.
    Older,
    /// They are the same.
    Equal,
    /// The installed one is newer.
    Newer,
    /// At least one of them is no version that can be ordered.
    Unordered,
}

/// What the user has said beforehand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Consent {
    /// `--force`
    pub force: bool,
    /// `--overwrite`
    pub overwrite: bool,
    /// `--keep-edits`
    pub keep_edits: bool,
    /// `--yes`
    pub yes: bool,
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Put the pack where none is.
    Install,
    /// Put it in the place of the one that is there; an edited one is kept as a backup.
    Replace,
    /// Put it in the place of the one that is there, with that one's local edits merged into it.
    Merge,
    /// Leave everything as it is: it is up to date.
    UpToDate,
    /// Ask first; a No changes nothing.
    Ask,
    /// Refuse: the installed one is newer.
    RefuseNewer,
    /// Refuse: local edits would be lost.
    RefuseEdited,
}

/// Returns how an installed version stands to an available one; `None` is a pack without a version.
pub fn standing(installed: Option<&str>, available: Option<&str>) -> Standing {
    let (Some(installed), Some(available)) = (installed, available) else { return Standing::Unordered };
    if is_same_version(installed, available) {
        return Standing::Equal;
    }
    match version::compare(installed, available) {
        Some(Ordering::Less) => Standing::Older,
        Some(Ordering::Greater) => Standing::Newer,
        Some(Ordering::Equal) => Standing::Equal,
        None => Standing::Unordered,
    }
}

/// Returns what `command` does; `edited` tells whether the installed pack has local edits.
pub fn decide(command: Command, standing: Standing, edited: bool, consent: Consent) -> Decision {
    let replace = match command {
        _ if !edited => Decision::Replace,
        Command::Install if consent.force => Decision::Replace,
        Command::Upgrade if consent.overwrite => Decision::Replace,
        Command::Upgrade if consent.keep_edits => Decision::Merge,
        Command::Install | Command::Upgrade => Decision::RefuseEdited,
    };
    let ask = if consent.yes { replace } else { Decision::Ask };
    match standing {
        Standing::Absent => Decision::Install,
        Standing::Equal if !consent.force => Decision::UpToDate,
        Standing::Newer if !consent.force => Decision::RefuseNewer,
        // nctl's question about an edited pack is consent enough for `install`, which keeps a backup.
        Standing::Unordered if !consent.force && command == Command::Install && consent.yes => Decision::Replace,
        Standing::Unordered if !consent.force && command == Command::Install => Decision::Ask,
        Standing::Unordered if !consent.force && replace != Decision::RefuseEdited => ask,
        Standing::Older | Standing::Equal | Standing::Newer | Standing::Unordered => replace,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn consent(flags: &str) -> Consent {
        let [force, overwrite, keep_edits, yes] = ['f', 'o', 'k', 'y'].map(|it| flags.contains(it));
        Consent { force, overwrite, keep_edits, yes }
    }

    #[test]
    fn every_pair_of_versions_has_its_decision() {
        use Command::{Install, Upgrade};
        use Standing::{Absent, Equal, Newer, Older, Unordered};
        for (command, standing, edited, flags, expected) in [
            (Install, Absent, false, "", Decision::Install),
            (Install, Absent, false, "f", Decision::Install),
            (Install, Older, false, "", Decision::Replace),
            (Install, Older, true, "", Decision::RefuseEdited),
            (Install, Older, true, "y", Decision::RefuseEdited),
            (Install, Older, true, "f", Decision::Replace),
            (Install, Equal, false, "", Decision::UpToDate),
            (Install, Equal, true, "", Decision::UpToDate),
            (Install, Equal, true, "f", Decision::Replace),
            (Install, Newer, false, "", Decision::RefuseNewer),
            (Install, Newer, false, "y", Decision::RefuseNewer),
            (Install, Newer, false, "f", Decision::Replace),
            (Install, Unordered, false, "", Decision::Ask),
            (Install, Unordered, true, "", Decision::Ask),
            (Install, Unordered, false, "y", Decision::Replace),
            (Install, Unordered, false, "f", Decision::Replace),
            (Upgrade, Older, false, "", Decision::Replace),
            (Upgrade, Older, true, "", Decision::RefuseEdited),
            (Upgrade, Older, true, "f", Decision::RefuseEdited),
            (Upgrade, Older, true, "o", Decision::Replace),
            (Upgrade, Older, true, "k", Decision::Merge),
            (Upgrade, Older, false, "k", Decision::Replace),
            (Upgrade, Equal, true, "k", Decision::UpToDate),
            (Upgrade, Equal, true, "fk", Decision::Merge),
            (Upgrade, Newer, true, "k", Decision::RefuseNewer),
            (Upgrade, Unordered, true, "k", Decision::Ask),
            (Upgrade, Unordered, true, "ky", Decision::Merge),
            (Upgrade, Equal, true, "o", Decision::UpToDate),
            (Upgrade, Equal, true, "f", Decision::RefuseEdited),
            (Upgrade, Equal, true, "fo", Decision::Replace),
            (Upgrade, Newer, true, "o", Decision::RefuseNewer),
            (Upgrade, Newer, true, "f", Decision::RefuseEdited),
            (Upgrade, Newer, false, "f", Decision::Replace),
            (Upgrade, Unordered, true, "", Decision::RefuseEdited),
            (Upgrade, Unordered, true, "o", Decision::Ask),
            (Upgrade, Unordered, false, "y", Decision::Replace),
        ] {
            let case = format!("{command:?} {standing:?} edited={edited} {flags}");
            assert_eq!(decide(command, standing, edited, consent(flags)), expected, "{case}");
        }
    }

    #[test]
    fn versions_stand_to_each_other() {
        for (installed, available, expected) in [
            (Some("0.1.0"), Some("0.2"), Standing::Older),
            (Some("v1"), Some("1.0.0"), Standing::Equal),
            (Some("1.10"), Some("1.9"), Standing::Newer),
            (Some("abc"), Some("1.0"), Standing::Unordered),
            (Some("abc"), Some("abc"), Standing::Equal),
            (None, Some("1"), Standing::Unordered),
            (None, None, Standing::Unordered),
        ] {
            assert_eq!(standing(installed, available), expected, "{installed:?} {available:?}");
        }
    }
}
