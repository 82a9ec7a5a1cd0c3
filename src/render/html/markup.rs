//! HTML as it is written here: elements with names of ours, and text that only [`Html::text`] and
//! [`Html::prose`] let in.

use std::fmt::{Display, Write};

use crate::render::escape::{Piece, html, pieces};

/// A piece of a page. The names of elements and attributes are constants of ours; their values and all
/// text go through [`html`](crate::render::escape::html), and what is opened is closed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Html(String);

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
        self.open(name, attributes);
        inner(self);
        let _ = write!(self.0, "</{name}>");
    }

    /// An element that has no end tag, as `meta`.
    pub fn open(&mut self, name: &'static str, attributes: Attributes<'_>) {
        let _ = write!(self.0, "<{name}");
        for (attribute, value) in attributes {
            let _ = write!(self.0, " {attribute}=\"{}\"", html(value));
        }
        self.0.push('>');
    }

    /// Text as it is.
    pub fn text(&mut self, text: impl Display) {
        self.0.push_str(&html(text));
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
        self.0.push('\n');
    }

    /// The content of a `style` or `script` element, which is a constant of ours and never escaped.
    pub(super) fn constant(&mut self, text: &'static str) {
        self.0.push_str(text);
    }

    /// What was written elsewhere.
    pub fn append(&mut self, other: Self) {
        self.0.push_str(&other.0);
    }

    /// What was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether nothing was written.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
