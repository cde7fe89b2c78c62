mod jobs;
mod watch;

use clap::Args;
use jiff::Timestamp;
use shared::base::failure::{CommandError, Failure};
use shared::edge::clock;
use shared::edge::cluster::Scope;
use shared::edge::jobs::apis;
use shared::term::Format;
use shared::term::flags::OutputFlags;
use shared::tfjob::state::State;
use shared::tfjob::summary::Summary;

use crate::session::Session;
use crate::table::{Columns, JobList, Row};

/// List TFJobs of every API version
///
/// One row per job, whichever API group serves it. Counts come from the jobs' own status; `--pods` and `-o wide` read
/// the pods too. STATE is one of Terminating, Failed, Succeeded, Suspended, Restarting, Running, Queuing, Pending and
/// Unknown; REPLICAS are running and desired ones.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is one flag")]
#[command(after_help = "Examples:
  kubectl tfjob list
  kubectl tfjob list -A --state failed,restarting
  kubectl tfjob list -l team=vision --sort-by createdAt
  kubectl tfjob list -A -o template='{{namespace}}/{{name}} {{state}}'")]
pub(crate) struct ListArgs {
    /// List the jobs of all namespaces
    #[arg(short = 'A', long)]
    all_namespaces: bool,
    /// Count pods instead of trusting the jobs' status
    #[arg(long)]
    pods: bool,
    /// Labels that the jobs must have, such as team=vision
    #[arg(short = 'l', long, value_name = "SELECTOR")]
    selector: Option<String>,
    /// Fields that the jobs must have, such as metadata.name=mnist
    #[arg(long, value_name = "SELECTOR")]
    field_selector: Option<String>,
    /// Show only jobs in these states, in upper or lower case
    #[arg(long, value_name = "STATE,…", value_delimiter = ',')]
    state: Vec<State>,
    /// Sort by a field of `-o json`, such as createdAt or chief.phase
    #[arg(long, value_name = "FIELD")]
    sort_by: Option<String>,
    /// Go on with a line for each change
    #[arg(short, long, conflicts_with_all = ["sort_by", "pods"])]
    watch: bool,
    /// With --watch, say for each line what happened: ADDED, MODIFIED or DELETED
    #[arg(long, requires = "watch")]
    output_watch_events: bool,
    /// Show these labels, each in a column
    #[arg(short = 'L', long, value_name = "LABEL,…", value_delimiter = ',')]
    label_columns: Vec<String>,
    /// Show all labels in a last column
    #[arg(long)]
    show_labels: bool,
    /// Print no headers
    #[arg(long)]
    no_headers: bool,
    /// Say nothing where there are no jobs
    #[arg(long)]
    ignore_not_found: bool,
    /// How many jobs to ask for at once
    #[arg(long, value_name = "N", default_value_t = 500)]
    chunk_size: u32,
    #[command(flatten)]
    output: OutputFlags,
}

/// A list cannot be sorted by what it lacks.
#[derive(Debug, thiserror::Error)]
#[error("the jobs have no field `{field}` to sort by")]
struct UnknownField {
    field: String,
}

impl Failure for UnknownField {
    fn hint(&self) -> Option<String> {
        Some("`-o json` shows the fields that there are".to_owned())
    }
}

pub(super) fn cmd_list(args: &ListArgs, session: &mut Session<'_>) -> Result<(), CommandError> {
    let (cluster, term) = session.open()?;
    let namespace = cluster.namespace().to_owned();
    let scope = if args.all_namespaces { Scope::All } else { Scope::Namespace(&namespace) };
    let groups = apis(cluster)?;
    let columns = Columns {
        has_namespace: args.all_namespaces,
        has_group: groups.len() > 1,
        has_event: args.output_watch_events,
        labels: args.label_columns.clone(),
        has_labels: args.show_labels,
        hides_headers: args.no_headers,
    };
    if args.watch {
        return watch::watch(args, columns, &groups, scope, cluster, term);
    }
    let progress = term.progress();
    let listed = jobs::listed(args, &groups, scope, cluster, &progress)?;
    drop(progress);
    for fault in &listed.faults {
        term.fault(fault);
    }
    listed.broken.iter().chain(&listed.gap).for_each(|it| term.warn(it));
    let mut rows: Vec<Row> = listed.summaries.into_iter().filter(|it| args.wants(it)).map(Row::listed).collect();
    if let Some(field) = &args.sort_by {
        sort(&mut rows, field)?;
    }
    if rows.is_empty()
        && !args.ignore_not_found
        && matches!(args.output.format, Format::Table | Format::Wide | Format::Name)
    {
        term.status(match scope {
            Scope::All => "No resources found".to_owned(),
            Scope::Namespace(namespace) => format!("No resources found in {namespace} namespace."),
        });
    }
    term.print(&args.output.format, &JobList { columns, rows })?;
    if listed.faults.is_empty() { Ok(()) } else { Err(CommandError::Exit(1)) }
}

impl ListArgs {
    /// Tells whether a job is in one of the wanted states.
    fn wants(&self, summary: &Summary) -> bool {
        self.state.is_empty() || self.state.contains(&summary.state)
    }

    /// Tells whether pods are to be read.
    fn reads_pods(&self) -> bool {
        self.pods || self.output.format == Format::Wide
    }

    fn now() -> Timestamp {
        clock::now()
    }
}

/// Sorts rows by a field of their JSON: numbers as numbers, texts as texts, absent ones last.
fn sort(rows: &mut [Row], field: &str) -> Result<(), UnknownField> {
    let pointer = format!("/{}", field.trim_start_matches(['{', '.']).trim_end_matches('}').replace('.', "/"));
    let mut is_known = rows.is_empty();
    rows.sort_by_cached_key(|row| {
        let json = row.json();
        let value = json.pointer(&pointer);
        is_known |= value.is_some();
        let number = value.and_then(serde_json::Value::as_i64);
        let text = value.and_then(serde_json::Value::as_str).map(str::to_owned);
        (number.is_none() && text.is_none(), number, text)
    });
    if is_known { Ok(()) } else { Err(UnknownField { field: field.to_owned() }) }
}
