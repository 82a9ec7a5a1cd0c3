//! One signature over a short message, starting with the key record. It includes what `canonical`
//! measures for such a short body.

use divan::Bencher;
use sesauth::Limits;
use sesauth::dkim::{DkimResult, Judge, signatures};
use sesauth::dns::{Dns as _, Lookup, LookupId, Response};
use sesauth::explain;
use sesauth::message::Message;

use crate::forge::keys::KeyId;
use crate::forge::sign::Published;
use crate::mail::{mail, now, runtime};

const SHORT: usize = 1_000;

#[divan::bench]
fn rsa_1024(bencher: Bencher<'_, '_>) {
    verify(bencher, KeyId::Customer1024, "rsa");
}

#[divan::bench]
fn rsa_2048(bencher: Bencher<'_, '_>) {
    verify(bencher, KeyId::Customer, "rsa");
}

#[divan::bench]
fn ed25519(bencher: Bencher<'_, '_>) {
    verify(bencher, KeyId::Ed25519, "ed25519");
}

fn verify(bencher: Bencher<'_, '_>, key: KeyId, kind: &str) {
    let mail = mail(SHORT, |plan| {
        let record = format!("v=DKIM1; k={kind}; p={}", key.public());
        plan.own().key = key;
        plan.own().published = Published::Txt(vec![record]);
    });
    let limits = Limits::default();
    let message = Message::parse(&mail.bytes, &limits).expect("a message");
    let signature = signatures(&message, &limits).swap_remove(0);
    let question = signature.question().expect("a key to ask for");
    let reply = runtime().block_on(mail.dns.query(&question));
    let lookup = Lookup::new(LookupId(1), Response::new(question, reply, Vec::new()));
    let at = now();
    let judge = || {
        let mut judge = Judge::new(&message, [&signature], &limits);
        judge.signature(&signature, Some(&lookup), at)
    };
    assert_eq!(
        judge().result,
        DkimResult::Pass,
        "{}",
        explain::dkim::cause(&judge())
    );
    bencher.bench(judge);
}
