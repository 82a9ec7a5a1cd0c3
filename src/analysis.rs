//! All that is known about one message, and the order in which it is found out.

use std::sync::Arc;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::advice_lookups::{Advice, Subject};
use crate::arc::{self, ArcVerdict};
use crate::as_of_now::{self, AsOfNow};
use crate::claims::{self, Claim, OnlyOurs, Ours};
use crate::conclusion::Conclusion;
use crate::dkim::{self, DkimCause, DkimResult, DkimSignature, DkimVerdict, Judge};
use crate::dmarc::check::{check_reports, exists, remember_texts};
use crate::dmarc::{
    self, Answers, AuthorDomain, DmarcCause, DmarcVerdict, Identifier, Inputs, MechanismOutcome,
    Reservation, Step,
};
use crate::dns::{Dns, Evidence, Lookup, Name, Question, Recorder, Reply, Responses};
use crate::findings::{self, Case, Finding};
use crate::message::{Dkim2, Message, Opened, Source, auth_results};
use crate::second::PeerComparison;
use crate::ses::Ses;
use crate::session::{Session, SessionHints, SessionNote};
use crate::spf::Spf;
use crate::spf::check::judge_spf;
use crate::spf::{SpfCause, SpfQuery, SpfResult, SpfVerdict};
use crate::without_plan::WithoutPlan;
use crate::{Error, Limits, MessageSummary, Options};

/// All that is known about one message. Serialised, this is the JSON interface `sesauth/1`.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct Analysis {
    /// Name and version of this shape; additions do not change it.
    pub schema: &'static str,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ses: Option<Ses>,
    /// What its receivers said, beside ours.
    pub claims: Vec<Claim>,
    /// What was found here and no field of the receiver speaks of.
    pub only_ours: Vec<OnlyOurs>,
    /// The outcome in a word and a sentence.
    pub conclusion: Conclusion,
    /// What a person should know and do, gravest first.
    pub findings: Vec<Finding>,
    /// What would come out today, where that is not the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_of_now: Option<AsOfNow>,
    /// Every DNS question that was asked, with its answer, in order.
    pub lookups: Evidence,
    /// What was left out or assumed.
    pub notes: Vec<Note>,
    /// Without the planned records, where some were put over DNS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<WithoutPlan>,
    /// What another verifier said, beside ours, where that was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compared_with: Option<PeerComparison>,
    /// How many of the lookups were made for verdicts; the others are for advice alone.
    #[serde(skip)]
    pub(crate) for_verdicts: usize,
}

