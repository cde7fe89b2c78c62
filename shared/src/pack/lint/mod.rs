//! Every fault of a pack at once: what a pack's author wants to know before anybody runs it.
//!
//! One file per group of rules. A rule looks at a `subject::Subject` and adds its findings; nothing is evaluated, and
//! nothing stops at the first fault.

mod api;
mod arguments;
mod builtins;
mod chart;
mod dockerfile;
mod fields;
mod labels;
mod names;
mod numbers;
pub mod rules;
mod subject;
mod syntax;
mod usage;
mod values;
mod variables;
mod waivers;

use std::fmt;

use super::placeholder::Placeholders;
use super::tree::PackTree;
use crate::jinja::engine::Rendered;
use rules::Rule;
use subject::Subject;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It does not work.
    Error,
    /// It works until something else happens, or does something else than it says.
    Warning,
    /// Worth knowing.
    Info,
}

impl Severity {
    /// Returns the word that people and scripts read.
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.word())
    }
}

/// One fault of a pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The file, relative to the pack; `.` for the pack as a whole.
    pub file: String,
    /// The line, from 1; `None` where none fits.
    pub line: Option<usize>,
    /// The rule's id.
    pub rule: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub fix: String,
}

impl Finding {
    /// Returns a finding of the severity that its rule usually has.
    pub fn new(
        rule: &'static Rule,
        file: &str,
        line: Option<usize>,
        message: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        let (message, fix) = (message.into(), fix.into());
        Self { file: file.to_owned(), line, rule: rule.id, severity: rule.severity, message, fix }
    }

    /// Returns the finding with another severity.
    #[must_use]
    pub fn with(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }
}

/// Why the values text could not be rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderFault {
    /// What is wrong.
    pub message: String,
    /// Line, from 1, where it is known.
    pub line: Option<usize>,
}

/// Returns what the values text is to be rendered with for [`lint`]: texts that occur nowhere by chance.
pub fn placeholders() -> Placeholders {
    Placeholders {
        experiment: "nauta-lint-experiment".to_owned(),
        command_line: vec!["nauta-lint.py".to_owned(), "--nauta-lint".to_owned()],
        image: "nauta-lint/image:1".to_owned(),
        registry_port: 5000,
    }
}

/// Returns the faults of the pack in folder `name`, by file and line, those that a waiver allows left out.
///
/// `rendered` is its values text, rendered with [`placeholders`].
pub fn lint(name: &str, tree: &PackTree, rendered: Result<Rendered, RenderFault>) -> Vec<Finding> {
    let (subject, mut found) = Subject::of(name, tree, rendered);
    for check in [
        chart::check,
        values::check,
        numbers::check,
        syntax::check,
        usage::check,
        builtins::check,
        arguments::check,
        api::check,
        fields::check,
        labels::check,
        names::check,
        variables::check,
        dockerfile::check,
    ] {
        check(&subject, &mut found);
    }
    let mut found = waivers::apply(tree, found);
    found.sort_by(|a, b| {
        let place = |it: &Finding| (it.file.clone(), it.line, it.severity, it.rule, it.message.clone());
        place(a).cmp(&place(b))
    });
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::testing::{lint, pack};

    /// What texts are made of that are nearly templates.
    const PIECES: &[&str] = &[
        "{{",
        "}}",
        "{{- ",
        " -}}",
        "if ",
        "else",
        "end",
        "with ",
        "range ",
        "define \"a\"",
        "include \"a\" .",
        ".Values",
        ".c",
        ".Release.name",
        "$x := ",
        "$x",
        " | quote",
        "/* ",
        "*/",
        "key:",
        "template:",
        "metadata:",
        "labels:",
        "runName:",
        "kind: Pod",
        "apiVersion: v1",
        "spec:",
        "- ",
        "  ",
        "\n",
        "\r\n",
        "\t",
        ": ",
        "[",
        "]",
        "{",
        "}",
        "\"",
        "'",
        "|",
        ">",
        "#",
        "# nauta-lint: allow ",
        "privileged",
        "ż",
        "🙂",
        "\u{85}",
        "---\n",
        "{% for x in y %}",
        "{% endfor %}",
        "{{ NAUTA.CommandLine }}",
        "FROM ",
        "COPY training.py",
        "1000000",
        "&a ",
        "*a",
        "<<: ",
        "command: [bash, -c]\n",
        "args:\n- -c\n",
        "join \" \" .Values.c",
        "index .Values \"c\"",
        "'{{ . }}'",
        "(",
        ")",
        ", ",
        "!!int ",
    ];

    proptest! {
        #[test]
        fn no_text_stops_the_linter(parts in prop::collection::vec(prop::sample::select(PIECES), 0..60)) {
            let text = parts.concat();
            let values = format!("c: {{{{ NAUTA.CommandLine }}}}\nd: {text}");
            lint(&pack(&[("charts/templates/a.yaml", &text), ("charts/values.yaml", &values)]));
            lint(&pack(&[("charts/Chart.yaml", &text), ("charts/values.yaml", &text), ("Dockerfile", &text)]));
        }
    }
}

#[cfg(test)]
mod testing {
    //! What the tests of the rules share.

    use super::*;
    use crate::jinja::engine::{self, Job};
    use crate::jinja::inspect;
    use crate::pack::chart::VALUES_FILE;

    /// Returns a pack of these files.
    pub(super) fn pack(files: &[(&str, &str)]) -> PackTree {
        let mut tree = PackTree::default();
        for (path, content) in files {
            tree.add(path.as_bytes(), content.as_bytes().to_vec(), false).unwrap();
        }
        tree
    }

    /// Returns the findings of a pack in the folder `p`.
    pub(super) fn lint(tree: &PackTree) -> Vec<Finding> {
        let source = tree.text(VALUES_FILE).unwrap_or_default().to_owned();
        let job = Job {
            file: VALUES_FILE.to_owned(),
            captures: inspect::inspect(&source).captures,
            source,
            context: placeholders().context(),
            seeds: ("aBcDeFgHiJkLmNoPqRsT".to_owned(), "uVwXyZaBcDeFgHiJkLmNoPqRsTu".to_owned()),
        };
        let rendered = engine::render(&job).map_err(|it| RenderFault { message: it.message, line: it.line });
        super::lint("p", tree, rendered)
    }

    /// Returns line and rule of the findings in a file; `-` where there is no line.
    pub(super) fn found(tree: &PackTree, file: &str) -> Vec<String> {
        let shown = |it: &Finding| format!("{} {}", it.line.map_or("-".to_owned(), |it| it.to_string()), it.rule);
        lint(tree).iter().filter(|it| it.file == file).map(shown).collect()
    }

    /// Returns line and rule of the findings in a template of a pack with these values.
    pub(super) fn found_in_template(values: &str, template: &str) -> Vec<String> {
        let path = "charts/templates/a.yaml";
        found(&pack(&[(VALUES_FILE, values), (path, template)]), path)
    }
}
