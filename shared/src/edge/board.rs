//! A job's `TensorBoard` in the cluster: the one that is there, and one of our making.

use serde_json::Value;

use super::cluster::{Cluster, ClusterError, Query, Resource, Scope};
use super::jobs::{self, LiveJob};
use crate::base::failure::Failure;
use crate::tfjob::board::{self, Access, Board, BoardError, Wish};
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

/// A `TensorBoard` as it is made, or would be.
#[derive(Debug, Clone)]
pub struct Made {
    /// Its Deployment and its Service.
    pub objects: [Value; 2],
    /// Whether a Deployment was there, and is another one now.
    pub is_changed: bool,
    /// A log folder that its image cannot read.
    pub unreadable: Option<String>,
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

/// Makes a `TensorBoard` for a job, or changes the one that was made so.
///
/// # Errors
///
/// Fails if it is not known where the logs are, if no other pod could read them, if others have taken the names, or if
/// the server says no.
pub fn make(cluster: &Cluster, job: &LiveJob, wish: &Wish, extent: Extent) -> Result<Made, MakeError> {
    let namespace = job.namespace();
    let object = cluster.get(&job.api.resource(), namespace, &job.job.name)?;
    let [deployment, service] = there(cluster, job, extent)?;
    let wish = wish.clone().or_as_made(deployment.as_ref(), service.as_ref());
    let mut board = Board::plan(&object, &job.job, &wish)?;
    stay(cluster, job, &mut board)?;
    if let Some(deployment) = &deployment {
        board.stay_as(deployment);
    }
    let objects = [board.deployment(), board.service()];
    if extent == Extent::Plan {
        return Ok(Made { objects, is_changed: false, unreadable: board.unreadable });
    }
    let apply = |kind, object| cluster.apply(kind, namespace, object, false, extent == Extent::Try);
    let made = [apply(&deployments(), &objects[0])?, apply(&Resource::services(), &objects[1])?];
    let generation = |it: &Value| it["metadata"]["generation"].clone();
    let is_changed = deployment.is_some_and(|it| generation(&it) != generation(&made[0]));
    Ok(Made { objects: made, is_changed, unreadable: board.unreadable })
}

/// Returns the Deployment and the Service that [`make`] made for a job before.
fn there(cluster: &Cluster, job: &LiveJob, extent: Extent) -> Result<[Option<Value>; 2], MakeError> {
    let name = board::name(&job.job);
    let read = |kind: &Resource, word| match existing(cluster, kind, job.namespace(), &name) {
        // What is only to be looked at needs no right, and no free name.
        Err(error) if extent == Extent::Plan && error.is_forbidden() => Ok(None),
        Ok(Some(object)) if !board::is_ours(&object, &job.job) => match extent {
            Extent::Plan => Ok(None),
            _ => Err(MakeError::Taken { kind: word, name: name.clone() }),
        },
        answer => Ok(answer?),
    };
    Ok([read(&deployments(), "deployment")?, read(&Resource::services(), "service")?])
}

/// Returns the kind of what [`make`] makes.
pub fn deployments() -> Resource {
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

/// Keeps a board where its volumes are, if they are not everywhere.
fn stay(cluster: &Cluster, job: &LiveJob, board: &mut Board) -> Result<(), MakeError> {
    for claim in &mut board.claims {
        claim.access = access(cluster, job.namespace(), &claim.name)?;
    }
    if board.is_bound() {
        let pods = jobs::pods(cluster, &job.job)?;
        let place = board.place(pods.all())?;
        let tolerations = place.pod().map(|it| tolerations(cluster, job.namespace(), it)).transpose()?;
        board.stay(place, tolerations.flatten());
    }
    Ok(())
}

/// Returns who may mount a claim. One that may not be read is taken to be free.
fn access(cluster: &Cluster, namespace: &str, name: &str) -> Result<Access, ClusterError> {
    let kind = Resource::new("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims");
    match existing(cluster, &kind, namespace, name) {
        Err(error) if error.is_forbidden() => Ok(Access::Many),
        answer => Ok(answer?.map_or(Access::Many, |it| Access::of(&it))),
    }
}

/// Returns what a pod tolerates, which may be more than its template says; `None` where it cannot be read any more.
fn tolerations(cluster: &Cluster, namespace: &str, pod: &Pod) -> Result<Option<Value>, ClusterError> {
    match existing(cluster, &Resource::pods(), namespace, &pod.name) {
        Err(error) if error.is_forbidden() => Ok(None),
        answer => Ok(answer?.map(|it| it["spec"]["tolerations"].clone())),
    }
}
