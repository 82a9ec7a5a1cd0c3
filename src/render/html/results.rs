//! Our results beside those of the receiver, and why something did not pass.

use anstyle::AnsiColor;

use super::{Html, Tone, blocks, folded, identities, told};
use crate::claims::ClaimedResult;
use crate::findings::Finding;
use crate::render::receiver::{self, Receiver};
use crate::render::table::Row;
use crate::render::text::sentence;
use crate::render::{arc, broken, bulk, claims, dmarc, full, second};
use crate::{Analysis, Inspection};

/// Of how many signatures it is said here why they did not pass.
const REASONS: usize = 2;

pub(super) fn write(inspection: &Inspection, found: &[Finding], html: &mut Html) {
    let analysis = &inspection.analysis;
    identities::write(analysis, html);
    let receiver = Receiver::of(analysis);
    receiver.lines.iter().for_each(|line| html.paragraph(line));
    let mut why = broken::lines(analysis, &receiver, found);
    let is_dkim = |label: &str| label.starts_with("DKIM");
    if why.iter().filter(|(label, _)| is_dkim(label)).count() > REASONS {
        // Each signature says it in its own place.
        why.retain(|(label, _)| !is_dkim(label));
    }
    for (label, why) in why {
        html.paragraph(format!("{label}: {}", sentence(&why)));
    }
    for (label, text) in full::policy(analysis) {
        html.paragraph(format!("{label}: {text}"));
    }
    for comparison in &inspection.second_opinions {
        told::write(html, |out| second::write(analysis, comparison, out));
    }
    let at = analysis.dmarc.policy.as_ref().map(|policy| &policy.domain);
    let reports = analysis.dmarc.reports.as_deref();
    told::write(html, |out| dmarc::reports(at, reports, out));
    blocks::write(&bulk::blocks(&inspection.bulk), html);
    if !analysis.claims.is_empty() {
        folded("Authentication-Results", html, |html| {
            told::write(html, |out| claims::write(analysis, out));
        });
    }
    let chain = told::lines(|out| arc::write(analysis, out));
    if !chain.is_empty() {
        folded("ARC", html, |html| told::list(&chain, html));
    }
}

/// A cell with the head of its column, which a narrow page shows beside it.
pub(super) fn cell(title: &str, tr: &mut Html, inner: impl FnOnce(&mut Html)) {
    let mut content = Html::default();
    inner(&mut content);
    match content.is_empty() {
        true => tr.element("td", |_| ()),
        false => tr.with("td", &[("data-label", title)], |td| {
            td.element("div", |div| div.append(content));
        }),
    }
}

/// The tone of a colour of the text.
pub(super) fn tone(color: Option<AnsiColor>) -> Tone {
    match color {
        Some(AnsiColor::Green) => Tone::Good,
        Some(AnsiColor::Red) => Tone::Bad,
        Some(_) => Tone::Open,
        None => Tone::Plain,
    }
}

/// What the receiver recorded of a row, each word once.
pub(super) fn recorded(row: &Row, analysis: &Analysis) -> String {
    let own = receiver::own(analysis);
    let (method, number) = match row.name.split_once(' ') {
        Some((method, number)) => (method, number.parse().ok()),
        None => (row.name.as_str(), None),
    };
    let is_of_row = |result: &&ClaimedResult| {
        result.method.eq_ignore_ascii_case(method) && result.signature == number
    };
    let results = own.iter().flat_map(|claim| &claim.results);
    let mut words: Vec<&str> = Vec::new();
    for result in results.filter(is_of_row) {
        if !words.contains(&&*result.result) {
            words.push(&result.result);
        }
    }
    words.join(", ")
}
