//! DKIM-Signature fields: the value of each tag, and the first fault (RFC 6376 §3.5).

use std::ops::Range;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use jiff::Timestamp;

use super::canonical::Canonicalization;
use super::tags::{self, Tag};
use super::{Algorithm, DkimCause, DomainProblem, SignatureFault};
use crate::Limits;
use crate::dns::{Name, Question};
use crate::message::HeaderField;

/// Base64 as signers write it: with or without padding.
pub(super) const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// The kinds of fields that are read as signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// DKIM-Signature.
    Dkim,
    /// ARC-Message-Signature: without `v=`, and `i=` is the instance (RFC 8617 §4.1.2).
    ArcMessage,
    /// ARC-Seal: no body hash, a fixed list of fields, relaxed canonicalization (RFC 8617 §4.1.3).
    ArcSeal,
}

impl Form {
    fn required(self) -> &'static [&'static str] {
        match self {
            Self::Dkim | Self::ArcMessage => &["a", "b", "bh", "d", "h", "s"],
            Self::ArcSeal => &["a", "b", "d", "s"],
        }
    }
}

/// One DKIM-Signature field. Fields that could not be read are `None` or empty; see `fault`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DkimSignature {
    /// The index of the field in the header, from 0.
    pub field: usize,
    /// `a=`; `None` if it is unknown.
    pub algorithm: Option<Algorithm>,
    /// `a=` as written.
    pub algorithm_text: Option<String>,
    /// `b=` decoded.
    pub signature: Vec<u8>,
    /// The first eight characters of `b=`, which receivers use to identify a signature (RFC 6008
    /// §3).
    pub signature_prefix: Option<String>,
    /// The position of the value of `b=` in the field body, including white space.
    pub signature_span: Range<usize>,
    /// `bh=` decoded.
    pub body_hash: Vec<u8>,
    /// `c=`: for the header and for the body.
    pub canonicalization: Option<(Canonicalization, Canonicalization)>,
    /// `c=` as written; `simple/simple` if it is missing.
    pub canonicalization_text: String,
    /// Whether there is a `c=`.
    pub names_canonicalization: bool,
    /// `d=` in A-labels: the signing domain.
    pub domain: Option<Name>,
    /// `h=`: the names of the signed fields, as written.
    pub signed_fields: Arc<[String]>,
    /// `i=` as written, or its default: `@` and the signing domain.
    pub identity: Option<String>,
    /// The domain of `i=` in A-labels.
    pub identity_domain: Option<Name>,
    /// `l=`: octets of the canonical body that are signed.
    pub length: Option<u64>,
    /// `s=` in A-labels.
    pub selector: Option<Name>,
    key_name: Option<Name>,
    /// `t=`: when it was signed.
    pub timestamp: Option<Timestamp>,
    /// `x=`: when it expires.
    pub expiration: Option<Timestamp>,
    /// The first fault of the field itself, in the order of RFC 6376 §6.1.1.
    pub fault: Option<SignatureFault>,
}

/// The most octets of a tag's value that are kept: no name, number or list of words is longer.
const LONGEST: usize = 4_096;

/// The most octets of `b=`, `bh=` and `i=` that are read: a signature by a key of 16,384 bits has
/// 2,732 and its folding.
const LONGEST_SIGNATURE: usize = 16_384;

impl DkimSignature {
    /// Reads a DKIM-Signature field. `index` is its position in the header, from 0.
    ///
    /// A malformed field is not an error; `fault` says what is wrong with it.
    pub fn parse(field: &HeaderField<'_>, index: usize, limits: &Limits) -> Self {
        match tags::parse(field.body) {
            Ok(tags) => Self::from_tags(&tags, index, Form::Dkim, limits),
            Err(fault) => Self {
                fault: Some(SignatureFault::TagList(fault)),
                ..Self::empty(index)
            },
        }
    }

