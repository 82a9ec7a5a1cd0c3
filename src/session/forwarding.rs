//! Whether a message was passed on between its sender and the mailbox: by a mailing list, a
//! forwarding address or a gateway. All signs are gathered once; callers choose those that matter
//! to them.

use schemars::JsonSchema;
use serde::Serialize;

use super::Session;
use crate::Limits;
use crate::message::{Message, Received, parse_from};
use crate::receivers::{self, organization};

/// A sign that a message was passed on. All but the first are only claims of the header.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum PassedOn {
    /// This host of another organization accepted it after the judged session.
    LaterHost(String),
    /// Before the judged session, this host accepted it from another organization, for a mailbox or
    /// a list of its own.
    EarlierHop {
        /// The host that accepted it.
        by: String,
        /// The host that it came from.
        from: String,
        /// The number of the Received field, from 1 at the top.
        number: usize,
    },
    /// Its envelope sender is not the one that this sending service assigned.
    OtherEnvelope(&'static str),
    /// Its envelope sender, of another organization than the author's, has the form to which lists
    /// let bounces come.
    ListBounces(String),
    /// Its envelope sender was rewritten, as forwarders do.
    RewrittenSender,
    /// It has ARC seals of this many hosts outside its receiver. Large services seal what they send,
    /// so a single seal is no sign.
    Seals(usize),
    /// It has this field, which mailing lists and forwarders add. So do those who send in bulk: it
    /// shows nothing unless the message was changed, too.
    Field(&'static str),
}

/// Fields that any mailing list or forwarder may add, clearest first.
const FIELDS: [&str; 7] = [
    "List-Id",
    "List-Post",
    "X-BeenThere",
    "Mailing-List",
    "Resent-From",
    "X-Forwarded-For",
    "X-Forwarded-To",
];

/// The signs that a message was passed on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Forwarding {
    /// What shows it, clearest first.
    signs: Vec<PassedOn>,
    /// The fields that mailing lists and forwarders add.
    fields: Vec<PassedOn>,
    /// Whether the reverse-path at delivery differs from the ID that a sending service assigned.
    /// `None` if there is no such ID or no reverse-path.
    pub has_other_return_path: Option<bool>,
}

impl Forwarding {
    /// Gathers the signs. The values of the session must be set.
    pub(super) fn gather(message: &Message<'_>, session: &Session, limits: &Limits) -> Self {
        let path = session.mail_from.as_ref();
        let local = path.and_then(|path| local_part(&path.value));
        let given = GivenId::of(message);
        let known = FIELDS.into_iter().chain(receivers::forwarding_fields());
        let found = known.filter(|name| message.fields(name).next().is_some());
        let fields: Vec<PassedOn> = found.map(PassedOn::Field).collect();
        let way = Way { session };
        let later = session.passed_on_to();
        let mut signs: Vec<PassedOn> = Vec::new();
        signs.extend(later.map(|host| PassedOn::LaterHost(host.to_owned())));
        let is_other = |given: &&GivenId| {
            given.is_at_home && way.came_through(given) && local.is_some_and(|it| given.is_not(it))
        };
        let other = given.as_ref().filter(is_other);
        signs.extend(other.map(|given| PassedOn::OtherEnvelope(given.service)));
        signs.extend(way.earlier_hop(&lists(message)));
        signs.extend(way.list_bounces(message, limits));
        let is_rewritten = local.is_some_and(is_rewritten);
        signs.extend(is_rewritten.then_some(PassedOn::RewrittenSender));
        let seals = way.seals(message);
        signs.extend((seals > 1).then_some(PassedOn::Seals(seals)));
        let has_other_return_path = given.and_then(|given| {
            let path = message.return_path()?;
            Some(given.is_not(local_part(&path)?))
        });
        Self {
            signs,
            fields,
            has_other_return_path,
        }
    }

    /// The clearest sign. A rewritten sender does not count: the sender's own host may have
    /// rewritten it.
    pub fn plainest(&self) -> Option<&PassedOn> {
        let mut signs = self.signs.iter();
        signs.find(|sign| **sign != PassedOn::RewrittenSender)
    }

    /// The clearest sign that it was passed on before the judged session.
    pub fn before(&self) -> Option<&PassedOn> {
        let is_before =
            |sign: &&PassedOn| !matches!(sign, PassedOn::LaterHost(_) | PassedOn::RewrittenSender);
        self.signs.iter().find(is_before)
    }

