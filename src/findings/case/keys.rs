//! What is wrong with the key of a signature. Each key has at most one fault, so only one of the
//! rules about keys fires for it.

use super::key_text::{CutKey, cut, has_line_end, joined, unmarked};
use super::{Case, Signature};
use crate::Limits;
use crate::advice_lookups::{Answered, KeyZone};
use crate::dkim::{DkimCause, Judge, host_name};
use crate::dns::change::RecordChange;
use crate::dns::{Failure, Name, Reply};
use crate::findings::{Hit, Rule};
use crate::ses::is_dkim_target;

/// What is wrong with a key, divided by what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyFault {
    /// SES: the alias points to an empty text, as for a key that is not in use.
    Rotated,
    /// The receiver verified with a key that no longer exists.
    GoneSince,
    /// The key has changed since the message was signed.
    Changed,
    /// SES: the zone name was appended to the name of the alias.
    DoubledOwner,
    /// SES: the zone name was appended to the target of the alias.
    DoubledTarget(Name),
    /// SES: there are addresses instead of the alias.
    Flattened,
    /// SES: the target of the alias is not the one that SES uses for the selector.
    WrongTarget(Name),
    /// SES: the alias is right, but SES has no key there.
    Withdrawn(Name),
    /// SES: there is no alias.
    AliasMissing,
    /// SES: there is a copy of the key instead of the alias.
    Copied,
    /// The text is a host name.
    HostName(Name),
    /// The text contains quotes, backslashes or ends of lines; this is the text without them.
    Quoted(String),
    /// The text ends before the key does.
    CutOff(CutKey),
    /// So many records are the strings of one; this is that one, if it is certain.
    Split(usize, Option<String>),
    /// The text is not a key.
    OtherText,
    /// The text was meant to be a key but cannot be read.
    Unreadable,
    /// p= is empty.
    Revoked,
    /// There is no text, or it is empty.
    Missing,
    /// There is an alias, and no key where it leads.
    AliasWithoutKey(Name),
    /// The key is not the one that signed, and nothing shows that it ever was.
    Mismatch,
    /// A server answers with this error.
    Failing(String),
    /// The key is restricted to other uses.
    Restricted,
}

impl<'a> Case<'a> {
    /// The faults of the keys of the author's signatures, once for each key. For SES's own keys,
    /// only that they were rotated.
    pub(in crate::findings) fn key_faults(
        &self,
    ) -> impl Iterator<Item = (Signature<'a>, &KeyFault)> {
        let find = || {
            let mut seen = Vec::new();
            let faults = self.signatures().filter_map(|signature| {
                let found = (signature.written.key_name(), self.key_fault(signature)?);
                let is_new = !seen.contains(&found);
                seen.push(found.clone());
                is_new.then_some((signature, found.1))
            });
            faults.collect()
        };
        let found = self.known.key_faults.get_or_init(find).iter();
        found.map(|(signature, fault)| (*signature, fault))
    }

