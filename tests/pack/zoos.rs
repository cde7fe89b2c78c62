use serde_json::json;

use crate::World;

#[test]
fn the_configuration_keeps_comments_and_other_keys() {
    let world = World::without_zoo();
    world.offer("alpha", "0.1.0");
    let before = "# our settings\nregistry: 127.0.0.1:5000 # ours\n";
    world.sandbox.write("config.yaml", before);
    let url = world.zoo.url();
    world.pack(["zoo", "add", "main", &url, "--ref", "main"]).success();
    world.pack(["zoo", "add", "other", &url]).success();
    assert_eq!(
        world.sandbox.normalised(&world.sandbox.read("config.yaml")),
        format!(
            "{before}zoos:\n  - name: main\n    url: [SANDBOX]/zoo.git\n    ref: main\n  - name: other\n    url: [SANDBOX]/zoo.git\n"
        )
    );
    world.pack(["zoo", "remove", "main"]).success();
    world.pack(["zoo", "remove", "other"]).success();
    assert_eq!(world.sandbox.read("config.yaml"), format!("{before}zoos:\n"));
}

#[test]
fn zoos_are_listed_in_their_order_with_the_built_in_one_last() {
    let world = World::new();
    world.folder_pack("folder/sub", "beta", "1.0");
    world.pack(["zoo", "add", "local", "./folder", "--subdir", "sub"]).success();
    let list = world.pack(["zoo", "list", "-o", "json"]).success().json();
    assert_eq!(
        list[0],
        json!({
            "name": "main", "url": "[SANDBOX]/zoo.git", "kind": "git", "ref": null, "subdir": null, "packs": 1, "updated_at": null
        })
    );
    assert_eq!(
        list[1],
        json!({
            "name": "local", "url": "[SANDBOX]/folder", "kind": "folder", "ref": null, "subdir": "sub", "packs": 1, "updated_at": null
        })
    );
    assert_eq!((&list[2]["name"], &list[2]["kind"]), (&json!("builtin"), &json!("builtin")));
    assert_eq!(world.pack(["zoo", "list", "-o", "name"]).success().stdout, "main\nlocal\nbuiltin\n");
}

#[test]
fn wrong_zoos_are_refused_and_nothing_is_written() {
    let world = World::without_zoo();
    world.sandbox.write("folder/README.md", "");
    let url = world.zoo.url();
    for (args, code, text) in [
        (&["zoo", "add", "Bad", "/x"][..], 2, "error: `Bad` cannot be the name of a zoo"),
        (&["zoo", "add", "builtin", "/x"], 2, "error: the zoo `builtin` is always there"),
        (&["zoo", "add", "a", "./nowhere"], 1, "error: zoo `a`: there is no folder `[SANDBOX]/nowhere`"),
        (&["zoo", "add", "a", "./folder", "--ref", "x"], 1, "error: `[SANDBOX]/folder` is a plain folder"),
        (&["zoo", "add", "a", "./folder", "--subdir", "../x"], 2, "error: `../x` is no folder inside a zoo"),
        (&["zoo", "add", "a", &url], 1, "error: the git repository `[SANDBOX]/zoo.git` is empty"),
        (&["zoo", "remove", "a"], 1, "error: there is no zoo `a`"),
        (&["zoo", "remove", "builtin"], 2, "error: the zoo `builtin`"),
        (&["zoo", "update", "a"], 1, "error: there is no zoo `a`"),
    ] {
        let output = world.sandbox.run(crate::BIN, args).failure(code);
        assert!(output.stderr.starts_with(text), "{args:?}: {}", output.stderr);
        assert!(output.stderr.contains("\nhint: "), "{args:?}: {}", output.stderr);
    }
    assert!(!world.sandbox.has("config.yaml"));
    world.offer("alpha", "0.1.0");
    world.pack(["zoo", "add", "a", &url]).success();
    for (reference, hint) in [("mian", "hint: did you mean `main`?"), ("zzz", "hint: give the name of a branch")] {
        let output = world.pack(["zoo", "add", "b", &url, "--ref", reference]).failure(1);
        assert!(output.stderr.contains(&format!("has no branch or tag `{reference}`")), "{}", output.stderr);
        assert!(output.stderr.contains(hint), "{}", output.stderr);
    }
    let output = world.pack(["zoo", "add", "b", &url, "--subdir", "packs"]).failure(1);
    assert!(output.stderr.contains("has no folder `packs`"), "{}", output.stderr);
    let output = world.pack(["zoo", "add", "a", "./folder"]).failure(1);
    assert!(output.stderr.starts_with("error: there is a zoo `a` already"), "{}", output.stderr);
}

