//! Zone text, and the JSON of DNS providers.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sesauth::dns::{Name, Question, RecordType, Zone};
use sesauth_fuzz::block_on;

fuzz_target!(|text: &str| {
    let (Ok(zone), Ok(name)) = (Zone::planned(text), Name::parse("a.example.com")) else {
        return;
    };
    for kind in RecordType::ALL {
        block_on(sesauth::dns::Dns::query(
            &zone,
            &Question::new(name.clone(), kind),
        ));
    }
});
