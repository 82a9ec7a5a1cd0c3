//! Recorded DNS: a JSON Lines file with a header line, then one lookup per line.
//!
//! ```text
//! {"sesauth_dns":1,"captured":"2026-11-20T15:00:00Z","resolver":"system"}
//! {"name":"_dmarc.example.com","type":"TXT","rcode":"NOERROR","ttl":300,"records":[["v=DMARC1; ","p=none"]]}
//! {"name":"gone.example.com","type":"A","rcode":"NXDOMAIN"}
//! {"name":"slow.example.com","type":"TXT","failure":"timeout"}
//! ```

use std::collections::BTreeMap;
use std::io::{self, Write};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::line::LookupLine;
use super::{Dns, Failure, Lookup, Negative, Question, Recorded, Reply, Seen};
use crate::{Error, Limits};

/// How a question that is not in a snapshot is answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Absent {
    /// Nothing is known: what depends on it is not evaluated.
    #[default]
    NotRecorded,
    /// The name does not exist, as in a complete zone.
    NxDomain,
}

/// Recorded DNS answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// When the answers were recorded.
    pub captured: Option<Timestamp>,
    /// Which resolver gave them.
    pub resolver: Option<String>,
    /// How a question that is not in it is answered.
    pub absent: Absent,
    /// The answers seen at different times, latest last.
    replies: BTreeMap<Question, Vec<Entry>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    reply: Reply,
    /// When and by which resolver it was answered, if that differs from the head of the file.
    captured: Option<Timestamp>,
    resolver: Option<String>,
}

#[derive(Debug, Deserialize, Serialize)]
struct Head {
    sesauth_dns: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    captured: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    resolver: Option<String>,
}

