//! `sesauth corpus record`.

use std::collections::BTreeSet;
use std::io::Write;
use std::ops::ControlFlow;

use jiff::Timestamp;
use sesauth::Analysis;
use sesauth::corpus::{Expectation, FORMAT, Folder, Saved, Settings};
use sesauth::dmarc::{DmarcResult, Rules};
use sesauth::dns::{Absent, Lookup, Question, Reply, Snapshot};
use sesauth::render::escape::plain;
use sesauth::render::workflow::Escapes;

use super::super::dns::{Load, Published, SourceArguments, say_no_dns};
use super::super::dns_file::{read_snapshot, write_snapshot};
use super::super::flags::{RulesFlag, TrustFlags};
use super::super::runner::{Answers, Runner};
use super::super::runtime::Seen;
use super::super::second::EngineFlag;
use super::super::{Failure, Status, output, written};
use super::archive::Archive;
use super::{CorpusArguments, save, saved, version};

/// Ask DNS about all messages; save its answers, and what the messages give with them
#[derive(clap::Args)]
#[command(after_help = ABOUT)]
pub struct Record {
    #[command(flatten)]
    corpus: CorpusArguments,

    #[command(flatten)]
    trust: TrustFlags,

    #[command(flatten)]
    dns: SourceArguments,

    #[command(flatten)]
    rules: RulesFlag,

    /// Ask DNS no more than the verdicts need: some findings then say less, or nothing
    #[arg(long, help_heading = "Findings")]
    no_advice: bool,

    #[command(flatten)]
    second: EngineFlag,
}

const ABOUT: &str = "\
Writes DIR/dns.jsonl, the answers of DNS, and for each message
DIR/expected/<its name>.json: verdicts, causes, alignment, conclusion and the
codes of findings. What dns.jsonl holds already is kept, also where DNS answers
otherwise now: messages signed with a key that was replaced verify for ever.

Each file is replaced at once or not at all; what interrupts a run loses
nothing, and the next run completes it.

Examples:
  sesauth corpus record mail/
  sesauth corpus record --offline mail/
      with the answers that are there, of DNS nothing new
  sesauth corpus record --dns answers.jsonl mail/
  sesauth corpus record --compare-with mail-auth mail/
      keeps what a second engine says too; a check tells when both part ways

Exit codes:
  0   recorded
  2   it could not be, or an answer is missing on which a verdict hangs
  75  DNS gave no answer on which a DMARC result hangs; try again later. Where
      DNS could not be used at all, nothing is written";

impl Record {
    pub(super) fn run(self) -> Result<Status, Failure> {
        let folder = self.corpus.folder()?;
        let _held = self.corpus.hold(&folder)?;
        let path = folder.snapshot();
        let kept = match path.exists() {
            true => read_snapshot(&path, Absent::NotRecorded)?,
            false => Snapshot::default(),
        };
        let published = self.dns.published(Load::Many)?;
        self.look_before(&folder)?;
        folder
            .sweep()
            .map_err(|error| Failure::io(self.corpus.folder.display(), &error))?;
        let now = Timestamp::now();
        let mut settings = Settings {
            sesauth_corpus: FORMAT,
            written_by: version(),
            now: Timestamp::from_second(now.as_second()).unwrap_or(now),
            dns: None,
            rules: self.rules.into(),
            trust: self.trust.hosts.clone(),
            trusted: self.trust.ids.clone(),
            advice: !self.no_advice,
            metadata: !self.corpus.run.no_metadata,
            compare_with: self.second.name(),
        };
        let runner = Runner {
            dns_time: self.dns.dns_time(),
            ..self.corpus.runner(&settings)
        };
        let asked = match self.ask(&folder, &runner, kept, &published)? {
            Ok(asked) => asked,
            Err(status) => return Ok(status),
        };
        write_snapshot(&path, &asked)?;
        // If there are several answers, a check uses the latest, so it is used here too.
        let snapshot = read_snapshot(&path, Absent::NotRecorded)?;
        settings.dns = snapshot.latest();
        save(&settings, &folder)?;
        let runner = Runner {
            second: self.second.engine()?,
            ..runner
        };
        expect(&folder, &runner, snapshot)
    }

