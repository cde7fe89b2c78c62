//! Logs of pods, as a kubelet writes them to disk; kwok serves them.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::Namespace;

/// What a file of a container that ended before is called.
const PREVIOUS: &str = ".previous.log";
const CURRENT: &str = ".log";

impl Namespace<'_> {
    /// Makes these the lines of a container's log, stamped with the time of now. Whoever follows the log already may
    /// miss them: what is to be followed is appended.
    ///
    /// # Panics
    /// If they cannot be written, as the other methods here.
    pub fn logs(&self, pod: &str, container: &str, lines: &[&str]) {
        fs::write(self.log_file(pod, container), stamped(lines)).unwrap();
        self.serve_logs(pod);
    }

    /// Adds lines to a container's log; whoever follows it gets them.
    pub fn append_log(&self, pod: &str, container: &str, lines: &[&str]) {
        self.append_raw_log(pod, container, &stamped(lines));
    }

    /// Adds text in the form of the container runtime interface (`TIME stdout|stderr F|P TEXT`) to a container's log.
    pub fn append_raw_log(&self, pod: &str, container: &str, text: &str) {
        let path = self.log_file(pod, container);
        let is_new = !path.is_file();
        let mut file = OpenOptions::new().create(true).append(true).open(path).unwrap();
        file.write_all(text.as_bytes()).unwrap();
        if is_new {
            self.serve_logs(pod);
        }
    }

    /// Makes these the lines of the container that ran before this one, as `kubectl logs --previous` shows them.
    pub fn previous_logs(&self, pod: &str, container: &str, lines: &[&str]) {
        fs::write(self.log_folder(pod).join(format!("{container}{PREVIOUS}")), stamped(lines)).unwrap();
        self.serve_logs(pod);
    }

    /// Returns the file of a container's log. Its folder is the pod's alone: kwok watches folders.
    pub fn log_file(&self, pod: &str, container: &str) -> PathBuf {
        self.log_folder(pod).join(format!("{container}{CURRENT}"))
    }

    fn log_folder(&self, pod: &str) -> PathBuf {
        let folder = self.bed.folder().join("pod-logs").join(self.name()).join(pod);
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    /// Tells kwok which files there are.
    fn serve_logs(&self, pod: &str) {
        let folder = self.log_folder(pod);
        let mut files: Vec<String> =
            fs::read_dir(&folder).unwrap().map(|it| it.unwrap().file_name().to_string_lossy().into_owned()).collect();
        files.sort();
        let mut containers: Vec<&str> =
            files.iter().filter_map(|it| it.strip_suffix(PREVIOUS).or_else(|| it.strip_suffix(CURRENT))).collect();
        containers.dedup();
        let logs: Vec<Value> = containers
            .iter()
            .map(|container| {
                let mut entry = json!({"containers": [container]});
                for (key, suffix) in [("logsFile", CURRENT), ("previousLogsFile", PREVIOUS)] {
                    let path = folder.join(format!("{container}{suffix}"));
                    if path.is_file() {
                        entry[key] = path.display().to_string().into();
                    }
                }
                entry
            })
            .collect();
        let name = self.name();
        let object = json!({
            "apiVersion": "kwok.x-k8s.io/v1alpha1",
            "kind": "Logs",
            "metadata": {"name": pod, "namespace": name},
            "spec": {"logs": logs},
        });
        let path = format!("/apis/kwok.x-k8s.io/v1alpha1/namespaces/{name}/logs/{pod}");
        let answer = self.bed.client.apply(&path, &object.to_string()).unwrap();
        assert!(answer.ok(), "{}", answer.text());
    }
}

/// Returns lines of standard output in the form of the container runtime interface.
fn stamped(lines: &[&str]) -> String {
    let line = |line: &&str| format!("{:.9} stdout F {line}\n", jiff::Timestamp::now());
    lines.iter().map(line).collect::<Vec<_>>().concat()
}
