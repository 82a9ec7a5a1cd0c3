//! Our results as an Authentication-Results field (RFC 8601 §2.2), and a message with that field.
//!
//! A message is written by its sender, and a program downstream acts on this field: every value in it
//! is one that all programs read alike: a token, with `@`. Only the last one of a result may be quoted. A
//! value that cannot be written so is left out, and so is a result that nobody vouches for.

use std::io::{self, Write};

use super::failure::word;
use crate::analysis::Analysis;
use crate::arc::ArcResult;
use crate::dkim::{DkimCause, DkimResult, DkimVerdict};
use crate::dmarc::{DmarcCause, DmarcResult, Engine};
use crate::dns::Name;
use crate::limits::Limits;
use crate::message::auth_results::{self, is_token_byte};
use crate::message::{AuthenticationResults, Header, HeaderField, Property, Reading, ResInfo};
use crate::spf::{SpfCause, SpfResult};

/// The name of the field.
const FIELD: &str = "Authentication-Results";

/// How long a line is where it can be (RFC 5322 §2.1.1).
const LINE: usize = 78;

/// Octets of the longest value: a mailbox (RFC 5321 §4.5.3.1).
const LONGEST: usize = 64 + 1 + 255;

/// The results of `analysis` in the name of `authserv_id`.
///
/// - A method that could not be evaluated for want of data, such as SPF without the address of the
///   client, is left out: it was not performed. `temperror` is said where DNS gave no answer.
/// - SPF for a session that nothing vouches for is left out, and a DMARC pass that rests on it.
pub fn field(analysis: &Analysis, authserv_id: &str) -> AuthenticationResults {
    let mut results = Vec::new();
    results.extend(dmarc(analysis));
    if analysis.dkim.is_empty() {
        results.push(result("dkim", "none"));
    }
    results.extend(analysis.dkim.iter().filter_map(dkim));
    results.extend(spf(analysis));
    results.extend(arc(analysis));
    named(authserv_id, results)
}

/// The field of a message that could not be judged, in the name of `authserv_id`; `reason` is why, in
/// a word.
pub fn unjudged(authserv_id: &str, reason: &'static str) -> AuthenticationResults {
    let results = ["dmarc", "dkim", "spf"].map(|method| ResInfo {
        reason: Some(reason.into()),
        ..result(method, "temperror")
    });
    named(authserv_id, results.into())
}

fn named(authserv_id: &str, results: Vec<ResInfo>) -> AuthenticationResults {
    AuthenticationResults {
        field: FIELD.into(),
        authserv_id: Some(authserv_id.into()),
        results,
        strict: true,
        ..AuthenticationResults::default()
    }
}

fn result(method: &str, result: &str) -> ResInfo {
    ResInfo {
        method: method.into(),
        result: result.into(),
        known: true,
        ..ResInfo::default()
    }
}

impl ResInfo {
    /// The same with a property, if its value can be written without quotes.
    fn with(self, ptype: &str, property: &str, value: Option<&str>) -> Self {
        // Some programs take an apostrophe for a quotation mark.
        let is_plain = |byte| is_token_byte(byte) && byte != b'\'' || byte == b'@';
        self.with_value(ptype, property, value, is_plain)
    }

    /// The same with a property whose value, base64 or an address of IPv6, may need quotes. It must be
    /// the last, as some programs lose a quoted value that another property follows.
    fn ending_with(self, ptype: &str, property: &str, value: Option<&str>) -> Self {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=.:".contains(&byte);
        self.with_value(ptype, property, value, is_plain)
    }

    fn with_value(
        mut self,
        ptype: &str,
        property: &str,
        value: Option<&str>,
        is_plain: impl Fn(u8) -> bool,
    ) -> Self {
        let is_harmless =
            |value: &&str| (1..=LONGEST).contains(&value.len()) && value.bytes().all(&is_plain);
        let value = value.filter(is_harmless);
        self.properties.extend(value.map(|value| Property {
            ptype: ptype.into(),
            property: property.into(),
            value: value.into(),
        }));
        self
    }
}

