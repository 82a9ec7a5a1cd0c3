//! The DNS questions that only advice needs, asked in one step after the verdicts.
//!
//! No verdict depends on the answers. A missing or failed answer means *not checked*: it is never a
//! temperror, never changes the exit code, and need not be in a recording.

mod hosts;

use std::net::IpAddr;
use std::sync::Arc;

use jiff::Timestamp;

use crate::Limits;
use crate::Options;
use crate::dkim::{DkimCause, DkimFault, DkimVerdict, KeyRecordFault, host_name};
use crate::dmarc::ReportTarget;
use crate::dns::{Lookup, Name, Question, Record, RecordType, Recorder, Reply, Txt};
use crate::ses::{Ses, SesIdentity, is_dkim_target, is_ses_domain, records};
use crate::spf::record::{SpfRecord, is_spf};
use crate::spf::reverse_name;

pub use hosts::{Exchanger, SendingZone};

/// Names that customers of SES usually choose for a custom MAIL FROM domain, most likely first.
pub(crate) const MAIL_FROM_LABELS: [&str; 4] = ["mail", "bounce", "ses", "email"];

/// The answers that advice is based on.
#[derive(Clone, Debug, Default)]
pub struct Advice {
    /// The domain of the reverse-path, if it is not one of SES's.
    pub mail_from: Option<MailFromZone>,
    /// Where a custom MAIL FROM domain may exist, most likely first, if the message uses SES's own.
    pub candidates: Vec<MailFromZone>,
    /// TXT at the author domain, to find an SPF record that no receiver asks for, or a misplaced
    /// DMARC record.
    pub author: Answered,
    /// TXT at the organizational domain; not asked again if that is the author domain.
    pub organization: Answered,
    /// TXT at `_dmarc.<author domain>.<author domain>`, in case the zone name was appended twice.
    pub doubled_dmarc: Answered,
    /// The records at and near the selectors of signatures whose key cannot be used, or was found
    /// where Easy DKIM has an alias.
    pub keys: Vec<KeyZone>,
    /// TXT at amazonses.com, if SES sent the message.
    pub amazonses: Answered,
    /// The names of the client's address, if SES sent the message.
    pub client_names: Answered,
    /// The records that the identity needs, by what SES says of it.
    pub identity: IdentityZone,
    /// The report addresses, and whether they accept reports.
    pub reports: Vec<ReportTarget>,
    /// The hosts that send, by the caller's word.
    pub hosts: Vec<SendingZone>,
    /// The hosts that take mail of the author's domain, if that was asked for.
    pub exchangers: Vec<Exchanger>,
}

/// The records of a MAIL FROM domain.
#[derive(Clone, Debug)]
pub struct MailFromZone {
    /// The domain.
    pub domain: Name,
    /// Its mail exchangers.
    pub mx: Answered,
    /// Its TXT records, including SPF.
    pub txt: Answered,
    /// Its addresses; not asked for candidates.
    pub a: Answered,
    /// Mail exchangers at the name to which the zone name was appended twice, such as
    /// `mail.example.com.example.com`; not asked for candidates.
    pub doubled_mx: Answered,
    /// The TXT records at that name.
    pub doubled_txt: Answered,
}

/// The records that an identity of SES needs.
#[derive(Clone, Debug, Default)]
pub struct IdentityZone {
    /// Those of its keys, one for each token.
    pub keys: Vec<TokenZone>,
    /// Those of its custom MAIL FROM domain.
    pub mail_from: Option<MailFromZone>,
}

/// The record of one key of an identity.
#[derive(Clone, Debug)]
pub struct TokenZone {
    /// The name at which receivers look for the key.
    pub owner: Name,
    /// The name to which the alias there has to lead; `None` for a key of the customer's own, and
    /// where SES does not name its zone.
    pub target: Option<Name>,
    /// The alias there, or the TXT record if the key is the customer's own.
    pub published: Answered,
    /// TXT at `target`.
    pub key: Answered,
}

/// What is published for a key of an identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TokenState {
    /// What SES asks for.
    Right,
    /// Nothing.
    Missing,
    /// An alias to another name.
    Elsewhere(Name),
}

impl TokenZone {
    /// What is published; `None` if it is not known.
    pub(crate) fn state(&self) -> Option<TokenState> {
        let lookup = self.published.lookup()?;
        if lookup.question.kind == RecordType::Txt {
            let is_missing = self.published.is_absent();
            return Some(if is_missing {
                TokenState::Missing
            } else {
                TokenState::Right
            });
        }
        let aliases = self.published.aliases();
        let Some(first) = aliases.first() else {
            return Some(TokenState::Missing);
        };
        let is_right = match &self.target {
            Some(target) => aliases.contains(&target),
            None => aliases.iter().any(|alias| is_dkim_target(alias)),
        };
        Some(match is_right {
            true => TokenState::Right,
            false => TokenState::Elsewhere(Name::clone(first)),
        })
    }
}

