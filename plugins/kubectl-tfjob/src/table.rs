//! Summaries as rows.

use serde_json::Value;
use shared::term::{Render, Table, or_dash};
use shared::tfjob::age::age;
use shared::tfjob::chief::Chief;
use shared::tfjob::counts::CountRow;
use shared::tfjob::summary::Summary;

/// Which columns a list has.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each tells of one column or line")]
pub(crate) struct Columns {
    /// The namespace comes first.
    pub(crate) has_namespace: bool,
    /// Several API groups are listed.
    pub(crate) has_group: bool,
    /// What happened to the object comes first of all.
    pub(crate) has_event: bool,
    /// Labels with a column of their own, behind the others.
    pub(crate) labels: Vec<String>,
    /// All labels come last.
    pub(crate) has_labels: bool,
    /// Headers are left out.
    pub(crate) hides_headers: bool,
}

/// Jobs as `list` prints them.
#[derive(Debug, Default)]
pub(crate) struct JobList {
    pub(crate) columns: Columns,
    pub(crate) rows: Vec<Row>,
}

/// One job, and what happened to it where a list is watched.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    pub(crate) summary: Summary,
    pub(crate) event: &'static str,
}

impl Row {
    /// Returns the row of a job that is listed.
    pub(crate) fn listed(summary: Summary) -> Self {
        Self { summary, event: "ADDED" }
    }

    /// Returns the row's object as `-o json` prints it.
    pub(crate) fn json(&self) -> Value {
        self.summary.json()
    }

    fn cells(&self, columns: &Columns, wide: bool) -> Vec<String> {
        let it = &self.summary;
        let mut cells = Vec::new();
        if columns.has_event {
            cells.push(format!("{:<8}", self.event));
        }
        if columns.has_namespace {
            cells.push(it.namespace.clone().unwrap_or_default());
        }
        cells.extend([
            it.name.clone(),
            it.state_text(),
            or_dash(it.chief.as_ref().map(chief)),
            or_dash(Some(it.replicas.iter().map(replicas).collect::<Vec<_>>().join(","))),
            age(it.age_seconds),
            or_dash(it.duration_seconds.map(|seconds| age(Some(seconds)))),
            it.gpus.to_string(),
        ]);
        if columns.has_group {
            cells.push(it.group.clone());
        }
        if wide {
            cells.push(it.api_version.clone());
            cells.push(or_dash(Some(it.nodes.join(","))));
            cells.push(or_dash(it.reason.as_ref()));
            cells.push(or_dash(it.message.as_ref()));
        }
        cells.extend(columns.labels.iter().map(|key| it.labels.get(key).cloned().unwrap_or_default()));
        if columns.has_labels {
            let labels: Vec<String> = it.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
            cells.push(if labels.is_empty() { "<none>".to_owned() } else { labels.join(",") });
        }
        cells
    }
}

impl Render for JobList {
    fn table(&self, wide: bool) -> Table {
        let Columns { has_namespace, has_group, has_event, has_labels, hides_headers, ref labels } = self.columns;
        // Without what is before the slash, as kubectl writes it.
        let header = |key: &String| key.rsplit('/').next().unwrap_or_default().to_uppercase();
        let optional = |is_there: bool, header: &'static str| is_there.then_some(header);
        let headers = optional(has_event, "EVENT")
            .into_iter()
            .chain(optional(has_namespace, "NAMESPACE"))
            .chain(["NAME", "STATE", "CHIEF", "REPLICAS", "AGE", "DURATION", "GPUS"])
            .chain(optional(has_group, "GROUP"))
            .chain(["VERSION", "NODES", "REASON", "MESSAGE"].into_iter().filter(|_| wide))
            .map(str::to_owned)
            .chain(labels.iter().map(header))
            .chain(optional(has_labels, "LABELS").map(str::to_owned));
        let mut table = Table::new(headers);
        for row in &self.rows {
            table.row(row.cells(&self.columns, wide));
        }
        if hides_headers { table.without_headers() } else { table }
    }

    fn json(&self) -> Value {
        self.rows.iter().map(Row::json).collect()
    }

    fn names(&self) -> Vec<String> {
        self.rows.iter().map(|it| spelling(&it.summary)).collect()
    }
}

/// Returns how kubectl names the job: `tfjob.GROUP/NAME`.
pub(crate) fn spelling(summary: &Summary) -> String {
    format!("tfjob.{}/{}", summary.group, summary.name)
}

fn chief(chief: &Chief) -> String {
    let place = format!("{}-{}", chief.replica_type.lower(), chief.index);
    chief.phase.as_ref().map_or_else(|| place.clone(), |phase| format!("{place}:{phase}"))
}

/// Returns running and desired replicas of one type: `Worker:1/2`.
fn replicas(row: &CountRow) -> String {
    let desired = row.desired.map_or_else(|| "?".to_owned(), |it| it.to_string());
    format!("{}:{}/{desired}", row.replica_type, row.running)
}

impl Render for Row {
    fn table(&self, wide: bool) -> Table {
        JobList { columns: Columns::default(), rows: vec![self.clone()] }.table(wide)
    }

    fn json(&self) -> Value {
        self.summary.json()
    }

    fn names(&self) -> Vec<String> {
        vec![spelling(&self.summary)]
    }
}
