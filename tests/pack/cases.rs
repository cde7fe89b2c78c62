//! Rows of the owner's table of cases for packs that no other test covers, or not in one piece.
//!
//! | case | test |
//! |---|---|
//! | 63, 64, 70 | here |
//! | 65 | `git_zoos::docs_and_hooks_are_no_packs`, `catalogue::broken_packs_are_named_and_hide_no_others` |
//! | 66 | here; the listing in `catalogue::broken_packs_are_named_and_hide_no_others` |
//! | 67, 68 | `catalogue::broken_packs_are_named_and_hide_no_others`; as a table here |
//! | 69 | here; 404 and bad JSON also in `http::a_list_says_what_is_wrong_and_shows_the_rest` |
//! | 71 | here, `git_zoos::a_renamed_pack_is_another_pack` |
//! | 72 | `installing::versions_decide_what_install_does`, the table itself in `shared::pack::decision` |
//! | 73 | `installing::versions_that_cannot_be_compared_are_asked_about` |
//! | 74 | `installing::versions_decide_what_install_does` |
//! | 75 | `http::a_failure_leaves_the_old_pack_and_the_next_try_works` |
//! | 76 | `hostile` |
//! | 77, 78, 84 | here |
//! | 79 to 83 | `copying` |
//!
//! The names of experiments (85, 86) are checked in `shared::experiment::name` and `tests/nauta/render.rs`, sweeps (87 to
//! 93) in `shared::experiment::{range, sweep}` and `tests/nauta/sweep.rs`.

use serde_json::{Value, json};
use support::helm::helms;
use support::http::Reply;
use support::sandbox::{bin, repository};

use crate::http::{Web, entry};
use crate::place::Place;
use crate::{BIN, World};

