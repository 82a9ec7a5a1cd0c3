//! Words for DKIM verdicts, their causes and their keys.

use std::fmt::{self, Display, Formatter, Write as _};

use jiff::Timestamp;

use crate::DkimAsOfNow;
use crate::dkim::{
    BodyVerdict, DkimFault, DkimVerdict, DomainProblem, Excerpt, KeyNote, KeyRecordFault,
    KeyVerdict, NoOctets, SHORTEST_RSA, SignatureFault, TagListFault, TagProblem,
};
use crate::dns::{Name, failure_in_words};

/// Why a signature has its result; no capital letter, no full stop.
pub fn cause(verdict: &DkimVerdict) -> impl Display + '_ {
    Cause {
        fault: verdict.fault.as_ref(),
        body: &verdict.body,
        key: verdict.key.as_ref(),
    }
}

/// Why a signature has another result today; `then` is its verdict at the time of receipt. No
/// capital letter, no full stop.
pub fn as_of_now<'v>(today: &'v DkimAsOfNow, then: &'v DkimVerdict) -> impl Display + 'v {
    Cause {
        fault: today.fault.as_ref(),
        body: &then.body,
        key: then.key.as_ref(),
    }
}

/// What to know about the other records at a selector; no capital letter, no full stop.
pub fn note(note: &KeyNote) -> impl Display + '_ {
    Note(note)
}

/// Why a text at a selector cannot be used as a key; no capital letter, no full stop.
pub fn key_record(fault: &KeyRecordFault) -> impl Display + '_ {
    KeyRecord(fault)
}

/// Why a text is not a tag list; no capital letter, no full stop.
pub fn tag_list(fault: &TagListFault) -> impl Display + '_ {
    TagList(fault)
}

/// Why it is not known which octets a signature covers; no capital letter, no full stop.
pub fn no_octets(why: &NoOctets) -> String {
    match why {
        NoOctets::Signature(fault) => Signature(fault).to_string(),
        NoOctets::NoBody => "the file has only a header".into(),
    }
}

/// What prevents a signature from verifying, if its key is `key`.
pub(super) fn fault<'v>(fault: &'v DkimFault, key: Option<&'v KeyVerdict>) -> impl Display + 'v {
    Fault { fault, key }
}

struct Cause<'v> {
    fault: Option<&'v DkimFault>,
    body: &'v BodyVerdict,
    key: Option<&'v KeyVerdict>,
}

impl Display for Cause<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(fault) = self.fault {
            let key = self.key;
            return Fault { fault, key }.fmt(f);
        }
        f.write_str("it verifies: the body and the signed header fields are as they were signed")?;
        match (self.body.signed_length, self.body.canonical_length) {
            (Some(signed), Some(length)) if signed > length => write!(
                f,
                ", although l= counts {signed} octets and the body has {length}"
            ),
            _ => Ok(()),
        }
    }
}

struct Fault<'v> {
    fault: &'v DkimFault,
    key: Option<&'v KeyVerdict>,
}

impl Fault<'_> {
    /// Where the alias at the selector leads in the end.
    fn end_of_alias(&self) -> Option<&Name> {
        self.key?.cname.last()
    }
}

