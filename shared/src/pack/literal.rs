//! Lists and maps on the command line: JSON, else a Python literal.
//!
//! No small, maintained crate reads Python literals, so the few rules are here.

use serde_json::{Map, Number, Value};

use crate::yaml::number::from_float;

/// Returns the list or map that `text` spells, as JSON or as a Python literal.
///
/// Python: strings of both kinds with escapes, `True`, `False`, `None`, numbers, lists, tuples (as lists), dicts,
/// trailing commas. A float without a fraction becomes an integer, as everywhere in values: Helm makes the same number
/// of both.
///
/// # Errors
///
/// Returns what was expected and where, counted in characters from 1.
///
/// ```
/// # use serde_json::json;
/// # use shared::pack::literal::parse;
/// assert_eq!(parse(r#"["a", true]"#), Ok(json!(["a", true])));
/// assert_eq!(parse("{'a': ('b', None,)}"), Ok(json!({"a": ["b", null]})));
/// assert!(parse("[1, 2").is_err());
/// ```
pub fn parse(text: &str) -> Result<Value, String> {
    if let Ok(value) = serde_json::from_str(text) {
        return Ok(with_integers(value));
    }
    let mut reader = Reader { rest: text, text, depth: 0 };
    let value = reader.value()?;
    reader.skip_blanks();
    if reader.rest.is_empty() { Ok(with_integers(value)) } else { Err(reader.expected("the end")) }
}

fn with_integers(value: Value) -> Value {
    match value {
        Value::Number(number) if number.is_f64() => number.as_f64().map_or(Value::Null, from_float),
        Value::Array(items) => items.into_iter().map(with_integers).collect(),
        Value::Object(map) => map.into_iter().map(|(key, value)| (key, with_integers(value))).collect(),
        other => other,
    }
}

/// The deepest nesting of lists and maps.
const DEEPEST: usize = 100;

struct Reader<'t> {
    text: &'t str,
    rest: &'t str,
    depth: usize,
}

impl Reader<'_> {
    fn expected(&self, what: &str) -> String {
        let at = self.text[..self.text.len() - self.rest.len()].chars().count() + 1;
        format!("expected {what} at character {at}")
    }

    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }

    /// Takes `prefix` if it comes next, blanks before it left aside.
    fn take(&mut self, prefix: char) -> bool {
        self.skip_blanks();
        match self.rest.strip_prefix(prefix) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn value(&mut self) -> Result<Value, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("nested too deeply".to_owned());
        }
        self.skip_blanks();
        let value = match self.rest.chars().next() {
            Some('[') => self.items('[', ']'),
            Some('(') => self.items('(', ')'),
            Some('{') => self.map(),
            Some(quote @ ('"' | '\'')) => self.string(quote).map(Value::String),
            _ => self.word(),
        };
        self.depth -= 1;
        value
    }

    fn items(&mut self, open: char, close: char) -> Result<Value, String> {
        self.take(open);
        let mut items = Vec::new();
        loop {
            if self.take(close) {
                return Ok(Value::Array(items));
            }
            items.push(self.value()?);
            if !self.take(',') {
                return if self.take(close) {
                    Ok(Value::Array(items))
                } else {
                    Err(self.expected(&format!("`,` or `{close}`")))
                };
            }
        }
    }

    fn map(&mut self) -> Result<Value, String> {
        self.take('{');
        let mut map = Map::new();
        loop {
            if self.take('}') {
                return Ok(Value::Object(map));
            }
            let key = match self.value()? {
                Value::String(key) => key,
                key @ (Value::Number(_) | Value::Bool(_)) => key.to_string(),
                _ => return Err(self.expected("a key that is a text, before here,")),
            };
            if !self.take(':') {
                return Err(self.expected("`:`"));
            }
            map.insert(key, self.value()?);
            if !self.take(',') {
                return if self.take('}') { Ok(Value::Object(map)) } else { Err(self.expected("`,` or `}`")) };
            }
        }
    }

    fn string(&mut self, quote: char) -> Result<String, String> {
        let opening = self.rest;
        self.rest = &self.rest[quote.len_utf8()..];
        let mut out = String::new();
        while let Some(c) = self.next_char() {
            match c {
                '\\' => self.escape(&mut out)?,
                c if c == quote => return Ok(out),
                '\n' => break,
                c => out.push(c),
            }
        }
        self.rest = opening;
        Err(self.expected(&format!("a closing {quote}")))
    }

    fn next_char(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    /// Reads what follows a backslash; an unknown escape keeps its backslash, as in Python.
    fn escape(&mut self, out: &mut String) -> Result<(), String> {
        let octal = self.rest.bytes().take(3).take_while(|it| (b'0'..=b'7').contains(it)).count();
        if octal > 0 {
            out.push(self.code(octal, 8)?);
            return Ok(());
        }
        let c = match self.next_char() {
            Some('n') => '\n',
            Some('t') => '\t',
            Some('r') => '\r',
            Some('a') => '\u{7}',
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('v') => '\u{b}',
            Some(c @ ('\\' | '\'' | '"')) => c,
            Some('\n') => return Ok(()),
            Some('x') => self.code(2, 16)?,
            Some('u') => self.code(4, 16)?,
            Some('U') => self.code(8, 16)?,
            Some(other) => {
                out.push('\\');
                other
            }
            None => return Err(self.expected("an escape")),
        };
        out.push(c);
        Ok(())
    }

    fn code(&mut self, length: usize, radix: u32) -> Result<char, String> {
        let digits = self.rest.get(..length).filter(|it| it.chars().all(|c| c.is_digit(radix)));
        let c = digits.and_then(|it| u32::from_str_radix(it, radix).ok()).and_then(char::from_u32);
        let c = c.ok_or_else(|| self.expected("the code of a character"))?;
        self.rest = &self.rest[length..];
        Ok(c)
    }

    /// Reads `True`, `False`, `None` or a number.
    fn word(&mut self) -> Result<Value, String> {
        let end = self.rest.find(|c: char| !(c.is_alphanumeric() || "+-._".contains(c))).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        let value = match word {
            "True" | "true" => Some(Value::Bool(true)),
            "False" | "false" => Some(Value::Bool(false)),
            "None" | "null" => Some(Value::Null),
            _ => number(word),
        };
        let value =
            value.ok_or_else(|| self.expected("a quoted text, a number, True, False, None, a list or a map"))?;
        self.rest = rest;
        Ok(value)
    }
}

