//! One writer at a time: locks that the system lifts when their process ends, however it ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use super::files::{At, FileError, create_folder};

/// A lock that is held until it is dropped.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Locks `path`, making the file if need be; calls `waiting` once if somebody else holds the lock, and waits.
    pub fn take(path: &Path, waiting: impl FnOnce()) -> Result<Self, FileError> {
        if let Some(folder) = path.parent() {
            create_folder(folder)?;
        }
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(path).at("open", path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                waiting();
                file.lock().at("lock", path)?;
            }
            Err(TryLockError::Error(error)) => return Err(error).at("lock", path),
        }
        Ok(Self { _file: file })
    }
}
