//! Git repositories behind ssh: a server of our own, whose keys, agent and repositories belong to the test.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use crate::World;
use crate::place::Ran;

/// Returns the program that `tests/tools/sshd.sh` builds; `None`, and a word about it, if it is not there.
fn program() -> Option<PathBuf> {
    let built = || {
        let sources = support::sandbox::repository().join("tests/tools/sshd");
        let text: Vec<u8> = ["go.mod", "go.sum", "main.go"]
            .iter()
            .flat_map(|it| std::fs::read(sources.join(it)).unwrap_or_default())
            .collect();
        support::tools::folder().join(format!("bin/sshd-{}", &HEXLOWER.encode(&Sha256::digest(&text))[..12]))
    };
    let path = std::env::var_os("SSHD").filter(|it| !it.is_empty()).map_or_else(built, PathBuf::from);
    if path.is_file() {
        return Some(path);
    }
    println!("skipped: there is no ssh server (run `make test`, or `tests/tools/sshd.sh`)");
    None
}

/// A program that ends when it is dropped, or when the test ends however it ends: its input is a pipe from us.
struct Running {
    child: Child,
    /// The first line that it printed.
    said: String,
}

impl Running {
    fn start(mut command: Command) -> Self {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut said = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut said).unwrap();
        Self { child, said: said.trim().to_owned() }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// A world whose zoo `far` is behind ssh, lets in the key `user`, and shows the host key `host`.
struct Remote {
    world: World,
    program: PathBuf,
    server: Running,
}

impl Remote {
    fn new() -> Option<Self> {
        let program = program()?;
        let world = World::without_zoo();
        world.offer("alpha", "0.1.0");
        world.offer("alpha", "0.2.0");
        for key in ["user", "other", "host", "new-host"] {
            let file = world.sandbox.text_path(key);
            assert_eq!(world.sandbox.run(&program.to_string_lossy(), ["keygen", &file]).code, 0);
        }
        let server = Self::serve(&world, &program);
        let remote = Self { world, program, server };
        let config = format!("zoos: [{{name: far, url: '{}'}}]\n", remote.url());
        remote.world.sandbox.write("config.yaml", config);
        remote.world.sandbox.write("home/.ssh/known_hosts", "");
        Some(remote)
    }

    fn serve(world: &World, program: &std::path::Path) -> Running {
        let mut command = Command::new(program);
        command.arg("serve").arg("-root").arg(world.sandbox.path(""));
        command.arg("-host-key").arg(world.sandbox.path("host"));
        command.arg("-authorized").arg(world.sandbox.path("user.pub"));
        Running::start(command)
    }

    fn port(&self) -> &str {
        &self.server.said
    }

    fn url(&self) -> String {
        format!("ssh://git@127.0.0.1:{}/zoo.git", self.port())
    }

    /// Puts the public key `key` into the user's known hosts.
    fn know(&self, key: &str) {
        let public = self.world.sandbox.read(&format!("{key}.pub"));
        self.world.sandbox.write("home/.ssh/known_hosts", format!("[127.0.0.1]:{} {public}", self.port()));
    }

    /// Makes `key` a key file of the user's.
    fn own(&self, key: &str) {
        for end in ["", ".pub"] {
            let text = self.world.sandbox.read(&format!("{key}{end}"));
            self.world.sandbox.write(&format!("home/.ssh/id_ed25519{end}"), text);
        }
    }

    /// Starts an agent that holds `key`.
    fn agent(&self, key: &str) -> (Running, String) {
        let socket = self.world.sandbox.text_path(&format!("{key}.sock"));
        let mut command = Command::new(&self.program);
        command.args(["agent", "-socket", &socket, "-key"]).arg(self.world.sandbox.path(key));
        (Running::start(command), socket)
    }

    fn install(&self, variables: &[(&str, &str)]) -> Ran {
        self.run(variables, &["install", "alpha"])
    }

    fn run(&self, variables: &[(&str, &str)], words: &[&str]) -> Ran {
        let mut command = self.world.sandbox.command(crate::BIN, words);
        let output = command.envs(variables.iter().copied()).stdin(Stdio::null()).output().unwrap();
        Ran {
            stdout: self.world.sandbox.normalised(&String::from_utf8_lossy(&output.stdout)),
            stderr: self.world.sandbox.normalised(&String::from_utf8_lossy(&output.stderr)),
            code: output.status.code().unwrap_or(-1),
        }
    }

