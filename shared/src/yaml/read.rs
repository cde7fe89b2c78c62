//! A YAML text as Helm reads it.

use std::collections::HashMap;

use granit_parser::{Event, Parser, ScalarStyle, Span, Tag};
use serde_json::{Map, Value};

use super::number;
use super::scalar::{self, Plain};

/// Why a text is no YAML that Helm can load.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The text breaks YAML's grammar.
    #[error("{message} at line {line} column {column}")]
    Syntax {
        /// What the parser says.
        message: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// The text is YAML, but not what is wanted there.
    #[error("{message} (line {line})")]
    Content {
        /// What is wrong.
        message: &'static str,
        /// Line, from 1.
        line: usize,
    },
    /// Something else than a mapping.
    #[error("expected a mapping of keys to values, found {found}")]
    NoMapping {
        /// What is there instead.
        found: &'static str,
    },
}

/// The most nodes that a text may have once its aliases are resolved.
const MOST_NODES: usize = 1_000_000;
/// The deepest nesting.
const DEEPEST: usize = 200;

/// How plain scalars become values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// As Helm reads values.yaml.
    Helm,
    /// Every scalar is the text that stands there.
    AsWritten,
}

/// Returns the mapping that a values text holds: one document, read as Helm reads it.
///
/// The last of duplicate keys wins; anchors, aliases and `<<` are resolved.
///
/// # Errors
///
/// Fails on broken YAML, several documents, anything but a mapping, a null key, an infinity, and on texts that aliases
/// blow up beyond a million nodes.
pub fn mapping(text: &str) -> Result<Map<String, Value>, ReadError> {
    into_mapping(Reader::document(text, Reading::Helm)?)
}

/// Returns the mapping in `text` with every scalar as it is written: `1.10` stays the string `1.10`.
///
/// # Errors
///
/// As [`mapping`].
pub fn mapping_as_written(text: &str) -> Result<Map<String, Value>, ReadError> {
    into_mapping(Reader::document(text, Reading::AsWritten)?)
}

fn into_mapping(value: Option<Value>) -> Result<Map<String, Value>, ReadError> {
    let found = match value {
        Some(Value::Object(map)) => return Ok(map),
        None | Some(Value::Null) => "nothing",
        Some(Value::Array(_)) => "a list",
        Some(_) => "a single value",
    };
    Err(ReadError::NoMapping { found })
}

/// Builds a value from the parser's events.
struct Reader<'t> {
    events: Parser<'t, granit_parser::StrInput<'t>>,
    anchors: HashMap<usize, (Value, usize)>,
    nodes: usize,
    reading: Reading,
}

/// A key as Helm turns it into text, or the sign that its value is to be merged.
enum Key {
    Text(String),
    Merge,
}

impl<'t> Reader<'t> {
    /// Returns the only document of `text`; `None` if there is none.
    fn document(text: &'t str, reading: Reading) -> Result<Option<Value>, ReadError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut reader = Self { events: Parser::new_from_str(text), anchors: HashMap::new(), nodes: 0, reading };
        let mut document = None;
        loop {
            match reader.next()? {
                (Event::StreamEnd, _) => return Ok(document),
                (Event::DocumentStart(..), span) if document.is_some() => {
                    return Err(content("more than one document", &span));
                }
                (Event::DocumentStart(..), _) => {
                    let (event, span) = reader.next()?;
                    document = Some(reader.node(event, &span, 0)?);
                }
                _ => {}
            }
        }
    }

    /// Returns the next event that is no comment.
    fn next(&mut self) -> Result<(Event<'t>, Span), ReadError> {
        loop {
            match self.events.next() {
                Some(Ok((Event::Comment(..), _))) => {}
                Some(Ok(found)) => return Ok(found),
                Some(Err(error)) => {
                    let marker = error.marker();
                    let message = error.info().clone();
                    return Err(ReadError::Syntax { message, line: marker.line(), column: marker.col() + 1 });
                }
                None => return Ok((Event::StreamEnd, Span::default())),
            }
        }
    }

    fn node(&mut self, event: Event<'t>, span: &Span, depth: usize) -> Result<Value, ReadError> {
        self.count(1, span)?;
        if depth > DEEPEST {
            return Err(content("nested too deeply", span));
        }
        let before = self.nodes;
        let (anchor, value) = match event {
            Event::Scalar(text, style, anchor, tag) => (anchor, self.scalar(&text, style, tag.as_deref(), span)?),
            Event::SequenceStart(_, anchor, _) => (anchor, self.sequence(depth)?),
            Event::MappingStart(_, anchor, _) => (anchor, self.mapping(depth)?),
            Event::Alias(id) => return self.alias(id, span),
            _ => return Err(content("unexpected end", span)),
        };
        if anchor != 0 {
            self.anchors.insert(anchor, (value.clone(), self.nodes - before + 1));
        }
        Ok(value)
    }

