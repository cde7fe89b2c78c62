use serde_json::json;

use super::super::inspect::inspect;
use super::*;

fn job(source: &str) -> Job {
    Job {
        file: "values.yaml".to_owned(),
        source: source.to_owned(),
        context: json!({"N": {"Name": "it's", "List": ["t.py", "a: b"], "Port": 31555}}),
        seeds: ("aBcDeFgHiJkLmNoP".to_owned(), "QrStUvWxYzAbCdEfGh".to_owned()),
        captures: inspect(source).captures,
    }
}

/// Returns what a reader sees once the data is back: data in `‹›`.
fn shown(source: &str) -> String {
    let mut rendered = render(&job(source)).unwrap_or_else(|error| panic!("{source}: {error}"));
    for index in (0..100).rev() {
        let word = format!("{}{index}z", "aBcDeFgHiJkLmNoP");
        if let Some(data) = rendered.tokens.restore(&word) {
            rendered.text = rendered.text.replace(&word, &format!("‹{data}›"));
        }
    }
    rendered.text
}

#[test]
fn endless_chains_are_refused_before_they_are_read() {
    for source in [
        format!("x: 1\ny: {{{{ 1{} }}}}", "+1".repeat(30_000)),
        format!("\n{{% if 1 %}}{}{{% endif %}}", "{% elif 2 %}".repeat(10_000)),
        format!("\n{{{{ 1{} }}}}", "|int".repeat(60_000)),
    ] {
        let error = render(&job(&source)).unwrap_err();
        assert_eq!(error.line, Some(2), "{error}");
    }
    let long = format!("{{{{ 0{} }}}}", " + 1".repeat(500));
    assert_eq!(shown(&long), "500");
}

#[test]
fn what_is_printed_stays_data() {
    for (source, expected) in [
        ("{{ N.Name }} \"{{ N.Name }}\"", "‹it's› \"‹it's›\""),
        ("{{ N.List }}", "[‹t.py›, ‹a: b›]"),
        ("{{ N.Port }} {{ true }} {{ 1.5 }} {{ none }}", "31555 true 1.5 null"),
        ("{{ N.Missing }}{{ Missing }}{% for x in Missing %}x{% endfor %}", ""),
        ("{{ N.Name|upper }} {{ N.Name ~ '!' }} {{ N.Name|safe }}", "‹IT'S› ‹it's!› ‹it's›"),
        ("{{ N.List|join(' ') }} {{ N.List|length }} {{ N.List[1] }}", "‹t.py a: b› 2 ‹a: b›"),
        ("{{ N.List|tojson }}", "[\"t.py\", \"a: b\"]"),
        ("{% if 'a: b' in N.List %}{{ N.Name.upper() }}{% endif %}", "‹IT'S›"),
        ("{% set x %}- {{ N.Name }}{% endset %}{{ x }}", "- ‹it's›"),
        ("{% macro m(a) %}<{{ a }}>{% endmacro %}{{ m(N.Name) }}", "<‹it's›>"),
        ("{% filter trim %} {{ N.Name }} {% endfilter %}", "‹it's›"),
        ("{% set x %}a{{ N.Name }}{% endset %}{{ x ~ 'b' }}", "‹ait'sb›"),
        ("{% raw %}{{ .Values.x }}{% endraw %}{# gone #}\n", "{{ .Values.x }}"),
    ] {
        assert_eq!(shown(source), expected, "{source}");
    }
}

#[test]
fn a_template_that_looks_at_a_stand_in_word_is_refused() {
    for source in [
        "a\n{% filter upper %}{{ N.Name }}{% endfilter %}",
        "a\n{% set x %}{{ N.Name }}{% endset %}{{ x|upper }}",
        "a\n{% set x %}{{ N.Name }}{% endset %}{{ x[:12] }}",
        "a\n{% set x %}{{ N.Name }}{% endset %}{{ x.lower() }}",
        "a\n{% set x %}{{ N.Name }}{% endset %}{{ x|reverse }}",
    ] {
        let error = render(&job(source)).unwrap_err();
        assert_eq!((error.message.contains(CHANGED), error.line), (true, Some(2)), "{source}: {error}");
    }
    let error = render(&job("{% set x %}{{ N.Name }}{% endset %}{{ x|length }}")).unwrap_err();
    assert!(error.message.contains(CHANGED), "{error}");
}

#[test]
fn errors_name_their_place() {
    for (source, expected) in [
        ("a\nx: {{ Foo.bar }}", "line 2 column"),
        ("a\n\nx: {{ .Values.x }}", "Helm syntax belongs into templates/, not into values.yaml at line 3"),
        ("a\n  {% fro x in y %}", "line 2 column"),
        ("{{ x|nofilter }}", "line 1 column"),
        ("{% for x in", "syntax error"),
        ("{% include 'x' %}", "line 1"),
    ] {
        let error = render(&job(source)).unwrap_err().to_string();
        assert!(error.contains(expected), "{source}: {error}");
        assert!(error.starts_with("`values.yaml` cannot be rendered: "), "{error}");
    }
}

#[test]
fn work_is_bounded() {
    let nested = format!("{}x{}", "{% for a in range(10000) %}".repeat(6), "{% endfor %}".repeat(6));
    let error = render(&job(&nested)).unwrap_err();
    assert_eq!(error.message, "it takes too many steps");
    let chatty = format!("{{% for a in range(9000) %}}{}{{% endfor %}}", "x".repeat(10_000));
    let error = render(&job(&chatty)).unwrap_err();
    assert_eq!(error.message, "it prints more than 64 MiB");
}
