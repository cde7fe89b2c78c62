//! Where and how templates print the list of arguments.

use super::expression::{Meaning, Names, Quotes};
use super::outline::Template;
use super::outline::entries::{Entry, Form};
use super::shell;

/// How a template prints an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Style {
    /// What YAML makes of it.
    pub scalar: Scalar,
    /// What a shell makes of it.
    pub shell: Shell,
    /// Whether all arguments become one.
    pub is_joined: bool,
}

/// The YAML scalar that an argument is printed into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scalar {
    /// `"{{ . }}"`
    Double,
    /// `'{{ . }}'`
    Single,
    /// On the lines behind `|` or `>`.
    Block,
    /// `- {{ . }}`
    Bare,
    /// `{{ . | quote }}`: every text comes through.
    Exact,
}

/// The place on a shell's command line that an argument is printed into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shell {
    /// There is no shell.
    No,
    /// `python {{ . }}`
    Words,
    /// `sh -c 'python {{ . }}'` in a longer text: words, and in quotes besides.
    Nested,
    /// `'{{ . }}'`
    Single,
    /// `"{{ . }}"`
    Double,
    /// `{{ . | quote }}`: quotes that Go wrote.
    Quoted,
}

/// Returns where and how `template` prints the list at `path`, by its path or by a name that it was given.
pub(super) fn printings(template: &str, path: &[String]) -> Vec<(usize, Style)> {
    let outline = Template::of("", template);
    let mut names = Names::default();
    let mut found = Vec::new();
    for action in &outline.actions {
        let Some(printed) = names.step(action.text).printed else { continue };
        if is_argument(&printed, path)
            && let Some(style) = style(&outline, action.at, &printed)
        {
            found.push((action.at, style));
        }
    }
    found
}

/// Tells whether what is printed is an argument, or all of them in a form that keeps them apart or joins them.
fn is_argument(printed: &Meaning, path: &[String]) -> bool {
    match printed.path.as_ref().and_then(|it| it.strip_prefix(path)) {
        Some([]) => printed.separator.is_some() || printed.quotes == Quotes::Encoded,
        Some([item]) => item == "[]",
        _ => false,
    }
}

fn style(outline: &Template<'_>, at: usize, printed: &Meaning) -> Option<Style> {
    let entry = scalar_at(outline, at)?;
    let starts = outline.text[entry.value_at..at].trim().is_empty();
    let scalar = scalar(entry.form, starts, printed.quotes);
    // Quotes that make the YAML scalar are none for the shell.
    let quotes = if entry.form == Form::Plain && starts { Quotes::None } else { printed.quotes };
    let shell = shell(outline, entry, at, quotes);
    let is_command = entry.path.iter().any(|it| matches!(it.as_str(), "args" | "command"));
    let is_joined = shell == Shell::No && printed.separator.as_ref().is_some_and(|it| is_inside(scalar, it));
    match (scalar, shell) {
        _ if shell != Shell::No => Some(Style { scalar, shell, is_joined }),
        (Scalar::Block, _) if !is_command => None,
        // A text that is only shown may hold them all.
        (Scalar::Exact, _) if is_joined && !is_command => None,
        (Scalar::Exact, _) if printed.is_doubled && !is_joined => None,
        _ => Some(Style { scalar, shell, is_joined: is_joined && is_command }),
    }
}

/// Tells whether a separator stays in the scalar that it is printed into, so that all arguments become one.
fn is_inside(scalar: Scalar, separator: &str) -> bool {
    let ends = match scalar {
        Scalar::Double => &['"'][..],
        Scalar::Single => &['\''],
        Scalar::Bare => &[',', '\n', '\\'],
        Scalar::Block | Scalar::Exact => &[],
    };
    !separator.contains(ends)
}

/// Returns the innermost scalar that a place is in.
fn scalar_at<'a, 't>(outline: &'a Template<'t>, at: usize) -> Option<&'a Entry<'t>> {
    let is_around = |it: &&Entry<'_>| it.form != Form::Flow && it.value_at <= at && at < it.end;
    outline.entries.iter().rev().find(is_around)
}

fn scalar(form: Form, starts: bool, quotes: Quotes) -> Scalar {
    match (form, quotes) {
        (_, Quotes::Escaped) => Scalar::Exact,
        (Form::Double, _) => Scalar::Double,
        (Form::Single, _) => Scalar::Single,
        (Form::Block, Quotes::None | Quotes::Single) => Scalar::Block,
        (Form::Plain | Form::Flow, Quotes::Single) if starts => Scalar::Single,
        (Form::Plain | Form::Flow, Quotes::None | Quotes::Single) => Scalar::Bare,
        (_, Quotes::Double | Quotes::Encoded) => Scalar::Exact,
    }
}

/// Returns what a shell makes of what is printed at a place of an entry.
fn shell(outline: &Template<'_>, entry: &Entry<'_>, at: usize, quotes: Quotes) -> Shell {
    let before = written(outline, entry, at);
    let (is_nested, open) = (shell::calls_shell(&before), shell::open_quote(&before));
    if !is_nested && !is_script(outline, entry) {
        return Shell::No;
    }
    match (open, quotes) {
        (Some('\''), _) if is_nested => Shell::Nested,
        (_, Quotes::Escaped) => Shell::No,
        (Some('\''), _) | (None, Quotes::Single) => Shell::Single,
        (Some('"'), _) if !is_nested => Shell::Double,
        (None, Quotes::Double | Quotes::Encoded) => Shell::Quoted,
        _ => Shell::Words,
    }
}

/// Returns what an entry's text is up to a place, as a shell will see it; actions print nothing.
fn written(outline: &Template<'_>, entry: &Entry<'_>, at: usize) -> String {
    let begin = entry.value_at + usize::from(matches!(entry.form, Form::Double | Form::Single));
    let (mut text, mut from) = (String::new(), begin);
    let first = outline.actions.partition_point(|it| it.at < begin);
    for action in outline.actions[first..].iter().take_while(|it| it.at < at) {
        text += outline.text.get(from..action.at).unwrap_or_default();
        from = action.end;
    }
    text += outline.text.get(from..at).unwrap_or_default();
    match entry.form {
        Form::Double => text.replace("\\\"", "\""),
        Form::Single => text.replace("''", "'"),
        _ => text,
    }
}

/// Tells whether an entry is a shell's script: what `-c` is given, or a file for a shell.
fn is_script(outline: &Template<'_>, entry: &Entry<'_>) -> bool {
    if shell::is_file(entry.key(), &outline.text[entry.value_at..entry.end]) {
        return true;
    }
    let children = |id: usize| outline.entries.iter().filter(move |it| it.parent == id && it.key() == "[]");
    let mut words: Vec<&str> = Vec::new();
    let list = outline.entries.iter().find(|it| it.id == entry.parent);
    if let Some(list) = list.filter(|it| it.key() == "args") {
        let is_command =
            |it: &&Entry<'_>| it.key() == "command" && it.parent == list.parent && it.document == list.document;
        let command = outline.entries.iter().find(is_command);
        words.extend(command.into_iter().flat_map(|it| children(it.id)).map(Entry::plain));
    }
    words.extend(children(entry.parent).filter(|it| it.at < entry.at && entry.parent != 0).map(Entry::plain));
    shell::awaits_script(&words)
}
