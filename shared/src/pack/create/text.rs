//! The lines of a chart's template: YAML by its indentation, with Go actions in between.

use super::blocks;
use crate::pack::gotemplate;

/// The lines of one file.
pub(super) struct Lines<'t> {
    pub(super) all: Vec<&'t str>,
    /// Whether a line is text of a block scalar, or begins inside an action: it is no YAML of its own.
    inside: Vec<bool>,
}

impl<'t> Lines<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        let mut lines = Self { all: text.lines().map(|it| it.trim_end_matches('\r')).collect(), inside: Vec::new() };
        lines.inside = vec![false; lines.all.len()];
        let (mut at, mut line) = (0, 0);
        while let Some(start) = text[at..].find("{{").map(|it| at + it) {
            let Some(end) = gotemplate::action_end(text, start + 2) else { break };
            let first = line + text[at..start].matches('\n').count();
            line = first + text[start..end + 2].matches('\n').count();
            lines.inside[first + 1..=line].fill(true);
            at = end + 2;
        }
        lines.find_scalars();
        lines
    }

    /// Marks the text of block scalars; an action further left belongs to none, and ends none.
    fn find_scalars(&mut self) {
        let mut scalar = None;
        for at in 0..self.all.len() {
            let line = self.all[at].trim();
            if line.is_empty() || self.inside[at] {
                continue;
            }
            match scalar {
                Some(indent) if self.indent(at) > indent => self.inside[at] = true,
                Some(_) if line.starts_with("{{") => {}
                _ => scalar = self.begins_scalar(at).then(|| self.keys(at)),
            }
        }
    }

    fn begins_scalar(&self, at: usize) -> bool {
        let value = self.value(at);
        let header = value.split(" #").next().unwrap_or_default().trim_end();
        let is_header = |it: &str| it.chars().all(|c| c.is_ascii_digit() || c == '-' || c == '+');
        header.strip_prefix(['|', '>']).is_some_and(is_header)
    }

    /// Returns the blanks before a line's content.
    pub(super) fn indent(&self, at: usize) -> usize {
        self.all[at].len() - self.all[at].trim_start().len()
    }

    /// Returns where the keys of a line begin; the dash of a list entry counts as a blank.
    fn keys(&self, at: usize) -> usize {
        self.all[at].len() - self.all[at].trim_start_matches([' ', '-']).len()
    }

    /// Returns where the keys of a list entry begin, also where its dash stands alone.
    pub(super) fn entry_keys(&self, first: usize, end: usize) -> usize {
        let content = self.all[first].trim_start_matches([' ', '-']);
        let below = || self.next_yaml(first, end).map(|it| self.keys(it));
        let alone = content.is_empty() || content.starts_with('#');
        below().filter(|_| alone).unwrap_or_else(|| self.keys(first))
    }

    /// Tells whether a line is YAML: neither blank nor a comment nor an action that stands alone nor text.
    pub(super) fn is_yaml(&self, at: usize) -> bool {
        let line = self.all[at].trim_start();
        !self.inside[at]
            && !line.is_empty()
            && !line.starts_with('#')
            && !line.starts_with("{{")
            && !line.starts_with("---")
    }

    /// Returns the first YAML line behind `at`, before `end`.
    pub(super) fn next_yaml(&self, at: usize, end: usize) -> Option<usize> {
        (at + 1..end).find(|it| self.is_yaml(*it))
    }

    /// Returns where what belongs to the key on line `at` ends; a list may stand as far left as its key.
    pub(super) fn block_end(&self, at: usize, end: usize) -> usize {
        let indent = self.indent(at);
        let is_list = self.next_yaml(at, end).is_some_and(|it| self.is_entry(it) && self.indent(it) == indent);
        let is_out = |it: &usize| {
            let same = self.indent(*it) == indent && !(is_list && self.is_entry(*it));
            let is_document = self.all[*it].starts_with("---") && !self.inside[*it];
            is_document || (self.is_yaml(*it) && (self.indent(*it) < indent || same))
        };
        (at + 1..end).find(is_out).unwrap_or(end)
    }

    /// Tells whether a line begins an entry of a list.
    pub(super) fn is_entry(&self, at: usize) -> bool {
        let line = self.all[at].trim();
        !self.inside[at] && (line == "-" || line.starts_with("- "))
    }

    /// Returns the lines of `key` with this indentation; the dash of a list entry counts as a blank.
    pub(super) fn all_keys(&self, key: &str, indent: usize, from: usize, end: usize) -> Vec<usize> {
        let is_key =
            |it: &usize| self.is_yaml(*it) && self.keys(*it) == indent && is_key(&self.all[*it][indent..], key);
        (from..end).filter(is_key).collect()
    }

    /// Returns the first line of `key` with this indentation.
    pub(super) fn key(&self, key: &str, indent: usize, from: usize, end: usize) -> Option<usize> {
        self.all_keys(key, indent, from, end).first().copied()
    }

    /// Returns what stands behind the colon of the key on line `at`.
    pub(super) fn value(&self, at: usize) -> &'t str {
        self.all[at].split_once(':').map_or("", |(_, value)| value.trim())
    }

    /// Returns the whole text of the key on line `at` and of what belongs to it.
    pub(super) fn text_of(&self, at: usize, end: usize) -> String {
        self.all[at..self.block_end(at, end).max(at + 1)].join("\n")
    }

    /// Returns the line that keeps the key on line `at` and has another value.
    pub(super) fn with_value(&self, at: usize, value: &str) -> String {
        let key = self.all[at].split_once(':').map_or(self.all[at], |(key, _)| key);
        format!("{key}: {value}")
    }

    /// Returns where the one text that is the value of the key on line `at` ends; `None` where it is no such text, or
    /// where that cannot be told.
    pub(super) fn value_end(&self, at: usize, end: usize) -> Option<usize> {
        let (value, column) = (self.value(at), self.keys(at));
        let is_below = |it: &usize| self.inside[*it] || self.all[*it].trim().is_empty() || self.indent(*it) > column;
        let below: Vec<usize> = (at + 1..end).take_while(is_below).collect();
        let last = below.iter().rev().find(|it| !self.all[**it].trim().is_empty()).map_or(at, |it| *it);
        if value.starts_with(['&', '*', '!', '[']) || (value.starts_with('{') && !value.starts_with("{{")) {
            return None;
        }
        let whole = self.all[at..=last].join("\n");
        let rest = below.iter().map(|it| self.all[*it].trim_start()).find(|it| !it.is_empty()).unwrap_or_default();
        let is_scalar = self.begins_scalar(at);
        let is_empty = value.is_empty() || value.starts_with('#');
        if last == at {
            return (!is_empty && blocks::is_whole(value) && is_closed(value)).then_some(at + 1);
        }
        let goes_on = is_empty || is_scalar || self.inside[at + 1] || !is_closed(value);
        if !goes_on && (rest.starts_with('#') || (rest.starts_with("{{") && blocks::prints_nothing(rest))) {
            return Some(at + 1);
        }
        let is_map = !is_scalar && (at + 1..=last).any(|it| self.is_yaml(it) && self.looks_like_a_key(it));
        let is_one = goes_on || !rest.starts_with("{{");
        (is_one && !is_map && blocks::is_whole(&whole)).then_some(last + 1)
    }

    fn looks_like_a_key(&self, at: usize) -> bool {
        let content = self.all[at].trim_start();
        let word = content.find(|c: char| !(c.is_alphanumeric() || "._-".contains(c))).unwrap_or(content.len());
        self.is_entry(at) || is_key(content, &content[..word])
    }
}

