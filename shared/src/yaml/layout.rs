//! Where things stand in a YAML text: nodes with their bytes, for those who change or describe a text.

use std::collections::BTreeSet;
use std::ops::Range;

use granit_parser::{Event, Parser, ScalarStyle, Span, StructureStyle};
use serde_json::Value;

use super::number;
use super::scalar::{self, Plain};

/// How a node is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Style {
    /// A single value, or an alias.
    Scalar,
    /// A list or mapping by indentation.
    Block,
    /// A list or mapping in brackets.
    Flow {
        /// Where the opening bracket is.
        open: usize,
    },
}

/// One node of a text.
#[derive(Debug, Clone)]
pub struct Node {
    /// How it is written.
    pub style: Style,
    /// Its bytes; of a block node only the beginning is exact.
    pub range: Range<usize>,
    /// The entries of a list; the keys and values of a mapping, in turn.
    pub children: Vec<Self>,
    /// The text of a scalar; empty for others.
    pub text: String,
    is_mapping: bool,
    is_plain: bool,
}

impl Node {
    /// Returns where the last byte of the node's content ends.
    pub fn last_byte(&self) -> usize {
        match self.style {
            Style::Block => self.children.last().map_or(self.range.end, Self::last_byte),
            Style::Scalar | Style::Flow { .. } => self.range.end,
        }
    }

    /// Returns the keys of a mapping with their values; nothing for other nodes.
    pub fn pairs(&self) -> impl DoubleEndedIterator<Item = (&Self, &Self)> {
        let children = if self.is_mapping { self.children.as_slice() } else { &[] };
        children.chunks_exact(2).map(|pair| (&pair[0], &pair[1]))
    }

    fn keys(&self, above: &mut Vec<String>, found: &mut Vec<(Vec<String>, usize)>) {
        for (key, value) in self.pairs() {
            above.push(key.text.clone());
            found.push((above.clone(), key.range.start));
            value.keys(above, found);
            above.pop();
        }
    }

    /// Adds the keys below this node that Helm reads as another text.
    fn changed_keys(&self, found: &mut Vec<(String, String, usize)>) {
        for (key, _) in self.pairs().filter(|(key, _)| key.is_plain) {
            let read = match scalar::resolve(&key.text) {
                Plain::Value(Value::Bool(it)) => it.to_string(),
                Plain::Value(Value::Number(it)) => number::key(&it),
                _ => continue,
            };
            if read != key.text {
                found.push((key.text.clone(), read, key.range.start));
            }
        }
        self.children.iter().for_each(|it| it.changed_keys(found));
    }

    fn duplicates(&self, above: &mut Vec<String>, found: &mut Vec<(Vec<String>, usize)>) {
        let mut seen = BTreeSet::new();
        for (key, value) in self.pairs() {
            above.push(key.text.clone());
            if key.style == Style::Scalar && key.text != "<<" && !seen.insert(key.text.as_str()) {
                found.push((above.clone(), key.range.start));
            }
            value.duplicates(above, found);
            above.pop();
        }
        if !self.is_mapping {
            for (index, item) in self.children.iter().enumerate() {
                above.push(index.to_string());
                item.duplicates(above, found);
                above.pop();
            }
        }
    }
}

/// The nodes of a text that holds one document.
#[derive(Debug, Clone)]
pub struct Layout {
    /// The document's node; `None` if the text holds none.
    pub root: Option<Node>,
}

impl Layout {
    /// Returns the layout of `text`; `None` if it is no YAML.
    pub fn of(text: &str) -> Option<Self> {
        let mut events = Parser::new_from_str(text);
        loop {
            match next(&mut events)? {
                (Event::StreamEnd, _) => return Some(Self { root: None }),
                (Event::DocumentStart(..), _) => {
                    let (event, span) = next(&mut events)?;
                    return Some(Self { root: Some(node(&mut events, event, &span)?) });
                }
                _ => {}
            }
        }
    }

