//! `kubectl tfjob`: wires the library's edges to a terminal, and picks the exit code.

mod changing;
mod cli;
mod commands;
mod duration;
mod naming;
mod session;
mod table;

use std::process::ExitCode;

use shared::edge::environment::Environment;
use shared::edge::{command_line, streams};
use shared::term::Terminal;

use cli::Cli;
use session::Session;

/// Runs the command that the process was started with.
pub fn run() -> ExitCode {
    let environment = Environment::of_process();
    let cli: Cli = match command_line::parse(&environment, "kubectl tfjob") {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    let mut term = Terminal::new(streams::of_process(&environment), cli.term.color);
    let mut session = Session::new(&cli.cluster, &environment, &mut term);
    match commands::run(&cli.command, &mut session) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            term.report(&error);
            ExitCode::from(error.exit_code())
        }
    }
}
