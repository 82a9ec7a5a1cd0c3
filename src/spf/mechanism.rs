//! Mechanisms, and the lookups that terms cause, counted (RFC 7208 §4.6.4, §4.8, §5).

use std::net::IpAddr;
use std::sync::Arc;

use super::check_host::{Checked, Place, Stop, Walk};
use super::macros::{DomainSpec, MacroString, Values, dotted};
use super::record::{Mechanism, Prefixes};
use super::verdict::{SpfCause, SpfMatched, SpfResult, SpfStep};
use crate::dns::{Dns, Lookup, Name, Question, Record, RecordType, Reply};

/// How a mechanism matched.
pub(super) enum Hit {
    /// By itself.
    Own,
    /// By a term of the record that it includes.
    Through(SpfMatched),
}

/// The names of the client, as far as they could be validated (§5.5).
struct Validated {
    names: Vec<Name>,
    unknown: Option<Stop>,
}

impl Hit {
    /// What to say of a match of `directive` in the record of `domain`.
    pub(super) fn matched(self, directive: &str, domain: &Name) -> SpfMatched {
        match self {
            Self::Own => SpfMatched {
                term: directive.into(),
                record_domain: domain.to_string(),
                via: Vec::new(),
                directive: directive.into(),
            },
            Self::Through(inner) => SpfMatched {
                directive: directive.into(),
                ..inner
            },
        }
    }
}

impl<D: Dns> Walk<'_, '_, D> {
    /// Whether `mechanism` matches.
    pub(super) async fn mechanism(
        &mut self,
        mechanism: &Mechanism,
        place: Place<'_>,
        step: &mut SpfStep,
    ) -> Result<Option<Hit>, Stop> {
        let matches = match mechanism {
            Mechanism::All => true,
            Mechanism::Ip4(network, bits) => {
                within(self.client(place)?, IpAddr::V4(*network), *bits)
            }
            Mechanism::Ip6(network, bits) => {
                within(self.client(place)?, IpAddr::V6(*network), *bits)
            }
            Mechanism::Include(spec) => {
                return Box::pin(self.include(spec, place, step)).await;
            }
            Mechanism::A(spec, prefixes) => {
                self.charge_lookup(place, step)?;
                match self.target(spec.as_ref(), place, step, true).await? {
                    Ok(name) => self.has_client(&name, *prefixes, place, step).await?,
                    Err(problem) => unmatchable(step, problem),
                }
            }
            Mechanism::Mx(spec, prefixes) => {
                self.charge_lookup(place, step)?;
                match self.target(spec.as_ref(), place, step, true).await? {
                    Ok(name) => self.mx(name, *prefixes, place, step).await?,
                    Err(problem) => unmatchable(step, problem),
                }
            }
            Mechanism::Ptr(spec) => {
                self.charge_lookup(place, step)?;
                match self.target(spec.as_ref(), place, step, true).await? {
                    Ok(name) => self.ptr(&name, place, step).await?,
                    Err(problem) => unmatchable(step, problem),
                }
            }
            Mechanism::Exists(spec) => {
                self.charge_lookup(place, step)?;
                match self.target(Some(spec), place, step, true).await? {
                    Ok(name) => {
                        let question = Question::new(name, RecordType::A);
                        let lookup = self.ask(&question, place, step).await?;
                        step.answer = Some(summary(&lookup));
                        lookup.reply.addresses().next().is_some()
                    }
                    Err(problem) => unmatchable(step, problem),
                }
            }
        };
        Ok(matches.then_some(Hit::Own))
    }

    /// §5.2.
    async fn include(
        &mut self,
        spec: &DomainSpec,
        place: Place<'_>,
        step: &mut SpfStep,
    ) -> Result<Option<Hit>, Stop> {
        let place = Place {
            included: true,
            ..place
        };
        let child = self
            .follow(spec, place, step, SpfCause::IncludeWithoutRecord)
            .await?;
        Ok(match (child.result, child.matched) {
            (SpfResult::Pass, Some(mut matched)) => {
                matched.via.insert(0, place.term.into());
                Some(Hit::Through(matched))
            }
            _ => None,
        })
    }

