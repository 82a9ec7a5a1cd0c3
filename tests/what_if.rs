//! `sesauth corpus what-if` and `sesauth corpus report`, as a user calls them.

#[expect(
    dead_code,
    reason = "its command line and its stories are not used here"
)]
#[path = "../examples/forge/main.rs"]
mod forge;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use forge::dns::Zone;
use forge::plan::{MailFrom, Plan};
use forge::stories::{but, usual};
use forge::verdict::Cause;
use jiff::ToSpan as _;
use serde_json::Value;
use tempfile::TempDir;

/// From a subdomain, signed by the domain above, with Amazon's MAIL FROM: it passes on relaxed DKIM
/// alone.
fn newsletter(seed: &str) -> Plan {
    but(seed, |plan| {
        plan.from = vec!["Larkspur News <weekly@news.example.com>".into()];
        plan.author = Some("news.example.com".into());
        plan.mail_from = MailFrom::Default;
    })
}

/// From a subdomain, with a MAIL FROM of its organization: it passes on both.
fn bulletin(seed: &str) -> Plan {
    let mut plan = newsletter(seed);
    plan.mail_from = MailFrom::Custom("mail.example.com".into());
    plan
}

/// Changed on its way, with Amazon's MAIL FROM: it fails.
fn changed(seed: &str) -> Plan {
    but(seed, |plan| {
        plan.mail_from = MailFrom::Default;
        plan.signers
            .iter_mut()
            .for_each(|signer| signer.cause = Cause::BodyChanged);
        plan.tamper(|mail| mail.body.extend_from_slice(b"-- \r\nChecked.\r\n"));
    })
}

/// Of a domain without a policy.
fn without_policy(seed: &str) -> Plan {
    let mut plan = Plan::new(seed, "example.net", forge::ses::find("eu-west-1"));
    plan.dmarc = None;
    plan
}

/// `plan`, sent so many days earlier.
fn earlier(mut plan: Plan, days: i64) -> Plan {
    plan.sent -= (24 * days).hours();
    let second = plan.sent.as_second();
    plan.signers
        .iter_mut()
        .for_each(|signer| signer.signed_at = second);
    plan
}

/// A corpus of these messages, with all the DNS that they ask for.
fn corpus(messages: Vec<(&str, Plan)>) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut zone = Zone::default();
    for (_, plan) in &messages {
        plan.publish(&mut zone);
    }
    let mut questions = BTreeSet::new();
    for (name, mut plan) in messages {
        let post = plan.post(&zone);
        let path = folder.path().join("corpus").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, post.bytes).unwrap();
        questions.extend(post.questions);
    }
    let mut dns = Vec::new();
    zone.snapshot(&questions).write(&mut dns).unwrap();
    fs::write(folder.path().join("corpus/dns.jsonl"), dns).unwrap();
    folder
}

/// Ten messages, of which three hang on relaxed alignment of DKIM.
fn ten() -> TempDir {
    corpus(vec![
        ("a/1.eml", usual("1")),
        ("a/2.eml", usual("2")),
        ("a/3.eml", usual("3")),
        ("a/4.eml", usual("4")),
        ("b/1.eml", newsletter("5")),
        ("b/2.eml", newsletter("6")),
        ("b/3.eml", newsletter("7")),
        ("b/4.eml", bulletin("8")),
        ("c/1.eml", without_policy("9")),
        ("c/2.eml", without_policy("10")),
    ])
}

fn sesauth(folder: &TempDir, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sesauth"))
        .arg("corpus")
        .args(arguments)
        .current_dir(folder.path())
        .output()
        .unwrap()
}

