//! How a message is read and judged.

use crate::Limits;
use crate::dmarc::Rules;

/// How a message is read and judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Bounds on the work.
    pub limits: Limits,
    /// Judge a message that is attached to this one: which one, from 1.
    pub attached: Option<usize>,
    /// The DMARC rules that the verdict follows. The result under the other rules is given as well.
    pub rules: Rules,
    /// Also ask whether the hosts in `rua=` and `ruf=` accept the reports.
    pub reports: bool,
    /// Also ask the questions that only advice needs. No verdict depends on them.
    pub advice: bool,
    /// Keep the canonical header that was hashed in each DKIM verdict.
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
