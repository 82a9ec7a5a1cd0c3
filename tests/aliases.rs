//! What is advised where a name is an alias: nothing can stand beside a CNAME (RFC 1034 §3.6.2). And
//! what is said of keys whose text was spoilt on its way into DNS.

#[path = "support/case.rs"]
#[expect(dead_code, reason = "only some of it is used here")]
mod case;
#[path = "support/run.rs"]
mod run;

use std::fs;
use std::path::{Path, PathBuf};

use case::inspect_case_with;
use sesauth::dns::{Absent, Action, RecordChange, RecordType, Snapshot, Zone};
use sesauth::findings::{Finding, Fix};
use sesauth::{Inspection, Options, SessionHints, inspect_recorded};

/// A message without signatures, sent under bounce.example.com from 192.0.2.25.
fn unsigned(zone: &str) -> Inspection {
    let message = b"From: a@example.com\r\nSubject: hello\r\n\r\nHello\r\n";
    let hints = SessionHints {
        client_ip: Some("192.0.2.25".parse().unwrap()),
        helo: Some("mail.example.com".into()),
        mail_from: Some("x@bounce.example.com".into()),
        ..SessionHints::default()
    };
    let dns = Zone::parse(zone).unwrap();
    let now = "2026-06-30T12:00:00Z".parse().unwrap();
    inspect_recorded(message, &hints, &dns, now, &Options::default()).unwrap()
}

/// A signed message of which no receiver says that it passed, with this in place of what its DNS says
/// of the selector.
fn signed(selector: &str) -> Inspection {
    let folder = findings("dkim-key-cut-off/fires");
    let recorded = fs::read_to_string(folder.join("dns.jsonl")).unwrap();
    let others = recorded
        .lines()
        .filter(|line| !line.contains("shop2026._domainkey"));
    let recorded: Vec<&str> = others.collect();
    let dns = Snapshot::parse(&recorded.join("\n"), Absent::NxDomain).unwrap();
    let dns = sesauth::dns::Overlay::new(Zone::parse(selector).unwrap(), &dns);
    inspect_case_with(&folder, &dns)
}

fn findings(case: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/findings");
    folder.join(case)
}

fn finding(inspection: &Inspection, code: &str) -> Finding {
    let findings = inspection.findings();
    let codes: Vec<_> = findings.iter().map(|finding| finding.code).collect();
    let found = findings.iter().find(|finding| finding.code == code);
    found
        .unwrap_or_else(|| panic!("{code} is not among {codes:?}"))
        .clone()
}

fn fix(inspection: &Inspection, code: &str) -> Fix {
    finding(inspection, code).fix.unwrap()
}

fn lines(records: &[RecordChange]) -> Vec<String> {
    let line = |record: &RecordChange| match record.action {
        Action::Remove => format!("- {}", record.zone_line()),
        _ => record.zone_line(),
    };
    records.iter().map(line).collect()
}

const POLICY: &str = "_dmarc.example.com. TXT \"v=DMARC1; p=reject\"\n";

#[test]
fn an_spf_record_for_an_alias_goes_to_its_end_or_takes_its_place() {
    let zone = "bounce.example.com. CNAME rp.vendor.example.\n\
                rp.vendor.example. MX 10 mx.vendor.example.\n";
    let inspection = unsigned(&(zone.to_owned() + POLICY));
    let finding = finding(&inspection, "spf-record-missing");
    assert!(
        finding
            .message
            .contains("alias (CNAME) of rp.vendor.example")
    );
    let fix = finding.fix.unwrap();
    assert!(fix.records.is_empty() && fix.text.contains("RFC 1034 section 3.6.2"));
    let [at_end, instead] = &fix.choices[..] else {
        panic!("two ways: {:?}", fix.choices);
    };
    assert!(at_end.text.contains("whoever runs rp.vendor.example"));
    let record = "TXT \"v=spf1 ip4:192.0.2.25 ~all\"";
    assert_eq!(
        lines(&at_end.records),
        [format!("rp.vendor.example. 300 {record}")]
    );
    let expected = [
        "- bounce.example.com. 300 CNAME rp.vendor.example.".to_owned(),
        "bounce.example.com. 300 MX 10 mx.vendor.example.".into(),
        format!("bounce.example.com. 300 {record}"),
    ];
    assert_eq!(lines(&instead.records), expected);
    // What replaces the alias is a zone that can be loaded.
    let published: Vec<String> = expected
        .into_iter()
        .filter(|line| !line.starts_with('-'))
        .collect();
    assert!(Zone::parse(&published.join("\n")).is_ok());
}

