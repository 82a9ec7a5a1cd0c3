//! What stops an analysis before it starts. All that concerns the mail itself is a verdict instead.

use std::fmt;

/// Why no analysis could be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// The bytes are not a mail message; `found` says what they are, `help` what to do.
    NotAMessage {
        /// What was found instead.
        found: String,
        /// What to do about it.
        help: String,
    },
    /// A DNS snapshot cannot be read.
    Snapshot {
        /// Line number, from 1.
        line: usize,
        /// What is wrong there.
        problem: String,
    },
    /// Zone text cannot be read.
    Zone {
        /// What is wrong, behind line and column where they are known.
        problem: String,
    },
    /// What another verifier said cannot be read.
    Peer {
        /// What it is instead, and what was looked for.
        problem: String,
    },
    /// A value given by the caller cannot be used.
    Argument {
        /// Which one.
        name: String,
        /// What is wrong with it.
        problem: String,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAMessage { found, help } => write!(f, "not a mail message: {found}; {help}"),
            Self::Snapshot { line, problem } => write!(f, "DNS snapshot, line {line}: {problem}"),
            Self::Zone { problem } => write!(f, "zone text, {problem}"),
            Self::Peer { problem } => f.write_str(problem),
            Self::Argument { name, problem } => write!(f, "{name}: {problem}"),
        }
    }
}

impl std::error::Error for Error {}
