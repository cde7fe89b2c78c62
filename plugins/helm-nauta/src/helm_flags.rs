//! Helm's flags among ours: accepted in any place, handed on in the order typed.

use std::fmt::Debug;
use std::marker::PhantomData;

use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches};
use shared::helm::flags::{self, Takes, Verb};
use shared::helm::global::GLOBAL_FLAGS;

/// Stands for the value of a flag that was given without one; no word of a command line can hold it.
const NO_VALUE: &str = "\0";
/// The flag for everything that is not in the table.
const ANY: &str = "helm-arg";

/// A command of Helm, as a type.
pub(crate) trait Wrapped: Debug {
    /// The command.
    const VERB: Verb;
}

/// Flags for the wrapped command of Helm.
#[derive(Debug, Clone)]
pub(crate) struct HelmFlags<W> {
    words: Vec<String>,
    wrapped: PhantomData<W>,
}

impl<W> HelmFlags<W> {
    /// Returns the words for Helm, in the order typed.
    pub(crate) fn words(&self) -> &[String] {
        &self.words
    }
}

impl<W: Wrapped> Args for HelmFlags<W> {
    fn augment_args(command: Command) -> Command {
        let known = flags::of(W::VERB).map(|it| arg(it.long, it.short, it.takes).help(it.help));
        let any = arg(ANY, None, Takes::Value("ARG")).help("Any other word for Helm; may be repeated");
        command.args(known.chain([any]).map(|it| it.help_heading("Flags of Helm, handed on to it")))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<W: Wrapped> FromArgMatches for HelmFlags<W> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let known = flags::of(W::VERB).flat_map(|it| typed(matches, it.long, it.takes));
        let any = occurrences(matches, ANY).map(|(place, value)| (place, vec![value.clone()]));
        Ok(Self { words: in_order(known.chain(any)), wrapped: PhantomData })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// Helm's global flags, as far as Helm did not take them before we began.
#[derive(Debug, Clone, Default)]
pub(crate) struct GlobalFlags {
    words: Vec<String>,
    values: Vec<(&'static str, String)>,
}

impl GlobalFlags {
    /// Returns the words for Helm, in the order typed.
    pub(crate) fn words(&self) -> &[String] {
        &self.words
    }

    /// Returns the last value of a flag; `None` if it was not given, or is empty.
    pub(crate) fn value(&self, long: &str) -> Option<&str> {
        let value = self.values.iter().rev().find(|(flag, _)| *flag == long)?;
        Some(value.1.as_str()).filter(|it| !it.is_empty())
    }
}

impl Args for GlobalFlags {
    fn augment_args(command: Command) -> Command {
        let args = GLOBAL_FLAGS.iter().map(|it| {
            let arg = arg(it.long, it.short, global_takes(it.value)).help(it.help).global(true);
            arg.help_heading("Global flags of Helm").hide_short_help(it.short.is_none())
        });
        command.args(args)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for GlobalFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let words = in_order(GLOBAL_FLAGS.iter().flat_map(|it| typed(matches, it.long, global_takes(it.value))));
        let values =
            GLOBAL_FLAGS.iter().flat_map(|it| occurrences(matches, it.long).map(|found| (it.long, found.1.clone())));
        Ok(Self { words, values: values.collect() })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

fn global_takes(value: Option<&'static str>) -> Takes {
    value.map_or(Takes::Optional("BOOL"), Takes::Value)
}

fn arg(long: &'static str, short: Option<char>, takes: Takes) -> Arg {
    let arg = Arg::new(long).long(long).short(short).action(ArgAction::Append);
    match takes {
        // As for Helm, the next word is the value also where it begins with `-`.
        Takes::Value(name) => arg.value_name(name).allow_hyphen_values(true).value_parser(no_escape),
        Takes::Optional(name) => {
            arg.value_name(name).num_args(0..=1).require_equals(true).default_missing_value(NO_VALUE)
        }
    }
}

/// Refuses `--` as a value: it is more likely that the value was forgotten.
fn no_escape(value: &str) -> Result<String, &'static str> {
    if value == "--" { Err("the value is missing") } else { Ok(value.to_owned()) }
}

/// Returns each occurrence of a flag as words for Helm, with its place.
fn typed(matches: &ArgMatches, long: &'static str, takes: Takes) -> impl Iterator<Item = (usize, Vec<String>)> {
    occurrences(matches, long).map(move |(place, value)| {
        let words = match takes {
            Takes::Value(_) => vec![format!("--{long}"), value.clone()],
            Takes::Optional(_) if value == NO_VALUE => vec![format!("--{long}")],
            Takes::Optional(_) => vec![format!("--{long}={value}")],
        };
        (place, words)
    })
}

/// Returns the values of a flag that was typed, with their places on the command line.
fn occurrences<'a>(matches: &'a ArgMatches, long: &str) -> impl Iterator<Item = (usize, &'a String)> {
    let was_typed = matches.value_source(long) == Some(ValueSource::CommandLine);
    let places = matches.indices_of(long).filter(|_| was_typed).into_iter().flatten();
    places.zip(matches.get_many::<String>(long).into_iter().flatten())
}

fn in_order(words: impl Iterator<Item = (usize, Vec<String>)>) -> Vec<String> {
    let mut words: Vec<_> = words.collect();
    words.sort_by_key(|(place, _)| *place);
    words.into_iter().flat_map(|(_, words)| words).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Upgrade;

    impl Wrapped for Upgrade {
        const VERB: Verb = Verb::Upgrade;
    }

    fn handed_on(words: &str) -> Vec<String> {
        let command = HelmFlags::<Upgrade>::augment_args(Command::new("upgrade").no_binary_name(true));
        let matches = command.try_get_matches_from(words.split(' ').filter(|it| !it.is_empty())).expect(words);
        HelmFlags::<Upgrade>::from_arg_matches(&matches).unwrap().words
    }

    #[test]
    fn flags_are_handed_on_in_the_order_typed() {
        for (typed, expected) in [
            ("", ""),
            ("--set a=1 -i --set b=2 --wait", "--set a=1 --install --set b=2 --wait"),
            ("-fx.yaml --values=y.yaml -f z", "--values x.yaml --values y.yaml --values z"),
            ("--dry-run=server --wait=false --dry-run", "--dry-run=server --wait=false --dry-run"),
            ("--set=-x=1 --description - --set --wait", "--set -x=1 --description - --set --wait"),
            ("--helm-arg --new --set a=1 --helm-arg=--wait", "--new --set a=1 --wait"),
            ("--set=a,b={x,y} --dry-run=", "--set a,b={x,y} --dry-run="),
        ] {
            assert_eq!(handed_on(typed).join(" "), expected, "{typed}");
        }
    }

    #[test]
    fn a_forgotten_value_does_not_swallow_the_dashes() {
        let command = HelmFlags::<Upgrade>::augment_args(Command::new("upgrade").no_binary_name(true));
        assert!(command.try_get_matches_from(["--set", "--", "a"]).is_err());
    }
}
