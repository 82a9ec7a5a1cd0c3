//! Whether SES sent a message, how certain that is, and from which region.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::regions::{is_dkim_target, is_ses_domain};
use super::signs::{Host, feedback_region, is_easy_dkim, outgoing_ip};
use super::{MessageId, Region, SesDoubt, Sign, SignKind, SignNote};
use crate::dkim::{DkimResult, DkimVerdict};
use crate::evidence_class::EvidenceClass;
use crate::message::Message;
use crate::session::{Provenance, Session};
use crate::spf::{SpfResult, SpfVerdict};

/// The evidence that SES sent a message.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Ses {
    /// The region that sent it: the one that most signs name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
    /// Whether Amazon lists that region. For others, the names are built by the usual pattern.
    #[serde(skip_serializing_if = "Clone::clone")]
    pub region_is_known: bool,
    /// Regions that other signs name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub other_regions: Vec<Region>,
    /// Whether a signature or DNS proves at least one sign.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_proved: bool,
    /// What speaks against it, if nothing proves it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doubt: Option<SesDoubt>,
    /// The message ID, if it has the form of SES.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// When SES accepted the message, according to its message ID.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<Timestamp>,
    /// Whether the reverse-path of the session is in a domain of SES instead of the customer's.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub default_mail_from: bool,
    /// Whether the message was forwarded with another reverse-path; `None` if that is unknown.
    #[serde(skip_serializing_if = "is_not_so")]
    pub is_forwarded: Option<bool>,
    /// The number of SES's own signature, from 1. SES adds it to all mail; it does not authenticate
    /// the customer's domain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own_signature: Option<usize>,
    /// The numbers of the signatures whose selectors look like Easy DKIM, from 1.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub easy_dkim: Vec<usize>,
    /// All signs.
    #[serde(skip)]
    pub signs: Vec<Sign>,
}

/// Whether the value is not `true`: the usual case, which is left out of the output.
fn is_not_so(value: &Option<bool>) -> bool {
    *value != Some(true)
}

impl Ses {
    /// Gathers the signs; `None` if nothing indicates SES. A selector that only looks like Easy
    /// DKIM is not enough.
    pub fn recognise(
        message: &Message<'_>,
        session: &Session,
        dkim: &[DkimVerdict],
        spf: &SpfVerdict,
    ) -> Option<Self> {
        let gather = Gather {
            message,
            session,
            dkim,
        };
        let mut signs = Vec::new();
        gather.feedback_id(&mut signs);
        gather.message_id(&mut signs);
        gather.hosts(&mut signs);
        gather.return_path(&mut signs);
        gather.signatures(&mut signs);
        signs.extend(by_spf(spf, session));
        gather.outgoing(&mut signs);
        signs.sort_by_key(|sign| sign.sign);
        if signs
            .iter()
            .all(|sign| sign.class == EvidenceClass::Inferred)
        {
            return None;
        }
        let (region, other_regions) = vote(&signs);
        let numbered = || (1..).zip(dkim);
        let is_easy = |selector: &DkimVerdict| {
            let selector = selector.selector.as_ref();
            selector.is_some_and(|selector| is_easy_dkim(selector.as_str()))
        };
        let (local, _) = gather.id().unwrap_or_default();
        let id = MessageId::parse(&local);
        let is_proved = signs
            .iter()
            .any(|sign| sign.class <= EvidenceClass::ProvedByDns);
        Some(Self {
            doubt: match is_proved {
                true => None,
                false => doubt(&signs, session, spf),
            },
            region_is_known: region.as_ref().is_some_and(Region::is_known),
            region,
            other_regions,
            is_proved,
            message_id: id.is_some().then(|| local.clone()),
            sent_at: id.as_ref().and_then(|id| id.sent_at),
            default_mail_from: gather.is_default(),
            is_forwarded: session
                .forwarding
                .has_other_return_path
                .filter(|_| id.is_some()),
            own_signature: numbered()
                .find(|(_, verdict)| is_own(verdict))
                .map(|(number, _)| number),
            easy_dkim: numbered()
                .filter(|(_, verdict)| is_easy(verdict) && !is_own(verdict))
                .map(|(number, _)| number)
                .collect(),
            signs,
        })
    }

