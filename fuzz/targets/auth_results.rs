//! The body of an Authentication-Results field.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sesauth::Limits;
use sesauth::message::auth_results;
use sesauth_fuzz::field;

fuzz_target!(|data: &[u8]| {
    auth_results::parse(&field("Authentication-Results", data), &Limits::default());
});
