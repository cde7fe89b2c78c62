//! A real control plane of Kubernetes for the tests: etcd, API server, controllers, scheduler and training operator run on
//! this machine; kwok plays the nodes and the lives of pods, as their annotations ask.
//!
//! A bed takes some seconds to start. A test binary has one ([`Bed::shared`]), and each test a namespace of its own.
//!
//! What annotations on a pod's template decide (durations as `300ms` or `2s`; without any, a pod runs at once and for
//! ever):
//!
//! | annotation | effect |
//! |---|---|
//! | `test/start`, `test/run`, `test/linger` | the time in Pending, in Running before the end, in Terminating |
//! | `test/exit-code`, `test/exit-code.N` | ends with that code; the second for the replica of index N only |
//! | `test/reason`, `test/message` | the reason of the end, such as `OOMKilled`, and its message |
//! | `test/waiting` | stays Pending for that reason, such as `ImagePullBackOff` |
//! | `test/crashloop` | Running, in CrashLoopBackOff after three restarts, having ended with that code |
//! | `test/evict` | Failed, evicted with that message |
//! | `test/pod-ip` | its address |
//! | `test/node` | its node |
//! | `test/unscheduled` | left to the real scheduler; else it goes to the node at once |

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::Output;
use client::Client;
use credentials::Credentials;
use egress::Egress;
use guard::Guard;
use parts::{Part, Setting};
use ports::Ports;
use process::Process;

mod client;
mod credentials;
mod egress;
mod guard;
mod job;
mod kubelet;
mod logs;
mod namespace;
mod nodes;
mod parts;
mod ports;
mod process;
mod programs;
pub mod standing;
mod start;

pub use job::Job;
pub use kubelet::{LogAnswer, LogEnd, LogRequest};
pub use namespace::Namespace;

/// Which parts of a bed run, and how.
#[derive(Debug, Clone, Copy)]
#[allow(clippy::struct_excessive_bools, reason = "each part runs or does not")]
pub struct BedOptions {
    /// Whether the scheduler runs, for pods with `test/unscheduled`.
    pub scheduler: bool,
    /// Whether the training operator runs. Without it, `TFJob`s stay as they are made.
    pub operator: bool,
    /// Whether the operator looks after `PyTorchJob`s as well.
    pub pytorch: bool,
    /// Whether the API server reaches pods and kubelets through a proxy, as [`Bed::route`] needs.
    pub egress: bool,
}

impl Default for BedOptions {
    /// All of them.
    fn default() -> Self {
        Self { scheduler: true, operator: true, pytorch: true, egress: true }
    }
}

/// A control plane that runs. It ends with the value, or with the process, however that ends.
#[derive(Debug)]
pub struct Bed {
    options: BedOptions,
    programs: PathBuf,
    ports: Ports,
    server: String,
    credentials: Credentials,
    client: Client,
    egress: Option<Egress>,
    processes: Mutex<BTreeMap<Part, Process>>,
    namespaces: AtomicU32,
    // The last to be dropped: it removes the folder.
    guard: Guard,
}

