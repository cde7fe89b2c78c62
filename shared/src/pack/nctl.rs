//! What nctl, the command line of Intel Nauta, kept about its zoo.

use serde_json::Value;

use super::source::{BUILTIN, Location, is_label, location};
use crate::base::failure::Failure;
use crate::yaml::read::{self, ReadError};

/// The file that held the zoo's address.
pub const CONFIG_FILE: &str = "zoo-repository.config";
/// The key of the address in it.
const ADDRESS: &str = "model-zoo-address";

/// Why a file of nctl names no zoo.
#[derive(Debug, thiserror::Error)]
pub enum NctlError {
    /// It is no YAML mapping.
    #[error("the file cannot be read as nctl's `{CONFIG_FILE}`")]
    Unreadable(#[from] ReadError),
    /// The address is not in it.
    #[error("the file has no `{ADDRESS}`")]
    NoAddress,
    /// The address leads nowhere.
    #[error("`{ADDRESS}` is `{0}`, which is no URL")]
    BadAddress(String),
}

impl Failure for NctlError {
    fn hint(&self) -> Option<String> {
        Some(format!("nctl's file says `{ADDRESS}: https://…`; or `kubectl pack zoo add NAME URL`"))
    }
}

/// Returns the address of the zoo that nctl was configured with.
pub fn zoo_address(text: &str) -> Result<String, NctlError> {
    let map = read::mapping_as_written(text)?;
    let address = map.get(ADDRESS).and_then(Value::as_str).map(str::trim).filter(|it| !it.is_empty());
    let address = address.ok_or(NctlError::NoAddress)?;
    if matches!(location(address), Location::Remote(_)) || address.starts_with("file://") {
        return Ok(address.to_owned());
    }
    Err(NctlError::BadAddress(address.to_owned()))
}

/// Returns what to call the zoo at `address`: the last part of its path if that can be a name, else `nctl`.
///
/// ```
/// # use shared::pack::nctl::zoo_name;
/// assert_eq!(zoo_name("https://intelai.github.io/nauta-zoo/"), "nauta-zoo");
/// assert_eq!(zoo_name("https://example.org"), "nctl");
/// ```
pub fn zoo_name(address: &str) -> String {
    let path = address.split_once("://").map_or(address, |it| it.1).trim_end_matches('/');
    let last = path.rsplit_once('/').map(|it| it.1.trim_end_matches(".git").to_lowercase());
    last.filter(|it| is_label(it) && it != BUILTIN).unwrap_or_else(|| "nctl".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_found_or_its_absence_told() {
        for (text, expected) in [
            ("model-zoo-address: https://example.org/zoo\n", Ok("https://example.org/zoo")),
            ("# old\nmodel-zoo-address: 'https://example.org/zoo/'\nother: 1\n", Ok("https://example.org/zoo/")),
            ("model-zoo-address: file:///srv/zoo\n", Ok("file:///srv/zoo")),
            ("", Err("the file cannot be read as nctl's `zoo-repository.config`")),
            ("just text\n", Err("the file cannot be read as nctl's `zoo-repository.config`")),
            ("other: 1\n", Err("the file has no `model-zoo-address`")),
            ("model-zoo-address:\n", Err("the file has no `model-zoo-address`")),
            ("model-zoo-address: builtin\n", Err("`model-zoo-address` is `builtin`, which is no URL")),
        ] {
            let seen = zoo_address(text).map_err(|it| it.to_string());
            assert_eq!(seen.as_deref().map_err(String::as_str), expected, "{text:?}");
        }
    }

    #[test]
    fn zoos_are_called_by_the_end_of_their_address() {
        for (address, expected) in [
            ("https://github.com/IntelAI/nauta-zoo.git", "nauta-zoo"),
            ("git@host:team/Packs", "packs"),
            ("https://example.org/builtin", "nctl"),
            ("https://example.org/a_b", "nctl"),
        ] {
            assert_eq!(zoo_name(address), expected, "{address}");
        }
    }
}
