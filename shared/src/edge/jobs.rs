//! The `TFJob`s of a cluster, and what belongs to each: its pods, its `TensorBoard`, its events.

mod error;

use std::collections::BTreeSet;

use serde_json::Value;

use super::cluster::{Cluster, ClusterError, JobApi, Page, Query, Resource, Right, Scope};
use crate::tfjob::events::{EventRow, sort};
use crate::tfjob::job::Job;
use crate::tfjob::name::JobRef;
use crate::tfjob::pod::Pod;
use crate::tfjob::replica::ReplicaSpec;
use crate::tfjob::select::{self, GonePods, Own};
use crate::tfjob::service::{self, Found};
use crate::tfjob::summary::PodsSeen;

pub use error::JobError;

/// The API group that `TrainJob`s live in, which came after `TFJob`.
const SUCCESSOR: &str = "trainer.kubeflow.org";
/// Up to so many pods are asked about one by one; for more, one list of all pods' events is cheaper.
const FEW: usize = 10;
/// More replicas of one type than any cluster has; a spec may say anything.
const MOST_NAMES: u64 = 10_000;

/// A job as the server has it.
#[derive(Debug, Clone)]
pub struct LiveJob {
    /// Where it is served.
    pub api: JobApi,
    /// The model.
    pub job: Job,
}

impl LiveJob {
    /// Returns the job's namespace.
    pub fn namespace(&self) -> &str {
        self.job.namespace.as_deref().unwrap_or_default()
    }

    /// Returns how kubectl writes the job: `tfjob.GROUP/NAME`.
    pub fn spelling(&self) -> String {
        format!("tfjob.{}/{}", self.api.group, self.job.name)
    }
}

/// The pods of a job, or why they cannot be seen.
#[derive(Debug)]
pub enum Pods {
    /// They were read.
    Known(Own),
    /// They may not be read.
    Forbidden(Option<Right>),
}

impl Pods {
    /// Returns what a summary can make of them.
    pub fn seen(&self) -> PodsSeen<'_> {
        match self {
            Self::Known(own) => PodsSeen::Known(own),
            Self::Forbidden(_) => PodsSeen::Forbidden,
        }
    }

    /// Returns the pods; none where they may not be read.
    pub fn all(&self) -> &[Pod] {
        match self {
            Self::Known(own) => &own.pods,
            Self::Forbidden(_) => &[],
        }
    }
}

/// Returns the API groups of the cluster that have `TFJob`s, one version each.
///
/// # Errors
///
/// Fails if there is none.
pub fn apis(cluster: &Cluster) -> Result<Vec<JobApi>, JobError> {
    let apis = cluster.job_apis()?;
    if apis.is_empty() {
        // Whether there is one is an extra: a server that does not tell hides nothing.
        return Err(JobError::NoApi { has_successor: cluster.has_group(SUCCESSOR).unwrap_or(false) });
    }
    Ok(apis)
}

/// Returns the job that `wanted` names in `namespace`.
///
/// # Errors
///
/// Fails if there is none, or more than one, or if the server does not tell.
pub fn find(cluster: &Cluster, namespace: &str, wanted: &JobRef) -> Result<LiveJob, JobError> {
    let mut apis = apis(cluster)?;
    if let Some(group) = &wanted.group {
        let served = apis.iter().map(|it| it.group.clone()).collect();
        apis.retain(|it| it.group == *group);
        if apis.is_empty() {
            return Err(JobError::NoGroup { group: group.clone(), served });
        }
    }
    let mut found = Vec::new();
    let mut refused = None;
    for api in &apis {
        match cluster.get(&api.resource(), namespace, &wanted.name) {
            Ok(object) => found.push((api.clone(), object)),
            Err(error) if error.is_not_found() => {}
            Err(error) => refused = refused.or(Some(error)),
        }
    }
    let name = wanted.name.clone();
    match (found.len(), refused) {
        (1, _) => {
            let (api, object) = found.remove(0);
            let job = Job::read(&object).map_err(|source| JobError::Broken { name, source })?;
            Ok(LiveJob { api, job })
        }
        (0, Some(error)) => Err(error.into()),
        (0, None) => {
            let group = apis.first().map(|it| it.group.clone()).unwrap_or_default();
            Err(JobError::NotFound { group, name, namespace: namespace.to_owned(), left_over: None })
        }
        _ => {
            let spellings = found.iter().map(|(api, _)| JobRef::qualified(&api.group, &name)).collect();
            Err(JobError::Ambiguous { name, namespace: namespace.to_owned(), spellings })
        }
    }
}

