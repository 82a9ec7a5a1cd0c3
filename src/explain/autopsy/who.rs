//! Words for who may have changed a message.

use std::fmt::Display;

use crate::dkim::{Autopsy, Changer, Clue, Kind};

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

/// The service that a link in place of another names.
pub(super) fn of_links(autopsy: &Autopsy) -> Option<(&'static str, usize)> {
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
pub(super) fn suspect(autopsy: &Autopsy) -> Option<&Clue> {
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
