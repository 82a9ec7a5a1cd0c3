//! Evaluates mechanisms: does the client match? (RFC 7208 §5)

use std::net::IpAddr;
use std::sync::Arc;

use super::check_host::{Place, Stop, Walk};
use super::lookups::{address_type, found};
use super::macros::DomainSpec;
use super::record::{Mechanism, Prefixes};
use super::stop::{SpfAnswer, SpfStop, TargetProblem};
use super::verdict::{SpfCause, SpfMatched, SpfResult, SpfStep};
use crate::dns::{Name, Question, Record, RecordType};

/// How a mechanism matched.
pub(super) enum Hit {
    /// By itself.
    Own,
    /// By a term of the included record.
    Through(SpfMatched),
}

impl Hit {
    /// The match of `directive` in the record of `domain`, as the verdict reports it.
    pub(super) fn matched(self, directive: &Arc<str>, domain: &Name) -> SpfMatched {
        match self {
            Self::Own => SpfMatched {
                term: Arc::clone(directive),
                record_domain: domain.clone(),
                via: Vec::new(),
                directive: Arc::clone(directive),
            },
            Self::Through(inner) => SpfMatched {
                directive: Arc::clone(directive),
                ..inner
            },
        }
    }
}

impl Walk<'_, '_> {
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
                        step.answer = Some(SpfAnswer::Found(found(&lookup)));
                        lookup.reply.addresses().next().is_some()
                    }
                    Err(problem) => unmatchable(step, problem),
                }
            }
        };
        Ok(matches.then_some(Hit::Own))
    }

    /// `include` (§5.2).
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
        let child = self.follow(spec, place, step, false).await?;
        Ok(match (child.result, child.matched) {
            (SpfResult::Pass, Some(mut matched)) => {
                matched.via.insert(0, place.term.into());
                Some(Hit::Through(matched))
            }
            _ => None,
        })
    }

    /// `mx` (§5.4). Hosts are looked up in the order of their preference.
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
        step.answer = Some(SpfAnswer::Found(found(&lookup)));
        let allowed = self.limits.spf_names;
        if hosts.len() > allowed {
            return Err(SpfStop::TooManyNames {
                at: place.at(),
                hosts: hosts.len(),
                limit: allowed,
            }
            .into());
        }
        let mut unknown = None;
        for (_, host) in hosts {
            match self.has_client(host, prefixes, place, step).await {
                Ok(true) => return Ok(true),
                Ok(false) => (),
                Err(stop) if stop.why.cause() == SpfCause::NotRecorded => {
                    unknown.get_or_insert(stop);
                }
                Err(stop) => return Err(unknown.unwrap_or(stop)),
            }
        }
        unknown.map_or(Ok(false), Err)
    }

    /// `ptr` (§5.5).
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

    /// Whether the client has one of the addresses of `name`, compared up to the prefix length.
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
            step.answer = Some(SpfAnswer::Found(found(&lookup)));
        }
        Ok(lookup
            .reply
            .addresses()
            .any(|address| within(ip, address, bits)))
    }
}

/// §4.8 does not say what happens if the target is not a name: here the mechanism does not match.
fn unmatchable(step: &mut SpfStep, problem: TargetProblem) -> bool {
    step.answer = Some(SpfAnswer::Target(problem));
    false
}

/// Whether the first `bits` bits of two addresses of one family are equal.
pub(super) fn within(ip: IpAddr, network: IpAddr, bits: u8) -> bool {
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
