use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::World;

/// A world with a folder `site` of two packs, and of things that are none.
fn site_world() -> World {
    let world = World::without_zoo();
    world.folder_pack("site", "beta", "1.10");
    world.folder_pack("site", "alpha", "0.1.0");
    let chart = "name: alpha\nversion: 0.1.0\ndescription: \"a: b\"\n";
    world.sandbox.write("site/alpha/charts/Chart.yaml", chart);
    world.folder_pack("site", "docs", "1.0");
    world.sandbox.write("site/README.md", "");
    world.sandbox.write("site/alpha/.nauta/receipt.json", "{}");
    world
}

fn index(world: &World) -> Value {
    serde_json::from_str(&world.sandbox.read("site/index.json")).unwrap()
}

#[test]
fn an_index_is_written_and_said_where() {
    let world = site_world();
    let output = world.pack(["index", "site"]).success();
    assert_eq!(output.stdout, "2 packs indexed in `[SANDBOX]/site/index.json`\n");
    assert_eq!(
        index(&world),
        json!({"templates": [
            {"name": "alpha", "url": "alpha.tar.bz2", "version": "0.1.0", "description": "a: b"},
            {"name": "beta", "url": "beta.tar.bz2", "version": "1.10", "description": "The beta pack"},
        ]})
    );
    assert_eq!(world.sandbox.names("site"), ["README.md", "alpha", "beta", "docs", "index.json"]);
    world.pack(["index", "site", "--url", "https://example.org/zoo/"]).success();
    assert_eq!(index(&world)["templates"][1]["url"], "https://example.org/zoo/beta.tar.bz2");
}

#[test]
fn archives_have_the_same_bytes_each_time() {
    let world = site_world();
    let archives = || -> BTreeMap<PathBuf, Vec<u8>> {
        world.pack(["index", "site", "--archives"]).success();
        world.sandbox.files("site")
    };
    let before = archives();
    let script = world.sandbox.path("site/alpha/Dockerfile");
    fs::File::open(&script).unwrap().set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
    assert_eq!(archives(), before, "another time changes nothing");
    for name in ["alpha", "beta"] {
        assert!(before[&world.sandbox.path(&format!("site/{name}.tar.bz2"))].starts_with(b"BZh"), "{name}");
    }
    let sums = index(&world)["templates"].as_array().unwrap().iter().map(|it| it["sha256"].clone()).collect::<Vec<_>>();
    assert!(sums.len() == 2 && sums.iter().all(|it| it.as_str().is_some_and(|it| it.len() == 64)), "{sums:?}");
}

#[cfg(unix)]
#[test]
fn a_web_server_can_read_what_is_written() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = site_world();
    world.sandbox.run("sh", ["-c", "umask 022; exec \"$0\" index site --archives", crate::BIN]).success();
    for file in ["site/index.json", "site/alpha.tar.bz2"] {
        assert_eq!(fs::metadata(world.sandbox.path(file)).unwrap().permissions().mode() & 0o777, 0o644, "{file}");
    }
}

#[test]
fn faults_are_told_together_and_nothing_is_written() {
    let world = site_world();
    let before = world.sandbox.files("site");
    world.sandbox.write("site/alpha/charts/Chart.yaml", "name: other\n");
    world.sandbox.write("site/beta/charts/Chart.yaml", "name: [\n");
    let output = world.pack(["index", "site", "--archives"]).failure(1);
    for text in [
        "error: Definition of the alpha pack is incorrect.\n",
        "error: `charts/Chart.yaml` of pack `alpha` has no version\n",
        "error: `charts/Chart.yaml` of pack `alpha` has no description\n",
        "error: `charts/Chart.yaml` of pack `beta` cannot be read\n",
    ] {
        assert!(output.stderr.contains(text), "{text}: {output:?}");
    }
    assert_eq!(world.sandbox.files("site").len(), before.len());
    fs::create_dir(world.sandbox.path("empty")).unwrap();
    for (args, code, text) in [
        (&["index", "empty"][..], 1, "error: `[SANDBOX]/empty` has no packs\nhint: "),
        (&["index", "nowhere"], 1, "error: cannot read `[SANDBOX]/nowhere`\n"),
        (&["index", "site", "--url", "ftp://x"], 2, "error: `ftp://x` cannot be the URL"),
    ] {
        let output = world.sandbox.run(crate::BIN, args).failure(code);
        assert!(output.stderr.starts_with(text), "{args:?}: {output:?}");
    }
}
