//! The values of the session, each from the first source that has it and can be believed for the
//! session at the border. The table in the parent module explains the order.

use std::fmt::Display;
use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp};

use super::standing::Standing;
use super::traces::{self, Traces, client_ip};
use super::{Candidate, NotUsed, Provenance, Session, SessionHints, SessionNote, Sourced, Wanted};
use crate::message::{AuthenticationResults, ReceivedSpf, ResInfo};
use crate::receivers::organization;
use crate::receivers::{self, FieldOrigin};

/// A value that was found. `barred` says why it cannot be a value of the session.
struct Offer<T> {
    value: T,
    from: Provenance,
    barred: Option<NotUsed>,
}

impl Session {
    /// Finds all values. The border must be known.
    pub(super) fn fill(&mut self, traces: &Traces, hints: &SessionHints) {
        let own = self.own(traces);
        let offers = self.client_ips(traces, hints, &own);
        self.client_ip = self.pick(Wanted::ClientIp, offers, |a, b| a == b);
        let offers = self.helos(traces, hints, &own);
        self.helo = self.pick(Wanted::Helo, offers, |a, b| a.eq_ignore_ascii_case(b));
        let offers = self.mail_froms(traces, hints, &own);
        self.mail_from = self.pick(Wanted::MailFrom, offers, |a, b| is_same_path(a, b));
        self.received_at = self.received_at(hints);
    }

    /// Uses the first offer that is not barred. The others become candidates; one with a different
    /// value also gives a note.
    fn pick<T: Display>(
        &mut self,
        wanted: Wanted,
        offers: Vec<Offer<T>>,
        is_same: impl Fn(&T, &T) -> bool,
    ) -> Option<Sourced<T>> {
        let mut taken: Option<Sourced<T>> = None;
        for offer in offers {
            let reason = match (&taken, offer.barred) {
                (_, Some(barred)) => barred,
                (None, None) => {
                    let Offer { value, from, .. } = offer;
                    taken = Some(Sourced { value, from });
                    continue;
                }
                (Some(taken), None) if is_same(&taken.value, &offer.value) => {
                    NotUsed::SaysTheSame(taken.from)
                }
                (Some(taken), None) => {
                    if !matches!(taken.from, Provenance::Flag(_)) {
                        self.notes.push(SessionNote::Disagreement {
                            wanted,
                            taken: shown(&taken.value),
                            taken_from: taken.from,
                            other: shown(&offer.value),
                            other_from: offer.from,
                        });
                    }
                    NotUsed::Outranked(taken.from)
                }
            };
            self.candidates.push(Candidate {
                wanted,
                value: offer.value.to_string(),
                from: offer.from,
                reason,
            });
        }
        taken
    }

