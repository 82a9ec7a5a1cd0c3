//! Words about the outcome of a message.

use super::means::Means;
use std::fmt;

use super::{claims, dkim, spf};
use crate::Analysis;
use crate::claims::{ClaimDifference, ClaimPlace, DmarcDifference, RecordedPass};
use crate::conclusion::ConclusionReason;
use crate::dkim::DkimResult;
use crate::dmarc::{DmarcCause, DmarcResult, Engine, Found, Mechanism};
use crate::message::{Author, FieldProblem};
use crate::session::Teller;
use crate::spf::SpfResult;

/// The outcome and what decided it, in one or two complete sentences.
pub fn sentence(analysis: &Analysis) -> impl fmt::Display + '_ {
    Sentence(analysis)
}

struct Sentence<'a>(&'a Analysis);

impl fmt::Display for Sentence<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let analysis = self.0;
        let from = analysis.dmarc.author_domain.as_ref();
        let from = from.map_or("", |name| name.as_str());
        match analysis.conclusion.reason {
            ConclusionReason::Passes => passes(f, from, analysis)?,
            ConclusionReason::OnlyTold => only_told(f, from, analysis)?,
            ConclusionReason::Doubtful => doubtful(f, from, analysis)?,
            ConclusionReason::ReceiverFailed(place) => receiver_failed(f, from, place, analysis)?,
            ConclusionReason::Fails => {
                write!(f, "DMARC fails for {from}: ")?;
                why_not_spf(f, from, analysis)?;
                f.write_str(", and ")?;
                why_not_dkim(f, from, analysis)?;
                f.write_str(".")?;
            }
            ConclusionReason::NoPolicy => no_policy(f, from, analysis)?,
            ConclusionReason::NoAuthor => no_author(f, analysis)?,
            ConclusionReason::Dns => write!(
                f,
                "Whether DMARC passes for {from} cannot be told now: DNS did not answer a \
                 question that decides."
            )?,
            ConclusionReason::Undecided => undecided(f, from, analysis)?,
            ConclusionReason::Unproved(recorded) => unproved(f, recorded, analysis)?,
        }
        match analysis.conclusion.beside {
            Some(recorded) => beside(f, recorded, analysis),
            None => Ok(()),
        }
    }
}

/// Who recorded the pass, and what was recorded.
fn recorded_by(recorded: RecordedPass, analysis: &Analysis) -> (&str, String) {
    let recorded = recorded.result.of(&analysis.claims);
    let id = recorded.and_then(|(claim, _)| claim.authserv_id.as_deref());
    let who = id.or(analysis.session.receiver());
    let what = recorded.map_or(String::new(), |(_, result)| {
        format!("{}={}", result.method, result.result)
    });
    (who.unwrap_or("the receiver"), what)
}

fn unproved(
    f: &mut fmt::Formatter<'_>,
    recorded: RecordedPass,
    analysis: &Analysis,
) -> fmt::Result {
    let (who, what) = recorded_by(recorded, analysis);
    write!(
        f,
        "{who} recorded {what} when the message came. This file and the DNS at hand do not show \
         that any more"
    )?;
    if let Some(policy) = only_policy(recorded, analysis) {
        return write!(f, ": {policy}.");
    }
    let behind = analysis.conclusion.explained_by(&analysis.claims);
    if let Some(why) = behind.and_then(|(claim, result)| claims::why(analysis, claim, result)) {
        write!(f, ": {why}")?;
    }
    f.write_str(".")
}

/// What passes and would count, if a policy for the author domain were at hand. Whether it is
/// aligned is judged in relaxed mode, as nothing asks for another.
fn only_policy(recorded: RecordedPass, analysis: &Analysis) -> Option<String> {
    let dmarc = &analysis.dmarc;
    let (_, result) = recorded.result.of(&analysis.claims)?;
    let gone = ClaimDifference::Dmarc(DmarcDifference::RecordGone);
    result.difference.as_ref().filter(|one| **one == gone)?;
    let author = dmarc.author_domain.as_ref()?;
    let passing = would_count(analysis)?;
    (dmarc.result == DmarcResult::None).then(|| {
        format!(
            "they hold no DMARC policy that counts for {author}; {passing}, and would count with one"
        )
    })
}

/// The mechanism that passes here for a domain of the author's organization, and that domain.
fn would_count(analysis: &Analysis) -> Option<String> {
    let all = analysis.dmarc.alignment.all();
    let mut counting = all.filter_map(|(mechanism, alignment)| {
        let is_authors = alignment.aligned_relaxed == Some(true) && alignment.authenticated;
        let domain = alignment.identifier.as_ref().filter(|_| is_authors)?;
        Some((mechanism, domain))
    });
    let first = counting.next()?;
    // A signature says more than an address.
    let (mechanism, domain) = match counting.next() {
        Some(next) if first.0 == Mechanism::Spf => next,
        _ => first,
    };
    let method = match mechanism {
        Mechanism::Spf => "SPF",
        Mechanism::Dkim(_) => "DKIM",
    };
    Some(format!("{method} passes here for {domain}"))
}

