//! From the words of the command line to the values of one run: what `render`, `template`, `install` and `upgrade`
//! have in common.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use shared::base::failure::{CommandError, Failure};
use shared::edge::files::{self, FileError};
use shared::edge::locate::{self, LocatedPack};
use shared::edge::{sandbox, settings};
use shared::experiment::name;
use shared::jinja::inspect::{self, Inspection};
use shared::pack::chart::VALUES_FILE;
use shared::pack::env::EnvItem;
use shared::pack::params;
use shared::pack::placeholder::{Placeholders, registry_port};
use shared::pack::values::{self, Overrides, RenderedPack, Warning};
use shared::term::Terminal;

use crate::session::Session;

/// The flags about what goes into a pack's values.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct RenderFlags {
    /// Name of the experiment, and of the Helm release
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// An installed pack, a path, or a built-in pack
    #[arg(value_name = "PACK")]
    pub(crate) pack: String,
    /// The training script; its base name becomes the first word of the command line
    #[arg(value_name = "SCRIPT")]
    pub(crate) script: Option<PathBuf>,
    /// Image of the experiment [default: <registry>/<user>/<NAME>:latest]
    #[arg(long, value_name = "REF", help_heading = "Render flags")]
    image: Option<String>,
    /// Registry of the default image [default: 127.0.0.1:5000]
    #[arg(long, value_name = "HOST:PORT", help_heading = "Render flags")]
    registry: Option<String>,
    /// User in the default image's name [default: the namespace]
    #[arg(long, value_name = "NAME", help_heading = "Render flags")]
    user: Option<String>,
    /// Set one value of the pack: two words, dots in KEY lead to nested values
    ///
    /// VALUE is a text, unless it is true or false, or a list or map in JSON or as a Python literal.
    #[arg(
        short = 'p',
        long = "pack-param",
        value_names = ["KEY", "VALUE"],
        num_args = 2,
        allow_hyphen_values = true,
        help_heading = "Render flags"
    )]
    pack_param: Vec<String>,
    /// Set an environment variable of the run's containers
    #[arg(short = 'e', long, value_name = "NAME=VALUE", allow_hyphen_values = true, help_heading = "Render flags")]
    env: Vec<String>,
    /// Set an environment variable from a key of a Secret
    #[arg(long, value_name = "NAME=SECRET:KEY", help_heading = "Render flags")]
    env_secret: Vec<String>,
    /// One argument of the script, before those after `--`; Helm never takes a word out of it
    #[arg(long, value_name = "WORD", allow_hyphen_values = true, help_heading = "Render flags")]
    script_arg: Vec<OsString>,
    /// Arguments of the script from a JSON array of strings, before all others (`-` reads standard input)
    #[arg(long, value_name = "FILE", help_heading = "Render flags")]
    args_file: Option<PathBuf>,
    /// Make unknown placeholders, values that nothing reads, and altered arguments errors
    #[arg(long, help_heading = "Render flags")]
    strict: bool,
    /// Arguments of the script, exactly as typed
    #[arg(last = true, value_name = "ARG")]
    args: Vec<OsString>,
}

/// One run, rendered.
#[derive(Debug, Clone)]
pub(crate) struct Rendered {
    /// The experiment's name.
    pub(crate) experiment: String,
    /// The pack that was rendered.
    pub(crate) pack: LocatedPack,
    /// What goes into its chart's values.yaml.
    pub(crate) values: Value,
}

/// Why the words of the command line make no run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RenderError {
    /// An argument of the script is no text.
    #[error("argument {position} of the script is no valid UTF-8")]
    NotText { position: usize },
    /// `--args-file` is no list of texts.
    #[error("`{}` is no JSON array of strings", path.display())]
    ArgsFile {
        path: PathBuf,
        #[source]
        source: serde_json::Error,
    },
    /// `--registry` names no port.
    #[error("`{0}` names no registry: the port is no number from 0 to 65535")]
    Registry(String),
    /// The pack has no values.
    #[error("pack `{0}` has no `{VALUES_FILE}`, or it is no text")]
    NoValues(String),
}

impl Failure for RenderError {
    fn exit_code(&self) -> u8 {
        if matches!(self, Self::NoValues(_)) { 1 } else { 2 }
    }
}

/// Renders one run and says on stderr what its user should know.
///
/// # Errors
///
/// Reports all faults of the command line together; with `--strict` every warning is one.
pub(crate) fn render(
    flags: &RenderFlags,
    session: &Session,
    terminal: &mut Terminal,
) -> Result<Rendered, CommandError> {
    let overrides = checked(flags)?;
    let command_line = command_line(flags)?;
    let pack = locate::locate(&flags.pack, session.paths()?, session.folder())?;
    let placeholders = placeholders(flags, session, command_line)?;
    let source = pack.tree.text(VALUES_FILE).ok_or_else(|| RenderError::NoValues(pack.name.clone()))?;
    let inspection = inspect::inspect(source);
    let (values, warnings) = fill(&pack, source, &inspection, &placeholders, &overrides)?;
    settle_warnings(warnings, flags.strict, terminal)?;
    Ok(Rendered { experiment: flags.name.clone(), pack, values: Value::Object(values) })
}

