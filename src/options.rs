//! How a message is to be read and judged.

use crate::Limits;
use crate::dmarc::Rules;

/// How a message is to be read and judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Bounds on the work.
    pub limits: Limits,
    /// Judge a message that this one carries as an attachment: the how manieth, from 1.
    pub attached: Option<usize>,
    /// The rules of DMARC by which the verdict is made; the others stand beside it.
    pub rules: Rules,
    /// Ask too whether reports may go where the DMARC record sends them.
    pub reports: bool,
    /// Ask too what only advice needs; no verdict hangs on it.
    pub advice: bool,
    /// Keep in each DKIM verdict the canonical header that was hashed.
    pub canonical_header: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            attached: None,
            rules: Rules::Rfc9989,
            reports: false,
            advice: true,
            canonical_header: false,
        }
    }
}
