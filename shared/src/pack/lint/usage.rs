//! Values that no template reads, and values that templates read but nothing defines.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::subject::Subject;
use super::{Finding, Severity, rules};
use crate::base::suggest::nearest;
use crate::pack::chart::{Chart, VALUES_FILE};
use crate::pack::gotemplate::values_paths;
use crate::pack::outline::{Action, Template, is_assignment, keyword};
use crate::pack::references::References;

/// Values that tools read, not templates.
const OF_TOOLS: &[&str] =
    &["podCount", "workersCount", "pServersCount", "cpu_fraction", "memory_fraction", "experimentName"];
/// Functions that take a value which is not there.
const FORGIVING: &[&str] =
    &["default", "coalesce", "empty", "ternary", "dig", "hasKey", "get", "required", "include", "not", "and", "or"];

/// Adds values that are defined or read in vain.
pub(super) fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let Some(values) = &subject.values else { return };
    let no_chart = Chart::default();
    let read = References::of(subject.tree, subject.chart.as_ref().unwrap_or(&no_chart));
    unread(subject, &read, values, &mut Vec::new(), found);
    undefined(subject, found);
}

fn unread(
    subject: &Subject<'_>,
    read: &References,
    values: &Map<String, Value>,
    above: &mut Vec<String>,
    found: &mut Vec<Finding>,
) {
    for (key, value) in values {
        if above.is_empty() && OF_TOOLS.contains(&key.as_str()) {
            continue;
        }
        above.push(key.clone());
        if !read.reads(above) {
            let message = format!("no template reads `{}`: setting it has no effect", above.join("."));
            let fix = "remove it, or print it in a template";
            found.push(Finding::new(rules::UNREAD_VALUE, VALUES_FILE, subject.line_of(above), message, fix));
        } else if let Value::Object(map) = value {
            unread(subject, read, map, above, found);
        }
        above.pop();
    }
}

fn undefined(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let mut told = BTreeSet::new();
    for template in &subject.templates {
        for action in &template.actions {
            for path in values_paths(action.text) {
                // `env` is made where a template reads it, and `global` belongs to whoever installs the chart.
                if path.is_empty()
                    || matches!(path[0].as_str(), "env" | "global" | "AsMap")
                    || is_defined(subject, &path)
                {
                    continue;
                }
                let severity = severity(subject, template, action, &path);
                if severity == Severity::Info && !told.insert(path.clone()) {
                    continue;
                }
                found.push(finding(subject, template, action, &path, severity));
            }
        }
    }
}

/// Tells whether the value is there, or belongs to a subchart.
fn is_defined(subject: &Subject<'_>, path: &[String]) -> bool {
    let of_subchart = subject.chart.as_ref().is_some_and(|it| it.dependencies.contains(&path[0]));
    of_subchart || subject.value(path).is_some() || is_open_map(subject, path)
}

/// Tells whether the value belongs into a map that is empty in the values, for users to fill.
fn is_open_map(subject: &Subject<'_>, path: &[String]) -> bool {
    let above = &path[..path.len() - 1];
    !above.is_empty() && subject.value(above).and_then(Value::as_object).is_some_and(Map::is_empty)
}

fn severity(subject: &Subject<'_>, template: &Template<'_>, action: &Action<'_>, path: &[String]) -> Severity {
    // `hasKey .Values "a"` asks for `a` as well.
    let quoted = |of: &[String]| format!("\"{}\"", of.last().map_or("", String::as_str));
    let asks = |guard: &str, of: &[String]| {
        values_paths(guard).iter().any(|it| it == of) || (guard.contains("hasKey") && guard.contains(&quoted(of)))
    };
    let guarded = |of: &[String]| {
        let is_guard = |keyword| matches!(keyword, "if" | "with" | "range" | "else");
        template.around(action.at).any(|it| is_guard(it.keyword) && asks(it.guard, of))
            || (action.text.contains("and ") && asks(action.text, of))
    };
    // Helm cannot look into what is not there, whatever is done with the result.
    let hole = (1..path.len()).map(|end| &path[..end]).find(|it| subject.value(it).is_none_or(|it| !it.is_object()));
    if hole.is_some_and(|it| !guarded(it)) {
        return Severity::Error;
    }
    let mut words = action.text.split(|c: char| c.is_whitespace() || c == '(' || c == ')');
    let is_forgiving = words.any(|it| FORGIVING.contains(&it));
    let decides = matches!(keyword(action.text), "if" | "with" | "range" | "else") || is_assignment(action.text);
    if is_forgiving || decides || (1..=path.len()).any(|end| guarded(&path[..end])) {
        Severity::Info
    } else {
        Severity::Warning
    }
}

