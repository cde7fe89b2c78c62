//! A YAML text changed in place: comments, order, quoting and every other key stay as their author wrote them.
//!
//! Every edit is read back and compared with what was meant; a text that is too unusual is refused, never spoilt.

use std::ops::Range;

use serde_json::{Map, Value};

use super::layout::{Layout, Node, Style};
use super::read::{self, ReadError};
use super::scalar::{self, Plain};
use super::write::quoted;

/// Why a text was not changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The text is no YAML mapping.
    #[error("it cannot be read")]
    Unreadable(#[source] ReadError),
    /// The text is written in a way that cannot be changed without spoiling it.
    #[error("`{key}` is written in a way that cannot be changed safely")]
    Unusual {
        /// The key whose value was to be changed.
        key: String,
    },
}

/// Returns `text` with `entry`, whose values are all texts, added to the end of the list under the top-level `key`.
///
/// A list that is missing, or null, is begun. An empty text is an empty mapping.
///
/// # Errors
///
/// Fails if the text is no mapping, or the result would not read back as meant.
pub fn add_entry(text: &str, key: &str, entry: &[(&str, &str)]) -> Result<String, EditError> {
    let mut wanted = mapping(text)?;
    let list = wanted.entry(key).or_insert(Value::Null);
    if list.is_null() {
        *list = Value::Array(Vec::new());
    }
    let unusual = || EditError::Unusual { key: key.to_owned() };
    let fields = entry.iter().map(|(name, value)| ((*name).to_owned(), Value::String((*value).to_owned())));
    list.as_array_mut().ok_or_else(unusual)?.push(Value::Object(fields.collect()));
    let edited = with_entry(text, key, entry).ok_or_else(unusual)?;
    verified(edited, &wanted, key)
}

/// Returns `text` without the entries of the list under the top-level `key` whose `field` is `value`.
///
/// # Errors
///
/// As [`add_entry`].
pub fn remove_entry(text: &str, key: &str, field: &str, value: &str) -> Result<String, EditError> {
    let mut wanted = mapping(text)?;
    let is_meant = |entry: &Value| entry.get(field).and_then(Value::as_str) == Some(value);
    let unusual = || EditError::Unusual { key: key.to_owned() };
    let entries = wanted.get_mut(key).and_then(Value::as_array_mut).ok_or_else(unusual)?;
    let meant: Vec<usize> = entries.iter().enumerate().filter(|(_, it)| is_meant(it)).map(|(index, _)| index).collect();
    entries.retain(|it| !is_meant(it));
    let mut edited = text.to_owned();
    for index in meant.into_iter().rev() {
        edited = without_entry(&edited, key, index).ok_or_else(unusual)?;
    }
    verified(edited, &wanted, key)
}

/// Returns `text` with these top-level keys set to these texts, each in double quotes; missing keys are added.
///
/// # Errors
///
/// As [`add_entry`].
pub fn set_texts(text: &str, fields: &[(&str, &str)]) -> Result<String, EditError> {
    let mut edited = text.to_owned();
    for (key, value) in fields {
        let mut wanted = mapping(&edited)?;
        wanted.insert((*key).to_owned(), Value::String((*value).to_owned()));
        let changed = with_text(&edited, key, value).ok_or_else(|| EditError::Unusual { key: (*key).to_owned() })?;
        edited = verified(changed, &wanted, key)?;
    }
    Ok(edited)
}

/// Returns the mapping in `text`, scalars as written; an empty text is an empty mapping.
fn mapping(text: &str) -> Result<Map<String, Value>, EditError> {
    match read::mapping_as_written(text) {
        Ok(map) => Ok(map),
        Err(ReadError::NoMapping { found: "nothing" }) => Ok(Map::new()),
        Err(error) => Err(EditError::Unreadable(error)),
    }
}

fn verified(edited: String, wanted: &Map<String, Value>, key: &str) -> Result<String, EditError> {
    let empty_as_null = |map: &Map<String, Value>| {
        let mut map = map.clone();
        if map.get(key).is_some_and(|it| it.as_array().is_some_and(Vec::is_empty)) {
            map.insert(key.to_owned(), Value::Null);
        }
        map
    };
    match mapping(&edited) {
        Ok(read) if empty_as_null(&read) == empty_as_null(wanted) => Ok(edited),
        _ => Err(EditError::Unusual { key: key.to_owned() }),
    }
}

fn with_entry(text: &str, key: &str, entry: &[(&str, &str)]) -> Option<String> {
    let layout = Layout::of(text)?;
    let Some((key_range, list)) = layout.top_level(key) else {
        return Some(with_new_key(text, &layout, key, &block_entry(entry, 2), &format!("[{}]", flow_entry(entry))));
    };
    match &list.style {
        Style::Scalar => {
            let cleared = spliced(text, list.range.clone(), "");
            Some(with_line_after(&cleared, key_range.end, &block_entry(entry, 2)))
        }
        Style::Flow { open, .. } => match list.children.last() {
            None => Some(spliced(text, open + 1..open + 1, &flow_entry(entry))),
            Some(it) => Some(spliced(text, it.range.end..it.range.end, &format!(", {}", flow_entry(entry)))),
        },
        Style::Block => {
            let first = list.children.first()?;
            let indent = column(text, dash_before(text, first.range.start)?);
            let end = content_end(text, list.children.last()?);
            Some(with_line_after(text, end, &block_entry(entry, indent)))
        }
    }
}

