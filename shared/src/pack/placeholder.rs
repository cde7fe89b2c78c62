//! The `NAUTA.*` placeholders of a values file.

use serde_json::{Value, json};

use crate::base::failure::Failure;
use crate::base::suggest::nearest;

/// The names below `NAUTA`.
pub const NAMES: [&str; 5] = ["CommandLine", "ExperimentImage", "ExperimentName", "ImageRepository", "RegistryPort"];

/// What the placeholders stand for in one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placeholders {
    /// The experiment's name, not the run's.
    pub experiment: String,
    /// The script's base name (empty without a script), then the arguments; never empty.
    pub command_line: Vec<String>,
    /// The image, as a reference that a node can pull.
    pub image: String,
    /// The registry's port.
    pub registry_port: u16,
}

impl Placeholders {
    /// Returns the object that a template is rendered with.
    pub fn context(&self) -> Value {
        json!({"NAUTA": {
            "ExperimentName": self.experiment,
            "CommandLine": self.command_line,
            "RegistryPort": self.registry_port,
            "ExperimentImage": self.image,
            "ImageRepository": self.image,
        }})
    }
}

/// A name in a values file that stands for nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown placeholder `{name}` in `{file}` line {line} column {column}: it prints nothing")]
pub struct UnknownPlaceholder {
    /// The name as it stands there.
    pub name: String,
    /// The known name that is nearest to it.
    pub nearest: Option<String>,
    /// The file.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
}

impl Failure for UnknownPlaceholder {
    fn hint(&self) -> Option<String> {
        self.nearest.as_ref().map(|it| format!("did you mean `{it}`?"))
    }
}

/// Tells whether a dotted name is a placeholder.
pub fn is_known(parts: &[String]) -> bool {
    match parts {
        [root] => root == "NAUTA",
        [root, name, ..] => root == "NAUTA" && NAMES.contains(&name.as_str()),
        [] => false,
    }
}

/// Returns the placeholder that a mistyped name was probably meant to be.
pub fn suggestion(parts: &[String]) -> Option<String> {
    let name = parts.get(1).or_else(|| parts.first())?;
    nearest(name, NAMES).map(|it| format!("NAUTA.{it}"))
}

/// Returns the port of a registry `HOST[:PORT]`, 443 if it names none; `None` if the port is no port.
///
/// ```
/// # use shared::pack::placeholder::registry_port;
/// assert_eq!(registry_port("127.0.0.1:5000"), Some(5000));
/// assert_eq!(registry_port("[::1]"), Some(443));
/// assert_eq!(registry_port("quay.io/team"), Some(443));
/// assert_eq!(registry_port("host:99999"), None);
/// ```
pub fn registry_port(registry: &str) -> Option<u16> {
    let host = registry.split('/').next().unwrap_or_default();
    match host.rsplit_once(':') {
        Some((_, port)) if !port.contains(']') => port.parse().ok(),
        _ => Some(443),
    }
}
