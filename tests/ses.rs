//! By which signs mail of Amazon SES is known.

#[path = "support/case.rs"]
mod case;
#[path = "support/run.rs"]
mod run;

use sesauth::dns::Snapshot;
use sesauth::ses::{Region, Ses, SignKind, SignNote};
use sesauth::{EvidenceClass, SessionHints};

fn ses(story: &str) -> Option<Ses> {
    let cases = case::cases();
    let case = cases.iter().find(|case| case.ends_with(story));
    case::inspect_case(case.expect("a story of that name"))
        .analysis
        .ses
}

fn of(message: &str) -> Option<Ses> {
    let dns = Snapshot::default();
    let hints = SessionHints::default();
    let now = jiff::Timestamp::UNIX_EPOCH;
    let analysis = run::block_on(sesauth::inspect(message.as_bytes(), &hints, &dns, now));
    analysis.unwrap().analysis.ses
}

const ID: &str = "0107019f9b33c200-0a1b2c3d-1111-2222-3333-444455556666-000000";

#[test]
fn mail_of_another_sender_shows_no_sign() {
    assert_eq!(
        ses("dmarc-free-mail-from").map(|ses| ses.is_proved),
        Some(true)
    );
    assert_eq!(
        of("From: a@example.com\r\nMessage-ID: <1@example.com>\r\n\r\n"),
        None
    );
}

#[test]
fn every_sign_votes_for_its_region_and_a_signature_proves_what_it_covers() {
    let ses = ses("ses-default-mail-from-eu").unwrap();
    assert_eq!(ses.region, Region::parse("eu-west-1"));
    assert!(ses.other_regions.is_empty() && ses.is_proved && ses.default_mail_from);
    assert_eq!(ses.is_forwarded, Some(false));
    assert_eq!((ses.own_signature, &ses.easy_dkim[..]), (Some(2), &[1][..]));
    for kind in [
        SignKind::FeedbackId,
        SignKind::MessageIdDomain,
        SignKind::EasyDkim,
    ] {
        let sign = ses.sign(kind).unwrap();
        assert_eq!(sign.class, EvidenceClass::ProvedBySignature, "{kind:?}");
    }
    let host = ses.sign(SignKind::Host).unwrap();
    assert_eq!(host.class, EvidenceClass::ClaimedByHeader);
    assert!(matches!(host.note, Some(SignNote::FitsAddress(_))));
    assert_eq!(
        ses.sent_at.unwrap().strftime("%Y-%m-%d").to_string(),
        "2026-06-30"
    );
}

#[test]
fn a_reverse_path_that_is_not_the_message_id_shows_that_the_message_was_sent_on() {
    assert_eq!(ses("list-footer").unwrap().is_forwarded, Some(true));
    assert_eq!(
        ses("forwarded-spf-fails").unwrap().is_forwarded,
        Some(false)
    );
}

#[test]
fn signs_that_disagree_are_all_shown() {
    let message = format!(
        "Return-Path: <{ID}@eu-west-1.amazonses.com>\r\nFrom: a@example.com\r\n\
         Message-ID: <{ID}@eu-central-1.amazonses.com>\r\n\r\n"
    );
    let ses = of(&message).unwrap();
    assert_eq!(ses.region, Region::parse("eu-central-1"));
    assert_eq!(ses.other_regions, [Region::parse("eu-west-1").unwrap()]);
    assert!(!ses.is_proved);
}

#[test]
fn the_newer_domain_of_ses_is_known_too() {
    let message = format!(
        "From: a@example.com\r\nFeedback-ID: ::1.us-east-2.abc=:AmazonSES\r\n\
         Message-ID: <{ID}@us-east-2.messagingfabric.com>\r\n\r\n"
    );
    assert_eq!(of(&message).unwrap().region, Region::parse("us-east-2"));
}

#[test]
fn a_selector_that_only_looks_like_easy_dkim_is_no_sign_by_itself() {
    let token = "a".repeat(32);
    let message = format!(
        "DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s={token}; h=From; bh=YQ==; b=YQ==\r\n\
         From: a@example.com\r\n\r\n"
    );
    assert_eq!(of(&message), None);
}
