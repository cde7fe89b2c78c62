//! The process's environment, read once.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// Variables, words and working folder as the process got them.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    variables: BTreeMap<OsString, OsString>,
    words: Vec<OsString>,
    folder: PathBuf,
}

impl Environment {
    /// Reads the process's own environment.
    pub fn of_process() -> Self {
        Self {
            variables: std::env::vars_os().collect(),
            words: std::env::args_os().collect(),
            folder: std::env::current_dir().unwrap_or_else(|_| PathBuf::from(".")),
        }
    }

    /// Returns an environment of these variables alone, for tests of pure code.
    pub fn of_variables<K: Into<OsString>, V: Into<OsString>>(variables: impl IntoIterator<Item = (K, V)>) -> Self {
        Self { variables: variables.into_iter().map(|(k, v)| (k.into(), v.into())).collect(), ..Self::default() }
    }

    /// Returns the variable's value; `None` if it is unset, empty, or no UTF-8.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(OsStr::new(name)).and_then(|it| it.to_str()).filter(|it| !it.is_empty())
    }

    /// Returns the variable's value as a path; `None` if it is unset or empty.
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        self.variables.get(OsStr::new(name)).filter(|it| !it.is_empty()).map(PathBuf::from)
    }

    /// Tells whether the variable is set, even to nothing.
    pub fn is_set(&self, name: &str) -> bool {
        self.variables.contains_key(OsStr::new(name))
    }

    /// Returns all variables.
    pub fn variables(&self) -> &BTreeMap<OsString, OsString> {
        &self.variables
    }

    /// Returns the words of the command line, the program's own name first.
    pub fn words(&self) -> &[OsString] {
        &self.words
    }

    /// Returns the working folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}