#[test]
fn an_end_of_ones_own_is_offered_as_such() {
    let zone = "bounce.example.com. CNAME web.example.com.\nweb.example.com. A 192.0.2.80\n";
    let fix = fix(&unsigned(&(zone.to_owned() + POLICY)), "spf-record-missing");
    assert_eq!(
        fix.choices[0].text,
        "publish it at web.example.com, where the CNAME leads"
    );
}

#[test]
fn a_dmarc_record_for_an_alias_goes_to_its_end_or_takes_its_place() {
    for (end, dead) in [("", true), ("_dmarc.vendor.example. TXT hello\n", false)] {
        let zone = format!("_dmarc.example.com. CNAME _dmarc.vendor.example.\n{end}");
        let found = finding(&unsigned(&zone), "dmarc-record-missing");
        let said = "an alias (CNAME) of _dmarc.vendor.example";
        let words = format!("{} {}", found.message, found.fix.as_ref().unwrap().text);
        assert_eq!(words.matches(said).count(), 1, "{words}");
        assert_eq!(
            found.message.contains("which does not exist"),
            dead,
            "{words}"
        );
        let fix = found.fix.unwrap();
        assert!(fix.records.is_empty());
        let records: Vec<_> = fix
            .choices
            .iter()
            .map(|choice| lines(&choice.records))
            .collect();
        assert!(records[0][0].starts_with("_dmarc.vendor.example. 300 TXT \"v=DMARC1"));
        assert_eq!(
            records[1][0],
            "- _dmarc.example.com. 300 CNAME _dmarc.vendor.example."
        );
        assert!(records[1][1].starts_with("_dmarc.example.com. 300 TXT \"v=DMARC1"));
    }
}

#[test]
fn nothing_is_published_at_the_root() {
    let zone = format!("bounce.example.com. CNAME .\n{POLICY}");
    let found = finding(&unsigned(&zone), "spf-record-missing");
    assert!(
        found.message.contains("an alias (CNAME) of the root"),
        "{}",
        found.message
    );
    let fix = found.fix.unwrap();
    assert!(fix.choices.is_empty());
    assert_eq!(
        lines(&fix.records),
        [
            "- bounce.example.com. 300 CNAME .",
            "bounce.example.com. 300 TXT \"v=spf1 ip4:192.0.2.25 ~all\""
        ]
    );
}

#[test]
fn a_choice_beside_an_alias_is_one_at_its_end_or_in_its_place() {
    let zone = "bounce.example.com. CNAME rp.vendor.example.\n\
                rp.vendor.example. TXT \"v=spf1 ip4:198.51.100.0/24 -all\"\n";
    let fix = fix(
        &unsigned(&(zone.to_owned() + POLICY)),
        "spf-client-not-authorised",
    );
    let [at_end, instead, none] = &fix.choices[..] else {
        panic!("three ways: {:?}", fix.choices);
    };
    let record = "TXT \"v=spf1 ip4:198.51.100.0/24 ip4:192.0.2.25 -all\"";
    assert!(at_end.text.contains("whoever runs rp.vendor.example"));
    assert_eq!(
        lines(&at_end.records),
        [format!("rp.vendor.example. 300 {record}")]
    );
    assert!(instead.consequence.contains("the MX that takes bounces"));
    assert_eq!(
        lines(&instead.records),
        [
            "- bounce.example.com. 300 CNAME rp.vendor.example.".to_owned(),
            format!("bounce.example.com. 300 {record}")
        ]
    );
    assert!(none.records.is_empty());
}

