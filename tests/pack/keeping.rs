use serde_json::json;

use crate::World;

const VALUES: &str = "store/packs/alpha/charts/values.yaml";

/// A world whose `alpha` is installed and edited: another pod count, a file added, one removed.
fn edited_world() -> World {
    let world = World::new();
    world.pack(["install", "alpha"]).success();
    world.sandbox.write(VALUES, "# How many\npodCount: 2\nname: {{ NAUTA.ExperimentName }}\n");
    world.sandbox.write("store/packs/alpha/added", "mine");
    std::fs::remove_file(world.sandbox.path("store/packs/alpha/Dockerfile")).unwrap();
    world
}

/// Offers 0.2.0, with these values and a new template.
fn offer_values(world: &World, version: &str, values: &str) {
    world.offer("alpha", version);
    world.zoo.commit([("alpha/charts/values.yaml", values), ("alpha/charts/templates/new.yaml", "new")]);
}

#[test]
fn edits_live_through_one_upgrade_after_the_other() {
    let world = edited_world();
    offer_values(&world, "0.2.0", "# How many\npodCount: 1\nname: {{ NAUTA.ExperimentName }}\nmore: true\n");
    let output = world.pack(["upgrade", "alpha", "--keep-edits"]).success();
    assert_eq!(output.stdout, "alpha upgraded: 0.1.0 -> 0.2.0, from zoo `main`\n");
    let kept = "note: `alpha` keeps its local edits: removed Dockerfile, added added, changed charts/values.yaml\n";
    assert!(output.stderr.ends_with(kept), "{output:?}");
    let backups = world.sandbox.names("store/backup");
    assert!(world.sandbox.read(&format!("store/backup/{}/charts/values.yaml", backups[0])).contains("podCount: 2"));
    let merged = "# How many\npodCount: 2\nname: {{ NAUTA.ExperimentName }}\nmore: true\n";
    assert_eq!(world.sandbox.read(VALUES), merged);
    assert_eq!(world.sandbox.read("store/packs/alpha/added"), "mine");
    assert!(!world.sandbox.has("store/packs/alpha/Dockerfile"));
    assert_eq!(world.sandbox.read("store/packs/alpha/charts/templates/new.yaml"), "new");
    let row = world.row("alpha");
    assert_eq!((&row["installed"], &row["state"], &row["edited"]), (&json!("0.2.0"), &json!("edited"), &json!(true)));

    offer_values(&world, "0.3.0", "# How many pods\npodCount: 1\nmore: true\n");
    let output = world.pack(["upgrade", "--all", "--keep-edits"]).failure(1);
    assert!(output.stderr.contains("charts/values.yaml:2: your edit"), "the lines touch: {output:?}");
    offer_values(&world, "0.3.1", "# How many\npodCount: 1\nname: {{ NAUTA.ExperimentName }}\nmore: false\n");
    world.pack(["upgrade", "--all", "--keep-edits"]).success();
    assert_eq!(world.sandbox.read(VALUES), merged.replace("more: true", "more: false"));
    assert_eq!(world.row("alpha")["edited"], true);
}

#[test]
fn edits_that_the_zoo_took_over_are_edits_no_more() {
    let world = World::new();
    world.pack(["install", "alpha"]).success();
    world.sandbox.write(VALUES, "podCount: 2\n");
    offer_values(&world, "0.2.0", "podCount: 2\n");
    let output = world.pack(["upgrade", "alpha", "--keep-edits"]).success();
    assert!(!output.stderr.contains("keeps its local edits"), "{output:?}");
    assert_eq!(world.row("alpha")["state"], "up-to-date");
}

#[test]
fn conflicts_are_named_together_and_nothing_changes() {
    let world = edited_world();
    offer_values(&world, "0.2.0", "# How many\npodCount: 4\nname: {{ NAUTA.ExperimentName }}\n");
    world.zoo.commit([("alpha/Dockerfile", "FROM other\n"), ("alpha/added", "theirs")]);
    let before = world.sandbox.files("store");
    for args in [&["upgrade", "alpha", "--keep-edits"][..], &["upgrade", "alpha", "--keep-edits", "--dry-run"]] {
        let output = world.sandbox.run(crate::BIN, args).failure(1);
        assert_eq!(
            output.stderr,
            "error: pack `alpha`: Dockerfile: you removed it, and the new version changes it\n\
             error: pack `alpha`: added: you added it, and the new version adds another one\n\
             error: pack `alpha`: charts/values.yaml:2: your edit and the new version change the same lines\n\
             hint: nothing was changed; make these places as `kubectl pack diff alpha --available` shows them and try \
             again, or `--overwrite` replaces the pack and keeps yours as a backup\n",
            "{args:?}"
        );
        assert_eq!(output.stdout, "");
    }
    assert_eq!(world.sandbox.files("store"), before);
    world.pack(["upgrade", "alpha", "--keep-edits", "--overwrite"]).failure(2);
}

