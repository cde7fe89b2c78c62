//! Templates that may need much time or memory are rendered by a second process of this program, which the system
//! stops when it takes too much.

use std::io::{self, Read, Write};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use super::random::{self, NoRandomness};
use crate::base::failure::Failure;
use crate::jinja::engine::{self, Job, Rendered, TemplateError};
use crate::jinja::inspect::Inspection;

/// The first word by which this program knows that it is the second process.
const CHILD_WORD: &str = "__render-template";
/// The most memory that the second process may ask for.
const MOST_MEMORY: u64 = 384 << 20;
/// The longest that it may take.
const LONGEST: Duration = Duration::from_secs(8);

/// Why a template could not be rendered.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The template is wrong.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// The template took more than it may.
    #[error("`{file}` cannot be rendered: it takes more than {limit}")]
    TooMuch {
        /// The template's file.
        file: String,
        /// What it exceeded.
        limit: String,
    },
    /// The second process could not be run.
    #[error("cannot start a second process of this program to render `{file}`")]
    Start {
        /// The template's file.
        file: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// No random words.
    #[error(transparent)]
    Random(#[from] NoRandomness),
}

impl Failure for SandboxError {}

/// Renders a template: here if it is plain, else in a second process under limits.
pub fn render(
    file: &str,
    source: &str,
    context: serde_json::Value,
    inspection: &Inspection,
) -> Result<Rendered, SandboxError> {
    let job = Job {
        file: file.to_owned(),
        source: source.to_owned(),
        context,
        seeds: (random::word(20)?, random::word(27)?),
        captures: inspection.captures,
    };
    if inspection.is_plain { Ok(engine::render(&job)?) } else { render_apart(&job) }
}

fn render_apart(job: &Job) -> Result<Rendered, SandboxError> {
    let start_error = |source| SandboxError::Start { file: job.file.clone(), source };
    let request = serde_json::to_vec(job).map_err(|it| start_error(it.into()))?;
    let mut child = start().map_err(start_error)?;
    let answer = exchange(&mut child, request);
    // The child is gone, or must go now.
    let _ = child.kill();
    let _ = child.wait();
    let too_much = |limit: String| SandboxError::TooMuch { file: job.file.clone(), limit };
    let answer = answer.ok_or_else(|| too_much(format!("{} seconds", LONGEST.as_secs())))?;
    let result: Result<Rendered, TemplateError> = serde_json::from_slice(&answer)
        .map_err(|_| too_much(format!("{} MiB of memory, or its time", MOST_MEMORY >> 20)))?;
    Ok(result?)
}

fn start() -> io::Result<Child> {
    Command::new(std::env::current_exe()?)
        .arg(CHILD_WORD)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
}

/// Sends the request and returns the whole answer; `None` if it does not come in time.
fn exchange(child: &mut Child, request: Vec<u8>) -> Option<Vec<u8>> {
    let (mut input, mut output) = (child.stdin.take()?, child.stdout.take()?);
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        // A child that dies early leaves a broken pipe; its empty answer tells.
        let _ = input.write_all(&request);
        drop(input);
        let mut answer = Vec::new();
        let _ = output.read_to_end(&mut answer);
        let _ = sender.send(answer);
    });
    receiver.recv_timeout(LONGEST).ok()
}

/// Does the second process's work if this is the second process; `None` if it is not.
pub fn child_main() -> Option<ExitCode> {
    if std::env::args_os().nth(1)? != CHILD_WORD {
        return None;
    }
    Some(match serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    })
}

fn serve() -> io::Result<()> {
    limit()?;
    let job: Job = serde_json::from_reader(io::stdin().lock())?;
    let mut answer = io::stdout().lock();
    serde_json::to_writer(&mut answer, &engine::render(&job))?;
    answer.flush()
}

#[cfg(unix)]
fn limit() -> io::Result<()> {
    let seconds = LONGEST.as_secs();
    rlimit::setrlimit(rlimit::Resource::CPU, seconds, seconds)?;
    // Some systems know this limit but do not let it be set; time and steps are bounded all the same.
    let _ = rlimit::setrlimit(rlimit::Resource::AS, MOST_MEMORY, MOST_MEMORY);
    let _ = rlimit::setrlimit(rlimit::Resource::CORE, 0, 0);
    Ok(())
}

#[cfg(not(unix))]
fn limit() -> io::Result<()> {
    Ok(())
}