fn without_entry(text: &str, key: &str, index: usize) -> Option<String> {
    let layout = Layout::of(text)?;
    let (_, list) = layout.top_level(key)?;
    let entry = list.children.get(index)?;
    match list.style {
        Style::Scalar => None,
        Style::Block => {
            let dash = dash_before(text, entry.range.start)?;
            let from = line_start(text, dash);
            Some(spliced(text, from..line_end(text, content_end(text, entry)), ""))
        }
        Style::Flow { .. } => {
            let after = &text[entry.range.end..];
            let comma = after.find(|c: char| !c.is_whitespace()).filter(|at| after[*at..].starts_with(','));
            let range = match (comma, index.checked_sub(1).and_then(|it| list.children.get(it))) {
                (Some(comma), _) => {
                    let blanks = after[comma + 1..].len() - after[comma + 1..].trim_start_matches(' ').len();
                    entry.range.start..entry.range.end + comma + 1 + blanks
                }
                (None, Some(previous)) => previous.range.end..entry.range.end,
                (None, None) => entry.range.clone(),
            };
            Some(spliced(text, range, ""))
        }
    }
}

fn with_text(text: &str, key: &str, value: &str) -> Option<String> {
    let layout = Layout::of(text)?;
    let Some((key_range, node)) = layout.top_level(key) else {
        return Some(with_new_key(text, &layout, key, "", &quoted(value)));
    };
    let value = quoted(value);
    let colon = key_range.end + text[key_range.end..].find(':')? + 1;
    if node.range.is_empty() {
        return Some(spliced(text, colon..colon, &format!(" {value}")));
    }
    // A block scalar begins at its sign and reaches over its last line break; that one stays.
    let sign = colon + (text[colon..].len() - text[colon..].trim_start_matches(' ').len());
    let start = if text[sign..].starts_with(['|', '>']) { sign } else { node.range.start };
    let end = start + text[start..node.range.end].trim_end().len();
    Some(spliced(text, start..end, &value))
}

/// Returns `text` with a new top-level key: with `block` below it if there is one, else with `flow` beside it.
fn with_new_key(text: &str, layout: &Layout, key: &str, block: &str, flow: &str) -> String {
    if let Some(Node { style: Style::Flow { open, .. }, children, .. }) = &layout.root {
        let comma = if children.is_empty() { "" } else { ", " };
        return spliced(text, open + 1..open + 1, &format!("{key}: {flow}{comma}"));
    }
    let line = if block.is_empty() { format!("{key}: {flow}\n") } else { format!("{key}:\n{block}") };
    with_line_after(text, text.len(), &line)
}

fn block_entry(entry: &[(&str, &str)], indent: usize) -> String {
    let line = |(index, (name, value)): (usize, &(&str, &str))| {
        let lead = if index == 0 { "- " } else { "  " };
        format!("{:indent$}{lead}{name}: {}\n", "", scalar_text(value))
    };
    entry.iter().enumerate().map(line).collect()
}

fn flow_entry(entry: &[(&str, &str)]) -> String {
    let fields: Vec<String> = entry.iter().map(|(name, value)| format!("{name}: {}", quoted(value))).collect();
    format!("{{{}}}", fields.join(", "))
}

/// Returns `text` as a scalar: bare where nobody can misread it, else in double quotes.
fn scalar_text(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | ':' | '@' | '-' | '+');
    let starts_well = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
    let is_text = scalar::resolve(text) == Plain::Value(Value::String(text.to_owned()));
    if starts_well && is_text && text.chars().all(is_plain) && !text.ends_with(':') {
        text.to_owned()
    } else {
        quoted(text)
    }
}

fn spliced(text: &str, range: Range<usize>, new: &str) -> String {
    format!("{}{new}{}", &text[..range.start], &text[range.end..])
}

/// Returns `text` with `lines` below the line that holds the byte `at`.
fn with_line_after(text: &str, at: usize, lines: &str) -> String {
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let end = line_end(text, at);
    let lead = if end == 0 || text[..end].ends_with('\n') { "" } else { newline };
    spliced(text, end..end, &format!("{lead}{}", lines.replace('\n', newline)))
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |it| it + 1)
}

/// Returns where the line of the byte `at` ends, its line break included.
fn line_end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |it| at + it + 1)
}

fn column(text: &str, at: usize) -> usize {
    at - line_start(text, at)
}

/// Returns where the `-` of a list entry is, if it is on the line where the entry's content begins.
fn dash_before(text: &str, start: usize) -> Option<usize> {
    let before = text[line_start(text, start)..start].trim_end();
    before.ends_with('-').then(|| line_start(text, start) + before.len() - 1)
}

/// Returns where the last line of a node's content is, without white space behind it.
fn content_end(text: &str, node: &Node) -> usize {
    let end = node.last_byte();
    text[..end].trim_end().len().max(node.range.start)
}

#[cfg(test)]
mod tests;
