//! The hosts that only one copy passed, by its Received fields.

use foldhash::{HashSet, HashSetExt};

use super::outside::relaxed;
use crate::Limits;
use crate::message::{Message, received};

/// How many hosts are listed.
const LISTED: usize = 10;

/// The hosts that wrote a Received field which is in `of` and not in `other`, latest first.
pub(super) fn own_hosts(of: &Message<'_>, other: &Message<'_>, limits: &Limits) -> Vec<String> {
    let mut shared = HashSet::new();
    shared.extend(other.fields("Received").map(|field| relaxed(other, field)));
    let own = of.fields("Received").take(limits.received);
    let own = own.filter(|field| !shared.contains(&relaxed(of, field)));
    let mut hosts: Vec<String> = Vec::new();
    for by in own.filter_map(|field| received::parse(field, limits).by) {
        if hosts.len() < LISTED && !hosts.contains(&by) {
            hosts.push(by);
        }
    }
    hosts
}
