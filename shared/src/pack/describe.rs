//! What a pack's user can set, read from its values file before anything is rendered.
//!
//! A values file is a Jinja text: it is made readable as YAML here for description only. Statements are dropped, and
//! each `{{ … }}` becomes a stand-in that is turned back in what is shown.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

use granit_parser::{Event, Parser};
use serde_json::{Map, Value};

use super::chart::VALUES_FILE;
use super::pod_count;
use super::tree::PackTree;
use crate::yaml::layout::{Layout, Node, Style};
use crate::yaml::read;

/// One thing to set: a leaf of the values.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Its key, dotted; a dot inside a part is `\.`.
    pub key: String,
    /// Its default; a placeholder is shown as it is written.
    pub default: Value,
    /// `string`, `integer`, `number`, `boolean`, `list`, `map`, `null`, or `placeholder` where Nauta fills it in.
    pub kind: &'static str,
    /// The comment above it or beside it, else that of the key around it; `None` if there is none.
    pub description: Option<String>,
}

/// What a pack's files say about it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Description {
    /// How many pods a run counts; `None` if the values do not say.
    pub pod_count: Option<u64>,
    /// The placeholders of the values, such as `NAUTA.CommandLine`, sorted.
    pub placeholders: Vec<String>,
    /// The API version and kind of the objects that the templates make, sorted.
    pub kinds: Vec<(String, String)>,
    /// In the order of the file; empty if the values cannot be read.
    pub parameters: Vec<Parameter>,
    /// Whether the values could not be read.
    pub values_unread: bool,
}

/// Describes a pack.
pub fn describe(tree: &PackTree) -> Description {
    let text = tree.text(VALUES_FILE).unwrap_or_default();
    let readable = Readable::of(text);
    let mut values = read::mapping(&readable.text).ok();
    Description {
        parameters: values.as_ref().map(|it| parameters(&readable, it)).unwrap_or_default(),
        values_unread: values.is_none(),
        pod_count: values.as_mut().and_then(|it| pod_count::settle(it).ok()),
        placeholders: placeholders(text),
        kinds: kinds(tree),
    }
}

/// Returns the leaves of the values that a text holds.
fn parameters(readable: &Readable, values: &Map<String, Value>) -> Vec<Parameter> {
    let Some(root) = Layout::of(&readable.text).and_then(|it| it.root) else { return Vec::new() };
    let comments = Comments::of(&readable.text);
    let ends = readable.text.match_indices('\n').map(|it| it.0).collect();
    let mut leaves = Leaves { readable, ends, comments: &comments, found: Vec::new() };
    leaves.mapping(values, &root, "", None);
    leaves.found
}

/// A values text without Jinja.
pub(super) struct Readable {
    /// The text, its lines where they were.
    pub(super) text: String,
    stand_ins: Vec<String>,
}

/// What a stand-in for `{{ … }}` begins with; its number and an `x` follow.
const STAND_IN: &str = "NautaStandIn";

impl Readable {
    pub(super) fn of(text: &str) -> Self {
        let mut readable = Self { text: String::with_capacity(text.len()), stand_ins: Vec::new() };
        let mut rest = text;
        while let Some(at) = rest.find('{') {
            let (before, from) = rest.split_at(at);
            readable.text.push_str(before);
            rest = readable.take(from);
        }
        readable.text.push_str(rest);
        readable
    }

    /// Takes the `{…` that `from` begins with, and returns what follows.
    fn take<'t>(&mut self, from: &'t str) -> &'t str {
        let closing = match from.as_bytes().get(1) {
            Some(b'{') => "}}",
            Some(b'%') => "%}",
            Some(b'#') => "#}",
            _ => "",
        };
        match from.find(closing).filter(|_| !closing.is_empty()) {
            None => {
                self.text.push('{');
                &from[1..]
            }
            Some(at) => {
                let (taken, rest) = from.split_at(at + 2);
                if closing == "}}" {
                    // Writing to a String cannot fail.
                    let _ = write!(self.text, "{STAND_IN}{}x", self.stand_ins.len());
                    self.stand_ins.push(taken.to_owned());
                } else {
                    // The lines that it took stay lines, so that comments keep their places.
                    self.text.push_str(&"\n".repeat(taken.matches('\n').count()));
                }
                rest
            }
        }
    }

    /// Returns `text` with every stand-in turned back, and whether there was one.
    fn original(&self, text: &str) -> (String, bool) {
        let mut shown = String::with_capacity(text.len());
        let mut rest = text;
        let mut found = false;
        while let Some(at) = rest.find(STAND_IN) {
            let number = &rest[at + STAND_IN.len()..];
            let digits = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
            let stand_in = number[..digits].parse().ok().and_then(|it: usize| self.stand_ins.get(it));
            shown.push_str(&rest[..at]);
            if let (Some(stand_in), Some(after)) = (stand_in, number[digits..].strip_prefix('x')) {
                shown.push_str(stand_in);
                rest = after;
                found = true;
            } else {
                shown.push_str(STAND_IN);
                rest = number;
            }
        }
        shown.push_str(rest);
        (shown, found)
    }

    fn original_value(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.original(text).0),
            Value::Array(items) => Value::Array(items.iter().map(|it| self.original_value(it)).collect()),
            Value::Object(map) => {
                let pairs = map.iter().map(|(key, value)| (self.original(key).0, self.original_value(value)));
                Value::Object(pairs.collect())
            }
            other => other.clone(),
        }
    }
}

