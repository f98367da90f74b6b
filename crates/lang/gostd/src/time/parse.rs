//! Reads times by layout.

use std::fmt;

use super::calendar::{MONTHS, WEEKDAYS, days_before, is_leap};
use super::duration::leading_integer;
use super::instant::is_day;
use super::layout::{Element, OffsetStyle, next_chunk};
use super::{Time, Zone, quote};

/// Why a text does not fit a layout. Go: `time.ParseError`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    text: String,
}

impl fmt::Display for ParseError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

impl std::error::Error for ParseError {}

impl Time {
    /// Go: `time.Parse`, where `local` is what `time.Local` is.
    pub fn parse(layout: impl AsRef<[u8]>, value: impl AsRef<[u8]>, local: &Zone) -> Result<Self, ParseError> {
        read(layout.as_ref(), value.as_ref(), &Zone::utc(), local)
    }

    /// Go: `time.ParseInLocation`.
    pub fn parse_in(layout: impl AsRef<[u8]>, value: impl AsRef<[u8]>, zone: &Zone) -> Result<Self, ParseError> {
        read(layout.as_ref(), value.as_ref(), zone, zone)
    }
}

/// What went wrong at one element.
enum Fault {
    /// Go: `errBad`.
    Bad,
    /// The name of what is out of range.
    Range(&'static str),
}

/// What the elements said so far.
#[derive(Default)]
struct Fields<'a> {
    year: i64,
    month: Option<u8>,
    day: Option<i64>,
    year_day: Option<i64>,
    hour: i64,
    minute: i64,
    second: i64,
    nanosecond: i64,
    is_am: bool,
    is_pm: bool,
    is_utc: bool,
    zone_offset: Option<i64>,
    zone_name: &'a [u8],
}

fn read(layout: &[u8], value: &[u8], default: &Zone, local: &Zone) -> Result<Time, ParseError> {
    let mut fields = Fields::default();
    let (mut rest_of_layout, mut rest) = (layout, value);
    let cannot = |found: &[u8], wanted: &[u8]| ParseError {
        text: format!(
            "parsing time {} as {}: cannot parse {} as {}",
            quote(value),
            quote(layout),
            quote(found),
            quote(wanted)
        ),
    };
    let wrong = |what: &str| ParseError { text: format!("parsing time {}: {what}", quote(value)) };
    loop {
        let chunk = next_chunk(rest_of_layout);
        rest = skip(rest, chunk.prefix).map_err(|left| cannot(left, chunk.prefix))?;
        let Some(element) = chunk.element else {
            if !rest.is_empty() {
                return Err(wrong(&format!("extra text: {}", quote(rest))));
            }
            break;
        };
        rest_of_layout = chunk.suffix;
        rest = fields.read(element, rest, rest_of_layout).map_err(|fault| match fault {
            Fault::Bad => cannot(rest, chunk.spelling),
            Fault::Range(what) => wrong(&format!("{what} out of range")),
        })?;
    }
    fields.finish(default, local).map_err(wrong)
}

/// Go: `skip`: a space in the layout stands for any number of them.
fn skip<'a>(mut value: &'a [u8], mut prefix: &[u8]) -> Result<&'a [u8], &'a [u8]> {
    while let Some(first) = prefix.first() {
        if *first == b' ' {
            if value.first().is_some_and(|byte| *byte != b' ') {
                return Err(value);
            }
            prefix = cut_spaces(prefix);
            value = cut_spaces(value);
            continue;
        }
        if value.first() != Some(first) {
            return Err(value);
        }
        prefix = &prefix[1..];
        value = &value[1..];
    }
    Ok(value)
}

fn cut_spaces(text: &[u8]) -> &[u8] {
    &text[text.iter().take_while(|byte| **byte == b' ').count()..]
}

