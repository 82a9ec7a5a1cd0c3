//! A folder of messages with the DNS that they are judged by: what the commands share that only read
//! it.

use std::fs;
use std::io;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use jiff::Timestamp;
use serde_json::Value;
use sesauth::corpus::Reader;
use sesauth::dmarc::Rules;
use sesauth::dns::{Absent, Live, Server};
use sesauth::{Options, SessionHints};

use super::super::Failure;
use super::super::dns::{Published, recorded, server};
use super::super::inspect::size;
use super::super::many::{Ended, Many};

/// Which messages, and where answers come from.
#[derive(clap::Args)]
pub struct Given {
    /// The folder with the messages, and with dns.jsonl, the answers of DNS
    #[arg(value_name = "DIR")]
    folder: PathBuf,

    /// How many messages to work on at once [default: one for each processor; more with live DNS]
    #[arg(short, long, value_name = "N")]
    jobs: Option<NonZeroUsize>,

    /// Pass over a larger message with an error: bytes, or with K, M or G
    #[arg(long, value_name = "SIZE", default_value = "64M", value_parser = size)]
    max_size: usize,

    /// Answer from this file: a recording, zone text, or a DNS cache of mailauth
    /// [default: DIR/dns.jsonl]
    #[arg(long, value_name = "FILE", help_heading = "DNS", conflicts_with_all = ["live", "resolver"])]
    dns: Option<PathBuf>,

    /// Ask DNS, not a recording: keys that were replaced since then do not verify
    #[arg(long, help_heading = "DNS")]
    live: bool,

    /// Ask this resolver, as --live does the system's; may be given several times
    #[arg(long, value_name = "SERVER", value_parser = server, help_heading = "DNS")]
    resolver: Vec<Server>,

    /// Show no progress on the terminal
    #[arg(short, long, help_heading = "Output")]
    quiet: bool,
}

impl Given {
    /// What answers.
    pub fn published(&self) -> Result<Published, Failure> {
        let live = match (self.live, self.resolver.as_slice()) {
            (false, []) => {
                let path = match &self.dns {
                    Some(path) => path.clone(),
                    None => self.snapshot()?,
                };
                return recorded(&path, Absent::NotRecorded);
            }
            (true, []) => Live::system(),
            (_, servers) => Live::servers(servers.iter().cloned()),
        };
        let live = live.map_err(|error| Failure(error.to_string()))?;
        Ok(Published::Live(Box::new(live)))
    }

    fn snapshot(&self) -> Result<PathBuf, Failure> {
        let path = self.folder.join("dns.jsonl");
        match path.exists() {
            true => Ok(path),
            false => {
                let folder = self.folder.display();
                let help = format!(
                    "no answers of DNS are recorded there: `sesauth corpus record {folder}` writes \
                     dns.jsonl; or give --dns or --live"
                );
                Err(Failure::new(folder, help))
            }
        }
    }

    /// How all messages are judged: as they were recorded, if they were.
    pub fn many(&self, advice: bool) -> Result<Many, Failure> {
        let settings = self.settings()?;
        let texts = |key: &str| -> Vec<String> {
            let values = settings[key].as_array().into_iter().flatten();
            values
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect()
        };
        let now = settings["now"].as_str().and_then(|now| now.parse().ok());
        Ok(Many {
            jobs: self.jobs,
            quiet: self.quiet,
            now: now.unwrap_or_else(Timestamp::now),
            hints: SessionHints {
                trusted_hosts: texts("trust"),
                trusted_ids: texts("trusted"),
                ..SessionHints::default()
            },
            options: Options {
                limits: Many::limits(self.max_size),
                rules: match settings["rules"].as_str() {
                    Some("rfc7489") => Rules::Rfc7489,
                    _ => Rules::Rfc9989,
                },
                advice: advice && settings["advice"] != false,
                ..Options::default()
            },
        })
    }

    fn settings(&self) -> Result<Value, Failure> {
        let path = self.folder.join("expected/corpus.json");
        let name = path.display();
        match fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text).map_err(|error| Failure::new(name, error)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Value::Null),
            Err(error) => Err(Failure::io(name, &error)),
        }
    }

    /// Finds the messages.
    pub fn reader(&self) -> Reader {
        Reader::new([self.folder.clone()], self.max_size)
    }

    /// Whether a run went through all messages, of which there must be some.
    pub fn ended(&self, ended: &Ended) -> Result<(), Failure> {
        let folder = self.folder.display();
        if ended.is_interrupted {
            let why = format!("interrupted; {} messages are done", ended.messages);
            return Err(Failure::new(folder, why));
        }
        match ended.messages {
            0 => Err(Failure::new(folder, "no message was found there")),
            _ => Ok(()),
        }
    }

    /// What a message is called within the folder.
    pub fn name<'n>(&self, name: &'n str) -> &'n str {
        let folder = self.folder.display().to_string();
        let within = name.strip_prefix(&folder).unwrap_or(name);
        within.trim_start_matches(['/', '\\'])
    }
}
