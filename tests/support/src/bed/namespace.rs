//! A namespace of one test.

use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::Bed;
use crate::Output;

const PAUSE: Duration = Duration::from_millis(50);

/// A namespace; when the value is dropped, its deletion is asked for and not waited for.
#[derive(Debug)]
pub struct Namespace<'b> {
    pub(super) bed: &'b Bed,
    name: String,
}

impl<'b> Namespace<'b> {
    pub(super) fn new(bed: &'b Bed, name: String) -> Self {
        let yaml = format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}}}\n");
        let made = bed.create("/api/v1/namespaces", &yaml).and_then(|()| bed.await_account(&name));
        made.unwrap_or_else(|failure| panic!("{failure}"));
        Self { bed, name }
    }

    /// Returns its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the bed that it is in.
    pub fn bed(&self) -> &'b Bed {
        self.bed
    }

    /// Runs the real `kubectl` in this namespace.
    pub fn kubectl(&self, arguments: &[&str]) -> Output {
        self.bed.kubectl(&self.arguments(arguments))
    }

    /// Makes what a YAML says, or changes what is there.
    ///
    /// # Panics
    /// With what `kubectl apply` says, if it fails.
    pub fn apply(&self, yaml: &str) {
        let arguments = self.arguments(&["apply", "--filename", "-"]);
        let _ = self.bed.kubectl_with_input(&arguments, yaml).success();
    }

    /// Returns what `kubectl get … --output json` prints: `get_json(&["tfjob", "mnist"])`.
    ///
    /// # Panics
    /// With what `kubectl` says, if it fails.
    pub fn get_json(&self, what: &[&str]) -> Value {
        self.kubectl(&[&["get", "--output", "json"], what].concat()).json()
    }

    /// Asks again and again until `check` says yes.
    ///
    /// # Panics
    /// With `what` and the namespace's objects, if it does not within the limit.
    pub fn wait_until(&self, what: &str, limit: Duration, mut check: impl FnMut() -> bool) {
        let deadline = Instant::now() + limit;
        while !check() {
            if Instant::now() > deadline {
                let objects = self.kubectl(&["get", "tfjobs,pytorchjobs,pods,events"]);
                panic!("not within {limit:?}: {what}\n{objects}");
            }
            sleep(PAUSE);
        }
    }

    /// Returns the type of the last condition of a `TFJob` that holds, such as `Succeeded`; `""` without any.
    pub fn job_state(&self, job: &str) -> String {
        let path = format!("/apis/kubeflow.org/v1/namespaces/{}/tfjobs/{job}", self.name);
        let object = self.bed.client.json(&path);
        let conditions = object["status"]["conditions"].as_array().cloned().unwrap_or_default();
        let last = conditions.iter().rfind(|it| it["status"] == "True");
        last.and_then(|it| it["type"].as_str()).unwrap_or_default().to_owned()
    }

    /// Returns the phase of a pod, such as `Running`; `""` if there is none.
    pub fn phase(&self, pod: &str) -> String {
        let object = self.bed.client.json(&format!("/api/v1/namespaces/{}/pods/{pod}", self.name));
        object["status"]["phase"].as_str().unwrap_or_default().to_owned()
    }

    fn arguments<'a>(&'a self, arguments: &[&'a str]) -> Vec<&'a str> {
        [&["--namespace", &self.name], arguments].concat()
    }
}

impl Drop for Namespace<'_> {
    fn drop(&mut self) {
        // Where the API server is down, the bed is about to go as a whole.
        let _ = self.bed.client.delete(&format!("/api/v1/namespaces/{}", self.name));
    }
}