    /// Whether the envelope sender was rewritten.
    pub fn is_sender_rewritten(&self) -> bool {
        self.signs.contains(&PassedOn::RewrittenSender)
    }

    /// The fields that mailing lists and forwarders add, each with its name.
    pub fn fields(&self) -> impl Iterator<Item = (&'static str, &PassedOn)> {
        self.fields.iter().filter_map(|sign| match sign {
            PassedOn::Field(name) => Some((*name, sign)),
            _ => None,
        })
    }
}

/// The way that the header says the message took.
struct Way<'s> {
    session: &'s Session,
}

impl<'s> Way<'s> {
    /// The Received fields below that of the judged session, with their numbers from 1.
    fn earlier(&self) -> impl Iterator<Item = (usize, &'s Received)> {
        let hops = self.session.hops.iter().map(|hop| &hop.received);
        let from = self.session.border.hop.map_or(usize::MAX, |hop| hop + 1);
        hops.enumerate()
            .skip(from)
            .map(|(index, hop)| (index + 1, hop))
    }

    /// Whether a host of the service that assigned an ID had the message before the judged session.
    fn came_through(&self, given: &GivenId) -> bool {
        self.earlier().any(|(_, hop)| {
            let mut names = hop.reverse.iter().chain(&hop.from);
            names.any(|name| organization(name).as_deref() == given.organization)
        })
    }

    /// The field by which another organization had the message first, and then sent it to another
    /// mailbox, or to those of its list. A relay of the sender keeps the recipient.
    fn earlier_hop(&self, lists: &[String]) -> Option<PassedOn> {
        let border = &self.session.hops.get(self.session.border.hop?)?.received;
        self.earlier().find_map(|(number, hop)| {
            let from = hop.reverse.as_deref().filter(|_| !hop.is_reverse_doubted)?;
            let by = hop.by.as_deref()?;
            let (client, own) = (organization(from)?, organization(by)?);
            let is_readdressed = match (&hop.recipient, &border.recipient) {
                (Some(first), Some(last)) => !first.eq_ignore_ascii_case(last),
                (Some(first), None) => domain_of(first) == Some(own.clone()),
                (None, _) => false,
            };
            let is_lists = hop.recipient.is_none() && lists.contains(&own);
            (client != own && (is_readdressed || is_lists)).then(|| PassedOn::EarlierHop {
                by: by.to_owned(),
                from: from.to_owned(),
                number,
            })
        })
    }

    /// The envelope sender, if it is a list's and not of an author's organization.
    fn list_bounces(&self, message: &Message<'_>, limits: &Limits) -> Option<PassedOn> {
        let path = &self.session.mail_from.as_ref()?.value;
        if !is_for_bounces_of_list(local_part(path)?) {
            return None;
        }
        let own = domain_of(path)?;
        let mut authors = message.fields("From").flat_map(|field| {
            let authors = parse_from(field.body, 0, limits).mailboxes.into_iter();
            authors.filter_map(|author| organization(author.domain?.as_str()))
        });
        let is_other =
            authors.next().is_some_and(|first| first != own) && !authors.any(|it| it == own);
        is_other.then(|| PassedOn::ListBounces(path.clone()))
    }

    /// How many seals are not of an organization that received the message at the border or later.
    fn seals(&self, message: &Message<'_>) -> usize {
        let hops = self.session.hops.iter();
        let last = self.session.border.hop.map_or(0, |hop| hop + 1);
        let own = hops.take(last);
        let own = own.filter_map(|hop| organization(hop.received.by.as_deref()?));
        let own: Vec<String> = own.collect();
        let seals = message.fields("ARC-Seal").map(|field| field.unfolded());
        let outside = seals.filter(|seal| {
            let domain = sealing_domain(seal).and_then(organization);
            domain.is_none_or(|domain| !own.contains(&domain))
        });
        outside.count()
    }
}

/// The organization of an address, or of a domain.
fn domain_of(address: &str) -> Option<String> {
    organization(address.rsplit('@').next().unwrap_or(address))
}

