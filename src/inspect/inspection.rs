//! The result of an inspection, and the words that are made of it when they are asked for.

use schemars::JsonSchema;
use serde::Serialize;

use crate::advice_lookups::Advice;
use crate::bulk::BulkRow;
use crate::claims::{self, Claim, ClaimPlace};
use crate::conclusion::{Circumstances, Conclusion};
use crate::dkim::DkimSignature;
use crate::dmarc::{DmarcResult, DmarcVerdict};
use crate::findings::{self, Case, Finding, Hit, RULES};
use crate::message::{Reread, Source};
use crate::second::OpinionComparison;
use crate::session::Session;
use crate::{Analysis, Audience};

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
    pub(super) basis: Basis,
}

/// What the wording of findings needs besides the analysis.
#[derive(Clone, Debug)]
pub(super) struct Basis {
    pub header: Reread,
    pub signatures: Vec<DkimSignature>,
    pub advice: Advice,
    pub audience: Audience,
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

    /// Whether nothing vouches for the session, so that SPF proves nothing.
    pub fn is_session_told(&self) -> bool {
        let Analysis {
            session,
            claims,
            dmarc,
            ..
        } = &self.analysis;
        let failed = claims::recorded_fail(claims, dmarc);
        is_told(session, claims, dmarc, failed)
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

/// What the verdicts come to, with what the receiver recorded.
pub(super) fn conclude(
    source: &Source,
    session: &Session,
    claims: &[Claim],
    dmarc: &DmarcVerdict,
    is_planned: bool,
) -> Conclusion {
    let is_other = is_planned && dmarc.result == DmarcResult::None;
    let recorded_fail = claims::recorded_fail(claims, dmarc).filter(|_| !is_other);
    let circumstances = Circumstances {
        is_told: is_told(session, claims, dmarc, recorded_fail),
        is_doubtful: source.doubt().is_some(),
        recorded: claims::recorded_pass(claims, session, dmarc),
        recorded_fail,
    };
    Conclusion::draw(dmarc, &circumstances)
}

/// Whether nothing vouches for the session.
fn is_told(
    session: &Session,
    claims: &[Claim],
    dmarc: &DmarcVerdict,
    recorded_fail: Option<ClaimPlace>,
) -> bool {
    let is_confirmed = recorded_fail.is_none() && claims::is_pass_confirmed(claims, dmarc);
    session.on_word_of.is_some() && !is_confirmed
}
