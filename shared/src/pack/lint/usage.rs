//! Values that no template reads, and values that templates read but nothing defines.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::subject::Subject;
use super::{Finding, Severity, rules};
use crate::base::suggest::nearest;
use crate::pack::chart::{Chart, VALUES_FILE};
use crate::pack::expression::Names;
use crate::pack::outline::{Action, Template, is_assignment, keyword};
use crate::pack::references::References;

/// Values that tools read, not templates.
const OF_TOOLS: &[&str] =
    &["podCount", "workersCount", "pServersCount", "cpu_fraction", "memory_fraction", "experimentName"];
/// Functions that take a value which is not there.
const FORGIVING: &[&str] =
    &["default", "coalesce", "empty", "ternary", "hasKey", "get", "required", "include", "not", "and", "or"];

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
    for inlined in subject.inlined() {
        let template = Template::of("", &inlined.text);
        let (mut names, mut guards) = (Names::default(), Guards::default());
        for action in &template.actions {
            let mut reads = names.step(action.text).reads;
            // A value may be asked for more than once in one action.
            reads.dedup();
            for path in reads.iter().filter(|it| !is_given(subject, it)) {
                let severity = severity(subject, &guards, (action, &reads), path);
                let place = inlined.origin(action.at);
                let is_new = match severity {
                    Severity::Info => told.insert((path.clone(), None)),
                    _ => told.insert((path.clone(), Some(place))),
                };
                if is_new {
                    found.push(finding(subject, place, path, severity));
                }
            }
            guards.follow(action.text, reads);
        }
    }
}

/// Tells whether a value is there, belongs to a subchart, or is made by somebody.
fn is_given(subject: &Subject<'_>, path: &[String]) -> bool {
    let Some(first) = path.first() else { return true };
    // `env` is made where a template reads it, and `global` belongs to whoever installs the chart.
    let is_made = matches!(first.as_str(), "env" | "global" | "AsMap");
    let of_subchart =
        subject.chart.as_ref().is_some_and(|it| it.dependencies.contains(first) || it.aliases.contains(first));
    is_made
        || of_subchart
        || first == "[]"
        || subject.values.as_ref().is_none_or(|it| it.get(first).is_some_and(|it| is_defined(it, &path[1..])))
}

/// Tells whether there is a value at a path, or may be: in a map that is empty, for users to fill, or in items.
fn is_defined(value: &Value, path: &[String]) -> bool {
    let Some((first, rest)) = path.split_first() else { return true };
    match value {
        Value::Object(map) if map.is_empty() => true,
        Value::Object(map) if first == "[]" => map.values().any(|it| is_defined(it, rest)),
        Value::Object(map) => map.get(first).is_some_and(|it| is_defined(it, rest)),
        Value::Array(items) if first == "[]" => {
            items.is_empty() || items.iter().any(|it| !it.is_object() || is_defined(it, rest))
        }
        // Items may be texts and maps, and a text has no keys.
        _ => first == "[]",
    }
}

/// What the blocks that are open ask for.
#[derive(Default)]
struct Guards {
    open: Vec<Vec<Vec<String>>>,
}

impl Guards {
    fn follow(&mut self, action: &str, reads: Vec<Vec<String>>) {
        match keyword(action) {
            "if" | "with" | "range" => self.open.push(reads),
            "define" | "block" => self.open.push(Vec::new()),
            "else" => self.open.last_mut().into_iter().for_each(|it| it.clone_from(&reads)),
            "end" => drop(self.open.pop()),
            _ => {}
        }
    }

    fn ask_for(&self, path: &[String]) -> bool {
        self.open.iter().flatten().any(|it| it == path)
    }
}

