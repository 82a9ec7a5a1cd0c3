//! Everything that a rule may look at, with shortcuts to what rules often need.

mod alias;
mod altered;
mod client;
mod cut;
mod file;
mod identity;
mod key_text;
mod keys;
mod mail_from;
mod mailbox_providers;
mod record;
mod sent_on;
mod set_up;
mod signatures;
mod spf;
mod unsubscribe;
pub(super) mod visible;
mod way;

pub(super) use identity::Unsigned;
pub use key_text::CutKey;
pub(super) use key_text::STRING;
pub use keys::KeyFault;
pub(crate) use mailbox_providers::is_free_mail;
pub(super) use record::Published;
pub(super) use sent_on::SentOn;
pub(super) use set_up::SetUp;
pub(super) use spf::are_kin;
pub(super) use way::Way;

use crate::findings::hit::Hit;
use crate::findings::observation::Mark;
use std::cell::OnceCell;

use crate::advice_lookups::{Advice, Answered, MailFromZone};
use crate::claims::{self, ClaimDifference, ClaimedResult};
use crate::dkim::{DkimSignature, DkimVerdict};
use crate::dmarc::{Alignment, AppliedPolicy, TakesMail, registered};
use crate::dns::{Lookup, LookupId, Name, Question, RecordType};
use crate::evidence_class::EvidenceClass;
use crate::message::{HeaderField, Message};
use crate::options::Audience;
use crate::ses::{Ses, Sign};
use crate::session::Standing;
use crate::spf::SpfVerdict;
use crate::{Analysis, explain};

use super::observation::{Anchor, Judged, Observation};

/// One message with everything that is known about it.
#[derive(Clone, Debug)]
pub struct Case<'a> {
    /// The verdicts and the data behind them.
    pub analysis: &'a Analysis,
    /// The message itself.
    pub message: &'a Message<'a>,
    /// The signatures as written, in the order of the verdicts.
    pub signed: &'a [DkimSignature],
    /// Answers of DNS that no verdict depends on.
    pub advice: &'a Advice,
    /// Who reads the findings.
    pub(super) audience: &'a Audience,
    /// The registered domain of the author's organization; `None` if the author domain belongs to a
    /// mailbox provider.
    pub(super) registered: Option<Name>,
    pub(super) known: Known<'a>,
}

/// Answers that several rules need; each is computed on first use.
#[derive(Clone, Debug, Default)]
pub(super) struct Known<'a> {
    spf_domain: OnceCell<Option<Name>>,
    is_client_of_ses: OnceCell<Option<bool>>,
    ses_mail_from: OnceCell<Option<&'a MailFromZone>>,
    sent_on: OnceCell<Option<SentOn<'a>>>,
    key_faults: OnceCell<Vec<(Signature<'a>, KeyFault)>>,
}

/// A signature: its text, its verdict, and its alignment.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Signature<'a> {
    /// Its number, from 1, topmost first.
    pub number: usize,
    /// Its text.
    pub written: &'a DkimSignature,
    /// Its verdict.
    pub verdict: &'a DkimVerdict,
    /// Its alignment; `None` without a single author domain.
    pub alignment: Option<&'a Alignment>,
    /// Whether it stands for a key that is looked at without a message.
    pub is_imagined: bool,
}

impl Signature<'_> {
    /// Whether it is the author's: of the same organization, whatever `adkim` says.
    pub fn is_authors(&self) -> bool {
        self.alignment
            .is_some_and(|alignment| alignment.aligned_relaxed == Some(true))
    }
}

impl<'a> Case<'a> {
    /// Creates a case from these parts.
    pub fn new(
        analysis: &'a Analysis,
        message: &'a Message<'a>,
        signed: &'a [DkimSignature],
        advice: &'a Advice,
        audience: &'a Audience,
    ) -> Self {
        let author = analysis.dmarc.author_domain.as_ref();
        let own = author.filter(|author| !is_free_mail(author));
        Self {
            analysis,
            message,
            signed,
            advice,
            audience,
            registered: own.map(registered),
            known: Known::default(),
        }
    }

    /// Whether there is no message: a domain is looked at.
    pub fn is_of_domain(&self) -> bool {
        self.analysis.imagined.is_some()
    }

