//! Pages hold what was found in the words of the text, nothing but the elements that are written here,
//! and nothing that a browser would run or load.

#[path = "support/run.rs"]
mod run;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use html5ever::tendril::TendrilSink;
use html5ever::tokenizer::TokenizerOpts;
use html5ever::{ParseOpts, parse_document};
use jiff::Timestamp;
use markup5ever_rcdom::{Handle, NodeData, RcDom};
use proptest::prelude::*;
use run::block_on;
use sesauth::dns::{
    Absent, Answer, Dns, Name, Question, Record, RecordType, Reply, Snapshot, Txt, Zone,
};
use sesauth::domain::DomainQuery;
use sesauth::render::html::{COPY, write, write_domain, write_domains};
use sesauth::render::provider::Provider;
use sesauth::{
    Inspection, Limits, Options, SessionHints, explain, inspect_recorded, inspect_within,
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata")
}

fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

fn page(inspection: &Inspection) -> String {
    let mut page = Vec::new();
    write(inspection, "message.eml", Provider::default(), &mut page).unwrap();
    String::from_utf8(page).unwrap()
}

fn domain_page(query: &DomainQuery, dns: &impl Dns) -> String {
    let limits = Limits::default();
    let check = block_on(sesauth::check_domain(query, dns, now(), &limits)).unwrap();
    let mut page = Vec::new();
    write_domain(&check, &mut page).unwrap();
    String::from_utf8(page).unwrap()
}

/// The cases of `testdata/messages`, each with what is found of it.
fn cases() -> Vec<(String, Inspection)> {
    let mut cases = Vec::new();
    for entry in fs::read_dir(root().join("messages")).unwrap() {
        let case = entry.unwrap().path();
        let dns = fs::read_to_string(case.join("dns.jsonl")).unwrap();
        let dns = Snapshot::parse(&dns, Absent::NxDomain).unwrap();
        let message = fs::read(case.join("message.eml")).unwrap();
        let hints = SessionHints::default();
        let found = inspect_recorded(&message, &hints, &dns, now(), &Options::default());
        if let Ok(found) = found {
            let name = case.file_name().unwrap().to_string_lossy().into_owned();
            cases.push((name, found));
        }
    }
    assert!(cases.len() > 200);
    cases
}

/// An element of a page.
struct Element {
    name: String,
    attributes: BTreeMap<String, String>,
    /// The text of the whole page, a script or a style.
    text: String,
}

impl Element {
    fn get(&self, attribute: &str) -> Option<&str> {
        self.attributes.get(attribute).map(String::as_str)
    }
}

/// The elements of a page in their order, as a browser reads it.
fn elements(page: &str) -> Vec<Element> {
    let options = ParseOpts {
        tokenizer: TokenizerOpts {
            exact_errors: true,
            ..TokenizerOpts::default()
        },
        ..ParseOpts::default()
    };
    let dom = parse_document(RcDom::default(), options).one(page);
    let errors = dom.errors.borrow();
    assert!(errors.is_empty(), "{errors:?}");
    let mut found = Vec::new();
    collect(&dom.document, &mut found);
    found
}

fn collect(node: &Handle, found: &mut Vec<Element>) {
    match &node.data {
        NodeData::Element { name, attrs, .. } => {
            let attributes = attrs.borrow();
            let attributes = attributes.iter();
            let name = name.local.to_string();
            let mut text = String::new();
            if matches!(name.as_str(), "body" | "script" | "style") {
                text_of(node, &mut text);
            }
            found.push(Element {
                name,
                attributes: attributes
                    .map(|one| (one.name.local.to_string(), one.value.to_string()))
                    .collect(),
                text,
            });
        }
        NodeData::Comment { contents } => panic!("a comment: {contents}"),
        _ => (),
    }
    for child in node.children.borrow().iter() {
        collect(child, found);
    }
}

fn text_of(node: &Handle, text: &mut String) {
    if let NodeData::Text { contents } = &node.data {
        text.push_str(&contents.borrow());
    }
    for child in node.children.borrow().iter() {
        text_of(child, text);
    }
}