impl Snapshot {
    /// Reads a snapshot: a header line with `"sesauth_dns":1`, then one lookup per line. `absent`
    /// says how to answer a question that is not in it. If a question has several lines, the latest
    /// answer counts; the others are returned by [`Dns::earlier`].
    ///
    /// # Errors
    ///
    /// [`Error::Snapshot`], with the line number, if a line cannot be read.
    ///
    /// # Examples
    ///
    /// ```
    /// use sesauth::dns::{Absent, Name, Question, Snapshot};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let text = r#"{"sesauth_dns":1,"captured":"2026-11-20T15:00:00Z"}
    /// {"name":"example.com","type":"TXT","rcode":"NOERROR","records":[["v=spf1 -all"]]}"#;
    /// let snapshot = Snapshot::parse(text, Absent::NotRecorded)?;
    /// let question = Question::txt(Name::parse("example.com")?);
    /// assert_eq!(snapshot.all(&question).len(), 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn parse(text: &str, absent: Absent) -> Result<Self, Error> {
        let mut lines = text
            .trim_start_matches('\u{feff}')
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.trim().is_empty());
        let wrong = |index: usize, problem: String| Error::Snapshot {
            line: index + 1,
            problem,
        };
        let Some((index, first)) = lines.next() else {
            return Err(wrong(0, "the file is empty".into()));
        };
        let head: Head = serde_json::from_str(first).map_err(|error| {
            wrong(
                index,
                format!("the first line must be {{\"sesauth_dns\":1,…}} ({error})"),
            )
        })?;
        if head.sesauth_dns != 1 {
            return Err(wrong(
                index,
                format!("format {} is not known here; 1 is", head.sesauth_dns),
            ));
        }
        let mut replies: BTreeMap<Question, Vec<Entry>> = BTreeMap::new();
        let longest = Limits::default().dns_line_bytes;
        for (index, line) in lines {
            if line.len() > longest {
                let problem = format!(
                    "it has {} bytes, more than the limit of {longest}",
                    line.len()
                );
                return Err(wrong(index, problem));
            }
            let mut line: LookupLine =
                serde_json::from_str(line).map_err(|error| wrong(index, error.to_string()))?;
            let (captured, resolver) = (line.captured.take(), line.resolver.take());
            let (question, reply) = line.read().map_err(|problem| wrong(index, problem))?;
            // Nearly all have one answer.
            let entries = replies.entry(question);
            let entries = entries.or_insert_with(|| Vec::with_capacity(1));
            entries.push(Entry {
                reply,
                captured,
                resolver,
            });
        }
        for entries in replies.values_mut() {
            entries.sort_by_key(|entry| entry.captured.or(head.captured));
        }
        Ok(Self {
            captured: head.captured,
            resolver: head.resolver,
            absent,
            replies,
        })
    }

    /// A recording of these answers, without any times.
    pub(super) fn of(replies: impl IntoIterator<Item = (Question, Reply)>, absent: Absent) -> Self {
        let entry = |reply| Entry {
            reply,
            captured: None,
            resolver: None,
        };
        Self {
            absent,
            replies: replies
                .into_iter()
                .map(|(question, reply)| (question, vec![entry(reply)]))
                .collect(),
            ..Self::default()
        }
    }

    /// Every question with its latest answer and the earlier ones, in order.
    pub fn lookups(&self) -> impl Iterator<Item = (&Question, &Reply, Vec<Seen>)> {
        let entries = self.replies.iter();
        entries.filter_map(|(question, entries)| {
            Some((question, &entries.last()?.reply, self.earlier(question)))
        })
    }

    /// Adds the lookups of a run, answered at `captured` by `resolver`. An answer that differs from
    /// the known one becomes the latest. The known one is kept with its time, unless it was a
    /// failure, and so are the earlier answers that the run received. A question that was not
    /// recorded is not added.
    pub fn extend<'l>(
        &mut self,
        lookups: impl IntoIterator<Item = &'l Lookup>,
        captured: Option<Timestamp>,
        resolver: Option<&str>,
    ) {
        for entry in self.replies.values_mut().flatten() {
            entry.captured = entry.captured.or(self.captured);
            entry.resolver = entry.resolver.take().or_else(|| self.resolver.clone());
        }
        self.captured = captured.or(self.captured);
        self.resolver = resolver.map(str::to_owned).or(self.resolver.take());
        for lookup in lookups {
            if lookup.reply == Reply::NotRecorded {
                continue;
            }
            let entries = self.replies.entry(lookup.question.clone()).or_default();
            entries.retain(|entry| {
                let failed = matches!(entry.reply, Reply::TempFail(_));
                !failed && !is_same(&entry.reply, &lookup.reply)
            });
            for Seen { reply, at } in &lookup.earlier {
                let failed = matches!(reply, Reply::TempFail(_) | Reply::NotRecorded);
                let known = entries.iter().any(|entry| is_same(&entry.reply, reply));
                if !failed && !known && !is_same(reply, &lookup.reply) {
                    // The latest comes first there, and last here.
                    entries.insert(
                        0,
                        Entry {
                            reply: reply.clone(),
                            captured: *at,
                            resolver: None,
                        },
                    );
                }
            }
            entries.push(Entry {
                reply: lookup.reply.clone(),
                captured,
                resolver: resolver.map(str::to_owned),
            });
        }
        for entry in self.replies.values_mut().flatten() {
            entry.captured = entry.captured.filter(|at| Some(*at) != self.captured);
            entry.resolver = entry
                .resolver
                .take()
                .filter(|by| Some(by) != self.resolver.as_ref());
        }
    }

    /// The answer in the recording made at `captured`, as far as it is known: an answer that was
    /// seen again later keeps only its later time.
    pub fn answer_at(&self, question: &Question, captured: Option<Timestamp>) -> Option<&Reply> {
        let entries = self.replies.get(question)?;
        let at = |entry: &&Entry| entry.captured.or(self.captured);
        let then = entries.iter().rev().find(|entry| at(entry) == captured);
        let then = then.or_else(|| entries.last().filter(|entry| at(entry) <= captured));
        then.map(|entry| &entry.reply)
    }

    /// All answers to `question` with their times, latest first.
    pub fn all(&self, question: &Question) -> Vec<Seen> {
        let entries = self.replies.get(question).map_or(&[][..], Vec::as_slice);
        let seen = entries.iter().rev().map(|entry| Seen {
            reply: entry.reply.clone(),
            at: entry.captured.or(self.captured),
        });
        seen.collect()
    }

    /// When the latest answer was given, if known.
    pub fn latest(&self) -> Option<Timestamp> {
        let entries = self.replies.values().flatten();
        let latest = entries.filter_map(|entry| entry.captured).max();
        latest.max(self.captured)
    }

    /// The number of answers, including earlier ones.
    pub fn answers(&self) -> usize {
        self.replies.values().map(Vec::len).sum()
    }

    /// Writes the snapshot, sorted by name and type.
    ///
    /// # Errors
    ///
    /// The error of `out`.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let head = Head {
            sesauth_dns: 1,
            captured: self.captured,
            resolver: self.resolver.clone(),
        };
        serde_json::to_writer(&mut *out, &head)?;
        writeln!(out)?;
        for (question, entries) in &self.replies {
            for entry in entries {
                let mut line = LookupLine::new(question, &entry.reply);
                line.captured = entry.captured;
                line.resolver = entry.resolver.clone();
                serde_json::to_writer(&mut *out, &line)?;
                writeln!(out)?;
            }
        }
        Ok(())
    }
}

