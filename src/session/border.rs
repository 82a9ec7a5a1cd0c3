//! The border: the Received field of the receiver's host that accepted the message from outside.
//! Its session is the one to judge (RFC 8601 §1.6, §5). It is chosen by the first rule that
//! applies:
//!
//! | rule | why |
//! |---|---|
//! | `--hop N` | the user says so |
//! | `--trust HOST`: the topmost field in which such a host accepted the message from another one | the user knows the receiver's hosts |
//! | `--ip ADDR`: the topmost field with this address | the field describes the same session |
//! | the topmost field for the client that the organization's topmost Authentication-Results names | its results are about that session |
//! | the topmost field of a host whose organization wrote Authentication-Results | its results are the ones to compare with; this also finds a mailing list that checks mail before passing it on |
//! | the topmost field with a client outside the receiver | all hosts above it passed the message on internally |
//!
//! The last three rules look at the fields from the top. A client is inside the receiver if its
//! address is not public, if a receiver uses it only for its own hosts, if it is the host that wrote
//! the next field, at an address of such hosts (`Edges`), or if the receiver found that its name
//! belongs to its own organization and that organization accepted the message again further down. The search continues below a relay only if the receiver found that the relay's
//! name belongs to the organization that wrote the next field, because anyone can write any fields
//! below their own.

use std::net::IpAddr;
use std::sync::Arc;

use super::traces::{Traces, client_ip};
use super::{SessionHints, SessionNote};
use crate::message::{AuthenticationResults, Received, is_public};
use crate::receivers::{self, Below, Edges, FieldOrigin, Receiver};
use crate::receivers::{is_within, organization};

/// The border, and what happened to the message after it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Border {
    /// Index of its Received field.
    pub hop: Option<usize>,
    /// Index of the lowest field above it in which another organization accepted the message.
    pub onward: Option<usize>,
    /// Whether the user chose the field.
    pub is_chosen: bool,
    /// Whether a host above accepted the message from a client that may not belong to the border's
    /// organization. That client could be a stranger who forged the border.
    pub is_unvouched: bool,
}

/// Chooses the border. `notes` receives what was asked for but not possible.
pub(super) fn choose(
    traces: &Traces,
    hints: &SessionHints,
    notes: &mut Vec<SessionNote>,
) -> Border {
    let chain = Chain::new(traces);
    let chosen = chain.asked_for(hints, notes);
    let hop = match chosen {
        Some(hop) => Some(hop),
        // No field names the given client, so no field describes its session.
        None if hints.client().is_some() => None,
        None => chain.vouched(&traces.results).or_else(|| chain.topmost()),
    };
    Border {
        hop,
        onward: hop.and_then(|hop| chain.onward(hop)),
        is_chosen: chosen.is_some(),
        // A user who gives the field or the client knows the session. One who trusts hosts may not.
        is_unvouched: hop.is_some_and(|hop| {
            hints.hop.is_none()
                && hints.client().is_none()
                && chain.is_unvouched(hop, &hints.trusted_hosts)
        }),
    }
}

/// The Received fields, and the organizations that their hosts belong to.
struct Chain<'a> {
    hops: &'a [Received],
    /// The organization of the host that wrote each hop.
    by: Vec<Option<String>>,
    /// The organization of the client of each hop, if its name was looked up.
    client: Vec<Option<String>>,
    /// The hops with a client outside.
    crossings: Vec<usize>,
}

impl<'a> Chain<'a> {
    fn new(traces: &'a Traces) -> Self {
        let hops = &traces.hops[..];
        let belongs = |host: &Option<String>| host.as_deref().and_then(organization);
        let by: Vec<_> = hops.iter().map(|hop| belongs(&hop.by)).collect();
        let mut chain = Self {
            crossings: Vec::new(),
            client: hops
                .iter()
                .map(|hop| belongs(&hop.reverse).filter(|_| !hop.is_reverse_doubted))
                .collect(),
            by,
            hops,
        };
        let is_crossing = |index: &usize| {
            let is_public = hops[*index].ip.is_some_and(is_public);
            is_public && !chain.is_inside(*index) && !chain.is_told_of_another(*index, traces)
        };
        chain.crossings = (0..hops.len()).filter(is_crossing).collect();
        chain
    }

