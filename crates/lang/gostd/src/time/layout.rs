//! The elements of layouts such as `Mon Jan _2 15:04:05 2006`.

/// An element of a layout. Go: the `std…` constants of format.go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Element {
    LongMonth,
    Month,
    NumMonth,
    ZeroMonth,
    LongWeekday,
    Weekday,
    Day,
    UnderDay,
    ZeroDay,
    UnderYearDay,
    ZeroYearDay,
    Hour,
    Hour12,
    ZeroHour12,
    Minute,
    ZeroMinute,
    Second,
    ZeroSecond,
    LongYear,
    Year,
    UpperPm,
    LowerPm,
    ZoneName,
    /// `-07…` or, when `zulu`, `Z07…`.
    ZoneOffset {
        zulu: bool,
        style: OffsetStyle,
    },
    /// `.000`: always that many digits.
    FractionZeros {
        digits: usize,
        separator: u8,
    },
    /// `.999`: without trailing zeros.
    FractionNines {
        digits: usize,
        separator: u8,
    },
}

/// How an offset is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OffsetStyle {
    /// `-0700`
    Minutes,
    /// `-07:00`
    ColonMinutes,
    /// `-070000`
    Seconds,
    /// `-07:00:00`
    ColonSeconds,
    /// `-07`
    Hours,
}

/// Literal text, the element after it, and the layout that remains.
pub(super) struct Chunk<'a> {
    pub prefix: &'a [u8],
    pub element: Option<Element>,
    /// The element as the layout spells it.
    pub spelling: &'a [u8],
    pub suffix: &'a [u8],
}

/// Finds the first element of a layout. Go: `nextStdChunk`.
pub(super) fn next_chunk(layout: &[u8]) -> Chunk<'_> {
    for at in 0..layout.len() {
        if let Some((skipped, element, length)) = element_at(layout, at) {
            let start = at + skipped;
            return Chunk {
                prefix: &layout[..start],
                element: Some(element),
                spelling: &layout[start..start + length],
                suffix: &layout[start + length..],
            };
        }
    }
    Chunk { prefix: layout, element: None, spelling: b"", suffix: b"" }
}

/// The element at `at`, the bytes before it that stay literal, and its length.
fn element_at(layout: &[u8], at: usize) -> Option<(usize, Element, usize)> {
    let rest = &layout[at..];
    let plain = |element: Element, length: usize| Some((0, element, length));
    match rest[0] {
        b'J' if rest.starts_with(b"January") => plain(Element::LongMonth, 7),
        b'J' if rest.starts_with(b"Jan") && !starts_lower(&rest[3..]) => plain(Element::Month, 3),
        b'M' if rest.starts_with(b"Monday") => plain(Element::LongWeekday, 6),
        b'M' if rest.starts_with(b"Mon") && !starts_lower(&rest[3..]) => plain(Element::Weekday, 3),
        b'M' if rest.starts_with(b"MST") => plain(Element::ZoneName, 3),
        b'0' => match rest.get(1)? {
            b'1' => plain(Element::ZeroMonth, 2),
            b'2' => plain(Element::ZeroDay, 2),
            b'3' => plain(Element::ZeroHour12, 2),
            b'4' => plain(Element::ZeroMinute, 2),
            b'5' => plain(Element::ZeroSecond, 2),
            b'6' => plain(Element::Year, 2),
            b'0' if rest.get(2) == Some(&b'2') => plain(Element::ZeroYearDay, 3),
            _ => None,
        },
        b'1' if rest.get(1) == Some(&b'5') => plain(Element::Hour, 2),
        b'1' => plain(Element::NumMonth, 1),
        b'2' if rest.starts_with(b"2006") => plain(Element::LongYear, 4),
        b'2' => plain(Element::Day, 1),
        b'_' if rest.starts_with(b"_2006") => Some((1, Element::LongYear, 4)),
        b'_' if rest.starts_with(b"_2") => plain(Element::UnderDay, 2),
        b'_' if rest.starts_with(b"__2") => plain(Element::UnderYearDay, 3),
        b'3' => plain(Element::Hour12, 1),
        b'4' => plain(Element::Minute, 1),
        b'5' => plain(Element::Second, 1),
        b'P' if rest.starts_with(b"PM") => plain(Element::UpperPm, 2),
        b'p' if rest.starts_with(b"pm") => plain(Element::LowerPm, 2),
        b'-' | b'Z' => {
            let (style, length) = offset_style(&rest[1..])?;
            plain(Element::ZoneOffset { zulu: rest[0] == b'Z', style }, length + 1)
        }
        b'.' | b',' => fraction(rest).map(|(element, length)| (0, element, length)),
        _ => None,
    }
}

fn starts_lower(text: &[u8]) -> bool {
    text.first().is_some_and(u8::is_ascii_lowercase)
}

fn offset_style(rest: &[u8]) -> Option<(OffsetStyle, usize)> {
    let styles: [(&[u8], OffsetStyle); 5] = [
        (b"070000", OffsetStyle::Seconds),
        (b"07:00:00", OffsetStyle::ColonSeconds),
        (b"0700", OffsetStyle::Minutes),
        (b"07:00", OffsetStyle::ColonMinutes),
        (b"07", OffsetStyle::Hours),
    ];
    styles.into_iter().find(|(text, _)| rest.starts_with(text)).map(|(text, style)| (style, text.len()))
}

/// `.000` or `.999`, when no other digit follows.
fn fraction(rest: &[u8]) -> Option<(Element, usize)> {
    let digit = *rest.get(1).filter(|byte| matches!(byte, b'0' | b'9'))?;
    let digits = rest[1..].iter().take_while(|byte| **byte == digit).count();
    if rest.get(1 + digits).is_some_and(u8::is_ascii_digit) {
        return None;
    }
    let separator = rest[0];
    let element = if digit == b'0' {
        Element::FractionZeros { digits, separator }
    } else {
        Element::FractionNines { digits, separator }
    };
    Some((element, 1 + digits))
}
