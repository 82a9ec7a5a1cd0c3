//! Whose a signature is, what made it, and what the receiver recorded about it.

use super::{Case, Signature, is_free_mail};
use crate::claims::ClaimedResult;
use crate::dkim::{Canonicalization, DkimCause, DkimResult, HeaderResult, KeyVerdict};
use crate::dns::Name;
use crate::evidence_class::EvidenceClass;
use crate::findings::observation::Mark;
use crate::findings::{Hit, Judged, Rule};
use crate::ses::is_ses_domain;
use crate::session::PassedOn;

/// Fields that SES rewrites, according to its guide on manual signing.
const REWRITTEN: [&str; 4] = ["Message-ID", "Date", "Return-Path", "Bounces-To"];

impl Signature<'_> {
    /// Whether SES made it for its own domain.
    pub fn is_of_ses(&self) -> bool {
        let domain = self.verdict.domain.as_ref();
        domain.is_some_and(|domain| is_ses_domain(domain.as_str()))
    }

    /// Whether it verifies.
    pub fn passes(&self) -> bool {
        self.verdict.result == DkimResult::Pass
    }

    /// Whether the message differs from what was signed, and the key is available.
    pub fn is_broken(&self) -> bool {
        use DkimCause::{BodyAndHeaderChanged, BodyChanged, HeaderChanged};
        let cause = self.verdict.cause;
        matches!(cause, BodyChanged | HeaderChanged | BodyAndHeaderChanged)
    }

    /// A hit of `rule` about it: with its number, its domain and its selector.
    pub(in crate::findings) fn hit(&self, rule: &Rule, mark: Mark) -> Hit {
        let hit = rule.hit(mark).of_signature(self.number);
        let names = [
            ("domain", &self.verdict.domain),
            ("selector", &self.verdict.selector),
        ];
        let names = names.into_iter();
        let names = names.filter_map(|(of, name)| Some((of, name.as_ref()?)));
        names.fold(hit, |hit, (of, name)| hit.with(of, name.as_str()))
    }

    /// Whether h= names this field.
    pub fn covers(&self, field: &str) -> bool {
        let mut names = self.written.signed_fields.iter();
        names.any(|name| name.eq_ignore_ascii_case(field))
    }
}

impl<'a> Case<'a> {
    /// Whether its selector is an Easy DKIM selector, in mail that SES sent.
    pub fn is_easy(&self, signature: Signature<'_>) -> bool {
        self.ses()
            .is_some_and(|ses| ses.easy_dkim.contains(&signature.number))
    }

