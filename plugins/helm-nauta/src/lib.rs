//! The wiring of `helm nauta`: words in, streams and exit code out. What it does is in `commands`, a file for each.

mod cli;
mod commands;
mod helm_flags;
mod rendering;
mod retry;
mod runs;
mod session;

use std::process::ExitCode;

use shared::base::failure::CommandError;
use shared::edge::environment::Environment;
use shared::edge::{sandbox, streams};
use shared::term::Terminal;
use shared::term::flags::ColorChoice;

use crate::cli::Cli;
use crate::session::{Caller, Session};

/// Runs the program on the process's own words, environment and streams.
pub fn run() -> ExitCode {
    if let Some(code) = sandbox::child_main() {
        return code;
    }
    let environment = Environment::of_process();
    let streams = streams::of_process(&environment);
    let caller = Caller::of(&environment);
    let cli = match caller.words(&environment) {
        Ok(words) => Cli::parse(&caller, &words.words).map(|cli| (cli, words)),
        Err(error) => return end(&mut Terminal::new(streams, ColorChoice::Auto), Err(error.into())),
    };
    let (cli, words) = match cli {
        Ok(parsed) => parsed,
        Err(message) => {
            // Whoever does not read help texts to their end does not want to be told so.
            let _ = message.print();
            return ExitCode::from(u8::try_from(message.exit_code()).unwrap_or(2));
        }
    };
    let mut term = Terminal::new(streams, cli.term.color);
    let session = Session::new(environment, &words, cli.global);
    let result = session.and_then(|session| commands::run(&cli.command, &session, &mut term));
    end(&mut term, result)
}

fn end(term: &mut Terminal, result: Result<(), CommandError>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            term.report(&error);
            ExitCode::from(error.exit_code())
        }
    }
}
