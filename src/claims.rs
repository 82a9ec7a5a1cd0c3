//! What the message says that its receiver found, beside what was found here (RFC 8601).

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::Limits;
use crate::dkim::{DkimResult, DkimVerdict};
use crate::dmarc::{DmarcResult, DmarcVerdict};
use crate::message::{AuthenticationResults, HeaderField, Message, ResInfo, auth_results};
use crate::session::{Session, Standing};
use crate::spf::{SpfResult, SpfVerdict};

/// One Authentication-Results field, or one of its kin.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct Claim {
    /// The name of the field.
    pub field: String,
    /// The instance of the ARC set that it belongs to (RFC 8617 §4.1.1).
    pub instance: Option<u32>,
    /// Who wrote it, as it says.
    pub authserv_id: Option<String>,
    /// Whose word it is, as far as name and place tell (RFC 8601 §5).
    pub standing: Standing,
    /// Why.
    pub standing_reason: String,
    /// The results it claims.
    pub results: Vec<ClaimedResult>,
    /// What of it could not be read.
    pub problems: Vec<String>,
}

/// One claimed result.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct ClaimedResult {
    /// The method: `spf`, `dkim`, `dmarc`, …
    pub method: String,
    /// The result, as written.
    pub result: String,
    /// The properties, as `header.d` and so on.
    pub properties: BTreeMap<String, String>,
    /// The comment behind the result.
    pub comment: Option<String>,
    /// How it compares with ours.
    pub comparison: Comparison,
    /// Our result for the same thing; `None` where there is none to compare with.
    pub ours: Option<String>,
    /// Which of our signatures it is about, from 1.
    pub signature: Option<usize>,
}

/// How a claimed result compares with ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Comparison {
    /// The same.
    Agree,
    /// Another.
    Differ,
    /// We have none to compare with.
    OnlyTheirs,
}

/// What was found here.
#[derive(Clone, Copy, Debug)]
pub struct Ours<'a> {
    /// SPF for MAIL FROM.
    pub mail_from: &'a SpfVerdict,
    /// SPF for HELO.
    pub helo: &'a SpfVerdict,
    /// The signatures.
    pub dkim: &'a [DkimVerdict],
    /// DMARC.
    pub dmarc: &'a DmarcVerdict,
}

/// Authentication-Results and the fields that hold copies of it.
const FIELDS: [&str; 5] = [
    "Authentication-Results",
    "ARC-Authentication-Results",
    "X-MS-Exchange-Authentication-Results",
    "X-Original-Authentication-Results",
    "Authentication-Results-Original",
];

/// Reads the Authentication-Results fields of `message` and their kin, topmost first, and compares
/// them with `ours`.
pub fn compare(
    message: &Message<'_>,
    session: &Session,
    ours: &Ours<'_>,
    limits: &Limits,
) -> Vec<Claim> {
    fields(message)
        .take(limits.auth_results)
        .map(|field| claim(auth_results::parse(field, limits), session, ours))
        .collect()
}

/// The fields that [`compare`] reads.
pub(crate) fn fields<'m, 'a>(
    message: &'m Message<'a>,
) -> impl Iterator<Item = &'m HeaderField<'a>> {
    let is_claim = |field: &&HeaderField<'_>| FIELDS.iter().any(|name| field.is(name));
    message.header.fields.iter().filter(is_claim)
}

fn claim(field: AuthenticationResults, session: &Session, ours: &Ours<'_>) -> Claim {
    let (standing, standing_reason) = session.standing(&field);
    let mut taken = Vec::new();
    let results = field
        .results
        .into_iter()
        .map(|result| claimed(result, ours, &mut taken))
        .collect();
    Claim {
        field: field.field,
        instance: field.instance,
        standing,
        standing_reason,
        authserv_id: field.authserv_id,
        results,
        problems: field.problems,
    }
}

