//! A template with its actions, the blocks that they make, and the keys of its YAML.

pub(super) mod entries;
mod flow;

use entries::{Entry, Reader};

use crate::pack::gotemplate::{self, Segment};

/// The deepest nesting of blocks that is looked into; no template that people write has more.
const DEEPEST: usize = 100;

/// A template with what the rules ask of it.
#[derive(Debug)]
pub(in crate::pack) struct Template<'t> {
    /// Its path in the pack.
    pub(in crate::pack) path: &'t str,
    /// Its text.
    pub(in crate::pack) text: &'t str,
    /// Its actions, in order.
    pub(in crate::pack) actions: Vec<Action<'t>>,
    /// The stretches between `if`, `else`, `end` and the like.
    pub(in crate::pack) blocks: Vec<Block<'t>>,
    /// Where braces or blocks do not match, and why.
    pub(in crate::pack) faults: Vec<(usize, String)>,
    /// The keys and list items of its YAML.
    pub(in crate::pack) entries: Vec<Entry<'t>>,
    /// Where its lines begin.
    pub(in crate::pack) starts: Vec<usize>,
}

/// What stands between braces.
#[derive(Debug, Clone, Copy)]
pub(in crate::pack) struct Action<'t> {
    /// Where its braces open.
    pub(in crate::pack) at: usize,
    /// Where its braces have closed.
    pub(in crate::pack) end: usize,
    /// The text between them.
    pub(in crate::pack) text: &'t str,
}

/// A stretch of a template that is printed if, with or for something.
#[derive(Debug, Clone)]
pub(in crate::pack) struct Block<'t> {
    /// `if`, `with`, `range`, `define`, `block`, or `else` for what stands behind one.
    pub(in crate::pack) keyword: &'t str,
    /// The action that opened it.
    pub(in crate::pack) guard: &'t str,
    /// Where it begins.
    pub(in crate::pack) start: usize,
    /// Where it ends.
    pub(in crate::pack) end: usize,
}

impl<'t> Template<'t> {
    /// Reads a template.
    pub(in crate::pack) fn of(path: &'t str, text: &'t str) -> Self {
        let actions: Vec<Action<'t>> = gotemplate::segments(text)
            .into_iter()
            .filter_map(|(at, segment)| match segment {
                Segment::Text(_) => None,
                Segment::Action(action) => {
                    let end = gotemplate::action_end(text, at + 2)? + 2;
                    Some(Action { at, end, text: action })
                }
            })
            .collect();
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let mut template =
            Self { path, text, actions, blocks: Vec::new(), faults: Vec::new(), entries: Vec::new(), starts };
        template.find_blocks();
        if !path.ends_with("NOTES.txt") {
            template.entries = Reader::read(&template);
        }
        template
    }

    /// Returns the line of a byte, from 1.
    pub(in crate::pack) fn line(&self, at: usize) -> usize {
        self.starts.partition_point(|it| *it <= at)
    }

    /// Returns the blocks around a byte, the innermost last.
    pub(in crate::pack) fn around(&self, at: usize) -> impl Iterator<Item = &Block<'t>> {
        self.blocks.iter().filter(move |it| it.start <= at && at < it.end)
    }

    /// Returns the text from an entry to the next one that does not belong to it.
    pub(in crate::pack) fn text_of(&self, entry: &Entry<'_>) -> &'t str {
        let behind = self.entries.iter().skip_while(|it| it.at <= entry.at);
        let mut others = behind.skip_while(|it| it.document == entry.document && it.path.starts_with(&entry.path));
        &self.text[entry.at..others.next().map_or(self.text.len(), |it| it.at)]
    }

    /// Returns the entries of each document.
    pub(in crate::pack) fn documents(&self) -> impl Iterator<Item = &[Entry<'t>]> {
        self.entries.chunk_by(|a, b| a.document == b.document)
    }

    fn find_blocks(&mut self) {
        let mut stack: Vec<usize> = Vec::new();
        for index in 0..self.actions.len() {
            let Action { at, end, text } = self.actions[index];
            let keyword = keyword(text);
            if matches!(keyword, "else" | "end") {
                match stack.pop() {
                    Some(open) => self.blocks[open].end = at,
                    None => self.faults.push((at, format!("`{keyword}` belongs to no block"))),
                }
            }
            if matches!(keyword, "if" | "with" | "range" | "define" | "block" | "else") {
                if stack.len() >= DEEPEST {
                    self.faults.push((at, format!("blocks are nested more than {DEEPEST} deep")));
                    self.actions.truncate(index);
                    stack.clear();
                    break;
                }
                stack.push(self.blocks.len());
                self.blocks.push(Block { keyword, guard: text, start: end, end: self.text.len() });
            }
        }
        let never_closed = |it: usize| (self.blocks[it].start, format!("`{}` is never closed", self.blocks[it].guard));
        self.faults.extend(stack.into_iter().map(never_closed));
        for (at, segment) in gotemplate::segments(self.text) {
            if let Segment::Text(text) = segment
                && let Some(open) = text.find("{{")
            {
                self.faults.push((at + open, "`{{` is never closed".to_owned()));
            }
        }
    }
}

/// Returns the first word of an action.
pub(in crate::pack) fn keyword(action: &str) -> &str {
    action.split(|c: char| c.is_whitespace() || c == '(').next().unwrap_or_default()
}

/// Tells whether an action sets a variable.
pub(in crate::pack) fn is_assignment(action: &str) -> bool {
    let name_end = action.find(|c: char| !(c.is_alphanumeric() || c == '$' || c == '_')).unwrap_or(action.len());
    let behind = action[name_end..].trim_start();
    action.starts_with('$') && (behind.starts_with(":=") || behind.starts_with('='))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_end_where_their_branch_ends() {
        let template = Template::of("t", "{{ if a }}1{{ else if b }}2{{ else }}3{{ end }}4{{ end }}{{ with c }}");
        let blocks: Vec<(&str, &str)> =
            template.blocks.iter().map(|it| (it.guard, &template.text[it.start..it.end])).collect();
        assert_eq!(blocks, [("if a", "1"), ("else if b", "2"), ("else", "3"), ("with c", "")]);
        let faults: Vec<&str> = template.faults.iter().map(|it| it.1.as_str()).collect();
        assert_eq!(faults, ["`end` belongs to no block", "`with c` is never closed"]);
    }
}
