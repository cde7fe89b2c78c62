//! Mirrors that hold no more of a repository than is needed, through git's own server program.

use support::http::{Parts, Server};

use crate::http::Web;

/// A server with the repository `zoo.git`: `alpha` 0.1.0, 0.2.0 (tagged) and 0.3.0, a commit each.
struct Remote {
    web: Web,
    commits: [String; 3],
}

impl Remote {
    fn new(parts: Parts) -> Self {
        let web = Web::new();
        let first = web.world.offer("alpha", "0.1.0");
        let second = web.world.offer("alpha", "0.2.0");
        web.world.zoo.tag("alpha-0.2.0");
        let third = web.world.offer("alpha", "0.3.0");
        web.server.serve_git_in(&web.world.sandbox.path(""), parts);
        let remote = Self { web, commits: [first, second, third] };
        remote.configure("");
        remote
    }

    fn configure(&self, more: &str) {
        let url = self.web.server.url("/git/zoo.git");
        self.web.world.sandbox.write("config.yaml", format!("zoos: [{{name: far, url: '{url}'{more}}}]\n"));
    }

    fn install(&self, word: &str) {
        self.web.with(&[], ["install", word, "--force"]).success();
    }

    fn installed(&self) -> String {
        self.web.world.receipt("alpha")["commit"].as_str().unwrap().to_owned()
    }

    fn mirror(&self) -> String {
        let names = self.web.world.sandbox.names("store/cache/git");
        let mirror = names.into_iter().find(|it| !it.contains('.')).unwrap();
        format!("store/cache/git/{mirror}")
    }

    /// Asks git itself about the mirror.
    fn git<const N: usize>(&self, args: [&str; N]) -> crate::place::Ran {
        let mirror = self.web.world.sandbox.text_path(&self.mirror());
        self.web.world.sandbox.run("git", ["--git-dir", mirror.as_str()].into_iter().chain(args))
    }

    fn has(&self, commit: &str) -> bool {
        self.git(["cat-file", "-e", commit]).code == 0
    }

    fn is_shallow(&self) -> bool {
        self.git(["fsck", "--full"]).success();
        self.git(["rev-parse", "--is-shallow-repository"]).success().stdout == "true\n"
    }
}

#[test]
fn a_mirror_has_the_tips_and_gets_the_history_when_a_version_is_in_it() {
    let remote = Remote::new(Parts::Sent);
    let [first, second, third] = remote.commits.clone();
    remote.install("alpha");
    assert_eq!(remote.installed(), third);
    assert!(remote.is_shallow());
    assert!(!remote.has(&first) && remote.has(&second) && remote.has(&third));

    remote.install("alpha@0.2.0");
    assert_eq!(remote.web.world.receipt("alpha")["ref"], "alpha-0.2.0");
    assert!(!remote.has(&first), "a tag needs no history");

    let offline = remote.web.with(&[], ["install", "alpha@0.1.0", "--offline"]).failure(1);
    assert!(offline.stderr.contains("the history of zoo `far` was never fetched"), "{offline:?}");
    assert!(offline.stderr.contains("hint: an old version that no tag names"), "{offline:?}");

    remote.install("alpha@0.1.0");
    assert_eq!(remote.installed(), first);
    assert!(!remote.is_shallow());
    let unknown = remote.web.with(&[], ["install", "alpha@9.0.0", "--force"]).failure(1);
    assert!(unknown.stderr.contains("Remote template alpha@9.0.0 has not been found."), "{unknown:?}");

    // It stays whole, and goes on.
    let fourth = remote.web.world.offer("alpha", "0.4.0");
    remote.install("alpha");
    assert_eq!(remote.installed(), fourth);
    remote.web.with(&[], ["install", "alpha@0.1.0", "--offline", "--force"]).success();
    assert!(!remote.is_shallow());
}

