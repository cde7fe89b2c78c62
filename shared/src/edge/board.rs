//! A job's `TensorBoard` in the cluster: the one that is there, and one of our making.

use serde_json::Value;

use super::cluster::{Cluster, ClusterError, Query, Resource, Scope};
use super::jobs::{self, LiveJob, Pods};
use crate::base::failure::Failure;
use crate::tfjob::board::{self, Board, BoardError, Wish};
use crate::tfjob::pod::Pod;
use crate::tfjob::service::{self, Found};

/// Why a `TensorBoard` could not be made.
#[derive(Debug, thiserror::Error)]
pub enum MakeError {
    /// It cannot be made for this job.
    #[error(transparent)]
    Plan(#[from] BoardError),
    /// The name is taken.
    #[error("{kind} \"{name}\" is there already, and is not TensorBoard of this job")]
    Taken {
        /// `deployment` or `service`.
        kind: &'static str,
        /// Its name.
        name: String,
    },
    /// The API server said no, or could not be reached.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
}

impl Failure for MakeError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Plan(error) => error.hint(),
            Self::Taken { .. } => Some("delete or rename it; one of an older job goes by itself: try again".to_owned()),
            Self::Cluster(error) => error.hint(),
        }
    }
}

/// How far to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Only say what would be made.
    Plan,
    /// Let the server check it.
    Try,
    /// Make it.
    Make,
}

/// The Service of a job's `TensorBoard`.
#[derive(Debug, Clone)]
pub struct Existing {
    /// The Service.
    pub found: Found,
    /// Whether [`make`] made it.
    pub is_ours: bool,
}

/// Returns the Service that leads to a job's `TensorBoard`; with `wanted`, the Service of that name, whatever it is.
///
/// # Errors
///
/// Fails if Services cannot be read, or if there is none of the wanted name.
pub fn look(cluster: &Cluster, job: &LiveJob, wanted: Option<&str>) -> Result<Option<Existing>, ClusterError> {
    let services = match wanted {
        Some(name) => vec![cluster.get(&Resource::services(), job.namespace(), name)?],
        None => jobs::everything(cluster, &Resource::services(), Scope::Namespace(job.namespace()), &Query::default())?,
    };
    let Some(found) = service::choose(&job.job, &services, wanted) else { return Ok(None) };
    let is_it = |it: &&Value| it["metadata"]["name"] == found.name.as_str();
    let is_ours = services.iter().find(is_it).is_some_and(|it| board::is_ours(it, &job.job));
    Ok(Some(Existing { found, is_ours }))
}

/// Tells whether the Deployment that [`make`] makes for a job is there.
///
/// # Errors
///
/// Fails if it cannot be read.
pub fn is_made(cluster: &Cluster, job: &LiveJob) -> Result<bool, ClusterError> {
    let there = existing(cluster, &deployments(), job.namespace(), &board::name(&job.job))?;
    Ok(there.is_some_and(|it| board::is_ours(&it, &job.job)))
}

/// Makes a `TensorBoard` for a job, or changes the one that was made so, and returns its Deployment and its Service.
///
/// # Errors
///
/// Fails if it is not known where the logs are, if no other pod could read them, if others have taken the names, or if
/// the server says no.
pub fn make(cluster: &Cluster, job: &LiveJob, wish: &Wish, extent: Extent) -> Result<[Value; 2], MakeError> {
    let namespace = job.namespace();
    let object = cluster.get(&job.api.resource(), namespace, &job.job.name)?;
    let mut board = Board::plan(&object, &job.job, wish)?;
    let is_bound = board.has_host_path || is_bound(cluster, namespace, &board.claims)?;
    if is_bound {
        stay(&mut board, &jobs::pods(cluster, &job.job)?);
    }
    if extent == Extent::Plan {
        return Ok([board.deployment(), board.service()]);
    }
    let is_foreign = |it: &Value| !board::is_ours(it, &job.job);
    let taken = |kind| MakeError::Taken { kind, name: board.name.clone() };
    let deployment = existing(cluster, &deployments(), namespace, &board.name)?;
    if deployment.as_ref().is_some_and(is_foreign) {
        return Err(taken("deployment"));
    }
    if existing(cluster, &Resource::services(), namespace, &board.name)?.as_ref().is_some_and(is_foreign) {
        return Err(taken("service"));
    }
    if let Some(deployment) = deployment {
        board.stay_as(&deployment);
    }
    let dry_run = extent == Extent::Try;
    Ok([
        cluster.apply(&deployments(), namespace, &board.deployment(), false, dry_run)?,
        cluster.apply(&Resource::services(), namespace, &board.service(), false, dry_run)?,
    ])
}

fn deployments() -> Resource {
    Resource::new("apps", "v1", "Deployment", "deployments")
}

/// Returns an object; `None` if it is not there.
fn existing(cluster: &Cluster, kind: &Resource, namespace: &str, name: &str) -> Result<Option<Value>, ClusterError> {
    match cluster.get(kind, namespace, name) {
        Ok(object) => Ok(Some(object)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Tells whether one of the claims can be mounted by one node only. Those that may not be read are taken to be free.
fn is_bound(cluster: &Cluster, namespace: &str, claims: &[String]) -> Result<bool, ClusterError> {
    let kind = Resource::new("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims");
    for name in claims {
        let claim = match existing(cluster, &kind, namespace, name) {
            Err(error) if error.is_forbidden() => None,
            answer => answer?,
        };
        let modes = claim.iter().filter_map(|it| it["spec"]["accessModes"].as_array()).flatten();
        let modes: Vec<&str> = modes.filter_map(Value::as_str).collect();
        if !modes.is_empty() && modes.iter().all(|it| it.starts_with("ReadWriteOnce")) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Keeps the board where its volumes are: with a pod that has them now, or on the node where one that has ended had them.
fn stay(board: &mut Board, pods: &Pods) {
    let lives = |it: &&Pod| matches!(it.phase.as_str(), "Pending" | "Running") && !it.is_terminating;
    let had_them = |it: &&Pod| it.replica_type == board.beside && it.node.is_some();
    let living = pods.all().iter().filter(lives).find(|it| had_them(it) && !it.labels.is_empty());
    // A claim goes with whoever has it; a folder of a node stays.
    let node = pods.all().iter().find(had_them).and_then(|it| it.node.clone()).filter(|_| board.has_host_path);
    match (living, node) {
        (Some(pod), _) => board.stay_with(&pod.labels),
        (None, Some(node)) => board.stay_on(&node),
        (None, None) => {}
    }
}
