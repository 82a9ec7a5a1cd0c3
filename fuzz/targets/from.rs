//! The body of a From field.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sesauth::Limits;
use sesauth::message::parse_from;

fuzz_target!(|data: &[u8]| {
    parse_from(data, 0, &Limits::default());
});
