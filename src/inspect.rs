//! The inspection of one message, step by step, and the public functions that run it: for one
//! message, or for many.

#[cfg(feature = "parquet")]
mod again;
mod identifiers;
mod inspection;
mod notes;

use std::sync::Arc;

use futures_util::future::{BoxFuture, FutureExt};
use jiff::Timestamp;

#[cfg(feature = "parquet")]
pub use self::again::{KeptMessage, KeptSignature};
use self::identifiers::{ask_at_once, dkim_identifiers, spf_identifier, walked_domains};
use self::inspection::{Basis, conclude};
pub use self::inspection::{Inspection, RuleOutcome};
use self::notes::notes;
use crate::advice_lookups::{Advice, Subject};
use crate::analysis::Imagined;
use crate::arc;
use crate::as_of_now::{self, AsOfNow};
use crate::bulk;
use crate::claims::{self, Ours};
use crate::dkim::{self, DkimSignature, DkimVerdict, Effort, Judge};
use crate::dmarc::check::{check_reports, exists, remember_texts};
use crate::dmarc::{self, AuthorDomain, Inputs, Step};
use crate::dns::{Dns, Recorded, Recorder, Responses, at_once};
use crate::findings::{self, Case};
use crate::message::Opened;
use crate::message::fragile::Fragile;
use crate::ses::{Identities, Ses, SesIdentity};
use crate::session::{Junk, Session, SessionHints};
use crate::spf::check::judge_spf;
use crate::spf::{SpfQuery, host_names};
use crate::{Analysis, Audience, Error, MessageSummary, Options};

/// Inspects one saved message.
///
/// `bytes` is a saved message in any form of [`Form`](crate::message::Form), such as an `.eml`
/// file. `hints` is what the caller knows about the SMTP session; it takes precedence over what the
/// message says. All DNS questions go to `dns`. `now` is the time to judge the message at when it
/// does not say when it was received. [`Limits::default`](crate::Limits::default) bounds the
/// work.
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
        advice.ask_hosts(&subject, options, at, &dns).await;
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
