//! An analysis as JSON: the interface that other programs read.

use std::io::{self, Write};

use memchr::memchr;
use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter};

use super::escape::is_unsafe;
use crate::findings::Finding;
use crate::second::PeerComparison;
use crate::{Analysis, Inspection};

/// Writes an [`Analysis`], or a part of one, as one indented JSON object and a line end.
pub fn write(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let formatter = Safe(PrettyFormatter::new());
    value.serialize(&mut serde_json::Serializer::with_formatter(
        &mut *out, formatter,
    ))?;
    writeln!(out)
}

/// Writes an [`Inspection`] as one indented JSON object and a line end.
pub fn write_inspection(inspection: &Inspection, out: &mut dyn Write) -> io::Result<()> {
    write(&Document::of(inspection), out)
}

/// Writes one message of many on one line: an [`Inspection`] with its `path` before it, or the error in
/// its place.
pub fn write_line(
    path: &str,
    inspection: Result<&Inspection, &str>,
    out: &mut Vec<u8>,
) -> io::Result<()> {
    let field = |name: &str, value: &str, out: &mut Vec<u8>| -> io::Result<()> {
        write!(out, "\"{name}\":")?;
        let formatter = Safe(CompactFormatter);
        value.serialize(&mut serde_json::Serializer::with_formatter(out, formatter))?;
        Ok(())
    };
    out.push(b'{');
    field("path", path, out)?;
    match inspection {
        Err(error) => {
            out.push(b',');
            field("error", error, out)?;
            out.push(b'}');
        }
        Ok(inspection) => {
            let analysis = &Document::of(inspection);
            // The analysis is an object; its own brace gives way to a comma.
            let brace = out.len();
            serde_json::to_writer(&mut *out, analysis)?;
            // Nearly all of them are plain ASCII, of which nothing is left to be escaped but DEL.
            let text = &out[brace..];
            if !text.is_ascii() || memchr(0x7f, text).is_some() {
                out.truncate(brace);
                let formatter = Safe(CompactFormatter);
                let mut safe = serde_json::Serializer::with_formatter(&mut *out, formatter);
                analysis.serialize(&mut safe)?;
            }
            out[brace] = b',';
        }
    }
    out.push(b'\n');
    Ok(())
}

/// TRANSITION
#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    analysis: &'a Analysis,
    findings: Vec<Finding>,
    second_opinions: &'a [PeerComparison],
}

impl<'a> Document<'a> {
    fn of(inspection: &'a Inspection) -> Self {
        Self {
            analysis: &inspection.analysis,
            findings: inspection.findings(),
            second_opinions: &inspection.second_opinions,
        }
    }
}

/// The JSON Schema of what [`write()`] writes, and a line end.
pub fn write_schema(out: &mut dyn Write) -> io::Result<()> {
    let schema = schemars::schema_for!(Analysis);
    serde_json::to_writer_pretty(&mut *out, &schema)?;
    writeln!(out)
}

/// JSON in which characters that steer a terminal are escaped too, as people look at JSON there.
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
