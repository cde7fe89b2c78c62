use serde_json::json;

use crate::World;

#[test]
fn the_list_has_its_contracts_fields() {
    let world = World::new();
    assert_eq!(
        world.row("alpha"),
        json!({
            "name": "alpha",
            "description": "The alpha pack",
            "installed": null,
            "available": "0.1.0",
            "zoo": "main",
            "state": "not-installed",
            "edited": false,
            "alternatives": [],
        })
    );
    world.folder_pack("store/packs", "mine", "2.0");
    let text = world.pack(["list", "--installed"]).success().stdout;
    assert_eq!(
        text,
        "NAME   INSTALLED   AVAILABLE   ZOO   STATE   DESCRIPTION\n\
         mine   2.0         -           -     local   The mine pack\n"
    );
    let wide = world.pack(["list", "--installed", "-o", "wide"]).success().stdout;
    assert!(wide.lines().next().is_some_and(|it| it.ends_with("DESCRIPTION     ALTERNATIVES   SOURCE")), "{wide}");
    assert_eq!(world.row("mine")["available"], json!(null));
}

#[test]
fn broken_packs_are_named_and_hide_no_others() {
    let world = World::new();
    let chart = |name: &str, text: &str| world.sandbox.write(&format!("store/packs/{name}/charts/Chart.yaml"), text);
    chart("good", "name: good\nversion: 1.10\ndescription: a  b\n");
    chart("mismatch", "name: other\nversion: 1.0\n");
    chart("nameless", "version: 1.0\n");
    chart("unparsable", "name: [\n");
    chart("versionless", "name: versionless\n");
    world.sandbox.write("store/packs/docs/charts/Chart.yaml", "name: docs\n");
    world.sandbox.write("store/packs/README.md", "");
    let output = world.pack(["list", "--installed", "-o", "json"]).failure(1);
    let rows: Vec<(String, String, serde_json::Value)> = output
        .json()
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["name"].to_string(), it["state"].to_string(), it["installed"].clone()))
        .collect();
    let row = |name: &str, state: &str, version| (format!("\"{name}\""), format!("\"{state}\""), version);
    assert_eq!(
        rows,
        [
            row("good", "local", json!("1.10")),
            row("mismatch", "broken", json!(null)),
            row("nameless", "broken", json!(null)),
            row("unparsable", "broken", json!(null)),
            row("versionless", "local", json!(null)),
        ]
    );
    assert!(output.stderr.contains("error: Definition of the mismatch pack is incorrect."), "{}", output.stderr);
    assert!(output.stderr.contains("`charts/Chart.yaml` of pack `nameless` has no name"), "{}", output.stderr);
    assert!(output.stderr.contains("`charts/Chart.yaml` of pack `unparsable` cannot be read"), "{}", output.stderr);
}

#[test]
fn an_old_nctl_store_is_mentioned() {
    let world = World::new();
    world.folder_pack("store/config/packs", "old", "1.0");
    let output = world.pack(["list"]).success();
    assert_eq!(output.stderr.matches("note: `[SANDBOX]/store/config/packs` holds packs of nctl").count(), 1);
    world.pack(["install", "./store/config/packs/old"]).success();
}

#[cfg(unix)]
#[test]
fn control_characters_of_a_pack_do_not_reach_the_terminal() {
    let world = World::new();
    world.zoo.commit([("alpha/charts/Chart.yaml", "name: alpha\nversion: 1\ndescription: \"\\e[2Jgone\\a\"\n")]);
    let output = world.asked(["list"], "").success();
    assert!(output.stdout.contains("^[[2Jgone\\u{7}") && !output.stdout.contains('\u{1b}'), "{output:?}");
    assert_eq!(world.row("alpha")["description"], "\u{1b}[2Jgone\u{7}");
}
