//! Target names, and the lookups that terms cause, with their limits (RFC 7208 §4.6.4, §4.8, §5.5).

use std::net::IpAddr;

use super::check_host::{Place, Stop, Walk};
use super::macros::{DomainSpec, MacroString, Values, dotted};
use super::stop::{SpfAnswer, SpfFound, SpfStop, TargetProblem};
use super::verdict::{SpfCause, SpfStep};
use crate::dns::{Lookup, Name, NameError, Question, Record, RecordType, Reply};

/// The names of the client, as far as they could be validated (§5.5).
pub(super) struct Validated {
    pub names: Vec<Name>,
    pub unknown: Option<Stop>,
}

impl Walk<'_, '_> {
    /// The target name of a term (§4.8): the domain itself if the term has no `domain-spec`. The
    /// inner error says why the expanded macros are not a name.
    pub(super) async fn target(
        &mut self,
        spec: Option<&DomainSpec>,
        place: Place<'_>,
        step: &mut SpfStep,
        charged: bool,
    ) -> Result<Result<Name, TargetProblem>, Stop> {
        let Some(spec) = spec else {
            step.expanded = Some(place.domain.to_string());
            return Ok(Ok(place.domain.clone()));
        };
        let macros = spec.macros();
        let validated = self.prepare(macros, place, step, charged).await?;
        let text = spec.target(&self.values(place.domain, validated.as_deref()));
        if macros.has_macros() {
            step.expanded = Some(text.clone());
        }
        // RFC 8616 §4: a local part that is not ASCII never matches when it is expanded.
        let uses_local = macros.uses('l') || macros.uses('s');
        if !text.is_ascii() || (uses_local && !self.session.local.is_ascii()) {
            return Ok(Err(TargetProblem::NotAscii(text)));
        }
        Ok(Name::parse(&text).map_err(|error| TargetProblem::NotAName { text, error }))
    }

    /// Looks up what `macros` need, and returns the value of the macro `p` (§7.3).
    pub(super) async fn prepare(
        &mut self,
        macros: &MacroString,
        place: Place<'_>,
        step: &mut SpfStep,
        charged: bool,
    ) -> Result<Option<String>, Stop> {
        if macros.uses('h') && self.session.helo.is_none() {
            return Err(SpfStop::HeloNeeded(place.at()).into());
        }
        if ['i', 'c', 'v', 'p']
            .iter()
            .any(|letter| macros.uses(*letter))
        {
            self.client(place)?;
        }
        if !macros.uses('p') {
            return Ok(None);
        }
        // §4.6.4: the term that uses %{p} is charged at most one lookup; the macro adds none.
        let validated = self.validated(place, step, charged).await?;
        step.answer = None;
        let names = &validated.names;
        let domain = place.domain;
        if let Some(name) = names.iter().find(|name| *name == domain) {
            return Ok(Some(name.to_string()));
        }
        if let Some(stop) = validated.unknown {
            return Err(stop);
        }
        Ok(names
            .iter()
            .find(|name| name.is_within(domain))
            .or(names.first())
            .map(Name::to_string))
    }