fn number(word: &str) -> Option<Value> {
    let plain = word.replace('_', "");
    let digits = plain.strip_prefix(['-', '+']).unwrap_or(&plain);
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    let integer = match digits.get(..2).map(str::to_ascii_lowercase).as_deref() {
        Some("0x") => i64::from_str_radix(&digits[2..], 16).ok(),
        Some("0o") => i64::from_str_radix(&digits[2..], 8).ok(),
        Some("0b") => i64::from_str_radix(&digits[2..], 2).ok(),
        _ => None,
    };
    if let Some(value) = integer {
        return Some(Value::from(if plain.starts_with('-') { -value } else { value }));
    }
    if let Ok(value) = plain.parse::<i64>() {
        return Some(Value::from(value));
    }
    let value = plain.parse::<f64>().ok().filter(|it| it.is_finite())?;
    Number::from_f64(value).map(Value::Number)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn literals_of_both_languages_are_read() {
        for (text, expected) in [
            ("['a', 'b']", json!(["a", "b"])),
            ("{'a': 'b', 'n': {'x': [1]}}", json!({"a": "b", "n": {"x": [1]}})),
            ("{\"a\": [1, 2.5, null]}", json!({"a": [1, 2.5, null]})),
            ("[True, False, None, -1, 1_000, 0x1F, 1e3]", json!([true, false, null, -1, 1000, 31, 1000])),
            ("[1.0, 2.50, {\"a\": 8e2}]", json!([1, 2.5, {"a": 800}])),
            ("[809999999999.]", json!([809_999_999_999_i64])),
            ("[('a',), (), [ ], {}, ]", json!([["a"], [], [], {}])),
            (
                r"['it\'s', '\n\t\x41\u00e9\U0001f642\101', '\d', 'a\\b', '']",
                json!(["it's", "\n\tAé🙂A", "\\d", "a\\b", ""]),
            ),
            ("{1: 'x', True: 'y',}", json!({"1": "x", "true": "y"})),
            ("['é🙂', \"żółć'\"]", json!(["é🙂", "żółć'"])),
        ] {
            assert_eq!(parse(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn broken_literals_name_the_place() {
        for (text, expected) in [
            ("[1, 2", "expected `,` or `]` at character 6"),
            ("{ bad list", "expected a quoted text, a number, True, False, None, a list or a map at character 3"),
            ("['a' 'b']", "expected `,` or `]` at character 6"),
            ("{'a' 1}", "expected `:` at character 6"),
            ("['a]", "expected a closing ' at character 2"),
            ("[1] x", "expected the end at character 5"),
            (r"['\ud83d']", "expected the code of a character at character 5"),
            ("[1e999]", "expected a quoted text"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.starts_with(expected), "{text}: {error}");
        }
        assert_eq!(parse(&"[".repeat(10_000)), Err("nested too deeply".to_owned()));
    }
}
