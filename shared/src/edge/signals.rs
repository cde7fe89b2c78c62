//! The signals that end a program: noted while there is something to clean up, and passed on to a child.
//!
//! Ctrl-C on a terminal reaches a child by itself, since it stands in the same process group; a signal that was sent to
//! us alone does not. Signals that were ignored when we began (`nohup`) stay ignored.

#[cfg(unix)]
pub use unix::Signals;

#[cfg(unix)]
mod unix {
    use std::io;
    use std::process::{Child, ExitStatus};
    use std::sync::{Mutex, PoisonError};

    use rustix::process::{Pid, Signal, WaitId, WaitIdOptions};
    use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};

    /// Signals noted from now on, none of which ends us.
    #[derive(Debug)]
    pub struct Signals(signal_hook::iterator::Signals);

    impl Signals {
        /// Begins to note signals.
        pub fn note() -> io::Result<Self> {
            let ignored = ignored();
            let wanted = [SIGHUP, SIGINT, SIGQUIT, SIGTERM].into_iter().filter(|it| ignored & (1 << (it - 1)) == 0);
            signal_hook::iterator::Signals::new(wanted).map(Self)
        }

        /// Returns the number of a signal that came and has not been returned yet.
        pub fn noted(&mut self) -> Option<i32> {
            self.0.pending().next()
        }

        /// Waits until `child` ends, and passes on to it what comes meanwhile.
        pub fn wait(mut self, child: &mut Child) -> io::Result<ExitStatus> {
            let running = Mutex::new(Pid::from_child(child).into());
            let handle = self.0.handle();
            std::thread::scope(|scope| {
                scope.spawn(|| self.0.forever().for_each(|signal| pass_on(signal, &running)));
                let ended = wait_without_reaping(child);
                // From here on the number may belong to another process.
                running.lock().unwrap_or_else(PoisonError::into_inner).take();
                handle.close();
                ended
            })?;
            child.wait()
        }
    }

    fn wait_without_reaping(child: &Child) -> io::Result<()> {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        loop {
            match rustix::process::waitid(WaitId::Pid(Pid::from_child(child)), options) {
                Err(rustix::io::Errno::INTR) => {}
                result => return result.map(|_| ()).map_err(io::Error::from),
            }
        }
    }

    fn pass_on(signal: i32, running: &Mutex<Option<Pid>>) {
        if matches!(signal, SIGINT | SIGQUIT) && is_in_foreground() {
            return;
        }
        let running = running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((child, signal)) = running.zip(Signal::from_named_raw(signal)) {
            // The child may have ended just now.
            let _ = rustix::process::kill_process(child, signal);
        }
    }

    /// Tells whether our process group has a terminal whose keys reach all of it.
    fn is_in_foreground() -> bool {
        let Ok(terminal) = std::fs::File::open("/dev/tty") else { return false };
        rustix::termios::tcgetpgrp(&terminal).is_ok_and(|it| it == rustix::process::getpgrp())
    }

    /// Returns the mask of ignored signals, the first signal in the lowest bit; 0 where the system does not tell.
    fn ignored() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|it| it.strip_prefix("SigIgn:"));
        mask.and_then(|it| u64::from_str_radix(it.trim(), 16).ok()).unwrap_or(0)
    }
}

#[cfg(not(unix))]
pub use other::Signals;

#[cfg(not(unix))]
mod other {
    use std::io;
    use std::process::{Child, ExitStatus};

    /// There are no signals here to note.
    #[derive(Debug)]
    pub struct Signals;

    impl Signals {
        /// Does nothing.
        pub fn note() -> io::Result<Self> {
            Ok(Self)
        }

        /// Returns nothing.
        pub fn noted(&mut self) -> Option<i32> {
            None
        }

        /// Waits until `child` ends.
        pub fn wait(self, child: &mut Child) -> io::Result<ExitStatus> {
            child.wait()
        }
    }
}