#[test]
fn where_an_alias_leads_nowhere_it_is_its_end_that_does_not_exist() {
    let zone = format!("bounce.example.com. CNAME rp.vendor.example.\n{POLICY}");
    let inspection = unsigned(&zone);
    let sentence = sesauth::explain::spf::cause(&inspection.analysis.spf.mail_from).to_string();
    assert_eq!(
        sentence,
        "bounce.example.com is an alias (CNAME) of rp.vendor.example, which does not exist, so it \
         has no SPF record"
    );
}

#[test]
fn a_record_of_the_name_itself_comes_before_an_alias_by_wildcard() {
    let zone = format!(
        "*.example.com. CNAME web.vendor.example.\nweb.vendor.example. A 192.0.2.80\n{POLICY}"
    );
    let fix = fix(&unsigned(&zone), "spf-record-missing");
    assert!(fix.choices.is_empty());
    let record = "bounce.example.com. 300 TXT \"v=spf1 ip4:192.0.2.25 ~all\"";
    assert_eq!(lines(&fix.records), [record]);
}

#[test]
fn no_fix_publishes_anything_beside_an_alias() {
    let alias = |name: &str| format!("{name}. CNAME end.vendor.example.\n");
    let end = "end.vendor.example. TXT \"v=spf1 ip4:203.0.113.1 -all\"\n";
    for name in ["bounce.example.com", "_dmarc.example.com", "example.com"] {
        for end in ["", end] {
            let inspection = unsigned(&(alias(name) + end));
            for finding in inspection.findings() {
                let Some(fix) = finding.fix else { continue };
                let choices = fix.choices.iter().map(|choice| &choice.records);
                for records in choices.chain([&fix.records]) {
                    let mut at_name = records.iter().filter(|it| it.name.as_str() == name);
                    let leaves = !at_name.clone().any(|it| it.kind == RecordType::Cname);
                    let adds = at_name.any(|it| it.action != Action::Remove);
                    assert!(!(leaves && adds), "{name}: {}: {records:?}", finding.code);
                }
            }
        }
    }
}

const SELECTOR: &str = "shop2026._domainkey.example.com.";

#[test]
fn a_selector_that_leads_nowhere_is_said_to_exist() {
    for (end, says) in [
        (
            "",
            "leads to k1.vendor.example, which does not exist in DNS",
        ),
        (
            "k1.vendor.example. A 192.0.2.80\n",
            "leads to k1.vendor.example, which has no TXT record",
        ),
    ] {
        let zone = format!("{SELECTOR} CNAME k1.vendor.example.\n{end}");
        let inspection = signed(&zone);
        let finding = finding(&inspection, "dkim-alias-without-key");
        assert!(
            finding.evidence[0].text.ends_with(says),
            "{:?}",
            finding.evidence
        );
        assert!(finding.fix.unwrap().records.is_empty());
    }
    let circle =
        format!("{SELECTOR} CNAME k1.vendor.example.\nk1.vendor.example. CNAME {SELECTOR}\n");
    let inspection = signed(&circle);
    let cause = sesauth::explain::dkim::cause(&inspection.analysis.dkim[0]).to_string();
    assert!(cause.contains("lead in a circle"), "{cause}");
}

/// The key record of the case, whole.
fn key() -> String {
    let path = findings("dkim-key-cut-off/quiet").join("dns.jsonl");
    let dns = Snapshot::parse(&fs::read_to_string(path).unwrap(), Absent::NxDomain).unwrap();
    let name = sesauth::dns::Name::parse(SELECTOR).unwrap();
    let question = sesauth::dns::Question::txt(name);
    let reply = run::block_on(sesauth::dns::Dns::query(&dns, &question));
    String::from_utf8(reply.txt().next().unwrap().joined()).unwrap()
}

/// TXT records at the selector, in zone text.
fn texts(texts: &[&str]) -> String {
    let escaped = texts.iter().map(|text| {
        let octets = text.bytes().map(|byte| match byte {
            b'"' | b'\\' | ..=31 | 127.. => format!("\\{byte:03}"),
            byte => char::from(byte).to_string(),
        });
        let octets: Vec<String> = octets.collect();
        let strings = octets
            .chunks(255)
            .map(|part| format!("\"{}\"", part.concat()));
        format!("{SELECTOR} TXT {}\n", strings.collect::<Vec<_>>().join(" "))
    });
    escaped.collect()
}

