//! What is kept of a message in a row, and SPF and DMARC judged again from it. What DKIM gave stays as
//! it was: a signature needs the message.

use std::net::IpAddr;

use jiff::Timestamp;

use super::identifiers::{ask_at_once, dkim_identifiers, domains_of, spf_identifier};
use crate::arc::{ArcCause, ArcResult, ArcVerdict};
use crate::conclusion::{Circumstances, Conclusion, ConclusionResult};
use crate::dkim::{
    BodyResult, BodyVerdict, DkimCause, DkimResult, DkimVerdict, HeaderResult, HeaderVerdict,
};
use crate::dmarc::check::{exists, remember_texts};
use crate::dmarc::{self, AuthorDomain, DmarcCause, DmarcResult, Inputs, Policy, Rules};
use crate::dns::{Dns, Name, Question, Recorder};
use crate::message::fragile::Fragile;
use crate::message::{Form, LineEnds, Reading, Source};
use crate::session::Session;
use crate::spf::check::judge_spf;
use crate::spf::{SpfCause, SpfQuery, SpfResult, SpfStep, SpfVerdict};
use crate::{Analysis, Limits, MessageSummary};

/// What is kept of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeptMessage {
    /// The author domain, or why there is none.
    pub author: Result<Name, DmarcCause>,
    /// The rules of the verdict.
    pub rules: Rules,
    /// The address of the client.
    pub client_ip: Option<IpAddr>,
    /// The HELO name.
    pub helo: Option<String>,
    /// The domain of the envelope sender; empty for the null reverse-path.
    pub mail_from: Option<String>,
    /// When it was received.
    pub received_at: Option<Timestamp>,
    /// Whether nothing vouches for the session.
    pub is_told: bool,
    /// Whether a reader may see something that the verdicts are not about.
    pub is_doubtful: bool,
    /// What DKIM gave.
    pub dkim: Vec<KeptSignature>,
    /// Each question that the verdicts are based on.
    pub asked: Vec<Question>,
    /// The conclusion.
    pub conclusion: ConclusionResult,
    /// SPF for the envelope sender: its domain, result and cause.
    pub spf: (Option<String>, SpfResult, SpfCause),
    /// DMARC: its result and cause, and the policies that were requested and applied.
    pub dmarc: (DmarcResult, DmarcCause, Option<Policy>, Option<Policy>),
}

/// What is kept of a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeptSignature {
    /// `d=`.
    pub domain: Option<Name>,
    /// `s=`.
    pub selector: Option<Name>,
    /// The result.
    pub result: DkimResult,
    /// Why.
    pub cause: DkimCause,
    /// Whether the key says that the domain is only testing DKIM.
    pub testing: bool,
    /// Whether it leaves a part of the body unsigned.
    pub body_unsigned: bool,
}

impl KeptMessage {
    /// The analysis by the answers that the kept results rest on. As far as it is known: what no row
    /// has is empty in it. `None` if these answers do not lead to what is kept.
    pub async fn before(&self, dns: &impl Dns, limits: &Limits) -> Option<Analysis> {
        let mut analysis = self.judge(Recorder::new(dns), limits).await;
        // What its receiver recorded has a part in this, and is not judged again.
        analysis.conclusion.result = self.conclusion;
        let (spf, dmarc) = (&analysis.spf.mail_from, &analysis.dmarc);
        let policy = dmarc.policy.as_ref();
        let found = (
            dmarc.result,
            dmarc.cause,
            policy.map(|policy| policy.requested),
            policy.map(|policy| policy.applied),
        );
        let is_same = (&spf.domain, spf.result, spf.cause) == (&self.spf.0, self.spf.1, self.spf.2)
            && found == self.dmarc;
        is_same.then_some(analysis)
    }

    /// The analysis by other answers, `before` being the one by those that the kept results rest on.
    /// `None` if the message is needed for it.
    pub async fn after(
        &self,
        before: &Analysis,
        dns: &impl Dns,
        limits: &Limits,
    ) -> Option<Analysis> {
        let after = self.judge(Recorder::new(dns), limits).await;
        let lookup = |analysis: &Analysis, question: &Question| {
            let mut lookups = analysis.lookups.0.iter();
            let lookup = lookups.find(|lookup| lookup.question == *question);
            lookup.map(|lookup| lookup.reply.clone())
        };
        let mut keys = self.dkim.iter().filter_map(KeptSignature::question);
        let has_other_key = keys.any(|key| lookup(before, &key) != lookup(&after, &key));
        let (was, is) = (&before.spf.mail_from, &after.spf.mail_from);
        // The part before the @ is not kept.
        let needs_sender = was != is && (names_sender(was) || names_sender(is));
        // Whether its receiver's words vouch for the session depends on the result of SPF.
        let needs_claims = self.is_told && was.result != is.result;
        (!has_other_key && !needs_sender && !needs_claims).then_some(after)
    }

