//! Pack parameters, `-p KEY VALUE`: one value at one place of the values.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::literal;
use crate::base::failure::Failure;

/// A key and its value, typed.
#[derive(Debug, Clone, PartialEq)]
pub struct PackParam {
    /// The key as typed.
    pub key: String,
    /// The parts of the key.
    pub path: Vec<String>,
    /// The value: a list, a map, a boolean or a text.
    pub value: Value,
}

/// Why a pack parameter cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParamError {
    /// `key=value` in one word.
    #[error(
        "Invalid pack params format for param: {key}. Key cannot contain '='. Specify pack params in format \
         'key value' not as 'key=value'."
    )]
    EqualsSign {
        /// The key.
        key: String,
    },
    /// The same key twice.
    #[error("Pack parameter was provided more than once. Set the '{key}' parameter correctly.")]
    Twice {
        /// The key.
        key: String,
    },
    /// A list or map that is none.
    #[error("Cannot parse value: \"{value}\" to list/dict. Error: {error}")]
    BrokenLiteral {
        /// The value as typed.
        value: String,
        /// What is wrong with it.
        error: String,
    },
    /// A key with an empty part.
    #[error("pack parameter `{key}`: a part of the key is empty")]
    EmptyPart {
        /// The key.
        key: String,
    },
    /// A key that goes through something that has nothing below it.
    #[error("pack parameter `{key}` cannot be set: {obstacle}")]
    NoPlace {
        /// The key.
        key: String,
        /// What stands in the way.
        obstacle: String,
    },
}

impl Failure for ParamError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::EqualsSign { key } => {
                let (name, value) = key.split_once('=')?;
                Some(format!("-p {name} {}", if value.is_empty() { "VALUE" } else { value }))
            }
            _ => None,
        }
    }

    fn exit_code(&self) -> u8 {
        if matches!(self, Self::Twice { .. }) { 2 } else { 1 }
    }
}

/// Returns the parameters of these pairs of words, in their order.
///
/// # Errors
///
/// Returns every fault of every pair.
pub fn parse(pairs: &[(String, String)]) -> Result<Vec<PackParam>, Vec<ParamError>> {
    let mut params = Vec::new();
    let mut faults = Vec::new();
    let mut seen = BTreeSet::new();
    for (key, text) in pairs {
        if !seen.insert(key) {
            faults.push(ParamError::Twice { key: key.clone() });
        }
        match parse_one(key, text) {
            Ok(param) => params.push(param),
            Err(fault) => faults.push(fault),
        }
    }
    if faults.is_empty() { Ok(params) } else { Err(faults) }
}

fn parse_one(key: &str, text: &str) -> Result<PackParam, ParamError> {
    if key.contains('=') {
        return Err(ParamError::EqualsSign { key: key.to_owned() });
    }
    let path = split(key).ok_or_else(|| ParamError::EmptyPart { key: key.to_owned() })?;
    Ok(PackParam { key: key.to_owned(), path, value: typed(text)? })
}

/// Returns the value that a text stands for: lists and maps by their first character, booleans, else the text.
fn typed(text: &str) -> Result<Value, ParamError> {
    if text.starts_with(['[', '{']) {
        return literal::parse(text).map_err(|error| ParamError::BrokenLiteral { value: text.to_owned(), error });
    }
    Ok(match text.to_ascii_lowercase().as_str() {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ => Value::String(text.to_owned()),
    })
}

/// Returns the parts of a dotted key, `\.` being a dot in a part; `None` if a part is empty.
fn split(key: &str) -> Option<Vec<String>> {
    let key = key.strip_prefix('.').unwrap_or(key);
    let mut parts = vec![String::new()];
    let mut chars = key.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' if chars.peek() == Some(&'.') => {
                chars.next();
                parts.last_mut()?.push('.');
            }
            '.' => parts.push(String::new()),
            c => parts.last_mut()?.push(c),
        }
    }
    parts.iter().all(|it| !it.is_empty()).then_some(parts)
}

/// Sets one parameter in the values. Nothing changes if it fails.
pub fn set(values: &mut Map<String, Value>, param: &PackParam) -> Result<(), ParamError> {
    let no_place = |obstacle| ParamError::NoPlace { key: param.key.clone(), obstacle };
    let Some((first, rest)) = param.path.split_first() else {
        return Err(ParamError::EmptyPart { key: param.key.clone() });
    };
    if rest.is_empty() {
        values.insert(first.clone(), param.value.clone());
        return Ok(());
    }
    let fresh = !values.contains_key(first);
    let slot = values.entry(first.clone()).or_insert_with(|| Value::Object(Map::new()));
    let result = set_below(slot, rest, &param.value, first).map_err(no_place);
    if result.is_err() && fresh {
        values.shift_remove(first);
    }
    result
}

/// Sets `value` at `path` below `place`, which is called `name`.
fn set_below(place: &mut Value, path: &[String], value: &Value, name: &str) -> Result<(), String> {
    let Some((part, rest)) = path.split_first() else {
        *place = value.clone();
        return Ok(());
    };
    let here = format!("{name}.{part}");
    match place {
        Value::Object(map) => {
            if rest.is_empty() {
                map.insert(part.clone(), value.clone());
                return Ok(());
            }
            let below = map.entry(part.clone()).or_insert_with(|| Value::Object(Map::new()));
            set_below(below, rest, value, &here)
        }
        Value::Array(items) => set_in_list(items, part, rest, value, name),
        Value::Null => Err(format!("`{name}` is null")),
        Value::String(_) => Err(format!("`{name}` is a text, nothing can stand below it")),
        Value::Number(_) => Err(format!("`{name}` is a number, nothing can stand below it")),
        Value::Bool(_) => Err(format!("`{name}` is a boolean, nothing can stand below it")),
    }
}

/// How far behind its end a list may be extended.
const MOST_PADDING: usize = 1000;

fn set_in_list(items: &mut Vec<Value>, part: &str, rest: &[String], value: &Value, name: &str) -> Result<(), String> {
    let is_index = !part.is_empty() && part.bytes().all(|it| it.is_ascii_digit());
    let index: usize =
        part.parse().ok().filter(|_| is_index).ok_or_else(|| format!("`{name}` is a list: `{part}` is no index"))?;
    let length = items.len();
    if !rest.is_empty() {
        let item = items.get_mut(index).ok_or_else(|| format!("`{name}` has {length} items, none at {index}"))?;
        return set_below(item, rest, value, &format!("{name}.{part}"));
    }
    if index > length + MOST_PADDING {
        return Err(format!("`{name}` has {length} items, index {index} is too far behind its end"));
    }
    if index >= length {
        items.resize(index + 1, Value::Null);
    }
    items[index] = value.clone();
    Ok(())
}

#[cfg(test)]
mod tests;
