//! `sesauth batch` against resolvers that are slow, lose questions, cut answers short or lie: the run
//! ends, what it says is right or says that DNS failed, and no question is asked more often than
//! [`sesauth::dns::LiveOptions`] has it.

#[expect(
    dead_code,
    reason = "its command line and its stories are not used here"
)]
#[path = "../examples/forge/main.rs"]
mod forge;
#[expect(dead_code, reason = "only plain DNS is spoken here")]
#[path = "support/name_server.rs"]
mod name_server;
#[path = "support/recorded_server.rs"]
mod recorded_server;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

use hickory_server::net::xfer::Protocol;
use hickory_server::proto::op::ResponseCode;
use hickory_server::proto::rr::RData;
use hickory_server::proto::rr::rdata::TXT;
use serde_json::Value;
use sesauth::dns::{Absent, Snapshot};
use tempfile::TempDir;

use forge::corpus::Corpus;
use forge::rng::Rng;
use name_server::{Act, Asked, NameServer, record, soa};

const MESSAGES: usize = 60;

/// How often a server is asked: once, and once again.
const TRIES: usize = 2;
const RETRIES: &str = "1";

/// For how many seconds a failure holds for all messages of a run.
const FAILURE_HOLDS: u64 = 60;

/// Seconds to wait for a server that says something: enough on any machine.
const PATIENT: &str = "30";

/// What a resolver does about a question.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Deed {
    Answers,
    AnswersLate,
    /// Says only that its answer is too long for UDP.
    Cuts,
    Fails,
    Loses,
}

/// Also asked once to find out whether the server is honest, where the first answer is an absence.
const PROBE: &str = "amazonses.com";

/// Name and type.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Question(String, String);

/// What the server saw of a question.
#[derive(Clone, Copy, Default)]
struct Count {
    udp: usize,
    tcp: usize,
    /// An answer was sent.
    answered: bool,
    /// It came again behind that.
    in_vain: bool,
}

impl Run {
    /// The questions that only messages ask.
    fn of_messages(&self) -> impl Iterator<Item = (&Question, &Count)> {
        self.asked.iter().filter(|(asked, _)| asked.0 != PROBE)
    }
}

/// What a run came to.
struct Run {
    lines: Vec<Value>,
    code: Option<i32>,
    asked: BTreeMap<Question, Count>,
    elapsed: Duration,
}

/// Messages, some of them of the same customers, in a folder with what DNS says of them.
static MAIL: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let corpus = Corpus::new(20, MESSAGES);
    corpus.write(folder.path(), None).unwrap();
    folder
});

static HONEST: LazyLock<Run> = LazyLock::new(|| run(PATIENT, |_, _| Deed::Answers));

/// Runs do not take the processor from one another.
static ALONE: Mutex<()> = Mutex::new(());

/// A run of the command with a resolver that does what `deed` says, which is told how often the
/// question came over UDP before.
fn run(timeout: &str, deed: fn(&Asked, usize) -> Deed) -> Run {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let dns = fs::read_to_string(MAIL.path().join("dns.jsonl")).unwrap();
    let dns = Snapshot::parse(&dns, Absent::NxDomain).unwrap();
    let counts = Arc::<Mutex<BTreeMap<Question, Count>>>::default();
    let script = {
        let counts = Arc::clone(&counts);
        move |asked: &Asked| {
            let question = Question(asked.name.clone(), asked.kind.to_string());
            let mut counts = counts.lock().unwrap();
            act(&dns, asked, counts.entry(question).or_default(), deed)
        }
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = runtime.block_on(NameServer::start(script));
    let start = Instant::now();
    let output = Command::new(env!("CARGO_BIN_EXE_sesauth"))
        .args(["batch", "--format", "ndjson", "--jobs", "60"])
        .args(["--resolver", &server.address.to_string()])
        .args(["--timeout", timeout, "--retries", RETRIES])
        .arg(MAIL.path())
        .output()
        .unwrap();
    let elapsed = start.elapsed();
    let lines = std::str::from_utf8(&output.stdout).unwrap().lines();
    let lines: Vec<Value> = lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), MESSAGES);
    let asked = counts.lock().unwrap().clone();
    Run {
        lines,
        code: output.status.code(),
        asked,
        elapsed,
    }
}

