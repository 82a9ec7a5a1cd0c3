//! What the message says that its receiver found, beside what was found here (RFC 8601).

mod arc;
mod cause;
mod dkim;
mod dmarc;
mod matching;
mod only_ours;
mod recorded;
mod spf;

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

pub use cause::DifferenceCause;
pub(crate) use cause::NO_REASON;
pub use only_ours::{OnlyOurs, only_ours};
pub(crate) use recorded::{Recorded, recorded_pass};

use crate::arc::ArcVerdict;
use crate::dkim::DkimVerdict;
use crate::dmarc::DmarcVerdict;
use crate::dns::Name;
use crate::message::{AuthenticationResults, FieldProblem, HeaderField, Message, ResInfo};
use crate::receivers;
use crate::session::{PassedOn, Session, Standing, StandingReason};
use crate::spf::{SpfResult, SpfVerdict};
use cause::Difference;
use matching::Subject;
pub(crate) use matching::is_same;

/// One Authentication-Results field, or one of its kin.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct Claim {
    /// The name of the field.
    pub field: String,
    /// The instance of the ARC set that it belongs to (RFC 8617 §4.1.1).
    pub instance: Option<u32>,
    /// Who wrote it, as it says.
    pub authserv_id: Option<String>,
    /// Whose word it is, as far as name and place tell (RFC 8601 §5).
    pub standing: Standing,
    /// Why.
    pub standing_reason: StandingReason,
    /// The results it claims.
    pub results: Vec<ClaimedResult>,
    /// What of it could not be read.
    pub problems: Vec<FieldProblem>,
}

/// One claimed result.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct ClaimedResult {
    /// The method: `spf`, `dkim`, `dmarc`, …
    pub method: String,
    /// The result, as written.
    pub result: String,
    /// The properties, as `header.d` and so on.
    pub properties: BTreeMap<String, String>,
    /// The comment behind the result.
    pub comment: Option<String>,
    /// How it compares with ours.
    pub comparison: Comparison,
    /// Our result for the same thing; `None` where there is none to compare with.
    pub ours: Option<String>,
    /// Why it is not ours, or rests on other records; `None` where there is no such difference.
    pub cause: Option<DifferenceCause>,
    /// Why it differs or cannot be compared, with what shows it: no capital, no full stop.
    pub explanation: Option<String>,
    /// Which of our signatures it is about, from 1.
    pub signature: Option<usize>,
}

impl ClaimedResult {
    /// Whether it is a pass, in whatever word.
    pub fn is_pass(&self) -> bool {
        receivers::registered(&self.method, &self.result) == "pass"
    }
}

/// How a claimed result compares with ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Comparison {
    /// The same.
    Agree,
    /// Another.
    Differ,
    /// We have none to compare with, or theirs is about another session.
    OnlyTheirs,
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

/// Compares what the Authentication-Results fields of `message` and their kin say, topmost first,
/// with `ours`.
pub fn compare(message: &Message<'_>, session: &Session, ours: &Ours<'_>) -> Vec<Claim> {
    let fields = message.results.as_slice();
    let scenes: Vec<Scene<'_>> = fields
        .iter()
        .map(|field| Scene::of(field, session))
        .collect();
    let mut claims: Vec<Claim> = fields
        .iter()
        .zip(&scenes)
        .map(|(field, scene)| claim(field, scene, ours))
        .collect();
    explain_dmarc(fields, &scenes, &mut claims, ours);
    for (field, claim) in fields.iter().zip(&mut claims) {
        claim.problems.clone_from(&field.problems);
        // `none` in place of results is a statement, nothing at all is not (RFC 8601 §2.2).
        if field.results.is_empty() && claim.problems.is_empty() && !field.strict {
            claim.problems.push(FieldProblem::NothingStated);
        }
    }
    claims
}

/// Where a claim was made.
struct Scene<'s> {
    session: &'s Session,
    standing: Standing,
    standing_reason: StandingReason,
    /// Who makes it: the receiver, or a name.
    who: String,
    /// What shows that the message was passed on.
    passed_on: Option<&'s PassedOn>,
}

impl<'s> Scene<'s> {
    fn of(field: &AuthenticationResults, session: &'s Session) -> Self {
        let (standing, standing_reason) = session.standing(field);
        let who = match (standing, &field.authserv_id) {
            (Standing::Unknown | Standing::Foreign, Some(id)) => id.clone(),
            (Standing::Unknown | Standing::Foreign, None) => "a field without a name".to_owned(),
            (Standing::Receiver, _) => "the receiver".to_owned(),
        };
        Self {
            session,
            standing,
            standing_reason,
            who,
            passed_on: session.forwarding.plainest(),
        }
    }

    fn is_receivers(&self) -> bool {
        self.standing == Standing::Receiver
    }

    fn no_standing(&self) -> Difference {
        Difference::new(
            DifferenceCause::NoStanding,
            format!("not known to be the receiver's: {}", self.standing_reason),
        )
    }

    /// What is known to change messages where this one was saved: a clause.
    fn rewriter(&self) -> &'static str {
        let export = receivers::of(self.session.operator().as_deref())
            .and_then(|receiver| receiver.export.as_ref());
        match export {
            Some(export) => export.habit,
            None => "a filter, a gateway or the program that saved the file can change it",
        }
    }
}

