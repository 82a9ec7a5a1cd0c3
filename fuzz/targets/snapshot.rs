//! A recording of DNS: read, written, and read again to the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sesauth::dns::{Absent, Snapshot};

fuzz_target!(|text: &str| {
    let Ok(snapshot) = Snapshot::parse(text, Absent::NotRecorded) else {
        return;
    };
    let mut written = Vec::new();
    snapshot.write(&mut written).expect("memory takes it");
    let written = String::from_utf8(written).expect("it is text");
    let again = Snapshot::parse(&written, Absent::NotRecorded).expect("it can be read");
    let mut twice = Vec::new();
    again.write(&mut twice).expect("memory takes it");
    assert_eq!(written.as_bytes(), twice);
});