/// The records where the key of a signature is expected.
#[derive(Clone, Debug)]
pub struct KeyZone {
    /// The number of the signature, from 1.
    pub number: usize,
    /// The alias at the selector.
    pub cname: Answered,
    /// Addresses at the selector, in case an alias was flattened or proxied.
    pub a: Answered,
    /// The records where the zone name was appended twice, `s._domainkey.d.d`: for the signing
    /// domain, and for the organizational domain, which may be the zone.
    pub doubled: Vec<DoubledName>,
    /// TXT where SES may keep the key, most likely first, if the selector looks like Easy DKIM and
    /// an alias may have to be published.
    pub targets: Vec<Answered>,
    /// TXT at the host that the text at the selector names, if it is just a host name.
    pub host: Answered,
}

/// The records at a name to which the zone name was appended.
#[derive(Clone, Debug)]
pub struct DoubledName {
    /// The alias.
    pub cname: Answered,
    /// The TXT record.
    pub txt: Answered,
}

/// A DNS answer, or nothing if the question was not asked, not answered or not recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answered(Option<Lookup>);

impl Answered {
    /// The lookup as an answer; a failure becomes nothing.
    pub fn new(lookup: Lookup) -> Self {
        match lookup.reply {
            Reply::Records(_) | Reply::NoData(_) | Reply::NxDomain(_) => Self(Some(lookup)),
            Reply::TempFail(_) | Reply::NotRecorded => Self(None),
        }
    }

    /// The lookup; `None` if nothing is known.
    pub fn lookup(&self) -> Option<&Lookup> {
        self.0.as_ref()
    }

    /// Whether the answer is known.
    pub fn is_checked(&self) -> bool {
        self.0.is_some()
    }

    /// Whether it is known that there is no such record.
    pub fn is_absent(&self) -> bool {
        self.is_checked() && self.records().is_empty()
    }

    /// Whether it is known that the name does not exist.
    pub fn is_no_such_name(&self) -> bool {
        let lookup = self.lookup();
        lookup.is_some_and(|lookup| matches!(lookup.reply, Reply::NxDomain(_)))
    }

    /// The records; empty if there are none or nothing is known.
    pub fn records(&self) -> &[Record] {
        self.lookup().map_or(&[], |lookup| lookup.reply.records())
    }

    /// The first SPF record, parsed once for all messages of a run.
    pub(crate) fn spf_record(&self) -> Option<Arc<SpfRecord>> {
        let read = |reply: &Reply| {
            let mut texts = reply.txt().map(Txt::joined);
            let record = texts.find(|text| is_spf(text))?;
            Some(Arc::new(SpfRecord::parse(&record)))
        };
        Option::clone(&self.lookup()?.reading(read))
    }

    /// The TXT records, each as one text; bytes that are not UTF-8 are replaced.
    pub fn texts(&self) -> Vec<String> {
        let texts = self.lookup().into_iter().flat_map(|it| it.reply.txt());
        texts
            .map(|txt| String::from_utf8_lossy(&txt.joined()).into_owned())
            .collect()
    }

    /// The mail exchangers with their preference; `None` is the null MX of RFC 7505.
    pub fn exchanges(&self) -> Vec<(u16, Option<&Name>)> {
        let exchange = |record: &'_ Record| matches!(record, Record::Mx { .. });
        let records = self.records().iter().filter(|record| exchange(record));
        records
            .filter_map(|record| match record {
                Record::Mx {
                    preference,
                    exchange,
                } => Some((*preference, exchange.as_ref())),
                _ => None,
            })
            .collect()
    }

    /// The aliases: those that led to the answer, and those in the answer.
    pub fn aliases(&self) -> Vec<&Name> {
        let chain = self.lookup().into_iter().flat_map(|it| it.reply.cname());
        let asked = self.records().iter().filter_map(|record| match record {
            Record::Cname(target) => Some(target),
            _ => None,
        });
        chain.chain(asked).collect()
    }
}

/// The parts of a message that decide which questions are asked.
pub(crate) struct Subject<'a> {
    pub author: Option<&'a Name>,
    pub organization: Option<&'a Name>,
    /// The reverse-path.
    pub mail_from: Option<&'a str>,
    pub client_ip: Option<IpAddr>,
    pub ses: Option<&'a Ses>,
    pub identity: Option<&'a SesIdentity>,
    pub dkim: &'a [DkimVerdict],
}

