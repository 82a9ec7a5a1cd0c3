//! Which names are aliases by the answers at hand, and what that means for records that a fix
//! proposes: nothing can stand beside a CNAME (RFC 1034 §3.6.2).

use super::Case;
use crate::dns::change::{Action, RecordChange};
use crate::dns::{Lookup, Name, Record, RecordType, Reply};
use crate::findings::{Choice, Finding, Fix};
use crate::spf::record::is_spf;

/// A name that is an alias.
#[derive(Clone, Copy, Debug)]
pub(in crate::findings) struct Alias<'a> {
    /// The answer that shows it.
    pub lookup: &'a Lookup,
    /// Where it leads.
    pub target: &'a Name,
    /// Where it leads in the end.
    pub end: &'a Name,
}

impl Alias<'_> {
    /// `, an alias (CNAME) of rp.example.net, which does not exist`; a clause to append to its name.
    pub(in crate::findings) fn in_words(&self) -> String {
        let end = match (self.end.is_root(), &self.lookup.reply) {
            (true, _) => "the root".into(),
            (false, Reply::NxDomain(_)) => format!("{}, which does not exist", self.end),
            (false, _) => self.end.to_string(),
        };
        format!(", an alias (CNAME) of {end}")
    }
}

impl<'a> Case<'a> {
    /// The alias at `name`, if an answer shows it. One that a wildcard record makes does not count:
    /// records of the name itself come before it (RFC 4592 §3.3).
    pub(in crate::findings) fn alias_at(&self, name: &Name) -> Option<Alias<'a>> {
        let lookups = &self.analysis.lookups.0;
        let found = lookups.iter().filter_map(|lookup| alias_in(lookup, name));
        // Where the alias itself was asked for, its end is not known.
        let alias = found.max_by_key(|alias| alias.lookup.question.kind != RecordType::Cname)?;
        let is_of_wildcard = lookups.iter().any(|lookup| {
            let other = &lookup.question.name;
            is_doubled(other, name)
                && alias_in(lookup, other).is_some_and(|other| other.target == alias.target)
        });
        (!is_of_wildcard).then_some(alias)
    }

    /// What to know before a record is published at `name`, if that is an alias; a clause to append
    /// to a fix in words.
    pub(in crate::findings) fn beside_alias(&self, name: &Name) -> String {
        self.alias_at(name).map_or(String::new(), |alias| {
            if alias.end.is_root() {
                return format!(
                    "; take the CNAME of {name} away first: it leads to the root, and nothing can \
                     stand beside it (RFC 1034 section 3.6.2)"
                );
            }
            format!(
                "; nothing can stand beside the CNAME of {name} (RFC 1034 section 3.6.2), so publish it \
                 at {}, where that leads, or take the CNAME away first",
                alias.end
            )
        })
    }

    /// `finding`, in whose fix no record is to be published beside an alias.
    pub(in crate::findings) fn minding_aliases(&self, mut finding: Finding) -> Finding {
        let Some(fix) = &mut finding.fix else {
            return finding;
        };
        let mut owners: Vec<&Name> = fix.records.iter().map(|record| &record.name).collect();
        owners.dedup();
        let blocked = owners.into_iter().find_map(|owner| {
            let alias = self.alias_at(owner)?;
            is_blocked(&fix.records, owner).then(|| (owner.clone(), alias))
        });
        if let Some((owner, alias)) = blocked {
            self.offer_both(fix, &owner, alias);
        }
        let choices = std::mem::take(&mut fix.choices);
        fix.choices = choices
            .into_iter()
            .flat_map(|choice| self.around_alias(choice))
            .collect();
        finding
    }

    /// `choice`, or the two ways to make it if its records would stand beside an alias.
    fn around_alias(&self, choice: Choice) -> Vec<Choice> {
        let blocked = choice.records.iter().find_map(|record| {
            let alias = self.alias_at(&record.name)?;
            is_blocked(&choice.records, &record.name).then(|| (record.name.clone(), alias))
        });
        let Some((owner, alias)) = blocked else {
            return vec![choice];
        };
        let (moved, kept) = choice.records.into_iter().partition(|it| it.name == owner);
        let [at_end, instead] = self.ways(&owner, alias, moved);
        let ways = at_end.into_iter().chain(instead).map(|way| Choice {
            text: format!("{}; {}", choice.text, way.text),
            consequence: format!("{}; {}", choice.consequence, way.consequence),
            records: kept.iter().cloned().chain(way.records).collect(),
        });
        ways.collect()
    }

    /// Puts in place of the records at `owner`, which is an alias, the ways to publish them.
    fn offer_both(&self, fix: &mut Fix, owner: &Name, alias: Alias<'_>) {
        let records = std::mem::take(&mut fix.records);
        let (moved, kept) = records.into_iter().partition(|it| it.name == *owner);
        fix.records = kept;
        match self.ways(owner, alias, moved) {
            [Some(at_end), Some(instead)] => {
                fix.text = format!(
                    "nothing can stand beside the CNAME of {owner} (RFC 1034 section 3.6.2), so \
                     choose where to do this: {}",
                    fix.text
                );
                fix.choices.extend([at_end, instead]);
            }
            ways => {
                for way in ways.into_iter().flatten() {
                    fix.text = format!("{}: {}", way.text, fix.text);
                    fix.records.extend(way.records);
                }
            }
        }
    }

    /// The ways to publish `moved`, records at `owner`, which is an alias: where it leads, unless
    /// nobody can publish there, and in its place.
    fn ways(
        &self,
        owner: &Name,
        alias: Alias<'_>,
        moved: Vec<RecordChange>,
    ) -> [Option<Choice>; 2] {
        let end = alias.end;
        let is_own = self
            .registered
            .as_ref()
            .is_some_and(|top| end.is_within(top));
        let at_end = Choice {
            text: match is_own {
                true => format!("publish it at {end}, where the CNAME leads"),
                false => format!("let whoever runs {end}, where the CNAME leads, publish it there"),
            },
            consequence: "every name that leads there has it too".into(),
            records: moved
                .iter()
                .map(|record| RecordChange {
                    name: end.clone(),
                    ..record.clone()
                })
                .collect(),
        };
        let carried = self.carried(owner, &moved);
        let is_of_sender = moved
            .iter()
            .any(|record| record.text().is_some_and(|text| is_spf(text.as_bytes())));
        let lost = match (carried.is_empty(), is_of_sender) {
            (true, true) => {
                "what else it led to is lost for this name, the MX that takes bounces too: publish \
                 one of its own where bounces are to come"
            }
            (true, false) => "what else it led to no longer counts for this name",
            (false, true) => {
                "what it led to is lost for this name, the MX that takes bounces too, so what is \
                 known of it is kept"
            }
            (false, false) => {
                "what it led to no longer counts for this name, so what is known of it is kept"
            }
        };
        let remove = RecordChange::cname(owner.clone(), alias.target.clone()).removing();
        let own = moved.into_iter().filter(|it| it.action != Action::Remove);
        let own = own.map(|record| RecordChange {
            action: Action::Publish,
            ..record
        });
        let instead = Choice {
            text: match end.is_root() {
                true => format!("take the CNAME of {owner} away, which leads to the root"),
                false => {
                    format!("take the CNAME of {owner} away and publish records of its own")
                }
            },
            consequence: lost.into(),
            records: [remove].into_iter().chain(carried).chain(own).collect(),
        };
        [(!end.is_root()).then_some(at_end), Some(instead)]
    }

    /// The records that `owner` has by its alias, and needs without it: its mail exchangers and
    /// addresses.
    fn carried(&self, owner: &Name, moved: &[RecordChange]) -> Vec<RecordChange> {
        let lookups = self.analysis.lookups.0.iter();
        let by_alias = lookups.filter(|lookup| lookup.question.name == *owner);
        let records = by_alias.flat_map(|lookup| lookup.reply.records());
        let counts =
            |record: &&Record| matches!(record, Record::A(_) | Record::Aaaa(_) | Record::Mx { .. });
        let records = records.filter(counts);
        let changes = records.map(|record| RecordChange::record(owner.clone(), record));
        changes
            .filter(|change| moved.iter().all(|other| other.kind != change.kind))
            .collect()
    }
}

