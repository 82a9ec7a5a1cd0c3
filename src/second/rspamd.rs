//! The symbols of rspamd: in the JSON of its HTTP answer, as a plain object of names and options,
//! or as the lines of X-Spamd-Result and of rspamc.

use serde_json::Value;

use super::{Opinion, OpinionMethod, OpinionResult, OpinionSession, Program};
use crate::Limits;

/// The symbols that give a result.
const SYMBOLS: [(&str, OpinionMethod, &str); 26] = [
    ("R_SPF_ALLOW", OpinionMethod::Spf, "pass"),
    // `+all` matched: a pass by RFC 7208 §5.1, for which rspamd has a separate symbol.
    ("R_SPF_PLUSALL", OpinionMethod::Spf, "pass"),
    ("R_SPF_FAIL", OpinionMethod::Spf, "fail"),
    ("R_SPF_SOFTFAIL", OpinionMethod::Spf, "softfail"),
    ("R_SPF_NEUTRAL", OpinionMethod::Spf, "neutral"),
    ("R_SPF_NA", OpinionMethod::Spf, "none"),
    ("R_SPF_DNSFAIL", OpinionMethod::Spf, "temperror"),
    ("R_SPF_PERMFAIL", OpinionMethod::Spf, "permerror"),
    ("R_DKIM_ALLOW", OpinionMethod::Dkim, "pass"),
    ("R_DKIM_REJECT", OpinionMethod::Dkim, "fail"),
    ("R_DKIM_PERMFAIL", OpinionMethod::Dkim, "permerror"),
    ("R_DKIM_TEMPFAIL", OpinionMethod::Dkim, "temperror"),
    ("R_DKIM_NA", OpinionMethod::Dkim, "none"),
    ("DMARC_POLICY_ALLOW", OpinionMethod::Dmarc, "pass"),
    (
        "DMARC_POLICY_ALLOW_WITH_FAILURES",
        OpinionMethod::Dmarc,
        "pass",
    ),
    ("DMARC_POLICY_REJECT", OpinionMethod::Dmarc, "fail"),
    ("DMARC_POLICY_QUARANTINE", OpinionMethod::Dmarc, "fail"),
    ("DMARC_POLICY_SOFTFAIL", OpinionMethod::Dmarc, "fail"),
    ("DMARC_NA", OpinionMethod::Dmarc, "none"),
    ("DMARC_BAD_POLICY", OpinionMethod::Dmarc, "permerror"),
    ("DMARC_DNSFAIL", OpinionMethod::Dmarc, "temperror"),
    ("ARC_ALLOW", OpinionMethod::Arc, "pass"),
    ("ARC_REJECT", OpinionMethod::Arc, "fail"),
    ("ARC_INVALID", OpinionMethod::Arc, "fail"),
    ("ARC_NA", OpinionMethod::Arc, "none"),
    ("ARC_DNSFAIL", OpinionMethod::Arc, "temperror"),
];

/// Keys other than `symbols` that identify an answer of rspamd.
const KEYS: [&str; 5] = [
    "action",
    "required_score",
    "is_skipped",
    "milter",
    "default",
];

/// The symbol with each signature's domain and a sign for its result.
const TRACE: &str = "DKIM_TRACE";

/// The signs of [`TRACE`].
const SIGNS: [(&str, &str); 4] = [
    ("+", "pass"),
    ("-", "fail"),
    ("~", "permerror"),
    ("?", "temperror"),
];

/// A symbol and its options.
struct Symbol<'a> {
    name: &'a str,
    options: Vec<&'a str>,
}

/// The answer of /checkv2 in `value`, if it is one.
pub(super) fn answer(value: &Value, limits: &Limits) -> Option<Opinion> {
    let symbols = value["symbols"].as_object()?;
    let symbols = symbols
        .iter()
        .map(|(name, value)| Symbol::read(name, value));
    let opinion = opinion(&symbols.collect::<Vec<_>>(), limits);
    let is_answer = || KEYS.iter().any(|key| !value[*key].is_null());
    (!opinion.results.is_empty() || is_answer()).then_some(opinion)
}

/// A plain object of symbols in `value`, if it is one.
pub(super) fn symbols(value: &Value, limits: &Limits) -> Option<Opinion> {
    let symbols = value.as_object()?.iter();
    let symbols = symbols.map(|(name, value)| Symbol::read(name, value));
    of_known(&symbols.collect::<Vec<_>>(), limits)
}

