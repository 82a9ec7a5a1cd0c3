//! Aggregate reports as one JSON object.

use std::collections::BTreeMap;
use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use super::{Reported, by_size, only_in_one, together};
use crate::corpus::{BesideReports, FailureCause};
use crate::explain::reports as words;
use crate::reports::{
    FailingCause, MailCounts, Meaning, Override, PolicyDomain, RejectAnswer, Rejection, Reporter,
    SeenPolicy, Sender,
};

/// The JSON of `sesauth reports`. Keys are only ever added.
#[derive(JsonSchema, Serialize)]
#[schemars(title = "ReportsDocument")]
struct Document<'a> {
    sesauth_reports: u8,
    reports: usize,
    given_twice: usize,
    without_name: usize,
    records_without_count: usize,
    all: MailCounts,
    domains: Vec<DomainLine<'a>>,
    /// Domains beyond the bound.
    other_domains: MailCounts,
    errors: Vec<ErrorLine<'a>>,
    more_errors: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    corpus_messages: Option<usize>,
}

#[derive(JsonSchema, Serialize)]
struct ErrorLine<'a> {
    file: &'a str,
    error: String,
}

#[derive(JsonSchema, Serialize)]
struct DomainLine<'a> {
    domain: &'a str,
    reports: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    begin: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<String>,
    all: MailCounts,
    policies: Vec<PolicyLine<'a>>,
    reporters: &'a BTreeMap<String, Reporter>,
    from: &'a BTreeMap<String, MailCounts>,
    sources: Vec<SourceLine<'a>>,
    other_sources: MailCounts,
    reject: RejectLine,
    #[serde(skip_serializing_if = "Option::is_none")]
    beside_corpus: Option<BesideLine>,
}

#[derive(JsonSchema, Serialize)]
struct PolicyLine<'a> {
    #[serde(flatten)]
    policy: &'a SeenPolicy,
    reports: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<String>,
}

#[derive(JsonSchema, Serialize)]
struct SourceLine<'a> {
    sender: &'a Sender,
    from: &'a str,
    is_ses: bool,
    #[serde(flatten)]
    counts: MailCounts,
    networks: &'a BTreeMap<String, u64>,
    lines: Vec<MeaningLine<'a>>,
}

#[derive(JsonSchema, Serialize)]
struct MeaningLine<'a> {
    meaning: Meaning,
    #[serde(skip_serializing_if = "Option::is_none")]
    domain: Option<&'a str>,
    #[serde(flatten)]
    counts: MailCounts,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(with = "BTreeMap<String, u64>")]
    overrides: &'a BTreeMap<Override, u64>,
    passed_on: u64,
    means: String,
}

#[derive(JsonSchema, Serialize)]
struct RejectLine {
    answer: RejectAnswer,
    would_refuse: u64,
    messages: u64,
    reporters: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    days: Option<i64>,
    failing: Vec<FailingLine>,
    says: String,
    reservation: String,
    /// What the saved messages add.
    #[serde(skip_serializing_if = "Option::is_none")]
    corpus: Option<CorpusLine>,
}

#[derive(JsonSchema, Serialize)]
struct CorpusLine {
    messages: usize,
    passes: usize,
    fails: usize,
    failing: Vec<FailingSenderLine>,
    says: String,
}

#[derive(JsonSchema, Serialize)]
struct FailingSenderLine {
    sender: Sender,
    from: String,
    /// Messages that fail in reports.
    reported: u64,
    saved: usize,
    fails: usize,
    causes: Vec<CauseLine>,
}

#[derive(JsonSchema, Serialize)]
struct CauseLine {
    failure: FailureCause,
    why: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    finding: Option<&'static str>,
    messages: usize,
    example: String,
}

#[derive(JsonSchema, Serialize)]
struct FailingLine {
    sender: Sender,
    from: String,
    messages: u64,
    meaning: Meaning,
    #[serde(skip_serializing_if = "Option::is_none")]
    domain: Option<String>,
    cause: FailingCause,
}

#[derive(JsonSchema, Serialize)]
struct BesideLine {
    only_in_reports: Vec<SenderLine>,
    only_in_corpus: Vec<SenderLine>,
}

#[derive(JsonSchema, Serialize)]
struct SenderLine {
    sender: Sender,
    messages: u64,
}

