//! `kubectl pack`: wires the library's edges to a terminal, and picks the exit code.

mod cli;
mod commands;
mod foreseeing;
mod keeping;
mod placing;
mod search;
mod session;
mod urls;

use std::path::Path;
use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _};
use shared::base::failure::CommandError;
use shared::edge::config::Config;
use shared::edge::environment::Environment;
use shared::edge::paths::Paths;
use shared::edge::{sandbox, streams};
use shared::term::Terminal;

use cli::Cli;
use session::Session;

/// Runs the command that the process was started with.
pub fn run() -> ExitCode {
    if let Some(code) = sandbox::child_main() {
        return code;
    }
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
    match run_command(&cli, &environment, &mut term) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            term.report(&error);
            ExitCode::from(commands::exit_code(&cli.command, &error))
        }
    }
}

fn parse(environment: &Environment) -> Result<Cli, clap::Error> {
    let own_name = environment.words().first().map(Path::new).and_then(Path::file_name);
    let is_plugin = own_name.is_none_or(|it| it.to_string_lossy().starts_with("kubectl-"));
    let mut command = Cli::command();
    if is_plugin {
        command = command.bin_name("kubectl pack");
    }
    Cli::from_arg_matches(&command.try_get_matches_from(environment.words())?)
}

fn run_command(cli: &Cli, environment: &Environment, term: &mut Terminal) -> Result<(), CommandError> {
    let paths = Paths::of(environment)?;
    let config = Config::read(paths.config())?;
    let mut session = Session::new(paths, environment, config, term);
    commands::run(&cli.command, &mut session)
}
