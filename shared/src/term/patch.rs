//! Patches in colour, as git colours them.

use super::escape::visible;

const BOLD: &str = "\x1b[1m";
const CYAN: &str = "\x1b[36m";
const GREEN: &str = "\x1b[32m";
const RED: &str = "\x1b[31m";
const PLAIN: &str = "\x1b[0m";

/// Returns a patch in colour, control characters of its files made visible.
pub(crate) fn colored(patch: &str) -> String {
    let mut in_hunk = false;
    let mut out = String::with_capacity(patch.len() * 2);
    for line in patch.split_inclusive('\n') {
        let (text, end) = line.strip_suffix('\n').map_or((line, ""), |it| (it, "\n"));
        // Inside a hunk every line has a sign before it, so that a file's own text is never taken for a header.
        in_hunk = match text.chars().next() {
            Some('@') => true,
            Some('d') => false,
            _ => in_hunk,
        };
        let color = match text.chars().next() {
            Some('@') => CYAN,
            Some('+') if in_hunk => GREEN,
            Some('-') if in_hunk => RED,
            _ if in_hunk => "",
            _ => BOLD,
        };
        let plain = if color.is_empty() { "" } else { PLAIN };
        out.extend([color, &visible(text), plain, end]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_and_changes_have_their_colours() {
        let patch = "diff --git a/f b/f\n--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n a\n--- gone\n+\u{1b}[2Jnew\n\\ No newline\ndiff --git a/g b/g\nBinary";
        assert_eq!(
            colored(patch),
            format!(
                "{BOLD}diff --git a/f b/f{PLAIN}\n{BOLD}--- a/f{PLAIN}\n{BOLD}+++ b/f{PLAIN}\n{CYAN}@@ -1,2 +1,2 @@{PLAIN}\n \
                 a\n{RED}--- gone{PLAIN}\n{GREEN}+^[[2Jnew{PLAIN}\n\\ No newline\n{BOLD}diff --git a/g b/g{PLAIN}\n{BOLD}Binary{PLAIN}"
            )
        );
    }
}
