use git2::{Oid, Signature};

use super::*;
use crate::base::progress::Silent;

/// Commits nothing but a message on a branch, on top of `parent`.
fn commit(repository: &Repository, branch: &str, message: &str, parent: Option<Oid>) -> Oid {
    let tree = repository.find_tree(repository.treebuilder(None).unwrap().write().unwrap()).unwrap();
    let author = Signature::new("a", "a@example.org", &git2::Time::new(1, 0)).unwrap();
    let parents: Vec<git2::Commit<'_>> = parent.iter().map(|it| repository.find_commit(*it).unwrap()).collect();
    let parents: Vec<&git2::Commit<'_>> = parents.iter().collect();
    let id = repository.commit(None, &author, &author, message, &tree, &parents).unwrap();
    repository.reference(&format!("refs/heads/{branch}"), id, true, "").unwrap();
    id
}

fn names(mirror: &Mirror) -> Vec<String> {
    let repository = Repository::open_bare(mirror.folder()).unwrap();
    let references = repository.references().unwrap();
    let mut names: Vec<String> = references.map(|it| it.unwrap().name().unwrap().to_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_mirror_follows_the_remote_wherever_it_goes() {
    let folder = tempfile::tempdir().unwrap();
    let remote = Repository::init_bare(folder.path().join("remote")).unwrap();
    remote.set_head("refs/heads/main").unwrap();
    let url = folder.path().join("remote").to_string_lossy().into_owned();
    let mirror = Mirror::of(&url, &folder.path().join("mirrors"), &Credentials::default());
    let now: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
    let head = || Repository::open_bare(mirror.folder()).unwrap().head().unwrap().target().unwrap();

    assert_eq!(mirror.fetched_at(), None);
    mirror.fetch(now, &Silent).unwrap();
    assert_eq!((mirror.fetched_at(), names(&mirror)), (Some(now), Vec::<String>::new()), "an empty remote");

    let first = commit(&remote, "main", "one", None);
    commit(&remote, "topic", "t", Some(first));
    remote.reference("refs/tags/v1", first, true, "").unwrap();
    mirror.fetch(now, &Silent).unwrap();
    assert_eq!(names(&mirror), ["refs/heads/main", "refs/heads/topic", "refs/tags/v1"]);
    assert_eq!(head(), first);

    let rewritten = commit(&remote, "main", "rewritten", None);
    remote.reference("refs/tags/v1", rewritten, true, "").unwrap();
    remote.find_reference("refs/heads/topic").unwrap().delete().unwrap();
    commit(&remote, "topic/sub", "a branch in the place of a branch", Some(rewritten));
    mirror.fetch(now, &Silent).unwrap();
    assert_eq!(names(&mirror), ["refs/heads/main", "refs/heads/topic/sub", "refs/tags/v1"]);
    assert_eq!(head(), rewritten);

    let other = commit(&remote, "trunk", "other", None);
    remote.set_head("refs/heads/trunk").unwrap();
    mirror.fetch(now, &Silent).unwrap();
    assert_eq!(head(), other, "HEAD follows the default branch");
}

#[test]
fn a_damaged_mirror_is_made_anew_and_a_failed_one_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let remote = Repository::init_bare(folder.path().join("remote")).unwrap();
    commit(&remote, "main", "one", None);
    let url = folder.path().join("remote").to_string_lossy().into_owned();
    let mirror = Mirror::of(&url, &folder.path().join("mirrors"), &Credentials::default());
    fs::create_dir_all(mirror.folder()).unwrap();
    mirror.fetch(Timestamp::UNIX_EPOCH, &Silent).unwrap();
    assert_eq!(names(&mirror), ["refs/heads/main"]);

    let gone = folder.path().join("gone");
    let gone = Mirror::of(&gone.to_string_lossy(), &folder.path().join("mirrors"), &Credentials::default());
    let error = gone.fetch(Timestamp::UNIX_EPOCH, &Silent).unwrap_err();
    assert!(error.to_string().starts_with("cannot fetch `"), "{error}");
    assert!(!gone.folder().exists());
}
