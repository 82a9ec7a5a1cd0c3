//! Records in the forms of DNS providers: what is written is exact, harmless, and reads back.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use proptest::prelude::*;
use serde_json::Value;
use sesauth::dns::{
    Answer, Dns, Evidence, Lookup, LookupId, Name, Negative, Overlay, Question, Record,
    RecordChange, RecordSet, RecordType, Reply, Response, SetChange, Txt, Zone,
};
use sesauth::render::provider::{self, Form};

const FORMS: [(&str, Form); 8] = [
    ("plain.zone", Form::Plain),
    ("bind.zone", Form::Bind),
    ("route53.json", Form::Route53),
    ("cloudflare.json", Form::Cloudflare),
    ("cloudflare-dashboard.txt", Form::CloudflareDashboard),
    ("terraform-route53.tf", Form::TerraformRoute53),
    ("terraform-cloudflare.tf", Form::TerraformCloudflare),
    ("cdk.ts", Form::Cdk),
];

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

fn answer(records: Vec<Record>) -> Reply {
    Reply::Records(Answer {
        cname: Vec::new(),
        ttl: 3600,
        authenticated: false,
        records,
    })
}

fn text(octets: &[u8]) -> Record {
    Record::Txt(Txt(octets.chunks(255).map(<[u8]>::to_vec).collect()))
}

/// What DNS holds, as it was asked: texts with all that is awkward beside an SPF record.
fn published() -> Vec<(Question, Reply)> {
    let apex = vec![
        text(b"say \"hello\" \\ ${Token[TOKEN.1]} %{if} ; $1"),
        text(b"caf\xc3\xa9 \x1b[31m\n"),
        text(b"v=spf1 -all"),
    ];
    let old = Record::Cname(name("old.example.net"));
    let question = |owner, kind| Question::new(name(owner), kind);
    vec![
        (question("example.com", RecordType::Txt), answer(apex)),
        (
            question("_dmarc.example.com", RecordType::Txt),
            Reply::NxDomain(Negative::default()),
        ),
        (
            question("old.example.com", RecordType::Cname),
            answer(vec![old]),
        ),
    ]
}

fn evidence() -> Evidence {
    let lookups = published().into_iter().zip(1..);
    let lookups = lookups.map(|((question, reply), id)| {
        Lookup::new(LookupId(id), Response::new(question, reply, Vec::new()))
    });
    Evidence(lookups.collect())
}

fn changes() -> Vec<RecordChange> {
    let key = format!("v=DKIM1; k=rsa; p={}", "A1b/".repeat(98));
    vec![
        RecordChange::cname(name("old.example.com"), name("old.example.net")).removing(),
        RecordChange::txt(name("example.com"), "v=spf1 include:amazonses.com -all").replacing(),
        RecordChange::txt(name("_dmarc.example.com"), "v=DMARC1; p=none"),
        RecordChange::txt(name("s1._domainkey.example.com"), &key),
        RecordChange::mx(name("mail.example.com"), 10, name("mx1.example.net")),
        RecordChange::mx(name("mail.example.com"), 20, name("mx2.example.net")),
        RecordChange::cname(
            name("s2._domainkey.example.com"),
            name("s2.dkim.example.net"),
        ),
        RecordChange::txt(name("*.example.com"), "v=spf1 -all"),
        RecordChange::txt(name("odd \"one\".*.example.com"), "x"),
    ]
}

fn sets() -> Vec<RecordSet> {
    RecordSet::after(&changes(), &evidence())
}

