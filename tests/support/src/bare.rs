//! Bare git repositories whose commits are made from lists of files: quick for thousands of them.

use std::path::{Path, PathBuf};

pub use git2::Oid;
use git2::build::TreeUpdateBuilder;
use git2::{FileMode, Repository, Signature, Time};

/// A bare repository whose commits are made from lists of files, without a work tree.
pub struct BareRepository {
    repository: Repository,
    path: PathBuf,
    seconds: std::cell::Cell<i64>,
}

impl BareRepository {
    /// Makes an empty repository whose default branch is `main`.
    pub fn new(path: &Path) -> Self {
        let repository = Repository::init_bare(path).unwrap();
        repository.set_head("refs/heads/main").unwrap();
        Self { repository, path: path.to_owned(), seconds: std::cell::Cell::new(1_700_000_000) }
    }

    /// Returns where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns where it is, as text.
    pub fn url(&self) -> String {
        self.path.to_string_lossy().into_owned()
    }

    /// Commits to `main`: what was there before, with these files written.
    pub fn commit<'f>(&self, files: impl IntoIterator<Item = (&'f str, &'f str)>) -> Oid {
        self.commit_to("main", files)
    }

    /// Commits to a branch, which begins where `main` is if it is new.
    pub fn commit_to<'f>(&self, branch: &str, files: impl IntoIterator<Item = (&'f str, &'f str)>) -> Oid {
        let mut changes = TreeUpdateBuilder::new();
        for (path, content) in files {
            changes.upsert(path, self.repository.blob(content.as_bytes()).unwrap(), FileMode::Blob);
        }
        self.apply(branch, &mut changes)
    }

    /// Commits to `main` the removal of files.
    pub fn remove<'f>(&self, paths: impl IntoIterator<Item = &'f str>) -> Oid {
        let mut changes = TreeUpdateBuilder::new();
        for path in paths {
            changes.remove(path);
        }
        self.apply("main", &mut changes)
    }

    /// Commits to `main` a symbolic link.
    pub fn link(&self, path: &str, target: &str) -> Oid {
        let blob = self.repository.blob(target.as_bytes()).unwrap();
        self.apply("main", TreeUpdateBuilder::new().upsert(path, blob, FileMode::Link))
    }

    /// Commits to `main` a submodule.
    pub fn submodule(&self, path: &str) -> Oid {
        let commit = Oid::from_str("0123456789012345678901234567890123456789").unwrap();
        self.apply("main", TreeUpdateBuilder::new().upsert(path, commit, FileMode::Commit))
    }

    fn apply(&self, branch: &str, changes: &mut TreeUpdateBuilder) -> Oid {
        let name = format!("refs/heads/{branch}");
        let tip = |name: &str| self.repository.find_reference(name).and_then(|it| it.peel_to_commit()).ok();
        let parent = tip(&name).or_else(|| tip("refs/heads/main"));
        let empty = || self.repository.treebuilder(None).unwrap().write().unwrap();
        let before = parent.as_ref().map_or_else(empty, git2::Commit::tree_id);
        let before = self.repository.find_tree(before).unwrap();
        let tree = changes.create_updated(&self.repository, &before).unwrap();
        let tree = self.repository.find_tree(tree).unwrap();
        let id = self.write(&tree, &parent.iter().collect::<Vec<_>>());
        self.repository.reference(&name, id, true, "test").unwrap();
        id
    }

    fn write(&self, tree: &git2::Tree<'_>, parents: &[&git2::Commit<'_>]) -> Oid {
        self.seconds.set(self.seconds.get() + 1);
        let author = Signature::new("Test", "test@example.org", &Time::new(self.seconds.get(), 0)).unwrap();
        self.repository.commit(None, &author, &author, "a change", tree, parents).unwrap()
    }

    /// Writes the content of a file, and returns its id.
    pub fn blob(&self, content: &[u8]) -> Oid {
        self.repository.blob(content).unwrap()
    }

    /// Writes a folder of any entries at all, each a mode, a name and an id, unchecked and in this order.
    pub fn raw_tree(&self, entries: &[(&str, &[u8], Oid)]) -> Oid {
        let entry =
            |(mode, name, id): &(&str, &[u8], Oid)| [mode.as_bytes(), b" ", name, b"\0", id.as_bytes()].concat();
        let bytes: Vec<u8> = entries.iter().flat_map(entry).collect();
        self.repository.odb().unwrap().write(git2::ObjectType::Tree, &bytes).unwrap()
    }

    /// Returns the id of what lies at a path of `main`.
    pub fn id_of(&self, path: &str) -> Oid {
        self.repository.revparse_single(&format!("main:{path}")).unwrap().id()
    }

    /// Commits a folder to `main` as all that there is.
    pub fn commit_tree(&self, tree: Oid) -> Oid {
        let tip = self.repository.find_reference("refs/heads/main").and_then(|it| it.peel_to_commit()).unwrap();
        let id = self.write(&self.repository.find_tree(tree).unwrap(), &[&tip]);
        self.repository.reference("refs/heads/main", id, true, "test").unwrap();
        id
    }

    /// Sets a tag to the tip of `main`; an annotated one if its name begins with `v`.
    pub fn tag(&self, name: &str) {
        let tip = self.repository.revparse_single("refs/heads/main").unwrap();
        if name.starts_with('v') {
            let author = Signature::new("Test", "test@example.org", &Time::new(self.seconds.get(), 0)).unwrap();
            self.repository.tag(name, &tip, &author, "a tag", true).unwrap();
        } else {
            self.repository.tag_lightweight(name, &tip, true).unwrap();
        }
    }

    /// Replaces the whole history of `main` by one commit with the files of its tip.
    pub fn squash(&self) -> Oid {
        let tip = self.repository.revparse_single("refs/heads/main").unwrap().peel_to_commit().unwrap();
        let id = self.write(&tip.tree().unwrap(), &[]);
        self.repository.reference("refs/heads/main", id, true, "rewritten").unwrap();
        id
    }

    /// Clones it with a work tree.
    pub fn clone_to(&self, path: &Path) {
        Repository::clone(&self.url(), path).unwrap();
    }

    /// Makes another branch the default one.
    pub fn set_default_branch(&self, branch: &str) {
        self.repository.set_head(&format!("refs/heads/{branch}")).unwrap();
    }
}

/// Returns the files of a small pack below `prefix` (empty, or ending with `/`).
pub fn pack(prefix: &str, name: &str, version: &str) -> Vec<(String, String)> {
    let at = |path: &str| format!("{prefix}{name}/{path}");
    let chart = format!("apiVersion: v1\nname: {name}\nversion: {version}\ndescription: The {name} pack\n");
    let template = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Release.Name }}\n";
    vec![
        (at("Dockerfile"), "FROM nauta/tensorflow-py3\n\nADD training.py .\n".to_owned()),
        (at("charts/Chart.yaml"), chart),
        (at("charts/values.yaml"), "# How many\npodCount: 1\nname: {{ NAUTA.ExperimentName }}\n".to_owned()),
        (at("charts/templates/pod.yaml"), template.to_owned()),
    ]
}

/// Returns `files` as the builders of repositories take them.
pub fn borrowed(files: &[(String, String)]) -> impl Iterator<Item = (&str, &str)> {
    files.iter().map(|(path, content)| (path.as_str(), content.as_str()))
}