    /// Like [`DkimSignature::parse`], for a field of the given form whose tags were already read.
    pub(crate) fn from_tags(tags: &[Tag<'_>], index: usize, form: Form, limits: &Limits) -> Self {
        let mut signature = Self::empty(index);
        signature.read(tags, form, limits);
        signature
    }

    fn empty(index: usize) -> Self {
        Self {
            field: index,
            canonicalization_text: "simple/simple".into(),
            ..Self::default()
        }
    }

    /// The DNS name of the public key (§3.6.2.1); `None` if `d=` or `s=` is missing or invalid.
    pub fn key_name(&self) -> Option<Name> {
        self.key_name.clone()
    }

    /// The DNS question for the public key.
    pub fn question(&self) -> Option<Question> {
        self.key_name().map(Question::txt)
    }

    fn read(&mut self, tags: &[Tag<'_>], form: Form, limits: &Limits) {
        let tag = |name: &str| tags.iter().find(|tag| tag.name == name);
        let value = |name: &str| tag(name).map(|tag| tag.value);
        let mut faults = Faults::default();

        match value("v") {
            _ if form != Form::Dkim => (),
            None => faults.add(SignatureFault::MissingTag { tag: "v" }),
            Some(b"1") => (),
            Some(other) => faults.add(SignatureFault::Version {
                written: text(other),
            }),
        }
        for tag in form.required() {
            if value(tag).is_none() {
                faults.add(SignatureFault::MissingTag { tag });
            }
        }
        if let Some(a) = value("a") {
            let written = text(a);
            self.algorithm = Algorithm::parse(&written);
            self.algorithm_text = Some(written);
            if self.algorithm.is_none() {
                let written = text(a);
                faults.add(SignatureFault::UnknownAlgorithm { written });
            }
        }
        if let Some(b) = tag("b") {
            self.signature_span = b.span.clone();
            let compact = tags::without_space(start(b.value));
            let prefix = &compact[..compact.len().min(8)];
            self.signature_prefix = Some(String::from_utf8_lossy(prefix).into_owned());
            self.signature = faults.base64("b", &compact);
        }
        self.domain = value("d").and_then(|d| faults.domain("d", d, 2));
        self.selector = value("s").and_then(|s| faults.domain("s", s, 1));
        self.key_name = self.selector.as_ref().and_then(|selector| {
            let prefix = format!("{selector}._domainkey");
            self.domain.as_ref()?.under(&prefix).ok()
        });
        match form {
            Form::Dkim | Form::ArcMessage => self.read_coverage(&value, form, limits, &mut faults),
            Form::ArcSeal => self.read_sealing(value("h"), &mut faults),
        }
        match form {
            Form::Dkim => self.read_identity(value("i"), &mut faults),
            Form::ArcMessage | Form::ArcSeal => self.identity_domain.clone_from(&self.domain),
        }
        let x = value("x").filter(|_| form != Form::ArcSeal);
        self.read_times(value("t"), x, &mut faults);
        self.fault = faults.0;
    }

    /// Reads what the signature covers: the body and the fields that it names.
    fn read_coverage<'t>(
        &mut self,
        value: &dyn Fn(&str) -> Option<&'t [u8]>,
        form: Form,
        limits: &Limits,
        faults: &mut Faults,
    ) {
        if let Some(bh) = value("bh") {
            self.body_hash = faults.base64("bh", &tags::without_space(start(bh)));
        }
        self.names_canonicalization = value("c").is_some();
        self.canonicalization = match value("c") {
            None => Some((Canonicalization::Simple, Canonicalization::Simple)),
            Some(c) => {
                self.canonicalization_text = text(c);
                let parsed = canonicalization(&self.canonicalization_text);
                if parsed.is_none() {
                    let written = text(c);
                    faults.add(SignatureFault::UnknownCanonicalization { written });
                }
                parsed
            }
        };
        if let Some(h) = value("h") {
            self.signed_fields = tags::colon_separated(h)
                .take(limits.signed_fields)
                .collect();
            self.check_names(form, faults);
        }
        self.length = value("l").and_then(|l| faults.number("l", l, 76));
        if let Some(q) = value("q") {
            let mut methods = tags::colon_separated(q);
            if !methods.any(|method| method.eq_ignore_ascii_case("dns/txt")) {
                faults.add(SignatureFault::QueryMethod { written: text(q) });
            }
        }
    }

    fn check_names(&self, form: Form, faults: &mut Faults) {
        let named = |wanted: &str| {
            let mut names = self.signed_fields.iter();
            names.any(|name| name.eq_ignore_ascii_case(wanted))
        };
        // RFC 8617 §4.1.2 excludes all ARC fields from h=, but its test suite only the seal. The
        // suite also accepts h= without From, and with empty names.
        if form == Form::ArcMessage {
            if named("arc-seal") {
                faults.add(SignatureFault::SealSigned);
            }
            return;
        }
        if named("") {
            faults.add(SignatureFault::EmptyFieldName);
        }
        if !named("from") {
            faults.add(SignatureFault::FromNotSigned);
        }
    }

    fn read_sealing(&mut self, h: Option<&[u8]>, faults: &mut Faults) {
        self.canonicalization = Some((Canonicalization::Relaxed, Canonicalization::Relaxed));
        if h.is_some() {
            faults.add(SignatureFault::SealNamesFields);
        }
    }

    fn read_identity(&mut self, i: Option<&[u8]>, faults: &mut Faults) {
        let Some(i) = i else {
            self.identity = self.domain.as_ref().map(|domain| format!("@{domain}"));
            self.identity_domain = self.domain.clone();
            return;
        };
        let decoded = quoted_printable(i);
        match decoded.rsplit_once('@') {
            None => faults.add(SignatureFault::NoAtSign {
                written: decoded.clone(),
            }),
            Some((_, domain)) => {
                self.identity_domain = faults.domain("i", domain.as_bytes(), 1);
            }
        }
        self.identity = Some(decoded);
        if let (Some(identity), Some(domain)) = (&self.identity_domain, &self.domain)
            && !identity.is_within(domain)
        {
            faults.add(SignatureFault::IdentityOutsideDomain {
                identity: identity.clone(),
                domain: domain.clone(),
            });
        }
    }

    fn read_times(&mut self, t: Option<&[u8]>, x: Option<&[u8]>, faults: &mut Faults) {
        let mut time = |name, value: Option<&[u8]>| {
            let seconds = faults.number(name, value?, 12)?;
            let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
            Some(Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX))
        };
        self.timestamp = time("t", t);
        self.expiration = time("x", x);
        if let (Some(signed), Some(expires)) = (self.timestamp, self.expiration)
            && expires <= signed
        {
            faults.add(SignatureFault::EndsBeforeStart);
        }
    }
}