/// Whether `records` publish something at `owner` that cannot stand beside its alias, and leave the
/// alias.
fn is_blocked(records: &[RecordChange], owner: &Name) -> bool {
    let mut at_owner = records.iter().filter(|it| it.name == *owner);
    let publishes = |it: &RecordChange| it.kind != RecordType::Cname && it.action != Action::Remove;
    let is_alias = |it: &RecordChange| it.kind == RecordType::Cname;
    at_owner.clone().any(publishes) && !at_owner.any(is_alias)
}

/// The alias at `name` that `lookup` shows.
fn alias_in<'a>(lookup: &'a Lookup, name: &Name) -> Option<Alias<'a>> {
    let asked = lookup.reply.records().iter().filter_map(|it| match it {
        Record::Cname(target) => Some(target),
        _ => None,
    });
    let chain: Vec<&Name> = lookup.reply.cname().iter().chain(asked).collect();
    let mut owners = [&lookup.question.name]
        .into_iter()
        .chain(chain.iter().copied());
    let at = owners.position(|owner| owner == name)?;
    Some(Alias {
        lookup,
        target: chain.get(at)?,
        end: chain.last()?,
    })
}

/// Whether `other` is `name` with the name of its zone added, where nobody publishes anything.
fn is_doubled(other: &Name, name: &Name) -> bool {
    let zone = other.as_str().strip_prefix(name.as_str());
    let zone = zone.and_then(|zone| zone.strip_prefix('.'));
    zone.and_then(|zone| Name::parse(zone).ok())
        .is_some_and(|zone| name.is_within(&zone))
}
