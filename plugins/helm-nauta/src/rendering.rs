//! A stand-in for the rendering of values: just enough for the commands around it.

use serde_json::{Value, json};
use shared::base::failure::CommandError;
use shared::edge::locate::{self, LocatedPack};
use shared::experiment::name;
use shared::term::Terminal;

use crate::session::Session;

/// What is rendered.
#[derive(Debug, clap::Args)]
pub(crate) struct RenderFlags {
    /// Name of the experiment and its release
    name: String,
    /// Installed pack, path, or built-in pack
    pack: String,
    /// Training script
    script: Option<String>,
    /// Image of the experiment
    #[arg(long, value_name = "REF")]
    image: Option<String>,
    /// Arguments of the script
    #[arg(last = true, value_name = "ARG")]
    args: Vec<String>,
}

/// A pack with the values of one experiment.
#[derive(Debug)]
pub(crate) struct Rendered {
    /// The experiment's name.
    pub(crate) experiment: String,
    /// The pack.
    pub(crate) pack: LocatedPack,
    /// Its values.
    pub(crate) values: Value,
}

/// Renders the values of an experiment.
pub(crate) fn render(flags: &RenderFlags, session: &Session, _: &mut Terminal) -> Result<Rendered, CommandError> {
    name::check(&flags.name)?;
    let pack = locate::locate(&flags.pack, session.paths()?, session.folder())?;
    let args: Vec<&String> = flags.script.iter().chain(&flags.args).collect();
    let image = flags
        .image
        .clone()
        .map_or_else(|| session.namespace().map(|user| format!("127.0.0.1:5000/{user}/{}:latest", flags.name)), Ok)?;
    let values = json!({
        "experimentName": flags.name, "image": image, "commandline": {"args": args}, "podCount": 1,
    });
    Ok(Rendered { experiment: flags.name.clone(), pack, values })
}