fn beside(f: &mut fmt::Formatter<'_>, recorded: RecordedPass, analysis: &Analysis) -> fmt::Result {
    let (who, what) = recorded_by(recorded, analysis);
    match recorded.is_unvouched {
        true => write!(
            f,
            " {who}, which passed it on, as the header says, recorded {what}, but that could be \
             the sender's own host."
        ),
        false => write!(f, " {who} recorded {what} when it came."),
    }
}

/// The host or field that describes the session, if nothing confirms it.
fn teller(analysis: &Analysis) -> Option<&Teller> {
    analysis.session.on_word_of.as_ref()
}

fn passes(f: &mut fmt::Formatter<'_>, from: &str, analysis: &Analysis) -> fmt::Result {
    write!(f, "DMARC passes for {from}, ")?;
    match (analysis.dmarc.engines, teller(analysis)) {
        ([Engine::Spf], _) => f.write_str("on SPF alone.")?,
        ([Engine::Dkim], _) => f.write_str("on DKIM alone.")?,
        (_, None) => f.write_str("on both SPF and DKIM.")?,
        (_, Some(teller)) => write!(
            f,
            "on DKIM, and on SPF as far as {teller} tells the truth about the session."
        )?,
    }
    if analysis.conclusion.unsigned_body {
        let verdicts = analysis.dkim.iter();
        let passed = verdicts.filter(|verdict| verdict.result == DkimResult::Pass);
        let unsigned = passed
            .filter_map(|verdict| verdict.body.unsigned_length)
            .min();
        let unsigned = unsigned.unwrap_or_default();
        write!(
            f,
            " But the last {unsigned} octets of the body are not signed (l=): anyone could have \
             added them."
        )?;
    }
    Ok(())
}

fn only_told(f: &mut fmt::Formatter<'_>, from: &str, analysis: &Analysis) -> fmt::Result {
    let teller = teller(analysis).map_or(String::new(), ToString::to_string);
    write!(
        f,
        "DMARC would pass for {from} on SPF alone, but only {teller} says who sent the message, \
         and that could be made up; say it with {} and {}, {} or {} if you know.",
        Means::ClientIp,
        Means::MailFrom,
        Means::Hop,
        Means::Trust
    )
}

fn doubtful(f: &mut fmt::Formatter<'_>, from: &str, analysis: &Analysis) -> fmt::Result {
    write!(
        f,
        "DMARC would pass for {from}, but what passes may not be all that a reader sees"
    )?;
    match analysis.source.doubt() {
        Some(note) => write!(f, ": {note}."),
        None => f.write_str("."),
    }
}

fn receiver_failed(
    f: &mut fmt::Formatter<'_>,
    from: &str,
    place: ClaimPlace,
    analysis: &Analysis,
) -> fmt::Result {
    let claimed = place.of(&analysis.claims);
    let who = claimed.and_then(|(claim, _)| claim.authserv_id.as_deref());
    let who = who.unwrap_or("the receiver");
    write!(f, "DMARC fails for {from}: {who} recorded ")?;
    match claimed {
        Some((_, result)) => write!(f, "{}={}", result.method, result.result)?,
        None => f.write_str("dmarc=fail")?,
    }
    match (analysis.dmarc.result, teller(analysis)) {
        (DmarcResult::Pass, Some(teller)) => write!(
            f,
            ". SPF would pass here for a session that only {teller} tells of, and that could be \
             made up."
        ),
        _ => f.write_str(" when the message came, and nothing here shows otherwise."),
    }
}

/// What SPF gave for `from`, which was not enough.
fn why_not_spf(f: &mut fmt::Formatter<'_>, from: &str, analysis: &Analysis) -> fmt::Result {
    let spf = &analysis.spf.mail_from;
    let alignment = analysis.dmarc.alignment.spf.as_ref();
    let aligned = alignment.and_then(|spf| spf.aligned);
    match (spf.result, spf.domain.as_deref(), aligned) {
        (SpfResult::Pass, Some(domain), _) => write!(
            f,
            "SPF passed only for {domain}, which does not count for {from}"
        ),
        (SpfResult::None, Some(domain), _) => write!(f, "{domain} has no usable SPF record"),
        (result, Some(domain), Some(true)) => write!(f, "SPF gave {result} for {domain}"),
        (result, Some(domain), _) => write!(
            f,
            "SPF gave {result} for {domain}, which would not count for {from} anyway"
        ),
        (_, None, _) => f.write_str("SPF had no domain to judge"),
    }
}

