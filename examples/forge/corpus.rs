//! Many messages of many customers, for benchmarks and for tests over a whole folder.

use std::collections::BTreeSet;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use jiff::ToSpan as _;
use serde_json::json;
use sesauth::dns::Question;

use super::body;
use super::dns::Zone;
use super::keys::{Hash, KeyId};
use super::mail::Field;
use super::plan::{MailFrom, Plan};
use super::post::Post;
use super::receivers::Receiver;
use super::rng::Rng;
use super::ses::{REGIONS, Region};
use super::sign::Published;
use super::stories::tag_subject;
use super::verdict::Cause;

const CUSTOMERS: usize = 200;
/// The number of sending hosts in each region.
const HOSTS: u8 = 40;
const DAY: i64 = 86_400;

/// What the messages of a corpus share.
pub struct Corpus {
    seed: u64,
    messages: usize,
    customers: Vec<Customer>,
    zone: Zone,
}

struct Customer {
    domain: String,
    region: &'static Region,
    custom_mail_from: bool,
    easy_dkim: bool,
    key: KeyId,
    policy: Option<String>,
}

/// What was written.
pub struct Report {
    messages: usize,
    bytes: u64,
    largest: usize,
    signatures: usize,
    broken: usize,
    elapsed: Duration,
}

/// What one thread wrote.
#[derive(Default)]
struct Share {
    bytes: u64,
    largest: usize,
    signatures: usize,
    broken: usize,
    questions: BTreeSet<Question>,
    truth: Vec<(usize, String)>,
}

impl Corpus {
    /// The corpus for this seed.
    pub fn new(seed: u64, messages: usize) -> Self {
        let mut rng = Rng::new(seed);
        let customers: Vec<_> = (0..CUSTOMERS).map(|n| Customer::new(n, &mut rng)).collect();
        let mut zone = Zone::default();
        for region in &REGIONS {
            (0..HOSTS).for_each(|number| region.client(number).publish(&mut zone));
        }
        for customer in &customers {
            customer.plan("records").publish(&mut zone);
            customer.publish_old_keys(&mut zone);
        }
        Self {
            seed,
            messages,
            customers,
            zone,
        }
    }

    /// Writes all messages and their DNS into `folder`.
    pub fn write(&self, folder: &Path, truth: Option<&Path>) -> io::Result<Report> {
        let start = Instant::now();
        fs::create_dir_all(folder)?;
        let next = AtomicUsize::new(1);
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let shares = thread::scope(|scope| {
            let workers: Vec<_> = (0..threads)
                .map(|_| scope.spawn(|| self.write_share(folder, &next)))
                .collect();
            let joined = workers.into_iter().map(|worker| worker.join());
            joined
                .map(|share| share.expect("a thread that does not panic"))
                .collect::<io::Result<Vec<_>>>()
        })?;
        let mut all = Share::default();
        for share in shares {
            all.bytes += share.bytes;
            all.largest = all.largest.max(share.largest);
            all.signatures += share.signatures;
            all.broken += share.broken;
            all.questions.extend(share.questions);
            all.truth.extend(share.truth);
        }
        let mut dns = BufWriter::new(File::create(folder.join("dns.jsonl"))?);
        self.zone.snapshot(&all.questions).write(&mut dns)?;
        dns.flush()?;
        if let Some(path) = truth {
            all.truth.sort();
            let lines: Vec<_> = all.truth.into_iter().map(|(_, line)| line).collect();
            fs::write(path, lines.concat())?;
        }
        Ok(Report {
            messages: self.messages,
            bytes: all.bytes,
            largest: all.largest,
            signatures: all.signatures,
            broken: all.broken,
            elapsed: start.elapsed(),
        })
    }

