//! Words about a claimed result for a signature that differs from ours.

use std::fmt;

use super::{NOTHING_SHOWS, Why};
use crate::claims::{Besides, DkimDifference};
use crate::dkim::{BodyResult, DkimCause, DkimVerdict};
use crate::explain::dkim::cause;
use crate::receivers;
use crate::ses::is_ses_domain;

pub(super) fn write(
    f: &mut fmt::Formatter<'_>,
    why: Why<'_>,
    difference: &DkimDifference,
) -> fmt::Result {
    let Some(verdict) = why.dkim() else {
        return Ok(());
    };
    let who = why.who();
    let cause = cause(verdict);
    let intact = body_intact(verdict);
    match difference {
        DkimDifference::NotSeen => write!(f, "{who} saw no signature there"),
        DkimDifference::OwnDns => write!(f, "{cause}"),
        DkimDifference::ReceiverDns => write!(f, "DNS gave {who} no answer about the key then"),
        DkimDifference::BodyChanged { besides } => {
            match is_proved(verdict) {
                true => write!(
                    f,
                    "the body was changed after {who} checked it, as is proved"
                )?,
                false => {
                    let rewriter = rewriter(why);
                    write!(f, "the body was changed after {who} checked it; {rewriter}")?;
                }
            }
            and_besides(f, *besides, verdict)
        }
        DkimDifference::BodyChangedOnTheWay { host, besides } => {
            write!(
                f,
                "the body was changed after {who} checked it, and {host} took the message later: a \
                 list or a gateway on that way can do so"
            )?;
            and_besides(f, *besides, verdict)
        }
        DkimDifference::HeaderChanged => {
            let rewriter = match is_proved(verdict) {
                true => "what was changed is proved",
                false => rewriter(why),
            };
            write!(
                f,
                "the header in this file is not the one that {who} checked ({cause}); \
                 {rewriter}{intact}"
            )
        }
        DkimDifference::HeaderChangedOnTheWay { host } => write!(
            f,
            "the header was changed after {who} checked it, and {host} took the message later: a \
             list or a gateway on that way can do so{intact}"
        ),
        DkimDifference::HeaderOrKeyChanged => write!(
            f,
            "the key in DNS did not sign the header as it stands in this file, so one of the two \
             is not what {who} had{intact}; besides, {cause}"
        ),
        DkimDifference::KeyGone => write!(
            f,
            "the key that {who} used is no longer in DNS ({cause}){intact}"
        ),
        DkimDifference::OtherKey => other_key(f, who, verdict),
        DkimDifference::OtherKeyRecord => write!(
            f,
            "the record at the selector must have been another one then ({cause}){intact}"
        ),
        DkimDifference::KeyPublishedSince => {
            write!(f, "{who} found no key")?;
            place(f, verdict)?;
            let is_key = verdict.key.as_ref().is_some_and(|key| key.kind.is_some());
            match is_key {
                true => f.write_str(" then, and there is one now"),
                false => write!(f, " then, and what is there now is none ({cause})"),
            }
        }
        DkimDifference::ExpiredSince => write!(f, "it ran out since: {cause}"),
        DkimDifference::ExpiryIgnored => write!(f, "{who} did not mind that {cause}"),
        DkimDifference::FaultAccepted => write!(f, "{who} accepted it all the same; {cause}"),
        DkimDifference::FaultAcceptedOrOther => write!(
            f,
            "{cause}: either {who} counts such a signature, or it checked another one"
        ),
        DkimDifference::StricterThanStandard => {
            write!(f, "{who} asks for more than the standard: ")?;
            match verdict.key.as_ref().and_then(|key| key.bits) {
                Some(bits) => write!(
                    f,
                    "the key has {bits} bits, and RFC 8301 §3.2 has receivers accept 1024 and more"
                ),
                None => f.write_str("the signature verifies"),
            }
        }
        DkimDifference::OtherBytesOrKey => write!(
            f,
            "{who} had other bytes, or another key, than those at hand: this file verifies as it is"
        ),
        DkimDifference::Unexplained => write!(f, "{NOTHING_SHOWS} what {who} had against it"),
    }
}

/// Whether it is proved what broke a signature, which other lines say.
fn is_proved(verdict: &DkimVerdict) -> bool {
    let autopsy = verdict.autopsy.as_deref();
    autopsy.is_some_and(|autopsy| autopsy.is_proof())
}

/// What is known to change messages where this one was saved: a clause.
fn rewriter(why: Why<'_>) -> &'static str {
    let operator = why.analysis.session.operator();
    let receiver = receivers::of(operator.as_deref());
    match receiver.and_then(|receiver| receiver.export.as_ref()) {
        Some(export) => export.habit,
        None => "a filter, a gateway or the program that saved the file can change it",
    }
}

/// That the body is as signed; a clause to append.
fn body_intact(verdict: &DkimVerdict) -> &'static str {
    match verdict.body.result {
        BodyResult::Match => "; the body is still the one that was signed",
        BodyResult::Differ | BodyResult::Unchecked => "",
    }
}

/// What else is wrong with a signature whose body was changed; a clause to append.
fn and_besides(f: &mut fmt::Formatter<'_>, besides: Besides, verdict: &DkimVerdict) -> fmt::Result {
    match besides {
        Besides::Nothing => Ok(()),
        Besides::KeyGone => f.write_str("; its key is no longer in DNS either"),
        Besides::Fault => write!(f, "; besides, {}", cause(verdict)),
    }
}

/// Where the key is published; words to append.
fn place(f: &mut fmt::Formatter<'_>, verdict: &DkimVerdict) -> fmt::Result {
    match &verdict.key {
        Some(key) => write!(f, " at {}", key.name),
        None => Ok(()),
    }
}

fn other_key(f: &mut fmt::Formatter<'_>, who: &str, verdict: &DkimVerdict) -> fmt::Result {
    f.write_str("the key")?;
    place(f, verdict)?;
    write!(f, " is not the one that {who} used")?;
    if verdict.cause == DkimCause::KeyTooShort {
        f.write_str(": a signature has the length of its key, and this one has another")?;
    }
    f.write_str(body_intact(verdict))?;
    let domain = verdict.domain.as_ref();
    match domain.is_some_and(|domain| is_ses_domain(domain.as_str())) {
        true => f.write_str("; Amazon SES changes the key behind an unchanged selector"),
        false => Ok(()),
    }
}
