//! Words for what broke a signature.

use std::fmt::{self, Display, Formatter};

use crate::dkim::{Autopsy, BodyChange, BodyDamage, HeaderChange, HeaderDamage};

/// What was changed after signing, and how that is known; no capital letter, no full stop.
pub fn proof(autopsy: &Autopsy) -> impl Display + '_ {
    Proof(autopsy)
}

/// What keeps that from happening; no capital letter, no full stop. `is_relaxed`: whether the header
/// is signed in relaxed form.
pub fn remedy(autopsy: &Autopsy, is_relaxed: bool) -> impl Display + '_ {
    Remedy {
        autopsy,
        is_relaxed,
    }
}

struct Proof<'v>(&'v Autopsy);

impl Display for Proof<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Autopsy { header, body } = self.0;
        if let Some(header) = header {
            write!(f, "{}", Header(header))?;
        }
        if header.is_some() && body.is_some() {
            f.write_str("; and ")?;
        }
        body.iter().try_for_each(|body| write!(f, "{}", Body(body)))
    }
}

struct Header<'v>(&'v HeaderDamage);

impl Display for Header<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let fields = Fields(self.0);
        let (undone, verifies) = ("undone", "the signature verifies");
        match self.0.change {
            HeaderChange::LineBroken { octets } => write!(
                f,
                "after signing, {fields} was broken at octet {octets} of a line: joined again, \
                 {verifies}"
            ),
            HeaderChange::Refolded => write!(
                f,
                "after signing, the line breaks in {fields} were moved (it was refolded): with \
                 those that were signed, {verifies}"
            ),
            HeaderChange::WhiteSpace => write!(
                f,
                "after signing, white space in {fields} was changed: with that {undone}, {verifies}"
            ),
            HeaderChange::BareCrAdded => write!(
                f,
                "after signing, carriage returns (CR without LF) were added to {fields}: without \
                 them, {verifies}"
            ),
        }
    }
}

struct Fields<'v>(&'v HeaderDamage);

impl Display for Fields<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let fields = &self.0.fields;
        for (number, field) in (1..).zip(fields) {
            f.write_str(match number {
                1 => "",
                _ if number == fields.len() => " and ",
                _ => ", ",
            })?;
            write!(f, "{} (line {})", field.name, field.line)?;
        }
        Ok(())
    }
}

struct Body<'v>(&'v BodyDamage);

impl Display for Body<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        use BodyChange::{
            BareCrAdded, BareCrSignedAsLineEnd, CrDoubled, DotAdded, DotLost, EmptyLineLost,
            EmptyLinesAdded, FromQuoted, FromUnquoted, LineBroken, LineEndAdded,
            SeparatorSpaceLost, WhiteSpaceAdded,
        };
        let BodyDamage { line, places, .. } = *self.0;
        let at = match places {
            1 => format!("line {line}"),
            _ => format!("{places} lines, the first is line {line}"),
        };
        match self.0.change {
            BareCrSignedAsLineEnd => write!(
                f,
                "the body has a bare CR, one without LF ({at}), which was signed as a line end: \
                 with CR LF there"
            ),
            CrDoubled => write!(
                f,
                "after signing, a second CR came before the line end ({at}): with CR LF there"
            ),
            BareCrAdded => write!(
                f,
                "after signing, a bare CR, one without LF, came into the body ({at}): without it"
            ),
            LineBroken { octets } => write!(
                f,
                "after signing, the body was broken at octet {octets} of a line ({at}): joined \
                 again"
            ),
            FromQuoted => write!(
                f,
                "after signing, \">\" was put before \"From \" ({at}): without it"
            ),
            FromUnquoted => write!(
                f,
                "after signing, \">\" was taken from before \"From \" ({at}): with it"
            ),
            DotAdded => write!(
                f,
                "after signing, a dot was added at the start of a line ({at}): without it"
            ),
            DotLost => write!(
                f,
                "after signing, a dot at the start of a line was lost ({at}): with it"
            ),
            WhiteSpaceAdded => f.write_str(
                "after signing, white space was added to the body, in lines or at their ends: \
                 without it",
            ),
            SeparatorSpaceLost => write!(
                f,
                "after signing, the space at the end of \"-- \" was lost ({at}): with it"
            ),
            EmptyLinesAdded => f.write_str(
                "after signing, empty lines were added at the start of the body: without them",
            ),
            EmptyLineLost => f.write_str(
                "after signing, an empty line at the start of the body was lost: with it",
            ),
            LineEndAdded => f.write_str(
                "the body was signed without a line end after its last line: without that one",
            ),
        }?;
        f.write_str(", the body hash is the signed one")
    }
}

