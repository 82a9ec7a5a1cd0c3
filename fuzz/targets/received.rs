//! The body of a Received field.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sesauth::Limits;
use sesauth::message::received;
use sesauth_fuzz::field;

fuzz_target!(|data: &[u8]| {
    received::parse(&field("Received", data), &Limits::default());
});