    /// Whether DNS says that no mail can be sent to `domain`, as far as it was asked.
    pub fn takes_no_mail(&self, domain: &Name) -> bool {
        let answer = |kind| self.answer(&Question::new(domain.clone(), kind));
        let mx = answer(RecordType::Mx);
        let Some(mx) = mx.lookup() else { return false };
        match TakesMail::read_mx(&mx.reply) {
            Some(takes) => takes == TakesMail::NullMx,
            None => {
                let (four, six) = (answer(RecordType::A), answer(RecordType::Aaaa));
                let both = four.lookup().zip(six.lookup());
                both.is_some_and(|(four, six)| {
                    TakesMail::read_addresses(&[&four.reply, &six.reply]) == TakesMail::No
                })
            }
        }
    }

    /// Whether the domain that is looked at says that nobody may send mail of it.
    pub fn sends_none(&self) -> bool {
        let imagined = self.analysis.imagined.as_ref();
        imagined.is_some_and(|imagined| imagined.sends_none)
    }

    /// The single domain in From.
    pub fn author(&self) -> Option<&'a Name> {
        self.analysis.dmarc.author_domain.as_ref()
    }

    /// The Organizational Domain of the author.
    pub fn organization(&self) -> Option<&'a Name> {
        self.analysis.dmarc.organizational_domain.as_ref()
    }

    /// The DMARC policy that applies.
    pub fn policy(&self) -> Option<&'a AppliedPolicy> {
        self.analysis.dmarc.policy.as_ref()
    }

    /// SPF for the reverse-path.
    pub fn spf(&self) -> &'a SpfVerdict {
        &self.analysis.spf.mail_from
    }

    /// The domain that SPF evaluated for the reverse-path.
    pub fn spf_domain(&self) -> Option<Name> {
        let parsed = || Name::parse(self.spf().domain.as_deref()?).ok();
        self.known.spf_domain.get_or_init(parsed).clone()
    }

    /// The alignment of that domain.
    pub fn spf_alignment(&self) -> Option<&'a Alignment> {
        self.analysis.dmarc.alignment.spf.as_ref()
    }

    /// The signs of Amazon SES; `None` if there are none.
    pub fn ses(&self) -> Option<&'a Ses> {
        self.analysis.ses.as_ref()
    }

    /// All signatures.
    pub fn signatures(&self) -> impl Iterator<Item = Signature<'a>> + use<'a> {
        let alignments = &self.analysis.dmarc.alignment.dkim;
        let is_imagined = self.is_of_domain();
        let both = self.signed.iter().zip(&self.analysis.dkim);
        (1..)
            .zip(both)
            .map(move |(number, (written, verdict))| Signature {
                number,
                written,
                verdict,
                alignment: alignments.get(number - 1),
                is_imagined,
            })
    }

    /// The signatures of the author's organization.
    pub fn own_signatures(&self) -> impl Iterator<Item = Signature<'a>> + use<'a> {
        self.signatures().filter(Signature::is_authors)
    }

    /// The domain that is verified in SES, as far as is known: the one that SES signs for, which
    /// may be a parent of the author domain. If nothing shows it, the author domain.
    pub fn ses_identity(&self) -> Option<&'a Name> {
        let easy = |signature: &Signature<'_>| {
            self.ses()
                .is_some_and(|ses| ses.easy_dkim.contains(&signature.number))
        };
        let signed = self.own_signatures().find(easy);
        let domain = signed.and_then(|signature| signature.verdict.domain.as_ref());
        domain.or(self.author())
    }

    /// Whether a field of the receiver says that the message passed DMARC, or that an aligned
    /// signature passed. Then nothing in this file shows a fault of the sender.
    pub fn receiver_passed(&self) -> bool {
        let dkim = &self.analysis.dmarc.alignment.dkim;
        let counts = |number: usize| {
            let alignment = number.checked_sub(1).and_then(|index| dkim.get(index));
            alignment.is_some_and(|alignment| alignment.aligned == Some(true))
        };
        let mut results = self.receivers_results();
        results.any(|(_, result)| {
            result.is_pass()
                && (result.method == "dmarc"
                    || result.method == "dkim" && result.signature.is_some_and(counts))
        })
    }

    /// The results in the receiver's own fields, each with the number of its claim, from 0. Those from
    /// which planned records differ are left out: they are about other records.
    pub fn receivers_results(&self) -> impl Iterator<Item = (usize, &'a ClaimedResult)> + use<'a> {
        let claims = self.analysis.claims.iter().enumerate();
        let own = claims.filter(|(_, claim)| claim.standing == Standing::Receiver);
        let results =
            own.flat_map(|(at, claim)| claim.results.iter().map(move |result| (at, result)));
        results.filter(|(_, result)| result.difference != Some(ClaimDifference::Planned))
    }

    /// Why a result in the claim with this number, from 0, differs from ours, in words.
    pub(super) fn why(&self, number: usize, result: &ClaimedResult) -> Option<String> {
        let claim = self.analysis.claims.get(number)?;
        let why = explain::claims::why(self.analysis, claim, result)?;
        Some(why.to_string())
    }

    /// The field of the claim with this number, from 0.
    pub fn at_claim(&self, number: usize) -> Mark {
        match claims::field_of(self.message, number) {
            Some(field) => self.at_field(field),
            None => Mark::verdict(Judged::Conclusion, EvidenceClass::ClaimedByHeader),
        }
    }

    /// The answer of DNS to `question` in this run, for whatever reason it was asked.
    pub fn answer(&self, question: &Question) -> Answered {
        let mut lookups = self.analysis.lookups.0.iter();
        let found = lookups.find(|lookup| lookup.question == *question);
        found.cloned().map(Answered::new).unwrap_or_default()
    }

    /// The answer with this number.
    pub fn lookup(&self, id: LookupId) -> Answered {
        let mut lookups = self.analysis.lookups.0.iter();
        let found = lookups.find(|lookup| lookup.id == id);
        found.cloned().map(Answered::new).unwrap_or_default()
    }

    /// A header field.
    pub fn at_field(&self, field: &HeaderField<'_>) -> Mark {
        let name = String::from_utf8_lossy(field.name).into_owned();
        let same = self.message.fields(&name);
        let above = same.take_while(|other| other.span.start < field.span.start);
        Mark {
            class: EvidenceClass::ClaimedByHeader,
            anchor: Anchor::Field {
                number: above.count() + 1,
                name,
                start: field.span.start,
                end: field.span.end,
            },
        }
    }

    /// The topmost field with this name; `None` if there is none.
    pub fn at_topmost(&self, name: &str) -> Option<Mark> {
        let field = self.message.fields(name).next()?;
        Some(self.at_field(field))
    }

    /// The field of a signature.
    pub fn at_signature(&self, signature: Signature<'_>) -> Mark {
        let field = self.message.header.fields.get(signature.written.field);
        match field {
            Some(field) => self.at_field(field),
            None => Mark::verdict(
                Judged::Dkim(signature.number),
                EvidenceClass::ClaimedByHeader,
            ),
        }
    }

    /// A sign of SES.
    pub fn at_sign(&self, sign: &Sign) -> Mark {
        let fields = &self.message.header.fields;
        match sign.field.and_then(|field| fields.get(field)) {
            Some(field) => self.at_field(field).class(sign.class),
            None => Mark::verdict(Judged::Ses, sign.class),
        }
    }

    /// A sign of SES, with its text.
    pub fn sign(&self, sign: &Sign) -> Observation {
        self.at_sign(sign).says(match &sign.note {
            Some(note) => format!("{}: {note}", sign.value),
            None => sign.value.clone(),
        })
    }

    /// The DNS lookup that a hit refers to.
    pub fn lookup_of(&self, hit: &Hit) -> Option<&'a Lookup> {
        let Anchor::Lookup { id, .. } = &hit.mark.anchor else {
            return None;
        };
        let mut lookups = self.analysis.lookups.0.iter();
        lookups.find(|lookup| lookup.id == *id)
    }

    /// The signature that a hit refers to.
    pub fn signature_of(&self, hit: &Hit) -> Option<Signature<'a>> {
        let number = usize::try_from(hit.values.number("signature")?).ok()?;
        self.signatures().nth(number.checked_sub(1)?)
    }
}
