//! Numbers that Helm prints in exponent form.

use std::collections::BTreeMap;

use serde_json::Value;

use super::subject::Subject;
use super::{Finding, Severity, rules};
use crate::pack::chart::VALUES_FILE;
use crate::pack::expression::Names;

/// Functions behind which a number prints in full, or whose result nobody can tell from here.
const SAFE: &[&str] = &["int", "int64", "toJson", "include", "add", "add1", "mul", "sub", "div", "until", "round"];

/// Adds the numbers that become a text such as `1e+06` where a template prints them.
pub(super) fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let printed = printed(subject);
    for path in subject.paths_of(|it| it.as_f64().is_some_and(is_exponent)) {
        let Some(number) = subject.value(&path).filter(|it| !it.is_string()) else { continue };
        let Some((template, line)) = printed.get(&path) else { continue };
        let shown = go_text(number);
        let mut message = format!("Helm prints {number} as `{shown}` in `{template}` line {line}");
        let is_quantity = path.iter().any(|it| {
            let name = it.to_lowercase();
            ["memory", "cpu", "storage"].iter().any(|it| name.ends_with(it))
        });
        let mut severity = Severity::Warning;
        if is_quantity {
            message += ", which Kubernetes still takes as a quantity";
            severity = Severity::Info;
        }
        // `int64` cuts off a fraction, and Helm has lost digits before it comes to it.
        let is_whole = number.as_f64().is_some_and(|it| it.fract() == 0.0 && it.abs() <= MOST_EXACT);
        let quoted = format!("quote it (`\"{number}\"`)");
        let fix = if is_whole { format!("{quoted}, or print it with `| int64`") } else { quoted };
        let finding = Finding::new(rules::NUMBER_EXPONENT, VALUES_FILE, subject.line_of(&path), message, fix);
        found.push(finding.with(severity));
    }
}

/// Up to here a float holds every whole number: 2^53.
const MOST_EXACT: f64 = 9_007_199_254_740_992.0;

fn is_exponent(number: f64) -> bool {
    number.abs() >= 1e6 || (number != 0.0 && number.abs() < 1e-4)
}

/// Returns a number as Go's `%v` prints it.
fn go_text(number: &Value) -> String {
    let text = format!("{:e}", number.as_f64().unwrap_or_default());
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, exponent) = exponent.strip_prefix('-').map_or(("+", exponent), |it| ("-", it));
    format!("{digits}e{sign}{exponent:0>2}")
}

/// Returns the paths that templates print as they are, with the template and line that do so first.
fn printed<'s>(subject: &'s Subject<'_>) -> BTreeMap<Vec<String>, (&'s str, usize)> {
    let mut printed = BTreeMap::new();
    for template in &subject.templates {
        let mut names = Names::default();
        for action in &template.actions {
            let step = names.step(action.text);
            let mut words = action.text.split(|c: char| !c.is_alphanumeric()).filter(|it| !it.is_empty());
            if words.any(|it| SAFE.contains(&it) || matches!(it, "if" | "with" | "range" | "else")) {
                continue;
            }
            for path in step.reads {
                printed.entry(path).or_insert_with(|| (template.path, template.line(action.at)));
            }
        }
    }
    printed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::lint::testing::{found, pack};

    #[test]
    fn only_numbers_that_are_printed_as_they_are_count() {
        for (value, action, expected) in [
            ("num: 1000000", "{{ .Values.num }}", true),
            ("num: 999999", "{{ .Values.num }}", false),
            ("num: 0.00001", "{{ .Values.num | quote }}", true),
            ("num: 0.0001", "{{ .Values.num }}", false),
            ("num: 1000000", "{{ .Values.num | int64 }}", false),
            ("num: \"1000000\"", "{{ .Values.num }}", false),
            ("num: 0", "{{ .Values.num }}", false),
            ("num: {m: 2e6}", "{{ default 1 .Values.num.m }}", true),
            ("num: {m: 2e6}", "{{ with .Values.num }}{{ .m }}{{ end }}", true),
        ] {
            let template = format!("x: {action}\n");
            let tree = pack(&[("charts/values.yaml", value), ("charts/templates/a.yaml", &template)]);
            let shown = found(&tree, VALUES_FILE);
            assert_eq!(shown.contains(&"1 number-exponent".to_owned()), expected, "{value} {action} {shown:?}");
        }
    }

    #[test]
    fn numbers_are_shown_as_go_prints_them() {
        let shown = [1e6, 1_234_567.0, 0.000_01, 93_604_421_089.0].map(|it| go_text(&Value::from(it)));
        assert_eq!(shown, ["1e+06", "1.234567e+06", "1e-05", "9.3604421089e+10"]);
    }

    #[test]
    fn the_remedy_keeps_the_number() {
        for (value, expected) in
            [("1000000", true), ("1234567.5", false), ("0.00001", false), ("9007199254740993000", false)]
        {
            let values = format!("num: {value}\n");
            let tree = pack(&[("charts/values.yaml", &values), ("charts/templates/a.yaml", "x: {{ .Values.num }}")]);
            let all = crate::pack::lint::testing::lint(&tree);
            let finding = all.iter().find(|it| it.rule == "number-exponent").unwrap();
            assert_eq!(finding.fix.contains("int64"), expected, "{value}");
        }
    }
}
