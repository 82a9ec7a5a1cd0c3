//! How signatures are named in words, and how their keys are corrected.

use super::{Case, Fix, Judged, Mark, Observation, Signature};
use crate::dkim::{Canonicalization, Examined};
use crate::dns::change::RecordChange;
use crate::dns::{Question, RecordType};
use crate::evidence_class::EvidenceClass;
use crate::explain;

impl Signature<'_> {
    /// `signature 1 of example.com`; without a message, `selector s of example.com`.
    pub fn name(&self) -> String {
        match (&self.verdict.domain, &self.verdict.selector) {
            (Some(domain), Some(selector)) if self.is_imagined => {
                format!("selector {selector} of {domain}")
            }
            (Some(domain), _) => format!("signature {} of {domain}", self.number),
            (None, _) => format!("signature {}", self.number),
        }
    }

    /// What is likely to have broken it, where nothing is proved: `; likeliest, not proved: …`.
    pub(super) fn likely(&self) -> String {
        let autopsy = self.verdict.autopsy.as_deref();
        let halves = autopsy.map(|autopsy| [&autopsy.header, &autopsy.body]);
        let mut halves = halves.into_iter().flatten().flatten();
        let likely = halves.find_map(|half| half.likely.as_ref());
        likely.map_or(String::new(), |likely| {
            format!("; {}", explain::autopsy::likely(likely))
        })
    }

    /// What broke it, if that was proved; `is_passed_on`: whether somebody passed the message on.
    pub(super) fn proof(&self, is_passed_on: bool) -> Option<Proof> {
        let autopsy = self.verdict.autopsy.as_deref()?;
        if !autopsy.is_proof() {
            return None;
        }
        let mut found = explain::autopsy::changes(autopsy).to_string();
        let is_known = |half: &Option<Examined>| half.as_ref().map(Examined::is_proved);
        let (header, body) = (is_known(&autopsy.header), is_known(&autopsy.body));
        match (header, body) {
            (_, Some(false)) => found.push_str("; the body was changed too, how is not proved"),
            (Some(false), _) => {
                found.push_str("; the header was changed too, how is not proved");
            }
            _ => (),
        }
        let forms = self.written.canonicalization;
        let is_relaxed = forms.is_some_and(|(header, _)| header == Canonicalization::Relaxed);
        let class = EvidenceClass::ProvedBySignature;
        let mark = Mark::verdict(Judged::Dkim(self.number), class);
        let seen = match (header == Some(true), body == Some(true)) {
            (true, false) => "the signature over the header verifies with the change undone",
            (false, _) => "the body hash is the signed one with the change undone",
            (true, true) => {
                "signature and body hash are those that were signed with the changes undone"
            }
        };
        let who = explain::autopsy::who(autopsy).map(|who| who.to_string());
        Some(Proof {
            found,
            remedy: explain::autopsy::remedy(autopsy, is_relaxed, is_passed_on),
            seen: mark.says(seen),
            who: who.map(|who| {
                Mark::verdict(Judged::Dkim(self.number), EvidenceClass::Inferred).says(who)
            }),
        })
    }
}

/// What broke a signature, in words.
pub(super) struct Proof {
    pub found: String,
    pub remedy: String,
    pub seen: Observation,
    /// Who may have done it.
    pub who: Option<Observation>,
}

impl Case<'_> {
    /// The receiver's field with its result for a signature.
    pub fn at_recorded(&self, signature: Signature<'_>) -> Option<Observation> {
        let (claim, result) = self.recorded(signature)?;
        Some(
            self.at_claim(claim)
                .says(format!("the receiver recorded dkim={}", result.result)),
        )
    }

    /// ` (region us-east-1)`, if the region is known.
    pub fn in_region(&self) -> String {
        let region = self.ses().and_then(|ses| ses.region.as_ref());
        region.map_or(String::new(), |region| format!(" (region {region})"))
    }

    /// A fix: the alias that Easy DKIM needs at the selector, instead of the texts there. Its target
    /// is printed only if the key that made the signature is there.
    pub(super) fn alias_fix(&self, signature: Signature<'_>, what: &str) -> Fix {
        let stated = self.stated().zip(self.stated_alias(signature));
        let wanted = stated.as_ref().map(|_| self.wanted_aliases());
        if let (Some((stated, own)), Some(wanted)) = (stated, wanted) {
            // Texts at the selector have to make room for it.
            let wanted = match wanted.is_empty() {
                true => vec![own],
                false => wanted,
            };
            return Fix::new(format!(
                "{what}: by what SES says of {}, this is missing",
                stated.identity.name
            ))
            .records(self.key_records_to_remove(signature))
            .records(wanted);
        }
        let Some(alias) = self.easy_record(signature) else {
            let fix = Fix::new(format!(
                "{what}: SES{} shows the three records of the identity under DKIM, name and target. \
                 The target is TOKEN in the zone that aws sesv2 get-email-identity gives as \
                 SigningHostedZone",
                self.in_region()
            ));
            return match &signature.verdict.key {
                Some(key) => fix.check(&Question::new(key.name.clone(), RecordType::Cname)),
                None => fix,
            };
        };
        let key = signature.verdict.key.as_ref();
        let alias = match key.is_some_and(|key| !key.cname.is_empty()) {
            true => alias.replacing(),
            false => alias,
        };
        Fix::new(format!(
            "{what}, one of the three that SES shows for the identity: see that all three are there"
        ))
        .records(self.key_records_to_remove(signature))
        .record(alias)
    }

    /// A fix: a new text at the selector, or words that say who has to change it if an alias points
    /// to it.
    pub(super) fn text_fix(
        &self,
        signature: Signature<'_>,
        what: &str,
        records: impl IntoIterator<Item = RecordChange>,
    ) -> Fix {
        let key = signature.verdict.key.as_ref();
        let fix = match key.and_then(|key| key.cname.last()) {
            Some(target) => Fix::new(format!(
                "{what}; it stands at {target}, where a CNAME leads, so ask whoever runs that"
            )),
            None => Fix::new(what).records(records),
        };
        match key {
            Some(key) => fix.check(&Question::txt(key.name.clone())),
            None => fix,
        }
    }
}
