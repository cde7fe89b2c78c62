//! `kubectl pack`: wires the library's edges to a terminal, and picks the exit code.

mod cli;
mod commands;
mod foreseeing;
mod keeping;
mod placing;
mod search;
mod session;
mod urls;

use std::process::ExitCode;

use shared::base::failure::CommandError;
use shared::edge::config::Config;
use shared::edge::environment::Environment;
use shared::edge::paths::Paths;
use shared::edge::{command_line, sandbox, streams};
use shared::term::Terminal;

use cli::Cli;
use session::Session;

/// Runs the command that the process was started with.
pub fn run() -> ExitCode {
    if let Some(code) = sandbox::child_main() {
        return code;
    }
    let environment = Environment::of_process();
    let cli: Cli = match command_line::parse(&environment, "kubectl pack") {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    let mut term = Terminal::new(streams::of_process(&environment), cli.term.color);
    match run_command(&cli, &environment, &mut term) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            term.report(&error);
            ExitCode::from(commands::exit_code(&cli.command, &error))
        }
    }
}

fn run_command(cli: &Cli, environment: &Environment, term: &mut Terminal) -> Result<(), CommandError> {
    let paths = Paths::of(environment)?;
    let config = Config::read(paths.config())?;
    let mut session = Session::new(paths, environment, config, term);
    commands::run(&cli.command, &mut session)
}
