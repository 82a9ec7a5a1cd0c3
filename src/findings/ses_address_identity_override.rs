//! The domain is set up in SES, and SES did not sign for it.

use super::{Case, Explanation, Findings, Fires, Fix, Rule, Severity, applies};

pub(super) const RULE: Rule = Rule {
    code: "ses-address-identity-override",
    severity: Severity::Warning,
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
    applies: applies::always,
    fires: Fires::Whole(check),
    say: Rule::unsaid,
    yields_to: &[],
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let (Some(own), Some(author)) = (case.ses_signs_alone(), case.author()) else {
        return;
    };
    let Some((domain, seen)) = case.set_up_in_ses() else {
        return;
    };
    let default = case.ses().is_some_and(|ses| ses.default_mail_from);
    let used = match default {
        true => "is set up for SES as a MAIL FROM domain and is not used",
        false => "is in use as the MAIL FROM domain",
    };
    let message = format!(
        "{domain} {used}, and yet SES signed only for itself, not for {author}: an identity of the \
         single address may decide, or DKIM is off"
    );
    let only = case.at_signature(own).says("the only signature of SES");
    findings
        .add(message, seen)
        .also([only])
        .fix(Fix::new(format!(
            "look in SES{} for an identity of the address in From, and delete it or enable DKIM for \
             it; if there is none, see that DKIM is enabled and successful for the identity of \
             {author}, and that this region and account sent the mail",
            case.in_region()
        )));
}
