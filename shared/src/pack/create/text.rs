//! The lines of a chart's template: YAML by its indentation, with Go actions in between.

/// The lines of one file.
pub(super) struct Lines<'t>(pub(super) Vec<&'t str>);

impl<'t> Lines<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        Self(text.lines().collect())
    }

    /// Returns the blanks before a line's content.
    pub(super) fn indent(&self, at: usize) -> usize {
        self.0[at].len() - self.0[at].trim_start().len()
    }

    /// Tells whether a line is YAML: neither blank nor a comment nor an action that stands alone.
    pub(super) fn is_yaml(&self, at: usize) -> bool {
        let line = self.0[at].trim_start();
        !line.is_empty() && !line.starts_with('#') && !line.starts_with("{{") && !line.starts_with("---")
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
            self.0[*it].starts_with("---") || (self.is_yaml(*it) && (self.indent(*it) < indent || same))
        };
        (at + 1..end).find(is_out).unwrap_or(end)
    }

    /// Tells whether a line begins an entry of a list.
    pub(super) fn is_entry(&self, at: usize) -> bool {
        self.0[at].trim_start().starts_with("- ")
    }

    /// Returns the line of `key` with this indentation; the dash of a list entry counts as a blank.
    pub(super) fn key(&self, key: &str, indent: usize, from: usize, end: usize) -> Option<usize> {
        (from..end).find(|it| {
            let line = self.0[*it];
            let content = line.trim_start_matches([' ', '-']);
            line.len() - content.len() == indent && value_of(content, key).is_some() && self.is_yaml(*it)
        })
    }

    /// Returns what stands behind the colon of the key on line `at`.
    pub(super) fn value(&self, at: usize) -> &'t str {
        self.0[at].split_once(':').map_or("", |(_, value)| value.trim())
    }

    /// Returns the line that keeps the key on line `at` and has another value.
    pub(super) fn with_value(&self, at: usize, value: &str) -> String {
        let key = self.0[at].split_once(':').map_or(self.0[at], |(key, _)| key);
        format!("{key}: {value}")
    }
}

fn value_of<'t>(content: &'t str, key: &str) -> Option<&'t str> {
    content.strip_prefix(key)?.strip_prefix(':').filter(|it| it.is_empty() || it.starts_with(' '))
}

/// Changes to a file: each line may be replaced, and get lines behind it.
#[derive(Debug, Default)]
pub(super) struct Edits(Vec<(usize, bool, String)>);

impl Edits {
    pub(super) fn replace(&mut self, at: usize, line: String) {
        self.0.push((at, true, line));
    }

    pub(super) fn insert_after(&mut self, at: usize, line: String) {
        self.0.push((at, false, line));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns `text` with the changes; everything else stays byte for byte.
    pub(super) fn applied(&self, text: &str) -> String {
        let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
        let mut out = String::with_capacity(text.len() + 256);
        for (at, whole) in text.split_inclusive('\n').enumerate() {
            let written = |line: &str| line.replace('\n', newline) + newline;
            let here = || self.0.iter().filter(move |it| it.0 == at);
            match here().find(|it| it.1) {
                Some((.., line)) => out += &written(line),
                None => out += whole,
            }
            for (.., line) in here().filter(|it| !it.1) {
                if !out.ends_with('\n') {
                    out += newline;
                }
                out += &written(line);
            }
        }
        out
    }
}
