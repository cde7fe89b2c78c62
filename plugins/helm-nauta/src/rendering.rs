//! From the words of the command line to the values of each run: what `render`, `template`, `install` and `upgrade`
//! have in common.

use std::path::{Path, PathBuf};

use shared::base::failure::{CommandError, Failure};
use shared::edge::files::{self, FileError};
use shared::edge::{locate, settings};
use shared::experiment::name;
use shared::experiment::selection::Selection;
use shared::experiment::sweep::{self, Run, Sweep};
use shared::pack::chart::VALUES_FILE;
use shared::pack::env::EnvItem;
use shared::pack::params;
use shared::pack::placeholder::{Placeholders, registry_port};
use shared::pack::values::Overrides;
use shared::term::Terminal;

use crate::runs::{Experiment, Template};
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
    script_arg: Vec<String>,
    /// Arguments of the script from a JSON array of strings, before all others (`-` reads standard input)
    #[arg(long, value_name = "FILE", help_heading = "Render flags")]
    args_file: Option<PathBuf>,
    /// Sweep one argument: two words, one run per value of RANGE; may be repeated
    ///
    /// RANGE is a list "{x, y, z}" or numbers "{start...end:step}", both ends included. Each run gets the argument
    /// NAME=value after all others, so write --lr for --lr=0.1. Several ranges make a run of each combination; the runs
    /// are called <experiment>-1, <experiment>-2 and so on.
    #[arg(
        long,
        value_names = ["NAME", "RANGE"],
        num_args = 2,
        allow_hyphen_values = true,
        help_heading = "Render flags"
    )]
    param_range: Vec<String>,
    /// Sweep several arguments at once: a run, or each combination of the ranges, per "{p1: v1, p2: v2}"
    #[arg(long, value_name = "SET", allow_hyphen_values = true, help_heading = "Render flags")]
    param_set: Vec<String>,
    /// Only these runs of the sweep, such as 3,7-9
    #[arg(long, value_name = "NUMBERS", help_heading = "Render flags")]
    runs: Option<Selection>,
    /// Make unknown placeholders, values that nothing reads, and altered arguments errors
    #[arg(long, help_heading = "Render flags")]
    strict: bool,
    /// Arguments of the script, exactly as typed
    #[arg(last = true, value_name = "ARG")]
    args: Vec<String>,
}

/// What the words of the command line ask for.
struct Asked {
    overrides: Overrides,
    sweep: Option<Sweep>,
}

/// Why the words of the command line make no run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RenderError {
    /// SCRIPT names no file.
    #[error("`{}` names no script", .0.display())]
    NoScript(PathBuf),
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
    /// `--runs` without a sweep.
    #[error("--runs chooses among the runs of a sweep, and this is none")]
    NoSweep,
    /// `--runs` names a run that there is not.
    #[error("there is no run {number}: the sweep has {count}")]
    NoSuchRun { number: usize, count: usize },
    /// The pack has no values.
    #[error("pack `{0}` has no `{VALUES_FILE}`, or it is no text")]
    NoValues(String),
}

impl Failure for RenderError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoScript(_) => "SCRIPT is the file that the image starts, such as train.py".to_owned(),
            Self::ArgsFile { .. } => "write it like `[\"--lr=0.1\", \"--name\", \"a b\"]`".to_owned(),
            Self::Registry(_) => "write HOST:PORT, such as 127.0.0.1:5000".to_owned(),
            Self::NoSweep => "--param-range or --param-set makes a sweep".to_owned(),
            Self::NoSuchRun { count, .. } => format!("choose from --runs 1-{count}"),
            Self::NoValues(pack) => format!("`kubectl pack lint {pack}` shows every fault of it"),
        })
    }

    fn exit_code(&self) -> u8 {
        if matches!(self, Self::NoValues(_)) { 1 } else { 2 }
    }
}

/// Renders every run and says on stderr what their user should know.
///
/// # Errors
///
/// Reports all faults of the command line together; with `--strict` every warning is one.
pub(crate) fn render(
    flags: &RenderFlags,
    session: &Session,
    terminal: &mut Terminal,
) -> Result<Experiment, CommandError> {
    let asked = checked(flags)?;
    let command_line = command_line(flags)?;
    let pack = locate::locate(&flags.pack, session.paths()?, session.folder())?;
    let placeholders = placeholders(flags, session, command_line)?;
    let runs: Vec<(usize, Run)> = (1..).zip(sweep::runs(&flags.name, asked.sweep.as_ref())).collect();
    let chosen = runs.into_iter().filter(|(number, _)| flags.runs.as_ref().is_none_or(|it| it.has(*number)));
    let template = Template::new(pack, placeholders, asked.overrides)?;
    let (runs, told) = template.render_all(&chosen.collect::<Vec<_>>(), &terminal.progress())?;
    told.settle(runs.len(), flags.strict, terminal)?;
    Ok(Experiment { pack: template.into_pack(), is_sweep: asked.sweep.is_some(), runs })
}

/// Checks what can be checked without looking at the pack, and reports all faults at once.
fn checked(flags: &RenderFlags) -> Result<Asked, CommandError> {
    let mut faults: Vec<Box<dyn Failure>> = Vec::new();
    let mut keep = |fault: Box<dyn Failure>| faults.push(fault);
    if let Err(fault) = name::check(&flags.name) {
        keep(Box::new(fault));
    }
    let params = params::parse(&pairs(&flags.pack_param)).unwrap_or_else(|wrong| {
        for fault in wrong {
            keep(Box::new(fault));
        }
        Vec::new()
    });
    let values = flags.env.iter().map(|it| EnvItem::of_value(it));
    let secrets = flags.env_secret.iter().map(|it| EnvItem::of_secret(it));
    let env = values.chain(secrets).filter_map(|it| it.map_err(|fault| keep(Box::new(fault))).ok()).collect();
    let sweep = Sweep::parse(&pairs(&flags.param_range), &flags.param_set).unwrap_or_else(|wrong| {
        for fault in wrong {
            keep(Box::new(fault));
        }
        None
    });
    if faults.is_empty()
        && let Some(fault) = wrong_selection(flags.runs.as_ref(), sweep.as_ref())
    {
        faults.push(Box::new(fault));
    }
    let overrides = Overrides { params, env };
    if faults.is_empty() { Ok(Asked { overrides, sweep }) } else { Err(CommandError::Failed(faults)) }
}

/// Returns the words of a flag that takes two.
fn pairs(words: &[String]) -> Vec<(String, String)> {
    words.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect()
}

fn wrong_selection(runs: Option<&Selection>, sweep: Option<&Sweep>) -> Option<RenderError> {
    let number = runs?.largest();
    match sweep.map(Sweep::count) {
        None => Some(RenderError::NoSweep),
        Some(count) if number > count => Some(RenderError::NoSuchRun { number, count }),
        Some(_) => None,
    }
}

/// Returns the script's base name and its arguments: of the file, then `--script-arg`, then those after `--`.
fn command_line(flags: &RenderFlags) -> Result<Vec<String>, CommandError> {
    let script = match flags.script.as_deref().filter(|it| !it.as_os_str().is_empty()) {
        None => "",
        Some(path) => {
            path.file_name().and_then(|it| it.to_str()).ok_or_else(|| RenderError::NoScript(path.to_owned()))?
        }
    };
    let mut words = vec![script.to_owned()];
    if let Some(path) = &flags.args_file {
        words.extend(args_of_file(path)?);
    }
    words.extend(flags.script_arg.iter().chain(&flags.args).cloned());
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
