//! DMARC beside mail-auth, over made-up records and outcomes of SPF and DKIM: where the two differ,
//! one of the differences that are listed here explains it.

#[expect(dead_code, reason = "what was asked does not matter here")]
#[path = "support/name_server.rs"]
mod name_server;
#[path = "support/random.rs"]
mod random;
#[path = "support/recorded_server.rs"]
mod recorded_server;
#[path = "support/run.rs"]
mod run;
#[path = "support/theirs.rs"]
mod theirs;

use std::collections::BTreeMap;

use mail_auth::dkim::Signature;
use mail_auth::dmarc::Policy;
use mail_auth::dmarc::verify::DmarcParameters;
use mail_auth::{AuthenticatedMessage, DkimOutput, DmarcResult, DnsError, Error, SpfOutput};
use random::Random;
use sesauth::Limits;
use sesauth::dmarc::{
    Answers, AuthorDomain, Identifier, Inputs, MechanismOutcome, Rules, depends_on_existence,
    judge, question, targets,
};
use sesauth::dns::{Dns, Name, Question, Recorder, Reply, Zone};
use theirs::Theirs;

const SITUATIONS: usize = 2_000;
const THREADS: u64 = 4;

/// What stands where, and what SPF and DKIM found.
#[derive(Clone, Debug)]
struct Situation {
    author: &'static str,
    /// Domains with the text of their policy record.
    records: Vec<(&'static str, String)>,
    /// Whether the author domain has an address, and so exists.
    exists: bool,
    spf: (&'static str, MechanismOutcome),
    dkim: Vec<(&'static str, MechanismOutcome)>,
}

/// What both say.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Said {
    result: String,
    /// The policy that the record asks for, lowered where it is in test mode.
    policy: &'static str,
}

/// A way in which mail-auth reads RFC 9989 otherwise.
struct Difference {
    section: &'static str,
    what: &'static str,
    /// Whether this is why they say so.
    explains: fn(&Situation, &Said) -> bool,
}

const DIFFERENCES: &[Difference] = &[
    Difference {
        section: "§4.10.1",
        what: "of several records at a name none counts; it takes the first",
        explains: |situation, said| {
            let mut situation = situation.clone();
            situation
                .records
                .retain(|(_, record)| record != SECOND_RECORD);
            ours(&situation) == *said
        },
    },
    Difference {
        section: "§4.7",
        what: "of two tags of a name the first counts here; it takes the last",
        explains: |situation, said| {
            let mut situation = situation.clone();
            for (_, record) in &mut situation.records {
                *record = record.replace(TWICE.0, TWICE.1);
            }
            ours(&situation) == *said
        },
    },
    Difference {
        section: "§4.7 and §4.10.1",
        what: "a tag with an invalid value is passed over, or the record is read as p=none or as \
               absent; it gives permerror, and takes the walk of an identifier as empty",
        explains: |situation, said| {
            let refused =
                |(_, record): &(&str, String)| REFUSED.iter().any(|tag| record.contains(tag));
            situation.records.iter().any(refused)
                && ["permerror", "fail"].contains(&said.result.as_str())
        },
    },
];

/// What stands at some names beside a record.
const SECOND_RECORD: &str = "v=DMARC1; p=reject; second=x";
/// A tag that stands there twice, and how they take it.
const TWICE: (&str, &str) = ("adkim=s; adkim=r", "adkim=r");
/// Values that they refuse.
const REFUSED: [&str; 3] = ["sp=refuse", "adkim=x", "fo=x"];

const AUTHORS: [&str; 5] = [
    "shop.test",
    "mail.shop.test",
    "a.mail.shop.test",
    "x.y.z.v.w.a.mail.shop.test",
    "shop.co.test",
];
const OTHERS: [&str; 6] = [
    "bounce.shop.test",
    "mail.shop.test",
    "shop.test",
    "other.test",
    "shop.co.test",
    "b.mail.shop.test",
];
const PUBLISHERS: [&str; 8] = [
    "test",
    "co.test",
    "shop.test",
    "mail.shop.test",
    "a.mail.shop.test",
    "bounce.shop.test",
    "shop.co.test",
    "x.y.z.v.w.a.mail.shop.test",
];
const OUTCOMES: [MechanismOutcome; 5] = [
    MechanismOutcome::Pass,
    MechanismOutcome::Pass,
    MechanismOutcome::Fail,
    MechanismOutcome::Fail,
    MechanismOutcome::Temperror,
];

fn situation(random: &mut Random) -> Situation {
    let author = random.pick(&AUTHORS);
    let identifier = |random: &mut Random| {
        let domain = match random.below(4) {
            0 => author,
            _ => random.pick(&OTHERS),
        };
        (domain, random.pick(&OUTCOMES))
    };
    let mut records = Vec::new();
    for domain in PUBLISHERS {
        let share = match domain {
            "test" | "co.test" => 15,
            "shop.test" => 60,
            _ => 25,
        };
        if random.percent(share) {
            let is_suffix = ["test", "co.test"].contains(&domain);
            records.push((domain, record(random, is_suffix)));
            if random.percent(2) {
                records.push((domain, SECOND_RECORD.into()));
            }
        }
    }
    Situation {
        author,
        records,
        exists: random.percent(60),
        spf: identifier(random),
        dkim: (0..random.below(3)).map(|_| identifier(random)).collect(),
    }
}

fn record(random: &mut Random, is_suffix: bool) -> String {
    let mut tags = vec!["v=DMARC1".to_owned()];
    let mut add = |share: usize, name: &str, values: &[&str]| {
        if random.percent(share) {
            tags.push(format!("{name}={}", random.pick(values)));
        }
    };
    let policies = ["none", "quarantine", "reject"];
    add(93, "p", &policies);
    add(40, "sp", &policies);
    add(30, "np", &policies);
    match is_suffix {
        true => add(70, "psd", &["y", "y", "y", "u"]),
        false => add(20, "psd", &["n", "n", "u", "y"]),
    }
    add(25, "t", &["y", "n"]);
    add(30, "adkim", &["r", "s"]);
    add(30, "aspf", &["r", "s"]);
    add(40, "rua", &["mailto:d@shop.test"]);
    add(2, "adkim", &["s; adkim=r"]);
    add(1, "sp", &["refuse"]);
    add(1, "adkim", &["x"]);
    add(1, "fo", &["x"]);
    add(10, "fo", &["1", "d:s"]);
    add(10, "unknown", &["x", ""]);
    tags.join(random.pick(&[";", "; ", " ; "])) + random.pick(&["", ";"])
}

fn zone(situation: &Situation) -> Zone {
    let mut text = String::new();
    for (domain, record) in &situation.records {
        text.push_str(&format!("_dmarc.{domain} 60 IN TXT \"{record}\"\n"));
    }
    if situation.exists {
        text.push_str(&format!("{} 60 IN A 192.0.2.1\n", situation.author));
    }
    Zone::parse(&text).unwrap()
}

fn ours(situation: &Situation) -> Said {
    let limits = Limits::default();
    let zone = zone(situation);
    let dns = Recorder::new(&zone);
    let name = |text: &str| Name::parse(text).unwrap();
    let author = AuthorDomain::One(name(situation.author));
    let identifier = |(domain, outcome): &(&str, MechanismOutcome)| Identifier {
        domain: Some(name(domain)),
        outcome: *outcome,
        reservations: Vec::new(),
    };
    let spf = identifier(&situation.spf);
    let dkim: Vec<Identifier> = situation.dkim.iter().map(identifier).collect();
    let domains = dkim
        .iter()
        .chain([&spf])
        .filter_map(|one| one.domain.clone());
    let verdict = run::block_on(async {
        let mut answers = Answers::default();
        for domain in domains.chain([name(situation.author)]) {
            for target in targets(&domain, &limits) {
                let lookup = dns.ask(&question(&target).unwrap()).await;
                answers.insert(target, lookup);
            }
        }
        let own = name(situation.author);
        let mut author_exists = None;
        if depends_on_existence(&own, &answers, &limits) {
            let reply = zone.query(&Question::txt(own)).await;
            author_exists = Some(!matches!(reply, Reply::NxDomain(_)));
        }
        let inputs = Inputs {
            author: &author,
            spf: &spf,
            dkim: &dkim,
            author_exists,
        };
        judge(Rules::Rfc9989, &inputs, &answers, &limits)
    });
    let policy = verdict.policy.map(|policy| {
        let testing = policy.record.contains("t=y");
        match testing {
            true => policy.requested.lowered().as_str(),
            false => policy.requested.as_str(),
        }
    });
    Said {
        result: verdict.result.to_string(),
        policy: policy.unwrap_or("-"),
    }
}

impl Theirs<Zone> {
    fn dmarc(&self, situation: &Situation) -> Said {
        self.publish(zone(situation));
        let text = format!("From: a@{}\r\n\r\nHello\r\n", situation.author);
        let message = AuthenticatedMessage::parse(text.as_bytes()).unwrap();
        let (spf_domain, outcome) = situation.spf;
        let spf = SpfOutput::new(spf_domain.into()).with_result(match outcome {
            MechanismOutcome::Pass => mail_auth::SpfResult::Pass,
            MechanismOutcome::Temperror => mail_auth::SpfResult::TempError,
            _ => mail_auth::SpfResult::Fail,
        });
        let signatures: Vec<Signature> = situation
            .dkim
            .iter()
            .map(|(domain, _)| Signature {
                d: (*domain).into(),
                ..Signature::default()
            })
            .collect();
        let outcomes = situation.dkim.iter().map(|(_, outcome)| *outcome);
        let outputs = outcomes.zip(&signatures).map(|(outcome, signature)| {
            let error = || Error::Dns(DnsError::Resolver(String::new()));
            let output = match outcome {
                MechanismOutcome::Pass => DkimOutput::pass(),
                MechanismOutcome::Temperror => DkimOutput::temp_err(error()),
                _ => DkimOutput::fail(Error::ParseError),
            };
            output.with_signature(signature)
        });
        let outputs: Vec<DkimOutput<'_>> = outputs.collect();
        let parameters = DmarcParameters::new(&message, &outputs, spf_domain, &spf);
        let output = self
            .runtime
            .block_on(self.authenticator.verify_dmarc(parameters));
        let result = match output.result() {
            DmarcResult::Pass => "pass",
            DmarcResult::Fail(_) => "fail",
            DmarcResult::TempError(_) => "temperror",
            DmarcResult::PermError(_) => "permerror",
            DmarcResult::None => "none",
        };
        let policy = match (output.dmarc_record(), output.policy()) {
            (None, _) => "-",
            (_, Policy::None | Policy::Unspecified) => "none",
            (_, Policy::Quarantine) => "quarantine",
            (_, Policy::Reject) => "reject",
        };
        Said {
            result: result.into(),
            policy,
        }
    }
}

/// What came of comparing.
#[derive(Default)]
struct Tally {
    wrong: Vec<String>,
    /// How often they gave each result.
    results: BTreeMap<String, usize>,
    /// How often each difference explained another result.
    seen: [usize; DIFFERENCES.len()],
}

#[test]
fn both_say_the_same_of_made_up_policies() {
    let mut all = Tally::default();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|seed| scope.spawn(move || compare(9989 + seed, SITUATIONS / THREADS as usize)))
            .collect();
        for thread in threads {
            let tally = thread.join().unwrap();
            all.wrong.extend(tally.wrong);
            for (result, count) in tally.results {
                *all.results.entry(result).or_default() += count;
            }
            for (sum, count) in all.seen.iter_mut().zip(tally.seen) {
                *sum += count;
            }
        }
    });
    println!("theirs: {:?}", all.results);
    for (difference, count) in DIFFERENCES.iter().zip(&all.seen) {
        println!("{count} times {}: {}", difference.section, difference.what);
    }
    let few = all.wrong.len().min(5);
    let shown = all.wrong[..few].join("\n");
    assert!(few == 0, "{} differ\n{shown}", all.wrong.len());
    assert!(!all.seen.contains(&0), "listed, but never seen");
    for result in ["pass", "fail", "none", "temperror"] {
        assert!(all.results[result] > 50, "{:?}", all.results);
    }
}

fn compare(seed: u64, situations: usize) -> Tally {
    let theirs = Theirs::<Zone>::start();
    let mut random = Random(seed);
    let mut tally = Tally::default();
    for _ in 0..situations {
        let situation = situation(&mut random);
        let (own, said) = (ours(&situation), theirs.dmarc(&situation));
        *tally.results.entry(said.result.clone()).or_default() += 1;
        if own == said {
            continue;
        }
        let mut differences = DIFFERENCES.iter();
        let explained = differences.position(|difference| (difference.explains)(&situation, &said));
        match explained {
            Some(index) => tally.seen[index] += 1,
            None => tally
                .wrong
                .push(format!("ours {own:?}, theirs {said:?}\n{situation:#?}")),
        }
    }
    tally
}
