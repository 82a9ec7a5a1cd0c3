//! The inspection of one message, step by step, and the public functions that run it: for one
//! message, or for many.

use std::sync::Arc;

use futures_util::future::{BoxFuture, FutureExt};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::advice_lookups::{Advice, Subject};
use crate::analysis::Imagined;
use crate::arc;
use crate::as_of_now::{self, AsOfNow};
use crate::bulk::{self, BulkRow};
use crate::claims::{self, Claim, Ours};
use crate::conclusion::{Circumstances, Conclusion};
use crate::dkim::{self, DkimResult, DkimSignature, DkimVerdict, Effort, Judge};
use crate::dmarc::check::{check_reports, exists, remember_texts};
use crate::dmarc::{
    self, Answers, AuthorDomain, DmarcResult, DmarcVerdict, Identifier, Inputs, MechanismOutcome,
    Reservation, Step,
};
use crate::dns::{Dns, Lookup, Name, Question, Recorded, Recorder, Responses, at_once};
use crate::findings::{self, Case, Finding, Hit, RULES};
use crate::message::fragile::Fragile;
use crate::message::{Dkim2, Message, Opened, Reread, Source, auth_results};
use crate::second::OpinionComparison;
use crate::ses::{Identities, Ses, SesIdentity};
use crate::session::{Junk, Session, SessionHints};
use crate::spf::check::judge_spf;
use crate::spf::{SpfQuery, SpfResult, SpfVerdict, host_names};
use crate::{Analysis, Audience, Error, Limits, MessageSummary, Note, Options};

/// The result of an inspection: all that is known about the message, and which rules fired. The
/// words are made when an output asks for them.
#[derive(Clone, Debug)]
pub struct Inspection {
    /// All that is known about the message.
    pub analysis: Analysis,
    /// The rules that fired, most severe first.
    pub hits: Vec<Hit>,
    /// The analysis without the planned records. Set only where planned records were laid over DNS.
    pub without_plan: Option<Box<Analysis>>,
    /// The results of other verifiers, compared with ours.
    pub second_opinions: Vec<OpinionComparison>,
    /// Whether it meets what large receivers ask of bulk senders, if that was asked for.
    pub bulk: Vec<BulkRow>,
    basis: Basis,
}

/// What the wording of findings needs besides the analysis.
#[derive(Clone, Debug)]
struct Basis {
    header: Reread,
    signatures: Vec<DkimSignature>,
    advice: Advice,
    audience: Audience,
}

/// What came of one rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum RuleOutcome {
    /// It fired.
    Fired,
    /// It fired, but it is not among the hits: a rule that says more about the same thing fired
    /// too, or the caller took the hit out.
    LeftOut,
    /// It applied, and found nothing.
    Quiet,
    /// The message has nothing that the rule could look at.
    NotApplicable,
}

impl Inspection {
    /// The findings in words, most severe first.
    pub fn findings(&self) -> Vec<Finding> {
        let say = |case: &Case<'_>| {
            let hits = self.hits.iter();
            hits.filter_map(|hit| findings::say(case, hit)).collect()
        };
        self.with_case(say)
    }

    /// The same as an inspection with planned records, `before` being the one without them: what the
    /// receiver recorded under other records says nothing about the plan.
    pub fn planned(mut self, before: Box<Analysis>) -> Self {
        let analysis = &mut self.analysis;
        claims::note_plan(&mut analysis.claims, &before.claims);
        let (session, dmarc) = (&analysis.session, &analysis.dmarc);
        // What a plan breaks, no record of the past mends.
        let is_broken =
            before.dmarc.result == DmarcResult::Pass && dmarc.result != DmarcResult::Pass;
        let claims: &[Claim] = if is_broken { &[] } else { &analysis.claims };
        analysis.conclusion = conclude(&analysis.source, session, claims, dmarc, true);
        // Who plans records for a domain runs it.
        let author = self.analysis.dmarc.author_domain.clone();
        if self.basis.audience == Audience::Unknown {
            self.basis.audience = Audience::Owner(author.into_iter().collect());
        }
        self.hits = self.with_case(findings::hits);
        self.without_plan = Some(before);
        self
    }

    /// The header fields, topmost first: each name, and as much of the text as people are shown.
    pub fn header_fields(&self) -> Vec<(String, String)> {
        let message = self.basis.header.message();
        let fields = message.header.fields.iter();
        let name = |name: &[u8]| String::from_utf8_lossy(name).into_owned();
        fields
            .map(|field| (name(field.name), field.shown()))
            .collect()
    }

    /// Who reads the findings.
    pub fn audience(&self) -> &Audience {
        &self.basis.audience
    }

    /// Every rule with its outcome, in the fixed order of the rules.
    pub fn rules(&self) -> Vec<(&'static str, RuleOutcome)> {
        let outcome = |case: &Case<'_>, rule: &findings::Rule| {
            let is_hit = self.hits.iter().any(|hit| hit.code == rule.code);
            match (rule.applies)(case) {
                _ if is_hit => RuleOutcome::Fired,
                false => RuleOutcome::NotApplicable,
                true if rule.fires.at(case).is_empty() => RuleOutcome::Quiet,
                true => RuleOutcome::LeftOut,
            }
        };
        self.with_case(|case| {
            let rules = RULES.iter();
            rules.map(|rule| (rule.code, outcome(case, rule))).collect()
        })
    }

    fn with_case<T>(&self, look: impl FnOnce(&Case<'_>) -> T) -> T {
        let Basis {
            header,
            signatures,
            advice,
            audience,
        } = &self.basis;
        let message = header.message();
        look(&Case::new(
            &self.analysis,
            &message,
            signatures,
            advice,
            audience,
        ))
    }
}

