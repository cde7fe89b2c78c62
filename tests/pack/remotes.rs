//! Zoos behind a network: mirrors, fetched over git's own protocol from a daemon on this machine.

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::World;

/// A `git daemon` for the sandbox; ends when dropped.
struct Daemon {
    child: Child,
    port: u16,
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // The daemon listens for SIGTERM only after its start; a kill ends it for certain.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Daemon {
    /// Starts a daemon; `None` where there is no `git` program with one.
    fn start(world: &World) -> Option<Self> {
        let port = TcpListener::bind("127.0.0.1:0").ok()?.local_addr().ok()?.port();
        let programs = world.sandbox.run("git", ["--exec-path"]).stdout;
        let program = format!("{}/git-daemon", programs.trim());
        let mut command = world
            .sandbox
            .command(&program, ["--listen=127.0.0.1", &format!("--port={port}"), "--export-all", "--reuseaddr"]);
        command.arg(format!("--base-path={}", world.sandbox.text_path("")));
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()?;
        let daemon = Self { child, port };
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if begun.elapsed() > Duration::from_secs(10) {
                return None;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(daemon)
    }

    fn url(&self) -> String {
        format!("git://127.0.0.1:{}/zoo.git", self.port)
    }
}

#[test]
fn a_remote_zoo_is_mirrored_and_followed() {
    let world = World::without_zoo();
    world.offer("alpha", "0.1.0");
    let Some(daemon) = Daemon::start(&world) else {
        println!("skipped: no `git daemon` here");
        return;
    };
    let url = daemon.url();
    world.pack(["zoo", "add", "far", &url]).success();
    assert_eq!(world.sandbox.names("store/cache/git").len(), 2, "a mirror and its lock");
    world.pack(["install", "alpha"]).success();
    assert_eq!((&world.receipt("alpha")["source"], &world.receipt("alpha")["zoo"]), (&json!(url), &json!("far")));

    world.offer("alpha", "0.2.0");
    assert_eq!(world.row("alpha")["available"], "0.1.0", "fetched less than ten minutes ago");
    assert_eq!(world.pack(["upgrade", "alpha", "--offline"]).success().stdout, "alpha 0.1.0 is up to date\n");
    world.pack(["upgrade", "alpha"]).success();
    assert_eq!(world.receipt("alpha")["version"], "0.2.0", "upgrade always asks");

    world.offer("alpha", "0.3.0");
    let commit = world.zoo.squash();
    world.pack(["zoo", "update"]).success();
    assert_eq!(world.row("alpha")["available"], "0.3.0");
    world.pack(["upgrade", "--all"]).success();
    assert_eq!(world.receipt("alpha")["commit"], commit.to_string(), "a rewritten history is followed");

    drop(daemon);
    let listed = world.pack(["list", "--offline"]).success();
    assert_eq!(listed.stderr, "");
    let mirror = world.sandbox.names("store/cache/git").into_iter().find(|it| !it.contains('.')).unwrap();
    world.sandbox.write(&format!("store/cache/git/{mirror}/nauta-fetched"), "2020-01-01T00:00:00Z");
    let listed = world.pack(["list", "-o", "json"]).success();
    assert!(listed.stderr.starts_with(&format!("warning: cannot fetch `{url}`: ")), "{}", listed.stderr);
    let output = world.pack(["upgrade", "alpha"]).failure(1);
    assert!(output.stderr.contains("error: Failed to load template alpha.\n  caused by: cannot fetch"), "{output:?}");
    world.pack(["install", "alpha", "--offline", "--force"]).success();
    let list = world.pack(["zoo", "list", "-o", "json"]).success().json();
    assert_eq!((&list[0]["updated_at"], &list[0]["packs"]), (&json!("2020-01-01T00:00:00Z"), &json!(1)));
}

#[test]
fn a_clock_that_jumped_back_does_not_freeze_the_cache() {
    let world = World::without_zoo();
    world.offer("alpha", "0.1.0");
    let Some(daemon) = Daemon::start(&world) else {
        println!("skipped: no `git daemon` here");
        return;
    };
    world.pack(["zoo", "add", "far", &daemon.url()]).success();
    world.pack(["install", "alpha"]).success();
    let receipt = world.sandbox.read("store/packs/alpha/.nauta/receipt.json");
    let time = world.receipt("alpha")["installed_at"].as_str().unwrap().to_owned();
    world.sandbox.write("store/packs/alpha/.nauta/receipt.json", receipt.replace(&time, "2999-01-01T00:00:00Z"));
    let mirror = world.sandbox.names("store/cache/git").into_iter().find(|it| !it.contains('.')).unwrap();
    for (version, fetched) in [
        ("0.2.0", "2999-01-01T00:00:00Z"),
        ("0.3.0", "9999-12-30T22:00:00Z"),
        ("0.4.0", "-009999-01-02T01:59:59Z"),
        ("0.5.0", "no time"),
    ] {
        world.offer("alpha", version);
        world.sandbox.write(&format!("store/cache/git/{mirror}/nauta-fetched"), fetched);
        assert_eq!(world.row("alpha")["available"], version, "fetched at {fetched}");
    }
    world.pack(["upgrade", "alpha"]).success();
    assert_eq!(world.receipt("alpha")["version"], "0.5.0");
}

#[test]
fn what_was_never_fetched_cannot_be_used_offline() {
    let world = World::without_zoo();
    world.sandbox.write("config.yaml", "zoos: [{name: far, url: 'https://me:secret@127.0.0.1:9/zoo.git'}]\n");
    let output = world.pack(["install", "alpha", "--offline"]).failure(1);
    assert!(output.stderr.contains("zoo `far` was never fetched"), "{output:?}");
    let output = world.pack(["list"]).failure(1);
    assert!(
        output.stderr.starts_with("error: cannot fetch `https://127.0.0.1:9/zoo.git`\n  caused by: "),
        "{output:?}"
    );
    assert!(!format!("{output:?}").contains("secret"));
    let list = world.pack(["zoo", "list", "-o", "json"]).success();
    assert_eq!(
        (&list.json()[0]["url"], &list.json()[0]["packs"]),
        (&json!("https://127.0.0.1:9/zoo.git"), &json!(null))
    );
}

#[test]
fn a_slow_remote_is_seen_to_be_waited_for() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("git://{}/zoo.git", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        // Silent for longer than anybody waits without a sign, then gone.
        let connection = listener.accept().unwrap();
        std::thread::sleep(Duration::from_millis(1200));
        drop(connection);
    });
    let world = World::without_zoo();
    let ran = world.asked(["zoo", "add", "slow", &url], "");
    server.join().unwrap();
    assert!(ran.stdout.contains(&format!("Fetching {url}")), "{ran:?}");
    let silent = world.pack(["zoo", "list"]);
    assert!(!silent.stderr.contains("Fetching"), "nothing is drawn where there is no terminal: {silent:?}");
}