fn severity(
    subject: &Subject<'_>,
    guards: &Guards,
    (action, reads): (&Action<'_>, &[Vec<String>]),
    path: &[String],
) -> Severity {
    let is_chain = action.text.contains("and ");
    let guarded = |of: &[String]| guards.ask_for(of) || (is_chain && reads.iter().any(|it| it == of));
    // Helm cannot look into what is not there, whatever is done with the result.
    let known = path.iter().position(|it| it == "[]").unwrap_or(path.len());
    let hole = (1..path.len().min(known + 1)).map(|end| &path[..end]);
    let is_hole = |it: &&[String]| subject.value(it).is_none_or(|it| !it.is_object() && !it.is_array());
    if hole.into_iter().find(is_hole).is_some_and(|it| !guarded(it)) {
        return Severity::Error;
    }
    let words = || action.text.split(|c: char| c.is_whitespace() || c == '(' || c == ')');
    let is_forgiving = words().any(|it| FORGIVING.contains(&it));
    // `dig` takes no map that is not there.
    if !is_forgiving && words().any(|it| it == "dig") && !guarded(path) {
        return Severity::Error;
    }
    let decides = matches!(keyword(action.text), "if" | "with" | "range" | "else") || is_assignment(action.text);
    // Who asks for what is there has not asked for this.
    let is_guarded = (1..=path.len()).any(|end| subject.value(&path[..end]).is_none() && guarded(&path[..end]));
    if is_forgiving || decides || is_guarded { Severity::Info } else { Severity::Warning }
}

fn finding(subject: &Subject<'_>, (file, at): (&str, usize), path: &[String], severity: Severity) -> Finding {
    let name = path.join(".").replace(".[]", "[]");
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
    let line = subject.line_in(file, at);
    Finding::new(rules::UNDEFINED_VALUE, file, line, message, fix).with(severity)
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
            ("{{ dig \"x\" 1 .Values.nope }}", Some(Error)),
            ("{{ dig \"x\" 1 (default (dict) .Values.nope) }}", Some(Info)),
            ("{{ .Values.a.x }}", Some(Error)),
            ("{{ with .Values.nope }}{{ $.Values.nope.x }}{{ end }}", Some(Info)),
        ] {
            let tree = pack(&[(VALUES_FILE, "podCount: 1\na: 1\nopen: {}\n"), ("charts/templates/a.yaml", template)]);
            let all = lint(&tree);
            let worst = all.iter().filter(|it| it.rule == "undefined-value").map(|it| it.severity).min();
            assert_eq!(worst, expected, "{template}");
        }
    }

    #[test]
    fn undefined_values_are_found_by_whatever_name() {
        let values = "a: {b: 1}\nl: [{m: 1}]\nopen: {}\ntexts: [a]\n\"k-x\": 1\n";
        for (template, expected) in [
            ("{{ index .Values \"nope-x\" }}{{ index .Values \"k-x\" }}", &["nope-x"][..]),
            ("{{ index .Values.a \"b\" }}{{ index .Values.a \"c\" }}", &["a.c"]),
            ("{{ with .Values.a }}{{ .b }}{{ .c }}{{ end }}", &["a.c"]),
            ("{{ range .Values.l }}{{ .m }}{{ .o }}{{ end }}", &["l[].o"]),
            ("{{ range .Values.l }}{{ with .o }}{{ . }}{{ end }}{{ if .p }}{{ .p }}{{ end }}{{ end }}", &[]),
            (
                "{{ range .Values.l }}{{ include \"h\" $ }}{{ end }}{{ define \"h\" }}{{ .Release.Name }}{{ .m }}{{ end }}",
                &[],
            ),
            ("{{ range .Values.texts }}{{ .o }}{{ end }}{{ range .Values.open }}{{ .x }}{{ end }}", &[]),
            ("{{ $a := .Values.a }}{{ $a.b }}{{ $a.deeper }}", &["a.deeper"]),
            ("{{ $v := .Values }}{{ $v.a.b }}{{ $v.none }}", &["none"]),
            ("{{ required \"set .Values.some.thing\" .Values.a.b }}{{ $.Subcharts.redis.Values.x }}", &[]),
            ("{{ include \"h\" (dict \"root\" .) }}{{ define \"h\" }}{{ .root.Values.none }}{{ end }}", &["none"]),
            ("{{ include \"lib\" . }}", &["inlib"]),
            ("{{ $a := default (dict) .Values.none }}{{ $a.x }}", &[]),
        ] {
            let library = ("charts/charts/c/templates/_l.tpl", "{{ define \"lib\" }}{{ .Values.inlib }}{{ end }}");
            let tree = pack(&[(VALUES_FILE, values), ("charts/templates/a.yaml", template), library]);
            let all = lint(&tree);
            let worse = all.iter().filter(|it| it.rule == "undefined-value" && it.severity != Severity::Info);
            let named: Vec<&str> = worse.filter_map(|it| it.message.split('`').nth(1)).collect();
            assert_eq!(named, expected, "{template}");
        }
    }
}
