//! A template's lines as keys and values. Nothing is evaluated: each action counts as a word where it prints, and as
//! nothing where it decides.

use super::outline::{Template, is_assignment, keyword};
use crate::pack::gotemplate::{self, Segment};

/// A key with its value, or an item of a list.
#[derive(Debug, Clone)]
pub(super) struct Entry<'t> {
    /// Line, from 1.
    pub(super) line: usize,
    /// Where the key or item begins.
    pub(super) at: usize,
    /// The keys down to this one; `[]` for an item.
    pub(super) path: Vec<String>,
    /// Where its value begins.
    pub(super) value_at: usize,
    /// What stands behind it on the line, without comment.
    pub(super) value: &'t str,
    /// Which document it belongs to; each `define` is one of its own.
    pub(super) document: usize,
}

impl Entry<'_> {
    /// Returns the value without quotes around it.
    pub(super) fn plain(&self) -> &str {
        let quoted = ['"', '\''].iter().find_map(|it| self.value.strip_prefix(*it)?.strip_suffix(*it));
        quoted.unwrap_or(self.value)
    }

    /// Returns its own key.
    pub(super) fn key(&self) -> &str {
        self.path.last().map_or("", String::as_str)
    }
}

/// Tells whether an action prints nothing by itself.
fn is_silent(action: &str) -> bool {
    let decides = ["if", "else", "end", "range", "with", "define", "block", "break", "continue", "fail"];
    decides.contains(&keyword(action)) || is_assignment(action)
}

/// Reads keys and items line by line.
pub(super) struct Reader<'a, 't> {
    template: &'a Template<'t>,
    masked: String,
    /// The keys and items that are open: twice their column, and one more for an item.
    stack: Vec<(usize, String)>,
    /// The column of the key or item whose block scalar is being read.
    scalar: Option<usize>,
    document: usize,
    found: Vec<Entry<'t>>,
}

impl<'t> Reader<'_, 't> {
    /// Returns the keys and items of a template.
    pub(super) fn read(template: &Template<'t>) -> Vec<Entry<'t>> {
        let masked = mask(template);
        let borders = template.blocks.iter().filter(|it| matches!(it.keyword, "define" | "block"));
        let mut borders: Vec<usize> = borders.flat_map(|it| [it.start, it.end]).collect();
        borders.sort_unstable();
        let mut borders = borders.into_iter().peekable();
        let mut reader = Reader { template, masked, stack: Vec::new(), scalar: None, document: 0, found: Vec::new() };
        for (index, start) in template.starts.iter().copied().enumerate() {
            let end = template.starts.get(index + 1).map_or(template.text.len(), |it| it - 1);
            while borders.next_if(|it| *it <= start).is_some() {
                reader.next_document();
            }
            let line = reader.masked[start..end].trim_end().to_owned();
            reader.line(&line, start, index + 1);
            // What stands on the line of its own `define` belongs to it.
            while borders.next_if(|it| *it <= end).is_some() {
                reader.next_document();
            }
        }
        reader.found
    }

    fn next_document(&mut self) {
        self.stack.clear();
        self.scalar = None;
        self.document += 1;
    }

    fn line(&mut self, line: &str, start: usize, number: usize) {
        if line.starts_with("---") {
            self.next_document();
            return;
        }
        let mut column = line.len() - line.trim_start().len();
        if line.len() == column || self.scalar.is_some_and(|it| column > it) {
            return;
        }
        self.scalar = None;
        while let Some(rest) = line[column..].strip_prefix('-').filter(|it| it.is_empty() || it.starts_with(' ')) {
            self.open(2 * column + 1, "[]".to_owned());
            let item = column;
            column += 1 + (rest.len() - rest.trim_start().len());
            if key_end(&line[column..]).is_none() && !line[column..].starts_with("- ") {
                self.push(line, start, number, item, column);
                return;
            }
        }
        let Some(end) = key_end(&line[column..]) else { return };
        let written = &self.template.text[start + column..start + column + end];
        self.open(2 * column, written.trim().trim_matches(['"', '\'']).to_owned());
        let behind = column + end + 1;
        self.push(line, start, number, column, behind);
    }

    fn open(&mut self, depth: usize, name: String) {
        while self.stack.last().is_some_and(|(it, _)| *it >= depth) {
            self.stack.pop();
        }
        self.stack.push((depth, name));
    }

    /// Adds what was opened last; its value begins at column `value`.
    fn push(&mut self, line: &str, start: usize, number: usize, column: usize, value: usize) {
        let shown = &line[value.min(line.len())..];
        let shown = shown.find(" #").map_or(shown, |end| &shown[..end]);
        if shown.trim_start().starts_with(['|', '>']) {
            self.scalar = Some(column);
        }
        let blanks = shown.len() - shown.trim_start().len();
        let from = start + value.min(line.len()) + blanks;
        self.found.push(Entry {
            line: number,
            at: start + column,
            path: self.stack.iter().map(|(_, name)| name.clone()).collect(),
            value_at: from,
            value: self.template.text[from..from + shown.len() - blanks].trim_end(),
            document: self.document,
        });
    }
}

/// Returns the text with printed actions as words of `x`, and everything else that prints nothing as blanks.
fn mask(template: &Template<'_>) -> String {
    let mut masked: Vec<u8> = template.text.bytes().map(|it| if it == b'\n' { it } else { b' ' }).collect();
    for (at, segment) in gotemplate::segments(template.text) {
        if let Segment::Text(text) = segment {
            // Other than ASCII counts as letters, so that places stay the same.
            let bytes = text.bytes().map(|it| if it.is_ascii() { it } else { b'x' });
            masked.splice(at..at + text.len(), bytes);
        }
    }
    for action in template.actions.iter().filter(|it| !is_silent(it.text)) {
        for byte in &mut masked[action.at..action.end] {
            *byte = if *byte == b'\n' { b'\n' } else { b'x' };
        }
    }
    String::from_utf8(masked).unwrap_or_default()
}

/// Returns where the `:` of a key stands that begins a line.
fn key_end(line: &str) -> Option<usize> {
    let is_key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
    let end = match line.chars().next()? {
        quote @ ('"' | '\'') => 2 + line[1..].find(quote)?,
        _ => line.find(|c| !is_key(c))?,
    };
    let is_end = line[end..].starts_with(':') && (line.len() == end + 1 || line[end + 1..].starts_with(' '));
    (is_end && end > 0).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_with_their_paths() {
        let text = "kind: Job # c\nspec:\n  list:\n  - name: {{ .Release.Name }}\n    x: |\n      no: 1\n  - >\n    \
                    no: 2\n  {{- if .Values.a }}\n  \"a.b/c\": 'v'\n  {{- end }}\n  l: [\n    \"no: 3\",\n  ]\n---\n\
                    kind: B\n";
        let template = Template::of("t.yaml", text);
        let shown: Vec<String> = template
            .entries
            .iter()
            .map(|it| format!("{} {} {} {}", it.document, it.line, it.path.join("."), it.value))
            .collect();
        assert_eq!(
            shown,
            [
                "0 1 kind Job",
                "0 2 spec ",
                "0 3 spec.list ",
                "0 4 spec.list.[].name {{ .Release.Name }}",
                "0 5 spec.list.[].x |",
                "0 7 spec.list.[] >",
                "0 10 spec.a.b/c 'v'",
                "0 12 spec.l [",
                "1 16 kind B",
            ]
        );
        assert_eq!(template.entries[6].plain(), "v");
        assert_eq!(template.around(template.entries[6].at).map(|it| it.guard).collect::<Vec<_>>(), ["if .Values.a"]);
    }
}