#[test]
fn a_key_that_was_cut_off_is_said_to_be_and_where() {
    let key = key();
    for (kept, says) in [
        (255, "cut off after 255 octets, all that one string"),
        (254, "cut off after 254 octets: "),
        (253, "cut off after 253 octets: "),
        (100, "cut off after 100 octets: "),
        (key.len() - 2, "the last 2 characters of p= are missing"),
    ] {
        let inspection = signed(&texts(&[&key[..kept]]));
        let finding = finding(&inspection, "dkim-key-cut-off");
        assert!(finding.message.contains(says), "{}", finding.message);
        assert!(
            finding
                .fix
                .unwrap()
                .text
                .contains("two strings in one record")
        );
    }
}

#[test]
fn a_key_in_two_records_becomes_one_in_two_strings_whatever_their_order() {
    let key = key();
    let (one, two) = key.split_at(255);
    for order in [[one, two], [two, one]] {
        let inspection = signed(&texts(&order));
        let fix = fix(&inspection, "dkim-key-in-several-records");
        let expected = format!("{SELECTOR} 300 TXT \"{one}\" \"{two}\"");
        assert_eq!(lines(&fix.records), [expected]);
        let mut codes = inspection.hits.iter().map(|hit| hit.code);
        assert!(!codes.any(|code| code == "dkim-several-keys-at-selector"));
    }
    // Two pieces that fit only in one order, by the signature.
    let (two, three) = two.split_at(80);
    let inspection = signed(&texts(&[three, one, two]));
    let fix = fix(&inspection, "dkim-key-in-several-records");
    assert_eq!(
        fix.records[0].value.replace("\" \"", ""),
        format!("\"{key}\"")
    );
}

#[test]
fn marks_within_a_key_are_named_and_taken_off() {
    let key = key();
    for (text, marks) in [
        (format!("\"{key}\""), "has quotes in"),
        (
            format!("{}\n{}", &key[..120], &key[120..]),
            "has ends of lines in",
        ),
        (
            format!("{}\r\n{}", &key[..120], &key[120..]),
            "has ends of lines in",
        ),
        (key.replace(';', "\\;"), "has backslashes in"),
        (
            format!("\"{}\" \"{}\"", &key[..255], &key[255..]),
            "has quotes in",
        ),
    ] {
        let inspection = signed(&texts(&[&text]));
        let finding = finding(&inspection, "dkim-quoted-key");
        assert!(finding.message.contains(marks), "{}", finding.message);
        let passes = inspection.analysis.dkim[0].result.as_str() == "pass";
        assert_eq!(finding.message.contains("not by every receiver"), passes);
        let fix = finding.fix.unwrap();
        assert_eq!(
            fix.records[0].value.replace("\" \"", ""),
            format!("\"{key}\"")
        );
    }
}

#[test]
fn a_host_name_as_key_becomes_an_alias_only_if_the_key_is_there() {
    let key = key();
    let host = texts(&["k1.vendor.example"]);
    let at_host = texts(&[&key]).replace(SELECTOR, "k1.vendor.example.");
    let inspection = signed(&(host.clone() + &at_host));
    let records = fix(&inspection, "dkim-host-name-as-key").records;
    let expected = format!("{SELECTOR} 300 CNAME k1.vendor.example.");
    assert_eq!(lines(&records).last(), Some(&expected));
    let other = "k1.vendor.example. TXT \"v=DKIM1; p=\"\n";
    for end in ["", other] {
        let inspection = signed(&(host.clone() + end));
        assert!(fix(&inspection, "dkim-host-name-as-key").records.is_empty());
    }
}

