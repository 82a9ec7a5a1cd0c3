//! One saved message, and how to get its octets.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;

use super::beside::SideFile;
use super::stream::why;

/// One saved message.
#[derive(Debug)]
#[non_exhaustive]
pub struct Entry {
    /// Its path; for a message of an mbox followed by `#` and its number there.
    pub name: String,
    /// The file that contains it; in an archive, the path of the archive and then that within it.
    pub file: PathBuf,
    /// Its number in an mbox, from 1; `None` if it is the only one in its file.
    pub number: Option<usize>,
    /// Its octets, or how to get them.
    pub load: Load,
    /// What is beside it.
    pub metadata: SideFile,
}

/// The octets of a saved message.
#[derive(Debug)]
#[non_exhaustive]
pub enum Load {
    /// In a file that has not been read yet.
    File(PathBuf),
    /// Already read.
    Bytes(Vec<u8>),
    /// They could not be read, for this reason.
    Failed(String),
}

impl Load {
    /// It was passed over, as it has so many octets.
    pub(super) fn too_large(length: u64, limit: usize) -> Self {
        Self::Failed(format!(
            "the message has {length} bytes, more than the limit of {limit}"
        ))
    }

    /// The octets, read into `buffer` if they are in a file. At most one more than `limit` is read,
    /// so a message that is too large can be recognised.
    ///
    /// # Errors
    ///
    /// Why the octets cannot be read, in words.
    pub fn bytes<'b>(&'b self, buffer: &'b mut Vec<u8>, limit: usize) -> Result<&'b [u8], String> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            Self::Failed(why) => Err(why.clone()),
            Self::File(path) => {
                buffer.clear();
                let most = (limit as u64).saturating_add(1);
                let file = File::open(path).map_err(|error| why(&error))?;
                let size = file.metadata().map_or(0, |metadata| metadata.len());
                // One more octet allows the end of the file to be seen without growing the buffer.
                let room = usize::try_from(size.min(most)).unwrap_or(0) + 1;
                buffer
                    .try_reserve(room)
                    .map_err(|_| why(&io::ErrorKind::OutOfMemory.into()))?;
                file.take(most)
                    .read_to_end(buffer)
                    .map_err(|error| why(&error))?;
                Ok(buffer)
            }
        }
    }
}

impl Entry {
    /// A file that cannot be read.
    pub(super) fn failed(file: PathBuf, error: &io::Error) -> Self {
        Self::alone(file, Load::Failed(why(error)))
    }

    /// The only message of a file.
    pub(super) fn alone(file: PathBuf, load: Load) -> Self {
        Self {
            name: file.display().to_string(),
            file,
            number: None,
            load,
            metadata: SideFile::Nothing,
        }
    }

    /// The same under another name, as there were messages of this one before it.
    pub(super) fn again(self, count: usize) -> Self {
        let mut path = self.file.into_os_string();
        match self.number {
            Some(number) => path.push(format!("/{number} ({count})")),
            None => path.push(format!(" ({count})")),
        }
        Self {
            metadata: self.metadata,
            ..Self::alone(path.into(), self.load)
        }
    }

    /// A message of an mbox.
    pub(super) fn numbered(file: PathBuf, number: usize, load: Load) -> Self {
        Self {
            name: format!("{}#{number}", file.display()),
            number: Some(number),
            ..Self::alone(file, load)
        }
    }
}
