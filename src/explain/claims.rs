//! Words about the receiver's results compared with ours. Each method has its own file.

mod arc;
mod dkim;
mod dmarc;
mod spf;

use std::fmt;

use crate::Analysis;
use crate::claims::{Claim, ClaimDifference, ClaimedResult, LeftOut, NotCompared, OnlyOurs};
use crate::dkim::DkimVerdict;
use crate::session::Standing;
use crate::spf::SpfVerdict;

/// Why a claimed result differs from ours, or cannot be compared: no capital letter, no full stop.
/// `None` if there is nothing to say about it. `claim` and its `result` belong to `analysis`.
pub fn why<'a>(
    analysis: &'a Analysis,
    claim: &'a Claim,
    result: &'a ClaimedResult,
) -> Option<impl fmt::Display + 'a> {
    result.is_explained().then_some(Why {
        analysis,
        claim,
        result,
    })
}

/// Why the receiver may have left out a result of ours; no capital letter, no full stop.
pub fn left_out<'a>(analysis: &'a Analysis, ours: &'a OnlyOurs) -> impl fmt::Display + 'a {
    OnlyHere { analysis, ours }
}

/// A claimed result, and everything that is known about it.
#[derive(Clone, Copy)]
struct Why<'a> {
    analysis: &'a Analysis,
    claim: &'a Claim,
    result: &'a ClaimedResult,
}

impl<'a> Why<'a> {
    /// Who makes the claim: "the receiver", or a name.
    fn who(self) -> &'a str {
        match (self.claim.standing, &self.claim.authserv_id) {
            (Standing::Receiver, _) => "the receiver",
            (Standing::Unknown | Standing::Foreign, Some(id)) => id,
            (Standing::Unknown | Standing::Foreign, None) => "a field without a name",
        }
    }

    /// The SPF verdict that the result is about.
    fn spf(self) -> &'a SpfVerdict {
        match self.result.is_about_helo() {
            true => &self.analysis.spf.helo,
            false => &self.analysis.spf.mail_from,
        }
    }

    /// The signature that the result is about.
    fn dkim(self) -> Option<&'a DkimVerdict> {
        let index = self.result.signature?.checked_sub(1)?;
        self.analysis.dkim.get(index)
    }

    fn not_compared(self, f: &mut fmt::Formatter<'_>, reason: &NotCompared) -> fmt::Result {
        const NOT_EVALUATED: &str = "it could not be evaluated here: ";
        match (reason, self.result.method.as_str()) {
            (NotCompared::ListedAgain { domain }, _) => write!(
                f,
                "the field lists more results for {domain} than the file has signatures of it"
            ),
            (
                NotCompared::NoSuchSignature {
                    domain,
                    selector,
                    value,
                },
                _,
            ) => {
                // One that cannot be read may be the one that is meant.
                let mut all = self.analysis.dkim.iter();
                let is_gone = all.all(|verdict| verdict.signature_prefix.is_some());
                match is_gone {
                    true => write!(f, "it is about a signature of {domain}")?,
                    false => write!(
                        f,
                        "no signature in the file can be told to be that of {domain}"
                    )?,
                }
                if let Some(selector) = selector {
                    write!(f, " with s={selector}")?;
                }
                if let Some(value) = value {
                    let and = if selector.is_some() { "and" } else { "with" };
                    // RFC 6008 has eight characters do.
                    let start: String = value.chars().take(8).collect();
                    write!(f, " {and} b={start}…")?;
                }
                match is_gone {
                    true => f.write_str(" that is not in this file"),
                    false => f.write_str(" that it means"),
                }
            }
            (NotCompared::NothingSaid, _) => write!(
                f,
                "“{}” says neither that the signature verified nor that it failed",
                self.result.result
            ),
            (NotCompared::SignatureNotNamed, _) => {
                f.write_str("it does not say which of the signatures it means")
            }
            (NotCompared::NotEvaluated, "spf") => {
                let cause = crate::explain::spf::cause(self.spf());
                write!(f, "{NOT_EVALUATED}{cause}")
            }
            (NotCompared::NotEvaluated, "arc") => {
                write!(
                    f,
                    "{NOT_EVALUATED}{}",
                    super::arc::cause(&self.analysis.arc)
                )
            }
            (NotCompared::NotEvaluated, _) => match self.dkim() {
                Some(verdict) => {
                    let cause = crate::explain::dkim::cause(verdict);
                    write!(f, "{NOT_EVALUATED}{cause}")
                }
                None => f.write_str("it could not be worked out here"),
            },
        }
    }
}

impl fmt::Display for Why<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.result.difference, &self.result.not_compared) {
            (Some(ClaimDifference::NoStanding), _) => write!(
                f,
                "not known to be the receiver's: {}",
                self.claim.standing_reason
            ),
            (Some(ClaimDifference::Planned), _) => {
                f.write_str("the planned records make the difference")
            }
            (Some(ClaimDifference::SignatureNotInFile { domain }), _) => {
                write!(f, "{} saw a signature", self.who())?;
                if let Some(domain) = domain {
                    write!(f, " of {domain}")?;
                }
                f.write_str(" that is not in this file")
            }
            (Some(ClaimDifference::Spf(difference)), _) => spf::write(f, *self, difference),
            (Some(ClaimDifference::Dkim(difference)), _) => dkim::write(f, *self, difference),
            (Some(ClaimDifference::Dmarc(difference)), _) => dmarc::write(f, *self, difference),
            (Some(ClaimDifference::Arc(difference)), _) => arc::write(f, *self, *difference),
            (None, Some(reason)) => self.not_compared(f, reason),
            (None, None) => Ok(()),
        }
    }
}

struct OnlyHere<'a> {
    analysis: &'a Analysis,
    ours: &'a OnlyOurs,
}

impl fmt::Display for OnlyHere<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.ours.left_out {
            LeftOut::NotStated => f.write_str("the receiver says nothing of it"),
            LeftOut::InOtherField { claim, result } => {
                f.write_str("a field in the receiver's name")?;
                let claim = self.analysis.claims.get(claim);
                if let Some(result) = claim.and_then(|claim| claim.results.get(result)) {
                    write!(f, " says {}={}", result.method, result.result)?;
                }
                f.write_str(", which is not known to be the receiver's")
            }
            LeftOut::FewerSignatures { listed } => write!(
                f,
                "the receiver lists {listed} of {} signatures; some list only the one that they \
                 go by",
                self.analysis.dkim.len()
            ),
        }
    }
}

/// The start of a clause: what follows is not shown by anything.
const NOTHING_SHOWS: &str = "nothing in the file or in DNS shows";
