use serde_json::json;

use crate::{BIN, World};

const QUESTION: &str = "Local version 'abc' of a 'alpha' template is already installed. \
                        Continue with replacing it with remote version '0.1.0'?";

#[test]
fn a_pack_is_installed_with_its_receipt_and_base() {
    let world = World::without_zoo();
    let commit = world.offer("alpha", "1.10");
    world.pack(["zoo", "add", "main", &world.zoo.url()]).success();
    let output = world.pack(["install", "alpha"]).success();
    assert_eq!((output.stdout.as_str(), output.stderr.as_str()), ("alpha 1.10 installed from zoo `main`\n", ""));
    let receipt = world.receipt("alpha");
    for (key, value) in [
        ("name", json!("alpha")),
        ("version", json!("1.10")),
        ("zoo", json!("main")),
        ("source", json!(world.zoo.url())),
        ("ref", json!(null)),
        ("commit", json!(commit)),
        ("digest", json!(null)),
        ("fitted", json!(null)),
    ] {
        assert_eq!(receipt[key], value, "{key}");
    }
    let time = receipt["installed_at"].as_str().unwrap();
    assert!(time.len() == 20 && time.ends_with('Z'), "{time}");
    let files: Vec<&String> = receipt["files"].as_object().unwrap().keys().collect();
    assert_eq!(files, ["Dockerfile", "charts/Chart.yaml", "charts/templates/pod.yaml", "charts/values.yaml"]);
    let base = std::fs::read(world.sandbox.path("store/packs/alpha/.nauta/base.tar.gz")).unwrap();
    assert_eq!(base[..2], [0x1f, 0x8b]);
    assert_eq!(world.sandbox.names("store/staging"), Vec::<String>::new());
}

#[test]
fn versions_decide_what_install_does() {
    let world = World::new();
    world.pack(["install", "alpha"]).success();
    assert_eq!(world.pack(["install", "alpha"]).success().stdout, "alpha 0.1.0 is up to date\n");
    world.offer("alpha", "0.2.0");
    assert_eq!(world.pack(["install", "alpha"]).success().stdout, "alpha upgraded: 0.1.0 -> 0.2.0, from zoo `main`\n");
    world.offer("alpha", "0.1.5");
    let before = world.sandbox.files("store/packs");
    let output = world.pack(["install", "alpha"]).failure(1);
    assert_eq!(
        output.stderr,
        "error: version 0.2.0 of pack `alpha` is installed, which is newer than 0.1.5\n\
         hint: `--force` replaces it all the same\n"
    );
    world.pack(["upgrade", "alpha"]).failure(1);
    assert_eq!(world.sandbox.files("store/packs"), before);
    assert_eq!(world.row("alpha")["state"], "newer");
    assert_eq!(
        world.pack(["upgrade", "alpha", "--force"]).success().stdout,
        "alpha replaced: 0.2.0 -> 0.1.5, from zoo `main`\n"
    );
    assert_eq!(world.sandbox.names("store/backup"), Vec::<String>::new(), "nothing was edited, nothing is kept");
}

#[test]
fn other_files_under_the_same_version_are_warned_about() {
    let world = World::new();
    world.pack(["install", "alpha"]).success();
    world.zoo.commit([("alpha/new", "file")]);
    let output = world.pack(["upgrade", "alpha"]).success();
    assert_eq!(output.stdout, "alpha 0.1.0 is up to date\n");
    assert!(output.stderr.starts_with("warning: zoo `main` has other files under the same version"), "{output:?}");
    world.pack(["install", "alpha", "--force"]).success();
    assert!(world.sandbox.has("store/packs/alpha/new"));
}

#[cfg(unix)]
#[test]
fn versions_that_cannot_be_compared_are_asked_about() {
    let world = World::without_zoo();
    world.offer("alpha", "abc");
    world.pack(["zoo", "add", "main", &world.zoo.url()]).success();
    world.pack(["install", "alpha"]).success();
    world.offer("alpha", "0.1.0");
    assert_eq!(world.row("alpha")["state"], "unordered");
    let before = world.sandbox.files("store/packs");
    let output = world.pack(["install", "alpha"]).failure(1);
    assert!(output.stderr.contains(QUESTION) && output.stderr.contains("hint: give --yes"), "{output:?}");
    for typed in ["\n", "n\n", "no\n"] {
        let output = world.asked(["install", "alpha"], typed).success();
        assert!(output.stdout.contains(&format!("{QUESTION} [y/N]: ")), "{output:?}");
    }
    assert_eq!(world.sandbox.files("store/packs"), before);
    world.asked(["upgrade", "alpha"], "y\n").success();
    assert_eq!(world.receipt("alpha")["version"], "0.1.0");
    world.offer("alpha", "xyz");
    world.pack(["install", "alpha", "--yes"]).success();
    assert_eq!(world.receipt("alpha")["version"], "xyz");
}

