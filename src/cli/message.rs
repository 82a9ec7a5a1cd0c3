//! One message, from a file or from standard input.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::Path;

use sesauth::corpus::is_archive;

use super::Failure;
use super::hint::{for_archive, for_folder, for_missing_file};
use super::store;

/// The bytes of a message, with the name of the file. `-` or no path is standard input. One more
/// byte than `max_size` is read, so a message that is too large can be recognised.
pub fn read(path: Option<&Path>, max_size: usize) -> Result<(String, Vec<u8>), Failure> {
    let most = (max_size as u64).saturating_add(1);
    let mut bytes = Vec::new();
    let is_file = path.is_some_and(|path| path != Path::new("-"));
    let (name, mut from): (String, Box<dyn Read>) = match path {
        Some(path) if is_file => {
            let name = path.display().to_string();
            if store::is_url(path) {
                let read = store::read(path, max_size)?;
                let octets = read.ok_or_else(|| Failure::new(&name, "there is no such object"))?;
                return Ok((name, octets));
            }
            if path.is_dir() {
                return Err(Failure::new(&name, for_folder(&name)));
            }
            let file = File::open(path).map_err(|error| {
                let hint = for_missing_file(&name);
                let hint = hint.filter(|_| error.kind() == io::ErrorKind::NotFound);
                hint.map_or_else(
                    || Failure::io(&name, &error),
                    |hint| Failure::new(&name, hint),
                )
            })?;
            let size = file.metadata().map_or(0, |metadata| metadata.len());
            // One more octet allows the end of the file to be seen without growing the buffer.
            bytes.reserve(usize::try_from(size.min(most)).unwrap_or(0) + 1);
            (name, Box::new(file))
        }
        None if io::stdin().is_terminal() => {
            let help = "give a message file, or pipe one to standard input";
            return Err(Failure::new("nothing to inspect", help));
        }
        _ => ("standard input".into(), Box::new(io::stdin())),
    };
    from.by_ref()
        .take(most)
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::io(&name, &error))?;
    if is_archive(&bytes) {
        let given = if is_file { &name } else { "-" };
        return Err(Failure::new(&name, for_archive(given)));
    }
    Ok((name, bytes))
}
