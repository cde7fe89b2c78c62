//! A terminal for programs that ask.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::process::{Command, ExitStatus};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// Runs `command` on a terminal of its own, types `typed`, and returns all that the screen got.
pub fn run(command: Command, typed: &str) -> (String, ExitStatus) {
    run_answering(command, &[], |_| typed.to_owned())
}

/// Runs `command` as [`run`] does; whenever the screen shows the next one of `questions`, types what `answer` returns.
/// Without questions it is called once, at the start.
pub fn run_answering(
    mut command: Command,
    questions: &[&str],
    mut answer: impl FnMut(usize) -> String,
) -> (String, ExitStatus) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
    let slave = OpenOptions::new().read(true).write(true).open(name).unwrap();
    let size = Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&slave, size).unwrap();
    command.env("TERM", "xterm").stdin(slave.try_clone().unwrap()).stdout(slave.try_clone().unwrap()).stderr(slave);
    let mut child = command.spawn().unwrap();
    // The parent's copies of the terminal go, so that the end of the program is the end of the screen.
    drop(command);
    let mut master = File::from(master);
    if questions.is_empty() {
        master.write_all(answer(0).as_bytes()).unwrap();
    }
    let mut screen = master.try_clone().unwrap();
    let (mut text, mut seen, mut buffer) = (Vec::new(), 0, [0; 4096]);
    let mut questions = questions.iter().enumerate().peekable();
    // The end of the other side is an error on Linux; what came before it counts.
    while let Ok(count @ 1..) = screen.read(&mut buffer) {
        text.extend_from_slice(&buffer[..count]);
        let shown = String::from_utf8_lossy(&text[seen..]).into_owned();
        if let Some((number, _)) = questions.next_if(|it| shown.contains(it.1)) {
            seen = text.len();
            master.write_all(answer(number).as_bytes()).unwrap();
        }
    }
    (String::from_utf8_lossy(&text).replace("\r\n", "\n"), child.wait().unwrap())
}
