//! How many pods a workload makes, as far as its text and the values tell.

use serde_json::{Map, Value};

use super::text::Lines;
use super::workload::{File, Workload};

/// Pods to count, and the values that say how many there are.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Pods {
    pub(super) number: u64,
    pub(super) values: Vec<String>,
}

impl Pods {
    pub(super) fn one() -> Self {
        Self { number: 1, values: Vec::new() }
    }

    pub(super) fn add(&mut self, more: Self) {
        self.number += more.number;
        for value in more.values {
            if !self.values.contains(&value) {
                self.values.push(value);
            }
        }
    }
}

impl File<'_, '_> {
    /// Returns the number of pods; one where it cannot be told, which is noted.
    pub(super) fn replicas(&mut self, workload: &Workload, values: &Map<String, Value>) -> Pods {
        if workload.indent == 0 {
            return Pods::one();
        }
        beside(&self.lines, workload.at, values).unwrap_or_else(|(line, what)| {
            self.leave(line, what, "set `podCount` in charts/values.yaml to their number");
            Pods::one()
        })
    }

    /// Notes the loops and conditions around a workload: what they make of it is not known before it is rendered.
    pub(super) fn repeated(&mut self, workload: &Workload) {
        let around = |keywords: &[&str]| {
            let found = self.blocks.iter().rfind(|it| keywords.contains(&it.keyword) && it.is_around(workload.at));
            found.map(|it| (it.start, it.guard.to_owned()))
        };
        let (range, condition) = (around(&["range"]), around(&["if", "with", "else"]));
        if let Some((at, guard)) = range {
            let what = format!("`{guard}` makes the pods once for each item: podCount takes them once");
            self.leave(at, &what, "set `podCount` in charts/values.yaml to the number of all");
        }
        if let Some((at, guard)) = condition {
            let what = format!("the pods are made under a condition, `{guard}`: podCount counts them always");
            self.leave(at, &what, "see that the values meet it, or lower `podCount` in charts/values.yaml");
        }
    }
}

/// Returns how many pods are made of the `template:` on line `at`, or the line that does not tell it and why.
pub(super) fn beside(lines: &Lines<'_>, at: usize, values: &Map<String, Value>) -> Result<Pods, (usize, &'static str)> {
    let document = (0..at).rev().find(|it| lines.all[*it].starts_with("---")).unwrap_or(0);
    if lines.all[document..at].iter().any(|it| it.trim_end() == "kind: DaemonSet") {
        return Err((at, "there are as many pods as nodes: podCount takes them for 1"));
    }
    let beside = lines.indent(at);
    let start = (0..at).rev().find(|it| lines.is_yaml(*it) && lines.indent(*it) < beside);
    let end = lines.block_end(start.unwrap_or(0), lines.all.len());
    let start = start.map_or(0, |it| it + 1);
    // A job makes pods until so many have succeeded, however many run at a time.
    let keys = ["completions", "replicas", "parallelism"];
    let Some(line) = keys.iter().find_map(|it| lines.key(it, beside, start, end)) else { return Ok(Pods::one()) };
    let unknown = (line, "how many pods there are cannot be told: podCount takes them for 1");
    let (number, value) = number(lines.value(line), values).filter(|it| it.0 > 0).ok_or(unknown)?;
    Ok(Pods { number, values: value.into_iter().collect() })
}

/// Returns the number that stands in a template, or that the values hold, and the value that it comes from.
fn number(text: &str, values: &Map<String, Value>) -> Option<(u64, Option<String>)> {
    let text = text.split(" #").next().unwrap_or_default().trim();
    let Some(action) = text.strip_prefix("{{").and_then(|it| it.strip_suffix("}}")) else {
        return Some((text.parse().ok()?, None));
    };
    let mut parts = action.trim_matches('-').split('|').map(str::trim);
    let first = parts.next()?;
    let mut words = first.trim_start_matches("int64 ").trim_start_matches("int ").split_whitespace();
    let (path, mut fallback) = match (words.next()?, words.next(), words.next()) {
        ("default", Some(fallback), Some(path)) => (path, Some(fallback)),
        (path, None, None) => (path, None),
        _ => return None,
    };
    for part in parts {
        match part.split_once(' ') {
            Some(("default", it)) => fallback = Some(it.trim()),
            None if matches!(part, "int" | "int64") => {}
            _ => return None,
        }
    }
    let name = path.trim_start_matches('$').strip_prefix(".Values.")?;
    let mut path = name.split('.');
    let first = values.get(path.next()?);
    let found = first.and_then(|first| path.try_fold(first, |value, part| value.get(part)));
    let number = found.and_then(Value::as_u64).filter(|it| *it > 0).or_else(|| fallback?.parse().ok())?;
    Some((number, Some(name.to_owned())))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::number;

    #[test]
    fn numbers_are_known_where_they_can_be() {
        let values = json!({"a": 3, "b": {"c": 2}, "z": 0});
        for (text, expected) in [
            ("4", Some(4)),
            ("4 # four", Some(4)),
            ("{{ .Values.a }}", Some(3)),
            ("{{- $.Values.b.c | int -}}", Some(2)),
            ("{{ int .Values.a }}", Some(3)),
            ("{{ .Values.none | default 5 }}", Some(5)),
            ("{{ .Values.a | default 5 }}", Some(3)),
            ("{{ default 5 .Values.z }}", Some(5)),
            ("{{ .Values.none }}", None),
            ("{{ add .Values.a 1 }}", None),
            ("{{ .Values.a | add 1 }}", None),
            ("{{ $n }}", None),
        ] {
            let found = number(text, values.as_object().unwrap());
            assert_eq!(found.as_ref().map(|it| it.0), expected, "{text}");
            assert_eq!(
                found.is_some_and(|it| it.1.is_some()),
                expected.is_some() && text.contains(".Values."),
                "{text}"
            );
        }
    }
}
