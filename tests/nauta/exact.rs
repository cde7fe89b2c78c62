//! Random arguments through the real Helms come back as they were.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use support::Sandbox;
use support::helm::helms;

use crate::BIN;

/// Prints the same list in every style that a pack may use.
const VALUES: &str = "podCount: 1
bare:
  {% for arg in NAUTA.CommandLine %}
  - {{ arg }}
  {% endfor %}
double:
  # {% for arg in NAUTA.CommandLine %}
  - \"{{ arg }}\"
  # {% endfor %}
single: [{% for arg in NAUTA.CommandLine %}'{{ arg }}', {% endfor %}]
json: {{ NAUTA.CommandLine | tojson }}
list: {{ NAUTA.CommandLine }}
";

/// Shows what Helm has read, safe from any change by quoting or escaping.
const TEMPLATE: &str = "{{ range $style := list \"bare\" \"double\" \"single\" \"json\" \"list\" }}
{{ $style }}: {{ get $.Values $style | toJson | b64enc }}
{{ end }}";

/// Words that some reader takes for something else.
const AWKWARD: &[&str] = &[
    "",
    " ",
    "yes",
    "No",
    "on",
    "y",
    "null",
    "~",
    "true",
    "1e3",
    "1000000",
    "0x1F",
    "0o17",
    "010",
    "1_000",
    "12:30",
    "2019-01-01",
    ".inf",
    ".nan",
    "-",
    "- x",
    "--",
    "---",
    "...",
    "# x",
    "a #b",
    "a: b",
    "k:",
    "{a: 1}",
    "[a",
    "*a",
    "&a",
    "!foo",
    "!!int 3",
    "%d",
    "@x",
    "`",
    "|",
    ">",
    "?",
    "<<",
    "=",
    "'",
    "\"",
    "\\",
    "\\n",
    "\"q\"",
    "'s'",
    "{{ x }}",
    "{{ .Values.x }}",
    "{% x %}",
    "{# x #}",
    "a\nb",
    "a\n\n  b\n",
    "\n",
    "\r",
    "a\r\nb",
    "\t",
    "\t x",
    " lead",
    "trail ",
    "$HOME",
    "$(VAR)",
    "$$",
    "🙂",
    "\u{85}",
    "\u{a0}",
    "\u{2028}",
    "\u{feff}",
    "\u{fffe}",
    "\u{7f}",
    "\u{0}",
    "\u{1b}[31m",
    "\u{10ffff}",
    "<script>&amp;",
];

fn word() -> impl Strategy<Value = String> {
    let from = |chars: &'static str| {
        prop::collection::vec(prop::sample::select(chars.chars().collect::<Vec<_>>()), 0..12)
            .prop_map(|it| it.into_iter().collect::<String>())
    };
    prop_oneof![
        any::<String>(),
        prop::sample::select(AWKWARD).prop_map(str::to_owned),
        from("-:#{}[]&*!|>'\"%@`,? ~\\\n\t"),
        from("0123456789_.eExXoO+-"),
        from("\u{80}\u{85}\u{9f}\u{a0}\u{ad}\u{2028}\u{2029}\u{feff}\u{fffe}\u{ffff}\u{1fffe}é日🙂 "),
    ]
}

#[test]
fn random_arguments_come_back_through_both_helms() {
    let sandbox = Sandbox::new();
    sandbox.write("probe/charts/Chart.yaml", "apiVersion: v1\nname: probe\nversion: 0.1.0\n");
    sandbox.write("probe/charts/values.yaml", VALUES);
    sandbox.write("probe/charts/templates/probe.yaml", TEMPLATE);
    let helms = helms();
    let mut runner = TestRunner::new(Config { cases: 12, failure_persistence: None, ..Config::default() });
    let lists = prop::collection::vec(word(), 0..400);
    let result = runner.run(&lists, |words| {
        let input = serde_json::to_vec(&words).unwrap();
        let mut expected = vec!["t.py".to_owned()];
        expected.extend(words);
        let render = ["render", "e", "./probe", "t.py", "--args-file", "-"];
        let values = sandbox.run_with_input(BIN, render, &input).success();
        for helm in &helms {
            let rendered = ["template", "e", "./probe/charts", "--skip-tests"];
            sandbox.write("probe/charts/values.yaml", &values);
            let output = sandbox.run(&helm.path, rendered);
            sandbox.write("probe/charts/values.yaml", VALUES);
            prop_assert_eq!(output.code, 0, "{}: {}", helm.version, output);
            for line in output.stdout.lines().filter(|it| it.contains(": ") && !it.starts_with('#')) {
                let (style, shown) = line.split_once(": ").unwrap();
                let bytes = data_encoding::BASE64.decode(shown.as_bytes()).unwrap();
                let read: Value = serde_json::from_slice(&bytes).unwrap();
                prop_assert_eq!(&read, &json!(expected), "{} {}", helm.version, style);
            }
            prop_assert_eq!(output.stdout.matches(": ").count(), 6, "{}", output);
        }
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
}
