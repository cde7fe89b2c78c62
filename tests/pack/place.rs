//! The sandbox as the tests of `kubectl pack` use it: every path is below its root, where programs start.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::Sandbox;

/// What `kubectl pack` printed and how it ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: i32,
}

impl Ran {
    /// Returns itself after checking that it succeeded.
    pub(crate) fn success(self) -> Self {
        self.failure(0)
    }

    /// Returns itself after checking that it ended with `code`.
    pub(crate) fn failure(self, code: i32) -> Self {
        assert_eq!(self.code, code, "another exit code was expected: {self:#?}");
        self
    }

    /// Returns standard output as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("no JSON ({error}): {self:#?}"))
    }
}

/// A sandbox; `store` and `config.yaml` in it are the user's.
pub(crate) struct Place {
    sandbox: Sandbox,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self { sandbox: Sandbox::new() }
    }

    /// Returns a path below the root.
    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.sandbox.root().join(below)
    }

    /// Returns a path below the root as text.
    pub(crate) fn text_path(&self, below: &str) -> String {
        self.path(below).to_string_lossy().into_owned()
    }

    /// Writes a file, making the folders above it.
    pub(crate) fn write(&self, below: &str, content: impl AsRef<[u8]>) {
        let path = self.path(below);
        fs::create_dir_all(path.parent().unwrap_or(Path::new("/"))).expect(below);
        fs::write(path, content).expect(below);
    }

    /// Returns the text of a file.
    pub(crate) fn read(&self, below: &str) -> String {
        self.sandbox.read(below)
    }

    /// Tells whether something is there.
    pub(crate) fn has(&self, below: &str) -> bool {
        fs::symlink_metadata(self.path(below)).is_ok()
    }

    /// Returns the names in a folder, sorted; none if there is no such folder.
    pub(crate) fn names(&self, below: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(below)).into_iter().flatten().flatten();
        let mut names: Vec<String> = entries.map(|it| it.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// Returns every file below a folder with its content, to compare two states.
    pub(crate) fn files(&self, below: &str) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        let mut folders = vec![self.path(below)];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
                if entry.path().is_dir() {
                    folders.push(entry.path());
                } else {
                    files.insert(entry.path(), fs::read(entry.path()).unwrap_or_default());
                }
            }
        }
        files
    }

    /// Returns `text` with the root written as `[SANDBOX]`.
    pub(crate) fn normalised(&self, text: &str) -> String {
        self.sandbox.normalised(text.as_bytes())
    }

    /// Returns a command that starts in the root.
    pub(crate) fn command<A: AsRef<OsStr>>(&self, program: &str, args: impl IntoIterator<Item = A>) -> Command {
        let mut command = self.sandbox.command(program);
        command.args(args).current_dir(self.sandbox.root());
        command
    }

    /// Runs a program with nothing on its standard input.
    #[must_use = "check how it ended, with `success` or `failure`"]
    pub(crate) fn run<A: AsRef<OsStr>>(&self, program: &str, args: impl IntoIterator<Item = A>) -> Ran {
        let mut command = self.command(program, args);
        let output = command.stdin(std::process::Stdio::null()).output().expect(program);
        Ran {
            stdout: self.sandbox.normalised(&output.stdout),
            stderr: self.sandbox.normalised(&output.stderr),
            code: output.status.code().unwrap_or(-1),
        }
    }

    /// Runs a program whose three streams are a terminal, types `typed`, and returns the screen as `stdout`.
    #[cfg(unix)]
    #[must_use = "check how it ended, with `success` or `failure`"]
    pub(crate) fn run_on_terminal<A: AsRef<OsStr>>(
        &self,
        program: &str,
        args: impl IntoIterator<Item = A>,
        typed: &str,
    ) -> Ran {
        let (screen, status) = support::terminal::run(self.command(program, args), typed);
        Ran { stdout: self.normalised(&screen), stderr: String::new(), code: status.code().unwrap_or(-1) }
    }

    /// As [`Self::run_on_terminal`]; types what `answer` returns whenever the screen shows the next of `questions`.
    #[cfg(unix)]
    #[must_use = "check how it ended, with `success` or `failure`"]
    pub(crate) fn run_answering<A: AsRef<OsStr>>(
        &self,
        program: &str,
        args: impl IntoIterator<Item = A>,
        questions: &[&str],
        answer: impl FnMut(usize) -> String,
    ) -> Ran {
        let (screen, status) = support::terminal::run_answering(self.command(program, args), questions, answer);
        Ran { stdout: self.normalised(&screen), stderr: String::new(), code: status.code().unwrap_or(-1) }
    }
}
