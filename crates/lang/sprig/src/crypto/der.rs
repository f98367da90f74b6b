//! DER, as far as keys and certificates need it.

pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const NULL: &[u8] = &[0x05, 0];
pub(super) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(super) const UTF8_STRING: u8 = 0x0c;
pub(super) const PRINTABLE_STRING: u8 = 0x13;
pub(super) const UTC_TIME: u8 = 0x17;
pub(super) const GENERALIZED_TIME: u8 = 0x18;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;

/// The tag of a context-specific value.
pub(super) const fn context(number: u8, constructed: bool) -> u8 {
    0x80 | number | if constructed { 0x20 } else { 0 }
}

/// A value with its tag and length.
pub(super) fn value(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    let length = content.len();
    if let Ok(short @ 0..=0x7f) = u8::try_from(length) {
        out.push(short);
    } else {
        let bytes = length.to_be_bytes();
        let bytes = &bytes[bytes.iter().take_while(|byte| **byte == 0).count()..];
        out.push(0x80 | u8::try_from(bytes.len()).unwrap_or_default());
        out.extend_from_slice(bytes);
    }
    out.extend_from_slice(content);
    out
}

/// A `SEQUENCE` of values.
pub(super) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    value(SEQUENCE, &parts.concat())
}

/// An `OBJECT IDENTIFIER` of its encoded arcs.
pub(super) fn identifier(arcs: &[u8]) -> Vec<u8> {
    value(OBJECT_IDENTIFIER, arcs)
}

/// A `BIT STRING` of whole bytes.
pub(super) fn bits(content: &[u8]) -> Vec<u8> {
    value(BIT_STRING, &[&[0], content].concat())
}

/// An `INTEGER` of unsigned big-endian bytes.
pub(super) fn integer(number: &[u8]) -> Vec<u8> {
    let number = trimmed(number);
    let pad: &[u8] = if number.first().is_none_or(|byte| byte & 0x80 != 0) { &[0] } else { &[] };
    value(INTEGER, &[pad, number].concat())
}

/// A number without leading zeros.
pub(super) fn trimmed(number: &[u8]) -> &[u8] {
    &number[number.iter().take_while(|byte| **byte == 0).count()..]
}

/// A value that was read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Value<'d> {
    pub tag: u8,
    pub content: &'d [u8],
    /// With tag and length.
    pub whole: &'d [u8],
}

/// Reads values one after the other.
#[derive(Clone, Debug)]
pub(super) struct Reader<'d> {
    rest: &'d [u8],
}

impl<'d> Reader<'d> {
    pub(super) fn new(data: &'d [u8]) -> Self {
        Self { rest: data }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next value, of any tag.
    pub(super) fn any(&mut self) -> Option<Value<'d>> {
        let data = self.rest;
        let (tag, first) = (*data.first()?, usize::from(*data.get(1)?));
        let (header, length) = if first < 0x80 {
            (2, first)
        } else {
            let count = first & 0x7f;
            let digits = data.get(2..2 + count).filter(|digits| (1..=4).contains(&digits.len()))?;
            (2 + count, digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)))
        };
        let whole = data.get(..header.checked_add(length)?)?;
        self.rest = &data[whole.len()..];
        Some(Value { tag, content: &whole[header..], whole })
    }

    /// The next value, if it has the tag.
    pub(super) fn expect(&mut self, tag: u8) -> Option<Value<'d>> {
        let mut ahead = self.clone();
        let value = ahead.any().filter(|value| value.tag == tag)?;
        *self = ahead;
        Some(value)
    }

    /// The values inside the next value of the tag.
    pub(super) fn inside(&mut self, tag: u8) -> Option<Self> {
        self.expect(tag).map(|value| Self::new(value.content))
    }

    /// The bytes of the next non-negative `INTEGER`, without leading zeros.
    pub(super) fn unsigned(&mut self) -> Option<&'d [u8]> {
        let number = self.expect(INTEGER)?.content;
        number.first().filter(|byte| **byte & 0x80 == 0)?;
        Some(trimmed(number))
    }
}
