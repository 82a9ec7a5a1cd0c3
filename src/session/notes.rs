//! What the user should know about how the values of a session were found, and which source they
//! rest on.

use std::sync::Arc;

use super::traces::{self, Traces, client_ip};
use super::values::is_same_path;
use super::{Provenance, Session, SessionNote, Standing, Teller};
use crate::message::{AuthenticationResults, Message};
use crate::receivers::organization;
use crate::receivers::{self, FieldOrigin};

impl Session {
    pub(super) fn note(&mut self, message: &Message<'_>) {
        let paths = message.fields("Return-Path").count();
        let from = self.mail_from.as_ref().map(|path| path.from);
        match (from, paths) {
            (Some(Provenance::Flag(_) | Provenance::Metadata), _)
            | (Some(Provenance::ReturnPath), 0..=1) => (),
            (Some(Provenance::ReturnPath), _) => self.notes.push(SessionNote::SeveralReturnPaths),
            (taken, 0) => self.notes.push(SessionNote::NoReturnPath { taken }),
            (taken, _) => self.notes.push(SessionNote::LaterReturnPath { taken }),
        }
        match self.client_ip.as_ref().map(|ip| ip.from) {
            None => self.notes.push(SessionNote::ClientUnknown),
            Some(from) if field_origin(from) == Some(FieldOrigin::SendingHost) => {
                self.notes.push(SessionNote::ClientUnsigned(from));
            }
            _ => (),
        }
        if !self.border.is_chosen {
            self.notes.extend(self.went_on());
        }
        self.notes.extend(self.came_from_inside(message));
        if self.received_at.is_none() && !self.is_given {
            self.notes.push(SessionNote::NoDate);
        }
        self.notes.extend(self.clock());
    }

    fn came_from_inside(&self, message: &Message<'_>) -> Option<SessionNote> {
        let top = self.hops.first().and_then(|hop| hop.received.by.as_deref());
        let receiver = receivers::of(top.and_then(organization).as_deref())?;
        let (field, value) = receiver.inside?;
        let is_inside = message.text(field)?.eq_ignore_ascii_case(value);
        is_inside.then_some(SessionNote::Inside {
            receiver: receiver.name,
            field,
            value,
        })
    }

    /// The source of the session values, if it is neither the user nor the receiver's host: a host
    /// that passed the message on, or a field that the sender may have written.
    pub(super) fn whose_word(&self, traces: &Traces) -> Option<Teller> {
        self.whose_client(traces)
            .or_else(|| self.whose_path(traces))
    }

    /// The source of the envelope sender.
    fn whose_path(&self, traces: &Traces) -> Option<Teller> {
        let from = self.mail_from.as_ref()?.from;
        if matches!(from, Provenance::Flag(_) | Provenance::Metadata) {
            return None;
        }
        let teller = Some(Teller::Field(from));
        if self.is_given {
            return teller;
        }
        let border = self.border_start()?;
        let is_receivers = |field: &_| self.standing(field).0 == Standing::Receiver;
        let (start, is_trusted) = traces.place(from, is_receivers)?;
        // A sender may write Received-SPF as well as the receiver, at any place below the border.
        let path = self.mail_from.as_ref().map(|path| path.value.as_str());
        let is_written_below = matches!(from, Provenance::ReceivedSpf(_))
            && path.is_some_and(|path| self.is_path_in_results(traces, path));
        let is_vouched = from == Provenance::ReturnPath && self.is_return_path_vouched(traces);
        match start < border || is_trusted || is_written_below || is_vouched {
            true => None,
            false => teller,
        }
    }

