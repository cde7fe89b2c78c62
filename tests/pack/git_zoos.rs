use serde_json::json;
use support::bare::{self, BareRepository};

use crate::World;

#[test]
fn what_is_committed_counts_and_uncommitted_work_does_not() {
    let world = World::without_zoo();
    world.offer("alpha", "0.1.0");
    world.zoo.clone_to(&world.sandbox.path("clone"));
    world.sandbox.write("clone/alpha/charts/Chart.yaml", "name: alpha\nversion: 9.9.9\n");
    world.sandbox.write("clone/beta/charts/Chart.yaml", "name: beta\nversion: 1.0\n");
    world.pack(["zoo", "add", "main", "./clone"]).success();
    assert_eq!(world.row("alpha")["available"], "0.1.0");
    assert_eq!(world.row("beta"), json!(null));
    assert!(!world.sandbox.has("store/cache/git"), "a local repository is opened in place");
    let file_url = format!("file://{}", world.zoo.url());
    world.pack(["zoo", "add", "by-url", &file_url]).success();
    world.pack(["install", "alpha", "--zoo", "by-url"]).success();
    assert_eq!(world.receipt("alpha")["zoo"], "by-url");
    assert!(!world.sandbox.has("store/cache/git"), "nor is it mirrored by its URL");
}

#[test]
fn versions_are_found_by_tags_then_in_the_history() {
    let world = World::new();
    world.zoo.tag("alpha-0.1.0");
    let second = world.offer("alpha", "0.2.0");
    world.offer("alpha", "0.3");
    world.zoo.tag("alpha/v0.3.0");
    world.offer("alpha", "0.4.0");
    world.zoo.tag("v0.4.0");
    world.offer("alpha", "0.5.0");
    world.zoo.tag("v9.0.0");
    for (version, reference, found) in [
        ("0.1.0", Some("alpha-0.1.0"), "0.1.0"),
        ("v0.1", None, "0.1.0"),
        ("0.2.0", None, "0.2.0"),
        ("0.3.0", Some("alpha/v0.3.0"), "0.3"),
        ("0.4.0", Some("v0.4.0"), "0.4.0"),
        ("0.5", None, "0.5.0"),
    ] {
        world.pack(["install", &format!("alpha@{version}"), "--force"]).success();
        let receipt = world.receipt("alpha");
        assert_eq!((&receipt["version"], &receipt["ref"]), (&json!(found), &json!(reference)), "{version}");
        if version == "0.2.0" {
            assert_eq!(receipt["commit"], second);
        }
    }
    let output = world.pack(["install", "alpha@9.0.0"]).failure(1);
    assert_eq!(
        output.stderr, "error: Remote template alpha@9.0.0 has not been found.\nhint: zoo `main` offers 0.5.0\n",
        "a tag of the whole zoo counts only where the pack has that version"
    );
}

#[test]
fn branches_tags_and_folders_are_chosen_by_the_zoo() {
    let world = World::without_zoo();
    world.zoo.commit(bare::borrowed(&bare::pack("ml/packs/", "alpha", "1.0.0")));
    world.zoo.tag("stable");
    world.zoo.commit(bare::borrowed(&bare::pack("ml/packs/", "alpha", "2.0.0")));
    world.zoo.commit_to("next", bare::borrowed(&bare::pack("ml/packs/", "alpha", "3.0.0")));
    let url = world.zoo.url();
    for (reference, version) in [("main", "2.0.0"), ("stable", "1.0.0"), ("next", "3.0.0")] {
        world.pack(["zoo", "add", reference, &url, "--ref", reference, "--subdir", "ml/packs"]).success();
        world.pack(["install", "alpha", "--zoo", reference, "--force"]).success();
        let receipt = world.receipt("alpha");
        assert_eq!((&receipt["version"], &receipt["ref"]), (&json!(version), &json!(reference)));
    }
}

