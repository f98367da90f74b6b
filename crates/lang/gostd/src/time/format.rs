//! Writes times by layout.

use super::Time;
use super::calendar::{Day, MONTHS, WEEKDAYS, year_day};
use super::layout::{Element, OffsetStyle, next_chunk};

/// The layout of Go's `Time.String`.
const STRING_LAYOUT: &[u8] = b"2006-01-02 15:04:05.999999999 -0700 MST";

impl Time {
    /// Go: `Format`.
    pub fn format(&self, layout: impl AsRef<[u8]>) -> Vec<u8> {
        let mut out = Vec::new();
        self.append_format(&mut out, layout.as_ref());
        out
    }

    /// Go: `AppendFormat`.
    pub fn append_format(&self, out: &mut Vec<u8>, layout: &[u8]) {
        let (date, second) = self.civil();
        let mut rest = layout;
        loop {
            let chunk = next_chunk(rest);
            out.extend_from_slice(chunk.prefix);
            let Some(element) = chunk.element else { break };
            rest = chunk.suffix;
            self.append_element(out, element, date, second);
        }
    }

    /// Go: `String`, with the monotonic clock's reading if there is one.
    pub fn text(&self) -> Vec<u8> {
        let mut out = self.format(STRING_LAYOUT);
        if let Some(reading) = self.monotonic() {
            let total = reading.unsigned_abs();
            let sign = if reading < 0 { '-' } else { '+' };
            out.extend_from_slice(
                format!(" m={sign}{}.{:09}", total / 1_000_000_000, total % 1_000_000_000).as_bytes(),
            );
        }
        out
    }

    /// Go: `GoString`, which `%#v` prints.
    pub fn go_text(&self) -> String {
        let (date, second) = self.civil();
        let month = MONTHS[usize::from(date.month).saturating_sub(1)];
        let zone = match self.zone().name() {
            "UTC" => "time.UTC".to_owned(),
            "Local" => "time.Local".to_owned(),
            name => format!("time.Location({})", super::quote(name.as_bytes())),
        };
        format!(
            "time.Date({}, time.{month}, {}, {}, {}, {}, {}, {zone})",
            date.year,
            date.day,
            second / 3600,
            second / 60 % 60,
            second % 60,
            self.nanosecond()
        )
    }

