use std::time::{Duration, Instant};

use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use support::archive;
use support::bare;
use support::http::{Manner, Reply, Request, Server};

use crate::World;
use crate::place::Ran;

/// A sandbox, and a server that is an HTTP zoo.
pub(crate) struct Web {
    pub(crate) world: World,
    pub(crate) server: Server,
}

impl Web {
    /// Returns a world whose zoo `web` offers `alpha` 0.1.0.
    pub(crate) fn new() -> Self {
        let web = Self { world: World::without_zoo(), server: Server::start() };
        web.offer("alpha", "0.1.0");
        web.world.sandbox.write("config.yaml", format!("zoos: [{{name: web, url: '{}'}}]\n", web.server.url("/zoo")));
        web
    }

    fn offer(&self, name: &str, version: &str) {
        self.give_index(&[entry(name, version)]);
        self.give_archive(name, version, Reply::ok);
    }

    pub(crate) fn give_index(&self, entries: &[Value]) {
        let index = json!({ "templates": entries }).to_string();
        self.server.answer("/zoo/index.json", [Reply::ok(index)]);
    }

    fn give_archive(&self, name: &str, version: &str, reply: impl Fn(Vec<u8>) -> Reply) {
        self.server.answer(&format!("/zoo/{name}.tar.bz2"), [reply(tar_bz2(name, version))]);
    }

    pub(crate) fn pack<const N: usize>(&self, args: [&str; N]) -> Ran {
        self.with(&[], args)
    }

    /// Makes what was fetched of the index a thousand years old.
    fn age(&self) {
        let sandbox = &self.world.sandbox;
        let cache = sandbox
            .names("store/cache/http")
            .into_iter()
            .find(|it| !it.contains('.') && sandbox.has(&format!("store/cache/http/{it}/index.json")));
        let note = format!("store/cache/http/{}/index.json", cache.unwrap());
        sandbox.write(&note, sandbox.read(&note).replace("fetched_at\":\"2", "fetched_at\":\"1"));
    }

    /// Runs `kubectl pack` with variables.
    pub(crate) fn with<const N: usize>(&self, variables: &[(&str, &str)], args: [&str; N]) -> Ran {
        let mut command = self.world.sandbox.command(crate::BIN, args);
        command.env("NAUTA_HTTP_TIMEOUT", "1").envs(variables.iter().copied()).stdin(std::process::Stdio::null());
        let output = command.output().unwrap();
        Ran {
            stdout: self.world.sandbox.normalised(&String::from_utf8_lossy(&output.stdout)),
            stderr: self.world.sandbox.normalised(&String::from_utf8_lossy(&output.stderr)),
            code: output.status.code().unwrap_or(-1),
        }
    }

    /// Returns the paths that were asked for since the last call.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.server.requests().into_iter().map(|it| it.path).collect()
    }

    /// Returns the value of a header in the requests since the last call.
    fn headers(&self, name: &str) -> Vec<Option<String>> {
        self.server.requests().into_iter().map(|it: Request| it.headers.get(name).cloned()).collect()
    }
}

/// Returns the variable that makes programs trust the servers of the tests.
pub(crate) fn trust() -> (&'static str, String) {
    let authority = support::sandbox::repository().join("tests/fixtures/tls/ca.pem");
    ("SSL_CERT_FILE", authority.to_string_lossy().into_owned())
}

pub(crate) fn entry(name: &str, version: &str) -> Value {
    json!({"name": name, "url": format!("{name}.tar.bz2"), "version": version, "description": format!("The {name}")})
}

fn tar_bz2(name: &str, version: &str) -> Vec<u8> {
    archive::bz2(&archive::tar(&archive::entries(&bare::pack("", name, version))))
}

