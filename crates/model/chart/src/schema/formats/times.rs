//! Dates, times, durations.

use corten_gostd::strconv::{self, quote_rune};
use corten_gostd::time::{Time, Zone};

use super::{Checked, fail};

pub(super) fn date(text: &str) -> Checked {
    date_bytes(text.as_bytes())
}

fn date_bytes(text: &[u8]) -> Checked {
    Time::parse(b"2006-01-02", text, &Zone::utc()).map(|_| ()).map_err(|error| error.to_string())
}

pub(super) fn date_time(text: &str) -> Checked {
    let bytes = text.as_bytes();
    if bytes.len() < 20 {
        return fail("less than 20 characters long");
    }
    if !matches!(bytes[10], b't' | b'T') {
        return fail("11th character must be t or T");
    }
    date_bytes(&bytes[..10]).map_err(|reason| format!("invalid date element: {reason}"))?;
    time_bytes(&bytes[11..]).map_err(|reason| format!("invalid time element: {reason}"))
}

pub(super) fn time(text: &str) -> Checked {
    time_bytes(text.as_bytes())
}

/// `hh:mm:ss`, a fraction, and `Z` or an offset.
fn time_bytes(text: &[u8]) -> Checked {
    if text.len() < 9 {
        return fail("less than 9 characters long");
    }
    if text[2] != b':' || text[5] != b':' {
        return fail("missing colon in correct place");
    }
    let mut clock = [0; 3];
    for (value, part) in clock.iter_mut().zip([&text[..2], &text[3..5], &text[6..8]]) {
        *value = strconv::atoi(part).map_err(|_| "invalid hour/min/sec".to_owned())?;
        if *value < 0 {
            return fail("non-positive hour/min/sec");
        }
    }
    let [mut hour, mut minute, second] = clock;
    if hour > 23 || minute > 59 || second > 60 {
        return fail("hour/min/sec out of range");
    }
    let mut rest = &text[8..];
    if let Some(fraction) = rest.strip_prefix(b".") {
        let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits == 0 {
            return fail("no digits in second fraction");
        }
        rest = &fraction[digits..];
    }
    if !matches!(rest, b"z" | b"Z") {
        let mut total = hour * 60 + minute + offset(rest)?;
        if total < 0 {
            total += 24 * 60;
        }
        (hour, minute) = (total / 60, total % 60);
    }
    if second >= 60 && (hour != 23 || minute != 59) {
        return fail("invalid leap second");
    }
    Ok(())
}

/// The minutes to add to come to UTC.
fn offset(text: &[u8]) -> Result<i64, String> {
    let &[sign, .., _, _] = text else { return fail("offset must be 6 characters long") };
    if text.len() != 6 {
        return fail("offset must be 6 characters long");
    }
    let sign = match sign {
        b'+' => -1,
        b'-' => 1,
        _ => return fail("offset must begin with plus/minus"),
    };
    if text[3] != b':' {
        return fail("missing colon in offset in correct place");
    }
    // Go splits at the first colon, which may come earlier than the one that was checked.
    let digits = &text[1..];
    let colon = digits.iter().position(|byte| *byte == b':').unwrap_or(2);
    let mut values = [0; 2];
    for (value, part) in values.iter_mut().zip([&digits[..colon], &digits[colon + 1..]]) {
        *value = strconv::atoi(part).map_err(|_| "invalid hour/min in offset".to_owned())?;
        if *value < 0 {
            return fail("non-positive hour/min in offset");
        }
    }
    let [hours, minutes] = values;
    if hours > 23 || minutes > 59 {
        return fail("hour/min in offset out of range");
    }
    Ok(sign * (hours * 60 + minutes))
}

pub(super) fn duration(text: &str) -> Checked {
    let Some(text) = text.strip_prefix('P') else { return fail("must start with P") };
    if text.is_empty() {
        return fail("nothing after P");
    }
    if let Some(weeks) = text.strip_suffix('W') {
        return match weeks {
            "" => fail("no number in week"),
            weeks if weeks.bytes().all(|byte| byte.is_ascii_digit()) => Ok(()),
            _ => fail("invalid week"),
        };
    }
    for (index, part) in text.split('T').enumerate() {
        if index != 0 && part.is_empty() {
            return fail("no time elements");
        }
        match index {
            0 => units(part, "YMD")?,
            1 => units(part, "HMS")?,
            _ => return fail("more than one T"),
        }
    }
    Ok(())
}

/// Numbers with units, these in order.
fn units(text: &str, all: &str) -> Checked {
    let (mut rest, mut allowed) = (text.as_bytes(), all.as_bytes());
    while !rest.is_empty() {
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits == 0 {
            return fail("missing number");
        }
        let Some((&unit, after)) = rest[digits..].split_first() else { return fail("missing unit") };
        // Go prints the byte as a character.
        let quoted = quote_rune(char::from(unit));
        match allowed.iter().position(|byte| *byte == unit) {
            Some(position) => allowed = &allowed[position + 1..],
            None if all.as_bytes().contains(&unit) => return Err(format!("unit {quoted} out of order")),
            None => return Err(format!("invalid unit {quoted}")),
        }
        rest = after;
    }
    Ok(())
}

pub(super) fn period(text: &str) -> Checked {
    let Some((start, end)) = text.split_once('/') else { return fail("missing slash") };
    let check = |place: &str, text: &str, is_duration: bool| {
        let (what, checked) = if is_duration { ("duration", duration(text)) } else { ("date-time", date_time(text)) };
        checked.map_err(|reason| format!("invalid {place} {what}: {reason}"))
    };
    let starts_with_duration = start.starts_with('P');
    check("start", start, starts_with_duration)?;
    check("end", end, !starts_with_duration && end.starts_with('P'))
}
