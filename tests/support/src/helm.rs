//! The real Helms that `make test` gets.

use std::path::PathBuf;

/// A real Helm.
#[derive(Debug, Clone)]
pub struct Helm {
    /// Its version, such as `3.21.4`.
    pub version: &'static str,
    /// The program.
    pub path: PathBuf,
}

/// Returns Helm 3 and Helm 4. One that is not there is reported as `skipped: …` on standard output, which `.ci/run`
/// refuses.
pub fn helms() -> Vec<Helm> {
    [("HELM3", "3.21.4"), ("HELM4", "4.2.4")].into_iter().filter_map(|(name, version)| find(name, version)).collect()
}

fn find(variable: &str, version: &'static str) -> Option<Helm> {
    let path = std::env::var_os(variable).map_or_else(|| built(version), PathBuf::from);
    if path.is_file() {
        return Some(Helm { version, path });
    }
    println!("skipped: there is no Helm {version} (run `make test`, or set {variable})");
    None
}

/// Where `tests/tools/helm.sh` keeps what it has built.
fn built(version: &str) -> PathBuf {
    tools().join("bin").join(format!("helm-{version}"))
}

/// Returns the folder of the programs that the scripts in `tests/tools` have built.
pub fn tools() -> PathBuf {
    let variable = |name: &str| std::env::var_os(name).filter(|it| !it.is_empty()).map(PathBuf::from);
    let cache = || variable("XDG_CACHE_HOME").or_else(|| Some(variable("HOME")?.join(".cache")));
    variable("NAUTA_TOOLS").or_else(|| Some(cache()?.join("nauta-tools"))).unwrap_or_default()
}
