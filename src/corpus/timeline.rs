//! Counts over time, for all messages and for groups of them, in memory that does not grow with the
//! corpus.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::Serialize;

use super::SendingSource;
use super::verdicts::Verdicts;

/// How many groups of one kind are counted one by one; further ones are counted together.
const GROUPS: usize = 2_000;

/// How many combinations of a group and a time are kept; beyond that, messages are counted with the
/// other groups.
const CELLS: usize = 200_000;

/// The longest span that is shown day by day.
const DAYS: i32 = 31;

/// The longest span that is shown week by week.
const WEEKS: i32 = 26 * 7;

/// Which messages a series counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Group {
    /// All.
    All,
    /// Those with this domain in From.
    From(String),
    /// Those with another domain in From: there are too many to count each by itself.
    OtherFrom,
    /// Those from this source.
    SendingSource(SendingSource),
    /// Those from other sources: there are too many to count each by itself.
    OtherSources,
}

/// The groups and the day that one message is counted in.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MessageGroup {
    /// The domain in From.
    pub from: String,
    /// Who sent it.
    pub source: SendingSource,
    /// The day of its receipt, in UTC.
    pub day: Option<Date>,
}

impl MessageGroup {
    /// Those of the message with these verdicts.
    pub fn of(verdicts: &Verdicts) -> Self {
        let author = verdicts.dmarc.author_domain.as_ref();
        let day = |at: Timestamp| at.to_zoned(TimeZone::UTC).date();
        Self {
            from: author.map_or("no single domain".into(), ToString::to_string),
            source: verdicts.source.clone(),
            day: verdicts.received_at.map(day),
        }
    }
}

/// The length of a period: the longer the span, the longer its periods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Unit {
    /// For a span of at most 31 days.
    Day,
    /// From Monday; for a span of at most 26 weeks.
    Week,
    /// From the first of the month.
    Month,
}

impl Unit {
    /// The first day of the period that contains `day`.
    fn start(self, day: Date) -> Date {
        match self {
            Self::Day => day,
            Self::Week => {
                let since = day.weekday().since(Weekday::Monday);
                day.saturating_sub(since.days())
            }
            Self::Month => day.first_of_month(),
        }
    }

    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// The period that begins with `start`, as text.
    pub fn label(self, start: Date) -> String {
        match self {
            Self::Day => start.to_string(),
            Self::Week => format!("from {start}"),
            Self::Month => start.strftime("%Y-%m").to_string(),
        }
    }
}

/// Counts of one group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Series<T> {
    /// At all times.
    pub whole: T,
    /// Of messages without a date.
    pub undated: T,
    cells: BTreeMap<Date, T>,
}

/// Counts over time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timeline<T> {
    span: Option<(Date, Date)>,
    series: BTreeMap<Group, Series<T>>,
    groups: [usize; 2],
    cells: usize,
    is_monthly: bool,
}

impl<T: AddAssign + Copy + Default> Timeline<T> {
    /// Counts `one`, a message of these groups: among all, and in each group.
    pub fn add(&mut self, of: &MessageGroup, one: T) {
        if let Some(day) = of.day {
            let (first, last) = self.span.unwrap_or((day, day));
            self.span = Some((first.min(day), last.max(day)));
            if !self.is_monthly && self.unit() == Unit::Month {
                self.is_monthly = true;
                self.make_monthly();
            }
        }
        let cell = of.day.map(|day| match self.is_monthly {
            true => Unit::Month.start(day),
            false => day,
        });
        let from = Group::From(of.from.clone());
        let source = Group::SendingSource(of.source.clone());
        self.count(Group::All, cell, one);
        let from = self.room_for(from, 0, Group::OtherFrom, cell);
        self.count(from, cell, one);
        let source = self.room_for(source, 1, Group::OtherSources, cell);
        self.count(source, cell, one);
    }

    /// `group`, or `others` if there is no room for it.
    fn room_for(&mut self, group: Group, kind: usize, others: Group, cell: Option<Date>) -> Group {
        match self.series.get(&group) {
            None if self.groups[kind] >= GROUPS => others,
            None => {
                self.groups[kind] += 1;
                group
            }
            Some(series) => {
                let is_known = cell.is_none_or(|cell| series.cells.contains_key(&cell));
                if is_known || self.cells < CELLS {
                    return group;
                }
                others
            }
        }
    }

