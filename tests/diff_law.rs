//! Two copies of a message, one of them damaged: what `diff` says of them is what the signed octets
//! say.

#[expect(dead_code, reason = "only the list of the cases is used here")]
#[path = "support/case.rs"]
mod case;
#[expect(dead_code, reason = "only some of it is used here")]
#[path = "support/mangle.rs"]
mod mangle;
#[path = "support/run.rs"]
mod run;

use std::fs;

use jiff::Timestamp;
use mangle::Random;
use sesauth::Limits;
use sesauth::diff::{FieldDiff, PartDiff, Place, SignatureDiff};
use sesauth::dkim::{DkimSignature, SignedPart, signatures};
use sesauth::dns::{Absent, Snapshot};
use sesauth::message::{Message, Opened, Reading};
use sesauth::render::{self, text::TextOptions};

fn octets(message: &Message<'_>, signature: &DkimSignature, part: SignedPart) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let octets = signature.octets(message, part).ok()?;
    octets.write(&mut out).unwrap();
    Some(out)
}

/// The number of the first octet that differs, from 1; `None` if none does.
fn first(a: &[u8], b: &[u8]) -> Option<u64> {
    let common = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    (a != b).then_some(common as u64 + 1)
}

/// Whether the place has the octets around it that the file has there.
fn assert_place(place: &Place, file: &[u8], name: &str) {
    let line = file.split(|octet| *octet == b'\n').nth(place.line - 1);
    let line = line.unwrap_or_else(|| panic!("{name}: {place:?}"));
    let (before, behind) = line.split_at(place.column - 1);
    assert!(before.ends_with(&place.before.0), "{name}: {place:?}");
    assert!(behind.starts_with(&place.behind.0), "{name}: {place:?}");
}

/// Compares what is said of one signature with the octets. Whether something differs.
fn hold(found: &SignatureDiff, a: &Message<'_>, b: &Message<'_>, name: &str) -> bool {
    let limits = Limits::default();
    let in_a = &signatures(a, &limits)[found.a.number - 1];
    let in_b = &signatures(b, &limits)[found.b.number - 1];
    let both = |part| octets(a, in_a, part).zip(octets(b, in_b, part));
    let mut places = Vec::new();
    if let Some((of_a, of_b)) = both(SignedPart::Body)
        && in_a.canonicalization == in_b.canonicalization
    {
        let said = match &found.body {
            PartDiff::Differ(body) => {
                places.push(&body.first);
                Some(body.first.octet)
            }
            _ => None,
        };
        assert_eq!(said, first(&of_a, &of_b), "{name}");
    }
    if let Some((of_a, of_b)) = both(SignedPart::Header)
        && in_a.signed_fields == in_b.signed_fields
    {
        let differs = matches!(found.header, PartDiff::Differ(_));
        assert_eq!(differs, of_a != of_b, "{name}");
    }
    if let PartDiff::Differ(header) = &found.header {
        places.extend(
            header
                .fields
                .iter()
                .filter_map(|FieldDiff { first, .. }| first.as_ref()),
        );
    }
    for spot in &places {
        assert_place(&spot.a, a.bytes, name);
        assert_place(&spot.b, b.bytes, name);
    }
    !places.is_empty()
}

#[test]
fn what_is_said_to_differ_are_the_signed_octets() {
    let limits = Limits {
        autopsy_deep: 300_000,
        ..Limits::default()
    };
    let mut random = Random(15);
    let (mut same, mut differ) = (0, 0);
    let mut last = Vec::new();
    for case in case::cases() {
        let whole = fs::read(case.join("message.eml")).unwrap();
        let dns = fs::read_to_string(case.join("dns.jsonl")).unwrap();
        let dns = Snapshot::parse(&dns, Absent::NotRecorded).unwrap();
        let Ok(opened) = Opened::open(&whole, Reading::Saved, None, &limits) else {
            continue;
        };
        let Ok(a) = opened.message(&limits) else {
            continue;
        };
        for round in 0..6 {
            let mut damaged = opened.octets().to_vec();
            for _ in 0..round % 3 {
                random.damage(&mut damaged, &last);
            }
            let Ok(b) = Message::parse(&damaged, &limits) else {
                continue;
            };
            let now = Timestamp::UNIX_EPOCH;
            let diff = run::block_on(sesauth::diff(&a, &b, None, &dns, now, &limits));
            let name = format!("{} in round {round}", case.display());
            for found in &diff.signatures {
                match hold(found, &a, &b, &name) {
                    true => differ += 1,
                    false => same += 1,
                }
            }
            let mut out = Vec::new();
            let options = TextOptions::default();
            render::diff::write(&diff, ["a", "b"], options, &mut out).unwrap();
            render::json::write_diff(&diff, ["a", "b"], &mut out).unwrap();
            let text = String::from_utf8(out).unwrap();
            let is_odd = |char: char| char.is_control() && char != '\n';
            assert!(!text.contains(is_odd), "{name}: {text}");
        }
        last = whole;
    }
    assert!(
        same > 200 && differ > 200,
        "{same} are the same, {differ} differ"
    );
}
