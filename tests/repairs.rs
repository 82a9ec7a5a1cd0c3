//! No advice harms: records with one typing error each, and what the findings then propose. Nothing
//! that is proposed is weaker than the record was before the error, and all of it parses clean.

#[path = "support/proposed.rs"]
mod proposed;
#[path = "support/random.rs"]
mod random;

use std::collections::BTreeMap;

use proposed::{Proposal, dmarc_faults, proposals, spf_faults};
use random::Random;
use sesauth::dns::{Absent, Snapshot};
use sesauth::findings::Finding;
use sesauth::{Options, SessionHints};

const SPF_RECORDS: usize = 4_000;
const DMARC_RECORDS: usize = 4_000;
const SEED: u64 = 7208;

/// A typing error: its name, and what it makes of a record; `None` if the record has no place for
/// it.
type Slip = (&'static str, fn(&str, &mut Random) -> Option<String>);

const SPF_SLIPS: &[Slip] = &[
    ("dash", |text, random| {
        let dashes = [
            '\u{2010}', '\u{2011}', '\u{2012}', '\u{2013}', '\u{2014}', '\u{2212}', '\u{ff0d}',
        ];
        text.contains(" -all")
            .then(|| text.replace(" -all", &format!(" {}all", random.pick(&dashes))))
    }),
    ("tilde", |text, random| {
        let tildes = ['\u{ff5e}', '\u{2dc}', '\u{223c}', '\u{301c}'];
        text.contains(" ~all")
            .then(|| text.replace(" ~all", &format!(" {}all", random.pick(&tildes))))
    }),
    ("dash and space", |text, random| {
        let dashes = ["- ", "\u{2013} ", "-\u{a0}", "--", "\u{2013}\u{a0}"];
        text.contains(" -all")
            .then(|| text.replace(" -all", &format!(" {}all", random.pick(&dashes))))
    }),
    ("lost qualifier", |text, random| {
        let at = [" -all", " ~all"]
            .into_iter()
            .find(|all| text.contains(all))?;
        let signs = [".", "!", "\u{a0}", "\u{fffd}", ":", "=", "*", "\u{b7}"];
        Some(text.replace(at, &format!(" {}all", random.pick(&signs))))
    }),
    ("lost space", |text, random| {
        // Where a name goes on in letters, nobody can tell.
        let typed = without_one(text, ' ', random)?;
        let names = [
            ".coma", ".neta", ".orga", ".commx", ".netmx", ".orgmx", "/32a", "::/32mx",
        ];
        (!names.iter().any(|name| typed.contains(name))).then_some(typed)
    }),
    ("other blank", |text, random| {
        let blanks = [
            "\u{a0}",
            "\t",
            "\r\n",
            "\u{2003}",
            "\n",
            "\u{200b} ",
            "\u{3000}",
        ];
        with_one(text, ' ', random.pick(&blanks), random)
    }),
    ("other separator", |text, random| {
        let signs = [",", ";", ", ", "; ", "\\; ", "\" \"", ",,", " , "];
        with_one(text, ' ', random.pick(&signs), random)
    }),
    ("space after colon", |text, random| {
        let signs = [": ", " :", ":\u{a0}"];
        with_one(text, ':', random.pick(&signs), random)
    }),
    ("other colon", |text, random| {
        let signs = ["=", "\u{ff1a}", "::", ";", ":="];
        with_one(text, ':', random.pick(&signs), random)
    }),
    ("end", |text, random| {
        let ends = [
            "\n", "\r\n", ";", ".", ",", "\"", "\u{201d}", "\\", "\u{a0}", "\u{200b}", " ;", "'",
        ];
        Some(format!("{text}{}", random.pick(&ends)))
    }),
    ("quotes around", |text, random| {
        let quotes = [
            ('"', '"'),
            ('\u{201c}', '\u{201d}'),
            ('\'', '\''),
            ('`', '`'),
        ];
        let (open, close) = random.pick(&quotes);
        Some(format!("{open}{text}{close}"))
    }),
    ("space one sign early", |text, random| {
        let places: Vec<usize> = text.match_indices(' ').map(|(at, _)| at).collect();
        let at = random.pick(&places);
        let (before, behind) = (&text[..at - 1], &text[at + 1..]);
        // A modifier may have any name.
        (!behind.starts_with("redirect")).then(|| format!("{before} {}{behind}", &text[at - 1..at]))
    }),
    ("digit lost", |text, random| {
        let signs = ["=", ";", ",", ":"];
        let at = text.find("ip4:")? + 4;
        Some(format!(
            "{}{}{}",
            &text[..at],
            random.pick(&signs),
            &text[at + 1..]
        ))
    }),
    ("doubled version", |text, _| Some(format!("v=spf1 {text}"))),
    ("front", |text, random| {
        let fronts = [" ", "\u{feff}", "TXT ", "\t", "SPF: ", "\u{a0}"];
        Some(format!("{}{text}", random.pick(&fronts)))
    }),
    ("version", |text, random| {
        let versions = [
            "v=spf",
            "v:spf1",
            "v=spf1;",
            "v=spf1.0",
            "spf1",
            "v= spf1",
            "v=spf2",
            "V=SPF1,",
            "v=sp1f",
            "v=sfp1",
            "vs=pf1",
            "v=sp,1",
            "v=spf 1",
            "v=spf\u{a0}1",
            "v=spff1",
        ];
        Some(text.replacen("v=spf1", random.pick(&versions), 1))
    }),
    ("case", |text, random| {
        let upper = text.to_uppercase();
        let words = ["v=spf1", "include", "ip4", "all"];
        let word = random.pick(&words);
        Some(if random.percent(30) {
            upper
        } else {
            text.replace(word, &word.to_uppercase())
        })
    }),
    ("misspelt", |text, random| {
        let words = ["include", "ip4", "ip6", "all", "redirect"];
        let word = random.pick(&words);
        let at = text.find(word)?;
        Some(format!(
            "{}{}{}",
            &text[..at],
            misspelt(word, random),
            &text[at + word.len()..]
        ))
    }),
    ("cut", |text, random| {
        text.get(..text.len() - 1 - random.below(6))
            .map(str::to_owned)
    }),
];

const DMARC_SLIPS: &[Slip] = &[
    ("comma", |text, random| {
        let sign = random.pick(&[",", ", "]);
        let whole = random.percent(50);
        Some(if whole {
            text.replace("; ", sign)
        } else {
            with_one(text, ';', sign.trim_end(), random)?
        })
    }),
    ("escaped", |text, random| {
        let signs = ["\\;", "\\\\;", "\u{ff1b}", "\u{37e}", ";;", "; ;"];
        let sign = random.pick(&signs);
        Some(if random.percent(50) {
            text.replace(';', sign)
        } else {
            with_one(text, ';', sign, random)?
        })
    }),
    ("lost semicolon", |text, random| {
        Some(if random.percent(50) {
            text.replace(';', "")
        } else {
            without_one(text, ';', random)?
        })
    }),
    ("lost semicolon and space", |text, _| {
        // Behind a word, as after an address nobody can tell where it ends.
        let at = text.find("; p=").or_else(|| text.find("; rua="))?;
        Some(format!("{}{}", &text[..at], &text[at + 2..]))
    }),
    ("other equals", |text, random| {
        let signs = [":", "\u{ff1d}", "==", " : ", "= =", "\u{ff1a}", ":="];
        let sign = random.pick(&signs);
        Some(if random.percent(30) {
            text.replace('=', sign)
        } else {
            with_one(text, '=', sign, random)?
        })
    }),
    ("quotes", |text, random| {
        let quotes = [
            ('"', '"'),
            ('\u{201c}', '\u{201d}'),
            ('\'', '\''),
            ('\u{ab}', '\u{bb}'),
        ];
        let (open, close) = random.pick(&quotes);
        Some(format!("{open}{text}{close}"))
    }),
    ("quoted value", |text, random| {
        let policy = ["none", "quarantine", "reject"];
        let word = policy
            .into_iter()
            .find(|word| text.contains(&format!(" p={word}")))?;
        let (open, close) = random.pick(&[
            ("\"", "\""),
            ("\u{201c}", "\u{201d}"),
            ("'", "'"),
            ("", "\""),
        ]);
        Some(text.replacen(&format!("p={word}"), &format!("p={open}{word}{close}"), 1))
    }),
    ("blank", |text, random| {
        let blanks = ["\u{a0}", "\t", "\u{200b}", "\n", "\u{3000}"];
        with_one(text, ' ', random.pick(&blanks), random)
    }),
    ("front", |text, random| {
        let fronts = [" ", "\u{feff}", "\t", "\u{a0}", "TXT ", "\n"];
        Some(format!("{}{text}", random.pick(&fronts)))
    }),
    ("end", |text, random| {
        let ends = [
            "\n", "\r\n", "\u{a0}", "\"", ".", ",", "\u{201d}", "\\", ";;", "\u{200b}",
        ];
        Some(format!("{text}{}", random.pick(&ends)))
    }),
    ("version", |text, random| {
        let versions = [
            "v=dmarc1",
            "V=DMARC1",
            "v=DMARC 1",
            "DMARC1",
            "v=DMARC",
            "v=DMARC2",
            "v:DMARC1",
            "v=DMARC1.0",
            "v=DMARC1; v=DMARC1",
            "v=DMARCl",
            "v = DMARC1",
            "v=Dmarc1",
        ];
        Some(text.replacen("v=DMARC1", random.pick(&versions), 1))
    }),
    ("version last", |text, _| {
        Some(format!("{}; v=DMARC1", text.strip_prefix("v=DMARC1; ")?))
    }),
    ("case", |text, random| {
        Some(if random.percent(50) {
            text.to_uppercase()
        } else {
            text.replace("p=", "P=")
        })
    }),
    ("misspelt policy", |text, random| {
        let policy = ["quarantine", "reject", "none"];
        let word = policy
            .into_iter()
            .find(|word| text.contains(&format!("p={word}")))?;
        Some(text.replacen(
            &format!("p={word}"),
            &format!("p={}", misspelt(word, random)),
            1,
        ))
    }),
    ("misspelt tag", |text, random| {
        let tags = ["rua", "ruf", "aspf", "adkim", "np", "sp", "fo"];
        let tag = random.pick(&tags);
        text.contains(&format!("{tag}=")).then(|| {
            text.replacen(
                &format!("{tag}="),
                &format!("{}=", misspelt(tag, random)),
                1,
            )
        })
    }),
    ("sign in a tag", |text, random| {
        let tags = ["rua", "ruf", "sp", "np"];
        let tag = random.pick(&tags);
        let sign = random.pick(&["-", " ", ".", "\u{a0}", "_"]);
        let typed = format!("; {}{sign}{}=", &tag[..1], &tag[1..]);
        text.contains(&format!("; {tag}="))
            .then(|| text.replacen(&format!("; {tag}="), &typed, 1))
    }),
    ("tag in words", |text, random| {
        let words = ["policy", "pol", "dmarc-policy", "Policy"];
        Some(text.replacen("; p=", &format!("; {}=", random.pick(&words)), 1))
    }),
    ("glued policy", |text, random| {
        let tag = random.pick(&["sp", "np", "p"]);
        text.contains(&format!("; {tag}="))
            .then(|| text.replacen(&format!("; {tag}="), &format!("; {tag}"), 1))
    }),
    ("mode in words", |text, _| {
        let typed = text
            .replace("kim=s", "kim=strict")
            .replace("spf=s", "spf=strict");
        (typed != text).then_some(typed)
    }),
    ("address", |text, random| {
        let forms = [
            "", "mailto: ", "mailto:<", "mailto", "mailt:", "MAILTO:", "mailto::", "mailto :",
            "mail:", "mailto;",
        ];
        let at = text.find("mailto:")?;
        Some(format!(
            "{}{}{}",
            &text[..at],
            random.pick(&forms),
            &text[at + 7..]
        ))
    }),
    ("addresses", |text, random| {
        let signs = [";", " ", "; ", ",,"];
        text.contains(",mailto:")
            .then(|| text.replacen(",mailto:", &format!("{}mailto:", random.pick(&signs)), 1))
    }),
    ("cut", |text, random| {
        text.get(..text.len().saturating_sub(1 + random.below(20)))
            .map(str::to_owned)
    }),
];

/// `text` without one of the `sign`s in it.
fn without_one(text: &str, sign: char, random: &mut Random) -> Option<String> {
    with_one(text, sign, "", random)
}

/// `text` with `new` for one of the `sign`s in it.
fn with_one(text: &str, sign: char, new: &str, random: &mut Random) -> Option<String> {
    let places: Vec<usize> = text.match_indices(sign).map(|(at, _)| at).collect();
    if places.is_empty() {
        return None;
    }
    let at = random.pick(&places);
    Some(format!(
        "{}{new}{}",
        &text[..at],
        &text[at + sign.len_utf8()..]
    ))
}

/// A word with one letter lost, doubled, or swapped with the next.
fn misspelt(word: &str, random: &mut Random) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    let at = random.below(letters.len() - 1);
    match random.below(3) {
        0 => drop(letters.remove(at)),
        1 => letters.insert(at, letters[at]),
        _ => letters.swap(at, at + 1),
    }
    letters.into_iter().collect()
}

