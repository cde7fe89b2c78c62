//! Where our files are. The one place that knows the layout on disk.

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;

use super::environment::Environment;
use crate::base::failure::Failure;

/// The folders of one user.
#[derive(Debug, Clone)]
pub struct Paths {
    store: PathBuf,
    config: PathBuf,
}

/// Neither a variable nor the system says where a user's files go.
#[derive(Debug, thiserror::Error)]
#[error("cannot tell where your files are: no home folder")]
pub struct NoHome;

impl Failure for NoHome {
    fn hint(&self) -> Option<String> {
        Some("set HOME, or NAUTA_HOME and NAUTA_CONFIG".to_owned())
    }
}

impl Paths {
    /// Returns the folders that `environment` asks for, else the platform's.
    pub fn of(environment: &Environment) -> Result<Self, NoHome> {
        let native = || etcetera::base_strategy::choose_native_strategy().map_err(|_| NoHome);
        let store = match (environment.path("NAUTA_HOME"), environment.path("XDG_DATA_HOME")) {
            (Some(home), _) => environment.folder().join(home),
            (None, Some(data)) => data.join("nauta"),
            (None, None) => native()?.data_dir().join("nauta"),
        };
        let config = match (environment.path("NAUTA_CONFIG"), environment.path("XDG_CONFIG_HOME")) {
            (Some(file), _) => environment.folder().join(file),
            (None, Some(folder)) => folder.join("nauta/config.yaml"),
            (None, None) => native()?.config_dir().join("nauta/config.yaml"),
        };
        Ok(Self { store, config })
    }

    /// `~/.local/share/nauta`
    pub fn store(&self) -> &Path {
        &self.store
    }

    /// `~/.local/share/nauta/packs`
    pub fn packs(&self) -> PathBuf {
        self.store.join("packs")
    }

    /// `~/.local/share/nauta/packs/tf-training-single`
    pub fn pack(&self, name: &str) -> PathBuf {
        self.packs().join(name)
    }

    /// `~/.local/share/nauta/staging`: packs on their way into the store, on the same file system.
    pub fn staging(&self) -> PathBuf {
        self.store.join("staging")
    }

    /// `~/.local/share/nauta/backup`
    pub fn backup(&self) -> PathBuf {
        self.store.join("backup")
    }

    /// `~/.local/share/nauta/journal`: replacements that take two steps, until they are complete.
    pub fn journals(&self) -> PathBuf {
        self.store.join("journal")
    }

    /// `~/.local/share/nauta/.lock`: held by whoever changes the store.
    pub fn lock(&self) -> PathBuf {
        self.store.join(".lock")
    }

    /// `~/.local/share/nauta/config/packs`: where nctl kept its packs, if the store's folder was nctl's.
    pub fn nctl_packs(&self) -> PathBuf {
        self.store.join("config/packs")
    }

    /// `~/.local/share/nauta/cache/git`: mirrors of remote zoos.
    pub fn mirrors(&self) -> PathBuf {
        self.cache().join("git")
    }

    /// `~/.local/share/nauta/cache/http`: indexes and archives of HTTP zoos.
    pub fn http_cache(&self) -> PathBuf {
        self.cache().join("http")
    }

    /// `~/.local/share/nauta/cache`: may be deleted at any time.
    pub fn cache(&self) -> PathBuf {
        self.store.join("cache")
    }

    /// `~/.config/nauta/config.yaml`
    pub fn config(&self) -> &Path {
        &self.config
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_decide_where_files_are() {
        let of = |variables: &[(&str, &str)]| Paths::of(&Environment::of_variables(variables.iter().copied())).unwrap();
        let all = of(&[("NAUTA_HOME", "/n"), ("XDG_DATA_HOME", "/d"), ("NAUTA_CONFIG", "/c.yaml")]);
        assert_eq!((all.packs(), all.config()), (PathBuf::from("/n/packs"), Path::new("/c.yaml")));
        let xdg = of(&[("XDG_DATA_HOME", "/d"), ("XDG_CONFIG_HOME", "/c")]);
        assert_eq!((xdg.store(), xdg.config()), (Path::new("/d/nauta"), Path::new("/c/nauta/config.yaml")));
    }
}
