mod advice;
mod file;
mod gather;
mod page;
mod watch;

use clap::Args;
use serde_json::Value;
use shared::base::failure::CommandError;
use shared::term::flags::OutputFlags;
use shared::term::{Format, Render, Table};
use shared::tfjob::name::JobRef;

use crate::session::Session;
use crate::table::{JobList, Row, spelling};
use page::Page;

/// Show what a TFJob is doing, and why
///
/// State and since when, the condition that decides it, counts for each replica type, failing pods first with their
/// exit codes and reasons, what the clean-up removed, the last events, and what to do next. A right that is missing
/// costs only its part of the page. With -f the objects of a file are read instead, without a cluster.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kubectl tfjob status mnist
  kubectl tfjob status mnist -w
  kubectl tfjob status mnist -o json | jq -r .state
  kubectl get tfjob mnist -o yaml | kubectl tfjob status -f -")]
pub(crate) struct StatusArgs {
    /// The jobs: NAME, tfjob/NAME or tfjobs.GROUP/NAME
    #[arg(value_name = "NAME", required_unless_present = "filename")]
    names: Vec<JobRef>,
    /// Read the objects of a file instead, JSON or YAML, `-` for standard input
    #[arg(short, long, value_name = "FILE", conflicts_with_all = ["names", "watch"])]
    filename: Option<String>,
    /// Show the page again whenever something changes; on a terminal in place
    #[arg(short, long)]
    watch: bool,
    #[command(flatten)]
    output: OutputFlags,
}

pub(super) fn cmd_status(args: &StatusArgs, session: &mut Session<'_>) -> Result<(), CommandError> {
    if let Some(path) = &args.filename {
        return file::status_of_file(path, &args.output.format, session);
    }
    if args.watch {
        return watch::watch(&args.names, &args.output.format, session);
    }
    let mut pages = Vec::new();
    let mut failed = false;
    for name in &args.names {
        match gather::page(name, wants_events(&args.output.format), session) {
            Ok(page) => pages.push(page),
            Err(error) if args.names.len() == 1 => return Err(error.into()),
            Err(error) => {
                session.term.fault(&error);
                failed = true;
            }
        }
    }
    let is_single = args.names.len() == 1;
    session.term.print(&args.output.format, &Pages { pages, is_single })?;
    if failed { Err(CommandError::Exit(1)) } else { Ok(()) }
}

/// Tells whether a format shows events.
fn wants_events(format: &Format) -> bool {
    matches!(format, Format::Table | Format::Wide)
}

/// One page, or one below the other.
struct Pages {
    pages: Vec<Page>,
    /// Whether one job was asked for: an object, no list.
    is_single: bool,
}

impl Render for Pages {
    fn table(&self, wide: bool) -> Table {
        let rows = self.pages.iter().map(|it| Row::listed(it.summary.clone())).collect();
        JobList { rows, ..JobList::default() }.table(wide)
    }

    fn json(&self) -> Value {
        match (self.pages.as_slice(), self.is_single) {
            ([page], true) => page.summary.json(),
            (pages, _) => pages.iter().map(|it| it.summary.json()).collect(),
        }
    }

    fn names(&self) -> Vec<String> {
        self.pages.iter().map(|it| spelling(&it.summary)).collect()
    }

    fn write_table(&self, wide: bool, out: &mut dyn std::io::Write) -> std::io::Result<()> {
        for (index, page) in self.pages.iter().enumerate() {
            if index > 0 {
                writeln!(out)?;
            }
            page.write(wide, out)?;
        }
        Ok(())
    }
}