impl Display for Fault<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let name = self.key.map_or("", |key| key.name.as_str());
        match self.fault {
            DkimFault::Signature(fault) => Signature(fault).fmt(f),
            DkimFault::Expired { at } => {
                write!(f, "x= ended its validity on {}", DayAndTime(*at))
            }
            DkimFault::Future { at } => write!(f, "t= says it was made on {}", DayAndTime(*at)),
            DkimFault::Sha1 => {
                f.write_str("a=rsa-sha1 is no longer acceptable (RFC 8301); sign with rsa-sha256")
            }
            DkimFault::NoKeyName => f.write_str("d= and s= do not say where the key is"),
            DkimFault::NoTxtRecord => match self.end_of_alias() {
                Some(end) => write!(
                    f,
                    "the CNAME at {name} leads to {end}, which has no TXT record"
                ),
                None => write!(f, "there is no TXT record at {name}"),
            },
            DkimFault::NoSuchName => match self.end_of_alias() {
                Some(end) => write!(
                    f,
                    "the CNAME at {name} leads to {end}, which does not exist in DNS"
                ),
                None => write!(f, "{name} does not exist in DNS"),
            },
            DkimFault::NoAnswer { failure } => {
                let failure = failure_in_words(failure);
                write!(f, "DNS gave no answer about {name}: {failure}")
            }
            DkimFault::NotRecorded => write!(f, "the recorded DNS does not hold TXT {name}"),
            DkimFault::Key(fault) => KeyRecord(fault).fmt(f),
            DkimFault::BodyChanged => {
                f.write_str("the body is not the one that was signed; the signed header fields are")
            }
            DkimFault::BodyCutOff { signed, length } => write!(
                f,
                "l= says that {signed} octets of the body were signed, but it has only {length}: \
                 its end was cut off"
            ),
            DkimFault::HeaderChanged { made_by_key: true } => f.write_str(
                "a signed header field was changed, removed or added; the key made this signature",
            ),
            DkimFault::HeaderChanged { made_by_key: false } => {
                f.write_str("a signed header field was changed, or the key is another")
            }
            DkimFault::BodyAndHeaderChanged { made_by_key: true } => f.write_str(
                "a signed header field and the body were changed; the key made this signature",
            ),
            DkimFault::BodyAndHeaderChanged { made_by_key: false } => f.write_str(
                "the body is not the one that was signed, and the signature does not fit the \
                 header",
            ),
            DkimFault::KeyDoesNotFit => write!(
                f,
                "the key at {name} did not make this signature, or b= was damaged"
            ),
            DkimFault::HeadersOnly => {
                f.write_str("the signed header fields are intact; the file holds no body to check")
            }
            DkimFault::NothingToVerify => f.write_str("there is nothing to verify"),
        }
    }
}

struct Signature<'v>(&'v SignatureFault);

impl Display for Signature<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            SignatureFault::TagList(fault) => TagList(fault).fmt(f),
            SignatureFault::MissingTag { tag } => write!(f, "{tag}= is missing"),
            SignatureFault::Version { written } => write!(f, "v={written} is not v=1"),
            SignatureFault::UnknownAlgorithm { written } => {
                write!(f, "a={written} is not an algorithm of DKIM")
            }
            SignatureFault::UnknownCanonicalization { written } => {
                write!(f, "c={written} is not a canonicalization of DKIM")
            }
            SignatureFault::Empty { tag } => write!(f, "{tag}= is empty"),
            SignatureFault::NotBase64 { tag } => write!(f, "{tag}= is not base64"),
            SignatureFault::NotADomain {
                tag,
                written,
                problem,
            } => {
                write!(f, "{tag}={written} ")?;
                match problem {
                    DomainProblem::NotAHost => {
                        f.write_str("holds a character that no host name has")
                    }
                    DomainProblem::SingleLabel => f.write_str("is a single label"),
                    DomainProblem::NotAName(error) => {
                        write!(f, "is not a domain name: {error}")
                    }
                }
            }
            SignatureFault::NotANumber {
                tag,
                written,
                digits,
            } => write!(f, "{tag}={written} is not a number of 1 to {digits} digits"),
            SignatureFault::QueryMethod { written } => write!(
                f,
                "q={written} does not name dns/txt, the only way to fetch a key"
            ),
            SignatureFault::EmptyFieldName => f.write_str("h= holds an empty name"),
            SignatureFault::FromNotSigned => f.write_str("h= does not name From"),
            SignatureFault::SealSigned => {
                f.write_str("h= names ARC-Seal, which it must not (RFC 8617 section 4.1.2)")
            }
            SignatureFault::SealNamesFields => {
                f.write_str("it has h=, which an ARC-Seal must not have (RFC 8617 section 4.1.3)")
            }
            SignatureFault::NoAtSign { written } => write!(f, "i={written} has no \"@\""),
            SignatureFault::IdentityOutsideDomain { identity, domain } => write!(
                f,
                "i= names {identity}, which is not d={domain} nor below it"
            ),
            SignatureFault::EndsBeforeStart => {
                f.write_str("x= (end of validity) is not later than t= (time of signing)")
            }
        }
    }
}

