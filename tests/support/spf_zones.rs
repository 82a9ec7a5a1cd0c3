//! Zones with SPF records that are made up, and the clients that are judged by them.

use std::collections::BTreeSet;
use std::net::IpAddr;

use sesauth::Limits;
use sesauth::dns::{Answer, Dns, Name, Negative, Question, Record, RecordType, Reply, Txt, Zone};

use crate::random::Random;

/// One message's way through DNS.
#[derive(Clone, Debug)]
pub struct Situation {
    pub ip: IpAddr,
    pub helo: String,
    pub mail_from: String,
    /// Lines of zone text.
    pub lines: Vec<String>,
    /// Names whose lookups fail.
    pub failing: BTreeSet<String>,
    /// Whether `exists` is also content with AAAA.
    pub exists_by_aaaa: bool,
    /// Whether the first `include` that matches decides, however deep.
    pub first_include_decides: bool,
    pub limits: Limits,
}

/// DNS of a situation. Below `ex.test` and `inc.test`, where macros lead, whether a name exists and
/// what stands there follows from the name itself, so that a wrong expansion shows.
#[derive(Clone, Default)]
pub struct Published {
    zone: Zone,
    failing: BTreeSet<String>,
    exists_by_aaaa: bool,
}

impl Published {
    pub fn of(situation: &Situation) -> Self {
        Self {
            zone: Zone::parse(&situation.lines.join("\n")).unwrap(),
            failing: situation.failing.clone(),
            exists_by_aaaa: situation.exists_by_aaaa,
        }
    }

    /// What stands at a name to which macros lead.
    fn derived(&self, name: &Name, kind: RecordType) -> Option<Reply> {
        let text = name.as_str();
        let bytes = text.bytes().chain([7]);
        let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        let record = if text.ends_with(".ex.test") {
            match (hash >> 20) % 8 {
                0..=3 if kind == RecordType::A => Record::A([127, 0, 0, 2].into()),
                4 if kind == RecordType::Aaaa || self.exists_by_aaaa => match kind {
                    RecordType::A => Record::A([127, 0, 0, 2].into()),
                    _ => Record::Aaaa([0, 0, 0, 0, 0, 0, 0, 1].into()),
                },
                0..=4 => return Some(Reply::NoData(Negative::default())),
                _ => return Some(Reply::NxDomain(Negative::default())),
            }
        } else if text.ends_with(".inc.test") {
            let text = match (hash >> 20) % 8 {
                0 => "v=spf1 ip4:192.0.2.0/30 ip6:2001:db8::/126 -all",
                1 => "v=spf1 ip4:192.0.2.0/29 ip6:2001:db8::/125 ~all",
                2 => "v=spf1 ?exists:%{ir}.%{d1r}.ex.test -all",
                3 => "v=spf1 +all",
                4 => "v=spf1 -all",
                5 => "v=spf1 a:h0.test mx:h1.test ?all",
                6 => "v=spf1",
                _ => return Some(Reply::NxDomain(Negative::default())),
            };
            match kind {
                RecordType::Txt => Record::Txt(Txt(vec![text.as_bytes().to_vec()])),
                _ => return Some(Reply::NoData(Negative::default())),
            }
        } else {
            return None;
        };
        Some(Reply::Records(Answer {
            cname: Vec::new(),
            ttl: 60,
            authenticated: false,
            records: vec![record],
        }))
    }
}

impl Dns for Published {
    async fn query(&self, question: &Question) -> Reply {
        if self.failing.contains(question.name.as_str()) {
            return Reply::TempFail(sesauth::dns::Failure::Rcode("SERVFAIL".into()));
        }
        match self.derived(&question.name, question.kind) {
            Some(reply) => reply,
            None => self.zone.query(question).await,
        }
    }
}

/// Terms that one of the two reads in another way: as written, and as mail-auth takes them.
pub const READ_OTHERWISE: [(&str, &str); 6] = [
    ("ip4:203.0.113.9/", "ip4:203.0.113.9/0"),
    ("a:h0.test/33", "a:h0.test/32"),
    ("ipv4:192.0.2.1", "ipv4=192.0.2.1"),
    ("ip6:2001:db8:ffff::/0", "all"),
    ("extra=%{d2}/x", "extra:"),
    ("x-1.=", "x-1.:"),
];

/// What some domains have beside a record.
pub const SECOND_RECORD: &str = "v=spf1 ?all second=x";

const HOSTS: usize = 8;
const CLIENTS: [&str; 6] = [
    "192.0.2.1",
    "192.0.2.6",
    "198.51.100.77",
    "2001:db8::1",
    "2001:db8::6",
    "2001:db8:5::77",
];
const LOCAL_PARTS: [&str; 6] = ["user", "strong-bad", "x.y.z", "a_b", "q-r.s", "n1"];