fn written(form: Form) -> String {
    let mut out = Vec::new();
    provider::write(&sets(), form, &name("example.com"), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn every_form_is_written_as_expected() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/provider");
    let updates = std::env::var_os("UPDATE").is_some();
    for (file, form) in FORMS {
        let mut text = written(form);
        for remark in provider::remarks(&sets(), form, &name("example.com")) {
            text.push_str(&format!("# {remark}\n"));
        }
        let path = folder.join(file);
        if updates {
            fs::create_dir_all(&folder).unwrap();
            fs::write(&path, &text).unwrap();
        }
        assert_eq!(text, fs::read_to_string(&path).unwrap(), "{file}");
    }
}

#[test]
fn nothing_that_is_written_steers_a_terminal_or_the_program_that_reads_it() {
    for (file, form) in FORMS {
        let text = written(form);
        let is_fine = |byte: u8| matches!(byte, b' '..=b'~' | b'\n');
        assert!(text.bytes().all(is_fine), "{file}: {text}");
        let is_code = matches!(
            form,
            Form::TerraformRoute53 | Form::TerraformCloudflare | Form::Cdk
        );
        for line in text
            .lines()
            .filter(|line| is_code && line.contains("Token"))
        {
            assert!(!line.contains("${"), "{file}: {line}");
            assert!(!line.contains("%{") || form == Form::Cdk, "{file}: {line}");
        }
    }
}

/// The answer of a zone laid over what DNS holds.
fn ask(planned: &str, question: &Question) -> Reply {
    let planned = Zone::planned(planned).unwrap_or_else(|error| panic!("{error}"));
    let overlay = Overlay::new(planned, Published);
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.build().unwrap();
    runtime.block_on(overlay.query(question))
}

struct Published;

impl Dns for Published {
    async fn query(&self, question: &Question) -> Reply {
        let mut known = published().into_iter();
        known
            .find(|(asked, _)| asked == question)
            .map_or(Reply::NxDomain(Negative::default()), |(_, reply)| reply)
    }
}

#[test]
fn what_is_written_reads_back_to_the_same_records() {
    for (file, form) in &FORMS[..4] {
        let planned = written(*form);
        for set in sets() {
            let question = Question::new(set.name.clone(), set.kind);
            let reply = ask(&planned, &question);
            let joined = |record: &Record| match record {
                Record::Txt(txt) => format!("{:?}", txt.joined()),
                other => format!("{other:?}"),
            };
            let mut found: Vec<String> = reply.records().iter().map(joined).collect();
            let mut meant: Vec<String> = set.records.iter().map(joined).collect();
            found.sort();
            meant.sort();
            // Zone text has no word for what is removed.
            let has_words = matches!(form, Form::Route53 | Form::Cloudflare);
            if has_words || set.change() != SetChange::Delete {
                assert_eq!(found, meant, "{file}: {question}");
            }
        }
    }
}

#[test]
fn route_53_gets_what_it_takes() {
    let batch: Value = serde_json::from_str(&written(Form::Route53)).unwrap();
    let changes = batch["Changes"].as_array().unwrap();
    let of = |owner: &str| {
        let is_of = |change: &&Value| change["ResourceRecordSet"]["Name"] == owner;
        changes
            .iter()
            .find(is_of)
            .unwrap_or_else(|| panic!("{owner}"))
    };
    // What is to make room goes first, with what is there exactly.
    assert_eq!(changes[0]["Action"], "DELETE");
    assert_eq!(changes[0]["ResourceRecordSet"]["TTL"], 3600);
    assert_eq!(of("example.com.")["Action"], "UPSERT");
    assert_eq!(of("_dmarc.example.com.")["Action"], "CREATE");
    assert_eq!(of("*.example.com.")["Action"], "CREATE");
    of("odd\\040\\042one\\042.\\052.example.com.");
    for change in changes {
        let set = &change["ResourceRecordSet"];
        for value in set["ResourceRecords"].as_array().unwrap() {
            let value = value["Value"].as_str().unwrap();
            if set["Type"] == "TXT" {
                assert!(value.starts_with('"') && value.ends_with('"'), "{value}");
                assert!(
                    value.split("\" \"").all(|part| part.len() <= 257),
                    "{value}"
                );
            }
        }
    }
    let apex = of("example.com.")["ResourceRecordSet"]["ResourceRecords"].to_string();
    assert!(apex.contains(r#"caf\\303\\251 \\033[31m\\012"#), "{apex}");
}

#[test]
fn lists_of_providers_are_read_as_plans() {
    let listed = r#"{"ResourceRecordSets": [
        {"Name": "example.com.", "Type": "NS", "TTL": 172800,
         "ResourceRecords": [{"Value": "ns-1.awsdns-01.org."}]},
        {"Name": "example.com.", "Type": "TXT", "TTL": 300,
         "ResourceRecords": [{"Value": "\"v=spf1 \" \"-all\""}, {"Value": "\"a\\\"b\\\\c\\344\""}]},
        {"Name": "\\052.example.com.", "Type": "MX", "TTL": 300,
         "ResourceRecords": [{"Value": "10 mx.example.net"}, {"Value": "0 ."}]},
        {"Name": "www.example.com.", "Type": "A", "AliasTarget":
         {"HostedZoneId": "Z", "DNSName": "d1.cloudfront.net.", "EvaluateTargetHealth": false}}]}"#;
    let reply = ask(listed, &Question::txt(name("example.com")));
    let texts: Vec<Vec<u8>> = reply.txt().map(Txt::joined).collect();
    assert_eq!(texts, [b"v=spf1 -all".to_vec(), b"a\"b\\c\xe4".to_vec()]);
    let wildcard = Question::new(name("x.example.com"), RecordType::Mx);
    assert_eq!(ask(listed, &wildcard).records().len(), 2);

    let listed = r#"{"success": true, "result": [
        {"id": "1", "name": "example.com", "type": "TXT", "content": "v=spf1 -all", "ttl": 1,
         "proxied": false},
        {"id": "2", "name": "example.com", "type": "TXT", "content": "\"a\\\"b\" \"c\"", "ttl": 1},
        {"id": "3", "name": "mail.example.com", "type": "MX", "content": "mx.example.net",
         "priority": 5, "ttl": 1},
        {"id": "4", "name": "old.example.com", "type": "A", "content": "192.0.2.1", "ttl": 1,
         "proxied": true}]}"#;
    let reply = ask(listed, &Question::txt(name("example.com")));
    let texts: Vec<Vec<u8>> = reply.txt().map(Txt::joined).collect();
    assert_eq!(texts, [b"v=spf1 -all".to_vec(), b"a\"bc".to_vec()]);
    let mx = ask(
        listed,
        &Question::new(name("mail.example.com"), RecordType::Mx),
    );
    let expected = Record::Mx {
        preference: 5,
        exchange: Some(name("mx.example.net")),
    };
    assert_eq!(mx.records(), [expected]);
}

