//! Reads the output of another verifier, for `--compare-with`.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use sesauth::Limits;
use sesauth::second::Opinion;

use super::Failure;

/// The output of another verifier in the file at `path`. One more byte than allowed is read, so a
/// file that is too large can be recognised.
pub fn read(path: &Path, limits: &Limits) -> Result<Opinion, Failure> {
    let name = path.display();
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| {
            let most = (limits.opinion_bytes as u64).saturating_add(1);
            file.take(most).read_to_end(&mut bytes)
        })
        .map_err(|error| Failure::io(name, &error))?;
    let text = String::from_utf8_lossy(&bytes);
    Opinion::parse(&text, limits).map_err(|error| Failure::new(path.display(), error))
}