/// Returns NAME, INSTALLED and AVAILABLE of a table, without the built-in packs.
fn rows(table: &str) -> Vec<String> {
    let lines = table.lines().skip(1).filter(|it| !it.contains(" builtin "));
    lines.map(|it| it.split_whitespace().take(3).collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn case_63_and_70_a_row_each_with_versions_as_written() {
    let world = World::new();
    world.offer("both", "0.1.0");
    world.offer("remote", "1.10");
    world.offer("zero", "1.0");
    world.pack(["install", "both", "zero"]).success();
    world.folder_pack("store/packs", "local", "1.10");
    let listed = world.pack(["list"]).success();
    let expected = ["alpha - 0.1.0", "both 0.1.0 0.1.0", "local 1.10 -", "remote - 1.10", "zero 1.0 1.0"];
    assert_eq!(rows(&listed.stdout), expected);
    assert_eq!((&world.row("remote")["installed"], &world.row("local")["available"]), (&json!(null), &json!(null)));
    assert_eq!((&world.row("zero")["installed"], &world.row("zero")["available"]), (&json!("1.0"), &json!("1.0")));
}

#[test]
fn case_64_a_description_is_one_line() {
    let world = World::new();
    let long = "x".repeat(64);
    let chart = format!("name: alpha\nversion: 1\ndescription: \"{long} \\n\\n  a   b\\t c \"\n");
    world.zoo.commit([("alpha/charts/Chart.yaml", chart.as_str())]);
    let listed = world.pack(["list"]).success().stdout;
    let row = listed.lines().find(|it| it.starts_with("alpha ")).unwrap();
    assert!(row.ends_with(&format!("   {long} a b c")), "{listed}");
    assert_eq!(world.row("alpha")["description"], format!("{long} a b c"));
}

#[test]
fn case_66_a_mismatch_is_listed_by_its_folder_and_not_used() {
    let sandbox = Place::new();
    for file in ["Dockerfile", "charts/values.yaml", "charts/templates/a.yaml"] {
        sandbox.write(&format!("store/packs/mismatch/{file}"), "podCount: 1\n");
    }
    sandbox.write("store/packs/mismatch/charts/Chart.yaml", "name: other\nversion: 1.0.0\n");
    let listed = sandbox.run(BIN, ["list", "--installed", "-o", "json"]).failure(1).json();
    assert_eq!((&listed[0]["name"], &listed[0]["state"]), (&json!("mismatch"), &json!("broken")));
    let nauta = bin("helm-nauta").to_string_lossy().into_owned();
    for (program, words) in [(nauta.as_str(), &["render", "e", "mismatch"][..]), (BIN, &["show", "mismatch"])] {
        let failed = sandbox.run(program, words).failure(2);
        assert!(
            failed.stderr.contains("error: Definition of the mismatch pack is incorrect.\n"),
            "{words:?} {failed:?}"
        );
    }
}

#[test]
fn case_67_and_68_one_that_is_broken_takes_only_its_row() {
    let sandbox = Place::new();
    for (name, chart) in [
        ("bad", "a: [\n"),
        ("good", "name: good\nversion: 1.10\n"),
        ("nameless", "version: 1\n"),
        ("versionless", "name: versionless\n"),
    ] {
        sandbox.write(&format!("store/packs/{name}/charts/Chart.yaml"), chart);
    }
    let listed = sandbox.run(BIN, ["list", "--installed"]).failure(1);
    let shown: Vec<String> =
        listed.stdout.lines().skip(1).map(|it| it.split_whitespace().take(5).collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(shown, ["bad - - - broken", "good 1.10 - - local", "nameless - - - broken", "versionless - - - local"]);
    assert!(listed.stderr.contains("pack `nameless` has no name"), "{listed:?}");
}

#[test]
fn case_69_local_rows_are_printed_whatever_the_zoo_says() {
    for (reply, expected) in [
        (Reply::status(404), "does not exist or you do not have access. List below does not contain then any remote"),
        (Reply::status(500), "Other error occurred during accessing remote repository.\n  caused by: "),
        (Reply::ok("{\"templates\": ["), "Other error occurred during accessing remote repository.\n  caused by: "),
        (Reply::ok("{}"), "Other error occurred during accessing remote repository.\n  caused by: "),
    ] {
        let web = Web::new();
        web.world.folder_pack("store/packs", "local", "1.0.0");
        web.server.answer("/zoo/index.json", [reply]);
        let listed = web.with(&[], ["list"]).failure(1);
        assert!(listed.stderr.contains(expected), "{listed:?}");
        assert_eq!(rows(&listed.stdout), ["local 1.0.0 -"], "{listed:?}");
    }
    let without = Place::new();
    let listed = without.run(BIN, ["list"]).success();
    assert!(listed.stdout.contains("builtin") && listed.stderr.is_empty(), "no zoo is no fault: {listed:?}");
}

#[test]
fn case_71_and_77_unknown_names_and_archives_leave_nothing() {
    let web = Web::new();
    let failed = web.with(&[], ["install", "unknown"]).failure(1);
    assert!(failed.stderr.starts_with("error: Remote template unknown has not been found.\n"), "{failed:?}");
    assert!(!web.world.sandbox.has("store/packs"));
    web.give_index(&[entry("alpha", "0.1.0")]);
    web.with(&[], ["install", "alpha"]).success();
    assert_eq!(web.world.sandbox.names("store/packs"), ["alpha"]);
    assert_eq!(web.world.sandbox.names("store/packs/alpha"), [".nauta", "Dockerfile", "charts"]);
    assert_eq!(web.world.sandbox.names("store/staging"), [""; 0]);
}

/// Copies a pack of the zoo's fixtures into the store, and returns the folder that it came from.
fn copied(sandbox: &Place, pack: &str) -> String {
    let source = repository().join("tests/fixtures/zoo").join(pack).to_string_lossy().into_owned();
    let words = ["copy", &source, "new-pack", "--version", "0.2.0", "-d", "desc: with colon \"q\" # hash żółć"];
    let output = sandbox.run(BIN, words).success();
    assert!(output.stdout.starts_with("Template new-pack was successfully created from "), "{output:?}");
    source
}

#[test]
fn case_78_a_copy_of_horovod_keeps_all_but_three_fields() {
    let sandbox = Place::new();
    let source = copied(&sandbox, "tf-training-horovod");
    let read = |text: &str| Value::Object(shared::yaml::read::mapping_as_written(text).unwrap());
    let old = read(&std::fs::read_to_string(format!("{source}/charts/Chart.yaml")).unwrap());
    let text = sandbox.read("store/packs/new-pack/charts/Chart.yaml");
    let mut expected = old;
    expected["name"] = json!("new-pack");
    expected["version"] = json!("0.2.0");
    expected["description"] = json!("desc: with colon \"q\" # hash żółć");
    assert_eq!(read(&text), expected);
    assert!(text.contains("version: \"0.2.0\""), "{text}");
    let below = |root: &str| {
        let files = sandbox.files(root).into_iter();
        let root = sandbox.path(root);
        let files = files.map(move |(path, content)| (path.strip_prefix(&root).unwrap().to_owned(), content));
        files.filter(|it| !it.0.ends_with("Chart.yaml")).collect::<Vec<_>>()
    };
    assert_eq!(below("store/packs/new-pack"), below(&source));
}

#[test]
fn case_84_a_copy_is_used_by_its_own_name() {
    for helm in helms() {
        let sandbox = Place::new();
        copied(&sandbox, "tf-training-single");
        let nauta = bin("helm-nauta");
        let mut command = sandbox.command(&nauta.to_string_lossy(), ["template", "exp1", "new-pack", "t.py"]);
        let output = command.env("HELM_BIN", &helm.path).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let job = text.split("\n---\n").find(|it| it.contains("kind: TFJob")).unwrap();
        for label in ["app: new-pack", "chart: new-pack-0.2.0"] {
            assert!(job.lines().any(|it| it.trim().replace('"', "") == label), "no {label} in {job}");
        }
    }
}
