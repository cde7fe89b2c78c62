//! Starting the user's Helm.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

use super::environment::Environment;
use super::signals::{Children, Signals};
use crate::base::failure::Failure;
use crate::helm::call::Call;
use crate::helm::environment::Changes;

/// Why Helm did not run.
#[derive(Debug, thiserror::Error)]
pub enum HelmError {
    /// There is no such program.
    #[error("cannot find Helm: there is no program `{program}`")]
    NotFound {
        /// What was looked for.
        program: String,
    },
    /// It cannot be started.
    #[error("cannot start `{program}`")]
    NotStarted {
        /// What was tried.
        program: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Its end was missed.
    #[error("cannot wait for `{program}`")]
    NotWaited {
        /// What was started.
        program: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Signals cannot be noted.
    #[error("cannot note signals")]
    Signals(#[source] io::Error),
}

impl Failure for HelmError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::NotFound { .. } => {
                Some("install Helm (https://helm.sh/docs/intro/install), or set HELM_BIN to the program".to_owned())
            }
            Self::NotStarted { .. } | Self::NotWaited { .. } | Self::Signals(_) => None,
        }
    }
}

/// The user's Helm, and the variables that it gets besides ours.
#[derive(Debug, Clone)]
pub struct Helm {
    program: OsString,
    changes: Changes,
}

/// How a chart is got.
#[derive(Debug, Clone, Copy, Default)]
pub struct Pull<'a> {
    /// The version; `None` for the newest.
    pub version: Option<&'a str>,
    /// Whether a registry is asked over http.
    pub plain_http: bool,
}

impl Helm {
    /// Returns `$HELM_BIN`, as the user typed it (a bare name, a relative or an absolute path), else `helm`.
    pub fn of(environment: &Environment, changes: Changes) -> Self {
        let program = environment.path("HELM_BIN").map_or_else(|| "helm".into(), OsString::from);
        Self { program, changes }
    }

    /// Runs Helm on our own streams and returns its exit code: 128 and the signal's number if a signal ended it, or if
    /// one came before it began.
    ///
    /// # Errors
    ///
    /// Fails if Helm is not there or cannot be started.
    pub fn run(&self, call: &Call, signals: Signals) -> Result<u8, HelmError> {
        self.run_command(&mut self.command(&call.args()), signals)
    }

    /// Gets a chart, by `REPO/CHART` or address, and unpacks it below `folder`; returns Helm's exit code.
    ///
    /// # Errors
    ///
    /// As [`Self::run`].
    pub fn pull(&self, chart: &str, pull: Pull<'_>, folder: &Path, signals: Signals) -> Result<u8, HelmError> {
        let mut args: Vec<OsString> = ["pull", chart, "--untar", "--untardir"].map(OsString::from).into();
        args.push(folder.into());
        args.extend(pull.version.into_iter().flat_map(|it| ["--version".into(), it.into()]));
        args.extend(pull.plain_http.then(|| "--plain-http".into()));
        // Standard output is for our own result.
        self.run_command(self.command(&args).stdout(Stdio::null()), signals)
    }

    fn run_command(&self, command: &mut Command, mut signals: Signals) -> Result<u8, HelmError> {
        if let Some(signal) = signals.noted() {
            return Ok(after_signal(signal));
        }
        let children = Children::default();
        signals.during(
            |signal| children.pass_on(signal),
            || {
                let started = children.start(command).map_err(|source| self.not_started(source))?;
                match started {
                    Some(mut child) => {
                        children.wait(&mut child).map(exit_code).map_err(|source| self.not_waited(source))
                    }
                    None => Ok(children.signal().map_or(1, after_signal)),
                }
            },
        )
    }

    pub(super) fn command(&self, args: &[OsString]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(args);
        for (name, value) in &self.changes {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        // Those speak of the plugin that we are; Helm sets them anew for those that it starts.
        command.env_remove("HELM_PLUGIN_NAME").env_remove("HELM_PLUGIN_DIR");
        command
    }

    pub(super) fn not_waited(&self, source: io::Error) -> HelmError {
        HelmError::NotWaited { program: self.name(), source }
    }

    pub(super) fn not_started(&self, source: io::Error) -> HelmError {
        let program = self.name();
        if source.kind() == io::ErrorKind::NotFound {
            HelmError::NotFound { program }
        } else {
            HelmError::NotStarted { program, source }
        }
    }

    fn name(&self) -> String {
        self.program.to_string_lossy().into_owned()
    }
}

#[cfg(unix)]
pub(super) fn exit_code(status: ExitStatus) -> u8 {
    use std::os::unix::process::ExitStatusExt as _;
    match (status.code(), status.signal()) {
        (Some(code), _) => u8::try_from(code).unwrap_or(1),
        (None, signal) => signal.map_or(1, after_signal),
    }
}

#[cfg(not(unix))]
pub(super) fn exit_code(status: ExitStatus) -> u8 {
    status.code().and_then(|it| u8::try_from(it).ok()).unwrap_or(1)
}

/// Returns the exit code that shells give to a program that a signal ended.
pub(super) fn after_signal(signal: i32) -> u8 {
    u8::try_from(signal).ok().and_then(|it| it.checked_add(128)).unwrap_or(1)
}