fn what_if(folder: &TempDir, arguments: &[&str]) -> Output {
    sesauth(folder, &[&["what-if", "corpus"], arguments].concat())
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn errors(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn json(folder: &TempDir, arguments: &[&str]) -> Value {
    let output = what_if(folder, &[arguments, &["--format", "json"]].concat());
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", errors(&output)))
}

fn sentence(folder: &TempDir, arguments: &[&str]) -> String {
    json(folder, arguments)["sentence"].as_str().unwrap().into()
}

/// The kinds of changes that there are, with their numbers.
fn kinds(counts: &Value) -> Vec<(String, u64)> {
    let kinds = counts["kinds"].as_object().unwrap().iter();
    let kinds = kinds.map(|(kind, count)| (kind.clone(), count.as_u64().unwrap()));
    let mut kinds: Vec<_> = kinds.filter(|(_, count)| *count > 0).collect();
    kinds.sort();
    kinds
}

fn pairs(pairs: &[(&str, u64)]) -> Vec<(String, u64)> {
    let pairs = pairs.iter();
    pairs
        .map(|(kind, count)| ((*kind).into(), *count))
        .collect()
}

const STRICT: [&str; 2] = ["--policy", "p=reject; adkim=s"];

#[test]
fn one_sentence_says_whom_a_strict_policy_would_hurt() {
    let folder = ten();
    let output = what_if(&folder, &STRICT);
    let said = "p=reject; adkim=s would refuse 3 of 10 messages, all from news.example.com.";
    assert!(text(&output).starts_with(said), "{}", text(&output));
    assert_eq!(output.status.code(), Some(1));
    let said = json(&folder, &STRICT);
    assert_eq!(
        kinds(&said["counts"]),
        pairs(&[
            ("loses-engine", 1),
            ("newly-fails", 3),
            ("newly-passes", 2),
            ("newly-refused", 3),
            ("one-engine", 1),
            ("unchanged", 4),
        ])
    );
    assert_eq!(said["counts"]["messages"], 10);
    assert_eq!(said["counts"]["changed"], 6);
    let from = |name: &str| {
        let all = said["from"].as_array().unwrap();
        kinds(all.iter().find(|from| from["name"] == name).unwrap())
    };
    assert_eq!(from("example.net"), pairs(&[("newly-passes", 2)]));
    assert_eq!(from("example.com"), pairs(&[("unchanged", 4)]));
    let sources: Vec<_> = said["source"].as_array().unwrap().iter().collect();
    assert_eq!(sources[0]["name"], "Amazon SES eu-west-1");
    assert_eq!(sources[0]["messages"], 2);
    assert_eq!(sources[1]["name"], "Amazon SES us-east-1");
    assert_eq!(sources[1]["kinds"]["newly-refused"], 3);
}

#[test]
fn the_first_examples_of_each_kind_say_why() {
    let folder = ten();
    let said = json(&folder, &[&STRICT[..], &["--examples", "2"]].concat());
    let refused = said["examples"]["newly-refused"].as_array().unwrap();
    assert_eq!(refused.len(), 2);
    assert_eq!(refused[0]["path"], "b/1.eml");
    assert_eq!(refused[0]["from"], "news.example.com");
    assert_eq!(refused[0]["source"], "Amazon SES us-east-1");
    assert_eq!(
        refused[0]["because"],
        "d=example.com is not news.example.com, and adkim=s wants them equal"
    );
    assert_eq!(said["examples"]["loses-engine"][0]["path"], "b/4.eml");
    assert_eq!(
        said["examples"]["newly-passes"].as_array().unwrap().len(),
        2
    );
    assert!(said["examples"].get("unchanged").is_none());
    let none = json(&folder, &[&STRICT[..], &["--examples", "0"]].concat());
    assert!(none["examples"].as_object().unwrap().is_empty());
}

#[test]
fn the_record_that_would_be_published_keeps_its_other_tags() {
    let said = json(&ten(), &STRICT);
    let records = said["records"].as_array().unwrap();
    let record = |name: &str| {
        let found = records.iter().find(|record| record["name"] == name);
        found.unwrap()["text"].as_str().unwrap().to_owned()
    };
    assert_eq!(records.len(), 2);
    assert_eq!(
        record("_dmarc.example.com"),
        "v=DMARC1; p=reject; rua=mailto:dmarc@example.com; adkim=s"
    );
    assert_eq!(record("_dmarc.example.net"), "v=DMARC1; p=reject; adkim=s");
    // It can be copied as it is.
    let page = text(&what_if(
        &ten(),
        &[&STRICT[..], &["--format", "markdown"]].concat(),
    ));
    let code = "\n  `v=DMARC1; p=reject; rua=mailto:dmarc@example.com; adkim=s`\n";
    assert!(page.contains(code), "{page}");
}

#[test]
fn one_message_is_judged_as_the_many_are() {
    let folder = ten();
    let said = json(&folder, &STRICT);
    let records = said["records"].as_array().unwrap();
    for (message, name, result) in [
        ("b/1.eml", "_dmarc.example.com", "fail"),
        ("a/1.eml", "_dmarc.example.com", "pass"),
        ("c/1.eml", "_dmarc.example.net", "pass"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_sesauth"))
            .args(["inspect", "--format", "json", "--dns", "corpus/dns.jsonl"])
            .args(STRICT)
            .arg(format!("corpus/{message}"))
            .current_dir(folder.path())
            .output()
            .unwrap();
        let analysis: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(analysis["dmarc"]["result"], result, "{message}");
        let mut lookups = analysis["lookups"].as_array().unwrap().iter();
        let lookup = lookups.find(|lookup| lookup["name"] == name).unwrap();
        let planned = records.iter().find(|record| record["name"] == name);
        assert_eq!(
            lookup["records"][0][0],
            planned.unwrap()["text"],
            "{message}"
        );
    }
}

#[test]
fn what_hurts_nobody_says_what_becomes_of_all() {
    let folder = ten();
    assert_eq!(
        sentence(&folder, &["--policy", "p=reject"]),
        "p=reject would refuse none of 10 messages; 10 pass."
    );
    // Without p= there is no policy that the tag could change.
    assert_eq!(
        sentence(&folder, &["--policy", "t=y"]),
        "t=y would refuse none of 10 messages; 8 pass, 2 have no policy."
    );
    let output = what_if(&folder, &["--policy", "p=reject"]);
    assert_eq!(output.status.code(), Some(0));
    let weak = "v=DMARC1; p=none; adkim=s";
    assert_eq!(
        sentence(&folder, &["--policy", weak]),
        format!(
            "{weak} would refuse none of 10 messages, but 3 would newly fail DMARC, all from \
             news.example.com."
        )
    );
    assert_eq!(what_if(&folder, &["--policy", weak]).status.code(), Some(1));
}

#[test]
fn what_cannot_be_judged_is_said_apart_and_never_counted_as_safe() {
    let folder = ten();
    let mail = folder.path().join("corpus");
    fs::write(mail.join("d.eml"), b"\x89PNG\r\n\x1a\n").unwrap();
    let unknown = corpus(vec![(
        "e.eml",
        but("11", |plan| plan.from = vec!["a@example.org".into()]),
    )]);
    fs::copy(unknown.path().join("corpus/e.eml"), mail.join("e.eml")).unwrap();
    let output = what_if(&folder, &["--policy", "p=reject"]);
    let said = "p=reject would refuse none of 12 messages; 10 pass, 2 could not be judged.";
    assert!(text(&output).starts_with(said), "{}", text(&output));
    assert!(errors(&output).contains("sesauth: d.eml: not a mail message"));
    assert_eq!(output.status.code(), Some(0));
    let said = json(&folder, &STRICT);
    assert_eq!(
        (&said["errors"], &said["not_judged"]),
        (&1.into(), &2.into())
    );
    let example = &said["examples"]["not-judged"][0];
    assert_eq!(
        example["because"],
        "the recorded DNS does not hold what decides"
    );
    let missing = said["missing_lookups"].as_array().unwrap();
    let asked = |name: &str| missing.iter().any(|missing| missing["name"] == name);
    assert!(asked("_dmarc.example.org"), "{missing:?}");
    assert!(
        said["sentence"]
            .as_str()
            .unwrap()
            .ends_with("; 2 could not be judged."),
        "{}",
        said["sentence"]
    );
}

#[test]
fn mail_that_fails_today_is_refused_by_a_strict_policy_too() {
    let folder = corpus(vec![("1.eml", usual("1")), ("2.eml", changed("2"))]);
    assert_eq!(
        sentence(&folder, &["--policy", "p=reject"]),
        "p=reject would refuse 1 of 2 messages, from example.com."
    );
    let said = json(&folder, &["--policy", "p=reject"]);
    assert_eq!(
        kinds(&said["counts"]),
        pairs(&[("newly-refused", 1), ("unchanged", 1)])
    );
    let because = said["examples"]["newly-refused"][0]["because"]
        .as_str()
        .unwrap();
    assert!(
        because.starts_with("it fails today already, as d=example.com does not verify: "),
        "{because}"
    );
    assert!(
        because.ends_with("p=reject at _dmarc.example.com holds"),
        "{because}"
    );
    // Where it is refused already, that is no news.
    let dns = folder.path().join("corpus/dns.jsonl");
    let text = fs::read_to_string(&dns).unwrap();
    fs::write(&dns, text.replace("p=quarantine", "p=reject")).unwrap();
    assert_eq!(
        sentence(&folder, &["--policy", "np=reject"]),
        "np=reject would newly refuse none of 2 messages; 1 passes, 1 fails and is refused today \
         too."
    );
    let milder = json(&folder, &["--policy", "p=quarantine"]);
    assert_eq!(
        kinds(&milder["counts"]),
        pairs(&[("no-longer-refused", 1), ("unchanged", 1)])
    );
    assert_eq!(
        what_if(&folder, &["--policy", "p=quarantine"])
            .status
            .code(),
        Some(0)
    );
}

#[test]
fn a_percentage_counts_by_the_rules_that_know_it() {
    let folder = corpus(vec![("1.eml", usual("1")), ("2.eml", changed("2"))]);
    let half = ["--policy", "p=reject; pct=50"];
    let none = ["--policy", "p=reject; pct=0"];
    assert_eq!(
        sentence(&folder, &none),
        "p=reject; pct=0 would refuse 1 of 2 messages, from example.com."
    );
    by_rfc7489(&folder);
    assert_eq!(
        sentence(&folder, &half),
        "p=reject; pct=50 would refuse 1 of 2 messages, from example.com; pct leaves 1 of them to \
         chance."
    );
    assert_eq!(
        sentence(&folder, &none),
        "p=reject; pct=0 would refuse none of 2 messages; 1 passes, 1 fails and is put into the \
         spam folder today too."
    );
}

/// Writes down that the corpus was recorded by the rules of RFC 7489.
fn by_rfc7489(folder: &TempDir) {
    let settings = folder.path().join("corpus/expected");
    fs::create_dir_all(&settings).unwrap();
    fs::write(
        settings.join("corpus.json"),
        "{\"sesauth_corpus\":1,\"written_by\":\"sesauth 0.1.0\",\"now\":\"2026-07-01T00:00:00Z\",\
         \"rules\":\"rfc7489\",\"trust\":[],\"trusted\":[],\"advice\":true}",
    )
    .unwrap();
}

#[test]
fn a_planned_spf_record_stands_at_the_authors_domains_only() {
    let folder = ten();
    let arguments = ["--spf-record", "v=spf1 -all"];
    let said = json(&folder, &arguments);
    assert_eq!(
        kinds(&said["counts"]),
        pairs(&[("loses-engine", 5), ("one-engine", 8), ("unchanged", 5)])
    );
    let records = said["records"].as_array().unwrap();
    let names: Vec<_> = records.iter().map(|record| &record["name"]).collect();
    assert_eq!(names, ["mail.example.com", "mail.example.net"]);
    let because = said["examples"]["loses-engine"][0]["because"]
        .as_str()
        .unwrap();
    assert!(because.starts_with("SPF gives fail: "), "{because}");
    let at = json(
        &folder,
        &[&arguments[..], &["--domain", "mail.example.net"]].concat(),
    );
    assert_eq!(
        kinds(&at["counts"]),
        pairs(&[("one-engine", 3), ("unchanged", 10)])
    );
}

#[test]
fn an_engine_that_a_plan_makes_unknown_is_not_judged() {
    let folder = ten();
    let arguments = ["--spf-record", "v=spf1 include:spf.example.org -all"];
    let said = json(&folder, &arguments);
    assert_eq!(
        said["sentence"],
        "v=spf1 include:spf.example.org -all would refuse none of 10 messages; 3 pass, 2 have no \
         policy, 5 could not be judged."
    );
    assert_eq!(
        said["examples"]["not-judged"][0]["because"],
        "it is not known whether SPF carries it with the plan"
    );
    assert_eq!(said["messages_with_missing_lookups"], 7);
    assert_eq!(said["missing_lookups"][0]["name"], "spf.example.org");
    let shown = text(&what_if(&folder, &arguments));
    assert!(shown.contains("What stays unknown"), "{shown}");
}

#[test]
fn what_the_file_does_not_prove_is_not_counted_as_safe() {
    for (story, because) in [
        (
            "standing-relay-invents-session",
            "it passes on SPF alone, and nobody vouches for who sent it",
        ),
        (
            "claim-altered-outlook-export",
            "its receiver recorded a pass, which the file and DNS do not show any more",
        ),
    ] {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/messages");
        let folder = tempfile::tempdir().unwrap();
        let to = folder.path().join("corpus");
        fs::create_dir(&to).unwrap();
        for file in ["message.eml", "dns.jsonl"] {
            fs::copy(from.join(story).join(file), to.join(file)).unwrap();
        }
        let said = json(&folder, &["--policy", "p=reject"]);
        assert_eq!(
            said["sentence"],
            "What p=reject would do cannot be told: of 1 message none could be judged."
        );
        let output = what_if(&folder, &["--policy", "p=reject"]);
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(said["examples"]["not-judged"][0]["because"], because);
    }
}

/// Replaces the line of `dns.jsonl` about a policy record at `name`.
fn publish(folder: &TempDir, name: &str, record: &str) {
    let path = folder.path().join("corpus/dns.jsonl");
    let dns = fs::read_to_string(&path).unwrap();
    let question = format!("\"name\":\"{name}\",\"type\":\"TXT\"");
    assert_eq!(dns.matches(&question).count(), 1, "{name}");
    let lines = dns.lines().map(|line| match line.contains(&question) {
        true => format!(
            "{{{question},\"rcode\":\"NOERROR\",\"ttl\":60,\"records\":[[\"{record}\"]]}}\n"
        ),
        false => format!("{line}\n"),
    });
    fs::write(&path, lines.collect::<String>()).unwrap();
}

/// Takes a question out of `dns.jsonl`.
fn forget(folder: &TempDir, question: &str) {
    let path = folder.path().join("corpus/dns.jsonl");
    let dns = fs::read_to_string(&path).unwrap();
    let lines = dns.lines().filter(|line| !line.contains(question));
    fs::write(
        &path,
        lines.map(|line| format!("{line}\n")).collect::<String>(),
    )
    .unwrap();
}

fn records(said: &Value) -> Vec<(&str, &str)> {
    let records = said["records"].as_array().unwrap().iter();
    records
        .map(|record| {
            (
                record["name"].as_str().unwrap(),
                record["text"].as_str().unwrap(),
            )
        })
        .collect()
}

#[test]
fn the_record_of_a_registry_is_not_the_domains_to_change() {
    let folder = corpus(vec![("1.eml", without_policy("1"))]);
    publish(&folder, "_dmarc.net", "v=DMARC1; psd=y; p=none");
    let said = json(&folder, &["--policy", "p=reject"]);
    assert_eq!(
        records(&said),
        [("_dmarc.example.net", "v=DMARC1; p=reject")]
    );
}

#[test]
fn a_record_that_cannot_be_used_is_mended_where_it_stands() {
    let folder = corpus(vec![("1.eml", newsletter("1"))]);
    publish(&folder, "_dmarc.news.example.com", "v=DMARC1; p=rejct");
    let said = json(&folder, &["--policy", "p=reject"]);
    let record = ("_dmarc.news.example.com", "v=DMARC1; p=reject");
    assert_eq!(records(&said), [record]);
    // A change that mends nothing is made there, too.
    let said = json(&folder, &["--policy", "aspf=s"]);
    assert_eq!(kinds(&said["counts"]), pairs(&[("unchanged", 1)]));
}

#[test]
fn whether_a_subdomain_exists_must_be_known_where_np_hangs_on_it() {
    let folder = corpus(vec![("1.eml", {
        let mut plan = changed("1");
        plan.from = vec!["Larkspur News <weekly@news.example.com>".into()];
        plan.author = Some("news.example.com".into());
        plan
    })]);
    forget(&folder, "\"name\":\"news.example.com\",\"type\":\"TXT\"");
    let said = json(&folder, &["--policy", "sp=none; np=reject"]);
    assert_eq!(
        said["examples"]["not-judged"][0]["because"],
        "whether news.example.com exists is not known, on which np= hangs"
    );
    let said = json(&folder, &["--policy", "sp=none"]);
    assert_eq!(said["counts"]["kinds"]["no-longer-quarantined"], 1);
}

#[test]
fn a_domain_bounds_where_a_policy_is_published() {
    let folder = ten();
    let at = |domain: &str| {
        let arguments = [&STRICT[..], &["--domain", domain]].concat();
        (
            kinds(&json(&folder, &arguments)["counts"]),
            sentence(&folder, &arguments),
        )
    };
    let (counts, said) = at("example.net");
    assert_eq!(
        said,
        "p=reject; adkim=s at example.net would refuse none of 10 messages; 10 pass."
    );
    assert_eq!(
        counts,
        pairs(&[("newly-passes", 2), ("one-engine", 3), ("unchanged", 8)])
    );
    // The record of news.example.com goes before that of example.com.
    let (_, said) = at("news.example.com");
    assert_eq!(
        said,
        "p=reject; adkim=s at news.example.com would refuse 3 of 10 messages, all from \
         news.example.com."
    );
    let (counts, _) = at("example.org");
    assert_eq!(counts, pairs(&[("one-engine", 3), ("unchanged", 10)]));
}

#[test]
fn a_plan_that_touches_no_message_says_so() {
    let folder = ten();
    let output = what_if(
        &folder,
        &["--policy", "p=reject", "--domain", "nobody.example"],
    );
    assert_eq!(output.status.code(), Some(2));
    let said = errors(&output);
    assert!(said.contains("touches no message"), "{said}");
    assert!(
        said.contains("is nobody.example the domain in From?"),
        "{said}"
    );
}

#[test]
fn what_the_receiver_recorded_does_not_soften_what_a_plan_breaks() {
    let story = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("testdata/findings/dmarc-pass-on-spf-alone/fires");
    let mut command = Command::new(env!("CARGO_BIN_EXE_sesauth"));
    command.current_dir(story).args([
        "inspect",
        "-v",
        "--dns",
        "dns.jsonl",
        "--policy",
        "aspf=s",
        "message.eml",
    ]);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output);
    assert!(said.starts_with("FAIL"), "{said}");
    assert!(said.contains("The planned records make the"), "{said}");
    assert!(!said.contains("shows why the receiver"), "{said}");
}

#[test]
fn what_the_receiver_recorded_of_spf_does_not_mend_a_key_that_a_plan_takes_away() {
    let folder = corpus(vec![(
        "a",
        but("a", |plan| plan.client.ip = "203.0.113.66".into()),
    )]);
    let corpus = folder.path().join("corpus");
    let dns = fs::read_to_string(corpus.join("dns.jsonl")).unwrap();
    let mut words = dns.split('"');
    let key = words.find(|word| word.ends_with("._domainkey.example.com"));
    fs::write(
        corpus.join("gone.zone"),
        format!("$GONE {}\n", key.unwrap()),
    )
    .unwrap();
    let inspect = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sesauth"));
        command
            .current_dir(&corpus)
            .args(["inspect", "--dns", "dns.jsonl", "a"]);
        command.args(arguments).output().unwrap()
    };
    let before = inspect(&[]);
    assert!(text(&before).starts_with("PASS"), "{}", text(&before));
    let planned = inspect(&["--overlay", "gone.zone"]);
    assert!(text(&planned).starts_with("FAIL"), "{}", text(&planned));
    assert_eq!(planned.status.code(), Some(1));
}

#[test]
fn planned_zone_text_counts_as_well() {
    let folder = ten();
    fs::write(
        folder.path().join("planned.zone"),
        "_dmarc.example.com. TXT \"v=DMARC1; p=reject; adkim=s\"\n",
    )
    .unwrap();
    let overlay = ["--overlay", "planned.zone"];
    assert_eq!(
        sentence(&folder, &overlay),
        "planned.zone would refuse 3 of 10 messages, all from news.example.com."
    );
    fs::write(
        folder.path().join("planned.zone"),
        "$GONE _dmarc.example.com\n",
    )
    .unwrap();
    let said = json(&folder, &overlay);
    assert_eq!(said["counts"]["kinds"]["no-policy-any-more"], 8);
}

#[test]
fn the_bytes_are_the_same_with_one_and_two_jobs() {
    let folder = ten();
    let commands: [&[&str]; 4] = [
        &["what-if", "corpus", STRICT[0], STRICT[1]],
        &[
            "what-if", "corpus", STRICT[0], STRICT[1], "--format", "json",
        ],
        &["report", "corpus"],
        &["report", "corpus", "--format", "json"],
    ];
    for command in commands {
        let one = sesauth(&folder, &[command, &["--jobs", "1"]].concat());
        let two = sesauth(&folder, &[command, &["--jobs", "2"]].concat());
        assert!(!one.stdout.is_empty());
        assert!(one.stdout == two.stdout, "{command:?}");
    }
}

#[test]
fn no_line_of_text_is_longer_than_a_terminal() {
    for text in [
        text(&what_if(&ten(), &STRICT)),
        text(&sesauth(&ten(), &["report", "corpus"])),
    ] {
        let lines = text.lines().filter(|line| !line.starts_with('|'));
        for line in lines {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }
}

#[test]
fn what_is_no_record_is_refused_before_any_work() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, said) in [
        (["--policy", "p=rejct"], "--policy: character 1: "),
        (
            ["--policy", "v=DMARC2; p=none"],
            "--policy: a DMARC record begins",
        ),
        (
            ["--spf-record", "v=spf1 ip4:x -all"],
            "--spf-record: character 12",
        ),
        (
            ["--spf-record", "include:a.example"],
            "--spf-record: an SPF record begins",
        ),
        (["--domain", "example.com"], "required"),
        (
            ["--overlay", "none.zone"],
            "none.zone: there is no such file",
        ),
    ] {
        let output = what_if(&folder, &arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(errors(&output).contains(said), "{}", errors(&output));
    }
}

#[test]
fn without_messages_or_answers_there_is_nothing_to_tell() {
    let folder = ten();
    fs::remove_file(folder.path().join("corpus/dns.jsonl")).unwrap();
    for command in ["what-if", "report"] {
        let mut arguments = vec![command, "corpus"];
        if command == "what-if" {
            arguments.extend(STRICT);
        }
        let output = sesauth(&folder, &arguments);
        assert_eq!(output.status.code(), Some(2));
        assert!(
            errors(&output).contains("corpus record corpus"),
            "{}",
            errors(&output)
        );
    }
    let empty = tempfile::tempdir().unwrap();
    fs::create_dir(empty.path().join("corpus")).unwrap();
    fs::write(
        empty.path().join("corpus/dns.jsonl"),
        "{\"sesauth_dns\":1}\n",
    )
    .unwrap();
    let output = what_if(&empty, &STRICT);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        errors(&output).contains("no message was found"),
        "{}",
        errors(&output)
    );
}

