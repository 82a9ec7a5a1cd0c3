//! The XML of a report, read as a stream: no more than one record is in memory.
//!
//! It is read by the names of elements and of those around them. What is missing, repeated or unknown
//! does no harm: the first value counts. What a report has no use for ends it: a document type, and
//! entities other than the five of XML.

use std::io::{self, BufRead, BufReader, Read};

use jiff::Timestamp;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::ReportFault;
use super::decoded::Decoded;
use super::report::{
    Disposition, Override, Report, ReportForm, ReportRecord, SeenPolicy, SignatureResult,
    SpfReported,
};
use super::tally::{PolicyUse, Reporter};

/// How deeply elements may be nested. A report needs six.
const DEPTH: usize = 20;

/// Octets of one tag, comment or piece of text.
const PIECE: usize = 64 << 10;

/// Octets of a value that are kept. A domain has at most 253.
const VALUE: usize = 255;

/// Records of one report.
const RECORDS: usize = 2_000_000;

/// Signatures, results of SPF and reasons of one record that are kept, of each.
const RESULTS: usize = 100;

/// The largest count of a record that is believed.
const COUNT: u64 = 10_000_000_000;

/// The namespace of RFC 9990.
const RFC_9990: &[u8] = b"urn:ietf:params:xml:ns:dmarc-2.0";

/// Reads all reports in a document and gives each to `take`.
pub(super) fn read(octets: impl Read, take: &mut dyn FnMut(Report)) -> Result<(), ReportFault> {
    let text = Decoded::new(octets).map_err(|error| ReportFault::Unreadable(error.to_string()))?;
    let mut reader = Reader::from_reader(Guard {
        from: BufReader::with_capacity(16 << 10, text),
        piece: 0,
        failed: None,
    });
    // A plain ampersand, as in the name of an organization, is an error in XML and common.
    reader.config_mut().allow_dangling_amp = true;
    let mut walk = Walk::default();
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        reader.get_mut().piece = 0;
        let event = reader.read_event_into(&mut buffer);
        let event = match event {
            Ok(event) => event,
            Err(error) => {
                let error = error.to_string();
                let at = reader.buffer_position();
                let guard = reader.get_mut();
                return Err(match guard.failed.take() {
                    Some(_) if guard.piece > PIECE => ReportFault::TooLong(PIECE),
                    Some(why) => ReportFault::Unreadable(why),
                    None if guard.is_at_end() => ReportFault::CutOff,
                    None => ReportFault::Xml(at, error),
                });
            }
        };
        match event {
            Event::Start(tag) => walk.start(&tag)?,
            Event::Empty(tag) => {
                walk.start(&tag)?;
                walk.end(take)?;
            }
            Event::End(_) => walk.end(take)?,
            Event::Text(text) => walk.text(&text),
            Event::CData(text) => walk.text(&text),
            Event::GeneralRef(entity) => match entity.resolve_char_ref() {
                Ok(Some(char)) => walk.text(char.encode_utf8(&mut [0; 4])),
                Ok(None) => match quick_xml::escape::resolve_xml_entity(&entity) {
                    Some(text) => walk.text(text),
                    None => {
                        let name: String = entity.chars().take(40).collect();
                        return Err(ReportFault::Entity(name));
                    }
                },
                Err(error) => {
                    return Err(ReportFault::Xml(
                        reader.buffer_position(),
                        error.to_string(),
                    ));
                }
            },
            Event::DocType(_) => return Err(ReportFault::DocumentType),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => (),
            Event::Eof => return walk.over(),
        }
    }
}

/// A stream of which each piece of markup takes a bounded part.
struct Guard<R> {
    from: R,
    piece: usize,
    failed: Option<String>,
}

impl<R: BufRead> Guard<R> {
    fn is_at_end(&mut self) -> bool {
        self.from.fill_buf().is_ok_and(<[u8]>::is_empty)
    }
}

impl<R: BufRead> Read for Guard<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(out)?;
        self.consume(read);
        Ok(read)
    }
}

impl<R: BufRead> BufRead for Guard<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.piece > PIECE {
            self.failed = Some(String::new());
            return Err(io::Error::other("too long"));
        }
        match self.from.fill_buf() {
            Ok(octets) => Ok(octets),
            Err(error) => {
                if error.kind() != io::ErrorKind::Interrupted {
                    self.failed = Some(error.to_string());
                }
                Err(error)
            }
        }
    }

    fn consume(&mut self, amount: usize) {
        self.piece = self.piece.saturating_add(amount);
        self.from.consume(amount);
    }
}

