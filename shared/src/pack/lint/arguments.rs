//! How templates print the script's arguments.

use std::collections::BTreeSet;

use serde_json::Value;

use super::outline::Template;
use super::subject::Subject;
use super::{Finding, rules};
use crate::pack::arguments::{Style, printings};
use crate::pack::chart::VALUES_FILE;
use crate::pack::gotemplate::values_paths;
use crate::pack::inline::inlined;

/// Adds the places where arguments are printed so that some do not arrive as typed.
pub(super) fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let wanted = Value::from(subject.placeholders.command_line.clone());
    let expanded = inlined(subject.manifests().map(|it| (it.path, it.text)));
    for path in subject.paths_of(|it| *it == wanted) {
        // A named template is told of once, however many include it.
        let mut places = BTreeSet::new();
        for template in &expanded {
            let printed = printings(&template.text, &path).into_iter();
            places.extend(printed.map(|(at, style)| (template.origin(at), style)));
        }
        for ((file, at), style) in places {
            let line = subject.manifests().find(|it| it.path == file).map(|it| it.line(at));
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
    match style {
        Style::Quoted => (
            rules::ARGUMENT_QUOTING,
            "an argument with `\"` or `\\` breaks the manifest, or becomes two arguments; a line end becomes a blank"
                .to_owned(),
            format!("let `quote` write the quotes: {safe}"),
        ),
        Style::Bare => (
            rules::ARGUMENT_QUOTING,
            "an argument is read as YAML: `yes` becomes a boolean, `a: b` a map, `#x` nothing".to_owned(),
            format!("quote each: {safe}"),
        ),
        Style::ShellInQuotes => (
            rules::ARGUMENT_SHELL,
            "a shell reads the arguments again: blanks split them, `$`, `;`, `&`, `*` and quotes are syntax, and `\"` \
             or `\\` breaks the manifest"
                .to_owned(),
            format!("start the program without a shell: `command: [\"python\"]` and {safe}"),
        ),
        Style::ShellInSingleQuotes => (
            rules::ARGUMENT_SHELL,
            "a shell reads the arguments again: blanks split them, `$`, `;`, `&`, `*` and quotes are syntax, and `'` \
             or a line end breaks the command"
                .to_owned(),
            format!(
                "hand them to the shell as words of their own: `command: [\"sh\", \"-c\", \"exec python \\\"$@\\\"\", \
                 \"sh\"]` and {safe}"
            ),
        ),
        Style::Expanded => (
            rules::ARGUMENT_DOLLAR,
            "Kubernetes expands `$(NAME)` and makes `$` of `$$` in an argument".to_owned(),
            format!("double each `$`: {safe}"),
        ),
    }
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
mod tests {
    use crate::pack::lint::testing::{found, found_in_template, pack};

    #[test]
    fn values_of_variables_are_texts() {
        let template = ("charts/templates/a.yaml", "env:\n{{ toYaml .Values.env | indent 2 }}");
        for (value, expected) in [("1", true), ("yes", true), ("\"1\"", false), ("a", false)] {
            let values = format!("podCount: 1\nenv:\n- {{name: A, value: {value}}}\n");
            let shown = found(&pack(&[("charts/values.yaml", &values), template]), "charts/values.yaml");
            assert_eq!(shown.contains(&"2 env-value".to_owned()), expected, "{value}");
        }
    }

    #[test]
    fn arguments_are_followed_into_named_templates() {
        let values = "podCount: 1\ncommandline:\n  args: {{ NAUTA.CommandLine }}\n";
        let helper = "{{ define \"list\" }}\n{{ range . }}\n- \"{{ . }}\"\n{{ end }}{{ end }}\n{{ define \"line\" }}\n\
                      {{ join \" \" .Values.commandline.args }}{{ end }}\n{{ define \"safe\" }}{{ range .args }}\n- \
                      {{ . | replace \"$\" \"$$\" | quote }}{{ end }}{{ end }}";
        let job = "args:\n{{ include \"list\" .Values.commandline.args }}\nargs2:\n{{ include \"list\" \
                   .Values.commandline.args }}\nc: [\"sh\", \"-c\", \"{{ include \"line\" . }}\"]\nd: {{ include \
                   \"safe\" (dict \"args\" .Values.commandline.args) | nindent 2 }}\n";
        let pack = pack(&[
            ("charts/values.yaml", values),
            ("charts/templates/_h.tpl", helper),
            ("charts/templates/job.yaml", job),
        ]);
        let shown: Vec<String> =
            found(&pack, "charts/templates/_h.tpl").into_iter().filter(|it| it.contains("argument")).collect();
        assert_eq!(shown, ["3 argument-quoting", "6 argument-shell"]);
        assert!(!found(&pack, "charts/templates/job.yaml").iter().any(|it| it.contains("argument")));
    }

    #[test]
    fn unsafe_forms_are_found() {
        let values = "podCount: 1\nc: {{ NAUTA.CommandLine }}\nenv: []\n";
        for (template, expected) in [
            ("args: [\n{{ range .Values.c }}\n\"{{.}}\",\n{{ end }}]", &["3 argument-quoting"][..]),
            ("args:\n{{ range .Values.c }}\n- {{ . }}\n{{ end }}", &["3 argument-quoting"]),
            ("args: {{ .Values.c }}", &["1 argument-quoting"]),
            ("command: [\"sh\", \"-c\", \"python {{ join \" \" .Values.c }}\"]", &["1 argument-shell"]),
            ("args:\n- >\n  sh -c 'python {{ range .Values.c }} {{ . }} {{ end }}'", &["3 argument-shell"]),
            ("args: [{{ range .Values.c }}{{ . | quote }},{{ end }}]", &["1 argument-dollar"]),
            ("args: {{ toJson .Values.c }}", &["1 argument-dollar"]),
            ("args: [{{ range .Values.c }}{{ . | replace \"$\" \"$$\" | quote }},{{ end }}]", &[]),
            ("env:\n{{ toYaml .Values.env | indent 2 }}", &["2 to-yaml-control"]),
        ] {
            assert_eq!(found_in_template(values, template), expected, "{template}");
        }
    }
}