    fn key_fault(&self, signature: Signature<'a>) -> Option<KeyFault> {
        use DkimCause as Cause;
        let cause = signature.verdict.cause;
        if signature.is_of_ses() {
            return (cause == Cause::KeyDoesNotFit).then_some(KeyFault::Changed);
        }
        let key = signature.verdict.key.as_ref()?;
        let is_easy = self.is_easy(signature);
        let has_alias = !key.cname.is_empty();
        if !signature.is_authors() {
            return None;
        }
        if is_easy && matches!(cause, Cause::Verified | Cause::KeyDoesNotFit) {
            let zone = self.key_zone(signature);
            let is_copy = !has_alias && zone.is_some_and(|zone| zone.cname.is_absent());
            return match (is_copy, cause) {
                (true, _) => Some(KeyFault::Copied),
                (false, Cause::KeyDoesNotFit) => Some(KeyFault::Changed),
                (false, _) => None,
            };
        }
        let verified = self.receiver_had_key(signature);
        Some(match cause {
            Cause::KeyDoesNotFit if verified => KeyFault::Changed,
            Cause::KeyDoesNotFit => KeyFault::Mismatch,
            Cause::KeyEmpty if is_easy && has_alias => KeyFault::Rotated,
            Cause::KeyGone
            | Cause::KeyEmpty
            | Cause::KeyRevoked
            | Cause::KeyNotAKey
            | Cause::KeySyntax
                if verified =>
            {
                KeyFault::GoneSince
            }
            Cause::KeyGone if is_easy => self.alias_fault(signature, &key.cname),
            Cause::KeyGone | Cause::KeyEmpty => match self.end_of_alias(signature) {
                Some(end) => KeyFault::AliasWithoutKey(end),
                None => KeyFault::Missing,
            },
            Cause::KeyRevoked => KeyFault::Revoked,
            Cause::KeyNotAKey | Cause::KeySyntax => self.text_fault(signature),
            Cause::Dns if !verified => KeyFault::Failing(self.failure(signature)?),
            Cause::KeyType
            | Cause::KeyHashNotAllowed
            | Cause::KeyService
            | Cause::KeyStrictIdentity
                if !verified =>
            {
                KeyFault::Restricted
            }
            _ => {
                let texts = self.key_texts(signature);
                let mut broken = texts.iter().filter(|text| has_line_end(text));
                KeyFault::Quoted(broken.find_map(|text| unmarked(text))?)
            }
        })
    }

    /// A hit of `rule` about the key of a signature, with the signature and the name of the key;
    /// `None` if the signature does not say where its key is.
    pub(in crate::findings) fn key_hit(
        &self,
        rule: &Rule,
        signature: Signature<'_>,
    ) -> Option<Hit> {
        let name = &signature.verdict.key.as_ref()?.name;
        let hit = signature.hit(rule, self.at_key(signature));
        Some(hit.with("name", name.as_str()))
    }

