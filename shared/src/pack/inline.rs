//! Templates with the named templates that they include written out, so that what is handed to one can be followed.
//!
//! Nothing is evaluated: `include "n" .` becomes the body of `n`, and any other argument a `with` around it; the entries
//! of a `dict` take the places of their names.

use std::collections::{BTreeMap, BTreeSet};

use super::gotemplate::{Segment, action_end, segments};
use super::words::{self, unquoted, words};

/// The deepest nesting of named templates that is followed.
const DEEPEST: usize = 10;
/// The most bytes that all templates may become; what would be more stays as it is written.
const MOST_BYTES: usize = 1 << 20;

/// The most blanks that a line is indented by; no template that people write has more.
const MOST_INDENT: usize = 100;

/// A template with what it includes.
#[derive(Debug)]
pub(super) struct Inlined<'t> {
    /// What it becomes.
    pub(super) text: String,
    /// Where its pieces begin, and where these come from: a file, and a byte in it.
    pieces: Vec<(usize, &'t str, usize)>,
}

impl<'t> Inlined<'t> {
    /// Returns the file, and the byte in it, that a byte of the text comes from.
    pub(super) fn origin(&self, at: usize) -> (&'t str, usize) {
        let index = self.pieces.partition_point(|it| it.0 <= at).saturating_sub(1);
        let (start, file, from) = self.pieces.get(index).copied().unwrap_or_default();
        (file, from + (at - start))
    }
}

/// Returns templates, given by path, with what they include; a named template that nobody includes stands by itself.
///
/// Of the `libraries` there is only what is included.
pub(super) fn inlined<'t>(
    files: impl IntoIterator<Item = (&'t str, &'t str)>,
    libraries: impl IntoIterator<Item = (&'t str, &'t str)>,
) -> Vec<Inlined<'t>> {
    let mut writer = Writer { named: BTreeMap::new(), used: BTreeSet::new(), open: Vec::new(), bytes: 0, indent: 0 };
    let mut outside = Vec::new();
    for (path, text) in libraries {
        let (named, _) = definitions(text, &segments(text));
        writer.named.extend(named.into_iter().map(|(name, from, to)| (name, Source { path, text, from, to })));
    }
    let foreign: Vec<&str> = writer.named.keys().copied().collect();
    let (mut mentioned, mut is_computed) = (BTreeSet::new(), false);
    for (path, text) in files {
        mentioned.extend(calls(text));
        is_computed |= ["include (", "include $", "include ."].iter().any(|it| text.contains(it));
        let pieces = segments(text);
        let (named, rest) = definitions(text, &pieces);
        writer.named.extend(named.into_iter().map(|(name, from, to)| (name, Source { path, text, from, to })));
        outside.push(rest.into_iter().map(|(from, to)| Source { path, text, from, to }).collect::<Vec<_>>());
    }
    let mut all = Vec::new();
    for sources in outside {
        let mut out = Inlined { text: String::new(), pieces: Vec::new() };
        for source in sources {
            writer.write(source, &BTreeMap::new(), &mut out);
        }
        all.push(out);
    }
    let named = writer.named.clone();
    let mut open: Vec<&str> = mentioned.iter().copied().collect();
    while let Some(source) = open.pop().and_then(|it| named.get(it)) {
        open.extend(calls(&source.text[source.from..source.to]).filter(|it| mentioned.insert(it)));
    }
    for (name, source) in named {
        // What a library offers and nobody asks for does nothing.
        let is_needed = is_computed || mentioned.contains(name) || !foreign.contains(&name);
        if !writer.used.contains(name) && is_needed {
            let mut out = Inlined { text: String::new(), pieces: Vec::new() };
            writer.write(source, &BTreeMap::new(), &mut out);
            all.push(out);
        }
    }
    all
}

