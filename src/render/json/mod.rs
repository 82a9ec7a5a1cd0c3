//! An inspection as JSON, the interface for other programs: `sesauth/1`, stable from 0.1.0 on. What
//! is null, empty or at its default is left out; words are included if they are asked for.

mod checks;
mod diff;
mod dmarc;
mod document;
mod domain;

use std::io::{self, Write};

use memchr::memchr;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter};

use super::escape::is_unsafe;
use crate::corpus::PlanNote;
use crate::domain::{Needed, SetUp};
use crate::{Diff, DmarcCheck, DomainCheck, Inspection, SpfCheck};

pub use checks::{DmarcCheckDocument, SpfCheckDocument};
pub use diff::DiffDocument;
pub use dmarc::DmarcDocument;
pub use document::{Detail, Document};
pub use domain::{DomainDocument, SetUpDocument};

/// The name and version of the JSON interface.
pub const SCHEMA: &str = "sesauth/1";

/// Writes a value as one indented JSON object and a line end.
///
/// # Errors
///
/// Errors of `out`, or of serialising `value`.
pub fn write(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let formatter = Safe(PrettyFormatter::new());
    value.serialize(&mut serde_json::Serializer::with_formatter(
        &mut *out, formatter,
    ))?;
    writeln!(out)
}

/// Writes an [`Inspection`] as one indented JSON object and a line end.
///
/// # Errors
///
/// Only errors of `out`.
pub fn write_inspection(
    inspection: &Inspection,
    detail: Detail,
    out: &mut dyn Write,
) -> io::Result<()> {
    write(&Document::of(inspection, detail), out)
}

/// Writes an [`Inspection`] with planned records, of which `notes` are to be known, as one indented JSON
/// object and a line end.
///
/// # Errors
///
/// Only errors of `out`.
pub fn write_planned(
    inspection: &Inspection,
    notes: &[PlanNote],
    detail: Detail,
    out: &mut dyn Write,
) -> io::Result<()> {
    write(&Document::planned(inspection, notes, detail), out)
}

/// Writes SPF without a message as one indented JSON object and a line end.
///
/// # Errors
///
/// Only errors of `out`.
pub fn write_spf(check: &SpfCheck, out: &mut dyn Write) -> io::Result<()> {
    write(&SpfCheckDocument::of(check), out)
}

/// Writes DMARC without a message as one indented JSON object and a line end.
///
/// # Errors
///
/// Only errors of `out`.
pub fn write_dmarc(check: &DmarcCheck, out: &mut dyn Write) -> io::Result<()> {
    write(&DmarcCheckDocument::of(check), out)
}

/// Writes a domain check as one indented JSON object and a line end.
///
/// # Errors
///
/// Only errors of `out`.
pub fn write_domain(check: &DomainCheck, out: &mut dyn Write) -> io::Result<()> {
    write(&DomainDocument::of(check), out)
}

/// Writes a domain check as one line of JSON.
///
/// # Errors
///
/// Only errors of `out`.
pub fn write_domain_line(check: &DomainCheck, out: &mut dyn Write) -> io::Result<()> {
    write_compact(&DomainDocument::of(check), out)
}

/// Writes a value as one line of JSON.
pub(super) fn write_compact(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let formatter = Safe(CompactFormatter);
    value.serialize(&mut serde_json::Serializer::with_formatter(
        &mut *out, formatter,
    ))?;
    writeln!(out)
}

/// Writes the records that a domain needs as one indented JSON object and a line end.
///
/// # Errors
///
/// Only errors of `out`.
pub fn write_setup(setup: &SetUp, needed: &[Needed], out: &mut dyn Write) -> io::Result<()> {
    write(&SetUpDocument::of(setup, needed), out)
}

/// Writes two copies of a message, compared, as one indented JSON object and a line end. `names` are
/// those of the files.
///
/// # Errors
///
/// Only errors of `out`.
pub fn write_diff(diff: &Diff, names: [&str; 2], out: &mut dyn Write) -> io::Result<()> {
    write(&DiffDocument::of(diff, names), out)
}

/// Writes one of many messages on one line: an [`Inspection`] with its `path` before it, or the
/// error instead of it.
///
/// # Errors
///
/// Only errors of `out`.
pub fn write_line(
    path: &str,
    inspection: Result<&Inspection, &str>,
    detail: Detail,
    out: &mut Vec<u8>,
) -> io::Result<()> {
    let line = match inspection {
        Ok(inspection) => Line {
            path,
            error: None,
            document: Some(Document::of(inspection, detail)),
        },
        Err(error) => Line {
            path,
            error: Some(error),
            document: None,
        },
    };
    let start = out.len();
    serde_json::to_writer(&mut *out, &line)?;
    // Nearly all of them are plain ASCII, so only DEL is left to be escaped.
    let text = &out[start..];
    if !text.is_ascii() || memchr(0x7f, text).is_some() {
        out.truncate(start);
        let mut safe = serde_json::Serializer::with_formatter(&mut *out, Safe(CompactFormatter));
        line.serialize(&mut safe)?;
    }
    out.push(b'\n');
    Ok(())
}

/// One of many messages.
#[derive(Serialize)]
struct Line<'a> {
    path: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    #[serde(flatten)]
    document: Option<Document<'a>>,
}

/// Writes the JSON Schema of the output of [`write_inspection`], and a line end.
///
/// # Errors
///
/// Only errors of `out`.
pub fn write_schema(out: &mut dyn Write) -> io::Result<()> {
    write_schema_of::<Document<'static>>(out)
}

/// Writes the JSON Schema of the output of [`write_domain`], and a line end.
///
/// # Errors
///
/// Only errors of `out`.
pub fn write_domain_schema(out: &mut dyn Write) -> io::Result<()> {
    write_schema_of::<DomainDocument<'static>>(out)
}

/// Writes the JSON Schema of a type, and a line end.
pub(super) fn write_schema_of<T: JsonSchema>(out: &mut dyn Write) -> io::Result<()> {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let schema = settings.into_generator().into_root_schema_for::<T>();
    serde_json::to_writer_pretty(&mut *out, &schema)?;
    writeln!(out)
}

/// The schemas of what [`write_inspection`] and [`write_domain`] write, for a larger document: `generator`
/// keeps what they refer to.
pub fn schemas(generator: &mut SchemaGenerator) -> [Schema; 2] {
    [
        generator.subschema_for::<Document<'static>>(),
        generator.subschema_for::<DomainDocument<'static>>(),
    ]
}

/// JSON in which characters that control a terminal are escaped too, as people look at JSON there.
struct Safe<F>(F);

impl<F: Formatter> Formatter for Safe<F> {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        // Nearly all text is plain ASCII; the formatter's caller escapes its control characters.
        if fragment.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
            return writer.write_all(fragment.as_bytes());
        }
        let mut start = 0;
        for (at, char) in fragment.char_indices() {
            if is_unsafe(char) {
                writer.write_all(&fragment.as_bytes()[start..at])?;
                for unit in char.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
                start = at + char.len_utf8();
            }
        }
        writer.write_all(&fragment.as_bytes()[start..])
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}
