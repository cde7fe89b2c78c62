use shared::base::failure::{CommandError, Failure};
use shared::base::suggest::nearest;
use shared::edge::builtin;
use shared::edge::locate::{LocateError, LocatedPack, locate};
use shared::edge::store::{Store, StoreError};
use shared::pack::copy::{self, CopyError};
use shared::pack::source::{check_pack_name, is_pack_name};
use shared::term::terminal::TerminalError;
use shared::yaml::edit::EditError;

use crate::session::{Session, waiting};

/// Make a new pack from an existing one
///
/// The copy is yours: no zoo has it, and no upgrade touches it. Its Chart.yaml gets the new name, version and
/// description; every other file stays as it is.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  kubectl pack copy tf-training-single my-training -d 'Our training on one node'
  kubectl pack copy ./packs/jupyter my-jupyter --version 1.0.0 -d 'Jupyter for the team'")]
pub(crate) struct CopyArgs {
    /// An installed or built-in pack, or a folder that is one
    source: String,
    /// The name of the new pack
    destination: String,
    /// What the new pack is for, up to 255 characters [default: asked for]
    #[arg(short, long, value_name = "TEXT")]
    description: Option<String>,
    /// The version of the new pack
    #[arg(long, value_name = "VERSION", default_value = "0.1.0")]
    version: String,
}

/// Why no copy was made.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error("Source template {source_name} has not been found.")]
    NoSource { source_name: String, nearest: Option<String> },
    #[error("Template with name {name} already exists.")]
    Exists { name: String },
    #[error("Failed to create {destination} template from {source_name} template.")]
    Source {
        destination: String,
        source_name: String,
        #[source]
        source: LocateError,
    },
    #[error("Failed to create {destination} template from {source_name} template.")]
    Chart {
        destination: String,
        source_name: String,
        #[source]
        source: EditError,
    },
    #[error("Failed to create {destination} template from {source_name} template.")]
    Store {
        destination: String,
        source_name: String,
        #[source]
        source: StoreError,
    },
}

impl Failure for Fault {
    fn hint(&self) -> Option<String> {
        match self {
            Self::NoSource { nearest: Some(nearest), .. } => Some(format!("did you mean `{nearest}`?")),
            Self::NoSource { source_name, .. } => Some(format!(
                "only installed and built-in packs and folders are copied: `kubectl pack install {source_name}` first"
            )),
            Self::Exists { .. } => Some("choose another name".to_owned()),
            Self::Source { source, .. } => source.hint(),
            Self::Chart { .. } => Some("mend the Chart.yaml of the source".to_owned()),
            Self::Store { source, .. } => source.hint(),
        }
    }
}

pub(super) fn cmd_copy(args: &CopyArgs, session: &mut Session<'_>) -> Result<(), CommandError> {
    if let Some(error) = CommandError::all::<CopyError>(copy::faults(&args.destination, &args.version)) {
        return Err(error);
    }
    let source = source(args, session)?;
    refuse_existing(args, &session.store()?)?;
    let description = description(args, session)?;
    let (destination, source_name) = (args.destination.clone(), args.source.clone());
    let tree = copy::renamed(&source.tree, &destination, &description, &args.version)
        .map_err(|source| Fault::Chart { destination, source_name, source })?;
    let Session { paths, term, .. } = session;
    let store = Store::open(paths)?;
    let change = store.change(|| waiting(term, paths))?;
    refuse_existing(args, &store)?;
    let (destination, source_name) = (args.destination.clone(), args.source.clone());
    change.put(&args.destination, &tree, None, &term.progress()).map_err(|source| Fault::Store {
        destination,
        source_name,
        source,
    })?;
    term.text(&format!("Template {} was successfully created from {} template.\n", args.destination, args.source))
}

fn source(args: &CopyArgs, session: &Session<'_>) -> Result<LocatedPack, CommandError> {
    let source_name = args.source.clone();
    let no_source = |nearest| Fault::NoSource { source_name: source_name.clone(), nearest };
    let is_word = !shared::edge::locate::is_path(&args.source);
    if is_word && !is_pack_name(&args.source) {
        return Err(no_source(None).into());
    }
    match locate(&args.source, &session.paths, &session.folder) {
        Ok(pack) => Ok(pack),
        Err(LocateError::Unknown { .. } | LocateError::NoPack { .. }) => {
            let installed = session.store()?.names()?;
            let known = installed.iter().map(String::as_str).chain(builtin::names());
            Err(no_source(nearest(&args.source, known).map(str::to_owned)).into())
        }
        Err(source) => Err(Fault::Source { destination: args.destination.clone(), source_name, source }.into()),
    }
}

fn refuse_existing(args: &CopyArgs, store: &Store<'_>) -> Result<(), CommandError> {
    check_pack_name(&args.destination)?;
    if store.pack(&args.destination).is_some() {
        return Err(Fault::Exists { name: args.destination.clone() }.into());
    }
    Ok(())
}

/// Returns the description given, else the first answer that is not blank.
fn description(args: &CopyArgs, session: &mut Session<'_>) -> Result<String, TerminalError> {
    let mut given = args.description.as_deref().and_then(copy::description);
    while given.is_none() {
        let answer = session.term.ask("Enter new template description (up to 255 chars):", "--description")?;
        given = copy::description(&answer);
    }
    Ok(given.unwrap_or_default())
}
