//! What a user has settled in the configuration file, besides zoos.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::files::{self, FileError};
use crate::base::failure::Failure;
use crate::yaml::read::{self, ReadError};

/// Defaults of flags.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// `HOST:PORT` of the registry.
    pub registry: Option<String>,
    /// The user in images' names.
    pub user: Option<String>,
}

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// Its text is no mapping.
    #[error("the configuration `{}` cannot be used", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with the text.
        #[source]
        source: ReadError,
    },
}

impl Failure for SettingsError {}

/// Returns the settings of a configuration file; a missing or empty file settles nothing.
pub fn read(path: &Path) -> Result<Settings, SettingsError> {
    let text = files::read_text_if_any(path)?.unwrap_or_default();
    let fields = match read::mapping_as_written(&text) {
        Ok(fields) => fields,
        Err(ReadError::NoMapping { found: "nothing" }) => return Ok(Settings::default()),
        Err(source) => return Err(SettingsError::Unreadable { path: path.to_owned(), source }),
    };
    let field = |key: &str| fields.get(key).and_then(Value::as_str).filter(|it| !it.is_empty()).map(str::to_owned);
    Ok(Settings { registry: field("registry"), user: field("user") })
}