    /// Refuses a folder `expected` that is not ours; reports if the earlier recording had other
    /// flags.
    fn look_before(&self, folder: &Folder) -> Result<(), Failure> {
        if folder.settings().exists() {
            if let Ok(before) = self.corpus.settings(folder) {
                self.say_other_flags(&before);
            }
            return Ok(());
        }
        let places = folder.places();
        let places = places.map_err(|error| Failure::io(folder.settings().display(), &error))?;
        match places.iter().find(|place| !folder.holds(place)) {
            None => Ok(()),
            Some(place) => {
                let why = "it is not from sesauth; `expected` is where expectations are kept, so \
                           move it elsewhere";
                Err(Failure::new(folder.file(place).display(), why))
            }
        }
    }

    fn say_other_flags(&self, before: &Settings) {
        let Settings {
            rules,
            trust,
            trusted,
            advice,
            metadata,
            compare_with,
            ..
        } = before;
        let is_same = *rules == Rules::from(self.rules)
            && *trust == self.trust.hosts
            && *trusted == self.trust.ids
            && *advice != self.no_advice
            && *metadata != self.corpus.run.no_metadata
            && *compare_with == self.second.name();
        if is_same {
            return;
        }
        let mut flags = Vec::new();
        flags.extend(trust.iter().map(|host| format!("--trust {host}")));
        flags.extend(trusted.iter().map(|id| format!("--trusted {id}")));
        if *rules == Rules::Rfc7489 {
            flags.push("--rules rfc7489".into());
        }
        if !advice {
            flags.push("--no-advice".into());
        }
        if !metadata {
            flags.push("--no-metadata".into());
        }
        flags.extend(
            compare_with
                .iter()
                .map(|one| format!("--compare-with {one}")),
        );
        let flags = match flags.is_empty() {
            true => "none".into(),
            false => flags.join(" "),
        };
        output::say(format!("the earlier recording had other flags: {flags}"));
    }

    /// Looks up what all messages need and adds it to `kept`. The status if nothing is to be written:
    /// the user interrupted it, or DNS could not be used.
    fn ask(
        &self,
        folder: &Folder,
        runner: &Runner,
        kept: Snapshot,
        published: &Published,
    ) -> Result<Result<Snapshot, Status>, Failure> {
        let answers = Answers::new(published, published);
        let archive = Archive::new(&answers, &kept);
        let seen = Seen::new(true);
        let mut reader = folder.reader(runner.options.limits.message_bytes);
        let ended = runner.run(
            &mut reader,
            &answers,
            || runner.inspector(&archive),
            |worker, _, bytes| {
                if let Ok(inspection) = bytes.and_then(|bytes| worker.inspect(bytes, |it| it)) {
                    seen.add(&inspection.analysis.lookups);
                }
            },
            |()| 0,
            |(), _| ControlFlow::Continue(()),
        )?;
        ended.say(&reader);
        if ended.is_interrupted {
            output::say("nothing was written");
            return Ok(Err(Status::NotAnalysed));
        }
        if ended.messages == 0 {
            let help = "no message was found there";
            return Err(Failure::new(self.corpus.folder.display(), help));
        }
        let unanswered = archive.into_unanswered();
        say_unanswered(&unanswered, published);
        let evidence = seen.into_evidence();
        let lookups = evidence.0.iter();
        let lookups = lookups.filter(|lookup| !unanswered.contains(&lookup.question));
        // A run in which DNS answered nothing is not a recording.
        let is_known_failure = |lookup: &&Lookup| {
            let is_failure = matches!(lookup.reply, Reply::TempFail(_));
            is_failure && !kept.all(&lookup.question).is_empty()
        };
        let lookups: Vec<&Lookup> = lookups.collect();
        let mut merged = kept.clone();
        if !unanswered.is_empty() && lookups.iter().all(is_known_failure) {
            return Ok(Ok(merged));
        }
        if let Some(why) = &ended.no_dns {
            say_no_dns(why);
            output::say("nothing was written");
            return Ok(Err(Status::TryAgain));
        }
        self.dns.merge(&mut merged, published, lookups, runner.now);
        Ok(Ok(merged))
    }
}

/// Reports the questions for which earlier answers were kept; nothing if no question was to be
/// asked.
fn say_unanswered(unanswered: &BTreeSet<Question>, published: &Published) {
    const NAMED: usize = 5;
    if unanswered.is_empty() || !matches!(published, Published::Live(_)) {
        return;
    }
    let named = unanswered.iter().take(NAMED);
    let named: Vec<String> = named
        .map(|question| format!("{} {}", question.kind, question.name))
        .collect();
    let more = match unanswered.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let named = named.join(", ");
    output::say(format!(
        "DNS did not answer {named}{more}; the earlier answers stand"
    ));
}

