//! What DMARC asks of DNS beside keys and policy records, with or without a message.

use crate::Limits;
use crate::dmarc::{self, Answers};
use crate::dns::{Dns, Name, Question, Recorder, Reply};

/// RFC 9989 §3.2.13: a domain exists unless DNS says NXDOMAIN. Asked only where `np` needs it.
pub(crate) async fn exists<D: Dns>(
    author: &Name,
    answers: &Answers,
    dns: &Recorder<'_, D>,
    limits: &Limits,
) -> Option<bool> {
    if !dmarc::depends_on_existence(author, answers, limits) {
        return None;
    }
    match dns.ask(&Question::txt(author.clone())).await.reply {
        Reply::NxDomain(_) => Some(false),
        Reply::Records(_) | Reply::NoData(_) => Some(true),
        Reply::TempFail(_) | Reply::NotRecorded => None,
    }
}

/// Adds to `answers` what this run already knows of TXT at the domains of a walk themselves, where
/// a policy record may have been misplaced.
pub(crate) fn remember_texts<D: Dns>(
    domains: &[Name],
    answers: &mut Answers,
    dns: &Recorder<'_, D>,
    limits: &Limits,
) {
    for domain in domains.iter().flat_map(|name| dmarc::targets(name, limits)) {
        if let Some(lookup) = dns.known(&Question::txt(domain.clone())) {
            answers.insert_text(domain, lookup);
        }
    }
}