fn spf_record(random: &mut Random) -> String {
    let mut terms = vec![
        "include:amazonses.com",
        "include:spf.example.net",
        "ip4:192.0.2.25",
        "ip4:198.51.100.0/24",
        "ip6:2001:db8::/32",
        "a",
        "mx",
        "a:mail.example.com",
        "mx:example.org",
    ];
    let mut record = "v=spf1".to_owned();
    for _ in 0..=random.below(4) {
        record += " ";
        record += terms.swap_remove(random.below(terms.len()));
    }
    match random.below(10) {
        0..4 => record += " -all",
        4..8 => record += " ~all",
        8 => record += " ?all",
        _ => record += " redirect=spf.example.org",
    }
    record
}

fn dmarc_record(random: &mut Random) -> String {
    let policies = ["none", "quarantine", "reject", "reject"];
    let mut record = format!("v=DMARC1; p={}", random.pick(&policies));
    let mut add = |share: usize, tag: &str, values: &[&str]| {
        if random.percent(share) {
            record += &format!("; {tag}={}", random.pick(values));
        }
    };
    add(40, "sp", &policies);
    add(20, "np", &policies);
    add(25, "adkim", &["r", "s"]);
    add(25, "aspf", &["r", "s"]);
    add(
        80,
        "rua",
        &[
            "mailto:d@example.com",
            "mailto:a@example.com,mailto:b@example.com",
        ],
    );
    add(20, "ruf", &["mailto:f@example.com"]);
    add(10, "fo", &["1", "1:d:s"]);
    add(10, "pct", &["100"]);
    record
}