/// The comments of a text by their line, from 1.
#[derive(Default)]
struct Comments {
    above: BTreeMap<usize, String>,
    beside: BTreeMap<usize, String>,
}

impl Comments {
    fn of(text: &str) -> Self {
        let mut comments = Self::default();
        let lines: Vec<&str> = text.lines().collect();
        for (event, span) in Parser::new_from_str(text).map_while(Result::ok) {
            let Event::Comment(comment, _) = event else { continue };
            let line = span.start.line();
            let whole = lines.get(line - 1).is_some_and(|it| it.trim_start().starts_with('#'));
            let place = if whole { &mut comments.above } else { &mut comments.beside };
            let comment = comment.trim_start_matches('#').trim();
            place.insert(line, comment.strip_prefix("-- ").unwrap_or(comment).to_owned());
        }
        comments
    }

    /// Returns what stands right above the line of a key, else what stands beside its value.
    fn of_key(&self, line: usize) -> Option<String> {
        let mut first = line;
        while self.above.contains_key(&(first - 1)) {
            first -= 1;
        }
        let above: Vec<&str> =
            self.above.range(first..line).map(|it| it.1.as_str()).filter(|it| !it.is_empty()).collect();
        if above.is_empty() {
            self.beside.get(&line).filter(|it| !it.is_empty()).cloned()
        } else {
            Some(above.join(" "))
        }
    }
}

struct Leaves<'a> {
    readable: &'a Readable,
    /// Where the lines of the text end.
    ends: Vec<usize>,
    comments: &'a Comments,
    found: Vec<Parameter>,
}

impl Leaves<'_> {
    fn mapping(&mut self, values: &Map<String, Value>, node: &Node, prefix: &str, inherited: Option<&str>) {
        // Of equal keys the last one counts.
        let pairs: HashMap<&str, &[Node]> = node.children.chunks_exact(2).map(|it| (it[0].text.as_str(), it)).collect();
        for (key, value) in values {
            let pair = pairs.get(key.as_str()).copied();
            let line = pair.map(|it| 1 + self.ends.partition_point(|end| *end < it[0].range.start));
            let own = line.and_then(|it| self.comments.of_key(it));
            let comment = own.as_deref().or(inherited);
            let path = format!("{prefix}{}", self.readable.original(key).0.replace('.', "\\."));
            match (value, pair) {
                (Value::Object(map), Some([_, node])) if !map.is_empty() && node.style != Style::Scalar => {
                    self.mapping(map, node, &format!("{path}."), comment);
                }
                _ => self.leaf(path, value, comment),
            }
        }
    }

    fn leaf(&mut self, key: String, value: &Value, comment: Option<&str>) {
        let filled_in = value.as_str().is_some_and(|it| self.readable.original(it).1);
        let kind = match value {
            _ if filled_in => "placeholder",
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(it) if it.is_f64() => "number",
            Value::Number(_) => "integer",
            Value::String(_) => "string",
            Value::Array(_) => "list",
            Value::Object(_) => "map",
        };
        let description = comment.map(|it| self.readable.original(it).0);
        self.found.push(Parameter { key, default: self.readable.original_value(value), kind, description });
    }
}

/// Returns the `NAUTA.*` names inside `{{ … }}` and `{% … %}`, sorted.
fn placeholders(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (open, close) in [("{{", "}}"), ("{%", "%}")] {
        for part in text.split(open).skip(1) {
            let inside = part.split(close).next().unwrap_or_default();
            for after in inside.split("NAUTA.").skip(1) {
                let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
                names.push(format!("NAUTA.{}", &after[..end]));
            }
        }
    }
    names.sort();
    names.dedup();
    names
}

/// Returns what stands in the top-level `apiVersion:` and `kind:` lines of the templates, sorted.
fn kinds(tree: &PackTree) -> Vec<(String, String)> {
    let is_template = |path: &str| {
        let end = path.strip_prefix("charts/templates/").and_then(|it| it.rsplit_once('.')).map(|it| it.1);
        matches!(end, Some("yaml" | "yml"))
    };
    let texts = tree.files().filter(|(path, _)| is_template(path)).filter_map(|(path, _)| tree.text(path));
    let mut kinds: Vec<(String, String)> = texts.flat_map(kinds_of).collect();
    kinds.sort();
    kinds.dedup();
    kinds
}