    /// Whether the client is a host of the receiver that no stranger can pose as.
    fn is_inside(&self, index: usize) -> bool {
        let receiver = receivers::of(self.by[index].as_deref());
        let ip = self.hops[index].ip.zip(receiver);
        ip.is_some_and(|(ip, receiver)| receiver.is_internal(ip)) || self.is_from_edge(index)
    }

    /// Whether the host that wrote the next field handed the message over, from an address of the
    /// receiver's edges.
    fn is_from_edge(&self, index: usize) -> bool {
        let (Some(ip), Some(edges)) = (self.hops[index].ip, self.edges(index)) else {
            return false;
        };
        let next = self.hops.get(index + 1).and_then(|next| next.by.as_deref());
        let (Some(helo), Some(next)) = (self.hops[index].from.as_deref(), next) else {
            return false;
        };
        let is_own = self.by[index] == self.by[index + 1];
        is_own && edges.holds(ip, helo) && is_same_label(helo, next)
    }

    /// Whether the client has an address of the receiver's edges, and the receiver says that the
    /// message came from another one, in a session of its own that is further down.
    fn is_told_of_another(&self, index: usize, traces: &Traces) -> bool {
        let (Some(ip), Some(edges)) = (self.hops[index].ip, self.edges(index)) else {
            return false;
        };
        if !edges.block.holds(ip) {
            return false;
        }
        let told = self.told(index, traces);
        let edge = traces.edge.as_deref().filter(|_| told.is_none());
        let is_meant = |hop: &Received| {
            let by = hop.by.as_deref();
            told.is_some() && hop.ip == told
                || edge
                    .zip(by)
                    .is_some_and(|(edge, by)| is_same_label(edge, by))
        };
        let by = &self.by[index];
        let below = self.hops.iter().zip(&self.by).skip(index + 1);
        let mut own = below.take_while(|(_, writer)| *writer == by);
        told != Some(ip) && own.any(|(hop, _)| is_meant(hop))
    }

    /// The client that the receiver names in its topmost results, or else in fields of its own.
    fn told(&self, index: usize, traces: &Traces) -> Option<IpAddr> {
        let by = self.by[index].as_deref();
        let is_unnamed = receivers::of(by).is_some_and(Receiver::writes_no_name);
        let writers = traces.results.iter().filter_map(|field| Writer::of(field));
        let mut own = writers.filter(|writer| match writer.id.is_empty() {
            true => is_unnamed,
            false => writer.organization.as_deref() == by,
        });
        let in_field = || {
            let mut own = traces.addresses.iter().filter(|address| {
                let known = receivers::client_field(address.field);
                known.is_some_and(|(writer, field)| {
                    field.origin == FieldOrigin::ItsOwn && writer.organization() == by
                })
            });
            own.next().map(|address| address.ip)
        };
        let in_results = own.next().and_then(|writer| writer.client);
        in_results.or_else(in_field)
    }

