//! Bulk mail that cannot be unsubscribed from by one click.

use super::{Case, Explanation, Findings, Fires, Fix, Observation, Rule, Severity, applies};

pub(super) const RULE: Rule = Rule {
    code: "bulk-mail-without-one-click-unsubscribe",
    severity: Severity::Warning,
    cites: &[
        "RFC 8058 §3.1 and §4",
        "RFC 2369 §3.2",
        "Google, Email sender guidelines; Yahoo, Sender Best Practices",
    ],
    explanation: Explanation {
        summary: "lack of one-click unsubscribe, although it looks like bulk mail",
        means: "Mail to many can carry two header fields by which mailbox programs show a button \
                that unsubscribes: List-Unsubscribe with an https address, and \
                List-Unsubscribe-Post. This message calls itself bulk or list mail and lacks one \
                of them.",
        matters: "Gmail asks for both on marketing mail of those who send about 5000 messages a \
                  day or more, and Yahoo recommends them. Without them people press \"spam\". An address \
                  with mailto: alone is not one-click.\n\
                  Mail that somebody waits for, as a receipt or a new password, needs none.",
        todo: "Give List-Unsubscribe an https address of its own for each recipient, which \
               unsubscribes when it is sent the text List-Unsubscribe=One-Click, without further \
               questions, and honour it within two days. SES writes both fields itself where you \
               use its subscription management.",
        example: "List-Unsubscribe: <https://www.example.com/u/7f3a>, <mailto:off@example.com>\n\
                  List-Unsubscribe-Post: List-Unsubscribe=One-Click",
    },
    applies: applies::always,
    fires: Fires::Whole(check),
    say: Rule::unsaid,
    yields_to: &[],
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    // Who passed a message on adds list fields of its own.
    let Some(_) = case.ses().filter(|ses| ses.is_forwarded != Some(true)) else {
        return;
    };
    let Some(bulk) = bulk(case) else {
        return;
    };
    let way = case.message.text("List-Unsubscribe");
    let post = case.message.text("List-Unsubscribe-Post");
    let has_https = way
        .as_deref()
        .is_some_and(|way| way.to_ascii_lowercase().contains("<https://"));
    let is_one_click = post.as_deref().is_some_and(is_one_click);
    let (message, advice) = match (way, has_https, is_one_click) {
        (None, ..) => (
            "this looks like bulk mail and has no List-Unsubscribe",
            "add List-Unsubscribe with an https address, and List-Unsubscribe-Post",
        ),
        (_, false, _) => (
            "List-Unsubscribe has no https address, so that nobody can unsubscribe by one click",
            "add an https address to List-Unsubscribe, and List-Unsubscribe-Post",
        ),
        (_, _, false) => (
            "List-Unsubscribe stands without List-Unsubscribe-Post: List-Unsubscribe=One-Click",
            "add List-Unsubscribe-Post: List-Unsubscribe=One-Click, and let the address take it",
        ),
        _ => return,
    };
    findings.add(message, bulk).fix(Fix::new(advice));
}

fn is_one_click(value: &str) -> bool {
    value
        .trim()
        .eq_ignore_ascii_case("List-Unsubscribe=One-Click")
}

/// That the message looks like bulk mail.
fn bulk(case: &Case<'_>) -> Option<Observation> {
    let precedence = case.message.fields("Precedence").find(|field| {
        let value = field.unfolded().to_ascii_lowercase();
        value == "bulk" || value == "list"
    });
    let list = ["List-Unsubscribe", "List-Id"];
    let list = list
        .iter()
        .find_map(|name| case.message.fields(name).next());
    let field = list.or(precedence)?;
    let name = String::from_utf8_lossy(field.name);
    Some(
        case.at_field(field)
            .says(format!("{name}: {}", field.unfolded())),
    )
}

/// Both fields, where they make one click.
pub(super) fn one_click_fields(case: &Case<'_>) -> Option<[&'static str; 2]> {
    let way = case.message.text("List-Unsubscribe")?;
    let post = case.message.text("List-Unsubscribe-Post")?;
    let is_whole = way.to_ascii_lowercase().contains("<https://") && is_one_click(&post);
    is_whole.then_some(["List-Unsubscribe", "List-Unsubscribe-Post"])
}
