//! The values of one run: from a rendered values text to what goes into the chart.

use serde_json::{Map, Value};

use super::arguments::{self, Alteration};
use super::chart::{Chart, VALUES_FILE};
use super::env::{self, EnvError, EnvItem, EnvOutcome};
use super::params::{self, PackParam, ParamError};
use super::placeholder::{self, UnknownPlaceholder};
use super::pod_count::{self, NoPodCount};
use super::references::References;
use super::tree::PackTree;
use crate::base::failure::Failure;
use crate::yaml::read::{self, ReadError};

/// What the user gave for one run, besides the placeholders.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// Pack parameters, in the order given.
    pub params: Vec<PackParam>,
    /// Variables, in the order given.
    pub env: Vec<EnvItem>,
}

/// Why a rendered text gives no values.
#[derive(Debug, thiserror::Error)]
pub enum ValuesError {
    /// The rendered text cannot be read.
    #[error("the rendered `{VALUES_FILE}` of pack `{pack}` cannot be read")]
    Unreadable {
        /// The pack.
        pack: String,
        /// What is wrong with the text.
        #[source]
        source: ReadError,
    },
    /// A pack parameter has no place.
    #[error(transparent)]
    Param(#[from] ParamError),
    /// The pods cannot be counted.
    #[error(transparent)]
    PodCount(#[from] NoPodCount),
    /// The variables cannot be set.
    #[error(transparent)]
    Env(#[from] EnvError),
}

impl Failure for ValuesError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Param(it) => it.hint(),
            _ => None,
        }
    }

    fn exit_code(&self) -> u8 {
        match self {
            Self::Param(it) => it.exit_code(),
            Self::Env(it) => it.exit_code(),
            Self::Unreadable { .. } | Self::PodCount(_) => 1,
        }
    }
}

/// Something that the user should know, and that `--strict` makes an error.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Warning {
    /// A name in the values file stands for nothing.
    #[error(transparent)]
    UnknownPlaceholder(#[from] UnknownPlaceholder),
    /// A pack parameter changes a value that nothing reads.
    #[error("pack parameter `{0}` has no effect: the templates of pack `{1}` never read it")]
    UnreadParam(String, String),
    /// Variables were given, but the pack has no place for them.
    #[error("-e has no effect: pack `{0}` has no place for environment variables")]
    NoPlaceForEnv(String),
    /// Arguments were given, but the pack takes none.
    #[error("the arguments have no effect: pack `{0}` takes no command line")]
    NoCommandLine(String),
    /// An argument will be altered by the pack's own chart.
    #[error("{0}")]
    Altered(Alteration),
}

impl Failure for Warning {
    fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownPlaceholder(it) => it.hint(),
            _ => None,
        }
    }
}

/// A pack whose values text was rendered.
#[derive(Debug, Clone, Copy)]
pub struct RenderedPack<'a> {
    /// The pack's name.
    pub name: &'a str,
    /// Its files.
    pub tree: &'a PackTree,
    /// Its Chart.yaml.
    pub chart: &'a Chart,
}

/// Returns the values that a rendered text holds, its data back in place by `restore`.
pub fn parse(
    pack: &str,
    text: &str,
    restore: impl FnOnce(Map<String, Value>) -> Map<String, Value>,
) -> Result<Map<String, Value>, ValuesError> {
    let values = read::mapping(text).map_err(|source| ValuesError::Unreadable { pack: pack.to_owned(), source })?;
    Ok(restore(values))
}

/// Puts parameters, pod count and variables into the values, in this order, and returns what to warn about.
pub fn complete(
    pack: RenderedPack<'_>,
    values: &mut Map<String, Value>,
    overrides: &Overrides,
) -> Result<Vec<Warning>, ValuesError> {
    let references = References::of(pack.tree, pack.chart);
    for param in &overrides.params {
        params::set(values, param)?;
    }
    pod_count::settle(values)?;
    let mut warnings = unread_params(pack.name, &references, &overrides.params);
    if env::apply(values, &overrides.env, references.reads_env())? == EnvOutcome::NoPlace {
        warnings.push(Warning::NoPlaceForEnv(pack.name.to_owned()));
    }
    Ok(warnings)
}

/// Keys that we read ourselves.
const SPECIAL_KEYS: [&str; 3] = ["workersCount", "pServersCount", "podCount"];

fn unread_params(pack: &str, references: &References, params: &[PackParam]) -> Vec<Warning> {
    let is_special = |it: &PackParam| it.path.len() == 1 && SPECIAL_KEYS.contains(&it.path[0].as_str());
    params
        .iter()
        .filter(|it| !is_special(it) && !references.reads(&it.path))
        .map(|it| Warning::UnreadParam(it.key.clone(), pack.to_owned()))
        .collect()
}

/// Returns a warning for each dotted name of a values template that stands for nothing.
pub fn unknown_placeholders<'n>(names: impl Iterator<Item = (&'n [String], usize, usize)>) -> Vec<Warning> {
    names
        .filter(|(parts, ..)| !placeholder::is_known(parts))
        .map(|(parts, line, column)| {
            Warning::UnknownPlaceholder(UnknownPlaceholder {
                name: parts.join("."),
                nearest: placeholder::suggestion(parts),
                file: VALUES_FILE.to_owned(),
                line,
                column,
            })
        })
        .collect()
}

/// Returns what will become of the arguments: nothing, if the values template takes none; or altered ones.
pub fn argument_warnings(
    pack: RenderedPack<'_>,
    takes_arguments: bool,
    values: &Map<String, Value>,
    command_line: &[String],
) -> Vec<Warning> {
    if !takes_arguments {
        let given = command_line.len() > 1;
        return if given { vec![Warning::NoCommandLine(pack.name.to_owned())] } else { Vec::new() };
    }
    arguments::alterations(pack.tree, values, command_line).into_iter().map(Warning::Altered).collect()
}