/// The fault that a verifier would find first.
#[derive(Default)]
struct Faults(Option<SignatureFault>);

impl Faults {
    /// Keeps `fault` if it comes before the fault so far.
    fn add(&mut self, fault: SignatureFault) {
        let kept = self.0.as_ref();
        if kept.is_none_or(|kept| place(&fault) < place(kept)) {
            self.0 = Some(fault);
        }
    }

    fn base64(&mut self, tag: &'static str, value: &[u8]) -> Vec<u8> {
        match BASE64.decode(value) {
            Ok(bytes) if !bytes.is_empty() => return bytes,
            Ok(_) => self.add(SignatureFault::Empty { tag }),
            Err(_) => self.add(SignatureFault::NotBase64 { tag }),
        }
        Vec::new()
    }

    fn domain(&mut self, tag: &'static str, value: &[u8], labels: usize) -> Option<Name> {
        let written = text(value);
        let problem = match Name::parse(&written) {
            Ok(parsed) if !is_host(&parsed) => DomainProblem::NotAHost,
            Ok(parsed) if parsed.labels().count() < labels => DomainProblem::SingleLabel,
            Ok(parsed) => return Some(parsed),
            Err(error) => DomainProblem::NotAName(error),
        };
        self.add(SignatureFault::NotADomain {
            tag,
            written,
            problem,
        });
        None
    }

