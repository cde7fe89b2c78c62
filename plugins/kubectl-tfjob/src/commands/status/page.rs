//! The status page: what a job is doing, worst news first.

use std::io::{self, Write};

use jiff::Timestamp;
use shared::term::{Table, or_dash};
use shared::tfjob::age::age;
use shared::tfjob::chief::Chief;
use shared::tfjob::counts::CountRow;
use shared::tfjob::events::EventRow;
use shared::tfjob::summary::{CountsFrom, PodRow, Summary};

use super::advice::advice;

/// Pods beyond so many are counted, not shown, unless they are in trouble or `-o wide` asks for all.
const MOST_PODS: usize = 20;
/// So many events are shown.
const MOST_EVENTS: usize = 8;

/// Everything that is known of one job.
#[derive(Debug, Clone)]
pub(super) struct Page {
    pub(super) summary: Summary,
    /// The last events, oldest first; `None` where there is no cluster to ask.
    pub(super) events: Option<Vec<EventRow>>,
    /// What could not be shown, and why.
    pub(super) gaps: Vec<String>,
    /// The time that ages are counted to.
    pub(super) now: Timestamp,
}

impl Page {
    /// Returns the page of a job in a file.
    pub(super) fn offline(summary: Summary, now: Timestamp) -> Self {
        Self { summary, events: None, gaps: Vec::new(), now }
    }

    /// Writes the page; `wide` shows every pod.
    pub(super) fn write(&self, wide: bool, out: &mut dyn Write) -> io::Result<()> {
        self.write_head(out)?;
        let it = &self.summary;
        section("Replicas", source(it), &replicas(it), out)?;
        if it.pods.is_some() {
            let (shown, hidden) = pods_shown(it.pods_by_trouble(), wide);
            section("Pods", "", &pods_table(&shown, self.now), out)?;
            if hidden > 0 {
                writeln!(out, "  and {hidden} more without trouble: `-o wide` shows them")?;
            }
        }
        if let Some(events) = self.events.as_deref().filter(|it| !it.is_empty()) {
            section(
                "Last events",
                "",
                &events_table(&events[events.len().saturating_sub(MOST_EVENTS)..], self.now),
                out,
            )?;
        }
        list("Not shown", self.gaps.iter().cloned(), out)?;
        list("Notes", it.notes.iter().map(ToString::to_string), out)?;
        list("What to do next", advice(it, self.events.as_deref()).into_iter(), out)
    }

    fn write_head(&self, out: &mut dyn Write) -> io::Result<()> {
        let it = &self.summary;
        let since = self.since();
        let mut lines = vec![
            ("Name", it.name.clone()),
            ("Namespace", or_dash(it.namespace.as_ref())),
            ("API version", it.api_version.clone()),
            ("State", format!("{}{since}", it.state_text())),
        ];
        let mut optional = |label, text: Option<String>| lines.extend(text.map(|it| (label, it)));
        optional("Reason", it.reason.clone());
        optional("Message", it.message.clone());
        optional("Age", it.age_seconds.map(|seconds| age(Some(seconds))));
        optional("Duration", it.duration_seconds.map(|seconds| age(Some(seconds))));
        optional("Runtime id", it.runtime_id.clone());
        optional("Chief", it.chief.as_ref().map(|chief| chief_text(chief, it.pods.is_some())));
        optional("GPUs", (it.gpus > 0).then(|| it.gpus.to_string()));
        optional("Nodes", (!it.nodes.is_empty()).then(|| it.nodes.join(", ")));
        optional("Replaced", (it.previous_attempts > 0).then(|| replaced_text(it.previous_attempts)));
        optional("Clean-up", it.clean_pod_policy.as_ref().map(|policy| format!("cleanPodPolicy {}", policy.as_str())));
        optional("TensorBoard", it.tensorboard.clone());
        lines.iter().try_for_each(|(label, text)| writeln!(out, "{:<14}{}", format!("{label}:"), one_line(text)))
    }

    /// Returns for how long the job has been in its state, in words.
    fn since(&self) -> String {
        let it = &self.summary;
        it.state_since.map_or_else(String::new, |at| {
            let seconds = self.now.duration_since(at).as_secs().max(0);
            format!(" for {} (since {at})", age(Some(seconds)))
        })
    }
}

/// Returns how many pods were replaced by newer ones for the same replica: an operator of the list form names each anew.
fn replaced_text(pods: usize) -> String {
    let what = if pods == 1 { "1 earlier pod".to_owned() } else { format!("{pods} earlier pods") };
    format!("{what} of the same replicas")
}

/// Returns the chief in words; that its pod does not exist is known only where pods are.
fn chief_text(chief: &Chief, are_pods_known: bool) -> String {
    let name = chief.pod.clone().unwrap_or_else(|| format!("{} {}", chief.replica_type, chief.index));
    let Some(phase) = chief.phase.as_deref().or(are_pods_known.then_some("no pod")) else { return name };
    let code = chief.exit_code.map_or_else(String::new, |it| format!(", exit code {it}"));
    format!("{name} ({phase}{code})")
}

