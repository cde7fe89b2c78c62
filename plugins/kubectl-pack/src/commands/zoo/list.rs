use serde_json::{Value, json};
use shared::base::failure::CommandError;
use shared::edge::zoo::{Freshness, ZooError};
use shared::pack::source::{ZooEntry, without_user_info};
use shared::term::flags::OutputFlags;
use shared::term::{Render, Table, or_dash};

use crate::session::Session;

/// List the zoos in the order in which they count
///
/// No zoo is asked anything: remote ones show what was fetched last.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  kubectl pack zoo list
  kubectl pack zoo list -o json")]
pub(crate) struct ListArgs {
    #[command(flatten)]
    output: OutputFlags,
}

pub(super) fn cmd_list(args: &ListArgs, session: &mut Session<'_>) -> Result<(), CommandError> {
    let mut rows = Vec::new();
    let mut failed = false;
    for entry in session.zoos() {
        let row = match row(&entry, session) {
            Ok(row) => row,
            Err(ZooError::NeverFetched { .. }) => Row::unread(entry),
            Err(error) => {
                session.term.fault(&error);
                failed = true;
                Row::unread(entry)
            }
        };
        rows.push(row);
    }
    session.term.print(&args.output.format, &ZooList { rows })?;
    if failed { Err(CommandError::Exit(1)) } else { Ok(()) }
}

fn row(entry: &ZooEntry, session: &mut Session<'_>) -> Result<Row, ZooError> {
    let zoo = session.open(entry, Freshness::Offline)?;
    let packs = Some(zoo.packs()?.len());
    Ok(Row { kind: Some(zoo.kind()), packs, updated_at: zoo.updated_at.map(|it| it.to_string()), entry: entry.clone() })
}

/// Returns `1 pack`, `2 packs`.
pub(in crate::commands) fn count(packs: usize) -> String {
    if packs == 1 { "1 pack".to_owned() } else { format!("{packs} packs") }
}

/// One zoo.
struct Row {
    entry: ZooEntry,
    /// `None` where only a look could tell.
    kind: Option<&'static str>,
    packs: Option<usize>,
    updated_at: Option<String>,
}

impl Row {
    /// A zoo that could not be read, or was never fetched.
    fn unread(entry: ZooEntry) -> Self {
        Self { kind: entry.is_surely_git().then_some("git"), entry, packs: None, updated_at: None }
    }
}

struct ZooList {
    rows: Vec<Row>,
}

impl Render for ZooList {
    fn table(&self, _: bool) -> Table {
        let mut table = Table::new(["NAME", "KIND", "PACKS", "REF", "SUBDIR", "UPDATED", "URL"]);
        for row in &self.rows {
            table.row([
                row.entry.name.clone(),
                or_dash(row.kind),
                or_dash(row.packs),
                or_dash(row.entry.reference.as_ref()),
                or_dash(row.entry.subdir.as_ref()),
                or_dash(row.updated_at.as_ref()),
                without_user_info(&row.entry.url),
            ]);
        }
        table
    }

    fn json(&self) -> Value {
        let row = |it: &Row| {
            json!({
                "name": it.entry.name,
                "url": without_user_info(&it.entry.url),
                "kind": it.kind,
                "ref": it.entry.reference,
                "subdir": it.entry.subdir,
                "packs": it.packs,
                "updated_at": it.updated_at,
            })
        };
        self.rows.iter().map(row).collect()
    }

    fn names(&self) -> Vec<String> {
        self.rows.iter().map(|it| it.entry.name.clone()).collect()
    }
}
