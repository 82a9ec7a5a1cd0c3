//! What a policy of `reject` would have done to the mail in reports.

use schemars::JsonSchema;
use serde::Serialize;

use super::meaning::Meaning;
use super::sender::Sender;
use super::tally::PolicyDomain;

/// What reports say to the question whether a domain can ask for `reject`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum RejectAnswer {
    /// They have no mail.
    NoMail,
    /// It asks for it already.
    Already,
    /// No mail in them fails.
    NothingFails,
    /// Some mail fails.
    SomeFails,
}

/// Why mail that fails may be the domain's own, or may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum FailingCause {
    /// SES sent it, and signs it only as itself.
    SesAlone,
    /// Alignment is strict, and it passes for the same organization.
    StrictAlignment,
    /// The same sender has other mail of the domain that passes.
    SenderPassesElsewhere,
    /// A signature of the domain does not pass.
    BrokenSignature,
    /// It was passed on, by the receiver's word.
    PassedOn,
    /// Another organization passes.
    OtherOrganization,
    /// Nothing tells.
    Unknown,
}

/// Mail that fails.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FailingMail {
    /// Who sends it.
    pub sender: Sender,
    /// The domain in From.
    pub from: String,
    /// What its results mean.
    pub meaning: Meaning,
    /// The domain that this is about.
    pub domain: Option<String>,
    /// Whose it may be.
    pub cause: FailingCause,
    /// How many messages.
    pub messages: u64,
}

/// The answer, and what it rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rejection {
    /// The answer.
    pub answer: RejectAnswer,
    /// How many messages there are.
    pub messages: u64,
    /// How many fail.
    pub fails: u64,
    /// How many organizations report.
    pub reporters: usize,
    /// How many days the reports cover, from the first to the last.
    pub days: Option<i64>,
    /// The mail that fails, most first. Mail of sources beyond the bound is not among it.
    pub failing: Vec<FailingMail>,
}

impl Rejection {
    /// What the reports about a domain say.
    pub fn of(domain: &PolicyDomain) -> Self {
        let counts = domain.counts;
        let asks = domain.policy().map_or("", |policy| policy.p.as_str());
        let is_already = asks == "reject" && counts.messages > 0;
        let mut failing = Vec::new();
        for ((sender, from), source) in &domain.sources {
            for ((meaning, about), line) in &source.lines {
                if line.counts.fail == 0 {
                    continue;
                }
                let passes_elsewhere = source.counts.pass > 0;
                let whole = cause(*meaning, false, passes_elsewhere);
                let passed_on = cause(*meaning, true, passes_elsewhere);
                let parts = match whole == passed_on {
                    true => [(whole, line.counts.fail), (passed_on, 0)],
                    false => [
                        (whole, line.counts.fail.saturating_sub(line.passed_on)),
                        (passed_on, line.passed_on),
                    ],
                };
                for (cause, messages) in parts {
                    if messages > 0 {
                        failing.push(FailingMail {
                            sender: sender.clone(),
                            from: from.clone(),
                            meaning: *meaning,
                            domain: about.clone(),
                            cause,
                            messages,
                        });
                    }
                }
            }
        }
        failing.sort_by_key(|one| u64::MAX - one.messages);
        Self {
            answer: match (counts.messages, counts.fail) {
                (0, _) => RejectAnswer::NoMail,
                _ if is_already => RejectAnswer::Already,
                (_, 0) => RejectAnswer::NothingFails,
                _ => RejectAnswer::SomeFails,
            },
            messages: counts.messages,
            fails: counts.fail,
            reporters: domain.reporters.len(),
            days: domain.begin.zip(domain.end).map(|(begin, end)| {
                let seconds = end.as_second().saturating_sub(begin.as_second());
                // A day ends at its last second in some reports, and at the next midnight in others.
                seconds.saturating_add(43_200) / 86_400
            }),
            failing,
        }
    }
}

fn cause(meaning: Meaning, is_passed_on: bool, passes_elsewhere: bool) -> FailingCause {
    match meaning {
        Meaning::SesAlone => FailingCause::SesAlone,
        Meaning::StrictAlignment => FailingCause::StrictAlignment,
        _ if is_passed_on => FailingCause::PassedOn,
        Meaning::BrokenSignature => FailingCause::BrokenSignature,
        _ if passes_elsewhere => FailingCause::SenderPassesElsewhere,
        Meaning::OtherOrganization => FailingCause::OtherOrganization,
        _ => FailingCause::Unknown,
    }
}
