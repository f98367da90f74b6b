//! Timestamps: which texts Go's `time.Parse` takes for one of go-yaml's four layouts.

/// Go: `parseTimestamp`, without the time itself: values keep the text.
pub(super) fn is_timestamp(bytes: &[u8]) -> bool {
    let Some((year, mut rest)) = bytes.split_first_chunk::<4>() else {
        return false;
    };
    if !year.iter().all(u8::is_ascii_digit) || literal(&mut rest, b'-').is_none() {
        return false;
    }
    let year = year.iter().fold(0, |year, digit| year * 10 + u32::from(digit - b'0'));
    let Some(month) = number(&mut rest).filter(|month| (1..=12).contains(month)) else {
        return false;
    };
    let Some(day) = literal(&mut rest, b'-').and_then(|()| number(&mut rest)) else {
        return false;
    };
    if day == 0 || day > days_in(month, year) {
        return false;
    }
    match rest {
        [] => true,
        [b'T' | b't', clock @ ..] => is_clock(clock, true),
        // Go: a space in a layout stands for any number of them.
        [b' ', ..] => is_clock(&rest[rest.iter().take_while(|&&byte| byte == b' ').count()..], false),
        _ => false,
    }
}

fn is_clock(clock: &[u8], zoned: bool) -> bool {
    let mut rest = clock;
    let mut field = |separated: bool, limit: u32| {
        let separator = if separated { literal(&mut rest, b':') } else { Some(()) };
        separator.and_then(|()| number(&mut rest)).is_some_and(|value| value < limit)
    };
    if !(field(false, 24) && field(true, 60) && field(true, 60)) {
        return false;
    }
    if let [b'.' | b',', b'0'..=b'9', after @ ..] = rest {
        let digits = after.iter().take_while(|byte| byte.is_ascii_digit()).count();
        rest = &after[digits..];
    }
    match rest {
        [b'Z'] => zoned,
        [b'+' | b'-', h1, h2, b':', m1, m2] if zoned => {
            let digits = [h1, h2, m1, m2].iter().all(|byte| byte.is_ascii_digit());
            let value = |high: &u8, low: &u8| u32::from(high - b'0') * 10 + u32::from(low - b'0');
            // Go: offsets of 24 hours and 60 minutes pass.
            digits && value(h1, h2) <= 24 && value(m1, m2) <= 60
        }
        [] => !zoned,
        _ => false,
    }
}

fn literal(rest: &mut &[u8], byte: u8) -> Option<()> {
    *rest = rest.strip_prefix(&[byte])?;
    Some(())
}

/// Go: `getnum(value, false)`: one or two digits.
fn number(rest: &mut &[u8]) -> Option<u32> {
    let (first, after) = rest.split_first().filter(|(byte, _)| byte.is_ascii_digit())?;
    let first = u32::from(first - b'0');
    let (number, after) = match after {
        [second @ b'0'..=b'9', after @ ..] => (first * 10 + u32::from(second - b'0'), after),
        _ => (first, after),
    };
    *rest = after;
    Some(number)
}

fn days_in(month: u32, year: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}
