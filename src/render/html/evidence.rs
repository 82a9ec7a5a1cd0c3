//! The evidence, folded: notes, the DMARC steps, every lookup, the header fields, and what the rules
//! did.

use super::{Html, folded, told};
use crate::Inspection;
use crate::dns::{Lookup, in_words};
use crate::render::text::sentence;
use crate::render::wrap::shortened;
use crate::render::{details, full};

/// How many columns of the name of a field are shown.
const NAME: usize = 76;

pub(super) fn write(inspection: &Inspection, html: &mut Html) {
    let analysis = &inspection.analysis;
    let notes: Vec<String> = full::notes(analysis).collect();
    if !notes.is_empty() {
        html.element("ul", |ul| {
            for note in &notes {
                ul.element("li", |li| li.prose(sentence(note)));
            }
        });
    }
    let steps = told::lines(|out| details::dmarc(analysis, out));
    if !steps.is_empty() {
        folded("DMARC steps", html, |html| told::list(&steps, html));
    }
    lookups(&analysis.lookups.0, html);
    let fields = inspection.header_fields();
    folded(&format!("Header fields ({})", fields.len()), html, |html| {
        html.class("dl", "fields", |dl| {
            for (name, text) in &fields {
                dl.element("dt", |dt| dt.text(shortened(name, NAME)));
                dl.element("dd", |dd| dd.element("code", |code| code.text(text)));
            }
        });
    });
    let signed = told::lines(|out| details::signed_bytes(analysis, out));
    if !signed.is_empty() {
        folded("The header fields as hashed", html, |html| {
            told::list(&signed, html)
        });
    }
    told::fold(html, |out| details::rules(inspection, out));
}

/// Every lookup: the question as a command, and the answer.
pub(super) fn lookups(all: &[Lookup], html: &mut Html) {
    folded(&format!("DNS lookups ({})", all.len()), html, |html| {
        html.class("dl", "lookups", |dl| {
            for lookup in all {
                dl.element("dt", |dt| {
                    dt.element("code", |code| code.text(details::question(lookup)))
                });
                for line in in_words(&lookup.reply) {
                    dl.element("dd", |dd| dd.element("code", |code| code.text(line)));
                }
            }
        });
    });
}