impl Bed {
    /// Returns the bed of this test binary, which is started at the first call and ends with the process. Where its
    /// programs are missing, says so as `skipped: …` on standard output, which `.ci/run` refuses.
    ///
    /// # Panics
    /// If the bed cannot be started.
    pub fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Result<Bed, String>> = OnceLock::new();
        if let Err(missing) = programs::folder() {
            println!("skipped: {missing}");
            return None;
        }
        match SHARED.get_or_init(|| Self::start(BedOptions::default())) {
            Ok(bed) => Some(bed),
            Err(error) => panic!("{error}"),
        }
    }

    /// Starts a bed of one's own, for tests that end parts of it.
    ///
    /// # Errors
    /// If a program is missing, or ends, or is not ready in time; the message has the end of its log.
    pub fn start(options: BedOptions) -> Result<Self, String> {
        start::start(options)
    }

    /// Returns whether the programs of a bed are here; if not, says so as `skipped: …` on standard output.
    pub fn is_available() -> bool {
        programs::folder().map_err(|missing| println!("skipped: {missing}")).is_ok()
    }

    /// Returns the configuration of an administrator.
    pub fn kubeconfig(&self) -> &Path {
        &self.credentials.files.admin
    }

    /// Returns the configuration of the user `viewer` in the group `viewers`, who may do nothing until a role is bound.
    pub fn viewer_kubeconfig(&self) -> PathBuf {
        self.credentials.files.viewer.clone()
    }

    /// Returns the address of the API server, as `https://127.0.0.1:PORT`.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// Returns the folder with everything of the bed, the logs of its programs among it.
    pub fn folder(&self) -> &Path {
        self.guard.path()
    }

    /// Returns one of its programs, such as `kubectl`.
    pub fn program(&self, name: &str) -> PathBuf {
        self.programs.join(name)
    }

    /// Returns the folder of its programs.
    pub fn programs(&self) -> &Path {
        &self.programs
    }

    /// Returns the process ids of its programs.
    pub fn process_ids(&self) -> Vec<u32> {
        self.processes().values().map(Process::id).collect()
    }

    /// Returns the PEM files that a server of a test needs to be taken for a kubelet: certificate and key.
    pub fn key_pair(&self) -> (&Path, &Path) {
        (&self.credentials.files.certificate, &self.credentials.files.key)
    }

    /// Makes a namespace for one test, and waits until pods can be made in it.
    ///
    /// # Panics
    /// If it cannot be made.
    pub fn namespace(&self) -> Namespace<'_> {
        let number = self.namespaces.fetch_add(1, Ordering::Relaxed) + 1;
        Namespace::new(self, format!("test-{number}"))
    }

    /// Returns the variables for commands under test: with them, `kubectl` and Helm see this bed and keep nothing
    /// elsewhere.
    pub fn environment(&self) -> Vec<(String, String)> {
        let below = |name: &str| self.folder().join(name).display().to_string();
        [
            ("KUBECONFIG", self.kubeconfig().display().to_string()),
            // By host and port, which come round again in another bed.
            ("KUBECACHEDIR", below("cache")),
            ("HELM_CACHE_HOME", below("helm/cache")),
            ("HELM_CONFIG_HOME", below("helm/config")),
            ("HELM_DATA_HOME", below("helm/data")),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec()
    }

    /// Runs the real `kubectl` as an administrator.
    pub fn kubectl(&self, arguments: &[&str]) -> Output {
        self.kubectl_with_input(arguments, "")
    }

    /// Runs the real `kubectl` as an administrator, with `input` on its standard input.
    pub fn kubectl_with_input(&self, arguments: &[&str], input: &str) -> Output {
        run(self.kubectl_command(arguments), input).unwrap_or_else(|error| Output {
            stdout: String::new(),
            stderr: format!("kubectl cannot be run: {error}"),
            code: -1,
        })
    }

    /// Returns the real `kubectl` as a command that an administrator gives, with nothing inherited but `PATH`.
    pub fn kubectl_command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.program("kubectl"));
        command.args(arguments).env_clear().envs(self.environment()).env("HOME", self.folder());
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).current_dir(self.folder());
        command
    }

    /// Kills the API server, starts it again on the same port, and waits until it is ready.
    ///
    /// # Panics
    /// If it is not ready in time, as the other methods here.
    pub fn restart_api_server(&self) {
        self.stop_api_server();
        self.start_api_server();
    }

    /// Kills the API server.
    pub fn stop_api_server(&self) {
        self.stop(Part::ApiServer);
    }

    /// Starts the API server again, and waits until it is ready.
    pub fn start_api_server(&self) {
        self.begin_or_panic(Part::ApiServer);
    }

    /// Kills the training operator.
    pub fn stop_operator(&self) {
        self.stop(Part::Operator);
    }

    /// Starts the training operator (again), and waits until it is ready.
    pub fn start_operator(&self) {
        self.begin_or_panic(Part::Operator);
    }

    /// Lets connections of the API server to the address of a pod, such as `10.99.0.77:6006`, lead to a port of this
    /// machine. Needs [`BedOptions::egress`].
    pub fn route(&self, address: &str, port: u16) {
        self.egress.as_ref().expect("a bed without egress has no routes").route(address, Some(port));
    }

    /// Refuses connections to the address of a pod from now on.
    pub fn unroute(&self, address: &str) {
        self.egress.as_ref().expect("a bed without egress has no routes").route(address, None);
    }

    fn setting(&self) -> Setting<'_> {
        Setting { folder: self.folder(), ports: &self.ports, files: &self.credentials.files, options: &self.options }
    }

    fn processes(&self) -> std::sync::MutexGuard<'_, BTreeMap<Part, Process>> {
        self.processes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stop(&self, part: Part) {
        // Dropped at the end of the statement: killed, and waited for.
        self.processes().remove(&part);
    }

    fn begin_or_panic(&self, part: Part) {
        if let Err(failure) = self.begin(part).and_then(|()| self.await_part(part)) {
            panic!("{failure}");
        }
    }
}

impl Drop for Bed {
    fn drop(&mut self) {
        let mut processes = self.processes();
        // All at once, then one by one to their ends.
        processes.values_mut().for_each(Process::kill);
        processes.clear();
    }
}

/// Runs a command to its end.
fn run(mut command: Command, input: &str) -> std::io::Result<Output> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let (stdin, input) = (child.stdin.take(), input.to_owned());
    // A program that ends without reading leaves a broken pipe, which is its own affair.
    let writer = std::thread::spawn(move || stdin.is_some_and(|mut it| it.write_all(input.as_bytes()).is_ok()));
    let output = child.wait_with_output()?;
    let _ = writer.join();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let code = output.status.code().unwrap_or(-1);
    Ok(Output { stdout: text(&output.stdout), stderr: text(&output.stderr), code })
}

/// Returns `PATH` with the folder of a bed's programs in front.
pub fn path_with(programs: &Path) -> OsString {
    let usual = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(programs.to_owned()).chain(std::env::split_paths(&usual));
    std::env::join_paths(folders).unwrap_or(usual)
}
