//! The pack that is looked at, read once for all rules.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::{Finding, RenderFault, rules};
use crate::jinja::engine::Rendered;
use crate::pack::chart::{CHART_FILE, Chart, VALUES_FILE};
use crate::pack::describe::Readable;
use crate::pack::gotemplate::{libraries, templates, values_in, values_paths};
use crate::pack::inline::{Inlined, inlined};
use crate::pack::outline::Template;
use crate::pack::placeholder::Placeholders;
use crate::pack::pod_count;
use crate::pack::tree::PackTree;
use crate::yaml::layout::Layout;
use crate::yaml::read::{self, ReadError};

/// A pack with what its files say, as far as they can be read.
#[derive(Debug)]
pub(super) struct Subject<'t> {
    /// The folder's name.
    pub(super) name: &'t str,
    /// Its files.
    pub(super) tree: &'t PackTree,
    /// Its Chart.yaml.
    pub(super) chart: Option<Chart>,
    /// The text of its values; empty if there is none.
    pub(super) source: &'t str,
    /// Its values, the placeholders filled in; `None` if they cannot be read.
    pub(super) values: Option<Map<String, Value>>,
    /// What was filled in.
    pub(super) placeholders: Placeholders,
    /// Its templates.
    pub(super) templates: Vec<Template<'t>>,
    /// The templates of the charts in its chart.
    pub(super) libraries: Vec<Template<'t>>,
    /// The values text without Jinja, and what stands where in it.
    plain: String,
    layout: Option<Layout>,
    /// The lines of the keys in it.
    lines: BTreeMap<Vec<String>, usize>,
}

impl<'t> Subject<'t> {
    /// Reads a pack; the second part tells what of it could not be read.
    pub(super) fn of(
        name: &'t str,
        tree: &'t PackTree,
        rendered: Result<Rendered, RenderFault>,
    ) -> (Self, Vec<Finding>) {
        let mut found = not_text(tree);
        let source = tree.text(VALUES_FILE).filter(|it| it.len() <= MOST_TEXT).unwrap_or_default();
        let plain = Readable::of(source).text;
        let layout = Layout::of(&plain);
        let mut subject = Self {
            name,
            tree,
            chart: tree.text(CHART_FILE).and_then(|it| Chart::read(name, it).ok()),
            source,
            values: None,
            placeholders: super::placeholders(),
            templates: templates(tree)
                .filter(|(_, it)| it.len() <= MOST_TEXT)
                .map(|(path, text)| Template::of(path, text))
                .collect(),
            libraries: libraries(tree)
                .filter(|(_, it)| it.len() <= MOST_TEXT)
                .map(|(path, text)| Template::of(path, text))
                .collect(),
            lines: lines(&plain, layout.as_ref()),
            layout,
            plain,
        };
        match rendered {
            Ok(rendered) => subject.read_values(&rendered, &mut found),
            Err(fault) => found.push(Finding::new(
                rules::VALUES_JINJA,
                VALUES_FILE,
                fault.line,
                format!("it cannot be rendered: {}", fault.message),
                "only Jinja with NAUTA.* placeholders belongs here; Helm's `{{ .Values.x }}` belongs into templates/",
            )),
        }
        (subject, found)
    }

    fn read_values(&mut self, rendered: &Rendered, found: &mut Vec<Finding>) {
        if self.tree.get(VALUES_FILE).is_none() {
            let message = "there is no values.yaml";
            found.push(Finding::new(rules::VALUES_YAML, VALUES_FILE, None, message, "add one with `podCount: 1`"));
            return;
        }
        match read::mapping(&rendered.text) {
            Ok(mut values) => {
                values = rendered.tokens.restore_map(values);
                // Whether the pods can be counted is for its own rule.
                let _ = pod_count::settle(&mut values);
                self.values = Some(values);
            }
            Err(error) => found.push(self.unreadable(&error, rendered)),
        }
        for (path, at) in Layout::of(&rendered.text).iter().flat_map(Layout::duplicates) {
            let restore = |it: &String| rendered.tokens.restore(it).unwrap_or_else(|| it.clone());
            let path: Vec<String> = path.iter().map(restore).collect();
            let line = self.line_of(&path).or_else(|| self.source_line(rendered, 1 + newlines(&rendered.text[..at])));
            found.push(duplicate(VALUES_FILE, line, &path));
        }
    }

