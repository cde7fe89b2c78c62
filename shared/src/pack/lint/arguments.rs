//! How templates print the script's arguments.

use std::collections::BTreeSet;

use serde_json::Value;

use super::subject::Subject;
use super::{Finding, rules};
use crate::pack::chart::VALUES_FILE;
use crate::pack::gotemplate::values_paths;
use crate::pack::inline::inlined;
use crate::pack::outline::Template;
use crate::pack::printing::{Scalar, Shell, Style, printings};

/// Adds the places where arguments are printed so that some do not arrive as typed.
pub(super) fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let wanted = Value::from(subject.placeholders.command_line.clone());
    let expanded = inlined(
        subject.manifests().map(|it| (it.path, it.text)),
        subject.libraries.iter().map(|it| (it.path, it.text)),
    );
    for path in subject.paths_of(|it| *it == wanted) {
        // A named template is told of once, however many include it.
        let mut places = BTreeSet::new();
        for template in &expanded {
            let printed = printings(&template.text, &path).into_iter();
            places.extend(printed.map(|(at, style)| (template.origin(at), style)));
        }
        for ((file, at), style) in places {
            let line = subject.line_in(file, at);
            let (rule, message, fix) = told(style, &path);
            found.push(Finding::new(rule, file, line, message, fix));
        }
        subject.manifests().for_each(|it| lists(it, &path, found));
    }
    control_characters(subject, found);
}

/// Returns the form that is exact for every argument.
fn safe_form(path: &[String]) -> String {
    let path = path.join(".");
    format!(
        "`args: [{{{{ range $i, $arg := .Values.{path} }}}}{{{{ if $i }}}}, {{{{ end }}}}\
         {{{{ $arg | replace \"$\" \"$$\" | quote }}}}{{{{ end }}}}]`"
    )
}

fn told(style: Style, path: &[String]) -> (&'static rules::Rule, String, String) {
    let safe = safe_form(path);
    if style.shell != Shell::No {
        return shell_told(style, &safe);
    }
    let (message, fix) = match style.scalar {
        _ if style.is_joined => {
            ("all arguments become one: what separates them may stand in one as well", "print each by itself")
        }
        Scalar::Double => (
            "an argument with `\"` or `\\` breaks the manifest, or becomes two arguments; a line end becomes a blank",
            "let `quote` write the quotes",
        ),
        Scalar::Single => (
            "an argument with `'` breaks the manifest, or becomes something else; a line end becomes a blank",
            "let `quote` write the quotes",
        ),
        Scalar::Block => ("an argument with a line end breaks the manifest", "quote each"),
        Scalar::Bare => {
            ("an argument is read as YAML: `yes` becomes a boolean, `a: b` a map, `#x` nothing", "quote each")
        }
        Scalar::Exact => {
            let message = "Kubernetes expands `$(NAME)` and makes `$` of `$$` in an argument".to_owned();
            return (rules::ARGUMENT_DOLLAR, message, format!("double each `$`: {safe}"));
        }
    };
    (rules::ARGUMENT_QUOTING, message.to_owned(), format!("{fix}: {safe}"))
}

fn shell_told(style: Style, safe: &str) -> (&'static rules::Rule, String, String) {
    let read = match style.shell {
        Shell::Single => "`'` ends the shell's quoted text: what is behind it is the shell's syntax",
        Shell::Double | Shell::Quoted => "in double quotes the shell expands `$` and `` ` ``",
        _ => "a shell reads the arguments again: blanks split them, `$`, `;`, `&`, `*` and quotes are syntax",
    };
    let besides = match (style.shell, style.scalar) {
        (Shell::Nested, _) => ", and `'` or a line end breaks the command",
        (_, Scalar::Double) => ", and `\"` or `\\` breaks the manifest",
        (_, Scalar::Single) => ", and `'` breaks the manifest",
        (_, Scalar::Block) => ", and a line end breaks the manifest",
        (_, Scalar::Bare) => ", and `: ` or ` #` breaks the manifest",
        (_, Scalar::Exact) => "",
    };
    let fix = match style.shell {
        Shell::Nested => format!(
            "hand them to the shell as words of their own: `command: [\"sh\", \"-c\", \"exec python \\\"$@\\\"\", \
             \"sh\"]` and {safe}"
        ),
        _ => format!("start the program without a shell: `command: [\"python\"]` and {safe}"),
    };
    (rules::ARGUMENT_SHELL, format!("{read}{besides}"), fix)
}

/// Adds the places that print the list itself, which Go writes as `[a b]`.
fn lists(template: &Template<'_>, path: &[String], found: &mut Vec<Finding>) {
    for action in &template.actions {
        let mut words = action.text.split(|c: char| c.is_whitespace() || c == '|').filter(|it| !it.is_empty());
        let prints_list = values_paths(action.text).iter().any(|it| it == path)
            && words.next().is_some_and(|it| it.contains(".Values."))
            && words.all(|it| matches!(it, "quote" | "squote" | "toString" | "trim"));
        if prints_list {
            let message = "the list is printed as Go writes it, `[a b]`: all arguments become one";
            let fix = format!("print each by itself: {}", safe_form(path));
            let line = Some(template.line(action.at));
            found.push(Finding::new(rules::ARGUMENT_QUOTING, template.path, line, message, fix));
        }
    }
}

/// Adds `toYaml` of environment variables, whose values users give on the command line.
fn control_characters(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    for template in subject.manifests() {
        for action in template.actions.iter().filter(|it| it.text.contains("toYaml ")) {
            let Some(path) = values_paths(action.text).into_iter().find(|it| it.last().is_some_and(|it| it == "env"))
            else {
                continue;
            };
            if let Some(name) = number_in_env(subject, &path) {
                let place = format!("`{}` in `{}` line {}", path.join("."), template.path, template.line(action.at));
                let message =
                    format!("the value of `{name}` is no text, and {place} prints it as it is: the cluster refuses it");
                let line = subject.line_of(&path);
                found.push(Finding::new(rules::ENV_VALUE, VALUES_FILE, line, message, "quote the value"));
            }
            let message = "one control character (U+007F to U+009F) in a variable's value makes `toYaml` print nothing";
            let fix = format!(
                "print each: `{{{{ range .Values.{} }}}}`, `- name: {{{{ .name | quote }}}}`, \
                 `value: {{{{ .value | toString | quote }}}}`",
                path.join(".")
            );
            let line = Some(template.line(action.at));
            found.push(Finding::new(rules::TO_YAML_CONTROL, template.path, line, message, fix));
        }
    }
}

/// Returns the name of the first variable in a list whose value is a number or boolean.
fn number_in_env(subject: &Subject<'_>, path: &[String]) -> Option<String> {
    let items = subject.value(path)?.as_array()?;
    let wrong = items.iter().find(|it| it.get("value").is_some_and(|it| it.is_number() || it.is_boolean()))?;
    Some(wrong.get("name").and_then(Value::as_str).unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests;
