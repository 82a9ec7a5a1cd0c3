//! MIME: what parts a body has, and how their content is encoded (RFC 2045, 2046, 2231).

mod charset;
mod decode;
mod encode;
mod parts;
mod style;
mod tree;

use std::collections::BTreeMap;

pub(crate) use self::charset::{from_utf8, to_utf8};
pub(crate) use self::decode::decode;
pub(crate) use self::encode::{base64, quoted_printable};
pub(in crate::message) use self::parts::parts;
pub(crate) use self::style::{BASE64, QUOTED_PRINTABLE, QuotedPrintable};
pub(crate) use self::tree::{Part, tree};
use super::{Header, encoded_word, lexer};

/// What the header of a message or a part says about its content.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Entity {
    /// Type and subtype in lower case; empty if there is no Content-Type.
    pub kind: String,
    /// The boundary of a multipart type.
    pub boundary: Option<String>,
    /// The character set in lower case.
    pub charset: Option<String>,
    /// The transfer encoding in lower case; empty if none is given.
    pub encoding: String,
    /// The file name of an attachment.
    pub file_name: Option<String>,
}

impl Entity {
    /// Reads its Content-Type, Content-Disposition and Content-Transfer-Encoding.
    pub fn of(header: &Header<'_>) -> Self {
        let text = |name: &str| {
            let mut fields = header.fields.iter().filter(|field| field.is(name));
            let body = fields.next().map_or(&b""[..], |field| field.body);
            let most = lexer::longest_field(MOST_PARAMETERS).min(body.len());
            lexer::lossy(&body[..most]).trim().to_owned()
        };
        let (kind, parameters) = parameters(&text("Content-Type"));
        let (_, disposition) = self::parameters(&text("Content-Disposition"));
        let boundary = parameters.get("boundary").cloned();
        let charset = parameters.get("charset").filter(|name| !name.is_empty());
        let file_name = disposition.get("filename").or(parameters.get("name"));
        Self {
            boundary: boundary.filter(|text| kind.starts_with("multipart/") && !text.is_empty()),
            charset: charset.map(|name| name.to_ascii_lowercase()),
            encoding: text("Content-Transfer-Encoding").to_ascii_lowercase(),
            file_name: file_name.map(|name| encoded_word::decode(name)),
            kind,
        }
    }
}

/// The value of a field before the first `;`, and its parameters by name, in lower case. The
/// sections of a split value (RFC 2231 §3) are joined.
fn parameters(field: &str) -> (String, BTreeMap<String, String>) {
    let mut pieces = split(field).into_iter();
    let value = pieces
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let mut parameters: BTreeMap<String, String> = BTreeMap::new();
    for piece in pieces {
        let Some((name, value)) = piece.split_once('=') else {
            continue;
        };
        let name = name.trim().to_ascii_lowercase();
        match name.split_once('*') {
            // The sections are taken in the order of the field; senders write them in order.
            Some((name, number)) if !number.is_empty() => {
                let whole = parameters.entry(name.to_owned()).or_default();
                whole.push_str(value.trim());
            }
            Some((name, _)) => drop(parameters.insert(name.to_owned(), value.trim().to_owned())),
            None => drop(parameters.entry(name).or_insert(value.trim().to_owned())),
        }
    }
    (value, parameters)
}

const MOST_PARAMETERS: usize = 100;

/// The texts between semicolons, without quotation marks and comments.
fn split(field: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let (mut quoted, mut comments) = (false, 0_usize);
    let mut chars = field.chars();
    while let Some(char) = chars.next() {
        let char = match char {
            '\\' if quoted || comments > 0 => chars.next().unwrap_or('\\'),
            '"' if comments == 0 => {
                quoted = !quoted;
                continue;
            }
            '(' if !quoted => {
                comments += 1;
                continue;
            }
            ')' if comments > 0 => {
                comments -= 1;
                continue;
            }
            ';' if !quoted && comments == 0 => {
                if pieces.len() > MOST_PARAMETERS {
                    break;
                }
                pieces.push(String::new());
                continue;
            }
            char => char,
        };
        if let (0, Some(piece)) = (comments, pieces.last_mut()) {
            piece.push(char);
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entity(text: &str) -> Entity {
        Entity::of(&Header::parse(
            text.as_bytes(),
            0,
            100,
            crate::message::Reading::Saved,
        ))
    }

    #[test]
    fn types_and_parameters_are_read() {
        let entity = entity(
            "Content-Type: Multipart/Mixed (a \\) comment);\r\n\tBoundary=\"a;\\\"b\"; x=y\r\n\
             Content-Transfer-Encoding: 7Bit\r\n\r\n",
        );
        assert_eq!(entity.kind, "multipart/mixed");
        assert_eq!(entity.boundary.as_deref(), Some("a;\"b"));
        assert_eq!(entity.encoding, "7bit");
    }

    #[test]
    fn names_of_files_are_found_in_all_their_ways() {
        for text in [
            "Content-Type: application/octet-stream; name=a.eml\n",
            "Content-Disposition: attachment; filename=\"a.eml\"\n",
            "Content-Disposition: attachment; filename*=UTF-8''a.eml\n",
            "Content-Disposition: attachment;\n filename*0=\"a\"; filename*1=\".eml\"\n",
            "Content-Disposition: attachment; filename=\"=?utf-8?Q?a=2Eeml?=\"\n",
        ] {
            let name = entity(text).file_name.unwrap();
            assert!(name.ends_with("a.eml"), "{name}");
        }
    }

    #[test]
    fn a_character_set_is_a_word_in_lower_case() {
        let charset = |field: &str| entity(&format!("Content-Type: {field}\r\n\r\n")).charset;
        let expected = Some("iso-8859-1".to_owned());
        assert_eq!(charset("text/plain; charset=ISO-8859-1"), expected);
        assert_eq!(
            charset("text/plain; charset=\"iso-8859-1\" (Latin)"),
            expected
        );
        assert_eq!(charset("text/plain; charset="), None);
        assert_eq!(charset("text/plain"), None);
    }
}