    fn unreadable(&self, error: &ReadError, rendered: &Rendered) -> Finding {
        let line = match error {
            ReadError::Syntax { line, message, .. } if message.contains("tab") => {
                // The parser tells of the line before.
                let is_tabbed = |it: &str| it.trim_start_matches(' ').starts_with('\t');
                let at = rendered.text.lines().skip(line.saturating_sub(1)).position(is_tabbed).unwrap_or(0);
                self.source_line(rendered, line + at)
            }
            ReadError::Syntax { line, .. } | ReadError::Content { line, .. } => self.source_line(rendered, *line),
            ReadError::NoMapping { .. } => None,
        };
        let message = match error {
            ReadError::Syntax { message, .. } => message.clone(),
            ReadError::Content { message, .. } => (*message).to_owned(),
            ReadError::NoMapping { .. } => error.to_string(),
        };
        let message = format!("with its placeholders filled in it is no YAML that Helm can load: {message}");
        let fix = "one document with a mapping of keys to values";
        Finding::new(rules::VALUES_YAML, VALUES_FILE, line, message, fix)
    }

    /// Returns the line of the source that a line of the rendered text came from, where that is certain.
    fn source_line(&self, rendered: &Rendered, line: usize) -> Option<usize> {
        let unchanged = self.source.lines().count() == rendered.text.lines().count();
        let plain_before = self.source.lines().take(line).all(|it| !it.contains("{%"));
        (unchanged || plain_before).then_some(line)
    }

    /// Returns the line of a value in values.yaml; `None` if it does not stand there literally.
    pub(super) fn line_of(&self, path: &[String]) -> Option<usize> {
        self.lines.get(path).copied()
    }

    /// Returns the keys of values.yaml that YAML changes, with what becomes of them and their lines.
    pub(super) fn changed_keys(&self) -> Vec<(String, String, usize)> {
        let keys = self.layout.iter().flat_map(Layout::changed_keys);
        keys.map(|(written, read, at)| (written, read, 1 + newlines(&self.plain[..at]))).collect()
    }

    /// Returns the paths at which a value stands that `is_wanted`.
    pub(super) fn paths_of(&self, is_wanted: impl Fn(&Value) -> bool) -> Vec<Vec<String>> {
        let mut found = Vec::new();
        if let Some(values) = &self.values {
            find(values, &is_wanted, &mut Vec::new(), &mut found);
        }
        found
    }

    /// Returns the paths of the values that hold the experiment's name and nothing else.
    pub(super) fn experiment_paths(&self) -> BTreeSet<Vec<String>> {
        let name = self.placeholders.experiment.as_str();
        self.paths_of(|it| it.as_str() == Some(name)).into_iter().collect()
    }

    /// Tells whether the actions in a text read one of `paths`.
    pub(super) fn reads_one_of(text: &str, paths: &BTreeSet<Vec<String>>) -> bool {
        values_in(text).iter().any(|it| paths.contains(it))
    }

    /// Returns the value at a path.
    pub(super) fn value(&self, path: &[String]) -> Option<&Value> {
        let (first, rest) = path.split_first()?;
        rest.iter().try_fold(self.values.as_ref()?.get(first)?, |value, part| value.get(part))
    }

