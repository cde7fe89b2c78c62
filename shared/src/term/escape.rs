//! Untrusted text made harmless for a terminal.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Returns `text` with control characters made visible, as kubectl does: ESC is `^[`, CR is `\r`, others `\u{…}`.
///
/// Newlines and tabs stay.
///
/// ```
/// # use shared::term::escape::visible;
/// assert_eq!(visible("plain"), "plain");
/// assert_eq!(visible("\u{1b}[2Jgone\r"), "^[[2Jgone\\r");
/// ```
pub fn visible(text: &str) -> Cow<'_, str> {
    let harmful = |c: char| (c.is_control() && c != '\n' && c != '\t') || is_direction_mark(c);
    if !text.contains(harmful) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\u{1b}' => out.push_str("^["),
            '\r' => out.push_str("\\r"),
            c if harmful(c) => {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// Returns a JSON or YAML text with the same characters as escapes of its quoted strings, so that it still reads as what
/// it is: its writers have escaped all others.
///
/// ```
/// # use shared::term::escape::visible_in_quotes;
/// assert_eq!(visible_in_quotes("\"\u{202e}\u{9b}\""), r#""\u202e\u009b""#);
/// ```
pub fn visible_in_quotes(text: &str) -> Cow<'_, str> {
    let harmful = |c: char| matches!(c, '\u{7f}'..='\u{9f}') || is_direction_mark(c);
    if !text.contains(harmful) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if harmful(c) {
            // Writing to a String cannot fail.
            let _ = write!(out, "\\u{:04x}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// Tells whether `c` reorders the text around it, so that a reader sees other words than the bytes hold.
fn is_direction_mark(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