fn kinds_of(template: &str) -> Vec<(String, String)> {
    let mut kinds = Vec::new();
    let (mut version, mut kind) = (None, None);
    for line in template.lines() {
        if line.starts_with("---") {
            (version, kind) = (None, None);
        }
        let value = |key: &str| {
            let text = line.strip_prefix(key)?.split(" #").next().unwrap_or_default();
            Some(text.trim().trim_matches(['"', '\'']).to_owned())
        };
        version = value("apiVersion:").or(version);
        kind = value("kind:").or(kind);
        if let (Some(_), Some(_)) = (&version, &kind) {
            kinds.extend(version.take().zip(kind.take()));
        }
    }
    kinds
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pack(files: &[(&str, &str)]) -> PackTree {
        let mut tree = PackTree::default();
        for (path, content) in files {
            tree.add(path.as_bytes(), content.as_bytes().to_vec(), false).unwrap();
        }
        tree
    }

    const VALUES: &str = r#"# Default values for charts.

# Resource settings
# for the training pod
resources:
  limits:
    cpu: 19 # logical processors
    memory: 93604421089

cpu: null

env:
  - name: KMP # beside an entry
    value: "0"
experimentName: {{ NAUTA.ExperimentName }} 
prefix: "pre-{{ NAUTA.RegistryPort }}"
podCount: 1
commandline:
  args:
    {% for arg in NAUTA.CommandLine %}
    - {{ arg }}
    {% endfor %}
# {% if NAUTA.Gpu %}
on: yes
nvidia.com/gpu: 0.5
service:
  type: ClusterIP"#;

    #[test]
    fn a_zoo_packs_values_are_described_before_rendering() {
        let description = describe(&pack(&[(VALUES_FILE, VALUES)]));
        let found: Vec<(&str, Value, &str, Option<&str>)> = description
            .parameters
            .iter()
            .map(|it| (it.key.as_str(), it.default.clone(), it.kind, it.description.as_deref()))
            .collect();
        let resources = Some("Resource settings for the training pod");
        assert_eq!(
            found,
            [
                ("resources.limits.cpu", json!(19), "integer", Some("logical processors")),
                ("resources.limits.memory", json!(93_604_421_089_u64), "integer", resources),
                ("cpu", json!(null), "null", None),
                ("env", json!([{"name": "KMP", "value": "0"}]), "list", None),
                ("experimentName", json!("{{ NAUTA.ExperimentName }}"), "placeholder", None),
                ("prefix", json!("pre-{{ NAUTA.RegistryPort }}"), "placeholder", None),
                ("podCount", json!(1), "integer", None),
                ("commandline.args", json!(["{{ arg }}"]), "list", None),
                ("true", json!(true), "boolean", None),
                ("nvidia\\.com/gpu", json!(0.5), "number", None),
                ("service.type", json!("ClusterIP"), "string", None),
            ]
        );
        assert_eq!(description.pod_count, Some(1));
        assert_eq!(
            description.placeholders,
            ["NAUTA.CommandLine", "NAUTA.ExperimentName", "NAUTA.Gpu", "NAUTA.RegistryPort"]
        );
    }

    #[test]
    fn pods_are_counted_from_the_defaults() {
        for (values, expected) in [
            ("podCount: 1\nworkersCount: 3", Some(1)),
            ("workersCount: 3\npServersCount: 1\npodCount: 9", Some(4)),
            ("workersCount: '1'", Some(2)),
            ("workersCount: {{ x }}", None),
            ("podCount: 0", None),
            ("a: 1", None),
            ("- broken", None),
        ] {
            assert_eq!(describe(&pack(&[(VALUES_FILE, values)])).pod_count, expected, "{values}");
        }
    }

    #[test]
    fn kinds_come_from_the_templates() {
        let tree = pack(&[
            (
                "charts/templates/a.yaml",
                "{{ if x }}\nkind: Service\napiVersion: v1 # c\nspec:\n  kind: No\n---\nkind: X\n",
            ),
            ("charts/templates/b.yml", "apiVersion: \"kubeflow.org/v1\"\nkind: TFJob\n"),
            ("charts/templates/_helpers.tpl", "apiVersion: v1\nkind: No\n"),
        ]);
        let kinds = describe(&tree).kinds;
        assert_eq!(kinds, [("kubeflow.org/v1".into(), "TFJob".into()), ("v1".into(), "Service".into())]);
    }
}
