//! What a form or a query says: fields with names, and a file.

use axum::http::{HeaderMap, header};
use bytes::Bytes;
use memchr::memmem;

use super::refusal::Refusal;

/// The most fields of a form.
const MOST: usize = 100;

/// What a form says.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Form {
    /// Names and values, without the empty ones: a browser sends all fields of a form.
    pub fields: Vec<(String, String)>,
    /// The file, if one is not empty: its name, and what is in it.
    pub file: Option<(String, Bytes)>,
}

impl Form {
    /// The fields in a query, or in a form that is written as one.
    pub fn query(text: &[u8]) -> Result<Self, Refusal> {
        let fields = form_urlencoded::parse(text);
        let fields = fields.filter(|(_, value)| !value.is_empty());
        let mut form = Self::default();
        for (name, value) in fields {
            form.add(name.into_owned(), value.into_owned())?;
        }
        Ok(form)
    }

    fn add(&mut self, name: String, value: String) -> Result<(), Refusal> {
        if self.fields.len() == MOST {
            return Err(unreadable(&format!("it has more than {MOST} fields")));
        }
        self.fields.push((name, value));
        Ok(())
    }

    /// The form in a body.
    pub fn read(headers: &HeaderMap, body: &Bytes) -> Result<Self, Refusal> {
        let kind = content_type(headers);
        match media(&kind).as_str() {
            "application/x-www-form-urlencoded" => Self::query(body),
            "multipart/form-data" => {
                let boundary = parameter(&kind, "boundary")
                    .filter(|boundary| (1..=70).contains(&boundary.len()))
                    .ok_or_else(|| unreadable("it has no boundary"))?;
                Self::multipart(&boundary, body)
            }
            _ => Err(unreadable(
                "it is neither multipart/form-data nor application/x-www-form-urlencoded",
            )),
        }
    }

    /// The form in multipart/form-data (RFC 7578).
    fn multipart(boundary: &str, body: &Bytes) -> Result<Self, Refusal> {
        let mut form = Self::default();
        let delimiter = format!("\r\n--{boundary}");
        let finder = memmem::Finder::new(&delimiter);
        // The first delimiter has no line end before it if nothing is there.
        let mut at = match body.starts_with(&delimiter.as_bytes()[2..]) {
            true => delimiter.len() - 2,
            false => {
                let found = finder.find(body);
                found.ok_or_else(|| unreadable("its boundary is not in it"))? + delimiter.len()
            }
        };
        loop {
            let rest = &body[at..];
            if rest.starts_with(b"--") {
                return Ok(form);
            }
            let part = rest
                .strip_prefix(b"\r\n")
                .ok_or_else(|| unreadable("a part of it does not begin on its own line"))?;
            let start = body.len() - part.len();
            // A part without fields begins with the empty line.
            let (head, content) = match part.starts_with(b"\r\n") {
                true => (0, 2),
                false => {
                    let head = memmem::find(part, b"\r\n\r\n");
                    let head = head.ok_or_else(|| unreadable("a part of it has no content"))?;
                    (head, head + 4)
                }
            };
            let end = finder
                .find(part)
                .ok_or_else(|| unreadable("it is cut off"))?;
            let content = content.min(end);
            form.part(&part[..head], body.slice(start + content..start + end))?;
            at = start + end + delimiter.len();
        }
    }

    fn part(&mut self, head: &[u8], content: Bytes) -> Result<(), Refusal> {
        let head = String::from_utf8_lossy(head);
        let mut lines = head.split("\r\n");
        let told = lines.find_map(|line| {
            let (name, value) = line.split_once(':')?;
            let is_it = name.eq_ignore_ascii_case("content-disposition");
            is_it.then_some(value)
        });
        let told = told.unwrap_or_default();
        let Some(name) = parameter(told, "name").filter(|_| !content.is_empty()) else {
            return Ok(());
        };
        match parameter(told, "filename") {
            Some(file) if self.file.is_none() => {
                self.file = Some((file, content));
                Ok(())
            }
            Some(_) => Err(unreadable("there are several files in it; send one")),
            None => self.add(name, String::from_utf8_lossy(&content).into_owned()),
        }
    }