#[test]
fn an_unreadable_configuration_is_named() {
    let world = World::without_zoo();
    for (text, expected) in [
        ("zoos: [", "error: cannot read the configuration `[SANDBOX]/config.yaml`\n  caused by: "),
        ("zoos:\n  - name: a\n", "error: zoo 1 in `[SANDBOX]/config.yaml` (`a`) has no url"),
        (
            "zoos:\n  - name: Bad_1\n    url: /a\n  - url: /b\n",
            "error: zoo 1 in `[SANDBOX]/config.yaml` is wrong: `Bad_1` cannot be the name of a zoo; zoo 2 \
             has no name",
        ),
        ("zoos: text\n", "error: zoo 1 in `[SANDBOX]/config.yaml` is in no list"),
    ] {
        world.sandbox.write("config.yaml", text);
        let output = world.pack(["list"]).failure(1);
        assert!(output.stderr.starts_with(expected), "{}", output.stderr);
    }
}

#[test]
fn one_zoo_that_fails_hides_no_other() {
    let world = World::new();
    world.folder_pack("folder", "beta", "1.0");
    world.pack(["zoo", "add", "gone", "./folder"]).success();
    std::fs::remove_dir_all(world.sandbox.path("folder")).unwrap();
    let output = world.pack(["list", "-o", "name"]).failure(1);
    assert!(output.stdout.lines().any(|it| it == "alpha"), "{output:?}");
    assert!(output.stderr.contains("zoo `gone`: there is no folder"), "{output:?}");
    let output = world.pack(["install", "alpha"]).success();
    assert!(output.stderr.starts_with("warning: zoo `gone`"), "{output:?}");
    let output = world.pack(["install", "nope"]).failure(1);
    assert!(output.stderr.contains("error: Failed to load template nope.\n  caused by: zoo `gone`"), "{output:?}");
}

#[test]
fn the_zoo_of_nctl_is_taken_over() {
    let world = World::without_zoo();
    world.offer("alpha", "0.1.0");
    let url = format!("file://{}", world.zoo.url());
    world.sandbox.write("nctl/config/zoo-repository.config", format!("model-zoo-address: {url}\n"));
    let output = world.pack(["zoo", "add", "--from-nctl", "nctl/config/zoo-repository.config"]).success();
    assert_eq!(output.stdout, "zoo zoo added: git at file://[SANDBOX]/zoo.git, 1 pack\n");
    let output = world.pack(["zoo", "add", "--from-nctl", "nctl"]).failure(1);
    assert!(output.stderr.starts_with("error: there is a zoo `zoo` already"), "{output:?}");
    world.pack(["zoo", "add", "other", "--from-nctl", "nctl"]).success();
    world.folder_pack("nctl/config/packs", "beta", "1.0");
    let output = world.pack(["zoo", "add", "--from-nctl", "./nctl/config/packs"]).success();
    assert_eq!(output.stdout, "zoo nctl added: folder at [SANDBOX]/nctl/config/packs, 1 pack\n");
    assert_eq!(world.pack(["zoo", "list", "-o", "name"]).success().stdout, "zoo\nother\nnctl\nbuiltin\n");
    world.pack(["install", "beta"]).success();
}

#[test]
fn what_nctl_did_not_write_is_not_taken_over() {
    let world = World::without_zoo();
    world.sandbox.write("empty/x", "");
    world.sandbox.write("bad.config", "other: 1\n");
    for (args, code, text) in [
        (&["zoo", "add", "--from-nctl", "nowhere"][..], 1, "error: cannot read `[SANDBOX]/nowhere`\n"),
        (
            &["zoo", "add", "--from-nctl", "empty"],
            1,
            "error: nctl left nothing in `[SANDBOX]/empty`\nhint: give nctl's",
        ),
        (
            &["zoo", "add", "--from-nctl", "bad.config"],
            1,
            "error: cannot take over `[SANDBOX]/bad.config`\n  caused by: the file has no `model-zoo-address`\nhint: ",
        ),
        (&["zoo", "add", "n", "url", "--from-nctl", "empty"], 2, "error: "),
        (&["zoo", "add", "n"], 2, "error: "),
    ] {
        let output = world.sandbox.run(crate::BIN, args).failure(code);
        assert!(output.stderr.starts_with(text), "{args:?}: {}", output.stderr);
    }
    assert!(!world.sandbox.has("config.yaml"));
}