    /// A domain that uses SES in `region`, without a message that shows it. `dkim` are verdicts on
    /// its keys.
    pub(crate) fn of_domain(region: Option<Region>, dkim: &[DkimVerdict]) -> Self {
        let is_easy = |(_, verdict): &(usize, &DkimVerdict)| {
            let selector = verdict.selector.as_ref();
            selector.is_some_and(|selector| is_easy_dkim(selector.as_str()))
        };
        Self {
            region_is_known: region.as_ref().is_some_and(Region::is_known),
            region,
            other_regions: Vec::new(),
            is_proved: false,
            doubt: None,
            message_id: None,
            sent_at: None,
            default_mail_from: false,
            is_forwarded: None,
            own_signature: None,
            easy_dkim: (1..).zip(dkim).filter(is_easy).map(|(at, _)| at).collect(),
            signs: Vec::new(),
        }
    }

    /// The first sign of this kind.
    pub fn sign(&self, kind: SignKind) -> Option<&Sign> {
        self.signs.iter().find(|sign| sign.sign == kind)
    }
}

/// Whether SES made this signature with its own domain.
fn is_own(verdict: &DkimVerdict) -> bool {
    let domain = verdict.domain.as_ref();
    domain.is_some_and(|domain| is_ses_domain(domain.as_str()))
}

/// The region that most signs name, then the others in the order of their signs.
fn vote(signs: &[Sign]) -> (Option<Region>, Vec<Region>) {
    let mut votes: Vec<(Region, usize)> = Vec::new();
    for region in signs.iter().filter_map(|sign| sign.region.as_ref()) {
        match votes.iter_mut().find(|(other, _)| other == region) {
            Some((_, count)) => *count += 1,
            None => votes.push((region.clone(), 1)),
        }
    }
    votes.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let mut regions = votes.into_iter().map(|(region, _)| region);
    (regions.next(), regions.collect())
}

/// What speaks against SES having sent a message with these signs, none of which is proved. The
/// name of a host that fits its address speaks for it, and so does its record.
fn doubt(signs: &[Sign], session: &Session, spf: &SpfVerdict) -> Option<SesDoubt> {
    let client = session.client_ip.as_ref()?.value.to_canonical();
    let of = |kind: SignKind| signs.iter().filter(move |sign| sign.sign == kind);
    let fits = |sign: &Sign| !matches!(sign.note, Some(SignNote::OtherAddress(_)));
    if let Some(host) = of(SignKind::Host).find(|sign| !fits(sign)) {
        let host = host.value.clone();
        return Some(SesDoubt::OtherAddress { host, client });
    }
    // From there, another host can have passed it on.
    if of(SignKind::EarlierHost).any(fits) {
        return None;
    }
    let is_refused = matches!(
        spf.result,
        SpfResult::Fail | SpfResult::Softfail | SpfResult::Neutral
    );
    let domain = spf.domain.as_ref().filter(|_| is_refused);
    let domain = domain.filter(|domain| is_ses_domain(&domain.to_ascii_lowercase()));
    if let Some(domain) = domain {
        let domain = domain.clone();
        return Some(SesDoubt::NotInRecord { domain, client });
    }
    let outgoing = of(SignKind::Outgoing).next().map(|sign| &sign.note);
    match outgoing {
        Some(Some(SignNote::ClientHadAnother(_))) => {
            return Some(SesDoubt::OtherOutgoing { client });
        }
        Some(Some(SignNote::OnlySource | SignNote::ClientHadIt(_))) => return None,
        _ => (),
    }
    let is_shown = of(SignKind::Host).chain(of(SignKind::Spf)).next().is_some();
    let name = session.border_name();
    let host = name.map_or_else(|| client.to_string(), str::to_owned);
    (!is_shown).then_some(SesDoubt::OtherHost { host })
}

/// SPF found the client's address in Amazon's record. That is proof only if the address itself is
/// vouched for.
fn by_spf(spf: &SpfVerdict, session: &Session) -> Option<Sign> {
    let matched = spf.matched.as_ref()?;
    let is_amazons = spf.result == SpfResult::Pass && is_ses_domain(matched.record_domain.as_str());
    is_amazons.then(|| Sign {
        sign: SignKind::Spf,
        value: format!("{} of {}", matched.term, matched.record_domain),
        region: None,
        class: match session.on_word_of {
            None => EvidenceClass::ProvedByDns,
            Some(_) => EvidenceClass::ClaimedByHeader,
        },
        note: None,
        field: None,
    })
}

