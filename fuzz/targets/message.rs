//! A whole message, with an empty recording of DNS.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sesauth::dns::Snapshot;
use sesauth::render;
use sesauth::render::json::Detail;
use sesauth::render::text::TextOptions;
use sesauth_fuzz::inspect_with;

fuzz_target!(|data: &[u8]| {
    if let Ok(inspection) = inspect_with(data, &Snapshot::default()) {
        let mut out = Vec::new();
        let _ = render::text::write(&inspection, TextOptions::default(), &mut out);
        let _ = render::json::write_inspection(&inspection, Detail::Full, &mut out);
    }
});