/// The elements that are written, and their attributes.
const WRITTEN: [(&str, &[&str]); 48] = [
    ("a", &["class", "href"]),
    ("article", &["class", "id"]),
    ("body", &["class"]),
    ("circle", &["class", "cx", "cy", "r"]),
    ("code", &[]),
    ("dd", &["class"]),
    ("del", &[]),
    ("details", &[]),
    ("div", &["class"]),
    ("dl", &["class"]),
    ("dt", &[]),
    ("figcaption", &[]),
    ("figure", &[]),
    ("footer", &[]),
    ("h1", &[]),
    ("h2", &["id"]),
    ("h3", &["id"]),
    ("h4", &[]),
    ("head", &[]),
    ("header", &[]),
    ("html", &["lang"]),
    ("ins", &[]),
    ("li", &["class"]),
    ("line", &["class", "x1", "x2", "y1", "y2"]),
    ("main", &["id"]),
    ("mark", &[]),
    ("meta", &["charset", "content", "http-equiv", "name"]),
    ("meter", &["aria-hidden", "max", "value"]),
    ("nav", &["aria-label"]),
    ("ol", &["class", "reversed"]),
    ("p", &["aria-hidden", "class", "title"]),
    ("path", &["class", "d"]),
    ("pre", &[]),
    ("script", &[]),
    ("section", &["aria-labelledby", "class", "id"]),
    ("span", &["aria-hidden", "class"]),
    ("strong", &[]),
    ("style", &[]),
    ("summary", &[]),
    ("svg", &["aria-hidden", "height", "width"]),
    ("table", &["class"]),
    ("tbody", &["class"]),
    ("td", &["class", "colspan", "data-label"]),
    ("th", &["class", "colspan", "scope"]),
    ("thead", &[]),
    ("title", &[]),
    ("tr", &["class"]),
    ("ul", &["class"]),
];

/// Asserts that a page is what is written here: its elements and attributes, its one script, its style,
/// and the policy that allows them; and that it can be read in parts and by ear.
#[track_caller]
fn check(page: &str) {
    check_with(page, &["header", "nav", "main", "footer", "h1"]);
}

