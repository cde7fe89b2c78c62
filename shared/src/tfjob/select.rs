//! Which pods belong to a job.
//!
//! A selector only narrows what the API sends; what counts is the uid of the pod's controller. Names and labels alone
//! would also catch the pods of a batch Job of the same name, of another training job, and of an earlier job.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;
use serde_json::Value;

use super::api::{self, GroupVersion};
use super::job::Job;
use super::pod::{Owner, Pod};
use super::replica::ReplicaType;

/// The labels that name a pod's job, in the order in which they are tried for the mapping form.
const NAME_LABELS: [&str; 4] = ["training.kubeflow.org/job-name", "job-name", "tf-job-name", "tf_job_name"];

/// The selectors of `list --pods`, one LIST each, and the operators whose pods each one finds.
pub const LIST_SELECTORS: [(&str, &str); 4] = [
    ("training.kubeflow.org/job-name", "operator 1.4 and later"),
    ("job-name,group-name", "operator 1.0.1 to 1.5, and the branches 0.7 and 1.1"),
    ("tf-job-name", "operator 0.5 and 1.0"),
    ("tf_job_name", "operator 0.4 and before"),
];

/// The pods of a job.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Own {
    /// Its pods, each once, by type and index.
    pub pods: Vec<Pod>,
    /// Earlier attempts at an index whose pod was replaced under a new name (list form only), in the same order.
    pub previous: Vec<Pod>,
    /// How many pods bear the job's name in their labels and belong to another.
    pub foreign: usize,
}

/// The pods that a deleted job has left.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GonePods {
    /// The pods of the newest job of that name, by type and index.
    pub pods: Vec<Pod>,
    /// That job's uid; `None` if there are no pods.
    pub uid: Option<String>,
    /// That job's `apiVersion`.
    pub api_version: Option<String>,
    /// How many pods are left of older jobs of that name.
    pub others: usize,
}

/// Returns the label selectors that find a job's pods, in the order in which they are to be tried; `None` = send no
/// selector, and list the whole namespace.
///
/// Try each until [`own`], given the pods of all selectors so far, leaves any. A name that is no label's value (over 63
/// characters) would be refused by the API; then there is only `None`.
pub fn selectors(job: &Job) -> Vec<Option<String>> {
    if !job.is_list_form() {
        return gone_selectors(&job.name);
    }
    let runtime_id = job.runtime_id.as_deref().filter(|it| is_label_value(it));
    if let Some(runtime_id) = runtime_id {
        return vec![Some(format!("runtime_id={runtime_id}"))];
    }
    vec![is_label_value(&job.name).then(|| format!("tf_job_name={}", job.name))]
}

/// Returns the selectors that find the pods of a job that is gone, whatever its operator; to be tried like
/// [`selectors`].
pub fn gone_selectors(name: &str) -> Vec<Option<String>> {
    if !is_label_value(name) {
        return vec![None];
    }
    NAME_LABELS.iter().map(|label| Some(format!("{label}={name}"))).collect()
}

/// Returns whether a label may have this value.
fn is_label_value(text: &str) -> bool {
    let is_edge = |c: Option<char>| c.is_some_and(|it| it.is_ascii_alphanumeric());
    let is_inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    text.len() <= 63 && is_edge(text.chars().next()) && is_edge(text.chars().last()) && text.chars().all(is_inner)
}

/// Returns whether the job's pods belong to batch Jobs, which in turn belong to it (the groups of 2017).
pub fn needs_batch_jobs(job: &Job) -> bool {
    api::is_of_2017(job.group())
}

