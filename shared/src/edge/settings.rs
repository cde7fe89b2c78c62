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
pub fn read(path: &Path) -> Result<Settings, ConfigError> {
    let fields = fields(path)?;
    let field = |key: &str| fields.get(key).and_then(Value::as_str).filter(|it| !it.is_empty()).map(str::to_owned);
    Ok(Settings { registry: field("registry"), user: field("user") })
}
