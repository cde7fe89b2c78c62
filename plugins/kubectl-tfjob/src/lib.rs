//! `kubectl tfjob`: wires the library's edges to a terminal, and picks the exit code.

mod changing;
mod cli;
mod commands;
mod duration;
mod naming;
mod session;
mod table;

use std::path::Path;
use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _};
use shared::edge::environment::Environment;
use shared::edge::streams;
use shared::term::Terminal;

use cli::Cli;
use session::Session;

/// Runs the command that the process was started with.
pub fn run() -> ExitCode {
    let environment = Environment::of_process();
    let cli = match parse(&environment) {
        Ok(cli) => cli,
        Err(error) => {
            // Nothing can be said about a stream that is gone.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
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

fn parse(environment: &Environment) -> Result<Cli, clap::Error> {
    let own_name = environment.words().first().map(Path::new).and_then(Path::file_name);
    let is_plugin = own_name.is_none_or(|it| it.to_string_lossy().starts_with("kubectl-"));
    let mut command = Cli::command();
    if is_plugin {
        command = command.bin_name("kubectl tfjob");
    }
    Cli::from_arg_matches(&command.try_get_matches_from(environment.words())?)
}