    fn write_share(&self, folder: &Path, next: &AtomicUsize) -> io::Result<Share> {
        let mut share = Share::default();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number > self.messages {
                return Ok(share);
            }
            let post = self.post(number);
            let file = format!("{number:05}.eml");
            fs::write(folder.join(&file), &post.bytes)?;
            let causes: Vec<_> = post.causes.iter().map(|cause| cause.word()).collect();
            let line = json!({ "file": file, "dkim": causes });
            share.truth.push((number, format!("{line}\n")));
            share.bytes += post.bytes.len() as u64;
            share.largest = share.largest.max(post.bytes.len());
            share.signatures += causes.len();
            share.broken += usize::from(post.causes.iter().any(|&cause| cause != Cause::Verified));
            share.questions.extend(post.questions);
        }
    }

    /// The message with this number.
    fn post(&self, number: usize) -> Post {
        let mut rng = Rng::of(&format!("{}/{number}", self.seed));
        let customer = rng.pick(&self.customers);
        let mut plan = customer.plan(&format!("{}/{number}/plan", self.seed));
        plan.sent -= (rng.below(150) as i64 * 24).hours();
        let sent = plan.sent.as_second();
        plan.signers
            .iter_mut()
            .for_each(|signer| signer.signed_at = sent);
        plan.receiver = *rng.pick(&Receiver::ALL);
        plan.client = plan.region.client(rng.below(usize::from(HOSTS)) as u8);
        plan.recipient = format!("reader{}@example.net", rng.below(5000));
        plan.to.clone_from(&plan.recipient);
        let size = size(&mut rng);
        plan.content = body::newsletter(&mut rng, size);
        if rng.chance(7, 10) {
            let link = format!("<https://www.{}/u/{}>", customer.domain, rng.hex(32));
            plan.extra.push(Field::new("List-Unsubscribe", &link));
            let post = "List-Unsubscribe=One-Click";
            plan.extra.push(Field::new("List-Unsubscribe-Post", post));
        }
        if rng.chance(1, 10) {
            break_it(&mut plan, &mut rng);
        }
        plan.post(&self.zone)
    }
}

impl Customer {
    fn new(number: usize, rng: &mut Rng) -> Self {
        const FIRST: [&str; 20] = [
            "amber", "birch", "cedar", "dusk", "ember", "fern", "grove", "hazel", "iris",
            "juniper", "kelp", "linden", "moss", "north", "olive", "pebble", "quartz", "reed",
            "sage", "thistle",
        ];
        const SECOND: [&str; 10] = [
            "bakery", "books", "cycles", "dental", "events", "florist", "games", "homes", "insure",
            "jobs",
        ];
        let domain = format!("{}-{}.example", FIRST[number % 20], SECOND[number / 20]);
        let policies = [
            Some("v=DMARC1; p=none"),
            Some("v=DMARC1; p=quarantine"),
            Some("v=DMARC1; p=reject"),
            Some("v=DMARC1; p=reject; adkim=s; aspf=s"),
            None,
        ];
        let policy = rng
            .pick(&policies)
            .map(|policy| format!("{policy}; rua=mailto:dmarc@{domain}"));
        Self {
            domain,
            region: rng.pick(&REGIONS),
            custom_mail_from: rng.chance(2, 5),
            easy_dkim: rng.chance(9, 10),
            key: *rng.pick(&[KeyId::Customer, KeyId::CustomerNext, KeyId::Customer1024]),
            policy,
        }
    }

    /// Mail of this customer, without faults.
    fn plan(&self, seed: &str) -> Plan {
        let mut plan = Plan::new(seed, &self.domain, self.region);
        plan.from = vec![format!("News <news@{}>", self.domain)];
        plan.dmarc.clone_from(&self.policy);
        plan.own().key = self.key;
        if !self.easy_dkim {
            plan.signers.remove(0);
        }
        if !self.custom_mail_from {
            plan.mail_from = MailFrom::Default;
        }
        plan
    }

