//! Instants with a zone, as Go's `time.Time`.

use std::cmp::Ordering;

use super::calendar::{Day, SECONDS_PER_DAY, day_of, days_in, days_since_epoch, weekday, year_day};
use super::{Duration, Zone};

const NANOSECONDS: i64 = 1_000_000_000;
/// Seconds from year 1 to 1970.
const UNIX_TO_ZERO: i64 = 62_135_596_800;

/// An instant to the nanosecond, shown in a zone.
#[derive(Clone, Debug)]
pub struct Time {
    /// Seconds since 1970 UTC.
    seconds: i64,
    /// 0 to 999,999,999.
    nanoseconds: i64,
    zone: Zone,
    monotonic: Option<i64>,
}

impl Time {
    /// The instant so many nanoseconds after 1970 UTC.
    pub fn from_unix_nanos(nanoseconds: i128, zone: Zone) -> Self {
        let seconds = nanoseconds.div_euclid(i128::from(NANOSECONDS));
        let rest = nanoseconds.rem_euclid(i128::from(NANOSECONDS));
        Self {
            seconds: i64::try_from(seconds).unwrap_or(if seconds < 0 { i64::MIN } else { i64::MAX }),
            nanoseconds: i64::try_from(rest).unwrap_or_default(),
            zone,
            monotonic: None,
        }
    }

    /// Go: `time.Unix(seconds, 0)` in a zone.
    pub fn from_unix(seconds: i64, zone: Zone) -> Self {
        Self { seconds, nanoseconds: 0, zone, monotonic: None }
    }

    /// Go's zero time, the start of year 1 in UTC.
    pub fn zero() -> Self {
        Self::from_unix(-UNIX_TO_ZERO, Zone::utc())
    }

    /// Go: `time.Date`: numbers beyond their range carry over; local times in a gap or overlap
    /// follow Go's choice.
    pub fn from_civil(year: i64, month: i64, day: i64, second_of_day: i64, nanoseconds: i64, zone: Zone) -> Self {
        let months = month.wrapping_sub(1);
        let year = year.wrapping_add(months.div_euclid(12));
        let month = u8::try_from(months.rem_euclid(12) + 1).unwrap_or(1);
        let days = days_since_epoch(Day { year, month, day: 1 }).wrapping_add(day.wrapping_sub(1));
        let local = days
            .wrapping_mul(SECONDS_PER_DAY)
            .wrapping_add(second_of_day)
            .wrapping_add(nanoseconds.div_euclid(NANOSECONDS));
        let first = zone.seconds_at(local);
        let offset = if first == 0 { 0 } else { zone.seconds_at(local.wrapping_sub(first)) };
        Self {
            seconds: local.wrapping_sub(offset),
            nanoseconds: nanoseconds.rem_euclid(NANOSECONDS),
            zone,
            monotonic: None,
        }
    }

    /// The same instant with a reading of the monotonic clock, which only [`Self::text`] shows.
    #[must_use]
    pub fn with_monotonic(self, nanoseconds: i64) -> Self {
        Self { monotonic: Some(nanoseconds), ..self }
    }

    /// The reading of the monotonic clock.
    pub fn monotonic(&self) -> Option<i64> {
        self.monotonic
    }

    /// The zone. Go: `Location`.
    pub fn zone(&self) -> &Zone {
        &self.zone
    }

    /// The same instant in another zone, without the monotonic reading. Go: `In`.
    #[must_use]
    pub fn in_zone(&self, zone: Zone) -> Self {
        Self { seconds: self.seconds, nanoseconds: self.nanoseconds, zone, monotonic: None }
    }

    /// Seconds since 1970 UTC. Go: `Unix`.
    pub fn unix(&self) -> i64 {
        self.seconds
    }

    /// Nanoseconds since 1970 UTC, exact. Go's `UnixNano` is its low 64 bits.
    pub fn unix_nanos(&self) -> i128 {
        i128::from(self.seconds) * i128::from(NANOSECONDS) + i128::from(self.nanoseconds)
    }

    /// Go: `Nanosecond`.
    pub fn nanosecond(&self) -> i64 {
        self.nanoseconds
    }

    /// Go: `Year`.
    pub fn year(&self) -> i64 {
        self.civil().0.year
    }

    /// Go: `Month`, 1 to 12.
    pub fn month(&self) -> u8 {
        self.civil().0.month
    }

    /// Go: `Day`, 1 to 31.
    pub fn day(&self) -> u8 {
        self.civil().0.day
    }

    /// Go: `Hour`.
    pub fn hour(&self) -> i64 {
        self.second_of_day() / 3600
    }

    /// Go: `Minute`.
    pub fn minute(&self) -> i64 {
        self.second_of_day() / 60 % 60
    }

