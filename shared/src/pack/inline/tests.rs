use super::*;

fn texts(files: &[(&'static str, &'static str)]) -> Vec<String> {
    inlined(files.iter().copied(), []).into_iter().map(|it| it.text).collect()
}

#[test]
fn named_templates_are_written_out_with_what_they_are_handed() {
    for (helper, caller, expected) in [
        ("x {{ .Values.a }}", "<{{ include \"h\" . }}>", "<x {{ .Values.a }}>"),
        ("x {{ . }}", "<{{- template \"h\" .Values.a -}}>", "<{{ with .Values.a }}x {{ . }}{{ end }}>"),
        (
            "{{ join \" \" . }}",
            "{{ include \"h\" (first .Values.a) | nindent 2 }}",
            "\n  {{ with (first .Values.a) }}{{ join \" \" . }}{{ end }}",
        ),
        (
            "{{ range .args }}{{ . }}{{ end }}",
            "{{ include \"h\" (dict \"args\" .Values.a \"root\" $) }}",
            "{{ range .Values.a }}{{ . }}{{ end }}",
        ),
        (
            "{{ $.root.Values.b }} {{ .other.args }}",
            "{{ include \"h\" (dict \"args\" 1 \"root\" $) }}",
            "{{ .Values.b }} {{ .other.args }}",
        ),
        ("{{ .Values.a }}", "{{ include \"h\" $ }}", "{{ with $ }}{{ .Values.a }}{{ end }}"),
        ("x", "{{ include \"h\" . | quote }}", "{{ include \"h\" . | quote }}"),
        ("\n- x\n- y", "a:\n{{ include \"h\" . | indent 2 }}\n- z", "a:\n  \n  - x\n  - y\n- z"),
        ("x", "{{ include \"none\" . }}", "{{ include \"none\" . }}"),
        ("x{{ include \"h\" . }}", "{{ include \"h\" . }}", "x{{ include \"h\" . }}"),
    ] {
        let helper: &'static str = Box::leak(format!("{{{{ define \"h\" }}}}{helper}{{{{ end }}}}").into_boxed_str());
        assert_eq!(texts(&[("_h.tpl", helper), ("a.yaml", caller)])[1], expected, "{caller}");
    }
}

#[test]
fn every_byte_knows_where_it_came_from() {
    let helper =
        "{{/* c */}}\n{{ define \"h\" }}{{ if .x }}{{ .y }}{{ end }}{{ end }}\nrest {{ define \"unused\" }}u{{ end }}";
    let caller = "a: {{ include \"h\" . }} b";
    let all = inlined([("_h.tpl", helper), ("a.yaml", caller)], []);
    assert_eq!(
        all.iter().map(|it| it.text.as_str()).collect::<Vec<_>>(),
        ["\n\nrest ", "a: {{ if .x }}{{ .y }}{{ end }} b", "u"]
    );
    let text = &all[1];
    assert_eq!(text.origin(text.text.find("{{ .y").unwrap()), ("_h.tpl", helper.find("{{ .y").unwrap()));
    assert_eq!(text.origin(text.text.find(" b").unwrap()), ("a.yaml", caller.find(" b").unwrap()));
    assert_eq!(text.origin(0), ("a.yaml", 0));
}

#[test]
fn indented_bytes_know_where_they_came_from() {
    let helper = "{{ define \"h\" }}- a\n- {{ .x }}{{ end }}";
    let caller = "l: {{ include \"h\" . | nindent 2 }}\nb";
    let all = inlined([("_h.tpl", helper), ("a.yaml", caller)], []);
    let text = &all[1];
    assert_eq!(text.text, "l: \n  - a\n  - {{ .x }}\nb");
    assert_eq!(text.origin(text.text.find("{{ .x").unwrap()), ("_h.tpl", helper.find("{{ .x").unwrap()));
    assert_eq!(text.origin(text.text.find("- a").unwrap()), ("_h.tpl", helper.find("- a").unwrap()));
    assert_eq!(text.origin(text.text.find("\nb").unwrap()), ("a.yaml", caller.find("\nb").unwrap()));
}

#[test]
fn templates_that_include_each_other_without_end_are_left() {
    let helper = "{{ define \"a\" }}{{ include \"b\" . }}{{ include \"b\" . }}{{ end }}{{ define \"b\" }}{{ include \"a\" . }}{{ end }}";
    assert_eq!(
        texts(&[("h", helper), ("x", "{{ include \"a\" . }}")])[1],
        "{{ include \"a\" . }}{{ include \"a\" . }}"
    );
    let mut bomb = String::from("{{ define \"t0\" }}0123456789{{ end }}");
    for number in 1..10 {
        let call = format!("{{{{ include \"t{}\" . }}}}", number - 1).repeat(100);
        bomb = format!("{bomb}{{{{ define \"t{number}\" }}}}{call}{{{{ end }}}}");
    }
    let bytes: usize = inlined([("h", bomb.as_str())], []).iter().map(|it| it.text.len()).sum();
    assert!(bytes < 8 * MOST_BYTES, "{bytes}");
    for text in
        ["{{ define \"a\" }}x", "{{ define }}x{{ end }}", "{{ end }}{{ define \"é\" }}{{", "{{ include \"a\" ( }}"]
    {
        inlined([("h", text)], []);
    }
}

#[test]
fn of_libraries_there_is_what_is_included() {
    let library = "{{ define \"a\" }}A{{ include \"b\" . | quote }}{{ end }}{{ define \"b\" }}B{{ end }}{{ define \"c\" }}C{{ end }}D";
    let all = inlined([("x", "{{ include \"a\" . }}")], [("l", library)]);
    assert_eq!(all.iter().map(|it| it.text.as_str()).collect::<Vec<_>>(), ["A{{ include \"b\" . | quote }}", "B"]);
    assert_eq!(all[1].origin(0).0, "l");
}
