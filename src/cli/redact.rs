//! `sesauth redact`: a message that can be shown to others, and the DNS that goes with it.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use aws_lc_rs::{digest, rand};
use jiff::Timestamp;
use sesauth::dns::Absent;
use sesauth::redact::{Redacted, Redaction, redact};
use sesauth::{Options, SessionHints, explain};

use super::dns::{Load, SourceArguments, say_no_dns};
use super::flags::{limits, size};
use super::session::SessionArguments;
use super::{Failure, Status, message, output, written};

/// Write a message that can be shown to others: other names, addresses and words, the same results
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct RedactCommand {
    /// The raw message (.eml, .emlx, .msg, packed or not); `-` or nothing reads standard input
    message: Option<PathBuf>,

    /// Take a message that this one carries as an attachment: the first, or the Nth
    #[arg(
        long,
        value_name = "N",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "1"
    )]
    attached: Option<NonZeroUsize>,

    /// Keep domains as they are
    #[arg(long)]
    keep_domains: bool,

    /// What the replacements follow from, so that they are the same again; whoever knows it can try
    /// out what was there [default: something random]
    #[arg(long, value_name = "TEXT")]
    seed: Option<String>,

    /// Write message.eml and dns.jsonl into this folder, which is made if need be
    #[arg(short, long, value_name = "FOLDER", conflicts_with_all = ["out", "record"])]
    output: Option<PathBuf>,

    /// Write the message here [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// Write the recording of DNS here
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,

    /// Refuse a larger message, unpacked or not: bytes, or with K, M or G
    #[arg(long, value_name = "SIZE", default_value = "64M", value_parser = size)]
    max_size: usize,

    #[command(flatten)]
    session: SessionArguments,

    #[command(flatten)]
    dns: SourceArguments,
}

const EXAMPLES: &str = "\
Replaced, always in the same way within the message:
  the words of Subject, display names, text, and of fields without a form of
  their own; local parts; Message-ID, Feedback-ID, selectors, boundaries, queue
  IDs, paths of links; attached files, also within a text (uuencode, Ascii85);
  IP addresses, by those for documentation; domains, by names under .test with
  the same relations; words in names of fields that no standard, program or
  receiver uses there; names, notes and tokens in DNS
Kept:
  order and folding of fields; dates; lengths of words; words of standards, of
  receivers and of filters; character sets; MIME types and HTML elements;
  v a c q t x l h of signatures; Amazon SES and other well-known services, with
  the addresses that its hosts are named after; endings such as .internal and
  .local; the words of DNS records
Made anew, by throw-away keys that the recording publishes:
  DKIM signatures, ARC-Message-Signature and ARC-Seal; what verified does so
  again, what failed fails for the same cause, and what is proved of changes on
  the way is proved again
Not kept:
  the file around the message (mbox, .emlx, .msg, gzip); the likeness of two
  names; damaged keys; SPF networks wider than a /24; a fix that rests on a key
  of SES. What comes out otherwise for that is said on standard error
What it still tells:
  when the message was sent, and which programs and services it passed; in
  fields with a form, numbers of up to four digits; in names of fields, words
  of two letters. Who has the logs of a server can find it by its times. Read
  it before you send it

Examples:
  sesauth redact -o shared message.eml
  sesauth inspect --dns shared/dns.jsonl shared/message.eml
      the same results as of message.eml
  sesauth redact --keep-domains --out redacted.eml --record redacted.jsonl \\
      message.eml

Exit codes:
  0   written, and all results are the same
  1   written, and a result is another one, which is said
  2   not written: usage, unreadable file, not a message, a file that exists
  75  not written: DNS could not be used";

