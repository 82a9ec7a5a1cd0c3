//! What the chains of the stories come to, and what they leave alone.

#[path = "support/case.rs"]
mod case;
#[path = "support/run.rs"]
mod run;

use std::path::PathBuf;

use case::{cases, inspect_case, inspect_case_with};
use jiff::Timestamp;
use sesauth::arc::{ArcCause, ArcResult};
use sesauth::conclusion::ConclusionResult;
use sesauth::dkim::DkimCause;
use sesauth::dns::{Absent, Dns, Question, Reply, Snapshot};
use sesauth::explain;
use sesauth::message::Message;
use sesauth::render;
use sesauth::render::text::TextOptions;
use sesauth::{Inspection, Limits, SessionHints};

fn folder(story: &str) -> PathBuf {
    let mut cases = cases().into_iter();
    cases.find(|case| case.ends_with(story)).unwrap()
}

fn analysis(story: &str) -> Inspection {
    inspect_case(&folder(story))
}

fn text(inspection: &Inspection) -> String {
    let mut text = Vec::new();
    let whole = TextOptions {
        verbose: true,
        ..TextOptions::default()
    };
    render::text::write(inspection, whole, &mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn chains_come_to_what_their_stories_say() {
    for (story, cause, oldest_pass) in [
        ("ses-custom-mail-from", ArcCause::NoSets, None),
        ("arc-one-hop-pass", ArcCause::Verified, Some(0)),
        ("arc-two-hops-pass", ArcCause::Verified, Some(2)),
        ("arc-seal-broken", ArcCause::Seal, Some(0)),
        (
            "arc-message-changed-after-last-seal",
            ArcCause::MessageSignature,
            None,
        ),
        ("arc-instance-missing", ArcCause::InstanceMissing, None),
        ("arc-cv-fail", ArcCause::CvFail, None),
        ("arc-key-not-recorded", ArcCause::NotRecorded, None),
    ] {
        let arc = analysis(story).analysis.arc;
        assert_eq!(arc.cause, cause, "{story}: {}", explain::arc::cause(&arc));
        assert_eq!(arc.result, cause.result(), "{story}");
        assert_eq!(arc.oldest_pass, oldest_pass, "{story}");
    }
}

#[test]
fn what_the_first_host_found_is_recovered() {
    for (story, host, sealer) in [
        (
            "arc-one-hop-pass",
            "mx.lists.example.org",
            "lists.example.org",
        ),
        ("arc-two-hops-pass", "mx.school.example", "school.example"),
    ] {
        let analysis = analysis(story);
        assert_eq!(analysis.analysis.conclusion.result, ConclusionResult::Fail);
        let original = analysis.analysis.arc.original.clone().unwrap();
        assert!(original.verified);
        assert_eq!(original.authserv_id.as_deref(), Some(host));
        assert_eq!(original.sealed_by.unwrap().as_str(), sealer);
        let dmarc = original.dmarc.unwrap();
        assert_eq!(dmarc.result, "pass");
        assert_eq!(dmarc.properties["header.from"], "example.com");
        assert_eq!(
            (original.spf.unwrap().result.as_str(), original.dkim.len()),
            ("pass", 2)
        );
        let said = format!("{host} recorded dmarc=pass for example.com; {sealer} sealed that");
        assert!(text(&analysis).contains(&said), "{}", text(&analysis));
    }
}

#[test]
fn a_chain_that_is_broken_vouches_for_nothing() {
    for story in [
        "arc-seal-broken",
        "arc-message-changed-after-last-seal",
        "arc-cv-fail",
    ] {
        let analysis = analysis(story);
        assert!(
            !analysis.analysis.arc.original.clone().unwrap().verified,
            "{story}"
        );
        let text = text(&analysis);
        assert!(!text.contains("sealed that"), "{text}");
        assert!(
            text.contains("nothing shows that what the sets record is true"),
            "{text}"
        );
    }
}

#[test]
fn the_seal_of_a_broken_chain_covers_its_own_set_alone() {
    let arc = analysis("arc-cv-fail").analysis.arc;
    let causes = arc
        .instances
        .iter()
        .map(|one| one.seal.as_ref().unwrap().cause);
    let causes: Vec<DkimCause> = causes.collect();
    assert_eq!(causes, [DkimCause::HeaderChanged, DkimCause::Verified]);
}

#[test]
fn a_key_that_is_not_recorded_leaves_only_the_chain_open() {
    let analysis = analysis("arc-key-not-recorded");
    assert_eq!(analysis.analysis.arc.result, ArcResult::NotEvaluated);
    assert!(!analysis.analysis.is_recording_incomplete());
    assert_eq!(analysis.analysis.conclusion.result, ConclusionResult::Fail);
}

/// DNS that gives no answer about the keys of seals.
struct WithoutSeals(Snapshot);

impl Dns for WithoutSeals {
    async fn query(&self, question: &Question) -> Reply {
        match question.name.as_str().starts_with("arc._domainkey") {
            true => Reply::TempFail(sesauth::dns::Failure::Timeout),
            false => self.0.query(question).await,
        }
    }
}

#[test]
fn a_key_without_an_answer_leaves_only_the_chain_open() {
    let case = folder("arc-one-hop-pass");
    let dns = std::fs::read_to_string(case.join("dns.jsonl")).unwrap();
    let dns = WithoutSeals(Snapshot::parse(&dns, Absent::NotRecorded).unwrap());
    let without = inspect_case_with(&case, &dns);
    assert_eq!(
        without.analysis.arc.cause,
        ArcCause::Dns,
        "{}",
        explain::arc::cause(&without.analysis.arc)
    );
    let with = inspect_case(&case);
    assert_eq!(without.analysis.conclusion, with.analysis.conclusion);
    assert_eq!(without.analysis.dmarc, with.analysis.dmarc);
}

/// Inspects the bytes of a story that `cut` leaves, as of `at`.
fn inspect_part(story: &str, cut: fn(&str) -> &str, at: &str) -> Inspection {
    let case = folder(story);
    let dns = std::fs::read_to_string(case.join("dns.jsonl")).unwrap();
    let dns = Snapshot::parse(&dns, Absent::NotRecorded).unwrap();
    let message = std::fs::read_to_string(case.join("message.eml")).unwrap();
    let at = at.parse().unwrap();
    let hints = SessionHints {
        at: Some(at),
        ..SessionHints::default()
    };
    run::block_on(sesauth::inspect(cut(&message).as_bytes(), &hints, &dns, at)).unwrap()
}

#[test]
fn a_set_that_the_receiver_added_itself_is_not_of_an_earlier_host() {
    let analysis = inspect_part(
        "arc-one-hop-pass",
        |message| &message[message.find("ARC-Seal:").unwrap()..],
        "2026-06-30T12:00:00Z",
    );
    assert_eq!(
        analysis.analysis.session.receiver(),
        Some("mx.lists.example.org")
    );
    assert_eq!(
        analysis.analysis.arc.result,
        ArcResult::Pass,
        "{}",
        explain::arc::cause(&analysis.analysis.arc)
    );
    assert_eq!(analysis.analysis.arc.original, None);
    assert!(!text(&analysis).contains("Earlier on its way"));
}

#[test]
fn without_a_body_the_chain_stays_open() {
    let analysis = inspect_part(
        "arc-one-hop-pass",
        |message| &message[..message.find("\r\n\r\n").unwrap() + 2],
        "2026-06-30T12:00:00Z",
    );
    assert_eq!(
        analysis.analysis.arc.cause,
        ArcCause::HeadersOnly,
        "{}",
        explain::arc::cause(&analysis.analysis.arc)
    );
}

#[test]
fn a_set_may_be_younger_than_the_session_that_is_judged() {
    let analysis = inspect_part(
        "arc-one-hop-pass",
        |message| message,
        "2026-06-01T00:00:00Z",
    );
    assert_eq!(analysis.analysis.dkim[0].cause, DkimCause::Future);
    assert_eq!(
        analysis.analysis.arc.result,
        ArcResult::Pass,
        "{}",
        explain::arc::cause(&analysis.analysis.arc)
    );
}

#[test]
fn no_letter_of_a_chain_changes_unnoticed() {
    let case = folder("arc-two-hops-pass");
    let dns = std::fs::read_to_string(case.join("dns.jsonl")).unwrap();
    let dns = Snapshot::parse(&dns, Absent::NotRecorded).unwrap();
    let message = std::fs::read(case.join("message.eml")).unwrap();
    let limits = Limits::default();
    let parsed = Message::parse(&message, &limits).unwrap();
    let fields = parsed.header.fields.iter();
    let fields = fields.filter(|field| field.name.starts_with(b"ARC-"));
    let values = fields.map(|field| field.body_start(&message)..field.span.end);
    // The last letter of a signature also holds bits that stand for nothing.
    let is_free = |at: usize| message[at + 1] == b'=' && message[at + 2..].starts_with(b"=");
    let letters: Vec<usize> = values
        .flatten()
        .filter(|at| message[*at].is_ascii_alphanumeric() && !is_free(*at))
        .collect();
    assert!(letters.len() > 1_500, "{}", letters.len());
    for at in letters.into_iter().step_by(13) {
        let mut changed = message.clone();
        changed[at] = if changed[at] == b'9' { b'8' } else { b'9' };
        let hints = SessionHints::default();
        let now = Timestamp::UNIX_EPOCH;
        let arc = run::block_on(sesauth::inspect(&changed, &hints, &dns, now));
        let arc = arc.unwrap().analysis.arc;
        assert_ne!(arc.result, ArcResult::Pass, "byte {at}");
    }
}

#[test]
fn no_question_is_asked_twice_and_the_keys_of_seals_come_behind_those_of_dkim() {
    let analysis = analysis("arc-two-hops-pass");
    let names = analysis.analysis.lookups.0.iter();
    let names: Vec<String> = names.map(|one| format!("{:?}", one.question)).collect();
    let mut unique = names.clone();
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), names.len());
    let keys = analysis
        .analysis
        .lookups
        .0
        .iter()
        .map(|one| one.question.name.as_str());
    let keys: Vec<&str> = keys.filter(|name| name.contains("._domainkey.")).collect();
    assert_eq!(keys.len(), 4);
    assert_eq!(
        keys[2..],
        [
            "arc2026._domainkey.school.example",
            "arc._domainkey.lists.example.org"
        ]
    );
}
