use serde_json::{Value, json};
use shared::base::failure::{CommandError, Failure};
use shared::edge::files::is_folder;
use shared::edge::zoo::Freshness;
use shared::pack::catalogue::{Installed, Offer, Row, rows};
use shared::term::flags::OutputFlags;
use shared::term::{Render, Table, or_dash};

use crate::session::Session;

/// List installed and available packs
///
/// One row per name. An installed pack is compared with the zoo that it came from; else the first zoo in the order of
/// the configuration counts, the built-in one last. STATE is the first that applies of broken, edited, newer,
/// upgradable, unordered (the versions cannot be compared), up-to-date, local (no zoo has it) and not-installed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  kubectl pack list
  kubectl pack list --installed -o wide
  kubectl pack list -o json | jq -r '.[] | select(.state == \"upgradable\") | .name'")]
pub(crate) struct ListArgs {
    /// Show installed packs only
    #[arg(long, conflicts_with = "available")]
    installed: bool,
    /// Show only packs that a zoo has
    #[arg(long)]
    available: bool,
    /// Ask no zoo: show what was fetched before
    #[arg(long)]
    offline: bool,
    #[command(flatten)]
    output: OutputFlags,
}

/// Nothing is at a zoo's address; word for word what nctl says.
#[derive(Debug, thiserror::Error)]
#[error(
    "Repository {address} does not exist or you do not have access. \
     List below does not contain then any remote templates data."
)]
struct NoRepository {
    address: String,
}

impl Failure for NoRepository {
    fn hint(&self) -> Option<String> {
        Some("check the URL; a private zoo wants NAUTA_ZOO_TOKEN_<ZOO>, or a login in ~/.netrc".to_owned())
    }
}

pub(super) fn cmd_list(args: &ListArgs, session: &mut Session<'_>) -> Result<(), CommandError> {
    let mut failed = false;
    let offers = offers(args.offline, session, &mut failed);
    let installed = installed(session, &mut failed)?;
    let mut rows = rows(&installed, &offers);
    rows.retain(|it| (!args.installed || it.is_installed) && (!args.available || it.is_available));
    let nctl = session.paths.nctl_packs();
    let is_a_zoo = session.config.zoos.iter().any(|it| *it.url == *nctl.to_string_lossy());
    if is_folder(&nctl) && !is_a_zoo {
        session.term.note(format!(
            "`{0}` holds packs of nctl: `kubectl pack zoo add --from-nctl {0}` makes them a zoo, \
                 `kubectl pack install {0}/NAME` takes one over",
            nctl.display()
        ));
    }
    if rows.is_empty() {
        session.term.status("No packs found.");
    }
    session.term.print(&args.output.format, &PackList { rows })?;
    if failed { Err(CommandError::Exit(1)) } else { Ok(()) }
}

/// Returns what all zoos offer, in their order; what cannot be read is reported and does not hide the rest.
pub(super) fn offers(offline: bool, session: &mut Session<'_>, failed: &mut bool) -> Vec<Offer> {
    let freshness = if offline { Freshness::Offline } else { Freshness::Recent };
    let mut offers = Vec::new();
    let zoos = session.zoos();
    session.ask(&zoos, freshness);
    for entry in zoos {
        match session.open(&entry, freshness).and_then(|it| it.packs()) {
            Ok(packs) => {
                for pack in packs {
                    if let Some(fault) = pack.fault {
                        session.term.fault(&fault);
                        *failed = true;
                    }
                    offers.push(pack.offer);
                }
            }
            Err(error) => {
                match error.empty_address() {
                    Some(address) => session.term.fault(&NoRepository { address: address.to_owned() }),
                    None => session.term.fault(&error),
                }
                *failed = true;
            }
        }
    }
    offers
}

/// Returns what the store has; what cannot be read is reported and does not hide the rest.
pub(super) fn installed(session: &mut Session<'_>, failed: &mut bool) -> Result<Vec<Installed>, CommandError> {
    let packs = session.store()?.packs()?;
    for fault in packs.iter().flat_map(shared::edge::installed::InstalledPack::faults) {
        session.term.fault(fault);
        *failed = true;
    }
    Ok(packs.iter().map(shared::edge::installed::InstalledPack::summary).collect())
}

/// Rows as `list` and `search` print them.
pub(super) struct PackList {
    pub(super) rows: Vec<Row>,
}

impl Render for PackList {
    fn table(&self, wide: bool) -> Table {
        let narrow = ["NAME", "INSTALLED", "AVAILABLE", "ZOO", "STATE", "DESCRIPTION"];
        let more = if wide { &["ALTERNATIVES", "SOURCE"][..] } else { &[] };
        let mut table = Table::new(narrow.into_iter().chain(more.iter().copied()));
        for row in &self.rows {
            let mut cells = vec![
                row.name.clone(),
                or_dash(row.installed.as_ref()),
                or_dash(row.available.as_ref()),
                or_dash(row.zoo.as_ref()),
                row.state.word().to_owned(),
                row.description.clone(),
            ];
            if wide {
                let alternative =
                    |(zoo, version): &(String, Option<String>)| format!("{zoo}:{}", or_dash(version.as_ref()));
                let alternatives: Vec<String> = row.alternatives.iter().map(alternative).collect();
                cells.push(or_dash(Some(alternatives.join(","))));
                cells.push(or_dash(row.source.as_ref()));
            }
            table.row(cells);
        }
        table
    }

    fn json(&self) -> Value {
        let row = |it: &Row| {
            let alternatives: Vec<Value> =
                it.alternatives.iter().map(|(zoo, version)| json!({"zoo": zoo, "version": version})).collect();
            json!({
                "name": it.name,
                "description": it.description,
                "installed": it.installed,
                "available": it.available,
                "zoo": it.zoo,
                "state": it.state.word(),
                "edited": it.edited,
                "alternatives": alternatives,
            })
        };
        self.rows.iter().map(row).collect()
    }

    fn names(&self) -> Vec<String> {
        self.rows.iter().map(|it| it.name.clone()).collect()
    }
}
