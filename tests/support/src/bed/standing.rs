//! A bed that stays when the command that started it has ended, for work by hand: one for each user.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::guard::is_owned;
use super::{Bed, BedOptions};
use crate::tools;

const LIMIT: Duration = Duration::from_secs(30);

/// A bed that stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its folder.
    pub folder: PathBuf,
    /// The process that owns it.
    pub keeper: i32,
}

impl Standing {
    /// Returns the configuration of an administrator.
    pub fn kubeconfig(&self) -> PathBuf {
        self.folder.join("kubeconfig")
    }
}

/// Returns the bed that stays, if there is one.
pub fn find() -> Option<Standing> {
    let record = fs::read_to_string(record()).ok()?;
    let (keeper, folder) = record.trim_end().split_once(' ')?;
    let standing = Standing { folder: folder.into(), keeper: keeper.parse().ok()? };
    is_owned(&standing.folder).then_some(standing)
}

/// Starts a bed that stays, kept by another process: `keeper`, a command that calls [`keep`]. Returns it, and whether
/// it is new.
///
/// # Errors
/// If it cannot be started.
pub fn up(mut keeper: Command) -> Result<(Standing, bool), String> {
    let failed = |error: io::Error| format!("no cluster can be started: {error}");
    fs::create_dir_all(tools::folder()).map_err(failed)?;
    // Of two that start one at the same time, the second finds the first's.
    let lock = File::create(record().with_extension("lock")).map_err(failed)?;
    lock.lock().map_err(failed)?;
    if let Some(standing) = find() {
        return Ok((standing, false));
    }
    keeper.process_group(0).current_dir("/").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = keeper.spawn().map_err(failed)?;
    let mut said = String::new();
    // Nothing is said if all went well; the pipe ends then, too.
    child.stdout.take().map_or(Ok(0), |mut it| it.read_to_string(&mut said)).map_err(failed)?;
    match find() {
        Some(standing) if said.is_empty() => Ok((standing, true)),
        _ => Err(said),
    }
}

/// Starts a bed and keeps it until this process is ended. Standard output says what went wrong, or ends.
pub fn keep() -> io::Result<()> {
    let bed = match Bed::start(BedOptions::default()) {
        Ok(bed) => bed,
        Err(error) => return io::stdout().write_all(error.as_bytes()),
    };
    fs::write(record(), format!("{} {}\n", std::process::id(), bed.folder().display()))?;
    // The other side waits for the end of the pipe.
    let null = File::options().write(true).open("/dev/null")?;
    rustix::stdio::dup2_stdout(null)?;
    loop {
        std::thread::park();
    }
}

/// Ends the bed that stays, and waits until nothing of it is left. Returns whether there was one.
///
/// # Errors
/// If it cannot be ended.
pub fn down() -> Result<bool, String> {
    let Some(standing) = find() else { return Ok(false) };
    let keeper = Pid::from_raw(standing.keeper).ok_or("the record of the cluster is damaged")?;
    kill_process(keeper, Signal::TERM).map_err(|error| format!("the cluster cannot be ended: {error}"))?;
    // The guard gives the folder another name before it is removed.
    let names = [standing.folder.clone(), gone(&standing.folder)];
    let deadline = Instant::now() + LIMIT;
    while names.iter().any(|it| it.is_dir()) {
        if Instant::now() > deadline {
            return Err(format!("{} is still there", standing.folder.display()));
        }
        sleep(Duration::from_millis(20));
    }
    let _ = fs::remove_file(record());
    Ok(true)
}

fn gone(folder: &Path) -> PathBuf {
    let mut name = folder.as_os_str().to_owned();
    name.push(".gone");
    name.into()
}

/// Where the bed that stays is written down.
fn record() -> PathBuf {
    tools::folder().join("cluster")
}