#[track_caller]
fn check_with(page: &str, landmarks: &[&str]) {
    let elements = elements(page);
    let is_open = |char: char| {
        char != '\n' && char.is_control()
            || matches!(char, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    assert_eq!(page.chars().find(|char| is_open(*char)), None);
    for element in &elements {
        let written = WRITTEN.iter().find(|(name, _)| *name == element.name);
        let (_, attributes) = written.unwrap_or_else(|| panic!("<{}> is written", element.name));
        for (name, value) in &element.attributes {
            assert!(
                attributes.contains(&name.as_str()),
                "{}: {name}",
                element.name
            );
            assert!(name != "href" || value.starts_with('#'), "{value}");
        }
    }
    let named = |name: &str| {
        let name = name.to_owned();
        elements.iter().filter(move |element| element.name == name)
    };
    let one = |name: &str| {
        assert_eq!(named(name).count(), 1, "{name}");
        named(name).next().unwrap()
    };
    // The policy allows the style and the script that are there, and no others.
    let hash = |element: &Element| {
        let hash = digest(&SHA256, element.text.as_bytes());
        format!("'sha256-{}'", BASE64.encode(hash))
    };
    assert_eq!(one("script").text, COPY);
    let policy = named("meta").find(|meta| meta.get("http-equiv").is_some());
    let policy = policy.unwrap().get("content").unwrap();
    assert_eq!(
        policy,
        format!(
            "default-src 'none'; style-src {}; script-src {}; base-uri 'none'; form-action 'none'",
            hash(one("style")),
            hash(one("script"))
        )
    );
    // Landmarks, headings in order, tables with heads, links that lead somewhere.
    for landmark in landmarks {
        one(landmark);
    }
    let mut ids: Vec<&str> = elements.iter().filter_map(|one| one.get("id")).collect();
    let links = elements.iter().filter_map(|one| one.get("href"));
    for link in links {
        assert!(ids.contains(&&link[1..]), "{link}");
    }
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "an id is there twice");
    let levels = elements.iter().filter_map(|element| {
        let level = element.name.strip_prefix('h')?;
        level.parse::<u8>().ok()
    });
    let levels: Vec<u8> = levels.collect();
    assert!(
        levels.windows(2).all(|two| two[1] <= two[0] + 1),
        "{levels:?}"
    );
    assert!(named("th").all(|th| th.get("scope").is_some()));
    assert!(named("section").all(|section| section.get("aria-labelledby").is_some()));
}

/// The text of a page, with single blanks.
fn words(page: &str) -> String {
    let elements = elements(page);
    let body = elements.iter().find(|element| element.name == "body");
    let words = body.unwrap().text.split_whitespace();
    words.collect::<Vec<_>>().join(" ")
}

#[test]
fn every_case_is_a_page_with_the_words_of_the_text() {
    for (case, found) in cases() {
        let page = page(&found);
        println!("{case}: {} octets", page.len());
        check(&page);
        let words = words(&page);
        let plain = |text: &dyn std::fmt::Display| {
            let text = sesauth::render::escape::plain(text);
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        };
        let sentence = plain(&explain::conclusion::sentence(&found.analysis));
        assert!(words.contains(&sentence), "{case}: {sentence}");
        for finding in found.findings() {
            assert!(words.contains(finding.code), "{case}: {}", finding.code);
            for check in finding.fix.iter().flat_map(|fix| &fix.checks) {
                assert!(words.contains(&plain(check)), "{case}: {check}");
            }
        }
    }
}

#[test]
fn every_domain_is_a_page() {
    for entry in fs::read_dir(root().join("domains")).unwrap() {
        let case = entry.unwrap().path();
        println!("{}", case.display());
        let zone = Zone::parse(&fs::read_to_string(case.join("zone")).unwrap()).unwrap();
        let mut query = DomainQuery::new(Name::parse("example.com").unwrap());
        query.guess = true;
        query.bulk = true;
        check(&domain_page(&query, &zone));
    }
}

#[test]
fn several_domains_are_one_page_with_what_to_do_first() {
    let zone = |case: &str| {
        let zone = root().join("domains").join(case).join("zone");
        Zone::parse(&fs::read_to_string(zone).unwrap()).unwrap()
    };
    let limits = Limits::default();
    let checks = ["perfect", "no-dmarc", "no-dmarc"].map(|case| {
        let query = DomainQuery::new(Name::parse("example.com").unwrap());
        block_on(sesauth::check_domain(&query, &zone(case), now(), &limits)).unwrap()
    });
    let mut page = Vec::new();
    write_domains(&checks, &mut page).unwrap();
    let page = String::from_utf8(page).unwrap();
    check_with(&page, &["header", "main", "footer", "h1"]);
    let words = words(&page);
    let findings = checks.iter().flat_map(|check| check.findings());
    for finding in findings {
        assert!(words.contains(finding.code), "{}", finding.code);
    }
    assert!(
        words.contains("dmarc-record-missing: Publish a record"),
        "{words}"
    );
    assert!(words.contains("1 with A, 2 with D."), "{words}");
}

#[test]
fn domains_of_unknown_organizations_are_not_said_to_be_of_one() {
    let message = b"Return-Path: <a@example.org>\r\nFrom: a@example.com\r\n\r\nHello\r\n";
    let dns = Snapshot::parse("{\"sesauth_dns\":1}", Absent::NotRecorded).unwrap();
    let hints = SessionHints::default();
    let found = inspect_recorded(message, &hints, &dns, now(), &Options::default());
    let page = page(&found.unwrap());
    let table = page.split_once("class=\"identities\"").unwrap().1;
    let table = table.split_once("</table>").unwrap().0;
    let groups = table.split("<tbody").skip(1);
    let of = |group: &str| ["example.com", "example.org"].map(|one| group.contains(one));
    let groups: Vec<[bool; 2]> = groups.map(of).collect();
    assert_eq!(
        groups,
        [[true, false], [false, true], [false, false]],
        "{table}"
    );
}

#[test]
fn what_leaves_the_outcome_open_is_what_to_do_first() {
    let case = root().join("messages/altered-mailman-footer/message.eml");
    let dns = Snapshot::parse("{\"sesauth_dns\":1}", Absent::NotRecorded).unwrap();
    let hints = SessionHints::default();
    let message = fs::read(case).unwrap();
    let found = inspect_recorded(&message, &hints, &dns, now(), &Options::default()).unwrap();
    let page = page(&found);
    check(&page);
    let first = page.split_once("class=\"first\"").unwrap().1;
    let first = first.split_once("</div>").unwrap().0;
    assert!(first.contains("#snapshot-incomplete"), "{first}");
    assert_eq!(found.findings()[0].code, "snapshot-incomplete");
    // What was not evaluated did not fail.
    let table = page.split_once("class=\"identities\"").unwrap().1;
    let table = table.split_once("</table>").unwrap().0;
    assert!(
        table.contains("class=\"mark would\" d=\"M41 24h6\""),
        "{table}"
    );
    assert!(page.contains("class=\"legend\""));
}

#[test]
fn a_domain_page_begins_with_what_raises_the_grade_most_and_with_its_choices() {
    let page_of = |zone: &str| {
        let query = DomainQuery::new(Name::parse("example.com").unwrap());
        let page = domain_page(&query, &Zone::parse(zone).unwrap());
        check(&page);
        let (before, first) = page.split_once("class=\"first\"").unwrap();
        let (first, code) = first.split_once("class=\"count\"").unwrap();
        let (code, _) = code.split_once("</div>").unwrap();
        [before, first, code].map(str::to_owned)
    };
    // A warning costs 5 points, and a notice 10.
    let zone = fs::read_to_string(root().join("domains/test-mode/zone")).unwrap();
    let [_, first, code] = page_of(&zone);
    assert!(code.contains("#dmarc-test-mode"), "{first}{code}");
    let [before, first, _] = page_of(
        "example.com. TXT \"v=spf1 -all\"\nreports.example.net. MX 10 mx.example.net.\n\
         _dmarc.example.com. TXT \"v=DMARC1; p=none; rua=mailto:a@reports.example.net\"\n",
    );
    assert!(first.contains("choose where the reports go"), "{first}");
    assert!(
        first.contains("<li>Take an address of a mailbox"),
        "{first}"
    );
    assert!(
        first.contains("<li>Keep <code>reports.example.net"),
        "{first}"
    );
    // What no finding mends is said as well.
    assert!(
        before.contains("The grade is raised most by a policy"),
        "{before}"
    );
}

#[test]
fn a_name_of_any_length_is_shown_whole_beside_its_result() {
    let label = "a".repeat(60);
    let domain = [&*label, &label, &label, "example.com"].join(".");
    let message = format!("Return-Path: <a@{domain}>\r\nFrom: a@{domain}\r\n\r\nHello\r\n");
    let dns = Snapshot::parse("{\"sesauth_dns\":1}", Absent::NxDomain).unwrap();
    let hints = SessionHints::default();
    let found = inspect_recorded(message.as_bytes(), &hints, &dns, now(), &Options::default());
    let page = page(&found.unwrap());
    check(&page);
    let table = page.split_once("class=\"identities\"").unwrap().1;
    let table = table.split_once("</table>").unwrap().0;
    assert!(table.contains(&format!("<code>{domain}</code>")), "{table}");
    assert!(table.contains("there is no signature"), "{table}");
}

/// DNS that answers every question with what is hostile.
struct Hostile {
    text: Vec<u8>,
}

impl Hostile {
    fn name(&self, below: &str) -> Option<Name> {
        let label = String::from_utf8_lossy(&self.text).replace('.', "");
        let label: String = label.chars().take(40).collect();
        let names = [format!("{label}.{below}"), format!("evil.{below}")];
        names.iter().find_map(|name| Name::parse(name).ok())
    }
}

impl Dns for Hostile {
    async fn query(&self, question: &Question) -> Reply {
        let name = question.name.as_str();
        let records = match question.kind {
            RecordType::Txt => {
                let start: &[u8] = match name {
                    _ if name.starts_with("_dmarc") => b"v=DMARC1; p=reject; rua=mailto:a@",
                    _ if name.contains("_domainkey") => b"v=DKIM1; k=rsa; p=QUJD; n=",
                    _ => b"v=spf1 ip4:203.0.113.9 exists:%{i}.",
                };
                let text = [start, &self.text, b" -all"].concat();
                let strings = text.chunks(255).map(<[u8]>::to_vec).collect();
                vec![Record::Txt(Txt(strings))]
            }
            RecordType::Ptr => self.name("example").map(Record::Ptr).into_iter().collect(),
            RecordType::Mx => vec![Record::Mx {
                preference: 10,
                exchange: self.name("example"),
            }],
            _ => Vec::new(),
        };
        Reply::Records(Answer {
            authenticated: false,
            cname: self.name("example.net").into_iter().collect(),
            ttl: 60,
            records,
        })
    }
}

/// A message with `text` in every field that is read, and in its body.
fn hostile_message(text: &[u8]) -> Vec<u8> {
    let mut message = Vec::new();
    for field in [
        "Delivered-To: b(at)example.net",
        "Return-Path: <a@@>",
        "Authentication-Results: mx.example.net; spf=fail (@) smtp.mailfrom=@; dkim=pass header.d=@; dmarc=@ (@)",
        "Received: from @ (@ [203.0.113.9]) by mx.example.net (@) with ESMTPS id @ for <@>; Tue, 30 Jun 2026 08:31:59 +0000 (@)",
        "Authentication-Results: @; spf=@; dkim=pass (@) header.d=@",
        "ARC-Seal: i=1; a=rsa-sha256; cv=none; d=@; s=@; b=QUJD",
        "ARC-Message-Signature: i=1; a=@; d=@; s=@; h=from; bh=QUJD; b=QUJD",
        "ARC-Authentication-Results: i=1; @; spf=@; dmarc=@",
        "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/@; d=@; s=@; i=@; h=from:@; bh=QUJD; b=QUJD",
        "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/simple; d=example.com; s=one; i=@@example.com; h=from:@; bh=QUJD; b=QUJD; x=@",
        "From: \"@\" <a@example.com>",
        "Subject: @",
        "Date: @",
        "Message-ID: <@@@>",
        "List-Id: @ <@>",
        "List-Unsubscribe: <javascript:@>, <https://@>",
        "X-SES-Outgoing: @",
        "Feedback-ID: @:AmazonSES",
        "X-Mailer: @",
        "X-@: @",
    ] {
        for piece in field.split_inclusive('@') {
            let (words, is_place) = match piece.strip_suffix('@') {
                Some(words) => (words, true),
                None => (piece, false),
            };
            message.extend_from_slice(words.as_bytes());
            if is_place {
                message.extend_from_slice(text);
            }
        }
        message.extend_from_slice(b"\r\n");
    }
    message.extend_from_slice(b"\r\n");
    message.extend_from_slice(text);
    message
}

fn hostile_pages(text: &[u8]) -> [String; 2] {
    let message = hostile_message(text);
    let dns = Hostile { text: text.into() };
    let options = Options {
        canonical_header: true,
        bulk: true,
        reports: true,
        ..Options::default()
    };
    let hints = SessionHints::default();
    let found = block_on(inspect_within(&message, &hints, &dns, now(), &options)).unwrap();
    let mut shown = Vec::new();
    let name = String::from_utf8_lossy(text);
    write(&found, &name, Provider::default(), &mut shown).unwrap();
    let mut query = DomainQuery::new(Name::parse("example.com").unwrap());
    query.guess = true;
    query.bulk = true;
    [String::from_utf8(shown).unwrap(), domain_page(&query, &dns)]
}

#[test]
fn what_is_hostile_is_shown_as_text() {
    let text = b"\"><script>alert(1)</script><img/src=x/onerror=alert(1)>'&lt;\0\xff\xe2\x80\xae--></style>";
    let [message, domain] = hostile_pages(text);
    check(&message);
    check(&domain);
    let words = words(&message);
    for shown in [
        "<script>alert(1)</script>",
        "<img/src=x/onerror=alert(1)>'&lt;",
        "\\u{0}\u{fffd}\\u{202e}-->",
        "javascript:\">",
    ] {
        assert!(words.contains(shown), "{shown}: {words}");
    }
}

/// What may end a text, an attribute or an element, or is seen by nobody.
const PIECES: [&[u8]; 30] = [
    b"<",
    b">",
    b"\"",
    b"'",
    b"&",
    b"=",
    b"/",
    b" ",
    b"\t",
    b"\0",
    b"\xff",
    b"\xe2\x80\xae",
    b"\xe2\x80\x8b",
    b"<!--",
    b"-->",
    b"</style>",
    b"</script>",
    b"<script>",
    b"<img src=x onerror=alert(1)>",
    b"<svg onload=alert(1)>",
    b"<![CDATA[",
    b"javascript:alert(1)",
    b"&#x3c;b&#62;",
    b"<base href=//a>",
    b"=?utf-8?b?PHNjcmlwdD4=?=",
    b"\\u{3c}",
    b"example.com",
    b";",
    b"<title>",
    b"</svg>",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_becomes_an_element(pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 1..8)) {
        for page in hostile_pages(&pieces.concat()) {
            check(&page);
        }
    }
}

/// `UPDATE=1` writes it anew.
#[test]
fn a_page_is_as_it_was() {
    let path = root().join("html/pass.html");
    let (_, found) = cases().into_iter().find(|(case, _)| case == SMALL).unwrap();
    let page = page(&found);
    // Its style and its script are not looked at here.
    let (start, rest) = page.split_once("<meta name=\"viewport\"").unwrap();
    let (_, rest) = rest.split_once("</style>").unwrap();
    let (rest, _) = rest.split_once("<script>").unwrap();
    let start = start.split_once("<meta http-equiv").unwrap().0;
    let page = format!("{start}\n{}\n", rest.replace("><", ">\n<"));
    if std::env::var_os("UPDATE").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &page).unwrap();
    }
    assert_eq!(fs::read_to_string(path).unwrap(), page);
}

/// A message with one signature and one finding at most.
const SMALL: &str = "canon-relaxed-relaxed";
