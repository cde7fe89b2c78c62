//! The command line of a kubectl plugin, read from the process's words.

use std::path::Path;
use std::process::ExitCode;

use clap::Parser;

use super::environment::Environment;

/// Returns the command line that the process was started with. `called` is how kubectl's users call the program, such
/// as `kubectl pack`: usage is printed so where kubectl, or a user in its manner, started it.
///
/// # Errors
///
/// Fails with the exit code, all being said, if the words are wrong, and after `--help` and `--version`.
pub fn parse<C: Parser>(environment: &Environment, called: &'static str) -> Result<C, ExitCode> {
    let own_name = environment.words().first().map(Path::new).and_then(Path::file_name);
    let is_plugin = own_name.is_none_or(|it| it.to_string_lossy().starts_with("kubectl-"));
    let command = if is_plugin { C::command().bin_name(called) } else { C::command() };
    let read = command.try_get_matches_from(environment.words()).and_then(|it| C::from_arg_matches(&it));
    read.map_err(|error| {
        // Nothing can be said about a stream that is gone.
        let _ = error.print();
        ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
    })
}