/// Where in a report the reader is, and what it has found.
#[derive(Default)]
struct Walk {
    path: Vec<String>,
    text: String,
    report: Report,
    policy: SeenPolicy,
    record: ReportRecord,
    has_count: bool,
    reason: (String, String),
    result: (String, String, String),
    has_report: bool,
}

impl Walk {
    fn start(&mut self, tag: &BytesStart<'_>) -> Result<(), ReportFault> {
        let name = tag.local_name();
        let name: String = name.as_ref().chars().take(64).collect();
        let name = name.to_ascii_lowercase();
        if self.path.is_empty() {
            if name != "feedback" {
                return Err(ReportFault::OtherXml(name));
            }
            *self = Self {
                has_report: self.has_report,
                ..Self::default()
            };
            let raw = tag.attributes_raw().as_bytes();
            if memchr::memmem::find(raw, RFC_9990).is_some() {
                self.report.head.form = ReportForm::Rfc9990;
            }
        }
        if self.path.len() == DEPTH {
            return Err(ReportFault::TooDeep(DEPTH));
        }
        match name.as_str() {
            "record" => {
                self.record = ReportRecord::default();
                self.has_count = false;
            }
            "reason" => self.reason = Default::default(),
            "dkim" | "spf" => self.result = Default::default(),
            _ => (),
        }
        self.path.push(name);
        self.text.clear();
        Ok(())
    }

    fn text(&mut self, text: &str) {
        let left = VALUE.saturating_sub(self.text.len());
        let text = match self.text.is_empty() {
            true => text.trim_start(),
            false => text,
        };
        let ends = text.char_indices().map(|(at, char)| at + char.len_utf8());
        let end = ends.take_while(|end| *end <= left).last();
        self.text.push_str(&text[..end.unwrap_or(0)]);
    }

    /// What the element that ends here says.
    fn end(&mut self, take: &mut dyn FnMut(Report)) -> Result<(), ReportFault> {
        let text = std::mem::take(&mut self.text);
        let text = text.trim_end();
        let path: Vec<&str> = self.path.iter().map(String::as_str).collect();
        let head = &mut self.report.head;
        let record = &mut self.record;
        let first = |value: &mut String| {
            if value.is_empty() {
                value.push_str(text);
            }
        };
        match path.as_slice() {
            [.., "report_metadata", "org_name"] => first(&mut head.org_name),
            [.., "report_metadata", "report_id"] => first(&mut head.report_id),
            [.., "date_range", "begin"] => head.begin = head.begin.or(time(text)),
            [.., "date_range", "end"] => head.end = head.end.or(time(text)),
            [.., "policy_published", tag] => {
                let policy = &mut self.policy;
                let value = match *tag {
                    "domain" => Some(&mut policy.domain),
                    "p" => Some(&mut policy.p),
                    "sp" => Some(&mut policy.sp),
                    "np" => Some(&mut policy.np),
                    "adkim" => Some(&mut policy.adkim),
                    "aspf" => Some(&mut policy.aspf),
                    "testing" => Some(&mut policy.testing),
                    "pct" => Some(&mut policy.pct),
                    _ => None,
                };
                if let Some(value) = value.filter(|value| value.is_empty()) {
                    *value = domain(text);
                }
            }
            [.., "record", "row", "source_ip"] => record.ip = record.ip.or(text.parse().ok()),
            [.., "record", "row", "count"] if !self.has_count => {
                let count = text.parse().ok().filter(|count| *count <= COUNT);
                record.count = count.unwrap_or(0);
                self.has_count = count.is_some();
            }
            [.., "policy_evaluated", "disposition"]
                if record.disposition == Disposition::NotSaid =>
            {
                record.disposition = match text.to_ascii_lowercase().as_str() {
                    "none" | "pass" => Disposition::Delivered,
                    "quarantine" => Disposition::Quarantined,
                    "reject" => Disposition::Rejected,
                    _ => Disposition::NotSaid,
                };
            }
            [.., "policy_evaluated", "dkim"] => {
                record.dkim_aligned = record.dkim_aligned.or(passed(text));
            }
            [.., "policy_evaluated", "spf"] => {
                record.spf_aligned = record.spf_aligned.or(passed(text));
            }
            [.., "policy_evaluated", "reason", "type"] => first(&mut self.reason.0),
            [.., "policy_evaluated", "reason", "comment"] => first(&mut self.reason.1),
            [.., "policy_evaluated", "reason"] if record.overrides.len() < RESULTS => {
                let (kind, comment) = &self.reason;
                record.overrides.push(Override::of(kind, comment));
            }
            // As some reports have it, with the type as its text.
            [
                ..,
                "policy_evaluated",
                "policy_override" | "policy_override_reason",
            ] if record.overrides.len() < RESULTS && !text.is_empty() => {
                record.overrides.push(Override::of(text, ""));
            }
            [.., "policy_override" | "policy_override_reason", "type"]
                if record.overrides.len() < RESULTS =>
            {
                record.overrides.push(Override::of(text, ""));
            }
            [.., "identifiers" | "identities", "header_from"] if record.from.is_empty() => {
                record.from = domain(text);
            }
            [.., "identifiers" | "identities", "envelope_from"]
                if record.envelope_from.is_empty() =>
            {
                record.envelope_from = domain(text);
            }
            [.., "auth_results", "dkim" | "spf", tag] => match *tag {
                "domain" => first(&mut self.result.0),
                "selector" | "scope" => first(&mut self.result.1),
                "result" => first(&mut self.result.2),
                _ => (),
            },
            [.., "auth_results", "dkim"] if record.dkim.len() < RESULTS => {
                let (name, selector, result) = std::mem::take(&mut self.result);
                // A result without a domain is of no signature: some write `none` so.
                if !name.is_empty() {
                    record.dkim.push(SignatureResult {
                        domain: domain(&name),
                        selector: domain(&selector),
                        passes: passed(&result) == Some(true),
                    });
                }
            }
            [.., "auth_results", "spf"] if record.spf.len() < RESULTS => {
                let (name, scope, result) = std::mem::take(&mut self.result);
                if !name.is_empty() {
                    record.spf.push(SpfReported {
                        domain: domain(&name),
                        is_helo: scope.eq_ignore_ascii_case("helo"),
                        passes: passed(&result) == Some(true),
                    });
                }
            }
            [.., "record"] => self.end_of_record()?,
            ["feedback"] => self.end_of_report(take)?,
            _ => (),
        }
        self.path.pop();
        Ok(())
    }

