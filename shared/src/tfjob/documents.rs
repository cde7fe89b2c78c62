//! TFJobs in a file: JSON or YAML, one object, a List, or several documents.

use std::fmt;

use serde_json::Value;

use super::job::{BrokenJob, Job};
use super::json;
use crate::base::failure::Failure;
use crate::yaml::read::{self, ReadError};

/// What a file holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Documents {
    /// The objects in their order, the items of Lists one by one. One broken document hides no other.
    pub items: Vec<Result<Value, BrokenDocument>>,
    /// Where each item stands, in the same order.
    pub places: Vec<Place>,
    /// Whether the file is one object, and no List: then one object is printed, else an array.
    pub is_single: bool,
    /// How many documents the text has; an empty one has none.
    pub count: usize,
}

/// Where an object stands in a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Place {
    /// Which document, from 1; `None` if there is only one.
    pub document: Option<usize>,
    /// The line on which the document begins, from 1.
    pub line: usize,
    /// Which item of a List, from 1; `None` outside of Lists.
    pub item: Option<usize>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.document, self.item) {
            (Some(document), None) => write!(f, "document {document} (line {})", self.line),
            (Some(document), Some(item)) => write!(f, "document {document} (line {}), item {item}", self.line),
            (None, Some(item)) => write!(f, "item {item}"),
            (None, None) => f.write_str("the document"),
        }
    }
}

/// An object that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {fault}")]
pub struct BrokenDocument {
    /// Where it stands.
    pub place: Place,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What is wrong with an object in a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It is neither JSON nor YAML, or no mapping.
    #[error("{0}")]
    Unreadable(ReadError),
    /// It is a template for Helm.
    #[error("it is a Helm template; render it first: `helm template CHART | kubectl tfjob status -f -`")]
    HelmTemplate,
    /// It is jsonnet.
    #[error("it is jsonnet; render it first: `jsonnet FILE | kubectl tfjob status -f -`, or `ks show` for ksonnet")]
    Jsonnet,
    /// It can be read, and is no `TFJob`.
    #[error("{0}")]
    NoJob(BrokenJob),
}

impl Failure for BrokenDocument {
    fn hint(&self) -> Option<String> {
        if let Fault::NoJob(broken) = &self.fault { broken.hint() } else { None }
    }
}

impl Documents {
    /// Returns the jobs in their order, and in place of each object that is none, why.
    pub fn jobs(&self) -> Vec<Result<Job, BrokenDocument>> {
        let read = |(item, place): (&Result<Value, BrokenDocument>, &Place)| {
            let value = item.as_ref().map_err(Clone::clone)?;
            Job::read(value).map_err(|it| BrokenDocument { place: *place, fault: Fault::NoJob(it) })
        };
        self.items.iter().zip(&self.places).map(read).collect()
    }

    fn push(&mut self, place: Place, item: Result<Value, Fault>) {
        self.items.push(item.map_err(|fault| BrokenDocument { place, fault }));
        self.places.push(place);
    }

    /// Adds an object; a List (of any kind that ends in `List` and has `items`) item by item.
    fn add(&mut self, place: Place, value: Value) {
        if !is_list(&value) {
            self.push(place, Ok(value));
            return;
        }
        let (kind, api_version) = (json::text(&value, &["kind"]), json::text(&value, &["apiVersion"]));
        let kind = kind.unwrap_or_default();
        let of_items = kind.strip_suffix("List").filter(|it| !it.is_empty());
        let items = match value {
            Value::Object(mut map) => map.remove("items"),
            _ => None,
        };
        let items = items.and_then(|it| if let Value::Array(items) = it { Some(items) } else { None });
        for (number, mut item) in (1..).zip(items.unwrap_or_default()) {
            // The items of a typed list leave out what its kind says.
            if let (Some(map), Some(kind), Some(api_version)) = (item.as_object_mut(), of_items, &api_version) {
                map.entry("kind").or_insert_with(|| kind.into());
                map.entry("apiVersion").or_insert_with(|| api_version.as_str().into());
            }
            let place = Place { item: Some(number), ..place };
            self.push(place, Ok(item));
        }
    }
}

fn is_list(value: &Value) -> bool {
    let kind = value.get("kind").and_then(Value::as_str).unwrap_or_default();
    kind.ends_with("List") && value.get("items").is_some_and(|it| it.is_array() || it.is_null())
}

