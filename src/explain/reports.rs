//! What aggregate reports say, in words.

use crate::reports::{
    FailingCause, MailLine, Meaning, Override, RejectAnswer, Rejection, ReportFault, SeenPolicy,
};

/// Why a file gave no report, as a clause.
pub fn fault(fault: &ReportFault) -> String {
    match fault {
        ReportFault::Unreadable(why) => format!("it cannot be read: {why}"),
        ReportFault::TooLarge(most) => {
            format!("it has more than {most} bytes, which are the most of a message or an archive")
        }
        ReportFault::UnpacksToMore(most) => {
            format!("it holds more than {most} bytes; what is beyond was not read")
        }
        ReportFault::Packed(form, why) => {
            format!("it is in {form} that is damaged or cut off ({why})")
        }
        ReportFault::TooManyFiles(most) => {
            format!("the archive has more than {most} files; the others were not read")
        }
        ReportFault::TooDeeplyPacked => "it is packed in too many layers".into(),
        ReportFault::NotAReport => {
            "it is no aggregate report: neither XML, gzip nor zip, nor a message with one of these"
                .into()
        }
        ReportFault::OtherXml(root) => {
            format!("it is no aggregate report: its outermost element is {root}, not feedback")
        }
        ReportFault::NothingAttached => "the message has no report attached".into(),
        ReportFault::Xml(at, why) => format!("its XML has an error near byte {at}: {why}"),
        ReportFault::CutOff => "it ends before the report does; nothing of it is counted".into(),
        ReportFault::DocumentType => {
            "it has a document type (DOCTYPE), which no report has; nothing of it is counted".into()
        }
        ReportFault::Entity(name) => {
            format!("it refers to the entity {name}, which XML does not define; nothing is counted")
        }
        ReportFault::TooDeep(most) => format!("its elements are nested more than {most} deep"),
        ReportFault::TooManyRecords(most) => format!("it has more than {most} records"),
        ReportFault::TooLong(most) => {
            format!("a tag, a comment or a text in it is longer than {most} bytes")
        }
        ReportFault::NoDomain => "it does not say for which domain it is (policy_published)".into(),
    }
}

/// What the results of messages with `from` in From mean; `domain` is what they are about.
pub fn meaning(meaning: Meaning, domain: Option<&str>, from: &str) -> String {
    let domain = domain.unwrap_or("several domains");
    match meaning {
        Meaning::PassesOnBoth => format!("SPF and DKIM both pass for {from}."),
        Meaning::DkimWithSesMailFrom => format!(
            "SPF passes for {domain}, the default MAIL FROM of SES, which is never aligned; DKIM \
             carries it. A custom MAIL FROM below {from} would make SPF count too."
        ),
        Meaning::DkimWithOtherMailFrom => format!(
            "SPF passes for {domain}, which is another organization; DKIM carries it alone."
        ),
        Meaning::DkimWithStrictSpf => format!(
            "SPF passes for {domain}, but aspf=s asks for {from} itself; DKIM carries it alone."
        ),
        Meaning::DkimWithoutSpf => "DKIM passes and SPF does not: so it is with forwarded mail, \
                                    and with a sender that the SPF record leaves out."
            .into(),
        Meaning::SpfWithSesSignature => format!(
            "SPF carries it alone: SES signs it only as {domain}. Set up Easy DKIM for {from}, or \
             it fails where it is forwarded."
        ),
        Meaning::SpfWithOtherSignature => format!(
            "SPF carries it alone: it is signed as {domain}. Have it signed as {from}, or it fails \
             where it is forwarded."
        ),
        Meaning::SpfWithBrokenSignature => format!(
            "SPF carries it alone: the signature of {domain} does not pass. Check its key, and what \
             changes the message on the way."
        ),
        Meaning::SpfWithoutSignature => "SPF carries it alone: no DKIM signature is reported. \
                                         Without one it fails where it is forwarded."
            .into(),
        Meaning::SesAlone => format!(
            "Not aligned: SES authenticates it only as {domain}. If it is yours, set up Easy DKIM \
             for {from}."
        ),
        Meaning::StrictAlignment => format!(
            "Not aligned: {domain} passes, but strict alignment (adkim=s, aspf=s) asks for {from} \
             itself."
        ),
        Meaning::BrokenSignature => format!(
            "The signature of {domain} does not pass: so it is when a mailing list or a gateway \
             changes a message, when the key is wrong, and when the signature is forged."
        ),
        Meaning::OtherOrganization => format!(
            "Authenticated as {domain}, not as {from}: a service of yours that is not set up for \
             {from}, mail passed on, or somebody else."
        ),
        Meaning::Contradiction => format!(
            "The receiver says that it fails, though {domain} passes in the same record. Its \
             report does not say why."
        ),
        Meaning::NothingPasses => format!(
            "Nothing passes: somebody else uses {from}, or a sender of yours is not set up. Reports \
             cannot tell which."
        ),
    }
}

