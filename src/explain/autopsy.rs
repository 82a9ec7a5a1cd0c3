//! Words for what broke a signature.

use std::fmt::{self, Display, Formatter};

use crate::dkim::{Autopsy, Change, Changer, Clue, Examined, Kind};

/// What was changed after signing; no capital letter, no full stop.
pub fn changes(autopsy: &Autopsy) -> impl Display + '_ {
    let all: Vec<&Change> = autopsy.changes().collect();
    Since(&all).to_string()
}

/// What was changed, with no word of when; no capital letter, no full stop.
pub fn bare(autopsy: &Autopsy) -> impl Display + '_ {
    let all: Vec<&Change> = autopsy.changes().collect();
    Changes(&all).to_string()
}

/// What was changed after signing, and how that is known; no capital letter, no full stop.
pub fn proof(autopsy: &Autopsy) -> impl Display + '_ {
    Proof(autopsy)
}

/// What keeps that from happening; no capital letter, no full stop. `is_relaxed`: whether the header
/// is signed in relaxed form.
pub fn remedy(autopsy: &Autopsy, is_relaxed: bool) -> impl Display + '_ {
    let mut said: Vec<&'static str> = Vec::new();
    for change in autopsy.changes() {
        let text = self::remedies(change.kind, is_relaxed);
        if !said.contains(&text) {
            said.push(text);
        }
    }
    said.truncate(MOST_REMEDIES);
    said.join("; ")
}

const MOST_REMEDIES: usize = 2;

/// Who may have made the changes, by what the header shows; `None` if it shows nobody who makes such
/// changes. No capital letter, no full stop.
pub fn who(autopsy: &Autopsy) -> Option<impl Display + '_> {
    suspect(autopsy).map(Who)
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

struct Who<'v>(&'v Clue);

impl Display for Who<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let name = match self.0.changer {
            Changer::Mailman => "Mailman, a mailing list server",
            Changer::GroupsIo => "groups.io, a mailing list service",
            Changer::GoogleGroups => "Google Groups",
            Changer::Sympa => "Sympa, a mailing list server",
            Changer::List => "a mailing list",
            Changer::Mimecast => "Mimecast, a mail gateway",
            Changer::Proofpoint => "Proofpoint, a mail gateway",
            Changer::Barracuda => "Barracuda, a mail gateway",
            Changer::Exchange => "Microsoft Exchange",
            Changer::Ses => "Amazon SES",
        };
        let Clue { field, line, .. } = self.0;
        write!(
            f,
            "the message went through {name} ({field}, line {line}), which makes such changes"
        )
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
        let all: Vec<&Change> = self.0.changes().collect();
        let undone = match all[..] {
            [one] => match one.kind {
                Kind::OtherCanonicalization | Kind::SignedInPart => "so",
                Kind::LastLineEnd => "without it",
                Kind::BareCrSignedAsLineEnd => "with CR LF there",
                Kind::FieldLineBroken | Kind::LinesBroken => "joined again",
                _ => "with that undone",
            },
            _ => "with that undone",
        };
        write!(f, "{}: {undone}, {fits}", Since(&all))
    }
}

/// Several changes in one sentence; those of one kind are said once.
struct Changes<'c, 'v>(&'c [&'v Change]);

/// The same, and when they were made.
struct Since<'c, 'v>(&'c [&'v Change]);

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
        let mut groups: Vec<Vec<&Change>> = Vec::new();
        for change in self.0 {
            match groups.iter_mut().find(|group| group[0].kind == change.kind) {
                Some(group) => group.push(change),
                None => groups.push(vec![change]),
            }
        }
        for (number, group) in groups.iter().enumerate() {
            f.write_str(match number {
                0 => "",
                _ if number + 1 == groups.len() => " and ",
                _ => ", ",
            })?;
            write!(f, "{}", Group(group))?;
        }
        Ok(())
    }
}

/// Changes of one kind.
struct Group<'v>(&'v [&'v Change]);

impl Display for Group<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let change = self.0[0];
        match change.field {
            Some(_) => self.header(f, change),
            None => self.body(f, change),
        }
    }
}

