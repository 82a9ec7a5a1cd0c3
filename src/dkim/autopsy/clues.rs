//! What the header says of who may have changed a message.

use schemars::JsonSchema;
use serde::Serialize;

use super::line_at;
use crate::message::Message;

/// A program or service that changes the mail that it passes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Changer {
    /// GNU Mailman.
    Mailman,
    /// groups.io.
    GroupsIo,
    /// Google Groups.
    GoogleGroups,
    /// Sympa.
    Sympa,
    /// A list server that names itself no further.
    List,
    /// Mimecast.
    Mimecast,
    /// Proofpoint.
    Proofpoint,
    /// Barracuda.
    Barracuda,
    /// Microsoft Exchange or Exchange Online.
    Exchange,
    /// Amazon SES.
    Ses,
}

/// A changer, and the field that shows it.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Clue {
    /// Who it is.
    pub changer: Changer,
    /// The field.
    pub field: String,
    /// The number of its line in the file, from 1.
    pub line: usize,
}

/// The fields that show a changer: the start of a name, and what the value has to contain, both in
/// lower case. The surest first.
const SIGNS: &[(&str, &str, Changer)] = &[
    ("x-mailman-", "", Changer::Mailman),
    ("x-groupsio-", "", Changer::GroupsIo),
    ("list-id", "groups.io", Changer::GroupsIo),
    ("x-google-group-id", "", Changer::GoogleGroups),
    ("x-loop", "sympa", Changer::Sympa),
    ("x-sympa-", "", Changer::Sympa),
    ("list-id", "", Changer::List),
    ("list-unsubscribe", "/mailman", Changer::Mailman),
    ("mailing-list", "", Changer::List),
    ("x-mimecast-", "", Changer::Mimecast),
    ("x-proofpoint-", "", Changer::Proofpoint),
    ("x-barracuda-", "", Changer::Barracuda),
    ("x-ms-exchange-organization-", "", Changer::Exchange),
    ("x-ms-exchange-crosstenant-", "", Changer::Exchange),
    ("x-ses-outgoing", "", Changer::Ses),
];

impl Changer {
    /// Whether it is a list.
    pub fn is_list(self) -> bool {
        matches!(
            self,
            Self::Mailman | Self::GroupsIo | Self::GoogleGroups | Self::Sympa | Self::List
        )
    }
}

/// The changers that the header shows, each once, the surest first.
pub(super) fn find(message: &Message<'_>) -> Vec<Clue> {
    let mut found: Vec<Clue> = Vec::new();
    for (start, part, changer) in SIGNS {
        let is_known = |clue: &Clue| {
            clue.changer == *changer || (*changer == Changer::List && clue.changer.is_list())
        };
        if found.iter().any(is_known) {
            continue;
        }
        let field = message.header.fields.iter().find(|field| {
            let name = field.name.get(..start.len());
            name.is_some_and(|name| name.eq_ignore_ascii_case(start.as_bytes()))
                && (part.is_empty() || contains(field.body, part.as_bytes()))
        });
        found.extend(field.map(|field| Clue {
            changer: *changer,
            field: String::from_utf8_lossy(field.name).into_owned(),
            line: line_at(message.bytes, field.span.start),
        }));
    }
    found
}

/// Whether the text contains `part`, which is in lower case.
fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len())
        .any(|window| window.eq_ignore_ascii_case(part))
}
