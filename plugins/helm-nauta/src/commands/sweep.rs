//! The runs of a sweep, handed over to Helm: several at a time, told in order, and accounted for at the end.

use std::fmt::{self, Display, Formatter};

use shared::base::failure::{CommandError, Failure};
use shared::base::progress::Progress as _;
use shared::edge::batch::{Ended, Output};
use shared::edge::helm::HelmError;
use shared::edge::signals::Signals;
use shared::helm::call::Call;
use shared::helm::flags::Verb;
use shared::term::Terminal;

use super::wrap;
use crate::retry;
use crate::runs::Experiment;
use crate::session::Session;

/// Why a flag for Helm does not go together with several runs: wrong usage.
#[derive(Debug, thiserror::Error)]
enum FlagError {
    /// Helm's manifests of all runs would have the same paths.
    #[error("with --output-dir, each run of the sweep would overwrite the manifests of the one before")]
    SamePaths,
    /// Only one Helm can read it.
    #[error("`{word}` can be read only once, and each run of the sweep needs it")]
    ReadOnce { word: String },
}

impl Failure for FlagError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::SamePaths => "give --release-name too: it puts each run's name into the paths".to_owned(),
            Self::ReadOnce { .. } => "write it to a file first, and name that file".to_owned(),
        })
    }

    fn exit_code(&self) -> u8 {
        2
    }
}

/// What became of the runs, where some did not end well.
#[derive(Debug)]
struct Account {
    total: usize,
    /// Name and first line of the error of each run that failed.
    failed: Vec<(String, String)>,
    not_begun: usize,
    retry: Option<String>,
    exit_code: u8,
}

impl std::error::Error for Account {}

impl Display for Account {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        write!(out, "{} of {} runs failed", self.failed.len(), self.total)?;
        if self.not_begun > 0 {
            write!(out, ", {} were not begun", self.not_begun)?;
        }
        self.failed.iter().try_for_each(|(run, line)| write!(out, "\n  {run}: {line}"))
    }
}

impl Failure for Account {
    fn hint(&self) -> Option<String> {
        let command = self.retry.as_ref()?;
        let is_hidden = command.contains(retry::HIDDEN);
        let secrets = if is_hidden { format!(" (put in what is {} here)", retry::HIDDEN) } else { String::new() };
        Some(format!("when the cause is mended{secrets}: {command}"))
    }

    fn exit_code(&self) -> u8 {
        self.exit_code
    }
}

/// Runs Helm for each run, `parallel` at a time; one that fails does not stop the others.
pub(super) fn several(
    experiment: &Experiment,
    call: &Call,
    parallel: usize,
    session: &Session,
    term: &mut Terminal,
) -> Result<(), CommandError> {
    check_flags(call)?;
    let signals = Signals::note().map_err(HelmError::Signals)?;
    let runs = &experiment.runs;
    let mut ends: Vec<Option<Result<(), String>>> = vec![None; runs.len()];
    let mut printed = Ok(());
    let prepare = |index: usize| wrap::staged(experiment, &runs[index], call.clone());
    let (bar, total) = (term.progress(), runs.len());
    let begin = |done: usize| bar.begin(&format!("{done} of {total} runs"), None);
    begin(0);
    let batch = session.helm().run_each(total, parallel, signals, prepare, |index, ended| {
        bar.end();
        let (shown, end) = tell(&runs[index].name, ended, term);
        ends[index] = Some(end);
        if let Err(error) = shown
            && printed.is_ok()
        {
            printed = Err(error);
        }
        begin(index + 1);
    });
    bar.end();
    let failed: Vec<(String, String)> = runs
        .iter()
        .zip(&ends)
        .filter_map(|(run, end)| Some((run.name.clone(), end.as_ref()?.as_ref().err()?.clone())))
        .collect();
    let not_begun = ends.iter().filter(|it| it.is_none()).count();
    if failed.is_empty() && not_begun == 0 {
        return printed.map(|()| say_done(call.verb, runs.len(), term));
    }
    if let Some(error) = batch.fatal {
        if ends.iter().all(Option::is_none) {
            return Err(error.into());
        }
        term.fault(&error);
    }
    let again = runs.iter().zip(&ends).filter(|(_, end)| !matches!(end, Some(Ok(())))).map(|(run, _)| run.number);
    let again: Vec<usize> = again.collect();
    Err(Account {
        total: runs.len(),
        failed,
        not_begun,
        retry: retry::command(&session.program(), session.words(), call.verb, &again),
        exit_code: batch.signal.unwrap_or(1),
    }
    .into())
}