    /// Checks that nothing was installed, fetched, or added to the known hosts.
    fn nothing_is_written(&self, known_hosts: &str) {
        assert!(!self.world.sandbox.has("store/packs"));
        let left: Vec<String> = self.world.sandbox.names("store/cache/git");
        assert!(left.iter().all(|it| it.contains(".lock")), "{left:?}");
        assert_eq!(self.world.sandbox.read("home/.ssh/known_hosts"), known_hosts);
    }
}

#[test]
fn a_key_file_lets_in() {
    let Some(remote) = Remote::new() else { return };
    remote.know("host");
    remote.own("user");
    remote.install(&[]).success();
    let receipt = remote.world.receipt("alpha");
    assert_eq!(receipt["source"], format!("ssh://127.0.0.1:{}/zoo.git", remote.port()), "without user info");
    assert_eq!(receipt["version"], "0.2.0");
    let mirror = remote.world.sandbox.names("store/cache/git").into_iter().find(|it| !it.contains('.')).unwrap();
    let shallow = format!("store/cache/git/{mirror}/shallow");
    assert_eq!(remote.world.sandbox.read(&shallow).lines().count(), 1, "one branch without its history");
    remote.run(&[], &["install", "alpha@0.1.0", "--force"]).success();
    assert!(!remote.world.sandbox.has(&shallow), "now with it");
    remote.world.offer("alpha", "0.3.0");
    remote.run(&[], &["upgrade", "alpha"]).success();
    assert_eq!(remote.world.receipt("alpha")["version"], "0.3.0");
}

#[test]
fn an_agent_lets_in() {
    let Some(remote) = Remote::new() else { return };
    remote.know("host");
    let (_agent, socket) = remote.agent("user");
    remote.install(&[("SSH_AUTH_SOCK", &socket)]).success();
}

#[test]
fn a_key_file_is_tried_when_the_agent_has_none_that_fits() {
    let Some(remote) = Remote::new() else { return };
    remote.know("host");
    remote.own("user");
    let (_agent, socket) = remote.agent("other");
    remote.install(&[("SSH_AUTH_SOCK", &socket)]).success();
}

#[test]
fn an_unknown_host_is_refused_and_so_is_one_whose_key_changed() {
    let Some(remote) = Remote::new() else { return };
    remote.own("user");
    let port = remote.port();
    for (known, what, hint) in [
        (
            None,
            "its host is not in ~/.ssh/known_hosts\n",
            format!("`ssh -p {port} 127.0.0.1` shows its key and adds it"),
        ),
        (
            Some("new-host"),
            "its host shows another key than the one in ~/.ssh/known_hosts\n",
            "somebody may pose as the host: ask its owner".to_owned(),
        ),
    ] {
        if let Some(key) = known {
            remote.know(key);
        }
        let hosts = remote.world.sandbox.read("home/.ssh/known_hosts");
        let failed = remote.install(&[]).failure(1);
        let text = format!("cannot fetch `ssh://127.0.0.1:{port}/zoo.git`: {what}");
        assert!(failed.stderr.contains(&text), "{failed:?}");
        assert!(failed.stderr.contains(&format!("hint: {hint}")), "{failed:?}");
        remote.nothing_is_written(&hosts);
    }
    remote.know("host");
    remote.install(&[]).success();
}

#[test]
fn a_wrong_key_and_no_key_are_refused() {
    let Some(remote) = Remote::new() else { return };
    remote.know("host");
    let hosts = remote.world.sandbox.read("home/.ssh/known_hosts");
    let (_agent, socket) = remote.agent("other");
    for (variables, key) in [(&[][..], None), (&[], Some("other")), (&[("SSH_AUTH_SOCK", socket.as_str())], None)] {
        if let Some(key) = key {
            remote.own(key);
        }
        let failed = remote.install(variables).failure(1);
        assert!(failed.stderr.contains("/zoo.git`: it wants a login"), "{failed:?}");
        assert!(failed.stderr.contains("hint: `ssh-add` hands your key to the agent"), "{failed:?}");
        remote.nothing_is_written(&hosts);
    }
}

#[test]
fn a_repository_that_is_not_there_is_told() {
    let Some(remote) = Remote::new() else { return };
    remote.know("host");
    remote.own("user");
    let url = remote.url().replace("zoo.git", "none.git");
    let failed = remote.run(&[], &["zoo", "add", "none", &url]).failure(1);
    assert!(failed.stderr.starts_with(&format!("error: cannot fetch `{}`\n", url.replace("git@", ""))), "{failed:?}");
}
