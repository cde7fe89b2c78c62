//! The signals that end a program: noted while there is something to clean up, and passed on to children.
//!
//! Ctrl-C on a terminal reaches a child by itself, since it stands in the same process group; a signal that was sent to
//! us alone does not. Signals that were ignored when we began (`nohup`) stay ignored.

#[cfg(unix)]
pub use unix::{Children, Signals};

#[cfg(unix)]
mod unix {
    use std::io;
    use std::process::{Child, Command, ExitStatus};
    use std::sync::{Mutex, MutexGuard, PoisonError};

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

        /// Does `work` while each signal that comes goes to `heed`.
        pub fn during<T>(mut self, heed: impl Fn(i32) + Send, work: impl FnOnce() -> T) -> T {
            let close = CloseWhenDone(self.0.handle());
            std::thread::scope(move |scope| {
                scope.spawn(move || self.0.forever().for_each(heed));
                let result = work();
                drop(close);
                result
            })
        }
    }

    /// Lets the thread that waits for signals end, also where the work panics.
    struct CloseWhenDone(signal_hook::iterator::Handle);

    impl Drop for CloseWhenDone {
        fn drop(&mut self) {
            self.0.close();
        }
    }

    /// The children that run now, and the first signal that came for them.
    #[derive(Debug, Default)]
    pub struct Children(Mutex<Running>);

    #[derive(Debug, Default)]
    struct Running {
        children: Vec<Pid>,
        signal: Option<i32>,
    }

    impl Children {
        /// Starts a child; `None` if a signal came before.
        pub fn start(&self, command: &mut Command) -> io::Result<Option<Child>> {
            let mut running = self.running();
            if running.signal.is_some() {
                return Ok(None);
            }
            let child = command.spawn()?;
            running.children.push(Pid::from_child(&child));
            Ok(Some(child))
        }

        /// Waits until `child` ends.
        pub fn wait(&self, child: &mut Child) -> io::Result<ExitStatus> {
            let ended = wait_without_reaping(child);
            // From here on the number may belong to another process.
            self.running().children.retain(|it| *it != Pid::from_child(child));
            ended?;
            child.wait()
        }

        /// Passes a signal on to the children that run; none is started after it.
        pub fn pass_on(&self, signal: i32) {
            let mut running = self.running();
            running.signal.get_or_insert(signal);
            if matches!(signal, SIGINT | SIGQUIT) && is_in_foreground() {
                return;
            }
            for child in &running.children {
                if let Some(signal) = Signal::from_named_raw(signal) {
                    // The child may have ended just now.
                    let _ = rustix::process::kill_process(*child, signal);
                }
            }
        }

        /// Returns the first signal that came.
        pub fn signal(&self) -> Option<i32> {
            self.running().signal
        }

        fn running(&self) -> MutexGuard<'_, Running> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
pub use other::{Children, Signals};

#[cfg(not(unix))]
mod other {
    use std::io;
    use std::process::{Child, Command, ExitStatus};

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

        /// Does `work`.
        pub fn during<T>(self, _: impl Fn(i32) + Send, work: impl FnOnce() -> T) -> T {
            work()
        }
    }

    /// The system itself ends children with us.
    #[derive(Debug, Default)]
    pub struct Children;

    impl Children {
        /// Starts a child.
        pub fn start(&self, command: &mut Command) -> io::Result<Option<Child>> {
            command.spawn().map(Some)
        }

        /// Waits until `child` ends.
        pub fn wait(&self, child: &mut Child) -> io::Result<ExitStatus> {
            child.wait()
        }

        /// Does nothing.
        pub fn pass_on(&self, _: i32) {}

        /// Returns nothing.
        pub fn signal(&self) -> Option<i32> {
            None
        }
    }
}
