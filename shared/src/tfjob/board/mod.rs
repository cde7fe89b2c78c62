//! A `TensorBoard` of our own beside a job: a Deployment and a Service that go when the job goes.

mod folder;
mod template;
mod volume;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::job::Job;
use super::json;
use super::replica::ReplicaType;
use crate::base::failure::Failure;
pub use folder::LogFolder;
use folder::{Command, is_version_1};
use template::Template;
use volume::Mounts;

/// The image that runs `TensorBoard` where none is named.
pub const IMAGE: &str = "tensorflow/tensorflow:2.19.0";
/// Who made it, as its labels say.
pub const MANAGER: &str = "kubectl-tfjob";
/// The port that it listens on.
const PORT: u16 = 6006;
/// The end of both objects' names.
const SUFFIX: &str = "-tensorboard";
/// The longest name of a Service, and the longest value of a label.
const LONGEST: usize = 63;

const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
const INSTANCE: &str = "app.kubernetes.io/instance";
const COMPONENT: &str = "app.kubernetes.io/component";

/// What a user may decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// Where the logs are; empty = where the job's own spec says.
    pub folders: Vec<LogFolder>,
    /// The image.
    pub image: String,
    /// The type of the Service.
    pub service_type: String,
}

/// Why no `TensorBoard` can be made for a job.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BoardError {
    /// Nobody says where the logs are.
    #[error("job '{0}' does not say where its logs are")]
    NoFolder(String),
    /// The folder is on no volume.
    #[error("no volume of job '{job}' is mounted at or above '{folder}'")]
    NoVolume {
        /// The job.
        job: String,
        /// The folder.
        folder: String,
        /// Where its main container has volumes.
        mounted: Vec<String>,
    },
    /// The folder is on a volume that nobody but the job's own pods can see.
    #[error("'{folder}' is on volume '{volume}', a volume of type {kind}: each pod has its own")]
    Private {
        /// The folder.
        folder: String,
        /// The volume.
        volume: String,
        /// Its type.
        kind: String,
    },
    /// The mounted part of the volume differs from pod to pod.
    #[error("'{folder}' is on volume '{volume}', mounted by `subPathExpr`: each pod may have another part of it")]
    Computed {
        /// The folder.
        folder: String,
        /// The volume.
        volume: String,
    },
}

impl Failure for BoardError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoFolder(_) => "give --logdir DIR, a folder as the job's main container sees it, or a URL".to_owned(),
            Self::NoVolume { mounted, .. } if mounted.is_empty() => {
                "its main container mounts no volume: let it write its logs to one, or to a URL such as gs://…"
                    .to_owned()
            }
            Self::NoVolume { mounted, .. } => format!("its main container mounts {}", mounted.join(", ")),
            Self::Private { .. } => "let the job write its logs to a claim, or to a URL such as gs://…".to_owned(),
            Self::Computed { .. } => "mount the folder by `subPath`, or let the job write to a URL".to_owned(),
        })
    }
}

/// A `TensorBoard` to be made.
#[derive(Debug, Clone, PartialEq)]
pub struct Board {
    /// The name of both objects.
    pub name: String,
    /// The claims that its volumes are of: one that only one node can mount binds it to the job's node.
    pub claims: Vec<String>,
    /// Whether a volume is a folder of a node.
    pub has_host_path: bool,
    /// The replicas whose volumes it has.
    pub beside: Option<ReplicaType>,
    metadata: Value,
    labels: Value,
    spec: Value,
    tolerations: Option<Value>,
    service_type: String,
}

impl Board {
    /// Returns what is to be made for a job. `object` is the job as the server has it.
    ///
    /// # Errors
    ///
    /// Fails if it is not known where the logs are, or if they are where no other pod can read them.
    pub fn plan(object: &Value, job: &Job, wish: &Wish) -> Result<Self, BoardError> {
        let folders = folder::wanted(object, &wish.folders).ok_or_else(|| BoardError::NoFolder(job.name.clone()))?;
        let template = Template::of(object, job);
        let mut mounts = Mounts::default();
        for folder in folders.iter().filter(|it| !it.is_url()) {
            mounts.add(&folder.place, object, &template, &job.name)?;
        }
        let has_url = folders.iter().any(LogFolder::is_url);
        if has_url {
            mounts.add_credentials(&template);
        }
        let labels = labels(job);
        let command = Command { folders: &folders, is_version_1: is_version_1(&wish.image) };
        let mut container = json!({
            "name": "tensorboard",
            "image": wish.image,
            "command": command.words(PORT),
            "ports": [{"name": "tensorboard", "containerPort": PORT}],
            "readinessProbe": {"httpGet": {"path": "/", "port": PORT}, "periodSeconds": 5, "timeoutSeconds": 5},
            "volumeMounts": mounts.mounts,
        });
        let mut spec = json!({
            "enableServiceLinks": false,
            "automountServiceAccountToken": has_url,
            "volumes": mounts.volumes,
        });
        if has_url {
            template.lend_identity(&mut container, &mut spec);
        }
        spec["containers"] = json!([container]);
        if let Some(secrets) = json::at(template.spec, &["imagePullSecrets"]) {
            spec["imagePullSecrets"] = secrets.clone();
        }
        Ok(Self {
            name: name(job),
            claims: mounts.claims(),
            has_host_path: mounts.has_host_path(),
            beside: template.replica_type.clone(),
            metadata: metadata(job, &labels),
            labels,
            spec,
            tolerations: json::at(template.spec, &["tolerations"]).cloned(),
            service_type: wish.service_type.clone(),
        })
    }

