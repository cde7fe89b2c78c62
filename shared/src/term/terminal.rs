//! The three streams of a command, and what may be written to which.

use std::fmt::Display;
use std::io::{self, BufRead, Write};

use super::escape::{visible, visible_in_quotes};
use super::flags::ColorChoice;
use super::output::{self, Format, Render};
use super::patch::colored;
use super::progress::Bar;
use super::report;
use super::screen::Size;
use crate::base::failure::{CommandError, Failure};

/// The streams as they are, before anybody asked for colour or not.
#[expect(clippy::struct_excessive_bools, reason = "each tells one independent fact of the process")]
pub struct Streams {
    /// Where results go.
    pub out: Box<dyn Write>,
    /// Where everything else goes.
    pub err: Box<dyn Write>,
    /// Where answers come from.
    pub input: Box<dyn BufRead>,
    /// Whether stdout is a terminal.
    pub out_is_terminal: bool,
    /// Whether stderr is a terminal.
    pub err_is_terminal: bool,
    /// Whether stdin is a terminal.
    pub input_is_terminal: bool,
    /// Whether `NO_COLOR` is set or the terminal is `dumb`.
    pub plain: bool,
    /// Tells how large the terminal of stdout is; `None` where stdout has no cursor that could be moved.
    pub size: Option<fn() -> Size>,
}

/// Writes results to stdout and everything else to stderr.
pub struct Terminal {
    streams: Streams,
    color: bool,
    out_color: bool,
}

/// Why something could not be written or asked.
#[derive(Debug, thiserror::Error)]
pub enum TerminalError {
    /// A stream broke for another reason than that its reader is gone.
    #[error("cannot write the output")]
    Write(#[source] io::Error),
    /// The answer could not be read.
    #[error("cannot read the answer")]
    Read(#[source] io::Error),
    /// A question had to be asked, but nobody is there to answer.
    #[error("{question} (not asked: standard input is no terminal)")]
    NobodyToAsk {
        /// The question.
        question: String,
        /// The flag that answers it.
        flag: &'static str,
    },
}

impl Failure for TerminalError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::NobodyToAsk { flag, .. } => Some(format!("give {flag}")),
            Self::Write(_) | Self::Read(_) => None,
        }
    }
}

impl Terminal {
    /// Returns a terminal over `streams`.
    pub fn new(streams: Streams, choice: ColorChoice) -> Self {
        let color = |is_terminal: bool| match choice {
            ColorChoice::Auto => is_terminal && !streams.plain,
            ColorChoice::Always => true,
            ColorChoice::Never => false,
        };
        let (color, out_color) = (color(streams.err_is_terminal), color(streams.out_is_terminal));
        Self { streams, color, out_color }
    }

    /// Prints a list or an object on stdout.
    pub fn print(&mut self, format: &Format, value: &dyn Render) -> Result<(), CommandError> {
        let mut text = Vec::new();
        output::write(value, format, &mut text)?;
        let text = String::from_utf8_lossy(&text);
        if matches!(format, Format::Json | Format::Yaml) && self.streams.out_is_terminal {
            return self.text(&visible_in_quotes(&text));
        }
        self.text(&text)
    }

    /// Prints a result as it is; control characters are escaped when stdout is a terminal.
    pub fn text(&mut self, text: &str) -> Result<(), CommandError> {
        let shown = if self.streams.out_is_terminal { visible(text) } else { text.into() };
        self.write(&shown)
    }

    /// Prints a patch on stdout, in colour where that is wanted; else as [`Self::text`] does.
    pub fn patch(&mut self, patch: &str) -> Result<(), CommandError> {
        if self.out_color { self.write(&colored(patch)) } else { self.text(patch) }
    }

    /// Tells whether stdout has a cursor that can be moved, so that a page can be drawn again in its place.
    pub fn has_screen(&self) -> bool {
        self.streams.size.is_some()
    }

    /// Returns how large the terminal of stdout is, or would be.
    pub(super) fn size(&self) -> Size {
        self.streams.size.map_or(Size { rows: 24, columns: 80 }, |it| it())
    }

