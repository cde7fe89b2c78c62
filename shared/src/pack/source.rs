//! Where packs come from: zoos as configured, and what a word of `install` means.

use percent_encoding::percent_decode_str;

use crate::base::failure::Failure;
use crate::base::version;

/// The name of the zoo that ships inside the binary.
pub const BUILTIN: &str = "builtin";

/// A zoo as the configuration has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZooEntry {
    /// Its name.
    pub name: String,
    /// A git URL, a path, or `builtin`.
    pub url: String,
    /// The branch or tag to read; `None` for the default branch.
    pub reference: Option<String>,
    /// The folder that holds the packs; `None` for the top.
    pub subdir: Option<String>,
}

/// What a zoo's URL can be, told apart by looking at the text alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// The packs inside the binary.
    Builtin,
    /// A git repository behind a network.
    Remote(String),
    /// A path: a git repository or a plain folder.
    Path(String),
}

/// Why a name, URL or word cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// A zoo cannot be called that.
    #[error("`{0}` cannot be the name of a zoo")]
    BadZooName(String),
    /// `builtin` is always there.
    #[error("the zoo `{BUILTIN}` is always there and cannot be changed")]
    Reserved,
    /// A pack cannot be called that.
    #[error("`{0}` cannot be the name of a pack")]
    BadPackName(String),
    /// Nothing stands after the `@`.
    #[error("no version after `@` in `{0}`")]
    NoVersion(String),
    /// The folder of a zoo's packs leaves the zoo.
    #[error("`{0}` is no folder inside a zoo")]
    BadSubdir(String),
}

impl Failure for SourceError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::BadZooName(_) => Some("use lower-case letters, digits and `-`, such as `team-a`".to_owned()),
            Self::Reserved => Some("choose another name".to_owned()),
            Self::BadPackName(_) => Some("for a folder, write a path such as `./my-pack`".to_owned()),
            Self::NoVersion(word) => Some(format!("write `{word}1.0.0`, or leave the `@` out for the newest version")),
            Self::BadSubdir(_) => Some("write a path such as `packs` or `ml/packs`".to_owned()),
        }
    }

    fn exit_code(&self) -> u8 {
        2
    }
}

impl ZooEntry {
    /// Returns the entry of the built-in zoo.
    pub fn builtin() -> Self {
        Self { name: BUILTIN.to_owned(), url: BUILTIN.to_owned(), reference: None, subdir: None }
    }

    /// Tells whether a URL behind a network can only be that of a git repository: an index is asked for by http, has no
    /// branches, tags and folders, and `.git` is what only repositories are called.
    pub fn is_surely_git(&self) -> bool {
        let Location::Remote(url) = self.location() else { return false };
        let scheme = url.split_once("://").map_or("", |it| it.0).to_ascii_lowercase();
        self.reference.is_some()
            || self.subdir.is_some()
            || url.strip_suffix(".git").is_some()
            || !matches!(scheme.as_str(), "http" | "https")
    }

    /// Returns what the URL means.
    pub fn location(&self) -> Location {
        location(&self.url)
    }
}

/// Checks that a zoo may be called `name`: `[a-z0-9]([-a-z0-9]*[a-z0-9])?`, and not `builtin`.
pub fn check_zoo_name(name: &str) -> Result<(), SourceError> {
    if name == BUILTIN {
        return Err(SourceError::Reserved);
    }
    if is_label(name) { Ok(()) } else { Err(SourceError::BadZooName(name.to_owned())) }
}

/// Tells whether `text` is `[a-z0-9]([-a-z0-9]*[a-z0-9])?` of at most 63 characters.
pub fn is_label(text: &str) -> bool {
    let inside = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !text.is_empty() && text.len() <= 63 && text.chars().all(inside) && !text.starts_with('-') && !text.ends_with('-')
}

/// Tells whether a folder called `name` can be a pack in the store: a name that is safe to put into a path.
pub fn is_pack_name(name: &str) -> bool {
    let inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let is_safe = crate::pack::tree::PackTree::default().add(name.as_bytes(), Vec::new(), false).is_ok();
    is_safe && name.len() <= 63 && name.chars().all(inside) && !name.starts_with(['-', '.']) && !is_no_pack(name)
}

/// Tells whether a folder of this name is never a pack, whatever it holds.
pub fn is_no_pack(name: &str) -> bool {
    matches!(name, "docs" | "hooks")
}

/// Checks that `name` can be a pack's, before any path is made of it.
pub fn check_pack_name(name: &str) -> Result<(), SourceError> {
    if is_pack_name(name) { Ok(()) } else { Err(SourceError::BadPackName(name.to_owned())) }
}

/// Checks that `subdir` stays inside a zoo, and returns it without needless slashes; `None` for the top.
pub fn check_subdir(subdir: &str) -> Result<Option<String>, SourceError> {
    let parts: Vec<&str> = subdir.split('/').filter(|it| !it.is_empty() && *it != ".").collect();
    if subdir.starts_with('/') || parts.contains(&"..") {
        return Err(SourceError::BadSubdir(subdir.to_owned()));
    }
    Ok((!parts.is_empty()).then(|| parts.join("/")))
}

