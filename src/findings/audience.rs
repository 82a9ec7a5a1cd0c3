//! Whom a fix is for: records are for who runs the domain, and a message does not show whether its
//! reader does. None authorises the client of a message that its receiver failed, unless the reader
//! or a signature of the author says that it is the author's.

use super::case::{Case, is_free_mail};
use super::envelope::term_for;
use super::finding::Finding;
use super::fix::Fix;
use crate::dmarc::registered;
use crate::dns::change::{Action, RecordChange};
use crate::dns::{Name, Question};
use crate::options::Audience;
use crate::receivers;
use crate::ses::records;
use crate::spf::record::{SpfRecord, is_spf};

/// `finding`, with its fix addressed to whom it is for.
pub(super) fn addressed(case: &Case<'_>, mut finding: Finding) -> Finding {
    if let Some(fix) = finding.fix.take() {
        finding.fix = Some(address(case, fix));
    }
    finding
}

fn address(case: &Case<'_>, fix: Fix) -> Fix {
    let Some(owner) = fix.owner.as_ref().map(registered) else {
        return fix;
    };
    let is_owner = match case.audience {
        Audience::Owner(domains) => domains.iter().any(|name| registered(name) == owner),
        Audience::Recipient => false,
        Audience::Unknown if is_free_mail(&owner) => false,
        Audience::Unknown => return for_both(case, &owner, fix),
    };
    match is_owner {
        true => fix,
        false => Fix::new(format!(
            "only whoever runs {owner} can do something about it"
        )),
    }
}

/// A fix for a domain that may be the reader's or not.
fn for_both(case: &Case<'_>, owner: &Name, mut fix: Fix) -> Fix {
    if all(&fix).any(|record| case.authorises_suspect(record)) {
        let client = case.client_in_words();
        return Fix::new(format!(
            "if {owner} is yours and {client} sends for it, give --mine {owner} for the record to \
             publish; if not, somebody else used its name, and nothing is to be done"
        ));
    }
    let came_to = case.recipient().map(|name| registered(&name));
    if came_to.as_ref() != Some(owner) && !fix.text.starts_with("if ") {
        fix.text = format!("if {owner} is yours: {}", fix.text);
    }
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

    /// Whether the client may be a stranger: the receiver failed the message, the reader does not say
    /// that it is theirs, and no signature shows that the author's side sent it.
    pub(super) fn is_suspect(&self) -> bool {
        // SES signs for those only who have shown it that the address in From is theirs.
        let is_proved = self.own_signatures().any(|own| own.passes())
            || self.is_signed_by_ses()
            || self.receiver_saw_ses_sign();
        let is_said = matches!(self.audience, Audience::Owner(_));
        !is_proved && !is_said && self.receiver_failed()
    }

    /// Whether a record authorises the client, though it may be a stranger.
    fn authorises_suspect(&self, record: &RecordChange) -> bool {
        if record.action == Action::Remove || !self.is_suspect() {
            return false;
        }
        let Some(new) = record.text().filter(|text| is_spf(text.as_bytes())) else {
            return false;
        };
        let Some(client) = self.analysis.session.client_ip.as_ref() else {
            return false;
        };
        let by_address = term_for(client.value);
        let standing = self.answer(&Question::txt(record.name.clone())).texts();
        let has = |text: &str, term: &str| {
            let terms = SpfRecord::parse(text.as_bytes()).terms;
            terms.iter().any(|it| it.text.eq_ignore_ascii_case(term))
        };
        let mut terms = [by_address.as_str(), records::INCLUDE].into_iter();
        terms.any(|term| has(&new, term) && !standing.iter().any(|text| has(text, term)))
    }

    /// Whether a field of the receiver, or of a host on the way, says that SPF or DMARC failed.
    fn receiver_failed(&self) -> bool {
        let witnesses = self.analysis.claims.iter().filter(|claim| claim.is_witness);
        let mut results = witnesses.flat_map(|claim| &claim.results);
        results.any(|result| {
            let word = receivers::registered(&result.method, &result.result);
            matches!(
                (result.method.as_str(), word),
                ("spf" | "dmarc", "fail")
                    | ("spf", "softfail" | "hardfail")
                    | ("dmarc", "reject" | "quarantine")
            )
        })
    }

    fn client_in_words(&self) -> String {
        let client = self.analysis.session.client_ip.as_ref();
        client.map_or("its host".into(), |client| {
            client.value.to_canonical().to_string()
        })
    }
}
