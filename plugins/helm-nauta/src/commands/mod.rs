//! One file per command.

pub(crate) mod install;
pub(crate) mod render;
mod sweep;
pub(crate) mod template;
pub(crate) mod upgrade;
mod wrap;

use shared::base::failure::CommandError;
use shared::term::Terminal;

use crate::cli::Command;
use crate::session::Session;

/// Runs the command that was asked for.
pub(crate) fn run(command: &Command, session: &Session, term: &mut Terminal) -> Result<(), CommandError> {
    match command {
        Command::Render(args) => render::cmd_render(args, session, term),
        Command::Template(args) => template::cmd_template(args, session, term),
        Command::Install(args) => install::cmd_install(args, session, term),
        Command::Upgrade(args) => upgrade::cmd_upgrade(args, session, term),
    }
}
