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

    #[test]
    fn arguments_that_become_one_are_told_of() {
        for (template, altered) in [
            ("args: [\"{{ join \" \" .Values.commandline.args }}\"]", true),
            ("args: [\"{{ join \"\\\", \\\"\" .Values.commandline.args }}\"]", false),
            ("args: [{{ join \" \" .Values.commandline.args | quote }}]", true),
            ("args: [{{ join \", \" .Values.commandline.args }}]", false),
            ("note: {{ join \" \" .Values.commandline.args | quote }}", false),
        ] {
            assert_eq!(!effects(template, "a").is_empty(), altered, "{template}");
        }
    }
}
