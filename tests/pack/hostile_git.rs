//! Git repositories that want to do harm: one clear error each, soon, in little memory, and nothing is written.

use std::time::{Duration, Instant};

use support::bare::Oid;
use support::http::{Parts, Server};

use crate::World;
use crate::place::Ran;

/// What no command may take longer for.
const SOON: Duration = Duration::from_secs(10);
/// The memory that a command may take, in KiB.
const MEMORY: &str = "524288";

const FILE: &str = "100644";
const FOLDER: &str = "40000";

/// Runs `kubectl pack` in little memory, and not for long.
fn limited(world: &World, words: &[&str]) -> Ran {
    let script = format!("ulimit -v {MEMORY} && exec \"$0\" \"$@\"");
    let begun = Instant::now();
    let ran = world.sandbox.run("sh", ["-c", &script, crate::BIN].iter().chain(words));
    assert!(begun.elapsed() < SOON, "{words:?} took {:?}", begun.elapsed());
    ran
}

/// Puts `entries` into the pack `alpha` of the zoo, beside what it has, and a good pack `beta` beside it.
fn spoil(world: &World, entries: &[(&str, &[u8], Oid)]) {
    let own = [(FILE, &b"Dockerfile"[..], "alpha/Dockerfile"), (FOLDER, b"charts", "alpha/charts")];
    let mut all: Vec<(&str, &[u8], Oid)> = entries.to_vec();
    all.extend(own.map(|(mode, name, path)| (mode, name, world.zoo.id_of(path))));
    let spoilt = world.zoo.raw_tree(&all);
    let beta = world.zoo.id_of("beta");
    let top = world.zoo.raw_tree(&[(FOLDER, b"alpha", spoilt), (FOLDER, b"beta", beta)]);
    world.zoo.commit_tree(top);
}

/// Returns a world whose zoo has good packs, and the same behind a server.
fn worlds() -> (World, Server) {
    let world = World::new();
    world.offer("beta", "0.1.0");
    let server = Server::start();
    server.serve_git_in(&world.sandbox.path(""), Parts::Sent);
    (world, server)
}

#[test]
fn names_and_kinds_that_want_out_are_refused() {
    for (mode, name, expected) in [
        (FILE, &b".."[..], "alpha"),
        (FILE, b"../../evil", "`../../evil`"),
        (FILE, b"/evil", "`/evil`"),
        (FILE, b"nul", "`nul`"),
        (FILE, b"a\nb", "alpha"),
        (FILE, b"c:evil", "`c:evil`"),
        (FILE, b"a\\b", "alpha"),
        (FILE, b"\xff", "alpha"),
        (FILE, b"dockerfile", "`dockerfile`"),
        ("120000", b"link", "`link` is a symbolic link"),
        ("160000", b"module", "`module` is a submodule"),
    ] {
        let (world, server) = worlds();
        let id = world.zoo.blob(b"evil");
        spoil(&world, &[(mode, name, id)]);
        let before = world.sandbox.files("store/packs");
        for url in [world.zoo.url(), server.url("/git/zoo.git")] {
            world.sandbox.write("config.yaml", format!("zoos: [{{name: main, url: '{url}'}}]\n"));
            // A submodule's commit is elsewhere; some names are refused by git itself on the way.
            let failed = limited(&world, &["install", "alpha"]).failure(1);
            assert_eq!(failed.stderr.matches("error: ").count(), 1, "{name:?}: {}", failed.stderr);
            assert!(failed.stderr.contains(expected), "{name:?}: {}", failed.stderr);
            let is_clean = |it: char| !it.is_control() || it == '\n';
            assert!(failed.stderr.chars().all(is_clean), "{name:?}: {:?}", failed.stderr);
            assert_eq!(world.sandbox.files("store/packs"), before, "{name:?}");
            assert_eq!(world.sandbox.names("store/staging"), [""; 0]);
        }
    }
}

#[test]
fn one_spoilt_pack_hides_no_other() {
    let (world, _server) = worlds();
    spoil(&world, &[(FILE, b"../evil", world.zoo.blob(b"x"))]);
    let listed = limited(&world, &["list", "-o", "json"]).failure(1).json();
    let states: Vec<(&str, &str)> = listed
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["zoo"] == "main")
        .map(|it| (it["name"].as_str().unwrap(), it["state"].as_str().unwrap()))
        .collect();
    assert_eq!(states, [("alpha", "broken"), ("beta", "not-installed")]);
    limited(&world, &["install", "beta"]).success();
}

#[test]
fn bombs_are_put_out() {
    let (world, _server) = worlds();
    // A hundred folders in each of ten folders, one in the other: 10^20 files.
    let mut tree = world.zoo.raw_tree(&[(FILE, b"file", world.zoo.blob(b"x"))]);
    let names: Vec<String> = (0..100).map(|it| format!("{it:02}")).collect();
    for _ in 0..10 {
        let entries: Vec<(&str, &[u8], Oid)> = names.iter().map(|it| (FOLDER, it.as_bytes(), tree)).collect();
        tree = world.zoo.raw_tree(&entries);
    }
    spoil(&world, &[(FOLDER, b"tree", tree)]);
    let failed = limited(&world, &["install", "alpha"]).failure(1);
    assert!(failed.stderr.contains("too large for a pack: over 10000 files"), "{failed:?}");

    let large = world.zoo.blob(&vec![0; 60 << 20]);
    let entries: Vec<(&str, &[u8], Oid)> = names[..5].iter().map(|it| (FILE, it.as_bytes(), large)).collect();
    let folder = world.zoo.raw_tree(&entries);
    spoil(&world, &[(FOLDER, b"large", folder)]);
    let failed = limited(&world, &["install", "alpha"]).failure(1);
    assert!(failed.stderr.contains("too large for a pack: over 256 MiB"), "{failed:?}");
    limited(&world, &["install", "beta"]).success();
}

#[test]
fn texts_that_never_end_are_refused() {
    let yaml_bomb = (1..30).fold("a0: &a0 [x]\n".to_owned(), |text, n| {
        let before = format!("*a{}", n - 1);
        format!("{text}a{n}: &a{n} [{}]\n", [before.as_str(); 10].join(", "))
    });
    let deep = format!("a: {}{}\n", "[".repeat(10_000), "]".repeat(10_000));
    let forever = "podCount: {% for a in range(100000) %}{% for b in range(100000) %}{{ b }}{% endfor %}{% endfor %}\n";
    let doubling = "{% set ns = namespace(s='x') %}{% for i in range(40) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}a: {{ ns.s }}\n";
    for text in [yaml_bomb.as_str(), &deep, forever, doubling] {
        let world = World::new();
        world.offer("beta", "0.1.0");
        world.zoo.commit([("alpha/charts/values.yaml", text)]);
        limited(&world, &["install", "alpha"]).success();
        let checked = limited(&world, &["lint", "alpha"]).failure(1);
        assert!(checked.stdout.contains("charts/values.yaml"), "{checked:?}");
        // Whatever it shows, it ends.
        let shown = limited(&world, &["show", "alpha"]);
        assert!(shown.code == 0 || shown.code == 1, "{shown:?}");

        world.zoo.commit([("alpha/charts/Chart.yaml", text)]);
        let listed = limited(&world, &["list", "-o", "json"]).failure(1);
        let beta = listed.json().as_array().unwrap().iter().any(|it| it["name"] == "beta");
        assert!(beta && listed.stderr.contains("`charts/Chart.yaml` of pack `alpha`"), "{listed:?}");
        limited(&world, &["upgrade", "alpha", "--overwrite"]).failure(1);
    }
}