/// Writes all as one JSON object and a line end.
///
/// # Errors
///
/// Only errors of `out`.
pub fn write_json(reported: &Reported, out: &mut dyn Write) -> io::Result<()> {
    let tally = &reported.tally;
    let errors = reported.faults.iter().map(|(file, fault)| ErrorLine {
        file,
        error: words::fault(fault),
    });
    let domains = tally.domains.iter();
    let document = Document {
        sesauth_reports: 1,
        reports: tally.reports,
        given_twice: tally.twice,
        without_name: tally.nameless,
        records_without_count: tally.without_count,
        all: tally.counts(),
        domains: domains
            .map(|(name, domain)| of_domain(name, domain, reported))
            .collect(),
        other_domains: tally.other_domains,
        errors: errors.collect(),
        more_errors: reported.more_faults,
        corpus_messages: reported.corpus.as_ref().map(|corpus| corpus.messages),
    };
    super::super::json::write(&document, out)
}

fn of_domain<'a>(
    name: &'a str,
    domain: &'a PolicyDomain,
    reported: &'a Reported,
) -> DomainLine<'a> {
    let rejection = Rejection::of(domain);
    let corpus = reported.corpus.as_ref().map(|corpus| {
        let beside = BesideReports::of(name, domain, &rejection, corpus);
        of_corpus(beside, &rejection, name)
    });
    let mut policies: Vec<_> = domain.policies.iter().collect();
    policies.sort_by_key(|(policy, seen)| (seen.first, *policy));
    let lines = |senders: Vec<(Sender, u64)>| {
        let lines = senders.into_iter();
        lines
            .map(|(sender, messages)| SenderLine { sender, messages })
            .collect()
    };
    DomainLine {
        domain: name,
        reports: domain.reports,
        begin: domain.begin.map(|at| at.to_string()),
        end: domain.end.map(|at| at.to_string()),
        all: domain.counts,
        policies: policies
            .into_iter()
            .map(|(policy, seen)| PolicyLine {
                policy,
                reports: seen.reports,
                first: seen.first.map(|at| at.to_string()),
                last: seen.last.map(|at| at.to_string()),
            })
            .collect(),
        reporters: &domain.reporters,
        from: &domain.from,
        sources: by_size(domain)
            .into_iter()
            .map(|((sender, from), source)| SourceLine {
                sender,
                from,
                is_ses: sender.is_ses(),
                counts: source.counts,
                networks: &source.networks,
                lines: source
                    .lines
                    .iter()
                    .map(|((meaning, about), line)| MeaningLine {
                        meaning: *meaning,
                        domain: about.as_deref(),
                        counts: line.counts,
                        overrides: &line.overrides,
                        passed_on: line.passed_on,
                        means: words::meaning(*meaning, about.as_deref(), from),
                    })
                    .collect(),
            })
            .collect(),
        other_sources: domain.other_sources,
        reject: RejectLine {
            answer: rejection.answer,
            would_refuse: rejection.fails,
            messages: rejection.messages,
            reporters: rejection.reporters,
            days: rejection.days,
            says: words::answer(&rejection, name),
            reservation: words::reservation(&rejection),
            corpus,
            failing: rejection
                .failing
                .into_iter()
                .map(|one| FailingLine {
                    sender: one.sender,
                    from: one.from,
                    messages: one.messages,
                    meaning: one.meaning,
                    domain: one.domain,
                    cause: one.cause,
                })
                .collect(),
        },
        beside_corpus: reported.corpus.as_ref().map(|corpus| {
            let (reports, seen) = only_in_one(domain, corpus);
            BesideLine {
                only_in_reports: lines(reports),
                only_in_corpus: lines(seen),
            }
        }),
    }
}

fn of_corpus(beside: BesideReports, rejection: &Rejection, name: &str) -> CorpusLine {
    CorpusLine {
        messages: beside.messages,
        passes: beside.passes,
        fails: beside.fails,
        says: together::says(&beside, rejection, name),
        failing: beside
            .failing
            .into_iter()
            .map(|one| FailingSenderLine {
                sender: one.sender,
                from: one.from,
                reported: one.reported,
                saved: one.saved.messages,
                fails: one.saved.fails,
                causes: one
                    .saved
                    .causes
                    .into_iter()
                    .map(|cause| CauseLine {
                        why: together::why(&cause),
                        failure: cause.failure,
                        finding: cause.finding,
                        messages: cause.messages,
                        example: cause.example,
                    })
                    .collect(),
            })
            .collect(),
    }
}

/// Writes the JSON Schema of [`write_json`], and a line end.
///
/// # Errors
///
/// Only errors of `out`.
pub fn write_schema(out: &mut dyn Write) -> io::Result<()> {
    super::super::json::write_schema_of::<Document<'static>>(out)
}