    fn count(&mut self, group: Group, cell: Option<Date>, one: T) {
        let series = self.series.entry(group).or_default();
        series.whole += one;
        let Some(cell) = cell else {
            series.undated += one;
            return;
        };
        let before = series.cells.len();
        *series.cells.entry(cell).or_default() += one;
        self.cells += series.cells.len() - before;
    }

    fn make_monthly(&mut self) {
        self.cells = 0;
        for series in self.series.values_mut() {
            series.cells = coarse(&series.cells, Unit::Month);
            self.cells += series.cells.len();
        }
    }

    /// The length of the periods.
    pub fn unit(&self) -> Unit {
        let days = self.span.map_or(0, |(first, last)| {
            let between = last.since(first).map_or(i32::MAX, |span| span.get_days());
            between.saturating_add(1)
        });
        match days {
            days if days <= DAYS => Unit::Day,
            days if days <= WEEKS => Unit::Week,
            _ => Unit::Month,
        }
    }

    /// The first and the last day.
    pub fn span(&self) -> Option<(Date, Date)> {
        self.span
    }

    /// The groups with their series, all messages first.
    pub fn series(&self) -> impl Iterator<Item = (&Group, &Series<T>)> {
        self.series.iter()
    }

    /// The counts of `series` over time, earliest first.
    pub fn periods(&self, series: &Series<T>) -> BTreeMap<Date, T> {
        coarse(&series.cells, self.unit())
    }
}

fn coarse<T: AddAssign + Copy + Default>(
    cells: &BTreeMap<Date, T>,
    unit: Unit,
) -> BTreeMap<Date, T> {
    let mut coarse: BTreeMap<Date, T> = BTreeMap::new();
    for (day, counts) in cells {
        *coarse.entry(unit.start(*day)).or_default() += *counts;
    }
    coarse
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn group(from: &str, day: Option<Date>) -> MessageGroup {
        MessageGroup {
            from: from.into(),
            source: SendingSource::Unknown,
            day,
        }
    }

    fn timeline(days: &[Date]) -> Timeline<usize> {
        let mut timeline = Timeline::default();
        for day in days {
            timeline.add(&group("example.com", Some(*day)), 1);
        }
        timeline
    }

    fn periods(timeline: &Timeline<usize>) -> Vec<(String, usize)> {
        let (_, all) = timeline.series().next().unwrap();
        let unit = timeline.unit();
        let periods = timeline.periods(all).into_iter();
        periods
            .map(|(start, count)| (unit.label(start), count))
            .collect()
    }

    #[test]
    fn the_span_says_whether_days_weeks_or_months_are_shown() {
        let first = date(2026, 6, 1);
        let days = timeline(&[first, date(2026, 7, 1), first]);
        assert_eq!(
            periods(&days),
            [("2026-06-01".into(), 2), ("2026-07-01".into(), 1)]
        );
        let weeks = timeline(&[first, date(2026, 7, 2), date(2026, 7, 5)]);
        assert_eq!(
            periods(&weeks),
            [("from 2026-06-01".into(), 1), ("from 2026-06-29".into(), 2)]
        );
        assert_eq!(timeline(&[first, date(2026, 11, 29)]).unit(), Unit::Week);
        assert_eq!(timeline(&[first, date(2026, 11, 30)]).unit(), Unit::Month);
    }

    #[test]
    fn days_counted_before_the_span_grew_are_in_their_months() {
        let months = timeline(&[date(2026, 6, 30), date(2026, 6, 1), date(2025, 1, 1)]);
        assert_eq!(
            periods(&months),
            [("2025-01".into(), 1), ("2026-06".into(), 2)]
        );
        assert_eq!(months.cells, 3 * 2);
    }

    #[test]
    fn a_message_without_a_date_counts_apart() {
        let mut timeline = timeline(&[date(2026, 6, 1)]);
        timeline.add(&group("example.com", None), 1);
        let (_, all) = timeline.series().next().unwrap();
        assert_eq!((all.whole, all.undated), (2, 1));
    }

    #[test]
    fn domains_beyond_the_bound_count_together() {
        let mut timeline = Timeline::default();
        for number in 0..GROUPS + 5 {
            let from = format!("{number}.example");
            timeline.add(&group(&from, Some(date(2026, 6, 1))), 1);
        }
        let series = |group: &Group| {
            let mut series = timeline.series();
            series.find(|(found, _)| *found == group).unwrap().1.whole
        };
        assert_eq!(series(&Group::OtherFrom), 5);
        assert_eq!(series(&Group::From("0.example".into())), 1);
        assert_eq!(series(&Group::All), GROUPS + 5);
    }
}
