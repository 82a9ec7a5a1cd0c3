//! The body of a Received-SPF field.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sesauth::Limits;
use sesauth::message::received_spf;
use sesauth_fuzz::field;

fuzz_target!(|data: &[u8]| {
    received_spf::parse(&field("Received-SPF", data), &Limits::default());
});
