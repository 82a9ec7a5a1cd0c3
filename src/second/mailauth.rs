//! The report of postalsys/mailauth: a JSON object with one object for each method, with the result
//! in `status.result`.

use serde_json::Value;

use super::{Opinion, OpinionMethod, OpinionResult, OpinionSession, Program};

/// `text` without the line `TOTAL 8 EXPECTING 39`. mailauth 4 prints it before its report, once for
/// each signature, if the body is shorter than `l=`.
pub(super) fn without_trace(text: &str) -> &str {
    let mut rest = text;
    while rest.starts_with("TOTAL ") {
        rest = rest.split_once('\n').map_or("", |(_, rest)| rest);
    }
    rest
}

/// The report in `value`, if it is a report.
pub(super) fn report(value: &Value) -> Option<Opinion> {
    let spf = &value["spf"];
    let signatures = value["dkim"]["results"].as_array();
    let dkim = signatures.into_iter().flatten().filter_map(signature);
    let others = [
        (OpinionMethod::Spf, spf, spf["domain"].as_str()),
        (
            OpinionMethod::Dmarc,
            &value["dmarc"],
            value["dmarc"]["status"]["header"]["from"].as_str(),
        ),
        (OpinionMethod::Arc, &value["arc"], None),
    ];
    let others = others.into_iter().filter_map(|(method, value, domain)| {
        Some(OpinionResult {
            domain: domain.map(str::to_owned),
            ..result(method, value)?
        })
    });
    let results: Vec<OpinionResult> = dkim.chain(others).collect();
    (signatures.is_some() || !results.is_empty()).then_some(Opinion {
        program: Program::Mailauth,
        session: OpinionSession {
            client_ip: text(&spf["client-ip"]),
            helo: text(&spf["helo"]),
            mail_from: text(&spf["envelope-from"]),
        },
        results,
        header_fields: None,
        not_at_hand: Vec::new(),
    })
}

fn signature(value: &Value) -> Option<OpinionResult> {
    let header = &value["status"]["header"];
    let identity = header["i"].as_str().and_then(|i| i.rsplit('@').next());
    let signature = header["b"].as_str().or(value["signature"].as_str());
    let letters = signature.unwrap_or_default().chars();
    let b: String = letters.filter(|c| !c.is_whitespace()).take(8).collect();
    let weak = text(&value["status"]["policy"]["dkim-rules"]);
    let result = result(OpinionMethod::Dkim, value)?;
    Some(OpinionResult {
        domain: text(&value["signingDomain"]).or(identity.map(str::to_owned)),
        selector: text(&value["selector"]).or(text(&header["s"])),
        b_prefix: (!b.is_empty()).then_some(b),
        body_hash: text(&value["bodyHash"]),
        text: result.text.or(weak),
        ..result
    })
}

fn result(method: OpinionMethod, value: &Value) -> Option<OpinionResult> {
    let status = &value["status"];
    Some(OpinionResult {
        text: text(&status["comment"]),
        ..OpinionResult::new(method, status["result"].as_str()?)
    })
}

fn text(value: &Value) -> Option<String> {
    let text = value.as_str().filter(|text| !text.is_empty());
    text.map(str::to_owned)
}
