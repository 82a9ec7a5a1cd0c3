//! The signed messages that the RFCs themselves give.

#[path = "support/run.rs"]
mod run;

use std::fs;
use std::path::Path;

use run::block_on;
use sesauth::dkim::{DkimResult, DkimVerdict};
use sesauth::dns::{Absent, Snapshot};
use sesauth::explain;
use sesauth::{SessionHints, inspect};

/// White space is as it was when the example was signed, which the printed RFC does not keep:
/// continuation lines begin with six spaces, and one space follows "game.".
#[test]
fn the_example_of_rfc_6376_appendix_a_verifies() {
    let verdicts = verdicts("6376-a2");
    assert_eq!(verdicts.len(), 1);
    assert_eq!(
        verdicts[0].result,
        DkimResult::Pass,
        "{}",
        explain::dkim::cause(&verdicts[0])
    );
}

#[test]
fn both_signatures_of_rfc_8463_appendix_a_verify() {
    let verdicts = verdicts("8463-a3");
    assert_eq!(verdicts.len(), 2);
    for verdict in verdicts {
        assert_eq!(
            verdict.result,
            DkimResult::Pass,
            "{}",
            explain::dkim::cause(&verdict)
        );
    }
}

fn verdicts(folder: &str) -> Vec<DkimVerdict> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("testdata/rfc")
        .join(folder);
    let message = fs::read(folder.join("message.eml")).unwrap();
    let dns = fs::read_to_string(folder.join("dns.jsonl")).unwrap();
    let dns = Snapshot::parse(&dns, Absent::NxDomain).unwrap();
    // Any time after that of the signatures, which do not expire.
    let now = "2026-07-01T00:00:00Z".parse().unwrap();
    let hints = SessionHints::default();
    block_on(inspect(&message, &hints, &dns, now))
        .unwrap()
        .analysis
        .dkim
}
