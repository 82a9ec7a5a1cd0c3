//! Keeps runs from writing to one folder at the same time: they would lose answers of each other.

use std::fs::File;
use std::io;
use std::path::Path;

use fs4::{FileExt, TryLockError};

/// A folder to which no other run writes, until this is dropped.
#[derive(Debug)]
pub struct Held(#[expect(dead_code, reason = "the lock is gone when it is closed")] Option<File>);

/// Keeps other runs from writing to `folder` until what is returned is dropped; calls `wait` if it
/// has to wait for one. The folder is locked, as a file in it is replaced by another.
///
/// # Errors
///
/// If waiting fails.
pub fn hold(folder: &Path, wait: impl FnOnce()) -> io::Result<Held> {
    // Where a folder cannot be opened or locked, nothing keeps others out.
    let Ok(folder) = File::open(folder) else {
        return Ok(Held(None));
    };
    match FileExt::try_lock(&folder) {
        Ok(()) => Ok(Held(Some(folder))),
        Err(TryLockError::WouldBlock) => {
            wait();
            FileExt::lock(&folder)?;
            Ok(Held(Some(folder)))
        }
        Err(TryLockError::Error(_)) => Ok(Held(None)),
    }
}
