//! Flow lists and maps: `[a, b]`, `{a: 1}`, and JSON.

use super::entries::{Form, Reader, close};

/// The deepest nesting that is looked into; no manifest that people write has more.
const DEEPEST: usize = 50;

/// A list or map that is open.
struct Level {
    is_map: bool,
    /// Whether a key waits for its value; its entry is there already.
    has_key: bool,
    /// How many keys and items were open when it began.
    depth: usize,
}

impl Reader<'_, '_> {
    /// Reads the list or map at `from`, adds what is in it, and returns where it ends; if it is never closed, only what
    /// is on its line counts.
    pub(super) fn flow(&mut self, from: usize, line_end: usize) -> usize {
        let (open, found) = (self.stack.len(), self.found.len());
        let to = if self.is_broken { line_end } else { self.border };
        let end = self.levels(from, to);
        self.stack.truncate(open);
        end.unwrap_or_else(|| {
            self.is_broken = true;
            let is_below = self.found[found..].iter().take_while(|it| it.at < line_end).count();
            self.found.truncate(found + is_below);
            line_end
        })
    }

    fn levels(&mut self, from: usize, to: usize) -> Option<usize> {
        let mut levels: Vec<Level> = Vec::new();
        let mut at = from;
        while at < to {
            let byte = self.masked.as_bytes()[at];
            match byte {
                b'[' | b'{' => {
                    self.enter(&mut levels, at, to)?;
                    at += 1;
                }
                b']' | b'}' => {
                    let level = levels.pop()?;
                    self.stack.truncate(level.depth);
                    at += 1;
                    let Some(outer) = levels.last_mut() else { return Some(at) };
                    outer.has_key = false;
                }
                b',' => {
                    self.next_part(levels.last_mut()?);
                    at += 1;
                }
                b'#' if at > 0 && self.masked.as_bytes()[at - 1].is_ascii_whitespace() => {
                    at = self.masked[at..].find('\n').map_or(to, |it| at + it);
                }
                it if it.is_ascii_whitespace() => at += 1,
                b'-' if self.masked[..at].ends_with('\n') && self.masked[at..].starts_with("---") => return None,
                _ => at = self.scalar(levels.last_mut()?, at, to)?,
            }
        }
        None
    }

    /// Opens a list or map in what is open.
    fn enter(&mut self, levels: &mut Vec<Level>, at: usize, to: usize) -> Option<()> {
        if levels.len() >= DEEPEST {
            return None;
        }
        if let Some(outer) = levels.last_mut() {
            if outer.has_key {
                if let Some(key) = self.found.last_mut() {
                    (key.form, key.value_at) = (Form::Flow, at);
                    key.value = &self.template.text[at..to.min(at + 1)];
                }
            } else {
                self.next_part(outer);
                self.descend(usize::MAX, "[]".to_owned());
            }
        }
        levels.push(Level { is_map: self.masked.as_bytes()[at] == b'{', has_key: false, depth: self.stack.len() });
        Some(())
    }

    /// Closes the key or item that is open in a list or map.
    fn next_part(&mut self, level: &mut Level) {
        self.stack.truncate(level.depth);
        level.has_key = false;
    }

    /// Reads a key, an item or a value, and returns where it ends.
    fn scalar(&mut self, level: &mut Level, at: usize, to: usize) -> Option<usize> {
        let bytes = self.masked.as_bytes();
        let form = match bytes[at] {
            b'"' => Form::Double,
            b'\'' => Form::Single,
            _ => Form::Plain,
        };
        let end = if form == Form::Plain { self.plain_end(at, to) } else { close(&self.masked[..to], at)? };
        let colon = end + self.masked[end..to].bytes().take_while(|it| *it == b' ').count();
        let behind = bytes.get(colon + 1).copied().unwrap_or(b'\n');
        let ends_key = behind.is_ascii_whitespace() || matches!(behind, b',' | b'}' | b']') || form != Form::Plain;
        if colon < to && bytes[colon] == b':' && ends_key && !level.has_key {
            self.next_part(level);
            let key = self.template.text[at..end].trim().trim_matches(['"', '\'']).to_owned();
            self.descend(usize::MAX, key);
            self.entry(at, colon + 1, colon + 1);
            level.has_key = true;
            return Some(colon + 1);
        }
        if !level.has_key {
            self.next_part(level);
            self.descend(
                usize::MAX,
                if level.is_map { self.template.text[at..end].to_owned() } else { "[]".to_owned() },
            );
            self.entry(at, at, at);
        }
        let value = self.template.text[at..end].trim_end();
        if let Some(entry) = self.found.last_mut() {
            (entry.value_at, entry.value, entry.end, entry.form) = (at, value, at + value.len(), form);
        }
        Some(end)
    }

    fn plain_end(&self, at: usize, to: usize) -> usize {
        let bytes = self.masked.as_bytes();
        let ends = |it: usize| match bytes[it] {
            b',' | b'[' | b']' | b'{' | b'}' | b'\n' => true,
            b':' => bytes.get(it + 1).is_none_or(|it| it.is_ascii_whitespace() || matches!(it, b',' | b'}' | b']')),
            b'#' => bytes[it - 1] == b' ',
            _ => false,
        };
        (at + 1..to).find(|it| ends(*it)).unwrap_or(to)
    }
}
