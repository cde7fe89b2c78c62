//! What the words of a template's actions stand for: values of the chart, and what was made of them.
//!
//! Nothing is evaluated. What cannot be told stands for nothing.

use super::functions::{Reads, called};
use super::words::{assignment, words};

/// The deepest nesting of parentheses that is looked into.
const DEEPEST: usize = 30;

/// What was written around a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Quotes {
    /// Nothing.
    #[default]
    None,
    /// `quote`.
    Double,
    /// `squote`, which leaves quotes inside as they are.
    Single,
    /// `toJson`, `toYaml`.
    Encoded,
    /// Somebody replaced quotes by hand.
    Escaped,
}

/// What an expression stands for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Meaning {
    /// The value of values.yaml that it is or was made of; `[]` stands for any item, nothing for all values.
    pub(super) path: Option<Vec<String>>,
    /// Whether it is or holds the chart's root.
    pub(super) is_root: bool,
    /// Whether something else may stand for it, so that what is behind it may be missing.
    pub(super) is_lenient: bool,
    /// What a list was joined with; empty if that cannot be told.
    pub(super) separator: Option<String>,
    /// Whether each `$` was doubled.
    pub(super) is_doubled: bool,
    /// What was written around it.
    pub(super) quotes: Quotes,
}

impl Meaning {
    fn root() -> Self {
        Self { is_root: true, ..Self::default() }
    }

    /// Returns what a name behind this one stands for.
    pub(super) fn field(&self, name: &str) -> Self {
        if name == "Values" {
            return Self { path: Some(Vec::new()), ..Self::default() };
        }
        let path = self.path.as_ref().filter(|_| self.separator.is_none());
        let path = path.map(|above| above.iter().cloned().chain([name.to_owned()]).collect());
        Self { path, is_lenient: self.is_lenient, ..Self::default() }
    }

    /// Returns what any of its items stands for.
    pub(super) fn item(&self) -> Self {
        Self { is_root: self.is_root, ..self.field("[]") }
    }
}

/// What an action does.
#[derive(Debug, Default)]
pub(super) struct Step {
    /// What it prints, if it prints.
    pub(super) printed: Option<Meaning>,
    /// The values that it reads, by path.
    pub(super) reads: Vec<Vec<String>>,
}

/// The dot in a block, and how many variables there are around it.
struct Frame {
    dot: Meaning,
    /// Whether it is a named template, which may be handed anything.
    is_named: bool,
    variables: usize,
}

/// What dot and variables stand for, action by action.
pub(super) struct Names {
    frames: Vec<Frame>,
    variables: Vec<(String, Meaning)>,
}

impl Default for Names {
    fn default() -> Self {
        Self { frames: vec![Frame { dot: Meaning::root(), is_named: false, variables: 0 }], variables: Vec::new() }
    }
}

impl Names {
    /// Returns what the dot is for an action, if it is certain that it is not the chart's root.
    pub(super) fn rebound(&self, action: &str) -> Option<&Meaning> {
        // What stands behind `else` belongs to the outer dot.
        let is_else = action.split_whitespace().next() == Some("else");
        let dot = &self.frames[self.frames.len().saturating_sub(if is_else { 2 } else { 1 })].dot;
        let is_certain = dot.path.is_some() || self.frames.iter().all(|it| !it.is_named);
        Some(dot).filter(|it| !it.is_root && is_certain)
    }

    /// Takes note of what an action names, opens and closes, and tells what it does.
    pub(super) fn step(&mut self, action: &str) -> Step {
        let mut reads = Vec::new();
        let keyword = action.split(|c: char| c.is_whitespace() || c == '(').next().unwrap_or_default();
        let rest = action[keyword.len()..].trim_start();
        let mut printed = None;
        match keyword {
            "if" => self.ask(rest, &mut reads),
            "with" | "range" => self.bind(keyword, rest, &mut reads),
            "else" => {
                self.close();
                let inner = rest.split_whitespace().next().unwrap_or_default();
                match inner {
                    "with" => self.bind(inner, rest[inner.len()..].trim_start(), &mut reads),
                    "if" => self.ask(rest[inner.len()..].trim_start(), &mut reads),
                    _ => self.ask("", &mut reads),
                }
            }
            "end" => self.close(),
            // Whoever includes it hands the root to it, nearly always.
            "define" => self.open_named(Meaning::root()),
            "block" => {
                let dot = self.meaning(words(rest).get(1).copied().unwrap_or_default(), &mut reads);
                self.open_named(dot);
            }
            _ => printed = self.plain(action, &mut reads),
        }
        Step { printed, reads }
    }

