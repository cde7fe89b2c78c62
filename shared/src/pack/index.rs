//! The index of an HTTP zoo: what it offers, entry by entry, so that a bad one hides no other.

use std::collections::BTreeSet;

use serde_json::Value;

use super::source::check_pack_name;
use crate::base::failure::Failure;

/// The file that makes an HTTP address a zoo.
pub const INDEX_FILE: &str = "index.json";

/// A pack that an HTTP zoo offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexEntry {
    /// The pack's name.
    pub name: String,
    /// Where its archive is: relative to the zoo's address, or a URL of its own.
    pub url: String,
    /// The version as written.
    pub version: String,
    /// The description on one line.
    pub description: String,
    /// The SHA-256 of the archive, in small hex.
    pub sha256: Option<String>,
}

/// Everything that an index says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Index {
    /// The usable entries, sorted by name.
    pub entries: Vec<IndexEntry>,
    /// The others, in the order of the file.
    pub skipped: Vec<BadEntry>,
}

/// An entry that cannot be used, and is skipped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("entry {number}{} {fault}", name.as_ref().map(|it| format!(" (`{}`)", it.escape_debug())).unwrap_or_default())]
pub struct BadEntry {
    /// Which one, from 1.
    pub number: usize,
    /// Its name, if it has one.
    pub name: Option<String>,
    /// What is wrong with it.
    pub fault: String,
}

/// Why a text is no index at all.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// It is a web page.
    #[error("it is a web page, not JSON")]
    Html,
    /// It is no JSON.
    #[error("it is no JSON")]
    NoJson(#[source] serde_json::Error),
    /// It is JSON of something else.
    #[error("it has no list `templates`")]
    NoTemplates,
}

impl Failure for IndexError {
    fn hint(&self) -> Option<String> {
        Some(format!("a zoo's address has an `{INDEX_FILE}` such as {{\"templates\": [{{\"name\": …, \"url\": …}}]}}"))
    }
}

impl Index {
    /// Reads the text of an `index.json`.
    ///
    /// # Errors
    ///
    /// Fails only if there is no list of entries; an entry that is wrong stands in [`Index::skipped`].
    pub fn read(text: &[u8]) -> Result<Self, IndexError> {
        let value: Value =
            serde_json::from_slice(text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text)).map_err(|it| {
                if text.trim_ascii_start().starts_with(b"<") { IndexError::Html } else { IndexError::NoJson(it) }
            })?;
        let templates = value.get("templates").and_then(Value::as_array).ok_or(IndexError::NoTemplates)?;
        let mut index = Self::default();
        let mut names = BTreeSet::new();
        for (number, value) in (1..).zip(templates) {
            match entry(value).and_then(|it| unique(it, &mut names)) {
                Ok(entry) => index.entries.push(entry),
                Err(fault) => {
                    let name = value.get("name").and_then(Value::as_str).map(str::to_owned);
                    index.skipped.push(BadEntry { number, name, fault });
                }
            }
        }
        index.entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(index)
    }

    /// Returns the entry of the pack `name`.
    pub fn entry(&self, name: &str) -> Option<&IndexEntry> {
        self.entries.binary_search_by(|it| it.name.as_str().cmp(name)).ok().map(|it| &self.entries[it])
    }
}

fn entry(value: &Value) -> Result<IndexEntry, String> {
    let object = value.as_object().ok_or("is no JSON object")?;
    let text = |key: &str| match object.get(key) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(_) => Err(format!("has a `{key}` that is no string")),
        None => Err(format!("has no `{key}`")),
    };
    let entry = IndexEntry {
        name: text("name")?,
        url: text("url")?,
        version: text("version")?,
        description: text("description")?.split_whitespace().collect::<Vec<_>>().join(" "),
        sha256: object.get("sha256").filter(|it| !it.is_null()).map(sha256).transpose()?,
    };
    check_pack_name(&entry.name).map_err(|_| "has a name that no pack can have".to_owned())?;
    if entry.version.trim().is_empty() {
        return Err("has an empty `version`".to_owned());
    }
    if entry.url.is_empty() || entry.url.chars().any(char::is_control) {
        return Err("has a `url` that leads nowhere".to_owned());
    }
    Ok(entry)
}

fn sha256(value: &Value) -> Result<String, String> {
    let text = value.as_str().unwrap_or_default().to_ascii_lowercase();
    if text.len() == 64 && text.bytes().all(|it| it.is_ascii_hexdigit()) {
        return Ok(text);
    }
    Err("has a `sha256` that is not 64 hexadecimal digits".to_owned())
}

fn unique(entry: IndexEntry, names: &mut BTreeSet<String>) -> Result<IndexEntry, String> {
    if names.insert(entry.name.to_lowercase()) {
        return Ok(entry);
    }
    Err("has the name of an earlier entry, or one that some file systems take for it".to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn good(name: &str) -> Value {
        json!({"name": name, "url": "p.tar.bz2", "version": "1.10", "description": "a\n  b"})
    }

    #[test]
    fn bad_entries_are_named_and_hide_no_other() {
        let with = |key: &str, value: Value| {
            let mut entry = good("x");
            entry[key] = value;
            entry
        };
        let entries = json!([
            good("b"), with("name", json!(5)), with("name", json!("../x")), with("url", json!("")), {"name": "y"}, 7,
            with("sha256", json!("abc")), with("sha256", Value::Null), good("X"), with("version", json!(1.0)), good("a"),
            with("name", json!("docs"))
        ]);
        let index = Index::read(json!({"templates": entries, "more": 1}).to_string().as_bytes()).unwrap();
        let names: Vec<&str> = index.entries.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["a", "b", "x"]);
        assert_eq!((index.entry("b").unwrap().description.as_str(), index.entry("c")), ("a b", None));
        let skipped: Vec<String> = index.skipped.iter().map(BadEntry::to_string).collect();
        assert_eq!(
            skipped,
            [
                "entry 2 has a `name` that is no string",
                "entry 3 (`../x`) has a name that no pack can have",
                "entry 4 (`x`) has a `url` that leads nowhere",
                "entry 5 (`y`) has no `url`",
                "entry 6 is no JSON object",
                "entry 7 (`x`) has a `sha256` that is not 64 hexadecimal digits",
                "entry 9 (`X`) has the name of an earlier entry, or one that some file systems take for it",
                "entry 10 (`x`) has a `version` that is no string",
                "entry 12 (`docs`) has a name that no pack can have",
            ]
        );
    }

    #[test]
    fn what_is_no_index_says_so() {
        for (text, expected) in [
            ("<!DOCTYPE html>", "it is a web page, not JSON"),
            ("", "it is no JSON"),
            ("{", "it is no JSON"),
            ("[]", "it has no list `templates`"),
            ("{\"templates\": {}}", "it has no list `templates`"),
        ] {
            assert_eq!(Index::read(text.as_bytes()).unwrap_err().to_string(), expected, "{text}");
        }
        assert!(Index::read(&[b"{\"a\":".repeat(10_000), b"1".to_vec()].concat()).is_err(), "deep nesting");
        assert_eq!(Index::read(b"\xef\xbb\xbf{\"templates\": []}").unwrap(), Index::default());
    }

    #[test]
    fn ten_thousand_entries_are_read() {
        let entries: Vec<Value> = (0..10_000).map(|it| good(&format!("p{it}"))).collect();
        let index = Index::read(json!({ "templates": entries }).to_string().as_bytes()).unwrap();
        assert_eq!((index.entries.len(), index.skipped.len()), (10_000, 0));
        assert!(index.entry("p9999").is_some());
    }
}
