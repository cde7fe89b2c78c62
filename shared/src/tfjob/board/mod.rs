//! A `TensorBoard` of our own beside a job: a Deployment and a Service that go when the job goes.

mod error;
mod folder;
mod place;
mod template;
mod there;
mod volume;
mod wish;

use serde_json::{Value, json};

use super::job::Job;
use super::json;
use super::replica::ReplicaType;
pub use error::BoardError;
pub use folder::LogFolder;
use folder::{Command, is_version_1};
pub use place::{Access, Claim, Place};
use template::Template;
pub use there::is_rolled_out;
use there::is_there;
use volume::Mounts;
pub use wish::Wish;

/// The image that runs `TensorBoard` where none is named.
pub const IMAGE: &str = "tensorflow/tensorflow:2.19.0";
/// Who made it, as its labels say.
pub const MANAGER: &str = "kubectl-tfjob";
/// The name of its container.
const CONTAINER: &str = "tensorboard";
/// The port that it listens on.
const PORT: u16 = 6006;
/// The end of both objects' names.
const SUFFIX: &str = "-tensorboard";
/// The longest name of a Service, and the longest value of a label.
const LONGEST: usize = 63;
/// What a pod spec says about where it may run.
const PLACE: [&str; 2] = ["affinity", "tolerations"];

const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
const INSTANCE: &str = "app.kubernetes.io/instance";
const COMPONENT: &str = "app.kubernetes.io/component";

/// A `TensorBoard` to be made.
#[derive(Debug, Clone, PartialEq)]
pub struct Board {
    /// The name of both objects.
    pub name: String,
    /// The claims that its volumes are of: one that only one node can mount binds it to the job's node.
    pub claims: Vec<Claim>,
    /// Whether a volume is a folder of a node.
    pub has_host_path: bool,
    /// The replicas whose volumes it has.
    pub beside: Option<ReplicaType>,
    /// A folder that the image cannot read.
    pub unreadable: Option<String>,
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
        let command = Command { folders: &folders, is_version_1: is_version_1(wish.image()) };
        let mut container = json!({
            "name": CONTAINER,
            "image": wish.image(),
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
            claims: mounts.claims().into_iter().map(|it| template::claim(it, object, job)).collect(),
            has_host_path: mounts.has_host_path(),
            beside: template.replica_type.clone(),
            unreadable: folders.iter().find(|it| wish.image() == IMAGE && it.needs_io()).map(|it| it.place.clone()),
            metadata: metadata(job, &labels),
            labels,
            spec,
            tolerations: json::at(template.spec, &["tolerations"]).cloned(),
            service_type: wish.service_type.clone().unwrap_or_else(|| "ClusterIP".to_owned()),
        })
    }

    /// Keeps the pod where its volumes are, whatever the node there repels. `tolerations` are those of the pod that
    /// decides about the place; `None` = they are not known, and those of its template have to do.
    pub fn stay(&mut self, place: Place<'_>, tolerations: Option<Value>) {
        self.tolerations = tolerations.or_else(|| self.tolerations.take()).filter(|it| !it.is_null());
        match place {
            Place::Anywhere => {}
            Place::With(pod) => self.set_affinity(json!({"podAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": [
                    {"labelSelector": {"matchLabels": pod.labels}, "topologyKey": "kubernetes.io/hostname"},
                ],
            }})),
            Place::On { node, .. } => self.set_affinity(json!({"nodeAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": {
                    "nodeSelectorTerms": [
                        {"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]},
                    ],
                },
            }})),
        }
    }

    /// Leaves the pod of a Deployment that works where it is, unless it is replaced by another one anyway.
    pub fn stay_as(&mut self, deployment: &Value) {
        let there = &deployment["spec"]["template"]["spec"];
        let works = json::whole(deployment, &["status", "readyReplicas"]).is_some_and(|it| it >= 1);
        let mut rest = self.spec.clone();
        for key in PLACE {
            put(&mut rest, key, None);
        }
        if works && is_there(&rest, there) {
            for key in PLACE {
                put(&mut self.spec, key, json::at(there, &[key]));
            }
        }
    }

    fn set_affinity(&mut self, affinity: Value) {
        self.spec["affinity"] = affinity;
        put(&mut self.spec, "tolerations", self.tolerations.as_ref());
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

/// Puts a field into an object, or takes it away.
fn put(object: &mut Value, key: &str, value: Option<&Value>) {
    if let Some(map) = object.as_object_mut() {
        match value {
            Some(value) => drop(map.insert(key.to_owned(), value.clone())),
            None => drop(map.shift_remove(key)),
        }
    }
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