fn act(dns: &Snapshot, asked: &Asked, count: &mut Count, deed: fn(&Asked, usize) -> Deed) -> Act {
    count.in_vain |= count.answered;
    let deed = deed(asked, count.udp);
    match asked.over {
        Protocol::Tcp => count.tcp += 1,
        _ => count.udp += 1,
    }
    count.answered |= matches!(deed, Deed::Answers | Deed::AnswersLate);
    match deed {
        Deed::Answers => honest(dns, asked),
        Deed::AnswersLate => Act::Late(Duration::from_millis(300), Box::new(honest(dns, asked))),
        Deed::Cuts => {
            // The server itself leaves out what is too long, and sets the TC bit.
            let long = RData::TXT(TXT::from_bytes(vec![&[b'x'; 250]; 16]));
            Act::records(vec![record(&asked.name, 300, long)])
        }
        Deed::Fails => Act::code(ResponseCode::ServFail),
        Deed::Loses => Act::Silence,
    }
}

/// What the recording says, as a resolver says it: "there is none" with the zone's SOA.
fn honest(dns: &Snapshot, asked: &Asked) -> Act {
    match recorded_server::answer(dns, asked) {
        Act::Answer { code, answers, .. } if answers.is_empty() => {
            let zone = asked.name.rsplit('.').next().unwrap_or_default();
            Act::negative(code, answers, vec![soa(zone, 300, 300)])
        }
        act => act,
    }
}

/// By this, what fails hangs between some messages and a verdict, and not all.
const SEED: char = 'd';

/// So many times in a hundred, the same in every run whatever comes first.
fn chance(percent: usize, asked: &Asked, salt: usize) -> bool {
    let seed = format!("{SEED} {} {} {salt}", asked.name, asked.kind);
    Rng::of(&seed).chance(percent, 100)
}

fn as_before(run: &Run) {
    for (line, before) in run.lines.iter().zip(&HONEST.lines) {
        assert_eq!(line, before);
    }
    assert_eq!(run.code, HONEST.code);
    assert!(run.asked.keys().eq(HONEST.asked.keys()));
}

/// That nobody was asked more often than the rule has it, and that everything said is as before but
/// for what hangs on an answer that DNS did not give.
fn as_before_or_temperror(run: &Run) {
    let allowed = TRIES * (1 + (run.elapsed.as_secs() / FAILURE_HOLDS) as usize);
    for (question, count) in run.of_messages() {
        assert!(count.udp <= allowed, "{question:?}: {} times", count.udp);
        assert!(!count.in_vain, "{question:?} was answered and asked again");
    }
    let mut failed = 0;
    let mut temperrors = 0;
    for (line, before) in run.lines.iter().zip(&HONEST.lines) {
        let unanswered = unanswered(line);
        for question in unanswered.iter().filter(|asked| asked.0 != PROBE) {
            let count = run.asked[question];
            assert!(!count.answered && count.udp >= TRIES, "{question:?}");
        }
        if unanswered.is_empty() {
            assert_eq!(line, before);
            continue;
        }
        failed += 1;
        temperrors += usize::from(line["dmarc"]["result"] == "temperror");
        judged_as_before(line, before, &unanswered);
    }
    assert!(failed < MESSAGES, "not all hangs on what failed");
    assert!(temperrors > 0, "this resolver does nothing bad");
    // EX_TEMPFAIL, and never that a message fails.
    assert_eq!(run.code, Some(75));
}

/// The questions of a message that DNS did not answer.
fn unanswered(line: &Value) -> BTreeSet<Question> {
    let lookups = line["lookups"].as_array().unwrap().iter();
    lookups
        .filter(|lookup| {
            let code = lookup["rcode"].as_str();
            !matches!(code, Some("NOERROR" | "NXDOMAIN"))
        })
        .map(|lookup| {
            let text = |key: &str| lookup[key].as_str().unwrap().to_owned();
            Question(text("name"), text("type"))
        })
        .collect()
}

