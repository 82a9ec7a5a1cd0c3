//! The file of metadata beside a message: `a.json` or `a.eml.json` for `a.eml`.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::stream::why;
use crate::session::{Metadata, MetadataFault};

/// What is beside a message.
#[derive(Debug, Default)]
#[non_exhaustive]
pub enum SideFile {
    /// Nothing.
    #[default]
    Nothing,
    /// There may be a file beside this one.
    Of(PathBuf),
    /// A file was read: what it says, or why it cannot be read, in words.
    Read(Result<Metadata, String>),
}

impl SideFile {
    /// What the file says, if there is one that tells of a session.
    ///
    /// # Errors
    ///
    /// Why it cannot be read, in words.
    pub fn metadata(&self) -> Result<Option<Metadata>, String> {
        match self {
            Self::Nothing => Ok(None),
            Self::Read(read) => read.clone().map(Some),
            Self::Of(message) => {
                let mut files = stems(message).into_iter().map(with_json);
                files.find_map(|file| of_file(&file)).transpose()
            }
        }
    }
}

/// The paths of a message to which `.json` is added for its file of metadata: `a.eml` and `a`.
pub(super) fn stems(message: &Path) -> [PathBuf; 2] {
    [message.to_owned(), message.with_extension("")]
}

fn with_json(stem: PathBuf) -> PathBuf {
    let mut file = stem.into_os_string();
    file.push(".json");
    file.into()
}

/// What the file at `path` says; `None` if there is none, or it says nothing of a session.
fn of_file(path: &Path) -> Option<Result<Metadata, String>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
        Err(error) => return Some(Err(unread(path, &why(&error)))),
    };
    of_octets(path, file)
}

/// What the octets of the file at `path` say; `None` if that is nothing of a session.
pub(super) fn of_octets(path: &Path, octets: impl Read) -> Option<Result<Metadata, String>> {
    let mut bytes = Vec::new();
    let most = Metadata::MOST as u64 + 1;
    if let Err(error) = octets.take(most).read_to_end(&mut bytes) {
        return Some(Err(unread(path, &why(&error))));
    }
    match Metadata::parse(&bytes) {
        Ok(metadata) => Some(Ok(metadata)),
        Err(MetadataFault::SaysNothing) => None,
        Err(fault) => Some(Err(unread(path, &fault.to_string()))),
    }
}

pub(super) fn unread(path: &Path, why: &str) -> String {
    let path = path.display();
    format!("{path}: {why}; the message is judged without it")
}