    /// Evaluates the record that an `include` or a `redirect` names; `without` is the cause to give
    /// when there is none. Errors of that record are errors of this one.
    pub(super) async fn follow(
        &mut self,
        spec: &DomainSpec,
        place: Place<'_>,
        step: &mut SpfStep,
        without: SpfCause,
    ) -> Result<Checked, Stop> {
        self.charge_lookup(place, step)?;
        let (term, domain) = (place.term, place.domain);
        let missing = |problem: &str| {
            let sentence = format!("{term} in the record of {domain} leads nowhere: {problem}");
            Stop::new(without, sentence)
        };
        let name = self
            .target(Some(spec), place, step, true)
            .await?
            .map_err(|problem| missing(&problem))?;
        step.record_domain = Some(name.to_string());
        let mut child = self.check_host(name, place.included, place.depth + 1).await;
        if let Some(id) = child.lookup {
            step.asked(id);
        }
        if child.void {
            step.voids = 1;
            self.voids += 1;
        }
        step.record = child.record.take();
        step.records = std::mem::take(&mut child.records);
        step.result = Some(child.result);
        step.steps = std::mem::take(&mut child.steps);
        match child.result {
            SpfResult::None => Err(missing(&child.sentence)),
            SpfResult::Temperror | SpfResult::Permerror | SpfResult::NotEvaluated => {
                child.via.insert(0, term.into());
                Err(Stop {
                    cause: child.cause,
                    sentence: child.sentence,
                    via: child.via,
                })
            }
            _ => Ok(child),
        }
    }

    /// §5.4. Hosts are asked about in the order of their preference.
    async fn mx(
        &mut self,
        name: Name,
        prefixes: Prefixes,
        place: Place<'_>,
        step: &mut SpfStep,
    ) -> Result<bool, Stop> {
        let question = Question::new(name, RecordType::Mx);
        let lookup = self.ask(&question, place, step).await?;
        let mut hosts: Vec<(u16, &Name)> = lookup
            .reply
            .records()
            .iter()
            .filter_map(|record| match record {
                Record::Mx {
                    preference,
                    exchange: Some(host),
                } => Some((*preference, host)),
                _ => None,
            })
            .collect();
        hosts.sort();
        step.answer = Some(summary(&lookup));
        let allowed = self.limits.spf_names;
        if hosts.len() > allowed {
            return Err(Stop::new(
                SpfCause::TooManyNames,
                format!(
                    "{} in the record of {} leads to {} mail hosts, and {allowed} are allowed",
                    place.term,
                    place.domain,
                    hosts.len()
                ),
            ));
        }
        let mut unknown = None;
        for (_, host) in hosts {
            match self.has_client(host, prefixes, place, step).await {
                Ok(true) => return Ok(true),
                Ok(false) => (),
                Err(stop) if stop.cause == SpfCause::NotRecorded => {
                    unknown.get_or_insert(stop);
                }
                Err(stop) => return Err(unknown.unwrap_or(stop)),
            }
        }
        unknown.map_or(Ok(false), Err)
    }

    /// §5.5.
    async fn ptr(
        &mut self,
        name: &Name,
        place: Place<'_>,
        step: &mut SpfStep,
    ) -> Result<bool, Stop> {
        let validated = self.validated(place, step, true).await?;
        if validated.names.iter().any(|own| own.is_within(name)) {
            return Ok(true);
        }
        validated.unknown.map_or(Ok(false), Err)
    }

    /// The names that the client's address leads to and that lead back to it (§5.5). Of failing
    /// lookups nothing follows.
    async fn validated(
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
            Err(stop) if stop.cause == SpfCause::Dns => {
                step.answer = Some(stop.sentence);
                return Ok(validated);
            }
            lookup => lookup?,
        };
        if charged {
            self.charge_void(&lookup, place, step)?;
        }
        step.answer = Some(summary(&lookup));
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
                Err(stop) if stop.cause == SpfCause::Dns => continue,
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

