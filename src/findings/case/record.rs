//! The DMARC record of the author, and the search for it.

use std::sync::Arc;

use super::Case;
use crate::dmarc::{DmarcBy, PolicyRecord, RecordTag, Rules, Step, TagState};
use crate::dns::Name;
use crate::evidence_class::EvidenceClass;
use crate::findings::observation::{Judged, Mark, Observation};

/// A record that is taken for the author, whether it can be used or not.
pub(in crate::findings) struct Published<'a> {
    pub step: &'a Step,
    pub record: Arc<PolicyRecord>,
}

impl<'a> Case<'a> {
    /// The record from which the policy is taken; `None` if it is a mailbox provider's, which no
    /// sender can change.
    pub(in crate::findings) fn record(&self) -> Option<Published<'a>> {
        let step = self.own_steps().find(|step| step.taken)?;
        let record = step.record.clone()?;
        Some(Published { step, record })
    }

    /// The same record, if it gives a policy.
    pub(in crate::findings) fn usable_record(&self) -> Option<Published<'a>> {
        self.policy()?;
        self.record()
    }

    /// The steps of the policy search at names of the author's organization, without public
    /// suffixes and mailbox providers.
    pub(in crate::findings) fn own_steps(&self) -> impl Iterator<Item = &'a Step> + use<'_, 'a> {
        let top = self.registered.as_ref();
        let is_own = move |step: &&Step| top.is_some_and(|top| step.domain.is_within(top));
        self.analysis.dmarc.steps.iter().filter(is_own)
    }

    /// Such a step at this domain.
    pub(in crate::findings) fn own_step(&self, domain: &str) -> Option<&'a Step> {
        self.own_steps().find(|step| step.domain.as_str() == domain)
    }

    /// The place where a step found something.
    pub(in crate::findings) fn at_step(&self, step: &Step) -> Mark {
        let mut lookups = self.analysis.lookups.0.iter();
        match lookups.find(|lookup| Some(lookup.id) == step.lookup) {
            Some(lookup) => Mark::dns(lookup),
            None => Mark::verdict(Judged::Dmarc, EvidenceClass::ProvedByDns),
        }
    }

    /// DMARC by these rules.
    pub(in crate::findings) fn dmarc_by(&self, rules: Rules) -> DmarcBy<'a> {
        self.analysis.dmarc.by(rules)
    }
}

impl<'a> Published<'a> {
    /// The domain that has the record.
    pub(in crate::findings) fn domain(&self) -> &'a Name {
        &self.step.domain
    }

    /// The tag with this name, as written; `None` if the record does not have it.
    pub(in crate::findings) fn tag(&self, name: &str) -> Option<&RecordTag> {
        let mut tags = self.record.tags.iter();
        tags.find(|tag| tag.name == name && tag.state != TagState::Absent)
    }

    /// Whether the record has a policy that receivers know.
    pub(in crate::findings) fn has_policy(&self) -> bool {
        let is_invalid = |tag: &RecordTag| {
            matches!(tag.name.as_str(), "p" | "sp" | "np") && tag.state == TagState::Invalid
        };
        self.record.p.is_some() && !self.record.tags.iter().any(is_invalid)
    }

    /// The place of the record.
    pub(in crate::findings) fn at(&self, case: &Case<'_>) -> Mark {
        case.at_step(self.step)
    }

    /// The evidence for the record.
    pub(in crate::findings) fn seen(&self, case: &Case<'_>) -> Observation {
        self.at(case).says(self.record.text.as_str())
    }
}
