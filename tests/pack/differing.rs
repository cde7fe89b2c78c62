use std::process::{Command, Stdio};

use crate::World;

const VALUES: &str = "store/packs/alpha/charts/values.yaml";

fn installed_world() -> World {
    let world = World::new();
    world.pack(["install", "alpha"]).success();
    world
}

#[test]
fn local_edits_are_shown_against_what_was_installed() {
    let world = installed_world();
    let output = world.pack(["diff", "alpha"]).success();
    assert_eq!((output.stdout.as_str(), output.stderr.as_str()), ("", ""));
    world.sandbox.write(VALUES, "# How many\npodCount: 2\nname: {{ NAUTA.ExperimentName }}\n");
    world.sandbox.write("store/packs/alpha/new file.txt", "new\n");
    world.sandbox.write("store/packs/alpha/data.bin", b"\0\x01");
    std::fs::remove_file(world.sandbox.path("store/packs/alpha/Dockerfile")).unwrap();
    let output = world.pack(["diff", "alpha"]).failure(1);
    assert_eq!(
        output.stdout,
        "diff --git a/Dockerfile b/Dockerfile\ndeleted file mode 100644\n--- a/Dockerfile\n+++ /dev/null\n\
         @@ -1,3 +0,0 @@\n-FROM nauta/tensorflow-py3\n-\n-ADD training.py .\n\
         diff --git a/charts/values.yaml b/charts/values.yaml\n--- a/charts/values.yaml\n+++ b/charts/values.yaml\n\
         @@ -1,3 +1,3 @@\n # How many\n-podCount: 1\n+podCount: 2\n name: {{ NAUTA.ExperimentName }}\n\
         diff --git a/data.bin b/data.bin\nnew file mode 100644\nBinary files /dev/null and b/data.bin differ\n\
         diff --git a/new file.txt b/new file.txt\nnew file mode 100644\n--- /dev/null\n+++ b/new file.txt\t\n\
         @@ -0,0 +1 @@\n+new\n"
    );
    assert_eq!(output.stderr, "");
}

#[test]
fn git_applies_what_is_printed() {
    let world = installed_world();
    world.sandbox.write(VALUES, "podCount: 2\r\nname: x");
    world.sandbox.write("store/packs/alpha/a b/new file.txt", "new\n");
    std::fs::remove_file(world.sandbox.path("store/packs/alpha/Dockerfile")).unwrap();
    let patch = world.pack(["diff", "alpha"]).failure(1).stdout;
    world.folder_pack("copy", "alpha", "0.1.0");
    world.sandbox.write("edits.patch", patch);
    let mut git = Command::new("git");
    git.args(["apply", "--whitespace=nowarn", "../../edits.patch"]).current_dir(world.sandbox.path("copy/alpha"));
    git.env("GIT_CEILING_DIRECTORIES", world.sandbox.path(""));
    assert!(git.stdin(Stdio::null()).status().unwrap().success());
    world.sandbox.write("store/packs/alpha/.nauta/receipt.json", "");
    std::fs::remove_dir_all(world.sandbox.path("store/packs/alpha/.nauta")).unwrap();
    let below = |folder: &str| -> Vec<_> {
        let root = world.sandbox.path(folder);
        let files = world.sandbox.files(folder).into_iter();
        files.map(|(path, content)| (path.strip_prefix(&root).unwrap().to_owned(), content)).collect()
    };
    assert_eq!(below("copy/alpha"), below("store/packs/alpha"));
}

#[test]
fn the_available_version_is_shown_against_the_installed_pack() {
    let world = installed_world();
    world.offer("alpha", "0.2.0");
    world.sandbox.write("store/packs/alpha/mine", "x\n");
    let output = world.pack(["diff", "alpha", "--available"]).failure(1);
    for line in ["-version: 0.1.0\n", "+version: 0.2.0\n", "diff --git a/mine b/mine\ndeleted file mode 100644\n"] {
        assert!(output.stdout.contains(line), "{line}: {output:?}");
    }
    world.pack(["upgrade", "alpha", "--overwrite"]).success();
    world.pack(["diff", "alpha", "--available"]).success();
}

#[test]
fn failures_are_told_from_differences_by_the_exit_code() {
    let world = installed_world();
    let output = world.pack(["diff", "alhpa"]).failure(2);
    assert_eq!(output.stderr, "error: pack `alhpa` is not installed\nhint: did you mean `alpha`?\n");
    world.pack(["diff", "../x"]).failure(2);
    world.pack(["diff", "alpha", "--offline"]).failure(2);
    world.pack(["diff", "alpha", "--available", "--zoo", "nope"]).failure(2);
    std::fs::remove_file(world.sandbox.path("store/packs/alpha/.nauta/base.tar.gz")).unwrap();
    let output = world.pack(["diff", "alpha"]).failure(2);
    assert!(
        output.stderr.starts_with("error: cannot tell what was installed of pack `alpha`\n  caused by: cannot read")
    );
    world.sandbox.write("config.yaml", "zoos: [");
    world.pack(["diff", "alpha"]).failure(2);
}

#[cfg(unix)]
#[test]
fn a_terminal_gets_colour_and_no_control_characters() {
    let world = installed_world();
    world.sandbox.write("store/packs/alpha/new", "\u{1b}[2Jgone\r\n");
    let screen = world.asked(["--color", "always", "diff", "alpha"], "").failure(1).stdout;
    assert!(screen.contains("\u{1b}[32m+^[[2Jgone\\r\u{1b}[0m\n"), "{screen:?}");
    let screen = world.asked(["--color", "never", "diff", "alpha"], "").failure(1).stdout;
    assert!(!screen.contains('\u{1b}') && screen.contains("+^[[2Jgone\\r\n"), "{screen:?}");
}

#[test]
fn packs_are_searched_by_name_and_description() {
    let world = World::new();
    world.folder_pack("store/packs", "mine", "2.0");
    let names = |word| world.pack(["search", word, "-o", "name"]).success().stdout;
    assert_eq!(names("ALPHA"), "alpha\n");
    assert_eq!(names("the mine p"), "mine\n");
    let output = world.pack(["search", "nothing-at-all"]).success();
    assert_eq!((output.stdout.as_str(), output.stderr.as_str()), ("", "No packs match `nothing-at-all`.\n"));
    assert_eq!(world.pack(["search", "alpha", "-o", "json"]).success().json()[0], world.row("alpha"));
}
