//! What an experiment may be called.

use crate::base::failure::Failure;

/// Why a text is no name of an experiment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Over 30 characters.
    #[error("Name given by a user cannot be longer than 30 characters.")]
    TooLong,
    /// A character, or a place of one, that Kubernetes or Helm refuses.
    #[error(
        "name must consist of lower case alphanumeric characters, '-' or '.', and must start with alphabetic \
         character and end with an alphanumeric character."
    )]
    Malformed,
}

impl Failure for NameError {
    fn exit_code(&self) -> u8 {
        2
    }
}

/// The longest name: the training operator builds pod names from it that must fit into 63 characters.
const LONGEST: usize = 30;

/// Checks the name of an experiment: lower case letters, digits, `-` and `.`, each part between dots starting and
/// ending alphanumeric, the first character a letter, 30 characters at most.
///
/// ```
/// # use shared::experiment::name::{check, NameError};
/// assert_eq!(check("resnet-50.v2"), Ok(()));
/// assert_eq!(check("1a"), Err(NameError::Malformed));
/// ```
pub fn check(name: &str) -> Result<(), NameError> {
    if name.chars().count() > LONGEST {
        return Err(NameError::TooLong);
    }
    let alphanumeric = |c: Option<char>| c.is_some_and(|it| it.is_ascii_lowercase() || it.is_ascii_digit());
    let part_is_fine = |part: &str| {
        alphanumeric(part.chars().next())
            && alphanumeric(part.chars().next_back())
            && part.chars().all(|c| c == '-' || alphanumeric(Some(c)))
    };
    let starts_with_letter = name.starts_with(|c: char| c.is_ascii_lowercase());
    if starts_with_letter && name.split('.').all(part_is_fine) { Ok(()) } else { Err(NameError::Malformed) }
}

/// Tells whether YAML reads a bare `name` as something else than this text, as charts that print it bare will find.
pub fn is_misread_bare(name: &str) -> bool {
    matches!(name, "no" | "on" | "yes" | "off" | "y" | "n" | "null" | "true" | "false")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_rule() {
        let longest = "a".repeat(30);
        for name in ["a", "a-b", "a.b", "a--b", "exp1", "no", &longest] {
            assert_eq!(check(name), Ok(()), "{name}");
        }
        for name in ["a-", "A", "1a", "a_b", "-a", "a b", "é", "a\n", "", "a..b", "a.-b", "a.", "a-.b"] {
            assert_eq!(check(name), Err(NameError::Malformed), "{name:?}");
        }
        assert_eq!(check(&"a".repeat(31)), Err(NameError::TooLong));
    }
}
