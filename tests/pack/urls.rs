use support::http::Reply;
use support::{archive, bare};

use crate::World;
use crate::http::{Web, entry};

#[test]
fn an_archive_is_installed_from_its_url() {
    let web = Web::new();
    let files = bare::pack("", "alpha", "2.0.0");
    web.server.answer("/files/some.tgz", [Reply::ok(archive::gz(&archive::tar(&archive::entries(&files))))]);
    let url = web.server.url("/files/some.tgz?x=1");
    let with_login = url.replace("http://", "http://me:secret@");
    let output = web.with(&[("NAUTA_ZOO_TOKEN", "t")], ["install", &with_login]).success();
    assert_eq!(output.stdout, format!("alpha 2.0.0 installed from `{url}`\n"));
    assert!(output.stderr.contains("NAUTA_ZOO_TOKEN is not sent to"), "{output:?}");
    let sent = web.server.requests()[0].headers.get("authorization").cloned();
    assert_eq!(sent.as_deref(), Some("Basic bWU6c2VjcmV0"));
    let receipt = web.world.receipt("alpha");
    assert_eq!((receipt["source"].as_str(), receipt["zoo"].as_str()), (Some(url.as_str()), None));
    assert!(receipt["digest"].as_str().unwrap().starts_with("sha256:"));
    let gone = web.server.url("/gone.zip");
    let failed = web.with(&[], ["install", &gone]).failure(1);
    assert!(failed.stderr.starts_with(&format!("error: Failed to install template from `{gone}`.\n")), "{failed:?}");
}

#[test]
fn a_repository_or_an_index_gives_one_of_its_packs() {
    let world = World::without_zoo();
    world.offer("alpha", "0.1.0");
    let url = format!("file://{}", world.zoo.url());
    world.pack(["install", &url]).success();
    assert_eq!(world.receipt("alpha")["source"], url);
    assert_eq!(world.receipt("alpha")["commit"].as_str().map(str::len), Some(40));
    world.offer("alpha", "0.2.0");
    world.offer("beta", "1.0.0");
    let failed = world.pack(["install", &url]).failure(1);
    assert!(
        failed.stderr.ends_with(&format!(
            "has 2 packs\nhint: choose one, such as `{}#alpha`: alpha, beta\n",
            world.sandbox.normalised(&url)
        )),
        "{failed:?}"
    );
    world.pack(["install", &format!("{url}#alpha@0.2.0")]).success();
    assert_eq!(world.receipt("alpha")["version"], "0.2.0");
    let failed = world.pack(["install", &format!("{url}#alpa")]).failure(1);
    assert!(failed.stderr.contains("has no pack `alpa`\nhint: did you mean `alpha`?"), "{failed:?}");

    let web = Web::new();
    web.give_index(&[entry("alpha", "0.1.0"), entry("beta", "0.1.0")]);
    let url = format!("{}#alpha", web.server.url("/zoo"));
    web.with(&[], ["install", &url]).success();
    assert_eq!(web.world.receipt("alpha")["source"], url);
}

#[test]
fn a_branch_a_tag_a_commit_or_a_folder_of_a_repository_is_chosen() {
    let world = World::without_zoo();
    let first = world.offer("alpha", "0.1.0");
    world.zoo.tag("stable");
    world.offer("alpha", "0.2.0");
    world.zoo.commit_to("next", bare::borrowed(&bare::pack("ml/packs/", "alpha", "0.3.0")));
    let web = Web { world, server: support::http::Server::start() };
    web.server.serve_git(&web.world.sandbox.path(""), None);
    let (world, near) = (&web.world, format!("file://{}", web.world.zoo.url()));
    for url in [near, web.server.url("/git/zoo.git")] {
        for (reference, more, version) in [
            ("stable", &[][..], "0.1.0"),
            (first.as_str(), &[], "0.1.0"),
            (&first[..10], &[], "0.1.0"),
            ("main", &[], "0.2.0"),
            ("next", &["--subdir", "ml/packs"], "0.3.0"),
            ("next", &["--subdir", "./ml/packs/alpha/"], "0.3.0"),
        ] {
            let words = [&["install", &url, "--ref", reference, "--force"], more].concat();
            world.sandbox.run(crate::BIN, words).success();
            let receipt = world.receipt("alpha");
            assert_eq!((receipt["version"].as_str(), receipt["ref"].as_str()), (Some(version), Some(reference)));
            assert_eq!((receipt["source"].as_str(), receipt["zoo"].as_str()), (Some(url.as_str()), None));
        }
        world.pack(["install", &format!("{url}#alpha@0.1.0"), "--ref", "main", "--force"]).success();
        let failed = world.pack(["install", &url, "--ref", "stabel"]).failure(1);
        assert!(failed.stderr.contains("has no branch or tag `stabel`\nhint: did you mean `stable`?"), "{failed:?}");
    }
    for word in ["alpha", "./alpha", "https://host.invalid/a.tgz"] {
        let failed = world.pack(["install", word, "--ref", "main"]).failure(2);
        assert!(failed.stderr.contains(&format!("`{word}` is no git repository: it has no branches")), "{failed:?}");
        assert!(failed.stderr.contains("hint: leave `--ref` and `--subdir` out"), "{failed:?}");
    }
    world.pack(["install", "file:///x", "--subdir", "../x"]).failure(2);
}

#[test]
fn a_repository_may_be_a_pack_itself() {
    let world = World::without_zoo();
    let files = |version: &str| -> Vec<(String, String)> {
        let files = bare::pack("", "alpha", version).into_iter();
        files.map(|(path, text)| (path.trim_start_matches("alpha/").to_owned(), text)).collect()
    };
    let first = world.zoo.commit(bare::borrowed(&files("0.1.0"))).to_string();
    world.zoo.commit(bare::borrowed(&files("0.2.0")));
    world.zoo.tag("v0.2.0");
    world.zoo.commit(bare::borrowed(&files("0.3.0")));
    let url = format!("file://{}", world.zoo.url());
    world.pack(["install", &url]).success();
    assert_eq!(world.receipt("alpha")["version"], "0.3.0");
    assert_eq!(world.sandbox.names("store/packs/alpha"), [".nauta", "Dockerfile", "charts"]);
    world.pack(["install", &format!("{url}#alpha@0.2.0"), "--force"]).success();
    assert_eq!(world.receipt("alpha")["ref"], "v0.2.0");
    world.pack(["install", &format!("{url}#alpha@0.1.0"), "--force"]).success();
    assert_eq!(world.receipt("alpha")["commit"], first);
    world.pack(["install", &url, "--ref", "v0.2.0", "--force"]).success();
    world.pack(["zoo", "add", "one", &url]).success();
    assert_eq!(world.pack(["upgrade", "alpha"]).success().stdout, "alpha upgraded: 0.2.0 -> 0.3.0, from zoo `one`\n");

    world.zoo.commit([("charts/Chart.yaml", "name: ../evil\n")]);
    let failed = world.pack(["install", &url]).failure(1);
    assert!(failed.stderr.contains("`../evil` cannot be the name of a pack"), "{failed:?}");
    world.zoo.commit([("charts/Chart.yaml", "version: 1")]);
    let failed = world.pack(["install", &url]).failure(1);
    assert!(failed.stderr.contains("`charts/Chart.yaml` of pack `zoo` has no name"), "{failed:?}");
}
