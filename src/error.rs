//! What stops an analysis before it starts. Anything wrong with the mail itself is a verdict
//! instead.

use std::fmt;

/// Why an analysis could not be made.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The bytes are not a mail message.
    NotAMessage {
        /// What they are instead.
        found: String,
        /// What the user can do about it.
        help: String,
    },
    /// A DNS snapshot cannot be read.
    Snapshot {
        /// Line number, from 1.
        line: usize,
        /// What is wrong there.
        problem: String,
    },
    /// Planned records in the JSON of a DNS provider cannot be read.
    PlannedJson {
        /// What is wrong with them, and where.
        problem: String,
    },
    /// Zone text cannot be read.
    Zone {
        /// What is wrong, after the line and column where they are known.
        problem: String,
    },
    /// The output of another verifier cannot be read.
    Opinion {
        /// What it looks like, and what was expected.
        problem: String,
    },
    /// What SES is to say of an identity cannot be used.
    Identity {
        /// What it looks like, and what to do.
        problem: String,
    },
    /// A value given by the caller cannot be used.
    Argument {
        /// The name of the argument.
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
            Self::PlannedJson { problem } => write!(f, "planned records in JSON, {problem}"),
            Self::Zone { problem } => write!(f, "zone text, {problem}"),
            Self::Opinion { problem } | Self::Identity { problem } => f.write_str(problem),
            Self::Argument { name, problem } => write!(f, "{name}: {problem}"),
        }
    }
}

impl std::error::Error for Error {}
