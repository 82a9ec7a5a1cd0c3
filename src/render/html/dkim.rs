//! Signatures: what was found about each, and what broke it, with what changed as a diff; its key and
//! tags are folded.

use super::results::tone;
use super::{Html, badge, folded};
use crate::Analysis;
use crate::dkim::{DkimVerdict, Modification};
use crate::explain::autopsy;
use crate::findings::Finding;
use crate::render::broken::{self, Proof};
use crate::render::escape::visible;
use crate::render::text::sentence;
use crate::render::{full, table};

pub(super) fn write(analysis: &Analysis, found: &[Finding], html: &mut Html) {
    let proofs = broken::all_proofs(analysis);
    let rows = table::rows(analysis);
    let rows = rows.iter().filter(|row| row.name.starts_with("DKIM"));
    if analysis.dkim.is_empty() {
        rows.clone()
            .for_each(|row| html.paragraph(sentence(&row.remark)));
    }
    for ((verdict, number), row) in analysis.dkim.iter().zip(1..).zip(rows) {
        let is_of_it = |proof: &&Proof<'_>| proof.numbers.contains(&number);
        let proof = proofs.iter().find(is_of_it);
        html.class("article", "signature", |article| {
            article.element("h3", |h3| {
                h3.text(format!("{} ", row.name));
                badge(&row.result, tone(row.color), h3);
                h3.text(" ");
                h3.element("code", |code| code.text(&row.whole_domain));
            });
            let first = proof.map(|proof| proof.numbers[0]);
            let first = first.filter(|first| *first != number);
            article.paragraph(full::cause(verdict));
            match proof.filter(|_| first.is_none()) {
                Some(proof) => broke(proof, analysis, found, article),
                None => article.paragraph(full::broke(verdict, first)),
            }
            article.paragraph(full::beside(verdict));
            folded("Its key and its tags", article, |details| {
                details.paragraph(full::key(verdict));
                details.paragraph(full::body_hashes(verdict));
                tags(verdict, details);
            });
        });
    }
}

/// The tags of a signature as they were read.
fn tags(verdict: &DkimVerdict, html: &mut Html) {
    let time = |at: jiff::Timestamp| at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string();
    let name = |name: &crate::dns::Name| name.to_string();
    let tags = [
        ("d=", verdict.domain.as_ref().map(name)),
        ("s=", verdict.selector.as_ref().map(name)),
        ("i=", verdict.identity.clone()),
        ("a=", verdict.algorithm.clone()),
        ("c=", Some(verdict.canonicalization.clone())),
        ("t=", verdict.signed_at.map(time)),
        ("x=", verdict.expires_at.map(time)),
        (
            "l=",
            verdict.body.signed_length.map(|length| length.to_string()),
        ),
        ("h=", Some(verdict.signed_fields.join(": "))),
    ];
    html.class("dl", "tags", |dl| {
        for (tag, value) in tags {
            let Some(value) = value.filter(|value| !value.is_empty()) else {
                continue;
            };
            dl.element("dt", |dt| dt.element("code", |code| code.text(tag)));
            dl.element("dd", |dd| dd.element("code", |code| code.text(value)));
        }
    });
}

/// What broke signatures, as is proved, and what changed.
fn broke(proof: &Proof<'_>, analysis: &Analysis, found: &[Finding], html: &mut Html) {
    html.element("h4", |h4| h4.text(proof.label()));
    html.element("ul", |ul| {
        for item in autopsy::items(proof.autopsy) {
            ul.element("li", |li| li.prose(item));
        }
    });
    for unknown in autopsy::unknown(proof.autopsy, false) {
        html.paragraph(sentence(&unknown));
    }
    proof
        .autopsy
        .changes()
        .for_each(|change| diff(change, html));
    if let Some(end) = proof.who_and_remedy(analysis, found) {
        html.paragraph(sentence(&end));
    }
}

/// What was there before, and what is there now; nothing if neither is known.
fn diff(change: &Modification, html: &mut Html) {
    let (before, now) = (change.before.as_deref(), change.now.as_deref());
    if before.is_none() && now.is_none() {
        return;
    }
    let (start, end) = same(before.unwrap_or_default(), now.unwrap_or_default());
    let is_both = before.is_some() && now.is_some();
    html.element("figure", |figure| {
        let place = match (&change.field, &change.part, change.line) {
            (Some(field), _, Some(line)) => Some(format!("{field}, line {line}")),
            (Some(field), _, None) => Some(field.clone()),
            (None, Some(part), Some(line)) => Some(format!("{part}, line {line}")),
            (None, Some(part), None) => Some(part.clone()),
            (None, None, Some(line)) => Some(format!("line {line}")),
            (None, None, None) => None,
        };
        if let Some(place) = place {
            figure.element("figcaption", |caption| caption.text(place));
        }
        figure.class("div", "diff", |div| {
            for (name, sign, text) in [("del", "−", before), ("ins", "+", now)] {
                let Some(text) = text else { continue };
                div.element(name, |line| {
                    line.with(
                        "span",
                        &[("class", "sign"), ("aria-hidden", "true")],
                        |it| {
                            it.text(sign);
                        },
                    );
                    line.element("code", |code| match is_both {
                        true => {
                            let end = text.len() - end;
                            written(&text[..start], code);
                            code.element("mark", |mark| written(&text[start..end], mark));
                            written(&text[end..], code);
                        }
                        false => written(text, code),
                    });
                });
            }
        });
    });
}

/// Text of a message, with its lines as they are.
fn written(text: &str, html: &mut Html) {
    let text = text.replace("\r\n", "\n");
    for (index, line) in text.split('\n').enumerate() {
        if index > 0 {
            html.line_end();
        }
        html.text(visible(line));
    }
}

/// How many octets at the start and at the end two texts have in common, at bounds of characters.
fn same(before: &str, now: &str) -> (usize, usize) {
    let octets = |(char, _): (char, char)| char.len_utf8();
    let is_same = |(one, other): &(char, char)| one == other;
    let pairs = before.chars().zip(now.chars());
    let start = pairs.take_while(is_same).map(octets).sum();
    let pairs = before[start..]
        .chars()
        .rev()
        .zip(now[start..].chars().rev());
    (start, pairs.take_while(is_same).map(octets).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_between_what_is_the_same() {
        assert_eq!(same("Hello", "[list] Hello"), (0, 5));
        assert_eq!(same("aa", "aaa"), (2, 0));
        assert_eq!(same("xäy", "xöy"), (1, 1));
        assert_eq!(same("", "a"), (0, 0));
    }
}