/// A message with a signature of Easy DKIM, whose selector does not exist, and these records at SES;
/// `ALIAS` and `TOKEN` are the selector's name and its first label.
fn easy(zone: &str) -> Inspection {
    let folder = findings("ses-selector-record-missing/fires");
    let dns = fs::read_to_string(folder.join("dns.jsonl")).unwrap();
    let others = dns.lines().filter(|line| !line.contains(".dkim."));
    let others: Vec<&str> = others.collect();
    let dns = Snapshot::parse(&others.join("\n"), Absent::NxDomain).unwrap();
    let zone = zone.replace("ALIAS", &format!("{TOKEN}._domainkey.example.com."));
    let zone = Zone::parse(&zone.replace("TOKEN", TOKEN)).unwrap();
    inspect_case_with(&folder, &sesauth::dns::Overlay::new(zone, &dns))
}

const TOKEN: &str = "qbrxzmhbi5ablngpfow467ffhwd5owog";

#[test]
fn an_alias_of_easy_dkim_is_advised_only_where_the_key_that_signed_is() {
    let key = texts(&[&key().replace("v=DKIM1; k=rsa; ", "")]);
    let key = key.strip_prefix(SELECTOR).unwrap();
    let alias = |zone: &str| format!("{TOKEN}._domainkey.example.com. 300 CNAME {TOKEN}.{zone}.");
    for zone in ["dkim.amazonses.com", "dkim.eu-south-1.amazonses.com"] {
        let fix = fix(
            &easy(&format!("TOKEN.{zone}. {key}")),
            "ses-selector-record-missing",
        );
        assert_eq!(lines(&fix.records), [alias(zone)]);
    }
    for other in [
        "",
        "TOKEN.dkim.amazonses.com. TXT \"\"\n",
        "TOKEN.dkim.amazonses.com. TXT \"p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\"\n",
    ] {
        let fix = fix(&easy(other), "ses-selector-record-missing");
        assert!(fix.records.is_empty(), "{:?}", fix.records);
        assert!(fix.text.contains("SigningHostedZone"), "{}", fix.text);
    }
    // The wrong zone, and the right one.
    let zone = format!(
        "ALIAS CNAME TOKEN.dkim.eu-south-1.amazonses.com.\nTOKEN.dkim.amazonses.com. {key}"
    );
    let fix_of_wrong = fix(&easy(&zone), "ses-selector-wrong-target");
    assert_eq!(lines(&fix_of_wrong.records), [alias("dkim.amazonses.com")]);
    // The zone of a cell cannot be asked: where no key is found, SES knows.
    for target in [
        "TOKEN.dkim.amazonses.com.",
        "TOKEN.a31d.dkim.us-west-2.amazonses.com.",
    ] {
        let zone = format!("ALIAS CNAME {target}\n");
        let fix = fix(&easy(&zone), "ses-selector-key-withdrawn");
        assert!(fix.records.is_empty());
    }
}

#[test]
fn a_plan_for_an_alias_is_one_for_its_end() {
    let zone = "_dmarc.example.com. CNAME _dmarc.vendor.example.\n\
                _dmarc.vendor.example. TXT \"v=DMARC1; p=none\"\n";
    let mut plan = sesauth::corpus::Plan::default();
    plan.policy("p=reject").unwrap();
    let records = plan.records(&unsigned(zone).analysis);
    let [(name, text)] = &records[..] else {
        panic!("{records:?}");
    };
    assert_eq!(name.as_str(), "_dmarc.vendor.example");
    assert_eq!(text, "v=DMARC1; p=reject");
}

#[test]
fn a_planned_record_beside_a_published_alias_is_named() {
    let published =
        "bounce.example.com. CNAME a.example.com.\na.example.com. CNAME b.example.com.\n";
    let before = unsigned(published).analysis;
    let dns = Zone::parse(published).unwrap();
    let check = |planned: &str| {
        let planned = Zone::parse(planned).unwrap();
        sesauth::dns::Overlay::new(planned, &dns).check(&before.lookups)
    };
    for name in ["bounce.example.com", "a.example.com"] {
        let error = check(&format!("{name}. TXT x\n")).unwrap_err().to_string();
        assert!(
            error.contains(&format!("the published CNAME of {name} to ")),
            "{error}"
        );
        assert!(check(&format!("$GONE {name} CNAME\n{name}. TXT x\n")).is_ok());
        assert!(check(&format!("{name}. CNAME c.example.com.\n")).is_ok());
    }
    assert!(check("b.example.com. TXT x\n").is_ok());
}
