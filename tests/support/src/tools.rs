//! Where the scripts in `tests/tools` keep what they have built.

use std::path::PathBuf;

/// Returns the folder, which all checkouts share.
pub fn folder() -> PathBuf {
    let variable = |name: &str| std::env::var_os(name).filter(|it| !it.is_empty()).map(PathBuf::from);
    let cache = || variable("XDG_CACHE_HOME").or_else(|| Some(variable("HOME")?.join(".cache")));
    variable("NAUTA_TOOLS").or_else(|| Some(cache()?.join("nauta-tools"))).unwrap_or_default()
}