/// The field in which the claim of this number, from 0, stands.
pub(crate) fn field_of<'m, 'a>(
    message: &'m Message<'a>,
    number: usize,
) -> Option<&'m HeaderField<'a>> {
    let start = message.results.get(number)?.span.start;
    let mut fields = message.header.fields.iter();
    fields.find(|field| field.span.start == start)
}

fn claim(field: &AuthenticationResults, scene: &Scene<'_>, ours: &Ours<'_>) -> Claim {
    let mut taken = Vec::new();
    let results = field
        .results
        .iter()
        .map(|result| claimed(result, field, scene, ours, &mut taken))
        .collect();
    Claim {
        field: field.field.clone(),
        instance: field.instance,
        standing: scene.standing,
        standing_reason: scene.standing_reason.clone(),
        authserv_id: field.authserv_id.clone(),
        results,
        problems: Vec::new(),
    }
}

/// Compares one result; `taken` holds the signatures that results of the same field were about.
fn claimed(
    result: &ResInfo,
    field: &AuthenticationResults,
    scene: &Scene<'_>,
    ours: &Ours<'_>,
    taken: &mut Vec<usize>,
) -> ClaimedResult {
    let subject = Subject::of(result, field, ours, scene.session, taken);
    let word = subject.word(ours);
    let elsewhere = match subject {
        Subject::Spf(_) => spf::other_session(result, scene),
        _ => None,
    };
    let is_same_fault = match subject {
        Subject::Signature(index) => dkim::is_same_fault(result, &ours.dkim[index]),
        _ => false,
    };
    let comparison = match word {
        None => Comparison::OnlyTheirs,
        Some(_) if is_same_fault => Comparison::Agree,
        Some(ours) if !is_same(&result.method, &result.result, ours) => Comparison::Differ,
        Some(_) if elsewhere.is_some() => Comparison::OnlyTheirs,
        Some(_) => Comparison::Agree,
    };
    let difference = match (comparison, subject) {
        (Comparison::Differ, Subject::Spf(verdict)) => {
            Some(spf::difference(result, verdict, scene))
        }
        (Comparison::Differ, Subject::Signature(_) | Subject::NoSignature)
            if !scene.is_receivers() =>
        {
            Some(scene.no_standing())
        }
        (Comparison::Differ, Subject::Signature(index)) => {
            Some(dkim::difference(result, &ours.dkim[index], scene))
        }
        (Comparison::Differ, Subject::NoSignature) => Some(dkim::none_here(result, scene)),
        (Comparison::Differ, Subject::Arc(..)) if !scene.is_receivers() => {
            Some(scene.no_standing())
        }
        (Comparison::Differ, Subject::Arc(_, cause)) => {
            Some(arc::difference(result, cause, ours.arc, scene))
        }
        (Comparison::Agree, Subject::Dmarc) => dmarc::other_policy(result, ours, scene),
        _ => elsewhere,
    };
    let is_compared = comparison == Comparison::OnlyTheirs && difference.is_none();
    let (cause, explanation) = match difference {
        Some(difference) => (Some(difference.cause), Some(difference.explanation)),
        None if is_compared => (None, not_compared(result, subject, ours)),
        None => (None, None),
    };
    ClaimedResult {
        method: result.method.clone(),
        result: result.result.clone(),
        properties: result.properties_by_name(),
        comment: result.comment(),
        comparison,
        ours: word.map(str::to_owned),
        cause,
        explanation,
        signature: match subject {
            Subject::Signature(index) => Some(index + 1),
            _ => None,
        },
    }
}

/// Why there is nothing to compare a result with.
fn not_compared(result: &ResInfo, subject: Subject<'_>, ours: &Ours<'_>) -> Option<String> {
    match subject {
        Subject::Spf(verdict) if verdict.result == SpfResult::NotEvaluated => Some(format!(
            "it could not be evaluated here: {}",
            verdict.sentence
        )),
        Subject::Signature(index) => Some(format!(
            "it could not be evaluated here: {}",
            ours.dkim[index].detail
        )),
        Subject::OtherSignature => Some(match matching::signing_domain(result) {
            Some(domain) if is_listed_again(result, domain, ours) => format!(
                "the field lists more results for {domain} than the file has signatures of it"
            ),
            Some(domain) => {
                format!("no signature in the file is the one of {domain} that it means")
            }
            None => "it does not say which of the signatures it means".into(),
        }),
        Subject::Dmarc => Some("it could not be worked out here".into()),
        Subject::Arc(..) => Some(format!(
            "it could not be evaluated here: {}",
            ours.arc.detail
        )),
        _ => None,
    }
}

/// Whether `result` names a signature of `domain` that is there, which another result is about.
fn is_listed_again(result: &ResInfo, domain: &str, ours: &Ours<'_>) -> bool {
    let is = |name: &Option<Name>, theirs: &str| {
        let name = name.as_ref().map(Name::as_str);
        name.is_some_and(|name| name.eq_ignore_ascii_case(theirs))
    };
    let selector = result.property("header", "s");
    let mut signatures = ours.dkim.iter();
    signatures.any(|one| {
        is(&one.domain, domain) && selector.is_none_or(|theirs| is(&one.selector, theirs))
    })
}

/// Finds the causes for DMARC, which follow from those of the other results of the same receiver,
/// whichever of its fields they stand in.
fn explain_dmarc(
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
            claimed.cause = Some(difference.cause);
            claimed.explanation = Some(difference.explanation);
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