    /// Go: `MarshalJSON`, without the quotes; the error text is Go's.
    pub fn rfc3339(&self) -> Result<Vec<u8>, &'static str> {
        let out = self.format("2006-01-02T15:04:05.999999999Z07:00");
        if out.get(4) != Some(&b'-') {
            return Err("year outside of range [0,9999]");
        }
        let offset = self.zone().seconds_at(self.unix());
        if out.last() != Some(&b'Z') && offset.abs() >= 24 * 3600 {
            return Err("timezone hour outside of range [0,23]");
        }
        Ok(out)
    }

    fn append_element(&self, out: &mut Vec<u8>, element: Element, date: Day, second: i64) {
        let (hour, minute) = (second / 3600, second / 60 % 60);
        let hour12 = if hour % 12 == 0 { 12 } else { hour % 12 };
        let month = usize::from(date.month).saturating_sub(1);
        match element {
            Element::Year => number(out, date.year.saturating_abs() % 100, 2),
            Element::LongYear => number(out, date.year, 4),
            Element::Month => out.extend_from_slice(&MONTHS[month].as_bytes()[..3]),
            Element::LongMonth => out.extend_from_slice(MONTHS[month].as_bytes()),
            Element::NumMonth => number(out, i64::from(date.month), 0),
            Element::ZeroMonth => number(out, i64::from(date.month), 2),
            Element::Weekday => out.extend_from_slice(&WEEKDAYS[self.weekday()].as_bytes()[..3]),
            Element::LongWeekday => out.extend_from_slice(WEEKDAYS[self.weekday()].as_bytes()),
            Element::Day => number(out, i64::from(date.day), 0),
            Element::UnderDay => spaced(out, i64::from(date.day), 2),
            Element::ZeroDay => number(out, i64::from(date.day), 2),
            Element::UnderYearDay => spaced(out, year_day(date), 3),
            Element::ZeroYearDay => number(out, year_day(date), 3),
            Element::Hour => number(out, hour, 2),
            Element::Hour12 => number(out, hour12, 0),
            Element::ZeroHour12 => number(out, hour12, 2),
            Element::Minute => number(out, minute, 0),
            Element::ZeroMinute => number(out, minute, 2),
            Element::Second => number(out, second % 60, 0),
            Element::ZeroSecond => number(out, second % 60, 2),
            Element::UpperPm => out.extend_from_slice(if hour >= 12 { b"PM" } else { b"AM" }),
            Element::LowerPm => out.extend_from_slice(if hour >= 12 { b"pm" } else { b"am" }),
            Element::ZoneOffset { zulu, style } => {
                let offset = self.zone().seconds_at(self.unix());
                if zulu && offset == 0 { out.push(b'Z') } else { append_offset(out, offset, style) }
            }
            Element::ZoneName => {
                let offset = self.zone().at(self.unix());
                if offset.abbreviation.is_empty() {
                    append_offset(out, offset.seconds, OffsetStyle::Minutes);
                } else {
                    out.extend_from_slice(offset.abbreviation.as_bytes());
                }
            }
            Element::FractionZeros { digits, separator } => {
                append_fraction(out, self.nanosecond(), digits, separator);
            }
            Element::FractionNines { digits, separator } => {
                if self.nanosecond() == 0 {
                    return;
                }
                append_fraction(out, self.nanosecond(), digits, separator);
                // Go: appendNano trims zeros, then a separator that is left alone.
                while out.last() == Some(&b'0') {
                    out.pop();
                }
                if out.last() == Some(&separator) {
                    out.pop();
                }
            }
        }
    }
}

/// Go: `appendInt`: the sign does not count as width.
fn number(out: &mut Vec<u8>, number: i64, width: usize) {
    if number < 0 {
        out.push(b'-');
    }
    let digits = number.unsigned_abs();
    match u8::try_from(digits) {
        Ok(small @ 0..=9) if width < 2 => out.push(b'0' + small),
        Ok(small @ 0..=99) if width <= 2 => out.extend_from_slice(&[b'0' + small / 10, b'0' + small % 10]),
        _ => out.extend_from_slice(format!("{digits:0width$}").as_bytes()),
    }
}

/// Pads with spaces.
fn spaced(out: &mut Vec<u8>, number: i64, width: usize) {
    out.extend_from_slice(format!("{number:width$}").as_bytes());
}

fn append_offset(out: &mut Vec<u8>, offset: i64, style: OffsetStyle) {
    let minutes = offset / 60;
    // Go: the sign is that of the whole minutes.
    out.push(if minutes < 0 { b'-' } else { b'+' });
    let seconds = if minutes < 0 { -offset } else { offset } % 60;
    let minutes = minutes.abs();
    let has_colon = matches!(style, OffsetStyle::ColonMinutes | OffsetStyle::ColonSeconds);
    number(out, minutes / 60, 2);
    if has_colon {
        out.push(b':');
    }
    if style != OffsetStyle::Hours {
        number(out, minutes % 60, 2);
    }
    if matches!(style, OffsetStyle::Seconds | OffsetStyle::ColonSeconds) {
        if has_colon {
            out.push(b':');
        }
        number(out, seconds, 2);
    }
}

/// Writes the separator and the first `digits` of nine digits.
fn append_fraction(out: &mut Vec<u8>, nanoseconds: i64, digits: usize, separator: u8) {
    out.push(separator);
    let text = format!("{nanoseconds:09}");
    out.extend_from_slice(&text.as_bytes()[..digits.min(9)]);
}