    fn edges(&self, index: usize) -> Option<&'static Edges> {
        receivers::of(self.by[index].as_deref())?.edges
    }

    fn asked_for(&self, hints: &SessionHints, notes: &mut Vec<SessionNote>) -> Option<usize> {
        if let Some(number) = hints.hop {
            if (1..=self.hops.len()).contains(&number) {
                return Some(number - 1);
            }
            notes.push(SessionNote::NoSuchHop {
                asked: number,
                count: self.hops.len(),
            });
        }
        if !hints.trusted_hosts.is_empty() {
            let hop = self.trusted(&hints.trusted_hosts);
            if hop.is_some() {
                return hop;
            }
            notes.push(SessionNote::NoTrustedHost(hints.trusted_hosts.clone()));
        }
        let ip = hints.client()?;
        self.hops.iter().position(|hop| hop.ip == Some(ip))
    }

    /// The topmost hop in which one of `hosts` accepted the message from a client that is not one
    /// of them.
    fn trusted(&self, hosts: &[String]) -> Option<usize> {
        let is_trusted = |host: Option<&str>| {
            host.is_some_and(|host| hosts.iter().any(|trusted| is_within(host, trusted)))
        };
        let is_by_trusted = |index: &usize| is_trusted(self.hops[*index].by.as_deref());
        let mut crossings = self.crossings.iter().copied().filter(is_by_trusted);
        let first = crossings.clone().next();
        crossings
            .find(|index| !is_trusted(self.hops[*index].reverse.as_deref()))
            .or(first)
            .or_else(|| (0..self.hops.len()).find(is_by_trusted))
    }

    /// The topmost hop with a client outside the receiver.
    fn topmost(&self) -> Option<usize> {
        (!self.crossings.is_empty()).then(|| self.outermost(self.run(0)))
    }

    /// The hop that the writer of an Authentication-Results field vouches for.
    fn vouched(&self, results: &[Arc<AuthenticationResults>]) -> Option<usize> {
        let writers: Vec<Writer> = results
            .iter()
            .filter_map(|field| Writer::of(field))
            .collect();
        let mut at = 0;
        while at < self.crossings.len() {
            let run = self.run(at);
            at += run.len();
            if let Some(hop) = self.vouched_in(run, &writers) {
                return Some(hop);
            }
            let relay = self.client[self.outermost(run)].as_ref();
            let next = self.by[*self.crossings.get(at)?].as_ref();
            if relay.is_none() || relay != next {
                return None;
            }
        }
        None
    }

    /// The hop of `run` that one of `writers` wrote. In this order: the hop of the client that the
    /// topmost writer names; the hop of the host with exactly the writer's name; the hop with the
    /// address that a receiver without a name states; the hop in which its organization accepted
    /// the message.
    fn vouched_in(&self, run: &[usize], writers: &[Writer]) -> Option<usize> {
        let by = self.by[*run.first()?].as_ref()?;
        let receiver = receivers::of(Some(by));
        // An organization that accepts mail from its own users also accepts forged fields with it.
        let topmost = writers
            .iter()
            .find(|writer| writer.organization.as_ref() == Some(by));
        if let Some(client) = topmost.and_then(|writer| writer.client)
            && let Some(hop) = run.iter().find(|hop| self.hops[**hop].ip == Some(client))
            && *hop <= self.outermost(run)
        {
            return Some(*hop);
        }
        // A field below the hop at which the message came from outside may be forged, whatever name
        // it has.
        let is_own = |index: &&usize| **index <= self.outermost(run);
        // If a receiver writes directly below the Received field, the position identifies the hop.
        let writes_below = receiver.and_then(|receiver| receiver.results_below);
        if let Some(writer) = topmost.filter(|_| writes_below == Some(Below::One)) {
            let is_above = |index: &&usize| self.hops[**index].span.start < writer.start;
            if let Some(hop) = run.iter().filter(is_own).rfind(is_above) {
                return Some(*hop);
            }
        }
        let is_named = |index: &&usize| {
            let host = self.hops[**index].by.as_deref().unwrap_or_default();
            writers
                .iter()
                .any(|writer| writer.id.eq_ignore_ascii_case(host))
        };
        let mut named = run.iter().filter(is_own).filter(is_named);
        let first = named.clone().next();
        let outside = named.find(|index| self.client[**index].as_ref() != Some(by));
        if let Some(hop) = outside.or(first) {
            return Some(*hop);
        }
        if receiver.is_some_and(|receiver| receiver.writes_no_name()) {
            let mut unnamed = writers.iter().filter(|writer| writer.id.is_empty());
            let told = |writer: &Writer| {
                let told = run
                    .iter()
                    .filter(is_own)
                    .find(|index| writer.client == self.hops[**index].ip);
                told.copied().or(Some(self.outermost(run)))
            };
            if let Some(hop) = unnamed.find_map(told) {
                return Some(hop);
            }
        }
        let is_of_organization = |writer: &Writer| writer.organization.as_ref() == Some(by);
        writers
            .iter()
            .any(is_of_organization)
            .then(|| self.outermost(run))
    }

    /// The crossings from index `at` on that hosts of one organization wrote. Mail submitted with a
    /// password (ESMTPSA and similar, RFC 3848) starts a new run.
    fn run(&self, at: usize) -> &[usize] {
        let rest = &self.crossings[at..];
        let by = &self.by[rest[0]];
        let goes_on = |index: &&usize| {
            let protocol = self.hops[**index].protocol.as_deref().unwrap_or_default();
            let is_submission = protocol.to_ascii_uppercase().ends_with("SMTPSA")
                || protocol.eq_ignore_ascii_case("ESMTPA");
            by.is_some() && self.by[**index] == *by && !is_submission
        };
        &rest[..1 + rest[1..].iter().take_while(goes_on).count()]
    }

    /// The hop of `run` at which the message came from outside its organization.
    fn outermost(&self, run: &[usize]) -> usize {
        let is_inside = |index: &&usize| {
            let client = &self.client[**index];
            client.is_some() && *client == self.by[**index]
        };
        let inside = run.iter().take_while(is_inside).count();
        match run.get(inside) {
            Some(hop) => *hop,
            None => run[run.len() - 1],
        }
    }

    /// The lowest crossing above `hop` that another organization wrote.
    fn onward(&self, hop: usize) -> Option<usize> {
        let above = self.crossings.iter().rev().copied();
        above
            .skip_while(|index| *index >= hop)
            .find(|index| self.by[*index] != self.by[hop] || self.by[hop].is_none())
    }

    /// Whether a host above `hop` accepted the message from a client that may be a stranger, who
    /// could then have forged `hop`, or wrote a part of a field itself. A client is no stranger if
    /// its name was looked up and is one of `trusted`.
    fn is_unvouched(&self, hop: usize, trusted: &[String]) -> bool {
        let is_trusted = |index: usize| {
            let host = &self.hops[index];
            let reverse = host.reverse.as_deref().filter(|_| !host.is_reverse_doubted);
            reverse.is_some_and(|name| trusted.iter().any(|host| is_within(name, host)))
        };
        let is_ambiguous = self.hops[..=hop].iter().any(|hop| hop.is_ambiguous);
        is_ambiguous || !(0..hop).all(|index| self.is_handed_over(index) || is_trusted(index))
    }

    /// Whether this field shows that the message came from a host of the same organization, in a
    /// way that no stranger can bring about. A private address does not show it (proxies, address
    /// translation), nor does a name in the organization's domain (customers have those too).
    fn is_handed_over(&self, index: usize) -> bool {
        let taken = &self.hops[index];
        let protocol = taken.protocol.as_deref().unwrap_or_default();
        let by = taken.by.as_deref().unwrap_or_default();
        match (taken.ip, &taken.from) {
            // LMTP is not used between organizations (RFC 2033 §5).
            _ if protocol.to_ascii_uppercase().starts_with("LMTP") => true,
            // Gmail's hosts write such fields, with an address as their name.
            (None, None) => receivers::is_internal_host(by),
            (Some(ip), _) => {
                let receiver = receivers::of(self.by[index].as_deref());
                receiver.is_some() && (self.is_inside(index) || is_private(ip))
            }
            (None, Some(_)) => false,
        }
    }
}

/// Whether two host names begin with the same label.
fn is_same_label(one: &str, other: &str) -> bool {
    let label = |name: &str| name.split('.').next().map(str::to_ascii_lowercase);
    label(one) == label(other)
}

/// Whether no stranger can connect from this address, at a large receiver: such a receiver has no
/// proxy or address translation before its hosts.
fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local(),
    }
}

/// The writer of an Authentication-Results field with a result for SPF, DKIM or DMARC.
struct Writer {
    /// The authserv-id; empty if there is none.
    id: String,
    organization: Option<String>,
    client: Option<IpAddr>,
    /// Where the field begins.
    start: usize,
}

impl Writer {
    fn of(field: &AuthenticationResults) -> Option<Self> {
        let is_verdict = |method: &str| matches!(method, "spf" | "dkim" | "dmarc");
        let mut methods = field.results.iter().map(|result| result.method.as_str());
        if !methods.any(is_verdict) {
            return None;
        }
        let id = field.authserv_id.clone().unwrap_or_default();
        Some(Self {
            organization: organization(&id),
            client: field.results.iter().find_map(client_ip),
            start: field.span.start,
            id,
        })
    }
}
