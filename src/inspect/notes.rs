//! What was left out or assumed.

use crate::message::{Dkim2, Message, auth_results};
use crate::session::Session;
use crate::{Limits, Note};

/// What was left out or assumed about `message`.
pub(super) fn notes(message: &Message<'_>, session: &Session, limits: &Limits) -> Vec<Note> {
    let mut notes: Vec<Note> = session.notes.iter().cloned().map(Note::Session).collect();
    let count = |name: &str| message.fields(name).count();
    for (name, count, limit, last) in [
        (
            "DKIM-Signature",
            count("DKIM-Signature"),
            limits.signatures,
            0,
        ),
        ("Received", count("Received"), limits.received, 0),
        (
            "Authentication-Results",
            auth_results::fields(&message.header).count(),
            limits.auth_results,
            auth_results::last_looked_at(limits.auth_results),
        ),
    ] {
        if count > limit {
            notes.push(Note::FieldsLeftOut {
                name,
                count,
                first: limit - last,
                last,
            });
        }
    }
    notes.extend(Dkim2::of(message).map(Note::Dkim2));
    notes
}