struct Remedy<'v> {
    autopsy: &'v Autopsy,
    is_relaxed: bool,
}

impl Display for Remedy<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Autopsy { header, body } = self.autopsy;
        let header = header.as_ref().map(|header| self.header(header.change));
        let body = body.as_ref().map(|body| self::body(body.change));
        match (header, body) {
            (Some(header), Some(body)) => write!(f, "{header}; {body}"),
            (one, other) => f.write_str(one.or(other).unwrap_or_default()),
        }
    }
}

impl Remedy<'_> {
    fn header(&self, change: HeaderChange) -> &'static str {
        match (change, self.is_relaxed) {
            (HeaderChange::LineBroken { .. }, _) => {
                "fold long fields at their spaces before signing: no line may be longer than 998 \
                 octets (RFC 5322 §2.1.1), and servers break those that are"
            }
            (HeaderChange::BareCrAdded, _) => {
                "look for the program behind the signer that adds a CR, and end every line in CR LF \
                 before signing"
            }
            (_, false) => {
                "sign with c=relaxed/relaxed: c=simple allows no change of white space or line \
                 breaks in the header, and servers on the way fold fields anew"
            }
            (_, true) => {
                "put a space wherever a line may be folded (after commas, and between tags) before \
                 signing: c=relaxed allows white space to change, not to appear or vanish"
            }
        }
    }
}

fn body(change: BodyChange) -> &'static str {
    use BodyChange::{
        BareCrAdded, BareCrSignedAsLineEnd, CrDoubled, DotAdded, DotLost, EmptyLineLost,
        EmptyLinesAdded, FromQuoted, FromUnquoted, LineBroken, LineEndAdded, SeparatorSpaceLost,
        WhiteSpaceAdded,
    };
    match change {
        BareCrSignedAsLineEnd => {
            "end every line in CR LF before signing, and send what was signed: a CR alone is no line \
             end (RFC 5322 §2.3)"
        }
        CrDoubled | BareCrAdded => {
            "look for the program behind the signer, or that saved the file, which writes a CR too \
             many"
        }
        LineBroken { .. } => {
            "send the part as quoted-printable or base64: no line may be longer than 998 octets \
             (RFC 5322 §2.1.1), and servers break those that are"
        }
        FromQuoted | FromUnquoted => {
            "mail folders (mbox) change lines that begin with \"From \": look at a copy that was not \
             kept in one; quoted-printable that writes =46rom is safe"
        }
        DotAdded | DotLost => {
            "mend the program behind the signer that hands mail over by SMTP: it has to add a dot \
             to lines that begin with one, and the receiver takes it away (RFC 5321 §4.5.2)"
        }
        WhiteSpaceAdded | SeparatorSpaceLost => {
            "sign the body in relaxed form too (c=relaxed/relaxed), or send it as quoted-printable: \
             servers and programs trim and pad lines"
        }
        EmptyLinesAdded | EmptyLineLost => {
            "look for the program behind the signer, or that saved the file, which changes empty \
             lines at the start of the body"
        }
        LineEndAdded => {
            "end the body in CR LF before signing: both canonical forms have it (RFC 6376 §3.4.3)"
        }
    }
}