/// Returns those of `pods` that belong to the job.
///
/// They are the pods whose controller is the job, by its uid. In the groups of 2017 a pod's controller is a batch Job:
/// with `batch_jobs` (those of the namespace) the way leads on from there, and labels decide where it ends, or where
/// the batch Jobs could not be read (`None`). Labels decide too for a job without uid. Pods of TensorBoard are none of
/// the job's, and count as nobody's.
pub fn own(job: &Job, pods: Vec<Pod>, batch_jobs: Option<&[Value]>) -> Own {
    let owners = needs_batch_jobs(job).then(|| batch_owners(batch_jobs.unwrap_or_default()));
    let mut own = Own::default();
    let mut seen = BTreeSet::new();
    for pod in pods {
        if pod.is_tensorboard() || !seen.insert(identity(&pod)) {
            continue;
        }
        if belongs(job, &pod, owners.as_ref()) {
            own.pods.push(pod);
        } else if bears_name(job, &pod) {
            own.foreign += 1;
        }
    }
    own.pods.sort_by(by_place);
    if job.is_list_form() {
        (own.pods, own.previous) = newest_per_index(own.pods);
    }
    own
}

/// Returns what tells two pods apart; namespace and name where there is no uid.
fn identity(pod: &Pod) -> (Option<String>, Option<String>, Option<String>) {
    match &pod.uid {
        Some(uid) => (Some(uid.clone()), None, None),
        None => (None, pod.namespace.clone(), Some(pod.name.clone())),
    }
}

/// The controllers of batch Jobs by the Jobs' uids; `None` = a Job without one.
type BatchOwners = HashMap<String, Option<Owner>>;

fn batch_owners(batch_jobs: &[Value]) -> BatchOwners {
    let uid = |it: &Value| it.pointer("/metadata/uid").and_then(Value::as_str).map(str::to_owned);
    batch_jobs.iter().filter_map(|it| Some((uid(it)?, Owner::of(it)))).collect()
}

fn belongs(job: &Job, pod: &Pod, batch_owners: Option<&BatchOwners>) -> bool {
    let Some(uid) = &job.uid else { return bears_name(job, pod) };
    match (&pod.owner, batch_owners) {
        (Some(owner), _) if owner.uid == *uid => true,
        (Some(owner), Some(jobs)) if owner.kind == "Job" => match jobs.get(&owner.uid) {
            Some(Some(above)) => above.uid == *uid,
            Some(None) | None => bears_name(job, pod),
        },
        (None, Some(_)) => bears_name(job, pod),
        _ => false,
    }
}

/// Returns whether the pod's labels name this job, in its namespace.
fn bears_name(job: &Job, pod: &Pod) -> bool {
    let is_elsewhere = job.namespace.is_some() && pod.namespace.is_some() && job.namespace != pod.namespace;
    let has_name = pod.job_names().any(|it| it == job.name);
    match &job.runtime_id {
        _ if is_elsewhere => false,
        // The oldest pods have no label for the name; a run's four random characters may come twice.
        Some(runtime_id) if pod.runtime_id().is_some() => {
            pod.runtime_id() == Some(runtime_id) && (has_name || pod.job_names().next().is_none())
        }
        _ => has_name,
    }
}

/// Orders pods by type, unknown types last, then by index as a number, then by name.
fn by_place(a: &Pod, b: &Pod) -> Ordering {
    let is_unknown = |it: &Pod| it.replica_type.is_none();
    let index = |it: &Pod| it.index.unwrap_or(u64::MAX);
    let by_type = is_unknown(a).cmp(&is_unknown(b)).then_with(|| a.replica_type.cmp(&b.replica_type));
    by_type.then_with(|| index(a).cmp(&index(b))).then_with(|| a.name.cmp(&b.name))
}

/// Splits pods into the newest of each index, and those before it. Pods without type or index stay.
fn newest_per_index(pods: Vec<Pod>) -> (Vec<Pod>, Vec<Pod>) {
    let place = |pod: &Pod| pod.replica_type.clone().zip(pod.index);
    let since = |pod: &Pod| pod.started.max(pod.created).unwrap_or(Timestamp::MIN);
    let mut newest: BTreeMap<(ReplicaType, u64), usize> = BTreeMap::new();
    for (at, pod) in pods.iter().enumerate() {
        let Some(place) = place(pod) else { continue };
        let best = newest.entry(place).or_insert(at);
        if since(pod) > since(&pods[*best]) {
            *best = at;
        }
    }
    let (mut kept, mut previous) = (Vec::new(), Vec::new());
    for (at, pod) in pods.into_iter().enumerate() {
        let is_kept = place(&pod).is_none_or(|it| newest.get(&it) == Some(&at));
        if is_kept { kept.push(pod) } else { previous.push(pod) }
    }
    (kept, previous)
}

