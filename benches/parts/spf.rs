//! SPF for both identities, with all records available.

use divan::Bencher;
use sesauth::dns::Dns;
use sesauth::spf::SpfResult;
use sesauth::{Limits, SessionHints, check_spf};

use crate::mail::{mail, now, runtime, zone};

/// What a customer of SES publishes for its MAIL FROM domain.
#[divan::bench]
fn of_ses(bencher: Bencher<'_, '_>) {
    let mail = mail(1_000, |_| ());
    let hints = hints("54.240.8.50", "bounces@mail.example.com");
    walk(bencher, &mail.dns, &hints);
}

/// As many terms with lookups as RFC 7208 §4.6.4 allows; the last one matches.
#[divan::bench]
fn ten_lookups(bencher: Bencher<'_, '_>) {
    let terms: String = (1..=10)
        .map(|n| format!(" include:s{n}.example.org"))
        .collect();
    let mut text = format!("example.org. TXT \"v=spf1{terms} -all\"\n");
    for number in 1..=10 {
        let terms: String = (0..10).map(|n| format!(" ip4:192.0.2.{n}")).collect();
        let last = if number == 10 { " ip4:203.0.113.7" } else { "" };
        text += &format!("s{number}.example.org. TXT \"v=spf1\" \"{terms}\" \"{last} -all\"\n");
    }
    walk(
        bencher,
        &zone(&text),
        &hints("203.0.113.7", "a@example.org"),
    );
}

fn hints(ip: &str, mail_from: &str) -> SessionHints {
    SessionHints {
        client_ip: ip.parse().ok(),
        mail_from: Some(mail_from.to_owned()),
        ..SessionHints::default()
    }
}

fn walk(bencher: Bencher<'_, '_>, dns: &impl Dns, hints: &SessionHints) {
    let (limits, at, runtime) = (Limits::default(), now(), runtime());
    let check = || runtime.block_on(check_spf(hints, dns, at, &limits));
    let verdict = check().spf.mail_from;
    assert_eq!(verdict.result, SpfResult::Pass, "{verdict:?}");
    bencher.bench_local(check);
}
