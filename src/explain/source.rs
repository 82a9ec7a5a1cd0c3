//! Words about saved files, and what was removed from them.

use super::means::Means;
use std::fmt;

use crate::message::{EmlxCount, Form, Source, SourceNote, Truncation};

/// What to know about a file; no capital letter, no full stop.
impl fmt::Display for SourceNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unpacked { packing } => {
                write!(f, "it is {}; what it holds was judged", packed(*packing))
            }
            Self::PackingDamaged { packing, unpacked } => write!(
                f,
                "it is {} that is damaged or cut off: only the first {unpacked} bytes could be \
                 unpacked, and the message seems truncated",
                packed(*packing)
            ),
            Self::PackingFollowed { packing, behind } => write!(
                f,
                "it is {} with {behind} {} after its end that {} not packed and {} not read",
                packed(*packing),
                if *behind == 1 { "byte" } else { "bytes" },
                if *behind == 1 { "is" } else { "are" },
                if *behind == 1 { "was" } else { "were" },
            ),
            Self::PackedText { packing } => write!(
                f,
                "it is {}, and the packed octets themselves have a line that reads as a From field: \
                 a program that does not unpack them may show another message",
                packed(*packing)
            ),
            Self::OutlookMsg => f.write_str(
                "it is an Outlook .msg file; only the header in it was judged, because Outlook \
                 keeps no body as it was received",
            ),
            Self::ByteOrderMark => {
                f.write_str("a UTF-8 byte order mark before the header was passed over")
            }
            Self::EmptyLines(1) => f.write_str("an empty line before the header was passed over"),
            Self::EmptyLines(count) => {
                write!(f, "{count} empty lines before the header were passed over")
            }
            Self::Emlx(count) => {
                f.write_str(EMLX)?;
                emlx_count(f, *count)
            }
            Self::AttachmentsLeftOut => f.write_str(
                "Apple Mail left attachments out of this file (.partial.emlx), so the body is not \
                 the one that was signed; in Mail, open the message to load them and save it with \
                 \"Save As… Raw Message Source\"",
            ),
            Self::MboxLine(line) => write!(
                f,
                "the file begins with the \"From \" line of a mail folder (mbox), which is not \
                 part of the message and was passed over: {line}"
            ),
            Self::GmailPage { .. } => {
                f.write_str(
                    "it is the page of Gmail's \"Show original\", pasted; the table above the raw \
                     message was passed over",
                )?;
                said_by_gmail(f, self)
            }
            Self::PastedText => f.write_str(
                "pasted text can lose spaces at line ends; should a signature fail here, try the \
                 file that \"Download original\" gives",
            ),
            Self::AttachedJudged { judged, carried } => {
                write!(
                    f,
                    "what was judged is the attached message {judged}, not the one that carries it"
                )?;
                match carried.count {
                    1 => Ok(()),
                    _ => write!(f, "; it carries {carried}"),
                }
            }
            Self::OthersAttached(carried) => match (&carried.first[..], carried.count) {
                ([one], 1) => write!(
                    f,
                    "it carries another message as an attachment, {one}; {} judges that one",
                    Means::Attached
                ),
                _ => write!(
                    f,
                    "it carries other messages as attachments; {} judges the Nth: {carried}",
                    Means::Attached.with("N")
                ),
            },
            Self::FieldsLeftOut { count, limit } => write!(
                f,
                "{count} header fields beyond the first {limit} were not read"
            ),
            Self::StrayLines { line, count } => {
                write!(f, "line {line}")?;
                if *count > 1 {
                    write!(f, " and {} more", count - 1)?;
                }
                f.write_str(" is no header field and was passed over")
            }
            Self::HeaderEndsAt(line) => write!(
                f,
                "line {line} is no header field, so the header ends before it, and it is the first \
                 line of the body (RFC 5322 §2.1)"
            ),
            Self::BareCr { line, count } => {
                write!(f, "line {line} of the file has a CR without an LF after it")?;
                match count - 1 {
                    0 => (),
                    1 => f.write_str(", and the header has another one")?,
                    more => write!(f, ", and the header has {more} more of them")?,
                }
                f.write_str(
                    "; here it ends no line, but some programs take what follows it for another \
                     header field",
                )
            }
            Self::NoBody => f.write_str("no empty line ends the header: there is no body to check"),
            Self::MixedLineEnds { crlf, lf } => {
                let are = if *crlf == 1 { "line ends" } else { "lines end" };
                write!(
                    f,
                    "{crlf} {are} in CR LF and {lf} in LF alone, so something rewrote the file in \
                     part; each counts as a line end"
                )
            }
            Self::QuotedFrom(count) => {
                match count {
                    1 => f.write_str("a line of the body begins")?,
                    count => write!(f, "{count} lines of the body begin")?,
                }
                f.write_str(
                    " with \">From \": mail folders put that \">\" there, and the signed body may \
                     have been without it; the body was judged as it stands in the file",
                )
            }
            Self::Truncated(why) => write!(
                f,
                "the file seems truncated: {why}; a body hash that differs may come from that"
            ),
        }
    }
}

