//! Log lines made harmless for a terminal.

use std::io::Write as _;

/// Appends `line` to `out` so that it cannot move the cursor: SGR colour sequences and TAB pass, other control
/// characters, marks that reorder text, and bytes that are no UTF-8 are made visible as kubectl does.
///
/// ```
/// # use shared::logs::escape::append_visible;
/// let mut out = Vec::new();
/// append_visible(b"\x1b[31mred\x1b[0m\t\x1b[2J\r\xff", &mut out);
/// assert_eq!(out, b"\x1b[31mred\x1b[0m\t^[[2J\\r\\xff");
/// ```
pub fn append_visible(line: &[u8], out: &mut Vec<u8>) {
    let mut rest = line;
    while let Some(at) = rest.iter().position(|it| !matches!(it, b'\t' | b' '..=b'~')) {
        out.extend_from_slice(&rest[..at]);
        rest = &rest[at..];
        let length = if let Some(sequence) = sgr(rest) {
            out.extend_from_slice(sequence);
            sequence.len()
        } else {
            append_one(rest, out)
        };
        rest = &rest[length..];
    }
    out.extend_from_slice(rest);
}

/// Returns the colour sequence that `text` begins with.
fn sgr(text: &[u8]) -> Option<&[u8]> {
    let parameters = text.strip_prefix(b"\x1b[")?;
    let end = parameters.iter().position(|it| !matches!(it, b'0'..=b'9' | b';' | b':'))?;
    (parameters[end] == b'm').then(|| &text[..end + 3])
}

/// Appends the character that `text` begins with, and returns how many bytes it has.
fn append_one(text: &[u8], out: &mut Vec<u8>) -> usize {
    let Some((c, length)) = first_character(text) else {
        // Writing to a Vec cannot fail, here and below.
        let _ = write!(out, "\\x{:02x}", text[0]);
        return 1;
    };
    match c {
        '\u{1b}' => out.extend_from_slice(b"^["),
        '\r' => out.extend_from_slice(b"\\r"),
        c if c.is_control() || is_direction_mark(c) => {
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
        }
        _ => out.extend_from_slice(&text[..length]),
    }
    length
}

fn first_character(text: &[u8]) -> Option<(char, usize)> {
    let longest = &text[..text.len().min(4)];
    let valid = match std::str::from_utf8(longest) {
        Ok(valid) => valid,
        Err(error) => std::str::from_utf8(&longest[..error.valid_up_to()]).ok()?,
    };
    let c = valid.chars().next()?;
    Some((c, c.len_utf8()))
}

/// Tells whether `c` reorders the text around it, so that a reader sees other words than the bytes hold.
pub(super) fn is_direction_mark(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_colours_and_tabs_pass() {
        for (line, shown) in [
            ("plain \t text", "plain \t text"),
            ("é 🙂", "é 🙂"),
            ("\x1b[1;38:5:4mx\x1b[m", "\x1b[1;38:5:4mx\x1b[m"),
            ("\x1b[31", "^[[31"),
            ("\x1b[31;", "^[[31;"),
            ("\x1b[?25l", "^[[?25l"),
            ("\x1b]0;title\x07", "^[]0;title\\u{7}"),
            ("\x1b\x1b[0m", "^[\x1b[0m"),
            ("a\rb", "a\\rb"),
            ("\u{9b}2J", "\\u{9b}2J"),
            ("\u{202e}cod", "\\u{202e}cod"),
            ("\0\u{7f}\u{8}", "\\u{0}\\u{7f}\\u{8}"),
        ] {
            let mut out = Vec::new();
            append_visible(line.as_bytes(), &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), shown, "{line:?}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_shown_one_by_one() {
        let mut out = Vec::new();
        append_visible(b"\xc3\xa9\xc3 \x9b2J\xf0\x9f\x99", &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), "é\\xc3 \\x9b2J\\xf0\\x9f\\x99");
    }
}
