//! What nobody writes, but somebody may offer: one clear error, and the rest works; and what is the user's own stays.

use crate::World;

#[test]
#[cfg(unix)]
fn a_changed_mode_is_an_edit_and_survives_an_upgrade() {
    use std::os::unix::fs::PermissionsExt as _;

    let world = World::new();
    world.pack(["install", "alpha"]).success();
    let file = world.sandbox.path("store/packs/alpha/Dockerfile");
    let set = |mode| std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
    set(0o755);
    assert_eq!(world.row("alpha")["edited"], true);
    world.offer("alpha", "0.2.0");
    let refused = world.pack(["upgrade", "alpha"]).failure(1);
    assert!(refused.stderr.contains("local edits: changed mode of Dockerfile"), "{}", refused.stderr);
    world.pack(["upgrade", "alpha", "--keep-edits"]).success();
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o755);
    set(0o644);
    assert_eq!(world.row("alpha")["edited"], false);
}

#[test]
fn a_repository_of_the_user_s_own_is_kept_as_a_backup() {
    let world = World::new();
    world.pack(["install", "alpha"]).success();
    world.sandbox.write("store/packs/alpha/.git/HEAD", "mine");
    assert_eq!(world.row("alpha")["edited"], false);
    world.offer("alpha", "0.2.0");
    let upgraded = world.pack(["upgrade", "alpha"]).success();
    assert!(upgraded.stderr.contains("is kept in"), "{}", upgraded.stderr);
    let kept = |number: usize| format!("store/backup/{}/.git/HEAD", world.sandbox.names("store/backup")[number]);
    assert_eq!(world.sandbox.read(&kept(0)), "mine");
    world.sandbox.write("store/packs/alpha/.git/HEAD", "mine too");
    world.pack(["uninstall", "alpha", "-y"]).success();
    assert_eq!(world.sandbox.read(&kept(1)), "mine too");
}

#[test]
fn a_chart_yaml_of_any_size_hides_no_other_pack() {
    let world = World::new();
    let large = format!("name: large\nversion: 1.0.0\n{}", "#".repeat(2 << 20));
    world.zoo.commit([("large/charts/Chart.yaml", large.as_str())]);
    world.pack(["zoo", "update"]).success();
    let listed = world.pack(["list"]).failure(1);
    assert!(listed.stdout.contains("alpha "), "{}", listed.stdout);
    assert!(listed.stderr.contains("too large for a pack: over 1 MiB in `charts/Chart.yaml`"), "{}", listed.stderr);
    let failed = world.pack(["install", "large"]).failure(1);
    assert!(failed.stderr.contains("too large"), "{}", failed.stderr);
    world.sandbox.write("folder/large/charts/Chart.yaml", &large);
    let shown = world.pack(["show", &world.sandbox.text_path("folder/large")]).failure(1);
    assert!(shown.stderr.contains("is too large: over 1 MiB"), "{}", shown.stderr);
}

#[test]
fn a_repository_that_cannot_be_opened_is_not_taken_for_a_folder() {
    let world = World::new();
    world.sandbox.write("home/.gitconfig", "[broken");
    let failed = world.pack(["zoo", "add", "other", &world.zoo.url()]).failure(1);
    assert!(failed.stderr.contains("caused by: "), "{}", failed.stderr);
    assert!(!world.pack(["zoo", "list"]).stdout.contains("folder"));
    let failed = world.pack(["zoo", "add", "empty", ""]).failure(2);
    assert!(failed.stderr.starts_with("error: the URL of a zoo cannot be empty"), "{}", failed.stderr);
}

#[test]
fn file_urls_are_decoded() {
    let world = World::new();
    world.folder_pack("my packs", "beta", "1.0.0");
    let url = format!("file://{}/my%20packs", world.sandbox.text_path(""));
    world.pack(["zoo", "add", "mine", &url]).success();
    assert_eq!(world.row("beta")["available"], "1.0.0");
}

#[test]
fn endless_expressions_are_an_error_and_no_crash() {
    let world = World::new();
    world.folder_pack("folder", "beta", "1.0.0");
    for values in
        [format!("x: {{{{ 1{} }}}}\n", "+1".repeat(30_000)), "{% if 1 %}".to_owned() + &"{% elif 2 %}".repeat(10_000)]
    {
        world.sandbox.write("folder/beta/charts/values.yaml", values);
        let linted = world.pack(["lint", &world.sandbox.text_path("folder/beta")]).failure(1);
        assert!(linted.stdout.contains("too long, or a statement has too many branches"), "{}", linted.stdout);
    }
}

#[test]
#[cfg(unix)]
fn json_on_a_terminal_stays_json() {
    let world = World::new();
    let chart = "name: alpha\nversion: 0.3.0\ndescription: \"a\\u202eb\\u009bc\"\n";
    world.zoo.commit([("alpha/charts/Chart.yaml", chart)]);
    let shown = world.asked(["list", "-o", "json"], "").success();
    assert!(shown.stdout.contains(r"a\u202eb\u009bc"), "{}", shown.stdout);
    assert!(!shown.stdout.contains('\u{202e}'), "{}", shown.stdout);
}

#[test]
fn every_fault_of_a_zoo_is_told_in_order() {
    let world = World::new();
    world.folder_pack("packs", "good", "1.0.0");
    world.sandbox.write("packs/bad1/charts/Chart.yaml", "name: other\nversion: 1\ndescription: d\n");
    world.sandbox.write("packs/bad2/charts/Chart.yaml", "name: bad2\nversion: 1\ndescription: d\n");
    world.sandbox.write("packs/bad2/nul", "");
    let failed = world.pack(["index", &world.sandbox.text_path("packs")]).failure(1);
    assert_eq!(failed.stderr.matches("error: ").count(), 2, "{}", failed.stderr);
    assert!(!world.sandbox.has("packs/index.json"));
}

#[test]
fn an_archive_on_this_machine_is_a_pack_too() {
    let world = World::without_zoo();
    world.folder_pack("packs", "beta", "1.0.0");
    world.pack(["index", &world.sandbox.text_path("packs"), "--archives"]).success();
    world.pack(["install", &world.sandbox.text_path("packs/beta.tar.bz2")]).success();
    let receipt = world.receipt("beta");
    assert_eq!(receipt["source"], world.sandbox.text_path("packs/beta.tar.bz2"));
    assert!(receipt["digest"].as_str().is_some_and(|it| it.starts_with("sha256:")), "{receipt}");
    world.sandbox.write("text", "no archive");
    let failed = world.pack(["install", &world.sandbox.text_path("text")]).failure(1);
    assert!(failed.stderr.contains("text` is no archive of a pack"), "{}", failed.stderr);
    assert!(failed.stderr.contains("hint: packs come as `.tar.bz2`"), "{}", failed.stderr);
}