    /// Go: `Second`.
    pub fn second(&self) -> i64 {
        self.second_of_day() % 60
    }

    /// Go: `Weekday`, Sunday 0.
    pub fn weekday(&self) -> usize {
        weekday(self.local().div_euclid(SECONDS_PER_DAY))
    }

    /// Go: `YearDay`, from 1.
    pub fn year_day(&self) -> i64 {
        year_day(self.civil().0)
    }

    /// Go: `IsZero`.
    pub fn is_zero(&self) -> bool {
        self.seconds == -UNIX_TO_ZERO && self.nanoseconds == 0
    }

    /// Go: `Compare`, by instant.
    pub fn compare(&self, other: &Self) -> Ordering {
        (self.seconds, self.nanoseconds).cmp(&(other.seconds, other.nanoseconds))
    }

    /// Go: `Add`.
    #[must_use]
    pub fn add(&self, span: Duration) -> Self {
        let nanoseconds = self.nanoseconds + span.0 % NANOSECONDS;
        Self {
            seconds: self.seconds.wrapping_add(span.0 / NANOSECONDS).wrapping_add(nanoseconds.div_euclid(NANOSECONDS)),
            nanoseconds: nanoseconds.rem_euclid(NANOSECONDS),
            zone: self.zone.clone(),
            monotonic: self.monotonic.and_then(|reading| reading.checked_add(span.0)),
        }
    }

    /// Go: `AddDate`.
    #[must_use]
    pub fn add_date(&self, years: i64, months: i64, days: i64) -> Self {
        let (date, second) = self.civil();
        Self::from_civil(
            date.year.wrapping_add(years),
            i64::from(date.month).wrapping_add(months),
            i64::from(date.day).wrapping_add(days),
            second,
            self.nanoseconds,
            self.zone.clone(),
        )
    }

    /// Go: `Sub`, which stops at the ends of `Duration`.
    pub fn sub(&self, other: &Self) -> Duration {
        if let (Some(end), Some(start)) = (self.monotonic, other.monotonic) {
            return Duration(end.saturating_sub(start));
        }
        let span = self.unix_nanos() - other.unix_nanos();
        Duration(i64::try_from(span).unwrap_or(if span < 0 { i64::MIN } else { i64::MAX }))
    }

    /// Go: `Truncate`, to a multiple of `unit` since year 1.
    #[must_use]
    pub fn truncate(&self, unit: Duration) -> Self {
        let stripped = Self { monotonic: None, ..self.clone() };
        if unit.0 <= 0 { stripped } else { stripped.add(Duration(-self.excess(unit))) }
    }

    /// Go: `Round`, to the nearest multiple of `unit` since year 1, halves up.
    #[must_use]
    pub fn round(&self, unit: Duration) -> Self {
        let stripped = Self { monotonic: None, ..self.clone() };
        if unit.0 <= 0 {
            return stripped;
        }
        let excess = self.excess(unit);
        let is_below_half = i128::from(excess) * 2 < i128::from(unit.0);
        stripped.add(Duration(if is_below_half { -excess } else { unit.0 - excess }))
    }

    /// Go: `ISOWeek`.
    pub fn iso_week(&self) -> (i64, i64) {
        let days = self.local().div_euclid(SECONDS_PER_DAY);
        let from_monday = i64::try_from((weekday(days) + 6) % 7).unwrap_or_default();
        let thursday = day_of(days + 3 - from_monday);
        (thursday.year, (year_day(thursday) - 1) / 7 + 1)
    }

    /// Nanoseconds beyond the last multiple of `unit` since year 1.
    fn excess(&self, unit: Duration) -> i64 {
        let since_zero = self.unix_nanos() + i128::from(UNIX_TO_ZERO) * i128::from(NANOSECONDS);
        i64::try_from(since_zero.rem_euclid(i128::from(unit.0))).unwrap_or_default()
    }

    /// Seconds since 1970 on the local clock.
    pub(super) fn local(&self) -> i64 {
        self.seconds.wrapping_add(self.zone.seconds_at(self.seconds))
    }

    fn second_of_day(&self) -> i64 {
        self.local().rem_euclid(SECONDS_PER_DAY)
    }

    /// The local date and second of the day.
    pub(super) fn civil(&self) -> (Day, i64) {
        let local = self.local();
        (day_of(local.div_euclid(SECONDS_PER_DAY)), local.rem_euclid(SECONDS_PER_DAY))
    }
}

/// Whether `day` exists in the month. Go: `daysIn`.
pub(super) fn is_day(year: i64, month: u8, day: i64) -> bool {
    (1..=i64::from(days_in(month, year))).contains(&day)
}
