//! All that is known about one message: data, no words. `inspect.rs` gathers it, `explain` puts it
//! into words.

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
use crate::message::fragile::Fragile;
use crate::message::{Dkim2, Form, Source};
use crate::ses::{Region, Ses, SesIdentity};
use crate::session::{Junk, Session, SessionNote};
use crate::spf::{HostName, Spf, SpfCause};

/// All that is known about one message. `render::json` writes it as `sesauth/1`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Analysis {
    /// The file that the message was read from.
    pub source: Source,
    /// A summary of the message: its header fields and body.
    pub message: MessageSummary,
    /// The SMTP session that delivered it.
    pub session: Session,
    /// Its DKIM signatures, topmost first.
    pub dkim: Vec<DkimVerdict>,
    /// SPF, for both identities.
    pub spf: Spf,
    /// DMARC.
    pub dmarc: DmarcVerdict,
    /// ARC, which is information only.
    pub arc: ArcVerdict,
    /// Signs that Amazon SES sent it; `None` if there are none.
    pub ses: Option<Ses>,
    /// What SES itself says of the identity that it uses for the author, if the caller gave that.
    pub ses_identity: Option<SesIdentity>,
    /// What its receivers recorded, compared with our results.
    pub claims: Vec<Claim>,
    /// Results of ours that no field of the receiver mentions.
    pub only_ours: Vec<OnlyOurs>,
    /// The outcome.
    pub conclusion: Conclusion,
    /// What the outcome would be today, if it differs.
    pub as_of_now: Option<AsOfNow>,
    /// Every DNS question that was asked, with its answer, in order.
    pub lookups: Evidence,
    /// What was left out or assumed.
    pub notes: Vec<Note>,
    /// What its receiver's junk filters wrote into it.
    pub junk: Vec<Junk>,
    /// What in it servers on the way may change.
    pub(crate) fragile: Fragile,
    /// Set if the message was never sent: it stands for mail of a domain that is looked at.
    pub(crate) imagined: Option<Imagined>,
    /// How many of the lookups were made for verdicts. The ones after them are for advice alone.
    pub(crate) for_verdicts: usize,
}

/// What is known of mail that was never sent.
#[derive(Clone, Debug)]
pub(crate) struct Imagined {
    /// Whether SES would send it.
    pub by_ses: bool,
    /// From which of its regions.
    pub region: Option<Region>,
    /// Whether the domain says that nobody may send mail of it.
    pub sends_none: bool,
    /// The names of a host that sends it, if one is known.
    pub host: Option<Vec<HostName>>,
}

/// What was left out or assumed.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Note {
    /// How the values of the session were found.
    Session(SessionNote),
    /// Not all fields of this name were read.
    FieldsLeftOut {
        /// The name of the field.
        name: &'static str,
        /// How many there are.
        count: usize,
        /// How many were read from the top.
        first: usize,
        /// How many were read from the bottom.
        last: usize,
    },
    /// The message has DKIM2 fields, which are not evaluated.
    Dkim2(Dkim2),
    /// The message was redacted before: its words, names and addresses stand in place of others.
    Redacted {
        /// How many signatures were made anew for that, by throw-away keys.
        signatures: usize,
        /// The forms of the file that the message was taken out of, outermost first.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        taken_out_of: Vec<Form>,
    },
}

impl Analysis {
    /// Whether a verdict is undecided because a recording of DNS lacks what it needs. SPF for HELO
    /// does not count: no outcome depends on it.
    pub fn is_recording_incomplete(&self) -> bool {
        let not_recorded = |dkim: &DkimVerdict| dkim.cause == DkimCause::NotRecorded;
        self.dmarc.cause == DmarcCause::NotRecorded
            || self.spf.mail_from.cause == SpfCause::NotRecorded
            || self.dkim.iter().any(not_recorded)
    }

    /// Whether the message was redacted before.
    pub fn is_redacted(&self) -> bool {
        let redacted = |note: &Note| matches!(note, Note::Redacted { .. });
        self.notes.iter().any(redacted)
    }

    /// The questions for verdicts that the recording of DNS does not contain.
    pub fn missing_lookups(&self) -> impl Iterator<Item = &Lookup> {
        let lookups = self.lookups_of_verdicts().iter();
        lookups.filter(|lookup| lookup.reply == Reply::NotRecorded)
    }

    /// The lookups that verdicts are based on, without those that were made for advice alone.
    pub fn lookups_of_verdicts(&self) -> &[Lookup] {
        let all = &self.lookups.0;
        all.get(..self.for_verdicts).unwrap_or(all)
    }
}