/// Whether two answers are the same, ignoring TTLs, the order of the records, and what a server says
/// of its error code.
pub(crate) fn is_same(a: &Reply, b: &Reply) -> bool {
    let sorted = |reply: &Reply| {
        let mut records: Vec<String> = reply.records().iter().map(|r| format!("{r:?}")).collect();
        records.sort_unstable();
        records
    };
    match (a, b) {
        (Reply::Records(_), Reply::Records(_)) => a.cname() == b.cname() && sorted(a) == sorted(b),
        (Reply::NoData(_), Reply::NoData(_)) | (Reply::NxDomain(_), Reply::NxDomain(_)) => {
            a.cname() == b.cname()
        }
        (Reply::TempFail(Failure::Rcode(a)), Reply::TempFail(Failure::Rcode(b))) => {
            a.name == b.name
        }
        _ => a == b,
    }
}

impl Recorded for Snapshot {}

impl Dns for Snapshot {
    async fn query(&self, question: &Question) -> Reply {
        let entries = self.replies.get(question);
        match (entries.and_then(|entries| entries.last()), self.absent) {
            (Some(entry), _) => entry.reply.clone(),
            (None, Absent::NotRecorded) => Reply::NotRecorded,
            (None, Absent::NxDomain) => Reply::NxDomain(Negative::default()),
        }
    }

    fn earlier(&self, question: &Question) -> Vec<Seen> {
        let mut all = self.all(question);
        all.drain(..all.len().min(1));
        all
    }

    fn keeps_aliases(&self) -> bool {
        self.absent == Absent::NotRecorded
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = concat!(
        "{\"sesauth_dns\":1,\"captured\":\"2026-11-20T15:00:00Z\",\"resolver\":\"system\"}\n",
        "{\"name\":\"10.113.0.203.in-addr.arpa\",\"type\":\"PTR\",\"rcode\":\"NOERROR\",\"ttl\":5,\"records\":[\"a.example\"]}\n",
        "{\"name\":\"a.example\",\"type\":\"A\",\"rcode\":\"NOERROR\",\"ttl\":5,\"records\":[\"192.0.2.1\"]}\n",
        "{\"name\":\"a.example\",\"type\":\"AAAA\",\"rcode\":\"NOERROR\"}\n",
        "{\"name\":\"a.example\",\"type\":\"MX\",\"rcode\":\"NOERROR\",\"ttl\":5,\"records\":[{\"preference\":10,\"exchange\":\"mx.a.example\"},{\"preference\":0,\"exchange\":\".\"}]}\n",
        "{\"name\":\"a.example\",\"type\":\"TXT\",\"rcode\":\"NOERROR\",\"cname\":[\"b.example\"],\"ttl\":5,\"ad\":true,\"records\":[[\"v=spf1 \",\"-all\"]]}\n",
        "{\"name\":\"binary.example\",\"type\":\"TXT\",\"rcode\":\"NOERROR\",\"ttl\":5,\"records_base64\":[[\"/w==\"]]}\n",
        "{\"name\":\"gone.example\",\"type\":\"A\",\"rcode\":\"NXDOMAIN\",\"ttl\":60,\"ad\":true}\n",
        "{\"name\":\"slow.example\",\"type\":\"A\",\"failure\":\"timeout\"}\n",
        "{\"name\":\"slow.example\",\"type\":\"TXT\",\"rcode\":\"SERVFAIL\"}\n",
    );

    #[test]
    fn a_snapshot_read_and_written_is_the_same() {
        let snapshot = Snapshot::parse(TEXT, Absent::NotRecorded).unwrap();
        let mut written = Vec::new();
        snapshot.write(&mut written).unwrap();
        assert_eq!(String::from_utf8(written).unwrap(), TEXT);
    }

    #[test]
    fn a_wrong_line_is_named_by_its_number() {
        let error = Snapshot::parse("{\"sesauth_dns\":1}\n{}\n", Absent::NotRecorded).unwrap_err();
        assert!(matches!(error, Error::Snapshot { line: 2, .. }), "{error}");
        let error = Snapshot::parse("{\"sesauth_dns\":2}\n", Absent::NotRecorded).unwrap_err();
        assert!(error.to_string().contains("format 2"), "{error}");
        let line =
            "{\"name\":\"a.example\",\"type\":\"A\",\"rcode\":\"NOERROR\",\"records\":[\"::1\"]}";
        let text = format!("{{\"sesauth_dns\":1}}\n{line}\n");
        let error = Snapshot::parse(&text, Absent::NotRecorded).unwrap_err();
        assert!(error.to_string().contains("::1 is not the data"), "{error}");
        let line = format!("{{\"name\":\"{}\"}}", "a".repeat(1 << 20));
        let text = format!("{{\"sesauth_dns\":1}}\n{line}\n");
        let error = Snapshot::parse(&text, Absent::NotRecorded).unwrap_err();
        assert!(
            error.to_string().contains("line 2: it has 1048587 bytes"),
            "{error}"
        );
    }
}
