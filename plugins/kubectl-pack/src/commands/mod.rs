//! One file per command: its arguments, what it does, and how its result looks.

mod copy;
mod create;
mod install;
mod list;
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
    Show(show::ShowArgs),
    Install(install::InstallArgs),
    Upgrade(upgrade::UpgradeArgs),
    Uninstall(uninstall::UninstallArgs),
    Create(create::CreateArgs),
    Copy(copy::CopyArgs),
}

pub(crate) fn run(command: &Command, session: &mut Session<'_>) -> Result<(), CommandError> {
    match command {
        Command::Zoo(command) => zoo::run(command, session),
        Command::List(args) => list::cmd_list(args, session),
        Command::Show(args) => show::cmd_show(args, session),
        Command::Install(args) => install::cmd_install(args, session),
        Command::Upgrade(args) => upgrade::cmd_upgrade(args, session),
        Command::Uninstall(args) => uninstall::cmd_uninstall(args, session),
        Command::Create(args) => create::cmd_create(args, session),
        Command::Copy(args) => copy::cmd_copy(args, session),
    }
}