    /// Returns the bytes of the top-level key `key`, and its value.
    pub fn top_level(&self, key: &str) -> Option<(Range<usize>, &Node)> {
        let root = self.root.as_ref().filter(|it| it.is_mapping)?;
        let mut pairs = root.children.chunks_exact(2);
        pairs.find(|pair| pair[0].text == key).map(|pair| (pair[0].range.clone(), &pair[1]))
    }

    /// Returns the paths of all keys in mappings, and where they begin; keys inside lists are left out.
    pub fn keys(&self) -> Vec<(Vec<String>, usize)> {
        let mut found = Vec::new();
        if let Some(root) = &self.root {
            root.keys(&mut Vec::new(), &mut found);
        }
        found
    }

    /// Returns the keys that Helm reads as another text (`on` as `true`), with that text and where they begin.
    pub fn changed_keys(&self) -> Vec<(String, String, usize)> {
        let mut found = Vec::new();
        if let Some(root) = &self.root {
            root.changed_keys(&mut found);
        }
        found
    }

    /// Returns the keys that their mapping has already, with where the later one begins; `<<` may be repeated.
    pub fn duplicates(&self) -> Vec<(Vec<String>, usize)> {
        let mut found = Vec::new();
        if let Some(root) = &self.root {
            root.duplicates(&mut Vec::new(), &mut found);
        }
        found
    }
}

type Events<'t> = Parser<'t, granit_parser::StrInput<'t>>;

/// Returns the next event that is no comment; `None` where the text is no YAML.
fn next<'t>(events: &mut Events<'t>) -> Option<(Event<'t>, Span)> {
    loop {
        match events.next()?.ok()? {
            (Event::Comment(..), _) => {}
            found => return Some(found),
        }
    }
}

fn node(events: &mut Events<'_>, event: Event<'_>, span: &Span) -> Option<Node> {
    let range = span.byte_range()?;
    let (is_mapping, style) = match event {
        Event::Scalar(text, style, _, tag) => {
            let is_plain = style == ScalarStyle::Plain && tag.is_none();
            let text = text.into_owned();
            return Some(Node { style: Style::Scalar, range, children: Vec::new(), text, is_mapping: false, is_plain });
        }
        Event::Alias(_) => {
            let text = String::new();
            let style = Style::Scalar;
            return Some(Node { style, range, children: Vec::new(), text, is_mapping: false, is_plain: false });
        }
        Event::MappingStart(style, ..) => (true, style),
        Event::SequenceStart(style, ..) => (false, style),
        _ => return None,
    };
    let mut children = Vec::new();
    let end = loop {
        match next(events)? {
            (Event::MappingEnd | Event::SequenceEnd, span) => break span.byte_range()?.end,
            (event, span) => children.push(node(events, event, &span)?),
        }
    };
    let style = match style {
        StructureStyle::Block => Style::Block,
        StructureStyle::Flow => Style::Flow { open: range.start },
    };
    Some(Node { style, range: range.start..end, children, text: String::new(), is_mapping, is_plain: false })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_are_no_texts_are_found() {
        let layout = Layout::of("on: {012: a}\n\"on\": 1\n12: 1\na: [y: 1]\n").unwrap();
        let text = |text: &str| text.to_owned();
        let expected = [(text("on"), text("true"), 0), (text("012"), text("10"), 5), (text("y"), text("true"), 31)];
        assert_eq!(layout.changed_keys(), expected);
    }

    #[test]
    fn keys_are_found_and_counted() {
        let text = "a:\n  b: 1\n  c: [{d: 1, d: 2}]\n\"a\": {<<: {}, <<: {}}\n";
        let layout = Layout::of(text).unwrap();
        let shown: Vec<_> = layout.duplicates().into_iter().map(|(path, at)| (path.join("."), at)).collect();
        assert_eq!(shown, [("a.c.0.d".to_owned(), 23), ("a".to_owned(), 30)]);
        let shown: Vec<_> = layout.keys().into_iter().map(|(path, at)| (path.join("."), at)).collect();
        let expected = [("a", 0), ("a.b", 5), ("a.c", 12), ("a", 30), ("a.<<", 36), ("a.<<", 44)];
        assert_eq!(shown, expected.map(|(path, at)| (path.to_owned(), at)));
    }
}