/// Returns what a zoo's URL means.
///
/// ```
/// # use shared::pack::source::{Location, location};
/// assert_eq!(location("file:///my%20zoo.git"), Location::Path("/my zoo.git".into()));
/// assert_eq!(location("git@host:team/zoo"), Location::Remote("git@host:team/zoo".into()));
/// assert_eq!(location("./zoo"), Location::Path("./zoo".into()));
/// ```
pub fn location(url: &str) -> Location {
    if url == BUILTIN {
        return Location::Builtin;
    }
    if let Some(path) = url.strip_prefix("file://") {
        let path = path.strip_prefix("localhost").unwrap_or(path);
        return Location::Path(percent_decode_str(path).decode_utf8_lossy().into_owned());
    }
    let is_short_form =
        url.split_once(':').is_some_and(|(host, _)| host.contains('@') && !host.contains('/') && !host.contains('\\'));
    if url.contains("://") || is_short_form {
        return Location::Remote(url.to_owned());
    }
    Location::Path(url.to_owned())
}

/// Returns `url` without user and password.
///
/// ```
/// # use shared::pack::source::without_user_info;
/// assert_eq!(without_user_info("https://me:secret@host/zoo.git"), "https://host/zoo.git");
/// assert_eq!(without_user_info("git@host:zoo"), "git@host:zoo");
/// ```
pub fn without_user_info(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let host = rest[..end].rfind('@').map_or(0, |it| it + 1);
    format!("{scheme}://{}", &rest[host..])
}

/// A pack asked for by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The pack's name.
    pub name: String,
    /// The version asked for; `None` for what the zoo offers now.
    pub version: Option<String>,
}

impl Wanted {
    /// Reads `NAME[@VERSION]`.
    ///
    /// # Errors
    ///
    /// Fails if the name cannot be a pack's, or nothing stands after the `@`.
    pub fn parse(word: &str) -> Result<Self, SourceError> {
        let (name, version) = match word.split_once('@') {
            Some((_, "")) => return Err(SourceError::NoVersion(word.to_owned())),
            Some((name, version)) => (name, Some(version.to_owned())),
            None => (word, None),
        };
        check_pack_name(name)?;
        Ok(Self { name: name.to_owned(), version })
    }
}

/// Tells whether two versions are the same one: as semantic versions, or to the letter.
pub fn is_same_version(left: &str, right: &str) -> bool {
    left == right || version::compare(left, right) == Some(std::cmp::Ordering::Equal)
}

/// Returns the tags that may hold `version` of the pack `name`, best first; the flag tells whether the tag is the
/// pack's own and not one of the whole zoo.
///
/// ```
/// # use shared::pack::source::tag_names;
/// let own: Vec<String> = tag_names("p", "1.0").into_iter().filter(|it| it.1).map(|it| it.0).collect();
/// assert_eq!(own, ["p-1.0", "p/v1.0", "p-v1.0", "p/1.0"]);
/// ```
pub fn tag_names(name: &str, version: &str) -> Vec<(String, bool)> {
    let bare = version.strip_prefix('v').unwrap_or(version);
    let own =
        [format!("{name}-{bare}"), format!("{name}/v{bare}"), format!("{name}-v{bare}"), format!("{name}/{bare}")];
    let whole = [format!("v{bare}"), bare.to_owned()];
    own.into_iter().map(|it| (it, true)).chain(whole.into_iter().map(|it| (it, false))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_zoos_and_packs_are_checked() {
        for name in ["a", "main", "team-a", "0"] {
            assert_eq!(check_zoo_name(name), Ok(()), "{name}");
        }
        for name in ["", "A", "-a", "a-", "a_b", "a b", "é", "a/b", "..", BUILTIN] {
            assert!(check_zoo_name(name).is_err(), "{name}");
        }
        for name in ["tf-training-single", "a_b", "A.b", "0"] {
            assert!(is_pack_name(name), "{name}");
        }
        for name in ["", ".", "..", "a/b", "../x", ".hidden", "-x", "docs", "hooks", "nul", "Ünï", "a b", "x\n", "a."]
        {
            assert!(!is_pack_name(name), "{name}");
        }
    }

    #[test]
    fn words_are_split_at_the_version() {
        let wanted = |name: &str, version: Option<&str>| Wanted { name: name.into(), version: version.map(Into::into) };
        assert_eq!(Wanted::parse("p"), Ok(wanted("p", None)));
        assert_eq!(Wanted::parse("p@1.0@x"), Ok(wanted("p", Some("1.0@x"))));
        assert_eq!(Wanted::parse("p@"), Err(SourceError::NoVersion("p@".into())));
        assert_eq!(Wanted::parse("../p@1"), Err(SourceError::BadPackName("../p".into())));
    }

    #[test]
    fn urls_are_told_apart_and_folders_stay_inside() {
        for (url, expected) in [
            ("builtin", Location::Builtin),
            ("https://host/zoo", Location::Remote("https://host/zoo".into())),
            ("ssh://git@host/zoo", Location::Remote("ssh://git@host/zoo".into())),
            ("file://localhost/zoo", Location::Path("/zoo".into())),
            ("/srv/a@b:c", Location::Path("/srv/a@b:c".into())),
        ] {
            assert_eq!(location(url), expected, "{url}");
        }
        assert_eq!(check_subdir("./a//b/"), Ok(Some("a/b".to_owned())));
        assert_eq!(check_subdir("."), Ok(None));
        assert!(check_subdir("../a").is_err() && check_subdir("/a").is_err());
        assert_eq!(without_user_info("ssh://git@host:22/a@b"), "ssh://host:22/a@b");
    }
}
