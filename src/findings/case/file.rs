//! What happened to the saved file.

use super::Case;
use crate::message::SourceNote;

impl<'a> Case<'a> {
    /// The note that the file ends before the message does.
    pub fn truncation(&self) -> Option<&'a SourceNote> {
        let mut notes = self.analysis.source.notes.iter();
        notes.find(|note| note.is_truncation())
    }
}