    /// What the border's receiver says about the session.
    pub(super) fn own<'t>(&self, traces: &'t Traces) -> Own<'t> {
        let border = self.border.hop;
        let is_own = |field: &AuthenticationResults| match self.standing(field).0 {
            Standing::Receiver => true,
            Standing::Unknown if border.is_none() => true,
            Standing::Unknown => self.is_named(field),
            Standing::Foreign => false,
        };
        let results = traces.results.iter().zip(1..);
        let results = results
            .filter(|(field, _)| is_own(field))
            .map(|(field, number)| (field, Provenance::AuthenticationResults(number)));
        let arc = traces
            .arc
            .iter()
            .filter(|field| is_own(field))
            .map(|field| {
                (
                    field,
                    Provenance::ArcAuthenticationResults(field.instance.unwrap_or_default()),
                )
            });
        let results = results
            .chain(arc)
            .flat_map(|(field, from)| field.results.iter().map(move |result| (result, from)))
            .collect();
        Own { results }
    }

    fn client_ips(&self, traces: &Traces, hints: &SessionHints, own: &Own) -> Vec<Offer<IpAddr>> {
        let mut offers = Vec::new();
        offers.extend(hints.client_ip.map(|ip| free(ip, Provenance::Flag("--ip"))));
        let metadata = hints.metadata.as_ref().and_then(|it| it.client_ip);
        offers.extend(metadata.map(|ip| free(ip, Provenance::Metadata)));
        let border = self.border.hop;
        if let Some(hop) = border
            && let Some(ip) = self.hops[hop].received.ip
        {
            offers.push(free(ip, Provenance::Received(hop + 1)));
        }
        for (field, number) in traces.spf.iter().zip(1..) {
            let barred = (!self.is_beside(field)).then_some(NotUsed::OtherSession);
            let from = Provenance::ReceivedSpf(number);
            offers.extend(field.client_ip.map(|value| Offer {
                value,
                from,
                barred,
            }));
        }
        let told = own.results.iter();
        offers.extend(told.filter_map(|(result, from)| Some(free(client_ip(result)?, *from))));
        for address in &traces.addresses {
            offers.push(Offer {
                value: address.ip,
                from: Provenance::Field(address.field),
                barred: self.barred(address),
            });
        }
        for (hop, number) in self.hops.iter().zip(1..) {
            let ip = hop.received.ip.filter(|ip| crate::message::is_public(*ip));
            let Some(value) = ip.filter(|_| border != Some(number - 1)) else {
                continue;
            };
            let host = hop.received.by.clone();
            offers.push(Offer {
                value,
                from: Provenance::Received(number),
                barred: Some(match border {
                    Some(border) if number - 1 < border => NotUsed::LaterHop(host),
                    Some(_) => NotUsed::EarlierHop(host),
                    None => NotUsed::NotTheGivenSession(host),
                }),
            });
        }
        offers
    }

    /// Why the address from a field of its own cannot be the client's.
    fn barred(&self, address: &traces::Address) -> Option<NotUsed> {
        let by = |index: usize| {
            self.hops[index]
                .received
                .by
                .as_deref()
                .and_then(organization)
        };
        let border = self.border.hop;
        let (writer, field) = receivers::client_field(address.field)?;
        match field.origin {
            FieldOrigin::SendingHost => match border {
                Some(border) if self.hops[border].received.ip != Some(address.ip) => {
                    Some(NotUsed::RelayedFromThere)
                }
                _ => None,
            },
            FieldOrigin::OnTop => {
                let mut starts = self.hops.iter().map(|hop| hop.received.span.start);
                let is_on_top = starts.next().is_some_and(|start| address.start < start);
                (!is_on_top).then_some(NotUsed::SendersSide)
            }
            FieldOrigin::ItsOwn => match border {
                Some(border) if by(border).as_deref() != writer.organization() => {
                    Some(NotUsed::FieldOf(writer.name))
                }
                _ => None,
            },
        }
    }

    fn helos(&self, traces: &Traces, hints: &SessionHints, own: &Own) -> Vec<Offer<String>> {
        let ip = self.client_ip.as_ref().map(|ip| ip.value);
        let bar = |of: Option<IpAddr>| (of.is_some() && of != ip).then_some(NotUsed::OtherClient);
        let mut offers = Vec::new();
        offers.extend(
            hints
                .helo
                .clone()
                .map(|helo| free(helo, Provenance::Flag("--helo"))),
        );
        let metadata = hints.metadata.as_ref().and_then(|it| it.helo.clone());
        offers.extend(metadata.map(|helo| free(helo, Provenance::Metadata)));
        if let Some(hop) = self.border.hop {
            let received = &self.hops[hop].received;
            let from = Provenance::Received(hop + 1);
            let barred = bar(received.ip);
            offers.extend(received.from.clone().map(|value| Offer {
                value,
                from,
                barred,
            }));
        }
        for (field, number) in traces.spf.iter().zip(1..) {
            let barred = match self.is_beside(field) {
                true => bar(field.client_ip),
                false => Some(NotUsed::OtherSession),
            };
            let from = Provenance::ReceivedSpf(number);
            offers.extend(field.helo.clone().map(|value| Offer {
                value,
                from,
                barred,
            }));
        }
        let told = own.results.iter();
        offers.extend(told.filter_map(|(result, from)| {
            let value = traces::helo(result)?.to_owned();
            let barred = bar(client_ip(result));
            Some(Offer {
                value,
                from: *from,
                barred,
            })
        }));
        offers
    }

    fn mail_froms(&self, traces: &Traces, hints: &SessionHints, own: &Own) -> Vec<Offer<String>> {
        let mut offers = Vec::new();
        let flag = hints.mail_from.clone();
        offers.extend(flag.map(|path| free(path, Provenance::Flag("--mail-from"))));
        let metadata = hints.metadata.as_ref().and_then(|it| it.mail_from.clone());
        offers.extend(metadata.map(|path| free(path, Provenance::Metadata)));
        let later = self
            .border
            .onward
            .map(|hop| NotUsed::WrittenLater(self.hops[hop].received.by.clone()));
        let goes_last = later.is_some()
            || !self.is_return_path_vouched(traces)
            || self.is_nulled_later(traces, own);
        let return_path = traces.return_path.clone().map(|value| Offer {
            value,
            from: Provenance::ReturnPath,
            barred: later,
        });
        let (above, below) = match goes_last {
            true => (None, return_path),
            false => (return_path, None),
        };
        offers.extend(above);
        if let Some(hop) = self.border.hop {
            let path = self.hops[hop].received.envelope_from.clone();
            offers.extend(path.map(|path| free(path, Provenance::Received(hop + 1))));
        }
        for (field, number) in traces.spf.iter().zip(1..) {
            let barred = (!self.is_beside(field)).then_some(NotUsed::OtherSession);
            let from = Provenance::ReceivedSpf(number);
            // If the HELO name was checked, envelope-from= is postmaster at that name.
            let is_helo = field.identity.as_deref() == Some("helo");
            let path = field.envelope_from.clone().filter(|_| !is_helo);
            offers.extend(path.map(|value| Offer {
                value,
                from,
                barred,
            }));
        }
        let told = own.results.iter();
        offers.extend(
            told.filter_map(|(result, from)| {
                Some(free(traces::mail_from(result)?.to_owned(), *from))
            }),
        );
        offers.extend(below);
        // For the null reverse-path, receivers may write the HELO name as the sender.
        let null = offers.iter().position(|offer| offer.barred.is_none());
        if null.is_some_and(|index| offers[index].value.is_empty()) {
            let helo = self.helo.as_ref().map(|helo| helo.value.as_str());
            offers.retain(|offer| offer.value.is_empty() || Some(domain(&offer.value)) != helo);
        }
        offers
    }

    /// Whether a null Return-Path was written after delivery: the receiver's results name a sender,
    /// and it is not what stands for the null one, the HELO name (RFC 7208 §2.4).
    fn is_nulled_later(&self, traces: &Traces, own: &Own) -> bool {
        let helo = self.helo.as_ref().map(|helo| helo.value.as_str());
        let told = own.results.iter();
        let mut told = told.filter_map(|(result, _)| traces::mail_from(result));
        let is_sender = |path: &str| !path.is_empty() && Some(domain(path)) != helo;
        traces.return_path.as_deref() == Some("") && told.any(is_sender)
    }

    /// When the border's host accepted the message, or else the nearest host above. Fields below
    /// came with the message. If the caller gave the client, all fields may have come with it.
    fn received_at(&self, hints: &SessionHints) -> Option<Sourced<Timestamp>> {
        if let Some(value) = hints.at {
            let from = Provenance::Flag("--at");
            return Some(Sourced { value, from });
        }
        if let Some(value) = hints.metadata.as_ref().and_then(|it| it.at) {
            let from = Provenance::Metadata;
            return Some(Sourced { value, from });
        }
        if hints.client_ip.is_some() {
            return None;
        }
        let border = self.border.hop.unwrap_or(0);
        (0..=border).rev().find_map(|index| {
            let value = self.hops.get(index)?.received.date?;
            let from = Provenance::Received(index + 1);
            Some(Sourced { value, from })
        })
    }

    /// Corrects the time of receipt if nothing vouches for the session: if the topmost date is more
    /// than a day later, it is used, and if the topmost field has no date, the time is unknown.
    /// Otherwise a signature that expired long ago could be sent again with a date of the sender's
    /// choice.
    pub(super) fn doubt_date(&mut self) {
        let Some(Sourced { value, from }) = self.received_at.clone() else {
            return;
        };
        let is_below_top = matches!(from, Provenance::Received(2..));
        if self.on_word_of.is_none() || !is_below_top {
            return;
        }
        let top = self.hops.first().and_then(|hop| hop.received.date);
        let later = top.filter(|top| top.duration_since(value) > SignedDuration::from_hours(24));
        if top.is_none() {
            self.received_at = None;
        } else if let Some(value) = later {
            let from = Provenance::Received(1);
            self.notes.push(SessionNote::JudgedLater(from));
            self.received_at = Some(Sourced { value, from });
        }
    }

    /// Whether a Received-SPF field belongs to the session at the border. This is decided by the
    /// client that it names, or else by its position between the Received fields. A field with the
    /// client of another hop belongs to that hop's session.
    fn is_beside(&self, field: &ReceivedSpf) -> bool {
        let Some(border) = self.border.hop else {
            return true;
        };
        let own = self.hops[border].received.ip;
        if field.client_ip.is_some() {
            let is_of = |hop: &super::Hop| hop.received.ip == field.client_ip;
            if field.client_ip == own || self.hops.iter().any(is_of) {
                return field.client_ip == own;
            }
        }
        let start = |index: usize| self.hops.get(index).map(|hop| hop.received.span.start);
        let above = border.checked_sub(1).and_then(start).unwrap_or(0);
        let below = start(border + 1).unwrap_or(usize::MAX);
        (above..below).contains(&field.span.start)
    }
}

/// The results of the border's receiver.
pub(super) struct Own<'t> {
    pub(super) results: Vec<(&'t ResInfo, Provenance)>,
}

fn free<T>(value: T, from: Provenance) -> Offer<T> {
    Offer {
        value,
        from,
        barred: None,
    }
}

/// The value for a note, shortened.
fn shown(value: &impl Display) -> String {
    let text = value.to_string();
    match text.char_indices().nth(100) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// Whether two reverse-paths are the same; some receivers write only the domain.
pub(super) fn is_same_path(a: &str, b: &str) -> bool {
    let is_whole = a.contains('@') && b.contains('@');
    match is_whole {
        true => a.eq_ignore_ascii_case(b),
        false => domain(a).eq_ignore_ascii_case(domain(b)),
    }
}

fn domain(path: &str) -> &str {
    path.rsplit('@').next().unwrap_or(path)
}
