use std::fs;
use std::process::Stdio;
use std::time::Duration;

use support::bare;

use crate::World;

/// A world whose pack has many files, so that an upgrade takes a while.
fn large_world() -> World {
    let world = World::without_zoo();
    commit_large(&world, "0.1.0");
    world.pack(["zoo", "add", "main", &world.zoo.url()]).success();
    world
}

fn commit_large(world: &World, version: &str) {
    let mut files = bare::pack("", "alpha", version);
    files.extend((0..400).map(|number| (format!("alpha/data/{number}"), format!("{version} {number}"))));
    world.zoo.commit(bare::borrowed(&files));
}

/// Checks that the store holds one whole version, and returns it.
fn whole_version(world: &World) -> String {
    let receipt = world.receipt("alpha");
    let version = receipt["version"].as_str().unwrap().to_owned();
    assert!(world.sandbox.read("store/packs/alpha/charts/Chart.yaml").contains(&version));
    for number in 0..400 {
        assert_eq!(world.sandbox.read(&format!("store/packs/alpha/data/{number}")), format!("{version} {number}"));
    }
    version
}

#[test]
fn whenever_it_is_killed_the_store_holds_one_whole_pack() {
    let world = large_world();
    world.pack(["install", "alpha"]).success();
    commit_large(&world, "0.2.0");
    let mut seen = Vec::new();
    for step in 0..24 {
        let version = if step % 2 == 0 { "alpha@0.2.0" } else { "alpha@0.1.0" };
        let mut command = world.sandbox.command(crate::BIN, ["install", version, "--force"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(step * 3));
        let _ = child.kill();
        child.wait().unwrap();
        seen.push(whole_version(&world));
    }
    world.pack(["install", "alpha", "--force"]).success();
    assert_eq!(whole_version(&world), "0.2.0");
    assert_eq!(world.sandbox.names("store/staging"), Vec::<String>::new(), "nothing is left of the killed ones");
}

#[test]
fn any_command_completes_a_replacement_in_two_steps() {
    let world = World::new();
    world.pack(["install", "alpha"]).success();
    for step in ["before the first rename", "between the renames"] {
        fs::create_dir_all(world.sandbox.path("store/staging/alpha-x")).unwrap();
        world.folder_pack("store/staging/alpha-x", "alpha", "7.0.0");
        let at = |below: &str| world.sandbox.text_path(below);
        let journal = serde_json::json!({
            "staged": at("store/staging/alpha-x/alpha"),
            "target": at("store/packs/alpha"),
            "old": at("store/staging/alpha-x/alpha.old"),
        });
        world.sandbox.write("store/journal/alpha.json", journal.to_string());
        if step == "between the renames" {
            fs::rename(at("store/packs/alpha"), at("store/staging/alpha-x/alpha.old")).unwrap();
        }
        world.pack(["list"]).success();
        assert!(world.sandbox.read("store/packs/alpha/charts/Chart.yaml").contains("7.0.0"), "{step}");
        assert_eq!(world.sandbox.names("store/journal"), Vec::<String>::new(), "{step}");
        world.pack(["install", "alpha", "--force"]).success();
    }
}

#[cfg(unix)]
#[test]
fn a_store_that_cannot_be_written_keeps_the_old_pack() {
    let world = World::new();
    world.pack(["install", "alpha"]).success();
    world.offer("alpha", "0.2.0");
    fs::remove_dir_all(world.sandbox.path("store/staging")).unwrap();
    world.sandbox.write("store/staging", "a file where the folder should be");
    let before = world.sandbox.files("store/packs");
    let output = world.pack(["upgrade", "alpha"]).failure(1);
    assert!(output.stderr.starts_with("error: cannot create `[SANDBOX]/store/staging`\n  caused by: "), "{output:?}");
    assert_eq!(world.sandbox.files("store/packs"), before);
}

#[cfg(unix)]
#[test]
fn a_disk_that_is_full_keeps_the_old_pack() {
    let world = World::new();
    world.pack(["install", "alpha"]).success();
    let large = "x".repeat(100_000);
    world.zoo.commit([("alpha/charts/Chart.yaml", "name: alpha\nversion: 0.2.0\n"), ("alpha/large", large.as_str())]);
    let before = world.sandbox.files("store/packs");
    // A limit on the size of files fails writes as a full disk does, once its signal is ignored.
    let limited = "trap '' XFSZ; ulimit -f 8; exec \"$0\" upgrade alpha";
    let output = world.sandbox.run("sh", ["-c", limited, crate::BIN]).failure(1);
    assert!(output.stderr.starts_with("error: cannot write `[SANDBOX]/store/staging/alpha-"), "{output:?}");
    assert_eq!(world.sandbox.files("store/packs"), before);
    assert_eq!(world.sandbox.names("store/staging"), Vec::<String>::new());
    world.pack(["upgrade", "alpha"]).success();
    assert_eq!(world.sandbox.read("store/packs/alpha/large"), large);
}

#[test]
fn two_at_once_wait_for_each_other() {
    let world = large_world();
    let start = || {
        let mut command = world.sandbox.command(crate::BIN, ["install", "alpha", "--force"]);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    let children: Vec<_> = (0..4).map(|_| start()).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(whole_version(&world), "0.1.0");
}