/// The order of the steps.
pub(crate) async fn analyse(
    bytes: &[u8],
    hints: &SessionHints,
    dns: &impl Dns,
    now: Timestamp,
    options: &Options,
    responses: Arc<Responses>,
) -> Result<Analysis, Error> {
    let limits = &options.limits;
    let opened = Opened::open(bytes, options.attached, &options.limits)?;
    let message = opened.message(limits)?;
    let session = Session::find(&message, hints, limits);
    let at = session.received_at.as_ref().map_or(now, |at| at.value);
    let (facts, author) = MessageSummary::of(&message, limits);
    let dns = Recorder::sharing(dns, responses);

    let query = SpfQuery {
        client_ip: session.client_ip.as_ref().map(|ip| ip.value),
        helo: session.helo.as_ref().map(|helo| helo.value.as_str()),
        mail_from: session.mail_from.as_ref().map(|from| from.value.as_str()),
        receiver: session.receiver(),
        now: at,
    };
    let spf = judge_spf(&query, &dns, limits).await;
    let signatures = dkim::signatures(&message, limits);
    let domains = walked_domains(&author, &spf.mail_from, &signatures);
    let sets = arc::Sets::read(&message, limits);
    let all: Vec<&DkimSignature> = signatures.iter().chain(sets.signatures()).collect();
    let (keys, mut answers) = ask_at_once(&all, &domains, &dns, limits).await;
    let (keys, arc_keys) = keys.split_at(signatures.len());
    let mut judge = Judge::new(&message, all, limits);
    let dkim: Vec<DkimVerdict> = signatures
        .iter()
        .zip(keys)
        .map(|(signature, lookup)| judge.signature(signature, lookup.as_ref(), at))
        .collect();
    let arc = arc::judge(
        &message,
        &sets,
        arc_keys,
        &mut judge,
        session.border_start(),
        at,
    );
    let author_exists = match &author {
        AuthorDomain::One(author) => exists(author, &answers, &dns, limits).await,
        AuthorDomain::Not(_) => None,
    };
    remember_texts(&domains, &mut answers, &dns, limits);
    let spf_identifier = spf_identifier(&spf.mail_from);
    let judge_dmarc = |dkim: &[DkimVerdict]| {
        let inputs = Inputs {
            author: &author,
            spf: &spf_identifier,
            dkim: &dkim_identifiers(dkim),
            author_exists,
        };
        dmarc::judge(options.rules, &inputs, &answers, limits)
    };
    let mut dmarc = judge_dmarc(&dkim);
    let as_of_now = as_of_now::verdicts(&mut judge, &signatures, keys, &dkim, (at, now), limits);
    let as_of_now = as_of_now.map(|today| {
        let result = judge_dmarc(&today).result;
        AsOfNow::new(&dkim, today, result)
    });
    let ses = Ses::recognise(&message, &session, &dkim, &spf.mail_from);
    let ours = Ours {
        mail_from: &spf.mail_from,
        helo: &spf.helo,
        dkim: &dkim,
        dmarc: &dmarc,
        arc: &arc,
    };
    let claims = claims::compare(&message, &session, &ours);
    let told_by = session.on_word_of.as_ref().map(ToString::to_string);
    let only_ours = claims::only_ours(&claims, &ours);
    let recorded = claims::recorded_pass(&claims, &session, &dmarc);
    let conclusion = Conclusion::draw(&facts, told_by.as_deref(), &spf.mail_from, &dkim, &dmarc)
        .beside(recorded);
    let notes = notes(&message, &session, limits);
    let for_verdicts = dns.asked();
    let mut advice = Advice::default();
    if options.advice {
        let subject = Subject {
            author: dmarc.author_domain.as_ref(),
            organization: dmarc.organizational_domain.as_ref(),
            mail_from: query.mail_from,
            client_ip: query.client_ip,
            ses: ses.as_ref(),
            dkim: &dkim,
        };
        advice = Advice::ask(&subject, &dns, limits).await;
    }
    let wants_reports = (options.reports || options.advice) && dmarc.policy.is_some();
    if let Some(taken) = Step::taken(&dmarc.steps).filter(|_| wants_reports) {
        advice.reports = check_reports(options.rules, taken, answers, &dns, limits).await;
        dmarc.reports = options.reports.then(|| advice.reports.clone());
    }
    let mut analysis = Analysis {
        schema: SCHEMA,
        source: message.source.clone(),
        message: facts,
        session,
        dkim,
        spf,
        dmarc,
        arc,
        ses,
        claims,
        only_ours,
        conclusion,
        findings: Vec::new(),
        as_of_now,
        lookups: dns.into_evidence(),
        notes,
        before: None,
        compared_with: None,
        for_verdicts,
    };
    let case = Case::new(&analysis, &message, &signatures, &advice);
    analysis.findings = findings::find(&case);
    Ok(analysis)
}

/// Name and version of the JSON interface.
pub const SCHEMA: &str = "sesauth/1";

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

/// The domains from which DMARC walks: the author's and those of all identifiers.
fn walked_domains(
    author: &AuthorDomain,
    spf: &SpfVerdict,
    signatures: &[DkimSignature],
) -> Vec<Name> {
    let AuthorDomain::One(author) = author else {
        return Vec::new();
    };
    let spf = spf
        .domain
        .as_deref()
        .and_then(|domain| Name::parse(domain).ok());
    let dkim = signatures
        .iter()
        .filter_map(|signature| signature.domain.clone());
    let mut domains = vec![author.clone()];
    domains.extend(
        spf.into_iter()
            .chain(dkim)
            .filter(|domain| domain != author),
    );
    domains
}