fn judged_as_before(line: &Value, before: &Value, unanswered: &BTreeSet<Question>) {
    let path = &line["path"];
    let same_or = |place: &str, word: &str| {
        let (now, before) = (line.pointer(place), before.pointer(place));
        let now = now.and_then(Value::as_str).unwrap();
        assert!(
            now == word || Some(now) == before.and_then(Value::as_str),
            "{path} {place}: {now}"
        );
        now == word
    };
    for (number, signature) in line["dkim"].as_array().unwrap().iter().enumerate() {
        if same_or(&format!("/dkim/{number}/result"), "temperror") {
            let key = ["selector", "domain"].map(|part| signature[part].as_str().unwrap());
            let key = key.join("._domainkey.");
            let question = Question(key.clone(), "TXT".into());
            assert!(unanswered.contains(&question), "{path}: {key}");
        }
    }
    same_or("/spf/mail_from/result", "temperror");
    same_or("/spf/helo/result", "temperror");
    let open = same_or("/dmarc/result", "temperror");
    let inconclusive = same_or("/conclusion/result", "inconclusive");
    let was_inconclusive = before["conclusion"]["result"] == "inconclusive";
    // A failure that the receiver recorded stands without an answer.
    let is_recorded = line["conclusion"]["reason"]
        .get("receiver-failed")
        .is_some();
    let is_left_open = open && !is_recorded || was_inconclusive;
    assert_eq!(inconclusive, is_left_open, "{path}");
}

#[test]
fn an_honest_resolver_is_asked_everything_once() {
    for (question, count) in HONEST.of_messages() {
        assert_eq!((count.udp, count.tcp), (1, 0), "{question:?}");
    }
    let said = |word: &str| {
        let mut lines = HONEST.lines.iter();
        lines.any(|line| line["conclusion"]["result"] == word)
    };
    assert!(said("pass") && said("fail") && said("none"));
    let looked_up = HONEST.lines.iter().flat_map(|line| {
        let lookups = line["lookups"].as_array().unwrap().iter();
        lookups.map(|lookup| (lookup["name"].as_str(), lookup["type"].as_str()))
    });
    let different: BTreeSet<_> = looked_up.clone().collect();
    assert!(
        looked_up.count() > different.len(),
        "messages share questions"
    );
}

#[test]
fn a_slow_resolver_is_waited_for_and_asked_everything_once() {
    let run = run(PATIENT, |_, _| Deed::AnswersLate);
    as_before(&run);
    for (question, count) in run.of_messages() {
        assert_eq!((count.udp, count.tcp), (1, 0), "{question:?}");
    }
}

#[test]
fn a_resolver_that_cuts_every_answer_is_asked_once_more_over_tcp() {
    let run = run(PATIENT, |asked, _| match asked.over {
        Protocol::Tcp => Deed::Answers,
        _ => Deed::Cuts,
    });
    as_before(&run);
    for (question, count) in run.of_messages() {
        assert_eq!((count.udp, count.tcp), (1, 1), "{question:?}");
    }
}

#[test]
fn a_network_that_loses_a_third_leaves_what_is_right_or_open() {
    let run = run("1", |asked, before| match chance(30, asked, before) {
        true => Deed::Loses,
        false => Deed::Answers,
    });
    as_before_or_temperror(&run);
}

#[test]
fn a_resolver_that_lies_with_servfail_is_asked_again_and_then_believed_to_have_failed() {
    fn always(asked: &Asked) -> bool {
        chance(5, asked, 0)
    }
    fn first(asked: &Asked) -> bool {
        chance(20, asked, 1)
    }
    let run = run(PATIENT, |asked, before| match before {
        _ if always(asked) => Deed::Fails,
        0 if first(asked) => Deed::Fails,
        _ => Deed::Answers,
    });
    as_before_or_temperror(&run);
    let times = |wanted| {
        run.asked
            .values()
            .filter(|count| count.udp == wanted)
            .count()
    };
    assert!(times(1) > times(2) && times(2) > 0);
}
