//! Dates in header fields (RFC 5322 §3.3, §4.3).

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

/// A point in time, and the UTC offset of the clock that wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Date {
    pub timestamp: Timestamp,
    /// Seconds east of UTC; `None` if the zone does not say.
    pub offset: Option<i32>,
}

/// Reads a date without comments. The day of the week is ignored, right or wrong.
pub(super) fn parse(text: &str) -> Option<Date> {
    let mut words: Vec<&str> = text.split_ascii_whitespace().collect();
    if words
        .first()?
        .starts_with(|c: char| c.is_ascii_alphabetic())
    {
        words = match words[0].split_once(',') {
            Some((_, "")) | None => words.split_off(1),
            Some((_, day)) => std::iter::once(day).chain(words.split_off(1)).collect(),
        };
    }
    let [day, month, year, time, zone @ ..] = words.as_slice() else {
        return None;
    };
    let zone = zone.first().copied().unwrap_or("-0000");
    // The other alphabetic zones have no agreed meaning, so they give no offset (§4.3).
    let (zone, is_known) = match zone.to_ascii_uppercase().as_str() {
        "UT" | "UTC" | "GMT" | "Z" => ("+0000", true),
        "EDT" => ("-0400", true),
        "EST" | "CDT" => ("-0500", true),
        "CST" | "MDT" => ("-0600", true),
        "MST" | "PDT" => ("-0700", true),
        "PST" => ("-0800", true),
        "-0000" => ("-0000", false),
        _ if zone.starts_with(['+', '-']) => (zone, true),
        _ => ("-0000", false),
    };
    let time = match time.as_bytes().get(1) {
        Some(b':') => format!("0{time}"),
        _ => (*time).to_owned(),
    };
    let text = format!("{day} {month} {year} {time} {zone}");
    let zoned = DateTimeParser::new().parse_zoned(text).ok()?;
    Some(Date {
        timestamp: zoned.timestamp(),
        offset: is_known.then(|| zoned.offset().seconds()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (String, Option<i32>) {
        let date = parse(text).unwrap();
        (date.timestamp.to_string(), date.offset)
    }

    #[test]
    fn dates_are_read_with_their_zone() {
        for (text, offset) in [
            ("Fri, 20 Nov 2026 16:00:01 +0100", Some(3600)),
            ("Mon, 20 Nov 2026 15:00:01 +0000", Some(0)),
            ("20 Nov 2026 15:00:01 GMT", Some(0)),
            ("Fri 20 Nov 2026 07:00:01 PST", Some(-28800)),
            ("Fri,20 Nov 2026 10:00:01 EST", Some(-18000)),
            ("Fri, 20 nov 26 15:00:01 -0000", None),
            ("Fri, 20 Nov 2026 15:00:01 XYZ", None),
            ("Fri, 20 Nov 2026 15:00:01", None),
        ] {
            assert_eq!(
                read(text),
                ("2026-11-20T15:00:01Z".to_owned(), offset),
                "{text}"
            );
        }
        assert_eq!(read("Fri, 20 Nov 2026 5:07 Z").0, "2026-11-20T05:07:00Z");
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            ",",
            "Fri,",
            "Fri, 40 Nov 2026 15:00:01 +0000",
            "a b c d e",
            "1 2 3 4 5",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