/// RFC 9989 §9.1: the author domain, and the policy to be applied.
fn dmarc(analysis: &Analysis) -> Option<ResInfo> {
    let dmarc = &analysis.dmarc;
    let rests_on_told = dmarc.engines == [Engine::Spf] && is_told(analysis);
    let said = match dmarc.result {
        DmarcResult::Pass if rests_on_told => return None,
        DmarcResult::Inconclusive if dmarc.cause == DmarcCause::NotRecorded => "temperror",
        DmarcResult::Inconclusive => return None,
        result => result.as_str(),
    };
    let mut info = result("dmarc", said);
    let is_error = matches!(said, "temperror" | "permerror");
    info.reason = is_error.then(|| word(&dmarc.cause));
    let author = dmarc.author_domain.as_ref().map(Name::as_str);
    let policy = dmarc.policy.as_ref();
    if let Some(policy) = policy {
        let requested = format!("{}={}", policy.tag, policy.requested.as_str());
        info.comments.push(requested);
    }
    let applied = policy.map(|policy| policy.applied.as_str());
    Some(
        info.with("header", "from", author)
            .with("policy", "dmarc", applied),
    )
}

/// RFC 8601 §2.7.1, RFC 6008 §3.
fn dkim(verdict: &DkimVerdict) -> Option<ResInfo> {
    let said = match verdict.result {
        DkimResult::NotEvaluated if verdict.cause == DkimCause::NotRecorded => "temperror",
        DkimResult::NotEvaluated => return None,
        result => result.as_str(),
    };
    let mut info = result("dkim", said);
    info.reason = (said != "pass").then(|| word(&verdict.cause));
    let domain = verdict.domain.as_ref().map(Name::as_str);
    let default = domain.map(|domain| format!("@{domain}"));
    let identity = verdict.identity.as_deref();
    let identity = identity.filter(|identity| Some(*identity) != default.as_deref());
    let algorithm = verdict.algorithm.as_deref();
    let info = info
        .with("header", "d", domain)
        .with("header", "i", identity)
        .with("header", "s", verdict.selector.as_ref().map(Name::as_str))
        .with("header", "a", algorithm)
        .ending_with("header", "b", verdict.signature_prefix.as_deref());
    Some(info)
}

/// RFC 8601 §2.7.2: the identity that DMARC uses. It is the HELO name where the reverse-path is null.
fn spf(analysis: &Analysis) -> Option<ResInfo> {
    let verdict = &analysis.spf.mail_from;
    let said = match verdict.result {
        _ if is_told(analysis) => return None,
        SpfResult::NotEvaluated if verdict.cause == SpfCause::NotRecorded => "temperror",
        SpfResult::NotEvaluated => return None,
        result => result.as_str(),
    };
    let mut info = result("spf", said);
    let is_error = matches!(said, "temperror" | "permerror");
    info.reason = is_error.then(|| word(&verdict.cause));
    let mail_from = &analysis.session.mail_from;
    let property = match mail_from.as_ref().is_some_and(|from| from.value.is_empty()) {
        true => "helo",
        false => "mailfrom",
    };
    // Without the local part, as that section asks for.
    Some(info.with("smtp", property, verdict.domain.as_deref()))
}

/// RFC 8617 §6. A chain that DNS kept from being judged counts as failed (§5.2.1).
fn arc(analysis: &Analysis) -> Option<ResInfo> {
    let arc = &analysis.arc;
    let said = match arc.result {
        ArcResult::None | ArcResult::NotEvaluated => return None,
        ArcResult::Pass => "pass",
        ArcResult::Fail | ArcResult::Temperror => "fail",
    };
    let mut info = result("arc", said);
    info.reason = (said != "pass").then(|| word(&arc.cause));
    let client = analysis.session.client_ip.as_ref();
    let client = client.filter(|_| !is_told(analysis));
    let client = client.map(|ip| ip.value.to_string());
    let oldest = arc.oldest_pass.filter(|_| said == "pass");
    let oldest = oldest.map(|instance| instance.to_string());
    let info = info.with("header", "oldest-pass", oldest.as_deref());
    Some(info.ending_with("smtp", "remote-ip", client.as_deref()))
}

/// Whether nothing vouches for the session.
fn is_told(analysis: &Analysis) -> bool {
    analysis.session.on_word_of.is_some()
}

/// Writes `field` with its name, folded, each line with `line_end`.
///
/// # Errors
///
/// Only errors of `out`.
pub fn write(field: &AuthenticationResults, line_end: &str, out: &mut dyn Write) -> io::Result<()> {
    let body = folded(field, line_end);
    write!(out, "{}:{body}{line_end}", field.field)
}