    /// Takes the values of a field out.
    pub fn take(&mut self, name: &str) -> Option<String> {
        let at = self.fields.iter().position(|(one, _)| one == name)?;
        Some(self.fields.remove(at).1)
    }
}

fn unreadable(why: &str) -> Refusal {
    Refusal::unreadable("the form cannot be read", why)
}

/// The Content-Type, empty if there is none.
pub fn content_type(headers: &HeaderMap) -> String {
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok());
    kind.unwrap_or_default().to_owned()
}

/// The media type of a Content-Type.
pub fn media(kind: &str) -> String {
    let media = kind.split(';').next().unwrap_or_default();
    media.trim().to_ascii_lowercase()
}

/// A parameter behind the first semicolon. Browsers write a quote in a value as `%22` (HTML, "multipart
/// form data"), others with a backslash.
fn parameter(field: &str, wanted: &str) -> Option<String> {
    let (_, mut rest) = field.split_once(';')?;
    loop {
        let (name, value) = rest.split_once('=')?;
        let (text, left) = match value.trim_start().strip_prefix('"') {
            None => {
                let (text, left) = value.split_once(';').unwrap_or((value, ""));
                (text.trim().to_owned(), left)
            }
            Some(quoted) => {
                let (text, left) = unquoted(quoted)?;
                (text, left.split_once(';').map_or("", |(_, left)| left))
            }
        };
        if name.trim().eq_ignore_ascii_case(wanted) {
            return Some(text);
        }
        rest = left;
    }
}

/// The text up to the quote that ends it, and what is behind that.
fn unquoted(quoted: &str) -> Option<(String, &str)> {
    let mut text = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, char)) = chars.next() {
        match char {
            '"' => return Some((text, &quoted[at + 1..])),
            '\\' if quoted[at + 1..].starts_with(['"', '\\']) => {
                text.extend(chars.next().map(|(_, char)| char));
            }
            char => text.push(char),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn multipart(body: &str) -> Result<Form, Refusal> {
        let mut headers = HeaderMap::new();
        let kind = "multipart/form-data; boundary=\"b\"";
        headers.insert(header::CONTENT_TYPE, kind.parse().unwrap());
        Form::read(&headers, &Bytes::copy_from_slice(body.as_bytes()))
    }

    #[test]
    fn a_form_with_a_file_is_read() {
        let form = multipart(
            "--b\r\nContent-Disposition: form-data; name=\"ip\"\r\n\r\n192.0.2.1\r\n\
             --b\r\ncontent-disposition: form-data; name=helo\r\n\r\n\r\n\
             --b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a;\\\"b.eml\"\r\n\
             Content-Type: message/rfc822\r\n\r\nFrom: a\r\n\r\n-b\r\n--c\r\n--b--\r\n",
        );
        let form = form.unwrap();
        assert_eq!(form.fields, [("ip".to_owned(), "192.0.2.1".to_owned())]);
        let (name, content) = form.file.unwrap();
        assert_eq!(name, "a;\"b.eml");
        assert_eq!(content, "From: a\r\n\r\n-b\r\n--c");
    }

    #[test]
    fn a_form_that_is_cut_or_odd_is_refused_or_empty() {
        for body in [
            "",
            "--b",
            "--b\r\n",
            "--b\r\nx\r\n\r\n",
            "--b\r\n\r\n",
            "--b\r\n--b--",
            "a\r\n--b",
        ] {
            assert_eq!(multipart(body).unwrap_err().status, 400, "{body:?}");
        }
        for body in ["--b--", "--b\r\n\r\n\r\n--b--", "x\r\n--b--"] {
            assert_eq!(multipart(body).unwrap(), Form::default(), "{body:?}");
        }
    }

    #[test]
    fn a_query_has_no_empty_fields() {
        let form = Form::query(b"name=a%2Eexample&ip=&helo=a+b").unwrap();
        let fields = [("name", "a.example"), ("helo", "a b")];
        assert_eq!(form.fields, fields.map(|(a, b)| (a.into(), b.into())));
        let most = ["a=b", "c="].repeat(MOST).join("&");
        assert_eq!(Form::query(most.as_bytes()).unwrap().fields.len(), MOST);
        let more = format!("{most}&a=b");
        assert_eq!(Form::query(more.as_bytes()).unwrap_err().status, 400);
    }
}
