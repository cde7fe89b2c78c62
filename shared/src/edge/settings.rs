//! What a user has settled in the configuration file, besides zoos.

use std::path::Path;

use serde_json::Value;

use super::config::{ConfigError, fields};

/// Defaults of flags.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// `HOST:PORT` of the registry.
    pub registry: Option<String>,
    /// The user in images' names.
    pub user: Option<String>,
}

/// Returns the settings of a configuration file; a missing or empty file settles nothing.
///
/// # Errors
///
/// Fails if the file cannot be read, is no YAML mapping, or has a list or a map where a text belongs.
pub fn read(path: &Path) -> Result<Settings, ConfigError> {
    let fields = fields(path)?;
    let field = |key: &'static str| match fields.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone()).filter(|it| !it.is_empty())),
        Some(_) => Err(ConfigError::BadSetting { path: path.to_owned(), key }),
    };
    Ok(Settings { registry: field("registry")?, user: field("user")? })
}
