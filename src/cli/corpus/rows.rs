//! Files of rows in place of a folder of messages.

#[cfg(feature = "parquet")]
mod read;

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use super::super::Failure;
use super::input::Input;
#[cfg(feature = "parquet")]
pub(super) use read::{each, effect};

/// How a Parquet file begins.
const MAGIC: &[u8; 4] = b"PAR1";

/// The files of rows that are given in place of a folder; `None` if it is a folder.
pub fn given(input: &Input, more: &[PathBuf]) -> Result<Option<Vec<PathBuf>>, Failure> {
    let first = input.path();
    if !is_parquet(first) {
        return match more {
            [] => Ok(None),
            [other, ..] => {
                let why = "several are given only of files of rows, as `sesauth batch --format \
                           parquet` writes them; a folder stands alone";
                Err(Failure::new(other.display(), why))
            }
        };
    }
    let files = std::iter::once(first.to_owned()).chain(more.iter().cloned());
    Ok(Some(files.collect()))
}

/// Whether a path is a Parquet file, or ends as one.
fn is_parquet(path: &Path) -> bool {
    let is_file = fs::metadata(path).is_ok_and(|metadata| metadata.is_file());
    let begins = || {
        let mut start = [0; MAGIC.len()];
        let read = File::open(path).and_then(|mut file| file.read_exact(&mut start));
        read.is_ok() && start == *MAGIC
    };
    is_file && (path.extension().is_some_and(|end| end == "parquet") || begins())
}

/// Why files of rows cannot be read.
#[cfg(not(feature = "parquet"))]
pub fn refused(files: &[PathBuf]) -> Failure {
    let path = files.first().map(|path| path.display().to_string());
    let why = "this sesauth was built without Parquet; build it with `--features parquet`, or give \
               the folder of the messages";
    Failure::new(path.unwrap_or_default(), why)
}
