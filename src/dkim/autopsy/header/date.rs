//! Date: written in another way, or replaced by a server. It was signed at about the time that the
//! signature names, so that each second near it can be tried.

use jiff::{SignedDuration, Timestamp};

use super::{Alternatives, Scene, Search, Slot};
use crate::dkim::autopsy::{Kind, Modification};

pub(super) fn undo(scene: &Scene<'_, '_>, out: &mut Alternatives<'_, '_>) {
    if !out.slot.is("date") {
        return;
    }
    if out.slot.field.is_some() {
        dates(out);
    }
    let Some(at) = scene.signed_at.filter(|at| is_far(out.slot, *at)) else {
        return;
    };
    let kind = kind(out.slot.field.is_some());
    for second in 0..SECONDS {
        for date in near(at, -second) {
            out.text(2, &[kind], date);
        }
    }
}

/// Whether a field shows no time near the signature, so that it is likely to be another one.
fn is_far(slot: &Slot<'_>, signed_at: Timestamp) -> bool {
    let text = String::from_utf8_lossy(slot.text());
    match jiff::fmt::rfc2822::parse(&text) {
        Ok(date) => {
            let apart = date.timestamp().duration_since(signed_at);
            apart.as_secs().unsigned_abs() > MOST_SECONDS
        }
        Err(_) => true,
    }
}

/// Seconds before the signature that are as likely as other changes.
const SECONDS: i64 = 3;

/// Seconds before and after it that are tried.
const MOST_SECONDS: u64 = 4_000;

fn kind(is_there: bool) -> Kind {
    match is_there {
        true => Kind::FieldReplaced,
        false => Kind::FieldRemoved,
    }
}

/// The ways to write the time so many seconds after `at`.
fn near(at: Timestamp, seconds: i64) -> impl Iterator<Item = String> {
    let time = at.checked_add(SignedDuration::from_secs(seconds)).ok();
    time.into_iter().flat_map(|time| {
        let day = time.strftime("%-d").to_string();
        let two = time.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string();
        let one = time.strftime("%a, %-d %b %Y %H:%M:%S +0000").to_string();
        let is_other = day.len() == 1;
        std::iter::once(two).chain(is_other.then_some(one))
    })
}

impl Search<'_, '_, '_> {
    /// Each second near the time of the signature as Date.
    pub(super) fn seconds(&mut self) -> Option<Vec<Modification>> {
        let at = self.slots.iter().position(|slot| slot.is("date"))?;
        let signed_at = self.scene.signed_at?;
        if !is_far(&self.slots[at], signed_at) {
            return None;
        }
        for second in 0..=MOST_SECONDS.cast_signed() {
            for second in [-second, second] {
                for date in near(signed_at, second) {
                    if !self.budget.take(1_000) {
                        return None;
                    }
                    let body = format!(" {date}").into_bytes();
                    let canonical = self.slots[at].canonical_of(&body);
                    if self.fits(&[(at, &canonical)]) {
                        let kind = kind(self.slots[at].field.is_some());
                        return Some(self.change(at, &[kind], Some(&body)));
                    }
                    if self.budget.is_spent() {
                        return None;
                    }
                }
            }
        }
        None
    }
}

/// The same time as other programs write it.
fn dates(out: &mut Alternatives<'_, '_>) {
    let kind = &[Kind::FieldReplaced][..];
    let text = String::from_utf8_lossy(out.slot.text()).into_owned();
    let plain = text.split(" (").next().unwrap_or(&text).to_owned();
    let mut forms = vec![plain.clone()];
    for comment in ["UTC", "GMT"] {
        forms.push(format!("{plain} ({comment})"));
    }
    let Some((time, zone)) = plain.rsplit_once(' ') else {
        return;
    };
    if matches!(zone, "+0000" | "-0000" | "GMT" | "UTC" | "UT" | "Z") {
        forms.extend(["+0000", "-0000", "GMT", "UTC"].map(|zone| format!("{time} {zone}")));
    }
    match plain.split_once(", ") {
        Some((_, rest)) => forms.push(rest.to_owned()),
        // Only one of them is the day of the date.
        None => {
            let days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
            forms.extend(days.map(|day| format!("{day}, {plain}")));
        }
    }
    // A day of one digit, with a zero, a space or neither before it.
    let digits: Vec<String> = forms.iter().filter_map(|form| other_day(form)).collect();
    for form in forms.into_iter().chain(digits) {
        out.text(2, kind, form);
    }
}

/// `Fri, 02 Jan` for `Fri, 2 Jan`, and the reverse.
fn other_day(date: &str) -> Option<String> {
    let (weekday, rest) = date.split_once(", ").unwrap_or(("", date));
    let (day, rest) = rest.split_once(' ')?;
    let day = match day.strip_prefix('0') {
        Some(day) => day.to_owned(),
        None if day.len() == 1 => format!("0{day}"),
        None => return None,
    };
    Some(match weekday {
        "" => format!("{day} {rest}"),
        weekday => format!("{weekday}, {day} {rest}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_day_of_one_digit_is_written_in_two_ways() {
        let dates: Vec<_> = near(at("2026-06-30T06:16:31Z"), 1).collect();
        assert_eq!(dates, ["Tue, 30 Jun 2026 06:16:32 +0000"]);
        let dates: Vec<_> = near(at("2026-06-01T00:00:00Z"), 9).collect();
        assert_eq!(
            dates,
            [
                "Mon, 01 Jun 2026 00:00:09 +0000",
                "Mon, 1 Jun 2026 00:00:09 +0000"
            ]
        );
        let dates: Vec<_> = near(at("2026-06-01T00:00:00Z"), -1).collect();
        assert_eq!(dates, ["Sun, 31 May 2026 23:59:59 +0000"]);
    }

    #[test]
    fn there_is_no_time_beyond_all_times() {
        assert_eq!(near(Timestamp::MAX, 1).count(), 0);
        assert_eq!(near(Timestamp::MIN, -1).count(), 0);
        assert_eq!(near(Timestamp::MAX, 0).count(), 1);
    }

    #[test]
    fn other_days() {
        for (date, other) in [
            ("Fri, 02 Jan 2026", Some("Fri, 2 Jan 2026")),
            ("Fri, 2 Jan 2026", Some("Fri, 02 Jan 2026")),
            ("2 Jan 2026", Some("02 Jan 2026")),
            ("Fri, 12 Jan 2026", None),
            ("Fri,", None),
            ("", None),
        ] {
            assert_eq!(other_day(date).as_deref(), other, "{date}");
        }
    }
}
