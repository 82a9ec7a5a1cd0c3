//! The search for what broke a signature, or for what leads from one copy of a message to another,
//! with what a judge keeps of the message.

use super::autopsy::{self, Autopsy, Earlier, SignedBody};
use super::judge::{Judge, candidate_keys};
use super::{DkimFault, DkimSignature, DkimVerdict};
use crate::dns::Lookup;

/// What a signature covers in one copy of a message; `None` for what is not there, or is not asked
/// for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Covered {
    /// The canonical form of each field, the signature field last.
    pub header: Option<Vec<Vec<u8>>>,
    /// The hash of the body.
    pub body: Option<Vec<u8>>,
}

/// What a signature was made over, where an autopsy proved it.
#[derive(Clone, Default)]
pub(crate) struct AsSigned {
    /// The fields that were other ones.
    pub header: Vec<Earlier>,
    /// The body, if it was another one.
    pub body: Option<SignedBody>,
}

impl Judge<'_, '_> {
    /// What [`Judge::autopsy`] found last.
    pub(crate) fn take_as_signed(&mut self) -> AsSigned {
        AsSigned {
            header: self.known_headers.take_last(),
            body: self.known.take_last(),
        }
    }

    /// Looks for what broke a signature that does not match the message, and adds to `verdict` what
    /// could be proved. Costs nothing for other signatures. `lookup` is as for
    /// [`Judge::signature`].
    pub fn autopsy(
        &mut self,
        signature: &DkimSignature,
        lookup: Option<&Lookup>,
        verdict: &mut DkimVerdict,
    ) {
        use DkimFault::{BodyAndHeaderChanged, BodyChanged, HeaderChanged};
        let fault = verdict.fault.as_ref();
        let header = matches!(
            fault,
            Some(HeaderChanged { .. } | BodyAndHeaderChanged { .. })
        );
        let body = matches!(fault, Some(BodyChanged | BodyAndHeaderChanged { .. }));
        if !header && !body {
            return;
        }
        let message = self.message;
        let clues = autopsy::clues(message, signature);
        let mut found = Autopsy::default();
        if header {
            let selected = self.headers.selected_each(signature);
            let keys = candidate_keys(signature, lookup, self.limits, &mut verdict.clone());
            let keys = keys.unwrap_or_default();
            let usable = keys.iter().filter(|key| key.fault.is_none());
            let usable = usable.filter(|key| {
                let algorithm = signature.algorithm;
                algorithm.is_some_and(|algorithm| key.record.serves(algorithm))
            });
            let keys = usable.map(|key| &key.record.key);
            let mut budget = self.budget.share(if body { 2 } else { 1 });
            let known = &mut self.known_headers;
            found.header =
                autopsy::of_header(message, &selected, signature, keys, known, &mut budget);
            self.budget.give_back(budget);
        }
        if body {
            let mut budget = self.budget.share(1);
            let known = &mut self.known;
            let limits = self.limits;
            found.body = autopsy::of_body(message, signature, None, known, limits, &mut budget);
            self.budget.give_back(budget);
        }
        if found != Autopsy::default() {
            found.clues = clues;
            verdict.autopsy = Some(Box::new(found));
        }
    }

    /// What a signature covers in this copy of a message.
    pub(crate) fn covered(&mut self, signature: &DkimSignature) -> Covered {
        let selected = self.headers.selected_each(signature);
        let body = self.message.body();
        let way = signature.algorithm.zip(signature.canonicalization);
        let body = body.zip(way).map(|(body, (algorithm, (_, by)))| {
            let hashes = self.bodies.hashes(body, by, algorithm);
            hashes.digest(signature.length).to_vec()
        });
        Covered {
            header: autopsy::header_parts(self.message, &selected, signature),
            body,
        }
    }

    /// Looks for what leads to this copy of a message from another one, in which `signature` covers
    /// `other`. No key is needed: what is proved is that the octets are the same. Also gives the
    /// names of the fields that nothing leads to.
    pub(crate) fn changes_since(
        &mut self,
        other: &Covered,
        signature: &DkimSignature,
    ) -> (Autopsy, Vec<String>) {
        let message = self.message;
        let mut found = Autopsy::default();
        let mut unknown = Vec::new();
        if let Some(parts) = &other.header {
            let selected = self.headers.selected_each(signature);
            let mut budget = self.budget.share(if other.body.is_some() { 2 } else { 1 });
            let header =
                autopsy::of_header_since(message, &selected, signature, parts, &mut budget);
            self.budget.give_back(budget);
            if let Some((header, numbers)) = header {
                found.header = Some(header);
                let names = &signature.signed_fields;
                let name = |at: usize| names.get(at).map_or("DKIM-Signature", String::as_str);
                unknown = numbers.into_iter().map(|at| name(at).to_owned()).collect();
            }
        }
        if let Some(hash) = &other.body {
            let mut budget = self.budget.share(1);
            let (known, limits) = (&mut self.known, self.limits);
            let hash = Some(hash.as_slice());
            found.body = autopsy::of_body(message, signature, hash, known, limits, &mut budget);
            self.budget.give_back(budget);
        }
        if found.is_proof() {
            found.clues = autopsy::clues(message, signature);
        }
        (found, unknown)
    }
}