/// What was judged, where the message was inside something else: a sentence; `None` where it was
/// the file itself.
pub fn judged(source: &Source) -> Option<&'static str> {
    let forms = source.within.iter().rev().chain([&source.form]);
    let mut judged = forms.filter_map(|form| match form {
        Form::GmailShowOriginal => Some("Judged: the raw message below a pasted page of Gmail."),
        Form::Emlx => Some("Judged: the message in a file of Apple Mail."),
        Form::OutlookMsg => Some("Judged: the header in an Outlook .msg file."),
        Form::Attached => Some("Judged: an attached message."),
        _ => None,
    });
    judged.next()
}

/// That a file seems to end before its message does, as a clause; `None` for another note.
pub fn truncation(note: &SourceNote) -> Option<String> {
    match note {
        SourceNote::Truncated(why) => Some(format!("the file seems truncated: {why}")),
        SourceNote::PackingDamaged { .. } => Some(note.to_string()),
        SourceNote::Emlx(EmlxCount::TooFewBytes) => Some(EMLX.to_owned()),
        _ => None,
    }
}

impl fmt::Display for Truncation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoParts => {
                f.write_str("its header announces parts (multipart), and no body follows")
            }
            Self::PartsNotClosed => {
                f.write_str("the boundary that would close its parts (multipart) is missing")
            }
            Self::NoSignedBody => f.write_str(
                "a signature covers a body that is not empty, and nothing follows the header",
            ),
            Self::ShorterThanSigned { signed, found } => write!(
                f,
                "a signature covers {signed} octets of body (l=), and there are {found}"
            ),
            Self::ShorterThanCounted { counted, found } => write!(
                f,
                "Content-Length counts {counted} octets of body, and there are {found}"
            ),
            Self::Base64BreaksOff => f.write_str("its base64 breaks off"),
        }
    }
}

const EMLX: &str = "it is a file of Apple Mail (.emlx): the count of bytes before the message and \
                    the property list behind it were passed over";

fn emlx_count(f: &mut fmt::Formatter<'_>, count: EmlxCount) -> fmt::Result {
    match count {
        EmlxCount::Fits => Ok(()),
        EmlxCount::DoesNotFit(taken) => write!(
            f,
            "; the count does not fit: {taken} bytes stand before the property list, and all of \
             them were taken"
        ),
        EmlxCount::NoPropertyList(left_out) => write!(
            f,
            "; no property list follows, and the {left_out} bytes behind the count were left out"
        ),
        EmlxCount::TooFewBytes => {
            f.write_str("; there are fewer bytes than it counts: the file seems truncated")
        }
    }
}

/// What the table on a pasted page says about SPF, DKIM and DMARC.
fn said_by_gmail(f: &mut fmt::Formatter<'_>, page: &SourceNote) -> fmt::Result {
    let SourceNote::GmailPage {
        spf,
        spf_ip,
        dkim,
        dkim_domain,
        dmarc,
    } = page
    else {
        return Ok(());
    };
    let mut before = "; there Gmail said: ";
    if let Some(spf) = spf {
        write!(f, "{before}SPF {spf}")?;
        if let Some(ip) = spf_ip {
            write!(f, " with IP {ip}")?;
        }
        before = ", ";
    }
    if let Some(dkim) = dkim {
        write!(f, "{before}DKIM {dkim}")?;
        if let Some(domain) = dkim_domain {
            write!(f, " with domain {domain}")?;
        }
        before = ", ";
    }
    if let Some(dmarc) = dmarc {
        write!(f, "{before}DMARC {dmarc}")?;
    }
    Ok(())
}

/// Says that the message stands alone now, without what was around it.
pub fn taken_out_of(forms: &[Form]) -> String {
    let names = forms.iter().rev().map(|form| form_name(*form));
    let names: Vec<&str> = names.collect();
    format!("it was taken out of {}", names.join(" in "))
}

/// The name of what a message can be taken out of.
fn form_name(form: Form) -> &'static str {
    match form {
        Form::Rfc5322 => "a message",
        Form::HeadersOnly => "the header of a message",
        Form::Mbox => "a mail folder (mbox)",
        Form::Emlx => "a file of Apple Mail",
        Form::GmailShowOriginal => "a page of Gmail's \"Show original\"",
        Form::OutlookMsg => "an Outlook .msg file",
        Form::Attached => "a message that it was attached to",
        Form::Gzip | Form::Zstd => packed(form),
    }
}

/// The name of a packing.
fn packed(packing: Form) -> &'static str {
    match packing {
        Form::Gzip => "a gzip file",
        Form::Zstd => "a zstd file",
        _ => "a packed file",
    }
}
