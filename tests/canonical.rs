//! `sesauth inspect --canonical`: what is written is what is hashed.

#[path = "support/case.rs"]
mod case;
#[path = "support/run.rs"]
mod run;

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{
    ED25519, RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sesauth::dkim::{self, Algorithm, DkimResult, DkimSignature, DkimVerdict, SignedPart};
use sesauth::message::{Message, Opened, Reading};
use sesauth::{Analysis, Limits};

fn file(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/messages");
    folder.join(name).join("message.eml")
}

fn canonical(which: &str, more: &[&str], name: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sesauth"));
    command.args(["inspect", "--canonical", which]);
    command.args(more).arg(file(name)).stdin(Stdio::null());
    command.output().unwrap()
}

/// The octets that the command writes.
#[track_caller]
fn written(which: &str, more: &[&str], name: &str) -> Vec<u8> {
    let output = canonical(which, more, name);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!((output.status.code(), said.as_str()), (Some(0), ""));
    output.stdout
}

fn octets(message: &Message<'_>, signature: &DkimSignature, part: SignedPart) -> Vec<u8> {
    let mut out = Vec::new();
    let octets = signature.octets(message, part).unwrap();
    octets.write(&mut out).unwrap();
    out
}

/// Whether one of the keys at the selector made `signature` over `octets`, by code of this test.
fn is_signed(
    signature: &DkimSignature,
    verdict: &DkimVerdict,
    analysis: &Analysis,
    octets: &[u8],
) -> bool {
    let key = verdict.key.as_ref().unwrap();
    let lookups = analysis.lookups.0.iter();
    let lookup = lookups
        .filter(|one| one.id == key.lookup)
        .collect::<Vec<_>>()[0];
    let now = lookup.reply.txt();
    let earlier = lookup.earlier.iter().flat_map(|seen| seen.reply.txt());
    now.chain(earlier).any(|text| {
        let text = String::from_utf8_lossy(&text.joined()).into_owned();
        let text = text.split_ascii_whitespace().collect::<String>();
        let mut tags = text.split(';');
        let Some(key) = tags.find_map(|tag| tag.strip_prefix("p=")) else {
            return false;
        };
        let key = BASE64.decode(key).unwrap_or_default();
        match signature.algorithm {
            Some(Algorithm::RsaSha256) => {
                let by = &RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY;
                let key = UnparsedPublicKey::new(by, key);
                key.verify(octets, &signature.signature).is_ok()
            }
            // RFC 8463 §3: what is signed is the hash.
            Some(Algorithm::Ed25519Sha256) => {
                let hash = digest(&SHA256, octets);
                let key = UnparsedPublicKey::new(&ED25519, key);
                key.verify(hash.as_ref(), &signature.signature).is_ok()
            }
            _ => false,
        }
    })
}

#[test]
fn of_every_signature_that_passes_the_octets_have_its_hash_and_its_signature() {
    let limits = Limits::default();
    let mut ways = BTreeSet::new();
    for case in case::cases() {
        let inspection = case::inspect_case(&case);
        let source = &inspection.analysis.source;
        let within = |form| source.within.contains(&form) || source.form == form;
        let attached = within(sesauth::message::Form::Attached);
        let bytes = fs::read(case.join("message.eml")).unwrap();
        let attached = attached.then_some(1);
        let opened = Opened::open(&bytes, source.reading, attached, &limits).unwrap();
        let message = opened.message(&limits).unwrap();
        let signatures = dkim::signatures(&message, &limits);
        for (signature, verdict) in signatures.iter().zip(&inspection.analysis.dkim) {
            if verdict.result != DkimResult::Pass {
                continue;
            }
            let name = case.display();
            let body = octets(&message, signature, SignedPart::Body);
            let hash = digest(&SHA256, &body);
            assert_eq!(hash.as_ref(), signature.body_hash, "{name}");
            let header = octets(&message, signature, SignedPart::Header);
            assert_eq!(header, verdict.header.canonical, "{name}");
            let analysis = &inspection.analysis;
            assert!(is_signed(signature, verdict, analysis, &header), "{name}");
            ways.insert(verdict.canonicalization.clone());
            let l = if signature.length.is_some() { "l=" } else { "" };
            ways.insert(format!("{}{l}", signature.algorithm.unwrap()));
        }
    }
    for way in [
        "simple/simple",
        "simple/relaxed",
        "relaxed/simple",
        "relaxed/relaxed",
        "rsa-sha256",
        "rsa-sha256l=",
        "ed25519-sha256",
    ] {
        assert!(ways.contains(way), "no case has {way}: {ways:?}");
    }
}

#[test]
fn the_command_writes_the_octets_and_nothing_else() {
    for name in ["canon-simple-simple", "canon-relaxed-relaxed", "length-tag"] {
        let bytes = fs::read(file(name)).unwrap();
        let limits = Limits::default();
        let opened = Opened::open(&bytes, Reading::Saved, None, &limits).unwrap();
        let message = opened.message(&limits).unwrap();
        let signature = &dkim::signatures(&message, &limits)[0];
        let header = octets(&message, signature, SignedPart::Header);
        assert_eq!(written("1", &[], name), header);
        assert_eq!(written("1:header", &[], name), header);
        assert!(header.ends_with(b"b="));
        let body = octets(&message, signature, SignedPart::Body);
        assert_eq!(written("1:body", &[], name), body);
        assert_eq!(written("1:body", &["--offline"], name), body);
    }
}

#[test]
fn a_signature_is_named_by_its_number_or_by_a_domain_that_only_it_has() {
    let case = "ed25519-and-rsa";
    assert_eq!(
        written("amazonses.com:body", &[], case),
        written("2:body", &[], case)
    );
    assert_eq!(
        written("AmazonSES.com", &[], case),
        written("2:header", &[], case)
    );
}

#[test]
fn octets_that_are_not_known_are_an_error() {
    for (which, name, said) in [
        (
            "4",
            "ed25519-and-rsa",
            "there is no signature 4; the message has 1 (example.com), 2 (amazonses.com), 3 \
             (example.com)",
        ),
        (
            "example.net",
            "ed25519-and-rsa",
            "no signature has d=example.net; the message has 1",
        ),
        (
            "example.com:body",
            "ed25519-and-rsa",
            "several signatures have d=example.com: give one of the numbers 1, 3",
        ),
        ("1:head", "ed25519-and-rsa", "neither header nor body"),
        ("0", "ed25519-and-rsa", "they are counted from 1"),
        (":body", "ed25519-and-rsa", "they are counted from 1"),
        ("a..b", "ed25519-and-rsa", "nor its domain"),
        (
            "1",
            "dkim-unknown-algorithm",
            "a=rsa-sha512 is not an algorithm",
        ),
        (
            "1",
            "dkim-unknown-canonicalization",
            "is not a canonicalization",
        ),
        ("1", "dkim-syntax", "has no \"=\""),
        ("1:body", "dkim-headers-only", "the file has only a header"),
        ("1", "claim-encoded-words", "no DKIM signature"),
    ] {
        let output = canonical(which, &[], name);
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.contains(said), "{which} {name}: {error}");
        assert_eq!(output.status.code(), Some(2), "{which} {name}");
        assert!(output.stdout.is_empty(), "{which} {name}");
    }
    for flag in [["--format", "json"], ["--require", "pass"]] {
        let output = canonical("1", &flag, "canon-simple-simple");
        assert_eq!(output.status.code(), Some(2), "{flag:?}");
    }
}

#[test]
fn a_message_is_opened_as_for_an_inspection() {
    let forwarded = written("1:body", &["--attached"], "form-attached");
    assert_ne!(forwarded, b"");
    let bytes = fs::read(file("form-gzip")).unwrap();
    let packed = written("1", &[], "form-gzip");
    assert!(packed.starts_with(b"from:") || packed.starts_with(b"From:"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_sesauth"));
    command.args(["inspect", "--canonical", "1"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(&bytes).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.stdout, packed);
}

#[test]
fn octets_that_are_no_text_are_written_as_they_are() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let header = "DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=one; h=From; bh=YQ==; \
         b=Yg==; l=5\r\nFrom: a@example.com\r\n\r\n";
    file.write_all(header.as_bytes()).unwrap();
    file.write_all(b"\xff\x00\x1b[\rmore\n").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_sesauth"))
        .args(["inspect", "--canonical", "1:body"])
        .arg(file.path())
        .output()
        .unwrap();
    assert_eq!(output.stdout, b"\xff\x00\x1b[\r");
}
