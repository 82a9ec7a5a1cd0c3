//! Many messages as one page: charts, and the tables of the report.

use std::io::{self, Write};

use super::page::{COPY, Head, Tone, page};
use super::{Html, blocks, chart};
use crate::corpus::{Group, Rates, Trend};
use crate::render::page::Block;
use crate::render::trend;

/// Writes the rates of `trend` as a page; over time, those of the `most` frequent domains and sources.
///
/// # Errors
///
/// Only errors of `out`.
pub fn write_report(trend: &Trend, most: usize, out: &mut dyn Write) -> io::Result<()> {
    let head = Head {
        title: "Mail authentication",
        tone: tone(trend),
        styles: &[],
        scripts: &[COPY],
        has_forms: false,
    };
    let all = trend::blocks(trend, most);
    let body = |html: &mut Html| {
        title("Mail authentication", &all, html);
        html.with("main", &[("id", "main")], |main| {
            charts(trend, main);
            main.element("section", |section| {
                section.element("h2", |h2| h2.text("In numbers"));
                blocks::write(rest(&all), section);
            });
        });
    };
    page(&head, body, out)
}

/// The title of a page about many messages, and the sentence that counts them.
pub(super) fn title(title: &str, all: &[Block], html: &mut Html) {
    html.element("header", |header| {
        header.element("h1", |h1| h1.text(title));
        if let Some(Block::Paragraph(said)) = all.get(1) {
            header.paragraph(said);
        }
    });
}

/// The blocks behind the title and the first sentence.
pub(super) fn rest(all: &[Block]) -> &[Block] {
    all.get(2..).unwrap_or_default()
}

/// The colour of the whole.
pub(super) fn tone(trend: &Trend) -> Tone {
    let all = trend.timeline.series().next().map(|(_, all)| all.whole);
    match all {
        Some(all) if all.fail > 0 => Tone::Open,
        Some(all) if all.pass > 0 => Tone::Good,
        _ => Tone::Plain,
    }
}

/// Charts of all messages over time, by domain and by source; nothing where there is nothing to draw.
pub(super) fn charts(trend: &Trend, html: &mut Html) {
    let mut drawn = Html::default();
    if let Some((_, all)) = trend.timeline.series().next() {
        chart::over_time(trend, all, &mut drawn);
    }
    let groups = |name: fn(&Group) -> Option<String>| {
        let series = trend.timeline.series();
        let mut groups: Vec<(String, Rates)> = series
            .filter_map(|(group, series)| Some((name(group)?, series.whole)))
            .collect();
        groups.sort_by_key(|(_, rates)| std::cmp::Reverse(rates.messages));
        groups
    };
    let domains = groups(|group| match group {
        Group::From(domain) => Some(domain.clone()),
        _ => None,
    });
    let sources = groups(|group| match group {
        Group::SendingSource(source) => Some(source.to_string()),
        _ => None,
    });
    chart::by_group("By domain in From", &domains, &mut drawn);
    chart::by_group("By source", &sources, &mut drawn);
    if !drawn.is_empty() {
        html.element("section", |html| {
            html.element("h2", |h2| h2.text("In pictures"));
            chart::key(html);
            html.append(drawn);
        });
    }
}
