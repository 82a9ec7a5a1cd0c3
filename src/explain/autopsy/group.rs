//! Words for the changes of one kind.

use std::fmt::{self, Display, Formatter};

use crate::dkim::{Kind, Modification};

/// Changes of one kind, with the field that says an encoding where the text has another one.
pub(super) fn groups<'v>(all: &[&'v Modification]) -> Vec<Group<'v>> {
    let find = |kind| all.iter().copied().find(|change| change.kind == kind);
    let label = find(Kind::Reencoded).and_then(|_| find(Kind::TransferEncodingField));
    let label = label.filter(|label| label.now.is_some() && label.before.is_some());
    let mut groups: Vec<Group<'v>> = Vec::new();
    for change in all {
        if label.is_some_and(|label| std::ptr::eq(label, *change)) {
            continue;
        }
        match groups
            .iter_mut()
            .find(|group| group.all[0].kind == change.kind)
        {
            Some(group) => group.all.push(change),
            None => groups.push(Group {
                all: vec![change],
                label: label.filter(|_| change.kind == Kind::Reencoded),
            }),
        }
    }
    groups
}

/// Changes of one kind.
pub(super) struct Group<'v> {
    all: Vec<&'v Modification>,
    /// The field that says the encoding.
    label: Option<&'v Modification>,
}

impl Display for Group<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let change = self.all[0];
        match change.field {
            Some(_) => self.header(f, change),
            None => self.body(f, change),
        }
    }
}

