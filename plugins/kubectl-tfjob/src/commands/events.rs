use std::collections::BTreeSet;
use std::ops::ControlFlow;

use clap::Args;
use jiff::Timestamp;
use serde_json::{Value, json};
use shared::base::failure::CommandError;
use shared::edge::clock;
use shared::edge::cluster::{Change, Cluster, Query, Resource, Scope, Watch, WatchEvent};
use shared::edge::jobs::{self, LiveJob};
use shared::term::flags::OutputFlags;
use shared::term::table::Lines;
use shared::term::{Format, Render, Table, Terminal, output};
use shared::tfjob::events::{EventRow, sort};

use crate::naming::{JobName, find};
use crate::session::Session;

/// Show what happened to a TFJob and its pods
///
/// Events of the job and of its pods, deleted ones too, oldest first. The cluster keeps events for an hour or so.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kubectl tfjob events mnist
  kubectl tfjob events mnist --types Warning
  kubectl tfjob events mnist -w")]
pub(crate) struct EventsArgs {
    #[command(flatten)]
    job: JobName,
    /// Go on with a line for each new event
    #[arg(short, long)]
    watch: bool,
    /// Show only events of these types: Normal, Warning
    #[arg(long, value_name = "TYPE,…", value_delimiter = ',', ignore_case = true, value_parser = ["Normal", "Warning"], hide_possible_values = true)]
    types: Vec<String>,
    /// Print no headers
    #[arg(long)]
    no_headers: bool,
    #[command(flatten)]
    output: OutputFlags,
}

pub(super) fn cmd_events(args: &EventsArgs, session: &mut Session<'_>) -> Result<(), CommandError> {
    let found = find(session, &args.job.name)?;
    let (cluster, term) = session.open()?;
    let pods = jobs::pods(cluster, &found.job)?;
    let names: BTreeSet<String> =
        pods.all().iter().map(|it| it.name.clone()).chain(jobs::pod_names(&found.job)).collect();
    if args.watch {
        return watch(args, &found, &names, cluster, term);
    }
    let mut rows = jobs::events(cluster, &found.job, &names)?;
    rows.retain(|it| args.wants(it));
    if rows.is_empty() && args.is_for_people() {
        term.status(format!("No events found for {} in {} namespace.", found.spelling(), found.namespace()));
    }
    term.print(&args.output.format, &Events { rows, hides_headers: args.no_headers })
}

impl EventsArgs {
    fn wants(&self, event: &EventRow) -> bool {
        self.types.is_empty() || self.types.iter().any(|it| it.eq_ignore_ascii_case(&event.kind))
    }

    fn is_for_people(&self) -> bool {
        matches!(self.output.format, Format::Table | Format::Wide | Format::Name)
    }
}

/// Prints the events there are, then each new one, until somebody ends it.
///
/// # Errors
///
/// Fails if events may not be watched, and with exit code 1 when it is interrupted.
fn watch(
    args: &EventsArgs,
    found: &LiveJob,
    pods: &BTreeSet<String>,
    cluster: &Cluster,
    term: &mut Terminal,
) -> Result<(), CommandError> {
    let fields = jobs::event_fields(&found.job, pods);
    let scope = Scope::Namespace(found.namespace());
    let watches: Vec<Watch<'_>> =
        fields.iter().map(|it| Watch { resource: Resource::events(), scope, query: Query::fields(it) }).collect();
    let mut lists = watches.len();
    let mut seen: BTreeSet<(String, String)> = BTreeSet::new();
    let mut waiting = Vec::new();
    let mut lines = Lines::default();
    let mut end = Ok(());
    cluster.watch(&watches, None, &mut |event| {
        match event {
            WatchEvent::Of { kind: Change::Applied(object), .. } => {
                let row = EventRow::read(&object).filter(|it| args.wants(it) && jobs::belongs(it, &found.job, pods));
                waiting.extend(row.filter(|_| seen.insert(version(&object))));
            }
            WatchEvent::Of { kind: Change::Synced, .. } => lists = lists.saturating_sub(1),
            WatchEvent::Of { kind: Change::Forbidden(error), .. } => end = Err(error.into()),
            WatchEvent::Interrupted => end = Err(CommandError::Exit(1)),
            WatchEvent::Of { kind: Change::Restarted | Change::Deleted(_), .. } | WatchEvent::Tick => {}
        }
        if end.is_ok() && lists == 0 && !waiting.is_empty() {
            let mut rows = std::mem::take(&mut waiting);
            sort(&mut rows);
            end = print(rows, args, &mut lines, term);
        }
        if end.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    end
}

/// Returns what tells one state of an event from all others.
fn version(object: &Value) -> (String, String) {
    let text = |pointer| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    (text("/metadata/uid"), text("/metadata/resourceVersion"))
}

fn print(rows: Vec<EventRow>, args: &EventsArgs, lines: &mut Lines, term: &mut Terminal) -> Result<(), CommandError> {
    let format = &args.output.format;
    let mut text = Vec::new();
    if matches!(format, Format::Table | Format::Wide) {
        let table = Events { rows, hides_headers: args.no_headers }.table(false);
        // Writing to memory cannot fail.
        let _ = lines.write(&table, &mut text);
    } else {
        for row in rows {
            if *format == Format::Yaml {
                text.extend_from_slice(b"---\n");
            }
            output::write(&Event(row), format, &mut text)?;
        }
    }
    term.text(&String::from_utf8_lossy(&text))
}

/// Returns the cells of an event as `kubectl events` lays them out.
pub(super) fn cells(event: &EventRow, now: Timestamp) -> [String; 5] {
    [event.seen(now), event.kind.clone(), event.reason.clone(), event.object(), event.message.trim().to_owned()]
}

/// Returns how kubectl names an event.
fn name(event: &EventRow) -> String {
    format!("event/{}", event.name)
}

/// Returns the object for `-o json`.
fn json(event: &EventRow) -> Value {
    json!({
        "type": event.kind,
        "reason": event.reason,
        "object": {"kind": event.object_kind, "name": event.object_name},
        "message": event.message,
        "count": event.count,
        "firstSeen": event.first_seen.map(|it| it.to_string()),
        "lastSeen": event.last_seen.map(|it| it.to_string()),
    })
}

/// Events as rows.
struct Events {
    rows: Vec<EventRow>,
    hides_headers: bool,
}

/// One event, as a watch prints it.
struct Event(EventRow);

impl Render for Events {
    fn table(&self, _: bool) -> Table {
        let mut table = Table::new(["LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"]);
        let now = clock::now();
        for row in &self.rows {
            table.row(cells(row, now));
        }
        if self.hides_headers { table.without_headers() } else { table }
    }

    fn json(&self) -> Value {
        self.rows.iter().map(json).collect()
    }

    fn names(&self) -> Vec<String> {
        self.rows.iter().map(name).collect()
    }
}

impl Render for Event {
    fn table(&self, wide: bool) -> Table {
        Events { rows: vec![self.0.clone()], hides_headers: false }.table(wide)
    }

    fn json(&self) -> Value {
        json(&self.0)
    }

    fn names(&self) -> Vec<String> {
        vec![name(&self.0)]
    }
}
