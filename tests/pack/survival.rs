//! A store that somebody else owns, that is full, or that is asked for what a file system cannot hold.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Stdio;

use support::bare;

use crate::World;
use crate::place::Ran;

/// A user who owns nothing.
const NOBODY: u32 = 65_534;

/// A world with `alpha` in the folder `zoo`, which is read without asking git who owns it.
fn folder_world() -> World {
    let world = World::without_zoo();
    world.folder_pack("zoo", "alpha", "0.1.0");
    let url = world.sandbox.text_path("zoo");
    world.sandbox.write("config.yaml", format!("zoos:\n  - name: main\n    url: {url}\n"));
    world.pack(["install", "alpha"]).success();
    world.folder_pack("zoo", "alpha", "0.2.0");
    world
}

/// Runs `kubectl pack` as a user who owns nothing, if we may; else as ourselves.
fn as_nobody(world: &World, args: &[&str]) -> Ran {
    // The program may lie in a folder that only its owner sees.
    let program = world.sandbox.path("kubectl-pack");
    if !program.exists() {
        fs::copy(crate::BIN, &program).unwrap();
        fs::set_permissions(world.sandbox.path(""), fs::Permissions::from_mode(0o755)).unwrap();
    }
    let mut command = world.sandbox.command(&program.to_string_lossy(), args);
    if is_root(world) {
        command.uid(NOBODY).gid(NOBODY);
    }
    let output = command.stdin(Stdio::null()).output().unwrap();
    Ran {
        stdout: world.sandbox.normalised(&String::from_utf8_lossy(&output.stdout)),
        stderr: world.sandbox.normalised(&String::from_utf8_lossy(&output.stderr)),
        code: output.status.code().unwrap_or(-1),
    }
}

/// Tells whether we are root: what we make belongs to it.
fn is_root(world: &World) -> bool {
    fs::metadata(world.sandbox.path("config.yaml")).unwrap().uid() == 0
}

