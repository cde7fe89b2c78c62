//! The volumes that hold the logs, of whatever kind.

use serde_json::{Value, json};

use super::BoardError;
use super::template::Template;
use crate::tfjob::json;

/// Volumes of which each pod has its own.
const PRIVATE: [&str; 2] = ["emptyDir", "ephemeral"];
/// Volumes that hold credentials, or the configuration that goes with them.
const CREDENTIALS: [&str; 3] = ["secret", "projected", "configMap"];

/// Volumes and mounts, as they are to stand in the pod.
#[derive(Debug, Default)]
pub(super) struct Mounts {
    pub(super) volumes: Vec<Value>,
    pub(super) mounts: Vec<Value>,
}

impl Mounts {
    /// Adds the volume of a folder: that of `spec.tensorboard`, else the main container's, the longest path first.
    pub(super) fn add(
        &mut self,
        folder: &str,
        object: &Value,
        template: &Template<'_>,
        job: &str,
    ) -> Result<(), BoardError> {
        let nothing = Value::Null;
        let own = object.get("spec").and_then(|it| json::any_case(it, "tensorboard")).unwrap_or(&nothing);
        let of_own = (list(own, "volumeMounts"), list(own, "volumes"));
        let of_main = (list(template.container, "volumeMounts"), list(template.spec, "volumes"));
        let found = [of_own, of_main].into_iter().find_map(|(mounts, volumes)| find(folder, mounts, volumes));
        let Some((mount, volume)) = found else {
            let mounted = of_own.0.iter().chain(of_main.0).filter_map(|it| json::text(it, &["mountPath"])).collect();
            return Err(BoardError::NoVolume { job: job.to_owned(), folder: folder.to_owned(), mounted });
        };
        let (folder, name) = (folder.to_owned(), json::text(volume, &["name"]).unwrap_or_default());
        let kind = kind(volume);
        if PRIVATE.contains(&kind) {
            return Err(BoardError::Private { folder, volume: name, kind: kind.to_owned() });
        }
        if json::at(mount, &["subPathExpr"]).is_some() {
            return Err(BoardError::Computed { folder, volume: name });
        }
        self.put(mount, volume);
        Ok(())
    }

    /// Adds what the main container reads its credentials from.
    pub(super) fn add_credentials(&mut self, template: &Template<'_>) {
        let volumes = list(template.spec, "volumes");
        for mount in list(template.container, "volumeMounts") {
            let volume = volumes.iter().find(|it| it["name"] == mount["name"]);
            if let Some(volume) = volume.filter(|it| CREDENTIALS.contains(&kind(it))) {
                self.put(mount, volume);
            }
        }
    }

    fn put(&mut self, mount: &Value, volume: &Value) {
        let path = &mount["mountPath"];
        if self.mounts.iter().any(|it| it["mountPath"] == *path) {
            return;
        }
        let mut volume = volume.clone();
        let wanted = json::text(&volume, &["name"]).unwrap_or_default();
        let mut names = std::iter::once(wanted.clone()).chain((2..).map(|it| format!("{wanted}-{it}")));
        // Two volumes may have one name where one is the job's and one its TensorBoard's.
        let is_free = |name: &String, volume: &mut Value| {
            volume["name"] = json!(name);
            self.volumes.iter().all(|it| it["name"] != *name || it == volume)
        };
        let name = names.find(|it| is_free(it, &mut volume)).unwrap_or(wanted);
        let mut own = json!({"name": name, "mountPath": path, "readOnly": true});
        if let Some(part) = json::at(mount, &["subPath"]) {
            own["subPath"] = part.clone();
        }
        self.mounts.push(own);
        if !self.volumes.contains(&volume) {
            self.volumes.push(volume);
        }
    }

    /// Returns the claims among the volumes.
    pub(super) fn claims(&self) -> Vec<String> {
        self.volumes.iter().filter_map(|it| json::text(it, &["persistentVolumeClaim", "claimName"])).collect()
    }

    /// Tells whether a volume is a folder of a node.
    pub(super) fn has_host_path(&self) -> bool {
        self.volumes.iter().any(|it| json::at(it, &["hostPath"]).is_some())
    }
}

fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    json::any_case(value, key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Returns the type of a volume. One without any is an `emptyDir`, as Kubernetes has it.
fn kind(volume: &Value) -> &str {
    let fields = volume.as_object().into_iter().flatten();
    fields.map(|(key, _)| key.as_str()).find(|it| *it != "name").unwrap_or("emptyDir")
}

/// Returns the mount at the folder, or at the longest path above it, and its volume.
fn find<'v>(folder: &str, mounts: &'v [Value], volumes: &'v [Value]) -> Option<(&'v Value, &'v Value)> {
    let covers = mounts.iter().filter_map(|mount| {
        let depth = depth_of(json::at(mount, &["mountPath"])?.as_str()?, folder)?;
        Some((depth, mount, volumes.iter().find(|it| it["name"] == mount["name"])?))
    });
    covers.max_by_key(|it| it.0).map(|(_, mount, volume)| (mount, volume))
}

/// Returns the number of parts of `above` where `folder` is the same or lies below.
fn depth_of(above: &str, folder: &str) -> Option<usize> {
    let parts = |path: &str| -> Vec<String> {
        path.split('/').filter(|it| !it.is_empty() && *it != ".").map(str::to_owned).collect()
    };
    let (above, folder) = (parts(above), parts(folder));
    (folder.starts_with(&above) && !folder.contains(&"..".to_owned())).then_some(above.len())
}
