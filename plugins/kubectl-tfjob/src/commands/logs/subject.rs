//! The job whose logs are wanted.

use shared::edge::jobs::LiveJob;
use shared::tfjob::chief::Chief;
use shared::tfjob::pod::Pod;
use shared::tfjob::policy::CleanPodPolicy;
use shared::tfjob::replica::ReplicaType;
use shared::tfjob::select::{GonePods, Own};
use shared::tfjob::state::{State, verdict};

/// The job whose logs are wanted, and its pods.
pub(super) struct Subject {
    pub(super) name: String,
    pub(super) namespace: String,
    /// The job; `None` if it is gone.
    pub(super) found: Option<LiveJob>,
    /// The uid of the job.
    pub(super) uid: Option<String>,
    pub(super) pods: Vec<Pod>,
    pub(super) chief: Option<(ReplicaType, u64)>,
    /// How many replicas of each type are wanted.
    pub(super) replicas: Vec<(ReplicaType, Option<u64>)>,
}

impl Subject {
    pub(super) fn live(found: LiveJob, own: Own) -> Self {
        Self {
            name: found.job.name.clone(),
            namespace: found.namespace().to_owned(),
            uid: found.job.uid.clone(),
            chief: Chief::of(&found.job, Some(&own)).map(|it| (it.replica_type, it.index)),
            replicas: found.job.replicas.iter().map(|it| (it.replica_type.clone(), it.desired)).collect(),
            pods: own.pods,
            found: Some(found),
        }
    }

    pub(super) fn gone(name: &str, namespace: &str, gone: GonePods) -> Self {
        let place = |pod: &Pod| pod.replica_type.clone().zip(pod.index);
        let marked = gone.pods.iter().filter(|it| it.has_chief_role()).filter_map(place).min();
        let named = || gone.pods.iter().filter_map(place).filter(|it| it.0.is_chief()).min();
        Self {
            name: name.to_owned(),
            namespace: namespace.to_owned(),
            found: None,
            uid: gone.uid.clone(),
            chief: marked.or_else(named),
            replicas: Vec::new(),
            pods: gone.pods,
        }
    }

    /// Tells whether no pod will be made any more.
    pub(super) fn is_finished(&self) -> bool {
        self.found.as_ref().is_none_or(|it| it.job.is_finished())
    }

    /// Says why there are no pods.
    pub(super) fn why_no_pods(&self) -> String {
        let Some(found) = &self.found else { return "no pods left".to_owned() };
        let state = verdict(&found.job);
        match state.state {
            State::Suspended => "no pods: the job is suspended".to_owned(),
            State::Failed if !found.job.is_created() => {
                format!(
                    "no pods: the job failed before it had any{}",
                    state.message.map_or(String::new(), |it| format!(": {it}"))
                )
            }
            _ if !found.job.is_finished() => "no pods yet".to_owned(),
            _ => match self.policy() {
                Some(CleanPodPolicy::All) => "no pods left: cleanPodPolicy All deleted them".to_owned(),
                _ => "no pods left: they were deleted when the job ended".to_owned(),
            },
        }
    }

    pub(super) fn policy(&self) -> Option<CleanPodPolicy> {
        let found = self.found.as_ref()?;
        found.job.policies.in_force(&found.job.api, Some(&self.pods))
    }
}