    /// Whether the client is, but for the bits beyond the prefix, one of the addresses of `name`.
    async fn has_client(
        &mut self,
        name: &Name,
        prefixes: Prefixes,
        place: Place<'_>,
        step: &mut SpfStep,
    ) -> Result<bool, Stop> {
        let ip = self.client(place)?;
        let bits = if ip.is_ipv4() {
            prefixes.ip4
        } else {
            prefixes.ip6
        };
        let question = Question::new(name.clone(), address_type(ip));
        let lookup = self.ask(&question, place, step).await?;
        if step.answer.is_none() {
            step.answer = Some(summary(&lookup));
        }
        Ok(lookup
            .reply
            .addresses()
            .any(|address| within(ip, address, bits)))
    }

    /// The target name of a term (§4.8): the domain itself where there is no `domain-spec`; the inner
    /// error says why what a macro yields is no name.
    pub(super) async fn target(
        &mut self,
        spec: Option<&DomainSpec>,
        place: Place<'_>,
        step: &mut SpfStep,
        charged: bool,
    ) -> Result<Result<Name, String>, Stop> {
        let Some(spec) = spec else {
            step.expanded = Some(place.domain.to_string());
            return Ok(Ok(place.domain.clone()));
        };
        let validated = self.prepare(spec.macros(), place, step, charged).await?;
        let text = spec.target(&self.values(place.domain, validated.as_deref()));
        if spec.macros().has_macros() {
            step.expanded = Some(text.clone());
        }
        if !text.is_ascii() {
            // RFC 8616 §4: a local part that is not ASCII never matches.
            return Ok(Err(format!("{text:?} is not ASCII")));
        }
        Ok(Name::parse(&text).map_err(|error| format!("{text:?} is no domain name: {error}")))
    }

