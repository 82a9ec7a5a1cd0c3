//! Whom a fix is for: records are for who runs the domain, and a message does not show whether its
//! reader does. None authorises the client of a message that its receiver failed, unless a signature
//! of the author, or another receiver, says that it is the author's.

use super::case::{Case, is_free_mail};
use super::envelope::term_for;
use super::finding::Finding;
use super::fix::Fix;
use super::hit::Hit;
use crate::arc::{ArcInstance, ArcResult};
use crate::dmarc::registered;
use crate::dns::change::{Action, RecordChange};
use crate::dns::{Name, Question};
use crate::explain::means::Means;
use crate::options::Audience;
use crate::receivers;
use crate::ses::{is_ses_domain, records};
use crate::spf::record::{SpfRecord, is_spf};

/// Rules whose fix is for whoever reads it, and not for who runs a domain.
const FOR_READERS: [&str; 24] = [
    "authentication-results-not-the-receivers",
    "broken-arc-chain",
    "dkim-broken",
    "dkim-broken-in-transit",
    "dkim-key-changed-since-signing",
    "dkim-key-dns-failure",
    "dmarc-dns-failure",
    "dmarc-fail",
    "export-known-to-alter",
    "file-altered-after-delivery",
    "from-free-mail",
    "from-look-alike",
    "headers-only-file",
    "message-passed-on",
    "receiver-differs",
    "receiver-failed-it",
    "ses-look-alike",
    "ses-region-disagreement",
    "session-unknown",
    "snapshot-incomplete",
    "spf-dns-failure",
    "spf-failure-by-forwarding",
    "truncated-file",
    "unsigned-second-field",
];

/// `finding`, with its fix addressed to whom it is for.
pub(super) fn addressed(case: &Case<'_>, hit: &Hit, mut finding: Finding) -> Finding {
    if let Some(fix) = finding.fix.take() {
        finding.fix = Some(address(case, hit, fix));
    }
    finding
}

fn address(case: &Case<'_>, hit: &Hit, fix: Fix) -> Fix {
    let owners = owners(case, hit, &fix);
    let Some(owner) = owners.first() else {
        return fix;
    };
    let is_owner = match case.audience {
        Audience::Owner(domains) => domains.iter().any(|name| owners.contains(&owner_of(name))),
        Audience::Recipient => false,
        Audience::Unknown if is_free_mail(owner) => false,
        Audience::Unknown => return for_both(case, owner, fix),
    };
    match is_owner {
        true => in_words(case, fix),
        false => {
            let owners: Vec<&str> = owners.iter().map(Name::as_str).collect();
            Fix::new(format!(
                "only whoever runs {} can do something about it",
                owners.join(" or ")
            ))
        }
    }
}

/// The domains whose owners can do what a fix says, the first one most of all.
fn owners(case: &Case<'_>, hit: &Hit, fix: &Fix) -> Vec<Name> {
    let first = fix.owner.clone().or_else(|| sender(case, hit));
    let of_records = all(fix).map(|record| record.name.clone());
    let mut owners: Vec<Name> = Vec::new();
    for name in first.into_iter().chain(of_records) {
        let owner = owner_of(&name);
        if !owners.contains(&owner) {
            owners.push(owner);
        }
    }
    owners
}

/// Who can do what a fix without a record says: who signs, if the finding is about a signature, else
/// who wrote the message.
fn sender(case: &Case<'_>, hit: &Hit) -> Option<Name> {
    if FOR_READERS.contains(&hit.code) {
        return None;
    }
    let signer = case.signature_of(hit);
    let signer = signer.and_then(|signature| signature.verdict.domain.as_ref());
    let signer = signer.filter(|name| !is_ses_domain(name.as_str()));
    signer.or(case.author()).cloned()
}

/// The domain that somebody registered for `name`, which may have labels as `_dmarc`.
fn owner_of(name: &Name) -> Name {
    let mut hosts = name.clone();
    let mut at = name.clone();
    while let Some(parent) = at.parent() {
        if at.as_str().starts_with('_') {
            hosts = parent.clone();
        }
        at = parent;
    }
    registered(&hosts)
}

/// A fix for a domain that may be the reader's or not.
fn for_both(case: &Case<'_>, owner: &Name, mut fix: Fix) -> Fix {
    if all(&fix).any(|record| case.term_for_suspect(record).is_some()) {
        let client = case.client_in_words();
        return Fix::new(format!(
            "if {owner} is yours and {client} sends for it, {} says how to name it; if not, \
             somebody else used its name, and nothing is to be done",
            Means::Mine.with(owner)
        ));
    }
    let came_to = case.recipient().map(|name| owner_of(&name));
    if came_to.as_ref() != Some(owner) && !fix.text.starts_with("if ") {
        fix.text = format!("if {owner} is yours: {}", fix.text);
    }
    fix
}

