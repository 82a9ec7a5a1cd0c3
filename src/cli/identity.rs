//! `--ses-identity`: what Amazon SES says of the identities of its customer.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sesauth::Analysis;
use sesauth::ses::Identities;
use sesauth::ses::identity::{MOST_BYTES, MOST_IDENTITIES, identity_name};

use super::{Failure, output};

/// The endings of files that are no part of the name of an identity.
const ENDINGS: [&str; 4] = [".json", ".jsonl", ".ndjson", ".txt"];

/// What SES says of identities.
#[derive(clap::Args)]
pub struct IdentityFlag {
    /// What SES says of the identity that sends, from aws sesv2 get-email-identity: a file with the
    /// identity's name, example.com.json, a folder of such files, or NAME=FILE; may be given several
    /// times. Output of list-email-identities is read too
    #[arg(long, value_name = "[NAME=]FILE", help_heading = "Amazon SES")]
    ses_identity: Vec<PathBuf>,
}

impl IdentityFlag {
    /// The identities; none if the flag is not given.
    pub fn identities(&self) -> Result<Arc<Identities>, Failure> {
        let mut all = Identities::default();
        for given in &self.ses_identity {
            match named(given) {
                Some((name, path)) => add(&mut all, path, Some(&name))?,
                None if given.is_dir() => {
                    for path in files(given)? {
                        add(&mut all, &path, None)?;
                    }
                }
                None => add(&mut all, given, None)?,
            }
        }
        Ok(Arc::new(all))
    }

    /// Says that no identity is that of the author.
    pub fn say_unmet(&self, analysis: &Analysis) {
        if self.ses_identity.is_empty() || analysis.ses_identity.is_some() {
            return;
        }
        output::say(match &analysis.dmarc.author_domain {
            Some(author) => format!("--ses-identity: none of these is {author} or covers it"),
            None => "--ses-identity: the message has no single author domain".to_owned(),
        });
    }
}

/// `NAME=FILE` in its parts; `None` for a file or folder that is there by the whole name, and where
/// what is before the sign names no identity.
fn named(given: &Path) -> Option<(String, &Path)> {
    if given.exists() {
        return None;
    }
    let (name, path) = given.to_str()?.split_once('=')?;
    Some((identity_name(name)?, Path::new(path)))
}

/// The files of a folder, by name.
fn files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let failure = |error| Failure::io(folder.display(), &error);
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(failure)?.take(MOST_IDENTITIES) {
        let path = entry.map_err(failure)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let name = name.to_ascii_lowercase();
        let is_json = ENDINGS.iter().any(|ending| name.ends_with(ending));
        if is_json && !name.starts_with('.') && path.is_file() {
            files.push(path);
        }
    }
    if files.is_empty() {
        return Err(Failure::new(
            folder.display(),
            "there is no JSON file in that folder; expected example.com.json",
        ));
    }
    files.sort();
    Ok(files)
}

fn add(all: &mut Identities, path: &Path, name: Option<&str>) -> Result<(), Failure> {
    let shown = path.display();
    let file = fs::File::open(path).map_err(|error| Failure::io(&shown, &error))?;
    let mut bytes = Vec::new();
    file.take(MOST_BYTES as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::io(&shown, &error))?;
    let of_file = name_of_file(path);
    let name = name.or(of_file.as_deref());
    all.add(&bytes, name)
        .map_err(|error| Failure::new(&shown, error))
}

/// The identity that a file is named after.
fn name_of_file(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    let stem = ENDINGS.iter().find_map(|ending| {
        let at = name.len().checked_sub(ending.len())?;
        let is_it = name.get(at..)?.eq_ignore_ascii_case(ending);
        is_it.then(|| &name[..at])
    });
    identity_name(stem?)
}