/// The organizations in List-Id and List-Post: `<talk.lists.example.org>`,
/// `<mailto:talk@lists.example.org>`.
fn lists(message: &Message<'_>) -> Vec<String> {
    let texts = ["List-Id", "List-Post"].into_iter();
    let texts = texts.filter_map(|name| message.text(name));
    let named = texts.filter_map(|text| {
        let (_, rest) = text.rsplit_once('<')?;
        domain_of(rest.split('>').next()?)
    });
    named.collect()
}

/// The value of `d=` in an ARC-Seal field.
fn sealing_domain(seal: &str) -> Option<&str> {
    let mut tags = seal.split(';').filter_map(|tag| tag.split_once('='));
    let (_, value) = tags.find(|(name, _)| name.trim() == "d")?;
    Some(value.trim())
}

/// Whether a local part is one to which lists let bounces come: `talk-bounces` and
/// `talk-bounces+ada=example.com` (Mailman), `talk+bounces-12-ada=example.com` (mlmmj),
/// `talk-return-12-ada=example.com` (ezmlm), `talk+bncBC…` (Google Groups), `owner-talk` (Majordomo,
/// Listserv).
fn is_for_bounces_of_list(local: &str) -> bool {
    let local = local.to_ascii_lowercase();
    let is_after_name = |mark: &str| {
        let at = local.find(mark).filter(|at| *at > 0);
        at.map(|at| &local[at + mark.len()..])
    };
    let is_end = |rest: &str| rest.is_empty() || rest.starts_with('+');
    local
        .strip_prefix("owner-")
        .is_some_and(|name| !name.is_empty())
        || is_after_name("-bounces").is_some_and(is_end)
        || is_after_name("+bounces-").is_some()
        || is_after_name("-return-").is_some_and(|rest| rest.contains('='))
        || is_after_name("+bnc").is_some_and(|rest| rest.len() > 8)
}

/// The ID that a sending service assigned, as Message-ID and as the local part of the envelope
/// sender. If the two differ, the message was sent again by someone else.
struct GivenId {
    service: &'static str,
    /// The domain that stands for the hosts of the service.
    organization: Option<&'static str>,
    id: String,
    /// Whether the Message-ID has a domain of the service.
    is_at_home: bool,
}

impl GivenId {
    fn of(message: &Message<'_>) -> Option<Self> {
        let text = message.text("Message-ID")?;
        let inner = text.trim_matches(['<', '>', ' ', '\t']);
        let (id, domain) = inner.rsplit_once('@')?;
        let (service, ids) = receivers::service_of_id(id)?;
        Some(Self {
            service: service.name,
            organization: service.organization(),
            id: id.to_owned(),
            is_at_home: ids.is_at(domain),
        })
    }

    fn is_not(&self, local: &str) -> bool {
        !local.eq_ignore_ascii_case(&self.id)
    }
}

fn local_part(path: &str) -> Option<&str> {
    path.rsplit_once('@').map(|(local, _)| local)
}