#[test]
fn a_shallow_mirror_follows_its_remote() {
    let remote = Remote::new(Parts::Sent);
    let [first, _, third] = remote.commits.clone();
    remote.install("alpha");
    remote.install("alpha");
    assert_eq!(remote.installed(), third, "nothing new is no fault");
    let world = &remote.web.world;
    let fourth = world.offer("alpha", "0.4.0");
    world.zoo.tag("v0.4.0");
    remote.install("alpha");
    assert_eq!(remote.installed(), fourth);
    let rewritten = world.zoo.squash().to_string();
    remote.install("alpha");
    assert_eq!(remote.installed(), rewritten, "a force-pushed branch");
    remote.install("alpha@0.4.0");
    assert_eq!(remote.installed(), fourth, "its tag is still there");
    assert!(remote.is_shallow() && !remote.has(&first));
    let failed = remote.web.with(&[], ["install", "alpha@0.1.0"]).failure(1);
    assert!(failed.stderr.contains("zoo `far` offers 0.4.0"), "{failed:?}");
}

#[test]
fn many_commits_and_many_branches_are_followed() {
    let remote = Remote::new(Parts::Sent);
    let world = &remote.web.world;
    for number in 0..60 {
        world.zoo.commit_to(&format!("topic-{number}"), [("file", number.to_string().as_str())]);
    }
    remote.install("alpha");
    for number in 0..60 {
        world.zoo.commit([("alpha/counter", number.to_string().as_str())]);
        world.zoo.commit_to(&format!("topic-{number}"), [("other", number.to_string().as_str())]);
    }
    let newest = world.offer("alpha", "0.4.0");
    remote.install("alpha");
    assert_eq!(remote.installed(), newest);
    assert!(remote.is_shallow());
    remote.install("alpha@0.1.0");
    assert_eq!(remote.installed(), remote.commits[0]);
    assert!(!remote.is_shallow());
}

#[test]
fn a_commit_may_be_asked_for_by_its_hash() {
    let remote = Remote::new(Parts::Sent);
    let first = remote.commits[0].clone();
    remote.configure(&format!(", ref: {first}"));
    remote.install("alpha");
    assert_eq!(remote.installed(), first);
    remote.configure(", ref: 0123456789");
    let failed = remote.web.with(&[], ["install", "alpha", "--force"]).failure(1);
    assert!(failed.stderr.contains("has no branch or tag `0123456789`"), "{failed:?}");
}

#[test]
fn a_server_that_sends_no_parts_is_mirrored_whole() {
    for parts in [Parts::Unknown, Parts::Failing] {
        let remote = Remote::new(parts);
        remote.install("alpha");
        assert!(!remote.is_shallow() && remote.has(&remote.commits[0]), "{parts:?}");
        remote.install("alpha@0.1.0");
        assert_eq!(remote.installed(), remote.commits[0]);

        // A mirror that was made when the server could do more.
        let remote = Remote::new(Parts::Sent);
        remote.install("alpha");
        assert!(remote.is_shallow());
        remote.web.server.serve_git_in(&remote.web.world.sandbox.path(""), parts);
        remote.install("alpha@0.1.0");
        assert_eq!(remote.installed(), remote.commits[0], "{parts:?}");
        assert!(!remote.is_shallow());
    }
}

#[test]
fn a_damaged_mirror_is_made_anew() {
    let remote = Remote::new(Parts::Sent);
    remote.install("alpha");
    let mirror = remote.mirror();
    for name in remote.web.world.sandbox.names(&format!("{mirror}/objects/pack")) {
        std::fs::remove_file(remote.web.world.sandbox.path(&format!("{mirror}/objects/pack/{name}"))).unwrap();
    }
    let newest = remote.web.world.offer("alpha", "0.4.0");
    remote.install("alpha");
    assert_eq!(remote.installed(), newest);
    remote.install("alpha@0.1.0");
}

#[test]
fn a_history_that_cannot_be_had_now_is_told_and_changes_nothing() {
    let mut remote = Remote::new(Parts::Sent);
    remote.install("alpha");
    let before = remote.web.world.sandbox.files("store/packs");
    remote.web.server = Server::start();
    let failed = remote.web.with(&[], ["install", "alpha@0.1.0", "--force"]).failure(1);
    assert!(failed.stderr.contains("caused by: cannot fetch `http://127.0.0.1:"), "{failed:?}");
    assert_eq!(remote.web.world.sandbox.files("store/packs"), before);
    assert!(remote.is_shallow());
}