    /// SES's own signature.
    pub fn ses_signature(&self) -> Option<Signature<'a>> {
        let number = self.ses()?.own_signature?;
        let mut signatures = self.signatures();
        signatures.find(|signature| signature.number == number)
    }

    /// SES's own signature, if SES signed for no other domain and the author did not sign either.
    pub fn ses_signs_alone(&self) -> Option<Signature<'a>> {
        let own = self.ses_signature()?;
        let author = self.author()?;
        let mut others = self.signatures().filter(|one| !one.is_of_ses());
        let is_nobodys = |one: Signature<'_>| one.verdict.domain.is_none();
        let is_alone = !others.any(|one| one.is_authors() || self.is_easy(one) || is_nobodys(one));
        // SES cannot sign for a mailbox provider: from-free-mail.
        let is_nobodys = is_ses_domain(author.as_str()) || is_free_mail(author);
        (is_alone && !is_nobodys).then_some(own)
    }

    /// Whether SES made it: with an Easy DKIM key, or with a key of the customer, which is assumed
    /// if SES's own signature is there too.
    pub fn is_made_by_ses(&self, signature: Signature<'_>) -> bool {
        use Canonicalization::{Relaxed, Simple};
        let Some(own) = self.ses_signature() else {
            return self.is_easy(signature);
        };
        let at_once = signature.written.timestamp.zip(own.written.timestamp);
        let at_once = at_once.is_some_and(|(one, own)| own.duration_since(one).as_secs().abs() < 5);
        let is_alike = signature.written.canonicalization == Some((Relaxed, Simple))
            && signature.written.field < own.written.field;
        self.is_easy(signature) || signature.is_of_ses() || at_once && is_alike
    }

    /// Whether another program signed in addition to SES, although mail has an author's signature
    /// without it.
    pub fn is_application(&self, signature: Signature<'_>) -> bool {
        let mut others = self.own_signatures();
        let is_other = |one: &Signature<'_>| one.number != signature.number && one.passes();
        let is_by_ses = self.is_made_by_ses(signature);
        self.ses_signature().is_some() && !is_by_ses && others.any(|one| is_other(&one))
    }

    /// The signed fields that SES rewrites, if a signature was made before SES received the message
    /// and does not verify.
    pub fn rewritten(&self, signature: Signature<'_>) -> Vec<&'static str> {
        // A signature above that of SES was made after SES.
        let was_before = self
            .ses_signature()
            .is_some_and(|ses| signature.written.field > ses.written.field);
        let header = signature.verdict.header.result;
        if !was_before || header != HeaderResult::Failed || self.is_made_by_ses(signature) {
            return Vec::new();
        }
        let names = REWRITTEN.iter().filter(|name| signature.covers(name));
        names.copied().collect()
    }

    /// What the receiver recorded about a signature, in its own fields; a pass, if there are
    /// several results.
    pub(in crate::findings) fn recorded(
        &self,
        signature: Signature<'_>,
    ) -> Option<(usize, &'a ClaimedResult)> {
        let is_about = |result: &ClaimedResult| {
            result.method == "dkim" && result.signature == Some(signature.number)
        };
        let recorded = self.receivers_results();
        recorded
            .filter(|(_, result)| is_about(result))
            .min_by_key(|(_, result)| !result.is_pass())
    }

    /// Whether the receiver recorded, in its own fields, that a signature verified.
    pub fn receiver_verified(&self, signature: Signature<'_>) -> bool {
        let recorded = self.recorded(signature);
        recorded.is_some_and(|(_, result)| result.is_pass())
    }

    /// Whether the receiver verified it, or may have: it does not mention the signature and accepts
    /// the message.
    pub fn receiver_may_have_verified(&self, signature: Signature<'_>) -> bool {
        match self.recorded(signature) {
            Some((_, result)) => result.is_pass(),
            None => self.receiver_passed(),
        }
    }

    /// Whether the receiver recorded, in its own fields, that a signature with the same key
    /// verified.
    pub(super) fn receiver_had_key(&self, signature: Signature<'_>) -> bool {
        let name = |one: Signature<'_>| one.written.key_name();
        let mut same = self
            .signatures()
            .filter(|one| name(*one) == name(signature));
        same.any(|one| self.receiver_verified(one))
    }

    /// The signatures of the author's organization, one for each key.
    pub fn own_keys(&self) -> impl Iterator<Item = (Signature<'a>, &'a KeyVerdict)> + use<'a> {
        let mut seen = Vec::new();
        self.own_signatures().filter_map(move |signature| {
            let key = signature.verdict.key.as_ref()?;
            let is_new = !seen.contains(&&key.name);
            seen.push(&key.name);
            is_new.then_some((signature, key))
        })
    }

    /// The author's signatures that do not match the message, except those that the receiver
    /// verified and those that cover fields that SES rewrites.
    pub(in crate::findings) fn broken_signatures(
        &self,
    ) -> impl Iterator<Item = Signature<'a>> + use<'_, 'a> {
        self.own_signatures().filter(|signature| {
            signature.is_broken()
                && !self.receiver_may_have_verified(*signature)
                && self.rewritten(*signature).is_empty()
        })
    }

    /// Whether one of these was demonstrably broken on the way.
    pub(in crate::findings) fn broke_in_transit(&self) -> bool {
        self.broken_signatures().next().is_some() && self.passed_on().is_some()
    }

    /// The clearest sign that the message was forwarded between its sender and the mailbox.
    pub fn passed_on(&self) -> Option<&'a PassedOn> {
        let shown = self.analysis.session.forwarding.plainest();
        shown.or_else(|| Some(self.list_field()?.1))
    }

    /// Whether it may have been forwarded: fields say so that anyone may write.
    pub fn may_be_passed_on(&self) -> bool {
        let mut fields = self.analysis.session.forwarding.fields();
        self.passed_on().is_some() || fields.next().is_some()
    }

    /// The lookup of the key of a signature.
    pub fn at_key(&self, signature: Signature<'_>) -> Mark {
        let key = signature.verdict.key.as_ref();
        let answered = key.map(|key| self.lookup(key.lookup)).unwrap_or_default();
        match answered.lookup() {
            Some(lookup) => Mark::dns(lookup),
            None => self.at_verdict(signature),
        }
    }

    /// The verdict on a signature.
    pub fn at_verdict(&self, signature: Signature<'_>) -> Mark {
        Mark::verdict(Judged::Dkim(signature.number), EvidenceClass::Inferred)
    }

    /// The names where the zone that contains the key may begin: the domain of the signature and
    /// its Organizational Domain.
    pub(super) fn zones(&self, signature: Signature<'a>) -> impl Iterator<Item = &'a Name> {
        let domain = signature.verdict.domain.as_ref();
        domain.into_iter().chain(self.organization())
    }
}