    /// Returns what a scalar prints: itself, or the value that it is made of by one action.
    pub(super) fn printed(&self, plain: &str) -> String {
        let action = plain.strip_prefix("{{").and_then(|it| it.strip_suffix("}}")).filter(|it| !it.contains("{{"));
        let Some(action) = action.map(|it| it.trim_matches(['-', ' '])) else { return plain.to_owned() };
        let mut words = action.split(|c: char| c.is_whitespace() || c == '|').filter(|it| !it.is_empty());
        let is_alone = words.all(|it| {
            it.contains(".Values.")
                || it.starts_with('"')
                || matches!(it, "quote" | "default" | "required" | "toString")
        });
        match (values_paths(action).as_slice(), is_alone) {
            ([path], true) => match self.value(path) {
                Some(Value::String(text)) => text.clone(),
                Some(value @ (Value::Bool(_) | Value::Number(_))) => value.to_string(),
                _ => plain.to_owned(),
            },
            _ => plain.to_owned(),
        }
    }

    /// Returns all templates with what they include.
    pub(super) fn inlined(&self) -> Vec<Inlined<'t>> {
        let texts = |all: &[Template<'t>]| all.iter().map(|it| (it.path, it.text)).collect::<Vec<_>>();
        inlined(texts(&self.templates), texts(&self.libraries))
    }

    /// Returns the line of a byte of a template.
    pub(super) fn line_in(&self, file: &str, at: usize) -> Option<usize> {
        let template = self.templates.iter().chain(&self.libraries).find(|it| it.path == file);
        template.map(|it| it.line(at))
    }

    /// Returns the templates that make objects or parts of them: all but the notes.
    pub(super) fn manifests(&self) -> impl Iterator<Item = &Template<'t>> {
        self.templates.iter().filter(|it| !it.path.ends_with("NOTES.txt"))
    }
}

fn find(
    values: &Map<String, Value>,
    is_wanted: &impl Fn(&Value) -> bool,
    above: &mut Vec<String>,
    found: &mut Vec<Vec<String>>,
) {
    for (key, value) in values {
        above.push(key.clone());
        if is_wanted(value) {
            found.push(above.clone());
        } else if let Value::Object(map) = value {
            find(map, is_wanted, above, found);
        }
        above.pop();
    }
}

/// Returns the finding about a key that is there twice.
pub(super) fn duplicate(file: &str, line: Option<usize>, path: &[String]) -> Finding {
    let message = format!("the key `{}` is there already: Helm keeps only the last one", path.join("."));
    Finding::new(rules::DUPLICATE_KEY, file, line, message, "remove one of them")
}

/// Returns the line of each key, of the last one where there are several.
fn lines(text: &str, layout: Option<&Layout>) -> BTreeMap<Vec<String>, usize> {
    let ends: Vec<usize> = text.match_indices('\n').map(|(at, _)| at).collect();
    let keys = layout.into_iter().flat_map(Layout::keys);
    keys.map(|(path, at)| (path, 1 + ends.partition_point(|it| *it < at))).collect()
}

/// Returns the line ends in a text.
pub(super) fn newlines(text: &str) -> usize {
    text.matches('\n').count()
}

/// The most bytes of a file that is checked; no chart that people write has more.
const MOST_TEXT: usize = 256 << 10;

fn not_text(tree: &PackTree) -> Vec<Finding> {
    let must_be_text =
        |path: &str| matches!(path, CHART_FILE | VALUES_FILE | "Dockerfile") || path.starts_with("charts/templates/");
    tree.files()
        .filter(|(path, _)| must_be_text(path))
        .filter_map(|(path, file)| {
            if file.content.len() > MOST_TEXT {
                let message = format!("the file has more than {} KiB, and is not checked", MOST_TEXT >> 10);
                return Some(Finding::new(rules::TOO_LARGE, path, None, message, "split it"));
            }
            if tree.text(path).is_some() {
                return None;
            }
            let good = file.content.utf8_chunks().next().map_or("", |it| it.valid());
            let line = 1 + newlines(good);
            let message = "the file is no UTF-8: nothing in it can be checked, and Helm misreads it";
            Some(Finding::new(rules::TEXT_ENCODING, path, Some(line), message, "save it as UTF-8"))
        })
        .collect()
}