/// What receivers say of messages that they treated otherwise than the policy asks.
pub fn overrides(line: &MailLine) -> Option<String> {
    let said: Vec<String> = line
        .overrides
        .iter()
        .map(|(kind, count)| {
            let what = match kind {
                Override::Forwarded => "forwarded",
                Override::MailingList => "mailing list",
                Override::TrustedForwarder => "trusted forwarder",
                Override::Arc => "ARC passes",
                Override::LocalPolicy => "own rules of the receiver",
                Override::SampledOut => "left out by pct",
                Override::TestMode => "policy in test mode",
                Override::Other => "other reasons",
            };
            format!("{what} ({count})")
        })
        .collect();
    (!said.is_empty()).then(|| format!("By the receivers' word: {}.", said.join(", ")))
}

/// A policy in the words of its record.
pub fn policy(policy: &SeenPolicy) -> String {
    let tags = [
        ("p", &policy.p),
        ("sp", &policy.sp),
        ("np", &policy.np),
        ("adkim", &policy.adkim),
        ("aspf", &policy.aspf),
        ("t", &policy.testing),
        ("pct", &policy.pct),
    ];
    let said = tags.iter().filter(|(_, value)| !value.is_empty());
    let said: Vec<String> = said.map(|(tag, value)| format!("{tag}={value}")).collect();
    match said.is_empty() {
        true => "not said".into(),
        false => said.join(" "),
    }
}

/// The answer to the question whether a domain can ask receivers to reject what fails.
pub fn answer(rejection: &Rejection, domain: &str) -> String {
    let Rejection {
        messages, fails, ..
    } = rejection;
    let own = rejection.failing.iter();
    let own = own.filter(|one| is_likely_own(one.cause));
    let own: u64 = own.map(|one| one.messages).sum();
    match rejection.answer {
        RejectAnswer::NoMail => "The reports hold no mail, so they do not tell.".into(),
        RejectAnswer::Already if *fails == 0 => {
            format!("{domain} has p=reject, and no mail in these reports fails.")
        }
        RejectAnswer::Already => format!(
            "{domain} has p=reject. Of {messages} messages, {fails} fail, which receivers are asked \
             to refuse:"
        ),
        RejectAnswer::NothingFails => format!(
            "As far as these reports go, yes: p=reject would have refused none of the {messages} \
             messages."
        ),
        RejectAnswer::SomeFails if own > 0 => format!(
            "Not yet: p=reject would ask receivers to refuse {fails} of {messages} messages, and \
             {own} of them may well be yours:"
        ),
        RejectAnswer::SomeFails => format!(
            "Only if none of these is yours: p=reject would ask receivers to refuse {fails} of \
             {messages} messages:"
        ),
    }
}

/// Whether mail that fails for this cause is rather the domain's own.
fn is_likely_own(cause: FailingCause) -> bool {
    matches!(
        cause,
        FailingCause::SesAlone
            | FailingCause::StrictAlignment
            | FailingCause::SenderPassesElsewhere
    )
}

/// What to do about mail that fails for this cause.
pub fn cause(cause: FailingCause) -> &'static str {
    match cause {
        FailingCause::SesAlone => {
            "sent by SES and signed only as SES: if it is yours, set up Easy DKIM"
        }
        FailingCause::StrictAlignment => {
            "kept out by strict alignment alone: sign as the domain itself, or ask for relaxed \
             alignment"
        }
        FailingCause::SenderPassesElsewhere => {
            "from senders whose other mail passes: find out what differs"
        }
        FailingCause::BrokenSignature => {
            "with a signature of the domain that does not pass: check its key; where others change \
             the message, no record of yours mends it"
        }
        FailingCause::PassedOn => {
            "passed on, by the receivers' word: it passes only if a signature of the domain \
             survives the way"
        }
        FailingCause::OtherOrganization => {
            "authenticated as others: services of yours that are not set up, mail passed on, or \
             somebody else"
        }
        FailingCause::Unknown => {
            "of which nothing passes: somebody else, or senders of yours that are not set up; \
             reports cannot tell which"
        }
    }
}

/// What reports do not show.
pub fn reservation(rejection: &Rejection) -> String {
    let who = match rejection.reporters {
        1 => "1 organization".into(),
        several => format!("{several} organizations"),
    };
    let span = match rejection.days {
        Some(1) => " over 1 day".into(),
        Some(days) if days > 1 => format!(" over {days} days"),
        _ => String::new(),
    };
    let short = match rejection.days {
        Some(0..28) => {
            " That is less than four weeks: mail that is sent once a month may be missing."
        }
        _ => "",
    };
    format!(
        "This rests on {who}{span}.{short} Reports do not show mail to receivers that send none, \
         nor what a message is."
    )
}
