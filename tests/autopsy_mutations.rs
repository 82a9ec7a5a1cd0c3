//! Signed messages are damaged as software on the way does it, and what the autopsy proves has to be
//! what was done. `cargo bench --bench autopsy` does it to many more, and prints a table.

#[expect(
    dead_code,
    reason = "its command line and its corpora are not used here"
)]
#[path = "../examples/forge/main.rs"]
mod forge;
#[expect(dead_code, reason = "the bench alone tells algorithms apart")]
#[path = "../benches/autopsy/judge.rs"]
mod judge;

use std::time::Duration;

use forge::damage;
use forge::rng::Rng;
use judge::{Fit, Said};
use sesauth::dkim::Effort;

/// No autopsy takes as long, even in a debug build on a busy machine.
const LONGEST: Duration = Duration::from_secs(20);

#[test]
fn messages_verify_before_they_are_damaged() {
    let dns = damage::snapshot();
    for number in 0..56 {
        let intact = damage::intact(1, number);
        let said = Said::of(&intact.bytes, &dns, Effort::Quick);
        assert_eq!(said.fit(|_| false), Fit::Harmless, "{}", intact.label);
    }
}

#[test]
fn what_is_proved_is_what_was_done() {
    let dns = damage::snapshot();
    let mut wrong = Vec::new();
    let mut intact = Vec::new();
    let alone = damage::all().map(|damage| vec![damage.name]);
    let together = damage::TOGETHER.iter().map(|names| names.to_vec());
    for names in alone.chain(together) {
        let name = names.join("+");
        let mut broken = 0;
        for number in 0..400 {
            if number == intact.len() {
                intact.push(damage::intact(1, number));
            }
            let intact = &intact[number];
            let mut rng = Rng::of(&format!("1 {} {name}", intact.label));
            // Large messages are for the bench.
            if intact.bytes.len() > 20_000 {
                continue;
            }
            let Some(bytes) = damage::together(&names, &intact.bytes, &mut rng) else {
                continue;
            };
            let said = Said::of(&bytes, &dns, Effort::Quick);
            let fit = said.fit(|code| {
                let mut done = damage::all().filter(|damage| names.contains(&damage.name));
                done.any(|damage| damage.kinds.contains(&code))
            });
            let time = said.time;
            assert!(time < LONGEST, "{name}: {time:?} ({})", intact.label);
            broken += usize::from(fit != Fit::Harmless);
            if fit == Fit::Wrong {
                wrong.push(format!("{name}: {} ({})", said.codes(), intact.label));
            }
            if broken == 2 {
                break;
            }
        }
        assert!(broken > 0, "{name} breaks no signature");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn random_damage_is_never_proved_to_be_another() {
    let dns = damage::snapshot();
    for number in 0..100 {
        let intact = damage::intact(2, number);
        let mut rng = Rng::of(&format!("stroke {number}"));
        let (bytes, stroke) = damage::strike(&intact.bytes, &mut rng);
        let said = Said::of(&bytes, &dns, Effort::Quick);
        let fit = said.fit(|code| stroke.may_be(code));
        assert_ne!(
            fit,
            Fit::Wrong,
            "{} {stroke:?} {}",
            intact.label,
            said.codes()
        );
    }
}