/// Whether a local part was rewritten, by the Sender Rewriting Scheme or by Gmail's forwarding.
fn is_rewritten(local: &str) -> bool {
    let local = local.to_ascii_uppercase();
    local.starts_with("SRS0") || local.starts_with("SRS1") || local.contains("+CAF_=")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SessionHints;

    fn signs(header: &str, mail_from: &str) -> Vec<PassedOn> {
        signs_in(header, Some(mail_from))
    }

    fn signs_in(header: &str, mail_from: Option<&str>) -> Vec<PassedOn> {
        let text = format!("{header}From: a@example.com\n\n");
        let message = Message::parse(text.as_bytes(), &Limits::default()).unwrap();
        let hints = SessionHints {
            mail_from: mail_from.map(str::to_owned),
            ..SessionHints::default()
        };
        let session = Session::find(&message, &hints, &Limits::default());
        session.forwarding.signs
    }

    const ID: &str = "0100018f3a2b4c5d-01234567-89ab-cdef-0123-456789abcdef-000000";

    #[test]
    fn fields_of_lists_alone_show_nothing() {
        let header = "X-Forwarded-To: b@example.net\nList-Id: <l.example>\n";
        assert_eq!(signs(header, "a@b.example"), []);
        let header = format!("Return-Path: <a@b.example>\n{header}");
        assert_eq!(signs(&header, "a@b.example"), []);
    }

    #[test]
    fn seals_of_two_hosts_outside_the_receiver_are_a_sign() {
        let sealed = |number: usize, domain: &str| format!("ARC-Seal: i={number}; d={domain}\n");
        let received = "Received: from a.example (a.example [192.0.2.1]) by mx.example.net\n";
        for (seals, count) in [
            (vec!["one.example"], None),
            (vec!["two.example", "one.example"], Some(2)),
            // The receiver made one of them.
            (vec!["example.net", "one.example"], None),
            (vec!["example.net", "two.example", "one.example"], Some(2)),
        ] {
            let numbered = (1..=seals.len()).rev().zip(&seals);
            let header: String = numbered
                .map(|(number, seal)| sealed(number, seal))
                .collect();
            let found = signs_in(&format!("{header}{received}"), None);
            assert_eq!(
                found,
                Vec::from_iter(count.map(PassedOn::Seals)),
                "{seals:?}"
            );
        }
    }

    #[test]
    fn a_hop_to_another_mailbox_or_to_a_list_of_its_host_is_a_sign() {
        let border = "Received: from mx.example.org (mx.example.org [192.0.2.2]) by mx.example.net \
                      for <b@example.net>\n";
        let below = |rest: &str| {
            format!(
                "{border}Received: from mail.example.com (mail.example.com [192.0.2.1]) by \
                 mx.example.org{rest}\n"
            )
        };
        let hop = || {
            let (by, from) = ("mx.example.org".into(), "mail.example.com".into());
            let number = 2;
            vec![PassedOn::EarlierHop { by, from, number }]
        };
        assert_eq!(signs_in(&below(" for <ada@example.org>"), None), hop());
        let list = "List-Id: <talk.lists.example.org>\n";
        assert_eq!(signs_in(&(below("") + list), None), hop());
        // A relay of the sender.
        assert_eq!(signs_in(&below(" for <b@example.net>"), None), []);
        assert_eq!(signs_in(&(below(" for <b@example.net>") + list), None), []);
        assert_eq!(signs_in(&below(""), None), []);
        // A name that the list's host does not have.
        let other = "List-Id: <talk.example.com>\n";
        assert_eq!(signs_in(&(below("") + other), None), []);
    }

    #[test]
    fn the_bounces_of_a_list_of_another_organization_are_a_sign() {
        for local in [
            "talk-bounces",
            "talk-bounces+b=example.net",
            "talk+bounces-12-b=example.net",
            "talk-return-12-b=example.net",
            "talk+bncBCJJTK5T3UGRBYXV",
            "owner-talk",
        ] {
            let path = format!("{local}@lists.example.org");
            assert_eq!(signs("", &path), [PassedOn::ListBounces(path.clone())]);
            assert_eq!(signs("", &format!("{local}@news.example.com")), []);
        }
        // Of services that send for others.
        for local in [
            "bounces+12-ab-b=example.net",
            "bounce-12_ab",
            "bounces",
            "owner",
        ] {
            assert_eq!(
                signs("", &format!("{local}@send.example.org")),
                [],
                "{local}"
            );
        }
    }

    #[test]
    fn an_envelope_sender_that_is_not_the_message_id_is_a_sign_where_a_host_shows_the_service() {
        let header = "Received: from mx.example.org (mx.example.org [192.0.2.2]) by mx.example.net\n\
                      Received: from a8-50.smtp-out.amazonses.com (a8-50.smtp-out.amazonses.com \
                      [54.240.8.50]) by mx.example.org\n";
        let header = format!("{header}Message-ID: <{ID}@email.amazonses.com>\n");
        assert_eq!(signs(&header, &format!("{ID}@mail.example.com")), []);
        let other = [PassedOn::OtherEnvelope("Amazon SES")];
        assert_eq!(signs(&header, "list@lists.example"), other);
        let elsewhere = header.replace("@email.amazonses.com", "@example.com");
        assert_eq!(signs(&elsewhere, "list@lists.example"), []);
        // A Message-ID alone can be anyone's.
        let alone = format!("Message-ID: <{ID}@email.amazonses.com>\n");
        assert_eq!(signs(&alone, "list@lists.example"), []);
    }

    #[test]
    fn a_rewritten_sender_is_no_sign_by_itself_that_another_host_had_the_message() {
        let forwarding = Forwarding {
            signs: signs("", "SRS0=x=y=b.example=a@forwarder.example"),
            ..Forwarding::default()
        };
        assert!(forwarding.is_sender_rewritten());
        assert_eq!(forwarding.plainest(), None);
    }
}
