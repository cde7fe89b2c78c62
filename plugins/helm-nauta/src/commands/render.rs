//! `helm nauta render`

use std::path::{Path, PathBuf};

use serde_json::Value;
use shared::base::failure::{CommandError, Failure};
use shared::edge::files::{self, FileError};
use shared::edge::folder;
use shared::pack::stage;
use shared::pack::tree::TreeError;
use shared::term::Terminal;
use shared::term::output::write_json;
use shared::yaml;

use crate::rendering::{self, RenderFlags};
use crate::runs::{Experiment, RenderedRun};
use crate::session::Session;

/// Print the values of a run, or write a whole chart with them
///
/// Nothing is sent to a cluster. Every argument after `--` arrives in the values exactly as typed. Of a sweep, YAML is a
/// document per run, and JSON a list of {run, values}.
#[derive(Debug, clap::Args)]
pub(crate) struct RenderArgs {
    #[command(flatten)]
    render: RenderFlags,
    /// Output format of the values
    #[arg(short = 'o', long = "output", value_name = "FORMAT", default_value = "yaml")]
    format: ValuesFormat,
    /// Write a whole chart with its values in place into DIR, which must be absent or empty; of a sweep into DIR/<run>
    #[arg(long, value_name = "DIR")]
    output_dir: Option<PathBuf>,
}

/// How values are printed.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum ValuesFormat {
    /// YAML that Helm cannot misread.
    Yaml,
    /// JSON, indented.
    Json,
}

/// Why the chart cannot be written.
#[derive(Debug, thiserror::Error)]
enum OutputDirError {
    /// There is something already.
    #[error("`{}` is not empty", path.display())]
    NotEmpty { path: PathBuf },
    /// It cannot be looked at or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The chart with these values is too large.
    #[error(transparent)]
    Tree(#[from] TreeError),
}

impl Failure for OutputDirError {
    fn hint(&self) -> Option<String> {
        matches!(self, Self::NotEmpty { .. }).then(|| "name a folder that does not exist yet".to_owned())
    }
}

pub(crate) fn cmd_render(args: &RenderArgs, session: &Session, terminal: &mut Terminal) -> Result<(), CommandError> {
    let experiment = rendering::render(&args.render, session, terminal)?;
    if let Some(dir) = &args.output_dir {
        let dir = session.folder().join(dir);
        write_charts(&experiment, &dir)?;
        let count = experiment.runs.len();
        let charts = if experiment.is_sweep { format!(", {count} charts") } else { String::new() };
        terminal.status(format!("wrote {}{charts}", dir.display()));
        return Ok(());
    }
    match (args.format, experiment.is_sweep) {
        (ValuesFormat::Json, true) => terminal.text(&json_text(&all_runs(experiment))?),
        (ValuesFormat::Json, false) => experiment.runs.iter().try_for_each(|it| terminal.text(&json_text(&it.values)?)),
        (ValuesFormat::Yaml, is_sweep) => experiment.runs.iter().try_for_each(|run| {
            let head = if is_sweep { format!("---\n# run: {}\n", run.name) } else { String::new() };
            terminal.text(&format!("{head}{}", yaml::write::to_string(&run.values)))
        }),
    }
}

/// Returns the runs as one list; their values are moved, since ten thousand of them are large.
fn all_runs(experiment: Experiment) -> Value {
    let fields = |run: RenderedRun| [("run".to_owned(), Value::String(run.name)), ("values".to_owned(), run.values)];
    experiment.runs.into_iter().map(|it| Value::Object(fields(it).into_iter().collect())).collect()
}

fn json_text(value: &Value) -> Result<String, CommandError> {
    let mut text = Vec::new();
    write_json(value, &mut text).map_err(|source| FileError {
        action: "write",
        path: PathBuf::from("values"),
        source,
    })?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// Writes the chart of the one run as `dir`, or those of a sweep below it, each under its run's name.
fn write_charts(experiment: &Experiment, dir: &Path) -> Result<(), OutputDirError> {
    if !files::is_absent_or_empty(dir)? {
        return Err(OutputDirError::NotEmpty { path: dir.to_owned() });
    }
    for run in &experiment.runs {
        let chart = stage::staged_chart(&experiment.pack.tree, &run.values)?;
        let place = if experiment.is_sweep { dir.join(&run.name) } else { dir.to_owned() };
        folder::write_pack(&chart, &place)?;
    }
    Ok(())
}
