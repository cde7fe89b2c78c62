use super::*;
use crate::pack::gotemplate::{Segment, segments};

/// Returns the values that a template reads.
fn reads(template: &str) -> Vec<String> {
    let mut names = Names::default();
    let mut found = Vec::new();
    for (_, segment) in segments(template) {
        let Segment::Action(action) = segment else { continue };
        found.extend(names.step(action).reads.iter().map(|it| it.join(".")));
    }
    found
}

#[test]
fn values_are_followed_through_names_and_functions() {
    for (template, expected) in [
        ("{{ .Values.a.b | quote }}{{ $.Values.c }}", &["a.b", "c"][..]),
        ("{{ required \"set .Values.x\" .Values.o }}{{ `.Values.y` }}", &["o"]),
        ("{{ $.Subcharts.redis.Values.master }}", &[]),
        ("{{ index .Values \"a-b\" }}{{ index .Values.m \"k\" \"l\" }}", &["a-b", "m.k.l"]),
        ("{{ $v := .Values }}{{ $v.a }}", &["a"]),
        ("{{ $v := .Values }}{{ include \"x\" $v }}", &[""]),
        ("{{ $v := .Values.m }}{{ $v.a }}", &["m", "m.a"]),
        ("{{ with .Values.m }}{{ .a }}{{ else }}{{ .b }}{{ end }}{{ .c }}", &["m", "m.a"]),
        ("{{ range $k, $v := .Values.l }}{{ .a }}{{ $v.b }}{{ $k.c }}{{ end }}", &["l", "l.[].a", "l.[].b"]),
        ("{{ (.Values.a).b }}{{ ((.Values.a).b).c }}", &["a", "a"]),
        ("{{ $m := default (dict) .Values.m }}{{ $m.a }}", &["m"]),
        ("{{ if .Values.a }}{{ $x := .Values.b }}{{ end }}{{ $x.c }}", &["a", "b"]),
        ("{{ toYaml .Values }}", &[""]),
        (
            "{{ if $x := .Values.a }}{{ $x.b }}{{ else if $y := .Values.c }}{{ $y.d }}{{ end }}",
            &["a", "a.b", "c", "c.d"],
        ),
        ("{{ block \"x\" .Values.a }}{{ .b }}{{ end }}", &["a", "a.b"]),
        ("{{ include \"x\" (dict \"root\" $ \"a\" .Values.a) }}", &["a"]),
        ("{{ dig \"a\" \"b\" 1 .Values.m }}{{ hasKey .Values \"q\" }}", &["m", "q"]),
    ] {
        assert_eq!(reads(template), expected, "{template}");
    }
}

#[test]
fn no_expression_stops_it() {
    for action in ["(", ")", "(((", "$", "$ :=", "index", "| |", ". .", "range $a, := ", "\"", "else with", "dig \"a\""]
    {
        Names::default().step(action);
    }
}
