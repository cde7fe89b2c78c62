//! A folder of its own for a test, and an environment that knows nothing else.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What a program said and how it ended. Paths of the sandbox read `[SANDBOX]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
    /// Its exit code; 128 and more where a signal ended it.
    pub code: i32,
}

impl Output {
    /// Returns itself after checking that the program succeeded.
    pub fn success(self) -> Self {
        assert_eq!(self.code, 0, "it failed: {self:#?}");
        self
    }

    /// Returns itself after checking that the program ended with `code`.
    pub fn failure(self, code: i32) -> Self {
        assert_eq!(self.code, code, "another exit code was expected: {self:#?}");
        self
    }

    /// Returns standard output as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("no JSON ({error}): {self:#?}"))
    }

    /// Returns what a snapshot shows: both streams and the exit code.
    pub fn transcript(&self) -> String {
        let part = |label: &str, text: &str| if text.is_empty() { String::new() } else { format!("[{label}]\n{text}") };
        format!("{}{}[exit {}]\n", part("stdout", &self.stdout), part("stderr", &self.stderr), self.code)
    }
}

/// A temporary folder in which programs run with a clean environment.
///
/// Only `PATH` is inherited. `HOME` is `home`, the store is `store`, the configuration is `config.yaml`, all in the
/// sandbox; programs start in its top folder. It is removed when dropped.
#[derive(Debug)]
pub struct Sandbox {
    folder: tempfile::TempDir,
    variables: BTreeMap<String, String>,
}

impl Default for Sandbox {
    fn default() -> Self {
        Self::new()
    }
}

impl Sandbox {
    /// Returns an empty sandbox.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut sandbox = Self { folder, variables: BTreeMap::new() };
        fs::create_dir(sandbox.path("home")).unwrap();
        for (name, below) in [("HOME", "home"), ("NAUTA_HOME", "store"), ("NAUTA_CONFIG", "config.yaml")] {
            let path = sandbox.path(below).to_string_lossy().into_owned();
            sandbox.set(name, &path);
        }
        sandbox.set("PATH", &std::env::var("PATH").unwrap_or_default());
        sandbox
    }

    /// Sets a variable for the programs that run here.
    pub fn set(&mut self, name: &str, value: &str) {
        self.variables.insert(name.to_owned(), value.to_owned());
    }

    /// Returns a path in the sandbox.
    pub fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    /// Returns a path in the sandbox as text.
    pub fn text_path(&self, below: &str) -> String {
        self.path(below).to_string_lossy().into_owned()
    }

    /// Writes a file in the sandbox, making the folders above it.
    pub fn write(&self, below: &str, content: impl AsRef<[u8]>) {
        let path = self.path(below);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Returns the text of a file in the sandbox.
    pub fn read(&self, below: &str) -> String {
        let path = self.path(below);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Tells whether something is there.
    pub fn has(&self, below: &str) -> bool {
        fs::symlink_metadata(self.path(below)).is_ok()
    }

    /// Returns the names in a folder, sorted; none if there is no such folder.
    pub fn names(&self, below: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(below)).into_iter().flatten().flatten();
        let mut names: Vec<String> = entries.map(|it| it.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// Returns every file below a folder with its content, to compare two states.
    pub fn files(&self, below: &str) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        let mut folders = vec![self.path(below)];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
                if entry.file_type().unwrap().is_dir() {
                    folders.push(entry.path());
                } else {
                    let path = entry.path().strip_prefix(self.folder.path()).unwrap().to_owned();
                    files.insert(path, fs::read(entry.path()).unwrap_or_default());
                }
            }
        }
        files
    }

    /// Returns a command that is ready to start here.
    pub fn command<A: AsRef<OsStr>>(&self, program: &str, args: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(program);
        command.args(args).current_dir(self.folder.path()).env_clear().envs(&self.variables);
        command
    }

    /// Runs a program with nothing on its standard input.
    #[must_use = "check how it ended, with `success` or `failure`"]
    pub fn run<A: AsRef<OsStr>>(&self, program: &str, args: impl IntoIterator<Item = A>) -> Output {
        self.run_with_input(program, args, "")
    }

    /// Runs a program with `input` on its standard input, which is no terminal.
    #[must_use = "check how it ended, with `success` or `failure`"]
    pub fn run_with_input<A: AsRef<OsStr>>(
        &self,
        program: &str,
        args: impl IntoIterator<Item = A>,
        input: &str,
    ) -> Output {
        let mut command = self.command(program, args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{program}: {error}"));
        // A program that reads nothing closes the pipe: that is its right.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        Output {
            stdout: self.normalised(&String::from_utf8_lossy(&output.stdout)),
            stderr: self.normalised(&String::from_utf8_lossy(&output.stderr)),
            code: exit_code(output.status),
        }
    }

    /// Runs a program whose three streams are a terminal, types `typed`, and returns what the screen got as `stdout`.
    #[cfg(unix)]
    #[must_use = "check how it ended, with `success` or `failure`"]
    pub fn run_on_terminal<A: AsRef<OsStr>>(
        &self,
        program: &str,
        args: impl IntoIterator<Item = A>,
        typed: &str,
    ) -> Output {
        let (screen, status) = crate::terminal::run(self.command(program, args), typed);
        Output { stdout: self.normalised(&screen), stderr: String::new(), code: exit_code(status) }
    }

    /// Returns `text` with the sandbox's own path replaced by `[SANDBOX]`.
    pub fn normalised(&self, text: &str) -> String {
        let real = fs::canonicalize(self.folder.path()).unwrap();
        let shown = |path: &Path| path.to_string_lossy().into_owned();
        text.replace(&shown(&real), "[SANDBOX]").replace(&shown(self.folder.path()), "[SANDBOX]")
    }
}

fn exit_code(status: std::process::ExitStatus) -> i32 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return 128 + signal;
    }
    status.code().unwrap_or(-1)
}