struct Gather<'a> {
    message: &'a Message<'a>,
    session: &'a Session,
    dkim: &'a [DkimVerdict],
}

impl Gather<'_> {
    /// A sign in the header field with index `field`. It is proved if a signature of SES covers it.
    fn claim(
        &self,
        sign: SignKind,
        value: &str,
        region: Option<Region>,
        field: Option<usize>,
    ) -> Sign {
        let name = field.map(|field| self.message.header.fields[field].name);
        let name = name.map(String::from_utf8_lossy);
        let is_alone = |name: &str| self.message.fields(name).count() == 1;
        let covers = |verdict: &DkimVerdict, name: &str| {
            let mut signed = verdict.signed_fields.iter();
            is_own(verdict)
                && verdict.result == DkimResult::Pass
                && signed.any(|signed| signed.eq_ignore_ascii_case(name))
        };
        let is_proved = name.is_some_and(|name| {
            is_alone(&name) && self.dkim.iter().any(|verdict| covers(verdict, &name))
        });
        Sign {
            sign,
            value: value.to_owned(),
            region,
            class: match is_proved {
                true => EvidenceClass::ProvedBySignature,
                false => EvidenceClass::ClaimedByHeader,
            },
            note: None,
            field,
        }
    }

    fn feedback_id(&self, signs: &mut Vec<Sign>) {
        for (index, text) in self.texts("Feedback-ID") {
            if let Some(region) = feedback_region(&text) {
                signs.push(self.claim(SignKind::FeedbackId, &text, region, Some(index)));
            }
        }
    }

    fn message_id(&self, signs: &mut Vec<Sign>) {
        let Some((index, _)) = self.texts("Message-ID").next() else {
            return;
        };
        let Some((local, domain)) = self.id() else {
            return;
        };
        if is_ses_domain(&domain) {
            let region = Region::of_message_id(&domain);
            signs.push(self.claim(SignKind::MessageIdDomain, &domain, region, Some(index)));
        }
        if let Some(id) = MessageId::parse(&local) {
            signs.push(self.claim(SignKind::MessageId, &local, id.region, Some(index)));
        }
    }

    fn hosts(&self, signs: &mut Vec<Sign>) {
        let session = self.session;
        let helo = session.helo.as_ref();
        let is_given = |from| matches!(from, Provenance::Flag(_) | Provenance::Metadata);
        let given = helo.filter(|helo| is_given(helo.from));
        let ip = session.client_ip.as_ref().map(|ip| ip.value);
        if let Some((helo, host)) = given.and_then(|helo| Some((helo, Host::parse(&helo.value)?))) {
            signs.push(self.host(SignKind::Host, &helo.value, &host, ip, None));
        }
        for hop in &session.hops {
            let received = &hop.received;
            let names = received.reverse.iter().chain(&received.from);
            let found = names.filter_map(|name| Some((name, Host::parse(name)?)));
            let Some((name, host)) = found.into_iter().next() else {
                continue;
            };
            let kind = match hop.border {
                true => SignKind::Host,
                false => SignKind::EarlierHost,
            };
            let mut fields = self.message.header.fields.iter();
            let field = fields.position(|field| field.span == received.span);
            signs.push(self.host(kind, name, &host, received.ip, field));
        }
    }

    fn host(
        &self,
        kind: SignKind,
        name: &str,
        host: &Host,
        ip: Option<std::net::IpAddr>,
        field: Option<usize>,
    ) -> Sign {
        let note = ip.map(|ip| match host.fits(ip) {
            true => SignNote::FitsAddress(ip),
            false => SignNote::OtherAddress(ip),
        });
        Sign {
            note,
            ..self.claim(kind, name, host.region.clone(), field)
        }
    }

    /// The reverse-paths of the judged session and of the delivery.
    fn return_path(&self, signs: &mut Vec<Sign>) {
        let judged = self.session.mail_from.as_ref();
        let delivered = self.message.return_path();
        let paths = judged.map(|from| (from.value.clone(), from.from));
        let delivered = delivered.map(|path| (path, Provenance::ReturnPath));
        let mut paths: Vec<_> = paths.into_iter().chain(delivered).collect();
        paths.dedup_by(|(path, _), (first, _)| path.eq_ignore_ascii_case(first));
        for (path, from) in paths {
            let (local, domain) = parts(&path).unwrap_or_else(|| ("".into(), path.clone()));
            let id = MessageId::parse(&local);
            let is_ses = is_ses_domain(&domain);
            if !is_ses && id.is_none() {
                continue;
            }
            let region = match is_ses {
                true => Region::of_mail_from(&domain),
                false => id.and_then(|id| id.region),
            };
            let field = self.texts("Return-Path").next().map(|(index, _)| index);
            let field = field.filter(|_| from == Provenance::ReturnPath);
            signs.push(Sign {
                note: field.is_none().then_some(SignNote::SaidBy(from)),
                ..self.claim(SignKind::ReturnPath, &path, region, field)
            });
        }
    }

    fn signatures(&self, signs: &mut Vec<Sign>) {
        for verdict in self.dkim {
            let passes = verdict.result == DkimResult::Pass;
            let (Some(domain), Some(selector)) = (&verdict.domain, &verdict.selector) else {
                continue;
            };
            if is_own(verdict) {
                let sign = self.claim(SignKind::Signature, domain.as_str(), None, None);
                signs.push(Sign {
                    class: match passes {
                        true => EvidenceClass::ProvedBySignature,
                        false => EvidenceClass::ClaimedByHeader,
                    },
                    ..sign
                });
                continue;
            }
            if !is_easy_dkim(selector.as_str()) {
                continue;
            }
            let chain = verdict.key.iter().flat_map(|key| &key.cname);
            let target = chain.into_iter().find(|target| is_dkim_target(target));
            let value = format!("{selector} of {domain}");
            let sign = self.claim(SignKind::EasyDkim, &value, None, None);
            signs.push(Sign {
                class: match (target, passes) {
                    (Some(_), true) => EvidenceClass::ProvedBySignature,
                    (Some(_), false) => EvidenceClass::ProvedByDns,
                    (None, _) => EvidenceClass::Inferred,
                },
                note: target.cloned().map(SignNote::KeyOfSes),
                ..sign
            });
        }
    }

    fn outgoing(&self, signs: &mut Vec<Sign>) {
        let Some((index, text)) = self.texts("X-SES-Outgoing").next() else {
            return;
        };
        let client = self.session.client_ip.as_ref();
        let note = outgoing_ip(&text).zip(client).map(|(ip, client)| {
            match (ip == client.value.to_canonical(), client.from) {
                (true, Provenance::Field("X-SES-Outgoing")) => SignNote::OnlySource,
                (true, from) => SignNote::ClientHadIt(from),
                (false, _) => SignNote::ClientHadAnother(client.value),
            }
        });
        let sign = self.claim(SignKind::Outgoing, &text, None, Some(index));
        signs.push(Sign { note, ..sign });
    }

    /// Whether the judged session has a reverse-path of SES's own.
    fn is_default(&self) -> bool {
        let path = self.session.mail_from.as_ref();
        path.is_some_and(|path| {
            let domain = path.value.rsplit('@').next().unwrap_or_default();
            is_ses_domain(&domain.trim_end_matches('.').to_ascii_lowercase())
        })
    }

    /// Index and text of every field with this name.
    fn texts(&self, name: &'static str) -> impl Iterator<Item = (usize, String)> {
        let fields = self.message.header.fields.iter().enumerate();
        fields
            .filter(move |(_, field)| field.is(name))
            .map(|(index, field)| (index, field.unfolded()))
    }

    /// Local part and domain of the Message-ID.
    fn id(&self) -> Option<(String, String)> {
        let (_, text) = self.texts("Message-ID").next()?;
        let inner = text.trim_matches(|char: char| matches!(char, '<' | '>' | ' ' | '\t'));
        parts(inner)
    }
}

fn parts(address: &str) -> Option<(String, String)> {
    let (local, domain) = address.rsplit_once('@')?;
    let domain = domain.trim_end_matches('.').to_ascii_lowercase();
    Some((local.to_owned(), domain))
}