fn finding(
    subject: &Subject<'_>,
    template: &Template<'_>,
    action: &Action<'_>,
    path: &[String],
    severity: Severity,
) -> Finding {
    let name = path.join(".");
    let effect = match severity {
        Severity::Error => "Helm fails, since what it should be in is not there",
        Severity::Warning => "it prints nothing",
        Severity::Info => "it counts as empty unless a user sets it",
    };
    let siblings = match path.split_last() {
        Some((_, [])) => subject.values.as_ref(),
        Some((_, above)) => subject.value(above).and_then(Value::as_object),
        None => None,
    };
    let keys = siblings.into_iter().flat_map(Map::keys).map(String::as_str);
    let fix = match path.last().and_then(|it| nearest(it, keys)).filter(|_| severity != Severity::Info) {
        Some(near) => format!("define `{name}` in values.yaml, or write `{near}` if that is meant"),
        None if severity == Severity::Info => {
            format!("define `{name}` in values.yaml, with a comment, so that users find it")
        }
        None => format!("define `{name}` in values.yaml, or remove it from the template"),
    };
    let message = format!("values.yaml does not define `{name}`: {effect}");
    let line = Some(template.line(action.at));
    Finding::new(rules::UNDEFINED_VALUE, template.path, line, message, fix).with(severity)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::lint::testing::{found, lint, pack};

    #[test]
    fn values_that_nothing_reads_are_found() {
        let values = "podCount: 1\na: 1\nb:\n  c: 1\n  d: {e: 1}\nf: {g: 1}\n";
        let tree = pack(&[(VALUES_FILE, values), ("charts/templates/a.yaml", "{{ .Values.b.c }}{{ .Values.f }}")]);
        let shown = found(&tree, VALUES_FILE);
        assert_eq!(shown, ["- image", "2 unread-value", "5 unread-value"]);
    }

    #[test]
    fn undefined_values_are_as_bad_as_what_is_done_with_them() {
        use Severity::{Error, Info, Warning};
        for (template, expected) in [
            ("{{ .Values.nope }}", Some(Warning)),
            ("{{ .Values.a }}{{ .Values.env }}{{ .Values.global.x }}{{ .Values.open.x }}", None),
            ("{{ default 1 .Values.nope }}", Some(Info)),
            ("{{ if .Values.nope }}{{ .Values.nope }}{{ end }}", Some(Info)),
            ("{{ if .Values.a }}{{ .Values.nope }}{{ end }}", Some(Warning)),
            ("{{ if .Values.a }}{{ else if .Values.nope }}{{ .Values.nope.x }}{{ end }}", Some(Info)),
            ("{{ if hasKey .Values \"nope\" }}{{ .Values.nope.x }}{{ end }}", Some(Info)),
            ("{{ default 1 .Values.nope.x }}", Some(Error)),
            ("{{ .Values.a.x }}", Some(Error)),
            ("{{ with .Values.nope }}{{ $.Values.nope.x }}{{ end }}", Some(Info)),
        ] {
            let tree = pack(&[(VALUES_FILE, "podCount: 1\na: 1\nopen: {}\n"), ("charts/templates/a.yaml", template)]);
            let all = lint(&tree);
            let worst = all.iter().filter(|it| it.rule == "undefined-value").map(|it| it.severity).min();
            assert_eq!(worst, expected, "{template}");
        }
    }
}