/// Returns the pods of `job`, by the labels of every operator generation and the owner's uid.
///
/// # Errors
///
/// Fails if the server cannot be asked; a missing right is no failure.
pub fn pods(cluster: &Cluster, job: &Job) -> Result<Pods, ClusterError> {
    let scope = Scope::Namespace(job.namespace.as_deref().unwrap_or_default());
    // Of all selectors so far: what one of them has found may explain what another one lacks.
    let mut pods = Vec::new();
    let mut own = Own::default();
    for labels in select::selectors(job) {
        let query = Query { labels, ..Query::default() };
        match everything(cluster, &Resource::pods(), scope, &query) {
            Ok(values) => pods.extend(values.iter().filter_map(Pod::read)),
            Err(error) if error.is_forbidden() => return Ok(Pods::Forbidden(error.missing_right())),
            Err(error) => return Err(error),
        }
        let batch_jobs = if select::needs_batch_jobs(job) { batch_jobs(cluster, scope, &query)? } else { None };
        own = select::own(job, pods.clone(), batch_jobs.as_deref());
        if !own.pods.is_empty() {
            break;
        }
    }
    Ok(Pods::Known(own))
}

/// Returns the batch Jobs between an old job and its pods; `None` where they may not be read.
fn batch_jobs(cluster: &Cluster, scope: Scope<'_>, query: &Query) -> Result<Option<Vec<Value>>, ClusterError> {
    match everything(cluster, &Resource::jobs(), scope, query) {
        Ok(jobs) => Ok(Some(jobs)),
        Err(error) if error.is_forbidden() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Returns the pods that a deleted job of this name left; `None` if there are none.
///
/// # Errors
///
/// Fails if pods cannot be listed.
pub fn gone(cluster: &Cluster, namespace: &str, wanted: &JobRef) -> Result<Option<GonePods>, ClusterError> {
    for labels in select::gone_selectors(&wanted.name) {
        let query = Query { labels, ..Query::default() };
        let values = everything(cluster, &Resource::pods(), Scope::Namespace(namespace), &query)?;
        let pods = values.iter().filter_map(Pod::read).collect();
        let found = select::of_gone(&wanted.name, wanted.group.as_deref(), pods);
        if !found.pods.is_empty() {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// Returns the `TensorBoard` of a job: the Service that leads to it.
///
/// # Errors
///
/// Fails if Services cannot be listed.
pub fn tensorboard(cluster: &Cluster, job: &Job) -> Result<Option<Found>, ClusterError> {
    let scope = Scope::Namespace(job.namespace.as_deref().unwrap_or_default());
    let services = everything(cluster, &Resource::services(), scope, &Query::default())?;
    Ok(service::choose(job, &services, None))
}

/// Returns the events of a job and of `pods`, oldest first.
///
/// # Errors
///
/// Fails if events cannot be listed.
pub fn events(cluster: &Cluster, job: &Job, pods: &BTreeSet<String>) -> Result<Vec<EventRow>, ClusterError> {
    let scope = Scope::Namespace(job.namespace.as_deref().unwrap_or_default());
    let mut found = Vec::new();
    for fields in event_fields(job, pods) {
        let query = Query { fields: Some(fields), ..Query::default() };
        found.extend(everything(cluster, &Resource::events(), scope, &query)?.iter().filter_map(EventRow::read));
    }
    found.retain(|it| belongs(it, job, pods));
    sort(&mut found);
    Ok(found)
}

/// Returns the field selectors that together find the events of `job` and `pods`.
pub fn event_fields(job: &Job, pods: &BTreeSet<String>) -> Vec<String> {
    let mut all = vec![format!("involvedObject.kind={},involvedObject.name={}", job.kind, job.name)];
    if pods.len() > FEW {
        all.push("involvedObject.kind=Pod".to_owned());
    } else {
        all.extend(pods.iter().map(|it| format!("involvedObject.kind=Pod,involvedObject.name={it}")));
    }
    all
}

/// Returns the names that the operator gives to the pods of a job; none where it adds random characters.
pub fn pod_names(job: &Job) -> BTreeSet<String> {
    if job.is_list_form() {
        return BTreeSet::new();
    }
    let of_type = |spec: &ReplicaSpec| {
        let kind = spec.replica_type.to_string().to_lowercase();
        let name = job.name.clone();
        (0..spec.desired.unwrap_or(0).min(MOST_NAMES)).map(move |index| format!("{name}-{kind}-{index}"))
    };
    job.replicas.iter().flat_map(of_type).collect()
}

/// Tells whether an event is about the job itself (not an earlier one of its name) or about one of `pods`.
pub fn belongs(event: &EventRow, job: &Job, pods: &BTreeSet<String>) -> bool {
    if event.object_kind == "Pod" {
        let is_older = matches!((event.last_seen, job.created), (Some(seen), Some(created)) if seen < created);
        return !is_older && pods.contains(&event.object_name);
    }
    event.object_uid.is_none() || job.uid.is_none() || event.object_uid == job.uid
}

/// Returns all objects of a list, of all its pages.
///
/// # Errors
///
/// Fails if the server does not list them.
pub fn everything(
    cluster: &Cluster,
    resource: &Resource,
    scope: Scope<'_>,
    query: &Query,
) -> Result<Vec<Value>, ClusterError> {
    let mut all = Vec::new();
    cluster.list(resource, scope, query, &mut |page| match page {
        Page::Items(items) => all.extend(items),
        Page::Restarted => all.clear(),
    })?;
    Ok(all)
}
