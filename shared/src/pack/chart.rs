//! A pack's Chart.yaml, and whether folder and chart agree on the name.

use crate::base::failure::Failure;
use crate::yaml::read::{self, ReadError};
use serde_json::Value;

/// Where a pack's Chart.yaml is, below the pack.
pub const CHART_FILE: &str = "charts/Chart.yaml";
/// The most bytes that a Chart.yaml may have: what is read of it must fit into memory several times.
pub const MOST_CHART: usize = 1 << 20;
/// Where a pack's values are, below the pack.
pub const VALUES_FILE: &str = "charts/values.yaml";

/// What we read of a Chart.yaml; all texts as written in the source (`1.10` stays `1.10`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Chart {
    /// The chart's name; never empty.
    pub name: String,
    /// The version, if one is given.
    pub version: Option<String>,
    /// The description on one line, each run of white space one blank; empty if there is none.
    pub description: String,
    /// The names of the charts that this one depends on.
    pub dependencies: Vec<String>,
    /// The names that some of these have here.
    pub aliases: Vec<String>,
    /// The values by which these are switched on: their `condition` and `tags`.
    pub switches: Vec<Vec<String>>,
}

/// Why a folder is no usable pack.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ChartError {
    /// The text is no YAML mapping.
    #[error("`{CHART_FILE}` of pack `{pack}` cannot be read")]
    Unreadable {
        /// The pack's folder name.
        pack: String,
        /// What is wrong with the text.
        #[source]
        source: ReadError,
    },
    /// It is larger than any Chart.yaml.
    #[error("`{CHART_FILE}` of pack `{pack}` is too large: over {} MiB", MOST_CHART >> 20)]
    TooLarge {
        /// The pack's folder name.
        pack: String,
    },
    /// There is no name in it.
    #[error("`{CHART_FILE}` of pack `{pack}` has no name")]
    NoName {
        /// The pack's folder name.
        pack: String,
    },
    /// The chart is called otherwise than its folder.
    #[error("Definition of the {pack} pack is incorrect.")]
    OtherName {
        /// The pack's folder name.
        pack: String,
        /// The chart's name.
        chart: String,
    },
}

impl Failure for ChartError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::OtherName { pack, chart } => {
                Some(format!("`{CHART_FILE}` says `name: {chart}`: make it `{pack}`, or rename the folder"))
            }
            Self::NoName { pack } => Some(format!("add `name: {pack}`")),
            Self::Unreadable { .. } | Self::TooLarge { .. } => None,
        }
    }

    fn exit_code(&self) -> u8 {
        if matches!(self, Self::OtherName { .. }) { 2 } else { 1 }
    }
}

impl Chart {
    /// Reads the Chart.yaml of the pack in folder `pack`.
    ///
    /// # Errors
    ///
    /// Fails if the text is over [`MOST_CHART`] bytes, no mapping, or has no name. Whether the name fits is for [`Chart::check_identity`].
    pub fn read(pack: &str, text: &str) -> Result<Self, ChartError> {
        if text.len() > MOST_CHART {
            return Err(ChartError::TooLarge { pack: pack.to_owned() });
        }
        let unreadable = |source| ChartError::Unreadable { pack: pack.to_owned(), source };
        let fields = read::mapping_as_written(text).map_err(unreadable)?;
        let field = |key: &str| fields.get(key).and_then(Value::as_str).filter(|it| !it.trim().is_empty());
        let name = field("name").ok_or_else(|| ChartError::NoName { pack: pack.to_owned() })?;
        Ok(Self {
            name: name.to_owned(),
            version: field("version").map(str::to_owned),
            description: one_line(field("description").unwrap_or_default()),
            dependencies: dependencies(fields.get("dependencies"), "name"),
            aliases: dependencies(fields.get("dependencies"), "alias"),
            switches: switches(fields.get("dependencies")),
        })
    }

    /// Checks that the chart is called as its folder: a pack's identity is its folder name.
    pub fn check_identity(&self, pack: &str) -> Result<(), ChartError> {
        if self.name == pack {
            return Ok(());
        }
        Err(ChartError::OtherName { pack: pack.to_owned(), chart: self.name.clone() })
    }
}

/// Returns what the charts in a `dependencies` list are called by `field`.
fn dependencies(list: Option<&Value>, field: &str) -> Vec<String> {
    let entries = list.and_then(Value::as_array).into_iter().flatten();
    entries.filter_map(|it| it.get(field)?.as_str().map(str::to_owned)).collect()
}

/// Returns the values that a `dependencies` list asks for.
fn switches(list: Option<&Value>) -> Vec<Vec<String>> {
    let entries = || list.and_then(Value::as_array).into_iter().flatten();
    let conditions = entries().filter_map(|it| it.get("condition")?.as_str()).flat_map(|it| it.split(','));
    let tags = entries().filter_map(|it| it.get("tags")?.as_array()).flatten().filter_map(Value::as_str);
    let conditions = conditions.map(|it| it.trim().split('.').map(str::to_owned).collect());
    conditions.chain(tags.map(|it| vec!["tags".to_owned(), it.to_owned()])).collect()
}

/// Returns `text` with each run of white space as one blank.
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
