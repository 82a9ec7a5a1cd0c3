//! A redacted copy of a message with its recording: the form that asks for it, and the answer as a page
//! with downloads or as JSON.

use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use sesauth::SessionHints;
use sesauth::dns::Absent;
use sesauth::redact::{Redacted, RedactionDifference};
use sesauth::render::html::{COPY, Html, code};

use super::super::redact::session_flags;
use super::asked::Known;
use super::page::{self, Download, Page};
use super::routes::REDACT;

/// The names of the files.
const MESSAGE: &str = "redacted-message.eml";
const RECORDING: &str = "redacted-dns.jsonl";

/// A message that can be shown to others
#[derive(Debug, JsonSchema, Serialize)]
pub struct RedactedDocument<'r> {
    /// The message, in Base64
    message: String,
    /// The answers of DNS that go with it: what `sesauth inspect --dns` reads
    recording: &'r str,
    /// What an inspection of it is to be told
    session: Session<'r>,
    /// How many signatures were made anew, by throw-away keys that the recording publishes
    signatures: usize,
    /// What comes out otherwise than of the message that was sent; none if all is the same
    differences: &'r [RedactionDifference],
}

/// What an inspection is to be told: parameters of /api/inspect
#[derive(Debug, JsonSchema, Serialize)]
struct Session<'r> {
    #[serde(skip_serializing_if = "Option::is_none")]
    ip: Option<IpAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    helo: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mail_from: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hop: Option<usize>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    trust: &'r [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    trusted: &'r [String],
}

impl<'r> Session<'r> {
    fn of(hints: &'r SessionHints) -> Self {
        // The null reverse-path is written as in SMTP: an empty value is none.
        let path = |path: &'r String| match path.is_empty() {
            true => "<>",
            false => path,
        };
        Self {
            ip: hints.client_ip,
            helo: hints.helo.as_deref(),
            mail_from: hints.mail_from.as_ref().map(path),
            at: hints.at,
            hop: hints.hop,
            trust: &hints.trusted_hosts,
            trusted: &hints.trusted_ids,
        }
    }
}

impl<'r> RedactedDocument<'r> {
    pub fn of(redacted: &'r Redacted) -> Self {
        Self {
            message: BASE64.encode(&redacted.message),
            recording: &redacted.recording,
            session: Session::of(&redacted.hints),
            signatures: redacted.signatures,
            differences: &redacted.differences,
        }
    }
}

/// The section of a result with the form. `known` is what was said of the message.
pub fn section(known: &Known, html: &mut Html) {
    page::part(html, "copy", "A copy to show to others", |section| {
        section.paragraph(
            "A redacted copy has other names, addresses and words, new signatures, and the same results; \
             if one is not the same, that is said. With it comes a recording of DNS that publishes the \
             new keys. Whoever has both files sees what you see here, and none of what the message says.",
        );
        let attributes = [
            ("method", "post"),
            ("action", REDACT),
            ("enctype", "multipart/form-data"),
        ];
        section.with("form", &attributes, |form| {
            for (name, value) in &known.0 {
                form.open(
                    "input",
                    &[("type", "hidden"), ("name", name), ("value", value)],
                );
            }
            form.class("div", "drop", |drop| {
                let why = "Give the same file again: nothing is stored, so the server does not have it any \
                           more.";
                page::file(drop, why);
            });
            page::label(form, "text", "Or its source");
            let text = [
                ("id", "text"),
                ("name", "text"),
                ("class", "short"),
                ("autocomplete", "off"),
                ("spellcheck", "false"),
            ];
            form.with("textarea", &text, |_| ());
            let keep = ("keep_domains", "keep_domains");
            page::check(form, keep, "Keep the names of domains");
            page::submit(form, "Redact");
        });
    });
}

/// The page with the downloads.
pub fn page(redacted: &Redacted, absent: Absent) -> Page {
    let flags = session_flags(&redacted.hints, absent);
    let mut body = Html::default();
    let is_same = redacted.differences.is_empty();
    body.element("header", |header| {
        header.element("p", |p| {
            p.with("a", &[("href", "/")], |a| a.text("Look at another"));
        });
        header.element("h1", |h1| h1.text("Redacted copy"));
        header.class("p", "lead", |p| {
            p.text(match is_same {
                true => "It has the same results as the message.",
                false => "Not all results are those of the message: see below.",
            });
        });
    });
    body.with("main", &[("id", "main")], |main| {
        page::part(main, "files", "The two files", |section| {
            section.element("p", |p| {
                let message = Download::file(MESSAGE, "message/rfc822", &redacted.message);
                message.link("the message", p);
                p.text(" · ");
                let recording = redacted.recording.as_bytes();
                let recording = Download::file(RECORDING, "application/x-ndjson", recording);
                recording.link("its recording of DNS", p);
            });
            section.paragraph(
                "They go together: the recording publishes the keys of the new signatures.",
            );
            section.paragraph("Who has both sees the results with:");
            let command = format!("sesauth inspect --dns {RECORDING}{flags} {MESSAGE}");
            code(&[command], section);
        });
        if !is_same {
            page::part(main, "differences", "What comes out otherwise", |section| {
                section.element("ul", |ul| {
                    for one in &redacted.differences {
                        ul.element("li", |li| {
                            li.prose(format!(
                                "{}: {} before, {} now",
                                one.what, one.before, one.after
                            ));
                        });
                    }
                });
            });
        }
        page::part(main, "before", "Before you show it", |section| {
            section.paragraph(
                "Look through the message. Dates, the lengths of words, the order of fields, and the names \
                 of well-known services are as they were.",
            );
        });
    });
    let tone = if is_same { "good" } else { "open" };
    page::assembled("Redacted copy", tone, &body, &[COPY])
}