struct KeyRecord<'v>(&'v KeyRecordFault);

impl Display for KeyRecord<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            KeyRecordFault::Empty => f.write_str("the TXT record at the selector is empty"),
            KeyRecordFault::NotAKey { text } => {
                let text = Shortened(text);
                write!(f, "the TXT record at the selector is no key: \"{text}\"")
            }
            KeyRecordFault::TagList(fault) => TagList(fault).fmt(f),
            KeyRecordFault::Version { written } => {
                write!(f, "v={} is not v=DKIM1", WithoutMiddle(written))
            }
            KeyRecordFault::VersionNotFirst => f.write_str("v=DKIM1 is not the first tag"),
            KeyRecordFault::NoKey => f.write_str("p= (the key) is missing"),
            KeyRecordFault::Revoked => f.write_str("p= is empty: the key was revoked"),
            KeyRecordFault::NotBase64 => f.write_str("p= is not base64"),
            KeyRecordFault::PemLines => f.write_str(
                "p= holds the lines of a PEM file (-----BEGIN PUBLIC KEY-----) beside the key; \
                 expected the base64 between them alone",
            ),
            KeyRecordFault::NotRsa => f.write_str("p= is not an RSA public key"),
            KeyRecordFault::RsaTooLong { bits, limit } => {
                write!(f, "p= is an RSA key of {bits} bits; the limit is {limit}")
            }
            KeyRecordFault::RsaEvenModulus => f.write_str("p= is an RSA key with an even modulus"),
            KeyRecordFault::RsaExponent => {
                f.write_str("p= is an RSA key with a public exponent that nobody uses")
            }
            KeyRecordFault::Ed25519Length { octets } => write!(
                f,
                "p= holds {octets} octets; an Ed25519 key has 32 (RFC 8463)"
            ),
            KeyRecordFault::UnknownType { written } => {
                let written = WithoutMiddle(written);
                write!(f, "k={written} is a type of key that DKIM does not define")
            }
            KeyRecordFault::HashNotAllowed { allowed, used } => write!(
                f,
                "the key allows only the hash h={}, the signature uses {used}",
                allowed.join(":")
            ),
            KeyRecordFault::OtherType { key, algorithm } => {
                write!(f, "the key is of type {key}, the signature is {algorithm}")
            }
            KeyRecordFault::Service { services } => {
                write!(f, "the key is for s={}, not for email", services.join(":"))
            }
            KeyRecordFault::StrictIdentity => f.write_str(
                "the key says t=s: i= must name the signing domain itself, not one below it",
            ),
            KeyRecordFault::TooShort { bits } => write!(
                f,
                "the RSA key has {bits} bits; RFC 8301 asks for {SHORTEST_RSA} at least"
            ),
        }
    }
}

struct TagList<'v>(&'v TagListFault);

impl Display for TagList<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.0.problem {
            TagProblem::Nothing => f.write_str("there is nothing between two \";\""),
            TagProblem::Repeated { tag } => write!(f, "the tag {tag}= stands there twice"),
            TagProblem::NoEqualsSign { text } => {
                write!(f, "\"{}\" has no \"=\"", Shortened(text))
            }
            TagProblem::NotAName { text } => write!(f, "\"{}\" is no tag name", Shortened(text)),
            TagProblem::ControlCharacter { tag } => {
                write!(f, "the value of {tag}= holds a control character")
            }
        }
    }
}

struct Note<'v>(&'v KeyNote);

