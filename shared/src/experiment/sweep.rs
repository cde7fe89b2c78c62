//! Sweeps: one experiment, one run per combination of parameters.

use std::collections::BTreeSet;

use super::range::{Values, Wrong, braced};
use crate::base::failure::Failure;

/// The flag that sweeps one parameter.
pub const RANGE_FLAG: &str = "--param-range";
/// The flag that gives one tuple of parameters.
pub const SET_FLAG: &str = "--param-set";
/// The most runs of a sweep.
pub const MOST_RUNS: usize = 10_000;

/// The runs that ranges and sets ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sweep {
    /// The arguments of each set; one empty set where none was given.
    sets: Vec<Vec<String>>,
    ranges: Vec<(String, Values)>,
    count: usize,
}

/// One run of an experiment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The name, which is the release's.
    pub name: String,
    /// The run's own arguments, which stand behind all others.
    pub args: Vec<String>,
}

/// Why ranges and sets make no sweep.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SweepError {
    /// A range is neither a list nor a number range.
    #[error("Parameter {name} has incorrect format.")]
    RangeFormat {
        /// The parameter.
        name: String,
    },
    /// Two values for one name in one run.
    #[error("Parameter {name} ambiguously defined.")]
    Ambiguous {
        /// The parameter.
        name: String,
    },
    /// A set has no braces.
    #[error("One of {SET_FLAG} options has an incorrect format.")]
    SetFormat {
        /// The set as typed.
        text: String,
    },
    /// A range that would never end.
    #[error("Parameter {name} has incorrect format: the step of `{text}` must be greater than 0.")]
    Step {
        /// The parameter.
        name: String,
        /// The range as typed.
        text: String,
    },
    /// A range without values.
    #[error("Parameter {name} has incorrect format: `{text}` is empty, since it ends below its start.")]
    Empty {
        /// The parameter.
        name: String,
        /// The range as typed.
        text: String,
    },
    /// Too many combinations.
    #[error("the sweep has {} runs, and can have {MOST_RUNS} at most", shown_count(*.count))]
    TooMany {
        /// How many.
        count: u128,
    },
}

fn shown_count(count: u128) -> String {
    if count == u128::MAX { "countless".to_owned() } else { count.to_string() }
}

impl Failure for SweepError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::RangeFormat { name } => {
                Some(format!("write `{RANGE_FLAG} {name} \"{{0.1, 0.2}}\"` or `{RANGE_FLAG} {name} \"{{1...10:3}}\"`"))
            }
            Self::SetFormat { text } => {
                Some(format!("`{text}` has no braces: write `{SET_FLAG} \"{{lr: 0.1, layers: 3}}\"`"))
            }
            Self::Step { name, .. } | Self::Empty { name, .. } => {
                Some(format!("write `{RANGE_FLAG} {name} \"{{START...END:STEP}}\"` with START below END"))
            }
            Self::Ambiguous { .. } | Self::TooMany { .. } => None,
        }
    }

    fn exit_code(&self) -> u8 {
        2
    }
}

impl Sweep {
    /// Reads ranges (name and text) and sets, in the order typed; `None` if there are none.
    ///
    /// A range `{x, y}` stands for the arguments `NAME=x` and `NAME=y`, `{a...b:step}` for the numbers from `a` to `b`.
    /// A set `{p:v, q}` stands for `p=v` and `q`; an empty item stands for nothing, so that `{}` is a run of its own
    /// without further arguments.
    ///
    /// # Errors
    ///
    /// Returns all faults at once.
    pub fn parse(ranges: &[(String, String)], sets: &[String]) -> Result<Option<Self>, Vec<SweepError>> {
        if ranges.is_empty() && sets.is_empty() {
            return Ok(None);
        }
        let mut faults = Vec::new();
        let parsed_ranges: Vec<_> = ranges
            .iter()
            .filter_map(|(name, text)| keep(range(name, text), &mut faults).map(|it| (name.clone(), it)))
            .collect();
        let parsed_sets: Vec<_> = sets.iter().filter_map(|it| keep(set(it), &mut faults)).collect();
        let names: Vec<&str> = ranges.iter().map(|(name, _)| name.as_str()).collect();
        faults.extend(ambiguous(&names, &parsed_sets));
        if !faults.is_empty() {
            return Err(faults);
        }
        let sets =
            if sets.is_empty() { vec![Vec::new()] } else { parsed_sets.iter().map(|it| arguments(it)).collect() };
        let count = parsed_ranges.iter().fold(sets.len() as u128, |all, it| all.saturating_mul(it.1.count()));
        match usize::try_from(count).ok().filter(|it| *it <= MOST_RUNS) {
            Some(count) => Ok(Some(Self { sets, ranges: parsed_ranges, count })),
            None => Err(vec![SweepError::TooMany { count }]),
        }
    }

