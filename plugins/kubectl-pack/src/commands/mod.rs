//! One file per command: its arguments, what it does, and how its result looks.

mod copy;
mod create;
mod diff;
mod index;
mod install;
mod lint;
mod list;
mod search;
mod show;
mod uninstall;
mod upgrade;
mod zoo;

use shared::base::failure::CommandError;

use crate::session::Session;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    #[command(subcommand)]
    Zoo(zoo::ZooCommand),
    List(list::ListArgs),
    Search(search::SearchArgs),
    Show(show::ShowArgs),
    Install(install::InstallArgs),
    Upgrade(upgrade::UpgradeArgs),
    Uninstall(uninstall::UninstallArgs),
    Create(create::CreateArgs),
    Copy(copy::CopyArgs),
    Diff(diff::DiffArgs),
    Index(index::IndexArgs),
    Lint(lint::LintArgs),
}

pub(crate) fn run(command: &Command, session: &mut Session<'_>) -> Result<(), CommandError> {
    match command {
        Command::Zoo(command) => zoo::run(command, session),
        Command::List(args) => list::cmd_list(args, session),
        Command::Search(args) => search::cmd_search(args, session),
        Command::Show(args) => show::cmd_show(args, session),
        Command::Install(args) => install::cmd_install(args, session),
        Command::Upgrade(args) => upgrade::cmd_upgrade(args, session),
        Command::Uninstall(args) => uninstall::cmd_uninstall(args, session),
        Command::Create(args) => create::cmd_create(args, session),
        Command::Copy(args) => copy::cmd_copy(args, session),
        Command::Diff(args) => diff::cmd_diff(args, session),
        Command::Index(args) => index::cmd_index(args, session),
        Command::Lint(args) => lint::cmd_lint(args, session),
    }
}

/// Returns the exit code of a command that failed: `diff` keeps 1 for a difference, as `kubectl diff` does.
pub(crate) fn exit_code(command: &Command, error: &CommandError) -> u8 {
    match (command, error) {
        (Command::Diff(_), CommandError::Failed(_)) => error.exit_code().max(2),
        _ => error.exit_code(),
    }
}
