//! What several fuzz targets need.

use std::net::Ipv4Addr;

use jiff::Timestamp;
use sesauth::dns::Dns;
use sesauth::message::HeaderField;
use sesauth::{Error, Inspection, SessionHints, inspect};

/// Runs a future that needs neither network nor timer.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.expect("a runtime can be built").block_on(future)
}

/// Inspects `message`, with a session that is known.
pub fn inspect_with(message: &[u8], dns: &impl Dns) -> Result<Inspection, Error> {
    let hints = SessionHints {
        client_ip: Some(Ipv4Addr::new(192, 0, 2, 1).into()),
        helo: Some("mail.example.com".into()),
        mail_from: Some("a@example.com".into()),
        at: Some(Timestamp::UNIX_EPOCH),
        ..SessionHints::default()
    };
    block_on(inspect(message, &hints, dns, Timestamp::UNIX_EPOCH))
}

/// A field of this name and body.
pub fn field<'a>(name: &'a str, body: &'a [u8]) -> HeaderField<'a> {
    HeaderField {
        name: name.as_bytes(),
        body,
        span: 0..name.len() + 1 + body.len(),
    }
}
