use shared::base::failure::CommandError;
use shared::edge::zoo::Freshness;
use shared::pack::source::ZooEntry;

use super::list::count;
use crate::session::{Session, each};

/// Fetch the present state of one zoo, or of all
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  kubectl pack zoo update
  kubectl pack zoo update team")]
pub(crate) struct UpdateArgs {
    /// Its name [default: all zoos]
    name: Option<String>,
}

pub(super) fn cmd_update(args: &UpdateArgs, session: &mut Session<'_>) -> Result<(), CommandError> {
    let zoos = match &args.name {
        Some(name) => vec![session.zoo(name)?],
        None => session.config.zoos.clone(),
    };
    if zoos.is_empty() {
        session.term.status("No zoos are configured; the built-in one needs no update.");
    }
    session.ask(&zoos, Freshness::Asked);
    each(&zoos, session, update)
}

fn update(entry: &ZooEntry, session: &mut Session<'_>) -> Result<(), CommandError> {
    let zoo = session.open(entry, Freshness::Asked)?;
    let packs = zoo.packs()?;
    session.term.text(&format!("zoo {} is up to date: {}\n", entry.name, count(packs.len())))
}
