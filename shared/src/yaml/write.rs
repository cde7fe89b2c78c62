//! YAML that Helm cannot misread: every string double-quoted, numbers in plain decimal, no folding, no
//! anchors, no tags.

use std::fmt::Write as _;

use serde_json::{Number, Value};

use super::scalar::{self, Plain};

/// The longest key that readers find without a `?` before it, in bytes: YAML says 1024 characters.
const LONGEST_KEY: usize = 1000;

/// Returns `value` as a YAML document with a newline at the end.
pub fn to_string(value: &Value) -> String {
    let mut out = String::new();
    match value {
        Value::Object(map) if !map.is_empty() => mapping(map, 0, &mut out),
        Value::Array(items) if !items.is_empty() => sequence(items, 0, &mut out),
        other => {
            flat(other, &mut out);
            out.push('\n');
        }
    }
    out
}

/// Returns `text` in double quotes, with every escape that Helm's reader needs and none that it refuses.
///
/// ```
/// # use shared::yaml::write::quoted;
/// assert_eq!(quoted("say \"hi\"\n\u{85}🙂"), "\"say \\\"hi\\\"\\n\\x85🙂\"");
/// ```
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if needs_escape(c) => {
                let code = u32::from(c);
                // Writing to a String cannot fail.
                let _ = match code {
                    0..=0xff => write!(out, "\\x{code:02x}"),
                    0x100..=0xffff => write!(out, "\\u{code:04x}"),
                    _ => write!(out, "\\U{code:08x}"),
                };
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Tells whether Helm's reader refuses the raw character, or turns it into another.
fn needs_escape(c: char) -> bool {
    matches!(c, '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}')
        || matches!(u32::from(c) & 0xffff, 0xfffe | 0xffff)
}

fn mapping(map: &serde_json::Map<String, Value>, indent: usize, out: &mut String) {
    for (key, value) in map {
        pad(indent, out);
        let written = written_key(key);
        if written.len() > LONGEST_KEY {
            out.push_str("? ");
            out.push_str(&written);
            out.push('\n');
            pad(indent, out);
        } else {
            out.push_str(&written);
        }
        out.push(':');
        below(value, indent, out);
    }
}

fn sequence(items: &[Value], indent: usize, out: &mut String) {
    for item in items {
        pad(indent, out);
        out.push('-');
        match item {
            Value::Object(map) if !map.is_empty() => {
                // The first key stands on the line of the dash.
                let mut nested = String::new();
                mapping(map, indent + 2, &mut nested);
                out.push(' ');
                out.push_str(&nested[indent + 2..]);
            }
            other => below(other, indent, out),
        }
    }
}

fn pad(indent: usize, out: &mut String) {
    out.extend(std::iter::repeat_n(' ', indent));
}

/// Writes what stands behind `key:` or `-`, up to the end of its line or block.
fn below(value: &Value, indent: usize, out: &mut String) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            out.push('\n');
            mapping(map, indent + 2, out);
        }
        Value::Array(items) if !items.is_empty() => {
            out.push('\n');
            sequence(items, indent + 2, out);
        }
        other => {
            out.push(' ');
            flat(other, out);
            out.push('\n');
        }
    }
}

fn flat(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(it) => out.push_str(if *it { "true" } else { "false" }),
        Value::Number(it) => out.push_str(&plain_decimal(it)),
        Value::String(it) => out.push_str(&quoted(it)),
        Value::Array(_) => out.push_str("[]"),
        Value::Object(_) => out.push_str("{}"),
    }
}

/// Returns the number without an exponent: Rust prints floats that way.
fn plain_decimal(number: &Number) -> String {
    match number.as_f64() {
        Some(value) if number.is_f64() => format!("{value}"),
        _ => number.to_string(),
    }
}

/// Returns the key as written: bare only where no reader can take it for anything but that text.
fn written_key(key: &str) -> String {
    let mut chars = key.chars();
    let starts_well = chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    let goes_on_well = chars.all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    let is_text = matches!(scalar::resolve(key), Plain::Value(Value::String(_)));
    if starts_well && goes_on_well && is_text { key.to_owned() } else { quoted(key) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::yaml::read;

    #[test]
    fn long_keys_are_read_back() {
        for length in [1, 990, 1024, 3000] {
            let key = "k\u{1}".repeat(length);
            let value = json!({key.clone(): {"inner": 1, key.clone(): [{key.clone(): "x", "b": {}}]}, "last": null});
            let Value::Object(map) = &value else { unreachable!("it is a map") };
            assert_eq!(&read::mapping(&to_string(&value)).unwrap(), map, "{length}");
        }
    }

    #[test]
    fn values_are_written_in_the_one_safe_form() {
        let value = json!({
            "name": "no", "on": true, "a b": null, "list": ["1e3", 1_000_000, 0.00001, {"k": [], "m": {}}, [1, [2]]],
            "nested": {"deep": {"er": -1}}, "12": "", "big": 1e21,
        });
        let expected = "\
name: \"no\"\n\"on\": true\n\"a b\": null\nlist:\n  - \"1e3\"\n  - 1000000\n  - 0.00001\n  - k: []\n    m: {}\n  -\n    - 1\n    -\n      - 2\n\
nested:\n  deep:\n    er: -1\n\"12\": \"\"\nbig: 1000000000000000000000\n";
        assert_eq!(to_string(&value), expected);
        assert_eq!(to_string(&json!([])), "[]\n");
    }

    #[test]
    fn characters_that_helm_refuses_are_escaped() {
        let text = "\0\u{1b}\u{7f}\u{85}\u{a0}\u{2028}\u{feff}\u{fffe}\u{ffff}\u{1fffe}é日🙂/";
        assert_eq!(quoted(text), "\"\\x00\\x1b\\x7f\\x85\u{a0}\\u2028\\ufeff\\ufffe\\uffff\\U0001fffeé日🙂/\"");
    }
}
