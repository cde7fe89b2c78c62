//! Reading values that may be anything: what does not fit counts as absent.

use jiff::Timestamp;
use serde_json::{Map, Value};

/// Returns the value at `path`, each step a key; `None` if a step is missing or leads through something else.
pub(super) fn at<'v>(value: &'v Value, path: &[&str]) -> Option<&'v Value> {
    path.iter().try_fold(value, |it, key| it.get(key)).filter(|it| !it.is_null())
}

/// Returns the string at `path`; an empty one counts as absent.
pub(super) fn text(value: &Value, path: &[&str]) -> Option<String> {
    at(value, path)?.as_str().filter(|it| !it.is_empty()).map(str::to_owned)
}

/// Returns the RFC 3339 time at `path`.
pub(super) fn time(value: &Value, path: &[&str]) -> Option<Timestamp> {
    at(value, path)?.as_str()?.trim().parse().ok()
}

/// Returns the whole number at `path`, also one in a string.
pub(super) fn whole(value: &Value, path: &[&str]) -> Option<i64> {
    let found = at(value, path)?;
    found.as_i64().or_else(|| found.as_str()?.trim().parse().ok())
}

/// Returns the count at `path`: 0 where there is none, or nothing that counts.
pub(super) fn count(value: &Value, path: &[&str]) -> u64 {
    at(value, path).and_then(Value::as_u64).unwrap_or(0)
}

/// Returns the list at `path`; empty where there is none.
pub(super) fn list<'v>(value: &'v Value, path: &[&str]) -> &'v [Value] {
    at(value, path).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Returns the mapping at `path`.
pub(super) fn mapping<'v>(value: &'v Value, path: &[&str]) -> Option<&'v Map<String, Value>> {
    at(value, path)?.as_object()
}

/// Returns the value under `key` in whatever case it is written, the exact one first.
///
/// The operators of the list form decode keys without regard to case.
pub(super) fn any_case<'v>(value: &'v Value, key: &str) -> Option<&'v Value> {
    let map = value.as_object()?;
    let found = map.get(key).or_else(|| map.iter().find(|(it, _)| it.eq_ignore_ascii_case(key)).map(|(_, it)| it));
    found.filter(|it| !it.is_null())
}

/// Returns a value that is a word, be it written as a string or as a number; an empty one counts as absent.
pub(super) fn word(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
