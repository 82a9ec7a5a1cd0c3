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
                li.class("p", "time", |p| {
                    p.text(words.time.as_deref().unwrap_or("no time"));
                    if let Some(delay) = hop.delay {
                        let is_long = !(0..LONG).contains(&delay);
                        let tone = if is_long { Tone::Open } else { Tone::Plain };
                        p.text(" ");
                        badge(&in_units(delay), tone, p);
                    }
                });
                let hosts = [words.from, words.by];
                let hosts: Vec<String> = hosts.into_iter().flatten().collect();
                li.class("p", "hosts", |p| p.prose(hosts.join(" ")));
            });
        }
    });
    told::fold(html, |out| details::signs(analysis, out));
    told::fold(html, |out| details::candidates(analysis, out));
    told::write(html, |out| details::stated(analysis, out));
}

/// A delay in the units in which people say it, as `+1 h 7 min`.
fn in_units(seconds: i64) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let all = seconds.unsigned_abs();
    let (days, hours, minutes) = (all / 86_400, all / 3600 % 24, all / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{sign}{all} s"),
        (0, 0, minutes) => match all % 60 {
            0 => format!("{sign}{minutes} min"),
            rest => format!("{sign}{minutes} min {rest} s"),
        },
        (0, hours, 0) => format!("{sign}{hours} h"),
        (0, hours, minutes) => format!("{sign}{hours} h {minutes} min"),
        (days, 0, _) => format!("{sign}{days} d"),
        (days, hours, _) => format!("{sign}{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_are_told_as_people_say_them() {
        let told = [
            0,
            59,
            60,
            61,
            3599,
            3600,
            4020,
            -3180,
            86_400,
            90_000,
            i64::MIN,
        ]
        .map(in_units);
        let expected = [
            "+0 s",
            "+59 s",
            "+1 min",
            "+1 min 1 s",
            "+59 min 59 s",
            "+1 h",
            "+1 h 7 min",
            "-53 min",
            "+1 d",
            "+1 d 1 h",
            "-106751991167300 d 15 h",
        ];
        assert_eq!(told, expected);
    }
}
