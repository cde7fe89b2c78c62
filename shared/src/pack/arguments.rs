//! What a chart does with a correct list of arguments: the second layer, where templates print them
//! into quoted text or into a shell's command line.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::{Map, Value};

use super::gotemplate::{Segment, segments, templates, values_paths};
use super::inline::inlined;
use super::tree::PackTree;
use crate::yaml::read;

/// How a template prints an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Style {
    /// `"{{ . }}"`: inside a YAML double-quoted scalar.
    Quoted,
    /// `"… -c", "python {{ join " " … }}"`: a shell's command line inside a YAML double-quoted scalar.
    ShellInQuotes,
    /// `sh -c 'python {{ range … }} {{ . }} …'`: in single quotes on a shell's command line.
    ShellInSingleQuotes,
    /// `- {{ . }}`: as a YAML plain scalar.
    Bare,
    /// A safe form, but Kubernetes will expand `$(NAME)` and `$$` in it.
    Expanded,
}

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
    for template in inlined(templates(tree)) {
        for (at, style) in paths.iter().flat_map(|path| printings(&template.text, path)) {
            let (file, _) = template.origin(at);
            if !seen.insert(style) {
                continue;
            }
            for (argument, text) in command_line.iter().enumerate() {
                if let Some((position, character, effect)) = effect(style, text) {
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

/// Returns where and how `template` prints the list at `path`, by its path or by a name that it was given.
pub(super) fn printings(template: &str, path: &[String]) -> Vec<(usize, Style)> {
    let pieces = segments(template);
    let mut names = Names::default();
    let mut found = Vec::new();
    for (index, (at, segment)) in pieces.iter().enumerate() {
        let Segment::Action(action) = segment else { continue };
        let reads = values_paths(action).iter().any(|it| it == path) || names.stand_in(action);
        names.follow(action, reads);
        if !reads {
            continue;
        }
        let printing = if action.starts_with("range") {
            range_style(template, &pieces[index..], *at)
        } else if action.contains("join") {
            join_style(template, &pieces, action, *at)
        } else if !action.contains(":=") && (action.contains("toYaml") || action.contains("toJson")) {
            Some((*at, Style::Expanded))
        } else {
            None
        };
        found.extend(printing);
    }
    found
}

/// What a list is called in a template: variables, and the dot inside `with`.
#[derive(Default)]
struct Names<'t> {
    variables: Vec<&'t str>,
    /// For each open block whether the dot is the list there; `None` where the dot stays what it was.
    dots: Vec<Option<bool>>,
}

impl<'t> Names<'t> {
    /// Tells whether an action mentions the list by one of its names.
    fn stand_in(&self, action: &str) -> bool {
        let is_dot = self.dots.iter().rev().find_map(|it| *it).unwrap_or(false);
        let mut words = action.split(|c: char| c.is_whitespace() || matches!(c, '|' | '(' | ')'));
        words.any(|it| (is_dot && it == ".") || self.variables.contains(&it))
    }

    /// Takes note of what an action names, opens and closes; `reads` tells whether it reads the list.
    fn follow(&mut self, action: &'t str, reads: bool) {
        match action.split_whitespace().next().unwrap_or_default() {
            "with" => self.dots.push(Some(reads)),
            "range" | "define" | "block" => self.dots.push(Some(false)),
            "if" => self.dots.push(None),
            "else" => self.dots.last_mut().into_iter().for_each(|it| *it = it.and(Some(false))),
            "end" => drop(self.dots.pop()),
            _ => {
                // A text that was joined is no list any more.
                let named = action.split_once(":=").filter(|_| reads && !action.contains("join"));
                self.variables.extend(named.map(|(name, _)| name.trim()));
            }
        }
    }
}

/// Returns where and how a `range` over the arguments prints each; `pieces` starts with the range.
fn range_style(template: &str, pieces: &[(usize, Segment<'_>)], start: usize) -> Option<(usize, Style)> {
    let (_, Segment::Action(range)) = pieces.first()? else { return None };
    let variable =
        range.split_once(":=").and_then(|(names, _)| names.rsplit([',', ' ']).find(|it| it.starts_with('$')));
    let mut open = 1;
    let body = pieces[1..].iter().take_while(|(_, it)| {
        let Segment::Action(action) = it else { return true };
        match action.split_whitespace().next() {
            Some("if" | "with" | "range") => open += 1,
            Some("end") => open -= 1,
            _ => {}
        }
        open > 0
    });
    let (at, printed) = body
        .filter_map(|(at, segment)| match segment {
            Segment::Action(action) => Some((*at, *action)),
            Segment::Text(_) => None,
        })
        .find(|(_, action)| is_item(action, variable))?;
    if is_doubled(printed) {
        return None;
    }
    if printed.contains("quote") || printed.contains("toJson") {
        return Some((at, Style::Expanded));
    }
    let before = line_before(template, at);
    if before.ends_with('"') {
        return Some((at, Style::Quoted));
    }
    if is_shell(template, start) {
        return Some((at, shell_style(template, start)));
    }
    (before.trim_end() == "-" || before.trim_end().ends_with(" -")).then_some((at, Style::Bare))
}

/// Tells whether an action prints the item of a range: `.` or its variable, through filters or not.
fn is_item(action: &str, variable: Option<&str>) -> bool {
    let mut words = action.split(|c: char| c.is_whitespace() || c == '|' || c == '(' || c == ')');
    words.any(|it| it == "." || Some(it) == variable) && !action.starts_with("if")
}

/// Returns where and how a `join` of the arguments is printed, there or through a variable.
fn join_style(template: &str, pieces: &[(usize, Segment<'_>)], action: &str, at: usize) -> Option<(usize, Style)> {
    if is_doubled(action) {
        return None;
    }
    let Some((variable, _)) = action.split_once(":=") else {
        return is_shell(template, at).then(|| (at, shell_style(template, at)));
    };
    let variable = variable.trim();
    let place = pieces.iter().find_map(|(at, segment)| match segment {
        Segment::Action(it) if it.split_whitespace().next() == Some(variable) && !it.contains(":=") => Some(*at),
        _ => None,
    })?;
    is_shell(template, place).then(|| (place, shell_style(template, place)))
}

fn shell_style(template: &str, at: usize) -> Style {
    let before = block_before(template, at);
    let odd = |quote| before.matches(quote).count() % 2 == 1;
    if odd('\'') && !odd('"') { Style::ShellInSingleQuotes } else { Style::ShellInQuotes }
}

/// Tells whether the place is on the command line of a `sh -c` or `bash -c`.
fn is_shell(template: &str, at: usize) -> bool {
    let before = block_before(template, at);
    before.contains("sh -c") || (before.contains("sh\"") && before.contains("-c"))
}

fn line_before(template: &str, at: usize) -> &str {
    let start = template[..at].rfind('\n').map_or(0, |it| it + 1);
    &template[start..at]
}

/// Returns the line up to `at`, and the two lines above it, where a list of several lines begins.
fn block_before(template: &str, at: usize) -> &str {
    let mut start = at;
    for _ in 0..3 {
        start = template[..start].rfind('\n').unwrap_or(0);
    }
    &template[start..at]
}

fn is_doubled(action: &str) -> bool {
    action.contains("replace \"$\" \"$$\"")
}

/// Returns position, character and effect of the first alteration of `text`; `None` if it comes through.
fn effect(style: Style, text: &str) -> Option<(usize, String, &'static str)> {
    if style == Style::Bare {
        let read = read::mapping(&format!("x:\n- {text}\n")).ok();
        let is_exact = read.is_some_and(|it| it.get("x") == Some(&Value::from(vec![text])));
        let effect = || Some((0, String::new(), "is read as YAML: it becomes something else, or breaks the manifest"));
        return if is_exact { expanded(text) } else { effect() };
    }
    if text.is_empty() {
        let disappears = matches!(style, Style::ShellInQuotes | Style::ShellInSingleQuotes);
        return disappears.then(|| (0, String::new(), "an empty argument disappears"));
    }
    // What breaks the manifest counts more than what a shell does to it.
    let manifest = match style {
        Style::Quoted | Style::ShellInQuotes => first(text, |c, _| in_quotes(c)),
        Style::ShellInSingleQuotes => first(text, |c, _| in_single_quotes(c)),
        Style::Expanded | Style::Bare => None,
    };
    let shell = || match style {
        Style::ShellInQuotes | Style::ShellInSingleQuotes => first(text, |c, starts| in_shell(c, starts, text)),
        Style::Quoted | Style::Bare | Style::Expanded => None,
    };
    manifest.or_else(shell).or_else(|| expanded(text))
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
        '\n' | '\r' => Some("breaks the manifest"),
        '\'' => Some("ends the shell's quoted text"),
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
mod tests {
    use serde_json::json;

    use super::*;

    const SINGLE: &str = "{{- $command_args := join \" \" $.Values.commandline.args -}}\n\
        command: [\"/bin/bash\", \"-c\", \"python {{ $command_args }}\"]\n";
    const MULTI: &str =
        "args: [\n  \"main.py\",\n  {{ range .Values.commandline.args }}\n  \"{{.}}\",\n  {{ end }}\n]\n";
    const HOROVOD: &str =
        "args:\n  - >\n    mpiexec -n 2\n    sh -c 'python {{- range .Values.commandline.args }} {{ . }} {{- end }}'\n";
    const QUOTED: &str = "args: [{{ range .Values.commandline.args }}{{ . | quote }},{{ end }}]\n";
    const SAFE: &str =
        "args: [{{ range $i, $a := .Values.commandline.args }}{{ $a | replace \"$\" \"$$\" | quote }},{{ end }}]\n";

    const BARE: &str = "args:\n{{ range .Values.commandline.args }}\n  - {{ . }}\n{{ end }}\n";

    #[test]
    fn a_bare_argument_is_read_as_yaml() {
        for (argument, altered) in [
            ("a b", false),
            ("yes", true),
            ("1e3", true),
            ("a: b", true),
            ("a #b", true),
            ("a\n- b", true),
            ("", true),
            ("*", true),
            ("--lr=0.1", false),
            ("$(X)", true),
        ] {
            assert_eq!(!effects(BARE, argument).is_empty(), altered, "{argument:?}");
        }
    }

    #[test]
    fn the_list_is_followed_through_its_names() {
        let join = "\"sh\", \"-c\", \"python {{ join \" \" . }}\"";
        for (template, altered) in [
            ("{{ $a := .Values.commandline.args }}args:\n{{ range $a }}\n  - \"{{ . }}\"\n{{ end }}".to_owned(), true),
            ("{{ with .Values.commandline.args }}args:\n{{ range . }}\n  - \"{{ . }}\"\n{{ end }}{{ end }}".to_owned(), true),
            (
                "args: [{{ range $i, $a := .Values.commandline.args }}{{ if $i }}, {{ end }}\"{{ $a }}\"{{ end }}]".to_owned(),
                true,
            ),
            (format!("{{{{ with .Values.commandline.args }}}}command: [{join}]{{{{ end }}}}"), true),
            (format!("{{{{ with .Values.commandline.args }}}}{{{{ end }}}}{{{{ with .Values.x }}}}[{join}]{{{{ end }}}}"), false),
            ("{{ with .Values.commandline.args }}{{ range . }}\n- {{ . | replace \"$\" \"$$\" | quote }}{{ end }}{{ end }}".to_owned(), false),
        ] {
            assert_eq!(!effects(&template, "say \"hi\"").is_empty(), altered, "{template}");
        }
    }

    fn effects(template: &str, argument: &str) -> Vec<String> {
        let mut tree = PackTree::default();
        tree.add(b"charts/templates/job.yaml", template.into(), false).unwrap();
        let command_line = ["t.py".to_owned(), argument.to_owned()];
        let Value::Object(values) = json!({"commandline": {"args": command_line}}) else { panic!("a map") };
        alterations(&tree, &values, &command_line).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_list_is_followed_into_named_templates() {
        for (helper, call, altered) in [
            ("{{ join \" \" .Values.commandline.args }}", "include \"h\" .", true),
            ("{{ join \" \" . }}", "template \"h\" .Values.commandline.args", true),
            ("{{ join \" \" .args }}", "include \"h\" (dict \"args\" .Values.commandline.args)", true),
            ("{{ join \" \" . }}", "include \"h\" .Values.other", false),
            ("{{ range . }} {{ . }}{{ end }}", "include \"h\" $.Values.commandline.args", true),
        ] {
            let mut tree = PackTree::default();
            let helper = format!("{{{{ define \"h\" }}}}{helper}{{{{ end }}}}");
            let job = format!("command: [\"sh\", \"-c\", \"python {{{{ {call} }}}}\"]");
            tree.add(b"charts/templates/_h.tpl", helper.into(), false).unwrap();
            tree.add(b"charts/templates/job.yaml", job.into(), false).unwrap();
            let command_line = ["t.py".to_owned(), "$HOME".to_owned()];
            let Value::Object(values) = json!({"commandline": {"args": command_line}}) else { panic!("a map") };
            let found = alterations(&tree, &values, &command_line);
            assert_eq!(!found.is_empty(), altered, "{call}");
            assert!(found.iter().all(|it| it.template == "charts/templates/_h.tpl"), "{found:?}");
        }
    }

    #[test]
    fn what_templates_alter_is_found() {
        // Columns: single, multi, horovod, quote alone, safe.
        for (argument, altered) in [
            ("a b", [true, false, true, false, false]),
            ("", [true, false, true, false, false]),
            ("say \"hi\"", [true, true, true, false, false]),
            ("x\", \"y", [true, true, true, false, false]),
            ("it's", [true, false, true, false, false]),
            ("C:\\tmp", [true, true, true, false, false]),
            ("a\nb", [true, true, true, false, false]),
            ("$HOME", [true, false, true, false, false]),
            ("$(VAR)", [true, true, true, true, false]),
            ("a;b", [true, false, true, false, false]),
            ("a&b", [true, false, true, false, false]),
            ("*", [true, false, true, false, false]),
            ("#foo", [true, false, true, false, false]),
            ("a#b", [false; 5]),
            ("--lr=0.1", [false; 5]),
            ("żółć", [false; 5]),
            ("1000000", [false; 5]),
            ("{x}", [false; 5]),
            ("http://h:80/p", [false; 5]),
        ] {
            let found = [SINGLE, MULTI, HOROVOD, QUOTED, SAFE].map(|it| !effects(it, argument).is_empty());
            assert_eq!(found, altered, "{argument:?}");
        }
    }

    #[test]
    fn a_warning_names_argument_character_and_effect() {
        assert_eq!(
            effects(MULTI, "say \"hi\""),
            ["argument 1 (`say \\\"hi\\\"`) will be altered by `charts/templates/job.yaml`: `\\\"` at character 5 \
              ends the quoted text: the manifest breaks, or gets another argument"]
        );
    }
}
