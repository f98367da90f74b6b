//! The proleptic Gregorian calendar over seconds since 1970.

/// The names of the months.
pub const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The names of the days, from Sunday.
pub const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

pub(super) const SECONDS_PER_DAY: i64 = 86_400;
const DAYS_PER_ERA: i64 = 146_097;

/// A day of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_field_names, reason = "a day is called what it is")]
pub(super) struct Day {
    pub year: i64,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
}

pub(super) fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

pub(super) fn days_in(month: u8, year: i64) -> u8 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The days of a year without leap day before `month` (1 to 13).
pub(super) fn days_before(month: u8) -> i64 {
    (1..month).map(|month| i64::from(days_in(month, 1))).sum()
}

/// The day number since 1970-01-01; eras of 400 years start in March, so the leap day comes last.
pub(super) fn days_since_epoch(date: Day) -> i64 {
    let year = if date.month <= 2 { date.year.wrapping_sub(1) } else { date.year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month = (i64::from(date.month) + 9) % 12;
    let day_of_year = (153 * month + 2) / 5 + i64::from(date.day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era.wrapping_mul(DAYS_PER_ERA).wrapping_add(day_of_era - 719_468)
}

/// The inverse of [`days_since_epoch`].
pub(super) fn day_of(days: i64) -> Day {
    let shifted = days.saturating_add(719_468);
    let era = shifted.div_euclid(DAYS_PER_ERA);
    let day_of_era = shifted.rem_euclid(DAYS_PER_ERA);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = small(day_of_year - (153 * month + 2) / 5 + 1);
    let month = small(if month < 10 { month + 3 } else { month - 9 });
    Day { year: year_of_era + era * 400 + i64::from(month <= 2), month, day }
}

/// The number of the day in its year, from 1.
pub(super) fn year_day(date: Day) -> i64 {
    let leap_day = i64::from(is_leap(date.year) && date.month > 2);
    days_before(date.month) + i64::from(date.day) + leap_day
}

/// The day of the week, Sunday 0.
pub(super) fn weekday(days: i64) -> usize {
    usize::from(small((days.rem_euclid(7) + 4) % 7))
}

fn small(number: i64) -> u8 {
    u8::try_from(number).unwrap_or_default()
}
