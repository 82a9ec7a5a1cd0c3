//! What the message says its receiver found, compared with what was found here (RFC 8601).

mod arc;
mod cause;
mod difference;
mod dkim;
mod dmarc;
pub(crate) mod matching;
mod only_ours;
mod recorded;
pub(crate) mod signatures;
mod spf;

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

pub use arc::ArcDifference;
pub use cause::DifferenceCause;
pub use difference::{ClaimDifference, NotCompared};
pub use dkim::{Besides, DkimDifference};
pub use dmarc::DmarcDifference;
pub use only_ours::{LeftOut, OnlyOurs, only_ours};
pub use recorded::{ClaimPlace, RecordedPass};
pub(crate) use recorded::{is_pass_confirmed, recorded_fail, recorded_pass};
pub use spf::SpfDifference;

use crate::arc::ArcVerdict;
use crate::dkim::DkimVerdict;
use crate::dmarc::DmarcVerdict;
use crate::message::{AuthenticationResults, FieldProblem, HeaderField, Message, ResInfo};
use crate::receivers;
use crate::session::{PassedOn, Session, Standing, StandingReason};
use crate::spf::{SpfResult, SpfVerdict};
use matching::{Subject, is_same};
use signatures::Named;

/// One Authentication-Results field, or a similar one.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Claim {
    /// The name of the field.
    pub field: String,
    /// The instance of the ARC set that it belongs to (RFC 8617 §4.1.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<u32>,
    /// The name of the host that wrote it, according to the field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authserv_id: Option<String>,
    /// Whether it is the receiver's, as far as its name and position show (RFC 8601 §5).
    pub standing: Standing,
    /// The reason for the standing.
    pub standing_reason: StandingReason,
    /// Whether a failure in it counts, whoever wrote it.
    #[serde(skip)]
    pub(crate) is_witness: bool,
    /// Whether no sender wrote it, because it is above all Received fields.
    #[serde(skip)]
    pub(crate) is_above_all: bool,
    /// Whether a part of it that could not be read says that DMARC failed.
    #[serde(skip)]
    pub(crate) unread_failure: bool,
    /// The results it claims.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub results: Vec<ClaimedResult>,
    /// The parts of it that could not be read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<FieldProblem>,
}

/// One claimed result.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct ClaimedResult {
    /// The method: `spf`, `dkim`, `dmarc`, …
    pub method: String,
    /// The result, as written.
    pub result: String,
    /// The properties, as `header.d` and so on.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub properties: BTreeMap<String, String>,
    /// The comment after the result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// The value of `reason=`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How it compares with our result.
    pub comparison: Comparison,
    /// Our result for the same thing; `None` if there is none to compare with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ours: Option<String>,
    /// Why it differs from ours, or is based on other records; `None` if it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<DifferenceCause>,
    /// The same reason with the data that shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<ClaimDifference>,
    /// Why it cannot be compared, if that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_compared: Option<NotCompared>,
    /// Which of our signatures it is about, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature: Option<usize>,
}

impl ClaimedResult {
    /// Whether it is a pass, in any of the words for it.
    pub fn is_pass(&self) -> bool {
        receivers::registered(&self.method, &self.result) == "pass"
    }

    /// Whether its difference can be explained in words.
    pub fn is_explained(&self) -> bool {
        self.difference.is_some() || self.not_compared.is_some()
    }

    /// Whether it differs for the same reason as `other`, so that the words about one are true for
    /// the other too.
    pub(crate) fn differs_like(&self, other: &Self) -> bool {
        let is_same = self.method == other.method && self.difference == other.difference;
        let is_about_same = match &self.difference {
            Some(ClaimDifference::Dkim(difference)) if difference.is_of_message() => true,
            Some(_) => {
                self.signature == other.signature && self.is_about_helo() == other.is_about_helo()
            }
            None => false,
        };
        is_same && is_about_same
    }

    /// Whether it is about SPF for the HELO name (RFC 8601 §2.7.2).
    pub(crate) fn is_about_helo(&self) -> bool {
        let has = |name| self.properties.contains_key(name);
        self.method == "spf" && has("smtp.helo") && !has("smtp.mailfrom") && !has("smtp.mail")
    }
}

/// How a claimed result compares with ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Comparison {
    /// The same.
    Agree,
    /// They differ.
    Differ,
    /// We have none to compare with, or theirs is about another session.
    OnlyTheirs,
}

/// Says of each result that differs with planned records, and does not without them, that the
/// plan makes the difference.
pub(crate) fn note_plan(claims: &mut [Claim], without: &[Claim]) {
    for (claim, without) in claims.iter_mut().zip(without) {
        for (result, without) in claim.results.iter_mut().zip(&without.results) {
            let differs = |result: &ClaimedResult| result.comparison == Comparison::Differ;
            if differs(result) && !differs(without) {
                let difference = ClaimDifference::Planned;
                result.cause = Some(difference.cause());
                result.difference = Some(difference);
            }
        }
    }
}

