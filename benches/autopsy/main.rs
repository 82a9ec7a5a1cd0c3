//! How often the autopsy names what broke a signature, how often rightly, and how long it takes.
//!
//! It forges signed messages, damages them as software on the way does, and asks. With a folder, it
//! judges the files in it instead: `FOLDER/NAME/*.eml`, whose keys are those of the forge. NAME is a
//! kind of damage, or several with `+` between; `FOLDER/kinds.json` has the codes that fit each.
//!
//! What cannot be undone, because what was lost is nowhere in the message, is counted apart.
//!
//! `--deep` looks as deep as it can, `--quick` does an eighth of the messages, `--seed=NUMBER` takes
//! others, and `--details` tells which codes
//! were said, and of which messages nothing was.

#[expect(
    dead_code,
    reason = "its command line and its corpora are not used here"
)]
#[path = "../../examples/forge/main.rs"]
mod forge;
mod judge;
mod tally;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use forge::damage::{self, Damage};
use forge::rng::Rng;
use judge::{Fit, Said};
use sesauth::dkim::Effort;
use sesauth::dns::Snapshot;
use tally::{Row, head};

/// How many messages each kind of damage is done to: twice each form.
const EACH: usize = 112;

/// How many random strokes.
const STROKES: usize = 10_000;

fn main() -> io::Result<()> {
    let words = std::env::args().skip(1);
    let words: Vec<_> = words.filter(|word| word != "--bench").collect();
    let details = words.iter().any(|word| word == "--details");
    let share = match words.iter().any(|word| word == "--quick") {
        true => 8,
        false => 1,
    };
    let effort = match words.iter().any(|word| word == "--deep") {
        true => Effort::Deep,
        false => Effort::Quick,
    };
    let seed = words.iter().find_map(|word| word.strip_prefix("--seed="));
    let seed = seed.map_or(Ok(1), str::parse).expect("a number");
    let folder = words.iter().find(|word| !word.starts_with("--"));
    println!("{}", head());
    let mut all = Totals::default();
    let dns = damage::snapshot();
    match folder {
        Some(folder) => files(Path::new(folder), &dns, effort, details, &mut all)?,
        None => forged(&dns, effort, seed, share, details, &mut all),
    }
    for (name, row) in &mut all.rows {
        println!("{}", row.line(name));
    }
    Ok(())
}

/// All messages: those of which a part that was signed is nowhere any more, and random strokes; the
/// rest by how much was done, and by the algorithm.
#[derive(Default)]
struct Totals {
    rows: BTreeMap<String, Row>,
}

impl Totals {
    fn add(&mut self, damage: &str, said: &Said, fit: Fit, label: &str) {
        let mut rows = vec![damage.to_owned()];
        if damage != LOST {
            rows.push(format!("{damage}, {}", said.algorithm));
        }
        for row in rows {
            self.rows.entry(row).or_default().add(said, fit, label);
        }
    }
}

const LOST: &str = "what cannot be undone";

/// The row of these kinds of damage.
fn row(names: usize, is_lost: bool) -> &'static str {
    match names {
        _ if is_lost => LOST,
        1 => "all other, one change",
        _ => "all other, several changes",
    }
}

fn forged(
    dns: &Snapshot,
    effort: Effort,
    seed: u64,
    share: usize,
    details: bool,
    all: &mut Totals,
) {
    let alone = damage::all().map(|damage| vec![damage.name]);
    let together = damage::TOGETHER.iter().map(|names| names.to_vec());
    let mut intact = Vec::new();
    for names in alone.chain(together) {
        let name = names.join("+");
        let (mut row, total) = (Row::default(), row(names.len(), is_lost(&names)));
        // What few messages have is looked for in more of them.
        for number in 0..EACH * 8 {
            if number == intact.len() {
                intact.push(damage::intact(seed, number));
            }
            let intact = &intact[number];
            let label = format!("--seed={seed} {}", intact.label);
            let mut rng = Rng::of(&format!("{seed} {} {name}", intact.label));
            if let Some(bytes) = damage::together(&names, &intact.bytes, &mut rng) {
                let said = Said::of(&bytes, dns, effort);
                let fit = said.fit(|code| fits(&names, code));
                row.add(&said, fit, &label);
                all.add(total, &said, fit, &label);
            }
            if row.broken() == EACH / share {
                break;
            }
        }
        show(&name, &mut row, details);
    }
    strokes(dns, effort, seed, STROKES / share, details, all);
}

/// Random damage: what is proved has to fit the octets that were changed.
fn strokes(
    dns: &Snapshot,
    effort: Effort,
    seed: u64,
    count: usize,
    details: bool,
    all: &mut Totals,
) {
    let mut row = Row::default();
    for number in 0..count {
        let intact = damage::intact(seed + 1, number);
        let mut rng = Rng::of(&format!("stroke {seed} {number}"));
        let (bytes, stroke) = damage::strike(&intact.bytes, &mut rng);
        let said = Said::of(&bytes, dns, effort);
        let fit = said.fit(|code| stroke.may_be(code));
        let label = format!("{} {stroke:?}", intact.label);
        row.add(&said, fit, &label);
        all.add(LOST, &said, fit, &label);
    }
    show("random strokes", &mut row, details);
}

fn files(
    folder: &Path,
    dns: &Snapshot,
    effort: Effort,
    details: bool,
    all: &mut Totals,
) -> io::Result<()> {
    let kinds = fs::read(folder.join("kinds.json"))?;
    let kinds: BTreeMap<String, Vec<String>> = serde_json::from_slice(&kinds)?;
    for folder in sorted(folder)?.iter().filter(|path| path.is_dir()) {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let mut row = Row::default();
        let of = || name.split('+').filter_map(|name| kinds.get(name));
        let total = self::row(name.split('+').count(), of().any(Vec::is_empty));
        for path in sorted(folder)? {
            let said = Said::of(&fs::read(&path)?, dns, effort);
            let fit = said.fit(|code| of().flatten().any(|kind| kind == code));
            row.add(&said, fit, &path.display().to_string());
            all.add(total, &said, fit, &path.display().to_string());
        }
        show(&name, &mut row, details);
    }
    Ok(())
}

/// Whether a part of what was signed is nowhere any more.
fn is_lost(names: &[&str]) -> bool {
    let done = |damage: &&'static Damage| names.contains(&damage.name);
    damage::all()
        .filter(done)
        .any(|damage| damage.kinds.is_empty())
}

fn fits(names: &[&str], code: &str) -> bool {
    let done = |damage: &&'static Damage| names.contains(&damage.name);
    let mut done = damage::all().filter(done);
    done.any(|damage| damage.kinds.contains(&code))
}

fn show(name: &str, row: &mut Row, details: bool) {
    println!("{}", row.line(name));
    if details || row.counts[Fit::Wrong as usize] > 0 {
        print!("{}", row.details());
    }
}

fn sorted(folder: &Path) -> io::Result<Vec<std::path::PathBuf>> {
    let entries = fs::read_dir(folder)?.map(|entry| Ok(entry?.path()));
    let mut paths = entries.collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}
