//! What a person should know of how the values of a session were found, and on whose word they hang.

use super::organization::{below, is_microsoft, organization};
use super::traces::{self, Traces};
use super::values::is_same_path;
use super::{Provenance, Session, Standing};
use crate::message::Message;

impl Session {
    pub(super) fn note(&mut self, message: &Message<'_>) {
        let paths = message.fields("Return-Path").count();
        let from = self.mail_from.as_ref().map(|path| path.from);
        match (from, paths) {
            (None, 0) => self.notes.push(
                "there is no Return-Path field, so the envelope sender is unknown; give it with \
                 --mail-from"
                    .into(),
            ),
            (None, _) => self.notes.push(
                "the envelope sender of the session is unknown, as Return-Path is of a later one; \
                 give it with --mail-from"
                    .into(),
            ),
            (Some(Provenance::Flag(_)), _) => (),
            (Some(Provenance::ReturnPath), 2..) => self
                .notes
                .push("there are several Return-Path fields; the topmost was taken".into()),
            (Some(Provenance::ReturnPath), _) => (),
            (Some(from), 0) => self.notes.push(format!(
                "there is no Return-Path field; the envelope sender is the one in {from}"
            )),
            (Some(from), _) => self.notes.push(format!(
                "Return-Path is of a later session; the envelope sender is the one in {from}"
            )),
        }
        match self.client_ip.as_ref().map(|ip| ip.from) {
            None => self.notes.push(
                "no Received field names a public address, so the client is unknown; give it with \
                 --ip"
                    .into(),
            ),
            Some(Provenance::Field("X-SES-Outgoing")) => self.notes.push(
                "the client's address is known from X-SES-Outgoing only, which nothing signs; give \
                 it with --ip if you know it"
                    .into(),
            ),
            _ => (),
        }
        if !self.border.is_chosen {
            self.notes.extend(self.went_on());
        }
        if self.received_at.is_none() {
            let note = "no Received field says when the message came: it is judged as of now";
            self.notes.push(note.into());
        }
        self.notes.extend(self.clock());
    }

    /// Who tells of the session, where that is neither the user nor the host that holds the message:
    /// a host that passed it on, or a field that the sender himself could have written.
    pub(super) fn whose_word(&self, traces: &Traces) -> Option<String> {
        self.whose_client(traces)
            .or_else(|| self.whose_path(traces))
    }

    /// Who tells of the envelope sender.
    fn whose_path(&self, traces: &Traces) -> Option<String> {
        let from = self.mail_from.as_ref()?.from;
        if from == Provenance::Flag("--mail-from") {
            return None;
        }
        let field = || Some(format!("the field {from}"));
        if self.is_given {
            return field();
        }
        let border = self.border_start()?;
        let is_receivers = |field: &_| self.standing(field).0 == Standing::Receiver;
        let (start, is_trusted) = traces.place(from, is_receivers)?;
        let host = self.receiver().and_then(organization);
        let is_written_below =
            matches!(from, Provenance::ReceivedSpf(_)) && below(host.as_deref()).is_some();
        let is_vouched = from == Provenance::ReturnPath && self.is_return_path_vouched(traces);
        match start < border || is_trusted || is_written_below || is_vouched {
            true => None,
            false => field(),
        }
    }

    /// Whether the Return-Path field is the receiver's. Written at the delivery it stands on top;
    /// below the border it came with the message, unless Exchange wrote it, which puts it there, or
    /// the receiver names the same domain elsewhere.
    pub(super) fn is_return_path_vouched(&self, traces: &Traces) -> bool {
        let (Some(border), Some(start), Some(path)) = (
            self.border_start(),
            traces.return_path_start,
            &traces.return_path,
        ) else {
            return true;
        };
        let host = self.border.hop.map(|hop| &self.hops[hop].received);
        let is_exchange = host.is_some_and(|host| {
            let protocol = host.protocol.as_deref().unwrap_or_default();
            protocol.starts_with("Microsoft SMTP Server")
                || is_microsoft(host.by.as_deref().and_then(organization).as_deref())
        });
        let own = self.own(traces);
        let mut told = own
            .results
            .iter()
            .filter_map(|(result, _)| traces::mail_from(result));
        start < border || is_exchange || told.any(|told| is_same_path(told, path))
    }

    fn whose_client(&self, traces: &Traces) -> Option<String> {
        let from = self.client_ip.as_ref()?.from;
        match from {
            Provenance::Flag(_) => None,
            Provenance::Field(name @ ("X-SES-Outgoing" | "X-Originating-IP")) => {
                Some(format!("the field {name}"))
            }
            _ if self.border.is_chosen && !self.border.is_unvouched => None,
            // What stands below the topmost Received field may have come with the message.
            _ if self.border.hop.is_none() => {
                let top = self.hops.first().map(|hop| hop.received.span.start);
                let (start, is_trusted) =
                    traces.place(from, |field| self.standing(field).0 == Standing::Receiver)?;
                let is_on_top = top.is_some_and(|top| start < top);
                (!is_on_top && !is_trusted).then(|| format!("the field {from}"))
            }
            _ if self.border.onward.is_some() || self.border.is_unvouched => {
                let host = self.receiver();
                Some(host.unwrap_or("a host without a name").to_owned())
            }
            _ => None,
        }
    }

    /// That the message was passed on after the session that is judged.
    fn went_on(&self) -> Option<String> {
        let (border, onward) = (self.border.hop?, self.border.onward?);
        let host = |hop: usize| {
            self.hops[hop]
                .received
                .by
                .as_deref()
                .unwrap_or("a host without a name")
        };
        Some(format!(
            "judged is the session in which {} took the message (Received {}), as it wrote the \
             Authentication-Results, and on its word alone; {} took it later (Received {}), which \
             --hop {} judges",
            host(border),
            border + 1,
            host(onward),
            onward + 1,
            onward + 1
        ))
    }

    /// That a clock went backwards, where it did so most.
    fn clock(&self) -> Option<String> {
        let delays = self.hops.iter().zip(1..);
        let (delay, number) = delays
            .filter_map(|(hop, number)| Some((hop.delay?, number)))
            .min()?;
        (delay < -CLOCK_NOISE).then(|| {
            format!(
                "Received {number} is dated {} s before Received {} below it: a clock was wrong",
                -delay,
                number + 1
            )
        })
    }
}

/// Seconds by which clocks of well-kept hosts differ.
const CLOCK_NOISE: i64 = 10;