impl Advice {
    /// Asks all questions at once.
    pub(crate) async fn ask(subject: &Subject<'_>, dns: &Recorder<'_>, limits: &Limits) -> Self {
        let mut questions = Vec::new();
        subject.fill(|question| {
            questions.push(question);
            Answered::default()
        });
        questions.truncate(limits.advice_questions);
        // The same subject gives the same questions in the same order.
        let mut lookups = dns.ask_all(&questions).await.into_iter();
        subject.fill(|question| {
            let answered = lookups.next().map(Answered::new).unwrap_or_default();
            match question.kind == RecordType::Cname && !dns.keeps_aliases() {
                true if answered.is_absent() => Answered::default(),
                _ => answered,
            }
        })
    }
}

impl Advice {
    /// Asks about the hosts that send, and about those that take mail of the author's domain if
    /// `options` say so.
    pub(crate) async fn ask_hosts(
        &mut self,
        subject: &Subject<'_>,
        options: &Options,
        at: Timestamp,
        dns: &Recorder<'_>,
    ) {
        let Some(author) = subject.author else {
            return;
        };
        let domains = (author, subject.mail_from);
        self.hosts = hosts::sending(&options.hosts, domains, at, dns, &options.limits).await;
        if options.exchangers {
            self.exchangers = hosts::exchangers(author, dns).await;
        }
    }
}

impl Subject<'_> {
    /// Builds the advice; `answer` answers each question. So the questions and the places of their
    /// answers are defined only once.
    fn fill(&self, mut answer: impl FnMut(Question) -> Answered) -> Advice {
        let mut ask = |name: Option<Name>, kind| match name {
            Some(name) => answer(Question::new(name, kind)),
            None => Answered::default(),
        };
        let mut advice = Advice::default();
        let domain = self.mail_from.and_then(|path| path.rsplit('@').next());
        let domain = domain.and_then(|domain| Name::parse(domain).ok());
        match domain {
            Some(domain) if !is_ses_domain(domain.as_str()) => {
                let zone = self.organization.filter(|zone| domain.is_within(zone));
                let doubled = zone.and_then(|zone| Name::parse(&format!("{domain}.{zone}")).ok());
                advice.mail_from = Some(MailFromZone {
                    mx: ask(Some(domain.clone()), RecordType::Mx),
                    txt: ask(Some(domain.clone()), RecordType::Txt),
                    a: ask(Some(domain.clone()), RecordType::A),
                    doubled_mx: ask(doubled.clone(), RecordType::Mx),
                    doubled_txt: ask(doubled, RecordType::Txt),
                    domain,
                });
            }
            Some(_) => advice.candidates = self.candidates(&mut ask),
            None => (),
        }
        advice.author = ask(self.author.cloned(), RecordType::Txt);
        advice.organization = ask(self.organization.cloned(), RecordType::Txt);
        let doubled = self.author.and_then(|author| {
            let below = author.under(&format!("_dmarc.{author}"));
            below.ok()
        });
        advice.doubled_dmarc = ask(doubled, RecordType::Txt);
        if self.ses.is_some() {
            let amazonses = Name::parse("amazonses.com").ok();
            advice.amazonses = ask(amazonses, RecordType::Txt);
            let client = self.client_ip.and_then(|ip| reverse_name(ip).ok());
            advice.client_names = ask(client, RecordType::Ptr);
        }
        for (verdict, number) in self.dkim.iter().zip(1..) {
            let is_easy = |ses: &Ses| ses.easy_dkim.contains(&number);
            let is_copied = self.ses.is_some_and(is_easy) && has_no_alias(verdict);
            if is_unusable(verdict) || is_copied {
                let zone = self.key_zone(verdict, number, &mut ask);
                advice.keys.extend(zone);
            }
        }
        if let Some(stated) = self.identity {
            advice.identity = identity_zone(stated, &mut ask);
        }
        advice
    }

    fn candidates(
        &self,
        ask: &mut impl FnMut(Option<Name>, RecordType) -> Answered,
    ) -> Vec<MailFromZone> {
        let stated = self.identity.map(|stated| &stated.identity);
        let stated = stated.and_then(|identity| identity.mail_from_domain());
        if let Some((domain, _)) = stated {
            return vec![mail_from_zone(domain, ask)];
        }
        let labels = MAIL_FROM_LABELS.iter();
        let domains = labels.filter_map(|label| self.author?.under(label).ok());
        domains.map(|domain| mail_from_zone(&domain, ask)).collect()
    }

    /// The questions about a key that cannot be used, or that exists where an alias should be.
    fn key_zone(
        &self,
        verdict: &DkimVerdict,
        number: usize,
        ask: &mut impl FnMut(Option<Name>, RecordType) -> Answered,
    ) -> Option<KeyZone> {
        let domain = verdict.domain.as_ref()?;
        if is_ses_domain(domain.as_str()) {
            return None;
        }
        let owner = verdict.key.as_ref()?.name.clone();
        let parent = self.organization;
        let parent = parent.filter(|parent| *parent != domain && domain.is_within(parent));
        let zones = [Some(domain), parent].into_iter().flatten();
        let doubled = zones.filter_map(|zone| Name::parse(&format!("{owner}.{zone}")).ok());
        let easy = self.ses.filter(|ses| ses.easy_dkim.contains(&number));
        let easy = easy.filter(|_| is_target_wanted(verdict));
        let targets = easy.zip(verdict.selector.as_ref());
        let targets = targets.map(|(ses, selector)| {
            let usual = records::easy_dkim_targets(selector.as_str(), ses.region.as_ref());
            let stated = self.identity.and_then(|stated| target_of(stated, &owner));
            let others = usual.into_iter().filter(|one| Some(one) != stated.as_ref());
            let others: Vec<Name> = others.collect();
            stated.into_iter().chain(others).collect::<Vec<Name>>()
        });
        Some(KeyZone {
            number,
            cname: ask(Some(owner.clone()), RecordType::Cname),
            a: ask(Some(owner.clone()), RecordType::A),
            doubled: doubled
                .map(|name| DoubledName {
                    cname: ask(Some(name.clone()), RecordType::Cname),
                    txt: ask(Some(name), RecordType::Txt),
                })
                .collect(),
            targets: targets
                .into_iter()
                .flatten()
                .map(|name| ask(Some(name), RecordType::Txt))
                .collect(),
            host: ask(named_host(verdict), RecordType::Txt),
        })
    }
}

