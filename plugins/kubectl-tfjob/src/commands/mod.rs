//! One file per command: its arguments, what it does, and how its result looks.

mod delete;
mod events;
mod list;
mod logs;
mod status;
mod suspend;
mod tensorboard;
mod wait;

use shared::base::failure::CommandError;

use crate::session::Session;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    List(list::ListArgs),
    Status(status::StatusArgs),
    Wait(wait::WaitArgs),
    Logs(logs::LogsArgs),
    Events(events::EventsArgs),
    Tensorboard(tensorboard::TensorboardArgs),
    Suspend(suspend::SuspendArgs),
    Resume(suspend::ResumeArgs),
    Delete(delete::DeleteArgs),
}

pub(crate) fn run(command: &Command, session: &mut Session<'_>) -> Result<(), CommandError> {
    match command {
        Command::List(args) => list::cmd_list(args, session),
        Command::Status(args) => status::cmd_status(args, session),
        Command::Wait(args) => wait::cmd_wait(args, session),
        Command::Logs(args) => logs::cmd_logs(args, session),
        Command::Events(args) => events::cmd_events(args, session),
        Command::Tensorboard(args) => tensorboard::cmd_tensorboard(args, session),
        Command::Suspend(args) => suspend::cmd_suspend(args, session),
        Command::Resume(args) => suspend::cmd_resume(args, session),
        Command::Delete(args) => delete::cmd_delete(args, session),
    }
}
