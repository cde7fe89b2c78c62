use serde_json::json;

use crate::World;

#[test]
fn a_pack_is_shown_with_its_parameters() {
    let world = World::new();
    let shown = world.pack(["show", "alpha", "-o", "json"]).success().json();
    assert_eq!(
        shown,
        json!({
            "name": "alpha",
            "version": "0.1.0",
            "description": "The alpha pack",
            "zoo": "main",
            "installed": null,
            "pod_count": 1,
            "placeholders": ["NAUTA.ExperimentName"],
            "kinds": [{"api_version": "v1", "kind": "Pod"}],
            "parameters": [
                {"key": "podCount", "default": 1, "type": "integer", "description": "How many"},
                {"key": "name", "default": "{{ NAUTA.ExperimentName }}", "type": "placeholder", "description": null},
            ],
            "files": ["Dockerfile", "charts/Chart.yaml", "charts/templates/pod.yaml", "charts/values.yaml"],
        })
    );
    world.pack(["install", "alpha"]).success();
    world.offer("alpha", "0.2.0");
    let shown = world.pack(["show", "alpha", "-o", "json"]).success().json();
    assert_eq!((&shown["version"], &shown["installed"]), (&json!("0.1.0"), &json!("0.1.0")));
    let shown = world.pack(["show", "alpha@0.2.0", "-o", "json"]).success().json();
    assert_eq!((&shown["version"], &shown["installed"]), (&json!("0.2.0"), &json!("0.1.0")));
}

#[test]
fn a_page_for_people() {
    let world = World::new();
    insta::assert_snapshot!(world.pack(["show", "alpha"]).success().stdout);
}

#[test]
fn long_lists_are_counted_and_shown_in_full_when_asked_for() {
    let world = World::new();
    let list = "env: [{name: A, value: a long value}, {name: B, value: another long value}]\n";
    world.zoo.commit([("alpha/charts/values.yaml", list)]);
    let page = world.pack(["show", "alpha"]).success().stdout;
    assert!(page.contains("env         list   [2 entries]"), "{page}");
    let page = world.pack(["show", "alpha", "-o", "wide"]).success().stdout;
    assert!(page.contains("{\"name\":\"B\",\"value\":\"another long value\"}]"), "{page}");
}

#[test]
fn paths_and_unknown_names() {
    let world = World::new();
    world.folder_pack("here", "beta", "1.0");
    let shown = world.pack(["show", "./here/beta", "-o", "json"]).success().json();
    assert_eq!((&shown["name"], &shown["zoo"]), (&json!("beta"), &json!(null)));
    let output = world.pack(["show", "alhpa"]).failure(1);
    assert!(output.stderr.contains("hint: did you mean `alpha`?"), "{output:?}");
    world.sandbox.write("here/beta/charts/values.yaml", "a: [1\n");
    let output = world.pack(["show", "./here/beta"]).success();
    assert!(output.stderr.starts_with("warning: `charts/values.yaml` cannot be read"), "{output:?}");
}
