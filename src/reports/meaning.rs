//! What the results of a record mean for the domain in From.

use schemars::JsonSchema;
use serde::Serialize;

use super::report::{ReportRecord, SeenPolicy};
use super::sender::is_same_organization;
use crate::ses::is_ses_domain;

/// What the results mean. Whether DMARC passes is the receiver's word; the rest is why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Meaning {
    /// It passes on SPF and on DKIM.
    PassesOnBoth,
    /// On DKIM; SPF passes for the default MAIL FROM of SES.
    DkimWithSesMailFrom,
    /// On DKIM; SPF passes for another organization.
    DkimWithOtherMailFrom,
    /// On DKIM; SPF passes for a domain that only relaxed alignment would count.
    DkimWithStrictSpf,
    /// On DKIM; SPF does not pass.
    DkimWithoutSpf,
    /// On SPF; SES signs it, and not as the domain.
    SpfWithSesSignature,
    /// On SPF; a signature of another organization passes.
    SpfWithOtherSignature,
    /// On SPF; the domain's own signature does not pass.
    SpfWithBrokenSignature,
    /// On SPF; no signature is reported.
    SpfWithoutSignature,
    /// It fails; SES sent it, and signs it only as itself.
    SesAlone,
    /// It fails; what passes is of the same organization, and alignment is strict.
    StrictAlignment,
    /// It fails; the domain's own signature does not pass.
    BrokenSignature,
    /// It fails; another organization passes.
    OtherOrganization,
    /// It fails by the receiver's word, though the same record has a pass that counts.
    Contradiction,
    /// It fails, and nothing passes.
    NothingPasses,
}

impl Meaning {
    /// Whether DMARC passes.
    pub fn passes(self) -> bool {
        self < Self::SesAlone
    }
}

/// How a record fares: whether it passes on DKIM and on SPF.
pub(super) fn aligned(record: &ReportRecord, policy: &SeenPolicy) -> (bool, bool) {
    let from = record.from.as_str();
    let counts = |domain: &str, mode: &str| match mode {
        "s" => domain == from,
        _ => is_same_organization(domain, from),
    };
    let dkim = || {
        let mut passing = record.dkim.iter().filter(|one| one.passes);
        passing.any(|one| counts(&one.domain, &policy.adkim))
    };
    let spf = || {
        let mut passing = record.spf.iter().filter(|one| one.passes && !one.is_helo);
        passing.any(|one| counts(&one.domain, &policy.aspf))
    };
    (
        record.dkim_aligned.unwrap_or_else(dkim),
        record.spf_aligned.unwrap_or_else(spf),
    )
}

/// What the results of a record mean, and the domain that this is about.
pub(super) fn meaning(record: &ReportRecord, policy: &SeenPolicy) -> (Meaning, Option<String>) {
    let own = |domain: &str| is_same_organization(domain, &record.from);
    let mail_from = record.spf.iter().filter(|one| !one.is_helo);
    let mail_from = mail_from.filter(|one| one.passes).map(|one| &one.domain);
    let spf = mail_from.min();
    let signed = |is: &dyn Fn(&str) -> bool, passes: bool| {
        let found = record.dkim.iter().filter(|one| one.passes == passes);
        let found = found.map(|one| &one.domain).filter(|domain| is(domain));
        found.min()
    };
    let ses = signed(&is_ses_domain, true);
    let other = signed(&|domain| !own(domain) && !is_ses_domain(domain), true);
    let broken = signed(&own, false);
    let named = |meaning, domain: &String| (meaning, Some(domain.clone()));
    match aligned(record, policy) {
        (true, true) => (Meaning::PassesOnBoth, None),
        (true, false) => match spf {
            Some(spf) if is_ses_domain(spf) => named(Meaning::DkimWithSesMailFrom, spf),
            Some(spf) if !own(spf) => named(Meaning::DkimWithOtherMailFrom, spf),
            Some(spf) if policy.aspf == "s" => named(Meaning::DkimWithStrictSpf, spf),
            _ => (Meaning::DkimWithoutSpf, None),
        },
        (false, true) => match (broken, ses, other) {
            (Some(broken), ..) => named(Meaning::SpfWithBrokenSignature, broken),
            (None, Some(ses), _) => named(Meaning::SpfWithSesSignature, ses),
            (None, None, Some(other)) => named(Meaning::SpfWithOtherSignature, other),
            (None, None, None) => (Meaning::SpfWithoutSignature, None),
        },
        (false, false) => {
            let near = signed(&own, true).or(spf.filter(|spf| own(spf)));
            let sent_by_ses = ses.or(spf.filter(|spf| is_ses_domain(spf)));
            let is_strict = policy.adkim == "s" || policy.aspf == "s";
            match (near, broken, sent_by_ses, other.or(spf)) {
                (Some(near), ..) if is_strict => named(Meaning::StrictAlignment, near),
                (Some(near), ..) => named(Meaning::Contradiction, near),
                (None, Some(broken), ..) => named(Meaning::BrokenSignature, broken),
                (None, None, Some(ses), _) => named(Meaning::SesAlone, ses),
                (None, None, None, Some(other)) => named(Meaning::OtherOrganization, other),
                (None, None, None, None) => (Meaning::NothingPasses, None),
            }
        }
    }
}