fn sha256(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

#[test]
fn a_pack_is_installed_and_upgraded() {
    let web = Web::new();
    let added = web.pack(["zoo", "list", "-o", "json"]).success().json();
    assert_eq!((&added[0]["packs"], &added[0]["updated_at"]), (&json!(null), &json!(null)));
    assert_eq!(web.pack(["install", "alpha"]).success().stdout, "alpha 0.1.0 installed from zoo `web`\n");
    let receipt = web.world.receipt("alpha");
    assert_eq!(receipt["source"], web.server.url("/zoo"));
    assert_eq!(receipt["digest"], format!("sha256:{}", sha256(&tar_bz2("alpha", "0.1.0"))));
    assert_eq!((&receipt["zoo"], &receipt["commit"], &receipt["ref"]), (&json!("web"), &json!(null), &json!(null)));
    assert!(web.world.sandbox.read("store/packs/alpha/charts/values.yaml").contains("NAUTA.ExperimentName"));
    let list = web.pack(["zoo", "list", "-o", "json"]).success().json();
    assert_eq!((&list[0]["kind"], &list[0]["packs"]), (&json!("http"), &json!(1)));

    web.offer("alpha", "0.2.0");
    web.asked();
    assert_eq!(web.world.row("alpha")["available"], "0.1.0", "fetched less than ten minutes ago");
    assert_eq!(web.asked(), [""; 0]);
    web.pack(["upgrade", "alpha"]).success();
    assert_eq!(web.asked(), ["/zoo/index.json", "/zoo/alpha.tar.bz2"]);
    assert_eq!(web.world.row("alpha")["state"], "up-to-date");
    assert_eq!(web.pack(["install", "alpha@0.1.0"]).failure(1).stderr.lines().count(), 2);
    assert_eq!(web.world.sandbox.names("store"), [".lock", "cache", "packs", "staging"]);
    web.pack(["show", "alpha"]).success();
}

#[test]
fn a_version_that_has_gone_since_is_not_found() {
    let web = Web::new();
    web.pack(["install", "alpha"]).success();
    web.offer("alpha", "0.2.0");
    let error = web.pack(["install", "alpha@0.1.0", "--force"]).failure(1).stderr;
    let expected = "error: Remote template alpha@0.1.0 has not been found.\nhint: zoo `web` offers 0.2.0\n";
    assert_eq!(error, expected);
}

#[test]
fn a_zoo_that_does_not_answer_is_asked_once() {
    let web = Web::new();
    for name in ["alpha", "beta"] {
        web.offer(name, "0.1.0");
        web.pack(["install", name, "--force"]).success();
    }
    web.age();
    web.server.answer("/zoo/index.json", [Reply::status(404)]);
    web.asked();
    let failed = web.pack(["upgrade", "alpha", "beta"]).failure(1);
    assert_eq!(web.asked(), ["/zoo/index.json"]);
    assert_eq!(failed.stderr.matches("error: Failed to load template").count(), 2, "{failed:?}");
    std::fs::remove_dir_all(web.world.sandbox.path("store/cache")).unwrap();
    web.pack(["install", "alpha", "beta", "--force"]).failure(1);
    assert_eq!(web.asked(), ["/zoo/index.json", "/zoo/info/refs?service=git-upload-pack"], "as an index, and as git");
}

#[test]
fn every_kind_of_archive_is_read() {
    let web = Web::new();
    let files = bare::pack("", "alpha", "0.3.0");
    let tar = archive::tar(&archive::entries(&files));
    for (number, bytes) in [archive::bz2(&tar), archive::gz(&tar), archive::zip(&files, 0o644), tar].iter().enumerate()
    {
        // The content tells, not the name.
        web.server.answer("/elsewhere/alpha", [Reply::ok(bytes.clone())]);
        let url = if number % 2 == 0 { "../elsewhere/alpha".to_owned() } else { web.server.url("/elsewhere/alpha") };
        let digest = sha256(bytes).to_uppercase();
        web.give_index(&[
            json!({"name": "alpha", "url": url, "version": "0.3.0", "description": "", "sha256": digest}),
        ]);
        web.pack(["install", "alpha", "--force"]).success();
        assert_eq!(web.world.receipt("alpha")["digest"], format!("sha256:{}", digest.to_lowercase()));
    }
}

#[test]
fn a_copy_is_asked_about_and_used_without_a_network() {
    let web = Web::new();
    let index = json!({"templates": [entry("alpha", "0.1.0")]}).to_string();
    web.server.answer("/zoo/index.json", [Reply::ok(index).with("ETag", "\"one\"")]);
    web.give_archive("alpha", "0.1.0", |it| Reply::ok(it).with("ETag", "W/\"two\""));
    web.pack(["install", "alpha"]).success();
    assert_eq!(web.headers("if-none-match"), [None, None]);
    web.pack(["install", "alpha", "--force"]).success();
    assert_eq!(web.headers("if-none-match"), [Some("\"one\"".to_owned()), Some("W/\"two\"".to_owned())]);
    web.pack(["install", "alpha", "--force", "--offline"]).success();
    assert_eq!(web.asked(), [""; 0]);

    // A damaged copy is none.
    let cache = web.world.sandbox.names("store/cache/http").into_iter().find(|it| !it.contains('.')).unwrap();
    web.world.sandbox.write(&format!("store/cache/http/{cache}/index"), "{\"templates\": []}");
    web.pack(["install", "alpha", "--force"]).success();
    assert_eq!(web.headers("if-none-match")[0], None);

    // An old one is better than none for those who only look, and is not enough for those who install.
    web.age();
    web.server.answer("/zoo/index.json", [Reply::status(500)]);
    let listed = web.pack(["list", "-o", "name"]).success();
    assert!(listed.stdout.contains("alpha\n"), "{listed:?}");
    assert!(listed.stderr.contains("is shown from the cache of 1"), "{listed:?}");
    web.pack(["install", "alpha", "--force"]).failure(1);
    std::fs::remove_dir_all(web.world.sandbox.path("store/cache")).unwrap();
    assert!(web.pack(["install", "alpha", "--offline"]).failure(1).stderr.contains("was never fetched"));
}

/// What a zoo does wrong, and what is said about it.
#[test]
fn a_failure_leaves_the_old_pack_and_the_next_try_works() {
    let big = || Reply::ok(tar_bz2("alpha", "0.2.0"));
    let cases: Vec<(&str, &str, Reply, &str)> = vec![
        ("slow", "index.json", Reply::ok("{}").going(Manner::Stalled), "did not answer within 1 s"),
        ("cut off", "index.json", Reply::ok("{\"templates\": []}").going(Manner::CutOff), "cannot download"),
        ("reset", "index.json", Reply::ok("").going(Manner::Reset), "cannot download"),
        ("404", "index.json", Reply::status(404), "does not exist or you do not have access."),
        ("500", "index.json", Reply::status(500), "answers 500 Internal Server Error"),
        ("no login", "index.json", Reply::status(401), "hint: set NAUTA_ZOO_TOKEN_<ZOO>"),
        ("a page", "index.json", Reply::ok("<!DOCTYPE html>"), "it is a web page, not JSON"),
        ("other JSON", "index.json", Reply::ok("[]"), "it has no list `templates`"),
        ("a loop", "index.json", Reply::redirect("index.json"), "redirects more than 5 times"),
        ("a trap", "index.json", Reply::redirect("file:///etc/passwd"), "is no http or https URL"),
        ("slow archive", "alpha.tar.bz2", big().going(Manner::Stalled), "did not answer within 1 s"),
        ("half an archive", "alpha.tar.bz2", big().going(Manner::CutOff), "cannot download"),
        ("no archive", "alpha.tar.bz2", Reply::status(404), "answers 404 Not Found"),
        ("a page as archive", "alpha.tar.bz2", Reply::ok("<html>"), "it is no archive: it is a web page"),
        ("cut before", "alpha.tar.bz2", Reply::ok(&tar_bz2("alpha", "0.2.0")[..200]), "is damaged or cut off"),
        ("another top", "alpha.tar.bz2", Reply::ok(tar_bz2("beta", "0.2.0")), "is outside the folder `alpha`"),
    ];
    for (case, path, reply, expected) in cases {
        let web = Web::new();
        web.pack(["install", "alpha"]).success();
        let before = web.world.sandbox.files("store/packs");
        web.offer("alpha", "0.2.0");
        web.server.answer(&format!("/zoo/{path}"), [reply]);
        let begun = Instant::now();
        let failed = web.pack(["upgrade", "alpha"]).failure(1);
        let text = if path == "index.json" { "Failed to load template" } else { "Failed to install template" };
        assert!(failed.stderr.starts_with(&format!("error: {text} alpha")), "{case}: {failed:?}");
        assert!(failed.stderr.contains(expected), "{case}: {failed:?}");
        assert!(begun.elapsed() < Duration::from_secs(20), "{case}");
        assert_eq!(web.world.sandbox.files("store/packs"), before, "{case}");
        web.offer("alpha", "0.2.0");
        web.pack(["upgrade", "alpha"]).success();
        assert_eq!(web.world.receipt("alpha")["version"], "0.2.0", "{case}");
    }
}

#[test]
fn a_wrong_digest_is_refused() {
    let web = Web::new();
    let mut wrong = entry("alpha", "0.1.0");
    wrong["sha256"] = json!("0".repeat(64));
    web.give_index(&[wrong.clone()]);
    let failed = web.pack(["install", "alpha"]).failure(1);
    assert!(failed.stderr.contains("is not the archive that the index promises: its SHA-256 is "), "{failed:?}");
    assert!(!web.world.sandbox.has("store/packs/alpha"));
    wrong["sha256"] = json!(sha256(&tar_bz2("alpha", "0.1.0")));
    web.give_index(&[wrong]);
    web.pack(["install", "alpha"]).success();
}

#[test]
fn what_fails_in_passing_is_tried_again() {
    let web = Web::new();
    let index = || Reply::ok(json!({"templates": [entry("alpha", "0.1.0")]}).to_string());
    web.server.answer("/zoo/index.json", [Reply::status(500), Reply::ok("").going(Manner::Reset), index()]);
    web.server.answer(
        "/zoo/alpha.tar.bz2",
        [Reply::ok(tar_bz2("alpha", "0.1.0")).going(Manner::CutOff), Reply::ok(tar_bz2("alpha", "0.1.0"))],
    );
    web.pack(["install", "alpha"]).success();
    assert_eq!(web.asked().len(), 5);

    web.server.answer("/zoo/index.json", [Reply::status(429).with("Retry-After", "2"), index()]);
    let begun = Instant::now();
    web.pack(["zoo", "update"]).success();
    assert!(begun.elapsed() >= Duration::from_secs(2), "it waited as long as it was asked to");

    web.server.answer("/zoo/index.json", [Reply::status(429).with("Retry-After", "3600"), index()]);
    web.asked();
    let failed = web.pack(["zoo", "update"]).failure(1);
    assert!(failed.stderr.contains("hint: try again in 3600 s"), "{failed:?}");
    let asked = web.asked().into_iter().filter(|it| it == "/zoo/index.json").count();
    assert_eq!(asked, 1, "and it was not asked again");

    web.asked();
    web.server.answer("/zoo/index.json", [Reply::status(503)]);
    web.pack(["zoo", "update"]).failure(1);
    let asked = web.asked().into_iter().filter(|it| it == "/zoo/index.json").count();
    assert_eq!(asked, 4, "and no more often");
}

#[test]
fn a_token_stays_with_its_zoo() {
    let web = Web::new();
    let other = Server::start();
    other.answer("/alpha.tar.bz2", [Reply::ok(tar_bz2("alpha", "0.1.0"))]);
    let to_other = other.url("/alpha.tar.bz2");
    let tokens = [("NAUTA_ZOO_TOKEN", "plain")];
    web.server.answer("/zoo/alpha.tar.bz2", [Reply::redirect(&to_other)]);
    web.with(&tokens, ["install", "alpha"]).success();
    assert_eq!(web.headers("authorization"), vec![Some("Bearer plain".to_owned()); 2]);
    assert_eq!(other.requests().iter().map(|it| it.headers.get("authorization")).collect::<Vec<_>>(), [None]);

    // The same place is the same place, after a redirection too; an archive elsewhere is elsewhere.
    web.server.answer("/zoo/alpha.tar.bz2", [Reply::redirect("/moved")]);
    web.server.answer("/moved", [Reply::ok(tar_bz2("alpha", "0.1.0"))]);
    web.with(&[("NAUTA_ZOO_TOKEN_WEB", "own"), tokens[0]], ["install", "alpha", "--force"]).success();
    assert_eq!(web.headers("authorization"), vec![Some("Bearer own".to_owned()); 3]);
    web.give_index(&[json!({"name": "alpha", "url": to_other, "version": "0.1.0", "description": ""})]);
    web.with(&tokens, ["install", "alpha", "--force"]).success();
    assert_eq!(other.requests().iter().map(|it| it.headers.get("authorization")).collect::<Vec<_>>(), [None]);

    // With two remote zoos, nobody can say whose the plain token is.
    let config = web.world.sandbox.read("config.yaml").replace(']', ", {name: far, url: 'ssh://127.0.0.1:9/x'}]");
    web.world.sandbox.write("config.yaml", config);
    web.headers("authorization");
    let output = web.with(&tokens, ["zoo", "update", "web"]).success();
    assert!(output.stderr.contains("warning: NAUTA_ZOO_TOKEN is not sent to"), "{output:?}");
    assert!(output.stderr.contains("set NAUTA_ZOO_TOKEN_WEB"), "{output:?}");
    assert_eq!(web.headers("authorization"), [None]);
}

#[test]
fn a_netrc_file_lets_in() {
    let web = Web::new();
    let netrc = "machine 127.0.0.1\n  login me\n  password secret\n";
    web.world.sandbox.write("home/.netrc", netrc);
    web.pack(["install", "alpha"]).success();
    let basic = "Basic bWU6c2VjcmV0";
    assert_eq!(web.headers("authorization"), vec![Some(basic.to_owned()); 2]);
    web.world.sandbox.write("other", netrc.replace("secret", "else"));
    let file = web.world.sandbox.text_path("other");
    web.with(&[("NETRC", &file)], ["zoo", "update"]).success();
    assert_eq!(web.headers("authorization"), [Some("Basic bWU6ZWxzZQ==".to_owned())]);
}

#[test]
fn the_way_may_be_compressed_and_goes_through_proxies() {
    let web = Web::new();
    let index = json!({"templates": [entry("alpha", "0.1.0")]}).to_string();
    web.server.answer("/zoo/index.json", [Reply::ok(archive::gz(index.as_bytes())).with("Content-Encoding", "gzip")]);
    web.pack(["install", "alpha"]).success();
    let asked = web.headers("accept-encoding");
    assert_eq!(asked, [Some("gzip".to_owned()), Some("identity".to_owned())], "an archive comes as it is");
    // A small page that unpacks to more than any index.
    let bomb = archive::gz(&vec![b' '; 40 << 20]);
    web.server.answer("/zoo/index.json", [Reply::ok(bomb).with("Content-Encoding", "gzip")]);
    let failed = web.pack(["zoo", "update"]).failure(1);
    assert!(failed.stderr.contains("is too large: over 32 MiB"), "{failed:?}");

    let proxy = Server::start();
    proxy.answer("http://zoo.example/packs/index.json", [Reply::ok(index)]);
    web.world.sandbox.write("config.yaml", "zoos: [{name: web, url: 'http://zoo.example/packs'}]\n");
    web.with(&[("http_proxy", &proxy.url("")), ("NAUTA_ZOO_TOKEN", "t")], ["zoo", "update"]).success();
    let requests = proxy.requests();
    assert_eq!(requests[0].path, "http://zoo.example/packs/index.json");
    assert_eq!(requests[0].headers.get("authorization"), None, "others could read it");
}

#[test]
fn ten_thousand_entries_are_listed_and_bad_ones_hide_no_other() {
    let web = Web::new();
    let mut entries: Vec<Value> = (0..10_000).map(|it| entry(&format!("p{it:05}"), "1.0")).collect();
    entries[7] = json!({"name": "p00007"});
    entries[8] = entry("../evil", "1.0");
    web.give_index(&entries);
    let listed = web.pack(["list", "-o", "name"]).success();
    assert_eq!(listed.stdout.lines().filter(|it| it.starts_with('p')).count(), 9_998);
    assert_eq!(
        listed.stderr,
        "warning: zoo `web`: entry 8 (`p00007`) has no `url`; it is skipped\n\
         warning: zoo `web`: entry 9 (`../evil`) has a name that no pack can have; it is skipped\n"
    );
    web.give_index(&vec![json!(1); 20]);
    let updated = web.pack(["zoo", "update"]).success();
    assert_eq!(updated.stderr.lines().last(), Some("warning: zoo `web`: 15 more entries are skipped"));
}

#[test]
fn a_list_says_what_is_wrong_and_shows_the_rest() {
    let web = Web::new();
    web.server.answer("/zoo/index.json", [Reply::status(404)]);
    let address = web.server.url("/zoo");
    let listed = web.pack(["list", "-o", "name"]).failure(1);
    let expected = format!(
        "error: Repository {address} does not exist or you do not have access. \
         List below does not contain then any remote templates data.\n"
    );
    assert!(listed.stderr.starts_with(&expected), "{listed:?}");
    assert!(listed.stdout.contains("jupyter\n"), "{listed:?}");
    web.server.answer("/zoo/index.json", [Reply::ok("{")]);
    let listed = web.pack(["list"]).failure(1);
    let expected = "error: Other error occurred during accessing remote repository.\n  caused by: ";
    assert!(listed.stderr.starts_with(expected), "{listed:?}");
}

#[test]
fn a_chart_of_another_version_is_warned_about() {
    let web = Web::new();
    web.give_index(&[entry("alpha", "0.9")]);
    let output = web.pack(["install", "alpha"]).success();
    assert_eq!(output.stderr, "warning: the index of `alpha` says 0.9, its Chart.yaml 0.1.0\n");
    assert_eq!(web.world.receipt("alpha")["version"], "0.9");
    assert_eq!(web.world.row("alpha")["state"], "up-to-date");
}

#[test]
fn the_real_zoo_as_a_static_site_works_unchanged() {
    let web = Web::new();
    let zoo = support::sandbox::repository().join("tests/fixtures/zoo");
    web.server.answer("/zoo/index.json", [Reply::ok(std::fs::read(zoo.join("index.json")).unwrap())]);
    let index: Value = serde_json::from_slice(&std::fs::read(zoo.join("index.json")).unwrap()).unwrap();
    let mut installed = 0;
    for entry in index["templates"].as_array().unwrap() {
        let name = entry["name"].as_str().unwrap();
        if !zoo.join(name).is_dir() {
            continue;
        }
        let mut tar = tar::Builder::new(Vec::new());
        tar.append_dir_all(name, zoo.join(name)).unwrap();
        let archive = archive::bz2(&tar.into_inner().unwrap());
        web.server.answer(&format!("/zoo/{}", entry["url"].as_str().unwrap()), [Reply::ok(archive)]);
        web.pack(["install", name, "--zoo", "web"]).success();
        assert_eq!(web.world.receipt(name)["version"], entry["version"]);
        installed += 1;
    }
    assert!(installed >= 4, "{installed}");
    let listed = web.pack(["list", "--available", "-o", "json"]).success().json();
    let rows = listed.as_array().unwrap().iter().filter(|it| it["zoo"] == "web").count();
    assert_eq!(rows, index["templates"].as_array().unwrap().len());
}

#[test]
fn git_behind_http_is_told_from_an_index_by_looking() {
    let web = Web::new();
    let sandbox = &web.world.sandbox;
    // The parts of git's older protocol that need no program at the other end: files, as any server has them.
    web.world.offer("alpha", "0.7.0");
    let url = web.server.url("/zoo");
    web.server.answer("/zoo/index.json", [Reply::status(404)]);
    let failed = web.pack(["zoo", "add", "other", &format!("{url}.git")]).failure(1);
    assert!(failed.stderr.starts_with(&format!("error: cannot fetch `{url}.git`\n")), "{failed:?}");
    assert!(!web.asked().iter().any(|it| it.contains("index.json")), "`.git` is a repository");
    let failed = web.pack(["zoo", "add", "other", &url]).failure(1);
    assert!(failed.stderr.contains("does not exist or you do not have access."), "{failed:?}");
    assert_eq!(web.asked(), ["/zoo/index.json", "/zoo/info/refs?service=git-upload-pack"], "both are tried");
    assert!(!sandbox.read("config.yaml").contains("other"));
}

#[test]
fn an_encrypted_zoo_must_prove_who_it_is() {
    let web = Web { world: World::without_zoo(), server: Server::start_tls() };
    web.offer("alpha", "0.1.0");
    web.world.sandbox.write("config.yaml", format!("zoos: [{{name: web, url: '{}'}}]\n", web.server.url("/zoo")));
    let (variable, authority) = trust();
    let failed = web.pack(["install", "alpha"]).failure(1);
    assert!(failed.stderr.contains("invalid peer certificate: UnknownIssuer"), "{failed:?}");
    let trusting = [(variable, authority.as_str()), ("NAUTA_ZOO_TOKEN", "sesame")];
    web.with(&trusting, ["install", "alpha"]).success();
    assert_eq!(web.headers("authorization"), vec![Some("Bearer sesame".to_owned()); 2]);

    // What is not encrypted gets nothing, not even the question.
    let open = Server::start();
    web.server.answer("/zoo/alpha.tar.bz2", [Reply::redirect(&open.url("/alpha.tar.bz2"))]);
    let failed = web.with(&trusting, ["install", "alpha", "--force"]).failure(1);
    assert!(failed.stderr.contains("which is not encrypted"), "{failed:?}");
    assert_eq!(open.requests().len(), 0);
}

#[test]
fn the_time_to_wait_is_a_number_of_seconds() {
    let web = Web::new();
    for text in ["30s", "0", "-1"] {
        let failed = web.with(&[("NAUTA_HTTP_TIMEOUT", text)], ["zoo", "update"]).failure(1);
        assert!(failed.stderr.contains(&format!("NAUTA_HTTP_TIMEOUT is `{text}`")), "{text}: {failed:?}");
    }
    web.with(&[("NAUTA_HTTP_TIMEOUT", "2000000000000000000")], ["zoo", "update"]).success();
}
