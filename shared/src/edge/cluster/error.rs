//! Why the cluster did not do what was asked, in kubectl's words.

use std::fmt;

use kube::core::Status;

use super::texts;
use crate::base::failure::Failure;

/// What one needs to be allowed to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Right {
    /// The verb, as `list`.
    pub verb: String,
    /// The resource, as `pods`, or a path that is no resource.
    pub resource: String,
    /// Its API group; empty for the core.
    pub group: String,
    /// The namespace; `None` for the whole cluster.
    pub namespace: Option<String>,
}

impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "need {} {}", self.verb, self.resource)?;
        if !self.group.is_empty() {
            write!(f, ".{}", self.group)?;
        }
        match &self.namespace {
            Some(namespace) => write!(f, " in namespace {namespace}"),
            None => f.write_str(" in the whole cluster"),
        }
    }
}

/// What a lower layer said, in one line.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ClusterCause(pub(super) String);

/// Why the cluster did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// The kubeconfig, or a flag, is not what it should be.
    #[error("{message}")]
    Config {
        /// What is wrong.
        message: String,
        /// What stands in the way.
        #[source]
        source: Option<ClusterCause>,
        /// What to do.
        hint: Option<String>,
    },
    /// `--request-timeout` is no time.
    #[error(
        "Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a \
         corresponding time unit (e.g. 1s | 2m | 3h)"
    )]
    BadTimeout,
    /// The server says no.
    #[error("{}", texts::of_status(status))]
    Api {
        /// What it said.
        status: Box<Status>,
        /// What one would have to be allowed to do.
        right: Right,
    },
    /// Nothing listens there.
    #[error("The connection to the server {host} was refused - did you specify the right host or port?")]
    Refused {
        /// The server's host and port.
        host: String,
        /// Whether no kubeconfig was found, so that the address is a guess.
        guessed: bool,
    },
    /// The server could not be reached, or not be trusted.
    #[error("Unable to connect to the server: {message}")]
    Unreachable {
        /// What happened.
        message: String,
        /// Whether another attempt may go well at once.
        passing: bool,
        /// What to do.
        hint: Option<String>,
    },
    /// The credentials could not be had.
    #[error("Unable to connect to the server: getting credentials: {message}")]
    Credentials {
        /// What happened.
        message: String,
        /// What to do.
        hint: Option<String>,
    },
    /// The answer is none of Kubernetes.
    #[error("the server's answer to `{path}` cannot be read")]
    Answer {
        /// What was asked for.
        path: String,
        /// What is wrong with it.
        #[source]
        source: ClusterCause,
    },
    /// This machine does not give us what we need.
    #[error("the connection cannot be set up")]
    Setup(#[source] ClusterCause),
}

impl ClusterError {
    pub(super) fn config(message: impl Into<String>) -> Self {
        Self::Config { message: message.into(), source: None, hint: None }
    }

    /// Returns the code of the server's answer, if it was the server that said no.
    pub fn code(&self) -> Option<u16> {
        match self {
            Self::Api { status, .. } => Some(status.code),
            _ => None,
        }
    }

    /// Tells whether the object, or the resource, is not there.
    pub fn is_not_found(&self) -> bool {
        self.code() == Some(404)
    }

    /// Tells whether one is not allowed to.
    pub fn is_forbidden(&self) -> bool {
        self.code() == Some(403)
    }

    /// Tells whether what was asked for is too old.
    pub fn is_gone(&self) -> bool {
        self.code() == Some(410)
    }

    /// Tells whether the server wants other credentials.
    pub fn is_unauthorized(&self) -> bool {
        self.code() == Some(401)
    }

    /// Returns the right that is missing, where that is what stands in the way.
    pub fn missing_right(&self) -> Option<Right> {
        match self {
            Self::Api { right, .. } if self.is_forbidden() => Some(right.clone()),
            _ => None,
        }
    }
}

impl Failure for ClusterError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Config { hint, .. } | Self::Unreachable { hint, .. } | Self::Credentials { hint, .. } => hint.clone(),
            Self::Api { status, right } => texts::hint_of_status(status, right),
            Self::Refused { guessed: true, .. } => {
                Some("no kubeconfig was found: set KUBECONFIG, or give --kubeconfig or --server".to_owned())
            }
            Self::Refused { .. } => {
                Some("check that the cluster runs, and the context: kubectl config get-contexts".to_owned())
            }
            Self::BadTimeout | Self::Answer { .. } | Self::Setup(_) => None,
        }
    }
}
