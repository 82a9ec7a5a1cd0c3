//! Forgeries by the thousand. Sessions: a receiver's honest fields on top, and below them whatever a
//! sender may write; none buys a pass, and where the honest fields show that DMARC fails, none buys
//! an open verdict. Wrappers: a genuine message with something around or inside it that a reader
//! would see; none passes.

#[path = "support/forgery.rs"]
mod forgery;

use std::collections::BTreeMap;

use forgery::{Dice, appended, forged, honest};
use jiff::Timestamp;
use sesauth::dns::Zone;
use sesauth::{Inspector, Options, SessionHints};

const ZONE: &str = "\
bank.example. 300 TXT \"v=spf1 ip4:192.0.2.10 include:amazonses.com -all\"
_dmarc.bank.example. 300 TXT \"v=DMARC1; p=reject\"
evil.example. 300 TXT \"v=spf1 ip4:203.0.113.66 -all\"
_dmarc.evil.example. 300 TXT \"v=DMARC1; p=none\"
amazonses.com. 300 TXT \"v=spf1 ip4:54.240.0.0/18 -all\"
";

const SESSIONS: u64 = 24_000;

#[test]
fn no_forged_session_buys_a_pass() {
    let threads = 2;
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let run =
            |thread: u64| move || judge((0..SESSIONS).filter(|seed| seed % threads == thread));
        let all: Vec<_> = (0..threads)
            .map(|thread| scope.spawn(run(thread)))
            .collect();
        all.into_iter()
            .flat_map(|one| one.join().unwrap())
            .collect()
    });
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for one in &wrong {
        *kinds
            .entry(one.split('\n').next().unwrap_or_default())
            .or_default() += 1;
    }
    let shown = wrong.iter().take(3).cloned().collect::<Vec<_>>();
    assert!(wrong.is_empty(), "{kinds:#?}\n{}", shown.join("\n\n"));
}

/// The sessions that bought something, each as what was bought from whom, and the message.
fn judge(seeds: impl Iterator<Item = u64>) -> Vec<String> {
    let zone = Zone::parse(ZONE).unwrap();
    let now: Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
    let inspector = Inspector::new(&zone, Options::default());
    let mut wrong = Vec::new();
    for seed in seeds {
        let mut dice = Dice::new(seed + 1);
        let path = dice.pick(&["win@evil.example", "ceo@bank.example"]);
        let tells = dice.below(2) == 0;
        let facts = honest(&mut dice, path, tells);
        let mut header = facts.header.clone();
        for _ in 0..=dice.below(5) {
            header.push_str(&forged(&mut dice));
        }
        let message = format!(
            "{header}From: CEO <ceo@bank.example>\r\nTo: r@example.net\r\nSubject: pay\r\n{}\r\npay\r\n",
            appended(&facts, path)
        );
        let hints = SessionHints::default();
        let inspection = inspector.inspect_recorded(message.as_bytes(), &hints, now);
        let result = inspection.unwrap().analysis.conclusion.result.as_str();
        if result == "pass" || result != "fail" && facts.shows_failure {
            wrong.push(format!("{result} at {}\n{message}", facts.name));
        }
    }
    wrong
}

/// What a sender may write before a genuine message, so that it looks like something around it.
const BEFORE: [&str; 20] = [
    "From: CEO <ceo@bank.example>\r\nSubject: pay\r\nDownload Original\r\n\r\nSPF: PASS\r\nDMARC: PASS\r\n\r\n",
    "Original Message\r\nMessage ID\t<a@bank.example>\r\nSPF:\tPASS\r\nDownload Original\r\n\r\n",
    "X-Mozilla-Status: 0001\r\nDownload Original\r\nSPF: PASS\r\n\r\n",
    "696\r\n",
    "1\r\n",
    "\r\n",
    "\n\n",
    " \r\n",
    "\t\n",
    "\u{feff}",
    "From : ceo@bank.example\r\n",
    "From\u{a0}: ceo@bank.example\r\n",
    "From ceo@bank.example\r\n",
    "From ceo@bank.example: pay to X\r\n",
    ">From ceo@bank.example Tue Jun 30 06:00:00 2026\r\n",
    "PLEASE PAY TO X\r\n",
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n",
    "Content-Type: multipart/mixed; boundary=b\r\nFrom: ceo@bank.example\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n",
    "Content-Type: message/rfc822\r\nFrom: ceo@bank.example\r\n\r\n",
    ": pay\r\n",
];

/// Lines inside the header that are no field.
const INSIDE: [&str; 6] = [
    "PLEASE PAY TO X\r\n",
    "From\u{a0}: ceo@bank.example\r\n",
    "Pay to: X\r\n",
    ": pay\r\n",
    "From ceo@bank.example Tue Jun 30 06:00:00 2026\r\n",
    "pay\n",
];

const BEHIND: [&str; 4] = [
    "",
    "<h1>pay</h1>\r\n",
    "<?xml version=\"1.0\"?>\n<plist version=\"1.0\"></plist>\n",
    "\r\nFrom x@y Tue Jun 30 06:00:00 2026\r\nFrom: ceo@bank.example\r\n\r\npay\r\n",
];

#[test]
fn no_wrapper_buys_a_pass() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/attacks");
    let genuine = std::fs::read_to_string(folder.join("base-genuine-pipe.eml")).unwrap();
    let zone = std::fs::read_to_string(folder.join("zone.zone")).unwrap();
    let zone = Zone::parse(&zone).unwrap();
    let now: Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
    let inspector = Inspector::new(&zone, Options::default());
    let pipeline = SessionHints {
        client_ip: Some([203, 0, 113, 66].into()),
        mail_from: Some("win@evil.example".into()),
        ..SessionHints::default()
    };
    let result = |message: &str, hints: &SessionHints| {
        let inspection = inspector.inspect_recorded(message.as_bytes(), hints, now);
        inspection.map(|inspection| inspection.analysis.conclusion.result.as_str())
    };
    assert_eq!(result(&genuine, &pipeline).unwrap(), "pass");
    let header = genuine.find("\r\n\r\n").unwrap() + 2;
    let lines: Vec<usize> = genuine[..header]
        .match_indices('\n')
        .map(|(at, _)| at + 1)
        .collect();
    for seed in 0..4_000 {
        let mut dice = Dice::new(seed + 1);
        let before: String = (0..=dice.below(3)).map(|_| dice.pick(&BEFORE)).collect();
        let behind = dice.pick(&BEHIND);
        let message = format!("{before}{genuine}{behind}");
        // To be refused is fine, too.
        assert_ne!(result(&message, &pipeline).ok(), Some("pass"), "{message}");
        let at = lines[dice.below(lines.len())];
        let inside = dice.pick(&INSIDE);
        let message = format!("{}{inside}{}", &genuine[..at], &genuine[at..]);
        for hints in [&pipeline, &SessionHints::default()] {
            assert_ne!(result(&message, hints).ok(), Some("pass"), "{message}");
        }
    }
}
