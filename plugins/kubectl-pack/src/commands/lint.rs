use std::collections::BTreeSet;
use std::io::{self, Write};

use serde_json::{Value, json};
use shared::base::failure::{CommandError, Failure};
use shared::edge::locate::{Files, find};
use shared::edge::sandbox::{self, SandboxError};
use shared::jinja::engine::Rendered;
use shared::jinja::inspect::inspect;
use shared::pack::chart::VALUES_FILE;
use shared::pack::lint::{Finding, RenderFault, Severity, lint, placeholders, rules};
use shared::pack::tree::PackTree;
use shared::term::flags::OutputFlags;
use shared::term::{Render, Table, or_dash};

use crate::session::Session;

/// Find every fault of packs at once
///
/// Each finding has a file, a line, a rule and a remedy; docs/lint.md explains the rules. Nothing is run and no cluster
/// is asked. A comment `nauta-lint: allow RULE reason…` on a line, or on the line above it, allows one fault there.
/// Exits 1 if there is an error; with --strict, if there is a warning.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  kubectl pack lint ./my-pack
  kubectl pack lint tf-training-single jupyter --strict
  kubectl pack lint ./my-pack -o json | jq -r '.[] | select(.severity == \"error\") | .rule'")]
pub(crate) struct LintArgs {
    /// Names of installed or built-in packs, or folders that are packs
    #[arg(required = true, value_name = "NAME|PATH")]
    packs: Vec<String>,
    /// Fail on warnings too
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    output: OutputFlags,
}

pub(super) fn cmd_lint(args: &LintArgs, session: &mut Session<'_>) -> Result<(), CommandError> {
    let mut report = Report { packs: Vec::new() };
    let mut unknown: Vec<Box<dyn Failure>> = Vec::new();
    for word in &args.packs {
        match find(word, &session.paths, &session.folder) {
            Ok(Files { name, tree: Ok(tree), .. }) => {
                let findings = lint(&name, &tree, rendered(&tree));
                report.packs.push(Linted { name, findings });
            }
            Ok(Files { name, tree: Err(error), .. }) => {
                report.packs.push(Linted { name, findings: vec![unreadable(&error)] });
            }
            Err(error) => unknown.push(Box::new(error)),
        }
    }
    session.term.print(&args.output.format, &report)?;
    if !unknown.is_empty() {
        return Err(CommandError::Failed(unknown));
    }
    let worst = if args.strict { Severity::Warning } else { Severity::Error };
    let failed = report.findings().any(|(_, it)| it.severity <= worst);
    if failed { Err(CommandError::Exit(1)) } else { Ok(()) }
}

/// Renders a pack's values for the linter.
fn rendered(tree: &PackTree) -> Result<Rendered, RenderFault> {
    let source = tree.text(VALUES_FILE).unwrap_or_default();
    sandbox::render(VALUES_FILE, source, placeholders().context(), &inspect(source)).map_err(|error| match error {
        SandboxError::Template(error) => RenderFault { message: error.message, line: error.line },
        other => RenderFault { message: crate::session::with_causes(&other), line: None },
    })
}

fn unreadable(error: &dyn Failure) -> Finding {
    let fix = error
        .hint()
        .unwrap_or_else(|| "a pack holds plain files and folders, with names that every system has".to_owned());
    Finding::new(rules::PACK_UNREADABLE, ".", None, crate::session::with_causes(error), fix)
}

/// A pack with what was found in it.
struct Linted {
    name: String,
    findings: Vec<Finding>,
}

struct Report {
    packs: Vec<Linted>,
}

impl Report {
    fn findings(&self) -> impl Iterator<Item = (&str, &Finding)> {
        self.packs.iter().flat_map(|pack| pack.findings.iter().map(|it| (pack.name.as_str(), it)))
    }

    /// Returns how many findings there are, in words.
    fn summary(&self) -> String {
        let count = |severity| self.findings().filter(|(_, it)| it.severity == severity).count();
        let plural = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
        format!(
            "{}: {}, {}, {} info",
            plural(self.packs.len(), "pack"),
            plural(count(Severity::Error), "error"),
            plural(count(Severity::Warning), "warning"),
            count(Severity::Info)
        )
    }
}

impl Linted {
    /// Writes the findings, each remedy once, below the first finding that it belongs to.
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.findings.is_empty() {
            return Ok(());
        }
        writeln!(out, "{}", self.name)?;
        let mut told = BTreeSet::new();
        for it in &self.findings {
            let line = it.line.map_or_else(String::new, |line| format!(":{line}"));
            writeln!(out, "  {}{line}: {} {}: {}", it.file, it.severity, it.rule, it.message)?;
            if told.insert((it.rule, it.fix.as_str())) {
                writeln!(out, "    fix: {}", it.fix)?;
            }
        }
        writeln!(out)
    }
}

impl Render for Report {
    fn table(&self, _: bool) -> Table {
        let mut table = Table::new(["PACK", "FILE", "LINE", "SEVERITY", "RULE", "MESSAGE"]);
        for (pack, it) in self.findings() {
            let line = or_dash(it.line);
            let word = it.severity.word().to_owned();
            table.row([pack.to_owned(), it.file.clone(), line, word, it.rule.to_owned(), it.message.clone()]);
        }
        table
    }

    fn write_table(&self, wide: bool, out: &mut dyn Write) -> io::Result<()> {
        if wide {
            return self.table(wide).write(out);
        }
        self.packs.iter().try_for_each(|it| it.write(out))?;
        writeln!(out, "{}", self.summary())
    }

    fn json(&self) -> Value {
        self.findings()
            .map(|(pack, it)| {
                json!({
                    "pack": pack,
                    "file": it.file,
                    "line": it.line,
                    "rule": it.rule,
                    "severity": it.severity.word(),
                    "message": it.message,
                    "fix": it.fix,
                })
            })
            .collect()
    }

    fn names(&self) -> Vec<String> {
        self.packs.iter().filter(|it| !it.findings.is_empty()).map(|it| it.name.clone()).collect()
    }
}
