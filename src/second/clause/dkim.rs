//! Why two verifiers differ about a signature.

use jiff::Timestamp;

use super::{Case, Rule, another_form};
use crate::dkim::{BodyResult, DkimCause, DkimVerdict};
use crate::second::compare::{fits, is_in_force};
use crate::second::{Compared, Program};

pub(super) const RULES: &[Rule] = &[
    Rule::by("RFC 8601 §2.7.1", other_word),
    Rule::at_hand(|case| {
        let theirs = case.theirs.filter(|_| case.dkim.is_none())?;
        let ours = &case.analysis.dkim;
        let is_taken = ours.iter().any(|one| fits(theirs, one, ours));
        is_taken.then(|| {
            "another of its results is about that signature: it gives more results than there are \
             signatures"
                .into()
        })
    }),
    Rule::at_hand(|case| {
        let no_such = case.dkim.is_none() && case.theirs.is_some();
        no_such.then(|| "no signature that was looked at here is the one it names".into())
    }),
    Rule::at_hand(|case| {
        let other = case.theirs_is("none") || other_body(case);
        other.then(|| another_form(case)).flatten()
    }),
    Rule::by("RFC 6376 §6.1.2", |case| {
        let failed = case.theirs_is("temperror");
        failed.then(|| "DNS gave it no answer about the key".into())
    }),
    Rule::by("RFC 6376 §6.1.2", |case| {
        let dkim = case.dkim.filter(|dkim| dkim.cause == DkimCause::Dns)?;
        Some(format!(
            "DNS gave no answer here about TXT {}",
            key_name(dkim)
        ))
    }),
    Rule::at_hand(|case| {
        let dkim = case
            .dkim
            .filter(|dkim| dkim.cause == DkimCause::NotRecorded)?;
        Some(format!(
            "the recorded DNS here does not hold TXT {}",
            key_name(dkim)
        ))
    }),
    Rule::at_hand(|case| {
        let dkim = case.dkim?;
        let no_body = dkim.cause == DkimCause::HeadersOnly;
        no_body.then(|| "the file here holds no body".into())
    }),
    Rule::by("RFC 6376 §3.5", |case| {
        let dkim = case.dkim.filter(|dkim| dkim.cause == DkimCause::Expired)?;
        let counts = case.theirs_is("pass").then(|| {
            format!(
                "x= ended its validity on {}, and here it is judged as of {}",
                day(dkim.expires_at),
                as_of(case)
            )
        });
        counts.or_else(|| left_out(case, "whose x= has passed"))
    }),
    Rule::by("RFC 6376 §3.5", |case| {
        let dkim = case.dkim?;
        let expired = case.theirs?.says("expired") && dkim.expires_at.is_some();
        (expired && case.ours_is("pass")).then(|| {
            format!(
                "it judged after x= ({}); here the time is {}",
                day(dkim.expires_at),
                as_of(case)
            )
        })
    }),
    Rule::by("RFC 6376 §3.5", |case| {
        let dkim = case.dkim.filter(|dkim| dkim.cause == DkimCause::Future)?;
        let counts = case.theirs_is("pass").then(|| {
            format!(
                "t= says it was made on {}, and here it is judged as of {}",
                day(dkim.signed_at),
                as_of(case)
            )
        });
        counts.or_else(|| left_out(case, "whose t= lies in the future"))
    }),
    Rule::by("RFC 6376 §6.1.1", |case| {
        let dkim = case.dkim.filter(|dkim| !is_in_force(dkim))?;
        let in_time = !matches!(dkim.cause, DkimCause::Expired | DkimCause::Future);
        let silent = case.row.comparison == Compared::OnlyOurs && in_time;
        silent.then(|| "it gives no result for a signature that cannot be processed".into())
    }),
    Rule::by("RFC 8301 §3.1", |case| {
        let counted = case.theirs_is("pass") && case.dkim?.cause == DkimCause::Sha1;
        counted.then(|| "it counts rsa-sha1, which verifiers must not".into())
    }),
    Rule::by("RFC 8301 §3.2", |case| {
        let dkim = case
            .dkim
            .filter(|dkim| dkim.cause == DkimCause::KeyTooShort)?;
        let bits = dkim.key.as_ref()?.bits?;
        case.theirs_is("pass").then(|| {
            format!("it counts a key of {bits} bits; verifiers must not count one under 1024")
        })
    }),
    Rule::by("RFC 8301 §3.2", |case| {
        let bits = case.dkim?.key.as_ref()?.bits?;
        let refused = case.theirs?.says("weak-key") && case.ours_is("pass");
        refused.then(|| {
            format!("its limit is above the {bits} bits of this key; verifiers must take 1024")
        })
    }),
    Rule::by("RFC 6376 §6.1.2", |case| {
        let dkim = case.dkim?;
        let found = dkim.key.as_ref().is_some_and(|key| key.kind.is_some());
        let missed = case.theirs?.text.as_deref() == Some("no key");
        (found && missed)
            .then(|| format!("it found no key at {}, DNS here has one", key_name(dkim)))
    }),
    Rule::by("RFC 6376 §6.1.2", |case| {
        let dkim = case.dkim.filter(|_| case.ours_is("pass"))?;
        let records = dkim.key.as_ref()?.records;
        let tried_others = records > 1 && case.theirs.is_some() && !other_body(case);
        tried_others.then(|| {
            format!(
                "{records} records stand at {}, one of which made the signature: a verifier may \
                 try one alone",
                key_name(dkim)
            )
        })
    }),
    Rule::by("RFC 6376 §3.5", |case| {
        let dkim = case.dkim.filter(|_| other_body(case))?;
        let length = dkim.body.signed_length?;
        let octets = dkim.body.canonical_length?;
        Some(format!(
            "l= counts {length} octets and the canonical body here has {octets}: it hashed others"
        ))
    }),
    Rule::by("RFC 6376 §3.7", |case| {
        let (theirs, dkim) = (case.theirs?, case.dkim?);
        let hash = theirs.body_hash.as_deref().filter(|_| other_body(case))?;
        let ours = dkim.body.computed.as_ref()?;
        Some(format!(
            "it hashed another body: the hash is {hash} there and {ours} here"
        ))
    }),
    Rule::at_hand(|case| {
        let dkim = case.dkim.filter(|_| case.theirs_is("none"))?;
        let is_seen = is_in_force(dkim) || case.peer.program == Program::Mailauth;
        is_seen.then(|| {
            "it saw no signature at all; check that it was given the same file, and all of it"
                .into()
        })
    }),
    Rule::by("RFC 6376 §6.1.1", |case| passed_over(case, &IN_SIGNATURE)),
    Rule::by("RFC 6376 §6.1.2", |case| passed_over(case, &IN_KEY)),
];