    /// Returns how many runs there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Returns the runs, one by one: for each set each combination of the ranges, the last range fastest.
    pub fn runs(&self, experiment: &str) -> impl Iterator<Item = Run> {
        (0..self.count).map(move |it| Run { name: format!("{experiment}-{}", it + 1), args: self.args(it) })
    }

    fn args(&self, run: usize) -> Vec<String> {
        let mut rest = run;
        let mut swept: Vec<String> = Vec::with_capacity(self.ranges.len());
        for (name, values) in self.ranges.iter().rev() {
            // No more than MOST_RUNS, as the product of all counts is.
            let count = usize::try_from(values.count()).unwrap_or(usize::MAX);
            swept.push(format!("{name}={}", values.text(rest % count)));
            rest /= count;
        }
        self.sets[rest].iter().cloned().chain(swept.into_iter().rev()).collect()
    }
}

/// Returns the runs of an experiment: those of its sweep, else one of its own name.
pub fn runs(experiment: &str, sweep: Option<&Sweep>) -> Vec<Run> {
    match sweep {
        Some(sweep) => sweep.runs(experiment).collect(),
        None => vec![Run { name: experiment.to_owned(), args: Vec::new() }],
    }
}

fn keep<T>(result: Result<T, SweepError>, faults: &mut Vec<SweepError>) -> Option<T> {
    result.map_err(|it| faults.push(it)).ok()
}

fn range(name: &str, text: &str) -> Result<Values, SweepError> {
    let (name, typed) = (name.to_owned(), text.trim().to_owned());
    Values::parse(text).map_err(|wrong| match wrong {
        Wrong::Format => SweepError::RangeFormat { name },
        Wrong::Step => SweepError::Step { name, text: typed },
        Wrong::Empty => SweepError::Empty { name, text: typed },
    })
}

/// The items of a set: a name, and a value if there is one.
type Set<'a> = Vec<(&'a str, Option<&'a str>)>;

fn set(text: &str) -> Result<Set<'_>, SweepError> {
    let inner = braced(text).ok_or_else(|| SweepError::SetFormat { text: text.to_owned() })?;
    let item = |item: &'_ str| item.trim().is_empty();
    Ok(inner
        .split(',')
        .filter(|it| !item(it))
        .map(|it| match it.split_once(':') {
            Some((name, value)) => (name.trim(), Some(value.trim())),
            None => (it.trim(), None),
        })
        .collect())
}

fn arguments(set: &Set<'_>) -> Vec<String> {
    let argument = |(name, value): &(&str, Option<&str>)| match value {
        Some(value) => format!("{name}={value}"),
        None => (*name).to_owned(),
    };
    set.iter().map(argument).collect()
}

/// Returns a fault for each name that has two values in one run: in two ranges, twice in a set, or in both.
fn ambiguous(ranges: &[&str], sets: &[Set<'_>]) -> Vec<SweepError> {
    let mut found = Vec::new();
    let mut note = |name: &str| {
        let fault = SweepError::Ambiguous { name: name.to_owned() };
        if !found.contains(&fault) {
            found.push(fault);
        }
    };
    let mut swept = BTreeSet::new();
    ranges.iter().filter(|it| !swept.insert(**it)).for_each(|it| note(it));
    for set in sets {
        let mut seen = swept.clone();
        let named = set.iter().filter(|(_, value)| value.is_some()).map(|(name, _)| *name);
        named.filter(|it| !seen.insert(it)).for_each(&mut note);
    }
    found
}

#[cfg(test)]
mod tests;