/// The body of `field` on several lines with `line_end` between them: one for each result, and more
/// where one is too long. It begins with a space.
pub fn folded(field: &AuthenticationResults, line_end: &str) -> String {
    let bare = AuthenticationResults {
        results: Vec::new(),
        ..field.clone()
    };
    // Without results, it ends in `; none`.
    let id = bare.to_string();
    if field.results.is_empty() {
        return format!(" {id}");
    }
    let mut text = format!(" {}", id.trim_end_matches(" none"));
    for (at, result) in field.results.iter().enumerate() {
        let bare = ResInfo {
            properties: Vec::new(),
            ..result.clone()
        };
        let properties = result.properties.iter().map(Property::to_string);
        let mut words: Vec<String> = std::iter::once(bare.to_string())
            .chain(properties)
            .collect();
        if at + 1 < field.results.len()
            && let Some(last) = words.last_mut()
        {
            last.push(';');
        }
        let mut column = LINE;
        for word in words {
            if column + 1 + word.len() > LINE {
                text.push_str(line_end);
                column = 0;
            }
            text.push(' ');
            text.push_str(&word);
            column += 1 + word.len();
        }
    }
    text
}

/// Whether `field` claims to be written by `authserv_id`, or may be read so, and whether it has a
/// version that nobody knows (RFC 8601 §5). A receiver removes such fields before it adds its own.
pub fn is_to_be_removed(field: &HeaderField<'_>, authserv_id: &str) -> bool {
    if !field.is(FIELD) {
        return false;
    }
    let read = auth_results::parse(field, &Limits::default());
    let same = |id: &str| {
        let names = (Name::parse(id.trim()), Name::parse(authserv_id));
        id.eq_ignore_ascii_case(authserv_id) || matches!(names, (Ok(id), Ok(own)) if id == own)
    };
    let is_own = read.authserv_id.as_deref().is_some_and(same);
    let is_unknown = read.version.is_some_and(|version| version != 1);
    let is_odd = read.authserv_id.is_none() || !read.problems.is_empty();
    is_own || is_unknown || is_odd && has(field.body, authserv_id)
}

/// Whether the letters, digits and dots of `name` are in `text`, whatever is between them.
fn has(text: &[u8], name: &str) -> bool {
    let kept = |text: &[u8]| -> Vec<u8> {
        let is_kept = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'.';
        let kept = text.iter().copied().filter(is_kept);
        kept.map(|byte| byte.to_ascii_lowercase()).collect()
    };
    memchr::memmem::find(&kept(text), &kept(name.as_bytes())).is_some()
}

/// Writes the message `bytes` as it is, with `field` on top, and without the fields that claim to be
/// of the same server. A line `From ` of mbox stays the first line. Lines end as the first one does.
///
/// # Errors
///
/// Only errors of `out`.
pub fn write_stamped(
    bytes: &[u8],
    field: &AuthenticationResults,
    out: &mut dyn Write,
) -> io::Result<()> {
    let top = envelope_line(bytes).len();
    let line_end = line_end(bytes);
    out.write_all(&bytes[..top])?;
    write(field, line_end, out)?;
    // First lines that begin with white space must not go on with our field.
    let mut start = top;
    while matches!(bytes.get(start), Some(b' ' | b'\t')) {
        let end = memchr::memchr(b'\n', &bytes[start..]);
        start = end.map_or(bytes.len(), |end| start + end + 1);
    }
    if start > top {
        write!(out, "X-Without-Name:{line_end}")?;
    }
    let authserv_id = field.authserv_id.as_deref().unwrap_or_default();
    let header = Header::parse(bytes, start, usize::MAX, Reading::AsDelivered);
    let mut from = top;
    for removed in &header.fields {
        if is_to_be_removed(removed, authserv_id) {
            out.write_all(&bytes[from..removed.span.start])?;
            from = removed.span.end;
        }
    }
    out.write_all(&bytes[from..])
}

/// The line `From ` that mbox puts in front of a message, with its end; empty if there is none.
pub fn envelope_line(bytes: &[u8]) -> &[u8] {
    let end = match bytes.starts_with(b"From ") {
        true => memchr::memchr(b'\n', bytes).map_or(0, |at| at + 1),
        false => 0,
    };
    &bytes[..end]
}

/// How the first line ends.
fn line_end(bytes: &[u8]) -> &'static str {
    match memchr::memchr(b'\n', bytes) {
        Some(at) if at > 0 && bytes[at - 1] == b'\r' => "\r\n",
        Some(_) => "\n",
        None => "\r\n",
    }
}
