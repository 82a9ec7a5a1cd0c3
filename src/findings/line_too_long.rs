//! A line has more than 998 octets.

use super::{Case, Explanation, Finding, Fires, Fix, Hit, Mark, Rule, Severity, applies};
use crate::message::HeaderField;
use crate::message::fragile::{self, LONGEST};

pub(super) const RULE: Rule = Rule {
    code: "line-too-long",
    severity: Severity::Warning,
    wants_message: true,
    cites: &["RFC 5322 §2.1.1", "RFC 5321 §4.5.3.1.6", "RFC 6376 §5.3"],
    explanation: Explanation {
        summary: "line of more than 998 octets",
        means: "A line of mail may have 998 octets before its CR LF. A line of this message has \
                more.",
        matters: "Servers may break such a line, often right at octet 998, or refuse the message. \
                  A break in the body or in a signed header field breaks the DKIM signature.",
        todo: "Encode the text as quoted-printable or base64, whose lines are short: HTML written \
               in one line is the usual case. Fold long header fields such as References at their \
               spaces. Do it before the message is signed.",
        example: "Content-Transfer-Encoding: quoted-printable",
    },
    applies: applies::always,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

/// The name of the body in the hit.
const BODY: &str = "";

fn fires(case: &Case<'_>) -> Vec<Hit> {
    let is_signed = |field: &HeaderField<'_>| {
        let name = String::from_utf8_lossy(field.name);
        case.signatures().any(|signature| signature.covers(&name))
    };
    // What servers on the way added is not signed, and no one else's to mend.
    let fields = case.message.header.fields.iter();
    let in_header = fields
        .filter_map(|field| Some((field, fragile::long_line_of(case.message, field)?)))
        .filter(|(field, _)| is_signed(field))
        .map(|(field, line)| (String::from_utf8_lossy(field.name).into_owned(), line));
    let in_body = case
        .analysis
        .fragile
        .long_line
        .map(|line| (BODY.to_owned(), line));
    let hit = |(name, line): (String, fragile::LongLine)| {
        RULE.hit(Mark::octet(line.line, LONGEST + 1))
            .text("field", name)
            .with("line", line.line)
            .with("octets", line.octets)
            .with("count", line.count)
    };
    in_header.chain(in_body).map(hit).collect()
}

fn say(_: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let values = &hit.values;
    let (line, octets) = (values.number("line")?, values.number("octets")?);
    let (place, fix) = match values.text("field")? {
        BODY => (
            "of the body".to_owned(),
            "encode the part as quoted-printable or base64 before it is signed".to_owned(),
        ),
        name => (
            format!("of {name}"),
            format!("fold {name} at its spaces before it is signed"),
        ),
    };
    let more = match values.number("count")? {
        1 => String::new(),
        count => format!(", and {} more lines are too long", count - 1),
    };
    let message = format!(
        "line {line} {place} has {octets} octets, {LONGEST} are allowed{more}: a server on the way \
         may break it, which breaks DKIM"
    );
    let finding = hit.says(message, format!("line {line} has {octets} octets"));
    Some(finding.with_fix(Fix::new(fix)))
}