impl Group<'_> {
    fn header(&self, f: &mut Formatter<'_>, change: &Modification) -> fmt::Result {
        let fields = Fields(&self.all);
        let values = Values(&self.all);
        let was = if self.all.len() == 1 { "was" } else { "were" };
        let has_values = |change: &Modification| change.now.is_some() && change.before.is_some();
        let is_shown = self.all.len() == 1 && has_values(change);
        match change.kind {
            Kind::SubjectTag | Kind::SubjectPrefix | Kind::FromRewritten if is_shown => {
                write!(f, "{fields}{values}")
            }
            Kind::SubjectTag => write!(f, "a tag was put into {fields}{values}"),
            Kind::SubjectPrefix => write!(f, "the start of {fields} {was} changed{values}"),
            Kind::EncodedWords => {
                write!(f, "encoded words in {fields} were written in another way")
            }
            Kind::Refolded => match self.all.len() {
                1 => write!(
                    f,
                    "the line breaks in {fields} were moved (it was refolded)"
                ),
                _ => write!(
                    f,
                    "the line breaks in {fields} were moved (they were refolded)"
                ),
            },
            Kind::FieldLineBroken => write!(
                f,
                "{fields} {was} broken at octet {} of a line",
                change.octets.unwrap_or_default()
            ),
            Kind::FieldWhiteSpace => write!(f, "white space in {fields} {was} changed"),
            Kind::FieldCrAdded => {
                write!(f, "carriage returns (CR without LF) were added to {fields}")
            }
            Kind::FieldNameCase => write!(f, "the name of {fields} was written in other letters"),
            Kind::FromRewritten => write!(f, "{fields} {was} replaced{values}"),
            Kind::DisplayName => {
                write!(
                    f,
                    "a display name in {fields} was written in another way{values}"
                )
            }
            Kind::AddressesReordered => {
                write!(
                    f,
                    "the addresses in {fields} were put into another order{values}"
                )
            }
            Kind::AddressRemoved => write!(f, "an address was taken out of {fields}{values}"),
            Kind::AddressAdded => write!(f, "an address was put into {fields}{values}"),
            Kind::OtherCanonicalization => f.write_str(
                "the signer made the signature over the other canonical form of the header than c= \
                 says",
            ),
            Kind::FieldAdded => write!(f, "{fields} {was} added"),
            Kind::FieldRemoved => write!(f, "{fields} {was} removed{values}"),
            Kind::FieldDoubled => write!(
                f,
                "another {fields} was put where verifiers read it{values}"
            ),
            Kind::ContentTypeChanged | Kind::TransferEncodingField | Kind::FieldReplaced => {
                write!(f, "{fields} {was} changed{values}")
            }
            kind => write!(f, "{fields} {was} changed ({kind:?})"),
        }
    }

    fn body(&self, f: &mut Formatter<'_>, change: &Modification) -> fmt::Result {
        let at = At(&self.all);
        let text = Now(change);
        match change.kind {
            Kind::Footer => write!(f, "text was appended ({at}{text})"),
            Kind::Banner => write!(f, "text was put in front ({at}{text})"),
            Kind::FooterInPart => write!(f, "text was appended to its parts ({at}{text})"),
            Kind::BannerInPart => write!(f, "text was put in front of its parts ({at}{text})"),
            Kind::Wrapped => write!(
                f,
                "the message was wrapped into a multipart, with a footer part ({at}{text}), as lists do \
                 for all but plain text"
            ),
            Kind::PartAdded => write!(f, "a MIME part was added ({at}{text})"),
            Kind::Preamble => {
                write!(
                    f,
                    "the text before the first MIME boundary was changed ({at})"
                )
            }
            Kind::ClosingBoundaryLost => {
                f.write_str("the closing MIME boundary at the end was lost")
            }
            Kind::Reencoded => match self.label.unwrap_or(change) {
                Modification {
                    now: Some(now),
                    before: Some(before),
                    ..
                } => {
                    let (before, now) = (one_line(before), one_line(now));
                    write!(f, "the text was converted from {before} to {now} (")?;
                    match (self.label.and_then(|label| label.line), &self.all[..]) {
                        (
                            Some(field),
                            [
                                Modification {
                                    places: 1,
                                    part: None,
                                    line: Some(line),
                                    ..
                                },
                            ],
                        ) => write!(f, "lines {field} and {line})"),
                        _ => write!(f, "{at})"),
                    }
                }
                _ => write!(f, "the transfer encoding of the text was changed ({at})"),
            },
            Kind::EncodingRewrapped => {
                write!(f, "encoded text was broken into other lines ({at})")
            }
            Kind::Recoded => match (&change.before, &change.now) {
                (Some(before), Some(now)) => write!(
                    f,
                    "the text was converted from the character set {} to {} ({at})",
                    one_line(before),
                    one_line(now)
                ),
                _ => write!(f, "the text was converted to another character set ({at})"),
            },
            Kind::PartHeaders => {
                write!(
                    f,
                    "header fields of MIME parts were folded or quoted anew ({at})"
                )
            }
            Kind::LinksRewritten => {
                write!(f, "links were replaced by those of a filter ({at}{text})")
            }
            Kind::Entities => write!(f, "characters were replaced by HTML entities ({at})"),
            Kind::Redacted => write!(f, "an address was replaced by a placeholder ({at}{text})"),
            Kind::ByteOrderMarkAdded => f.write_str("a byte order mark was put in front"),
            Kind::ByteOrderMarkLost => f.write_str("the byte order mark in front was lost"),
            Kind::FromQuoted => write!(f, "\">\" was put before \"From \" ({at})"),
            Kind::FromUnquoted => write!(f, "\">\" was taken from before \"From \" ({at})"),
            Kind::DotAdded => write!(f, "a dot was added at the start of a line ({at})"),
            Kind::DotLost => write!(f, "a dot at the start of a line was lost ({at})"),
            Kind::BareCrSignedAsLineEnd => write!(
                f,
                "the body has a bare CR, one without LF ({at}), which was signed as a line end"
            ),
            Kind::CrDoubled => write!(f, "a second CR came before the line end ({at})"),
            Kind::BareCrAdded => {
                write!(f, "a bare CR, one without LF, came into the body ({at})")
            }
            Kind::LinesBroken => match change.octets {
                Some(octets) => {
                    write!(f, "the body was broken at octet {octets} of a line ({at})")
                }
                None => write!(f, "lines of the body were broken ({at})"),
            },
            Kind::LinesJoined => write!(f, "lines of the body were joined ({at})"),
            Kind::TrailingSpaceAdded => write!(f, "white space was added at line ends ({at})"),
            Kind::TrailingSpaceLost => write!(f, "white space at line ends was lost ({at})"),
            Kind::WhiteSpace => write!(f, "white space in the body was changed ({at})"),
            Kind::TabsExpanded => write!(f, "tabs became spaces ({at})"),
            Kind::SeparatorSpaceLost => {
                write!(f, "the space at the end of \"-- \" was lost ({at})")
            }
            Kind::EmptyLinesAdded => write!(f, "empty lines were added ({at})"),
            Kind::EmptyLinesLost => write!(f, "empty lines were lost ({at})"),
            Kind::LastLineEnd => {
                f.write_str("the body was signed without a line end after its last line")
            }
            Kind::OtherCanonicalization => f.write_str(
                "the signer computed the body hash by the other canonicalization than c= says",
            ),
            kind => write!(f, "the body was changed ({kind:?}, {at})"),
        }
    }
}

