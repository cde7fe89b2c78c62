//! The folder of a bed, and the process that ends the bed and removes the folder when its owner is gone.

use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// What the guard does, in the language of `sh`.
const SCRIPT: &str = include_str!("guard.sh");
const PREFIX: &str = "nauta-bed-";
/// Held by the owner of a bed as long as it lives.
const LOCK: &str = "lock";
/// The path of a Unix socket has room for about a hundred bytes, some of which are ours.
const LONGEST: usize = 60;

/// The folder of a bed, guarded.
#[derive(Debug)]
pub(super) struct Guard {
    path: PathBuf,
    process: Child,
    _lock: File,
}

impl Guard {
    /// Makes a folder, and starts its guard.
    pub(super) fn new() -> io::Result<Self> {
        let path = tempfile::Builder::new().prefix(PREFIX).tempdir_in(base())?.keep();
        let lock = File::create(path.join("lock.new"))?;
        lock.lock()?;
        // A folder without its lock is one in the making, which a sweep leaves alone.
        fs::rename(path.join("lock.new"), path.join(LOCK))?;
        let process = watch(&path, Stdio::piped())?;
        Ok(Self { path, process, _lock: lock })
    }

    /// Returns the folder.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        // Nobody is left to tell; what remains is swept by the next bed.
        let _ = self.process.wait();
    }
}

/// Starts the process that ends the bed in `folder` when `stdin` ends. Neither Ctrl-C nor the end of the terminal is
/// meant for it.
fn watch(folder: &Path, stdin: Stdio) -> io::Result<Child> {
    Command::new("sh")
        .args(["-c", SCRIPT, "nauta-bed-guard"])
        .arg(folder)
        .current_dir("/")
        .stdin(stdin)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
}

/// Returns whether the owner of the bed in `folder` lives.
pub(super) fn is_owned(folder: &Path) -> bool {
    File::open(folder.join(LOCK)).is_ok_and(|it| matches!(it.try_lock(), Err(TryLockError::WouldBlock)))
}

/// Ends the beds whose owner and whose guard were both killed, as far as that is quick.
pub(super) fn sweep() {
    for entry in fs::read_dir(base()).into_iter().flatten().flatten() {
        let path = entry.path();
        if !entry.file_name().to_string_lossy().starts_with(PREFIX) || is_owned(&path) {
            continue;
        }
        if path.join(LOCK).is_file() {
            let _ = watch(&path, Stdio::null()).and_then(|mut it| it.wait());
        } else if is_old(&path) {
            let _ = fs::remove_dir_all(&path);
        }
    }
}

fn is_old(path: &Path) -> bool {
    let changed = fs::metadata(path).and_then(|it| it.modified());
    changed.is_ok_and(|it| it.elapsed().is_ok_and(|age| age > Duration::from_secs(3600)))
}

/// Returns the folder for temporary files; `/tmp` where its name is too long for a socket below it.
fn base() -> PathBuf {
    let usual = std::env::temp_dir();
    if usual.as_os_str().len() <= LONGEST { usual } else { "/tmp".into() }
}
