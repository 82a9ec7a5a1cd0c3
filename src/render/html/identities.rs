//! The identities of a message as a picture: From, the envelope and each d=, the organizational domains
//! that they fall under, and what links them to From. The same in words stands below it.

use super::results::tone;
use super::{Html, Tone, folded};
use crate::Analysis;
use crate::dmarc::{Alignment, Mechanism};
use crate::dns::Name;
use crate::explain;
use crate::render::spf::identity;
use crate::render::table::{self, Row};
use crate::render::wrap::shortened;

/// How many columns of a domain there is room for on a narrow page.
const DOMAIN: usize = 32;

/// How many of a remark there is room for; the table has it in full.
const REMARK: usize = 44;

/// Heights: of an identity, of the name of an organization, and between organizations.
const STATION: usize = 74;
const HEAD: usize = 34;
const GAP: usize = 12;

/// Where the line from From runs, where the signs of the others are, and where their text begins.
const LINE: usize = 26;
const SIGN: usize = 58;
const TEXT: usize = 84;

/// An identity.
struct Station {
    label: String,
    row: Row,
    link: Link,
}

/// How an identity is linked to From, the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Link {
    /// It is From.
    Author,
    /// It counts for From.
    Counts,
    /// It would count, had it passed.
    Would,
    /// It cannot count.
    Not,
    /// That is not known.
    Open,
}

impl Link {
    fn of(alignment: Option<&Alignment>) -> Self {
        match alignment.map(|one| (one.aligned, one.authenticated)) {
            Some((Some(true), true)) => Self::Counts,
            Some((Some(true), false)) => Self::Would,
            Some((Some(false), _)) => Self::Not,
            Some((None, _)) | None => Self::Open,
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::Author => "author",
            Self::Counts => "counts",
            Self::Would => "would",
            Self::Not => "not",
            Self::Open => "open",
        }
    }
}

/// Identities of one organization.
struct Group {
    organization: Option<Name>,
    stations: Vec<Station>,
}

pub(super) fn write(analysis: &Analysis, html: &mut Html) {
    let groups = groups(analysis);
    html.element("figure", |figure| picture(&groups, figure));
    let dmarc = &analysis.dmarc;
    let of = |mechanism| explain::dmarc::alignment(dmarc, mechanism).to_string();
    let dkim = (0..analysis.dkim.len()).map(|index| of(Mechanism::Dkim(index)));
    let mut sentences: Vec<String> = std::iter::once(of(Mechanism::Spf)).chain(dkim).collect();
    sentences.retain(|text| !text.is_empty());
    if !sentences.is_empty() {
        folded("The same in words", html, |html| {
            html.element("ul", |ul| {
                for text in &sentences {
                    ul.element("li", |li| li.prose(text));
                }
            });
        });
    }
}

/// The identities, by organization: that of the author first.
fn groups(analysis: &Analysis) -> Vec<Group> {
    let dmarc = &analysis.dmarc;
    let mut groups = vec![Group {
        organization: dmarc.organizational_domain.clone(),
        stations: Vec::new(),
    }];
    let mut others = Vec::new();
    for row in table::rows(analysis) {
        let number = row.name.strip_prefix("DKIM ");
        let index = number.and_then(|number| number.parse::<usize>().ok());
        let (label, mechanism) = match (row.name.as_str(), index) {
            ("DMARC", _) => {
                groups[0].stations.push(Station {
                    label: "From".into(),
                    row,
                    link: Link::Author,
                });
                continue;
            }
            ("SPF", _) => {
                let identity = identity(analysis.spf.mail_from.identity);
                (format!("SPF ({identity})"), Mechanism::Spf)
            }
            (name, Some(number)) => (format!("{name} (d=)"), Mechanism::Dkim(number - 1)),
            // There is no signature.
            (_, None) => continue,
        };
        others.push((label, row, dmarc.alignment.of(mechanism)));
    }
    for (label, row, alignment) in others {
        let link = Link::of(alignment);
        let station = Station { label, row, link };
        let organization = alignment.and_then(|one| one.organizational_domain.clone());
        let is_same = |group: &&mut Group| group.organization == organization;
        match groups.iter_mut().find(is_same) {
            Some(group) => group.stations.push(station),
            None => groups.push(Group {
                organization,
                stations: vec![station],
            }),
        }
    }
    groups
}

fn picture(groups: &[Group], html: &mut Html) {
    let heights = groups
        .iter()
        .map(|group| HEAD + group.stations.len() * STATION + GAP);
    let height = heights.sum::<usize>().saturating_sub(GAP).to_string();
    let attributes = [
        ("class", "identities"),
        ("role", "img"),
        ("aria-labelledby", "picture-title picture-text"),
        ("width", "100%"),
        ("height", &height),
    ];
    html.with("svg", &attributes, |svg| {
        svg.with("title", &[("id", "picture-title")], |title| {
            title.text("Which identities count for From");
        });
        svg.with("desc", &[("id", "picture-text")], |desc| {
            desc.text(in_words(groups))
        });
        let mut top = 0;
        let mut places = Vec::new();
        for (index, group) in groups.iter().enumerate() {
            organization(group, index == 0, top, svg);
            for (number, station) in group.stations.iter().enumerate() {
                places.push((top + HEAD + number * STATION, station));
            }
            top += HEAD + group.stations.len() * STATION + GAP;
        }
        lines(&places, svg);
        for (top, station) in places {
            identity_at(top, station, svg);
        }
    });
}