/// Inspects one saved message.
///
/// `bytes` is a saved message in any form of [`Form`](crate::message::Form), such as an `.eml`
/// file. `hints` is what the caller knows about the SMTP session; it takes precedence over what the
/// message says. All DNS questions go to `dns`. `now` is the time to judge the message at when it
/// does not say when it was received. [`Limits::default`] bounds the work.
///
/// The verdicts follow RFC 6376 (DKIM), RFC 7208 (SPF), RFC 9989 (DMARC) and RFC 8617 (ARC).
///
/// # Errors
///
/// [`Error::NotAMessage`] if `bytes` are not a mail message; it says what they are and what to do.
/// Faults of the message and failures of DNS are not errors: they are part of the inspection.
///
/// # Examples
///
/// ```
/// use sesauth::dns::{Absent, Snapshot};
/// use sesauth::{SessionHints, inspect};
///
/// # async fn example() -> Result<(), sesauth::Error> {
/// let message = b"From: a@example.com\r\n\r\nHello\r\n";
/// let dns = Snapshot::parse("{\"sesauth_dns\":1}", Absent::NxDomain)?;
/// let now = jiff::Timestamp::UNIX_EPOCH;
/// let inspection = inspect(message, &SessionHints::default(), &dns, now).await?;
/// assert_eq!(inspection.analysis.conclusion.result.as_str(), "none");
/// # Ok(())
/// # }
/// # sesauth::inspect_recorded(
/// #     b"From: a@example.com\n\n", &SessionHints::default(),
/// #     &Snapshot::default(), jiff::Timestamp::UNIX_EPOCH, &sesauth::Options::default(),
/// # ).unwrap();
/// ```
pub async fn inspect(
    bytes: &[u8],
    hints: &SessionHints,
    dns: &impl Dns,
    now: Timestamp,
) -> Result<Inspection, Error> {
    inspect_within(bytes, hints, dns, now, &Options::default()).await
}

/// Like [`inspect`], with `options` for how to read and judge, and within which limits.
///
/// # Errors
///
/// The same as [`inspect`], and [`Error::Argument`] if an option cannot be used with this message.
pub async fn inspect_within(
    bytes: &[u8],
    hints: &SessionHints,
    dns: &impl Dns,
    now: Timestamp,
    options: &Options,
) -> Result<Inspection, Error> {
    run(bytes, hints, Recorder::new(dns), now, (options, None)).await
}

/// Inspects mail that a domain would send, to look at what the domain publishes: its signatures are
/// taken as made with the published keys, and only the rules that want no message are asked.
///
/// # Errors
///
/// The same as [`inspect_within`].
pub(crate) async fn inspect_imagined(
    bytes: &[u8],
    hints: &SessionHints,
    dns: Recorder<'_>,
    now: Timestamp,
    options: &Options,
    imagined: &Imagined,
) -> Result<Inspection, Error> {
    run(bytes, hints, dns, now, (options, Some(imagined))).await
}

/// Like [`inspect_within`], for a source that has all its answers at hand: it does not wait, and
/// needs no async runtime.
///
/// # Errors
///
/// The same as [`inspect_within`].
///
/// # Examples
///
/// ```
/// use sesauth::dns::{Absent, Snapshot};
/// use sesauth::{Options, SessionHints, inspect_recorded};
///
/// # fn main() -> Result<(), sesauth::Error> {
/// let message = b"From: a@example.com\r\n\r\nHello\r\n";
/// let dns = Snapshot::parse("{\"sesauth_dns\":1}", Absent::NxDomain)?;
/// let hints = SessionHints::default();
/// let now = jiff::Timestamp::UNIX_EPOCH;
/// let inspection = inspect_recorded(message, &hints, &dns, now, &Options::default())?;
/// for finding in inspection.findings() {
///     println!("{}: {}", finding.code, finding.message);
/// }
/// # Ok(())
/// # }
/// ```
pub fn inspect_recorded(
    bytes: &[u8],
    hints: &SessionHints,
    dns: &impl Recorded,
    now: Timestamp,
    options: &Options,
) -> Result<Inspection, Error> {
    at_once(inspect_within(bytes, hints, dns, now, options))
}