/// What was done to the expectations.
#[derive(Default)]
struct Counts {
    new: usize,
    changed: usize,
    unchanged: usize,
    errors: usize,
    unread: usize,
    worst: usize,
}

/// Saves the expectation of each message, judged with `snapshot` as a check will do.
fn expect(folder: &Folder, runner: &Runner, snapshot: Snapshot) -> Result<Status, Failure> {
    let answers_held = snapshot.answers();
    let published = Published::Snapshot(Box::new(snapshot));
    let answers = Answers::new(&published, &published);
    let unread = |error| Failure::io(folder.settings().display(), &error);
    let mut gone = folder.places().map_err(unread)?;
    let mut reader = folder.reader(runner.options.limits.message_bytes);
    let mut counts = Counts::default();
    let mut worst = Status::Fine;
    let mut failed = None;
    let ended = runner.run(
        &mut reader,
        &answers,
        || runner.inspector(&answers),
        |worker, entry, bytes| {
            let octets = bytes.as_ref().ok().copied();
            let inspection = bytes.and_then(|bytes| worker.inspect(bytes, |it| it));
            let shown = inspection.as_ref().map_err(String::as_str);
            let expectation = Expectation::new(octets, shown);
            let place = folder.place(entry);
            let done = saved(&expectation).and_then(|bytes| {
                let done = folder.write(&place, &bytes);
                done.map_err(|error| error.to_string())
            });
            let status = inspection
                .as_ref()
                .map_or(Status::Fine, |one| status(&one.analysis));
            (place, done, inspection.err(), octets.is_none(), status)
        },
        |_| 0,
        |(place, done, error, is_unread, status), progress| {
            match done {
                Ok(Saved::New) => counts.new += 1,
                Ok(Saved::Changed) => counts.changed += 1,
                Ok(Saved::Unchanged) => counts.unchanged += 1,
                Err(error) => {
                    failed = Some(Failure::new(folder.file(&place).display(), error));
                    return ControlFlow::Break(());
                }
            }
            gone.remove(&place);
            worst = worst.max(status);
            counts.worst += usize::from(status != Status::Fine);
            counts.unread += usize::from(is_unread);
            if let Some(error) = error {
                counts.errors += 1;
                let name = folder.name_of_place(&place);
                progress.say(format!("{name}: {error}"));
            }
            ControlFlow::Continue(())
        },
    )?;
    if let Some(failure) = failed {
        return Err(failure);
    }
    if ended.is_interrupted {
        let count = ended.messages;
        output::say(format!(
            "interrupted; {count} messages are recorded, record again for the others"
        ));
        return Ok(Status::NotAnalysed);
    }
    // A folder that cannot be read may contain messages.
    let is_all = counts.unread == 0;
    gone.retain(|place| is_all && folder.holds(place));
    for place in &gone {
        let removed = folder.remove(place);
        removed.map_err(|error| Failure::io(folder.file(place).display(), &error))?;
    }
    let removed = match gone.len() {
        0 => String::new(),
        count => format!(", {count} removed"),
    };
    let errors = match counts.errors {
        0 => String::new(),
        count => format!("; {count} cannot be analysed, which is expected now"),
    };
    let Counts {
        new,
        changed,
        unchanged,
        ..
    } = counts;
    let noun = match ended.messages {
        1 => "message",
        _ => "messages",
    };
    let text = format!(
        "{} {noun}: {new} new, {changed} changed, {unchanged} unchanged{removed}{errors}\n\
         {} holds {answers_held} answers\n",
        ended.messages,
        plain(folder.snapshot().display())
    );
    let mut out = output::stdout(Escapes::Text);
    written(out.write_all(text.as_bytes()).and_then(|()| out.flush()))?;
    let of = counts.worst;
    match worst {
        Status::TryAgain => output::say(format!(
            "DNS gave no answer on which the DMARC result of {of} messages hangs; record again later"
        )),
        Status::NotAnalysed => output::say(format!(
            "an answer is missing on which a verdict of {of} messages hangs; record without --offline and --dns"
        )),
        _ => (),
    }
    Ok(worst)
}

/// Whether a recording with this message is complete.
fn status(analysis: &Analysis) -> Status {
    match analysis.dmarc.result {
        _ if analysis.is_recording_incomplete() => Status::NotAnalysed,
        DmarcResult::Temperror => Status::TryAgain,
        _ => Status::Fine,
    }
}