    /// Adds the selectors that broken messages use.
    fn publish_old_keys(&self, zone: &mut Zone) {
        let key = |selector: &str| format!("{selector}._domainkey.{}", self.domain);
        zone.txt(&key("empty"), "");
        zone.txt(&key("revoked"), "v=DKIM1; k=rsa; p=");
        let other = format!("v=DKIM1; k=rsa; p={}", KeyId::Rotated.public());
        zone.txt(&key("other"), &other);
        let short = format!("v=DKIM1; k=rsa; p={}", KeyId::Short768.public());
        zone.txt(&key("short"), &short);
        let old = format!("v=DKIM1; k=rsa; p={}", KeyId::Customer1024.public());
        zone.txt(&key("old"), &old);
    }
}

/// The size of a body: most between 4 and 70 KB, some up to 1 MB.
fn size(rng: &mut Rng) -> usize {
    match rng.below(1000) {
        0..12 => 150_000 + rng.below(850_000),
        12..300 => 2_000 + rng.below(10_000),
        300..900 => 10_000 + rng.below(35_000),
        _ => 45_000 + rng.below(45_000),
    }
}

/// Breaks one thing about a message.
fn break_it(plan: &mut Plan, rng: &mut Rng) {
    let all_are = |plan: &mut Plan, cause| {
        plan.signers
            .iter_mut()
            .for_each(|signer| signer.cause = cause);
    };
    let alone = plan.signers.len() == 1;
    match rng.below(if alone { 3 } else { 12 }) {
        0 => {
            all_are(plan, Cause::BodyChanged);
            plan.tamper(|mail| {
                mail.body
                    .extend_from_slice(b"-- \r\nChecked by the gateway.\r\n")
            });
        }
        1 => {
            all_are(plan, Cause::HeaderChanged);
            plan.tamper(|mail| tag_subject(mail, "[EXTERNAL] "));
        }
        2 => {
            all_are(plan, Cause::BodyAndHeaderChanged);
            plan.tamper(|mail| {
                tag_subject(mail, "[list] ");
                mail.body
                    .extend_from_slice(b"___\r\nhttps://lists.example.org/\r\n");
            });
        }
        3 => selector(plan, "gone", Cause::KeyGone),
        4 => selector(plan, "empty", Cause::KeyEmpty),
        5 => selector(plan, "revoked", Cause::KeyRevoked),
        6 => selector(plan, "other", Cause::KeyDoesNotFit),
        7 => {
            selector(plan, "short", Cause::KeyTooShort);
            plan.own().key = KeyId::Short768;
        }
        8 => {
            selector(plan, "old", Cause::Sha1);
            plan.own().key = KeyId::Customer1024;
            plan.own().hash = Hash::Sha1;
        }
        9 => {
            let sent = plan.sent.as_second();
            plan.own().cause = Cause::Expired;
            plan.own().signed_at = sent - 3 * DAY;
            plan.own().expires = Some(sent - DAY);
        }
        10 => {
            plan.own().cause = Cause::MissingTag;
            plan.own().edits.push(("bh", None));
        }
        _ => {
            plan.own().cause = Cause::IdentityOutsideDomain;
            plan.own().identity = Some("@example.org".to_owned());
        }
    }
}

/// Signs with a key at another selector.
pub fn selector(plan: &mut Plan, name: &str, cause: Cause) {
    plan.own().selector = name.to_owned();
    plan.own().published = Published::Nothing;
    plan.own().cause = cause;
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.messages.max(1) as f64;
        let seconds = self.elapsed.as_secs_f64();
        writeln!(
            f,
            "{} messages, {} bytes in {seconds:.1} s ({:.0} messages/s)",
            self.messages,
            self.bytes,
            count / seconds
        )?;
        write!(
            f,
            "mean {:.0} bytes, largest {}; {:.2} signatures a message; {:.1} % broken",
            self.bytes as f64 / count,
            self.largest,
            self.signatures as f64 / count,
            100.0 * self.broken as f64 / count
        )
    }
}
