//! The test bed by hand: `up` and `down` for one that stays, `run` for one as long as a command runs.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a tool of the tests does what the edge does"
)]

use std::process::ExitCode;

#[cfg(not(unix))]
fn main() -> ExitCode {
    eprintln!("error: the test bed runs on Unix");
    ExitCode::FAILURE
}

#[cfg(unix)]
fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let ended = match words.as_slice() {
        ["up"] => unix::up(),
        ["down"] => unix::down(),
        ["keep"] => unix::keep(),
        ["run", "--", program, arguments @ ..] => unix::run(program, arguments),
        _ => Err("usage: nauta-bed up | down | run -- PROGRAM [ARGUMENT...]".to_owned()),
    };
    ended.unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::FAILURE
    })
}

#[cfg(unix)]
mod unix {
    use std::os::unix::process::ExitStatusExt as _;
    use std::process::{Command, ExitCode, ExitStatus};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;

    use rustix::process::{Pid, Signal, kill_process};
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use support::bed::{Bed, BedOptions, path_with, standing};

    pub(super) fn up() -> Result<ExitCode, String> {
        let program = std::env::current_exe().map_err(|error| error.to_string())?;
        let mut keeper = Command::new(program);
        keeper.arg("keep");
        let (standing, is_new) = standing::up(keeper)?;
        println!("export KUBECONFIG={}", standing.kubeconfig().display());
        eprintln!("The cluster {}. `make cluster-down` ends it.", if is_new { "is up" } else { "is up already" });
        Ok(ExitCode::SUCCESS)
    }

    pub(super) fn down() -> Result<ExitCode, String> {
        let was_up = standing::down()?;
        eprintln!("{}", if was_up { "The cluster is gone." } else { "There is no cluster." });
        Ok(ExitCode::SUCCESS)
    }

    pub(super) fn keep() -> Result<ExitCode, String> {
        standing::keep().map(|()| ExitCode::FAILURE).map_err(|error| error.to_string())
    }

    pub(super) fn run(program: &str, arguments: &[&str]) -> Result<ExitCode, String> {
        let bed = Bed::start(BedOptions::default())?;
        let mut command = Command::new(program);
        command.args(arguments).envs(bed.environment()).env("PATH", path_with(bed.programs()));
        let status = run_to_end(command).map_err(|error| format!("{program}: {error}"))?;
        drop(bed);
        let code = status.code().or_else(|| status.signal().map(|it| 128 + it)).unwrap_or(1);
        Ok(ExitCode::from(u8::try_from(code).unwrap_or(1)))
    }

    /// Runs a command, which decides about signals. One from the terminal it gets anyway, the others from us.
    fn run_to_end(mut command: Command) -> std::io::Result<ExitStatus> {
        let interrupted = Arc::new(AtomicBool::new(false));
        signal_hook::flag::register(SIGINT, interrupted)?;
        let ended = Arc::new(AtomicBool::new(false));
        for signal in [SIGTERM, SIGHUP] {
            signal_hook::flag::register(signal, Arc::clone(&ended))?;
        }
        let mut child = command.spawn()?;
        loop {
            if let Some(status) = child.try_wait()? {
                return Ok(status);
            }
            if ended.swap(false, Ordering::SeqCst) {
                kill_process(Pid::from_child(&child), Signal::TERM)?;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}
