//! Which lines are wanted: any of some patterns, and none of others.

use regex::bytes::{RegexSet, RegexSetBuilder};

use crate::base::failure::Failure;

/// Why a pattern cannot be used.
#[derive(Debug, Clone, thiserror::Error)]
#[error("`{pattern}` is no regular expression: {reason}")]
pub struct FilterError {
    pattern: String,
    /// In one line: the parser's own text draws the place below the pattern, and ends with what is wrong.
    reason: String,
}

impl Failure for FilterError {
    fn hint(&self) -> Option<String> {
        Some("put a backslash before characters that are meant as they are, such as `\\[`".to_owned())
    }

    fn exit_code(&self) -> u8 {
        2
    }
}

/// A choice of lines. Patterns see the line without its timestamp, its end, and a CR before that.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    include: Option<RegexSet>,
    exclude: Option<RegexSet>,
}

impl Filter {
    /// Returns the choice of lines that match any of `include` (if there are some) and none of `exclude`; else what is
    /// wrong with each bad pattern.
    ///
    /// ```
    /// # use shared::logs::filter::Filter;
    /// let filter = Filter::new(&["loss".into(), "^step".into()], &["nan".into()]).unwrap();
    /// assert!(filter.takes(b"step 1"));
    /// assert!(!filter.takes(b"loss: nan"));
    /// ```
    pub fn new(include: &[String], exclude: &[String]) -> Result<Self, Vec<FilterError>> {
        let errors: Vec<_> =
            include.iter().chain(exclude).filter_map(|it| set(std::slice::from_ref(it)).err()).collect();
        if !errors.is_empty() {
            return Err(errors);
        }
        let all = |patterns: &[String]| if patterns.is_empty() { Ok(None) } else { set(patterns).map(Some) };
        let (include, exclude) = (all(include), all(exclude));
        match (include, exclude) {
            (Ok(include), Ok(exclude)) => Ok(Self { include, exclude }),
            (include, exclude) => Err([include.err(), exclude.err()].into_iter().flatten().collect()),
        }
    }

    /// Tells whether every line is wanted.
    #[inline]
    pub fn takes_all(&self) -> bool {
        self.include.is_none() && self.exclude.is_none()
    }

    /// Tells whether `line` is wanted.
    pub fn takes(&self, line: &[u8]) -> bool {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        self.include.as_ref().is_none_or(|it| it.is_match(line))
            && !self.exclude.as_ref().is_some_and(|it| it.is_match(line))
    }
}

fn set(patterns: &[String]) -> Result<RegexSet, FilterError> {
    let source = match RegexSetBuilder::new(patterns).build() {
        Ok(set) => return Ok(set),
        Err(source) => source,
    };
    let text = source.to_string();
    let reason = text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
    Err(FilterError { pattern: patterns.join("`, `"), reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_of_these_and_none_of_those() {
        let words = |words: &[&str]| words.iter().map(|&it| it.to_owned()).collect::<Vec<_>>();
        for (include, exclude, line, takes) in [
            (&[][..], &[][..], "x", true),
            (&["a", "b"], &[], "xbx", true),
            (&["a", "b"], &[], "c", false),
            (&[], &["a"], "xax", false),
            (&["x"], &["a"], "xax", false),
            (&["end$"], &[], "the end\r", true),
            (&["(?i)ERROR"], &[], "Error", true),
        ] {
            let filter = Filter::new(&words(include), &words(exclude)).unwrap();
            assert_eq!(filter.takes(line.as_bytes()), takes, "{include:?} {exclude:?} {line:?}");
            assert_eq!(filter.takes_all(), include.is_empty() && exclude.is_empty());
        }
        assert!(Filter::new(&words(&[r"(?-u)\xff"]), &[]).unwrap().takes(b"a\xffb"));
    }

    #[test]
    fn every_bad_pattern_is_told() {
        let errors = Filter::new(&["(".to_owned(), "a".to_owned()], &["[".to_owned()]).unwrap_err();
        let messages: Vec<_> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(
            messages,
            ["`(` is no regular expression: unclosed group", "`[` is no regular expression: unclosed character class"]
        );
        assert!(errors.iter().all(|it| it.exit_code() == 2));
    }
}
