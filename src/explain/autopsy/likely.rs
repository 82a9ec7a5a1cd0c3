//! Words for what is likely to have changed a message, without proof.

use std::fmt::{self, Display, Formatter};

use super::group::shortened;
use crate::dkim::{Likely, LikelyChange};

/// What is likely to have happened; no capital letter, no full stop.
pub fn likely(likely: &Likely) -> impl Display + '_ {
    format!("likeliest, not proved: {}", bare(likely))
}

/// The same, for where it is said that it is not proved.
pub(super) fn bare(likely: &Likely) -> impl Display + '_ {
    Words(likely)
}

struct Words<'v>(&'v Likely);

impl Display for Words<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Likely { change, field, .. } = self.0;
        let field = field.as_deref().unwrap_or("a field");
        match change {
            LikelyChange::PartsRemoved => f.write_str("a list removed parts, such as HTML or attachments"),
            LikelyChange::AttachmentRemoved => f.write_str("an attachment was removed"),
            LikelyChange::EndLost => {
                f.write_str("the end is missing, as the closing MIME boundary is not there")
            }
            LikelyChange::LinksRewritten => f.write_str(
                "links were replaced by those of a filter, which do not show what they replaced",
            ),
            LikelyChange::Banner => f.write_str("a warning was put above the text"),
            LikelyChange::ListFooter => f.write_str("a list put its footer below the text"),
            LikelyChange::Converted => f.write_str(
                "the text was converted, as it has octets that Content-Transfer-Encoding does not allow",
            ),
            LikelyChange::MessageIdReplaced => f.write_str(
                "Amazon SES replaced Message-ID, which this signature covers and SES always writes itself",
            ),
            LikelyChange::FromRewritten => f.write_str("From was replaced by the address of a list"),
            LikelyChange::FieldDoubled => write!(f, "another {field} was added"),
            LikelyChange::SubjectTag => f.write_str("a tag was put into Subject, among other changes"),
            LikelyChange::FieldRemoved => {
                write!(f, "{field} was removed, which h= names and the header does not have")
            }
        }?;
        match (self.0.line, &self.0.seen) {
            (Some(line), Some(seen)) => write!(f, " (line {line}: \"{}\")", shortened(seen)),
            (Some(line), None) => write!(f, " (line {line})"),
            (None, _) => Ok(()),
        }
    }
}
