//! Which pod decides about a job.

use super::job::Job;
use super::pod::Pod;
use super::replica::ReplicaType;
use super::select::Own;

/// The replica that decides about a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chief {
    /// Its type.
    pub replica_type: ReplicaType,
    /// Its index.
    pub index: u64,
    /// The name of its pod, also of one that does not exist; `None` in the list form, whose pods have random names,
    /// while it does not exist.
    pub pod: Option<String>,
    /// The pod's phase; `None` = the pod does not exist, or the pods are not known.
    pub phase: Option<String>,
    /// The exit code of its training container.
    pub exit_code: Option<i64>,
}

impl Chief {
    /// Returns the chief of a job; `None` if it has none. `pods` is `None` where the pods are not known.
    ///
    /// Mapping form: the pod that bears a chief's role label (Chief before Master, then the lowest index), else Chief 0,
    /// else Master 0, else Worker 0 unless no worker is wanted. List form: `terminationPolicy.chief`, unless the spec
    /// lacks its type.
    pub fn of(job: &Job, pods: Option<&Own>) -> Option<Self> {
        let pods = pods.map_or(&[][..], |it| it.pods.as_slice());
        if job.is_list_form() {
            let (replica_type, index) = job.termination_chief.clone();
            job.replica(&replica_type)?;
            return Some(Self::at(replica_type, index, None, pods));
        }
        let marked = pods.iter().filter(|it| it.has_chief_role());
        let marked = marked.filter_map(|it| Some((it.replica_type.clone()?, it.index?)));
        let is_chief = |it: &ReplicaType| it.is_chief() || *it == ReplicaType::Worker;
        let (replica_type, index) = marked.filter(|it| is_chief(&it.0)).min().or_else(|| of_spec(job))?;
        let name = format!("{}-{}-{index}", job.name, replica_type.lower());
        Some(Self::at(replica_type, index, Some(name), pods))
    }

    fn at(replica_type: ReplicaType, index: u64, name: Option<String>, pods: &[Pod]) -> Self {
        let is_it = |it: &&Pod| it.replica_type.as_ref() == Some(&replica_type) && it.index == Some(index);
        let pod = pods.iter().find(is_it);
        Self {
            pod: pod.map(|it| it.name.clone()).or(name),
            phase: pod.map(|it| it.phase.clone()).filter(|it| !it.is_empty()),
            // A pod that runs again has ended before, but not as what it is now.
            exit_code: pod.filter(|it| it.phase != "Running").and_then(Pod::exit_code),
            replica_type,
            index,
        }
    }

    /// Returns whether the chief's pod is in one of these phases.
    pub fn is_in(&self, phases: &[&str]) -> bool {
        self.phase.as_deref().is_some_and(|it| phases.contains(&it))
    }
}

fn of_spec(job: &Job) -> Option<(ReplicaType, u64)> {
    if let Some(replica_type) =
        [ReplicaType::Chief, ReplicaType::Master].into_iter().find(|it| job.replica(it).is_some())
    {
        return Some((replica_type, 0));
    }
    let workers = job.replica(&ReplicaType::Worker)?;
    (workers.desired != Some(0)).then_some((ReplicaType::Worker, 0))
}
