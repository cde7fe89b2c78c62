//! A program of a bed that runs, its log, and its end.

use std::fs::{self, OpenOptions};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Leaves the process id for the guard, then becomes the program. Where the guard has come first, the folder of `pids`
/// is gone, and the program does not begin.
const BEGIN: &str = r#"echo $$ >>"$0" && exec "$@""#;
const TAIL: usize = 15;

/// A program that runs; killed when the value is dropped.
#[derive(Debug)]
pub(super) struct Process {
    name: String,
    log: PathBuf,
    child: Child,
}

impl Process {
    /// Starts a program with a log in `folder`. It gets no variables but `PATH` and `HOME`, and no signal from the terminal.
    pub(super) fn start(folder: &Path, program: &Path, arguments: &[String]) -> Result<Self, String> {
        let name = program.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let log = folder.join(format!("{name}.log"));
        let open = || OpenOptions::new().create(true).append(true).open(&log);
        let mut command = Command::new("sh");
        command.args(["-c", BEGIN]).arg(folder.join("pids")).arg(program).args(arguments);
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", folder);
        command.current_dir(folder).process_group(0).stdin(Stdio::null());
        let child = open()
            .and_then(|out| Ok((out, open()?)))
            .and_then(|(out, err)| command.stdout(out).stderr(err).spawn())
            .map_err(|error| format!("{name} cannot be started: {error}"))?;
        Ok(Self { name, log, child })
    }

    /// Returns the process id.
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Returns what can be said about its end, if it has ended.
    pub(super) fn ended(&mut self) -> Option<String> {
        let status = self.child.try_wait().ok().flatten()?;
        Some(format!("{} has ended ({status}):\n{}", self.name, self.tail()))
    }

    /// Returns the last lines of its log.
    pub(super) fn tail(&self) -> String {
        let text = fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(TAIL)..].join("\n")
    }

    /// Ends it without asking, as its data is thrown away, without waiting for the end.
    pub(super) fn kill(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
        let _ = self.child.wait();
    }
}
