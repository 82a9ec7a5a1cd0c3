//! Planned records on top of another source: what would happen if I published this?

use futures_util::future::{BoxFuture, FutureExt};

use super::zone::Said;
use super::{
    Answer, AnyDns, Dns, Evidence, Failure, Name, Negative, Question, Record, RecordType, Recorded,
    Reply, Seen, Zone,
};
use crate::{Error, Limits};

/// Answers from `zone` where it has something planned, and from `dns` otherwise.
///
/// The planned records of a type replace all published records of that name and type. Nothing can
/// stand beside a CNAME (RFC 1034 §3.6.2): where one is published and a record of another type is
/// planned, or the other way round, no server would load that, so there is no answer, unless `$GONE
/// name TYPE` takes the published record away. `$GONE` removes a name, or its records of one type. An
/// alias in either source may lead to a name in the other. Records that a batch of Cloudflare posts
/// stand beside those that are published, without those that it deletes.
///
/// # Examples
///
/// ```
/// use sesauth::dns::{Overlay, Zone};
/// use sesauth::{Options, SessionHints, inspect_recorded};
///
/// # fn main() -> Result<(), sesauth::Error> {
/// let published = Zone::parse("_dmarc.example.com. TXT \"v=DMARC1; p=none\"")?;
/// let planned = Zone::parse("_dmarc.example.com. TXT \"v=DMARC1; p=reject\"")?;
/// let dns = Overlay::new(planned, &published);
///
/// let message = b"From: a@example.com\r\n\r\nHello\r\n";
/// let now = jiff::Timestamp::UNIX_EPOCH;
/// let inspection =
///     inspect_recorded(message, &SessionHints::default(), &dns, now, &Options::default())?;
/// let policy = inspection.analysis.dmarc.policy.expect("a record is planned");
/// assert_eq!(policy.record, "v=DMARC1; p=reject");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Overlay<D> {
    zone: Zone,
    dns: D,
}

impl<D: Dns> Overlay<D> {
    /// Lays `zone` over `dns`.
    pub fn new(zone: Zone, dns: D) -> Self {
        Self { zone, dns }
    }

    /// Looks for planned records that cannot stand beside those that `published`, answers of the
    /// source underneath, shows: an alias and another record. Questions about them get no answer.
    ///
    /// # Errors
    ///
    /// [`Error::Zone`], which names the first.
    pub fn check(&self, published: &Evidence) -> Result<(), Error> {
        for lookup in &published.0 {
            let chain = lookup.reply.cname();
            for (name, target) in [&lookup.question.name].into_iter().chain(chain).zip(chain) {
                if let Some(kind) = self.zone.planned_beside_alias(name) {
                    let problem = beside_alias(name, kind, target);
                    return Err(Error::Zone { problem });
                }
            }
            let kind = lookup.question.kind;
            let name = chain.last().unwrap_or(&lookup.question.name);
            if !lookup.reply.records().is_empty()
                && let Some(target) = self.zone.planned_alias_beside(name, kind)
            {
                let problem = beside_record(name, kind, target);
                return Err(Error::Zone { problem });
            }
        }
        Ok(())
    }

    /// The source underneath.
    pub fn below(&self) -> &D {
        &self.dns
    }
}

impl<D: Recorded> Recorded for Overlay<D> {}

impl<D: Dns> Dns for Overlay<D> {
    async fn query(&self, question: &Question) -> Reply {
        laid(&self.zone, AnyDns::new(&self.dns), question).await
    }

    fn earlier(&self, question: &Question) -> Vec<Seen> {
        match self.zone.said(&question.name, question.kind) {
            Said::Silent => self.dns.earlier(question),
            _ => Vec::new(),
        }
    }

    fn keeps_aliases(&self) -> bool {
        self.dns.keeps_aliases()
    }
}

