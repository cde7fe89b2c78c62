//! The blocks that Go actions make of a template: what is printed under a condition, and what more than once.

use crate::pack::gotemplate::{Segment, segments};

/// A stretch of lines between an action and its `end` or `else`.
pub(super) struct Block<'t> {
    pub(super) keyword: &'t str,
    pub(super) guard: &'t str,
    /// The line of the action that opens it.
    pub(super) start: usize,
    /// The line of the one that ends it.
    pub(super) end: usize,
}

/// Returns the blocks of a template, in the order in which they begin.
pub(super) fn of(text: &str) -> Vec<Block<'_>> {
    let mut found: Vec<Block<'_>> = Vec::new();
    let mut open = Vec::new();
    let mut line = 0;
    let mut counted = 0;
    for (at, segment) in segments(text) {
        let Segment::Action(action) = segment else { continue };
        line += text[counted..at].matches('\n').count();
        counted = at;
        let keyword = keyword(action);
        if matches!(keyword, "else" | "end")
            && let Some(index) = open.pop()
        {
            let block: &mut Block<'_> = &mut found[index];
            block.end = line;
        }
        if opens(keyword) || keyword == "else" {
            open.push(found.len());
            found.push(Block { keyword, guard: action, start: line, end: usize::MAX });
        }
    }
    found
}

impl Block<'_> {
    /// Tells whether a line stands in it.
    pub(super) fn is_around(&self, line: usize) -> bool {
        self.start < line && line < self.end
    }
}

/// Returns the name in `define "NAME"`, `include "NAME"` or `template "NAME"`.
pub(super) fn name(action: &str) -> Option<&str> {
    let words = ["define \"", "include \"", "template \""];
    let rest = words.iter().find_map(|it| action.split_once(it))?.1;
    rest.split('"').next()
}

/// Returns where a template is called, each with the line and what it is called with.
pub(super) fn calls<'t>(text: &'t str, name: &str) -> Vec<(usize, &'t str)> {
    let words = [format!("include \"{name}\""), format!("template \"{name}\"")];
    let (mut line, mut counted) = (0, 0);
    let mut found = Vec::new();
    for (at, segment) in segments(text) {
        let Segment::Action(action) = segment else { continue };
        line += text[counted..at].matches('\n').count();
        counted = at;
        for behind in words.iter().flat_map(|it| action.split(it.as_str()).skip(1)) {
            let argument = behind.split(|c: char| c.is_whitespace() || "|)".contains(c)).find(|it| !it.is_empty());
            found.push((line, argument.unwrap_or_default()));
        }
    }
    found
}

/// Tells whether the actions of a text end in it, and the blocks as well.
pub(super) fn is_whole(text: &str) -> bool {
    let mut depth = 0_usize;
    for (_, segment) in segments(text) {
        match segment {
            Segment::Text(plain) if plain.contains("{{") => return false,
            Segment::Action(action) if opens(keyword(action)) => depth += 1,
            Segment::Action(action) if matches!(keyword(action), "end" | "else") && depth == 0 => return false,
            Segment::Action(action) if keyword(action) == "end" => depth -= 1,
            _ => {}
        }
    }
    depth == 0
}

/// Tells whether the action that a line begins with prints nothing itself: a block's, a comment, or an assignment.
pub(super) fn prints_nothing(line: &str) -> bool {
    let action = line.trim_start_matches("{{").trim_start_matches('-').trim_start();
    let word = keyword(action);
    let assigns = word.starts_with('$') && (action.contains(":=") || action.contains(" = "));
    opens(word) || matches!(word, "end" | "else") || action.starts_with("/*") || assigns
}

fn opens(keyword: &str) -> bool {
    matches!(keyword, "if" | "with" | "range" | "define" | "block")
}

fn keyword(action: &str) -> &str {
    action.split(|c: char| c.is_whitespace() || c == '(' || c == '-' || c == '}').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_found_by_their_lines() {
        let text =
            "{{- if a }}\nb\n{{- else }}\nc\n{{- range d }}\ne {{ if f }}g{{ end }}\n{{- end }}\n{{- end }}\nh\n";
        let around = |line| {
            let blocks = of(text);
            blocks.iter().filter(|it| it.is_around(line)).map(|it| (it.guard.to_owned(), it.start)).collect::<Vec<_>>()
        };
        assert_eq!(around(1), [("if a".to_owned(), 0)]);
        assert_eq!(around(3), [("else".to_owned(), 2)]);
        assert_eq!(around(5), [("else".to_owned(), 2), ("range d".to_owned(), 4)]);
        assert!(around(8).is_empty());
    }

    #[test]
    fn calls_are_found_with_what_they_are_given() {
        let text =
            "{{ include \"a\" . }}\n{{- template \"a\" $ }}{{ include \"b\" . }}\n{{ (include \"a\" (dict \"b\" .)) }}";
        assert_eq!(calls(text, "a"), [(0, "."), (1, "$"), (2, "(dict")]);
    }

    #[test]
    fn texts_are_whole_or_not() {
        for (text, expected) in [
            ("{{ a }}", true),
            ("{{ if a }}b{{ else }}c{{ end }}", true),
            ("{{ a", false),
            ("{{ end }}", false),
            ("{{ if a }}", false),
        ] {
            assert_eq!(is_whole(text), expected, "{text}");
        }
    }
}
