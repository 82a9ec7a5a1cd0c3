//! What SES says of identities: whatever is read has a name, and is found by it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sesauth::dns::Name;
use sesauth::ses::Identities;

fuzz_target!(|bytes: &[u8]| {
    let mut set = Identities::default();
    if set.add(bytes, Some("example.com")).is_err() {
        return;
    }
    for identity in set.iter() {
        let (local, domain) = match identity.name.rsplit_once('@') {
            Some((local, domain)) => (local, domain),
            None => ("a", identity.name.as_str()),
        };
        let domain = Name::parse(domain).expect("a domain");
        assert!(set.of_author(local, &domain).is_some());
        let _ = identity.easy_dkim_records();
    }
});
