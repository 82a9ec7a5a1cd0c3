//! How much work the search may take. It is counted, not timed, so that the same message always gets
//! the same answer.

use schemars::JsonSchema;
use serde::Serialize;

/// How much is tried to find out what broke a signature.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Effort {
    /// Nothing.
    Off,
    /// What takes at most some milliseconds.
    #[default]
    Quick,
    /// What takes up to a second.
    Deep,
}

/// The work that is left, in steps of about a nanosecond.
#[derive(Clone, Copy, Debug)]
pub(in crate::dkim) struct Budget {
    effort: Effort,
    left: u64,
    /// Reconstructions that were compared with what was signed.
    pub(super) tried: u64,
    /// Whether something was left out because of the bound.
    pub(super) spent: bool,
}

impl Budget {
    pub(in crate::dkim) fn new(effort: Effort, work: u64) -> Self {
        Self {
            effort,
            left: work,
            tried: 0,
            spent: false,
        }
    }

    /// A part of it, one in `parts`, which [`Budget::give_back`] ends.
    pub(in crate::dkim) fn share(&mut self, parts: u64) -> Self {
        let share = self.left / parts.max(1);
        self.left -= share;
        Self::new(self.effort, share)
    }

    /// Takes back what a part did not use.
    pub(in crate::dkim) fn give_back(&mut self, share: Self) {
        self.left += share.left;
        self.tried += share.tried;
    }

    /// How many lines at the end of a body are looked at as the start of a footer.
    pub(super) fn lines(&self) -> usize {
        usize::try_from(self.left / 20_000)
            .unwrap_or(usize::MAX)
            .max(12)
    }

    /// The work that is left.
    pub(super) fn left(&self) -> u64 {
        self.left
    }

    /// How deep the search was that ended because too little is left; `None` if none did.
    pub(super) fn stopped(&self) -> Option<Effort> {
        self.spent.then_some(self.effort)
    }

    pub(super) fn is_spent(&self) -> bool {
        self.spent
    }

    /// Takes so much work; `false` if too little is left, and from then on.
    pub(super) fn take(&mut self, work: u64) -> bool {
        match self.left.checked_sub(work) {
            Some(left) if !self.spent => {
                self.left = left;
                true
            }
            _ => {
                self.spent = true;
                false
            }
        }
    }

    /// The same, for one more reconstruction.
    pub(super) fn try_one(&mut self, work: u64) -> bool {
        let may = self.take(work);
        self.tried += u64::from(may);
        may
    }
}
