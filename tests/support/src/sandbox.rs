//! A clean place to run a program in: folders of its own, and nothing inherited but `PATH`.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A temporary folder with a home, a store and a configuration in it; gone when the value is dropped.
#[derive(Debug)]
pub struct Sandbox {
    folder: tempfile::TempDir,
    variables: BTreeMap<OsString, OsString>,
}

/// What a program printed and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Output {
    /// Standard output, the sandbox's folder written as `[SANDBOX]`.
    pub stdout: String,
    /// Standard error, likewise.
    pub stderr: String,
    /// The exit code; -1 if a signal ended the program.
    pub code: i32,
}

impl Default for Sandbox {
    fn default() -> Self {
        Self::new()
    }
}

impl Sandbox {
    /// Returns a sandbox whose programs see `PATH`, `HOME`, `NAUTA_HOME`, `NAUTA_CONFIG` and `TMPDIR` alone.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        for name in ["home", "work", "tmp"] {
            fs::create_dir(root.join(name)).unwrap();
        }
        let mut variables: BTreeMap<OsString, OsString> = BTreeMap::new();
        variables.insert("PATH".into(), std::env::var_os("PATH").unwrap_or_default());
        for (name, below) in
            [("HOME", "home"), ("NAUTA_HOME", "store"), ("NAUTA_CONFIG", "config.yaml"), ("TMPDIR", "tmp")]
        {
            variables.insert(name.into(), root.join(below).into());
        }
        // Windows programs do not start without it.
        variables.extend(std::env::var_os("SystemRoot").map(|it| ("SystemRoot".into(), it)));
        Self { folder, variables }
    }

    /// Sets a variable for all programs from now on.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    /// Takes a variable away from all programs from now on.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.variables.remove(OsStr::new(name));
        self
    }

    /// Returns the folder of everything.
    pub fn root(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap()
    }

    /// Returns the working folder of the programs.
    pub fn work(&self) -> PathBuf {
        self.root().join("work")
    }

    /// Returns a path in the store.
    pub fn store(&self, below: &str) -> PathBuf {
        self.root().join("store").join(below)
    }

    /// Writes a file below the working folder, and the folders above it, and returns its path.
    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.work().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    /// Returns the text of a file below the root.
    pub fn read(&self, path: &str) -> String {
        let path = self.root().join(path);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Returns a command that will run in this sandbox.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env_clear().envs(&self.variables).current_dir(self.work());
        command
    }

    /// Runs a program to its end, with nothing on its standard input.
    pub fn run<A: AsRef<OsStr>>(&self, program: impl AsRef<OsStr>, arguments: impl IntoIterator<Item = A>) -> Output {
        self.run_with_input(program, arguments, "")
    }

    /// Runs a program to its end, with `input` on its standard input.
    pub fn run_with_input<A: AsRef<OsStr>>(
        &self,
        program: impl AsRef<OsStr>,
        arguments: impl IntoIterator<Item = A>,
        input: impl AsRef<[u8]>,
    ) -> Output {
        let mut command = self.command(program.as_ref());
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{}: {error}", program.as_ref().display()));
        let mut stdin = child.stdin.take().unwrap();
        let input = input.as_ref().to_vec();
        // A program that ends without reading leaves a broken pipe, which is its own affair.
        let writer = std::thread::spawn(move || stdin.write_all(&input).is_ok());
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        Output {
            stdout: self.normalised(&output.stdout),
            stderr: self.normalised(&output.stderr),
            code: output.status.code().unwrap_or(-1),
        }
    }

    /// Returns text with the sandbox's folder written as `[SANDBOX]`.
    pub fn normalised(&self, text: &[u8]) -> String {
        let text = String::from_utf8_lossy(text);
        text.replace(&*self.root().to_string_lossy(), "[SANDBOX]")
    }
}

impl Output {
    /// Returns whether the program succeeded.
    pub fn ok(&self) -> bool {
        self.code == 0
    }

    /// Returns standard output of a program that must have succeeded.
    pub fn success(self) -> String {
        assert_eq!(self.code, 0, "{self}");
        self.stdout
    }

    /// Returns standard error of a program that must have ended with `code`.
    pub fn failure(self, code: i32) -> String {
        assert_eq!(self.code, code, "{self}");
        self.stderr
    }

    /// Returns standard output of a program that must have succeeded, as JSON.
    pub fn json(self) -> serde_json::Value {
        let text = self.success();
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }
}

impl std::fmt::Display for Output {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}\n--- stderr\n{}[exit {}]", self.stdout, self.stderr, self.code)
    }
}

/// Copies a folder with everything in it.
pub fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap_or_else(|error| panic!("{}: {error}", from.display())) {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Returns the root of this repository.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Returns a program of this workspace that was built beside the running test.
pub fn bin(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let path = test.ancestors().nth(2).unwrap().join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    assert!(path.is_file(), "{} is missing: `make test` builds it first", path.display());
    path
}