    fn number(&mut self, tag: &'static str, value: &[u8], digits: usize) -> Option<u64> {
        let is_number = (1..=digits).contains(&value.len()) && value.iter().all(u8::is_ascii_digit);
        if !is_number {
            self.add(SignatureFault::NotANumber {
                tag,
                written: text(value),
                digits,
            });
            return None;
        }
        let digits = String::from_utf8_lossy(value);
        Some(digits.parse().unwrap_or(u64::MAX))
    }
}

/// The order of RFC 6376 §6.1.1: syntax, version, missing tags, unknown values, `i=`, `h=`.
fn place(fault: &SignatureFault) -> u8 {
    match fault.cause() {
        DkimCause::Syntax => 0,
        DkimCause::Version => 1,
        DkimCause::MissingTag => 2,
        DkimCause::UnknownAlgorithm => 3,
        DkimCause::UnknownCanonicalization => 4,
        DkimCause::IdentityOutsideDomain => 5,
        _ => 6,
    }
}

/// A value as text without white space, as much of it as is of use.
fn text(value: &[u8]) -> String {
    let Some(start) = value.get(..LONGEST) else {
        return String::from_utf8_lossy(&tags::without_space(value)).into_owned();
    };
    let mut text = String::from_utf8_lossy(&tags::without_space(start)).into_owned();
    text.push('…');
    text
}

/// The first octets of a value, as many as any signature has.
fn start(value: &[u8]) -> &[u8] {
    value.get(..LONGEST_SIGNATURE).unwrap_or(value)
}

/// Whether the name has only letters, digits, hyphens, and the underscores that some signers use.
fn is_host(name: &Name) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    name.as_str().bytes().all(allowed)
}

fn canonicalization(text: &str) -> Option<(Canonicalization, Canonicalization)> {
    let one = |text: &str| match text.to_ascii_lowercase().as_str() {
        "simple" => Some(Canonicalization::Simple),
        "relaxed" => Some(Canonicalization::Relaxed),
        _ => None,
    };
    match text.split_once('/') {
        Some((header, body)) => Some((one(header)?, one(body)?)),
        None => Some((one(text)?, Canonicalization::Simple)),
    }
}