    /// The answers about the key of a signature that were looked up for advice.
    pub fn key_zone(&self, signature: Signature<'_>) -> Option<&'a KeyZone> {
        let mut zones = self.advice.keys.iter();
        zones.find(|zone| zone.number == signature.number)
    }

    /// The texts at the selector.
    pub fn key_texts(&self, signature: Signature<'_>) -> Vec<String> {
        let key = signature.verdict.key.as_ref();
        let answered = key.map(|key| self.lookup(key.lookup)).unwrap_or_default();
        answered.texts()
    }

    /// The alias that Easy DKIM needs at the selector, if DNS shows where SES keeps the key: where
    /// the one is that made the signature. Else what SES says of the identity.
    pub fn easy_record(&self, signature: Signature<'_>) -> Option<RecordChange> {
        let proved = || {
            let owner = signature.verdict.key.as_ref()?.name.clone();
            let mut targets = self.key_zone(signature)?.targets.iter();
            let target = targets.find(|target| self.has_key_of(signature, target))?;
            let name = target.lookup()?.question.name.clone();
            Some(RecordChange::cname(owner, name))
        };
        proved().or_else(|| self.stated_alias(signature))
    }

    /// Whether one of these texts is the key that made a signature.
    pub(in crate::findings) fn has_key_of(
        &self,
        signature: Signature<'_>,
        answered: &Answered,
    ) -> bool {
        let mut texts = answered.texts().into_iter();
        // Without a message, any text there shows that SES keeps a key of this token there.
        texts.any(|text| signature.is_imagined || self.is_made_by(signature, &text))
    }

    fn is_made_by(&self, signature: Signature<'_>, text: &str) -> bool {
        let limits = Limits::default();
        let judge = Judge::new(self.message, [], &limits);
        judge.is_made_by(signature.written, text.as_bytes())
    }

    /// The name to which the alias at the selector leads in the end.
    fn end_of_alias(&self, signature: Signature<'_>) -> Option<Name> {
        let chain = &signature.verdict.key.as_ref()?.cname;
        let asked = || {
            let zone = self.key_zone(signature)?;
            zone.cname.aliases().last().copied()
        };
        chain.last().or_else(asked).cloned()
    }

    /// The TXT records at the selector, as records to remove.
    pub fn key_records_to_remove(&self, signature: Signature<'_>) -> Vec<RecordChange> {
        let key = signature.verdict.key.as_ref();
        let Some(key) = key.filter(|key| key.cname.is_empty()) else {
            return Vec::new();
        };
        let texts = self.key_texts(signature).into_iter();
        texts
            .map(|text| RecordChange::txt(key.name.clone(), &text).removing())
            .collect()
    }

    fn alias_fault(&self, signature: Signature<'a>, chain: &[Name]) -> KeyFault {
        let zone = self.key_zone(signature);
        let aliases = zone.map(|zone| zone.cname.aliases()).unwrap_or_default();
        let first = chain.first().or(aliases.first().copied());
        let Some(target) = first else {
            return self.without_alias(zone);
        };
        let is_doubled = |zone: &Name| {
            let name = target.as_str().strip_suffix(zone.as_str());
            let name = name.and_then(|name| Name::parse(name.strip_suffix('.')?).ok());
            name.is_some_and(|name| is_dkim_target(&name))
        };
        if self.zones(signature).any(is_doubled) {
            return KeyFault::DoubledTarget(target.clone());
        }
        // Where the key is, it is not where the alias leads. Where no key is found, SES may have
        // withdrawn it, if the alias leads to a place of this token.
        let place = self.easy_record(signature);
        let is_elsewhere =
            place.is_some_and(|it| it.value.trim_end_matches('.') != target.as_str());
        let token = signature.verdict.selector.as_ref().map(Name::as_str);
        match !is_elsewhere && is_dkim_target(target) && target.labels().next() == token {
            true => KeyFault::Withdrawn(target.clone()),
            false => KeyFault::WrongTarget(target.clone()),
        }
    }

    fn without_alias(&self, zone: Option<&KeyZone>) -> KeyFault {
        let Some(zone) = zone else {
            return KeyFault::AliasMissing;
        };
        let leads_to_ses = |answered: &Answered| answered.aliases().into_iter().any(is_dkim_target);
        let mut doubled = zone.doubled.iter();
        if doubled.any(|at| leads_to_ses(&at.cname) || leads_to_ses(&at.txt)) {
            return KeyFault::DoubledOwner;
        }
        // A wildcard gives every name an address, so the doubled name exists too.
        let is_alone = zone.doubled.iter().all(|at| at.txt.is_no_such_name());
        match !zone.a.records().is_empty() && is_alone {
            true => KeyFault::Flattened,
            false => KeyFault::AliasMissing,
        }
    }

    fn text_fault(&self, signature: Signature<'_>) -> KeyFault {
        let texts = self.key_texts(signature);
        let mut keys = joined(&texts);
        if !keys.is_empty() {
            let parts = keys[0].parts;
            let made_it = keys
                .iter()
                .position(|key| self.is_made_by(signature, &key.text));
            let is_certain = made_it.or((keys.len() == 1).then_some(0));
            return KeyFault::Split(parts, is_certain.map(|at| keys.swap_remove(at).text));
        }
        for text in &texts {
            if let Some(name) = host_name(text) {
                return KeyFault::HostName(name);
            }
            if let Some(key) = unmarked(text) {
                return KeyFault::Quoted(key);
            }
        }
        if let Some(cut) = texts.iter().find_map(|text| cut(text)) {
            return KeyFault::CutOff(cut);
        }
        match signature.verdict.cause {
            DkimCause::KeySyntax => KeyFault::Unreadable,
            _ => KeyFault::OtherText,
        }
    }

    /// The error that a server answered with. A timeout is left out: it may be our own network.
    fn failure(&self, signature: Signature<'_>) -> Option<String> {
        let id = signature.verdict.key.as_ref()?.lookup;
        let mut lookups = self.analysis.lookups.0.iter();
        let lookup = lookups.find(|lookup| lookup.id == id)?;
        match &lookup.reply {
            Reply::TempFail(Failure::Rcode(code)) => Some(code.name.clone()),
            _ => None,
        }
    }
}