    /// Keeps the pod on the node of the pod with these labels, whatever its node repels.
    pub fn stay_with(&mut self, labels: &BTreeMap<String, String>) {
        self.set_affinity(json!({"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
            {"labelSelector": {"matchLabels": labels}, "topologyKey": "kubernetes.io/hostname"},
        ]}}));
    }

    /// Keeps the pod on a node, whatever that repels: what a pod that has ended left in a folder of it is there alone.
    pub fn stay_on(&mut self, node: &str) {
        self.set_affinity(json!({"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {
            "nodeSelectorTerms": [{"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]}],
        }}}));
    }

    /// Leaves the pod of a Deployment that works where it is.
    pub fn stay_as(&mut self, deployment: &Value) {
        if json::whole(deployment, &["status", "readyReplicas"]).is_none_or(|it| it < 1) {
            return;
        }
        let spec = &deployment["spec"]["template"]["spec"];
        match json::at(spec, &["affinity"]) {
            Some(affinity) => self.set_affinity(affinity.clone()),
            None => self.forget_affinity(),
        }
    }

    fn set_affinity(&mut self, affinity: Value) {
        self.spec["affinity"] = affinity;
        if let Some(tolerations) = &self.tolerations {
            self.spec["tolerations"] = tolerations.clone();
        }
    }

    fn forget_affinity(&mut self) {
        if let Some(spec) = self.spec.as_object_mut() {
            spec.shift_remove("affinity");
            spec.shift_remove("tolerations");
        }
    }

    /// Returns the Deployment.
    pub fn deployment(&self) -> Value {
        let selector = selector(&self.labels);
        json!({
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": self.metadata,
            "spec": {
                "replicas": 1,
                // Two pods at once could not share a claim of one node.
                "strategy": {"type": "Recreate"},
                "selector": {"matchLabels": selector},
                "template": {"metadata": {"labels": self.labels}, "spec": self.spec},
            },
        })
    }

    /// Returns the Service.
    pub fn service(&self) -> Value {
        json!({
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": self.metadata,
            "spec": {
                "type": self.service_type,
                "selector": selector(&self.labels),
                "ports": [{"name": "tensorboard", "port": PORT, "targetPort": PORT, "protocol": "TCP"}],
            },
        })
    }
}

/// Tells whether an object is one that [`Board`] made for this very job.
pub fn is_ours(object: &Value, job: &Job) -> bool {
    let owners = json::list(object, &["metadata", "ownerReferences"]);
    let is_owner = |it: &Value| job.uid.is_some() && json::text(it, &["uid"]) == job.uid;
    json::text(object, &["metadata", "labels", MANAGED_BY]).as_deref() == Some(MANAGER) && owners.iter().any(is_owner)
}

/// Returns the name of both objects, one that a Service may have: a job's may be longer, or have dots.
pub fn name(job: &Job) -> String {
    let full = format!("{}{SUFFIX}", job.name);
    let is_label = full.starts_with(|it: char| it.is_ascii_lowercase())
        && full.chars().all(|it| it == '-' || it.is_ascii_lowercase() || it.is_ascii_digit());
    if is_label && full.len() <= LONGEST {
        return full;
    }
    // Jobs whose names begin alike differ in their uids.
    let uid: String = job.uid.iter().flat_map(|it| it.chars()).filter(char::is_ascii_hexdigit).take(5).collect();
    let plain = |it: char| if it.is_ascii_alphanumeric() { it.to_ascii_lowercase() } else { '-' };
    let start: String = job.name.chars().map(plain).skip_while(|it| !it.is_ascii_alphabetic()).take(40).collect();
    let start = if start.is_empty() { "tfjob" } else { start.trim_end_matches('-') };
    format!("{start}-{uid}{SUFFIX}")
}

fn labels(job: &Job) -> Value {
    let instance = if job.name.len() <= LONGEST { job.name.clone() } else { name(job) };
    json!({MANAGED_BY: MANAGER, INSTANCE: instance, COMPONENT: "tensorboard"})
}

fn selector(labels: &Value) -> Value {
    json!({INSTANCE: labels[INSTANCE], COMPONENT: labels[COMPONENT]})
}

fn metadata(job: &Job, labels: &Value) -> Value {
    json!({
        "name": name(job),
        "namespace": job.namespace,
        "labels": labels,
        "ownerReferences": [
            {"apiVersion": job.api_version(), "kind": job.kind, "name": job.name, "uid": job.uid, "controller": true},
        ],
    })
}
