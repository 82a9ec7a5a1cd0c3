//! What keeps a change from happening again.

use super::who::{of_links, suspect};
use crate::dkim::{Autopsy, Changer, Kind, Modification};

/// What keeps the changes from happening; no capital letter, no full stop. `is_relaxed`: whether the
/// header is signed in relaxed form; `is_passed_on`: whether somebody passed the message on.
pub fn remedy(autopsy: &Autopsy, is_relaxed: bool, is_passed_on: bool) -> String {
    let by = By::of(autopsy, is_passed_on);
    let mut said: Vec<&'static str> = Vec::new();
    for change in autopsy.changes() {
        let text = of_change(change, by, is_relaxed);
        if !said.contains(&text) {
            said.push(text);
        }
    }
    // Where somebody on the way put in text of their own, no other form of the message helps.
    if said.contains(&by.leave_alone()) {
        return by.leave_alone().to_owned();
    }
    said.truncate(MOST);
    said.join("; ")
}

/// The same, short where it is about text that somebody put in.
pub fn remedy_in_short(autopsy: &Autopsy, is_relaxed: bool, is_passed_on: bool) -> String {
    let by = By::of(autopsy, is_passed_on);
    let full = remedy(autopsy, is_relaxed, is_passed_on);
    match by {
        By::List | By::Forwarder if full == by.leave_alone() => "the sender can do nothing".into(),
        By::Gateway if full == by.leave_alone() => {
            "a gateway has to check DKIM before it changes mail".into()
        }
        _ => full,
    }
}

const MOST: usize = 2;

/// Who seems to have made the changes.
#[derive(Clone, Copy)]
enum By {
    List,
    Gateway,
    Forwarder,
    Unknown,
}

impl By {
    fn of(autopsy: &Autopsy, is_passed_on: bool) -> Self {
        match suspect(autopsy).map(|clue| clue.changer) {
            _ if of_links(autopsy).is_some() => Self::Gateway,
            Some(changer) if changer.is_list() => Self::List,
            None | Some(Changer::Ses) if is_passed_on => Self::Forwarder,
            None | Some(Changer::Ses) => Self::Unknown,
            Some(_) => Self::Gateway,
        }
    }

    /// What is to be done about text that was put in.
    fn leave_alone(self) -> &'static str {
        match self {
            Self::List => {
                "the sender can do nothing: the list can leave subject and text as they are, or put \
                 an address of its own into From and sign anew"
            }
            Self::Gateway => {
                "a gateway of the receiver has to check DKIM before it changes mail, and the sender can \
                 do nothing; one of the sender has to change mail before it is signed"
            }
            Self::Forwarder => {
                "the sender can do nothing: whoever passes it on can leave subject and text as they \
                 are, or put an address of their own into From and sign anew"
            }
            Self::Unknown => {
                "find the program that makes this change: on the sender's side it has to work before the \
                 signer; on the receiver's side, after DKIM is checked"
            }
        }
    }
}

/// Fields that a signature must not leave out for the sake of those who change them: a reader, or a
/// mail program, goes by them.
const ESSENTIAL: &[&str] = &[
    "from",
    "sender",
    "reply-to",
    "to",
    "cc",
    "subject",
    "date",
    "message-id",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
    "list-unsubscribe",
    "list-unsubscribe-post",
];

fn is_essential(change: &Modification) -> bool {
    let name = change.field.as_deref().unwrap_or_default();
    ESSENTIAL.iter().any(|one| name.eq_ignore_ascii_case(one))
}

fn of_change(change: &Modification, by: By, is_relaxed: bool) -> &'static str {
    let was_plain = |change: &Modification| {
        let before = change.before.as_deref().unwrap_or_default();
        matches!(
            before.to_ascii_lowercase().as_str(),
            "7bit" | "8bit" | "binary"
        )
    };
    match change.kind {
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
        | Kind::DisplayName
        | Kind::LinksRewritten
        | Kind::ContentTypeChanged
        | Kind::EncodingRewrapped
        | Kind::PartHeaders
        | Kind::Preamble
        | Kind::ClosingBoundaryLost => by.leave_alone(),
        Kind::TransferEncodingField if !was_plain(change) => by.leave_alone(),
        Kind::Reencoded if change.before.is_some() && !was_plain(change) => by.leave_alone(),
        Kind::TransferEncodingField | Kind::Reencoded => {
            "send text as quoted-printable or base64 in lines of at most 76 characters, which servers \
             have no reason to convert, and sign after that (RFC 6376 §5.3)"
        }
        Kind::FieldAdded if is_essential(change) => {
            "write Message-ID, Date and all other signed fields before signing: SES and many servers \
             add them where they are missing"
        }
        Kind::FieldAdded => {
            "write the field before signing, or take its name out of h= if servers on the way have to \
             add it"
        }
        Kind::FieldRemoved if is_essential(change) => by.leave_alone(),
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
        Kind::Entities | Kind::Redacted | Kind::ByteOrderMarkAdded | Kind::ByteOrderMarkLost => {
            "look at a copy that no program exported or processed: this one may not be what was delivered"
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
            "send the text as quoted-printable or, where the signer allows it, sign the body in relaxed \
             form too (c=relaxed/relaxed): servers and programs trim and pad lines"
        }
        Kind::EmptyLinesAdded | Kind::EmptyLinesLost => {
            "look for the program behind the signer, or that saved the file, which changes empty lines"
        }
        Kind::LastLineEnd => {
            "end the body in CR LF before signing: both canonical forms have it (RFC 6376 §3.4.3)"
        }
        Kind::OtherCanonicalization => {
            "mend the signer: it must hash header and body in the forms that c= and l= name (RFC 6376 \
             §3.7)"
        }
    }
}
