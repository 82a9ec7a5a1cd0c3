//! The identities of a message as a picture that is a table: From, the envelope and each d=, by the
//! organizational domains that they fall under; what links them to From; our result beside that of the
//! receiver. Lines and signs are drawn at the left of each row, so that text of any length has its room.

use super::results::{self, tone};
use super::{Html, badge, folded};
use crate::Analysis;
use crate::dkim::DkimResult;
use crate::dmarc::{Alignment, Mechanism};
use crate::dns::Name;
use crate::explain;
use crate::render::spf::identity;
use crate::render::table::{self, Row};
use crate::spf::SpfResult;

/// Where the line from From runs, and where the signs of the others are.
const LINE: usize = 18;
const SIGN: usize = 44;

/// How far below the top of its row a sign is.
const MIDDLE: usize = 24;

/// An identity.
struct Station {
    label: String,
    row: Row,
    recorded: String,
    link: Link,
    /// Whether it has a result; without one, it may still pass.
    is_judged: bool,
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

impl Group {
    /// Its name; none where no domain is known that could have one.
    fn name(&self) -> Option<&str> {
        let is_named = self.stations.iter().any(|one| one.row.whole_domain != "-");
        match &self.organization {
            Some(name) => Some(name.as_str()),
            None => is_named.then_some("not known"),
        }
    }
}

pub(super) fn write(analysis: &Analysis, html: &mut Html) {
    picture(&groups(analysis), html);
    legend(html);
    let dmarc = &analysis.dmarc;
    let of = |mechanism| explain::dmarc::alignment(dmarc, mechanism).to_string();
    let dkim = (0..analysis.dkim.len()).map(|index| of(Mechanism::Dkim(index)));
    let mut sentences: Vec<String> = std::iter::once(of(Mechanism::Spf)).chain(dkim).collect();
    sentences.retain(|text| !text.is_empty());
    if !sentences.is_empty() {
        folded("Why each counts or not", html, |html| {
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
    let mut no_signature = None;
    for row in table::rows(analysis) {
        let number = row.name.strip_prefix("DKIM ");
        let index = number.and_then(|number| number.parse::<usize>().ok());
        let (label, mechanism) = match (row.name.as_str(), index) {
            ("DMARC", _) => {
                groups[0].stations.push(Station {
                    label: "From (DMARC)".into(),
                    recorded: results::recorded(&row, analysis),
                    row,
                    link: Link::Author,
                    is_judged: true,
                });
                continue;
            }
            ("SPF", _) => {
                let identity = identity(analysis.spf.mail_from.identity);
                (format!("SPF ({identity})"), Mechanism::Spf)
            }
            (name, Some(number)) => (format!("{name} (d=)"), Mechanism::Dkim(number - 1)),
            (_, None) => {
                no_signature = Some(row);
                continue;
            }
        };
        others.push((label, row, mechanism));
    }
    for (label, row, mechanism) in others {
        let alignment = dmarc.alignment.of(mechanism);
        let link = Link::of(alignment);
        let recorded = results::recorded(&row, analysis);
        let station = Station {
            label,
            row,
            recorded,
            link,
            is_judged: is_judged(mechanism, analysis),
        };
        let organization = alignment.and_then(|one| one.organizational_domain.clone());
        // Of two domains whose organizations are not known, nobody can say that they have one.
        let is_same = |group: &&mut Group| {
            let domain = &station.row.whole_domain;
            let mut domains = group.stations.iter().map(|one| &one.row.whole_domain);
            organization.is_some() && group.organization == organization
                || domain != "-" && domains.any(|one| one == domain)
        };
        match groups.iter_mut().find(is_same) {
            Some(group) => group.stations.push(station),
            None => groups.push(Group {
                organization,
                stations: vec![station],
            }),
        }
    }
    groups.extend(no_signature.map(|row| Group {
        organization: None,
        stations: vec![Station {
            label: row.name.clone(),
            recorded: results::recorded(&row, analysis),
            row,
            link: Link::Open,
            is_judged: true,
        }],
    }));
    groups
}

/// Whether a mechanism has a result.
fn is_judged(mechanism: Mechanism, analysis: &Analysis) -> bool {
    match mechanism {
        Mechanism::Dkim(index) => analysis.dkim.get(index).is_some_and(|verdict| {
            !matches!(
                verdict.result,
                DkimResult::NotEvaluated | DkimResult::Temperror
            )
        }),
        _ => !matches!(
            analysis.spf.mail_from.result,
            SpfResult::NotEvaluated | SpfResult::Temperror
        ),
    }
}

/// What the signs and the lines mean, for those who see them.
fn legend(html: &mut Html) {
    html.with("p", &[("class", "legend"), ("aria-hidden", "true")], |p| {
        for text in [
            "✓ and a solid line: counts for From",
            "✕ does not count",
            "– not known",
            "dashed: would count, if it passed",
            "dotted: does not count, or not known",
        ] {
            p.element("span", |span| span.text(text));
            p.text(" ");
        }
    });
}

fn picture(groups: &[Group], html: &mut Html) {
    let stations = || groups.iter().flat_map(|group| &group.stations);
    let has_receiver = stations().any(|station| !station.recorded.is_empty());
    let mut head = vec!["Identity", "Domain", "Counts for From?", "Result"];
    head.extend(has_receiver.then_some("Receiver"));
    let span = head.len().to_string();
    // The strongest link from each identity on: as far as one that counts, the line is its own.
    let mut strongest: Vec<Link> = stations().map(|station| station.link).collect();
    for index in (1..strongest.len()).rev() {
        strongest[index - 1] = strongest[index - 1].min(strongest[index]);
    }
    html.class("table", "identities", |table| {
        table.element("thead", |thead| {
            thead.element("tr", |tr| {
                tr.element("td", |_| ());
                for title in &head {
                    tr.with("th", &[("scope", "col")], |th| th.text(title));
                }
            });
        });
        let mut index = 0;
        for group in groups {
            let class = if index == 0 { "own" } else { "" };
            table.class("tbody", class, |tbody| {
                let line = (index > 0).then(|| strongest.get(index).copied()).flatten();
                tbody.class("tr", "organization", |tr| {
                    rail(tr, |svg| {
                        if let Some(link) = line {
                            vertical(link, "-12", "100%", svg);
                        }
                    });
                    let attributes = [("scope", "rowgroup"), ("colspan", span.as_str())];
                    match group.name() {
                        Some(name) => tr.with("th", &attributes, |th| {
                            th.text("organizational domain ");
                            th.element("code", |code| code.text(name));
                        }),
                        None => tr.with("td", &attributes[1..], |_| ()),
                    }
                });
                for station in &group.stations {
                    let above = (index > 0).then(|| strongest[index]);
                    let below = strongest.get(index + 1).copied();
                    tbody.element("tr", |tr| {
                        rail(tr, |svg| drawn(station, above, below, svg));
                        row(station, has_receiver, tr);
                    });
                    index += 1;
                }
            });
        }
    });
}

/// The cell at the left of a row, in which `draw` draws. All that it shows is said in the others.
fn rail(tr: &mut Html, draw: impl FnOnce(&mut Html)) {
    tr.class("td", "rail", |td| {
        let attributes = [("aria-hidden", "true"), ("width", "60"), ("height", "100%")];
        td.with("svg", &attributes, draw);
    });
}

/// The lines of an identity, and its sign. `above` and `below` are the links that the line from From
/// has there; the first identity, From itself, has none above.
fn drawn(station: &Station, above: Option<Link>, below: Option<Link>, svg: &mut Html) {
    let link = station.link;
    let middle = MIDDLE.to_string();
    if let Some(below) = below {
        vertical(below, &middle, "100%", svg);
    }
    if let Some(above) = above {
        vertical(above, "0", &middle, svg);
        let end = match link {
            Link::Not | Link::Open => LINE + 10,
            _ => SIGN,
        };
        path("link", link, &format!("M{LINE} {MIDDLE}H{end}"), svg);
    }
    let x = match link {
        Link::Author => LINE,
        _ => SIGN,
    };
    let class = format!("sign {}", link.class());
    let cx = x.to_string();
    let attributes = [
        ("class", class.as_str()),
        ("cx", &cx),
        ("cy", &middle),
        ("r", "10"),
    ];
    svg.with("circle", &attributes, |_| ());
    match link {
        Link::Author => (),
        Link::Counts => path(
            "mark",
            link,
            &format!("M{} {MIDDLE}l3 3.5l6 -7", x - 4),
            svg,
        ),
        Link::Not => cross(x, link, svg),
        Link::Would if station.is_judged => cross(x, link, svg),
        Link::Would | Link::Open => {
            path("mark", link, &format!("M{} {MIDDLE}h6", x - 3), svg);
        }
    }
}

fn cross(x: usize, link: Link, svg: &mut Html) {
    let (x, y) = (x as f32 - 3.5, MIDDLE as f32 - 3.5);
    path("mark", link, &format!("M{x} {y}l7 7m0 -7l-7 7"), svg);
}

fn path(kind: &str, link: Link, path: &str, svg: &mut Html) {
    let class = format!("{kind} {}", link.class());
    svg.with("path", &[("class", &class), ("d", path)], |_| ());
}

fn vertical(link: Link, from: &str, to: &str, svg: &mut Html) {
    let class = format!("link {}", link.class());
    let x = LINE.to_string();
    let attributes = [
        ("class", class.as_str()),
        ("x1", &x),
        ("x2", &x),
        ("y1", from),
        ("y2", to),
    ];
    svg.with("line", &attributes, |_| ());
}

/// What is said of an identity.
fn row(station: &Station, has_receiver: bool, tr: &mut Html) {
    let Station {
        label,
        row,
        recorded,
        ..
    } = station;
    tr.with("th", &[("scope", "row")], |th| th.text(label));
    tr.class("td", "domain", |td| {
        if row.whole_domain != "-" {
            td.element("code", |code| code.text(&row.whole_domain));
        }
    });
    tr.class("td", "remark", |td| td.prose(&row.remark));
    tr.class("td", "result", |td| badge(&row.result, tone(row.color), td));
    if has_receiver {
        tr.class("td", "receiver", |td| {
            if !recorded.is_empty() {
                td.class("span", "narrow", |span| span.text("receiver: "));
                td.text(recorded);
            }
        });
    }
}