/// Compares one result; `taken` holds the signatures that results of the same field were about.
fn claimed(result: ResInfo, ours: &Ours<'_>, taken: &mut Vec<usize>) -> ClaimedResult {
    let properties: BTreeMap<String, String> = result
        .properties
        .iter()
        .map(|property| {
            let name = match property.ptype.as_str() {
                "" => property.property.clone(),
                ptype => format!("{ptype}.{}", property.property),
            };
            (name, property.value.clone())
        })
        .collect();
    let mut signature = None;
    let our_word = match result.method.as_str() {
        "spf" => {
            let about_helo =
                properties.contains_key("smtp.helo") && !properties.contains_key("smtp.mailfrom");
            let verdict = if about_helo {
                ours.helo
            } else {
                ours.mail_from
            };
            match verdict.result {
                SpfResult::NotEvaluated => None,
                result => Some(result.as_str()),
            }
        }
        "dkim" => {
            signature = matching_signature(&properties, ours.dkim, taken);
            match signature {
                None if ours.dkim.is_empty() => Some("none"),
                None => None,
                Some(index) => {
                    taken.push(index);
                    match ours.dkim[index].result {
                        DkimResult::NotEvaluated => None,
                        result => Some(result.as_str()),
                    }
                }
            }
        }
        "dmarc" => match ours.dmarc.result {
            DmarcResult::Inconclusive => None,
            result => Some(result.as_str()),
        },
        _ => None,
    };
    ClaimedResult {
        comparison: match our_word {
            None => Comparison::OnlyTheirs,
            Some(ours) if same(&result.method, &result.result, ours) => Comparison::Agree,
            Some(_) => Comparison::Differ,
        },
        ours: our_word.map(str::to_owned),
        signature: signature.map(|index| index + 1),
        comment: (!result.comments.is_empty()).then(|| result.comments.join("; ")),
        method: result.method,
        result: result.result,
        properties,
    }
}

/// The signature that a result is about: the one whose `b=` begins as `header.b` says (RFC 6008),
/// else the first free one of the domain and selector that it names.
fn matching_signature(
    properties: &BTreeMap<String, String>,
    ours: &[DkimVerdict],
    taken: &[usize],
) -> Option<usize> {
    let property = |name: &str| properties.get(name).map(String::as_str);
    if let Some(b) = property("header.b") {
        let begins = |verdict: &DkimVerdict| {
            let prefix = verdict.signature_prefix.as_deref();
            prefix.is_some_and(|prefix| {
                !b.is_empty() && (prefix.starts_with(b) || b.starts_with(prefix))
            })
        };
        if let Some(index) = ours.iter().position(begins) {
            return Some(index);
        }
    }
    let domain = property("header.d").map(str::to_owned).or_else(|| {
        let identity = property("header.i")?;
        Some(identity.rsplit('@').next().unwrap_or(identity).to_owned())
    });
    let free = |index: &usize| !taken.contains(index);
    let fits = |index: &usize| {
        let verdict = &ours[*index];
        let same_domain = domain.as_deref().is_none_or(|theirs| {
            let ours = verdict.domain.as_ref();
            let exact = ours.is_some_and(|ours| ours.as_str().eq_ignore_ascii_case(theirs));
            let identity = verdict
                .identity
                .as_deref()
                .and_then(|i| i.rsplit('@').next());
            exact || identity.is_some_and(|ours| ours.eq_ignore_ascii_case(theirs))
        });
        let same_selector = property("header.s").is_none_or(|theirs| {
            let ours = verdict.selector.as_ref();
            ours.is_some_and(|ours| ours.as_str().eq_ignore_ascii_case(theirs))
        });
        same_domain && same_selector
    };
    // A result that names no signature can only be matched when there is no choice.
    if domain.is_none() && property("header.s").is_none() && ours.len() > 1 {
        return None;
    }
    (0..ours.len()).filter(free).find(fits)
}

/// Whether two results are the same. Receivers differ in the word for a signature that does not
/// pass (Gmail says neutral or fail, others permerror or policy), so for DKIM these are one.
pub(crate) fn same(method: &str, theirs: &str, ours: &str) -> bool {
    let class = |word: &str| match (method, word) {
        ("dkim", "fail" | "neutral" | "policy" | "permerror" | "hardfail") => "not passed".into(),
        (_, "hardfail") => "fail".into(),
        (_, "perm_fail" | "permfail") => "permerror".into(),
        (_, "tempfail" | "temp_fail" | "timeout") => "temperror".into(),
        (_, other) => other.to_owned(),
    };
    class(theirs) == class(ours)
}