/// Returns the names of the templates that a text includes, in whatever way.
pub(super) fn calls(text: &str) -> impl Iterator<Item = &str> {
    ["include ", "template "].into_iter().flat_map(move |word| {
        text.match_indices(word).filter_map(move |(at, _)| unquoted(words_of_call(&text[at + word.len()..])))
    })
}

/// Returns the text in quotes that a text begins with.
fn words_of_call(text: &str) -> &str {
    let text = text.trim_start();
    let end = text.chars().next().and_then(|quote| text[1..].find(quote).filter(|_| matches!(quote, '"' | '`')));
    end.map_or("", |it| &text[..it + 2])
}

/// A stretch of a file.
#[derive(Debug, Clone, Copy)]
struct Source<'t> {
    path: &'t str,
    text: &'t str,
    from: usize,
    to: usize,
}

/// A named template: its name, and where its body begins and ends.
type Definition<'t> = (&'t str, usize, usize);

/// Returns the named templates of a file, and the stretches outside of them.
fn definitions<'t>(text: &'t str, pieces: &[(usize, Segment<'t>)]) -> (Vec<Definition<'t>>, Vec<(usize, usize)>) {
    let (mut named, mut outside) = (Vec::new(), Vec::new());
    let (mut depth, mut begun, mut open) = (0_usize, 0, None);
    for (at, segment) in pieces {
        let Segment::Action(action) = segment else { continue };
        let end = action_end(text, at + 2).map_or(text.len(), |it| it + 2);
        match action.split(|c: char| c.is_whitespace() || c == '(').next().unwrap_or_default() {
            "define" if depth == 0 => {
                outside.push((begun, *at));
                open = words(action).get(1).and_then(|it| unquoted(it)).map(|name| (name, end));
                (depth, begun) = (1, text.len());
            }
            "if" | "with" | "range" | "block" | "define" => depth += 1,
            "end" => {
                depth = depth.saturating_sub(1);
                if let (0, Some((name, start))) = (depth, open) {
                    named.push((name, start, *at));
                    (open, begun) = (None, end);
                }
            }
            _ => {}
        }
    }
    outside.push((begun, text.len()));
    (named, outside)
}

/// What takes the place of the names of a `dict`.
type Handed<'t> = BTreeMap<&'t str, String>;

struct Writer<'t> {
    named: BTreeMap<&'t str, Source<'t>>,
    used: BTreeSet<&'t str>,
    open: Vec<&'t str>,
    bytes: usize,
    /// How far lines are indented that begin now.
    indent: usize,
}

impl<'t> Writer<'t> {
    fn write(&mut self, source: Source<'t>, handed: &Handed<'_>, out: &mut Inlined<'t>) {
        let Source { path, text, from, to } = source;
        for (at, segment) in segments(&text[from..to]) {
            let at = from + at;
            let Segment::Action(action) = segment else {
                let Segment::Text(plain) = segment else { continue };
                self.put(path, at, plain, out);
                continue;
            };
            let end = action_end(text, at + 2).map_or(to, |it| it + 2);
            let called = self.called(action);
            if called.is_none() && handed.is_empty() {
                self.put(path, at, &text[at..end], out);
                continue;
            }
            let action = with_handed(action, handed);
            match called {
                Some(source) => self.include(source, &action, (path, at), out),
                None => self.put(path, at, &format!("{{{{ {action} }}}}"), out),
            }
        }
    }

    /// Returns the named template that an action prints, if its body can stand in its place.
    fn called(&self, action: &'t str) -> Option<(&'t str, Source<'t>)> {
        let words = words(action);
        let is_call = matches!(words.first(), Some(&"include" | &"template"));
        let name = words.get(1).and_then(|it| unquoted(it)).filter(|_| is_call)?;
        // A body that is quoted as a whole is another text.
        let mut filters = action.split('|').skip(1).map(|it| it.split_whitespace().next().unwrap_or_default());
        let is_plain = filters.all(|it| matches!(it, "indent" | "nindent" | "trim" | "trimSuffix" | "trimPrefix"));
        let may_open = self.open.len() < DEEPEST && !self.open.contains(&name) && self.bytes < MOST_BYTES;
        self.named.get(name).filter(|_| is_plain && may_open).map(|it| (name, *it))
    }

