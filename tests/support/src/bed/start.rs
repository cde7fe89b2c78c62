//! How a bed comes up: in which order, and when each part counts as ready.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::AtomicU32;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::client::{Client, get_plain};
use super::credentials::Credentials;
use super::egress::Egress;
use super::guard::{Guard, sweep};
use super::parts::Part;
use super::ports::Ports;
use super::process::Process;
use super::{Bed, BedOptions, programs};

/// For one part, on a machine that does much else.
const LIMIT: Duration = Duration::from_secs(120);
const PAUSE: Duration = Duration::from_millis(20);
/// Somebody may take a port before its program does.
const ATTEMPTS: usize = 4;

const STAGES: &str = include_str!("files/stages.yaml");
const NODE: &str = include_str!("files/node.yaml");
const BINDER: &str = include_str!("files/binder.yaml");
/// Gets a node from the policy in `binder.yaml`, once that is in force.
const PROBE: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: probe}
spec: {containers: [{name: main, image: none}]}
";

/// Why a bed, or a part of it, did not come up.
#[derive(Debug)]
pub(super) enum Failure {
    /// A program ended, perhaps since its port was taken.
    Ended(String),
    /// Anything else.
    Other(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Ended(message) | Self::Other(message)) = self;
        write!(out, "the test bed did not come up: {message}")
    }
}

impl From<String> for Failure {
    fn from(message: String) -> Self {
        Self::Other(message)
    }
}

/// Starts a bed; from the start again where a program ended early.
pub(super) fn start(options: BedOptions) -> Result<Bed, String> {
    sweep();
    let programs = programs::folder()?;
    let mut attempt = 1;
    loop {
        let started = set_up(&programs, options).map_err(Failure::Other);
        match started.and_then(|bed| bed.bring_up().map(|()| bed)) {
            Ok(bed) => return Ok(bed),
            Err(Failure::Ended(_)) if attempt < ATTEMPTS => attempt += 1,
            Err(failure) => return Err(failure.to_string()),
        }
    }
}

/// Makes the folder with all files that the programs read.
fn set_up(programs: &Path, options: BedOptions) -> Result<Bed, String> {
    let failed = |error: std::io::Error| format!("the bed's folder cannot be filled: {error}");
    let guard = Guard::new().map_err(failed)?;
    let folder = guard.path();
    let ports = Ports::find()?;
    let credentials = Credentials::make(folder, ports.api)?;
    let client = Client::new(ports.api, &credentials)?;
    std::fs::write(folder.join("stages.yaml"), STAGES).map_err(failed)?;
    let egress = options.egress.then(|| Egress::start(folder)).transpose().map_err(failed)?;
    if let Some(egress) = &egress {
        egress.allow_kubelet(ports.kwok);
    }
    let server = format!("https://127.0.0.1:{}", ports.api);
    let (processes, namespaces) = (Mutex::new(BTreeMap::new()), AtomicU32::new(0));
    let programs = programs.to_owned();
    Ok(Bed { options, programs, ports, server, credentials, client, egress, processes, namespaces, guard })
}

impl Bed {
    fn bring_up(&self) -> Result<(), Failure> {
        self.begin(Part::Etcd)?;
        self.begin(Part::ApiServer)?;
        self.await_part(Part::ApiServer)?;
        self.begin(Part::ControllerManager)?;
        self.fill()?;
        if self.options.scheduler {
            self.begin(Part::Scheduler)?;
        }
        // An operator that does not find its kinds tries again after ten seconds only, and says that it is ready.
        self.wait_for("kinds", || self.serves("kubeflow.org/v1", 2) && self.serves("kwok.x-k8s.io/v1alpha1", 4))?;
        self.begin(Part::Kwok)?;
        if self.options.operator {
            self.begin(Part::Operator)?;
        }
        self.wait_for("node", || is_ready(&self.client.json("/api/v1/nodes/localhost")))?;
        self.await_account("default")?;
        if self.options.operator {
            self.await_part(Part::Operator)?;
        }
        self.wait_for("policy that binds pods", || {
            let bound = self.client.post("/api/v1/namespaces/default/pods?dryRun=All", PROBE);
            bound.is_ok_and(|it| it.json()["spec"]["nodeName"] == "localhost")
        })
    }