#[test]
fn what_cluttered_json_lacks_is_said_with_its_place() {
    let set = |set: &str| {
        format!(r#"{{"Changes": [{{"Action": "UPSERT", "ResourceRecordSet": {set}}}]}}"#)
    };
    for (json, expected) in [
        ("{", "not valid JSON: EOF"),
        (r#"{"sesauth_dns":1}"#, "give it to --dns"),
        (r#"{"a": 1}"#, "is no plan that is known here"),
        ("[]", "is no plan that is known here"),
        (
            r#"{"Changes": [{"Action": "REPLACE", "ResourceRecordSet": {}}]}"#,
            "Changes[0].Action: CREATE, UPSERT or DELETE",
        ),
        (&set("{}"), "Changes[0].ResourceRecordSet: Name is missing"),
        (
            &set(r#"{"Name": "a.example", "Type": "TXT", "ResourceRecords": [{"Value": "x"}]}"#),
            "Changes[0].ResourceRecordSet.ResourceRecords[0].Value: a text stands in quotation marks",
        ),
        (
            &set(r#"{"Name": "a.example", "Type": "TXT", "ResourceRecords": [{"Value": "\"x"}]}"#),
            "is never closed",
        ),
        (
            &set(r#"{"Name": "a..example", "Type": "TXT", "ResourceRecords": []}"#),
            "ResourceRecordSet.Name: \"a..example\": there is an empty label",
        ),
        (
            &set(r#"{"Name": "a\\056b.example", "Type": "TXT", "ResourceRecords": []}"#),
            "has a dot within a label",
        ),
        (
            &set(r#"{"Name": "a.example", "Type": "MX", "ResourceRecords": [{"Value": "mx"}]}"#),
            "is no preference and host",
        ),
        (
            &set(r#"{"Name": "a.example", "Type": "A", "TTL": -1, "ResourceRecords": []}"#),
            "TTL: a number of seconds",
        ),
        (
            r#"{"posts": [{"name": "a.example", "type": "MX", "content": "mx.example"}]}"#,
            "posts[0]: an MX needs a priority",
        ),
        (
            r#"{"deletes": [{"id": "0123456789abcdef"}]}"#,
            "deletes[0].id: an id does not tell",
        ),
        (
            r#"{"puts": [{"id": "0123456789abcdef"}]}"#,
            "puts: the id of a record does not tell",
        ),
        (
            r#"{"posts": [{"name": "a.example", "type": "CNAME", "content": "b.example"},
            {"name": "a.example", "type": "TXT", "content": "x"}]}"#,
            "posts[1]: TXT and CNAME stand at a.example",
        ),
    ] {
        let error = Zone::planned(json).unwrap_err().to_string();
        assert!(error.contains(expected), "{json}: {error}");
    }
}

#[test]
fn a_post_is_added_to_what_is_there() {
    let batch =
        r#"{"posts": [{"name": "example.com", "type": "TXT", "content": "\"new\"", "ttl": 60}]}"#;
    let reply = ask(batch, &Question::txt(name("example.com")));
    assert_eq!(reply.records().len(), 4);
}

#[test]
fn a_name_in_another_zone_is_left_out_and_said() {
    let consent = RecordChange::txt(name("example.com._report._dmarc.example.net"), "v=DMARC1");
    let sets = RecordSet::after(&[consent], &evidence());
    let zone = name("example.com");
    let mut out = Vec::new();
    provider::write(&sets, Form::Route53, &zone, &mut out).unwrap();
    assert!(out.is_empty());
    let remarks = provider::remarks(&sets, Form::Route53, &zone);
    assert!(
        remarks[0].contains("is not in the zone example.com"),
        "{remarks:?}"
    );
    assert_eq!(provider::zones(&sets), [name("example.net")]);
}

proptest! {
    #[test]
    fn any_text_reads_back_and_steers_nothing(
        texts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..600), 1..4),
        label in "[ -~&&[^.]]{1,20}",
    ) {
        let owner = name(&format!("{label}.example.com"));
        let mut meant: Vec<Vec<u8>> = Vec::new();
        let mut changes = Vec::new();
        for octets in texts {
            if !meant.contains(&octets) {
                changes.push(RecordChange::record(owner.clone(), &text(&octets)));
                meant.push(octets);
            }
        }
        let sets = RecordSet::after(&changes, &Evidence::default());
        prop_assert!(!sets[0].records.is_empty());
        meant.retain(|octets| sets[0].records.iter().any(|it| *it == text(octets) || {
            matches!(it, Record::Txt(txt) if txt.joined() == *octets)
        }));
        for (_, form) in FORMS {
            let mut out = Vec::new();
            provider::write(&sets, form, &name("example.com"), &mut out).unwrap();
            prop_assert!(out.iter().all(|octet| matches!(octet, b' '..=b'~' | b'\n')));
            if !matches!(form, Form::Plain | Form::Bind | Form::Route53 | Form::Cloudflare) {
                continue;
            }
            let planned = String::from_utf8(out).unwrap();
            let reply = ask(&planned, &Question::txt(owner.clone()));
            let read: Vec<Vec<u8>> = reply.txt().map(Txt::joined).collect();
            prop_assert_eq!(&read, &meant, "{:?}: {}", form, planned);
        }
    }

    #[test]
    fn no_json_panics(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..30)) {
        _ = Zone::planned(&pieces.concat());
        _ = Zone::planned(&format!("{{\"posts\":[{}]}}", pieces.concat()));
        _ = Zone::planned(&format!("{{\"Changes\":[{}]}}", pieces.concat()));
    }
}

const PIECES: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"Changes\"",
    "\"Action\":\"UPSERT\"",
    "\"ResourceRecordSet\":",
    "\"Name\":\"a.example\"",
    "\"Type\":\"TXT\"",
    "\"ResourceRecords\":[",
    "\"Value\":",
    "\"\\\\\"",
    "\"\\\"\\\\4\"",
    "\"posts\":[",
    "\"deletes\":[",
    "\"id\":\"ID of a. TXT x\"",
    "null",
    "1e9",
    "\"name\":\"\\\\999\"",
    "\"type\":\"MX\"",
    "\"content\":\"\"",
    "\"priority\":10",
];

fn inspect(arguments: &[&str]) -> Output {
    let case = "testdata/findings/spf-record-missing/fires";
    let dns = format!("{case}/dns.jsonl");
    let message = format!("{case}/message.eml");
    let command = Command::new(env!("CARGO_BIN_EXE_sesauth"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["inspect", "--dns", &dns])
        .args(arguments)
        .arg(&message)
        .output();
    command.unwrap()
}

#[test]
fn the_document_of_all_fixes_is_a_plan_that_mends_the_message() {
    let folder = tempfile::tempdir().unwrap();
    for form in ["plain", "bind", "route53", "cloudflare"] {
        let records = inspect(&["--format", "records", "--provider", form]);
        let path = folder.path().join(form);
        fs::write(&path, &records.stdout).unwrap();
        let planned = inspect(&["--overlay", path.to_str().unwrap()]);
        let text = String::from_utf8_lossy(&planned.stdout).into_owned();
        assert!(text.contains("SPF     pass"), "{form}: {text}");
    }
}

#[test]
fn records_stand_under_their_finding_in_the_form_that_is_asked_for() {
    for format in ["text", "markdown"] {
        let shown = inspect(&["--format", format, "--provider", "terraform"]);
        let text = String::from_utf8_lossy(&shown.stdout).into_owned();
        let resource = "resource \"aws_route53_record\" \"txt_mail_example_com\" {";
        assert!(text.contains(resource), "{text}");
    }
    for format in ["json", "line"] {
        let refused = inspect(&["--format", format, "--provider", "cdk"]);
        assert!(refused.stdout.is_empty());
        let why = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(why.contains("--provider: it needs --format"), "{why}");
    }
}

#[test]
fn terraform_reads_what_is_written_for_it() {
    for (form, kind) in [
        (Form::TerraformRoute53, "aws_route53_record"),
        (Form::TerraformCloudflare, "cloudflare_dns_record"),
    ] {
        let text = written(form);
        let body = hcl::parse(&text).unwrap();
        let resources: Vec<&hcl::Block> = body
            .blocks()
            .filter(|block| block.identifier() == "resource")
            .collect();
        assert!(!resources.is_empty(), "{text}");
        for resource in resources {
            assert_eq!(resource.labels()[0].as_str(), kind);
            let names: Vec<&str> = resource
                .body()
                .attributes()
                .map(hcl::Attribute::key)
                .collect();
            assert!(names.contains(&"name") && names.contains(&"type") && names.contains(&"ttl"));
        }
    }
}
