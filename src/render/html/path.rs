//! The way of the message from host to host, the first one first, with times and delays.

use super::{Html, badge, told};
use crate::Analysis;
use crate::render::details::{self, HopWords};
use crate::render::html::Tone;

/// A delay that is worth a look, in seconds.
const LONG: i64 = 60;

pub(super) fn write(analysis: &Analysis, html: &mut Html) {
    let hops = &analysis.session.hops;
    if hops.is_empty() {
        html.paragraph("There is no Received field.");
    }
    html.with("ol", &[("class", "path"), ("reversed", "")], |ol| {
        for (number, hop) in hops.iter().enumerate().rev() {
            let words = HopWords::of(hop);
            let class = if hop.border { "border" } else { "" };
            ol.class("li", class, |li| {
                li.class("p", "number", |p| {
                    p.text(format!("Received {}", number + 1));
                    if let Some(border) = words.border {
                        p.text(" ");
                        badge(border, Tone::Good, p);
                    }
                });
                for part in [&words.from, &words.by].into_iter().flatten() {
                    li.paragraph(part);
                }
                li.class("p", "time", |p| {
                    p.text(words.time.as_deref().unwrap_or_default());
                    if let Some(delay) = &words.delay {
                        let is_long = hop.delay.is_some_and(|delay| !(0..LONG).contains(&delay));
                        let tone = if is_long { Tone::Open } else { Tone::Plain };
                        p.text(" ");
                        badge(delay, tone, p);
                    }
                });
            });
        }
    });
    told::fold(html, |out| details::signs(analysis, out));
    told::fold(html, |out| details::candidates(analysis, out));
    told::write(html, |out| details::stated(analysis, out));
}
