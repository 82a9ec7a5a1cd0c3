//! Words for what broke a signature.

mod likely;
mod remedy;

use std::fmt::{self, Display, Formatter};

use crate::dkim::{Autopsy, Changer, Clue, Examined, Kind, Modification};

pub use self::likely::likely;
pub use self::remedy::{remedy, remedy_in_short};

/// What was changed after signing; no capital letter, no full stop.
pub fn changes(autopsy: &Autopsy) -> impl Display + '_ {
    let all: Vec<&Modification> = autopsy.changes().collect();
    Since(&all).to_string()
}

/// What was changed, with no word of when; no capital letter, no full stop.
pub fn bare(autopsy: &Autopsy) -> impl Display + '_ {
    let all: Vec<&Modification> = autopsy.changes().collect();
    Changes(&all).to_string()
}

/// Each change by itself, those of one kind together; no capital letter, no full stop.
pub fn items(autopsy: &Autopsy) -> Vec<String> {
    let all: Vec<&Modification> = autopsy.changes().collect();
    let groups = groups(&all);
    groups.iter().map(|group| group.to_string()).collect()
}

/// What is shown by the proof, of one signature or of `many`: `with this undone it verifies`.
pub fn fits(autopsy: &Autopsy, many: bool) -> impl Display {
    let (header, body) = (half(&autopsy.header), half(&autopsy.body));
    let fits = match (header, body, many) {
        (Half::Unknown, _, _) => "the body fits",
        (_, Half::Unknown, _) => "the header fits",
        (_, _, true) => "they verify",
        (_, _, false) => "it verifies",
    };
    format!("{} {fits}", undone(autopsy))
}

/// How the changes are undone.
fn undone(autopsy: &Autopsy) -> &'static str {
    let mut changes = autopsy.changes();
    match (changes.next(), changes.next()) {
        (Some(one), None) => match one.kind {
            Kind::OtherCanonicalization => "hashed so,",
            Kind::LastLineEnd => "without it",
            Kind::BareCrSignedAsLineEnd => "with CR LF there",
            Kind::FieldLineBroken | Kind::LinesBroken => "joined again,",
            _ => "with this undone",
        },
        _ => "with this undone",
    }
}

/// What is known of a half of which nothing is proved: the likeliest change, or `in_full` what was
/// tried too; no capital letter, no full stop.
pub fn unknown(autopsy: &Autopsy, in_full: bool) -> impl Iterator<Item = String> + '_ {
    let halves = [("header", &autopsy.header), ("body", &autopsy.body)];
    halves.into_iter().filter_map(move |(what, half)| {
        let half = half.as_ref().filter(|half| !half.is_proved())?;
        let tried = tried(half);
        Some(match &half.likely {
            Some(one) => {
                let tried = match in_full {
                    true => format!(" ({tried})"),
                    false => String::new(),
                };
                let likeliest = likely::bare(one);
                format!("what changed the {what} is not proved{tried}; likeliest: {likeliest}")
            }
            None => format!("what changed the {what} is not known ({tried})"),
        })
    })
}

/// What is known of a half of the message.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Half {
    Intact,
    Proved,
    Unknown,
}

fn half(half: &Option<Examined>) -> Half {
    match half {
        None => Half::Intact,
        Some(half) if half.is_proved() => Half::Proved,
        Some(_) => Half::Unknown,
    }
}

/// What was changed after signing, and how that is known; no capital letter, no full stop.
pub fn proof(autopsy: &Autopsy) -> impl Display + '_ {
    Proof(autopsy)
}

/// Who may have made the changes, by what the header shows; `None` if it shows nobody who makes such
/// changes. No capital letter, no full stop.
pub fn who(autopsy: &Autopsy) -> Option<impl Display + '_> {
    let (name, shown) = match of_links(autopsy) {
        Some((service, line)) => (service, format!("the link in line {line} is its own")),
        None => {
            let clue = suspect(autopsy)?;
            let shown = format!("{}, line {}", clue.field, clue.line);
            (changer(clue.changer), shown)
        }
    };
    Some(format!(
        "likely done by {name} ({shown}), which makes such changes"
    ))
}

/// The name of who may have made the changes, and the line that shows it.
pub fn name(autopsy: &Autopsy) -> Option<impl Display + '_> {
    if let Some((service, line)) = of_links(autopsy) {
        return Some(format!("{service} (line {line})"));
    }
    let clue = suspect(autopsy)?;
    Some(format!("{} (line {})", changer(clue.changer), clue.line))
}

/// What was tried without success; no capital letter, no full stop.
pub fn tried(examined: &Examined) -> impl Display + '_ {
    Tried(examined)
}

struct Tried<'v>(&'v Examined);

impl Display for Tried<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let number = self.0.tried;
        let plural = if number == 1 { "" } else { "s" };
        write!(f, "{number} likely change{plural} undone, none fits")?;
        if self.0.stopped {
            f.write_str("; --autopsy deep tries more")?;
        }
        Ok(())
    }
}

/// The service that a link in place of another names.
fn of_links(autopsy: &Autopsy) -> Option<(&'static str, usize)> {
    let mut links = autopsy.changes();
    let link = links.find(|change| change.kind == Kind::LinksRewritten)?;
    let now = link.now.as_deref()?;
    let known = FILTERS.iter().find(|(host, _)| now.contains(host));
    Some((known?.1, link.line?))
}

