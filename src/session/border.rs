//! The border: the Received field of the host that took the message from a stranger, and whose
//! session is therefore the one to judge (RFC 8601 §1.6, §5).
//!
//! | what decides | why |
//! |---|---|
//! | `--hop N` | the user says so |
//! | `--trust HOST`: the topmost field by such a host that took the message from another | the user knows the receiver's hosts |
//! | `--ip ADDR`: the topmost field that names it | the field tells of the same session |
//! | the topmost field of the client that the topmost Authentication-Results of its organization names | the verdicts are on that session |
//! | the topmost field by a host whose organization wrote Authentication-Results, as far as each host above it was told by the next to belong to that organization | its verdicts are the ones to compare with; a mailing list that checks mail and passes it on is met here |
//! | the topmost field that names a client outside the receiver | all above it passed the message on among themselves |
//!
//! The last three are one walk from the top. A client is inside the receiver when its address is not
//! public, when a receiver gives it to its own hosts alone, or when the receiver found its name to be in
//! its own organization and that organization took the message once more below. A walk goes past a
//! relay only where the receiver found the relay's name to be of the organization that wrote the
//! next field, as a stranger can write any fields below his own.

use std::sync::Arc;

use super::traces::{Traces, client_ip};
use super::{SessionHints, SessionNote};
use crate::message::{AuthenticationResults, Received, is_public};
use crate::receivers::{self, Below};
use crate::receivers::{is_within, organization};

/// The border, and where the message went from there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Border {
    /// Index of the Received field.
    pub hop: Option<usize>,
    /// Index of the lowest field above in which another organization took the message.
    pub onward: Option<usize>,
    /// Whether the user said which field it is.
    pub is_chosen: bool,
    /// Whether a host above took the message from a client that it does not say to be of the
    /// border's organization, so that the client could be a stranger who wrote the border himself.
    pub is_unvouched: bool,
}

/// Chooses the border; `notes` tells what was asked for and could not be done.
pub(super) fn choose(
    traces: &Traces,
    hints: &SessionHints,
    notes: &mut Vec<SessionNote>,
) -> Border {
    let chain = Chain::new(traces);
    let chosen = chain.asked_for(hints, notes);
    let hop = match chosen {
        Some(hop) => Some(hop),
        // A client that no field names is one of a session that none tells of.
        None if hints.client_ip.is_some() => None,
        None => chain.vouched(&traces.results).or_else(|| chain.topmost()),
    };
    Border {
        hop,
        onward: hop.and_then(|hop| chain.onward(hop)),
        is_chosen: chosen.is_some(),
        // Who names the field or the client knows; who trusts hosts does not know their clients.
        is_unvouched: hop.is_some_and(|hop| {
            hints.hop.is_none() && hints.client_ip.is_none() && chain.is_unvouched(hop)
        }),
    }
}

/// The Received fields and to whom their hosts belong.
struct Chain<'a> {
    hops: &'a [Received],
    /// The organization of each hop's host.
    by: Vec<Option<String>>,
    /// The organization of each hop's client, where its name was looked up.
    client: Vec<Option<String>>,
    /// The hops that name a client outside.
    crossings: Vec<usize>,
}

impl<'a> Chain<'a> {
    fn new(traces: &'a Traces) -> Self {
        let hops = &traces.hops[..];
        let belongs = |host: &Option<String>| host.as_deref().and_then(organization);
        let by: Vec<_> = hops.iter().map(|hop| belongs(&hop.by)).collect();
        let is_crossing = |index: &usize| {
            let receiver = receivers::of(by[*index].as_deref());
            let is_inside = |ip| receiver.is_some_and(|receiver| receiver.is_internal(ip));
            hops[*index]
                .ip
                .is_some_and(|ip| is_public(ip) && !is_inside(ip))
        };
        Self {
            crossings: (0..hops.len()).filter(is_crossing).collect(),
            client: hops
                .iter()
                .map(|hop| belongs(&hop.reverse).filter(|_| !hop.is_reverse_doubted))
                .collect(),
            by,
            hops,
        }
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
        let ip = hints.client_ip?;
        self.hops.iter().position(|hop| hop.ip == Some(ip))
    }