/// The answer of `zone` over `dns`. In a box, it is compiled here and not in each crate that awaits
/// it.
fn laid<'a>(zone: &'a Zone, dns: AnyDns<'a>, question: &'a Question) -> BoxFuture<'a, Reply> {
    async move { Laid { zone, dns }.query(question).await }.boxed()
}

/// A zone over a source of any type.
struct Laid<'a> {
    zone: &'a Zone,
    dns: AnyDns<'a>,
}

impl Laid<'_> {
    async fn query(&self, question: &Question) -> Reply {
        let kind = question.kind;
        let mut chain: Vec<Name> = Vec::new();
        let mut name = question.name.clone();
        for _ in 0..Limits::default().cname_chain {
            let mut said = self.zone.said(&name, kind);
            let mut below = None;
            if matches!(said, Said::Records(..))
                && let Some(target) = self.published_alias(&name, kind).await
            {
                let why = beside_alias(&name, kind, &target);
                return Reply::TempFail(Failure::Network(why));
            }
            if let Some(target) = self.zone.planned_alias_beside(&name, kind) {
                let question = Question::new(name.clone(), kind);
                let reply = self.dns.query(&question).await;
                if reply.cname().is_empty() && !reply.records().is_empty() {
                    let why = beside_record(&name, kind, target);
                    return Reply::TempFail(Failure::Network(why));
                }
            }
            if let Said::Records(_, records) = &mut said
                && self.zone.adds_to(&Question::new(name.clone(), kind))
            {
                let published = self.dns.query(&Question::new(name.clone(), kind)).await;
                if matches!(published, Reply::TempFail(_) | Reply::NotRecorded) {
                    return published;
                }
                records.splice(0..0, self.left_of(&name, kind, &published, records));
            }
            if said == Said::Silent {
                let reply = self.dns.query(&Question::new(name.clone(), kind)).await;
                let reply = self.without_removed(&name, kind, reply);
                let reply = self.as_far_as_planned(&name, reply);
                if let Some(at) = self.first_planned(&reply, kind) {
                    chain.extend_from_slice(&reply.cname()[..=at]);
                    name = reply.cname()[at].clone();
                    continue;
                }
                if matches!(&reply, Reply::NxDomain(_)) && reply.cname().is_empty() {
                    said = match self.zone.holds(&name) {
                        true => Said::NoData,
                        false => self.zone.wildcard(&name, kind),
                    };
                }
                below = Some(reply);
            }
            match (said, below) {
                (Said::Records(ttl, records), _) => return answer(chain, ttl, records),
                (Said::Alias(target), _) => {
                    chain.push(target.clone());
                    name = target;
                }
                (Said::NoData, _) => return Reply::NoData(negative(chain)),
                (Said::Gone, _) | (Said::Silent, None) => return Reply::NxDomain(negative(chain)),
                (Said::Silent, Some(reply)) => return behind(chain, reply),
            }
        }
        super::endless_aliases(&question.name)
    }

    /// Where a published alias leads at `name`, if records of type `kind` are planned there and
    /// nothing takes the alias away.
    async fn published_alias(&self, name: &Name, kind: RecordType) -> Option<Name> {
        if kind == RecordType::Cname || self.zone.replaces_alias(name) {
            return None;
        }
        let reply = self.dns.query(&Question::new(name.clone(), kind)).await;
        reply.cname().first().cloned()
    }

    /// The `published` records of `name` that stay beside `planned` ones.
    fn left_of(
        &self,
        name: &Name,
        kind: RecordType,
        published: &Reply,
        planned: &[Record],
    ) -> Vec<Record> {
        if !published.cname().is_empty() {
            return Vec::new();
        }
        let mut left = published.records().to_vec();
        self.zone
            .left_of(&Question::new(name.clone(), kind), &mut left);
        left.retain(|record| !planned.contains(record));
        left
    }

    /// `reply`, which is about `name`, without the records that the plan removes.
    fn without_removed(&self, name: &Name, kind: RecordType, reply: Reply) -> Reply {
        let question = Question::new(name.clone(), kind);
        if !reply.cname().is_empty() || !self.zone.removes_from(&question) {
            return reply;
        }
        match reply {
            Reply::Records(answer) => {
                let mut left = answer.records;
                self.zone.left_of(&question, &mut left);
                match left.is_empty() {
                    true => Reply::NoData(negative(Vec::new())),
                    false => Reply::Records(Answer {
                        records: left,
                        ..answer
                    }),
                }
            }
            other => other,
        }
    }

    /// `reply`, which is about `name`, up to the first alias that the plan takes away.
    fn as_far_as_planned(&self, name: &Name, reply: Reply) -> Reply {
        let chain = reply.cname();
        let owners = [name].into_iter().chain(chain);
        let owners: Vec<&Name> = owners.take(chain.len()).collect();
        let is_gone = |owner: &&Name| self.zone.replaces_alias(owner);
        if let Some(at) = owners.iter().position(is_gone) {
            return Reply::NoData(negative(chain[..at].to_vec()));
        }
        reply
    }

    /// The position of the first alias in `reply` whose target has something planned.
    fn first_planned(&self, reply: &Reply, kind: RecordType) -> Option<usize> {
        let planned = |name: &Name| self.zone.said(name, kind) != Said::Silent;
        reply.cname().iter().position(planned)
    }
}

