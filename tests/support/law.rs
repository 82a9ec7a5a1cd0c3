//! Whom a receiver let pass.

use sesauth::Analysis;
use sesauth::claims::Claim;
use sesauth::session::Standing;

/// Whether the receiver, in standing, recorded that the message passed DMARC, or that a signature
/// which counts for the author verified.
pub fn receiver_passed(analysis: &Analysis) -> bool {
    let alignments = &analysis.dmarc.alignment.dkim;
    // There are none where From names no single domain.
    let counts = |number: usize| {
        let alignment = alignments.get(number - 1);
        alignment.is_some_and(|alignment| alignment.aligned == Some(true))
    };
    let own = |claim: &&Claim| claim.standing == Standing::Receiver;
    let claims = analysis.claims.iter().filter(own);
    let mut results = claims.flat_map(|claim| &claim.results);
    results.any(|result| {
        let is_authors = match result.method.as_str() {
            "dmarc" => true,
            "dkim" => result.signature.is_some_and(counts),
            _ => false,
        };
        result.result == "pass" && is_authors
    })
}