impl Group<'_> {
    fn header(&self, f: &mut Formatter<'_>, change: &Change) -> fmt::Result {
        let fields = Fields(self.0);
        let before = Before(self.0);
        match change.kind {
            Kind::SubjectTag => write!(f, "a tag was put into {fields}{before}"),
            Kind::SubjectPrefix => write!(f, "the start of {fields} was changed{before}"),
            Kind::EncodedWords => {
                write!(f, "encoded words in {fields} were written in another way")
            }
            Kind::Refolded => match self.0.len() {
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
                "{fields} was broken at octet {} of a line",
                change.octets.unwrap_or_default()
            ),
            Kind::FieldWhiteSpace => write!(f, "white space in {fields} was changed"),
            Kind::FieldCrAdded => {
                write!(f, "carriage returns (CR without LF) were added to {fields}")
            }
            Kind::FieldNameCase => write!(f, "the name of {fields} was written in other letters"),
            Kind::FromRewritten => write!(f, "{fields} was replaced{before}"),
            Kind::DisplayName => {
                write!(
                    f,
                    "a display name in {fields} was written in another way{before}"
                )
            }
            Kind::AddressesReordered => {
                write!(
                    f,
                    "the addresses in {fields} were put into another order{before}"
                )
            }
            Kind::AddressRemoved => write!(f, "an address was taken out of {fields}{before}"),
            Kind::AddressAdded => write!(f, "an address was put into {fields}{before}"),
            Kind::OtherCanonicalization => f.write_str(
                "the signer made the signature over the other canonical form of the header than c= \
                 says",
            ),
            Kind::FieldAdded => write!(f, "{fields} was added"),
            Kind::FieldRemoved => write!(f, "{fields} was removed{before}"),
            Kind::FieldDoubled => write!(
                f,
                "another {fields} was put where verifiers read it{before}"
            ),
            Kind::ContentTypeChanged | Kind::TransferEncodingField | Kind::FieldReplaced => {
                write!(f, "{fields} was changed{before}")
            }
            kind => write!(f, "{fields} was changed ({kind:?})"),
        }
    }

    fn body(&self, f: &mut Formatter<'_>, change: &Change) -> fmt::Result {
        let at = At(self.0);
        let text = Now(change);
        match change.kind {
            Kind::Footer => write!(f, "text was appended to the body ({at}{text})"),
            Kind::Banner => write!(f, "text was put in front of the body ({at}{text})"),
            Kind::FooterInPart => write!(f, "text was appended to the message ({at}{text})"),
            Kind::BannerInPart => write!(f, "text was put in front of the message ({at}{text})"),
            Kind::Wrapped => write!(
                f,
                "the message was put into a new MIME structure with a part of its own ({at}{text})"
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
            Kind::Reencoded => write!(f, "the transfer encoding of the text was changed ({at})"),
            Kind::EncodingRewrapped => {
                write!(f, "encoded text was broken into other lines ({at})")
            }
            Kind::Recoded => write!(f, "the text was converted to another character set ({at})"),
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
            Kind::SignedInPart => f.write_str("only the start of the body was signed, without l="),
            kind => write!(f, "the body was changed ({kind:?}, {at})"),
        }
    }
}

/// `To (line 4) and Cc (line 5)`.
struct Fields<'v>(&'v [&'v Change]);

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

/// `, which was "Re: hello"`, for one field.
struct Before<'v>(&'v [&'v Change]);

impl Display for Before<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            [
                Change {
                    before: Some(before),
                    ..
                },
            ] => {
                write!(f, ", which was \"{}\"", one_line(before))
            }
            _ => Ok(()),
        }
    }
}

/// `line 90`, `text/html, line 90`, `3 lines, the first is line 90`.
struct At<'v>(&'v [&'v Change]);

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
struct Now<'v>(&'v Change);

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
    let mut chars = text.chars();
    let mut out: String = chars.by_ref().take(SHOWN).collect();
    if chars.next().is_some() {
        out.push('…');
    }
    out
}

const SHOWN: usize = 60;