    fn plain(&mut self, action: &str, reads: &mut Vec<Vec<String>>) -> Option<Meaning> {
        let Some((names, is_new, value)) = assignment(action) else { return Some(self.meaning(action, reads)) };
        let mark = reads.len();
        let meaning = self.meaning(value, reads);
        // Another name for all values reads none of them yet.
        reads.truncate(if meaning.path.as_ref().is_some_and(Vec::is_empty) { mark } else { reads.len() });
        let name = names.trim().to_owned();
        match self.variables.iter_mut().rev().find(|it| it.0 == name).filter(|_| !is_new) {
            Some(known) => known.1 = meaning,
            None => self.variables.push((name, meaning)),
        }
        None
    }

    fn bind(&mut self, keyword: &str, rest: &str, reads: &mut Vec<Vec<String>>) {
        let (names, value) = assignment(rest).map_or(("", rest), |(names, _, value)| (names, value));
        let mark = reads.len();
        let meaning = self.meaning(value, reads);
        if keyword == "with" && meaning.path.as_ref().is_some_and(Vec::is_empty) {
            reads.truncate(mark);
        }
        let dot = if keyword == "range" { meaning.item() } else { meaning };
        self.open(dot.clone());
        let mut names = names.rsplit(',').map(|it| it.trim().to_owned()).filter(|it| !it.is_empty());
        self.variables.extend(names.next().map(|it| (it, dot)));
        self.variables.extend(names.map(|it| (it, Meaning::default())));
    }

    /// Opens a block that keeps the dot.
    fn ask(&mut self, rest: &str, reads: &mut Vec<Vec<String>>) {
        let set = assignment(rest);
        let meaning = self.meaning(set.map_or(rest, |(_, _, value)| value), reads);
        self.open(self.dot().clone());
        self.variables.extend(set.map(|(name, ..)| (name.trim().to_owned(), meaning)));
    }

    fn open_named(&mut self, dot: Meaning) {
        self.frames.push(Frame { dot, is_named: true, variables: self.variables.len() });
    }

    fn open(&mut self, dot: Meaning) {
        self.frames.push(Frame { dot, is_named: false, variables: self.variables.len() });
    }

    fn close(&mut self) {
        if self.frames.len() > 1
            && let Some(frame) = self.frames.pop()
        {
            self.variables.truncate(frame.variables);
        }
    }

    fn dot(&self) -> &Meaning {
        &self.frames[self.frames.len() - 1].dot
    }

    /// Returns what an expression stands for, and adds the values that it reads.
    pub(super) fn meaning(&self, expression: &str, reads: &mut Vec<Vec<String>>) -> Meaning {
        self.nested(expression, reads, 0)
    }

    fn nested(&self, expression: &str, reads: &mut Vec<Vec<String>>, depth: usize) -> Meaning {
        if depth > DEEPEST {
            return Meaning::default();
        }
        let words = words(expression);
        let mut piped: Option<Meaning> = None;
        for stage in words.split(|it| *it == "|") {
            let Some((first, rest)) = stage.split_first() else { continue };
            let mark = reads.len();
            if first.starts_with(['.', '$', '(', '"', '`']) {
                piped = Some(self.operand(first, reads, depth));
                continue;
            }
            let mut given: Vec<Meaning> = rest.iter().map(|it| self.operand(it, reads, depth)).collect();
            given.extend(piped.take());
            piped = Some(called(first, rest, &given, &mut Reads { all: reads, mark }));
        }
        piped.unwrap_or_default()
    }

    /// Returns what a word stands for: `.a.b`, `$x.a`, `(…).a`.
    fn operand(&self, word: &str, reads: &mut Vec<Vec<String>>, depth: usize) -> Meaning {
        let (mut meaning, fields) = match word.chars().next() {
            Some('(') => {
                let end = word.rfind(')').unwrap_or(word.len());
                let meaning = self.nested(&word[1..end.max(1)], reads, depth + 1);
                let is_lenient = end + 1 < word.len();
                (Meaning { is_lenient, ..meaning }, word.get(end + 1..).unwrap_or_default())
            }
            Some('$') => {
                let (name, fields) = word.split_once('.').unwrap_or((word, ""));
                (self.variable(name), fields)
            }
            Some('.') => (self.dot().clone(), &word[1..]),
            _ => return Meaning::default(),
        };
        let fields: Vec<&str> = fields.split('.').filter(|it| !it.is_empty()).collect();
        if fields.contains(&"Subcharts") {
            return Meaning::default();
        }
        for field in &fields {
            meaning = meaning.field(field);
        }
        // Behind parentheses or a default what is missing does no harm, and all of the value was read already.
        if !word.starts_with('(') && !meaning.is_lenient {
            reads.extend(meaning.path.clone());
        }
        meaning
    }

    fn variable(&self, name: &str) -> Meaning {
        if name == "$" {
            return Meaning::root();
        }
        self.variables.iter().rev().find(|it| it.0 == name).map(|it| it.1.clone()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
