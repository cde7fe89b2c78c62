//! A template's YAML as keys and values, block and flow alike. Nothing is evaluated: each action counts as a word where
//! it prints, and as nothing where it decides.

use super::{Template, is_assignment, keyword};
use crate::pack::gotemplate::{self, Segment};

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::pack) enum Form {
    /// Without quotes.
    Plain,
    /// In double quotes.
    Double,
    /// In single quotes.
    Single,
    /// Behind `|` or `>`, on lines of its own.
    Block,
    /// A flow list or map, whose parts are entries of their own.
    Flow,
}

/// A key with its value, or an item of a list.
#[derive(Debug, Clone)]
pub(in crate::pack) struct Entry<'t> {
    /// Line, from 1.
    pub(in crate::pack) line: usize,
    /// Where the key or item begins.
    pub(in crate::pack) at: usize,
    /// The keys down to this one; `[]` for an item.
    pub(in crate::pack) path: Vec<String>,
    /// Where its value begins.
    pub(in crate::pack) value_at: usize,
    /// What stands behind it on the line, without comment.
    pub(in crate::pack) value: &'t str,
    /// Where its value ends, on a later line perhaps.
    pub(in crate::pack) end: usize,
    /// How its value is written.
    pub(in crate::pack) form: Form,
    /// Its number.
    pub(in crate::pack) id: usize,
    /// The number of the key or item that it stands in; 0 for none.
    pub(in crate::pack) parent: usize,
    /// Which document it belongs to; each `define` is one of its own.
    pub(in crate::pack) document: usize,
}

impl Entry<'_> {
    /// Returns the value without quotes around it.
    pub(in crate::pack) fn plain(&self) -> &str {
        let quoted = ['"', '\''].iter().find_map(|it| self.value.strip_prefix(*it)?.strip_suffix(*it));
        quoted.unwrap_or(self.value)
    }

    /// Returns its own key.
    pub(in crate::pack) fn key(&self) -> &str {
        self.path.last().map_or("", String::as_str)
    }
}

/// Tells whether an action prints nothing by itself.
fn is_silent(action: &str) -> bool {
    let decides = ["if", "else", "end", "range", "with", "define", "block", "break", "continue", "fail"];
    decides.contains(&keyword(action)) || is_assignment(action)
}

/// A key or item that is open.
pub(super) struct Open {
    /// Twice its column, and one more for an item.
    depth: usize,
    pub(super) name: String,
    pub(super) id: usize,
}

/// Reads keys and items line by line.
pub(in crate::pack) struct Reader<'a, 't> {
    pub(super) template: &'a Template<'t>,
    pub(super) masked: String,
    /// The keys and items that are open.
    pub(super) stack: Vec<Open>,
    /// Where the value ends that was read last: what stands before is no key.
    done: usize,
    /// What ends the stretch that belongs together: the next `define`, or its end.
    pub(super) border: usize,
    /// The keys and items so far.
    pub(super) count: usize,
    /// Whether something was never closed: what reaches over lines is not looked for again.
    pub(super) is_broken: bool,
    pub(super) document: usize,
    pub(super) found: Vec<Entry<'t>>,
}

