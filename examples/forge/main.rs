//! The forge: makes mail as Amazon SES sends it and as receivers mark it, with real signatures,
//! chosen faults and the DNS records for it.
//!
//! It signs with its own simple implementation of RFC 6376, so the library can be tested against
//! it.

#![forbid(unsafe_code)]

mod arc;
pub mod body;
pub mod corpus;
pub mod damage;
mod der;
pub mod dns;
pub mod findings;
pub mod keys;
mod mail;
pub mod plan;
mod post;
mod receivers;
pub mod rng;
mod saved;
pub mod ses;
pub mod shelf;
pub mod sign;
pub mod stories;
pub mod verdict;
mod words;

use std::fs;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

/// Makes test mail: either what is in testdata, or a corpus of any size.
#[derive(Parser)]
#[command(name = "forge")]
struct Args {
    /// Rewrite the stories in DIR/messages and DIR/findings, and the corpus in DIR/corpus
    #[arg(value_name = "DIR", conflicts_with_all = ["out", "damaged"], required_unless_present_any = ["testdata", "out", "damaged"])]
    folder: Option<PathBuf>,

    /// The same, by name
    #[arg(long, value_name = "DIR", conflicts_with_all = ["out", "folder", "damaged"])]
    testdata: Option<PathBuf>,

    /// Write a corpus into DIR: 00001.eml, 00002.eml, … and dns.jsonl
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Write messages into DIR/intact, and each kind of damage done to them into DIR/NAME
    #[arg(long, value_name = "DIR", conflicts_with = "out")]
    damaged: Option<PathBuf>,

    /// How many messages there are in the corpus, or before they are damaged
    #[arg(long, value_name = "COUNT", default_value_t = 1000)]
    messages: usize,

    /// Where the corpus begins: the same seed gives the same bytes
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,

    /// Also write what each signature comes to, as JSON Lines
    #[arg(long, value_name = "FILE")]
    truth: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("forge: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> io::Result<()> {
    if let Some(folder) = args.folder.as_ref().or(args.testdata.as_ref()) {
        let messages = folder.join("messages");
        let count = stories::all()
            .try_fold(0, |count, story| story.write(&messages).map(|()| count + 1))?;
        eprintln!("{count} stories in {}", messages.display());
        let pairs = folder.join("findings");
        findings::PAIRS
            .iter()
            .try_for_each(|pair| pair.write(&pairs))?;
        let count = findings::PAIRS.len();
        eprintln!("{count} findings in {}", pairs.display());
        shelf::write(&folder.join("corpus"))?;
        if let Some(path) = &args.truth {
            fs::write(path, stories::truth())?;
        }
    }
    if let Some(out) = &args.out {
        let corpus = corpus::Corpus::new(args.seed, args.messages);
        let report = corpus.write(out, args.truth.as_deref())?;
        eprintln!("{report}");
    }
    if let Some(damaged) = &args.damaged {
        let count = damage::write(damaged, args.seed, args.messages)?;
        eprintln!("{count} messages in {}", damaged.display());
    }
    Ok(())
}
