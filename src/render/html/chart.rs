//! Charts of outcomes, drawn as SVG: over time, and by group. What they show is said in a table too.

use crate::corpus::{Rates, Series, Trend};
use crate::render::html::Html;

/// The outcomes, from the ground up, each with its class and its word.
const PARTS: [(&str, &str); 4] = [
    ("good", "pass"),
    ("plain", "no policy"),
    ("open", "not judged"),
    ("bad", "fail"),
];

/// How many messages have each of the outcomes.
fn counts(rates: &Rates) -> [usize; 4] {
    let no_policy = rates.no_policy + rates.no_author;
    [rates.pass, no_policy, rates.not_judged, rates.fail]
}

/// The size of a chart, in its own units.
const WIDTH: usize = 720;
const HEIGHT: usize = 180;

/// The height of the bar of a group with its label.
const ROW: usize = 30;

/// The most periods that are drawn.
const PERIODS: usize = 120;

/// How many groups are drawn.
const GROUPS: usize = 8;

/// Draws the outcomes of `series` over time; nothing for a single period.
pub(super) fn over_time(trend: &Trend, series: &Series<Rates>, html: &mut Html) {
    let periods = trend.timeline.periods(series);
    let skipped = periods.len().saturating_sub(PERIODS);
    let periods: Vec<_> = periods.into_iter().skip(skipped).collect();
    let (Some((first, _)), Some((last, _))) = (periods.first(), periods.last()) else {
        return;
    };
    if periods.len() < 2 {
        return;
    }
    let unit = trend.timeline.unit();
    let most = periods.iter().map(|(_, rates)| rates.messages).max();
    let most = most.unwrap_or(1).max(1);
    let title = format!("Messages by {}, {} at most", unit.as_str(), most);
    let ends = [unit.label(*first), unit.label(*last)];
    chart(&title, HEIGHT + 26, html, |svg| {
        let step = WIDTH as f64 / periods.len() as f64;
        for (at, (_, rates)) in periods.iter().enumerate() {
            let mut ground = HEIGHT as f64;
            for ((class, _), count) in PARTS.into_iter().zip(counts(rates)) {
                let height = count as f64 / most as f64 * HEIGHT as f64;
                ground -= height;
                bar(
                    class,
                    (at as f64 * step + 0.5, ground),
                    ((step - 1.0).max(0.5), height),
                    svg,
                );
            }
        }
        let y = (HEIGHT + 20).to_string();
        svg.with("text", &[("x", "0"), ("y", &y)], |text| text.text(&ends[0]));
        let end = [("x", "720"), ("y", y.as_str()), ("text-anchor", "end")];
        svg.with("text", &end, |text| text.text(&ends[1]));
    });
    key(html);
}

/// Draws a bar for each of the largest groups.
pub(super) fn by_group(title: &str, groups: &[(String, Rates)], html: &mut Html) {
    let groups = &groups[..groups.len().min(GROUPS)];
    let most = groups.iter().map(|(_, rates)| rates.messages).max();
    let most = most.unwrap_or(1).max(1);
    if groups.len() < 2 {
        return;
    }
    chart(title, groups.len() * ROW, html, |svg| {
        for (at, (name, rates)) in groups.iter().enumerate() {
            let top = at * ROW;
            let y = (top + 18).to_string();
            let label = [("x", "250"), ("y", y.as_str()), ("text-anchor", "end")];
            svg.with("text", &label, |text| text.text(shortened(name)));
            let mut left = 260.0;
            for ((class, _), count) in PARTS.into_iter().zip(counts(rates)) {
                let width = count as f64 / most as f64 * 400.0;
                bar(class, (left, top as f64 + 4.0), (width, 20.0), svg);
                left += width;
            }
            let x = format!("{:.1}", left + 8.0);
            svg.with("text", &[("x", &x), ("y", &y)], |text| {
                text.text(rates.messages)
            });
        }
    });
    key(html);
}

fn shortened(name: &str) -> String {
    const MOST: usize = 34;
    match name.chars().count() > MOST {
        true => name.chars().take(MOST - 1).chain(['…']).collect(),
        false => name.to_owned(),
    }
}

fn chart(title: &str, height: usize, html: &mut Html, draw: impl FnOnce(&mut Html)) {
    let view = format!("0 0 {WIDTH} {height}");
    html.class("figure", "chart", |figure| {
        figure.element("figcaption", |caption| caption.text(title));
        let attributes = [
            ("viewBox", view.as_str()),
            ("role", "img"),
            ("aria-label", title),
        ];
        figure.with("svg", &attributes, draw);
    });
}

fn bar(class: &'static str, (x, y): (f64, f64), (width, height): (f64, f64), svg: &mut Html) {
    if width < 0.05 || height < 0.05 {
        return;
    }
    let numbers = [x, y, width, height].map(|number| format!("{number:.1}"));
    let [x, y, width, height] = &numbers;
    let attributes = [
        ("class", class),
        ("x", x.as_str()),
        ("y", y.as_str()),
        ("width", width.as_str()),
        ("height", height.as_str()),
    ];
    svg.with("rect", &attributes, |_| ());
}

/// What the colours mean.
fn key(html: &mut Html) {
    html.class("p", "key", |p| {
        for (class, word) in PARTS {
            p.class("span", class, |span| span.text(word));
            p.text(" ");
        }
    });
}
