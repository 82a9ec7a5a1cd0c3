//! The page that Gmail shows as "Show original", copied as a whole: a table of Gmail's results,
//! then the raw text. Its wording is not specified and comes in many languages.

use std::net::IpAddr;
use std::ops::Range;

use schemars::JsonSchema;
use serde::Serialize;

use super::opened::Found;
use super::refused::not_a_message;
use super::{Form, Reading, SourceNote};
use crate::Error;
use crate::message::Header;
use crate::message::header::line_end;
use crate::message::lexer::excerpt;

/// The content of the table above the raw text: a claim of the receiver, in its own words.
#[derive(Clone, Debug, Default, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct PastedSummary {
    /// The Message-ID.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// When it was sent, and how long it took.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    /// The author.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The recipient.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// The subject.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The result of SPF, as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spf: Option<String>,
    /// The client's address next to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spf_ip: Option<IpAddr>,
    /// The result of DKIM, as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dkim: Option<String>,
    /// The domain next to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dkim_domain: Option<String>,
    /// The result of DMARC, as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dmarc: Option<String>,
}

/// Skips a pasted page and keeps the content of its table.
pub(super) fn page(bytes: &[u8], found: &mut Found) -> Result<(), Error> {
    let text = &bytes[..found.span.end];
    let lines = lines(text, found.span.start);
    let Some(page) = Page::of(&lines) else {
        return Ok(());
    };
    let summary = PastedSummary::read(&lines[..page.length]);
    let Some(raw) = raw_text(text, &lines, page.length) else {
        // Without a header after it, a page is refused only if it cannot be anything else.
        if page.is_english && page.length == lines.len() {
            return Err(not_a_message(
                "it is only the table that Gmail's \"Show original\" has above the raw message",
                "copy the raw text below the table too, or choose \"Download original\"",
            ));
        }
        return Ok(());
    };
    found.notes.push(summary.note());
    found.notes.push(SourceNote::PastedText);
    found.span.start = raw;
    found.layers.push(Form::GmailShowOriginal);
    found.pasted = Some(summary);
    Ok(())
}

/// The most lines of a page that are read.
const MOST_LINES: usize = 60;
const MOST_BYTES: usize = 16_384;

struct Line<'a> {
    span: Range<usize>,
    text: &'a str,
}

/// The lines of text from `start` up to the first field that only a raw message has.
fn lines(bytes: &[u8], start: usize) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    let mut at = start;
    while at < bytes.len() && lines.len() < MOST_LINES && at - start < MOST_BYTES {
        let end = line_end(bytes, at);
        let Ok(text) = std::str::from_utf8(&bytes[at..end]) else {
            break;
        };
        let text = text.trim();
        if field_name(text).is_some_and(is_raw) {
            break;
        }
        lines.push(Line {
            span: at..end,
            text,
        });
        at = end;
    }
    lines
}

/// The lines that belong to the page.
struct Page {
    length: usize,
    is_english: bool,
}

impl Page {
    /// Recognises a page by lines that no header has and by rows with results. The first line must
    /// not be a header field: a message begins with fields, and a sender could write the rest.
    fn of(lines: &[Line<'_>]) -> Option<Self> {
        let length = lines.iter().rposition(|line| is_tell(line.text))? + 1;
        let lines = &lines[..length];
        let english = lines
            .iter()
            .filter(|line| is_english_tell(line.text))
            .count();
        let rows = lines.iter().filter(|line| is_result(line.text)).count();
        let begins_as_page = field_name(lines.first()?.text).is_none();
        let is_page = match english {
            0 => rows >= 2,
            _ => english + rows >= 2,
        };
        (begins_as_page && is_page).then_some(Self {
            length,
            is_english: english > 0,
        })
    }
}

fn is_tell(line: &str) -> bool {
    is_english_tell(line) || is_result(line)
}

/// Whether the line is text of the English page that is not a header field.
fn is_english_tell(line: &str) -> bool {
    ["Original Message", "Download Original", "Copy to clipboard"]
        .iter()
        .any(|text| line.eq_ignore_ascii_case(text))
        || ["Message ID", "Created at", "Created on"]
            .iter()
            .any(|name| label(line, name).is_some())
}

/// Whether a row has a result. The result words are English in all languages.
fn is_result(line: &str) -> bool {
    ["SPF", "DKIM", "DMARC"].iter().any(|method| {
        label(line, method).is_some_and(|value| {
            let word = first_word(value).to_ascii_lowercase();
            [
                "pass",
                "fail",
                "softfail",
                "neutral",
                "none",
                "temperror",
                "permerror",
            ]
            .contains(&word.as_str())
        })
    })
}

/// The text after the label at the start of a line.
fn label<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let start = line.get(..name.len())?;
    let rest = &line[name.len()..];
    let ends = rest.is_empty() || rest.starts_with(':') || rest.starts_with(char::is_whitespace);
    (ends && start.eq_ignore_ascii_case(name)).then(|| rest.trim_start_matches(':').trim())
}

