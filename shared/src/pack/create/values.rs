//! The values of a chart as a pack has them: the same, with placeholders for what each experiment brings.

use serde_json::{Map, Value};

use super::count::Pods;
use super::text::{Lines, line_end};
use super::{CreateError, Names, OpenPoint};
use crate::jinja::engine::{self, Job};
use crate::pack::chart::VALUES_FILE;
use crate::pack::placeholder::Placeholders;
use crate::pack::references::References;
use crate::yaml::read::{self, ReadError};

/// The value that says how many pods count; its name is fixed.
const POD_COUNT: &str = "podCount";

/// Returns the lines of the values that a pack has besides those of its chart.
fn added(names: &Names<'_>, pods: &Pods) -> [(String, String); 3] {
    let (image, command) = (names.image, names.command);
    let follows = match pods.values.join("`, `") {
        values if values.is_empty() => String::new(),
        values => format!(".\n# `{values}` tells their number too: change both"),
    };
    [
        (image.to_owned(), format!("# Image of the experiment\n{image}: \"{{{{ NAUTA.ExperimentImage }}}}\"\n")),
        (
            POD_COUNT.to_owned(),
            format!(
                "# Pods with the label runName that must run, and succeed, for the run to do so{follows}\n{POD_COUNT}: {}\n",
                pods.number
            ),
        ),
        (
            command.to_owned(),
            format!(
                "# The script, then its arguments\n{command}:\n  args:\n    # {{% for arg in NAUTA.CommandLine %}}\n    \
                 - \"{{{{ arg }}}}\"\n    # {{% endfor %}}\n"
            ),
        ),
    ]
}

/// Reads the values of a chart; an empty file holds none.
pub(super) fn read(text: &str) -> Result<Map<String, Value>, CreateError> {
    match read::mapping(text) {
        Err(ReadError::NoMapping { found: "nothing" }) => Ok(Map::new()),
        result => result.map_err(CreateError::Values),
    }
}

/// Returns `text` with the placeholders below it, and its own braces kept from being read as Jinja.
///
/// # Errors
///
/// Refuses a text that would not say the same as before, once rendered.
pub(super) fn with_placeholders(
    text: &str,
    names: &Names<'_>,
    pods: &Pods,
    open: &mut Vec<OpenPoint>,
) -> Result<String, CreateError> {
    let own = read(text)?;
    let newline = line_end(text);
    let is_empty = own.is_empty() && text.trim_end().ends_with("{}");
    // What stands behind the mark of a document's end would be another document.
    let body = text.trim_end().strip_suffix("...").filter(|it| it.is_empty() || it.ends_with('\n')).unwrap_or(text);
    let mut edited = if is_empty { String::new() } else { raw(body) };
    if !edited.is_empty() && !edited.ends_with('\n') {
        edited = edited.trim_end_matches('\r').to_owned() + newline;
    }
    let mut expected = own.clone();
    for (key, lines) in added(names, pods) {
        if let Some(value) = own.get(&key) {
            open.extend(counted_already(value, text, pods.number));
            continue;
        }
        edited = format!("{edited}{newline}{}", lines.replace('\n', newline));
        expected.insert(key, Value::Null);
    }
    for (usual, is) in [("experimentImage", names.image), ("commandline", names.command)] {
        if usual != is {
            let what = format!("`{usual}` is the chart's own value: the experiment's is `{is}`");
            open.push(OpenPoint::new(VALUES_FILE, line_of(text, &[usual]), &what, "rename either as you like"));
        }
    }
    let edited = edited.trim_start_matches(['\r', '\n']).to_owned();
    if says_the_same(&edited, &own, &expected) { Ok(edited) } else { Err(CreateError::UnusualValues) }
}

/// Returns what is to be told of a `podCount` that the chart has already.
fn counted_already(value: &Value, text: &str, pods: u64) -> Option<OpenPoint> {
    let own = value.as_u64().filter(|it| *it > 0);
    let what = match own {
        Some(own) if own == pods => return None,
        Some(own) => format!("`{POD_COUNT}` is there already, and was left as it is: {own}, and not {pods}"),
        None => format!("`{POD_COUNT}` is there already, and is no positive integer: the pack does not render"),
    };
    let remedy = format!("if it does not say how many pods have the label runName: `{POD_COUNT}: {pods}`");
    let point = OpenPoint::new(VALUES_FILE, line_of(text, &[POD_COUNT]), &what, remedy);
    Some(OpenPoint { is_fault: own.is_none(), ..point })
}

