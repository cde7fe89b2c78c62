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