    async fn judge(&self, dns: Recorder<'_>, limits: &Limits) -> Analysis {
        dns.ask_all(&self.asked).await;
        let query = SpfQuery {
            client_ip: self.client_ip,
            helo: self.helo.as_deref(),
            mail_from: self.mail_from.as_deref(),
            receiver: None,
            now: self.received_at.unwrap_or_default(),
        };
        let spf = judge_spf(&query, &dns, limits).await;
        let author = match &self.author {
            Ok(name) => AuthorDomain::One(name.clone()),
            Err(cause) => AuthorDomain::Not(*cause),
        };
        let dkim: Vec<DkimVerdict> = self.dkim.iter().map(KeptSignature::verdict).collect();
        let signed = self.dkim.iter().filter_map(|one| one.domain.clone());
        let domains = domains_of(&author, &spf.mail_from, signed);
        let (_, mut answers) = ask_at_once(&[], &domains, &dns, limits).await;
        let author_exists = match &author {
            AuthorDomain::One(author) => exists(author, &answers, &dns, limits).await,
            AuthorDomain::Not(_) => None,
        };
        remember_texts(&domains, &mut answers, &dns, limits);
        let inputs = Inputs {
            author: &author,
            spf: &spf_identifier(&spf.mail_from),
            dkim: &dkim_identifiers(&dkim),
            author_exists,
        };
        let dmarc = dmarc::judge(self.rules, &inputs, &answers, limits);
        let circumstances = Circumstances {
            is_told: self.is_told,
            is_doubtful: self.is_doubtful,
            recorded: None,
            recorded_fail: None,
        };
        let conclusion = Conclusion::draw(&dmarc, &circumstances);
        Analysis {
            source: NO_SOURCE,
            message: no_message(),
            session: Session::default(),
            dkim,
            spf,
            dmarc,
            arc: NO_ARC,
            ses: None,
            ses_identity: None,
            claims: Vec::new(),
            only_ours: Vec::new(),
            conclusion,
            as_of_now: None,
            for_verdicts: dns.asked(),
            lookups: dns.into_evidence(),
            notes: Vec::new(),
            junk: Vec::new(),
            fragile: Fragile::default(),
            imagined: None,
        }
    }
}

impl KeptSignature {
    /// The question for its key.
    fn question(&self) -> Option<Question> {
        let (selector, domain) = (self.selector.as_ref()?, self.domain.as_ref()?);
        let name = Name::parse(&format!("{selector}._domainkey.{domain}")).ok()?;
        Some(Question::txt(name))
    }

    fn verdict(&self) -> DkimVerdict {
        DkimVerdict {
            domain: self.domain.clone(),
            selector: self.selector.clone(),
            identity: None,
            algorithm: None,
            canonicalization: String::new(),
            result: self.result,
            cause: self.cause,
            fault: None,
            testing: self.testing,
            signed_at: None,
            expires_at: None,
            signed_fields: [].into(),
            signature_prefix: None,
            signature_octets: 0,
            body: BodyVerdict {
                result: BodyResult::Unchecked,
                signed: None,
                computed: None,
                canonical_length: None,
                signed_length: None,
                unsigned_length: self.body_unsigned.then_some(1),
            },
            header: HeaderVerdict {
                result: HeaderResult::Unchecked,
                canonical: Vec::new(),
                canonical_length: 0,
            },
            key: None,
            autopsy: None,
        }
    }
}

const NO_SOURCE: Source = Source {
    form: Form::Rfc5322,
    within: Vec::new(),
    line_ends: LineEnds::None,
    size: 0,
    reading: Reading::Saved,
    pasted: None,
    notes: Vec::new(),
};

const NO_ARC: ArcVerdict = ArcVerdict {
    result: ArcResult::None,
    cause: ArcCause::NoSets,
    fault: None,
    oldest_pass: None,
    original: None,
    instances: Vec::new(),
};

fn no_message() -> MessageSummary {
    MessageSummary {
        from: Vec::new(),
        from_fields: 0,
        from_problems: Vec::new(),
        return_path: None,
        message_id: None,
        date: None,
        subject: None,
        header_fields: 0,
        body_length: None,
    }
}

/// Whether a record on the way has a macro with the part of the envelope sender before the @ (RFC 7208
/// §7.2).
fn names_sender(verdict: &SpfVerdict) -> bool {
    let record = verdict.record.as_deref();
    record.is_some_and(has_sender) || verdict.trace.iter().any(step_names_sender)
}

fn step_names_sender(step: &SpfStep) -> bool {
    let record = step.record.as_deref();
    record.is_some_and(has_sender) || step.steps.iter().any(step_names_sender)
}

fn has_sender(record: &str) -> bool {
    let mut macros = record.split("%{").skip(1);
    macros.any(|text| text.starts_with(['l', 'L', 's', 'S']))
}
