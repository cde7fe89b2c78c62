//! A TensorBoard of our own making.

use clap::{Args, ValueEnum};
use serde_json::Value;
use shared::base::failure::CommandError;
use shared::edge::board::{self, Existing, Extent, Made};
use shared::edge::cluster::Cluster;
use shared::edge::jobs::LiveJob;
use shared::term::{Format, Render, Table, Terminal};
use shared::tfjob::board::{IMAGE, LogFolder, Wish};
use shared::yaml;

use crate::changing::DryRun;

#[derive(Debug, Args)]
pub(super) struct CreateArgs {
    /// Start a TensorBoard if the job has none: a Deployment and a Service that are deleted with the job
    #[arg(long)]
    pub(super) create: bool,
    /// Where the logs are: a folder as the job's main container sees it, or a URL. May be given several times, with a
    /// name for each [default: those of the one there, else that of the job's own spec]
    #[arg(long = "logdir", value_name = "[NAME=]DIR", requires = "create")]
    folders: Vec<LogFolder>,
    #[arg(
        long,
        requires = "create",
        help = format!("The image of TensorBoard [default: that of the one there, else {IMAGE}]")
    )]
    image: Option<String>,
    /// The type of its Service [default: that of the one there, else `ClusterIP`]
    #[arg(long, value_name = "TYPE", requires = "create")]
    service_type: Option<ServiceType>,
    #[command(flatten)]
    pub(super) dry_run: DryRun,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "verbatim")]
enum ServiceType {
    ClusterIP,
    NodePort,
    LoadBalancer,
}

impl CreateArgs {
    fn wish(&self) -> Wish {
        let name = |it| match it {
            ServiceType::ClusterIP => "ClusterIP",
            ServiceType::NodePort => "NodePort",
            ServiceType::LoadBalancer => "LoadBalancer",
        };
        let service_type = self.service_type.map(|it| name(it).to_owned());
        Wish { folders: self.folders.clone(), image: self.image.clone(), service_type }
    }
}

/// What there is after `--create`.
pub(super) struct Ensured {
    /// The Service.
    pub(super) existing: Option<Existing>,
    /// The Deployment, if its pod is being replaced.
    pub(super) replaced: Option<Value>,
}

/// Sees to it that a job has a TensorBoard.
pub(super) fn ensure(
    args: &CreateArgs,
    job: &LiveJob,
    existing: Option<Existing>,
    cluster: &Cluster,
    term: &mut Terminal,
) -> Result<Ensured, CommandError> {
    // A replica's own Service says that there may be one in its container.
    let existing = existing.filter(|it| it.found.replica.is_none());
    if let Some(it) = existing.as_ref().filter(|it| !it.is_ours) {
        term.note(format!("the job has a TensorBoard already: service {}", it.found.name));
        return Ok(Ensured { existing, replaced: None });
    }
    if existing.is_some() && args.wish().is_empty() && board::is_made(cluster, job)? {
        return Ok(Ensured { existing, replaced: None });
    }
    let made = make(args, job, Extent::Make, cluster, term)?;
    for object in &made.objects {
        term.status(format!("{} applied", spelling(object)));
    }
    let [deployment, _] = made.objects;
    Ok(Ensured { existing: board::look(cluster, job, None)?, replaced: Some(deployment).filter(|_| made.is_changed) })
}

fn make(
    args: &CreateArgs,
    job: &LiveJob,
    extent: Extent,
    cluster: &Cluster,
    term: &mut Terminal,
) -> Result<Made, CommandError> {
    let made = board::make(cluster, job, &args.wish(), extent)?;
    if let Some(folder) = &made.unreadable {
        term.warn(format!("'{folder}' needs an image with tensorflow-io: --image IMAGE"));
    }
    Ok(made)
}

/// Prints what would be made.
pub(super) fn show(
    args: &CreateArgs,
    format: &Format,
    job: &LiveJob,
    cluster: &Cluster,
    term: &mut Terminal,
) -> Result<(), CommandError> {
    let extent = if args.dry_run.is_client() { Extent::Plan } else { Extent::Try };
    let mut objects = make(args, job, extent, cluster, term)?.objects;
    for object in &mut objects {
        if let Some(metadata) = object["metadata"].as_object_mut() {
            metadata.shift_remove("managedFields");
        }
    }
    match format {
        // A file for `kubectl apply`.
        Format::Table | Format::Wide | Format::Yaml => {
            let documents: Vec<String> = objects.iter().map(yaml::write::to_string).collect();
            term.text(&documents.join("---\n"))
        }
        _ => term.print(format, &Objects(objects)),
    }
}

/// Returns how kubectl writes an object: `deployment.apps/NAME`.
fn spelling(object: &Value) -> String {
    let text = |it: &Value| it.as_str().unwrap_or_default().to_lowercase();
    let group = text(&object["apiVersion"]);
    let group = group.split_once('/').map_or_else(String::new, |(group, _)| format!(".{group}"));
    format!("{}{group}/{}", text(&object["kind"]), text(&object["metadata"]["name"]))
}

struct Objects([Value; 2]);

impl Render for Objects {
    fn table(&self, _: bool) -> Table {
        let mut table = Table::new(["NAME"]);
        self.names().into_iter().for_each(|it| table.row([it]));
        table
    }

    fn json(&self) -> Value {
        Value::from(self.0.to_vec())
    }

    fn names(&self) -> Vec<String> {
        self.0.iter().map(spelling).collect()
    }
}