impl RedactCommand {
    pub(super) fn run(self) -> Result<Status, Failure> {
        let how = redaction(self.seed.as_deref(), self.keep_domains, self.dns.absent())?;
        let options = Options {
            limits: limits(self.max_size),
            attached: self.attached.map(usize::from),
            ..Options::default()
        };
        let published = self.dns.published(Load::One)?;
        let (name, bytes) = message::read(self.message.as_deref(), self.max_size)?;
        let hints = self.session.hints();
        let now = Timestamp::now();
        let inspected = sesauth::inspect_within(&bytes, &hints, &published, now, &options);
        let (inspection, no_dns) = published.block_on(inspected)?;
        if let Some(why) = &no_dns {
            say_no_dns(why);
            return Ok(Status::TryAgain);
        }
        let failed = |error| Failure::new(&name, error);
        let inspection = inspection.map_err(failed)?;
        let redacted = redact(&bytes, &hints, now, &options, &inspection, &how).map_err(failed)?;
        let (file, recording) = match &self.output {
            Some(folder) => {
                let made = fs::create_dir_all(folder);
                made.map_err(|error| Failure::io(folder.display(), &error))?;
                (
                    Some(folder.join("message.eml")),
                    Some(folder.join("dns.jsonl")),
                )
            }
            None => (self.out.clone(), self.record.clone()),
        };
        if let Some(path) = &recording {
            write_new(path, redacted.recording.as_bytes())?;
        }
        match &file {
            Some(path) => write_new(path, &redacted.message)?,
            None => {
                let mut out = output::stdout_of_octets();
                written(out.write_all(&redacted.message).and_then(|()| out.flush()))?;
            }
        }
        say_what(&redacted, recording.is_some());
        say_session(&redacted.hints, how.absent);
        say_differences(&redacted);
        Ok(match redacted.differences.is_empty() {
            true => Status::Fine,
            false => Status::Fail,
        })
    }
}

/// The key of the replacements: from a text, or random.
pub fn redaction(
    seed: Option<&str>,
    keep_domains: bool,
    absent: Absent,
) -> Result<Redaction, Failure> {
    let mut key = [0; 32];
    match seed {
        Some(seed) => {
            let hash = digest::digest(&digest::SHA256, seed.as_bytes());
            key.copy_from_slice(hash.as_ref());
        }
        None => rand::fill(&mut key)
            .map_err(|_| Failure::new("--redact", "the system gives no random numbers"))?,
    }
    Ok(Redaction {
        key,
        keep_domains,
        absent,
        zone: None,
    })
}

/// Writes a file that is not there yet.
fn write_new(path: &Path, octets: &[u8]) -> Result<(), Failure> {
    let opened = OpenOptions::new().write(true).create_new(true).open(path);
    let result = opened.and_then(|mut file| file.write_all(octets));
    result.map_err(|error| Failure::io(path.display(), &error))
}

fn say_what(redacted: &Redacted, is_recorded: bool) {
    if !redacted.taken_out_of.is_empty() {
        let forms = explain::source::taken_out_of(&redacted.taken_out_of);
        output::say(format!("{forms}, and is written without that"));
    }
    let made = match redacted.signatures {
        0 => return,
        1 => "1 signature was".into(),
        many => format!("{many} signatures were"),
    };
    let whose = match is_recorded {
        true => "which the recording publishes",
        false => "which only a recording publishes (--record)",
    };
    output::say(format!("{made} made anew by throw-away keys, {whose}"));
}

/// Says what an inspection of the new message is to be told, as that of the old one was.
fn say_session(hints: &SessionHints, absent: Absent) {
    let flags = session_flags(hints, absent);
    if !flags.is_empty() {
        output::say(format!("inspect it with{flags}"));
    }
}

/// What an inspection is to be told, as flags with a blank before each.
pub fn session_flags(hints: &SessionHints, absent: Absent) -> String {
    let mut flags = String::new();
    let mut add = |flag: &str, value: Option<String>| {
        if let Some(value) = value {
            // As a shell reads it, whatever is in it.
            let value = value.replace('\'', "'\\''");
            flags.push_str(&format!(" {flag} '{value}'"));
        }
    };
    add("--ip", hints.client_ip.map(|ip| ip.to_string()));
    add("--helo", hints.helo.clone());
    add("--mail-from", hints.mail_from.clone());
    add("--at", hints.at.map(|at| at.to_string()));
    add("--hop", hints.hop.map(|hop| hop.to_string()));
    for host in &hints.trusted_hosts {
        add("--trust", Some(host.clone()));
    }
    for id in &hints.trusted_ids {
        add("--trusted", Some(id.clone()));
    }
    if absent == Absent::NxDomain {
        flags.push_str(" --dns-absent nxdomain");
    }
    flags
}

/// Says what comes out otherwise.
pub fn say_differences(redacted: &Redacted) {
    for one in &redacted.differences {
        let (before, after) = (&one.before, &one.after);
        output::say(format!(
            "{} comes out otherwise: {before} before, {after} now",
            one.what
        ));
    }
}
