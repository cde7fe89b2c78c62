use serde_json::json;

use super::*;

const SINGLE: &str = "{{- $command_args := join \" \" $.Values.commandline.args -}}\n\
    command: [\"/bin/bash\", \"-c\", \"python {{ $command_args }}\"]\n";
const MULTI: &str = "args: [\n  \"main.py\",\n  {{ range .Values.commandline.args }}\n  \"{{.}}\",\n  {{ end }}\n]\n";
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