/// Faults of a signature for which RFC 6376 §6.1.1 has it ignored.
const IN_SIGNATURE: [(DkimCause, &str); 6] = [
    (
        DkimCause::IdentityOutsideDomain,
        "it counts a signature whose i= is not within d=",
    ),
    (
        DkimCause::FromNotSigned,
        "it counts a signature that does not cover From",
    ),
    (DkimCause::MissingTag, "it counts one that lacks a tag"),
    (DkimCause::Version, "it counts one of another version"),
    (DkimCause::Syntax, "it counts one with a syntax error"),
    (
        DkimCause::UnknownAlgorithm,
        "it knows an algorithm that is not known here",
    ),
];

/// What RFC 6376 §6.1.2 has to say against a key.
const IN_KEY: [(DkimCause, &str); 10] = [
    (
        DkimCause::KeyGone,
        "it found a key, where DNS here has none",
    ),
    (
        DkimCause::KeyEmpty,
        "it found a key, where the record here is empty",
    ),
    (
        DkimCause::KeyRevoked,
        "it found a key, which the record here revokes (p= is empty)",
    ),
    (
        DkimCause::KeyNotAKey,
        "it found a key, where the record here is none",
    ),
    (
        DkimCause::KeySyntax,
        "it found a key, where the record here cannot be read",
    ),
    (
        DkimCause::KeyDoesNotFit,
        "it found the key that signed, where DNS here has another",
    ),
    (
        DkimCause::KeyType,
        "it counts a key of another type than the signature's",
    ),
    (
        DkimCause::KeyHashNotAllowed,
        "it counts a hash that h= of the key excludes",
    ),
    (
        DkimCause::KeyService,
        "it counts a key whose s= excludes email",
    ),
    (
        DkimCause::KeyStrictIdentity,
        "it counts an identity that t=s of the key excludes",
    ),
];

fn passed_over(case: &Case<'_>, faults: &[(DkimCause, &str)]) -> Option<String> {
    let cause = case.dkim?.cause;
    let fault = faults.iter().find(|(fault, _)| *fault == cause);
    fault
        .filter(|_| case.theirs_is("pass"))
        .map(|(_, text)| (*text).to_owned())
}

/// Another word for a signature that does not count.
fn other_word(case: &Case<'_>) -> Option<String> {
    if case.row.comparison != Compared::Agree {
        return None;
    }
    Some(match case.theirs_is("neutral") && case.ours_is("fail") {
        true => "one that can be processed and does not verify is fail, not neutral".into(),
        false => "neither word is a pass".into(),
    })
}

/// That rspamd gives no symbol for a signature that is out of its time.
fn left_out(case: &Case<'_>, what: &str) -> Option<String> {
    let silent = case.row.comparison == Compared::OnlyOurs;
    (silent && case.peer.program == Program::Rspamd)
        .then(|| format!("it leaves out a signature {what}"))
}

/// Whether they hashed another body than was hashed here.
fn other_body(case: &Case<'_>) -> bool {
    let (Some(theirs), Some(dkim)) = (case.theirs, case.dkim) else {
        return false;
    };
    match (&theirs.body_hash, &dkim.body.computed) {
        (Some(theirs), Some(ours)) => *theirs != ours.to_string(),
        _ => case.theirs_is("pass") && dkim.body.result == BodyResult::Differ,
    }
}

fn key_name(dkim: &DkimVerdict) -> String {
    let key = dkim.key.as_ref();
    key.map_or("the selector".into(), |key| key.name.to_string())
}

fn as_of(case: &Case<'_>) -> String {
    match &case.analysis.session.received_at {
        Some(at) => day(Some(at.value)),
        None => "now".into(),
    }
}

fn day(at: Option<Timestamp>) -> String {
    at.map_or("a date".into(), |at| {
        at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
    })
}