/// Where the header after the page begins.
fn raw_text(bytes: &[u8], lines: &[Line<'_>], page: usize) -> Option<usize> {
    // Buttons in other languages may come before it.
    let mut behind = lines[page..].iter();
    let start = match behind.find(|line| field_name(line.text).is_some()) {
        Some(line) => line.span.start,
        None => lines.last()?.span.end,
    };
    let header = Header::parse(bytes, start, MOST_FIELDS, Reading::Saved);
    let names = |name: &str| header.fields.iter().any(|field| field.is(name));
    let is_header = RAW.iter().any(|name| names(name)) || names("From") && names("Message-ID");
    is_header.then_some(header.fields.first()?.span.start)
}

const MOST_FIELDS: usize = 200;

/// Fields that the raw text has but the page does not.
const RAW: [&str; 9] = [
    "Delivered-To",
    "Received",
    "X-Received",
    "Return-Path",
    "DKIM-Signature",
    "Authentication-Results",
    "ARC-Seal",
    "Received-SPF",
    "MIME-Version",
];

fn is_raw(name: &str) -> bool {
    RAW.iter().any(|raw| raw.eq_ignore_ascii_case(name))
}

fn field_name(line: &str) -> Option<&str> {
    let (name, _) = line.split_once(':')?;
    let is_name = !name.is_empty() && name.bytes().all(|byte| matches!(byte, 33..=126));
    is_name.then_some(name)
}

impl PastedSummary {
    /// Reads the rows. A value may be on the line after its label.
    fn read(lines: &[Line<'_>]) -> Self {
        let mut summary = Self::default();
        let mut texts = lines.iter().map(|line| line.text).peekable();
        while let Some(text) = texts.next() {
            let labels = LABELS.iter();
            let mut found = labels.filter_map(|(name, row)| Some((*row, label(text, name)?)));
            let Some((row, mut value)) = found.next() else {
                continue;
            };
            if value.is_empty() {
                while texts.next_if(|text| text.is_empty()).is_some() {}
                let is_value =
                    |text: &&str| !LABELS.iter().any(|(name, _)| label(text, name).is_some());
                value = texts.next_if(is_value).unwrap_or_default();
            }
            summary.set(row, value);
        }
        summary
    }

    fn set(&mut self, row: Row, value: &str) {
        let value = value.strip_suffix("Learn more").unwrap_or(value).trim();
        if value.is_empty() {
            return;
        }
        let words = value.split_whitespace().map(unquoted);
        let result = Some(first_word(value).to_owned());
        let text = Some(value.to_owned());
        match row {
            Row::MessageId => self.message_id = text,
            Row::CreatedAt => self.created_at = text,
            Row::From => self.from = text,
            Row::To => self.to = text,
            Row::Subject => self.subject = text,
            Row::Spf => {
                self.spf = result;
                self.spf_ip = words.filter_map(|word| word.parse().ok()).next();
            }
            Row::Dkim => {
                self.dkim = result;
                self.dkim_domain = words
                    .skip(1)
                    .find(|word| word.contains('.'))
                    .map(str::to_owned);
            }
            Row::Dmarc => self.dmarc = result,
        }
    }

    /// A note of the results for the three methods.
    fn note(&self) -> SourceNote {
        let short = |text: &Option<String>| text.as_deref().map(excerpt);
        SourceNote::GmailPage {
            spf: short(&self.spf),
            spf_ip: self.spf_ip,
            dkim: short(&self.dkim),
            dkim_domain: short(&self.dkim_domain),
            dmarc: short(&self.dmarc),
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Row {
    MessageId,
    CreatedAt,
    From,
    To,
    Subject,
    Spf,
    Dkim,
    Dmarc,
}

const LABELS: [(&str, Row); 10] = [
    ("Message ID", Row::MessageId),
    ("Message-ID", Row::MessageId),
    ("Created at", Row::CreatedAt),
    ("Created on", Row::CreatedAt),
    ("From", Row::From),
    ("To", Row::To),
    ("Subject", Row::Subject),
    ("SPF", Row::Spf),
    ("DKIM", Row::Dkim),
    ("DMARC", Row::Dmarc),
];

fn first_word(value: &str) -> &str {
    unquoted(value.split_whitespace().next().unwrap_or_default())
}

fn unquoted(word: &str) -> &str {
    word.trim_matches(['\'', '"', '‘', '’', '“', '”', ',', ';'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;
    use crate::message::{Message, Source};

    const RAW_TEXT: &str = "Delivered-To: reader@example.net\n\
                            Received: by 2002:a05:1 with SMTP id a\n\
                            Message-ID: <b@example.com>\nFrom: a@example.com\n\nbody\n";
    const PAGE: &str = "Original Message\n\n\
        Message ID\t<a@example.com>\n\
        Created at:\tTue, Jun 30, 2026 at 8:39 AM (Delivered after 1 second)\n\
        From:\tA <a@example.com>\n\
        To:\treader@example.net\n\
        Subject:\tHello\n\
        SPF:\tPASS with IP 54.240.8.50 Learn more\n\
        DKIM:\t'PASS' with domain example.com Learn more\n\
        DMARC:\t'PASS' Learn more\n\n\n\
        Download Original\n\nCopy to clipboard\n";

    fn parse(text: &str) -> Result<(Source, String), String> {
        let message = Message::parse(text.as_bytes(), &Limits::default());
        let message = message.map_err(|error| error.to_string())?;
        let first = String::from_utf8_lossy(message.header.fields[0].name);
        Ok((message.source.clone(), first.into_owned()))
    }

    fn pasted(page: &str) -> PastedSummary {
        let (source, first) = parse(&format!("{page}{RAW_TEXT}")).unwrap();
        assert_eq!(source.form, Form::GmailShowOriginal, "{page}");
        assert_eq!(first, "Delivered-To");
        source.pasted.unwrap()
    }

    #[test]
    fn the_page_is_passed_over_and_kept_as_a_claim() {
        let summary = pasted(PAGE);
        assert_eq!(summary.message_id.as_deref(), Some("<a@example.com>"));
        let created = "Tue, Jun 30, 2026 at 8:39 AM (Delivered after 1 second)";
        assert_eq!(summary.created_at.as_deref(), Some(created));
        assert_eq!(summary.from.as_deref(), Some("A <a@example.com>"));
        assert_eq!(summary.to.as_deref(), Some("reader@example.net"));
        assert_eq!(summary.subject.as_deref(), Some("Hello"));
        assert_eq!(summary.spf.as_deref(), Some("PASS"));
        assert_eq!(summary.spf_ip, "54.240.8.50".parse().ok());
        assert_eq!(summary.dkim.as_deref(), Some("PASS"));
        assert_eq!(summary.dkim_domain.as_deref(), Some("example.com"));
        assert_eq!(summary.dmarc.as_deref(), Some("PASS"));
    }

    #[test]
    fn values_can_stand_below_their_labels_and_behind_spaces() {
        assert_eq!(pasted(&PAGE.replace('\t', "\n")), pasted(PAGE));
        assert_eq!(pasted(&PAGE.replace('\t', "  ")), pasted(PAGE));
        assert_eq!(pasted(&PAGE.replace('\n', "\r\n")), pasted(PAGE));
        assert_eq!(pasted(&PAGE.replace('\'', "")), pasted(PAGE));
    }

    #[test]
    fn lines_can_be_missing() {
        for missing in [
            "Original Message\n\n",
            "Download Original\n\nCopy to clipboard\n",
        ] {
            assert_eq!(pasted(&PAGE.replace(missing, "")), pasted(PAGE));
        }
        let summary = pasted("Message ID\t<a@example.com>\nDMARC:\t'FAIL'\n");
        assert_eq!(summary.dmarc.as_deref(), Some("FAIL"));
        assert_eq!(summary.spf, None);
    }

    #[test]
    fn a_page_in_another_language_is_known_by_its_rows_of_results() {
        let summary = pasted(
            "Originalnachricht\n\nNachrichten-ID\t<a@example.com>\nErstellt am:\t30. Juni\n\
             Von:\ta@example.com\nSPF:\tPASS mit IP-Adresse 54.240.8.50 Weitere Informationen\n\
             DKIM:\t'PASS' mit Domain example.com\nDMARC:\t'PASS'\n\nOriginal herunterladen\n\n",
        );
        assert_eq!(summary.spf_ip, "54.240.8.50".parse().ok());
        assert_eq!(summary.dkim_domain.as_deref(), Some("example.com"));
    }

    #[test]
    fn a_message_that_begins_with_the_same_fields_is_no_page() {
        let head = "Message-ID: <a@example.com>\nFrom: a@example.com\nTo: b@example.com\n\
                    Subject: hello\n";
        for text in [
            format!("{head}\nbody\n"),
            format!("{head}\n{PAGE}{RAW_TEXT}"),
            format!("{head}SPF: PASS\nDKIM: PASS\n\n{RAW_TEXT}"),
            format!("{head}X-Note: Original Message\n\n{PAGE}{RAW_TEXT}"),
            RAW_TEXT.to_owned(),
        ] {
            let (source, first) = parse(&text).unwrap();
            assert_eq!(source.form, Form::Rfc5322, "{text}");
            assert_eq!(source.pasted, None);
            assert!(text.starts_with(&first));
        }
    }

    #[test]
    fn a_page_without_the_raw_text_is_refused_by_name() {
        let error = parse(PAGE).unwrap_err();
        assert!(error.contains("only the table"), "{error}");
    }
}