/// `To (line 4) and Cc (line 5)`.
struct Fields<'v>(&'v [&'v Modification]);

impl Display for Fields<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let fields = self.0;
        for (number, change) in (1..).zip(fields) {
            f.write_str(match number {
                1 => "",
                _ if number == fields.len() => " and ",
                _ => ", ",
            })?;
            f.write_str(change.field.as_deref().unwrap_or("the header"))?;
            if let Some(line) = change.line {
                write!(f, " (line {line})")?;
            }
        }
        Ok(())
    }
}

/// ` was "Re: hello", is "[list] Re: hello"`, or `, which was "8bit"` of what is gone; for one field.
struct Values<'v>(&'v [&'v Modification]);

impl Display for Values<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let [change] = self.0 else {
            return Ok(());
        };
        let is_named = matches!(
            change.kind,
            Kind::SubjectTag | Kind::SubjectPrefix | Kind::FromRewritten
        );
        match (&change.before, &change.now) {
            (Some(before), Some(now)) if one_line(before) != one_line(now) => {
                let (before, now) = differing(&one_line(before), &one_line(now));
                let colon = if is_named { "" } else { ":" };
                write!(f, "{colon} was \"{before}\", is \"{now}\"")
            }
            (Some(before), None) => write!(f, ": it was \"{}\"", shortened(before)),
            _ => Ok(()),
        }
    }
}

/// `line 90`, `text/html, line 90`, `3 lines, the first is line 90`.
struct At<'v>(&'v [&'v Modification]);

impl Display for At<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (number, change) in self.0.iter().enumerate() {
            if number > 0 {
                f.write_str(" and ")?;
            }
            if let Some(part) = &change.part {
                write!(f, "{part}, ")?;
            }
            let line = change.line.unwrap_or(1);
            match change.places {
                1 => write!(f, "line {line}")?,
                places => write!(f, "{places} places, the first in line {line}")?,
            }
        }
        Ok(())
    }
}

/// `: "the first line"` of a text that was added.
struct Now<'v>(&'v Modification);

impl Display for Now<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.0.now {
            Some(now) => write!(f, ": \"{}\"", first_words(now)),
            None => Ok(()),
        }
    }
}

/// A text on one line.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The first words of a text, without rules of `_` or `-`.
fn first_words(text: &str) -> String {
    let is_rule = |word: &&str| word.len() > 3 && !word.chars().any(char::is_alphanumeric);
    let words: Vec<&str> = text
        .split_whitespace()
        .filter(|word| !is_rule(word))
        .collect();
    let text = match words.is_empty() {
        true => one_line(text),
        false => words.join(" "),
    };
    start(&text, WORDS)
}

/// Two texts, without most of the end that both have.
fn differing(before: &str, now: &str) -> (String, String) {
    let ends = before.chars().rev().zip(now.chars().rev());
    let same = ends.take_while(|(one, other)| one == other).count();
    // Whole words, unless one is long.
    let skipped = now.chars().count() - same.saturating_sub(SAME);
    let rest = now.chars().skip(skipped).take(SAME);
    let rest = rest.take_while(|char| !char.is_whitespace()).count();
    let shown = SAME + if rest < SAME { rest } else { 0 };
    let cut = |text: &str| {
        let chars = text.chars().count();
        let kept = chars - same.saturating_sub(shown);
        let mut out: String = text.chars().take(kept).collect();
        if kept < chars {
            out.truncate(out.trim_end().len());
            out.push('…');
        }
        shortened(&out)
    };
    (cut(before), cut(now))
}

/// Characters that are shown of what both texts have.
const SAME: usize = 16;

/// The start of a text, on one line.
pub(super) fn shortened(text: &str) -> String {
    start(&one_line(text), SHOWN)
}

fn start(text: &str, most: usize) -> String {
    let mut chars = text.chars();
    let mut out: String = chars.by_ref().take(most).collect();
    if chars.next().is_some() {
        out.push('…');
    }
    out
}

const SHOWN: usize = 60;

/// Characters of a text that was put in.
const WORDS: usize = 36;
