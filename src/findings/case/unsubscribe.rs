//! How to unsubscribe from a message (RFC 2369, RFC 8058).

use super::Case;

/// What the List-Unsubscribe fields offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unsubscribe {
    /// List-Unsubscribe has an https address.
    pub has_https: bool,
    /// List-Unsubscribe-Post says that one click is enough.
    pub is_one_click: bool,
}

impl Case<'_> {
    /// What List-Unsubscribe offers; `None` if the field is missing.
    pub(crate) fn unsubscribe(&self) -> Option<Unsubscribe> {
        let way = self.message.text("List-Unsubscribe")?;
        let post = self.message.text("List-Unsubscribe-Post");
        let is_one_click = |post: &str| {
            post.trim()
                .eq_ignore_ascii_case("List-Unsubscribe=One-Click")
        };
        Some(Unsubscribe {
            has_https: way.to_ascii_lowercase().contains("<https://"),
            is_one_click: post.as_deref().is_some_and(is_one_click),
        })
    }

    /// Both fields, if they offer one-click unsubscribe.
    pub(in crate::findings) fn one_click_fields(&self) -> Option<[&'static str; 2]> {
        let way = self.unsubscribe()?;
        let is_whole = way.has_https && way.is_one_click;
        is_whole.then_some(["List-Unsubscribe", "List-Unsubscribe-Post"])
    }
}
