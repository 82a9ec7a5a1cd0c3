//! SPF beside mail-auth, over made-up zones: where the two differ, one of the differences that are
//! listed here explains it, by which this crate comes to their result too.

#[expect(dead_code, reason = "what was asked does not matter here")]
#[path = "support/name_server.rs"]
mod name_server;
#[path = "support/random.rs"]
mod random;
#[path = "support/recorded_server.rs"]
mod recorded_server;
#[path = "support/run.rs"]
mod run;
#[path = "support/spf_zones.rs"]
mod spf_zones;
#[path = "support/theirs.rs"]
mod theirs;

use std::collections::BTreeMap;

use jiff::Timestamp;
use mail_auth::spf::verify::SpfParameters;
use random::Random;
use sesauth::dns::Recorder;
use sesauth::explain;
use sesauth::spf::{SpfOutcome, SpfQuery, SpfStep, SpfVerdict, check_mail_from};
use spf_zones::{Published, READ_OTHERWISE, SECOND_RECORD, Situation, situation};
use theirs::Theirs;

const SITUATIONS: usize = 2_000;
const THREADS: u64 = 4;

/// A way in which mail-auth reads RFC 7208 otherwise.
struct Difference {
    section: &'static str,
    what: &'static str,
    /// Makes of a situation what it is to them.
    as_they_see_it: fn(&mut Situation),
}

const DIFFERENCES: &[Difference] = &[
    Difference {
        section: "§4.6.4",
        what: "void lookups are limited to two; it does not count them",
        as_they_see_it: |situation| situation.limits.spf_void_lookups = usize::MAX,
    },
    Difference {
        section: "§4.6.4",
        what: "more than ten mail hosts are an error, even where an early one would match",
        as_they_see_it: |situation| situation.limits.spf_names = usize::MAX,
    },
    Difference {
        section: "§5.2",
        what: "a match inside an included record is one more pass or no match; it ends with it",
        as_they_see_it: |situation| situation.first_include_decides = true,
    },
    Difference {
        section: "§5.7",
        what: "exists asks for A whatever the client is; it asks for AAAA too",
        as_they_see_it: |situation| situation.exists_by_aaaa = true,
    },
    Difference {
        section: "§4.5",
        what: "several records are an error; it takes the first",
        as_they_see_it: |situation| {
            situation.lines.retain(|line| !line.contains(SECOND_RECORD));
        },
    },
    Difference {
        section: "§5.6 and §12",
        what: "a prefix length has a digit; without one it takes 0",
        as_they_see_it: |situation| replace(situation, READ_OTHERWISE[0]),
    },
    Difference {
        section: "§5.3 and §12",
        what: "an IPv4 prefix has at most 32 bits; it takes more as 32",
        as_they_see_it: |situation| replace(situation, READ_OTHERWISE[1]),
    },
    Difference {
        section: "§4.6.1 and §5",
        what: "an unknown mechanism is an error; it passes over it",
        as_they_see_it: |situation| replace(situation, READ_OTHERWISE[2]),
    },
    Difference {
        section: "§6 and §7.1",
        what: "an unknown modifier may hold a slash, or nothing; it refuses both",
        as_they_see_it: |situation| {
            replace(situation, READ_OTHERWISE[4]);
            replace(situation, READ_OTHERWISE[5]);
        },
    },
    Difference {
        section: "§5.6",
        what: "ip6 never matches an IPv4 client; it maps the client into IPv6",
        as_they_see_it: |situation| {
            if situation.ip.is_ipv4() {
                replace(situation, READ_OTHERWISE[3]);
            }
        },
    },
];