/// What the findings say of a message from `ip` in a world with these two records.
fn findings(spf: &str, dmarc: &str, from_ses: bool) -> Vec<Finding> {
    let line = |name: &str, kind: &str, record: &str| {
        let (name, kind, record) = (quoted(name), quoted(kind), record.to_owned());
        format!(
            "{{\"name\":{name},\"type\":{kind},\"rcode\":\"NOERROR\",\"ttl\":300,\"records\":[{record}]}}\n"
        )
    };
    let txt = |name: &str, text: &str| line(name, "TXT", &format!("[{}]", quoted(text)));
    let mut dns = "{\"sesauth_dns\":1}\n".to_owned();
    dns += &txt("example.com", spf);
    dns += &txt("_dmarc.example.com", dmarc);
    dns += &txt("mail.example.com", "v=spf1 include:amazonses.com ~all");
    dns += &txt("amazonses.com", "v=spf1 ip4:54.240.0.0/18 -all");
    dns += &txt("spf.example.net", "v=spf1 ip4:203.0.113.0/26 -all");
    dns += &txt("spf.example.org", "v=spf1 ip4:203.0.113.128/26 -all");
    for name in ["example.com", "example.org"] {
        dns += &line(
            name,
            "MX",
            "{\"preference\":10,\"exchange\":\"mx.example.com\"}",
        );
    }
    for name in ["example.com", "mx.example.com"] {
        dns += &line(name, "A", "\"192.0.2.9\"");
    }
    dns += &line(
        "mail.example.com",
        "MX",
        "{\"preference\":10,\"exchange\":\"feedback-smtp.us-east-1.amazonses.com\"}",
    );
    dns += &line("mail.example.com", "A", "\"192.0.2.10\"");
    let dns = Snapshot::parse(&dns, Absent::NxDomain).unwrap();
    let message = match from_ses {
        true => {
            "Feedback-ID: ::1.us-east-1.abcdefghijklmnopqrstuvwxyz0123456789+/ABCD=:AmazonSES\r\n\
             X-SES-Outgoing: 2026.06.01-54.240.8.1\r\nFrom: a@example.com\r\n\
             Date: Mon, 01 Jun 2026 10:00:00 +0000\r\n\r\nHello\r\n"
        }
        false => "From: a@example.com\r\nDate: Mon, 01 Jun 2026 10:00:00 +0000\r\n\r\nHello\r\n",
    };
    let (ip, path) = match from_ses {
        true => (
            "54.240.8.1",
            "0100018f00000000-00000000-0000-4000-8000-000000000000-000000@mail.example.com",
        ),
        false => ("192.0.2.25", "a@example.com"),
    };
    let hints = SessionHints {
        client_ip: ip.parse().ok(),
        helo: Some("mx.example.com".into()),
        mail_from: Some(path.into()),
        ..SessionHints::default()
    };
    let now = "2026-06-01T10:00:05Z".parse().unwrap();
    let inspection =
        sesauth::inspect_recorded(message.as_bytes(), &hints, &dns, now, &Options::default());
    inspection.unwrap().findings()
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

/// What was seen of one kind of error.
#[derive(Default)]
struct Tally {
    records: usize,
    advised: usize,
    proposals: usize,
    faulty: usize,
    examples: Vec<String>,
}

impl Tally {
    fn add(&mut self, before: &str, typed: &str, mut proposed: Vec<(Proposal, Vec<String>)>) {
        self.records += 1;
        self.advised += usize::from(!proposed.is_empty());
        self.proposals += proposed.len();
        proposed.retain(|(_, faults)| !faults.is_empty());
        self.faulty += proposed.len();
        for (proposal, faults) in proposed {
            if self.examples.len() < 6 {
                self.examples.push(format!(
                    "{}: {}\n      was    {before:?}\n      typed  {typed:?}\n      advice {:?}",
                    proposal.code,
                    faults.join("; "),
                    proposal.text
                ));
            }
        }
    }
}

fn shown(tallies: &BTreeMap<&str, Tally>) -> (usize, usize) {
    let mut faulty = 0;
    for (kind, tally) in tallies {
        let Tally {
            records,
            advised,
            proposals,
            ..
        } = tally;
        println!(
            "{kind}: {records} records, {advised} advised, {proposals} proposals, {} faulty",
            tally.faulty
        );
        for example in &tally.examples {
            println!("    {example}");
        }
        faulty += tally.faulty;
    }
    (faulty, tallies.values().map(|tally| tally.advised).sum())
}

#[test]
fn no_spf_record_that_is_proposed_is_weaker_than_the_one_before_the_error() {
    let mut random = Random(SEED);
    let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
    let dmarc = "v=DMARC1; p=reject; rua=mailto:d@example.com";
    let mut made = 0;
    while made < SPF_RECORDS {
        let before = spf_record(&mut random);
        let (kind, slip) = random.pick(SPF_SLIPS);
        let Some(typed) = slip(&before, &mut random) else {
            continue;
        };
        made += 1;
        // What was cut off, and a sign that became another, cannot be known.
        let (floor, keeps) = match kind {
            "cut" => (typed.clone(), false),
            "lost qualifier" => (before.replace(" -all", " ~all"), true),
            _ => (before.clone(), true),
        };
        let mut proposed = proposals(&findings(&typed, dmarc, false));
        proposed.retain(|it| it.name == "example.com");
        let judged = proposed.into_iter().map(|it| {
            let faults = spf_faults(&it.text, &floor, keeps, it.code);
            (it, faults)
        });
        tallies
            .entry(kind)
            .or_default()
            .add(&before, &typed, judged.collect());
    }
    assert_mended(&tallies, made);
}

/// No proposal has a fault, and most errors have one.
fn assert_mended(tallies: &BTreeMap<&str, Tally>, made: usize) {
    let (faulty, advised) = shown(tallies);
    assert_eq!(faulty, 0, "of {made} records");
    assert!(
        advised * 2 > made,
        "most errors are mended: {advised} of {made}"
    );
}

#[test]
fn no_dmarc_record_that_is_proposed_is_weaker_than_the_one_before_the_error() {
    let mut random = Random(SEED + 1);
    let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
    let mut made = 0;
    while made < DMARC_RECORDS {
        let before = dmarc_record(&mut random);
        let (kind, slip) = random.pick(DMARC_SLIPS);
        let Some(typed) = slip(&before, &mut random) else {
            continue;
        };
        made += 1;
        let from_ses = random.percent(30);
        let (floor, keeps) = match kind {
            "cut" => (typed.clone(), false),
            _ => (before.clone(), true),
        };
        let mut proposed = proposals(&findings("v=spf1 ip4:192.0.2.25 -all", &typed, from_ses));
        proposed.retain(|it| it.name == "_dmarc.example.com");
        let judged = proposed.into_iter().map(|it| {
            let faults = dmarc_faults(&it.text, &floor, keeps, from_ses);
            (it, faults)
        });
        tallies
            .entry(kind)
            .or_default()
            .add(&before, &typed, judged.collect());
    }
    assert_mended(&tallies, made);
}

/// Records with several faults at once, for which several rules propose a whole record.
#[test]
fn whichever_finding_is_followed_the_record_is_right() {
    let mut several = 0;
    for dmarc in [
        "V=DMARC1; P=reject; aspr=s; pct=100; rua=d@example.com; ri=3600; fo=1",
        "v=DMARC1; p=quarantine; aspr=s; rua=mailto:d@example.com!10m,e@example.com; rf=afrf",
        "v=DMARC1; p=none; adkim=x; ruf=f@example.com; pct=100; rua=mailto:",
        "v=DMARC1; p=reject; sp=none; rua=mailto:d@example.com!1m; colour=red; t=y",
    ] {
        for from_ses in [true, false] {
            let found = findings(
                "v=spf1 ptr redirect=spf.example.org a:gone.example.net +all",
                dmarc,
                from_ses,
            );
            for it in proposals(&found) {
                let faults = match it.name.as_str() {
                    "_dmarc.example.com" => dmarc_faults(&it.text, dmarc, false, from_ses),
                    "example.com" => spf_faults(&it.text, "v=spf1 ~all", false, it.code),
                    _ => continue,
                };
                several += 1;
                assert!(faults.is_empty(), "{it:?}: {faults:?}");
                assert!(
                    !it.text.contains("ptr") && !it.text.contains("redirect"),
                    "{it:?}"
                );
            }
        }
    }
    assert!(several > 20, "{several} proposals");
}
