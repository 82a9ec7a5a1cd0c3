//! The domain is set up in SES, but SES did not sign for it.

use super::case::{SetUp, Unsigned};
use super::{Case, Explanation, Finding, Fires, Fix, Hit, Mark, Rule, Severity, applies};
use crate::session::Wanted;

pub(super) const RULE: Rule = Rule {
    code: "ses-address-identity-override",
    severity: Severity::Warning,
    wants_message: true,
    cites: &[
        "Amazon SES Developer Guide, Creating and verifying identities in Amazon SES",
        "Amazon SES Developer Guide, Troubleshooting DKIM problems in Amazon SES",
    ],
    explanation: Explanation {
        summary: "missing DKIM signature although its domain is set up in SES: another identity \
                  decides, or DKIM is off",
        means: "The domain publishes records for SES, or its custom MAIL FROM domain is in use. \
                Still SES did not sign for it. SES goes by the most particular identity that \
                fits the From address: if the single address or a subdomain was verified too, the settings of \
                that address decide, and the domain's DKIM is not used. Each region and each \
                account has its own identities.",
        matters: "The mail goes out with the signature of amazonses.com alone, which does not \
                  count for your domain. All looks well in the console as long as one looks at \
                  the domain.",
        todo: "In SES, in the region and account that sends, look in the list of identities for \
               the address in From. If it is there, delete it when the domain is verified, or \
               enable DKIM for it.\n\
               If there is no such identity, open the one of the domain. DKIM must be enabled, \
               and its state Successful: SES switches it off when it no longer finds the \
               records.\n\
               If that is so, too, the mail likely came from another region or account, where the \
               domain has to be set up as well.",
        example: "identities in us-east-1:\n\
                  example.com         DKIM Successful\n\
                  shop@example.com    DKIM disabled     this one decides for shop@example.com",
    },
    applies: applies::is_of_ses,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &["ses-bounce-not-signed"],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    [unsigned(case), default_path(case)]
        .into_iter()
        .flatten()
        .collect()
}

/// SES uses its own MAIL FROM domain, as the identity has none and a wider one has.
fn default_path(case: &Case<'_>) -> Option<Hit> {
    let (_, author, _) = case.default_path()?;
    let (wider, domain) = case.mail_from_overridden()?;
    Some(
        RULE.hit(case.at_stated())
            .text("author_domain", author)
            .text("mail_from_domain", domain)
            .text("identity", &case.stated()?.identity.name)
            .text("overridden", &wider.name),
    )
}

fn unsigned(case: &Case<'_>) -> Option<Hit> {
    let (own, author) = (case.ses_signs_alone()?, case.author()?);
    let stated = || {
        let hit = RULE.hit(case.at_stated()).of_signature(own.number);
        let hit = hit.text("author_domain", author);
        Some(hit.text("identity", &case.stated()?.identity.name))
    };
    match case.unsigned() {
        Some(Unsigned::Overrides(wider)) => return Some(stated()?.text("overridden", &wider.name)),
        Some(Unsigned::Signs) => return stated(),
        Some(Unsigned::Off | Unsigned::Not(_)) => return None,
        None => (),
    }
    let (mark, domain) = match case.set_up_in_ses()? {
        SetUp::InUse { domain, path } => (Mark::session(Wanted::MailFrom, path), domain),
        SetUp::Published { zone, lookup, .. } => (Mark::dns(lookup), zone.domain.clone()),
    };
    Some(
        RULE.hit(mark)
            .of_signature(own.number)
            .text("author_domain", author)
            .text("mail_from_domain", domain),
    )
}

/// The words where SES says it.
fn say_stated(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let (name, wider) = (hit.values.text("identity")?, hit.values.text("overridden"));
    let author = hit.values.text("author_domain")?;
    let seen = case.stated_in_words()?.text;
    let (message, todo) = match (wider, hit.values.text("mail_from_domain")) {
        (Some(wider), Some(domain)) => (
            format!(
                "{name} is an identity of its own in SES, without a custom MAIL FROM domain, so SES \
                 does not use {domain} of {wider} for it"
            ),
            format!(
                "set {domain} for {name} too, or delete the identity {name}: {wider} covers it"
            ),
        ),
        (Some(wider), None) => (
            format!(
                "{name} is an identity of its own in SES and does not sign, so DKIM of {wider}, \
                 which would, is not used for it"
            ),
            format!("turn DKIM on for {name}, or delete that identity: {wider} covers it"),
        ),
        (None, _) => (
            format!(
                "SES says that it signs for {name}, and yet it signed only for itself, not for \
                 {author}: this went by another identity, region or account, or before DKIM was on"
            ),
            format!(
                "see in the region that sent{} whether {} is an identity of its own: aws sesv2 \
                 list-email-identities. Else the mail came from another account, or is older",
                case.in_region(),
                case.stated()?.author
            ),
        ),
    };
    let finding = hit.says(message, seen).with_fix(Fix::new(todo));
    let own = case.signature_of(hit);
    let own = own.map(|own| case.at_signature(own).says("the only signature of SES"));
    Some(finding.with_evidence(own))
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    if hit.values.text("identity").is_some() {
        return say_stated(case, hit);
    }
    let (own, author) = (case.signature_of(hit)?, hit.values.text("author_domain")?);
    let domain = hit.values.text("mail_from_domain")?;
    let (used, seen) = match case.set_up_in_ses()? {
        SetUp::InUse { path, .. } => ("is in use as the MAIL FROM domain", path.value.clone()),
        SetUp::Published { host, .. } => (
            "is set up for SES as a MAIL FROM domain and is not used",
            format!("the mail exchanger is {host}"),
        ),
    };
    let message = format!(
        "{domain} {used}, and yet SES signed only for itself, not for {author}: an identity of the \
         single address may decide, or DKIM is off"
    );
    let only = case.at_signature(own).says("the only signature of SES");
    let fix = Fix::new(format!(
        "look in SES{} whether DKIM of {author} is enabled and successful. If it is, see whether \
         the address or a subdomain in From is an identity of its own, as its settings win: \
         enable DKIM there, or delete it once {author} covers it",
        case.in_region()
    ));
    let finding = hit.says(message, seen);
    Some(finding.with_evidence([only]).with_fix(fix))
}