fn replace(situation: &mut Situation, (written, read): (&str, &str)) {
    for line in &mut situation.lines {
        // Only whole terms: each is followed by a space or the final quote.
        for end in [' ', '"'] {
            *line = line.replace(&format!("{written}{end}"), &format!("{read}{end}"));
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
fn both_say_the_same_of_made_up_zones() {
    let mut all = Tally::default();
    std::thread::scope(|scope| {
        let compare = |seed| compare(seed, SITUATIONS / THREADS as usize);
        let threads: Vec<_> = (0..THREADS)
            .map(|seed| scope.spawn(move || compare(7208 + seed)))
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
    let Tally {
        wrong,
        results,
        seen,
    } = all;
    println!("theirs: {results:?}");
    for (difference, count) in DIFFERENCES.iter().zip(&seen) {
        println!("{count} times {}: {}", difference.section, difference.what);
    }
    let few = wrong.len().min(3);
    assert!(
        few == 0,
        "{} differ\n{}",
        wrong.len(),
        wrong[..few].join("\n")
    );
    assert!(!seen.contains(&0), "listed, but never seen: {seen:?}");
    for result in [
        "pass",
        "fail",
        "softfail",
        "neutral",
        "permerror",
        "temperror",
        "none",
    ] {
        assert!(results[result] > 10, "{results:?}");
    }
}

fn compare(seed: u64, situations: usize) -> Tally {
    let theirs = Theirs::<Published>::start();
    let mut random = Random(seed);
    let mut tally = Tally::default();
    for _ in 0..situations {
        let situation = situation(&mut random);
        let verdict = ours(&situation);
        let result = verdict.result.as_str();
        let said = theirs.spf(&situation);
        *tally.results.entry(said.clone()).or_default() += 1;
        if result == said {
            continue;
        }
        match explained(&situation, &said) {
            Some(set) => {
                for (index, count) in tally.seen.iter_mut().enumerate() {
                    *count += set >> index & 1;
                }
            }
            None => tally.wrong.push(format!(
                "ours {result} ({}), theirs {said}\n{}\n{}\nfailing {:?}",
                explain::spf::cause(&verdict),
                situation.ip,
                situation.lines.join("\n"),
                situation.failing
            )),
        }
    }
    tally
}

/// The smallest set of differences by which ours comes to what they `said`, as bits.
fn explained(situation: &Situation, said: &str) -> Option<usize> {
    let mut sets: Vec<usize> = (1..1 << DIFFERENCES.len()).collect();
    sets.retain(|set| set.count_ones() <= 3);
    sets.sort_by_key(|set| set.count_ones());
    sets.into_iter().find(|set| {
        let mut situation = situation.clone();
        for (index, difference) in DIFFERENCES.iter().enumerate() {
            if set >> index & 1 == 1 {
                (difference.as_they_see_it)(&mut situation);
            }
        }
        let verdict = ours(&situation);
        let first = first_include(&verdict.trace).filter(|_| situation.first_include_decides);
        first.unwrap_or(verdict.result.as_str()) == said
    })
}

/// The result that the qualifier of the first `include` that matches stands for.
fn first_include(trace: &[SpfStep]) -> Option<&'static str> {
    trace.iter().find_map(|step| {
        first_include(&step.steps).or_else(|| {
            let matches = step.outcome == SpfOutcome::Match && step.term.contains("include:");
            matches.then(|| match step.term.as_bytes()[0] {
                b'-' => "fail",
                b'~' => "softfail",
                b'?' => "neutral",
                _ => "pass",
            })
        })
    })
}

fn ours(situation: &Situation) -> SpfVerdict {
    let dns = Published::of(situation);
    let query = SpfQuery {
        client_ip: Some(situation.ip),
        helo: Some(&situation.helo),
        mail_from: Some(&situation.mail_from),
        receiver: None,
        now: Timestamp::UNIX_EPOCH,
    };
    run::block_on(check_mail_from(
        &Recorder::new(&dns),
        &query,
        &situation.limits,
    ))
}

impl Theirs<Published> {
    fn spf(&self, situation: &Situation) -> String {
        self.publish(Published::of(situation));
        self.runtime.block_on(async {
            let parameters = SpfParameters::verify_mail_from(
                situation.ip,
                &situation.helo,
                "receiver.test",
                &situation.mail_from,
            );
            let output = self.authenticator.verify_spf(parameters).await;
            format!("{:?}", output.result()).to_lowercase()
        })
    }
}
