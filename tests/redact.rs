//! Redaction over every case of testdata/messages: what comes out is the same, and nothing leaks.

#[path = "support/case.rs"]
mod case;
#[path = "support/run.rs"]
mod run;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use case::{Case, cases};
use sesauth::dns::{Absent, Snapshot};
use sesauth::redact::{Redacted, Redaction, redact};

fn redacted(path: &Path, keep_domains: bool) -> Option<Redacted> {
    let case = Case::read(path);
    let dns = fs::read_to_string(path.join("dns.jsonl")).unwrap();
    let dns = Snapshot::parse(&dns, Absent::NotRecorded).unwrap();
    let inspection = case.inspect(&dns);
    let how = Redaction {
        key: [7; 32],
        keep_domains,
    };
    let redacted = redact(&case.message, &case.hints, case.now, &case.options, &inspection, &how);
    Some(redacted.unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

#[test]
fn verdicts_and_findings_stay() {
    let (mut all, mut wrong) = (0, Vec::new());
    for path in cases() {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        all += 1;
        let redacted = redacted(&path, false).unwrap();
        if let Some(folder) = std::env::var_os("DUMP") {
            let base = Path::new(&folder).join(&name);
            fs::write(base.with_extension("eml"), &redacted.message).unwrap();
            fs::write(base.with_extension("jsonl"), &redacted.recording).unwrap();
            let mut text = Vec::new();
            sesauth::render::text::write(&redacted.inspection, Default::default(), &mut text).unwrap();
            fs::write(base.with_extension("txt"), text).unwrap();
        }
        for one in &redacted.differences {
            wrong.push(format!("{name}: {} {:?} -> {:?}", one.what, one.before, one.after));
        }
    }
    assert!(wrong.is_empty(), "{all} cases:\n{}", wrong.join("\n"));
}
