use std::io::{self, Write};

use serde_json::{Value, json};
use shared::base::failure::CommandError;
use shared::edge::locate::{is_path, locate};
use shared::edge::zoo::{Freshness, Taken};
use shared::pack::chart::Chart;
use shared::pack::describe::{Description, describe};
use shared::pack::source::{Wanted, is_same_version};
use shared::pack::tree::PackTree;
use shared::term::flags::OutputFlags;
use shared::term::{Render, Table, or_dash};

use crate::search::{Found, Search};
use crate::session::Session;

/// Show what a pack is and what can be set in it
///
/// An installed pack is shown as it lies in the store; any other one, or another version, as its zoo has it. Long
/// lists are only counted; `-o wide` shows them in full.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  kubectl pack show tf-training-single
  kubectl pack show tf-training-single@0.1.0
  kubectl pack show ./my-pack -o json")]
pub(crate) struct ShowArgs {
    /// A name, with a version if need be, or a folder that is a pack
    #[arg(value_name = "NAME[@VERSION]|PATH")]
    pack: String,
    /// Look in this zoo only
    #[arg(long, value_name = "ZOO")]
    zoo: Option<String>,
    /// Ask no zoo: show what was fetched before
    #[arg(long)]
    offline: bool,
    #[command(flatten)]
    output: OutputFlags,
}

pub(super) fn cmd_show(args: &ShowArgs, session: &mut Session<'_>) -> Result<(), CommandError> {
    if let Some(zoo) = &args.zoo {
        session.zoo(zoo)?;
    }
    let page = if is_path(&args.pack) { of_path(args, session)? } else { of_name(args, session)? };
    if page.description.values_unread {
        session.term.warn("`charts/values.yaml` cannot be read before rendering: no parameters are shown");
    }
    session.term.print(&args.output.format, &page)
}

fn of_path(args: &ShowArgs, session: &Session<'_>) -> Result<Page, CommandError> {
    let pack = locate(&args.pack, &session.paths, &session.folder)?;
    Ok(Page::new(&pack.tree, pack.chart.clone(), pack.chart.version, None, None))
}

fn of_name(args: &ShowArgs, session: &mut Session<'_>) -> Result<Page, CommandError> {
    let wanted = Wanted::parse(&args.pack)?;
    let installed = session.store()?.pack(&wanted.name);
    let version = installed.as_ref().and_then(shared::edge::installed::InstalledPack::version);
    let fits = match (&wanted.version, &version) {
        (None, _) => true,
        (Some(wanted), Some(version)) => is_same_version(wanted, version),
        (Some(_), None) => false,
    };
    if let Some(pack) = installed.filter(|_| fits && args.zoo.is_none()) {
        let zoo = pack.receipt().and_then(|it| it.zoo.clone());
        let located = locate(&pack.name, &session.paths, &session.folder)?;
        return Ok(Page::new(&located.tree, located.chart, version.clone(), zoo, version));
    }
    let freshness = if args.offline { Freshness::Offline } else { Freshness::Recent };
    let search = Search { wanted: &wanted, zoo: args.zoo.as_deref(), installed_from: None, freshness };
    let Found { zoo, taken: Taken { tree, chart, version: available, .. }, .. } = search.run(session)?;
    Ok(Page::new(&tree, chart, available, Some(zoo.entry.name), version))
}

/// All that is shown of one pack.
struct Page {
    name: String,
    version: Option<String>,
    summary: String,
    zoo: Option<String>,
    installed: Option<String>,
    description: Description,
    files: Vec<String>,
}

impl Page {
    fn new(
        tree: &PackTree,
        chart: Chart,
        version: Option<String>,
        zoo: Option<String>,
        installed: Option<String>,
    ) -> Self {
        Self {
            name: chart.name,
            version,
            summary: chart.description,
            zoo,
            installed,
            description: describe(tree),
            files: tree.files().map(|(path, _)| path.to_owned()).collect(),
        }
    }

    fn parameters(&self, wide: bool) -> Table {
        let mut table = Table::new(["PARAMETER", "TYPE", "DEFAULT", "DESCRIPTION"]);
        for it in &self.description.parameters {
            let default = shown_default(&it.default, wide);
            table.row([it.key.clone(), it.kind.to_owned(), default, it.description.clone().unwrap_or_default()]);
        }
        table
    }
}

/// Returns a default for people: a long list or map is only counted, unless `wide`.
fn shown_default(default: &Value, wide: bool) -> String {
    const LONG: usize = 40;
    let text = default.as_str().map_or_else(|| default.to_string(), str::to_owned);
    match default {
        Value::Array(items) if !wide && text.len() > LONG => format!("[{} entries]", items.len()),
        Value::Object(map) if !wide && text.len() > LONG => format!("{{{} entries}}", map.len()),
        _ => text,
    }
}

impl Render for Page {
    fn table(&self, wide: bool) -> Table {
        self.parameters(wide)
    }

    fn write_table(&self, wide: bool, out: &mut dyn Write) -> io::Result<()> {
        let kinds: Vec<String> =
            self.description.kinds.iter().map(|(version, kind)| format!("{kind} ({version})")).collect();
        for (label, text) in [
            ("Name:", self.name.clone()),
            ("Version:", or_dash(self.version.as_ref())),
            ("Installed:", or_dash(self.installed.as_ref())),
            ("Zoo:", or_dash(self.zoo.as_ref())),
            ("Description:", self.summary.clone()),
            ("Pods:", or_dash(self.description.pod_count.as_ref())),
            ("Kinds:", kinds.join(", ")),
            ("Placeholders:", self.description.placeholders.join(", ")),
            ("Files:", self.files.join(", ")),
        ] {
            writeln!(out, "{}", format!("{label:<15}{text}").trim_end())?;
        }
        let parameters = self.parameters(wide);
        if !parameters.is_empty() {
            writeln!(out)?;
        }
        parameters.write(out)
    }

    fn json(&self) -> Value {
        let kinds: Vec<Value> = self
            .description
            .kinds
            .iter()
            .map(|(version, kind)| json!({"api_version": version, "kind": kind}))
            .collect();
        let parameter = |it: &shared::pack::describe::Parameter| json!({"key": it.key, "default": it.default, "type": it.kind, "description": it.description});
        let parameters: Vec<Value> = self.description.parameters.iter().map(parameter).collect();
        json!({
            "name": self.name,
            "version": self.version,
            "description": self.summary,
            "zoo": self.zoo,
            "installed": self.installed,
            "pod_count": self.description.pod_count,
            "placeholders": self.description.placeholders,
            "kinds": kinds,
            "parameters": parameters,
            "files": self.files,
        })
    }

    fn names(&self) -> Vec<String> {
        vec![self.name.clone()]
    }
}