impl<'t> Reader<'_, 't> {
    /// Returns the keys and items of a template.
    pub(in crate::pack) fn read(template: &Template<'t>) -> Vec<Entry<'t>> {
        let masked = mask(template);
        let borders = template.blocks.iter().filter(|it| matches!(it.keyword, "define" | "block"));
        let mut borders: Vec<usize> = borders.flat_map(|it| [it.start, it.end]).collect();
        borders.sort_unstable();
        let mut borders = borders.into_iter().peekable();
        let (stack, found) = (Vec::new(), Vec::new());
        let (done, border, count, document) = (0, 0, 0, 0);
        let mut reader = Reader { template, masked, stack, done, border, count, is_broken: false, document, found };
        for (index, start) in template.starts.iter().copied().enumerate() {
            let end = template.starts.get(index + 1).map_or(template.text.len(), |it| it - 1);
            while borders.next_if(|it| *it <= start).is_some() {
                reader.next_document();
            }
            reader.border = borders.peek().map_or(template.text.len(), |it| (*it).max(end));
            let line = reader.masked[start..end].trim_end().to_owned();
            if start >= reader.done {
                reader.line(&line, start);
            }
            // What stands on the line of its own `define` belongs to it.
            while borders.next_if(|it| *it <= end).is_some() {
                reader.next_document();
            }
        }
        reader.found
    }

    fn next_document(&mut self) {
        self.stack.clear();
        self.document += 1;
    }

    fn line(&mut self, line: &str, start: usize) {
        if line.starts_with("---") {
            self.next_document();
            return;
        }
        let mut column = line.len() - line.trim_start().len();
        if line.len() == column || line[column..].starts_with('#') {
            return;
        }
        while let Some(rest) = line[column..].strip_prefix('-').filter(|it| it.is_empty() || it.starts_with(' ')) {
            self.open(2 * column + 1, "[]".to_owned());
            let item = column;
            column += 1 + (rest.len() - rest.trim_start().len());
            if key_end(&line[column..]).is_none() && !line[column..].starts_with("- ") {
                self.push(line, start, item, column);
                return;
            }
        }
        let Some(end) = key_end(&line[column..]) else {
            self.no_key(line, start, column);
            return;
        };
        let written = &self.template.text[start + column..start + column + end];
        self.open(2 * column, written.trim().trim_matches(['"', '\'']).to_owned());
        let behind = column + end + 1;
        self.push(line, start, column, behind);
    }

    /// Reads a line without a key: a flow document, or what goes on from the line above.
    fn no_key(&mut self, line: &str, start: usize, column: usize) {
        if line[column..].starts_with(['{', '[']) {
            while self.stack.last().is_some_and(|it| it.depth >= 2 * column) {
                self.stack.pop();
            }
            self.done = self.flow(start + column, start + line.len());
        } else if let Some(last) = self.found.last_mut()
            && last.document == self.document
            && last.form == Form::Plain
            && (last.value.is_empty() || column > last.at - self.template.starts[last.line - 1])
        {
            last.end = start + line.len();
            if last.value.is_empty() && line[column..].starts_with(['"', '\'']) {
                last.form = if line[column..].starts_with('"') { Form::Double } else { Form::Single };
                last.end = close(&self.masked, start + column).unwrap_or(last.end);
                self.done = last.end;
            }
        }
    }

    fn open(&mut self, depth: usize, name: String) {
        while self.stack.last().is_some_and(|it| it.depth >= depth) {
            self.stack.pop();
        }
        self.descend(depth, name);
    }

    /// Opens a key or item inside of what is open.
    pub(super) fn descend(&mut self, depth: usize, name: String) {
        self.count += 1;
        self.stack.push(Open { depth, name, id: self.count });
    }

    /// Adds what was opened last; its value begins at column `value`.
    fn push(&mut self, line: &str, start: usize, column: usize, value: usize) {
        let shown = &line[value.min(line.len())..];
        let blanks = shown.len() - shown.trim_start().len();
        let from = start + value.min(line.len()) + blanks;
        let to = start + line.len();
        self.entry(start + column, from, to);
        let Some(entry) = self.found.len().checked_sub(1) else { return };
        let (form, end) = match shown.trim_start().chars().next() {
            Some('|' | '>') => (Form::Block, self.block_end(start, column)),
            Some('[' | '{') => (Form::Flow, self.flow(from, to)),
            Some('"' | '\'') => match self.closed(from, to) {
                Some((form, end)) => (form, end),
                None => return,
            },
            _ => return,
        };
        self.done = end;
        (self.found[entry].form, self.found[entry].end) = (form, end);
    }

    /// Adds what was opened last, with its value on this line.
    pub(super) fn entry(&mut self, at: usize, from: usize, to: usize) {
        let shown = &self.masked[from..to];
        let shown = shown.find(" #").map_or(shown, |end| &shown[..end]).trim_end();
        let parent = self.stack.len().checked_sub(2).map_or(0, |it| self.stack[it].id);
        self.found.push(Entry {
            line: self.template.line(at),
            at,
            path: self.stack.iter().map(|it| it.name.clone()).collect(),
            value_at: from,
            value: &self.template.text[from..from + shown.len()],
            end: from + shown.len(),
            form: Form::Plain,
            id: self.stack.last().map_or(0, |it| it.id),
            parent,
            document: self.document,
        });
    }

    /// Returns where the text in quotes at `from` ends; `None` if it is not closed.
    fn closed(&mut self, from: usize, line_end: usize) -> Option<(Form, usize)> {
        let to = if self.is_broken { line_end } else { self.border };
        let form = if self.masked[from..].starts_with('"') { Form::Double } else { Form::Single };
        let end = close(&self.masked[..to], from);
        self.is_broken |= end.is_none();
        end.map(|it| (form, it))
    }

    /// Returns where the block scalar ends whose key or item stands in `column` of the line at `start`.
    fn block_end(&self, start: usize, column: usize) -> usize {
        let mut lines = self.template.starts[self.template.line(start)..].iter().copied();
        let is_outside = |at: &usize| {
            let line = self.masked[*at..].split('\n').next().unwrap_or_default();
            let blanks = line.len() - line.trim_start().len();
            blanks < line.len() && blanks <= column
        };
        lines.find(is_outside).unwrap_or(self.masked.len()).min(self.border)
    }
}

/// Returns where the text in quotes at `from` has ended.
pub(super) fn close(masked: &str, from: usize) -> Option<usize> {
    let bytes = masked.as_bytes();
    let quote = *bytes.get(from)?;
    let mut at = from + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if quote == b'"' => at += 1,
            it if it == quote && quote == b'\'' && bytes.get(at + 1) == Some(&b'\'') => at += 1,
            it if it == quote => return Some(at + 1),
            _ => {}
        }
        at += 1;
    }
    None
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
mod tests;