/// Sets the mode of a folder and of all folders below it.
fn set_modes(folder: &Path, mode: u32) {
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
    for entry in fs::read_dir(folder).unwrap().flatten().filter(|it| it.path().is_dir()) {
        set_modes(&entry.path(), mode);
    }
    fs::set_permissions(folder, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_read_only_store_is_read_and_refuses_changes_clearly() {
    let world = folder_world();
    world.sandbox.write("store/journal/alpha.json", "cut short");
    let lock = world.sandbox.path("store/.lock");
    fs::set_permissions(&lock, fs::Permissions::from_mode(0o444)).unwrap();
    set_modes(&world.sandbox.path("store"), 0o555);
    let before = world.sandbox.files("store");
    let list = as_nobody(&world, &["list", "-o", "json"]).success();
    assert_eq!((&list.json()[0]["name"], &list.json()[0]["state"]), (&"alpha".into(), &"upgradable".into()));
    for args in [&["show", "alpha"][..], &["diff", "alpha"], &["search", "alpha"], &["upgrade", "alpha", "--dry-run"]] {
        let output = as_nobody(&world, args).success();
        assert_eq!(output.stderr, "", "{args:?}");
    }
    for args in [&["install", "alpha", "--force"][..], &["upgrade", "--all"], &["uninstall", "alpha", "-y"]] {
        let output = as_nobody(&world, args).failure(1);
        assert_eq!(
            output.stderr,
            "error: cannot open `[SANDBOX]/store/.lock`\n  caused by: Permission denied (os error 13)\n\
             hint: somebody else owns it, or it is read-only; `NAUTA_HOME` names a store of your own\n",
            "{args:?}"
        );
    }
    assert_eq!(world.sandbox.files("store"), before);
    set_modes(&world.sandbox.path("store"), 0o755);
}

#[test]
fn a_pack_of_another_user_stays_whole() {
    let world = folder_world();
    if !is_root(&world) {
        println!("skipped: only root can make another user's files");
        return;
    }
    for place in ["store", "store/packs", "store/staging", "store/.lock"] {
        std::os::unix::fs::chown(world.sandbox.path(place), Some(NOBODY), Some(NOBODY)).unwrap();
    }
    let before = world.sandbox.files("store/packs");
    let output = as_nobody(&world, &["upgrade", "alpha"]).failure(1);
    let expected =
        "error: cannot replace `[SANDBOX]/store/packs/alpha`\n  caused by: Permission denied (os error 13)\n";
    assert!(output.stderr.starts_with(expected), "{output:?}");
    let output = as_nobody(&world, &["uninstall", "alpha", "-y"]).failure(1);
    assert!(output.stderr.starts_with("error: cannot remove `[SANDBOX]/store/packs/alpha`\n"), "{output:?}");
    assert_eq!(world.sandbox.files("store/packs"), before);
    assert_eq!(world.sandbox.names("store/staging"), Vec::<String>::new());
    world.pack(["upgrade", "alpha"]).success();
}

#[test]
fn long_names_are_kept_or_refused_before_anything_is_written() {
    let world = World::new();
    let name = "n".repeat(63);
    let file = format!("{name}/{}", "f".repeat(255));
    let mut files = bare::pack("", &name, "1.0");
    files.push((file.clone(), "long".to_owned()));
    world.zoo.commit(bare::borrowed(&files));
    world.pack(["install", &name]).success();
    assert_eq!(world.sandbox.read(&format!("store/packs/{file}")), "long");
    world.sandbox.write(&format!("store/packs/{file}"), "mine");
    world.pack(["install", &name, "--force"]).success();
    world.pack(["uninstall", &name, "--yes"]).success();
    world.pack(["install", &"n".repeat(64)]).failure(2);

    // A path that a tree can hold, and the system cannot.
    world.pack(["install", "alpha"]).success();
    let before = world.sandbox.files("store/packs");
    let deep = format!("alpha/{}x", format!("{}/", "d".repeat(200)).repeat(25));
    world.zoo.commit([("alpha/charts/Chart.yaml", "name: alpha\nversion: 0.2.0\n"), (deep.as_str(), "deep")]);
    let output = world.pack(["upgrade", "alpha"]).failure(1);
    assert!(output.stderr.contains("\n  caused by: File name too long"), "{output:?}");
    assert_eq!(world.sandbox.files("store/packs"), before);
    assert_eq!(world.sandbox.names("store/staging"), Vec::<String>::new());
}

/// Fills a small disk that is the store; `$0` is the program. Each size is tried until the upgrade succeeds.
const FULL_DISK: &str = r#"
mkdir saved && cp -a store/. saved/ && mount -t tmpfs tmpfs store && cp -a saved/. store/ || exit 9
failed=0
for size in $SIZES; do
  mount -o "remount,$KIND=$size" store 2>/dev/null || continue
  if "$0" upgrade alpha 2>stderr; then
    "$0" list --installed -o json >list && cp -a store/. after/ && echo "failed $failed times" && exit 0
    exit 8
  fi
  grep -q 'caused by: No space left on device' stderr && grep -q '^hint: make room' stderr || { cat stderr; exit 7; }
  diff -r store/packs saved/packs || exit 6
  [ -z "$(ls store/staging)" ] || exit 5
  "$0" list --installed >/dev/null || exit 4
  failed=$((failed + 1))
done
exit 3
"#;

#[test]
fn a_disk_that_is_full_at_any_point_keeps_the_old_pack() {
    for (kind, sizes) in [
        ("size", (8..480).step_by(8).map(|it| format!("{it}k")).collect::<Vec<_>>()),
        ("nr_inodes", (10..200).step_by(3).map(|it| it.to_string()).collect()),
    ] {
        let world = folder_world();
        for number in 0..40 {
            world.sandbox.write(&format!("zoo/alpha/data/{number}"), number.to_string().repeat(1500));
        }
        fs::create_dir(world.sandbox.path("after")).unwrap();
        let mut command = world.sandbox.command("unshare", ["-Urm", "true"]);
        if !command.stderr(Stdio::null()).status().is_ok_and(|it| it.success()) {
            println!("skipped: user namespaces are forbidden here");
            return;
        }
        let mut command = world.sandbox.command("unshare", ["-Urm", "sh", "-c", FULL_DISK, crate::BIN]);
        let output = command.env("KIND", kind).env("SIZES", sizes.join(" ")).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{kind}: {:?} {text}", output.status);
        let failed = text.split_whitespace().rev().nth(1).and_then(|it| it.parse::<u32>().ok());
        assert!(failed.is_some_and(|it| it > 5), "{kind}: it failed at several points: {text}");
        let list: serde_json::Value = serde_json::from_str(&world.sandbox.read("list")).unwrap();
        assert_eq!((&list[0]["installed"], &list[0]["edited"]), (&"0.2.0".into(), &false.into()), "{kind}");
        assert_eq!(world.sandbox.files("after/packs/alpha/data").len(), 40, "{kind}");
    }
}