/// What was found here.
#[derive(Clone, Copy, Debug)]
pub struct Ours<'a> {
    /// SPF for MAIL FROM.
    pub mail_from: &'a SpfVerdict,
    /// SPF for HELO.
    pub helo: &'a SpfVerdict,
    /// The signatures.
    pub dkim: &'a [DkimVerdict],
    /// DMARC.
    pub dmarc: &'a DmarcVerdict,
    /// ARC.
    pub arc: &'a ArcVerdict,
}

/// Compares the Authentication-Results fields of `message`, and similar fields, with `ours`;
/// topmost first.
pub fn compare(message: &Message<'_>, session: &Session, ours: &Ours<'_>) -> Vec<Claim> {
    let fields = message.results.as_slice();
    let mut scenes = Vec::with_capacity(fields.len());
    let mut claims = Vec::with_capacity(fields.len());
    for field in fields {
        let (standing, standing_reason) = session.standing(field);
        let scene = Scene {
            message,
            session,
            standing,
            passed_on: session.forwarding.plainest(),
        };
        claims.push(Claim {
            field: field.field.clone(),
            instance: field.instance,
            authserv_id: field.authserv_id.clone(),
            standing,
            standing_reason,
            is_witness: session.is_witness(field),
            is_above_all: session.is_above_all(field),
            unread_failure: field.unread_failure,
            results: results(field, &scene, ours),
            problems: problems(field),
        });
        scenes.push(scene);
    }
    add_dmarc(fields, &scenes, &mut claims, ours);
    claims
}

/// The circumstances of a claim.
struct Scene<'s> {
    message: &'s Message<'s>,
    session: &'s Session,
    standing: Standing,
    /// What shows that the message was forwarded.
    passed_on: Option<&'s PassedOn>,
}

impl Scene<'_> {
    fn is_receivers(&self) -> bool {
        self.standing == Standing::Receiver
    }
}

/// The field that contains the claim with this number, from 0.
pub(crate) fn field_of<'m, 'a>(
    message: &'m Message<'a>,
    number: usize,
) -> Option<&'m HeaderField<'a>> {
    let start = message.results.get(number)?.span.start;
    let mut fields = message.header.fields.iter();
    fields.find(|field| field.span.start == start)
}

/// The results of `field`, compared one by one.
fn results(
    field: &AuthenticationResults,
    scene: &Scene<'_>,
    ours: &Ours<'_>,
) -> Vec<ClaimedResult> {
    let about = signatures::of_field(field, ours.dkim);
    let results = field.results.iter().zip(about);
    results
        .map(|(result, signature)| claimed(result, field, scene, ours, signature))
        .collect()
}

fn problems(field: &AuthenticationResults) -> Vec<FieldProblem> {
    // `none` in place of results is a statement; an empty field is not (RFC 8601 §2.2).
    if field.results.is_empty() && field.problems.is_empty() && !field.strict {
        return vec![FieldProblem::NothingStated];
    }
    field.problems.clone()
}

/// Compares one result, which is about `signature` if it is about one.
fn claimed(
    result: &ResInfo,
    field: &AuthenticationResults,
    scene: &Scene<'_>,
    ours: &Ours<'_>,
    signature: Option<usize>,
) -> ClaimedResult {
    let subject = Subject::of(result, field, ours, scene.session, signature);
    let word = subject.word(ours);
    let elsewhere = match subject {
        Subject::Spf(_) => spf::other_session(result, scene),
        _ => None,
    };
    let is_same_fault = match subject {
        Subject::Signature(index) => dkim::is_same_fault(result, &ours.dkim[index]),
        Subject::Dmarc => dmarc::is_same_fault(result, ours),
        _ => false,
    };
    let says_nothing = matches!(subject, Subject::Signature(_))
        && receivers::says_nothing(&result.method, &result.result);
    let comparison = match word {
        None => Comparison::OnlyTheirs,
        Some(_) if says_nothing => Comparison::OnlyTheirs,
        Some(_) if is_same_fault => Comparison::Agree,
        Some(ours) if !is_same(&result.method, &result.result, ours) => Comparison::Differ,
        Some(_) if elsewhere.is_some() => Comparison::OnlyTheirs,
        Some(_) => Comparison::Agree,
    };
    let difference = match (comparison, subject) {
        (Comparison::Differ, Subject::Spf(verdict)) => {
            Some(spf::difference(result, verdict, scene))
        }
        (Comparison::Differ, Subject::Signature(_) | Subject::NoSignature | Subject::Arc(..))
            if !scene.is_receivers() =>
        {
            Some(ClaimDifference::NoStanding)
        }
        (Comparison::Differ, Subject::Signature(index)) => Some(ClaimDifference::Dkim(
            dkim::difference(result, &ours.dkim[index], scene),
        )),
        (Comparison::Differ, Subject::NoSignature) => {
            let domain = matching::signing_domain(result).map(str::to_owned);
            Some(ClaimDifference::SignatureNotInFile { domain })
        }
        (Comparison::Differ, Subject::Arc(_, cause)) => Some(ClaimDifference::Arc(
            arc::difference(result, cause, ours.arc),
        )),
        (Comparison::Agree, Subject::Dmarc) if is_same_fault => {
            Some(ClaimDifference::Dmarc(dmarc::no_author(result)))
        }
        (Comparison::Agree, Subject::Dmarc) => {
            dmarc::record_changed(result, ours, scene).map(ClaimDifference::Dmarc)
        }
        _ => elsewhere.map(ClaimDifference::Spf),
    };
    let is_compared = comparison != Comparison::OnlyTheirs || difference.is_some();
    ClaimedResult {
        method: result.method.clone(),
        result: result.result.clone(),
        properties: result.properties_by_name(),
        comment: result.comment(),
        reason: result.reason.clone(),
        comparison,
        ours: word.map(str::to_owned),
        cause: difference.as_ref().map(ClaimDifference::cause),
        difference,
        not_compared: match is_compared {
            true => None,
            false if says_nothing => Some(NotCompared::NothingSaid),
            false => not_compared(result, subject, ours),
        },
        signature: match subject {
            Subject::Signature(index) => Some(index + 1),
            _ => None,
        },
    }
}