/// Returns the pods that a deleted job has left: those whose labels bear its name and whose controller was a `TFJob` of
/// that name (of `group`, where one is given). Several jobs may have had the name: the newest, by the creation of its
/// newest pod, is taken.
pub fn of_gone(name: &str, group: Option<&str>, pods: Vec<Pod>) -> GonePods {
    let is_left = |pod: &Pod, owner: &Owner| {
        let of_group = group.is_none_or(|it| GroupVersion::read(&owner.api_version).group == it);
        let of_name = owner.name == name && pod.job_names().any(|it| it == name);
        of_name && of_group && api::known_kind(&owner.api_version, &owner.kind) && !pod.is_tensorboard()
    };
    let mut by_uid: BTreeMap<String, Vec<Pod>> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for pod in pods {
        let Some(owner) = pod.owner.clone().filter(|it| is_left(&pod, it)) else { continue };
        if seen.insert(identity(&pod)) {
            by_uid.entry(owner.uid).or_default().push(pod);
        }
    }
    let total: usize = by_uid.values().map(Vec::len).sum();
    let newest = |pods: &[Pod]| pods.iter().filter_map(|it| it.created.max(it.started)).max();
    let Some((uid, mut pods)) = by_uid.into_iter().max_by_key(|(_, it)| newest(it)) else {
        return GonePods::default();
    };
    pods.sort_by(by_place);
    let api_version = pods.first().and_then(|it| it.owner.clone()).map(|it| it.api_version);
    GonePods { others: total - pods.len(), api_version, uid: Some(uid), pods }
}

/// The pods of many jobs, read with one LIST per label generation, ready to be asked for those of each job.
#[derive(Debug, Clone, Default)]
pub struct PodIndex {
    pods: Vec<Pod>,
    by_owner: HashMap<String, Vec<usize>>,
    by_name: HashMap<(Option<String>, String), Vec<usize>>,
    batch_jobs: Option<Vec<Value>>,
}

impl PodIndex {
    /// Returns an index without pods.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a pod; one that was added before counts once.
    pub fn add(&mut self, pod: Pod) {
        let at = self.pods.len();
        if let Some(owner) = &pod.owner {
            self.by_owner.entry(owner.uid.clone()).or_default().push(at);
        }
        let runtime_id = pod.runtime_id().map(str::to_owned);
        let names: BTreeSet<String> = pod.job_names().map(str::to_owned).chain(runtime_id).collect();
        for name in names {
            self.by_name.entry((pod.namespace.clone(), name)).or_default().push(at);
        }
        self.pods.push(pod);
    }

    /// Sets the batch Jobs that lead from pods to the jobs of 2017.
    pub fn set_batch_jobs(&mut self, batch_jobs: Vec<Value>) {
        self.batch_jobs = Some(batch_jobs);
    }

    /// Returns the pods of a job, as [`own`] tells them.
    pub fn of(&self, job: &Job) -> Own {
        let of_owner = job.uid.as_ref().and_then(|it| self.by_owner.get(it));
        let named = |name: &String| self.by_name.get(&(job.namespace.clone(), name.clone()));
        let (of_name, of_runtime) = (named(&job.name), job.runtime_id.as_ref().and_then(named));
        let found: BTreeSet<usize> = [of_owner, of_name, of_runtime].into_iter().flatten().flatten().copied().collect();
        own(job, found.into_iter().map(|it| self.pods[it].clone()).collect(), self.batch_jobs.as_deref())
    }
}