    /// Makes the objects that a bed has from the start.
    fn fill(&self) -> Result<(), Failure> {
        let policies = "/apis/admissionregistration.k8s.io/v1beta1";
        let (policy, binding) = BINDER.split_once("---\n").unwrap_or((BINDER, ""));
        self.create(&format!("{policies}/mutatingadmissionpolicies"), policy)?;
        self.create(&format!("{policies}/mutatingadmissionpolicybindings"), binding)?;
        self.create("/api/v1/nodes", NODE)?;
        let folder = self.programs.join("crds");
        let entries = std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        for entry in entries.flatten() {
            let text =
                std::fs::read_to_string(entry.path()).map_err(|error| format!("{}: {error}", folder.display()))?;
            self.create("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", &text)?;
        }
        Ok(())
    }

    /// Makes an object. Right after its start, the API server may not know yet where to keep it.
    pub(super) fn create(&self, path: &str, yaml: &str) -> Result<(), Failure> {
        let mut last = String::new();
        let made = self.wait_within(Duration::from_secs(20), path, || match self.client.post(path, yaml) {
            Ok(answer) if answer.ok() || answer.status == 409 => true,
            Ok(answer) => {
                last = answer.text();
                false
            }
            Err(error) => {
                last = error.to_string();
                false
            }
        });
        made.map_err(|failure| match failure {
            Failure::Other(_) => Failure::Other(format!("{path} refused an object: {last}")),
            ended @ Failure::Ended(_) => ended,
        })
    }

    /// Starts a part, without waiting until it is ready.
    pub(super) fn begin(&self, part: Part) -> Result<(), Failure> {
        let process = Process::start(self.folder(), &self.program(part.program()), &part.arguments(&self.setting()))?;
        self.processes().insert(part, process);
        Ok(())
    }

    /// Waits until a part is ready that can be asked.
    pub(super) fn await_part(&self, part: Part) -> Result<(), Failure> {
        match part {
            Part::ApiServer => self.wait_for("API server", || self.client.get("/readyz").is_ok_and(|it| it.ok())),
            Part::Operator => {
                let health = self.ports.operator_health;
                self.wait_for("operator", || get_plain(health, "/readyz").is_ok_and(|it| it.ok()))
            }
            _ => Ok(()),
        }
    }

    /// Waits until pods can be made in a namespace.
    pub(super) fn await_account(&self, namespace: &str) -> Result<(), Failure> {
        let path = format!("/api/v1/namespaces/{namespace}/serviceaccounts/default");
        self.wait_for("account of the namespace", || self.client.get(&path).is_ok_and(|it| it.ok()))
    }

    /// Returns whether the API server serves so many kinds of a group.
    fn serves(&self, group: &str, kinds: usize) -> bool {
        let listed = self.client.json(&format!("/apis/{group}"));
        let names = listed["resources"].as_array().into_iter().flatten().filter_map(|it| it["name"].as_str());
        names.filter(|it| !it.contains('/')).count() >= kinds
    }

    fn wait_for(&self, what: &str, check: impl FnMut() -> bool) -> Result<(), Failure> {
        self.wait_within(LIMIT, what, check)
    }

    fn wait_within(&self, limit: Duration, what: &str, mut check: impl FnMut() -> bool) -> Result<(), Failure> {
        let deadline = Instant::now() + limit;
        while !check() {
            if let Some(message) = self.processes().values_mut().find_map(Process::ended) {
                return Err(Failure::Ended(message));
            }
            if Instant::now() > deadline {
                let logs: Vec<String> = self.processes().values().map(Process::tail).collect();
                return Err(Failure::Other(format!("no {what} in {limit:?}\n{}", logs.join("\n---\n"))));
            }
            sleep(PAUSE);
        }
        Ok(())
    }
}

fn is_ready(node: &Value) -> bool {
    let conditions = node["status"]["conditions"].as_array().into_iter().flatten();
    conditions.into_iter().any(|it| it["type"] == "Ready" && it["status"] == "True")
}
