//! What a chart does with a correct list of arguments: the second layer, where templates print them
//! into quoted text or into a shell's command line.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::{Map, Value};

use super::gotemplate::{libraries, templates};
use super::inline::inlined;
use super::printing::{Scalar, Shell, Style, printings};
use super::tree::PackTree;
use crate::yaml::read;

/// An argument that this pack's own chart will alter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alteration {
    /// Which argument, from 1; 0 is the script.
    pub argument: usize,
    /// The argument.
    pub text: String,
    /// The first character that is altered, as shown to people; empty if the whole argument is meant.
    pub character: String,
    /// Its position, from 1.
    pub position: usize,
    /// What becomes of it.
    pub effect: &'static str,
    /// The template that does it.
    pub template: String,
}

impl fmt::Display for Alteration {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown: String = self.text.escape_debug().take(60).collect();
        if self.text.escape_debug().count() > 60 {
            shown.push('…');
        }
        let which = if self.argument == 0 { "the script".to_owned() } else { format!("argument {}", self.argument) };
        write!(out, "{which} (`{shown}`) will be altered by `{}`: ", self.template)?;
        if self.character.is_empty() {
            write!(out, "{}", self.effect)
        } else {
            write!(out, "`{}` at character {} {}", self.character, self.position, self.effect)
        }
    }
}

/// Returns the first alteration of each word of `command_line` by each style of printing that the templates use.
///
/// Empty if the values hold the list nowhere, or the templates print it safely.
pub fn alterations(tree: &PackTree, values: &Map<String, Value>, command_line: &[String]) -> Vec<Alteration> {
    let list = Value::from(command_line.to_vec());
    let mut paths = Vec::new();
    find(values, &list, &mut Vec::new(), &mut paths);
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    let manifests = templates(tree).filter(|(path, _)| !path.ends_with("NOTES.txt"));
    for template in inlined(manifests, libraries(tree)) {
        for (at, style) in paths.iter().flat_map(|path| printings(&template.text, path)) {
            let (file, _) = template.origin(at);
            if !seen.insert(style) {
                continue;
            }
            for (argument, text) in command_line.iter().enumerate() {
                let is_alone = style.is_joined && command_line.len() < 2;
                if let Some((position, character, effect)) = effect(style, text).filter(|_| !is_alone) {
                    let template = file.to_owned();
                    found.push(Alteration { argument, text: text.clone(), character, position, effect, template });
                }
            }
        }
    }
    found.sort_by_key(|it| it.argument);
    found
}

/// Collects the paths at which `wanted` stands.
fn find(values: &Map<String, Value>, wanted: &Value, above: &mut Vec<String>, paths: &mut Vec<Vec<String>>) {
    for (key, value) in values {
        above.push(key.clone());
        match value {
            it if it == wanted => paths.push(above.clone()),
            Value::Object(map) => find(map, wanted, above, paths),
            _ => {}
        }
        above.pop();
    }
}

/// Returns position, character and effect of the first alteration of `text`; `None` if it comes through.
fn effect(style: Style, text: &str) -> Option<(usize, String, &'static str)> {
    if style.scalar == Scalar::Bare && !is_exact(text, style.shell) {
        return Some((0, String::new(), "is read as YAML: it becomes something else, or breaks the manifest"));
    }
    if style.is_joined {
        return Some((0, String::new(), "is joined with the others into one argument"));
    }
    if text.is_empty() {
        let disappears = matches!(style.shell, Shell::Words | Shell::Nested);
        return disappears.then(|| (0, String::new(), "an empty argument disappears"));
    }
    // What breaks the manifest counts more than what a shell does to it.
    let manifest = match style.scalar {
        Scalar::Double => first(text, |c, _| in_quotes(c)),
        Scalar::Single => first(text, |c, _| in_single_quotes(c)),
        Scalar::Block => first(text, |c, _| in_block(c)),
        Scalar::Exact | Scalar::Bare => None,
    };
    let shell = || match style.shell {
        Shell::Words => first(text, |c, starts| in_shell(c, starts, text)),
        Shell::Nested => {
            first(text, |c, _| ends_quotes(c, '\'')).or_else(|| first(text, |c, starts| in_shell(c, starts, text)))
        }
        Shell::Single => first(text, |c, _| ends_quotes(c, '\'')),
        Shell::Double => first(text, |c, _| ends_quotes(c, '"').or_else(|| in_double_quotes(c, true))),
        Shell::Quoted => first(text, |c, _| in_double_quotes(c, false)),
        Shell::No => None,
    };
    manifest.or_else(shell).or_else(|| expanded(text))
}