impl<'a> Fields<'a> {
    /// Reads one element and returns what follows it.
    fn read(&mut self, element: Element, value: &'a [u8], layout: &[u8]) -> Result<&'a [u8], Fault> {
        match element {
            Element::Year => {
                let (text, rest) = value.split_at_checked(2).ok_or(Fault::Bad)?;
                let year = signed(text).ok_or(Fault::Bad)?;
                // Go: Unix time starts Dec 31 1969 in some time zones.
                self.year = year + if year >= 69 { 1900 } else { 2000 };
                Ok(rest)
            }
            Element::LongYear => {
                let (text, rest) = value.split_at_checked(4).ok_or(Fault::Bad)?;
                self.year = Some(text).filter(|text| text[0].is_ascii_digit()).and_then(signed).ok_or(Fault::Bad)?;
                Ok(rest)
            }
            Element::Month | Element::LongMonth => {
                let (index, rest) = name(&MONTHS, element == Element::Month, value)?;
                self.month = u8::try_from(index + 1).ok();
                Ok(rest)
            }
            Element::NumMonth | Element::ZeroMonth => {
                let (month, rest) = two_digits(value, element == Element::ZeroMonth)?;
                if !(1..=12).contains(&month) {
                    return Err(Fault::Range("month"));
                }
                self.month = u8::try_from(month).ok();
                Ok(rest)
            }
            Element::Weekday | Element::LongWeekday => Ok(name(&WEEKDAYS, element == Element::Weekday, value)?.1),
            Element::Day | Element::UnderDay | Element::ZeroDay => {
                let value = if element == Element::UnderDay { cut_one_space(value) } else { value };
                let (day, rest) = two_digits(value, element == Element::ZeroDay)?;
                self.day = Some(day);
                Ok(rest)
            }
            Element::UnderYearDay | Element::ZeroYearDay => {
                let is_spaced = element == Element::UnderYearDay;
                let value = if is_spaced { cut_one_space(cut_one_space(value)) } else { value };
                let digits = value.iter().take(3).take_while(|byte| byte.is_ascii_digit()).count();
                if digits == 0 || (!is_spaced && digits != 3) {
                    return Err(Fault::Bad);
                }
                self.year_day = signed(&value[..digits]);
                Ok(&value[digits..])
            }
            Element::ZoneName | Element::ZoneOffset { .. } => self.read_zone(element, value),
            _ => self.read_clock(element, value, layout),
        }
    }

    fn read_clock(&mut self, element: Element, value: &'a [u8], layout: &[u8]) -> Result<&'a [u8], Fault> {
        match element {
            Element::Hour => {
                let (hour, rest) = two_digits(value, false)?;
                self.hour = within(hour, 23, "hour")?;
                Ok(rest)
            }
            Element::Hour12 | Element::ZeroHour12 => {
                let (hour, rest) = two_digits(value, element == Element::ZeroHour12)?;
                self.hour = within(hour, 12, "hour")?;
                Ok(rest)
            }
            Element::Minute | Element::ZeroMinute => {
                let (minute, rest) = two_digits(value, element == Element::ZeroMinute)?;
                self.minute = within(minute, 59, "minute")?;
                Ok(rest)
            }
            Element::Second | Element::ZeroSecond => {
                let (second, rest) = two_digits(value, element == Element::ZeroSecond)?;
                self.second = within(second, 59, "second")?;
                // Go: a fraction is taken even where the layout has none.
                let is_fraction_next = matches!(
                    next_chunk(layout).element,
                    Some(Element::FractionZeros { .. } | Element::FractionNines { .. })
                );
                if is_fraction_next { Ok(rest) } else { self.read_fraction(rest) }
            }
            Element::UpperPm | Element::LowerPm => {
                let (text, rest) = value.split_at_checked(2).ok_or(Fault::Bad)?;
                match (text, element) {
                    (b"PM", Element::UpperPm) | (b"pm", Element::LowerPm) => self.is_pm = true,
                    (b"AM", Element::UpperPm) | (b"am", Element::LowerPm) => self.is_am = true,
                    _ => return Err(Fault::Bad),
                }
                Ok(rest)
            }
            Element::FractionZeros { digits, .. } => {
                let (text, rest) = value.split_at_checked(digits + 1).ok_or(Fault::Bad)?;
                self.nanosecond = fraction(text)?;
                Ok(rest)
            }
            _ => self.read_fraction(value),
        }
    }

    /// Reads `.` or `,` and digits, if they are there.
    fn read_fraction(&mut self, value: &'a [u8]) -> Result<&'a [u8], Fault> {
        if !matches!(value, [b'.' | b',', digit, ..] if digit.is_ascii_digit()) {
            return Ok(value);
        }
        let length = 1 + value[1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.nanosecond = fraction(&value[..length])?;
        Ok(&value[length..])
    }

    fn read_zone(&mut self, element: Element, value: &'a [u8]) -> Result<&'a [u8], Fault> {
        match element {
            Element::ZoneOffset { zulu: true, .. } if value.first() == Some(&b'Z') => {
                self.is_utc = true;
                Ok(&value[1..])
            }
            Element::ZoneOffset { style, .. } => {
                let (offset, rest) = offset(value, style)?;
                // Go: -1 stands for no offset, and no offset of whole digits is -1 second but that.
                self.zone_offset = Some(offset).filter(|offset| *offset != -1);
                Ok(rest)
            }
            _ if value.starts_with(b"UTC") => {
                self.is_utc = true;
                Ok(&value[3..])
            }
            _ => {
                let length = zone_name_length(value).ok_or(Fault::Bad)?;
                self.zone_name = &value[..length];
                Ok(&value[length..])
            }
        }
    }

    /// Turns the fields into an instant. Go: the second half of `parse`.
    fn finish(mut self, default: &Zone, local: &Zone) -> Result<Time, &'static str> {
        if self.is_pm && self.hour < 12 {
            self.hour += 12;
        } else if self.is_am && self.hour == 12 {
            self.hour = 0;
        }
        let (month, day) = match self.year_day {
            Some(number) => self.date_of_year_day(number)?,
            None => (self.month.unwrap_or(1), self.day.unwrap_or(1)),
        };
        if !is_day(self.year, month, day) {
            return Err("day out of range");
        }
        let second = (self.hour * 60 + self.minute) * 60 + self.second;
        let in_zone = |zone: Zone| Time::from_civil(self.year, i64::from(month), day, second, self.nanosecond, zone);
        if self.is_utc {
            return Ok(in_zone(Zone::utc()));
        }
        let clock = in_zone(Zone::utc());
        let at = |offset: i64, zone: Zone| {
            Time::from_unix_nanos(clock.unix_nanos() - i128::from(offset) * 1_000_000_000, zone)
        };
        let fixed = |offset: i64| Zone::fixed(&String::from_utf8_lossy(self.zone_name), offset);
        if let Some(offset) = self.zone_offset {
            let found = local.at(clock.unix() - offset);
            let is_local = found.seconds == offset
                && (self.zone_name.is_empty() || found.abbreviation.as_bytes() == self.zone_name);
            return Ok(at(offset, if is_local { local.clone() } else { fixed(offset) }));
        }
        if self.zone_name.is_empty() {
            return Ok(in_zone(default.clone()));
        }
        if let Some(offset) = local.offset_by_name(self.zone_name, clock.unix()) {
            return Ok(at(offset, local.clone()));
        }
        // Go: an unknown abbreviation has offset zero, GMT+3 has its own, and the clock is kept.
        let hours = self.zone_name.strip_prefix(b"GMT").and_then(signed).unwrap_or_default();
        Ok(at(0, fixed(hours * 3600)))
    }

    /// The month and day of a day of the year, checked against those given.
    fn date_of_year_day(&self, number: i64) -> Result<(u8, i64), &'static str> {
        let mut number = number;
        let mut date = None;
        if is_leap(self.year) {
            if number == 31 + 29 {
                date = Some((2, 29));
            } else if number > 31 + 29 {
                number -= 1;
            }
        }
        if !(1..=365).contains(&number) {
            return Err("day-of-year out of range");
        }
        let (month, day) = date.unwrap_or_else(|| {
            let month = (2..=12).take_while(|month| days_before(*month) < number).last().unwrap_or(1);
            (month, number - days_before(month))
        });
        if self.month.is_some_and(|given| given != month) {
            return Err("day-of-year does not match month");
        }
        if self.day.is_some_and(|given| given != day) {
            return Err("day-of-year does not match day");
        }
        Ok((month, day))
    }
}

fn within(number: i64, most: i64, what: &'static str) -> Result<i64, Fault> {
    if number > most { Err(Fault::Range(what)) } else { Ok(number) }
}

fn cut_one_space(value: &[u8]) -> &[u8] {
    value.strip_prefix(b" ").unwrap_or(value)
}

/// Go: `atoi` of format.go.
fn signed(text: &[u8]) -> Option<i64> {
    let (is_negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        _ => (false, text),
    };
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number = i64::try_from(leading_integer(digits)?).ok()?;
    Some(if is_negative { -number } else { number })
}

/// Go: `getnum`: two digits, or one when not `fixed`.
fn two_digits(value: &[u8], fixed: bool) -> Result<(i64, &[u8]), Fault> {
    match value {
        [tens, ones, rest @ ..] if tens.is_ascii_digit() && ones.is_ascii_digit() => {
            Ok((i64::from(tens - b'0') * 10 + i64::from(ones - b'0'), rest))
        }
        [digit, rest @ ..] if digit.is_ascii_digit() && !fixed => Ok((i64::from(digit - b'0'), rest)),
        _ => Err(Fault::Bad),
    }
}

/// Go: `lookup`: a name of the table, in any case.
fn name<'a>(table: &[&str], is_short: bool, value: &'a [u8]) -> Result<(usize, &'a [u8]), Fault> {
    let fits = |name: &&str| {
        let name = if is_short { &name.as_bytes()[..3] } else { name.as_bytes() };
        value.get(..name.len()).filter(|start| start.eq_ignore_ascii_case(name)).map(<[u8]>::len)
    };
    let found = table.iter().enumerate().find_map(|(index, name)| Some((index, fits(name)?)));
    found.map(|(index, length)| (index, &value[length..])).ok_or(Fault::Bad)
}

/// Go: `parseNanoseconds`, of the separator and its digits.
fn fraction(text: &[u8]) -> Result<i64, Fault> {
    let digits = match text {
        [b'.' | b',', digits @ ..] => &digits[..digits.len().min(9)],
        _ => return Err(Fault::Bad),
    };
    let number = signed(digits).ok_or(Fault::Bad)?;
    if number < 0 {
        return Err(Fault::Range("fractional second"));
    }
    let missing = u32::try_from(9 - digits.len()).unwrap_or_default();
    Ok(number * 10_i64.pow(missing))
}

/// A numeric offset in seconds, and what follows it.
fn offset(value: &[u8], style: OffsetStyle) -> Result<(i64, &[u8]), Fault> {
    let (length, colons, minutes_at, seconds_at): (usize, &[usize], _, _) = match style {
        OffsetStyle::ColonMinutes => (6, &[3], Some(4), None),
        OffsetStyle::Hours => (3, &[], None, None),
        OffsetStyle::ColonSeconds => (9, &[3, 6], Some(4), Some(7)),
        OffsetStyle::Seconds => (7, &[], Some(3), Some(5)),
        OffsetStyle::Minutes => (5, &[], Some(3), None),
    };
    let (text, rest) = value.split_at_checked(length).ok_or(Fault::Bad)?;
    if colons.iter().any(|at| text[*at] != b':') {
        return Err(Fault::Bad);
    }
    let part = |at: Option<usize>| at.map_or(Ok(0), |at| two_digits(&text[at..at + 2], true).map(|(number, _)| number));
    // Go: a range error counts before a syntax error, and the last range error counts.
    let hours = part(Some(1))?;
    let minutes = part(minutes_at);
    let seconds = if minutes.is_ok() { part(seconds_at) } else { Ok(0) };
    if let Ok(seconds) = &seconds {
        within(*seconds, 60, "time zone offset second")?;
    }
    if let Ok(minutes) = &minutes {
        within(*minutes, 60, "time zone offset minute")?;
    }
    within(hours, 24, "time zone offset hour")?;
    let (minutes, seconds) = (minutes?, seconds?);
    let total = (hours * 60 + minutes) * 60 + seconds;
    match text[0] {
        b'+' => Ok((total, rest)),
        b'-' => Ok((-total, rest)),
        _ => Err(Fault::Bad),
    }
}

/// Go: `parseTimeZone`: the length of an abbreviation such as `CEST`, `GMT-3`, `+03`.
fn zone_name_length(value: &[u8]) -> Option<usize> {
    if value.len() < 3 {
        return None;
    }
    if value.starts_with(b"ChST") || value.starts_with(b"MeST") {
        return Some(4);
    }
    if let Some(rest) = value.strip_prefix(b"GMT") {
        return Some(3 + signed_offset_length(rest));
    }
    if matches!(value[0], b'+' | b'-') {
        return Some(signed_offset_length(value)).filter(|length| *length > 0);
    }
    match value.iter().take(6).take_while(|byte| byte.is_ascii_uppercase()).count() {
        5 if value[4] == b'T' => Some(5),
        4 if value[3] == b'T' || value.starts_with(b"WITA") => Some(4),
        3 => Some(3),
        _ => None,
    }
}

/// Go: `parseSignedOffset`: the length of `+N` or `-N` up to 23, or zero.
fn signed_offset_length(value: &[u8]) -> usize {
    let [b'+' | b'-', digits @ ..] = value else { return 0 };
    let length = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    match leading_integer(&digits[..length]) {
        Some(0..=23) if length > 0 => length + 1,
        _ => 0,
    }
}