    /// Whether the receiver wrote the Return-Path field. Written at delivery, it is at the top.
    /// Below the border it came with the message, unless the receiver is one that writes it there,
    /// or names the same domain elsewhere.
    pub(super) fn is_return_path_vouched(&self, traces: &Traces) -> bool {
        let (Some(border), Some(start), Some(path)) = (
            self.border_start(),
            traces.return_path_start,
            &traces.return_path,
        ) else {
            return true;
        };
        if start < border {
            return true;
        }
        let host = self.border.hop.map(|hop| &self.hops[hop].received);
        let puts_it_there = host.is_some_and(|host| {
            let protocol = host.protocol.as_deref().unwrap_or_default();
            let by = host.by.as_deref().and_then(organization);
            receivers::puts_return_path_below(protocol)
                || receivers::of(by.as_deref()).is_some_and(|one| one.return_path_below.is_some())
        });
        // If there are several, the sender wrote at least one of them.
        let is_only = traces.return_paths == 1;
        puts_it_there && is_only || self.is_path_in_results(traces, path)
    }

    /// Whether the receiver's own results name the domain of this envelope sender.
    fn is_path_in_results(&self, traces: &Traces, path: &str) -> bool {
        let own = traces.results.iter().chain(&traces.arc);
        let own = own.filter(|field| self.standing(field).0 == Standing::Receiver);
        let results = own.flat_map(|field| &field.results);
        let mut told = results.filter_map(traces::mail_from);
        told.any(|told| is_same_path(told, path))
    }

    /// Whether results of the border's organization name its client, above all Received fields, where
    /// no sender can write.
    fn is_confirmed(&self, traces: &Traces) -> bool {
        let Some(border) = self.border.hop.map(|hop| &self.hops[hop].received) else {
            return false;
        };
        let organization = border.by.as_deref().and_then(organization);
        let is_own = |field: &&Arc<AuthenticationResults>| {
            let name = field
                .authserv_id
                .as_deref()
                .and_then(receivers::organization);
            let is_named = name.is_some() && name == organization || self.is_trusted(field);
            is_named && self.is_above_all(field)
        };
        let results = traces.results.iter().filter(is_own);
        let mut clients = results.flat_map(|field| field.results.iter().filter_map(client_ip));
        border.ip.is_some() && clients.any(|ip| Some(ip) == border.ip)
    }

    fn whose_client(&self, traces: &Traces) -> Option<Teller> {
        let from = self.client_ip.as_ref()?.from;
        match from {
            Provenance::Flag(_) | Provenance::Metadata => None,
            _ if field_origin(from).is_some_and(|origin| origin != FieldOrigin::ItsOwn) => {
                Some(Teller::Field(from))
            }
            _ if self.border.is_chosen && !self.border.is_unvouched => None,
            // Fields below the topmost Received field may have come with the message.
            _ if self.border.hop.is_none() => {
                let top = self.hops.first().map(|hop| hop.received.span.start);
                let (start, is_trusted) =
                    traces.place(from, |field| self.standing(field).0 == Standing::Receiver)?;
                let is_on_top = top.is_some_and(|top| start < top);
                (!is_on_top && !is_trusted).then_some(Teller::Field(from))
            }
            _ if self.border.onward.is_some()
                || self.border.is_unvouched && !self.is_confirmed(traces) =>
            {
                Some(Teller::Host(self.receiver().map(str::to_owned)))
            }
            _ => None,
        }
    }

    /// A note if the message was passed on after the judged session.
    fn went_on(&self) -> Option<SessionNote> {
        let (border, onward) = (self.border.hop?, self.border.onward?);
        Some(SessionNote::WentOn {
            host: self.hops[border].received.by.clone(),
            number: border + 1,
            later_host: self.hops[onward].received.by.clone(),
            later_number: onward + 1,
        })
    }

    /// A note about the largest step back in the dates of the Received fields.
    fn clock(&self) -> Option<SessionNote> {
        let delays = self.hops.iter().zip(1..);
        let (delay, number) = delays
            .filter_map(|(hop, number)| Some((hop.delay?, number)))
            .min()?;
        (delay < -CLOCK_NOISE).then_some(SessionNote::Clock {
            number,
            seconds: -delay,
        })
    }
}

/// Who writes the field that an address was found in, if it is not a standard field.
fn field_origin(from: Provenance) -> Option<FieldOrigin> {
    let Provenance::Field(name) = from else {
        return None;
    };
    receivers::client_field(name).map(|(_, field)| field.origin)
}

/// Seconds by which the clocks of well-run hosts may differ.
const CLOCK_NOISE: i64 = 10;
