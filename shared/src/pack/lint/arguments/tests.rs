use crate::pack::lint::testing::{found, found_in_template, pack};

const VALUES: &str = "podCount: 1\nc: {{ NAUTA.CommandLine }}\nenv: []\n";

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
fn a_command_that_a_helper_prints_is_a_command() {
    let helper = "{{ define \"c\" }}\n- bash\n- -c\n- python {{ join \" \" .Values.c }}\n{{ end }}";
    let job = "- command: {{- include \"c\" . | nindent 4 }}\n";
    let pack = pack(&[
        ("charts/values.yaml", VALUES),
        ("charts/templates/_h.tpl", helper),
        ("charts/templates/job.yaml", job),
    ]);
    assert!(found(&pack, "charts/templates/_h.tpl").contains(&"4 argument-shell".to_owned()));
}

#[test]
fn unsafe_forms_are_found() {
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
        assert_eq!(found_in_template(VALUES, template), expected, "{template}");
    }
}

#[test]
fn a_shell_is_found_wherever_its_script_stands() {
    for (template, expected) in [
        ("command:\n- bash\n- -c\n- python {{ join \" \" .Values.c }}", &["4 argument-shell"][..]),
        ("command:\n- bash\n- -c\n- |\n  python {{ join \" \" .Values.c }}", &["5 argument-shell"]),
        (
            "command:\n- sh\n- -c\n- >-\n  set -e\n\n  cd /x\n  export A=b\n  python {{ join \" \" .Values.c }}",
            &["9 argument-shell"],
        ),
        ("command:\n- /bin/bash\n- -ec\n- 'python {{ join \" \" .Values.c }}'", &["4 argument-shell"]),
        (
            "- command: [\"/bin/sh\"]\n  args:\n  - \"-c\"\n  - \"python {{ range .Values.c }}{{ . }} {{ end }}\"",
            &["4 argument-shell"],
        ),
        ("- args: [\"python {{ join \" \" .Values.c }}\"]\n  command: [bash, -c]", &["1 argument-shell"]),
        ("command: ['bash', '-c', 'python {{ join \" \" .Values.c }}']", &["1 argument-shell"]),
        ("command: [\n  'bash',\n  '-c',\n  'python {{ join \" \" .Values.c }}'\n]", &["4 argument-shell"]),
        (
            "{{ $c := join \" \" .Values.c }}\n# {{ $c | quote }}\ncommand: [\"bash\", \"-c\", \"python {{ $c }}\"]",
            &["3 argument-shell"],
        ),
        (
            "command: [\"bash\", \"-c\", {{ printf \"python %s\" (join \" \" .Values.c) | quote }}]",
            &["1 argument-shell"],
        ),
        (
            "command: [bash, -c]\nargs:\n- >\n  python {{ range .Values.c }} {{ . | quote }}{{ end }}",
            &["4 argument-shell"],
        ),
        ("command: [bash, -c]\nargs:\n- >\n  python {{ range .Values.c }} '{{ . }}'{{ end }}", &["4 argument-shell"]),
        ("data:\n  run.sh: |\n    python {{ join \" \" .Values.c }}", &["3 argument-shell"]),
        (
            "command: [sh, -c, 'exec python \"$@\"', sh]\nargs: [{{ range .Values.c }}{{ . | replace \"$\" \"$$\" | quote }},{{ end }}]",
            &[],
        ),
        ("{\"command\": [\"sh\", \"-c\"], \"args\": [\"python {{ join \" \" .Values.c }}\"]}", &["1 argument-shell"]),
        (
            "{{ $s := \"\" }}{{ range .Values.c }}{{ $s = printf \"%s %s\" $s . }}{{ end }}\ncommand: [bash, -c, \"{{ $s }}\"]",
            &["2 argument-shell"],
        ),
        ("command: [bash, -c, 'python {{ range .Values.c }}\"{{ . }}\" {{ end }}']", &["1 argument-shell"]),
        ("command: [bash, -c, {{ print \"x \" (join \" \" .Values.c) | toJson }}]", &["1 argument-shell"]),
        ("command: [bash, -c]\nargs:\n- \"x; {{ .Values.c | toStrings | join \" \" }}\"", &["3 argument-shell"]),
        (
            "command: [bash, start.sh]\nargs: [{{ range .Values.c }}{{ . | replace \"$\" \"$$\" | quote }},{{ end }}]",
            &[],
        ),
    ] {
        assert_eq!(found_in_template(VALUES, template), expected, "{template}");
    }
}

#[test]
fn forms_without_a_shell_are_found() {
    for (template, expected) in [
        ("args: [\"{{ join \"\\\",\\\"\" .Values.c }}\"]", &["1 argument-quoting"][..]),
        ("args:\n{{ range .Values.c }}\n- '{{ . }}'\n{{ end }}", &["3 argument-quoting"]),
        ("args:\n{{ range .Values.c }}\n- {{ . | squote }}\n{{ end }}", &["3 argument-quoting"]),
        ("env:\n- name: A\n  value: \"{{ join \" \" .Values.c }}\"", &["3 argument-quoting"]),
        ("args: [\"{{ index .Values.c 1 }}\"]", &["1 argument-quoting"]),
        ("args: [{{ range .Values.c }}{{ . }}, {{ end }}]", &["1 argument-quoting"]),
        ("args: [python, {{ .Values.c | join \",\" }}]", &["1 argument-quoting"]),
        ("args: [{{ join \" \" .Values.c | quote }}]", &["1 argument-quoting"]),
        ("args:\n- |\n  {{ index .Values.c 1 }}", &["3 argument-quoting"]),
        (
            "args:\n{{ range $v := .Values }}{{ range $.Values.c }}\n- \"{{ . }}\"\n{{ end }}{{ end }}",
            &["3 argument-quoting"],
        ),
        ("metadata:\n  annotations:\n    shown: {{ join \" \" .Values.c | quote }}", &[]),
        ("n: {{ len .Values.c }}\nx: {{ .Values.c | toJson | sha256sum }}", &[]),
    ] {
        assert_eq!(found_in_template(VALUES, template), expected, "{template}");
    }
}
