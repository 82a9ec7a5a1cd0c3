//! SES signed only for itself.

use super::case::Unsigned;
use super::{Case, Explanation, Finding, Fires, Fix, Hit, Rule, Severity, Signature, applies};

pub(super) const RULE: Rule = Rule {
    code: "ses-own-signature-missing",
    severity: Severity::Warning,
    wants_message: true,
    cites: &[
        "Amazon SES Developer Guide, Easy DKIM in Amazon SES",
        "Amazon SES Developer Guide, Troubleshooting DKIM problems in Amazon SES",
        "RFC 9989 §4.4.1",
    ],
    explanation: Explanation {
        summary: "missing DKIM signature of the author's domain: Amazon SES signed only for \
                  itself",
        means: "SES puts a signature of amazonses.com on all mail that it sends. That one says \
                that SES sent it, and nothing of you. A signature of your own domain comes only \
                when DKIM is enabled for the identity (the domain or address that you verified \
                in SES) under which the mail is sent. There is none here.",
        matters: "DKIM passes, but for amazonses.com, and DMARC asks for a domain of your own \
                  organization. So DMARC hangs on SPF alone, or fails: and SPF passes for your \
                  domain only with a custom MAIL FROM domain, and is lost as soon as somebody \
                  forwards the mail. The large mailbox providers ask bulk senders for DKIM.",
        todo: "In SES, in the region that sends, open the identity of your domain; if there is \
               only an address, create the domain first. Under DKIM choose Easy DKIM with \
               RSA_2048_BIT and enable it. SES shows three CNAME records: publish all three, in \
               the zone of your domain. When SES shows the state Successful, it signs all mail \
               of the domain and its subdomains. Nothing has to be done to the signature of \
               amazonses.com.\n\
               Many read \"dkim=pass\" in the mail of SES as done. Look at the domain beside it \
               (header.d, header.i). \
               Guides that say SES signs with your domain by itself mean domains whose DKIM is \
               enabled and whose records are found.",
        example: "TOKEN._domainkey.example.com. 300 CNAME TOKEN.dkim.amazonses.com.\n\
                  before: DKIM-Signature: … d=amazonses.com …\n\
                  after:  DKIM-Signature: … d=example.com …\n\
                  and:    DKIM-Signature: … d=amazonses.com …",
    },
    applies: applies::is_of_ses,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &["ses-bounce-not-signed"],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    Vec::from_iter(hit(case))
}

fn hit(case: &Case<'_>) -> Option<Hit> {
    let (own, author) = (case.ses_signs_alone()?, case.author()?);
    // If the domain is set up in SES, another rule asks why SES did not sign for it.
    match case.unsigned() {
        Some(Unsigned::Off | Unsigned::Not(_)) => (),
        Some(Unsigned::Overrides(_) | Unsigned::Signs) => return None,
        None if case.set_up_in_ses().is_some() => return None,
        None => (),
    }
    let hit = RULE.hit(case.at_signature(own));
    Some(hit.of_signature(own.number).text("author_domain", author))
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let (own, author) = (case.signature_of(hit)?, case.author()?);
    if let Some(finding) = say_stated(case, hit, own) {
        return Some(finding);
    }
    let parent = case.organization().filter(|parent| *parent != author);
    let identity = match parent {
        Some(parent) => format!("{author}, or of {parent}, which covers it"),
        None => author.to_string(),
    };
    let message = format!(
        "SES signed this mail for itself and not for {author}: expected a second signature, of \
         {author}, beside {}",
        own.name()
    );
    let fix = Fix::new(format!(
        "if {author} is yours, enable Easy DKIM (RSA_2048_BIT) for the identity of {identity}, in \
         SES{}, and publish the three CNAME records that it shows. Each leads from \
         TOKEN._domainkey below the identity to TOKEN in the zone that SES names",
        case.in_region()
    ));
    Some(hit.says(message, "the only signature of SES").with_fix(fix))
}

/// The words where SES says why it did not sign.
fn say_stated(case: &Case<'_>, hit: &Hit, own: Signature<'_>) -> Option<Finding> {
    let (author, name) = (case.author()?, &case.stated()?.identity.name);
    let (why, todo) = match case.unsigned()? {
        Unsigned::Off => (
            format!("SES says that DKIM is off for {name}"),
            format!("turn DKIM on for {name}"),
        ),
        Unsigned::Not(status) => (
            format!("SES says that DKIM of {name} is {status}"),
            format!("get DKIM of {name} to SUCCESS: ses-dkim-not-verified has what is missing"),
        ),
        Unsigned::Overrides(_) | Unsigned::Signs => return None,
    };
    let is_off = matches!(case.unsigned(), Some(Unsigned::Off));
    let command = case.identity_command(
        "put-email-identity-dkim-attributes",
        "--signing-enabled",
        None,
    );
    let todo = match command.filter(|_| is_off) {
        Some(command) => format!("{todo}: {command}"),
        None => todo,
    };
    let message = format!(
        "SES signed this mail for itself and not for {author}: {why}, so there is only {}",
        own.name()
    );
    let finding = hit.says(message, "the only signature of SES");
    Some(
        finding
            .with_evidence(case.stated_in_words())
            .with_fix(Fix::new(todo)),
    )
}
