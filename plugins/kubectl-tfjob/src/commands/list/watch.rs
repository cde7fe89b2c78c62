//! `list -w`: the list, then a line for each change, as kubectl prints them.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use serde_json::Value;
use shared::base::failure::CommandError;
use shared::edge::cluster::{Change, Cluster, JobApi, Scope, Watch, WatchEvent};
use shared::term::table::Lines;
use shared::term::{Format, Render as _, Terminal, output};
use shared::tfjob::job::Job;
use shared::tfjob::summary::{PodsSeen, Summary};

use super::ListArgs;
use super::jobs::explained;
use crate::table::{Columns, JobList, Row};

/// Follows the jobs until somebody ends it.
///
/// # Errors
///
/// Fails with exit code 1 when it is interrupted, as kubectl does, and if no group may be watched.
pub(super) fn watch(
    args: &ListArgs,
    columns: Columns,
    groups: &[JobApi],
    scope: Scope<'_>,
    cluster: &Cluster,
    term: &mut Terminal,
) -> Result<(), CommandError> {
    let watches: Vec<Watch> =
        groups.iter().map(|it| Watch { resource: it.resource(), scope, query: args.query() }).collect();
    let mut shown = Shown::new(args, columns, watches.len());
    let mut end = Ok(());
    cluster.watch(&watches, None, &mut |event| match shown.take(event, scope, term) {
        Ok(()) => ControlFlow::Continue(()),
        Err(error) => {
            end = Err(error);
            ControlFlow::Break(())
        }
    })?;
    end
}

/// What was printed of each job, so that only changes are printed again.
struct Shown<'a> {
    args: &'a ListArgs,
    columns: Columns,
    lines: Lines,
    /// By watch: the jobs of which a line was printed, by namespace and name.
    jobs: Vec<BTreeMap<(String, String), Known>>,
    /// By watch: whether it has been refused.
    refused: Vec<bool>,
    /// By watch: whether its first list is complete; until all are, lines are kept back so that columns fit.
    is_complete: Vec<bool>,
    waiting: Vec<Row>,
}

struct Known {
    row: Row,
    version: String,
    is_seen: bool,
}

impl<'a> Shown<'a> {
    fn new(args: &'a ListArgs, columns: Columns, watches: usize) -> Self {
        Self {
            args,
            columns,
            lines: Lines::default(),
            jobs: (0..watches).map(|_| BTreeMap::new()).collect(),
            refused: vec![false; watches],
            is_complete: vec![false; watches],
            waiting: Vec::new(),
        }
    }

    /// Takes an event, and prints what follows from it.
    fn take(&mut self, event: WatchEvent, scope: Scope<'_>, term: &mut Terminal) -> Result<(), CommandError> {
        let (watch, change) = match event {
            WatchEvent::Of { watch, kind } => (watch, kind),
            WatchEvent::Interrupted => return Err(CommandError::Exit(1)),
            WatchEvent::Tick => return Ok(()),
        };
        match change {
            Change::Restarted => self.jobs[watch].values_mut().for_each(|it| it.is_seen = false),
            Change::Applied(object) => self.applied(watch, &object, term)?,
            Change::Deleted(object) => self.deleted(watch, &object, term)?,
            Change::Synced => self.synced(watch, term)?,
            Change::Forbidden(error) => {
                let error = explained(error, scope);
                self.refused[watch] = true;
                if self.refused.iter().all(|it| *it) {
                    return Err(error.into());
                }
                term.fault(&error);
                self.synced(watch, term)?;
            }
        }
        Ok(())
    }

    fn applied(&mut self, watch: usize, object: &Value, term: &mut Terminal) -> Result<(), CommandError> {
        let job = match Job::read(object) {
            Ok(job) => job,
            Err(broken) => {
                term.warn(format!("a job is left out: {broken}"));
                return Ok(());
            }
        };
        let key = (job.namespace.clone().unwrap_or_default(), job.name.clone());
        let version =
            object.pointer("/metadata/resourceVersion").and_then(Value::as_str).unwrap_or_default().to_owned();
        let known = self.jobs[watch].get_mut(&key);
        let event = if known.is_some() { "MODIFIED" } else { "ADDED" };
        if let Some(known) = known {
            known.is_seen = true;
            if known.version == version && !version.is_empty() {
                return Ok(());
            }
        }
        let row = Row { summary: Summary::of(&job, &PodsSeen::NotAsked, ListArgs::now()), event };
        self.jobs[watch].insert(key, Known { row: row.clone(), version, is_seen: true });
        self.print(row, term)
    }

    fn deleted(&mut self, watch: usize, object: &Value, term: &mut Terminal) -> Result<(), CommandError> {
        let text = |pointer| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        let key = (text("/metadata/namespace"), text("/metadata/name"));
        let Some(known) = self.jobs[watch].remove(&key) else { return Ok(()) };
        // What it was at last comes with the event.
        let last = Job::read(object).map(|it| Summary::of(&it, &PodsSeen::NotAsked, ListArgs::now()));
        let summary = last.unwrap_or(known.row.summary);
        self.print(Row { event: "DELETED", summary }, term)
    }

    /// A list is complete: jobs that it lacks were deleted while nobody looked.
    fn synced(&mut self, watch: usize, term: &mut Terminal) -> Result<(), CommandError> {
        let mut gone = Vec::new();
        self.jobs[watch].retain(|_, it| {
            if !it.is_seen {
                gone.push(it.row.clone());
            }
            it.is_seen
        });
        for row in gone {
            self.print(Row { event: "DELETED", ..row }, term)?;
        }
        let was_complete = self.is_complete.iter().all(|it| *it);
        self.is_complete[watch] = true;
        if was_complete || !self.is_complete.iter().all(|it| *it) {
            return Ok(());
        }
        let rows = std::mem::take(&mut self.waiting);
        self.write(rows, term)
    }

    fn print(&mut self, row: Row, term: &mut Terminal) -> Result<(), CommandError> {
        if !self.args.wants(&row.summary) {
            return Ok(());
        }
        if !self.is_complete.iter().all(|it| *it) {
            self.waiting.push(row);
            return Ok(());
        }
        self.write(vec![row], term)
    }

    fn write(&mut self, rows: Vec<Row>, term: &mut Terminal) -> Result<(), CommandError> {
        let format = &self.args.output.format;
        let mut text = Vec::new();
        match format {
            Format::Table | Format::Wide => {
                let table = JobList { columns: self.columns.clone(), rows }.table(*format == Format::Wide);
                // Writing to memory cannot fail.
                let _ = self.lines.write(&table, &mut text);
            }
            _ => {
                for row in rows {
                    if *format == Format::Yaml {
                        text.extend_from_slice(b"---\n");
                    }
                    output::write(&row, format, &mut text)?;
                }
            }
        }
        term.text(&String::from_utf8_lossy(&text))
    }
}
