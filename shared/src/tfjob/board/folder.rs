//! Where the logs are, and how `TensorBoard` is told.

use std::str::FromStr;

use serde_json::Value;

use crate::tfjob::json;

/// A folder with logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFolder {
    /// What its runs are called, where several folders are shown.
    pub name: Option<String>,
    /// A path as the job's main container sees it, or a URL.
    pub place: String,
}

impl FromStr for LogFolder {
    type Err = &'static str;

    /// Reads `DIR` or `NAME=DIR`; what stands before the first `=` is a name if nothing in it belongs to a path or URL.
    fn from_str(text: &str) -> Result<Self, &'static str> {
        let named = text.split_once('=').filter(|(name, _)| is_name(name));
        let (name, place) = named.map_or((None, text), |(name, place)| (Some(name.to_owned()), place));
        if place.is_empty() {
            return Err("it names no folder: write DIR, NAME=DIR or a URL");
        }
        if place.contains(',') {
            return Err("TensorBoard takes what stands behind a comma for another folder");
        }
        if ["http", "https"].contains(&scheme_of(place).unwrap_or_default().to_ascii_lowercase().as_str()) {
            return Err("TensorBoard reads no logs from web servers: write DIR, or a URL such as gs://…");
        }
        Ok(Self { name, place: plain(place) })
    }
}

/// Returns the scheme of a URL; `None` for a path.
fn scheme_of(place: &str) -> Option<&str> {
    let is_scheme = |it: &str| !it.is_empty() && it.chars().all(|it| it.is_ascii_alphanumeric() || "+.-".contains(it));
    place.split_once("://").map(|it| it.0).filter(|it| is_scheme(it))
}

/// Returns the path of a `file:///…`; what is none stays.
fn plain(place: &str) -> String {
    let is_file = scheme_of(place).is_some_and(|it| it.eq_ignore_ascii_case("file"));
    let path = place.split_once("://").map(|it| it.1).filter(|it| is_file && it.starts_with('/'));
    path.unwrap_or(place).to_owned()
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|it| it.is_alphanumeric() || "-_. ".contains(it))
}

impl LogFolder {
    /// Tells whether it is no folder of a volume: `gs://…`, `s3://…`, `hdfs://…`, `az://…`.
    pub fn is_url(&self) -> bool {
        scheme_of(&self.place).is_some()
    }

    /// Tells whether it is a URL that `TensorFlow` has not been able to read by itself since 2.6.
    pub(super) fn needs_io(&self) -> bool {
        scheme_of(&self.place).is_some_and(|it| !it.eq_ignore_ascii_case("gs"))
    }

    /// Returns the last part of the place.
    fn last_part(&self) -> &str {
        self.place.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
    }
}

/// Returns the folders that were asked for, else the one of the job's own spec.
pub(super) fn wanted(object: &Value, asked: &[LogFolder]) -> Option<Vec<LogFolder>> {
    if !asked.is_empty() {
        return Some(asked.to_vec());
    }
    let board = json::any_case(object.get("spec")?, "tensorboard")?;
    let place = json::any_case(board, "logDir").and_then(json::word)?;
    Some(vec![LogFolder { name: None, place: plain(&place) }])
}

/// Returns the folders that a command of ours was told of; none if it is not understood.
pub(super) fn told(words: &[Value], image: &str) -> Vec<LogFolder> {
    let mut words = words.iter().filter_map(Value::as_str);
    let Some((option, logs)) =
        words.find_map(|it| it.split_once('=').filter(|(option, _)| option.starts_with("--logdir")))
    else {
        return Vec::new();
    };
    let logs = logs.replace("$$(", "$(");
    let alone = LogFolder { name: None, place: logs.clone() };
    let is_list = match option {
        "--logdir_spec" => true,
        _ => is_version_1(image) && !logs.starts_with('/') && !alone.is_url(),
    };
    if !is_list {
        return vec![alone];
    }
    let named = |it: &str| it.split_once(':').map(|(name, place)| (Some(name.to_owned()), place.to_owned()));
    let folders = logs.split(',').filter_map(named);
    folders.map(|(name, place)| LogFolder { name, place }).collect()
}

/// Tells whether an image is of `TensorFlow` 1, by its tag.
pub(super) fn is_version_1(image: &str) -> bool {
    let tag = image.split('@').next().and_then(|it| it.rsplit('/').next()?.split_once(':'));
    tag.is_some_and(|(_, tag)| tag == "1" || tag.starts_with("1."))
}

/// The command of the container.
pub(super) struct Command<'f> {
    pub(super) folders: &'f [LogFolder],
    pub(super) is_version_1: bool,
}

impl Command<'_> {
    pub(super) fn words(&self, port: u16) -> Vec<String> {
        // Before TensorBoard 2 there was no --bind_all, and --logdir took what --logdir_spec takes.
        let (bind, several) =
            if self.is_version_1 { ("--host=0.0.0.0", "--logdir") } else { ("--bind_all", "--logdir_spec") };
        let logs = match self.folders {
            [LogFolder { name: None, place }] => format!("--logdir={place}"),
            folders => format!("{several}={}", pairs(folders)),
        };
        // `$(NAME)` would be replaced by Kubernetes.
        vec!["tensorboard".to_owned(), logs.replace("$(", "$$("), format!("--port={port}"), bind.to_owned()]
    }
}

/// Returns `name:place,…`, with a name of its own for each.
fn pairs(folders: &[LogFolder]) -> String {
    let mut names: Vec<String> = Vec::new();
    for folder in folders {
        let wanted = folder.name.as_deref().unwrap_or_else(|| folder.last_part()).replace([':', ','], "_");
        let wanted = if wanted.is_empty() { "logs".to_owned() } else { wanted };
        let mut numbered = (2..).map(|it| format!("{wanted}-{it}"));
        let mut name = wanted.clone();
        while names.contains(&name) {
            name = numbered.next().unwrap_or_default();
        }
        names.push(name);
    }
    let pairs = names.iter().zip(folders).map(|(name, folder)| format!("{name}:{}", folder.place));
    pairs.collect::<Vec<_>>().join(",")
}