fn is_key(content: &str, key: &str) -> bool {
    let behind = content.strip_prefix(key).and_then(|it| it.strip_prefix(':'));
    !key.is_empty() && behind.is_some_and(|it| it.is_empty() || it.starts_with(' '))
}

/// Tells whether the quotes that a value begins with end on its line; those of actions do not count.
fn is_closed(value: &str) -> bool {
    let Some(quote) = value.chars().next().filter(|it| matches!(it, '"' | '\'')) else { return true };
    let rest = value[1..].split("{{").enumerate();
    let plain: String =
        rest.map(|(at, it)| if at == 0 { it } else { it.split_once("}}").map_or("", |it| it.1) }).collect();
    plain.replace("\\\"", "").contains(quote)
}

/// What becomes of a line.
#[derive(Debug)]
enum Edit {
    Replace(String),
    Remove,
    InsertAfter(String),
}

/// Changes to a file: each line may be replaced or removed, and get lines behind it.
#[derive(Debug, Default)]
pub(super) struct Edits(Vec<(usize, Edit)>);

impl Edits {
    pub(super) fn replace(&mut self, at: usize, line: String) {
        self.0.push((at, Edit::Replace(line)));
    }

    /// Replaces the lines from `at` to `end`.
    pub(super) fn replace_all(&mut self, at: usize, end: usize, line: String) {
        self.replace(at, line);
        self.0.extend((at + 1..end).map(|it| (it, Edit::Remove)));
    }

    pub(super) fn insert_after(&mut self, at: usize, line: String) {
        self.0.push((at, Edit::InsertAfter(line)));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns where the line `at` stands once the changes are made; both are counted from 0.
    pub(super) fn moved(&self, at: usize) -> usize {
        let before = self.0.iter().filter(|it| it.0 < at);
        before.fold(at, |now, (_, edit)| match edit {
            Edit::Replace(line) => now + line.matches('\n').count(),
            Edit::Remove => now - 1,
            Edit::InsertAfter(line) => now + 1 + line.matches('\n').count(),
        })
    }

    /// Returns `text` with the changes; everything else stays byte for byte, but for a last line without its end.
    pub(super) fn applied(&self, text: &str) -> String {
        let newline = line_end(text);
        let mut out = String::with_capacity(text.len() + 256);
        for (at, whole) in text.split_inclusive('\n').enumerate() {
            let written = |line: &str| line.replace('\n', newline) + newline;
            let here = || self.0.iter().filter(move |it| it.0 == at).map(|it| &it.1);
            match here().find(|it| !matches!(it, Edit::InsertAfter(_))) {
                Some(Edit::Replace(line)) => out += &written(line),
                Some(_) => {}
                None if whole.ends_with('\n') => out += whole,
                None => out += &written(whole.trim_end_matches('\r')),
            }
            for edit in here() {
                if let Edit::InsertAfter(line) = edit {
                    out += &written(line);
                }
            }
        }
        out
    }
}

/// Returns how the lines of a text end.
pub(super) fn line_end(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

#[cfg(test)]
mod tests;
