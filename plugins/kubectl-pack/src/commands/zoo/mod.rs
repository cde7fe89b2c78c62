//! `kubectl pack zoo`: where packs come from.

mod add;
mod list;
mod remove;
mod update;

pub(super) use list::count;
use shared::base::failure::CommandError;

use crate::session::Session;

/// Manage the zoos that packs come from
#[derive(Debug, clap::Subcommand)]
pub(crate) enum ZooCommand {
    Add(add::AddArgs),
    List(list::ListArgs),
    Remove(remove::RemoveArgs),
    Update(update::UpdateArgs),
}

pub(super) fn run(command: &ZooCommand, session: &mut Session<'_>) -> Result<(), CommandError> {
    match command {
        ZooCommand::Add(args) => add::cmd_add(args, session),
        ZooCommand::List(args) => list::cmd_list(args, session),
        ZooCommand::Remove(args) => remove::cmd_remove(args, session),
        ZooCommand::Update(args) => update::cmd_update(args, session),
    }
}