fn source(summary: &Summary) -> &'static str {
    match summary.counts_from {
        CountsFrom::Status => " (from status)",
        CountsFrom::Pods | CountsFrom::Nothing => "",
    }
}

/// Returns the counts of each type; columns that are zero everywhere are left out.
fn replicas(summary: &Summary) -> Table {
    type Count = (&'static str, fn(&CountRow) -> Option<u64>);
    const COUNTS: [Count; 7] = [
        ("PENDING", |it| Some(it.pending)),
        ("RUNNING", |it| Some(it.running)),
        ("SUCCEEDED", |it| Some(it.succeeded)),
        ("FAILED", |it| Some(it.failed)),
        ("UNKNOWN", |it| Some(it.unknown)),
        ("MISSING", |it| Some(it.missing)),
        ("RESTARTS", |it| it.restarts),
    ];
    let rows = &summary.replicas;
    let counts: Vec<_> =
        COUNTS.iter().filter(|(_, count)| rows.iter().any(|it| count(it).is_some_and(|it| it > 0))).collect();
    let mut table = Table::new(["TYPE", "DESIRED"].into_iter().chain(counts.iter().map(|it| it.0)));
    for row in rows {
        let desired = row.desired.map_or_else(|| "?".to_owned(), |it| it.to_string());
        let shown = |count: Option<u64>| match count {
            Some(_) if row.is_blank => "–".to_owned(),
            count => or_dash(count),
        };
        table.row(
            [row.replica_type.to_string(), desired]
                .into_iter()
                .chain(counts.iter().map(|(_, count)| shown(count(row)))),
        );
    }
    table
}

/// Returns the pods to be shown, those in trouble first, and the number of the others.
fn pods_shown(mut pods: Vec<&PodRow>, wide: bool) -> (Vec<&PodRow>, usize) {
    let troubled = pods.iter().filter(|it| it.is_troubled).count();
    let most = if wide { usize::MAX } else { MOST_PODS.max(troubled) };
    let hidden = pods.len().saturating_sub(most);
    pods.truncate(most);
    (pods, hidden)
}

fn pods_table(pods: &[&PodRow], now: Timestamp) -> Table {
    let mut table = Table::new(["NAME", "STATUS", "READY", "RESTARTS", "AGE", "NODE", "WHY"]);
    for pod in pods {
        // Of a pod that runs, it is the code of the run before, told beside the restarts.
        let has_ended = matches!(pod.status(), "Failed" | "Succeeded");
        let code = pod
            .exit_code
            .filter(|it| *it != 0 && has_ended)
            .map_or_else(String::new, |it| format!(" (exit code {it})"));
        table.row([
            pod.name.clone(),
            format!("{}{code}", pod.status()),
            if pod.ready { "yes" } else { "no" }.to_owned(),
            restarts(pod),
            age(pod.created.map(|it| now.duration_since(it).as_secs().max(0))),
            or_dash(pod.node.as_ref()),
            why(pod),
        ]);
    }
    table
}

/// Returns the number of restarts, and the end of the container before the last one.
fn restarts(pod: &PodRow) -> String {
    match &pod.last_end {
        Some(last) if pod.restarts > 0 => format!("{} ({last})", pod.restarts),
        _ => pod.restarts.to_string(),
    }
}

fn why(pod: &PodRow) -> String {
    match (&pod.reason, &pod.message) {
        (Some(reason), Some(message)) => one_line(&format!("{reason}: {message}")),
        (Some(text), None) | (None, Some(text)) => one_line(text),
        (None, None) => String::new(),
    }
}

/// Returns events as rows, as `kubectl events` lays them out.
fn events_table(events: &[EventRow], now: Timestamp) -> Table {
    let mut table = Table::new(["LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"]);
    for event in events {
        table.row(crate::commands::events::cells(event, now));
    }
    table
}

fn section(title: &str, remark: &str, table: &Table, out: &mut dyn Write) -> io::Result<()> {
    if table.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{title}{remark}:")?;
    let mut text = Vec::new();
    table.write(&mut text)?;
    String::from_utf8_lossy(&text).lines().try_for_each(|line| writeln!(out, "  {line}"))
}

fn list(title: &str, lines: impl Iterator<Item = String>, out: &mut dyn Write) -> io::Result<()> {
    for (index, line) in lines.enumerate() {
        if index == 0 {
            writeln!(out, "\n{title}:")?;
        }
        writeln!(out, "  {}", one_line(&line))?;
    }
    Ok(())
}

/// Returns a text of the cluster without line breaks, which would look like lines of ours.
fn one_line(text: &str) -> String {
    text.trim_end().replace("\r\n", " ").replace(['\n', '\r'], " ")
}
