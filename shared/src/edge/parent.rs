//! The process that started us: its command line and its environment.
//!
//! On Linux both are read from `/proc`, byte for byte. macOS and Windows are asked through `sysinfo`. On macOS it drops
//! empty words, which is why its answer is never believed as such: `helm::words` takes it only if the words that
//! arrived are exactly what Helm leaves of it, and an empty word before others spoils that, since Helm takes the word
//! behind it away. What this cannot notice there is an empty word that Helm took alone, at the very end, or together
//! with another word that Helm eats anyhow. Other systems are not asked: the caller refuses.

use std::ffi::OsString;

use crate::helm::environment::Variables;

/// Returns the words of the parent's command line, the program's name first; `None` if they cannot be had.
pub fn command_line() -> Option<Vec<OsString>> {
    system::command_line()
}

/// Returns the environment that the parent was started with; `None` if it cannot be had.
pub fn environment() -> Option<Variables> {
    system::environment()
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod system {
    use std::ffi::{OsStr, OsString};
    use std::os::unix::ffi::OsStrExt as _;

    use crate::helm::environment::Variables;

    pub(super) fn command_line() -> Option<Vec<OsString>> {
        Some(entries(&read("cmdline")?).map(OsStr::to_owned).collect())
    }

    pub(super) fn environment() -> Option<Variables> {
        Some(entries(&read("environ")?).filter_map(variable).collect())
    }

    fn variable(entry: &OsStr) -> Option<(OsString, OsString)> {
        let bytes = entry.as_bytes();
        let end = bytes.iter().position(|it| *it == b'=')?;
        Some((OsStr::from_bytes(&bytes[..end]).into(), OsStr::from_bytes(&bytes[end + 1..]).into()))
    }

    /// Reads a file of the parent; empty if the parent is gone or a kernel thread.
    fn read(name: &str) -> Option<Vec<u8>> {
        let parent = rustix::process::getppid()?;
        let content = std::fs::read(format!("/proc/{}/{name}", parent.as_raw_nonzero())).ok()?;
        (!content.is_empty()).then_some(content)
    }

    /// Returns the texts that end in a zero byte each, empty ones too.
    fn entries(content: &[u8]) -> impl Iterator<Item = &OsStr> {
        content.strip_suffix(b"\0").unwrap_or(content).split(|it| *it == 0).map(OsStr::from_bytes)
    }
}

#[cfg(any(target_os = "macos", windows))]
mod system {
    use std::ffi::OsString;

    use sysinfo::{Pid, Process, ProcessRefreshKind, ProcessesToUpdate, System, UpdateKind, get_current_pid};

    use crate::helm::environment::Variables;

    pub(super) fn command_line() -> Option<Vec<OsString>> {
        of_parent(|it| it.cmd().to_vec()).filter(|it| !it.is_empty())
    }

    pub(super) fn environment() -> Option<Variables> {
        let read = |it: &Process| it.environ().iter().filter_map(variable).collect::<Variables>();
        of_parent(read).filter(|it| !it.is_empty())
    }

    /// Windows has variables whose names begin with `=`.
    fn variable(entry: &OsString) -> Option<(OsString, OsString)> {
        let text = entry.to_str()?;
        let end = text.char_indices().skip(1).find(|(_, c)| *c == '=')?.0;
        Some((text[..end].into(), text[end + 1..].into()))
    }

    fn of_parent<T>(read: impl FnOnce(&Process) -> T) -> Option<T> {
        let kind = ProcessRefreshKind::nothing().with_cmd(UpdateKind::Always).with_environ(UpdateKind::Always);
        let mut system = System::new().ok()?;
        let mut look = |pid: Pid| {
            system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), false, kind);
            system.process(pid).and_then(Process::parent)
        };
        let parent = look(get_current_pid().ok()?)?;
        look(parent);
        system.process(parent).map(read)
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "macos", windows)))]
mod system {
    use std::ffi::OsString;

    use crate::helm::environment::Variables;

    pub(super) fn command_line() -> Option<Vec<OsString>> {
        None
    }

    pub(super) fn environment() -> Option<Variables> {
        None
    }
}