#[test]
fn a_renamed_pack_is_another_pack() {
    let world = World::new();
    world.pack(["install", "alpha"]).success();
    let old: Vec<(String, String)> = bare::pack("", "alpha", "0.1.0");
    world.zoo.remove(old.iter().map(|it| it.0.as_str()));
    world.offer("alpha-two", "0.2.0");
    assert_eq!(world.row("alpha")["state"], "local");
    assert_eq!(world.row("alpha-two")["state"], "not-installed");
    let output = world.pack(["upgrade", "alpha"]).failure(1);
    assert_eq!(output.stderr, "error: Remote template alpha has not been found.\nhint: did you mean `alpha-two`?\n");
    world.pack(["uninstall", "alpha", "--yes"]).success();
    world.pack(["install", "alpha@0.1.0"]).success();
    assert_eq!(world.receipt("alpha")["version"], "0.1.0", "its history still has it");
    let output = world.pack(["upgrade", "--all"]).success();
    assert!(output.stderr.contains("note: no zoo has `alpha`: it stays as it is"), "{output:?}");
}

#[test]
fn submodules_and_links_refuse_their_pack_only() {
    let world = World::new();
    world.offer("linked", "1.0.0");
    world.zoo.link("linked/charts/link", "../../../etc/passwd");
    world.offer("nested", "1.0.0");
    world.zoo.submodule("nested/vendor");
    world.zoo.submodule("whole");
    let output = world.pack(["list", "-o", "json"]).failure(1);
    let states: Vec<(String, String)> = output
        .json()
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["zoo"] == "main")
        .map(|it| (it["name"].as_str().unwrap().to_owned(), it["state"].as_str().unwrap().to_owned()))
        .collect();
    let expected = [("alpha", "not-installed"), ("linked", "broken"), ("nested", "broken")];
    assert_eq!(states, expected.map(|(name, state)| (name.to_owned(), state.to_owned())));
    assert!(output.stderr.contains("`charts/link` is a symbolic link"), "{}", output.stderr);
    assert!(output.stderr.contains("`vendor` is a submodule"), "{}", output.stderr);
    let output = world.pack(["install", "nested", "alpha"]).failure(1);
    assert!(output.stderr.contains("error: Failed to install template nested from repository"), "{output:?}");
    assert!(output.stdout.starts_with("alpha 0.1.0 installed"), "{output:?}");
    assert!(!world.sandbox.has("store/packs/nested"));
}

#[test]
fn docs_and_hooks_are_no_packs() {
    let world = World::new();
    world.offer("docs", "1.0.0");
    world.offer("hooks", "1.0.0");
    world.zoo.commit([("README.md", "x"), ("LICENSE", "x"), ("empty/file", "x")]);
    let rows = world.pack(["list", "--available", "-o", "json"]).success().json();
    let names: Vec<&str> = rows
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["zoo"] == "main")
        .map(|it| it["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["alpha"]);
}

#[test]
fn two_thousand_commits_are_searched() {
    let world = World::new();
    for number in 0..2_000 {
        let content = number.to_string();
        if number == 1_000 {
            world.zoo.commit([("alpha/charts/Chart.yaml", "name: alpha\nversion: 0.2.0\n")]);
        }
        world.zoo.commit([("alpha/counter", content.as_str())]);
    }
    let output = world.pack(["install", "alpha@0.1.0"]).success();
    assert!(output.stdout.starts_with("alpha 0.1.0 installed"), "{output:?}");
    assert_eq!(world.sandbox.read("store/packs/alpha/counter"), "999", "the newest commit with that version");
    world.pack(["upgrade", "alpha"]).success();
    assert_eq!(world.sandbox.read("store/packs/alpha/counter"), "1999");
    world.pack(["install", "alpha@0.0.1"]).failure(1);
}

#[test]
fn a_rewritten_history_is_followed() {
    let world = World::new();
    world.pack(["install", "alpha"]).success();
    world.offer("alpha", "0.2.0");
    let commit = world.zoo.squash();
    world.pack(["upgrade", "alpha"]).success();
    assert_eq!(world.receipt("alpha")["commit"], commit.to_string());
    world.pack(["install", "alpha@0.1.0", "--force"]).failure(1);
}

#[test]
fn a_head_without_a_commit_is_explained() {
    let world = World::without_zoo();
    let repository = BareRepository::new(&world.sandbox.path("other.git"));
    repository.commit_to("trunk", [("x", "y")]);
    let output = world.pack(["zoo", "add", "other", &repository.url()]).failure(1);
    assert!(output.stderr.contains("has no branch or tag `main`"), "{}", output.stderr);
    repository.set_default_branch("trunk");
    let output = world.pack(["zoo", "add", "other", &repository.url()]).success();
    assert!(output.stderr.starts_with("warning: zoo `other` has no packs"), "{output:?}");
}