/// Asks for all keys and policy records in one go.
async fn ask_at_once<D: Dns>(
    signatures: &[&DkimSignature],
    domains: &[Name],
    dns: &Recorder<'_, D>,
    limits: &Limits,
) -> (Vec<Option<Lookup>>, Answers) {
    let keys: Vec<Option<Question>> = signatures.iter().map(|one| one.question()).collect();
    let policies: Vec<(Name, Question)> = domains
        .iter()
        .flat_map(|domain| dmarc::targets(domain, limits))
        .filter_map(|domain| dmarc::question(&domain).map(|question| (domain, question)))
        .collect();
    let questions: Vec<Question> = keys
        .iter()
        .flatten()
        .chain(policies.iter().map(|(_, question)| question))
        .cloned()
        .collect();
    let mut lookups = dns.ask_all(&questions).await.into_iter();
    let keys = keys
        .into_iter()
        .map(|question| question.and_then(|_| lookups.next()))
        .collect();
    let mut answers = Answers::default();
    for ((domain, _), lookup) in policies.into_iter().zip(lookups) {
        answers.insert(domain, lookup);
    }
    (keys, answers)
}

fn spf_identifier(verdict: &SpfVerdict) -> Identifier {
    Identifier {
        mechanism: "SPF".into(),
        domain: verdict
            .domain
            .as_deref()
            .and_then(|domain| Name::parse(domain).ok()),
        outcome: match verdict.result {
            SpfResult::Pass => MechanismOutcome::Pass,
            SpfResult::Temperror => MechanismOutcome::Temperror,
            SpfResult::NotEvaluated => MechanismOutcome::NotEvaluated,
            _ => MechanismOutcome::Fail,
        },
        reservations: Vec::new(),
    }
}

fn dkim_identifiers(verdicts: &[DkimVerdict]) -> Vec<Identifier> {
    let numbered = verdicts.iter().zip(1..);
    numbered
        .map(|(verdict, number)| Identifier {
            mechanism: format!("DKIM {number}"),
            domain: verdict.domain.clone(),
            outcome: match verdict.result {
                DkimResult::Pass => MechanismOutcome::Pass,
                DkimResult::Temperror => MechanismOutcome::Temperror,
                DkimResult::NotEvaluated => MechanismOutcome::NotEvaluated,
                _ => MechanismOutcome::Fail,
            },
            reservations: reservations(verdict),
        })
        .collect()
}

fn reservations(verdict: &DkimVerdict) -> Vec<Reservation> {
    let unsigned = verdict.body.unsigned_length > Some(0);
    [
        verdict.testing.then_some(Reservation::Testing),
        unsigned.then_some(Reservation::UnsignedBody),
    ]
    .into_iter()
    .flatten()
    .collect()
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

fn notes(message: &Message<'_>, session: &Session, limits: &Limits) -> Vec<Note> {
    let mut notes: Vec<Note> = session.notes.iter().cloned().map(Note::Session).collect();
    let count = |name: &str| message.fields(name).count();
    for (name, count, limit, last) in [
        (
            "DKIM-Signature",
            count("DKIM-Signature"),
            limits.signatures,
            0,
        ),
        ("Received", count("Received"), limits.received, 0),
        (
            "Authentication-Results",
            auth_results::fields(&message.header).count(),
            limits.auth_results,
            auth_results::last_looked_at(limits.auth_results),
        ),
    ] {
        if count > limit {
            notes.push(Note::FieldsLeftOut {
                name,
                count,
                first: limit - last,
                last,
            });
        }
    }
    notes.extend(Dkim2::of(message).map(Note::Dkim2));
    notes
}
