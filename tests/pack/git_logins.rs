//! Git repositories behind https, as far as this machine can be one: git's own server program behind plain http on
//! the loopback address, where logins are sent as they are over https.

use serde_json::json;
use support::http::{Reply, Server};

use crate::http::{Web, trust};

/// `oauth2:sesame` and `me:sesame`.
const AS_TOKEN: &str = "Basic b2F1dGgyOnNlc2FtZQ==";
const AS_ME: &str = "Basic bWU6c2VzYW1l";

/// A server with the repository `zoo.git`, which wants a login.
fn private(authorization: &str) -> Web {
    let web = Web::new();
    web.world.offer("alpha", "0.4.0");
    let config = format!("zoos: [{{name: team-a, url: '{}'}}]\n", web.server.url("/git/zoo"));
    web.world.sandbox.write("config.yaml", config);
    std::fs::rename(web.world.sandbox.path("zoo.git"), web.world.sandbox.path("zoo")).unwrap();
    web.server.serve_git(&web.world.sandbox.path(""), Some(authorization));
    web
}

#[test]
fn a_token_is_the_password() {
    let web = private(AS_TOKEN);
    let output = web.with(&[("NAUTA_ZOO_TOKEN_TEAM_A", "sesame")], ["install", "alpha"]).success();
    assert_eq!(output.stdout, "alpha 0.4.0 installed from zoo `team-a`\n");
    let list = web.with(&[], ["zoo", "list", "-o", "json"]).success().json();
    assert_eq!((&list[0]["kind"], &list[0]["packs"]), (&json!("git"), &json!(1)));
    web.with(&[("NAUTA_ZOO_TOKEN", "sesame")], ["zoo", "update"]).success();
}

#[test]
fn a_login_that_is_refused_ends() {
    let web = private(AS_TOKEN);
    for variables in [&[][..], &[("NAUTA_ZOO_TOKEN", "wrong")], &[("NAUTA_ZOO_TOKEN_OTHER", "sesame")]] {
        web.server.requests();
        let failed = web.with(variables, ["zoo", "update"]).failure(1);
        let text = format!("error: cannot fetch `{}`: it wants a login\n", web.server.url("/git/zoo"));
        assert!(failed.stderr.starts_with(&text), "{failed:?}");
        assert!(
            failed.stderr.contains("hint: set NAUTA_ZOO_TOKEN_<ZOO>, or use a git credential helper"),
            "{failed:?}"
        );
        assert!(!failed.stderr.contains("wrong"), "{failed:?}");
        assert!(web.server.requests().len() < 6, "nobody is asked for ever");
    }
}

#[test]
fn logins_come_from_netrc_and_credential_helpers() {
    let web = private(AS_ME);
    web.world.sandbox.write("home/.netrc", "machine 127.0.0.1 login me password sesame\n");
    web.with(&[], ["zoo", "update"]).success();

    let web = private(AS_ME);
    let helper = "[credential]\n\thelper = \"!f() { echo username=me; echo password=sesame; }; f\"\n";
    web.world.sandbox.write("home/.gitconfig", helper);
    web.with(&[("NAUTA_ZOO_TOKEN", "wrong")], ["zoo", "update"]).success();
}

#[test]
fn git_behind_tls_is_read() {
    let web = Web { server: Server::start_tls(), ..private(AS_TOKEN) };
    web.server.serve_git(&web.world.sandbox.path(""), Some(AS_TOKEN));
    let url = web.server.url("/git/zoo");
    web.world.sandbox.write("config.yaml", format!("zoos: [{{name: team-a, url: '{url}', ref: main}}]\n"));
    let (variable, authority) = trust();
    web.with(&[("NAUTA_ZOO_TOKEN", "sesame")], ["install", "alpha"]).failure(1);
    let trusting = [(variable, authority.as_str()), ("NAUTA_ZOO_TOKEN", "sesame")];
    web.with(&trusting, ["install", "alpha"]).success();
    assert_eq!(web.world.receipt("alpha")["source"], url);
}

#[test]
fn a_branch_that_is_gone_is_named() {
    let web = private(AS_TOKEN);
    let url = web.server.url("/git/zoo");
    web.world.sandbox.write("config.yaml", format!("zoos: [{{name: team-a, url: '{url}', ref: topic}}]\n"));
    let token = [("NAUTA_ZOO_TOKEN", "sesame")];
    let git = |args: &[&str]| {
        let folder = web.world.sandbox.text_path("zoo");
        let ran = web.world.sandbox.run("git", ["-C", folder.as_str()].iter().chain(args));
        assert_eq!(ran.code, 0, "{ran:?}");
    };
    git(&["branch", "topic", "main"]);
    web.with(&token, ["install", "alpha"]).success();
    assert_eq!(web.world.receipt("alpha")["ref"], "topic");
    git(&["branch", "-D", "topic"]);
    let failed = web.with(&token, ["upgrade", "alpha"]).failure(1);
    assert!(failed.stderr.contains(&format!("the git repository `{url}` has no branch or tag `topic`")), "{failed:?}");
    assert!(failed.stderr.contains("may have been deleted or renamed"), "{failed:?}");
    git(&["branch", "topic", "main"]);
    web.with(&token, ["upgrade", "alpha"]).success();
}

#[test]
fn a_pointer_of_git_lfs_is_named() {
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n";
    let world = crate::World::new();
    world.zoo.commit([("alpha/model.bin", pointer)]);
    let failed = world.pack(["install", "alpha"]).failure(1);
    assert!(failed.stderr.contains("`model.bin` is a Git LFS pointer, not the file itself"), "{failed:?}");
    assert!(failed.stderr.contains("hint: ") && failed.stderr.contains("git lfs"), "{failed:?}");
    assert!(!world.sandbox.has("store/packs/alpha"));
}

#[test]
fn a_redirection_to_another_host_is_not_followed() {
    let web = private(AS_TOKEN);
    let other = Server::start();
    other.serve_git(&web.world.sandbox.path(""), Some(AS_TOKEN));
    let config = format!("zoos: [{{name: team-a, url: '{}'}}]\n", web.server.url("/away.git"));
    web.world.sandbox.write("config.yaml", config);
    let there = other.url("/git/zoo/info/refs?service=git-upload-pack").replace("127.0.0.1", "localhost");
    web.server.answer("/away.git/info/refs", [Reply::redirect(&there)]);
    web.world.sandbox.write("home/.netrc", "default login oauth2 password sesame\n");
    let failed = web.with(&[("NAUTA_ZOO_TOKEN", "sesame")], ["zoo", "update"]).failure(1);
    assert!(failed.stderr.contains("caused by: cannot redirect from '127.0.0.1' to 'localhost'"), "{failed:?}");
    assert_eq!(other.requests().len(), 0, "nothing leaks");
}