    fn end_of_record(&mut self) -> Result<(), ReportFault> {
        self.report.records += 1;
        if self.report.records > RECORDS {
            return Err(ReportFault::TooManyRecords(RECORDS));
        }
        let mut record = std::mem::take(&mut self.record);
        if !self.has_count {
            self.report.without_count += 1;
            return Ok(());
        }
        if record.from.is_empty() {
            record.from.clone_from(&self.policy.domain);
        }
        // Where it is not said which identity SPF is about, and both are, that of the reverse-path
        // counts.
        if let Some(at) = record
            .spf
            .iter()
            .position(|one| !one.is_helo && one.domain == record.envelope_from)
        {
            record.spf.swap(0, at);
        }
        self.report.mail.count(&record, &self.policy);
        Ok(())
    }

    fn end_of_report(&mut self, take: &mut dyn FnMut(Report)) -> Result<(), ReportFault> {
        if self.policy.domain.is_empty() {
            return Err(ReportFault::NoDomain);
        }
        let mut report = std::mem::take(&mut self.report);
        let policy = std::mem::take(&mut self.policy);
        let head = &report.head;
        let mail = &mut report.mail;
        mail.reports = 1;
        mail.begin = head.begin;
        mail.end = head.end;
        let seen = PolicyUse {
            reports: 1,
            first: head.end.or(head.begin),
            last: head.end.or(head.begin),
        };
        mail.policies.insert(policy, seen);
        let reporter = Reporter {
            reports: 1,
            messages: mail.counts.messages,
        };
        mail.reporters.insert(head.org_name.clone(), reporter);
        self.has_report = true;
        take(report);
        Ok(())
    }

    fn over(&self) -> Result<(), ReportFault> {
        match (self.path.is_empty(), self.has_report) {
            (true, true) => Ok(()),
            (false, _) => Err(ReportFault::CutOff),
            (true, false) => Err(ReportFault::NotAReport),
        }
    }
}

/// A domain, or another word that is compared.
fn domain(text: &str) -> String {
    text.trim_end_matches('.').to_ascii_lowercase()
}

/// Whether the word for a result is that of a pass; `None` if there is none.
fn passed(text: &str) -> Option<bool> {
    (!text.is_empty()).then(|| text.eq_ignore_ascii_case("pass"))
}

/// A time in seconds since 1970, or in smaller units where it would be far in the future, or as a date.
fn time(text: &str) -> Option<Timestamp> {
    let number = text.split('.').next().unwrap_or_default();
    let Ok(number) = number.parse::<i64>() else {
        return text.parse().ok();
    };
    match number {
        ..100_000_000_000 => Timestamp::from_second(number),
        100_000_000_000..100_000_000_000_000 => Timestamp::from_millisecond(number),
        100_000_000_000_000.. => Timestamp::from_microsecond(number),
    }
    .ok()
}
