//! What every command works with: who started us, the environment in its cleaned form, and the namespace.

use std::cell::OnceCell;
use std::ffi::OsStr;
use std::path::Path;

use shared::base::failure::CommandError;
use shared::edge::environment::Environment;
use shared::edge::files::FileError;
use shared::edge::helm::Helm;
use shared::edge::paths::Paths;
use shared::edge::{kubeconfig, parent};
use shared::helm::environment::{self, Changes, Variables};
use shared::helm::global::{CONTEXT, KUBECONFIG, NAMESPACE};
use shared::helm::words::{self, Words, WordsError};

use crate::helm_flags::GlobalFlags;

/// Who started us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Caller {
    /// Helm, which calls us by this name.
    Helm(String),
    /// A shell, or any other program.
    Other,
}

impl Caller {
    /// Returns who started us, by what Helm tells its plugins.
    pub(crate) fn of(environment: &Environment) -> Self {
        environment.get("HELM_PLUGIN_NAME").map_or(Self::Other, |it| Self::Helm(it.to_owned()))
    }

    /// Returns the words that were meant for us.
    pub(crate) fn words(&self, environment: &Environment) -> Result<Words, WordsError> {
        let arrived = environment.words().get(1..).unwrap_or_default();
        match self {
            Self::Helm(plugin) => words::recover(plugin, parent::command_line().as_deref(), arrived),
            Self::Other => words::as_arrived(arrived),
        }
    }

    /// Returns how a user calls us.
    pub(crate) fn program(&self) -> String {
        match self {
            Self::Helm(plugin) => format!("helm {plugin}"),
            Self::Other => "helm-nauta".to_owned(),
        }
    }
}

/// What every command works with.
#[derive(Debug)]
pub(crate) struct Session {
    environment: Environment,
    words: Words,
    global: GlobalFlags,
    changes: Changes,
    paths: OnceCell<Paths>,
}

impl Session {
    /// Returns the session for these words.
    pub(crate) fn new(environment: Environment, words: &Words, global: GlobalFlags) -> Result<Self, CommandError> {
        let needs_parent = !environment::needed_from_parent(words).is_empty();
        let parent = needs_parent.then(parent::environment).flatten();
        let changes = environment::clean(words, parent.as_ref(), environment.variables())?;
        Ok(Self { environment, words: words.clone(), global, changes, paths: OnceCell::new() })
    }

    /// Returns where our files are.
    pub(crate) fn paths(&self) -> Result<&Paths, CommandError> {
        if let Some(paths) = self.paths.get() {
            return Ok(paths);
        }
        let paths = Paths::of(&self.environment)?;
        Ok(self.paths.get_or_init(|| paths))
    }

    /// Returns the working folder.
    pub(crate) fn folder(&self) -> &Path {
        self.environment.folder()
    }

    /// Returns the words as the user typed them.
    pub(crate) fn words(&self) -> &Words {
        &self.words
    }

    /// Returns how the user called us.
    pub(crate) fn program(&self) -> String {
        Caller::of(&self.environment).program()
    }

    /// Returns Helm's global flags that we got ourselves, as words for the Helm that we start.
    pub(crate) fn global_words(&self) -> &[String] {
        self.global.words()
    }

    /// Returns the user's Helm, with the cleaned environment.
    pub(crate) fn helm(&self) -> Helm {
        Helm::of(&self.environment, self.changes.clone())
    }

    /// Returns the namespace of the release: that of the flags, of `HELM_NAMESPACE`, or of the kubeconfig.
    ///
    /// # Errors
    ///
    /// Fails if it stands in a kubeconfig that cannot be read.
    pub(crate) fn namespace(&self) -> Result<String, CommandError> {
        Ok(self.find_namespace()?)
    }

    fn find_namespace(&self) -> Result<String, FileError> {
        if let Some(namespace) = self.global.value("namespace") {
            return Ok(namespace.to_owned());
        }
        let variables = self.helm_variables();
        match variables.get(OsStr::new(NAMESPACE)).and_then(|it| it.to_str()).filter(|it| !it.is_empty()) {
            Some(namespace) => Ok(namespace.to_owned()),
            None => kubeconfig::namespace(&variables),
        }
    }

    /// Returns the variables of the Helm that we start, with the flags that say where the cluster is.
    fn helm_variables(&self) -> Variables {
        let mut variables = environment::changed(self.environment.variables().clone(), &self.changes);
        for (flag, variable) in [("kube-context", CONTEXT), ("kubeconfig", KUBECONFIG)] {
            if let Some(value) = self.global.value(flag) {
                variables.insert(variable.into(), value.into());
            }
        }
        variables
    }
}
