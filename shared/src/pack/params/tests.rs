use serde_json::json;

use super::*;

/// Values, the words that change them, and what becomes of them.
type Case<'a> = (Value, &'a [(&'a str, &'a str)], Value);

fn pairs(words: &[(&str, &str)]) -> Vec<(String, String)> {
    words.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn with(values: Value, words: &[(&str, &str)]) -> Result<Value, String> {
    let Value::Object(mut map) = values else { panic!("values are a map") };
    let params = parse(&pairs(words)).map_err(|it| it[0].to_string())?;
    let before = map.clone();
    for param in &params {
        set(&mut map, param).map_err(|error| {
            assert_eq!(map, before, "nothing may change");
            error.to_string()
        })?;
    }
    Ok(Value::Object(map))
}

#[test]
fn texts_are_typed() {
    for (text, expected) in [
        ("12", json!("12")),
        ("0.5", json!("0.5")),
        ("1e6", json!("1e6")),
        ("null", json!("null")),
        ("yes", json!("yes")),
        ("", json!("")),
        (" [1]", json!(" [1]")),
        ("007", json!("007")),
        ("-1", json!("-1")),
        ("TRUE", json!(true)),
        ("False", json!(false)),
        ("['a', 'b']", json!(["a", "b"])),
    ] {
        assert_eq!(typed(text), Ok(expected), "{text}");
    }
}

#[test]
fn keys_find_their_place() {
    let cases: [Case<'_>; 13] = [
        (json!({}), &[("a.b.c", "x")], json!({"a": {"b": {"c": "x"}}})),
        (json!({}), &[("a.b", "1"), ("a.c", "2")], json!({"a": {"b": "1", "c": "2"}})),
        (json!({"r": {"l": {"cpu": 19, "m": 1}}}), &[("r.l.cpu", "3")], json!({"r": {"l": {"cpu": "3", "m": 1}}})),
        (json!({"image": {"x": 1}}), &[("image", "x")], json!({"image": "x"})),
        (json!({"env": [{"name": "A"}]}), &[("env.0.value", "9")], json!({"env": [{"name": "A", "value": "9"}]})),
        (json!({"l": [1, 2]}), &[("l.5", "9")], json!({"l": [1, 2, null, null, null, "9"]})),
        (json!({}), &[("x.0", "9")], json!({"x": {"0": "9"}})),
        (json!({}), &[(".a", "x")], json!({"a": "x"})),
        (json!({}), &[("a b", "1"), ("a/b", "2"), ("*", "3")], json!({"a b": "1", "a/b": "2", "*": "3"})),
        (json!({}), &[("r.nvidia\\.com/gpu", "1")], json!({"r": {"nvidia.com/gpu": "1"}})),
        (json!({"c": {"args": ["t"]}}), &[("c.args", "['x.py']")], json!({"c": {"args": ["x.py"]}})),
        (json!({"n": null}), &[("n", "1")], json!({"n": "1"})),
        (json!({"a": 1, "b": 2}), &[("a", "3")], json!({"a": "3", "b": 2})),
    ];
    for (values, words, expected) in cases {
        assert_eq!(with(values, words), Ok(expected), "{words:?}");
    }
}

#[test]
fn keys_without_a_place_are_refused() {
    for (words, expected) in [
        (&[("l.x", "9")][..], "`l` is a list: `x` is no index"),
        (&[("l.+1", "9")], "`l` is a list: `+1` is no index"),
        (&[("l.5.name", "Z")], "`l` has 2 items, none at 5"),
        (&[("l.1003", "Z")], "`l` has 2 items, index 1003 is too far behind its end"),
        (&[("podCount.sub", "x")], "`podCount` is a number"),
        (&[("m.deep.x.y", "x")], "`m.deep` is a text"),
        (&[("nothing.x", "y")], "`nothing` is null"),
        (&[("a..b", "x")], "a part of the key is empty"),
        (&[("a.", "x")], "a part of the key is empty"),
        (&[("", "x")], "a part of the key is empty"),
        (&[("a=b", "c")], "Key cannot contain '='"),
        (&[("a", "1"), ("a", "2")], "provided more than once. Set the 'a' parameter"),
        (&[("k", "{ bad list")], "Cannot parse value: \"{ bad list\" to list/dict. Error: expected"),
    ] {
        let values = json!({"l": [1, 2], "podCount": 1, "nothing": null, "m": {"deep": "x"}});
        let error = with(values, words).unwrap_err();
        assert!(error.contains(expected), "{words:?}: {error}");
    }
}

#[test]
fn all_faults_are_reported() {
    let faults = parse(&pairs(&[("a=b", "c"), ("x", "[1"), ("y", "1"), ("y", "2")])).unwrap_err();
    assert_eq!(faults.len(), 3);
}
