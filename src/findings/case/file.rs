//! What became of the saved file.

use super::Case;

impl<'a> Case<'a> {
    /// The note that says that the file ends before the message does.
    pub fn truncation(&self) -> Option<&'a str> {
        let mut notes = self.analysis.source.notes.iter();
        let note = notes.find(|note| note.contains("seems truncated"))?;
        Some(note)
    }

    /// Whether the file ends before the message does.
    pub fn is_truncated(&self) -> bool {
        self.truncation().is_some()
    }
}
