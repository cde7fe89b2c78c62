//! The jobs of a namespace or of the cluster, page by page.

use jiff::Timestamp;
use shared::base::failure::{CommandError, Failure};
use shared::base::progress::Progress;
use shared::edge::cluster::{Cluster, ClusterError, JobApi, Page, Query, Resource, Right, Scope};
use shared::edge::jobs;
use shared::tfjob::api::is_of_2017;
use shared::tfjob::job::Job;
use shared::tfjob::pod::Pod;
use shared::tfjob::select::{LIST_SELECTORS, PodIndex};
use shared::tfjob::summary::{PodsSeen, Summary};

use super::ListArgs;

/// The jobs that could be listed, and what could not.
#[derive(Debug, Default)]
pub(super) struct Listed {
    pub(super) summaries: Vec<Summary>,
    /// Groups that could not be listed while others could.
    pub(super) faults: Vec<ListError>,
    /// Objects that are no jobs.
    pub(super) broken: Vec<String>,
    /// What may not be read of the jobs' pods.
    pub(super) gap: Option<String>,
}

/// Why jobs cannot be listed.
#[derive(Debug, thiserror::Error)]
pub(super) enum ListError {
    /// Nobody gave the right to list them in all namespaces.
    #[error(transparent)]
    NotInAll(ClusterError),
    /// They cannot be listed.
    #[error(transparent)]
    Other(#[from] ClusterError),
}

impl Failure for ListError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::NotInAll(error) => {
                let right = error.missing_right().map_or_else(String::new, |it| format!("{it}; "));
                Some(format!("{right}list one namespace instead: `kubectl tfjob list -n NAMESPACE`"))
            }
            Self::Other(error) => error.hint(),
        }
    }
}

/// Lists the jobs of all groups; of each page only the summaries are kept.
///
/// # Errors
///
/// Fails if no group can be listed.
pub(super) fn listed(
    args: &ListArgs,
    groups: &[JobApi],
    scope: Scope<'_>,
    cluster: &Cluster,
    progress: &dyn Progress,
) -> Result<Listed, CommandError> {
    progress.begin("listing TFJobs", None);
    let now = ListArgs::now();
    let pods = if args.reads_pods() { Some(pods(groups, scope, cluster)?) } else { None };
    let mut listed = Listed::default();
    for group in groups {
        let (summaries, broken) = (listed.summaries.len(), listed.broken.len());
        let result = cluster.list(&group.resource(), scope, &args.query(), &mut |page| match page {
            Page::Items(items) => {
                for item in &items {
                    match Job::read(item) {
                        Ok(job) => listed.summaries.push(summary(&job, pods.as_ref(), now)),
                        Err(broken) => listed.broken.push(format!("a job of {} is left out: {broken}", group.group)),
                    }
                }
            }
            Page::Restarted => {
                listed.summaries.truncate(summaries);
                listed.broken.truncate(broken);
            }
        });
        if let Err(error) = result {
            listed.faults.push(explained(error, scope));
        }
    }
    progress.end();
    if let Some(AllPods::Forbidden(right)) = &pods {
        let right = right.as_ref().map_or_else(String::new, |it| format!(" ({it})"));
        listed.gap = Some(format!("pods: forbidden{right}; the counts are those of the jobs' status"));
    }
    if listed.faults.len() == groups.len() {
        return Err(CommandError::all(listed.faults).unwrap_or(CommandError::Exit(1)));
    }
    Ok(listed)
}

/// Returns why the jobs of `scope` cannot be listed.
pub(super) fn explained(error: ClusterError, scope: Scope<'_>) -> ListError {
    match scope {
        Scope::All if error.is_forbidden() => ListError::NotInAll(error),
        _ => ListError::Other(error),
    }
}

/// The pods of all jobs, or the fact that they may not be read.
enum AllPods {
    Known(PodIndex),
    Forbidden(Option<Right>),
}

/// Reads the pods of all jobs: one list for each generation of labels, never one for each job.
///
/// The operators of 2017 put a batch Job between a job and its pods: where their groups are served, one list of those too.
fn pods(groups: &[JobApi], scope: Scope<'_>, cluster: &Cluster) -> Result<AllPods, ClusterError> {
    let mut index = PodIndex::default();
    for (labels, _) in LIST_SELECTORS {
        let query = Query { labels: Some(labels.to_owned()), ..Query::default() };
        let result = cluster.list(&Resource::pods(), scope, &query, &mut |page| {
            // A pod that comes twice counts once, so a list that begins anew does no harm.
            if let Page::Items(items) = page {
                items.iter().filter_map(Pod::read).for_each(|it| index.add(it));
            }
        });
        match result {
            Ok(_) => {}
            Err(error) if error.is_forbidden() => return Ok(AllPods::Forbidden(error.missing_right())),
            Err(error) => return Err(error),
        }
    }
    if groups.iter().any(|it| is_of_2017(&it.group)) {
        match jobs::everything(cluster, &Resource::jobs(), scope, &Query::default()) {
            Ok(batch_jobs) => index.set_batch_jobs(batch_jobs),
            // Pods without a known owner are then kept by their labels.
            Err(error) if error.is_forbidden() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(AllPods::Known(index))
}

fn summary(job: &Job, pods: Option<&AllPods>, now: Timestamp) -> Summary {
    // The labels of the first operators' pods are in none of the selectors.
    match pods.filter(|_| job.group() != "mlkube.io") {
        None => Summary::of(job, &PodsSeen::NotAsked, now),
        Some(AllPods::Forbidden(_)) => Summary::of(job, &PodsSeen::Forbidden, now),
        Some(AllPods::Known(index)) => Summary::of(job, &PodsSeen::Known(&index.of(job)), now),
    }
}

impl ListArgs {
    /// Returns what the server is asked for.
    pub(super) fn query(&self) -> Query {
        Query { labels: self.selector.clone(), fields: self.field_selector.clone(), chunk: self.chunk_size }
    }
}