/// `fix`, for who runs the domain: that the domain is theirs does not make the client theirs, so one
/// that may be a stranger is authorised in words alone, and last.
fn in_words(case: &Case<'_>, mut fix: Fix) -> Fix {
    let how = |term: &str, name: &Name| {
        let client = case.client_in_words();
        format!(
            "if {client} is your server, add {term} to the SPF record of {name}, before its all"
        )
    };
    let advice = |records: &[RecordChange]| {
        let mut terms = records.iter();
        terms.find_map(|record| Some(how(&case.term_for_suspect(record)?, &record.name)))
    };
    if let Some(advice) = advice(&fix.records) {
        fix.text = format!("{advice}; if not, somebody else used its name: change nothing");
        fix.records.clear();
    }
    let mut last = Vec::new();
    for mut choice in std::mem::take(&mut fix.choices) {
        match advice(&choice.records) {
            Some(advice) => {
                choice.text = advice;
                choice.records.clear();
                last.push(choice);
            }
            None => fix.choices.push(choice),
        }
    }
    fix.choices.extend(last);
    fix
}

/// All records that a fix proposes, or whose removal it does.
fn all(fix: &Fix) -> impl Iterator<Item = &RecordChange> {
    let of_choices = fix.choices.iter().flat_map(|choice| &choice.records);
    fix.records.iter().chain(of_choices)
}

impl Case<'_> {
    /// The domain of the mailbox that the message was delivered to, as the receiver's own fields
    /// say, above the session that is judged.
    fn recipient(&self) -> Option<Name> {
        let session = &self.analysis.session;
        let border = session.hops.iter().position(|hop| hop.border)?;
        let mut own = session.hops[..=border].iter();
        let address = own.find_map(|hop| hop.received.recipient.as_deref())?;
        Name::parse(address.rsplit_once('@')?.1).ok()
    }

    /// Whether the client may be a stranger: the receiver failed the message, and no signature shows
    /// that the author's side sent it.
    pub(super) fn is_suspect(&self) -> bool {
        // SES signs for those only who have shown it that the address in From is theirs.
        let is_proved = self.own_signatures().any(|own| own.passes())
            || self.is_signed_by_ses()
            || self.receiver_saw_ses_sign()
            || self.receiver_passed();
        !is_proved && self.receiver_failed()
    }

    /// The term by which a record authorises the client, though it may be a stranger.
    fn term_for_suspect(&self, record: &RecordChange) -> Option<String> {
        if record.action == Action::Remove || !self.is_suspect() {
            return None;
        }
        let new = record.text().filter(|text| is_spf(text.as_bytes()))?;
        let client = self.analysis.session.client_ip.as_ref()?;
        let by_address = term_for(client.value);
        let standing = self.answer(&Question::txt(record.name.clone())).texts();
        let has = |text: &str, term: &str| {
            let terms = SpfRecord::parse(text.as_bytes()).terms;
            terms.iter().any(|it| it.text.eq_ignore_ascii_case(term))
        };
        let mut terms = [by_address.as_str(), records::INCLUDE].into_iter();
        let added =
            terms.find(|term| has(&new, term) && !standing.iter().any(|text| has(text, term)));
        added.map(str::to_owned)
    }

    /// Whether a field of the receiver, or of a host on the way, says that SPF or DMARC failed, or
    /// a host that sealed the message so that the seal verifies.
    fn receiver_failed(&self) -> bool {
        let witnesses = self.analysis.claims.iter().filter(|claim| claim.is_witness);
        let mut results = witnesses.flat_map(|claim| &claim.results);
        let mut sealed = self.sealed();
        results.any(|it| is_failure(&it.method, &it.result))
            || sealed.any(|one| {
                let mut results = one.results.iter();
                results.any(|it| is_failure(&it.method, &it.result))
            })
    }

    /// The ARC sets, if the chain verifies.
    fn sealed(&self) -> impl Iterator<Item = &ArcInstance> {
        let arc = &self.analysis.arc;
        let is_whole = arc.result == ArcResult::Pass;
        arc.instances.iter().filter(move |_| is_whole)
    }

    /// The organization of the client, if it is another than the author's and sealed the message: a
    /// relay that many use.
    pub(super) fn sealing_relay(&self) -> Option<Name> {
        let host = Name::parse(&self.analysis.session.sending_host()?).ok()?;
        let host = owner_of(&host);
        let mut sealers = self.sealed().filter_map(|one| one.domain.as_ref());
        let is_other = self.registered.as_ref() != Some(&host);
        (is_other && sealers.any(|name| owner_of(name) == host)).then_some(host)
    }

    fn client_in_words(&self) -> String {
        let client = self.analysis.session.client_ip.as_ref();
        client.map_or("its host".into(), |client| {
            client.value.to_canonical().to_string()
        })
    }
}

/// Whether a result says that SPF or DMARC failed.
fn is_failure(method: &str, result: &str) -> bool {
    matches!(
        (method, receivers::registered(method, result)),
        ("spf" | "dmarc", "fail")
            | ("spf", "softfail" | "hardfail")
            | ("dmarc", "reject" | "quarantine")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::rule;

    #[test]
    fn rules_for_readers_exist() {
        for code in FOR_READERS {
            assert!(rule(code).is_some(), "{code}");
        }
    }

    #[test]
    fn the_owner_of_a_name_below_an_underscore_is_that_of_the_host() {
        for (name, owner) in [
            ("_dmarc.exam", "exam"),
            ("_dmarc.example.com", "example.com"),
            ("s1._domainkey.mail.example.com", "example.com"),
            (
                "example.com._report._dmarc.vendor.example",
                "vendor.example",
            ),
            ("example.com._report._dmarc.exam", "exam"),
            ("bounce.example.co.uk", "example.co.uk"),
        ] {
            assert_eq!(owner_of(&Name::parse(name).unwrap()).as_str(), owner);
        }
    }
}