#[cfg(unix)]
#[test]
fn hostile_names_break_neither_terminal_nor_markdown() {
    let hostile = "x|y`<img src=a>\n| [a](http://b.example) \u{1b}[31m.eml";
    let folder = corpus(vec![(hostile, newsletter("1")), ("2.eml", newsletter("2"))]);
    for format in ["text", "markdown"] {
        let output = what_if(&folder, &[&STRICT[..], &["--format", format]].concat());
        let shown = text(&output);
        assert!(shown.contains("img src"), "{shown}");
        assert!(!shown.contains('\u{1b}'), "{shown}");
        if format == "markdown" {
            let line = shown.lines().find(|line| line.contains("<img")).unwrap();
            assert!(line.starts_with("- `x\\u{7c}y\\u{60}<img"), "{line}");
            assert_eq!(line.matches('`').count(), 2, "{line}");
            let (code, prose) = split(&shown);
            assert!(code.contains("d=example.com"), "{code}");
            for char in ['<', '[', '@', '='] {
                assert!(!prose.contains(char), "{char} in {prose}");
            }
        }
    }
}

/// What stands in code spans, and what does not.
fn split(markdown: &str) -> (String, String) {
    let (mut code, mut prose) = (String::new(), String::new());
    for (index, part) in markdown.split('`').enumerate() {
        match index % 2 {
            0 => prose.push_str(part),
            _ => code.push_str(part),
        }
    }
    (code, prose)
}

