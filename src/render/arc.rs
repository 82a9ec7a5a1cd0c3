//! The Authenticated Received Chain: its result, and what each set recorded.

use std::io::{self, Write};

use super::escape::plain;
use super::text::sentence;
use super::wrap::{Sheet, shortened};
use crate::Analysis;
use crate::arc::{ArcInstance, ArcResult, ArcVerdict, Original, RecordedResult};
use crate::dkim::DkimResult;
use crate::explain;

/// Writes the chain, if there is one.
pub(super) fn write(analysis: &Analysis, out: &mut Sheet<'_>) -> io::Result<()> {
    let arc = &analysis.arc;
    if arc.result == ArcResult::None {
        return Ok(());
    }
    let oldest = arc.oldest_pass.filter(|oldest| *oldest > 0);
    let parts = [
        Some(format!(
            "{}. {}",
            arc.result,
            sentence(&explain::arc::cause(arc).to_string())
        )),
        oldest.map(|oldest| {
            format!(
                "Message signatures older than i={oldest} no longer verify: the message was \
                 changed before that set was made."
            )
        }),
        arc.original
            .as_ref()
            .and_then(|original| recovered(original, arc)),
        consequence(arc.result).map(str::to_owned),
        Some("ARC is information only; it does not count for DMARC.".into()),
    ];
    let text: Vec<String> = parts.into_iter().flatten().collect();
    writeln!(out)?;
    out.paragraph("  ARC: ", 4, &plain(text.join(" ")))?;
    for instance in &arc.instances {
        let first = format!("    i={:<3} ", instance.instance);
        out.paragraph(&first, 10, &plain(set(instance)))?;
    }
    Ok(())
}

/// What a result means for the records in the sets.
fn consequence(result: ArcResult) -> Option<&'static str> {
    match result {
        ArcResult::None | ArcResult::Pass => None,
        ArcResult::Fail => Some(
            "So nothing shows that what the sets record is true: a receiver must treat the \
             message as if it bore no ARC set (RFC 8617 section 5.2).",
        ),
        ArcResult::Temperror | ArcResult::NotEvaluated => {
            Some("So what the sets record is not shown to be true here.")
        }
    }
}

/// What the first host found, if the seals prove it.
fn recovered(original: &Original, arc: &ArcVerdict) -> Option<String> {
    let sealed_by = original.sealed_by.as_ref().filter(|_| original.verified)?;
    let author = |dmarc: &RecordedResult| {
        let from = dmarc.properties.get("header.from");
        from.map_or(String::new(), |from| {
            format!(" for {}", shortened(from, 64))
        })
    };
    let found = match &original.dmarc {
        Some(dmarc) => format!("{}{}", word(dmarc), author(dmarc)),
        None => words(original.spf.iter().chain(&original.dkim))?,
    };
    let who = original.authserv_id.as_deref();
    let who = who.map_or("a host without a name".into(), |id| shortened(id, 64));
    let seals = match arc.instances.len() {
        1 => "the seal verifies",
        _ => "the seals verify",
    };
    Some(match original.teller() {
        Some(teller) => format!(
            "{teller} says that {who} recorded {found} earlier on its way; {teller} sealed that \
             (i=1) and {seals}. That is worth as much as the word of {teller}."
        ),
        None => format!(
            "Earlier on its way, {who} recorded {found}; {sealed_by} sealed that (i=1) and \
             {seals}. That is worth as much as the word of {sealed_by}."
        ),
    })
}

/// One set: who sealed it, what was recorded, and which part of it does not verify.
fn set(instance: &ArcInstance) -> String {
    let by = match (&instance.seal, &instance.domain) {
        (None, _) => "no seal".into(),
        (Some(_), None) => "sealed by no domain".into(),
        (Some(_), Some(domain)) => format!("sealed by {domain}"),
    };
    let methods = ["spf", "dkim", "dmarc"];
    let of = |method: &'static str| {
        let results = instance.results.iter();
        results.filter(move |result| result.method == method)
    };
    let found = words(methods.into_iter().flat_map(of));
    let found = found.unwrap_or_else(|| match words(of("arc")) {
        Some(arc) => format!("{arc}, and nothing of SPF, DKIM and DMARC"),
        None => "nothing of SPF, DKIM, DMARC and ARC".into(),
    });
    let who = instance.authserv_id.as_deref();
    let who = who.map_or(String::new(), |id| format!("{} ", shortened(id, 64)));
    let mut text = format!("{by}: {who}recorded {found}");
    let seal = instance.seal.as_ref().map(|seal| seal.result);
    let signature = instance.message_signature.as_ref();
    let signature = signature.map(|signature| signature.result);
    for (what, result) in [("seal", seal), ("message signature", signature)] {
        if let Some(result) = result.filter(|result| *result != DkimResult::Pass) {
            text.push_str(&format!("; {what}: {result}"));
        }
    }
    text
}

/// The results as `method=result`, each once.
fn words<'r>(results: impl Iterator<Item = &'r RecordedResult>) -> Option<String> {
    let mut found: Vec<String> = Vec::new();
    for result in results {
        let word = word(result);
        if !found.contains(&word) {
            found.push(word);
        }
    }
    (!found.is_empty()).then(|| found.join(" "))
}

fn word(result: &RecordedResult) -> String {
    format!("{}={}", result.method, shortened(&result.result, 20))
}
