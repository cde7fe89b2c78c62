//! A pack and a plugin folder of our own, the real Helms, and a stand-in for Helm that records its calls.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use shared::yaml::read;
use support::Sandbox;

/// The program under test.
pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_helm-nauta");

/// A chart that prints what reached it.
const PROBE: &str = "\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}
  namespace: {{ .Release.Namespace | quote }}
data:
  args: {{ .Values.commandline.args | toJson | quote }}
  image: {{ .Values.image | quote }}
  set: {{ .Values.set | default \"\" | quote }}
";

/// Its values, as a pack of the zoo has them.
const PROBE_VALUES: &str = "\
podCount: 1
image: {{ NAUTA.ExperimentImage }}
commandline:
  args:
    {% for arg in NAUTA.CommandLine %}
    - {{ arg }}
    {% endfor %}
";

/// What a stand-in for Helm does: it writes what it got below `$RECORD`, then waits for a signal or exits.
const STAND_IN: &str = r#"#!/bin/sh
for word; do printf '%s\0' "$word"; done > "$RECORD/words"
env -0 > "$RECORD/environment"
printf '%s' "$3" > "$RECORD/chart-path"
cp -r "$3" "$RECORD/chart"
if [ -n "$ASK" ]; then printf 'sure? ' >&2; read -r answer; echo "answer: $answer"; fi
for signal in HUP INT QUIT TERM; do trap "echo $signal >> $RECORD/signals; exit 7" $signal; done
if [ -n "$WAIT" ]; then touch "$RECORD/ready"; for turn in $(seq 1500); do sleep 0.02; done; exit 99; fi
if [ -n "$DIE" ]; then kill -KILL $$; fi
echo "to stdout"; echo "to stderr" >&2
exit "${EXIT:-0}"
"#;

/// A sandbox with the pack `probe`, the plugin `nauta`, and the stand-in.
pub(crate) struct Bed {
    sandbox: Sandbox,
}

impl Bed {
    /// Makes one.
    pub(crate) fn new() -> Self {
        let bed = Self { sandbox: Sandbox::new() };
        bed.file("packs/probe/charts/Chart.yaml", "apiVersion: v2\nname: probe\nversion: 1.0.0\n");
        bed.file("packs/probe/charts/values.yaml", PROBE_VALUES);
        bed.file("packs/probe/charts/templates/probe.yaml", PROBE);
        bed.program("stand-in", STAND_IN);
        fs::create_dir_all(bed.path("record")).unwrap();
        bed.file("plugins/nauta/plugin.yaml", include_str!("../../plugins/helm-nauta/plugin.yaml"));
        fs::create_dir_all(bed.path("plugins/nauta/bin")).unwrap();
        fs::copy(BINARY, bed.path("plugins/nauta/bin/helm-nauta")).unwrap();
        bed
    }

    /// Returns a path below the working folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.sandbox.work().join(name)
    }

    /// Returns the probing pack.
    pub(crate) fn pack(&self) -> String {
        self.path("packs/probe").to_str().unwrap().to_owned()
    }

    /// Writes a file.
    pub(crate) fn file(&self, name: &str, content: &str) -> PathBuf {
        self.sandbox.write(name, content)
    }

    /// Writes a program.
    pub(crate) fn program(&self, name: &str, content: &str) {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.file(name, content);
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Returns a command in a clean environment: nothing of the user's own reaches it.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = self.sandbox.command(program);
        command.env("HELM_PLUGINS", self.path("plugins")).env("RECORD", self.path("record"));
        command
    }

    /// Returns the program under test, with the stand-in for its Helm.
    pub(crate) fn nauta(&self) -> Command {
        let mut command = self.command(BINARY);
        command.env("HELM_BIN", self.path("stand-in"));
        command
    }

    /// Returns what the stand-in recorded under `name`, split at its zero bytes.
    pub(crate) fn recorded(&self, name: &str) -> Vec<String> {
        let text = fs::read_to_string(self.path("record").join(name)).unwrap();
        text.split_terminator('\0').map(str::to_owned).collect()
    }

    /// Returns a variable that the stand-in saw.
    pub(crate) fn recorded_variable(&self, name: &str) -> Option<String> {
        let found = |it: &String| it.strip_prefix(name)?.strip_prefix('=').map(str::to_owned);
        self.recorded("environment").iter().find_map(found)
    }

    /// Tells whether nothing is left in the folder for temporary files.
    pub(crate) fn is_tidy(&self) -> bool {
        fs::read_dir(self.sandbox.root().join("tmp")).unwrap().next().is_none()
    }
}

/// Runs `test` with each real Helm that is there.
pub(crate) fn with_each_helm(test: impl Fn(&Path)) {
    for helm in support::helm::helms() {
        test(&helm.path);
    }
}

/// What a run left behind, in the form in which tests look at it.
pub(crate) struct Outcome {
    /// The exit code.
    pub(crate) code: i32,
    /// What was printed.
    pub(crate) out: String,
    /// What was said.
    pub(crate) err: String,
}

/// Runs a command to its end.
pub(crate) fn run(command: &mut Command) -> Outcome {
    outcome(command.output().unwrap())
}

/// Reads the output of a command that ended by itself.
pub(crate) fn outcome(output: Output) -> Outcome {
    Outcome {
        code: output.status.code().expect("ended by a signal"),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// What the probing chart printed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Probed {
    /// The arguments that reached the chart.
    pub(crate) args: Vec<String>,
    /// The namespace of the release.
    pub(crate) namespace: String,
    /// The image, which holds our own idea of the namespace.
    pub(crate) image: String,
    /// The value `set`.
    pub(crate) set: String,
}

impl Outcome {
    /// Reads the manifest of the probing chart.
    pub(crate) fn probed(&self) -> Probed {
        assert_eq!(self.code, 0, "{}", self.err);
        let manifest = read::mapping(self.out.trim_start_matches("---\n")).expect(&self.out);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let data = &manifest["data"];
        Probed {
            args: serde_json::from_str(data["args"].as_str().unwrap()).unwrap(),
            namespace: text(&manifest["metadata"]["namespace"]),
            image: text(&data["image"]),
            set: text(&data["set"]),
        }
    }
}