fn say_done(verb: Verb, count: usize, term: &mut Terminal) {
    match verb {
        Verb::Template => {}
        Verb::Install => term.status(format_args!("all {count} runs are installed")),
        Verb::Upgrade => term.status(format_args!("all {count} runs are upgraded")),
    }
}

/// Shows what Helm printed and said for one run, and returns how it ended.
fn tell(run: &str, ended: Ended, term: &mut Terminal) -> (Result<(), CommandError>, Result<(), String>) {
    let Output { code, out, err } = match ended {
        Ended::Ran(output) => output,
        Ended::NotPrepared(error) => {
            term.report(&error);
            let CommandError::Failed(faults) = error else { return (Ok(()), Err("not begun".to_owned())) };
            return (Ok(()), Err(faults.first().map(ToString::to_string).unwrap_or_default()));
        }
    };
    let shown = if out.is_empty() { Ok(()) } else { term.text(&String::from_utf8_lossy(&out)) };
    let said = String::from_utf8_lossy(&err);
    if !said.trim().is_empty() {
        term.status(format_args!("{run}:\n{}", said.trim_end()));
    }
    (shown, if code == 0 { Ok(()) } else { Err(first_error(&said, code)) })
}

/// Returns the line that tells best why Helm failed.
fn first_error(said: &str, code: u8) -> String {
    let mut lines = said.lines().map(str::trim).filter(|it| !it.is_empty());
    let error = lines.clone().find(|it| it.starts_with("Error:"));
    error.or_else(|| lines.next_back()).map_or_else(|| format!("exit code {code}"), str::to_owned)
}

/// Checks what works for one run only.
fn check_flags(call: &Call) -> Result<(), CommandError> {
    let mut faults = Vec::new();
    if call.verb == Verb::Template && call.has_value("output-dir") && !call.has_switch("release-name") {
        faults.push(FlagError::SamePaths);
    }
    let files = call.files().filter(|it| is_read_once(it));
    faults.extend(files.map(|it| FlagError::ReadOnce { word: it.to_owned() }));
    CommandError::all(faults).map_or(Ok(()), Err)
}

/// Tells whether a file is a stream: the standard input, or what a shell puts in the place of `<(command)`.
fn is_read_once(file: &str) -> bool {
    file == "-" || ["/dev/stdin", "/dev/fd/", "/proc/self/fd/"].iter().any(|it| file.starts_with(it))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_that_tells_most_is_chosen() {
        for (said, expected) in [
            ("", "exit code 3"),
            ("WARNING: x\nError: INSTALLATION FAILED: y\n\n", "Error: INSTALLATION FAILED: y"),
            ("one\ntwo\n", "two"),
        ] {
            assert_eq!(first_error(said, 3), expected);
        }
    }

    #[test]
    fn the_account_names_every_run_that_failed() {
        let failed = [("e-3", "Error: a"), ("e-9", "Error: b")].map(|(run, line)| (run.to_owned(), line.to_owned()));
        let mut account = Account { total: 64, failed: failed.into(), not_begun: 0, retry: None, exit_code: 1 };
        assert_eq!(account.to_string(), "2 of 64 runs failed\n  e-3: Error: a\n  e-9: Error: b");
        account.not_begun = 5;
        assert!(account.to_string().starts_with("2 of 64 runs failed, 5 were not begun\n"));
    }
}