impl Display for Note<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            KeyNote::Several { records, keys } => write!(
                f,
                "{records} TXT records stand at the selector, {keys} of them a key"
            ),
            KeyNote::NotUsable(fault) => KeyRecord(fault).fmt(f),
            KeyNote::Fits { number } => write!(f, "number {number} made this signature"),
            KeyNote::Earlier { seen } => {
                f.write_str("this is the key that was recorded ")?;
                match seen {
                    Some(at) => write!(f, "at {}", DayAndTime(*at))?,
                    None => f.write_str("at another time")?,
                }
                f.write_str("; the latest answer of DNS is another")
            }
        }
    }
}

/// An excerpt, with an ellipsis if something is left out.
struct Shortened<'v>(&'v Excerpt);

impl Display for Shortened<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.start)?;
        match self.0.is_whole {
            true => Ok(()),
            false => f.write_str("…"),
        }
    }
}

/// A value as it was written, without its middle if it is long.
struct WithoutMiddle<'v>(&'v str);

impl Display for WithoutMiddle<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        const START: usize = 40;
        const END: usize = 12;
        let count = self.0.chars().count();
        if count <= START + END {
            return f.write_str(self.0);
        }
        self.0
            .chars()
            .take(START)
            .try_for_each(|char| f.write_char(char))?;
        f.write_char('…')?;
        let mut end = self.0.chars().skip(count - END);
        end.try_for_each(|char| f.write_char(char))
    }
}

/// `2026-07-01 09:14:05 UTC`.
struct DayAndTime(Timestamp);

impl Display for DayAndTime {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.strftime("%Y-%m-%d %H:%M:%S UTC").fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;
    use crate::dkim::{DkimSignature, KeyRecord};
    use crate::message::HeaderField;

    fn signature(body: &str) -> String {
        let field = HeaderField {
            name: b"DKIM-Signature",
            body: body.as_bytes(),
            span: 0..0,
        };
        let fault = DkimSignature::parse(&field, 0, &Limits::default()).fault;
        Signature(&fault.unwrap()).to_string()
    }

    #[test]
    fn faults_of_signatures_name_what_is_written_there() {
        const GOOD: &str = "v=1; a=rsa-sha256; d=example.com; s=one; h=From; bh=YWJj; b=ZGVm";
        for (from, to, words) in [
            ("s=one; ", "", "s= is missing"),
            ("v=1", "v=1.0", "v=1.0 is not v=1"),
            ("rsa-sha256", "md5", "a=md5 is not an algorithm of DKIM"),
            ("YWJj", "", "bh= is empty"),
            ("YWJj", "%", "bh= is not base64"),
            ("example.com", "com", "d=com is a single label"),
            (
                "example.com",
                "a..b",
                "d=a..b is not a domain name: there is an empty label between two dots",
            ),
            ("v=1", "v=1; l=x", "l=x is not a number of 1 to 76 digits"),
            ("v=1", "v=1; i=joe", "i=joe has no \"@\""),
            (
                "v=1",
                "v=1; i=@example.org",
                "i= names example.org, which is not d=example.com nor below it",
            ),
            ("v=1", "v=1; v=1", "the tag v= stands there twice"),
            ("v=1", "v=1;", "there is nothing between two \";\""),
            ("v=1", "v=1; synerr", "\"synerr\" has no \"=\""),
            ("v=1", "1v=1", "\"1v\" is no tag name"),
            ("v=1", "v=\0", "the value of v= holds a control character"),
        ] {
            assert_eq!(signature(&GOOD.replacen(from, to, 1)), words, "{to}");
        }
    }

    #[test]
    fn other_texts_at_a_selector_are_shown_by_their_beginning() {
        let long = "word ".repeat(20);
        let start = "word ".repeat(12);
        for (text, words) in [
            (
                "hello",
                "the TXT record at the selector is no key: \"hello\"".into(),
            ),
            (
                long.as_str(),
                format!("the TXT record at the selector is no key: \"{start}…\""),
            ),
            ("p=", "p= is empty: the key was revoked".into()),
        ] {
            let fault = KeyRecord::parse(text.as_bytes(), &Limits::default()).unwrap_err();
            assert_eq!(key_record(&fault).to_string(), words);
        }
    }
}
