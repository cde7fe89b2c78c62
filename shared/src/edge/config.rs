//! The zoos of the user's configuration: read, and changed in place. Its other keys are for [`super::settings`].

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::files::{FileError, read_text_if_any, write_atomically};
use crate::base::failure::Failure;
use crate::pack::source::{self, Location, SourceError, ZooEntry};
use crate::yaml::edit::{self, EditError};
use crate::yaml::read::{self, ReadError};

/// What the configuration says.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// The zoos, in the order of the file, without the built-in one.
    pub zoos: Vec<ZooEntry>,
}

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// It is no YAML mapping.
    #[error("cannot read the configuration `{}`", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: ReadError,
    },
    /// A zoo in it is not written as it should be.
    #[error("zoo {number} in `{}` {fault}", path.display())]
    BadZoo {
        /// The file.
        path: PathBuf,
        /// Which zoo, from 1.
        number: usize,
        /// What is wrong with it, and with others.
        fault: String,
    },
    /// A setting in it is no text.
    #[error("`{key}` in `{}` is no text", path.display())]
    BadSetting {
        /// The file.
        path: PathBuf,
        /// The setting.
        key: &'static str,
    },
    /// It is written in a way that we do not change.
    #[error("cannot change the configuration `{}`", path.display())]
    Edit {
        /// The file.
        path: PathBuf,
        /// What stands in the way.
        #[source]
        source: EditError,
    },
}

impl Failure for ConfigError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::File(it) => it.hint_with("NAUTA_CONFIG", "a configuration"),
            Self::Unreadable { path, .. } => Some(format!("mend `{}` by hand", path.display())),
            Self::BadSetting { key, .. } => Some(format!("write one word: `{key}: VALUE`")),
            Self::BadZoo { .. } => Some("each zoo has `name`, `url`, and perhaps `ref` and `subdir`".to_owned()),
            Self::Edit { path, .. } => Some(format!(
                "change `{}` by hand: `zoos:` holds a list of `name`, `url`, `ref`, `subdir`",
                path.display()
            )),
        }
    }
}

impl Config {
    /// Reads the configuration file; one that is not there says nothing.
    ///
    /// A path in it is relative to the file's folder.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let map = fields(path)?;
        Ok(Self { zoos: zoos(map.get("zoos"), path)? })
    }
}

/// Returns the keys of the configuration file, all texts as written; none if there is no such file.
pub(super) fn fields(path: &Path) -> Result<Map<String, Value>, ConfigError> {
    let text = read_text_if_any(path)?.unwrap_or_default();
    match read::mapping_as_written(&text) {
        Ok(map) => Ok(map),
        Err(ReadError::NoMapping { found: "nothing" }) => Ok(Map::new()),
        Err(source) => Err(ConfigError::Unreadable { path: path.to_owned(), source }),
    }
}

fn zoos(list: Option<&Value>, path: &Path) -> Result<Vec<ZooEntry>, ConfigError> {
    let bad = |number, fault: String| ConfigError::BadZoo { path: path.to_owned(), number, fault };
    let entries = match list {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(list) => list.as_array().ok_or_else(|| bad(1, "is in no list".to_owned()))?,
    };
    let mut zoos: Vec<ZooEntry> = Vec::new();
    let mut faults = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        match zoo(entry, path) {
            Ok(zoo) if zoos.iter().any(|it| it.name == zoo.name) => {
                faults.push((index + 1, format!("has the name `{}` once more", zoo.name)));
            }
            Ok(zoo) => zoos.push(zoo),
            Err(fault) => faults.push((index + 1, fault)),
        }
    }
    let mut faults = faults.into_iter();
    let Some((number, first)) = faults.next() else { return Ok(zoos) };
    Err(bad(number, faults.fold(first, |text, (number, fault)| format!("{text}; zoo {number} {fault}"))))
}

fn zoo(entry: &Value, path: &Path) -> Result<ZooEntry, String> {
    let text = |key: &str| entry.get(key).and_then(Value::as_str).filter(|it| !it.is_empty()).map(str::to_owned);
    let name = text("name").ok_or("has no name")?;
    source::check_zoo_name(&name).map_err(|it: SourceError| format!("is wrong: {it}"))?;
    let url = text("url").ok_or_else(|| format!("(`{name}`) has no url"))?;
    let url = match source::location(&url) {
        Location::Path(given) if !url.starts_with("file:") => {
            path.parent().unwrap_or(Path::new("")).join(given).to_string_lossy().into_owned()
        }
        _ => url,
    };
    let subdir = text("subdir").map_or(Ok(None), |it| source::check_subdir(&it)).map_err(|it| it.to_string())?;
    Ok(ZooEntry { name, url, reference: text("ref"), subdir })
}

/// Adds a zoo to the end of the list, keeping everything else in the file as it is.
pub fn add_zoo(path: &Path, zoo: &ZooEntry) -> Result<(), ConfigError> {
    let mut entry = vec![("name", zoo.name.as_str()), ("url", zoo.url.as_str())];
    entry.extend(zoo.reference.as_deref().map(|it| ("ref", it)));
    entry.extend(zoo.subdir.as_deref().map(|it| ("subdir", it)));
    change(path, |text| edit::add_entry(text, "zoos", &entry))
}

/// Removes the zoo called `name` from the list, keeping everything else in the file as it is.
pub fn remove_zoo(path: &Path, name: &str) -> Result<(), ConfigError> {
    change(path, |text| edit::remove_entry(text, "zoos", "name", name))
}

fn change(path: &Path, edit: impl FnOnce(&str) -> Result<String, EditError>) -> Result<(), ConfigError> {
    let text = read_text_if_any(path)?.unwrap_or_default();
    let edited = edit(&text).map_err(|source| ConfigError::Edit { path: path.to_owned(), source })?;
    Ok(write_atomically(path, edited.as_bytes())?)
}