#[test]
fn local_edits_are_never_overwritten_silently() {
    let world = World::new();
    world.pack(["install", "alpha"]).success();
    world.sandbox.write("store/packs/alpha/charts/values.yaml", "podCount: 2\n");
    world.sandbox.write("store/packs/alpha/added", "x");
    std::fs::remove_file(world.sandbox.path("store/packs/alpha/Dockerfile")).unwrap();
    assert_eq!((&world.row("alpha")["state"], &world.row("alpha")["edited"]), (&json!("edited"), &json!(true)));
    world.offer("alpha", "0.2.0");
    let before = world.sandbox.files("store/packs");
    for args in [
        &["upgrade", "alpha"][..],
        &["upgrade", "alpha", "--force"],
        &["upgrade", "--all", "-y"],
        &["install", "alpha"],
    ] {
        let output = world.sandbox.run(crate::BIN, args).failure(1);
        let expected =
            "error: pack `alpha` has local edits: removed Dockerfile, added added, changed charts/values.yaml\n";
        assert!(output.stderr.starts_with(expected), "{args:?}: {}", output.stderr);
    }
    assert_eq!(world.sandbox.files("store/packs"), before);
    let output = world.pack(["upgrade", "alpha", "--overwrite"]).success();
    let backups = world.sandbox.names("store/backup");
    assert_eq!(backups.len(), 1);
    let backup = &backups[0];
    assert_eq!(output.stderr, format!("note: the edited pack `alpha` is kept in `[SANDBOX]/store/backup/{backup}`\n"));
    assert_eq!(world.sandbox.read(&format!("store/backup/{backup}/charts/values.yaml")), "podCount: 2\n");
    assert!(world.sandbox.has(&format!("store/backup/{backup}/.nauta/receipt.json")));
    assert!(!world.sandbox.has("store/packs/alpha/added"));
    assert_eq!(world.row("alpha")["state"], "up-to-date");
}

#[test]
fn a_pack_without_a_receipt_counts_as_edited() {
    let world = World::new();
    world.folder_pack("store/packs", "alpha", "0.0.1");
    world.folder_pack("store/packs", "mine", "0.0.1");
    assert_eq!(world.row("alpha")["state"], "edited");
    assert_eq!(world.row("mine")["state"], "local");
    let output = world.pack(["upgrade", "alpha"]).failure(1);
    assert!(output.stderr.contains("it has no receipt"), "{output:?}");
    world.pack(["install", "alpha", "--force"]).success();
    assert_eq!(world.sandbox.names("store/backup").len(), 1);
    let output = world.pack(["upgrade", "--all"]).success();
    assert!(output.stderr.contains("note: no zoo has `mine`"), "{output:?}");
}

#[test]
fn several_are_installed_and_one_that_fails_stops_none() {
    let world = World::new();
    world.folder_pack("here", "beta", "1.0");
    let output = world.pack(["install", "alhpa", "./here/beta", "alpha"]).failure(1);
    assert_eq!(output.stdout, "beta 1.0 installed from `[SANDBOX]/here/beta`\nalpha 0.1.0 installed from zoo `main`\n");
    assert_eq!(output.stderr, "error: Remote template alhpa has not been found.\nhint: did you mean `alpha`?\n");
    let receipt = world.receipt("beta");
    assert_eq!((&receipt["zoo"], &receipt["commit"]), (&json!(null), &json!(null)));
    assert_eq!(receipt["source"], world.sandbox.text_path("here/beta"));
}

#[test]
fn words_that_are_no_packs_are_refused_before_any_path_is_touched() {
    let world = World::new();
    for (word, code) in [
        ("..", 1),
        ("../x", 1),
        ("a b", 2),
        (".hidden", 2),
        ("-", 2),
        ("docs", 2),
        ("alpha@", 2),
        ("https://host/x", 1),
    ] {
        let output = world.pack(["install", "--", word]).failure(code);
        assert!(output.stderr.starts_with("error: "), "{word}: {output:?}");
    }
    for word in ["..", ".", "a/b", ""] {
        world.pack(["uninstall", "--yes", "--", word]).failure(2);
    }
    assert!(!world.sandbox.has("store/packs"));
}

#[test]
fn names_that_fold_together_are_refused() {
    let world = World::new();
    world.folder_pack("here", "Alpha", "1.0");
    world.pack(["install", "alpha"]).success();
    let output = world.pack(["install", "./here/Alpha"]).failure(1);
    assert!(output.stderr.contains("pack `Alpha` cannot stand beside `alpha`"), "{output:?}");
}

