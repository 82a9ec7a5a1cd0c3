//! HTML as it is written here: elements with names of ours, and text that only [`Html::text`] and
//! [`Html::prose`] let in.

use std::fmt::{Display, Write};

use crate::render::escape::{Piece, html, pieces};

/// A piece of a page. The names of elements and attributes are constants of ours; their values and all
/// text go through [`html`](crate::render::escape::html), and what is opened is closed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Html {
    text: String,
    /// What stands before each id and each link to one, as a page has an id once.
    part: String,
    /// By how many levels headings are lower than they say.
    lower: usize,
}

/// The headings of a page, by their level.
const HEADINGS: [&str; 6] = ["h1", "h2", "h3", "h4", "h5", "h6"];

/// The attributes of an element: names of ours, and values that are escaped.
pub type Attributes<'a> = &'a [(&'static str, &'a str)];

impl Html {
    /// The element `name` without attributes, with what `inner` writes.
    pub fn element(&mut self, name: &'static str, inner: impl FnOnce(&mut Self)) {
        self.with(name, &[], inner);
    }

    /// The element `name` with a class.
    pub fn class(
        &mut self,
        name: &'static str,
        class: &'static str,
        inner: impl FnOnce(&mut Self),
    ) {
        self.with(name, &[("class", class)], inner);
    }

    /// The element `name` with attributes.
    pub fn with(
        &mut self,
        name: &'static str,
        attributes: Attributes<'_>,
        inner: impl FnOnce(&mut Self),
    ) {
        let name = self.level(name);
        self.open(name, attributes);
        inner(self);
        let _ = write!(self.text, "</{name}>");
    }

    /// What `inner` writes as a part of a larger page: its headings one level lower, and its ids and the
    /// links to them with `part` before them.
    pub fn part(&mut self, part: &str, inner: impl FnOnce(&mut Self)) {
        let mut place = Self {
            text: std::mem::take(&mut self.text),
            part: format!("{}{part}", self.part),
            lower: self.lower + 1,
        };
        inner(&mut place);
        self.text = place.text;
    }

    /// The name of a heading at its level, and that of another element.
    fn level(&self, name: &'static str) -> &'static str {
        match HEADINGS.iter().position(|heading| *heading == name) {
            Some(at) => HEADINGS[(at + self.lower).min(HEADINGS.len() - 1)],
            None => name,
        }
    }

    /// An element that has no end tag, as `meta`.
    pub fn open(&mut self, name: &'static str, attributes: Attributes<'_>) {
        let _ = write!(self.text, "<{name}");
        for (attribute, value) in attributes {
            let value = match (*attribute, value.strip_prefix('#')) {
                ("id" | "aria-labelledby", _) => format!("{}{value}", self.part),
                ("href", Some(id)) => format!("#{}{id}", self.part),
                _ => (*value).to_owned(),
            };
            let _ = write!(self.text, " {attribute}=\"{}\"", html(&value));
        }
        self.text.push('>');
    }

    /// Text as it is.
    pub fn text(&mut self, text: impl Display) {
        self.text.push_str(&html(text));
    }

    /// Sentences, in which names, tags and addresses are set apart.
    pub fn prose(&mut self, text: impl Display) {
        for piece in pieces(text) {
            match piece {
                Piece::Words(words) => self.text(words),
                Piece::Value(value) => self.element("code", |code| code.text(value)),
            }
        }
    }

    /// Sentences as a paragraph; nothing if there are none.
    pub fn paragraph(&mut self, text: impl Display) {
        let text = text.to_string();
        if !text.is_empty() {
            self.element("p", |p| p.prose(text));
        }
    }

    /// A line end, which a browser shows as a blank unless the text is preformatted.
    pub fn line_end(&mut self) {
        self.text.push('\n');
    }

    /// The content of a `style` or `script` element, which is a constant of ours and never escaped.
    pub(super) fn constant(&mut self, text: &'static str) {
        self.text.push_str(text);
    }

    /// What was written elsewhere.
    pub fn append(&mut self, other: Self) {
        self.text.push_str(&other.text);
    }

    /// What was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether nothing was written.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_has_ids_of_its_own_and_lower_headings() {
        let mut out = Html::default();
        out.part("d2-", |part| {
            part.with("h2", &[("id", "spf")], |h2| h2.text("SPF"));
            part.with("a", &[("href", "#spf")], |a| a.text("SPF"));
        });
        out.with("a", &[("href", "messages/1.html")], |_| ());
        out.element("h2", |_| ());
        assert_eq!(
            out.as_str(),
            "<h3 id=\"d2-spf\">SPF</h3><a href=\"#d2-spf\">SPF</a><a href=\"messages/1.html\"></a><h2></h2>"
        );
    }

    #[test]
    fn text_and_values_cannot_leave_their_place() {
        let mut out = Html::default();
        out.with("p", &[("title", "\"><script>")], |p| {
            p.text("</p><script>");
            p.prose("see <b> onerror=alert(1)");
        });
        assert_eq!(
            out.as_str(),
            "<p title=\"&quot;&gt;&lt;script&gt;\">&lt;/p&gt;&lt;script&gt;see \
             <code>&lt;b&gt; onerror=alert(1</code>)</p>"
        );
    }
}
