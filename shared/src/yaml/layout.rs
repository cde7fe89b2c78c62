//! Where things stand in a YAML text: nodes with their bytes, for those who change or describe a text.

use std::ops::Range;

use granit_parser::{Event, Parser, Span, StructureStyle};

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
}

impl Node {
    /// Returns where the last byte of the node's content ends.
    pub fn last_byte(&self) -> usize {
        match self.style {
            Style::Block => self.children.last().map_or(self.range.end, Self::last_byte),
            Style::Scalar | Style::Flow { .. } => self.range.end,
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
        Event::Scalar(text, ..) => {
            let text = text.into_owned();
            return Some(Node { style: Style::Scalar, range, children: Vec::new(), text, is_mapping: false });
        }
        Event::Alias(_) => {
            let text = String::new();
            return Some(Node { style: Style::Scalar, range, children: Vec::new(), text, is_mapping: false });
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
    Some(Node { style, range: range.start..end, children, text: String::new(), is_mapping })
}