/// Inspects many saved messages. DNS answers, and what was parsed from them, are kept from one
/// message to the next: each question is asked once, each key and each record is parsed once.
///
/// # Examples
///
/// ```
/// use sesauth::{Inspector, Options, SessionHints};
///
/// # fn main() -> Result<(), sesauth::Error> {
/// let dns = sesauth::dns::Snapshot::default();
/// let inspector = Inspector::new(&dns, Options::default());
/// for message in [b"From: a@example.com\r\n\r\nHello\r\n"] {
///     let now = jiff::Timestamp::UNIX_EPOCH;
///     let inspection = inspector.inspect_recorded(message, &SessionHints::default(), now)?;
///     assert_eq!(inspection.analysis.conclusion.result.as_str(), "inconclusive");
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Inspector<'d, D> {
    dns: &'d D,
    options: Options,
    responses: Arc<Responses>,
}

impl<'d, D: Dns> Inspector<'d, D> {
    /// An inspector that asks `dns` and judges every message by `options`.
    pub fn new(dns: &'d D, options: Options) -> Self {
        Self {
            dns,
            options,
            responses: Arc::default(),
        }
    }

    /// The source that it asks.
    pub fn dns(&self) -> &'d D {
        self.dns
    }

    /// Inspects one message, like [`inspect`](crate::inspect()).
    ///
    /// # Errors
    ///
    /// The same as [`inspect_within`].
    pub async fn inspect(
        &self,
        bytes: &[u8],
        hints: &SessionHints,
        now: Timestamp,
    ) -> Result<Inspection, Error> {
        let dns = Recorder::sharing(self.dns, Arc::clone(&self.responses));
        run(bytes, hints, dns, now, (&self.options, None)).await
    }

    /// Inspects one message without waiting, like [`inspect_recorded`].
    ///
    /// # Errors
    ///
    /// The same as [`inspect_within`].
    pub fn inspect_recorded(
        &self,
        bytes: &[u8],
        hints: &SessionHints,
        now: Timestamp,
    ) -> Result<Inspection, Error>
    where
        D: Recorded,
    {
        at_once(self.inspect(bytes, hints, now))
    }
}

/// Runs the steps. In a box, they are compiled here and not in each crate that awaits them.
fn run<'a>(
    bytes: &'a [u8],
    hints: &'a SessionHints,
    dns: Recorder<'a>,
    now: Timestamp,
    how: (&'a Options, Option<&'a Imagined>),
) -> BoxFuture<'a, Result<Inspection, Error>> {
    steps(bytes, hints, dns, now, how).boxed()
}