    /// The values of macros while the record of `domain` is read.
    pub(super) fn values<'v>(&'v self, domain: &'v Name, validated: Option<&'v str>) -> Values<'v> {
        let session = self.session;
        Values {
            sender: &session.sender,
            local: &session.local,
            sender_domain: &session.sender_domain,
            domain: domain.as_str(),
            ip: session.ip,
            validated,
            helo: session.helo.as_deref(),
            receiver: session.receiver.as_deref(),
            now: session.now,
        }
    }

    /// The names of the client's address that resolve back to that address (§5.5). Failed lookups
    /// give no names.
    pub(super) async fn validated(
        &mut self,
        place: Place<'_>,
        step: &mut SpfStep,
        charged: bool,
    ) -> Result<Validated, Stop> {
        let ip = self.client(place)?;
        let mut validated = Validated {
            names: Vec::new(),
            unknown: None,
        };
        let Ok(reverse) = reverse_name(ip) else {
            return Ok(validated);
        };
        let question = Question::new(reverse, RecordType::Ptr);
        let lookup = match self.look_up(&question, place, step).await {
            Err(stop) if stop.why.cause() == SpfCause::Dns => {
                step.answer = Some(SpfAnswer::Stop(Box::new(stop.why)));
                return Ok(validated);
            }
            lookup => lookup?,
        };
        if charged {
            self.charge_void(&lookup, place, step)?;
        }
        step.answer = Some(SpfAnswer::Found(found(&lookup)));
        let names = lookup
            .reply
            .records()
            .iter()
            .filter_map(|record| match record {
                Record::Ptr(name) => Some(name),
                _ => None,
            });
        for name in names.take(self.limits.spf_names) {
            let question = Question::new(name.clone(), address_type(ip));
            let lookup = match self.look_up(&question, place, step).await {
                Err(stop) if stop.why.cause() == SpfCause::Dns => continue,
                Err(stop) => {
                    validated.unknown.get_or_insert(stop);
                    continue;
                }
                Ok(lookup) => lookup,
            };
            if charged {
                self.charge_void(&lookup, place, step)?;
            }
            if lookup.reply.addresses().any(|address| address == ip) {
                validated.names.push(name.clone());
            }
        }
        Ok(validated)
    }

    /// Asks a question for a term, and charges the term for a void lookup.
    pub(super) async fn ask(
        &mut self,
        question: &Question,
        place: Place<'_>,
        step: &mut SpfStep,
    ) -> Result<Lookup, Stop> {
        let lookup = self.look_up(question, place, step).await?;
        self.charge_void(&lookup, place, step)?;
        Ok(lookup)
    }

    /// Asks a question for a term.
    pub(super) async fn look_up(
        &mut self,
        question: &Question,
        place: Place<'_>,
        step: &mut SpfStep,
    ) -> Result<Lookup, Stop> {
        let lookup = self.dns.ask(question).await;
        step.asked(lookup.id);
        let Question { name, kind } = question;
        match &lookup.reply {
            Reply::TempFail(failure) => Err(SpfStop::LookupFailed {
                at: place.at(),
                name: name.clone(),
                record_type: *kind,
                failure: failure.clone(),
            }
            .into()),
            Reply::NotRecorded => Err(SpfStop::NotRecorded {
                at: place.at(),
                name: name.clone(),
                record_type: *kind,
            }
            .into()),
            _ => Ok(lookup),
        }
    }

    pub(super) fn client(&self, place: Place<'_>) -> Result<IpAddr, Stop> {
        let unknown = || Stop::from(SpfStop::ClientIpUnknown(place.at()));
        self.session.ip.ok_or_else(unknown)
    }

    pub(super) fn charge_lookup(
        &mut self,
        place: Place<'_>,
        step: &mut SpfStep,
    ) -> Result<(), Stop> {
        self.lookups += 1;
        step.lookup_number = Some(self.lookups);
        if self.lookups <= self.limits.spf_lookups {
            return Ok(());
        }
        Err(SpfStop::TooManyLookups {
            at: place.at(),
            number: self.lookups,
            limit: self.limits.spf_lookups,
        }
        .into())
    }

    /// Charges a term for a void lookup.
    pub(super) fn charge_void(
        &mut self,
        lookup: &Lookup,
        place: Place<'_>,
        step: &mut SpfStep,
    ) -> Result<(), Stop> {
        // §4.6.4 limits the number of terms with void lookups. A term counts once, even if several
        // of the hosts of an `mx` have no address of the client's family.
        if !lookup.reply.records().is_empty() || step.voids > 0 {
            return Ok(());
        }
        self.voids += 1;
        step.voids = 1;
        if self.voids <= self.limits.spf_void_lookups {
            return Ok(());
        }
        Err(SpfStop::TooManyVoidLookups {
            at: place.at(),
            name: lookup.question.name.clone(),
            found: found(lookup),
            number: self.voids,
            limit: self.limits.spf_void_lookups,
        }
        .into())
    }
}

pub(super) fn address_type(ip: IpAddr) -> RecordType {
    match ip {
        IpAddr::V4(_) => RecordType::A,
        IpAddr::V6(_) => RecordType::Aaaa,
    }
}

/// The name that holds the PTR records of an address (RFC 1035 §3.5, RFC 3596 §2.5).
pub(crate) fn reverse_name(ip: IpAddr) -> Result<Name, NameError> {
    let zone = match ip {
        IpAddr::V4(_) => "in-addr.arpa",
        IpAddr::V6(_) => "ip6.arpa",
    };
    let labels = dotted(ip);
    let labels: Vec<&str> = labels.rsplit('.').collect();
    Name::parse(&format!("{}.{zone}", labels.join(".")))
}

/// What a reply gives, in short.
pub(super) fn found(lookup: &Lookup) -> SpfFound {
    let records = lookup.reply.records();
    if let Reply::NxDomain(_) = lookup.reply {
        return SpfFound::NoSuchName;
    }
    if records.is_empty() {
        return SpfFound::NoRecord(lookup.question.kind);
    }
    let first: Vec<String> = records
        .iter()
        .take(3)
        .map(|record| match record {
            Record::A(ip) => ip.to_string(),
            Record::Aaaa(ip) => ip.to_string(),
            Record::Mx { exchange, .. } => exchange.as_ref().map_or(".".into(), Name::to_string),
            Record::Cname(name) | Record::Ns(name) | Record::Ptr(name) => name.to_string(),
            Record::Txt(_) => String::new(),
        })
        .collect();
    let more = records.len() - first.len();
    SpfFound::Records { first, more }
}