    /// Prints what is known to be harmless.
    pub(super) fn write(&mut self, shown: &str) -> Result<(), CommandError> {
        self.streams.out.write_all(shown.as_bytes()).and_then(|()| self.streams.out.flush()).map_err(closed_pipe)
    }

    /// Says on stderr that something was done: a sentence of its own.
    pub fn status(&mut self, message: impl Display) {
        self.say("", "", &message.to_string());
    }

    /// Says something worth knowing on stderr: `note: …`.
    pub fn note(&mut self, message: impl Display) {
        self.say("note: ", "\x1b[36m", &message.to_string());
    }

    /// Says something worth mending on stderr: `warning: …`.
    pub fn warn(&mut self, message: impl Display) {
        self.say("warning: ", "\x1b[1;33m", &message.to_string());
    }

    /// Reports an error that does not end the command.
    pub fn fault(&mut self, fault: &dyn Failure) {
        // Nothing can be said about a stderr that is gone.
        let _ = report::report_one(fault, self.color, &mut self.streams.err);
    }

    /// Reports why the command ended.
    pub fn report(&mut self, error: &CommandError) {
        let _ = report::report(error, self.color, &mut self.streams.err);
    }

    fn say(&mut self, label: &str, color: &str, message: &str) {
        Teller { err: &mut *self.streams.err, color: self.color }.say(label, color, message);
    }

    /// Asks a yes-or-no question on stderr; only `y` and `yes` mean yes. `flag` is what answers it without asking.
    pub fn confirm(&mut self, question: &str, flag: &'static str) -> Result<bool, TerminalError> {
        let answer = self.put(question, " [y/N]: ", flag)?;
        Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
    }

    /// Asks for a line of text on stderr; the end of the input is an empty answer.
    pub fn ask(&mut self, question: &str, flag: &'static str) -> Result<String, TerminalError> {
        self.put(question, " ", flag)
    }

    fn put(&mut self, question: &str, end: &str, flag: &'static str) -> Result<String, TerminalError> {
        if !self.streams.input_is_terminal {
            return Err(TerminalError::NobodyToAsk { question: question.trim_end_matches(':').to_owned(), flag });
        }
        let asked = write!(self.streams.err, "{}{end}", visible(question)).and_then(|()| self.streams.err.flush());
        asked.map_err(TerminalError::Write)?;
        let mut answer = String::new();
        self.streams.input.read_line(&mut answer).map_err(TerminalError::Read)?;
        Ok(answer.trim_end_matches(['\n', '\r']).to_owned())
    }

    /// Returns stdout for bytes that are harmless already, and beside it whom to tell about them.
    pub fn raw(&mut self) -> (&mut dyn Write, Teller<'_>) {
        let teller = Teller { err: &mut *self.streams.err, color: self.color };
        (&mut *self.streams.out, teller)
    }

    /// Tells whether stdout is a terminal.
    pub fn out_is_terminal(&self) -> bool {
        self.streams.out_is_terminal
    }

    /// Tells whether colours are wanted on stdout.
    pub fn has_out_color(&self) -> bool {
        self.out_color
    }

    /// Returns a progress bar for long work.
    pub fn progress(&self) -> Bar {
        Bar::new(self.streams.err_is_terminal)
    }
}

/// Speaks on stderr while stdout is written to.
pub struct Teller<'t> {
    err: &'t mut dyn Write,
    color: bool,
}

impl Teller<'_> {
    /// Says something worth knowing: `note: …`.
    pub fn note(&mut self, message: impl Display) {
        self.say("note: ", "\x1b[36m", &message.to_string());
    }

    /// Says something worth mending: `warning: …`.
    pub fn warn(&mut self, message: impl Display) {
        self.say("warning: ", "\x1b[1;33m", &message.to_string());
    }

    fn say(&mut self, label: &str, color: &str, message: &str) {
        let (color, plain) = if self.color && !label.is_empty() { (color, "\x1b[0m") } else { ("", "") };
        let shown = visible(message);
        // Nothing can be said about a stderr that is gone.
        let _ = writeln!(self.err, "{color}{label}{plain}{shown}");
    }
}

fn closed_pipe(error: io::Error) -> CommandError {
    if error.kind() == io::ErrorKind::BrokenPipe {
        CommandError::ClosedPipe
    } else {
        TerminalError::Write(error).into()
    }
}
