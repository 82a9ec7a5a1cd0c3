//! Canonical forms and their hashes. They are not public, so this judges a signature without its
//! key: the body is hashed, the signed fields are collected, nothing is verified. The time of the
//! hash alone is measured separately.

use aws_lc_rs::digest::{SHA256, digest};
use divan::Bencher;
use divan::counter::BytesCount;
use sesauth::Limits;
use sesauth::dkim::{Judge, signatures};
use sesauth::message::Message;

use crate::forge::sign::Canon;
use crate::mail::{SIZES, mail, now};

#[divan::bench(args = SIZES)]
fn simple(bencher: Bencher<'_, '_>, size: usize) {
    body(bencher, size, Canon::Simple);
}

#[divan::bench(args = SIZES)]
fn relaxed(bencher: Bencher<'_, '_>, size: usize) {
    body(bencher, size, Canon::Relaxed);
}

#[divan::bench(args = SIZES)]
fn sha256_alone(bencher: Bencher<'_, '_>, size: usize) {
    let mail = mail(size, |_| ());
    let message = Message::parse(&mail.bytes, &Limits::default()).expect("a message");
    let body = message.body().expect("a body");
    bencher
        .counter(BytesCount::of_slice(body))
        .bench(|| digest(&SHA256, body));
}

fn body(bencher: Bencher<'_, '_>, size: usize, canon: Canon) {
    let mail = mail(size, |plan| plan.own().body = canon);
    let limits = Limits::default();
    let message = Message::parse(&mail.bytes, &limits).expect("a message");
    let signature = signatures(&message, &limits).swap_remove(0);
    let at = now();
    bencher
        .counter(BytesCount::of_slice(&mail.bytes))
        .bench(|| Judge::new(&message, [&signature], &limits).signature(&signature, None, at));
}