/// Reads the objects of a text: JSON, or YAML as kubectl reads it.
///
/// What cannot be read stands in [`Documents::items`] as an error, among the others. Whether the objects are TFJobs is
/// for [`Documents::jobs`] to say. Empty documents count as none.
pub fn read(text: &str) -> Documents {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut found = Vec::new();
    for (line, part) in parts(text) {
        if part.trim_start().starts_with(['{', '[']) {
            from_json(line, part, &mut found);
        } else {
            found.push((line, from_yaml(line, part)));
        }
    }
    let is_one = found.len() == 1;
    let mut documents = Documents { count: found.len(), is_single: is_one, ..Documents::default() };
    for (number, (line, value)) in (1..).zip(found) {
        let place = Place { document: (!is_one).then_some(number), line, item: None };
        match value {
            Ok(Value::Array(items)) => {
                documents.is_single = false;
                documents.add(place, serde_json::json!({"kind": "List", "items": items}));
            }
            Ok(value) => {
                documents.is_single &= !is_list(&value);
                documents.add(place, value);
            }
            Err(fault) => documents.push(place, Err(fault)),
        }
    }
    documents
}

/// Splits a text where a line begins with `---` or `...`, which YAML allows nowhere else. Returns each part that holds
/// more than comments, with the number of its first line.
fn parts(text: &str) -> Vec<(usize, &str)> {
    let mut parts = Vec::new();
    let (mut start, mut first_line, mut at) = (0, 1, 0);
    for (number, line) in (1..).zip(text.split_inclusive('\n')) {
        let is_mark = |mark| {
            line.strip_prefix(mark).is_some_and(|it: &str| it.is_empty() || it.starts_with([' ', '\t', '\r', '\n']))
        };
        if is_mark("---") || is_mark("...") {
            parts.push((first_line, &text[start..at]));
            let rest = line[3..].trim();
            let skipped = if rest.is_empty() || rest.starts_with('#') { line.len() } else { 3 };
            (start, first_line) = (at + skipped, number + usize::from(skipped == line.len()));
        }
        at += line.len();
    }
    parts.push((first_line, &text[start..]));
    let is_nothing = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#') || line.starts_with('%');
    parts.retain(|(_, part)| !part.lines().all(is_nothing));
    parts
}

/// Reads the JSON values of a part, one after another. If not even the first can be read, the part is YAML's flow style
/// or broken, and the YAML reader says which.
fn from_json(line: usize, part: &str, found: &mut Vec<(usize, Result<Value, Fault>)>) {
    let mut values = serde_json::Deserializer::from_str(part).into_iter::<Value>();
    let (mut offset, mut here) = (0, line);
    loop {
        match values.next() {
            None => return,
            Some(Ok(value)) => {
                found.push((here, Ok(value)));
                let next = part.len() - part[values.byte_offset()..].trim_start().len();
                here += count_lines(&part[offset..next]);
                offset = next;
            }
            Some(Err(_)) => {
                found.push((here, from_yaml(here, &part[offset..])));
                return;
            }
        }
    }
}

fn count_lines(text: &str) -> usize {
    text.bytes().filter(|it| *it == b'\n').count()
}

fn from_yaml(line: usize, part: &str) -> Result<Value, Fault> {
    let value = read::mapping(part).map(Value::Object);
    // A template whose placeholders all stand in quotes is YAML.
    if value.as_ref().is_ok_and(|it| json::text(it, &["metadata", "name"]).is_some_and(|it| it.contains("{{"))) {
        return Err(Fault::HelmTemplate);
    }
    value.map_err(|error| {
        if looks_like_jsonnet(part) {
            Fault::Jsonnet
        } else if part.contains("{{") {
            Fault::HelmTemplate
        } else {
            Fault::Unreadable(moved(error, line - 1))
        }
    })
}

/// Returns the error with its line counted from the start of the file.
fn moved(error: ReadError, by: usize) -> ReadError {
    match error {
        ReadError::Syntax { message, line, column } => ReadError::Syntax { message, line: line + by, column },
        ReadError::Content { message, line } => ReadError::Content { message, line: line + by },
        other @ ReadError::NoMapping { .. } => other,
    }
}

fn looks_like_jsonnet(part: &str) -> bool {
    let first = part.lines().map(str::trim_start).find(|it| !it.is_empty() && !it.starts_with('#')).unwrap_or_default();
    let has = |words: &[&str]| words.iter().any(|it| part.contains(it));
    ["local ", "//", "/*", "function("].iter().any(|it| first.starts_with(it))
        || has(&["std.extVar(", "import '", "import \"", "std.prune(", "k.core.v1."])
}
