//! Everything that a page shows, asked of the cluster.

use std::collections::BTreeSet;

use jiff::Timestamp;
use shared::base::progress::Progress as _;
use shared::edge::clock;
use shared::edge::cluster::{Cluster, ClusterError, Right};
use shared::edge::jobs::{self, JobError, LiveJob, Pods};
use shared::tfjob::name::JobRef;
use shared::tfjob::service::{DEFAULT_PROXY, Found};
use shared::tfjob::summary::Summary;

use super::page::Page;
use crate::session::Session;

/// So many troubled pods have their events shown.
const MOST_TROUBLED: usize = 5;

/// Returns the page of one job.
///
/// # Errors
///
/// Fails if there is no such job, or if the server does not tell. What is forbidden besides the job costs its part.
pub(super) fn page(name: &JobRef, with_events: bool, session: &mut Session<'_>) -> Result<Page, JobError> {
    let (cluster, term) = session.open()?;
    let progress = term.progress();
    progress.begin("asking the cluster", None);
    let found = find(cluster, name)?;
    let pods = jobs::pods(cluster, &found.job)?;
    let mut gaps = Vec::new();
    let service = allowed(jobs::tensorboard(cluster, &found.job), "TensorBoard", &mut gaps)?.flatten();
    let mut page = page_of(&found, &pods, service.as_ref(), clock::now());
    page.gaps.append(&mut gaps);
    if with_events {
        let troubled = troubled(&page.summary);
        let events = allowed(jobs::events(cluster, &found.job, &troubled), "events", &mut page.gaps)?;
        page.events = Some(events.unwrap_or_default());
    }
    Ok(page)
}

/// Returns the job, or an error that counts the pods that a deleted one has left.
pub(super) fn find(cluster: &Cluster, name: &JobRef) -> Result<LiveJob, JobError> {
    match jobs::find(cluster, cluster.namespace(), name) {
        Err(JobError::NotFound { group, name: own_name, namespace, .. }) => {
            // Whether pods are left is an extra: a right that is missing for it is not worth a word.
            let left_over = jobs::gone(cluster, &namespace, name).ok().flatten().map(|it| it.pods.len() + it.others);
            Err(JobError::NotFound { group, name: own_name, namespace, left_over })
        }
        result => result,
    }
}

/// Returns the page of a job whose pods were read, or may not be; without events.
pub(super) fn page_of(found: &LiveJob, pods: &Pods, service: Option<&Found>, now: Timestamp) -> Page {
    let mut summary = Summary::of(&found.job, &pods.seen(), now);
    summary.tensorboard = service.and_then(|it| it.proxy_url(DEFAULT_PROXY, false).ok());
    let gaps = match pods {
        Pods::Forbidden(right) => vec![gap("pods", right.as_ref())],
        Pods::Known(_) => Vec::new(),
    };
    Page { summary, events: None, gaps, now }
}

/// Returns the words for a part that may not be read.
pub(super) fn gap(what: &str, right: Option<&Right>) -> String {
    right.map_or_else(|| format!("{what}: forbidden"), |right| format!("{what}: forbidden ({right})"))
}

/// Returns the names of the first pods in trouble.
fn troubled(summary: &Summary) -> BTreeSet<String> {
    let pods = summary.pods.iter().flatten().filter(|it| it.is_troubled);
    pods.take(MOST_TROUBLED).map(|it| it.name.clone()).collect()
}

/// Returns what was read; what may not be read is a gap.
pub(super) fn allowed<T>(
    result: Result<T, ClusterError>,
    what: &str,
    gaps: &mut Vec<String>,
) -> Result<Option<T>, ClusterError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.is_forbidden() => {
            gaps.push(gap(what, error.missing_right().as_ref()));
            Ok(None)
        }
        Err(error) => Err(error),
    }
}
