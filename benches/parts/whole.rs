//! A complete inspection, and the line of JSON for it.

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use sesauth::conclusion::ConclusionResult;
use sesauth::render::json::Detail;
use sesauth::{Inspection, SessionHints, inspect, render};

use crate::mail::{Mail, SIZES, mail, now, runtime};

#[divan::bench(args = SIZES)]
fn analysis(bencher: Bencher<'_, '_>, size: usize) {
    let mail = mail(size, |_| ());
    let runtime = runtime();
    bencher
        .counter(ItemsCount::new(1_usize))
        .counter(BytesCount::of_slice(&mail.bytes))
        .bench_local(|| analyse(&mail, &runtime));
}

#[divan::bench]
fn json_line(bencher: Bencher<'_, '_>) {
    let analysis = analyse(&mail(SIZES[0], |_| ()), &runtime());
    let mut line = Vec::new();
    let mut write = || {
        line.clear();
        render::json::write_line("a.eml", Ok(&analysis), Detail::Data, &mut line)
            .expect("memory takes all");
        line.len()
    };
    let length = write();
    bencher.counter(BytesCount::new(length)).bench_local(write);
}

fn analyse(mail: &Mail, runtime: &tokio::runtime::Runtime) -> Inspection {
    let hints = SessionHints::default();
    let analysis = runtime.block_on(inspect(&mail.bytes, &hints, &mail.dns, now()));
    let analysis = analysis.expect("a message");
    assert_eq!(analysis.analysis.conclusion.result, ConclusionResult::Pass);
    analysis
}
