//! Header fields that a reader sees, or that decide what is seen, and how many of them are signed.

use super::{Case, Signature};

/// Fields that mail programs show. From is not here: without its signature nothing passes.
pub(in crate::findings) const SHOWN: [&str; 6] =
    ["Subject", "Date", "Sender", "Reply-To", "To", "Cc"];

/// Fields that decide how the body is read.
pub(in crate::findings) const READ_BY: [&str; 3] =
    ["Content-Type", "Content-Transfer-Encoding", "MIME-Version"];

/// How many fields of one name the author's signatures cover.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::findings) struct Coverage {
    /// How many there are.
    pub present: usize,
    /// How many of them, counted from the lowest, a signature covers that verifies.
    pub signed: usize,
}

impl Coverage {
    /// How many are not signed: the topmost ones (RFC 6376 §5.4.2).
    pub fn unsigned(self) -> usize {
        self.present - self.signed
    }
}

impl<'a> Case<'a> {
    /// What the author's signatures cover of the fields called `name`; `None` if none of these
    /// signatures verifies, as other rules say why.
    pub(in crate::findings) fn coverage(&self, name: &str) -> Option<Coverage> {
        let present = self.message.fields(name).count();
        let named = self.verified().map(|signature| {
            let names = signature.written.signed_fields.iter();
            names
                .filter(|named| named.eq_ignore_ascii_case(name))
                .count()
        });
        let signed = named.max()?.min(present);
        Some(Coverage { present, signed })
    }

    /// The author's signatures that verify.
    pub(in crate::findings) fn verified(&self) -> impl Iterator<Item = Signature<'a>> + use<'a> {
        self.own_signatures().filter(Signature::passes)
    }
}
