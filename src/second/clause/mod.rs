//! The clause behind a difference. Each rule holds where the analysis and their words show that it
//! does; where none holds, no reason is known.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Compared, Peer, PeerMethod, PeerResult, PeerRow};
use crate::Analysis;
use crate::arc::ArcCause;
use crate::dkim::DkimVerdict;
use crate::explain;
use crate::message::Form;

mod dkim;
mod dmarc;
mod spf;

/// What is behind a difference.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct Clause {
    /// What it comes to here, without a capital letter or a full stop. It quotes the message and
    /// the other verifier.
    pub text: String,
    /// The section that it follows from; `None` where it is a matter of what was at hand.
    pub section: Option<&'static str>,
}

/// Two results, and all that is known about them.
pub(super) struct Case<'a> {
    pub peer: &'a Peer,
    pub analysis: &'a Analysis,
    /// Their result, where they have one.
    pub theirs: Option<&'a PeerResult>,
    /// Our signature, where the result is about one.
    pub dkim: Option<&'a DkimVerdict>,
    /// Both results.
    pub row: &'a PeerRow,
    /// What was compared before: SPF and the signatures, where this is about DMARC.
    pub rows: &'a [PeerRow],
}

impl Case<'_> {
    /// Whether this is their result.
    fn theirs_is(&self, word: &str) -> bool {
        self.row.theirs.as_deref() == Some(word)
    }

    /// Whether this is our result.
    fn ours_is(&self, word: &str) -> bool {
        self.row.ours.as_deref() == Some(word)
    }
}

/// That the file is not the bare message, and another program may have read all of it as one.
fn another_form(case: &Case<'_>) -> Option<String> {
    let source = &case.analysis.source;
    let form = source.within.first().unwrap_or(&source.form);
    let what = match form {
        Form::Rfc5322 | Form::HeadersOnly => return None,
        Form::Mbox => "an mbox",
        Form::Emlx => "a file of Apple Mail",
        Form::GmailShowOriginal => "a page copied from Gmail",
        Form::Attached => "a message that carries the one judged",
        Form::Gzip => "packed by gzip",
        Form::Zstd => "packed by Zstandard",
    };
    Some(format!(
        "the file is {what}, and here the message was taken out of it"
    ))
}

/// One reason for which two verifiers come to different results.
struct Rule {
    /// The section that it follows from.
    section: Option<&'static str>,
    /// What it comes to in a case; `None` where it does not hold.
    holds: fn(&Case<'_>) -> Option<String>,
}

impl Rule {
    const fn by(section: &'static str, holds: fn(&Case<'_>) -> Option<String>) -> Self {
        Self {
            section: Some(section),
            holds,
        }
    }

    const fn at_hand(holds: fn(&Case<'_>) -> Option<String>) -> Self {
        Self {
            section: None,
            holds,
        }
    }
}

/// RFC 8617 §5.2, step 2: nothing after it can mend a chain that has failed.
const ARC: &[Rule] = &[
    Rule::by("RFC 8617 §5.2", |case| {
        (case.analysis.arc.cause == ArcCause::CvFail)
            .then(|| "the newest ARC-Seal says cv=fail, so the chain has failed for good".into())
    }),
    Rule::by("RFC 8617 §5.2", |case| {
        (case.ours_is("temperror")).then(|| explain::arc::cause(&case.analysis.arc).to_string())
    }),
];

/// The first rule that holds.
pub(super) fn behind(case: &Case<'_>) -> Option<Clause> {
    if case.row.comparison == Compared::Agree && case.row.theirs == case.row.ours {
        return None;
    }
    let rules = match case.row.method {
        PeerMethod::Spf => spf::RULES,
        PeerMethod::Dkim => dkim::RULES,
        PeerMethod::Dmarc => dmarc::RULES,
        PeerMethod::Arc => ARC,
    };
    rules.iter().find_map(|rule| {
        (rule.holds)(case).map(|text| Clause {
            text,
            section: rule.section,
        })
    })
}
