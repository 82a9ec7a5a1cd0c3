//! The file that a row is about.

use aws_lc_rs::digest;

/// A saved message, as a row tells of it.
pub struct SavedFile<'f> {
    pub name: &'f str,
    /// Its octets, if they could be read.
    pub octets: Option<&'f [u8]>,
    /// Why it could not be analysed.
    pub error: Option<&'f str>,
}

impl SavedFile<'_> {
    /// The hash of the octets, in hexadecimal.
    pub fn sha256(&self) -> Option<String> {
        let hash = digest::digest(&digest::SHA256, self.octets?);
        let octets = hash.as_ref().iter();
        Some(octets.map(|octet| format!("{octet:02x}")).collect())
    }
}
