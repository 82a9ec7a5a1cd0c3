//! Replaces a file so that it is either the old or the new one, even if the program is stopped.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How the names of unfinished files begin; hidden files are never taken for mail.
const PREFIX: &str = ".sesauth-";
const SUFFIX: &str = ".tmp";

/// Replaces the contents of `path` by what `write` writes: into a temporary file next to it, which
/// is synced and then renamed.
///
/// # Errors
///
/// If `write` fails or the file cannot be written; the old file is then unchanged.
pub fn replace(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let process = std::process::id();
    let aside = path.with_file_name(format!("{PREFIX}{process}-{number}{SUFFIX}"));
    let written = File::create(&aside).and_then(|file| {
        let mut out = BufWriter::new(file);
        write(&mut out)?;
        out.into_inner()?.sync_all()?;
        fs::rename(&aside, path)
    });
    written.inspect_err(|_| {
        // The first error is the one to report.
        let _ = fs::remove_file(&aside);
    })
}

/// Whether a file name belongs to a [`replace`] that was interrupted.
pub(super) fn is_unfinished(name: &str) -> bool {
    name.starts_with(PREFIX) && name.ends_with(SUFFIX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_written_leaves_the_old_file_and_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        replace(&path, |out| out.write_all(b"old")).unwrap();
        let error = replace(&path, |out| {
            out.write_all(&[b'x'; 100_000])?;
            Err(io::Error::other("full"))
        });
        assert_eq!(error.unwrap_err().to_string(), "full");
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        replace(&path, |out| out.write_all(b"new")).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
    }
}
