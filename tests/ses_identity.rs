//! What Amazon SES says of an identity beside a message: the findings that rest on it, and the flag.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use serde_json::{Value, json};
use sesauth::dns::{Absent, RecordChange, Snapshot};
use sesauth::findings::Finding;
use sesauth::ses::Identities;
use sesauth::{EvidenceClass, Inspection, Options, SessionHints};

fn folder(case: &str) -> PathBuf {
    let findings = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/findings");
    findings.join(case)
}

/// The message of a case of testdata/findings, with these identities.
fn inspect(case: &str, identities: &[(&str, Value)]) -> Inspection {
    let folder = folder(case);
    let message = fs::read(folder.join("message.eml")).unwrap();
    let dns = fs::read_to_string(folder.join("dns.jsonl")).unwrap();
    let dns = Snapshot::parse(&dns, Absent::NotRecorded).unwrap();
    let mut set = Identities::default();
    for (name, said) in identities {
        set.add(said.to_string().as_bytes(), Some(name)).unwrap();
    }
    let options = Options {
        identities: Arc::new(set),
        ..Options::default()
    };
    let hints = SessionHints::default();
    let now = "2026-07-01T00:00:00Z".parse().unwrap();
    sesauth::inspect_recorded(&message, &hints, &dns, now, &options).unwrap()
}

/// What SES says, with `changes` laid over an identity whose records are all found.
fn said(changes: &[(&str, Value)]) -> Value {
    let mut said = json!({
        "IdentityType": "DOMAIN",
        "VerifiedForSendingStatus": true,
        "DkimAttributes": {
            "SigningEnabled": true,
            "Status": "SUCCESS",
            "Tokens": ["tokena", "tokenb", "tokenc"],
            "SigningHostedZone": "dkim.amazonses.com",
            "SigningAttributesOrigin": "AWS_SES",
            "CurrentSigningKeyLength": "RSA_2048_BIT"
        },
        "MailFromAttributes": {
            "MailFromDomain": "mail.example.com",
            "MailFromDomainStatus": "SUCCESS",
            "BehaviorOnMxFailure": "USE_DEFAULT_VALUE"
        },
        "VerificationStatus": "SUCCESS"
    });
    for (path, value) in changes {
        *said.pointer_mut(path).unwrap() = value.clone();
    }
    said
}

/// What SES says of example.com, in the folder of a case.
fn stated(case: &str) -> Value {
    let text = fs::read_to_string(folder(case).join("identity/example.com.json"));
    serde_json::from_str(&text.unwrap()).unwrap()
}

fn finding(inspection: &Inspection, code: &str) -> Finding {
    let findings = inspection.findings();
    let codes: Vec<&str> = findings.iter().map(|it| it.code).collect();
    let found = findings.iter().find(|it| it.code == code);
    found
        .unwrap_or_else(|| panic!("no {code} in {codes:?}"))
        .clone()
}

fn is_quiet(inspection: &Inspection, codes: &[&str]) {
    for code in codes {
        assert!(
            inspection.hits.iter().all(|hit| hit.code != *code),
            "{code}"
        );
    }
}

fn fix(finding: &Finding) -> String {
    let fix = finding.fix.as_ref().unwrap();
    let records = fix.records.iter().map(RecordChange::zone_line);
    let lines: Vec<String> = std::iter::once(fix.text.clone()).chain(records).collect();
    lines.join("\n")
}

const DEFAULT: &str = "ses-custom-mail-from-not-used/fires";

#[test]
fn pending_beside_published_records_only_needs_time() {
    let case = "ses-mail-from-not-verified/fires";
    let inspection = inspect(case, &[("example.com", stated(case))]);
    let found = finding(&inspection, "ses-mail-from-not-verified");
    assert!(
        found
            .message
            .contains("says that mail.example.com is PENDING")
    );
    assert!(found.message.contains("72 hours"), "{}", found.message);
    assert!(fix(&found).starts_with("nothing has to be changed, only wait"));
    assert_eq!(found.evidence[0].mark.class, EvidenceClass::StatedBySes);
    is_quiet(
        &inspection,
        &["ses-default-mail-from", "ses-custom-mail-from-not-used"],
    );
}

#[test]
fn a_failed_mail_from_has_to_be_set_again_and_a_refusal_is_said() {
    let status = ("/MailFromAttributes/MailFromDomainStatus", json!("FAILED"));
    let failed = inspect(
        DEFAULT,
        &[("example.com", said(std::slice::from_ref(&status)))],
    );
    let found = finding(&failed, "ses-mail-from-not-verified");
    assert!(
        found.message.contains("SES has stopped looking"),
        "{}",
        found.message
    );
    let command = "aws sesv2 put-email-identity-mail-from-attributes --email-identity example.com \
                   --mail-from-domain mail.example.com --region us-east-1";
    assert!(fix(&found).contains(command), "{}", fix(&found));
    let refuses = (
        "/MailFromAttributes/BehaviorOnMxFailure",
        json!("REJECT_MESSAGE"),
    );
    let in_use = "ses-dkim-records-lost/quiet";
    let refused = inspect(in_use, &[("example.com", said(&[status, refuses]))]);
    let found = finding(&refused, "ses-mail-from-not-verified");
    assert!(
        found.message.contains("refuses to send"),
        "{}",
        found.message
    );
}