#[test]
fn what_was_recorded_with_the_corpus_holds_here_too() {
    let folder = ten();
    by_rfc7489(&folder);
    let settings = folder.path().join("corpus/expected");
    // A value that RFC 9989 alone does not allow.
    let record = ["--policy", "v=DMARC1; p=reject; np=reject"];
    assert!(sentence(&folder, &record).contains("would refuse none of 10"));
    fs::write(settings.join("corpus.json"), "not JSON").unwrap();
    let output = what_if(&folder, &record);
    assert_eq!(output.status.code(), Some(2));
    assert!(errors(&output).contains("not JSON"), "{}", errors(&output));
}

fn report(folder: &TempDir) -> Value {
    let output = sesauth(folder, &["report", "corpus", "--format", "json"]);
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_report_counts_who_passes_on_what() {
    let folder = ten();
    let said = report(&folder);
    let all = &said["all"];
    for (key, count) in [
        ("messages", 10),
        ("pass", 8),
        ("fail", 0),
        ("no_policy", 2),
        ("not_judged", 0),
        ("spf_aligned", 7),
        ("dkim_aligned", 10),
        ("on_both", 5),
        ("on_dkim_alone", 3),
        ("on_spf_alone", 0),
    ] {
        assert_eq!(all[key], count, "{key}");
    }
    let from = said["from"].as_array().unwrap();
    let names: Vec<_> = from.iter().map(|from| &from["name"]).collect();
    assert_eq!(names, ["example.com", "example.net", "news.example.com"]);
    assert_eq!(from[2]["on_dkim_alone"], 3);
    assert_eq!(said["findings"]["dmarc-record-missing"]["messages"], 2);
    let output = sesauth(&folder, &["report", "corpus"]);
    let shown = text(&output);
    assert!(shown.contains("| dmarc-record-missing "), "{shown}");
    assert!(shown.contains("explain"), "{shown}");
}

#[test]
fn a_report_goes_by_day_week_or_month() {
    let unit = |days: i64| {
        let folder = corpus(vec![
            ("1.eml", usual("1")),
            ("2.eml", earlier(usual("2"), days)),
        ]);
        let said = report(&folder);
        assert_eq!(said["all"]["time"].as_array().unwrap().len(), 2, "{days}");
        said["unit"].as_str().unwrap().to_owned()
    };
    assert_eq!(unit(10), "day");
    assert_eq!(unit(60), "week");
    assert_eq!(unit(365), "month");
}
