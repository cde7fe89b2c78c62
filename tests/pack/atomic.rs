use std::collections::BTreeSet;
use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant, SystemTime};

use shared::edge::folder::read_pack;
use shared::pack::receipt::{Receipt, hashes};
use support::bare;

use crate::World;

/// How many files the large pack has besides those of every pack.
const FILES: usize = 50;

/// A world whose pack has many files, so that an upgrade takes a while.
fn large_world() -> World {
    let world = World::without_zoo();
    commit_large(&world, "0.1.0");
    world.pack(["zoo", "add", "main", &world.zoo.url()]).success();
    world
}

fn commit_large(world: &World, version: &str) {
    let mut files = bare::pack("", "alpha", version);
    files.extend((0..FILES).map(|number| (format!("alpha/data/{number}"), format!("{version} {number}"))));
    world.zoo.commit(bare::borrowed(&files));
}

/// Checks that the store holds one whole version, and returns it; `mine` may lie in it besides.
fn whole_version(world: &World) -> String {
    let folder = world.sandbox.path("store/packs/alpha");
    let receipt = Receipt::read("alpha", &world.sandbox.read("store/packs/alpha/.nauta/receipt.json")).unwrap();
    let mut files = hashes(&read_pack(&folder).unwrap());
    files.remove("mine");
    assert_eq!(files, receipt.files);
    let version = receipt.version.unwrap();
    assert!(world.sandbox.read("store/packs/alpha/charts/Chart.yaml").contains(&format!("version: {version}\n")));
    version
}

/// Moments that nobody can foresee, but that can be had again: every failure prints where they began.
struct Moments {
    begun: u64,
    state: u64,
}

impl Moments {
    fn new() -> Self {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        let begun = u64::try_from(now.as_nanos() % 1_000_000_007).unwrap();
        Self { begun, state: begun }
    }

    /// Returns a moment before `end`.
    fn next(&mut self, end: Duration) -> Duration {
        self.state = self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        end.mul_f64(f64::from(u32::try_from(self.state >> 32).unwrap()) / f64::from(u32::MAX))
    }
}

impl Drop for Moments {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("the random moments began with {}", self.begun);
        }
    }
}

/// Starts a program and kills it `after` that long, with a signal that it cannot catch.
fn killed(world: &World, args: &[&str], after: Duration) {
    let mut command = world.sandbox.command(crate::BIN, args);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(after);
    let _ = child.kill();
    child.wait().unwrap();
}

#[test]
fn whenever_it_is_killed_the_store_holds_one_whole_pack() {
    let world = large_world();
    commit_large(&world, "0.2.0");
    let timed = |version: &str| {
        let begun = Instant::now();
        world.pack(["install", version, "--force"]).success();
        begun.elapsed()
    };
    // Each is sometimes killed after its end: an older version takes longer, since it is looked for.
    let longest = timed("alpha").max(timed("alpha@0.1.0"));
    let mut moments = Moments::new();
    let end = longest.mul_f64(1.2);
    let mut seen = BTreeSet::new();
    for step in 0..200 {
        let moment = moments.next(end);
        match step % 4 {
            0 => killed(&world, &["install", "alpha@0.1.0", "--force"], moment),
            1 => killed(&world, &["upgrade", "alpha", "--force", "--overwrite"], moment),
            2 => {
                world.sandbox.write("store/packs/alpha/mine", "mine");
                killed(&world, &["upgrade", "alpha", "--force", "--keep-edits"], moment);
                assert_eq!(world.sandbox.read("store/packs/alpha/mine"), "mine");
            }
            _ => {
                world.pack(["uninstall", "alpha", "--yes"]).success();
                killed(&world, &["install", "alpha"], moment);
                if !world.sandbox.has("store/packs/alpha") {
                    seen.insert("none".to_owned());
                    world.pack(["install", "alpha"]).success();
                }
            }
        }
        seen.insert(whole_version(&world));
        if step % 10 == 0 {
            world.pack(["list", "--installed"]).success();
            assert!(world.pack(["diff", "alpha"]).code < 2, "what was installed is there to compare with");
        }
    }
    world.pack(["install", "alpha", "--force"]).success();
    assert_eq!(whole_version(&world), "0.2.0");
    assert_eq!(world.sandbox.names("store/staging"), Vec::<String>::new(), "nothing is left of the killed ones");
    assert_eq!(seen, ["0.1.0", "0.2.0", "none"].map(str::to_owned).into(), "both sides of the swap were met");
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
fn a_hundred_at_once_wait_for_each_other() {
    let world = large_world();
    let files: Vec<_> = (0..20).flat_map(|number| bare::pack("", &format!("p{number}"), "1.0")).collect();
    world.zoo.commit(bare::borrowed(&files));
    let start = |number: usize| {
        let name = if number.is_multiple_of(2) { "alpha".to_owned() } else { format!("p{}", number % 20) };
        let mut command = world.sandbox.command(crate::BIN, ["install", &name, "--force"]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let children: Vec<_> = (0..100).map(start).collect();
    let mut waited = false;
    for child in children {
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{stderr}");
        waited |= stderr.starts_with("note: waiting for another `kubectl pack` that changes");
    }
    assert!(waited, "those who wait say so");
    assert_eq!(whole_version(&world), "0.1.0");
    let list = world.pack(["list", "--installed", "-o", "json"]).success().json();
    let rows = list.as_array().unwrap();
    assert_eq!(rows.len(), 11);
    assert!(rows.iter().all(|it| it["state"] == "up-to-date"), "{rows:?}");
    assert_eq!(world.sandbox.names("store/staging"), Vec::<String>::new());
}

#[test]
fn whoever_reads_while_it_is_replaced_sees_one_whole_pack() {
    let world = large_world();
    commit_large(&world, "0.2.0");
    world.pack(["install", "alpha"]).success();
    let installs = "while [ ! -e stop ]; do \"$0\" install alpha@0.1.0 --force; \"$0\" install alpha --force; done";
    let mut writer = world.sandbox.command("sh", ["-c", installs, crate::BIN]);
    let mut writer = writer.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let seen: Vec<_> = (0..60).map(|_| world.pack(["list", "--installed", "-o", "json"])).collect();
    world.sandbox.write("stop", "");
    writer.wait().unwrap();
    for ran in seen {
        let ran = ran.success();
        let state = ran.json()[0]["state"].clone();
        assert!(state == "up-to-date" || state == "upgradable", "{ran:?}");
    }
}