/// Checks what can be checked without looking at the pack, and reports all faults at once.
fn checked(flags: &RenderFlags) -> Result<Overrides, CommandError> {
    let mut faults: Vec<Box<dyn Failure>> = Vec::new();
    let mut keep = |fault: Box<dyn Failure>| faults.push(fault);
    if let Err(fault) = name::check(&flags.name) {
        keep(Box::new(fault));
    }
    let pairs: Vec<(String, String)> =
        flags.pack_param.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect();
    let params = params::parse(&pairs).unwrap_or_else(|wrong| {
        for fault in wrong {
            keep(Box::new(fault));
        }
        Vec::new()
    });
    let values = flags.env.iter().map(|it| EnvItem::of_value(it));
    let secrets = flags.env_secret.iter().map(|it| EnvItem::of_secret(it));
    let env = values.chain(secrets).filter_map(|it| it.map_err(|fault| keep(Box::new(fault))).ok()).collect();
    if faults.is_empty() { Ok(Overrides { params, env }) } else { Err(CommandError::Failed(faults)) }
}

/// Returns the script's base name and its arguments: of the file, then `--script-arg`, then those after `--`.
fn command_line(flags: &RenderFlags) -> Result<Vec<String>, CommandError> {
    let script = flags.script.as_deref().map_or("", |it| it.file_name().and_then(|it| it.to_str()).unwrap_or(""));
    let mut words = vec![script.to_owned()];
    if let Some(path) = &flags.args_file {
        words.extend(args_of_file(path)?);
    }
    for word in flags.script_arg.iter().chain(&flags.args) {
        let position = words.len();
        let word = word.to_str().ok_or(RenderError::NotText { position })?;
        words.push(word.to_owned());
    }
    Ok(words)
}

fn args_of_file(path: &Path) -> Result<Vec<String>, CommandError> {
    let bytes: Result<Vec<u8>, FileError> =
        if path == Path::new("-") { files::read_stdin() } else { files::read(path) };
    let parsed = serde_json::from_slice(&bytes?);
    Ok(parsed.map_err(|source| RenderError::ArgsFile { path: path.to_owned(), source })?)
}

fn placeholders(
    flags: &RenderFlags,
    session: &Session,
    command_line: Vec<String>,
) -> Result<Placeholders, CommandError> {
    let settings = settings::read(session.paths()?.config())?;
    let registry = flags.registry.clone().or(settings.registry).unwrap_or_else(|| "127.0.0.1:5000".to_owned());
    let registry_port = registry_port(&registry).ok_or_else(|| RenderError::Registry(registry.clone()))?;
    let image = if let Some(image) = &flags.image {
        image.clone()
    } else {
        let user = flags.user.clone().or(settings.user).map_or_else(|| session.namespace(), Ok)?;
        format!("{registry}/{user}/{}:latest", flags.name)
    };
    Ok(Placeholders { experiment: flags.name.clone(), command_line, image, registry_port })
}

/// Renders the values text and completes the values.
fn fill(
    pack: &LocatedPack,
    source: &str,
    inspection: &Inspection,
    placeholders: &Placeholders,
    overrides: &Overrides,
) -> Result<(Map<String, Value>, Vec<Warning>), CommandError> {
    let rendered = sandbox::render(VALUES_FILE, source, placeholders.context(), inspection)?;
    let mut values = values::parse(&pack.name, &rendered.text, |it| rendered.tokens.restore_map(it))?;
    let described = RenderedPack { name: &pack.name, tree: &pack.tree, chart: &pack.chart };
    let names = inspection.names.iter().map(|it| (it.parts.as_slice(), it.line, it.column));
    let mut warnings = values::unknown_placeholders(names);
    warnings.extend(values::complete(described, &mut values, overrides)?);
    let takes_arguments = inspection.names.iter().any(|it| it.parts.get(1).is_some_and(|name| name == "CommandLine"));
    warnings.extend(values::argument_warnings(described, takes_arguments, &values, &placeholders.command_line));
    Ok((values, warnings))
}

fn settle_warnings(warnings: Vec<Warning>, strict: bool, terminal: &mut Terminal) -> Result<(), CommandError> {
    if strict && let Some(error) = CommandError::all(warnings.clone()) {
        return Err(error);
    }
    for warning in warnings {
        terminal.warn(&warning);
        if let Some(hint) = warning.hint() {
            terminal.note(hint);
        }
    }
    Ok(())
}