#[test]
fn a_mail_from_that_is_not_set_is_known_not_to_be() {
    let none = (
        "/MailFromAttributes",
        json!({"BehaviorOnMxFailure": "USE_DEFAULT_VALUE"}),
    );
    let inspection = inspect(DEFAULT, &[("example.com", said(&[none]))]);
    let found = finding(&inspection, "ses-custom-mail-from-not-used");
    let text = fix(&found);
    assert!(
        text.contains("no custom MAIL FROM domain is set for example.com"),
        "{text}"
    );
    assert!(
        text.contains("--mail-from-domain mail.example.com"),
        "{text}"
    );
}

#[test]
fn an_address_identity_with_settings_of_its_own_is_named() {
    let none = (
        "/MailFromAttributes",
        json!({"BehaviorOnMxFailure": "USE_DEFAULT_VALUE"}),
    );
    let off = ("/DkimAttributes/SigningEnabled", json!(false));
    let own = said(&[("/IdentityType", json!("EMAIL_ADDRESS")), none, off]);
    let identities = [("orders@example.com", own), ("example.com", said(&[]))];
    let inspection = inspect(DEFAULT, &identities);
    let found = finding(&inspection, "ses-address-identity-override");
    let message = "orders@example.com is an identity of its own in SES, without a custom MAIL FROM \
                   domain, so SES does not use mail.example.com of example.com for it";
    assert_eq!(found.message, message);
    is_quiet(
        &inspection,
        &["ses-default-mail-from", "ses-custom-mail-from-not-used"],
    );
    let unsigned = inspect("ses-address-identity-override/fires", &identities);
    let found = finding(&unsigned, "ses-address-identity-override");
    let message = "orders@example.com is an identity of its own in SES and does not sign, so DKIM \
                   of example.com, which would, is not used for it";
    assert_eq!(found.message, message);
    is_quiet(&unsigned, &["ses-own-signature-missing"]);
}

#[test]
fn a_missing_signature_has_the_reason_that_ses_gives() {
    let case = "ses-own-signature-missing/fires";
    let off = ("/DkimAttributes/SigningEnabled", json!(false));
    let inspection = inspect(case, &[("example.com", said(&[off]))]);
    let found = finding(&inspection, "ses-own-signature-missing");
    assert!(
        found.message.contains("DKIM is off for example.com"),
        "{}",
        found.message
    );
    let command = "aws sesv2 put-email-identity-dkim-attributes --email-identity example.com \
                   --signing-enabled";
    assert!(fix(&found).contains(command), "{}", fix(&found));
    // What signs by its own word did not send this.
    let inspection = inspect(case, &[("example.com", said(&[]))]);
    let found = finding(&inspection, "ses-address-identity-override");
    assert!(
        found
            .message
            .contains("another identity, region or account"),
        "{}",
        found.message
    );
    is_quiet(&inspection, &["ses-own-signature-missing"]);
}

#[test]
fn an_alias_is_exact_by_the_zone_that_ses_names_of_a_replica_too() {
    let case = "ses-selector-record-missing/fires";
    let before = inspect(case, &[]);
    let selector = before.analysis.dkim[0].selector.clone().unwrap();
    let identity = said(&[
        (
            "/DkimAttributes/Tokens",
            json!([selector.as_str(), "tokenb"]),
        ),
        (
            "/DkimAttributes/SigningHostedZone",
            json!("dkim.eu-south-1.amazonses.com"),
        ),
        (
            "/DkimAttributes/SigningAttributesOrigin",
            json!("AWS_SES_EU_SOUTH_1"),
        ),
    ]);
    let inspection = inspect(case, &[("example.com", identity)]);
    let text = fix(&finding(&inspection, "ses-selector-record-missing"));
    let line = "tokenb._domainkey.example.com. 300 CNAME tokenb.dkim.eu-south-1.amazonses.com.";
    assert!(text.contains(line), "{text}");
    assert!(
        text.contains(&format!("{selector}._domainkey.example.com. 300 CNAME")),
        "{text}"
    );
    let words = inspection.analysis.ses_identity.unwrap();
    let words = sesauth::explain::ses::stated(&words.identity);
    assert!(words.contains("those of eu-south-1"), "{words}");
}

#[test]
fn a_replica_whose_records_are_there_is_no_fault() {
    let case = "ses-dkim-records-lost/quiet";
    let mut replica = stated(case);
    replica["DkimAttributes"]["SigningAttributesOrigin"] = json!("AWS_SES_EU_WEST_1");
    let inspection = inspect(case, &[("example.com", replica)]);
    assert_eq!(inspection.hits, []);
}