/// The line down from From, and from it one to each identity.
fn lines(places: &[(usize, &Station)], svg: &mut Html) {
    for (pair, index) in places.windows(2).zip(1..) {
        let [(from, _), (to, station)] = pair else {
            continue;
        };
        let (from, to) = (middle(*from), middle(*to));
        // As far as one that counts, the line is its own.
        let below = places[index..].iter().map(|(_, station)| station.link);
        let strongest = below.min().unwrap_or(Link::Open);
        path(strongest, &format!("M{LINE} {from}V{to}"), svg);
        let end = match station.link {
            Link::Not | Link::Open => LINE + 10,
            _ => SIGN,
        };
        path(station.link, &format!("M{LINE} {to}H{end}"), svg);
    }
}

fn path(link: Link, path: &str, svg: &mut Html) {
    let class = format!("link {}", link.class());
    svg.with("path", &[("class", &class), ("d", path)], |_| ());
}

/// The height of the sign of an identity that begins at `top`.
fn middle(top: usize) -> usize {
    top + STATION / 2 - 6
}

/// The picture as a text.
fn in_words(groups: &[Group]) -> String {
    let mut text = String::new();
    for group in groups {
        text.push_str(&format!("{}: ", name(group)));
        let stations = group.stations.iter().map(|station| {
            let Station { label, row, .. } = station;
            format!(
                "{label} {}, {}, {}",
                row.whole_domain, row.result, row.remark
            )
        });
        text.push_str(&stations.collect::<Vec<_>>().join("; "));
        text.push_str(". ");
    }
    text.trim_end().to_owned()
}

fn name(group: &Group) -> String {
    let name = group
        .organization
        .as_ref()
        .map_or("not known", Name::as_str);
    format!("organizational domain {name}")
}

/// The ground of an organization, and its name.
fn organization(group: &Group, is_author: bool, top: usize, svg: &mut Html) {
    let height = HEAD + group.stations.len() * STATION;
    let class = if is_author { "ground own" } else { "ground" };
    let (y, height) = (top.to_string(), height.to_string());
    let attributes = [
        ("class", class),
        ("x", "0"),
        ("y", &y),
        ("width", "100%"),
        ("height", &height),
        ("rx", "10"),
    ];
    svg.with("rect", &attributes, |_| ());
    let name = group
        .organization
        .as_ref()
        .map_or("not known", Name::as_str);
    label("organization", &TEXT.to_string(), top + 22, svg, |text| {
        text.text("organizational domain ");
        text.class("tspan", "value", |it| it.text(shortened(name, DOMAIN - 8)));
    });
}

/// The sign and the text of an identity.
fn identity_at(top: usize, station: &Station, svg: &mut Html) {
    let Station {
        label: title,
        row,
        link,
    } = station;
    let middle = middle(top);
    let x = match link {
        Link::Author => LINE,
        _ => SIGN,
    };
    let class = format!("sign {}", link.class());
    let (cx, cy) = (x.to_string(), middle.to_string());
    let attributes = [
        ("class", class.as_str()),
        ("cx", &cx),
        ("cy", &cy),
        ("r", "10"),
    ];
    svg.with("circle", &attributes, |_| ());
    let mark = match link {
        Link::Author => None,
        Link::Counts => Some(format!("M{} {}l3 3.5l6 -7", x - 4, middle)),
        Link::Would | Link::Not => Some(format!(
            "M{} {}l7 7m0 -7l-7 7",
            x as f32 - 3.5,
            middle as f32 - 3.5
        )),
        Link::Open => Some(format!("M{} {middle}h6", x - 3)),
    };
    if let Some(mark) = mark {
        let class = format!("mark {}", link.class());
        svg.with("path", &[("class", &class), ("d", &mark)], |_| ());
    }
    let start = TEXT.to_string();
    label("label", &start, top + 20, svg, |text| text.text(title));
    let class = match tone(row.color) {
        Tone::Good => "result good",
        Tone::Bad => "result bad",
        Tone::Open => "result open",
        Tone::Plain => "result plain",
    };
    let y = (top + 20).to_string();
    let attributes = [
        ("class", class),
        ("x", "100%"),
        ("dx", "-14"),
        ("y", &y),
        ("text-anchor", "end"),
    ];
    svg.with("text", &attributes, |text| text.text(&row.result));
    label("value", &start, top + 40, svg, |text| {
        text.text(shortened(&row.whole_domain, DOMAIN));
    });
    label("remark", &start, top + 58, svg, |text| {
        text.text(shortened(&row.remark, REMARK))
    });
}

fn label(class: &'static str, x: &str, y: usize, svg: &mut Html, inner: impl FnOnce(&mut Html)) {
    let y = y.to_string();
    svg.with("text", &[("class", class), ("x", x), ("y", &y)], inner);
}