    fn alias(&mut self, id: usize, span: &Span) -> Result<Value, ReadError> {
        let (value, nodes) = self.anchors.get(&id).ok_or_else(|| content("an alias inside its own anchor", span))?;
        let (value, nodes) = (value.clone(), *nodes);
        self.count(nodes, span)?;
        Ok(value)
    }

    fn count(&mut self, nodes: usize, span: &Span) -> Result<(), ReadError> {
        self.nodes += nodes;
        if self.nodes > MOST_NODES { Err(content("too many nodes", span)) } else { Ok(()) }
    }

    fn sequence(&mut self, depth: usize) -> Result<Value, ReadError> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Value::Array(items)),
                (event, span) => items.push(self.node(event, &span, depth + 1)?),
            }
        }
    }

    fn mapping(&mut self, depth: usize) -> Result<Value, ReadError> {
        let mut own = Map::new();
        let mut merged = Map::new();
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::MappingEnd) {
                break;
            }
            let key = self.key(event, &span, depth)?;
            let (event, span) = self.next()?;
            let value = self.node(event, &span, depth + 1)?;
            match key {
                Key::Text(key) => {
                    own.insert(key, value);
                }
                Key::Merge => merge(value, &mut merged, &span)?,
            }
        }
        for (key, value) in merged {
            own.entry(key).or_insert(value);
        }
        Ok(Value::Object(own))
    }

    fn key(&mut self, event: Event<'t>, span: &Span, depth: usize) -> Result<Key, ReadError> {
        if let Event::Scalar(text, ScalarStyle::Plain, _, None) = &event
            && scalar::resolve(text) == Plain::Merge
        {
            return Ok(Key::Merge);
        }
        match self.node(event, span, depth + 1)? {
            Value::String(text) => Ok(Key::Text(text)),
            Value::Bool(value) => Ok(Key::Text(value.to_string())),
            Value::Number(value) => Ok(Key::Text(number::key(&value))),
            Value::Null => Err(content("a key is null", span)),
            Value::Array(_) | Value::Object(_) => Err(content("a key is no single value", span)),
        }
    }

    fn scalar(&self, text: &str, style: ScalarStyle, tag: Option<&Tag>, span: &Span) -> Result<Value, ReadError> {
        if self.reading == Reading::AsWritten {
            return Ok(as_written(text, style));
        }
        match tag {
            None if style == ScalarStyle::Plain => plain(text, span),
            None => Ok(Value::String(text.to_owned())),
            Some(tag) => match tag.suffix_in_namespace("tag:yaml.org,2002:") {
                Some(suffix) => core_tag(&suffix, text, span),
                None => Ok(Value::String(text.to_owned())),
            },
        }
    }
}

fn as_written(text: &str, style: ScalarStyle) -> Value {
    let is_null = style == ScalarStyle::Plain && scalar::resolve(text) == Plain::Value(Value::Null);
    if is_null { Value::Null } else { Value::String(text.to_owned()) }
}

fn plain(text: &str, span: &Span) -> Result<Value, ReadError> {
    match scalar::resolve(text) {
        Plain::Value(value) => Ok(value),
        Plain::Merge => Ok(Value::String(text.to_owned())),
        Plain::NotFinite => Err(content("Helm cannot load an infinity or a NaN", span)),
    }
}

/// Returns the value of a scalar with one of YAML's own tags.
fn core_tag(tag: &str, text: &str, span: &Span) -> Result<Value, ReadError> {
    let resolved = plain(text, span)?;
    match (tag, resolved) {
        ("binary", _) => binary(text).ok_or_else(|| content("`!!binary` holds no base64 of a text", span)),
        ("int", value @ Value::Number(_)) if value.is_i64() || value.is_u64() => Ok(value),
        ("float", value @ Value::Number(_)) | ("bool", value @ Value::Bool(_)) | ("null", value @ Value::Null) => {
            Ok(value)
        }
        ("int" | "float" | "bool" | "null", _) => Err(content("the value does not fit its tag", span)),
        // `str`, `timestamp`, and whatever a pack makes up.
        (_, _) => Ok(Value::String(text.to_owned())),
    }
}

fn binary(text: &str) -> Option<Value> {
    let compact: String = text.chars().filter(|it| !it.is_ascii_whitespace()).collect();
    let bytes = data_encoding::BASE64.decode(compact.as_bytes()).ok()?;
    String::from_utf8(bytes).ok().map(Value::String)
}

/// Adds what `<<` brings; of several mappings the first that has a key wins.
fn merge(value: Value, merged: &mut Map<String, Value>, span: &Span) -> Result<(), ReadError> {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                merged.entry(key).or_insert(value);
            }
            Ok(())
        }
        Value::Array(items) => items.into_iter().try_for_each(|item| merge(item, merged, span)),
        _ => Err(content("`<<` merges mappings only", span)),
    }
}

fn content(message: &'static str, span: &Span) -> ReadError {
    ReadError::Content { message, line: span.start.line() }
}

#[cfg(test)]
mod tests;
