//! Bulk mail without one-click unsubscribe.

use super::{Case, Explanation, Finding, Fires, Fix, Hit, Rule, Severity};
use crate::message::HeaderField;

pub(super) const RULE: Rule = Rule {
    code: "bulk-mail-without-one-click-unsubscribe",
    severity: Severity::Warning,
    wants_message: true,
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
    applies: is_bulk,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

/// SES sent the message, and a field marks it as bulk or list mail.
fn is_bulk(case: &Case<'_>) -> bool {
    case.ses().is_some() && bulk_field(case).is_some()
}

/// The value for a missing field.
const FIELD: &str = "List-Unsubscribe";

/// The value for a field without an https address.
const HTTPS: &str = "https";

/// The value for a missing second field.
const POST: &str = "List-Unsubscribe-Post";

fn fires(case: &Case<'_>) -> Vec<Hit> {
    Vec::from_iter(hit(case))
}

fn hit(case: &Case<'_>) -> Option<Hit> {
    // A forwarder adds list fields of its own.
    case.ses().filter(|ses| ses.is_forwarded != Some(true))?;
    let field = bulk_field(case)?;
    let missing = match case.unsubscribe() {
        None => FIELD,
        Some(way) if !way.has_https => HTTPS,
        Some(way) if !way.is_one_click => POST,
        Some(_) => return None,
    };
    Some(RULE.hit(case.at_field(field)).with("missing", missing))
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let (message, advice) = match hit.values.text("missing")? {
        FIELD => (
            "this looks like bulk mail and has no List-Unsubscribe",
            "add List-Unsubscribe with an https address, and List-Unsubscribe-Post",
        ),
        HTTPS => (
            "List-Unsubscribe has no https address, so that nobody can unsubscribe by one click",
            "add an https address to List-Unsubscribe, and List-Unsubscribe-Post",
        ),
        _ => (
            "List-Unsubscribe stands without List-Unsubscribe-Post: List-Unsubscribe=One-Click",
            "add List-Unsubscribe-Post: List-Unsubscribe=One-Click, and let the address take it",
        ),
    };
    let field = bulk_field(case)?;
    let name = String::from_utf8_lossy(field.name);
    let seen = format!("{name}: {}", field.shown());
    Some(hit.says(message, seen).with_fix(Fix::new(advice)))
}

/// The field that marks the message as bulk mail.
fn bulk_field<'m>(case: &Case<'m>) -> Option<&'m HeaderField<'m>> {
    let list = ["List-Unsubscribe", "List-Id"];
    let list = list
        .iter()
        .find_map(|name| case.message.fields(name).next());
    list.or_else(|| {
        case.message.fields("Precedence").find(|field| {
            let value = field.unfolded().to_ascii_lowercase();
            value == "bulk" || value == "list"
        })
    })
}
