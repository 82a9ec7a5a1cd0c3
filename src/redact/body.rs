//! The body: each part of it, in whatever encoding it is.

use super::Replacements;
use super::content;
use super::files::Within;
use super::header::is_seven_bit;
use super::text::Manner;
use crate::Limits;
use crate::message::mime::{self, Entity, Part};
use crate::message::{Header, Reading};

/// Messages within messages that are read as such.
const DEPTH: usize = 4;

impl Replacements {
    /// The body of a message or of an attached one.
    pub(super) fn body(
        &self,
        body: &[u8],
        entity: &Entity,
        limits: &Limits,
        depth: usize,
    ) -> Vec<u8> {
        let tree = mime::tree(body, entity, limits);
        let mut out = Vec::with_capacity(body.len());
        self.part(body, &tree, limits, depth, &mut out);
        out
    }

    fn part(&self, body: &[u8], part: &Part, limits: &Limits, depth: usize, out: &mut Vec<u8>) {
        let header = &body[part.header.clone()];
        if !header.is_empty() {
            let fields = Header::parse(header, 0, limits.header_fields, Reading::Saved);
            out.extend(self.header(header, &fields, header.len()));
        }
        let Some(multipart) = &part.multipart else {
            out.extend(self.leaf(&body[part.body.clone()], &part.entity, limits, depth));
            return;
        };
        let free = |span: &std::ops::Range<usize>, out: &mut Vec<u8>| {
            out.extend(self.text(&body[span.clone()], Manner::Free));
        };
        free(&multipart.preamble, out);
        let mut parts = multipart.parts.iter();
        for delimiter in &multipart.delimiters {
            free(delimiter, out);
            if let Some(part) = parts.next() {
                self.part(body, part, limits, depth, out);
            }
        }
        if let Some(epilogue) = &multipart.epilogue {
            free(epilogue, out);
        }
    }

    fn leaf(&self, content: &[u8], entity: &Entity, limits: &Limits, depth: usize) -> Vec<u8> {
        let kind = entity.kind.as_str();
        let manner = match kind {
            "text/html" => Manner::Html,
            _ => Manner::Free,
        };
        let charset = entity.charset.as_deref().unwrap_or_default();
        let is_text = kind.is_empty() || kind.starts_with("text/");
        let seven_bit = is_seven_bit(charset.as_bytes());
        let is_text = is_text && !seven_bit;
        let mut within = match entity.encoding.as_str() {
            "x-uuencode" | "x-uue" | "uuencode" => Within::Uuencode,
            _ => Within::Text,
        };
        match entity.encoding.as_str() {
            "base64" => content::base64(content, |bytes| match is_text {
                true => self.text_with_files(bytes, manner, &mut within),
                false => self.binary(bytes),
            }),
            "quoted-printable" => {
                content::quoted_printable(content, false, |bytes| match seven_bit {
                    true => self.opaque(bytes),
                    false => self.text_with_files(bytes, manner, &mut within),
                })
            }
            _ if seven_bit => self.opaque(content),
            _ if kind == "message/rfc822" && depth < DEPTH => {
                let header = Header::parse(content, 0, limits.header_fields, Reading::Saved);
                let end = header.body.unwrap_or(content.len());
                let mut out = self.header(content, &header, end);
                let inner = Entity::of(&header);
                out.extend(self.body(&content[end..], &inner, limits, depth + 1));
                out
            }
            _ => self.text_with_files(content, manner, &mut within),
        }
    }
}