/// Symbols as text, `NAME(score)[options]`, separated by line ends or semicolons.
pub(super) fn lines(text: &str, limits: &Limits) -> Option<Opinion> {
    let mut inside = false;
    let entries = text.split(|char| {
        inside = match char {
            '[' => true,
            ']' => false,
            _ => inside,
        };
        !inside && matches!(char, ';' | '\n')
    });
    let symbols = entries.filter_map(|entry| {
        let (name, rest) = entry.split_once('(')?;
        let name = name.trim().trim_start_matches("Symbol:").trim();
        let options = rest.split_once('[').and_then(|(_, rest)| {
            let (options, _) = rest.rsplit_once(']')?;
            Some(split(options))
        });
        Some(Symbol {
            name,
            options: options.unwrap_or_default(),
        })
    });
    of_known(&symbols.collect::<Vec<_>>(), limits)
}

impl<'a> Symbol<'a> {
    fn read(name: &'a str, value: &'a Value) -> Self {
        let options = match value {
            Value::Object(_) => &value["options"],
            other => other,
        };
        let options = match options {
            Value::String(text) => split(text),
            Value::Array(options) => options.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        Self { name, options }
    }
}

fn split(options: &str) -> Vec<&str> {
    let options = options.split(',').map(str::trim);
    options.filter(|option| !option.is_empty()).collect()
}

/// What `symbols` say, if at least one of them is known.
fn of_known(symbols: &[Symbol<'_>], limits: &Limits) -> Option<Opinion> {
    let opinion = opinion(symbols, limits);
    (!opinion.results.is_empty()).then_some(opinion)
}

fn opinion(symbols: &[Symbol<'_>], limits: &Limits) -> Opinion {
    let mut results = Vec::new();
    // One more than allowed is kept, so that an excess is noticed.
    let most = limits.opinion_results.saturating_add(1);
    let mut has_dmarc = false;
    for (name, method, word) in SYMBOLS {
        let Some(symbol) = symbols.iter().find(|symbol| symbol.name == name) else {
            continue;
        };
        let result = OpinionResult::new(method, word);
        let all = symbol.options.join(", ");
        match method {
            OpinionMethod::Dkim if !symbol.options.is_empty() => {
                results.extend(symbol.options.iter().take(most).map(|option| {
                    let (domain, selector) = match option.split_once(":s=") {
                        Some((domain, selector)) => (domain, Some(selector.to_owned())),
                        None => (*option, None),
                    };
                    OpinionResult {
                        domain: Some(domain.to_owned()),
                        selector,
                        ..result.clone()
                    }
                }));
            }
            // One of them is a composite of the other.
            OpinionMethod::Dmarc if std::mem::replace(&mut has_dmarc, true) => (),
            OpinionMethod::Dmarc => results.push(OpinionResult {
                domain: symbol.options.first().map(|option| domain_of(option)),
                text: (!all.is_empty()).then_some(all),
                ..result
            }),
            _ => results.push(OpinionResult {
                text: (!all.is_empty()).then_some(all),
                ..result
            }),
        }
    }
    let traced = symbols.iter().find(|symbol| symbol.name == TRACE);
    add_traced(traced, most, &mut results);
    Opinion {
        program: Program::Rspamd,
        session: OpinionSession::default(),
        results,
        header_fields: None,
        not_at_hand: Vec::new(),
    }
}

/// Adds what the trace says about signatures that no other symbol names. rspamd lists equal options
/// once.
fn add_traced(traced: Option<&Symbol<'_>>, most: usize, results: &mut Vec<OpinionResult>) {
    let options = traced.iter().flat_map(|symbol| &symbol.options);
    for option in options.take(most) {
        let Some((domain, sign)) = option.rsplit_once(':') else {
            continue;
        };
        let Some((_, word)) = SIGNS.iter().find(|(known, _)| *known == sign) else {
            continue;
        };
        let is_named = results.iter().any(|result| {
            let same = |named: &String| named.eq_ignore_ascii_case(domain);
            result.method == OpinionMethod::Dkim
                && result.result == *word
                && result.domain.as_ref().is_some_and(same)
        });
        if !is_named {
            results.push(OpinionResult {
                domain: Some(domain.to_owned()),
                ..OpinionResult::new(OpinionMethod::Dkim, word)
            });
        }
    }
}

/// The domain in `example.com : SPF not aligned (relaxed)`.
fn domain_of(option: &str) -> String {
    let domain = option.split(" : ").next().unwrap_or(option);
    domain.trim().to_owned()
}