/// Hosts of filters that replace links.
const FILTERS: &[(&str, &str)] = &[
    (
        "safelinks.protection.outlook.com",
        "Microsoft Defender (Safe Links)",
    ),
    ("urldefense.", "Proofpoint (URL Defense)"),
    ("mimecast", "Mimecast"),
    ("cudasvc.com", "Barracuda"),
];

/// The changer who is known for most of the changes.
fn suspect(autopsy: &Autopsy) -> Option<&Clue> {
    let kinds: Vec<Kind> = autopsy.changes().map(|change| change.kind).collect();
    let does = |clue: &&Clue| {
        kinds
            .iter()
            .filter(|kind| makes(clue.changer, **kind))
            .count()
    };
    let most = autopsy.clues.iter().rev().max_by_key(does)?;
    (does(&most) > 0).then_some(most)
}

/// Whether a program or service is known for a kind of change.
fn makes(changer: Changer, kind: Kind) -> bool {
    use Kind::{
        AddressRemoved, AddressesReordered, Banner, BannerInPart, ContentTypeChanged, DisplayName,
        EncodedWords, EncodingRewrapped, FieldAdded, FieldRemoved, FieldReplaced, Footer,
        FooterInPart, FromRewritten, LinksRewritten, PartAdded, PartHeaders, Preamble, Recoded,
        Reencoded, Refolded, SubjectPrefix, SubjectTag, TransferEncodingField, Wrapped,
    };
    let of_lists = matches!(
        kind,
        SubjectTag | Footer | FooterInPart | PartAdded | FromRewritten | FieldReplaced
    );
    let rewrites = matches!(
        kind,
        Reencoded
            | EncodingRewrapped
            | Recoded
            | PartHeaders
            | ContentTypeChanged
            | TransferEncodingField
            | FieldRemoved
    );
    let warns = matches!(
        kind,
        SubjectPrefix | SubjectTag | Banner | BannerInPart | Footer | FooterInPart | LinksRewritten
    );
    match changer {
        Changer::Mailman => {
            of_lists
                || rewrites
                || matches!(
                    kind,
                    Wrapped
                        | AddressRemoved
                        | AddressesReordered
                        | DisplayName
                        | EncodedWords
                        | Refolded
                        | Preamble
                )
        }
        Changer::GroupsIo | Changer::GoogleGroups | Changer::Sympa | Changer::List => {
            of_lists || matches!(kind, Wrapped | Reencoded | EncodingRewrapped | EncodedWords)
        }
        Changer::Mimecast | Changer::Proofpoint | Changer::Barracuda => {
            warns || rewrites || kind == Refolded
        }
        Changer::Exchange => {
            warns || rewrites || matches!(kind, Refolded | PartAdded | EncodedWords | DisplayName)
        }
        Changer::Ses => kind == FieldAdded,
    }
}

fn changer(changer: Changer) -> &'static str {
    match changer {
        Changer::Mailman => "the list server Mailman",
        Changer::GroupsIo => "the list service groups.io",
        Changer::GoogleGroups => "Google Groups",
        Changer::Sympa => "the list server Sympa",
        Changer::List => "a mailing list",
        Changer::Mimecast => "the gateway Mimecast",
        Changer::Proofpoint => "the gateway Proofpoint",
        Changer::Barracuda => "the gateway Barracuda",
        Changer::Exchange => "Microsoft Exchange",
        Changer::Ses => "Amazon SES",
    }
}

struct Proof<'v>(&'v Autopsy);

impl Display for Proof<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let is_proved = |half: &Option<Examined>| half.as_ref().is_some_and(Examined::is_proved);
        let fits = match (is_proved(&self.0.header), is_proved(&self.0.body)) {
            (true, true) => "the signature and the body hash fit",
            (true, false) => "the signature verifies",
            (false, _) => "the body hash is the signed one",
        };
        let all: Vec<&Modification> = self.0.changes().collect();
        let undone = undone(self.0).trim_end_matches(',');
        write!(f, "{}: {undone}, {fits}", Since(&all))
    }
}

/// Several changes in one sentence; those of one kind are said once.
struct Changes<'c, 'v>(&'c [&'v Modification]);

/// The same, and when they were made.
struct Since<'c, 'v>(&'c [&'v Modification]);

impl Display for Since<'_, '_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if !self.0.iter().all(|change| change.kind.is_of_signer()) {
            f.write_str("after signing, ")?;
        }
        write!(f, "{}", Changes(self.0))
    }
}

impl Display for Changes<'_, '_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let groups = groups(self.0);
        for (number, group) in groups.iter().enumerate() {
            f.write_str(match number {
                0 => "",
                _ if number + 1 == groups.len() => " and ",
                _ => ", ",
            })?;
            write!(f, "{group}")?;
        }
        Ok(())
    }
}

/// Changes of one kind, with the field that says an encoding where the text has another one.
fn groups<'v>(all: &[&'v Modification]) -> Vec<Group<'v>> {
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
struct Group<'v> {
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
fn shortened(text: &str) -> String {
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