/// Where the alias at `owner` has to lead, by what SES says.
fn target_of(stated: &SesIdentity, owner: &Name) -> Option<Name> {
    let records = stated.identity.easy_dkim_records();
    let record = records.into_iter().find(|record| record.name == *owner)?;
    Name::parse(record.value.trim_end_matches('.')).ok()
}

/// The questions about a MAIL FROM domain that may be in use.
fn mail_from_zone(
    domain: &Name,
    ask: &mut impl FnMut(Option<Name>, RecordType) -> Answered,
) -> MailFromZone {
    MailFromZone {
        mx: ask(Some(domain.clone()), RecordType::Mx),
        txt: ask(Some(domain.clone()), RecordType::Txt),
        a: Answered::default(),
        doubled_mx: Answered::default(),
        doubled_txt: Answered::default(),
        domain: domain.clone(),
    }
}

/// The questions about the records of an identity.
fn identity_zone(
    stated: &SesIdentity,
    ask: &mut impl FnMut(Option<Name>, RecordType) -> Answered,
) -> IdentityZone {
    let identity = &stated.identity;
    let is_own_key = identity.dkim.as_ref().is_some_and(|dkim| dkim.is_own_key());
    let kind = match is_own_key {
        true => RecordType::Txt,
        false => RecordType::Cname,
    };
    let keys = identity.key_owners().map(|owner| {
        let target = target_of(stated, &owner);
        TokenZone {
            published: ask(Some(owner.clone()), kind),
            key: ask(target.clone(), RecordType::Txt),
            owner,
            target,
        }
    });
    let keys = keys.collect();
    let mail_from = identity.mail_from_domain();
    IdentityZone {
        keys,
        mail_from: mail_from.map(|(domain, _)| mail_from_zone(domain, ask)),
    }
}

/// Whether an alias of Easy DKIM may have to be published: not if DNS fails, nor if the alias leads
/// to a key that is not in use.
fn is_target_wanted(verdict: &DkimVerdict) -> bool {
    let key = verdict.key.as_ref();
    let has_alias = key.is_some_and(|key| !key.cname.is_empty());
    match verdict.cause {
        DkimCause::Dns => false,
        DkimCause::KeyEmpty => !has_alias,
        _ => true,
    }
}

/// The host that the text at the selector names, if it is just a host name.
fn named_host(verdict: &DkimVerdict) -> Option<Name> {
    match verdict.fault.as_ref()? {
        DkimFault::Key(KeyRecordFault::NotAKey { text }) if text.is_whole => host_name(&text.start),
        _ => None,
    }
}

fn is_unusable(verdict: &DkimVerdict) -> bool {
    matches!(
        verdict.cause,
        DkimCause::KeyGone
            | DkimCause::KeyEmpty
            | DkimCause::KeyRevoked
            | DkimCause::KeyNotAKey
            | DkimCause::KeySyntax
            | DkimCause::KeyDoesNotFit
            | DkimCause::Dns
    )
}

fn has_no_alias(verdict: &DkimVerdict) -> bool {
    let key = verdict.key.as_ref();
    verdict.cause == DkimCause::Verified && key.is_some_and(|key| key.cname.is_empty())
}
