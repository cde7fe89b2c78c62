use super::*;

#[test]
fn keys_are_found_with_their_paths() {
    let text = "kind: Job # c\nspec:\n  list:\n  - name: {{ .Release.Name }}\n    x: |\n      no: 1\n  - >\n    \
                no: 2\n  {{- if .Values.a }}\n  \"a.b/c\": 'v'\n  {{- end }}\n  l: [\n    \"no: 3\",\n  ]\n---\n\
                kind: B\n";
    let template = Template::of("t.yaml", text);
    let shown: Vec<String> = template
        .entries
        .iter()
        .map(|it| format!("{} {} {} {}", it.document, it.line, it.path.join("."), it.value))
        .collect();
    assert_eq!(
        shown,
        [
            "0 1 kind Job",
            "0 2 spec ",
            "0 3 spec.list ",
            "0 4 spec.list.[].name {{ .Release.Name }}",
            "0 5 spec.list.[].x |",
            "0 7 spec.list.[] >",
            "0 10 spec.a.b/c 'v'",
            "0 12 spec.l [",
            "0 13 spec.l.[] \"no: 3\"",
            "1 16 kind B",
        ]
    );
    assert_eq!(template.entries[6].plain(), "v");
    assert_eq!(template.around(template.entries[6].at).map(|it| it.guard).collect::<Vec<_>>(), ["if .Values.a"]);
}

#[test]
fn flow_and_json_are_read_as_well() {
    for (text, expected) in [
        ("a: {b: 1, \"c\" : [x, 'y, z', {d: 2}]} # c", "a={ a.b=1 a.c=[ a.c.[]=x a.c.[]='y, z' a.c.[].d=2"),
        ("{\"a\":{\"b\":[1,2]},\n \"c\": \"x\"}\nd: 1", "a={ a.b=[ a.b.[]=1 a.b.[]=2 c=\"x\" d=1"),
        ("- {a: 1}\n- [b]\n- c", "[]={ [].a=1 []=[ [].[]=b []=c"),
        ("a: [{{ range .x }}{{ . }}, {{ end }}]\nb: 1", "a=[ a.[]={{ . }} b=1"),
        ("a: [b,\n  c\nd: 1", "a=[ a.[]=b d=1"),
        ("a: \"x\n  y: 1\"\nb: 'it''s'", "a=\"x b='it''s'"),
        ("a: x:y#z\nb: {c: h:1}", "a=x:y#z b={ b.c=h:1"),
        ("a: {b", "a={ a.b=b"),
    ] {
        let template = Template::of("t.yaml", text);
        let first = |it: &Entry<'_>| match it.form {
            Form::Flow => it.value[..1].to_owned(),
            _ => it.value.to_owned(),
        };
        let shown: Vec<String> =
            template.entries.iter().map(|it| format!("{}={}", it.path.join("."), first(it))).collect();
        assert_eq!(shown.join(" "), expected, "{text}");
    }
}