    /// Sees to it that what `macros` stand for is known; returns the value of the macro `p` (§7.3).
    pub(super) async fn prepare(
        &mut self,
        macros: &MacroString,
        place: Place<'_>,
        step: &mut SpfStep,
        charged: bool,
    ) -> Result<Option<String>, Stop> {
        if macros.uses('h') && self.session.helo.is_none() {
            let sentence = format!(
                "{} in the record of {} needs the HELO name, which is not known; give it with --helo",
                place.term, place.domain
            );
            return Err(Stop::new(SpfCause::HeloUnknown, sentence));
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
        // §4.6.4: the term that holds %{p} is charged one lookup, or none; the macro adds no other.
        let validated = self.validated(place, step, charged).await?;
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

    /// What macros stand for while the record of `domain` is read.
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

    /// Asks a question of a term, and charges the term where there is nothing.
    async fn ask(
        &mut self,
        question: &Question,
        place: Place<'_>,
        step: &mut SpfStep,
    ) -> Result<Arc<Lookup>, Stop> {
        let lookup = self.look_up(question, place, step).await?;
        self.charge_void(&lookup, place, step)?;
        Ok(lookup)
    }

    /// Asks a question of a term.
    pub(super) async fn look_up(
        &mut self,
        question: &Question,
        place: Place<'_>,
        step: &mut SpfStep,
    ) -> Result<Arc<Lookup>, Stop> {
        let lookup = self.dns.ask(question).await;
        step.asked(lookup.id);
        let Question { name, kind } = question;
        let (term, domain) = (place.term, place.domain);
        match &lookup.reply {
            Reply::TempFail(failure) => Err(Stop::new(
                SpfCause::Dns,
                format!(
                    "the {kind} lookup of {name} for {term} in the record of {domain} failed: {failure}"
                ),
            )),
            Reply::NotRecorded => Err(Stop::new(
                SpfCause::NotRecorded,
                format!(
                    "the recorded DNS does not hold {kind} of {name} for {term} in the record of {domain}"
                ),
            )),
            _ => Ok(lookup),
        }
    }

    fn client(&self, place: Place<'_>) -> Result<IpAddr, Stop> {
        self.session.ip.ok_or_else(|| {
            let sentence = format!(
                "{} in the record of {} needs the address of the client, which is not known; give it with --ip",
                place.term, place.domain
            );
            Stop::new(SpfCause::ClientIpUnknown, sentence)
        })
    }

    fn charge_lookup(&mut self, place: Place<'_>, step: &mut SpfStep) -> Result<(), Stop> {
        self.lookups += 1;
        step.lookup_number = Some(self.lookups);
        if self.lookups <= self.limits.spf_lookups {
            return Ok(());
        }
        let sentence = format!(
            "{} in the record of {} is lookup {}, and {} are allowed",
            place.term, place.domain, self.lookups, self.limits.spf_lookups
        );
        Err(Stop::new(SpfCause::TooManyLookups, sentence))
    }

    /// Charges a term whose lookup found nothing.
    fn charge_void(
        &mut self,
        lookup: &Lookup,
        place: Place<'_>,
        step: &mut SpfStep,
    ) -> Result<(), Stop> {
        // §4.6.4 limits the number of terms with such lookups: a term counts once, even where several
        // of the hosts behind `mx` have no address of the client's family.
        if !lookup.reply.records().is_empty() || step.voids > 0 {
            return Ok(());
        }
        self.voids += 1;
        step.voids = 1;
        if self.voids <= self.limits.spf_void_lookups {
            return Ok(());
        }
        let sentence = format!(
            "{} in the record of {} looks up {}, which {}; it is void lookup {}, and {} are allowed",
            place.term,
            place.domain,
            lookup.question.name,
            summary(lookup),
            self.voids,
            self.limits.spf_void_lookups
        );
        Err(Stop::new(SpfCause::TooManyVoidLookups, sentence))
    }
}

/// §4.8 leaves open what becomes of a target that is no name: here the mechanism does not match.
fn unmatchable(step: &mut SpfStep, problem: String) -> bool {
    step.answer = Some(problem);
    false
}

fn address_type(ip: IpAddr) -> RecordType {
    match ip {
        IpAddr::V4(_) => RecordType::A,
        IpAddr::V6(_) => RecordType::Aaaa,
    }
}

/// Whether the first `bits` bits of two addresses of one family are equal.
fn within(ip: IpAddr, network: IpAddr, bits: u8) -> bool {
    let bits = u32::from(bits);
    match (ip, network) {
        (IpAddr::V4(ip), IpAddr::V4(network)) => {
            let differ = ip.to_bits() ^ network.to_bits();
            differ.leading_zeros() >= bits
        }
        (IpAddr::V6(ip), IpAddr::V6(network)) => {
            let differ = ip.to_bits() ^ network.to_bits();
            differ.leading_zeros() >= bits
        }
        _ => false,
    }
}

fn reverse_name(ip: IpAddr) -> Result<Name, crate::dns::NameError> {
    let zone = match ip {
        IpAddr::V4(_) => "in-addr.arpa",
        IpAddr::V6(_) => "ip6.arpa",
    };
    let labels = dotted(ip);
    let labels: Vec<&str> = labels.rsplit('.').collect();
    Name::parse(&format!("{}.{zone}", labels.join(".")))
}

/// A reply in a few words.
fn summary(lookup: &Lookup) -> String {
    let records = lookup.reply.records();
    if let Reply::NxDomain(_) = lookup.reply {
        return "does not exist".into();
    }
    if records.is_empty() {
        return format!("has no {} record", lookup.question.kind);
    }
    let mut words: Vec<String> = records
        .iter()
        .take(3)
        .map(|record| match record {
            Record::A(ip) => ip.to_string(),
            Record::Aaaa(ip) => ip.to_string(),
            Record::Mx { exchange, .. } => exchange.as_ref().map_or(".".into(), Name::to_string),
            Record::Cname(name) | Record::Ptr(name) => name.to_string(),
            Record::Txt(_) => "a text".into(),
        })
        .collect();
    if records.len() > 3 {
        words.push(format!("{} more", records.len() - 3));
    }
    words.join(", ")
}
