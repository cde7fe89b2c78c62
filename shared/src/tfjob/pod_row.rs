//! A pod as a row of a summary.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::pod::Pod;
use super::replica::ReplicaType;

/// One of a job's pods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PodRow {
    /// The name.
    pub name: String,
    /// The replica type; `None` without labels that say.
    pub replica_type: Option<ReplicaType>,
    /// The index within the type; `None` without labels that say.
    pub index: Option<u64>,
    /// The phase; `None` without a status.
    pub phase: Option<String>,
    /// Whether it is ready.
    pub ready: bool,
    /// How often its containers were restarted.
    pub restarts: u64,
    /// Its node; `None` = not scheduled.
    pub node: Option<String>,
    /// A container's reason for waiting or for its end, also for the end of its last run if that failed; else the
    /// pod's own, why it has no node, or that it is being deleted. `None` where all is well.
    pub reason: Option<String>,
    /// The text that comes with the reason.
    pub message: Option<String>,
    /// The training container's exit code; of the run before, if that failed and the container runs again.
    pub exit_code: Option<i64>,
    /// How the container run before the present one ended, such as `OOMKilled 137`; `None` without a restart.
    pub last_end: Option<String>,
    /// When it was created; `None` where the object does not say.
    pub created: Option<Timestamp>,
    /// Whether it is being deleted, or its node was lost meanwhile.
    pub is_terminating: bool,
    /// Whether something is wrong with it: such pods are shown first.
    pub is_troubled: bool,
}

impl PodRow {
    /// Reads the row off a pod.
    pub fn of(pod: &Pod) -> Self {
        let (reason, message) = pod.reason().map_or((None, None), |(reason, message)| (Some(reason), message));
        Self {
            name: pod.name.clone(),
            replica_type: pod.replica_type.clone(),
            index: pod.index,
            phase: Some(pod.phase.clone()).filter(|it| !it.is_empty()),
            ready: pod.ready,
            restarts: pod.restarts(),
            node: pod.node.clone(),
            reason,
            message,
            exit_code: pod.exit_code(),
            last_end: pod.last_end(),
            created: pod.created,
            is_terminating: pod.is_terminating,
            is_troubled: pod.phase == "Failed" || pod.trouble().is_some(),
        }
    }

    /// Returns the word for tables: Terminating, or the phase.
    pub fn status(&self) -> &str {
        if self.is_terminating && matches!(self.phase.as_deref(), Some("Pending" | "Running") | None) {
            return "Terminating";
        }
        self.phase.as_deref().unwrap_or("Unknown")
    }

    /// Returns the object for `-o json`.
    pub(super) fn json(&self) -> Value {
        json!({
            "name": self.name,
            "type": self.replica_type.as_ref().map(ReplicaType::as_str),
            "index": self.index,
            "phase": self.phase,
            "ready": self.ready,
            "restarts": self.restarts,
            "node": self.node,
            "reason": self.reason,
            "message": self.message,
            "exitCode": self.exit_code,
        })
    }
}
