//! From the bytes of a file to header fields.

use divan::Bencher;
use divan::counter::BytesCount;
use sesauth::Limits;
use sesauth::message::{Opened, Reading};

use crate::mail::{SIZES, mail};

#[divan::bench(args = SIZES)]
fn open_and_header(bencher: Bencher<'_, '_>, size: usize) {
    let mail = mail(size, |_| ());
    let limits = Limits::default();
    bencher
        .counter(BytesCount::of_slice(&mail.bytes))
        .bench(|| {
            let opened =
                Opened::open(&mail.bytes, Reading::Saved, None, &limits).expect("a message");
            let message = opened.message(&limits).expect("a message");
            message.header.fields.len()
        });
}
