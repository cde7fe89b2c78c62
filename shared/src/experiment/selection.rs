//! Some runs of a sweep, by their numbers: `3,7-9`.

use std::collections::BTreeSet;
use std::str::FromStr;

/// The numbers of runs, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection(Vec<(usize, usize)>);

impl Selection {
    /// Tells whether the run of this number is meant.
    pub fn has(&self, number: usize) -> bool {
        self.0.iter().any(|(first, last)| (*first..=*last).contains(&number))
    }

    /// Returns the largest number.
    pub fn largest(&self) -> usize {
        self.0.iter().map(|(_, last)| *last).max().unwrap_or(0)
    }
}

impl FromStr for Selection {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = |it: &str| it.trim().parse::<usize>().ok().filter(|it| *it > 0);
        let part = |part: &str| match part.split_once('-') {
            Some((first, last)) => number(first).zip(number(last)).filter(|(first, last)| first <= last),
            None => number(part).map(|it| (it, it)),
        };
        let parts: Option<Vec<_>> = text.split(',').map(part).collect();
        parts.map(Self).ok_or_else(|| "write numbers of runs, such as `3,7-9`".to_owned())
    }
}

/// Writes numbers in the form that [`Selection`] reads.
///
/// ```
/// # use shared::experiment::selection::shown;
/// assert_eq!(shown([9, 3, 7, 8]), "3,7-9");
/// ```
pub fn shown(numbers: impl IntoIterator<Item = usize>) -> String {
    let numbers: BTreeSet<usize> = numbers.into_iter().collect();
    let mut parts: Vec<(usize, usize)> = Vec::new();
    for number in numbers {
        match parts.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => parts.push((number, number)),
        }
    }
    let text =
        |(first, last): (usize, usize)| if first == last { first.to_string() } else { format!("{first}-{last}") };
    parts.into_iter().map(text).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_spans_are_read() {
        let selection: Selection = "3, 7-9".parse().unwrap();
        assert_eq!((1..12).filter(|it| selection.has(*it)).collect::<Vec<_>>(), [3, 7, 8, 9]);
        assert_eq!(selection.largest(), 9);
        for text in ["", "0", "a", "3,", "9-7", "-1", "1-", "1-2-3"] {
            assert!(text.parse::<Selection>().is_err(), "{text}");
        }
    }
}
