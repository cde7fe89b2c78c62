//! Where a `TensorBoard` has to run, so that it gets its volumes.

use serde_json::Value;

use super::{Board, BoardError};
use crate::tfjob::json;
use crate::tfjob::pod::Pod;
use crate::tfjob::replica::ReplicaType;

/// Who may mount a claim at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Pods on any nodes.
    Many,
    /// Pods on one node.
    OneNode,
    /// One pod.
    OnePod,
}

impl Access {
    /// Reads it off a claim as the server has it.
    pub fn of(claim: &Value) -> Self {
        let modes: Vec<&str> = json::list(claim, &["spec", "accessModes"]).iter().filter_map(Value::as_str).collect();
        match modes[..] {
            [] => Self::Many,
            ["ReadWriteOncePod"] => Self::OnePod,
            _ if modes.iter().all(|it| it.starts_with("ReadWriteOnce")) => Self::OneNode,
            _ => Self::Many,
        }
    }
}

/// A claim that the logs are on.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// Its name.
    pub name: String,
    /// The replicas whose pods have it too.
    pub users: Vec<ReplicaType>,
    /// Who may mount it at once; anybody, unless somebody has read it off the claim.
    pub access: Access,
}

impl Claim {
    fn is_of(&self, pod: &Pod) -> bool {
        pod.replica_type.as_ref().is_some_and(|it| self.users.contains(it))
    }
}

/// Where a `TensorBoard` has to run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Place<'p> {
    /// Where there is room.
    Anywhere,
    /// On the node of a pod that lives, wherever that is or will be.
    With(&'p Pod),
    /// On a node: what a pod left in a folder of it is there alone.
    On {
        /// The node.
        node: &'p str,
        /// The pod.
        pod: &'p Pod,
    },
}

impl<'p> Place<'p> {
    /// Returns the pod that decided.
    pub fn pod(self) -> Option<&'p Pod> {
        match self {
            Self::Anywhere => None,
            Self::With(pod) | Self::On { pod, .. } => Some(pod),
        }
    }
}

impl Board {
    /// Tells whether it matters where the job's pods are.
    pub fn is_bound(&self) -> bool {
        self.has_host_path || self.claims.iter().any(|it| it.access != Access::Many)
    }

    /// Returns where it has to run. `pods` are the job's, in their order.
    ///
    /// # Errors
    ///
    /// Fails if a claim is one pod's alone, and a pod of the job has it.
    pub fn place<'p>(&self, pods: &'p [Pod]) -> Result<Place<'p>, BoardError> {
        let living: Vec<&Pod> = pods.iter().filter(|it| lives(it)).collect();
        for claim in self.claims.iter().filter(|it| it.access == Access::OnePod) {
            if let Some(pod) = living.iter().find(|it| claim.is_of(it)) {
                return Err(BoardError::OnePod { claim: claim.name.clone(), pod: pod.name.clone() });
            }
        }
        if self.has_host_path
            && let Some(place) = self.beside_folder(pods)
        {
            return Ok(place);
        }
        Ok(self.beside_claims(&living))
    }

    /// A folder of a node stays there: the first pod that had a node wrote what is to be shown.
    fn beside_folder<'p>(&self, pods: &'p [Pod]) -> Option<Place<'p>> {
        let wrote = || pods.iter().filter(|it| it.replica_type == self.beside);
        let first = wrote().find_map(|pod| Some((pod, pod.node.as_deref()?)));
        match first {
            Some((pod, _)) if lives(pod) && !pod.labels.is_empty() => Some(Place::With(pod)),
            Some((pod, node)) => Some(Place::On { node, pod }),
            None => wrote().find(|it| lives(it) && !it.labels.is_empty()).map(Place::With),
        }
    }

    /// A claim goes with whoever has it. A pod that has no node yet is waited for: it needs the claim more.
    fn beside_claims<'p>(&self, living: &[&'p Pod]) -> Place<'p> {
        let bound = || self.claims.iter().filter(|it| it.access == Access::OneNode);
        let has_one = |it: &&&Pod| bound().any(|claim| claim.is_of(it)) && !it.labels.is_empty();
        let holder = living.iter().filter(has_one).min_by_key(|it| (it.node.is_none(), it.replica_type != self.beside));
        holder.map_or(Place::Anywhere, |it| Place::With(it))
    }
}

fn lives(pod: &Pod) -> bool {
    matches!(pod.phase.as_str(), "Pending" | "Running") && !pod.is_terminating
}
