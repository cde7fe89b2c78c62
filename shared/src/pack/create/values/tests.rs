use serde_json::json;

use super::*;

const NAMES: Names<'_> = Names { pack: "p", image: "experimentImage", command: "commandline" };

fn pods(number: u64) -> Pods {
    Pods { number, values: Vec::new() }
}

#[test]
fn comments_stay_and_braces_are_kept_from_jinja() {
    let text = "# {{ why }}\na: \"{{ .Release.Name }}-x\" # b\nc: |\n  {% x %} {{ y\n  z }}\n";
    let mut open = Vec::new();
    let edited = with_placeholders(text, &NAMES, &pods(2), &mut open).unwrap();
    assert!(open.is_empty());
    assert!(edited.starts_with(
        "# {% raw %}{{ why }}{% endraw %}\na: \"{% raw %}{{ .Release.Name }}{% endraw %}-x\" # b\nc: |\n  "
    ));
    assert!(edited.contains("\npodCount: 2\n") && edited.contains("NAUTA.CommandLine"));
    assert!(read::mapping(&edited).is_ok(), "{edited}");
}

#[test]
fn every_beginning_is_found() {
    for (text, keys) in
        [("", 3), ("{}\n", 3), ("# none\n", 3), ("a: 1", 4), ("podCount: 4\n", 3), ("---\na: 1\n...\n", 4)]
    {
        let mut open = Vec::new();
        let edited = with_placeholders(text, &NAMES, &pods(1), &mut open).unwrap();
        assert_eq!(read::mapping(&edited).map(|it| it.len()), Ok(keys), "{text:?}");
        assert_eq!(open.len(), usize::from(text.starts_with("podCount")));
    }
    assert!(matches!(
        with_placeholders("{a: 1}\n", &NAMES, &pods(1), &mut Vec::new()),
        Err(CreateError::UnusualValues)
    ));
    assert!(matches!(with_placeholders("a: [\n", &NAMES, &pods(1), &mut Vec::new()), Err(CreateError::Values(_))));
}

#[test]
fn a_pod_count_of_the_charts_own_is_judged() {
    for (text, expected) in
        [("podCount: 2\n", None), ("a: b\npodCount: 4\n", Some((2, false))), ("podCount: x\n", Some((1, true)))]
    {
        let mut open = Vec::new();
        with_placeholders(text, &NAMES, &pods(2), &mut open).unwrap();
        assert_eq!(open.first().map(|it| (it.line, it.is_fault)), expected, "{text}");
    }
}

#[test]
fn the_values_that_make_the_pods_are_named() {
    let pods = Pods { number: 5, values: vec!["a.b".to_owned(), "c".to_owned()] };
    let edited = with_placeholders("", &NAMES, &pods, &mut Vec::new()).unwrap();
    assert!(edited.contains("to do so.\n# `a.b`, `c` tells their number too: change both\npodCount: 5\n"), "{edited}");
}

#[test]
fn values_of_the_same_name_get_another_beside_them() {
    let text = "commandline: hello\nexperimentImage: foo\n";
    let names = Names::of("p", &read(text).unwrap());
    let mut open = Vec::new();
    let edited = with_placeholders(text, &names, &pods(1), &mut open).unwrap();
    assert!(edited.starts_with(text) && edited.contains("\nnautaCommandline:\n") && edited.contains("\nnautaImage: "));
    assert_eq!(open.iter().map(|it| it.line).collect::<Vec<_>>(), [2, 1]);
}

#[test]
fn line_ends_stay() {
    for text in ["a: 1\r\nb: 2\r\n", "a: 1\r\nb: 2\r", "a: 1\r\nb: 2"] {
        let edited = with_placeholders(text, &NAMES, &pods(1), &mut Vec::new()).unwrap();
        assert!(edited.starts_with("a: 1\r\nb: 2\r\n\r\n# Image"), "{edited:?}");
        assert_eq!(edited.matches('\n').count(), edited.matches("\r\n").count());
    }
}

#[test]
fn values_are_found_by_their_lines() {
    let text = "a: 1\nimage:\n  # c\n  repository: r\n  tag: t\nb: {c: d}\n";
    for (path, line) in
        [(&["image", "tag"][..], 4), (&["image", "none"], 1), (&["b", "c"], 5), (&["a"], 0), (&["none"], 0)]
    {
        assert_eq!(line_of(text, path), line, "{path:?}");
    }
}

#[test]
fn the_image_of_the_chart_is_found() {
    for (values, expected) in [
        (json!({"image": "nginx:1"}), Some("nginx:1")),
        (json!({"image": {"repository": "nginx", "tag": ""}}), Some("nginx:2.0")),
        (json!({"image": {"registry": "r:5", "repository": "a/b", "tag": "x"}}), Some("r:5/a/b:x")),
        (json!({"image": {"tag": "x"}}), None),
        (json!({}), None),
    ] {
        let values = values.as_object().unwrap();
        assert_eq!(image(values, Some("2.0")).as_deref(), expected, "{values:?}");
    }
}