/// The steps, in this order.
async fn steps(
    bytes: &[u8],
    hints: &SessionHints,
    dns: Recorder<'_>,
    now: Timestamp,
    (options, imagined): (&Options, Option<&Imagined>),
) -> Result<Inspection, Error> {
    let limits = &options.limits;
    let opened = Opened::open(bytes, hints.reading(), options.attached, limits)?;
    let message = opened.message(limits)?;
    let mut session = Session::find(&message, hints, limits);
    let at = session.received_at.as_ref().map_or(now, |at| at.value);
    let summary = MessageSummary::of(&message, limits);
    let author = AuthorDomain::of(&summary);

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
    let mut judge = Judge::new(&message, all, limits)
        .keeping_header(options.canonical_header)
        .with_effort(options.autopsy);
    let mut dkim: Vec<DkimVerdict> = signatures
        .iter()
        .zip(keys)
        .map(|(signature, lookup)| judge.signature(signature, lookup.as_ref(), at))
        .collect();
    if imagined.is_some() {
        dkim.iter_mut().for_each(DkimVerdict::take_as_signed);
    } else if options.autopsy != Effort::Off {
        for ((signature, lookup), verdict) in signatures.iter().zip(keys).zip(&mut dkim) {
            judge.autopsy(signature, lookup.as_ref(), verdict);
        }
    }
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
    drop(judge);
    let ses = match imagined {
        Some(imagined) if imagined.by_ses => Some(Ses::of_domain(imagined.region.clone(), &dkim)),
        Some(_) => None,
        None => Ses::recognise(&message, &session, &dkim, &spf.mail_from),
    };
    let ses_identity = stated_identity(&options.identities, &summary, &author);
    let ours = Ours {
        mail_from: &spf.mail_from,
        helo: &spf.helo,
        dkim: &dkim,
        dmarc: &dmarc,
        arc: &arc,
    };
    let claims = claims::compare(&message, &session, &ours);
    let only_ours = claims::only_ours(&claims, &ours);
    let conclusion = conclude(&message.source, &session, &claims, &dmarc, options.planned);
    let notes = notes(&message, &session, limits);
    let junk = Junk::found(&message, &session);
    let fragile = Fragile::of(&message, limits);
    let for_verdicts = dns.asked();
    let mut advice = Advice::default();
    if options.advice {
        let subject = Subject {
            author: dmarc.author_domain.as_ref(),
            organization: dmarc.organizational_domain.as_ref(),
            mail_from: query.mail_from,
            client_ip: query.client_ip.filter(|_| imagined.is_none()),
            ses: ses.as_ref(),
            identity: ses_identity.as_ref(),
            dkim: &dkim,
        };
        advice = Advice::ask(&subject, &dns, limits).await;
    }
    let names = match session
        .client_ip
        .as_ref()
        .filter(|_| options.bulk && imagined.is_none())
    {
        Some(ip) => host_names(ip.value, &dns).await,
        None => imagined.and_then(|imagined| imagined.host.clone()),
    };
    let wants_reports = (options.reports || options.advice) && dmarc.policy.is_some();
    if let Some(taken) = Step::taken(&dmarc.steps).filter(|_| wants_reports) {
        advice.reports = check_reports(options.rules, taken, answers, &dns, limits).await;
        dmarc.reports = options.reports.then(|| advice.reports.clone());
    }
    if imagined.is_some() {
        // The client of mail that was never sent is nobody.
        session.client_ip = None;
    }
    let analysis = Analysis {
        source: message.source.clone(),
        message: summary,
        session,
        dkim,
        spf,
        dmarc,
        arc,
        ses,
        ses_identity,
        claims,
        only_ours,
        conclusion,
        as_of_now,
        lookups: dns.into_evidence(),
        notes,
        junk,
        fragile,
        imagined: imagined.cloned(),
        for_verdicts,
    };
    let audience = audience(&options.audience, &analysis);
    let case = Case::new(&analysis, &message, &signatures, &advice, &audience);
    let hits = match imagined {
        Some(_) => findings::hits_of(&case, |rule| !rule.wants_message),
        None => findings::hits(&case),
    };
    let bulk = match options.bulk {
        true => bulk::rows(&case, names.as_deref()),
        false => Vec::new(),
    };
    let header = message.reread(limits);
    Ok(Inspection {
        bulk,
        analysis,
        hits,
        without_plan: None,
        second_opinions: Vec::new(),
        basis: Basis {
            header,
            signatures,
            advice,
            audience,
        },
    })
}

/// What SES says of the identity that it uses for the author.
fn stated_identity(
    identities: &Identities,
    message: &MessageSummary,
    author: &AuthorDomain,
) -> Option<SesIdentity> {
    let AuthorDomain::One(domain) = author else {
        return None;
    };
    let mut locals = message.from.iter().filter_map(|one| one.local.as_ref());
    identities.of_author(locals.next()?, domain)
}

/// Who reads the findings: who has what SES says of an identity runs its domain.
fn audience(told: &Audience, analysis: &Analysis) -> Audience {
    match (told, &analysis.ses_identity) {
        (Audience::Unknown, Some(_)) => {
            let author = analysis.dmarc.author_domain.clone();
            Audience::Owner(author.into_iter().collect())
        }
        _ => told.clone(),
    }
}

/// What the verdicts come to, with what the receiver recorded.
fn conclude(
    source: &Source,
    session: &Session,
    claims: &[Claim],
    dmarc: &DmarcVerdict,
    is_planned: bool,
) -> Conclusion {
    let is_other = is_planned && dmarc.result == DmarcResult::None;
    let recorded_fail = claims::recorded_fail(claims, dmarc).filter(|_| !is_other);
    let is_confirmed = recorded_fail.is_none() && claims::is_pass_confirmed(claims, dmarc);
    let circumstances = Circumstances {
        is_told: session.on_word_of.is_some() && !is_confirmed,
        is_doubtful: source.doubt().is_some(),
        recorded: claims::recorded_pass(claims, session, dmarc),
        recorded_fail,
    };
    Conclusion::draw(dmarc, &circumstances)
}

/// The domains that a DMARC tree walk starts from: the author domain and that of each identifier.
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

/// Asks for all keys and policy records at once, so that they are waited for together.
async fn ask_at_once(
    signatures: &[&DkimSignature],
    domains: &[Name],
    dns: &Recorder<'_>,
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
    let verdicts = verdicts.iter();
    verdicts
        .map(|verdict| Identifier {
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
