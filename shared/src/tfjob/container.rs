//! What a pod says of one of its containers.

use jiff::Timestamp;
use serde_json::Value;

use super::json;

/// A container and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Container {
    /// The name.
    pub name: String,
    /// Whether it runs before the others.
    pub is_init: bool,
    /// What it does now.
    pub state: ContainerState,
    /// How its last run ended; `None` if it never ended.
    pub last: Option<Terminated>,
    /// How often it was restarted.
    pub restarts: u64,
    /// Whether it is ready.
    pub ready: bool,
}

/// What a container does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContainerState {
    /// The pod has no status for it: it never started, or the pod was evicted.
    Absent,
    /// It has not started.
    Waiting {
        /// Why, such as `ImagePullBackOff`.
        reason: Option<String>,
        /// In more words.
        message: Option<String>,
    },
    /// It runs.
    Running {
        /// Since when.
        started: Option<Timestamp>,
    },
    /// It ended.
    Terminated(Terminated),
}

/// How a container ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terminated {
    /// The exit code.
    pub exit_code: Option<i64>,
    /// Why, such as `OOMKilled`, `Error` or `Completed`.
    pub reason: Option<String>,
    /// In more words.
    pub message: Option<String>,
    /// When.
    pub finished: Option<Timestamp>,
}

/// Reasons of waiting that belong to every start.
const STARTING: [&str; 2] = ["ContainerCreating", "PodInitializing"];

impl Container {
    /// Reads the containers of a pod, first the init containers, each kind in the order of the spec. A status without
    /// a container in the spec counts too.
    pub(super) fn all(pod: &Value) -> Vec<Self> {
        let mut all = Self::kind(pod, "initContainers", "initContainerStatuses", true);
        all.extend(Self::kind(pod, "containers", "containerStatuses", false));
        all
    }

    fn kind(pod: &Value, in_spec: &str, in_status: &str, is_init: bool) -> Vec<Self> {
        let statuses = json::list(pod, &["status", in_status]);
        let listed =
            |entries: &[Value]| -> Vec<String> { entries.iter().filter_map(|it| json::text(it, &["name"])).collect() };
        let mut names = listed(json::list(pod, &["spec", in_spec]));
        for name in listed(statuses) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let status = |name: &str| statuses.iter().find(|it| it.get("name").is_some_and(|it| it == name));
        names.into_iter().map(|name| Self::read(status(&name), name, is_init)).collect()
    }

    fn read(status: Option<&Value>, name: String, is_init: bool) -> Self {
        let status = status.unwrap_or(&Value::Null);
        Self {
            name,
            is_init,
            state: ContainerState::read(json::at(status, &["state"]).unwrap_or(&Value::Null)),
            last: json::at(status, &["lastState", "terminated"]).map(Terminated::read),
            restarts: json::count(status, &["restartCount"]),
            ready: status.get("ready") == Some(&Value::Bool(true)),
        }
    }

    /// Returns how the container ended, be it now or the last time.
    pub fn ended(&self) -> Option<&Terminated> {
        match &self.state {
            ContainerState::Terminated(ended) => Some(ended),
            _ => self.last.as_ref(),
        }
    }

    /// Returns the exit code to show: of a container that ended, of one that waits for its next start, and of one that
    /// runs after a failure.
    pub fn exit_code(&self) -> Option<i64> {
        let code = self.ended()?.exit_code;
        match self.state {
            ContainerState::Running { .. } => code.filter(|it| *it != 0),
            _ => code,
        }
    }

    /// Returns what is wrong with the container, as reason and message: why it waits if that is more than starting,
    /// how it ended if not well, else how its last run failed. `None` where all is well.
    pub fn trouble(&self) -> Option<(String, Option<String>)> {
        match &self.state {
            ContainerState::Waiting { reason: Some(reason), message } if !STARTING.contains(&reason.as_str()) => {
                Some((reason.clone(), message.clone()))
            }
            ContainerState::Terminated(ended) => ended.trouble(),
            ContainerState::Waiting { .. } | ContainerState::Running { .. } | ContainerState::Absent => {
                self.last.as_ref().and_then(Terminated::trouble)
            }
        }
    }

    /// Returns why the container has not started yet, where that is nothing to worry about.
    pub fn starting(&self) -> Option<&str> {
        match &self.state {
            ContainerState::Waiting { reason: Some(reason), .. } if STARTING.contains(&reason.as_str()) => Some(reason),
            _ => None,
        }
    }
}

impl ContainerState {
    fn read(state: &Value) -> Self {
        if let Some(ended) = json::at(state, &["terminated"]) {
            Self::Terminated(Terminated::read(ended))
        } else if json::at(state, &["running"]).is_some() {
            Self::Running { started: json::time(state, &["running", "startedAt"]) }
        } else if let Some(waiting) = json::at(state, &["waiting"]) {
            Self::Waiting { reason: json::text(waiting, &["reason"]), message: json::text(waiting, &["message"]) }
        } else {
            Self::Absent
        }
    }
}

impl Terminated {
    fn read(value: &Value) -> Self {
        Self {
            exit_code: json::whole(value, &["exitCode"]),
            reason: json::text(value, &["reason"]),
            message: json::text(value, &["message"]),
            finished: json::time(value, &["finishedAt"]),
        }
    }

    /// Returns reason and message of an end that was none of the good ones.
    pub fn trouble(&self) -> Option<(String, Option<String>)> {
        let is_good = self.exit_code == Some(0) && self.reason.as_deref().is_none_or(|it| it == "Completed");
        if is_good {
            return None;
        }
        Some((self.reason.clone().unwrap_or_else(|| "Error".to_owned()), self.message.clone()))
    }
}