/// Decodes DKIM-Quoted-Printable (§2.11): `=` and two hexadecimal digits are an octet; white space
/// is ignored.
fn quoted_printable(value: &[u8]) -> String {
    let compact = tags::without_space(start(value));
    let mut decoded = Vec::with_capacity(compact.len());
    let mut rest = &compact[..];
    while let Some((byte, tail)) = rest.split_first() {
        rest = tail;
        let hex = |at: usize| tail.get(at).and_then(|byte| char::from(*byte).to_digit(16));
        match (byte, hex(0), hex(1)) {
            (b'=', Some(high), Some(low)) => {
                decoded.push((high * 16 + low) as u8);
                rest = &tail[2..];
            }
            _ => decoded.push(*byte),
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "v=1; a=rsa-sha256; c=relaxed/simple; d=example.com; s=one; h=From:To; \
                        bh=YWJj; b=ZGVmZ2hpamts";

    fn parse(body: &str) -> DkimSignature {
        let field = HeaderField {
            name: b"DKIM-Signature",
            body: body.as_bytes(),
            span: 0..0,
        };
        DkimSignature::parse(&field, 0, &Limits::default())
    }

    fn cause(body: &str) -> Option<DkimCause> {
        parse(body).fault.map(|fault| fault.cause())
    }

    #[test]
    fn a_good_signature_has_no_fault() {
        let signature = parse(GOOD);
        assert_eq!(signature.fault, None);
        assert_eq!(signature.identity.as_deref(), Some("@example.com"));
        assert_eq!(signature.signature_prefix.as_deref(), Some("ZGVmZ2hp"));
        let name = signature.key_name().unwrap();
        assert_eq!(name.as_str(), "one._domainkey.example.com");
    }

    #[test]
    fn each_missing_tag_is_named() {
        for name in ["v", "a", "b", "bh", "d", "h", "s"] {
            let without: Vec<_> = GOOD
                .split("; ")
                .filter(|tag| !tag.starts_with(&format!("{name}=")))
                .collect();
            let fault = parse(&without.join("; ")).fault;
            assert_eq!(fault, Some(SignatureFault::MissingTag { tag: name }));
        }
    }

    #[test]
    fn faults_of_single_tags_have_their_cause() {
        for (from, to, expected) in [
            ("v=1", "v=1.0", DkimCause::Version),
            ("rsa-sha256", "rsa-md5", DkimCause::UnknownAlgorithm),
            (
                "relaxed/simple",
                "future",
                DkimCause::UnknownCanonicalization,
            ),
            ("h=From:To", "h=To", DkimCause::FromNotSigned),
            ("h=From:To", "h=From::To", DkimCause::Syntax),
            ("d=example.com", "d=com", DkimCause::Syntax),
            ("d=example.com", "d=exa mple..com", DkimCause::Syntax),
            ("bh=YWJj", "bh=", DkimCause::Syntax),
            ("bh=YWJj", "bh=%%%", DkimCause::Syntax),
            ("s=one", "s=one; l=x", DkimCause::Syntax),
            ("s=one", "s=one; t=5; x=5", DkimCause::Syntax),
            ("s=one", "s=one; q=http", DkimCause::Syntax),
            ("s=one", "s=one; i=joe", DkimCause::Syntax),
            (
                "s=one",
                "s=one; i=@example.org",
                DkimCause::IdentityOutsideDomain,
            ),
            (
                "s=one",
                "s=one; i=@badexample.com",
                DkimCause::IdentityOutsideDomain,
            ),
        ] {
            assert_eq!(cause(&GOOD.replace(from, to)), Some(expected), "{to}");
        }
    }

    #[test]
    fn the_fault_that_a_verifier_meets_first_counts() {
        let both = GOOD.replace("v=1", "v=2").replace("h=From:To", "h=To");
        assert_eq!(cause(&both), Some(DkimCause::Version));
    }

    #[test]
    fn identities_may_be_quoted_printable_and_below_the_domain() {
        let signature = parse(&format!("{GOOD}; i=jo=3De@news.example.com"));
        assert_eq!(signature.fault, None);
        assert_eq!(signature.identity.as_deref(), Some("jo=e@news.example.com"));
    }

    #[test]
    fn u_labels_become_a_labels() {
        let signature = parse(&GOOD.replace("example.com", "bücher.example"));
        assert_eq!(signature.domain.unwrap().as_str(), "xn--bcher-kva.example");
    }

    #[test]
    fn numbers_hold_no_white_space() {
        assert_eq!(cause(&format!("{GOOD}; t= 12345 ")), None);
        let inside = format!("{GOOD}; t=12 345");
        assert_eq!(cause(&inside), Some(DkimCause::Syntax));
    }

    fn arc(form: Form, body: &str) -> DkimSignature {
        let tags = tags::parse(body.as_bytes()).unwrap();
        DkimSignature::from_tags(&tags, 0, form, &Limits::default())
    }

    #[test]
    fn an_arc_message_signature_has_a_number_for_an_identity_and_no_version() {
        let body = GOOD.replace("v=1", "i=3; v=9");
        let signature = arc(Form::ArcMessage, &body);
        assert_eq!((signature.fault, signature.identity), (None, None));
        assert_eq!(signature.identity_domain, signature.domain);
        for (h, sound) in [("To", true), ("", true), ("From:ARC-Seal", false)] {
            let body = body.replace("From:To", h);
            let fault = arc(Form::ArcMessage, &body).fault;
            assert_eq!(fault.is_none(), sound, "{h}: {fault:?}");
        }
    }

    #[test]
    fn an_arc_seal_names_neither_fields_nor_body() {
        let body = "i=1; a=rsa-sha256; d=example.com; s=one; cv=none; b=YWJj; x=no; c=no";
        assert_eq!(arc(Form::ArcSeal, body).fault, None);
        let fault = arc(Form::ArcSeal, &format!("{body}; h=From")).fault;
        assert_eq!(fault, Some(SignatureFault::SealNamesFields));
    }
}
