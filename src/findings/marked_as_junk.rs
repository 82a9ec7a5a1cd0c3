//! The receiver's junk filter took the message for junk.

use super::{Case, Explanation, Finding, Fires, Fix, Hit, Rule, Severity, applies};
use crate::conclusion::ConclusionResult;
use crate::explain;
use crate::session::{Junk, JunkSaid};

pub(super) const RULE: Rule = Rule {
    code: "marked-as-junk",
    severity: Severity::Notice,
    wants_message: true,
    cites: &["RFC 9989 §5.4"],
    explanation: Explanation {
        summary: "mark of its receiver's junk filter",
        means: "The receiver wrote into the message that its filter took it for junk. DMARC, DKIM \
                and SPF say who sent a message, not whether it is wanted: a message may pass them \
                all and still be junk to a filter, and the other way round.",
        matters: "It is in the junk folder, in quarantine, or marked in its subject. Where DMARC \
                  passes, no record in DNS changes that.",
        todo: "First see that DMARC passes. If it does, look at what filters weigh: the content \
               (links, link shorteners, one large picture, attachments), the reputation of the \
               domain in From and in links, that of the sending address (with SES a shared one, \
               unless you have dedicated IPs), how many recipients complain, and whether they asked \
               for the mail. Then ask the receiver's own tool: Google Postmaster Tools, SNDS and \
               JMRP of Microsoft, Yahoo Sender Hub. A recipient can mark the message as not junk, \
               or add the sender to the address book.",
        example: "X-Forefront-Antispam-Report: …SCL:5;SFV:SPM;…   the filter took it for spam\n\
                  X-Spam-Status: Yes, score=7.1 required=5.0     and so did SpamAssassin",
    },
    applies: applies::has_filters_word,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &["dmarc-fail"],
};

fn marked<'a>(case: &Case<'a>) -> impl Iterator<Item = &'a Junk> {
    let junk = case.analysis.junk.iter();
    junk.filter(|junk| junk.is_junk == Some(true))
}

fn fires(case: &Case<'_>) -> Vec<Hit> {
    let hits = marked(case).filter_map(|junk| {
        let said = junk.said.iter();
        let values: Vec<String> = said
            .map(|said| format!("{}={}", said.tag, said.value))
            .collect();
        let mark = case.at_topmost(junk.said.first()?.field)?;
        Some(
            RULE.hit(mark)
                .text("filter", junk.filter)
                .with("said", values),
        )
    });
    hits.collect()
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let filter = hit.values.text("filter")?;
    let junk = marked(case).find(|junk| junk.filter == filter)?;
    let result = case.analysis.conclusion.result;
    let is = |of: fn(&JunkSaid) -> bool| junk.said.iter().any(of);
    let doubts_author = is(|said| said.word.is_some_and(|word| word.is_not_authentic));
    let is_by_setting = is(|said| said.word.is_some_and(|word| word.is_by_setting));
    let is_authentic = is(|said| said.tag == "compauth" && said.value.starts_with("pass"));
    let (why, first) = match result {
        _ if doubts_author => (
            "which doubts that the author sent it",
            "see that DMARC passes for the domain in From; if it does and it is junk all the same, ",
        ),
        ConclusionResult::Pass => ("although DMARC passes: authentication is not the cause", ""),
        _ if case.receiver_passed() => (
            "although it recorded a pass for the author: authentication is not the cause",
            "",
        ),
        _ if is_authentic => (
            "although it counts it as authenticated (compauth=pass): that is not the cause",
            "",
        ),
        ConclusionResult::Fail => (
            "and DMARC fails: that alone can be the cause",
            "make DMARC pass first, as the findings above say; if it is junk all the same, ",
        ),
        ConclusionResult::None | ConclusionResult::Inconclusive => (
            "and nothing here shows a pass for the author: that may be a part of the cause",
            "see first that DMARC passes for the domain in From; if it is junk all the same, ",
        ),
    };
    let message = format!("taken for junk by {filter}, {why}");
    let seen = explain::junk::values(junk).to_string();
    let finding = hit.says(message, seen);
    if is_by_setting {
        return Some(finding.with_fix(Fix::new(format!(
            "{first}ask the recipient or their administrator: a list or a rule of theirs did it, \
             and only they can change it"
        ))));
    }
    let session = &case.analysis.session;
    let client = session.client_ip.as_ref().map(|ip| ip.value.to_string());
    let of_client = match (client, case.is_client_of_ses() == Some(true)) {
        (Some(ip), true) => {
            format!(" and of {ip} (an address of SES, shared unless you have your own)")
        }
        (Some(ip), false) => format!(" and of {ip}"),
        (None, _) => String::new(),
    };
    let of_author = match case.author() {
        Some(author) => format!("of {author}"),
        None => "of the domain in From".to_owned(),
    };
    let tool = junk
        .for_senders
        .map_or(String::new(), |tool| format!("; {tool}"));
    Some(finding.with_fix(Fix::new(format!(
        "{first}look at the content and its links, at the reputation {of_author}{of_client}, and at \
         complaints{tool}; the recipient can mark it as not junk"
    ))))
}
