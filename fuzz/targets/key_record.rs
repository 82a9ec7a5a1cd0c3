//! A DKIM key record, at the selector of a message whose body is as signed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sesauth::dns::{Answer, Dns, Negative, Question, Record, Reply, Txt};
use sesauth_fuzz::inspect_with;

/// The hash is that of an empty body in relaxed form.
const MESSAGE: &[u8] =
    b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; s=s;\r\n\
    \th=From; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA\r\n\
    From: a@example.com\r\n\r\n";

/// The record at every `_domainkey` name, and nothing else.
struct Key<'a>(&'a [u8]);

impl Dns for Key<'_> {
    async fn query(&self, question: &Question) -> Reply {
        if !question.name.as_str().contains("._domainkey.") {
            return Reply::NxDomain(Negative::default());
        }
        Reply::Records(Answer {
            cname: Vec::new(),
            ttl: 60,
            authenticated: false,
            records: vec![Record::Txt(Txt(vec![self.0.to_vec()]))],
        })
    }
}

fuzz_target!(|data: &[u8]| {
    let _ = inspect_with(MESSAGE, &Key(data));
});
