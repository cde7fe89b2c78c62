//! Git repositories made by a test.

use std::path::{Path, PathBuf};

use git2::{IndexAddOption, Oid, Repository, RepositoryInitOptions, Signature, Time};

/// A repository with a work tree.
pub struct Repo {
    /// The repository itself, for what has no method here.
    pub git: Repository,
    folder: PathBuf,
}

impl Repo {
    /// Makes an empty repository in `folder`, its branch called `main`.
    pub fn init(folder: &Path) -> Self {
        let mut options = RepositoryInitOptions::new();
        options.initial_head("main").mkpath(true);
        let git = Repository::init_opts(folder, &options).unwrap();
        Self { git, folder: folder.to_owned() }
    }

    /// Returns the folder of the work tree.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes a file of the work tree.
    pub fn write(&self, path: &str, content: &str) -> &Self {
        let path = self.folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        self
    }

    /// Writes a small pack.
    pub fn pack(&self, name: &str, version: &str) -> &Self {
        self.write(&format!("{name}/Dockerfile"), "FROM scratch\n")
            .write(
                &format!("{name}/charts/Chart.yaml"),
                &format!("apiVersion: v1\nname: {name}\nversion: {version}\ndescription: The {name} pack\n"),
            )
            .write(&format!("{name}/charts/values.yaml"), "podCount: 1\nimage: {{ NAUTA.ExperimentImage }}\n")
            .write(
                &format!("{name}/charts/templates/job.yaml"),
                "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: {{ .Release.Name | quote }}\n",
            )
    }

    /// Commits everything in the work tree, and returns the commit.
    pub fn commit(&self, message: &str) -> Oid {
        let mut index = self.git.index().unwrap();
        index.add_all(["*"], IndexAddOption::DEFAULT, None).unwrap();
        index.update_all(["*"], None).unwrap();
        index.write().unwrap();
        let tree = self.git.find_tree(index.write_tree().unwrap()).unwrap();
        let who = Signature::new("Test", "test@example.com", &Time::new(1_700_000_000, 0)).unwrap();
        let parent = self.git.head().ok().and_then(|it| it.peel_to_commit().ok());
        let parents: Vec<_> = parent.iter().collect();
        self.git.commit(Some("HEAD"), &who, &who, message, &tree, &parents).unwrap()
    }

    /// Tags the newest commit.
    pub fn tag(&self, name: &str) -> &Self {
        let head = self.git.head().unwrap().peel_to_commit().unwrap();
        self.git.tag_lightweight(name, head.as_object(), true).unwrap();
        self
    }

    /// Makes a branch at the newest commit.
    pub fn branch(&self, name: &str) -> &Self {
        let head = self.git.head().unwrap().peel_to_commit().unwrap();
        self.git.branch(name, &head, true).unwrap();
        self
    }
}