/// No server loads a zone with such a record.
fn beside_alias(name: &Name, kind: RecordType, target: &Name) -> String {
    format!(
        "a planned {kind} stands beside the published CNAME of {name} to {target}, which no server \
         loads (RFC 1034 section 3.6.2); $GONE {name} CNAME in the plan takes the CNAME away"
    )
}

/// The same, where the CNAME is the planned one.
fn beside_record(name: &Name, kind: RecordType, target: &Name) -> String {
    format!(
        "a planned CNAME of {name} to {target} stands beside the published {kind} there, which no \
         server loads (RFC 1034 section 3.6.2); $GONE {name} {kind} in the plan takes the {kind} away"
    )
}

fn answer(cname: Vec<Name>, ttl: u32, records: Vec<Record>) -> Reply {
    Reply::Records(Answer {
        cname,
        ttl,
        authenticated: false,
        records,
    })
}

fn negative(cname: Vec<Name>) -> Negative {
    Negative {
        cname,
        ..Negative::default()
    }
}

/// `reply`, with the aliases that led to it in front of its own.
fn behind(mut chain: Vec<Name>, mut reply: Reply) -> Reply {
    let cname = match &mut reply {
        Reply::Records(answer) => &mut answer.cname,
        Reply::NoData(negative) | Reply::NxDomain(negative) => &mut negative.cname,
        Reply::TempFail(_) | Reply::NotRecorded => return reply,
    };
    chain.append(cname);
    *cname = chain;
    reply
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUBLISHED: &str = "example.com. TXT \"v=spf1 -all\"\n\
                             example.com. MX 10 mx.example.com.\n\
                             sel._domainkey.example.com. CNAME key.example.net.\n\
                             key.example.net. TXT p=old\n";

    fn ask(planned: &str, name: &str, kind: RecordType) -> Reply {
        let zone = Zone::parse(planned).unwrap();
        let overlay = Overlay::new(zone, Zone::parse(PUBLISHED).unwrap());
        let question = Question::new(Name::parse(name).unwrap(), kind);
        tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap()
            .block_on(overlay.query(&question))
    }

    fn text(reply: &Reply) -> String {
        let joined = reply.txt().next().map(super::super::Txt::joined);
        String::from_utf8(joined.unwrap_or_default()).unwrap()
    }

    #[test]
    fn planned_records_replace_published_ones_of_their_type_only() {
        let planned = "example.com. TXT \"v=spf1 ~all\"\n";
        assert_eq!(
            text(&ask(planned, "example.com", RecordType::Txt)),
            "v=spf1 ~all"
        );
        assert_eq!(
            ask(planned, "example.com", RecordType::Mx).records().len(),
            1
        );
    }

    #[test]
    fn a_published_alias_may_lead_to_a_planned_record() {
        let planned = "key.example.net. TXT p=new\n";
        let reply = ask(planned, "sel._domainkey.example.com", RecordType::Txt);
        assert_eq!(text(&reply), "p=new");
        assert_eq!(reply.cname()[0].as_str(), "key.example.net");
    }

    #[test]
    fn a_planned_alias_may_lead_to_a_published_record() {
        let planned = "two._domainkey.example.com. CNAME key.example.net.\n";
        let reply = ask(planned, "two._domainkey.example.com", RecordType::Txt);
        assert_eq!(text(&reply), "p=old");
        assert_eq!(reply.cname()[0].as_str(), "key.example.net");
    }

    #[test]
    fn names_and_types_can_be_gone() {
        let reply = ask("$GONE example.com\n", "example.com", RecordType::Txt);
        assert!(matches!(reply, Reply::NxDomain(_)));
        let planned = "$GONE example.com MX ; no mail here\n";
        let reply = ask(planned, "example.com", RecordType::Mx);
        assert!(matches!(reply, Reply::NoData(_)));
        assert_eq!(
            text(&ask(planned, "example.com", RecordType::Txt)),
            "v=spf1 -all"
        );
    }

    #[test]
    fn no_record_is_planned_beside_a_published_alias() {
        let name = "sel._domainkey.example.com";
        for kind in [RecordType::Txt, RecordType::Mx] {
            let planned = match kind {
                RecordType::Txt => format!("{name}. TXT p=new\n"),
                _ => format!("{name}. MX 10 mx.example.com.\n"),
            };
            let Reply::TempFail(failure) = ask(&planned, name, kind) else {
                panic!("{kind} beside a CNAME");
            };
            let words = failure.to_string();
            assert!(words.contains("key.example.net"), "{words}");
        }
        let planned = format!("$GONE {name} CNAME\n{name}. TXT p=new\n");
        assert_eq!(text(&ask(&planned, name, RecordType::Txt)), "p=new");
        assert!(ask(&planned, name, RecordType::Txt).cname().is_empty());
        // The alias is gone for all types.
        let reply = ask(&planned, name, RecordType::Mx);
        assert_eq!(reply, Reply::NoData(Negative::default()));
        let reply = ask(&format!("$GONE {name} CNAME\n"), name, RecordType::Txt);
        assert!(text(&reply).is_empty() && reply.cname().is_empty());
    }

    #[test]
    fn no_alias_is_planned_beside_a_published_record() {
        let planned = "example.com. CNAME key.example.net.\n";
        for kind in [RecordType::Txt, RecordType::Mx] {
            let Reply::TempFail(failure) = ask(planned, "example.com", kind) else {
                panic!("a CNAME beside {kind}");
            };
            let words = failure.to_string();
            assert!(
                words.contains(&format!("$GONE example.com {kind}")),
                "{words}"
            );
        }
        for gone in ["$GONE example.com TXT\n", "$GONE example.com\n"] {
            let planned = format!("{gone}{planned}");
            assert_eq!(
                text(&ask(&planned, "example.com", RecordType::Txt)),
                "p=old"
            );
        }
        // A published alias is replaced by the planned one.
        let planned = "sel._domainkey.example.com. CNAME example.com.\n";
        let reply = ask(planned, "sel._domainkey.example.com", RecordType::Txt);
        assert_eq!(text(&reply), "v=spf1 -all");
    }

    #[test]
    fn a_new_name_exists_for_all_types() {
        let reply = ask(
            "new.example.com. A 192.0.2.1\n",
            "new.example.com",
            RecordType::Txt,
        );
        assert!(matches!(reply, Reply::NoData(_)));
    }
}