/// Returns the line of a value, or of the one that it stands in; the first line if neither has one of its own.
fn line_of(text: &str, path: &[&str]) -> usize {
    let lines = Lines::of(text);
    let (mut at, mut indent, mut from, mut end) = (0, Some(0), 0, lines.all.len());
    for key in path {
        let Some(found) = indent.and_then(|it| lines.key(key, it, from, end)) else { break };
        at = found;
        (from, end) = (found + 1, lines.block_end(found, end));
        indent = lines.next_yaml(found, end).map(|it| lines.indent(it));
    }
    at
}

/// Notes the values that templates read before they were changed, and do not read now.
pub(super) fn note_unread(text: &str, before: &References, now: &References, open: &mut Vec<OpenPoint>) {
    let own = read(text).unwrap_or_default();
    let mut left: Vec<Vec<&str>> = own.keys().map(|it| vec![it.as_str()]).rev().collect();
    while let Some(path) = left.pop() {
        let words: Vec<String> = path.iter().map(|it| (*it).to_owned()).collect();
        if now.reads(&words) {
            let value = path.iter().try_fold(None, |value: Option<&Value>, key| {
                Some(value.map_or_else(|| own.get(*key), |it| it.get(*key)))
            });
            let below = value.flatten().and_then(Value::as_object).into_iter().flat_map(Map::keys);
            let below: Vec<Vec<&str>> = below.map(|it| [path.as_slice(), &[it.as_str()]].concat()).collect();
            left.extend(below.into_iter().rev());
        } else if before.reads(&words) {
            let what = format!(
                "`{}` has no effect any more: the experiment's image and command took its place",
                path.join(".")
            );
            open.push(OpenPoint::new(VALUES_FILE, line_of(text, &path), &what, "remove it"));
        }
    }
}

/// Tells whether the rendered text has every value of `own` unchanged, and the keys of `expected` alone.
fn says_the_same(text: &str, own: &Map<String, Value>, expected: &Map<String, Value>) -> bool {
    let placeholders = Placeholders {
        experiment: "e".to_owned(),
        command_line: vec!["t.py".to_owned()],
        image: "i".to_owned(),
        registry_port: 1,
    };
    let job = Job {
        file: VALUES_FILE.to_owned(),
        source: text.to_owned(),
        context: placeholders.context(),
        seeds: ("Qxkvjwzmqphtrbnlgdfs".to_owned(), "Vqzjxkwphmtbrnlgdfscqjzxkvw".to_owned()),
        captures: false,
    };
    let rendered = engine::render(&job).ok().and_then(|it| read::mapping(&it.text).ok());
    rendered.is_some_and(|it| {
        it.len() == expected.len() && own.iter().all(|(key, value)| it.get(key).is_some_and(|found| found == value))
    })
}

/// Returns `text` with everything that Jinja would read kept from it, line by line.
fn raw(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let opening = ["{{", "{%", "{#"].iter().filter_map(|it| line.find(it)).min();
        let closing = ["}}", "%}", "#}"].iter().filter_map(|it| line.rfind(it)).max().map(|it| it + 2);
        let Some(start) = opening else {
            out.push_str(line);
            continue;
        };
        let is_last = |it: &usize| *it > start && !["{{", "{%", "{#"].iter().any(|open| line[*it..].contains(open));
        let end = closing.filter(is_last).unwrap_or(line.trim_end().len());
        let (before, inside, after) = (&line[..start], &line[start..end], &line[end..]);
        out.extend([before, "{% raw %}", inside, "{% endraw %}", after]);
    }
    out
}

/// Returns the image that the values name: a text, or a map of registry, repository and tag.
pub(super) fn image(values: &Map<String, Value>, app_version: Option<&str>) -> Option<String> {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).filter(|it| !it.is_empty()).map(str::to_owned);
    match values.get("image")? {
        Value::String(image) => Some(image.clone()).filter(|it| !it.is_empty()),
        Value::Object(image) => {
            let repository = text(image.get("repository")).or_else(|| text(image.get("name")))?;
            let registry = text(image.get("registry")).map(|it| format!("{it}/")).unwrap_or_default();
            let tag = text(image.get("tag")).or_else(|| app_version.map(str::to_owned));
            Some(format!("{registry}{repository}:{}", tag.unwrap_or_else(|| "latest".to_owned())))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
