//! An inspection or a domain check as one page that needs nothing else: no script to be read, and no
//! request to anywhere.

mod blocks;
mod chart;
mod conclusion;
mod dkim;
mod domain;
mod evidence;
mod findings;
mod identities;
mod index;
mod markup;
mod page;
mod path;
mod report;
mod results;
mod spf;
mod told;

use std::io::{self, Write};

use super::provider::Provider;
use super::text::judged_as_of;
use crate::{DomainCheck, Inspection};

pub use blocks::code;
pub use index::{Index, LINES};
pub use markup::{Attributes, Html};
pub use page::{COPY, Head, STYLE, Tone, page};
pub use report::write_report;

/// Writes `inspection` as a page: what `text` says with all its evidence, with records in the form of
/// `provider`. `name` is the name of the file, if it has one.
///
/// # Errors
///
/// Only errors of `out`.
pub fn write(
    inspection: &Inspection,
    name: &str,
    provider: Provider<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    write_framed(&Frame::default(), inspection, name, provider, out)
}

/// What stands around a result, where its page is one of several.
#[derive(Clone, Copy, Default)]
pub struct Frame<'f> {
    /// Writes what stands at the top.
    pub above: Option<&'f dyn Fn(&mut Html)>,
    /// Writes a further section, which has its own heading.
    pub below: Option<&'f dyn Fn(&mut Html)>,
    /// Styles of ours beside [`STYLE`].
    pub styles: &'static [&'static str],
    /// Whether it has a form.
    pub has_forms: bool,
}

impl Frame<'_> {
    fn above(&self, html: &mut Html) {
        self.above.into_iter().for_each(|above| above(html));
    }

    fn below(&self, html: &mut Html) {
        self.below.into_iter().for_each(|below| below(html));
    }
}

/// [`write()`], with what stands around it.
///
/// # Errors
///
/// Only errors of `out`.
pub fn write_framed(
    frame: &Frame<'_>,
    inspection: &Inspection,
    name: &str,
    provider: Provider<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let analysis = &inspection.analysis;
    let found = inspection.findings();
    let word = analysis.conclusion.result.as_str().to_uppercase();
    let author = analysis.dmarc.author_domain.as_ref();
    let author = author.map_or(String::new(), |author| format!(" {author}"));
    let head = Head {
        title: &format!("{word}{author}: {name}"),
        tone: conclusion::tone(analysis),
        styles: frame.styles,
        scripts: &[COPY],
        has_forms: frame.has_forms,
    };
    let sections = [
        ("results", "Results"),
        ("findings", "Findings"),
        ("dkim", "Signatures"),
        ("spf", "SPF"),
        ("path", "The way of the message"),
        ("evidence", "Evidence"),
    ];
    let body = |html: &mut Html| {
        html.element("header", |html| {
            frame.above(html);
            conclusion::write(inspection, name, &found, provider, html);
        });
        contents(&sections, html);
        html.with("main", &[("id", "main")], |html| {
            for (id, title) in sections {
                section(id, title, html, |html| match id {
                    "results" => results::write(inspection, &found, html),
                    "path" => path::write(analysis, html),
                    "spf" => spf::write(&[&analysis.spf.mail_from, &analysis.spf.helo], html),
                    "dkim" => dkim::write(analysis, &found, html),
                    "findings" => findings::write(inspection, &found, provider, html),
                    _ => evidence::write(inspection, html),
                });
            }
            frame.below(html);
        });
        footer(&judged_as_of(analysis), html);
    };
    page(&head, body, out)
}

/// Writes a domain check as a page.
///
/// # Errors
///
/// Only errors of `out`.
pub fn write_domain(check: &DomainCheck, out: &mut dyn Write) -> io::Result<()> {
    domain::write(&Frame::default(), check, out)
}

/// Writes the checks of several domains as one page: a table with the grade of each and what to do
/// first, and below it each domain.
///
/// # Errors
///
/// Only errors of `out`.
pub fn write_domains(checks: &[DomainCheck], out: &mut dyn Write) -> io::Result<()> {
    domain::write_several(checks, out)
}

/// [`write_domain`], with what stands around it.
///
/// # Errors
///
/// Only errors of `out`.
pub fn write_domain_framed(
    frame: &Frame<'_>,
    check: &DomainCheck,
    out: &mut dyn Write,
) -> io::Result<()> {
    domain::write(frame, check, out)
}

/// The links to the sections of a page.
fn contents(sections: &[(&'static str, &'static str)], html: &mut Html) {
    html.with("nav", &[("aria-label", "Sections")], |nav| {
        nav.element("ul", |ul| {
            for (id, title) in sections {
                let href = format!("#{id}");
                ul.element("li", |li| {
                    li.with("a", &[("href", &href)], |a| a.text(title));
                });
            }
        });
    });
}

/// A part of a page, with its heading.
fn section(id: &'static str, title: &'static str, html: &mut Html, inner: impl FnOnce(&mut Html)) {
    let heading = format!("{id}-title");
    html.line_end();
    html.with(
        "section",
        &[("id", id), ("aria-labelledby", &heading)],
        |it| {
            it.with("h2", &[("id", &heading)], |h2| h2.text(title));
            inner(it);
        },
    );
}

/// What is shown when its title is opened.
fn folded(title: &str, html: &mut Html, inner: impl FnOnce(&mut Html)) {
    html.element("details", |details| {
        details.element("summary", |summary| summary.prose(title));
        inner(details);
    });
}

/// A word on the colour of its result.
fn badge(word: &str, tone: Tone, html: &mut Html) {
    html.with(
        "span",
        &[("class", &format!("badge {}", tone.class()))],
        |it| {
            it.text(word);
        },
    );
}

fn footer(text: &str, html: &mut Html) {
    html.line_end();
    html.element("footer", |footer| {
        footer.paragraph(text);
        let version = env!("CARGO_PKG_VERSION");
        footer.element("p", |p| p.text(format!("sesauth {version}")));
    });
}
