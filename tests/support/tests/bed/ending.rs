//! Nothing of a bed is left, whatever ends the process that started it.

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use support::Sandbox;
use support::bed::{Bed, BedOptions};

const LIMIT: Duration = Duration::from_secs(60);
/// Tells the test below how it is to end.
const CHILD: &str = "NAUTA_BED_CHILD";
const TOOL: &str = env!("CARGO_BIN_EXE_nauta-bed");

/// What is quick to start.
const SMALL: BedOptions = BedOptions { scheduler: false, operator: false, pytorch: false, egress: false };

/// Not a test by itself: the others here run it in a process of its own, with a bed, and look what stays.
#[test]
#[allow(clippy::print_stdout, reason = "read by the test that started it")]
fn child() {
    let Some(end) = std::env::var_os(CHILD) else { return };
    let own = (end != "wait-shared").then(|| Bed::start(SMALL).unwrap());
    let bed = own.as_ref().or_else(|| Bed::shared()).unwrap();
    println!("\nfolder {}", bed.folder().display());
    assert_ne!(end, "panic", "as asked");
    loop {
        std::thread::park();
    }
}

/// Starts a process with a bed, and returns it with the bed's folder, once the bed is up.
fn start_child(end: &str) -> (Child, PathBuf) {
    support::signals::handle_ignored();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "ending::child", "--nocapture"]).env(CHILD, end);
    let mut child = command.process_group(0).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let folder = lines.find_map(|it| Some(PathBuf::from(it.unwrap().strip_prefix("folder ")?))).unwrap();
    // What comes after is read, so that it can be written.
    std::thread::spawn(move || lines.count());
    (child, folder)
}

fn wait_until(what: &str, mut check: impl FnMut() -> bool) {
    let deadline = Instant::now() + LIMIT;
    while !check() {
        assert!(Instant::now() < deadline, "not within {LIMIT:?}: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Waits until a process has ended, not for ever.
fn ended(child: &mut Child) -> ExitStatus {
    let mut status = None;
    wait_until("the process ends", || {
        status = child.try_wait().unwrap();
        status.is_some()
    });
    status.unwrap()
}

/// Returns the processes whose command line names a folder: their ids and command lines.
fn processes_of(folder: &Path) -> Vec<(i32, String)> {
    let all = if Path::new("/proc/self/cmdline").is_file() { from_proc() } else { from_ps() };
    all.into_iter().filter(|it| it.1.contains(&*folder.to_string_lossy())).collect()
}

fn from_proc() -> Vec<(i32, String)> {
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let texts = entries.filter_map(|entry| {
        let id = entry.file_name().to_string_lossy().parse().ok()?;
        let text = std::fs::read(entry.path().join("cmdline")).ok()?;
        Some((id, String::from_utf8_lossy(&text).replace('\0', " ")))
    });
    texts.collect()
}

fn from_ps() -> Vec<(i32, String)> {
    let output = Command::new("ps").args(["-e", "-o", "pid=,args="]).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let lines = text.lines().filter_map(|it| it.trim_start().split_once(' '));
    lines.filter_map(|(id, text)| Some((id.parse().ok()?, text.to_owned()))).collect()
}

fn assert_gone(folder: &Path) {
    wait_until("the programs have ended", || processes_of(folder).is_empty());
    assert!(!folder.exists(), "{} is left", folder.display());
    let gone = PathBuf::from(format!("{}.gone", folder.display()));
    assert!(!gone.exists(), "{} is left", gone.display());
}

#[test]
fn nothing_is_left_after_kill_9() {
    if !Bed::is_available() {
        return;
    }
    let (mut child, folder) = start_child("wait-shared");
    assert!(processes_of(&folder).len() >= 7, "{:?}", processes_of(&folder));
    child.kill().unwrap();
    child.wait().unwrap();
    assert_gone(&folder);
}

#[test]
fn nothing_is_left_after_ctrl_c() {
    if !Bed::is_available() {
        return;
    }
    let (mut child, folder) = start_child("wait");
    kill_process_group(Pid::from_child(&child), Signal::INT).unwrap();
    assert!(!ended(&mut child).success());
    assert_gone(&folder);
}

#[test]
fn nothing_is_left_after_a_panic() {
    if !Bed::is_available() {
        return;
    }
    let (mut child, folder) = start_child("panic");
    assert!(!ended(&mut child).success());
    assert_gone(&folder);
}

#[test]
fn nothing_is_left_of_a_bed_that_is_dropped() {
    if !Bed::is_available() {
        return;
    }
    let bed = Bed::start(SMALL).unwrap();
    let folder = bed.folder().to_owned();
    drop(bed);
    assert!(!folder.exists() && processes_of(&folder).is_empty());
}

#[test]
fn a_bed_whose_guard_was_killed_too_is_swept_by_the_next() {
    if !Bed::is_available() {
        return;
    }
    let (mut child, folder) = start_child("wait");
    let guard = processes_of(&folder).into_iter().find(|it| it.1.contains("nauta-bed-guard")).unwrap();
    kill_process(Pid::from_raw(guard.0).unwrap(), Signal::KILL).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(folder.is_dir());
    drop(Bed::start(SMALL).unwrap());
    assert_gone(&folder);
}

#[test]
fn run_passes_the_cluster_and_the_exit_code_on() {
    if !Bed::is_available() {
        return;
    }
    let command = ["run", "--", "sh", "-c", "kubectl get nodes -o name; echo $KUBECONFIG; exit 7"];
    let output = Command::new(TOOL).args(command).stdin(Stdio::null()).output().unwrap();
    assert_eq!(output.status.code(), Some(7), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let kubeconfig = text.strip_prefix("node/localhost\n").unwrap_or_else(|| panic!("{text}"));
    assert_gone(Path::new(kubeconfig.trim()).parent().unwrap());
}

#[test]
fn a_cluster_that_stays_is_one_until_it_is_ended() {
    if !Bed::is_available() {
        return;
    }
    let place = Sandbox::new();
    let (tools, programs) = (place.root().join("tools"), Bed::shared().unwrap().programs().to_owned());
    let place = place.with("NAUTA_TOOLS", tools).with("NAUTA_BED", programs).with("TMPDIR", std::env::temp_dir());
    let first = place.run(TOOL, ["up"]);
    assert!(first.stderr.contains("is up."), "{first}");
    let second = place.run(TOOL, ["up"]);
    assert!(second.stderr.contains("is up already"), "{second}");
    assert_eq!(first.stdout, second.stdout);

    let kubeconfig = first.stdout.trim().strip_prefix("export KUBECONFIG=").unwrap().to_owned();
    let nodes = Bed::shared().unwrap().kubectl(&["--kubeconfig", &kubeconfig, "get", "nodes", "--output", "name"]);
    assert_eq!(nodes.success(), "node/localhost\n");
    assert!(place.run(TOOL, ["down"]).stderr.contains("is gone"));
    assert_gone(Path::new(&kubeconfig).parent().unwrap());
    assert!(place.run(TOOL, ["down"]).stderr.contains("no cluster"));
}
