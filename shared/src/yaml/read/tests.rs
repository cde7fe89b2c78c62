use serde_json::json;

use super::*;

fn read(text: &str) -> Value {
    Value::Object(mapping(text).unwrap())
}

#[test]
fn texts_are_read_as_helm_reads_them() {
    for (text, expected) in [
        ("a: yes\nb: 010\nc: 'yes'\nd: \"1\"", json!({"a": true, "b": 8, "c": "yes", "d": "1"})),
        ("y: 1\n012: 3\n1e3: 4\n1.5: 5", json!({"true": 1, "10": 3, "1000": 4, "1.5": 5})),
        ("a: 1\na: 2", json!({"a": 2})),
        ("a: &x {k: 1}\nb: *x\nc: {<<: *x, k: 2, l: 3}", json!({"a": {"k": 1}, "b": {"k": 1}, "c": {"k": 2, "l": 3}})),
        (
            "a: !!str 5\nb: !!binary aGk=\nc: !foo bar\nd: !!int '3'\ne: !foo 5",
            json!({"a": "5", "b": "hi", "c": "bar", "d": 3, "e": "5"}),
        ),
        ("a: |\n  x\n  y\nb: >-\n  x\n  y", json!({"a": "x\ny\n", "b": "x y"})),
        ("a:\n- 1\n-\n- {}", json!({"a": [1, null, {}]})),
        ("---\na: <<\n...\n", json!({"a": "<<"})),
        ("# comment\na: 1 # more\n", json!({"a": 1})),
    ] {
        assert_eq!(read(text), expected, "{text}");
    }
}

#[test]
fn scalars_can_be_read_as_written() {
    let chart = mapping_as_written("version: 1.10\ndescription: 5\nname: no\nhome: ~").unwrap();
    assert_eq!(Value::Object(chart), json!({"version": "1.10", "description": "5", "name": "no", "home": null}));
}

#[test]
fn what_helm_cannot_load_is_an_error_with_its_place() {
    let bomb = (1..30).fold("a0: &a0 [x]\n".to_owned(), |text, n| {
        format!("{text}a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 9].join(", "))
    });
    let deep = format!("a: {}{}", "[".repeat(10_000), "]".repeat(10_000));
    for (text, expected) in [
        ("", "expected a mapping of keys to values, found nothing"),
        ("- a", "expected a mapping of keys to values, found a list"),
        ("a", "expected a mapping of keys to values, found a single value"),
        ("a: 1\n---\nb: 2", "more than one document (line 2)"),
        ("a: 1\n~: 2", "a key is null (line 2)"),
        ("a: .inf", "Helm cannot load an infinity or a NaN (line 1)"),
        ("a: !!int x", "the value does not fit its tag (line 1)"),
        (&bomb, "too many nodes"),
        (&deep, ""),
        ("a: [1", ""),
        ("a: {{ x }}", ""),
    ] {
        let error = mapping(text).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{}: {error}", &text[..text.len().min(40)]);
    }
    let error = mapping("a: 1\nb: [1\nc: 2").unwrap_err();
    assert!(matches!(error, ReadError::Syntax { line: 2.., .. }), "{error}");
}