#[test]
fn several_zoos_with_one_name() {
    let world = World::new();
    world.folder_pack("second", "alpha", "0.5.0");
    world.pack(["zoo", "add", "second", "./second"]).success();
    let row = world.row("alpha");
    assert_eq!((&row["zoo"], &row["available"]), (&json!("main"), &json!("0.1.0")));
    assert_eq!(row["alternatives"], json!([{"zoo": "second", "version": "0.5.0"}]));
    let output = world.pack(["install", "alpha"]).success();
    assert!(output.stderr.starts_with("note: `alpha` is taken from zoo `main`; `second` has one too"), "{output:?}");
    let output = world.pack(["install", "alpha", "--zoo", "second"]).success();
    assert_eq!(
        (output.stdout.as_str(), output.stderr.as_str()),
        ("alpha upgraded: 0.1.0 -> 0.5.0, from zoo `second`\n", "")
    );
    world.offer("alpha", "0.9.0");
    assert_eq!(world.row("alpha")["state"], "up-to-date", "compared with the zoo that it came from");
    assert_eq!(world.pack(["upgrade", "alpha"]).success().stdout, "alpha 0.5.0 is up to date\n");
    let output = world.pack(["install", "alpha", "--zoo", "secnd"]).failure(1);
    assert!(output.stderr.contains("hint: did you mean `second`?"), "{output:?}");
    world.pack(["install", "alpha@0.9.0"]).success();
    assert_eq!(world.receipt("alpha")["zoo"], "main", "the one zoo that has the version");
}

#[cfg(unix)]
#[test]
fn uninstall_asks_and_keeps_edits() {
    let world = World::new();
    world.pack(["install", "alpha"]).success();
    let output = world.pack(["uninstall", "alpha"]).failure(1);
    assert!(output.stderr.contains("hint: give --yes"), "{output:?}");
    world.asked(["uninstall", "alpha"], "\n").success();
    assert!(world.sandbox.has("store/packs/alpha"));
    world.sandbox.write("store/packs/alpha/mine", "x");
    world.asked(["uninstall", "alpha"], "yes\n").success();
    assert_eq!(world.sandbox.names("store/packs"), Vec::<String>::new());
    assert_eq!(world.sandbox.names("store/backup").len(), 1);
    let output = world.pack(["uninstall", "alpha", "-y"]).failure(1);
    assert!(output.stderr.starts_with("error: pack `alpha` is not installed\nhint: "), "{output:?}");
}

#[test]
fn upgrade_wants_an_installed_pack() {
    let world = World::new();
    let output = world.pack(["upgrade", "alpha"]).failure(1);
    assert_eq!(output.stderr, "error: pack `alpha` is not installed\nhint: `kubectl pack install alpha` installs it\n");
    assert_eq!(world.pack(["upgrade", "--all"]).success().stderr, "No packs are installed.\n");
}

#[cfg(unix)]
#[test]
fn a_question_keeps_nobody_waiting_and_is_asked_again_if_it_has_changed() {
    let world = World::new();
    world.offer("beta", "1.0.0");
    for version in ["nightly", "weekly"] {
        world.folder_pack(version, "alpha", version);
    }
    world.pack(["install", "./nightly/alpha"]).success();
    let begun = std::time::Instant::now();
    let asked = ["Local version 'nightly'", "Local version 'weekly'"];
    let screen = world.sandbox.run_answering(BIN, ["install", "alpha"], &asked, |number| {
        // Meanwhile others change the store, and the pack itself.
        if number == 0 {
            assert_eq!(world.pack(["install", "beta"]).success().stderr, "");
            world.pack(["install", "./weekly/alpha", "--force"]).success();
            return "y\n".to_owned();
        }
        assert_eq!(world.receipt("alpha")["version"], "weekly");
        "yes\n".to_owned()
    });
    assert!(screen.success().stdout.ends_with("alpha replaced: weekly -> 0.1.0, from zoo `main`\n"));
    assert!(begun.elapsed() < std::time::Duration::from_secs(60));

    // What was done meanwhile need not be done again, nor asked about.
    world.pack(["install", "./nightly/alpha", "--force"]).success();
    let screen = world.sandbox.run_answering(BIN, ["install", "alpha"], &asked[..1], |_| {
        world.pack(["install", "alpha", "--force"]).success();
        "y\n".to_owned()
    });
    assert!(screen.success().stdout.ends_with("alpha 0.1.0 is up to date\n"));
}
