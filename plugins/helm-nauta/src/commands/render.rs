//! `helm nauta render`

use std::path::{Path, PathBuf};

use shared::base::failure::{CommandError, Failure};
use shared::edge::files::{self, FileError};
use shared::edge::folder;
use shared::pack::stage;
use shared::pack::tree::TreeError;
use shared::term::Terminal;
use shared::term::output::write_json;
use shared::yaml;

use crate::rendering::{self, RenderFlags, Rendered};
use crate::session::Session;

/// Print the values of a run, or write a whole chart with them
///
/// Nothing is sent to a cluster. Every argument after `--` arrives in the values exactly as typed.
#[derive(Debug, clap::Args)]
pub(crate) struct RenderArgs {
    #[command(flatten)]
    render: RenderFlags,
    /// Output format of the values
    #[arg(short = 'o', long = "output", value_name = "FORMAT", default_value = "yaml")]
    format: ValuesFormat,
    /// Write a whole chart with its values in place into DIR, which must be absent or empty
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
    let rendered = rendering::render(&args.render, session, terminal)?;
    if let Some(dir) = &args.output_dir {
        let dir = session.folder().join(dir);
        write_chart(&rendered, &dir)?;
        terminal.status(format!("wrote {}", dir.display()));
        return Ok(());
    }
    terminal.text(&values_text(&rendered, args.format)?)
}

fn values_text(rendered: &Rendered, format: ValuesFormat) -> Result<String, CommandError> {
    match format {
        ValuesFormat::Yaml => Ok(yaml::write::to_string(&rendered.values)),
        ValuesFormat::Json => {
            let mut text = Vec::new();
            write_json(&rendered.values, &mut text).map_err(|source| FileError {
                action: "write",
                path: PathBuf::from("values"),
                source,
            })?;
            Ok(String::from_utf8_lossy(&text).into_owned())
        }
    }
}

fn write_chart(rendered: &Rendered, dir: &Path) -> Result<(), OutputDirError> {
    if !files::is_absent_or_empty(dir)? {
        return Err(OutputDirError::NotEmpty { path: dir.to_owned() });
    }
    let chart = stage::staged_chart(&rendered.pack.tree, &rendered.values)?;
    Ok(folder::write_pack(&chart, dir)?)
}