/// A zone and a client.
pub fn situation(random: &mut Random) -> Situation {
    let mut situation = Situation {
        ip: random.pick(&CLIENTS).parse().unwrap(),
        helo: "mail.helo.test".into(),
        mail_from: format!("{}@d0.test", random.pick(&LOCAL_PARTS)),
        lines: Vec::new(),
        failing: BTreeSet::new(),
        exists_by_aaaa: false,
        first_include_decides: false,
        limits: Limits::default(),
    };
    for host in 0..HOSTS {
        let mut add = |text: String| situation.lines.push(format!("h{host}.test 60 IN {text}"));
        if random.percent(60) {
            add(format!("A 192.0.2.{}", random.below(8)));
        }
        if random.percent(20) {
            add(format!("A 198.51.100.{}", random.below(80)));
        }
        if random.percent(50) {
            add(format!("AAAA 2001:db8::{}", random.below(8)));
        }
        let exchanges = match random.below(20) {
            0 => 11,
            1..=10 => 1 + random.below(3),
            _ => 0,
        };
        for preference in 0..exchanges {
            add(format!("MX {preference} h{}.test", random.below(HOSTS)));
        }
        if random.percent(2) {
            situation.failing.insert(format!("h{host}.test"));
        }
    }
    let top = match random.below(20) {
        0 => {
            situation.mail_from.clear();
            "mail.helo.test"
        }
        1..=4 => {
            situation.mail_from = situation.mail_from.replace("d0.test", "sub.a-b.d0.test");
            "sub.a-b.d0.test"
        }
        _ => "d0.test",
    };
    // Which domains have records is decided first: some that are led to have none.
    if !random.percent(3) {
        publish(&mut situation, random, top, 0);
    }
    for level in 1..=3 {
        for number in 0..2 {
            if !random.percent(6) {
                publish(
                    &mut situation,
                    random,
                    &format!("r{level}{number}.test"),
                    level,
                );
            }
        }
    }
    situation
}

/// Publishes the record of `domain`, which leads to records of deeper levels only.
fn publish(situation: &mut Situation, random: &mut Random, domain: &str, level: usize) {
    let mut terms = vec!["v=spf1".to_owned()];
    for _ in 0..random.below(5) {
        terms.push(term(random, level));
    }
    match random.below(10) {
        0..=4 => terms.push(format!("{}all", random.pick(&["-", "~", "?", "+", ""]))),
        5..=7 => terms.push(format!("redirect={}", target(random, level))),
        _ => (),
    }
    let twice = random.percent(1);
    if random.percent(5) && !twice {
        terms.push(
            random
                .pick(&["extra=%{d2}", "x-1.=", READ_OTHERWISE[4].0])
                .into(),
        );
    }
    let mut record = |text: &str| {
        situation
            .lines
            .push(format!("{domain} 60 IN TXT \"{text}\""));
    };
    if random.percent(10) {
        record("some other text");
    }
    record(&terms.join(" "));
    if twice {
        record(SECOND_RECORD);
    }
    if random.percent(1) {
        situation.failing.insert(domain.into());
    }
    if random.percent(50) {
        situation
            .lines
            .push(format!("{domain} 60 IN A 192.0.2.{}", random.below(8)));
        situation
            .lines
            .push(format!("{domain} 60 IN MX 5 h{}.test", random.below(HOSTS)));
    }
}

fn term(random: &mut Random, level: usize) -> String {
    let qualifier = random.pick(&["", "", "", "", "+", "-", "~", "?"]);
    let host = random.below(HOSTS + 1);
    let mechanism = match random.below(24) {
        0 => "a".into(),
        1..=3 => format!("a:h{host}.test"),
        4..=5 => format!("a:h{host}.test{}", prefixes(random)),
        6 => format!("a{}", prefixes(random)),
        7 => "mx".into(),
        8 => format!("mx:h{host}.test"),
        9 => format!("MX:h{host}.test{}", prefixes(random)),
        10 => format!("ip4:192.0.2.{}", random.below(8)),
        11 => format!("ip4:192.0.2.{}/{}", random.below(8), 25 + random.below(8)),
        12 => format!("ip4:198.51.100.64/{}", random.pick(&[0, 1, 24, 28, 32])),
        13 if qualifier.is_empty() && random.percent(15) => READ_OTHERWISE[3].0.into(),
        13 => format!("ip6:2001:db8::{}", random.below(8)),
        14 => format!(
            "ip6:2001:db8::{:x}/{}",
            random.below(8),
            121 + random.below(8)
        ),
        15..=18 => format!("include:{}", target(random, level)),
        19..=22 => format!("exists:{}.ex.test", macros(random)),
        _ if qualifier.is_empty() && random.percent(25) => {
            random.pick(&READ_OTHERWISE[..4]).0.into()
        }
        _ => "ip4:203.0.113.0/24".into(),
    };
    format!("{qualifier}{mechanism}")
}

fn prefixes(random: &mut Random) -> String {
    let four = format!("/{}", random.pick(&[0, 8, 24, 28, 30, 31, 32]));
    let six = format!("//{}", random.pick(&[0, 32, 64, 120, 126, 127, 128]));
    match random.below(3) {
        0 => four,
        1 => six,
        _ => four + &six,
    }
}

/// Where an `include` or a `redirect` leads.
fn target(random: &mut Random, level: usize) -> String {
    match level {
        0..=2 if random.percent(75) => format!("r{}{}.test", level + 1, random.below(2)),
        _ => format!("{}.inc.test", macros(random)),
    }
}

fn macros(random: &mut Random) -> String {
    let mut text = String::new();
    for number in 0..1 + random.below(2) {
        if number > 0 {
            text.push_str(random.pick(&[".", "-", "._x."]));
        }
        let letter = random.pick(&["i", "d", "o", "l", "v", "h", "I", "D", "L"]);
        let digits = random.pick(&["", "", "1", "2", "3", "9"]);
        let reversed = random.pick(&["", "", "r", "R"]);
        let delimiters = random.pick(&["", "", "", "-", ".-", "_+", "."]);
        text.push_str(&format!("%{{{letter}{digits}{reversed}{delimiters}}}"));
    }
    text
}