/// What the signatures gave for `from`, which was not enough.
fn why_not_dkim(f: &mut fmt::Formatter<'_>, from: &str, analysis: &Analysis) -> fmt::Result {
    if analysis.dkim.is_empty() {
        return f.write_str("there is no DKIM signature");
    }
    let aligned = |index: usize| {
        let alignment = analysis.dmarc.alignment.dkim.get(index);
        alignment.and_then(|alignment| alignment.aligned) == Some(true)
    };
    let mut all = analysis.dkim.iter().enumerate();
    if let Some((index, verdict)) = all.find(|(index, _)| aligned(*index)) {
        let (number, cause) = (index + 1, dkim::cause(verdict));
        return write!(f, "signature {number} of {from} does not verify ({cause})");
    }
    let mut all = analysis.dkim.iter();
    let passed = all.find(|verdict| verdict.result == DkimResult::Pass);
    match passed.and_then(|verdict| verdict.domain.as_ref()) {
        Some(domain) => write!(f, "DKIM passed only for {domain}, not for {from}"),
        None => write!(f, "no signature is {from}'s"),
    }
}

fn no_policy(f: &mut fmt::Formatter<'_>, from: &str, analysis: &Analysis) -> fmt::Result {
    let is_ignored = |found: Found| matches!(found, Found::SeveralRecords | Found::OtherText);
    let mut steps = analysis.dmarc.steps.iter();
    match analysis.dmarc.cause {
        DmarcCause::RecordUnusable => write!(
            f,
            "The DMARC record for {from} cannot be used, so receivers act as if there were none"
        )?,
        _ if steps.any(|step| is_ignored(step.found)) => write!(
            f,
            "{from} has no DMARC record that counts, so receivers do not apply DMARC"
        )?,
        _ => write!(
            f,
            "{from} publishes no DMARC policy, so receivers do not apply DMARC"
        )?,
    }
    let spf = &analysis.spf.mail_from;
    let spf = match (spf.result, &spf.domain) {
        (SpfResult::Pass, Some(domain)) => format!("SPF passed for {domain}"),
        (SpfResult::NotEvaluated, _) => "SPF could not be evaluated".to_owned(),
        (result, _) => format!("SPF gave {result}"),
    };
    // One that would count comes first.
    let alignments = &analysis.dmarc.alignment.dkim;
    let is_authors = |index: usize| {
        let alignment = alignments.get(index);
        alignment.is_some_and(|alignment| alignment.aligned_relaxed == Some(true))
    };
    let verdicts = analysis.dkim.iter().enumerate();
    let passed = verdicts.filter(|(_, verdict)| verdict.result == DkimResult::Pass);
    let first = passed.min_by_key(|(index, _)| !is_authors(*index));
    let domain = first.and_then(|(index, verdict)| Some((index, verdict.domain.as_ref()?)));
    match domain {
        Some((index, domain)) if is_authors(index) => {
            write!(
                f,
                "; DKIM passed for {domain}, which would count, and {spf}."
            )
        }
        Some((_, domain)) => write!(f, "; {spf}, DKIM passed for {domain}."),
        None if analysis.dkim.is_empty() => write!(f, "; {spf}, there is no signature."),
        None => write!(f, "; {spf}, no signature verified."),
    }
}

fn no_author(f: &mut fmt::Formatter<'_>, analysis: &Analysis) -> fmt::Result {
    let message = &analysis.message;
    f.write_str("DMARC cannot be applied: ")?;
    match analysis.dmarc.cause {
        DmarcCause::SeveralFromFields => {
            write!(f, "there are {} From fields", message.from_fields)?;
        }
        DmarcCause::SeveralAuthorDomains
            if message.from.iter().any(Author::is_unreadable)
                || message.from_problems.iter().any(FieldProblem::is_limit) =>
        {
            f.write_str("not every address in From can be read")?;
        }
        DmarcCause::SeveralAuthorDomains => {
            f.write_str("the addresses in From have several domains")?;
        }
        _ if message.from_fields == 0 => f.write_str("there is no From field")?,
        _ => f.write_str("From names no domain")?,
    }
    f.write_str(", so there is no single author domain to check.")
}

fn undecided(f: &mut fmt::Formatter<'_>, from: &str, analysis: &Analysis) -> fmt::Result {
    write!(f, "Whether DMARC passes for {from} cannot be told: ")?;
    let verdict = &analysis.spf.mail_from;
    match (analysis.dmarc.cause, verdict.result) {
        (DmarcCause::NotRecorded, _) => f.write_str("the recorded DNS does not hold what decides."),
        (_, SpfResult::NotEvaluated) => {
            let cause = spf::cause(verdict);
            write!(
                f,
                "no signature decides, and SPF could not be evaluated ({cause})."
            )
        }
        _ => f.write_str("SPF does not decide, and a signature could not be evaluated."),
    }
}
