//! Where the programs of a bed are.

use std::path::PathBuf;

use crate::tools;

/// Set by `make test` to what `tests/tools/bed.sh` prints.
const VARIABLE: &str = "NAUTA_BED";
const VERSIONS: &str = include_str!("../../../tools/bed/versions");
const NAMES: [&str; 7] =
    ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl", "kwok", "training-operator.v1"];

/// Returns the folder of the programs, or why there is none.
pub(super) fn folder() -> Result<PathBuf, String> {
    let folder = std::env::var_os(VARIABLE).map_or_else(built, PathBuf::from);
    match NAMES.iter().find(|name| !folder.join(name).is_file()) {
        None => Ok(folder),
        Some(missing) => Err(format!("there is no {missing} (run `make test`, or set {VARIABLE})")),
    }
}

/// Where `tests/tools/bed.sh` keeps what it has built.
fn built() -> PathBuf {
    let versions = VERSIONS.lines().filter(|it| !it.starts_with('#')).filter_map(|it| it.split_once('='));
    let name = versions.fold("bed".to_owned(), |name, (_, version)| format!("{name}-{version}"));
    tools::folder().join(name)
}
