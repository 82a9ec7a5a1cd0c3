//! What is raised: the exceptions of `package/sesauth/_errors.py`, with the words of the command.

use std::fmt::Display;

use pyo3::{PyErr, import_exception};

import_exception!(sesauth._errors, BadArgument);
import_exception!(sesauth._errors, BadRecording);
import_exception!(sesauth._errors, NoDns);
import_exception!(sesauth._errors, NotAMessage);

/// The exception for an error of the library.
pub fn raised(error: sesauth::Error) -> PyErr {
    let words = error.to_string();
    match error {
        sesauth::Error::NotAMessage { .. } => NotAMessage::new_err(words),
        sesauth::Error::Snapshot { .. }
        | sesauth::Error::PlannedJson { .. }
        | sesauth::Error::Zone { .. } => BadRecording::new_err(words),
        _ => BadArgument::new_err(words),
    }
}

/// The exception for a value that cannot be used.
pub fn bad(name: &str, why: impl Display) -> PyErr {
    BadArgument::new_err(format!("{name}: {why}"))
}

/// The exception where nothing can be concluded from DNS.
pub fn no_dns(why: &sesauth::dns::NoDns) -> PyErr {
    NoDns::new_err(format!(
        "no usable DNS: {why}. Nothing is concluded from it; try again later, name another resolver \
         with Dns.live, or replay a recording with Dns.recording"
    ))
}