    /// The topmost hop in which one of `hosts` took the message from a client that is none of them.
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

    /// The topmost hop outside the receiver.
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

    /// The hop of `run` that one of `writers` wrote: the one of the client that the topmost of them
    /// names, else by the host of its very name, else by the address that a receiver without a name
    /// states, else
    /// by one of its organization.
    fn vouched_in(&self, run: &[usize], writers: &[Writer]) -> Option<usize> {
        let by = self.by[*run.first()?].as_ref()?;
        let receiver = receivers::of(Some(by));
        // An organization that takes mail from its own users takes strangers' fields with it.
        let topmost = writers
            .iter()
            .find(|writer| writer.organization.as_ref() == Some(by));
        if let Some(client) = topmost.and_then(|writer| writer.client)
            && let Some(hop) = run.iter().find(|hop| self.hops[**hop].ip == Some(client))
            && *hop <= self.outermost(run)
        {
            return Some(*hop);
        }
        // What stands below the hop where the message came from outside, a stranger could have
        // written, in whatever name.
        let is_own = |index: &&usize| **index <= self.outermost(run);
        // Where the field stands right below the hop that it speaks of, its place tells.
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

    /// The crossings from the `at`th on that hosts of one organization wrote. Mail that a user
    /// handed in with a password (ESMTPSA and the like, RFC 3848) begins there.
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

    /// The hop of `run` in which the message came from outside its organization.
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

    /// Whether a host above `hop` took the message from a client that may be a stranger, without a
    /// public address by which to know it (one behind a translator, or a shape that is not known
    /// here). Then whoever that was may have written `hop` himself.
    fn is_unvouched(&self, hop: usize) -> bool {
        let is_bordering = |org: &Option<String>| org.is_some() && *org == self.by[hop];
        let border = self.hops[hop].by.as_deref().unwrap_or_default();
        let is_told = |index: usize| {
            let taken = &self.hops[index];
            let protocol = taken.protocol.as_deref().unwrap_or_default();
            let is_local = |protocol: &str| protocol.to_ascii_uppercase().starts_with("LMTP");
            match taken.ip {
                // Gmail hands on so; a host that gives its name had it from somebody on it.
                None if taken.from.is_none() => self.by[index].is_none(),
                // LMTP does not leave an organization (RFC 2033 §5).
                _ if is_local(protocol) => true,
                Some(ip) if ip.is_loopback() => self.is_same_host(index, index + 1),
                Some(ip) if border.parse() == Ok(ip) => true,
                // A receiver gives such addresses to its own hosts alone.
                Some(ip) if receivers::is_internal(ip) => receivers::of(self.by[index].as_deref())
                    .is_some_and(|receiver| receiver.is_internal(ip)),
                // Only what the receiver looked up tells, not what the client says of itself.
                _ => is_bordering(&self.client[index]),
            }
        };
        let mut above = (0..hop).filter(|index| !self.crossings.contains(index));
        above.any(|index| !is_told(index))
    }

    /// Whether two hops were written by one host, or by one organization.
    fn is_same_host(&self, one: usize, other: usize) -> bool {
        let by = |index: usize| self.hops.get(index).and_then(|hop| hop.by.as_deref());
        let is_same = by(one)
            .zip(by(other))
            .is_some_and(|(a, b)| a.eq_ignore_ascii_case(b));
        is_same || self.by[one].is_some() && self.by.get(other) == Some(&self.by[one])
    }
}

/// Who wrote an Authentication-Results field that holds a verdict of SPF, DKIM or DMARC.
struct Writer {
    /// Empty where the receiver writes none.
    id: String,
    organization: Option<String>,
    client: Option<std::net::IpAddr>,
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