    fn include(&mut self, called: (&'t str, Source<'t>), action: &str, at: (&'t str, usize), out: &mut Inlined<'t>) {
        let (name, source) = called;
        let words = words(action);
        let argument = words.get(2).copied().filter(|it| *it != "|").unwrap_or("nil");
        let within = argument.strip_prefix('(').and_then(|it| it.strip_suffix(')')).unwrap_or(argument);
        let entries = words::words(within);
        self.used.insert(name);
        self.open.push(name);
        let outer = self.indent;
        if let Some((is_below, indent)) = indentation(&words) {
            self.indent = outer.saturating_add(indent).min(MOST_INDENT);
            let begin = if is_below { format!("\n{}", " ".repeat(outer)) } else { String::new() };
            self.piece(at.0, at.1, &begin, out);
            self.piece(at.0, at.1, &" ".repeat(self.indent - outer), out);
        }
        if entries.first() == Some(&"dict") {
            let pairs = entries[1..].chunks_exact(2).filter_map(|it| Some((unquoted(it[0])?, it[1].to_owned())));
            self.write(source, &pairs.collect(), out);
        } else if argument == "." {
            self.write(source, &BTreeMap::new(), out);
        } else {
            self.put(at.0, at.1, &format!("{{{{ with {argument} }}}}"), out);
            self.write(source, &BTreeMap::new(), out);
            self.put(at.0, at.1, "{{ end }}", out);
        }
        self.open.pop();
        self.indent = outer;
    }

    /// Writes a text, its lines indented.
    fn put(&mut self, path: &'t str, at: usize, text: &str, out: &mut Inlined<'t>) {
        if self.indent == 0 {
            return self.piece(path, at, text, out);
        }
        let indent = " ".repeat(self.indent);
        let mut from = at;
        for line in text.split_inclusive('\n') {
            self.piece(path, from, line, out);
            from += line.len();
            if line.ends_with('\n') && self.bytes < MOST_BYTES {
                self.piece(path, from - 1, &indent, out);
            }
        }
    }

    fn piece(&mut self, path: &'t str, at: usize, text: &str, out: &mut Inlined<'t>) {
        out.pieces.push((out.text.len(), path, at));
        out.text += text;
        self.bytes += text.len();
    }
}

/// Returns how far a call's words indent what it prints, and whether on a line below.
fn indentation(words: &[&str]) -> Option<(bool, usize)> {
    let at = words.iter().position(|it| matches!(*it, "indent" | "nindent"))?;
    Some((words[at] == "nindent", words.get(at + 1)?.parse().ok()?))
}

/// Returns an action with the entries of a `dict` in the places of their names.
fn with_handed(action: &str, handed: &Handed<'_>) -> String {
    let mut out = String::with_capacity(action.len());
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let mut rest = action;
    while let Some(at) = rest.find('.') {
        let whole = action.len() - rest.len() + at;
        let starts_word = !action[..whole].ends_with(|c: char| is_name(c) || matches!(c, '.' | ')'));
        let end = rest[at + 1..].find(|c: char| !is_name(c)).map_or(rest.len(), |it| at + 1 + it);
        let value = handed.get(&rest[at + 1..end]).filter(|_| starts_word);
        let before = if value.is_some() { rest[..at].strip_suffix('$').unwrap_or(&rest[..at]) } else { &rest[..at] };
        out += before;
        match value.map(String::as_str) {
            Some("." | "$") if rest[end..].starts_with('.') => {}
            Some(value) => out += value,
            None => out += &rest[at..end],
        }
        rest = &rest[end..];
    }
    out + rest
}

#[cfg(test)]
mod tests;
