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
mod tests {
    use super::*;

    fn parse(ranges: &[(&str, &str)], sets: &[&str]) -> Result<Option<Sweep>, Vec<SweepError>> {
        let ranges: Vec<_> = ranges.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        let sets: Vec<_> = sets.iter().map(|it| (*it).to_owned()).collect();
        Sweep::parse(&ranges, &sets)
    }

    fn shown(ranges: &[(&str, &str)], sets: &[&str]) -> Vec<String> {
        let sweep = parse(ranges, sets).unwrap().unwrap();
        let runs: Vec<String> = sweep.runs("e").map(|it| format!("{} {}", it.name, it.args.join(" "))).collect();
        assert_eq!(runs.len(), sweep.count());
        runs
    }

    fn faults(ranges: &[(&str, &str)], sets: &[&str]) -> Vec<String> {
        let faults = parse(ranges, sets).unwrap_err();
        assert!(faults.iter().all(|it| it.exit_code() == 2));
        faults.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_range_makes_a_run_for_each_value() {
        assert_eq!(shown(&[("lr", "{0.1, 0.2, 0.3}")], &[]), ["e-1 lr=0.1", "e-2 lr=0.2", "e-3 lr=0.3"]);
        assert_eq!(shown(&[("--lr", "{5}")], &[]), ["e-1 --lr=5"]);
        assert_eq!(shown(&[("x", "{}")], &[]), ["e-1 x="]);
    }

    #[test]
    fn sets_come_first_and_the_last_range_is_the_fastest() {
        assert_eq!(
            shown(&[("param1", "{0.1, 0.2, 0.3}")], &["{param2:3,param4:5}", "{param6:7}"]),
            [
                "e-1 param2=3 param4=5 param1=0.1",
                "e-2 param2=3 param4=5 param1=0.2",
                "e-3 param2=3 param4=5 param1=0.3",
                "e-4 param6=7 param1=0.1",
                "e-5 param6=7 param1=0.2",
                "e-6 param6=7 param1=0.3",
            ]
        );
        assert_eq!(
            shown(&[("a", "{1...2:1}"), ("b", "{x, y}")], &[]),
            ["e-1 a=1 b=x", "e-2 a=1 b=y", "e-3 a=2 b=x", "e-4 a=2 b=y"]
        );
    }

    #[test]
    fn a_set_is_one_tuple() {
        for (set, expected) in [
            ("{a: 1, b: 2}", "e-1 a=1 b=2"),
            ("{path:/a:b}", "e-1 path=/a:b"),
            ("{a}", "e-1 a"),
            ("{a:}", "e-1 a="),
            (" {--lr :0.1,-v, -v,} ", "e-1 --lr=0.1 -v -v"),
            ("{}", "e-1 "),
        ] {
            assert_eq!(shown(&[], &[set]), [expected], "{set}");
        }
    }

    #[test]
    fn all_faults_are_told_together() {
        assert_eq!(
            faults(
                &[("a", "1,2"), ("b", "{1...3}"), ("c", "{1}"), ("c", "{2}"), ("d", "{1...3:0}"), ("e", "{3...1:1}")],
                &["x:1", "{c:1}", "{y:1, y:2}"]
            ),
            [
                "Parameter a has incorrect format.",
                "Parameter b has incorrect format.",
                "Parameter d has incorrect format: the step of `{1...3:0}` must be greater than 0.",
                "Parameter e has incorrect format: `{3...1:1}` is empty, since it ends below its start.",
                "One of --param-set options has an incorrect format.",
                "Parameter c ambiguously defined.",
                "Parameter y ambiguously defined.",
            ]
        );
    }

    #[test]
    fn a_name_may_have_other_values_in_other_sets() {
        assert_eq!(shown(&[], &["{a:1}", "{a:2}"]), ["e-1 a=1", "e-2 a=2"]);
    }

    #[test]
    fn there_is_a_largest_sweep() {
        let most = parse(&[("a", "{1...100:1}"), ("b", "{1...100:1}")], &[]).unwrap().unwrap();
        assert_eq!(most.runs("e").last().map(|it| it.args.join(" ")).as_deref(), Some("a=100 b=100"));
        for (ranges, expected) in [
            (&[("a", "{1...10001:1}")][..], "10001"),
            (&[("a", "{1...101:1}"), ("b", "{1...100:1}")], "10100"),
            (&[("a", "{0...1e29:0.1}"), ("b", "{0...1e29:0.1}")], "countless"),
        ] {
            assert_eq!(faults(ranges, &[]), [format!("the sweep has {expected} runs, and can have 10000 at most")]);
        }
    }

    #[test]
    fn without_ranges_and_sets_there_is_one_run_of_the_experiments_name() {
        assert_eq!(parse(&[], &[]), Ok(None));
        assert_eq!(runs("e", None), [Run { name: "e".to_owned(), args: Vec::new() }]);
    }
}
