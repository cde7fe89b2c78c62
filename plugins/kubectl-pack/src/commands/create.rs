use std::path::{Path, PathBuf};

use shared::base::failure::{CommandError, Failure};
use shared::edge::chart_source;
use shared::edge::environment::Environment;
use shared::edge::helm::{Helm, Pull};
use shared::edge::store::Store;
use shared::edge::{files, folder};
use shared::helm::environment::Changes;
use shared::pack::copy;
use shared::pack::create::{self, Made, OpenPoint};
use shared::pack::tree::PackTree;

use crate::session::{Session, waiting};

/// Make a new pack: a skeleton, or an existing Helm chart made into one
///
/// The skeleton runs a Python script in one pod, and works as it is. Of a chart the templates get the label `runName`,
/// the image of the experiment and its command line, and the values `podCount` and the placeholders for those; the diff
/// of every edit is printed, and what was not recognised is listed with what to do about it. If the pack does not run the
/// experiment until some of that is done, the last line says so.
///
/// The pack goes into the store, where `helm nauta` finds it by its name, unless --output-dir names a folder.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  kubectl pack create my-training
  kubectl pack create my-training --output-dir ./packs
  kubectl pack create my-web --from-chart ./charts/web
  kubectl pack create my-db --from-chart bitnami/redis --chart-version 20.1.0
  kubectl pack create my-app --from-chart oci://registry.example.org/charts/app")]
pub(crate) struct CreateArgs {
    /// The name of the new pack
    name: String,
    /// A Helm chart to make it of: a folder, REPO/CHART or an oci:// address (got with `$HELM_BIN`, else `helm`)
    #[arg(long, value_name = "PATH|REPO/CHART|oci://…")]
    from_chart: Option<String>,
    /// The version of the chart that is got [default: the newest]
    #[arg(long, value_name = "VERSION", requires = "from_chart")]
    chart_version: Option<String>,
    /// Get the chart of an oci:// address over http and not https, as from a registry for tests
    #[arg(long, requires = "from_chart")]
    plain_http: bool,
    /// Write the pack to DIR/NAME (to DIR itself if it is called NAME) and not into the store
    #[arg(long, value_name = "DIR")]
    output_dir: Option<PathBuf>,
}

/// Why no pack was made.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error("Template with name {name} already exists.")]
    Exists { name: String },
    #[error("`{}` is not empty", path.display())]
    NotEmpty { path: PathBuf },
}

impl Failure for Fault {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Exists { .. } | Self::NotEmpty { .. } => {
                Some("choose another name, or give --output-dir a folder that does not hold it yet".to_owned())
            }
        }
    }
}

pub(super) fn cmd_create(args: &CreateArgs, session: &mut Session<'_>) -> Result<(), CommandError> {
    if let Some(error) = CommandError::all(copy::faults(&args.name, "0.1.0")) {
        return Err(error);
    }
    let place = args.output_dir.as_ref().map(|it| place(&session.folder.join(it), &args.name));
    refuse_existing(args, place.as_deref(), &session.store()?)?;
    let Some(chart) = &args.from_chart else {
        let tree = create::skeleton(&args.name)?;
        let place = put(args, place, &tree, session)?;
        return session.term.text(&format!("Template {} was successfully created in {place}.\n", args.name));
    };
    let helm = Helm::of(&Environment::of_process(), Changes::new());
    let pull = Pull { version: args.chart_version.as_deref(), plain_http: args.plain_http };
    let files = chart_source::read(chart, pull, &session.folder, &helm)?;
    let made = create::from_chart(&args.name, &files)?;
    let place = put(args, place, &made.tree, session)?;
    session.term.text(&made.diff)?;
    tell(&made, &args.name, &place, session);
    Ok(())
}

/// Returns where the pack goes: its folder must bear its name.
fn place(dir: &Path, name: &str) -> PathBuf {
    if dir.file_name().is_some_and(|it| it == name) { dir.to_owned() } else { dir.join(name) }
}

fn refuse_existing(args: &CreateArgs, place: Option<&Path>, store: &Store<'_>) -> Result<(), CommandError> {
    match place {
        Some(path) if !files::is_absent_or_empty(path)? => Err(Fault::NotEmpty { path: path.to_owned() }.into()),
        None if store.pack(&args.name).is_some() => Err(Fault::Exists { name: args.name.clone() }.into()),
        _ => Ok(()),
    }
}

/// Writes the pack and returns where it is.
fn put(
    args: &CreateArgs,
    place: Option<PathBuf>,
    tree: &PackTree,
    session: &mut Session<'_>,
) -> Result<String, CommandError> {
    if let Some(place) = place {
        folder::write_pack(tree, &place)?;
        return Ok(place.display().to_string());
    }
    let Session { paths, term, .. } = session;
    let store = Store::open(paths)?;
    let change = store.change(|| waiting(term, paths))?;
    refuse_existing(args, None, &store)?;
    change.put(&args.name, tree, None, &term.progress())?;
    Ok(paths.packs().join(&args.name).display().to_string())
}

/// Lists what the pack's author must look at, last what keeps the pack from running the experiment.
fn tell(made: &Made, name: &str, place: &str, session: &mut Session<'_>) {
    let (faults, notes): (Vec<_>, Vec<_>) = made.open.iter().partition(|it| it.is_fault);
    for OpenPoint { file, line, what, remedy, .. } in notes.into_iter().chain(faults.iter().copied()) {
        session.term.warn(format_args!("{file}:{line}: {what}: {remedy}"));
    }
    if faults.is_empty() {
        return session.term.status(format_args!("Template {name} was successfully created in {place}."));
    }
    let last = if faults.len() == 1 {
        "the last warning says what is".to_owned()
    } else {
        format!("the last {} warnings say what is", faults.len())
    };
    session.term.status(format_args!(
        "Template {name} was created in {place}, but does not run the experiment yet: {last} to be done."
    ));
    session.term.note(format_args!("`kubectl pack lint {place}` looks at it again"));
}