#[test]
fn edits_of_unknown_origin_or_a_spoilt_chart_are_not_merged() {
    let world = edited_world();
    world.offer("alpha", "0.2.0");
    let base = world.sandbox.path("store/packs/alpha/.nauta/base.tar.gz");
    let bytes = std::fs::read(&base).unwrap();
    std::fs::write(&base, "no archive").unwrap();
    let output = world.pack(["upgrade", "alpha", "--keep-edits"]).failure(1);
    let expected = "error: `.nauta/base.tar.gz` of pack `alpha` is damaged\n  caused by: it cannot be unpacked\n";
    assert!(output.stderr.starts_with(expected), "{output:?}");
    std::fs::write(&base, bytes).unwrap();
    let chart = "apiVersion: [\nname: alpha\nversion: 0.1.0\ndescription: The alpha pack\n";
    world.sandbox.write("store/packs/alpha/charts/Chart.yaml", chart);
    let output = world.pack(["upgrade", "alpha", "--keep-edits"]).failure(1);
    assert!(output.stderr.contains("charts/Chart.yaml cannot be used once your edits are merged"), "{output:?}");
    assert_eq!(world.receipt("alpha")["version"], "0.1.0");
    world.folder_pack("store/packs", "alpha", "0.1.0");
    std::fs::remove_dir_all(world.sandbox.path("store/packs/alpha/.nauta")).unwrap();
    let output = world.pack(["upgrade", "alpha", "--keep-edits"]).failure(1);
    let hint = "hint: `kubectl pack diff alpha --available` compares it with what a zoo has, if one has it\n";
    let error = format!("error: pack `alpha` has no receipt that tells what was installed\n{hint}");
    assert_eq!(output.stderr, error);
    world.offer("alpha", "0.9.0");
    let output = world.pack(["upgrade", "alpha"]).failure(1);
    assert!(
        output.stderr.ends_with("hint: `--overwrite` replaces it and keeps the present pack as a backup\n"),
        "{output:?}"
    );
}

#[test]
fn a_dry_run_tells_what_would_happen_and_writes_nothing() {
    let world = World::new();
    world.offer("beta", "1.0");
    for name in ["alpha", "beta"] {
        world.pack(["install", name]).success();
    }
    let before = world.sandbox.files("store");
    assert_eq!(world.pack(["upgrade", "alpha", "--dry-run"]).success().stdout, "alpha 0.1.0 is up to date\n");
    offer_values(&world, "0.2.0", "podCount: 1\n");
    let output = world.pack(["upgrade", "--all", "--dry-run"]).success();
    assert_eq!(
        output.stdout,
        "alpha would be upgraded: 0.1.0 -> 0.2.0, from zoo `main`\n  changed charts/Chart.yaml\n  \
         added charts/templates/new.yaml\n  changed charts/values.yaml\nbeta 1.0 is up to date\n"
    );
    assert_eq!(world.sandbox.files("store"), before);
    world.sandbox.write("store/packs/alpha/Dockerfile", "FROM mine\n");
    let output = world.pack(["upgrade", "alpha", "--dry-run"]).failure(1);
    assert!(output.stderr.starts_with("error: pack `alpha` has local edits: changed Dockerfile\nhint: `--keep-edits`"));
    let output = world.pack(["upgrade", "alpha", "--dry-run", "--keep-edits"]).success();
    assert!(output.stdout.starts_with("alpha would be upgraded, with your edits kept: 0.1.0 -> 0.2.0"), "{output:?}");
    assert!(!output.stdout.contains("Dockerfile"), "{output:?}");
    let output = world.pack(["upgrade", "alpha", "--dry-run", "--overwrite"]).success();
    assert!(output.stdout.contains("\n  changed Dockerfile\n"), "{output:?}");
    assert_eq!(output.stderr, "note: the edited pack `alpha` would be kept as a backup\n");
    world.offer("beta", "abc");
    let output = world.pack(["upgrade", "beta", "--dry-run"]).success();
    assert!(output.stdout.starts_with("beta would be replaced, if you say yes: 1.0 -> abc"), "{output:?}");
    world.offer("beta", "0.9");
    world.pack(["upgrade", "beta", "--dry-run"]).failure(1);
    assert_eq!(world.receipt("beta")["version"], "1.0");
    assert_eq!(world.sandbox.names("store/backup"), Vec::<String>::new());
}