/// Tells whether YAML reads a text without quotes as the text that it is; a shell's line has something before it.
fn is_exact(text: &str, shell: Shell) -> bool {
    let whole = if shell == Shell::No { text.to_owned() } else { format!("sh {text}.") };
    let read = read::mapping(&format!("x:\n- {whole}\n")).ok();
    let is_one_line = !text.contains(['\n', '\r']);
    is_one_line && read.is_some_and(|it| it.get("x") == Some(&Value::from(vec![whole])))
}

/// Returns position, character and effect of the first character that has one by `rule`, which is told whether the
/// character starts a word.
fn first(text: &str, rule: impl Fn(char, bool) -> Option<&'static str>) -> Option<(usize, String, &'static str)> {
    let before = std::iter::once(' ').chain(text.chars());
    before.zip(text.chars()).enumerate().find_map(|(index, (before, c))| {
        let effect = rule(c, before.is_whitespace())?;
        Some((index + 1, c.escape_debug().to_string(), effect))
    })
}

fn expanded(text: &str) -> Option<(usize, String, &'static str)> {
    let at = text.find("$(").or_else(|| text.find("$$"))?;
    let position = text[..at].chars().count() + 1;
    Some((position, text[at..].chars().take(2).collect(), "is expanded by Kubernetes"))
}

fn in_quotes(c: char) -> Option<&'static str> {
    match c {
        '"' => Some("ends the quoted text: the manifest breaks, or gets another argument"),
        '\\' => Some("starts an escape: the character behind it changes, or the manifest breaks"),
        '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some("becomes a blank"),
        c if c.is_control() && c != '\t' => Some("breaks the manifest"),
        _ => None,
    }
}

fn in_single_quotes(c: char) -> Option<&'static str> {
    match c {
        '\'' => Some("ends the quoted text: the manifest breaks"),
        '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some("becomes a blank"),
        c if c.is_control() && c != '\t' => Some("breaks the manifest"),
        _ => None,
    }
}

fn in_block(c: char) -> Option<&'static str> {
    (c == '\n' || c == '\r').then_some("breaks the manifest")
}

fn ends_quotes(c: char, quote: char) -> Option<&'static str> {
    (c == quote).then_some("ends the shell's quoted text")
}

/// What a shell does in double quotes; where Go wrote them it has escaped what would end them.
fn in_double_quotes(c: char, is_raw: bool) -> Option<&'static str> {
    match c {
        '$' | '`' => Some("is expanded by the shell"),
        '\\' if is_raw => Some("is eaten by the shell"),
        c if c.is_control() && !is_raw => Some("arrives as the escape that Go writes"),
        _ => None,
    }
}

fn in_shell(c: char, start_of_word: bool, text: &str) -> Option<&'static str> {
    match c {
        ' ' | '\t' => Some("splits it: the shell makes several arguments of it"),
        '\'' | '"' => Some("is a quote for the shell"),
        '\\' => Some("is eaten by the shell"),
        '$' | '`' => Some("is expanded by the shell"),
        ';' | '&' | '|' | '<' | '>' | '(' | ')' => Some("is shell syntax: another command, or a redirection"),
        '*' | '?' | '[' => Some("is a pattern for the shell: names of files may take its place"),
        '{' if text.contains(',') || text.contains("..") => Some("is expanded by the shell"),
        '#' if start_of_word => Some("starts a comment for the shell"),
        '~' if start_of_word => Some("is expanded by the shell"),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