fn remedies(kind: Kind, is_relaxed: bool) -> &'static str {
    match kind {
        Kind::SubjectTag
        | Kind::SubjectPrefix
        | Kind::FromRewritten
        | Kind::Footer
        | Kind::FooterInPart
        | Kind::Banner
        | Kind::BannerInPart
        | Kind::Wrapped
        | Kind::PartAdded
        | Kind::AddressRemoved
        | Kind::AddressAdded
        | Kind::AddressesReordered
        | Kind::FieldReplaced
        | Kind::FieldDoubled
        | Kind::Recoded
        | Kind::EncodedWords
        | Kind::DisplayName => {
            "the sender can do nothing: whoever passes it on can leave subject and text as they are, \
             or put an address of their own into From and sign anew"
        }
        Kind::LinksRewritten => {
            "the sender can do nothing: the filter changes links before the mailbox; let it record its \
             own result of DKIM before that, and trust that one"
        }
        Kind::FieldAdded => {
            "write Message-ID, Date and all other signed fields before signing, or leave what is \
             missing out of h=: SES and many servers add Message-ID and Date"
        }
        Kind::FieldRemoved | Kind::FieldNameCase => {
            "leave fields that servers remove or write anew out of h= (RFC 6376 §5.4.1)"
        }
        Kind::FieldLineBroken => {
            "fold long fields at their spaces before signing: no line may be longer than 998 octets \
             (RFC 5322 §2.1.1), and servers break those that are"
        }
        Kind::FieldCrAdded => {
            "look for the program behind the signer that adds a CR, and end every line in CR LF before \
             signing"
        }
        Kind::Refolded | Kind::FieldWhiteSpace if !is_relaxed => {
            "sign with c=relaxed/relaxed: c=simple allows no change of white space or line breaks in \
             the header, and servers on the way fold fields anew"
        }
        Kind::Refolded | Kind::FieldWhiteSpace => {
            "put a space wherever a line may be folded (after commas, and between tags) before signing: \
             c=relaxed allows white space to change, not to appear or vanish"
        }
        Kind::ContentTypeChanged
        | Kind::TransferEncodingField
        | Kind::Reencoded
        | Kind::EncodingRewrapped
        | Kind::PartHeaders
        | Kind::Preamble
        | Kind::ClosingBoundaryLost => {
            "send text as quoted-printable or base64 in lines of at most 76 characters, which servers \
             have no reason to convert, and sign after that (RFC 6376 §5.3)"
        }
        Kind::Entities | Kind::Redacted | Kind::ByteOrderMarkAdded | Kind::ByteOrderMarkLost => {
            "look at a copy that was not exported or processed by a program: this one is not what was \
             delivered"
        }
        Kind::FromQuoted | Kind::FromUnquoted => {
            "mail folders (mbox) change lines that begin with \"From \": look at a copy that was not \
             kept in one; quoted-printable that writes =46rom is safe"
        }
        Kind::DotAdded | Kind::DotLost => {
            "mend the program behind the signer that hands mail over by SMTP: it has to add a dot to \
             lines that begin with one, and the receiver takes it away (RFC 5321 §4.5.2)"
        }
        Kind::BareCrSignedAsLineEnd => {
            "end every line in CR LF before signing, and send what was signed: a CR alone is no line \
             end (RFC 5322 §2.3)"
        }
        Kind::CrDoubled | Kind::BareCrAdded => {
            "look for the program behind the signer, or that saved the file, which writes a CR too many"
        }
        Kind::LinesBroken | Kind::LinesJoined => {
            "send the part as quoted-printable or base64: no line may be longer than 998 octets (RFC \
             5322 §2.1.1), and servers break those that are"
        }
        Kind::TrailingSpaceAdded
        | Kind::TrailingSpaceLost
        | Kind::WhiteSpace
        | Kind::TabsExpanded
        | Kind::SeparatorSpaceLost => {
            "sign the body in relaxed form too (c=relaxed/relaxed), or send it as quoted-printable: \
             servers and programs trim and pad lines"
        }
        Kind::EmptyLinesAdded | Kind::EmptyLinesLost => {
            "look for the program behind the signer, or that saved the file, which changes empty lines"
        }
        Kind::LastLineEnd => {
            "end the body in CR LF before signing: both canonical forms have it (RFC 6376 §3.4.3)"
        }
        Kind::OtherCanonicalization | Kind::SignedInPart => {
            "mend the signer: it must hash the body in the form that c= and l= name (RFC 6376 §3.7)"
        }
    }
}