#[test]
fn a_key_of_the_customers_own_is_asked_for_as_a_text() {
    let identity = said(&[
        ("/DkimAttributes/SigningAttributesOrigin", json!("EXTERNAL")),
        ("/DkimAttributes/Tokens", json!(["mine"])),
        ("/DkimAttributes/Status", json!("PENDING")),
    ]);
    let folder = folder("ses-dkim-records-lost/quiet");
    let message = fs::read(folder.join("message.eml")).unwrap();
    let dns = fs::read_to_string(folder.join("dns.jsonl")).unwrap();
    let dns = Snapshot::parse(&dns, Absent::NxDomain).unwrap();
    let mut set = Identities::default();
    set.add(identity.to_string().as_bytes(), Some("example.com"))
        .unwrap();
    let options = Options {
        identities: Arc::new(set),
        ..Options::default()
    };
    let now = "2026-07-01T00:00:00Z".parse().unwrap();
    let hints = SessionHints::default();
    let inspection = sesauth::inspect_recorded(&message, &hints, &dns, now, &options).unwrap();
    let found = finding(&inspection, "ses-dkim-not-verified");
    assert!(
        found.message.contains("its TXT record is not in DNS"),
        "{}",
        found.message
    );
    let text = fix(&found);
    assert!(text.contains("mine._domainkey.example.com: p="), "{text}");
    assert!(!text.contains("CNAME"), "{text}");
}

#[test]
fn without_advice_the_records_are_those_that_ses_names() {
    let pending = ("/DkimAttributes/Status", json!("PENDING"));
    let mut set = Identities::default();
    let text = said(&[pending]).to_string();
    set.add(text.as_bytes(), Some("example.com")).unwrap();
    let message = fs::read(folder(DEFAULT).join("message.eml")).unwrap();
    let options = Options {
        advice: false,
        identities: Arc::new(set),
        ..Options::default()
    };
    let now = "2026-07-01T00:00:00Z".parse().unwrap();
    let hints = SessionHints::default();
    let dns = Snapshot::default();
    let inspection = sesauth::inspect_recorded(&message, &hints, &dns, now, &options).unwrap();
    let found = finding(&inspection, "ses-dkim-not-verified");
    let message = "DKIM of example.com is PENDING in SES: SES does not sign for it until it finds \
                   its records";
    assert_eq!(found.message, message);
    assert_eq!(found.fix.unwrap().records.len(), 3);
}

#[test]
fn no_verdict_depends_on_what_ses_says() {
    let entries = fs::read_dir(folder("")).unwrap();
    let mut looked_at = 0;
    for entry in entries {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if !name.starts_with("ses-") {
            continue;
        }
        for kind in ["fires", "quiet"] {
            let case = format!("{name}/{kind}");
            let failed = ("/DkimAttributes/Status", json!("FAILED"));
            let with = inspect(&case, &[("example.com", said(&[failed]))]).analysis;
            let without = inspect(&case, &[]).analysis;
            assert_eq!(with.conclusion, without.conclusion, "{case}");
            assert_eq!(with.dkim, without.dkim, "{case}");
            assert_eq!(with.dmarc.result, without.dmarc.result, "{case}");
            looked_at += 1;
        }
    }
    assert!(looked_at > 40);
}

fn sesauth(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sesauth"));
    command.current_dir(folder("ses-mail-from-not-verified/fires"));
    command.arg("inspect").args(arguments);
    command
        .args(["--dns", "dns.jsonl", "message.eml"])
        .output()
        .unwrap()
}

#[test]
fn the_flag_takes_a_file_a_folder_and_a_name_with_a_file() {
    let file = "identity/example.com.json";
    let named = format!("example.com={file}");
    for given in [file, "identity", &named] {
        let output = sesauth(&["--ses-identity", given, "--verbose"]);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(
            text.contains("SES says  example.com: DKIM SUCCESS (3 tokens"),
            "{given}: {text}"
        );
    }
    let other = sesauth(&["--ses-identity", &format!("example.net={file}")]);
    let said = String::from_utf8(other.stderr).unwrap();
    assert!(
        said.contains("none of these is example.com or covers it"),
        "{said}"
    );
}

#[test]
fn what_is_no_output_of_ses_gets_the_command_to_run() {
    for wrong in ["message.eml", "session.json", "example.com=/dev/null"] {
        let output = sesauth(&["--ses-identity", wrong]);
        assert_eq!(output.status.code(), Some(2), "{wrong}");
        let said = String::from_utf8(output.stderr).unwrap();
        let command =
            "aws sesv2 get-email-identity --email-identity example.com --region eu-west-1";
        assert!(said.contains(command), "{wrong}: {said}");
    }
}
