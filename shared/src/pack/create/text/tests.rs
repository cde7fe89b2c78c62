use super::*;

#[test]
fn a_value_ends_where_its_text_does() {
    for (text, end) in [
        ("image: a\nname: b", Some(1)),
        ("image: \"a:{{ b \"c\" }}\" # d\nname: b", Some(1)),
        ("image: >-\n  {{ a }}\nname: b", Some(2)),
        ("image: >-\n  {{- if a }}\n  b\n  {{- else }}\n  c\n  {{- end }}\nname: b", Some(6)),
        ("image: |-\n  a\n\nname: b", Some(2)),
        ("image:\n  a\nname: b", Some(2)),
        ("image: # c\n  \"{{ a }}\"\nname: b", Some(2)),
        ("image: {{ include \"a\" (dict \"b\" .\n\"c\" d) }}\nname: b", Some(2)),
        ("image: \"a\n  b\"\nname: b", Some(2)),
        ("image: a\n  # b\nname: b", Some(1)),
        ("image: a\n  {{- if b }}\nname: b\n{{- end }}", Some(1)),
        ("{{- if a }}\nimage: a\n{{- end }}", None),
        // Those are no texts, or nobody can tell where they end.
        ("image:\n  repository: a\nname: b", None),
        ("image: {a: b}\nname: b", None),
        ("image: &a b\nname: b", None),
        ("image: a:\n  {{ b }}\nname: b", None),
        ("image:\n  {{- if b }}\n  c\nname: b", None),
        ("image:\nname: b", None),
    ] {
        let lines = Lines::of(text);
        assert_eq!(lines.value_end(0, lines.all.len()), end, "{text}");
    }
}

#[test]
fn text_in_scalars_and_actions_is_no_yaml() {
    let text = "a: |\n  b: c\n{{- if d }}\n  e: f\n{{- end }}\ng: {{ h\n  i: j }}\n- k: >-\n    l:\n  m:\n";
    let lines = Lines::of(text);
    let yaml: Vec<usize> = (0..lines.all.len()).filter(|it| lines.is_yaml(*it)).collect();
    assert_eq!(yaml, [0, 5, 7, 9]);
}

#[test]
fn changed_lines_end_as_the_file_does() {
    let mut edits = Edits::default();
    edits.replace_all(0, 2, "x\ny".to_owned());
    edits.insert_after(3, "z".to_owned());
    assert_eq!(edits.applied("a\nb\nc\nd"), "x\ny\nc\nd\nz\n");
    edits.insert_after(0, "v\nw".to_owned());
    assert_eq!([0, 2, 3].map(|it| edits.moved(it)), [0, 4, 5]);
    edits.0.pop();
    assert_eq!(edits.applied("a\r\nb\r\nc\r\nd\r"), "x\r\ny\r\nc\r\nd\r\nz\r\n");
}