/// Why a result cannot be compared with ours.
fn not_compared(result: &ResInfo, subject: Subject<'_>, ours: &Ours<'_>) -> Option<NotCompared> {
    match subject {
        Subject::Spf(verdict) if verdict.result != SpfResult::NotEvaluated => None,
        Subject::Spf(_) | Subject::Signature(_) | Subject::Dmarc | Subject::Arc(..) => {
            Some(NotCompared::NotEvaluated)
        }
        Subject::OtherSignature => {
            let named = matching::signing_domain(result);
            Some(named.map_or(NotCompared::SignatureNotNamed, |named| {
                let domain = named.to_owned();
                let value = |name| result.property("header", name).map(str::to_owned);
                match is_listed_again(result, ours) {
                    true => NotCompared::ListedAgain { domain },
                    false => NotCompared::NoSuchSignature {
                        domain,
                        selector: value("s"),
                        value: value("b"),
                    },
                }
            }))
        }
        Subject::NoSignature | Subject::None => None,
    }
}

/// Whether `result` names an existing signature that another result is already about.
fn is_listed_again(result: &ResInfo, ours: &Ours<'_>) -> bool {
    let named = Named::of(result);
    ours.dkim.iter().any(|one| named.fits(one))
}

/// Adds the differences of DMARC. They follow from those of the other results of the same receiver,
/// in any of its fields.
fn add_dmarc(
    fields: &[Arc<AuthenticationResults>],
    scenes: &[Scene<'_>],
    claims: &mut [Claim],
    ours: &Ours<'_>,
) {
    let differs = |result: &ClaimedResult| {
        result.method == "dmarc" && result.comparison == Comparison::Differ
    };
    for at in 0..claims.len() {
        for index in 0..claims[at].results.len() {
            if !differs(&claims[at].results[index]) {
                continue;
            }
            let is_beside = |(other, claim): &(usize, &Claim)| {
                *other == at || scenes[at].is_receivers() && claim.standing == Standing::Receiver
            };
            let beside: Vec<&ClaimedResult> = claims
                .iter()
                .enumerate()
                .filter(is_beside)
                .flat_map(|(_, claim)| &claim.results)
                .collect();
            let result = &fields[at].results[index];
            let difference = dmarc::difference(result, &beside, ours, &scenes[at]);
            let claimed = &mut claims[at].results[index];
            claimed.cause = Some(difference.cause());
            claimed.difference = Some(difference);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;

    #[test]
    fn a_claim_leads_back_to_its_field_even_where_not_all_fields_are_looked_at() {
        let field = |number: usize| format!("Authentication-Results: host{number}; spf=none\r\n");
        let text = (0..9).map(field).collect::<String>() + "\r\n";
        for (count, hosts) in [(4, vec![0, 1, 7, 8]), (9, (0..9).collect())] {
            let limits = Limits {
                auth_results: count,
                ..Limits::default()
            };
            let message = Message::parse(text.as_bytes(), &limits).unwrap();
            assert_eq!(field_of(&message, count), None);
            for (number, host) in hosts.into_iter().enumerate() {
                let found = field_of(&message, number).unwrap().unfolded();
                let name = format!("host{host};");
                assert!(found.contains(&name), "{number} of {count}: {found}");
            }
        }
    }
}
