//! Charts of outcomes, drawn as SVG: over time, and by group. What they show is said in a table too.

use crate::corpus::{Outcome, Rates, Series, Trend};
use crate::render::html::Html;

/// The outcomes, from the ground up, each with its class and its word.
const PARTS: [(&str, &str); 5] = [
    ("good", "pass"),
    ("plain", "no policy"),
    ("open", "inconclusive"),
    ("apart", "no single domain"),
    ("bad", "fail"),
];

/// The class and the word of an outcome, as in the charts.
pub(super) fn part(outcome: Outcome) -> (&'static str, &'static str) {
    PARTS[match outcome {
        Outcome::Pass => 0,
        Outcome::NoPolicy => 1,
        Outcome::NotJudged => 2,
        Outcome::NoAuthor => 3,
        Outcome::Fail => 4,
    }]
}

/// How many messages have each of the outcomes.
fn counts(rates: &Rates) -> [usize; 5] {
    let (no_policy, no_author) = (rates.no_policy, rates.no_author);
    [
        rates.pass,
        no_policy,
        rates.not_judged,
        no_author,
        rates.fail,
    ]
}

/// The size of the chart over time, in its own units: it is drawn as wide as there is room.
const WIDTH: usize = 720;
const HEIGHT: usize = 180;

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
    html.class("figure", "chart", |figure| {
        figure.element("figcaption", |caption| caption.text(&title));
        let view = format!("0 0 {WIDTH} {HEIGHT}");
        let attributes = [
            ("viewBox", view.as_str()),
            ("preserveAspectRatio", "none"),
            ("role", "img"),
            ("aria-label", &title),
        ];
        figure.with("svg", &attributes, |svg| {
            let step = WIDTH as f64 / periods.len() as f64;
            for (at, (_, rates)) in periods.iter().enumerate() {
                let mut ground = HEIGHT as f64;
                for ((class, _), count) in PARTS.into_iter().zip(counts(rates)) {
                    let height = count as f64 / most as f64 * HEIGHT as f64;
                    ground -= height;
                    let left = at as f64 * step + 0.5;
                    let width = (step - 1.0).max(0.5);
                    let numbers = [left, ground, width, height];
                    bar(class, numbers.map(|number| format!("{number:.1}")), svg);
                }
            }
        });
        figure.class("div", "ends", |div| {
            div.element("span", |span| span.text(unit.label(*first)));
            div.element("span", |span| span.text(unit.label(*last)));
        });
    });
}

/// Draws a bar for each of the largest groups, between its name and its counts.
pub(super) fn by_group(title: &str, groups: &[(String, Rates)], html: &mut Html) {
    let most = groups.iter().map(|(_, rates)| rates.messages).max();
    let most = most.unwrap_or(1).max(1);
    if groups.len() < 2 {
        return;
    }
    html.class("figure", "chart", |figure| {
        figure.element("figcaption", |caption| {
            caption.text(title);
            if groups.len() > GROUPS {
                caption.text(format!(", the largest {GROUPS} of {}", groups.len()));
            }
        });
        figure.class("ul", "bars", |ul| {
            for (name, rates) in groups.iter().take(GROUPS) {
                ul.element("li", |li| {
                    li.element("span", |span| span.text(name));
                    group(rates, most, li);
                    li.element("span", |span| span.text(in_words(rates)));
                });
            }
        });
    });
}

/// The bar of a group; its counts are said beside it.
fn group(rates: &Rates, most: usize, html: &mut Html) {
    let attributes = [("aria-hidden", "true"), ("width", "100%"), ("height", "18")];
    html.with("svg", &attributes, |svg| {
        let mut left = 0.0;
        for ((class, _), count) in PARTS.into_iter().zip(counts(rates)) {
            let width = count as f64 / most as f64 * 100.0;
            let of_all = |number: f64| format!("{number:.2}%");
            let (at, wide) = (of_all(left), of_all(width));
            bar(class, [at, "0".into(), wide, "18".into()], svg);
            left += width;
        }
    });
}

/// As `10: 8 pass, 2 fail`.
fn in_words(rates: &Rates) -> String {
    let counts = PARTS.into_iter().zip(counts(rates));
    let counts = counts.filter(|(_, count)| *count > 0);
    let counts = counts.map(|((_, word), count)| format!("{count} {word}"));
    let counts: Vec<String> = counts.collect();
    match &counts[..] {
        [one] => one.clone(),
        _ => format!("{}: {}", rates.messages, counts.join(", ")),
    }
}

fn bar(class: &'static str, [x, y, width, height]: [String; 4], svg: &mut Html) {
    if [&width, &height]
        .iter()
        .any(|one| one.trim_matches(['0', '.', '%']).is_empty())
    {
        return;
    }
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
pub(super) fn key(html: &mut Html) {
    html.class("p", "key", |p| {
        for (class, word) in PARTS {
            p.class("span", class, |span| span.text(word));
            p.text(" ");
        }
    });
}
