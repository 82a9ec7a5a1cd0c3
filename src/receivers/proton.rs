//! Proton Mail. It writes one field for each method, at the end of the header. Observed in saved
//! messages.

use super::{Below, Export, Receiver};

pub(super) static PROTON: Receiver = Receiver {
    name: "Proton",
    domains: &["protonmail.ch", "protonmail.com", "proton.me", "proton.ch"],
    results_below: Some(Below::AtEnd),
    identifiers: &["protonmail.ch"],
    export: Some(Export {
        program: "Proton",
        habit: "Proton builds a message anew when it exports it",
    }),
    mailboxes: &["proton.me", "protonmail.com"],
    spf_include: Some("_spf.protonmail.ch"),
    ..Receiver::UNKNOWN
};
