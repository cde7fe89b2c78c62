use serde_json::json;

use crate::World;

#[test]
fn a_copy_has_a_new_chart_and_the_same_files() {
    let world = World::new();
    world.pack(["install", "alpha"]).success();
    let text = "desc: with colon \"q\" # hash żółć";
    let output = world.pack(["copy", "alpha", "new-pack", "--version", "0.2.0", "-d", text]).success();
    assert_eq!(output.stdout, "Template new-pack was successfully created from alpha template.\n");
    assert_eq!(
        world.sandbox.read("store/packs/new-pack/charts/Chart.yaml"),
        "apiVersion: v1\nname: \"new-pack\"\nversion: \"0.2.0\"\n\
         description: \"desc: with colon \\\"q\\\" # hash żółć\"\n"
    );
    for file in ["Dockerfile", "charts/values.yaml", "charts/templates/pod.yaml"] {
        let of = |pack: &str| world.sandbox.read(&format!("store/packs/{pack}/{file}"));
        assert_eq!(of("new-pack"), of("alpha"), "{file}");
    }
    assert!(!world.sandbox.has("store/packs/new-pack/.nauta"));
    let row = world.row("new-pack");
    assert_eq!(
        (&row["state"], &row["installed"], &row["description"]),
        (&json!("local"), &json!("0.2.0"), &json!(text))
    );
}

#[test]
fn versions_and_descriptions_have_their_rules() {
    let world = World::new();
    world.folder_pack("here", "beta", "3.0");
    let long = "ż".repeat(300);
    world.pack(["copy", "./here/beta", "no", "-d", &long]).success();
    let row = world.row("no");
    assert_eq!(
        (&row["installed"], row["description"].as_str().map(|it| it.chars().count())),
        (&json!("0.1.0"), Some(255))
    );
    world.pack(["copy", "./here/beta", "one", "--version", "1.0", "-d", "x"]).success();
    assert!(world.sandbox.read("store/packs/one/charts/Chart.yaml").contains("version: \"1.0\""));
    let output = world.pack(["copy", "./here/beta", "two", "-d", " "]).failure(1);
    assert!(output.stderr.starts_with("error: Enter new template description (up to 255 chars)"), "{output:?}");
    assert!(output.stderr.contains("hint: give --description"), "{output:?}");
    assert!(!world.sandbox.has("store/packs/two"));
}

#[cfg(unix)]
#[test]
fn a_description_is_asked_for_until_it_is_not_blank() {
    let world = World::new();
    world.folder_pack("here", "beta", "3.0");
    let output = world.asked(["copy", "./here/beta", "two"], &format!("\n  \n{}\n", "x".repeat(300))).success();
    assert_eq!(output.stdout.matches("Enter new template description (up to 255 chars):").count(), 3);
    assert_eq!(world.row("two")["description"], "x".repeat(255));
}

#[test]
fn what_exists_is_never_changed() {
    let world = World::new();
    world.pack(["install", "alpha"]).success();
    world.sandbox.write("store/packs/file", "x");
    let before = world.sandbox.files("store/packs");
    for (args, code, text) in [
        (["alpha", "alpha"], 1, "error: Template with name alpha already exists.\n"),
        (["alpha", "file"], 1, "error: Template with name file already exists.\n"),
        (["nope", "new"], 1, "error: Source template nope has not been found.\n"),
        (["../x", "new"], 1, "error: Source template ../x has not been found.\n"),
        (["alpha", "docs"], 2, "error: `docs` cannot be the name of a new pack\n"),
        (["alpha", ""], 2, "error: `` cannot be the name of a new pack\n"),
        (["alpha", "."], 2, "error: `.` cannot be"),
        (["alpha", "README.md"], 2, "error: `README.md` cannot be"),
        (["alpha", "a/b"], 2, "error: `a/b` cannot be"),
        (["alpha", "../evil"], 2, "error: `../evil` cannot be"),
        (["alpha", "Bad Name"], 2, "error: `Bad Name` cannot be"),
        (["alpha", ".hidden"], 2, "error: `.hidden` cannot be"),
        (["alpha", "Ünï"], 2, "error: `Ünï` cannot be"),
    ] {
        let output = world.pack(["copy", args[0], args[1]]).failure(code);
        assert!(output.stderr.starts_with(text), "{args:?}: {}", output.stderr);
    }
    world.pack(["copy", "alpha", "-d", "x", "--", "-x"]).failure(2);
    world.pack(["copy", "alpha", "new", "-d", "x", "--version", "abc"]).failure(2);
    assert_eq!(world.sandbox.files("store/packs"), before);
}
