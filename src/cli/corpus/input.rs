//! A folder of messages and the DNS answers for them, for commands that only read them.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use sesauth::Inspector;
use sesauth::corpus::{Entry, FORMAT, Folder, Reader, Settings};
use sesauth::dmarc::Rules;
use sesauth::dns::{Absent, Live, Server};

use super::super::Failure;
use super::super::dns::{Published, say_no_dns, server};
use super::super::dns_file::recorded;
use super::super::flags::RunFlags;
use super::super::progress::Progress;
use super::super::runner::{Answers, Runner, Worker};
use super::{CorpusArguments, version};

/// Which messages, and where answers come from.
#[derive(clap::Args)]
pub struct Input {
    #[command(flatten)]
    corpus: CorpusArguments,

    /// Answer from this recording or zone text [default: DIR/dns.jsonl]
    #[arg(long, value_name = "FILE", help_heading = "DNS", conflicts_with_all = ["live", "resolver"])]
    dns: Option<PathBuf>,

    /// Ask DNS, not a recording: keys that were replaced since then do not verify
    #[arg(long, help_heading = "DNS")]
    live: bool,

    /// Ask this resolver, as --live does the system's; may be given several times
    #[arg(long, value_name = "SERVER", value_parser = server, help_heading = "DNS")]
    resolver: Vec<Server>,
}

/// The messages, ready to be judged.
pub struct Messages {
    folder: Folder,
    /// How they are judged.
    pub runner: Runner,
    /// The source of answers.
    pub published: Published,
}

impl Input {
    /// The messages in a folder, with answers from this recording, or from DNS if it is `live`.
    pub fn of(folder: PathBuf, run: RunFlags, dns: Option<PathBuf>, live: bool) -> Self {
        Self {
            corpus: CorpusArguments { folder, run },
            dns,
            live,
            resolver: Vec::new(),
        }
    }

    /// The path that is given.
    pub fn path(&self) -> &Path {
        &self.corpus.folder
    }

    /// Whether it is said where answers come from.
    #[cfg(feature = "parquet")]
    pub fn says_answers(&self) -> bool {
        self.dns.is_some() || self.live || !self.resolver.is_empty()
    }

    /// The recording that rows are judged by.
    #[cfg(feature = "parquet")]
    pub fn recording(&self) -> Result<Published, Failure> {
        match &self.dns {
            Some(path) => recorded(path, Absent::NotRecorded),
            None => {
                let why = "rows hold no answers of DNS; give --dns and the recording that the rows \
                           were made with";
                Err(Failure::new(self.corpus.folder.display(), why))
            }
        }
    }

    /// The messages, and how to judge them: as they were recorded, if they were.
    pub fn messages(&self) -> Result<Messages, Failure> {
        let folder = self.corpus.folder()?;
        let settings = match folder.settings().exists() {
            true => self.corpus.settings(&folder)?,
            false => Settings {
                sesauth_corpus: FORMAT,
                written_by: version(),
                now: Timestamp::now(),
                dns: None,
                rules: Rules::Rfc9989,
                trust: Vec::new(),
                trusted: Vec::new(),
                advice: true,
                metadata: true,
                compare_with: None,
            },
        };
        Ok(Messages {
            runner: self.corpus.runner(&settings),
            published: self.published(&folder)?,
            folder,
        })
    }

    fn published(&self, folder: &Folder) -> Result<Published, Failure> {
        let live = match (self.live, self.resolver.as_slice()) {
            (false, []) => {
                let path = match &self.dns {
                    Some(path) => path.clone(),
                    None => folder.snapshot(),
                };
                if self.dns.is_none() && !path.exists() {
                    let folder = self.corpus.folder.display();
                    let help = format!(
                        "no answers of DNS are recorded there: `sesauth corpus record {folder}` \
                         writes dns.jsonl; or give --dns or --live"
                    );
                    return Err(Failure::new(folder, help));
                }
                return recorded(&path, Absent::NotRecorded);
            }
            (true, []) => Live::system(),
            (_, servers) => Live::servers(servers.iter().cloned()),
        };
        let live = live.map_err(|error| Failure(error.to_string()))?;
        Ok(Published::Live(Box::new(live)))
    }
}

impl Messages {
    /// Calls `work` for each message, and gives its name and the result to `take`, in order. Writes
    /// to standard error what could not be analysed. False if DNS could not be used, which is said.
    pub fn each<T: Send>(
        &self,
        answers: &Answers<'_>,
        work: impl Fn(&mut Worker<'_, Inspector<'_, Answers<'_>>>, &[u8]) -> Result<T, String> + Sync,
        mut take: impl FnMut(&str, Option<T>),
    ) -> Result<bool, Failure> {
        let mut reader = self.reader();
        let ended = self.runner.run(
            &mut reader,
            answers,
            || self.runner.inspector(answers),
            |worker, entry, bytes| {
                let name = self.name(entry);
                (name, bytes.and_then(|bytes| work(worker, bytes)))
            },
            |_| 0,
            |(name, result), progress: &mut Progress| {
                if let Err(error) = &result {
                    progress.say(format!("{name}: {error}"));
                }
                take(&name, result.ok());
                std::ops::ControlFlow::Continue(())
            },
        )?;
        ended.say(&reader);
        match ended.messages {
            _ if ended.is_interrupted => {
                Err(Failure::new("nothing is shown", "it would be of a part"))
            }
            0 => Err(Failure::new(
                "nothing to analyse",
                "no message was found there",
            )),
            _ => {
                ended.no_dns.iter().for_each(say_no_dns);
                Ok(ended.no_dns.is_none())
            }
        }
    }

    fn reader(&self) -> Reader {
        self.folder.reader(self.runner.options.limits.message_bytes)
    }

    fn name(&self, entry: &Entry) -> String {
        self.folder.name(entry)
    }
}
