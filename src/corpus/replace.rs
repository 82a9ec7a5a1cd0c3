//! Replaces a file so that it is either the old or the new one, even if the program is stopped.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use fs4::{FileExt, TryLockError};
use tempfile::Builder;

/// How the names of unfinished files begin; hidden files are never taken for mail.
const PREFIX: &str = ".sesauth-";
const SUFFIX: &str = ".tmp";

/// Replaces the contents of `path` by what `write` writes: into a new file next to it, with a name
/// that nobody can foresee, which is synced and then renamed.
///
/// A link at `path` is refused. Writing where it leads would let others choose which file is lost,
/// and a file in its place would not be where the one who made the link looks for it.
///
/// # Errors
///
/// If something other than a regular file is at `path`, `write` fails, or the file cannot be
/// written; what was there is then unchanged.
pub fn replace(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    check_replaceable(path)?;
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
    let mut builder = Builder::new();
    builder.prefix(PREFIX).suffix(SUFFIX);
    #[cfg(unix)]
    builder.permissions(permissions(path));
    let aside = builder.tempfile_in(folder.unwrap_or(Path::new(".")))?;
    // Another run does not sweep a file that is locked. Some file systems have no locks.
    let _ = FileExt::try_lock(aside.as_file());
    let mut out = BufWriter::new(aside.as_file());
    write(&mut out)?;
    out.into_inner()?.sync_all()?;
    aside.persist(path)?;
    Ok(())
}

/// Checks that there is nothing at `path`, or a regular file.
///
/// # Errors
///
/// If something else is there.
pub fn check_replaceable(path: &Path) -> io::Result<()> {
    let why = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
        Ok(found) if found.is_file() => return Ok(()),
        Ok(found) if found.is_symlink() => {
            "it is a link, which is not followed; name the file itself, or remove the link"
        }
        Ok(found) if found.is_dir() => "it is a folder",
        Ok(_) => "it is no regular file",
    };
    Err(io::Error::other(why))
}

/// The permissions of the file that is replaced, or of any new file. The umask narrows them.
#[cfg(unix)]
fn permissions(path: &Path) -> fs::Permissions {
    use std::os::unix::fs::PermissionsExt;
    let old = fs::symlink_metadata(path).map(|found| found.permissions().mode() & 0o777);
    fs::Permissions::from_mode(old.unwrap_or(0o666))
}

/// Removes `path` if it belongs to a [`replace`] that was interrupted.
pub(super) fn sweep(path: &Path) -> io::Result<()> {
    let name = path.file_name().and_then(|name| name.to_str());
    let is_unfinished = |name: &str| name.starts_with(PREFIX) && name.ends_with(SUFFIX);
    if !name.is_some_and(is_unfinished) || is_being_written(path) {
        return Ok(());
    }
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

fn is_being_written(path: &Path) -> bool {
    let locked = File::open(path).map(|file| FileExt::try_lock(&file));
    matches!(locked, Ok(Err(TryLockError::WouldBlock)))
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

    #[test]
    fn a_file_that_is_being_written_is_not_swept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let sweep_all = || {
            let entries = fs::read_dir(folder.path()).unwrap();
            let paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
            paths.iter().try_for_each(|path| sweep(path)).unwrap();
            paths.len()
        };
        replace(&path, |out| {
            assert_eq!(sweep_all(), 1);
            out.write_all(b"new")
        })
        .unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        fs::write(folder.path().join(".sesauth-left.tmp"), "half").unwrap();
        assert_eq!(sweep_all(), 2);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn who_may_read_a_file_stays_as_it_was() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        replace(&path, |out| out.write_all(b"old")).unwrap();
        fs::write(folder.path().join("any"), "").unwrap();
        let any = fs::metadata(folder.path().join("any")).unwrap();
        assert_eq!(mode(), any.permissions().mode() & 0o777);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        replace(&path, |out| out.write_all(b"new")).unwrap();
        assert_eq!(mode(), 0o600);
    }
}
