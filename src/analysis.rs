//! All that is known about one message: data alone. `inspect.rs` finds it out, `explain` makes words
//! of it.

use schemars::JsonSchema;
use serde::Serialize;

use crate::MessageSummary;
use crate::arc::ArcVerdict;
use crate::as_of_now::AsOfNow;
use crate::claims::{Claim, OnlyOurs};
use crate::conclusion::Conclusion;
use crate::dkim::{DkimCause, DkimVerdict};
use crate::dmarc::{DmarcCause, DmarcVerdict};
use crate::dns::{Evidence, Lookup, Reply};
use crate::message::{Dkim2, Source};
use crate::ses::Ses;
use crate::session::{Session, SessionNote};
use crate::spf::{Spf, SpfCause};

/// All that is known about one message. `render::json` shows it as `sesauth/1`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Analysis {
    /// The file that the message was read from.
    pub source: Source,
    /// What the message says about itself.
    pub message: MessageSummary,
    /// The SMTP session in which it came.
    pub session: Session,
    /// Its DKIM signatures, topmost first.
    pub dkim: Vec<DkimVerdict>,
    /// SPF, for both identities.
    pub spf: Spf,
    /// DMARC.
    pub dmarc: DmarcVerdict,
    /// ARC, which is information only.
    pub arc: ArcVerdict,
    /// What speaks for Amazon SES as its sender; absent where nothing does.
    pub ses: Option<Ses>,
    /// What its receivers said, beside ours.
    pub claims: Vec<Claim>,
    /// What was found here and no field of the receiver speaks of.
    pub only_ours: Vec<OnlyOurs>,
    /// The outcome in a word and a sentence.
    pub conclusion: Conclusion,
    /// What would come out today, where that is not the same.
    pub as_of_now: Option<AsOfNow>,
    /// Every DNS question that was asked, with its answer, in order.
    pub lookups: Evidence,
    /// What was left out or assumed.
    pub notes: Vec<Note>,
    /// How many of the lookups were made for verdicts; the others are for advice alone.
    pub(crate) for_verdicts: usize,
}

/// What was left out or assumed.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Note {
    /// How the values of the session were found.
    Session(SessionNote),
    /// Of the fields of one name, not all were looked at.
    FieldsLeftOut {
        /// The name.
        name: &'static str,
        /// How many there are.
        count: usize,
        /// How many were looked at from the top.
        first: usize,
        /// How many were looked at from the end.
        last: usize,
    },
    /// There are fields of DKIM2, which was not evaluated.
    Dkim2(Dkim2),
}

impl Analysis {
    /// Whether a verdict is open because a recording of DNS does not hold what it needs. SPF for
    /// HELO is not among them: nothing hangs on it.
    pub fn is_recording_incomplete(&self) -> bool {
        let not_recorded = |dkim: &DkimVerdict| dkim.cause == DkimCause::NotRecorded;
        self.dmarc.cause == DmarcCause::NotRecorded
            || self.spf.mail_from.cause == SpfCause::NotRecorded
            || self.dkim.iter().any(not_recorded)
    }

    /// The questions asked for verdicts that a recording of DNS does not hold.
    pub fn missing_lookups(&self) -> impl Iterator<Item = &Lookup> {
        let lookups = self.lookups.0.iter().take(self.for_verdicts);
        lookups.filter(|lookup| lookup.reply == Reply::NotRecorded)
    }
}
