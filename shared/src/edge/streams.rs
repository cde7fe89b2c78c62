//! The process's three streams.

use std::io::{BufReader, IsTerminal, Write as _, stderr, stdin, stdout};

use super::environment::Environment;
use crate::term::escape::visible;
use crate::term::screen::Size;
use crate::term::terminal::Streams;

/// Returns the process's own streams.
pub fn of_process(environment: &Environment) -> Streams {
    let is_dumb = environment.get("TERM") == Some("dumb");
    Streams {
        out: Box::new(stdout()),
        err: Box::new(stderr()),
        input: Box::new(BufReader::new(stdin())),
        out_is_terminal: stdout().is_terminal(),
        err_is_terminal: stderr().is_terminal(),
        input_is_terminal: stdin().is_terminal(),
        plain: environment.is_set("NO_COLOR") || is_dumb,
        size: (stdout().is_terminal() && !is_dumb).then_some(size as fn() -> Size),
    }
}

/// Returns how large the terminal of stdout is now.
fn size() -> Size {
    let (rows, columns) = console::Term::stdout().size();
    Size { rows: rows.into(), columns: columns.into() }
}

/// Writes a line to stderr, for those who speak while the terminal is busy: the lines of `-v`.
pub fn say(line: &str) {
    // Nothing can be said about a stderr that is gone.
    let _ = writeln!(stderr(), "{}", visible(line));
}

/// Tells whether whoever read standard output has closed it, also where nothing is being written: `head` ends so.
pub fn out_is_closed() -> bool {
    #[cfg(unix)]
    {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        let out = std::io::stdout();
        let mut asked = [PollFd::new(&out, PollFlags::empty())];
        let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
        poll(&mut asked, Some(&at_once)).is_ok_and(|it| it > 0) && asked[0].revents().contains(PollFlags::ERR)
    }
    #[cfg(not(unix))]
    false
}
