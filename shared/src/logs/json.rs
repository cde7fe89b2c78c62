//! Log lines as JSON, one object a line.

use std::io::Write as _;

use data_encoding::BASE64;
use serde_json::json;

use super::escape::is_direction_mark;

/// The parts of the objects that are the same for all lines of a stream.
#[derive(Debug, Clone)]
pub struct JsonHead(Vec<u8>);

impl JsonHead {
    /// Returns the parts for a container of a pod; `replica` is its type and index.
    pub fn new(pod: &str, replica: Option<(&str, Option<u64>)>, container: &str) -> Self {
        let (kind, index) = replica.unzip();
        let fields = [
            ("pod", json!(pod)),
            ("type", json!(kind)),
            ("index", json!(index.flatten())),
            ("container", json!(container)),
        ];
        let text = fields.iter().fold(String::new(), |text, (key, value)| format!("{text},\"{key}\":{value}"));
        Self(text.into_bytes())
    }

    /// Appends the object of one line, and its end.
    ///
    /// Bytes that are no UTF-8 are U+FFFD in `line`, and `raw` holds the line in base64; else `raw` is null.
    pub fn append(&self, time: &[u8], line: &[u8], out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"time\":");
        if time.is_empty() {
            out.extend_from_slice(b"null");
        } else {
            out.push(b'"');
            out.extend_from_slice(time);
            out.push(b'"');
        }
        out.extend_from_slice(&self.0);
        out.extend_from_slice(b",\"line\":\"");
        let mut is_text = true;
        for chunk in line.utf8_chunks() {
            append_text(chunk.valid(), out);
            if !chunk.invalid().is_empty() {
                is_text = false;
                out.extend_from_slice("\u{fffd}".as_bytes());
            }
        }
        if is_text {
            out.extend_from_slice(b"\",\"raw\":null}\n");
        } else {
            out.extend_from_slice(b"\",\"raw\":\"");
            let from = out.len();
            out.resize(from + BASE64.encode_len(line.len()), 0);
            BASE64.encode_mut(line, &mut out[from..]);
            out.extend_from_slice(b"\"}\n");
        }
    }
}

/// Appends the inside of a JSON string: harmless for a terminal, too.
fn append_text(text: &str, out: &mut Vec<u8>) {
    let mut rest = text;
    let is_special = |c: char| matches!(c, '"' | '\\') || c.is_control() || is_direction_mark(c);
    while let Some(at) = rest.find(is_special) {
        out.extend_from_slice(&rest.as_bytes()[..at]);
        rest = &rest[at..];
        let Some(c) = rest.chars().next() else { return };
        match c {
            '"' => out.extend_from_slice(b"\\\""),
            '\\' => out.extend_from_slice(b"\\\\"),
            '\t' => out.extend_from_slice(b"\\t"),
            '\r' => out.extend_from_slice(b"\\r"),
            c => {
                // Writing to a Vec cannot fail.
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
        }
        rest = &rest[c.len_utf8()..];
    }
    out.extend_from_slice(rest.as_bytes());
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn every_line_is_one_object() {
        let head = JsonHead::new("m-worker-1", Some(("Worker", Some(1))), "tensorflow");
        for (line, text, raw) in [
            (&b"plain"[..], "plain", None),
            (b"", "", None),
            (b"\"q\" \\ \t\r\x1b[0m", "\"q\" \\ \t\r\x1b[0m", None),
            ("é 🙂 \u{85}\u{202e}".as_bytes(), "é 🙂 \u{85}\u{202e}", None),
            (b"a\xff\xc3b", "a\u{fffd}\u{fffd}b", Some("Yf/DYg==")),
        ] {
            let mut out = Vec::new();
            head.append(b"2026-11-21T20:00:00Z", line, &mut out);
            let written = String::from_utf8(out).unwrap();
            assert_eq!(written.matches('\n').count(), 1);
            assert!(!written.contains(['\u{1b}', '\u{85}', '\u{202e}']), "{written:?}");
            let object: Value = serde_json::from_str(&written).unwrap();
            let expected = json!({
                "time": "2026-11-21T20:00:00Z", "pod": "m-worker-1", "type": "Worker", "index": 1,
                "container": "tensorflow", "line": text, "raw": raw,
            });
            assert_eq!(object.to_string(), expected.to_string());
        }
    }

    #[test]
    fn what_is_not_known_is_null() {
        let mut out = Vec::new();
        JsonHead::new("p", None, "c").append(b"", b"x", &mut out);
        let expected = r#"{"time":null,"pod":"p","type":null,"index":null,"container":"c","line":"x","raw":null}"#;
        assert_eq!(String::from_utf8(out).unwrap(), format!("{expected}\n"));
    }
}
