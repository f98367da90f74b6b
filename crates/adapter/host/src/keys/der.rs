//! The few DER values that keys are written in.

pub(super) const INTEGER: u8 = 0x02;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const SEQUENCE: u8 = 0x30;

/// A value with its tag and length.
pub(super) fn value(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    if let Ok(short @ 0..=0x7f) = u8::try_from(content.len()) {
        out.push(short);
    } else {
        let length = content.len().to_be_bytes();
        let length = &length[length.iter().take_while(|byte| **byte == 0).count()..];
        out.push(0x80 | u8::try_from(length.len()).unwrap_or_default());
        out.extend_from_slice(length);
    }
    out.extend_from_slice(content);
    out
}

/// An `INTEGER` of unsigned big-endian bytes.
pub(super) fn integer(number: &[u8]) -> Vec<u8> {
    let number = &number[number.iter().take_while(|byte| **byte == 0).count()..];
    let pad: &[u8] = if number.first().is_none_or(|byte| byte & 0x80 != 0) { &[0] } else { &[] };
    value(INTEGER, &[pad, number].concat())
}

/// The content of the first value of a tag among the values, and what follows it.
pub(super) fn content(data: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (found, first) = (*data.first()?, usize::from(*data.get(1)?));
    let (header, length) = if first < 0x80 {
        (2, first)
    } else {
        let digits = data.get(2..2 + (first & 0x7f)).filter(|digits| digits.len() <= 4)?;
        (2 + digits.len(), digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)))
    };
    let (content, rest) = data.get(header..)?.split_at_checked(length)?;
    (found == tag).then_some((content, rest))
}

/// The PKCS#1 key inside a PKCS#8 key: version, algorithm, key.
pub(super) fn pkcs1_of_pkcs8(pkcs8: &[u8]) -> Option<&[u8]> {
    let (inner, _) = content(pkcs8, SEQUENCE)?;
    let (_, rest) = content(inner, INTEGER)?;
    let (_, rest) = content(rest, SEQUENCE)?;
    content(rest, OCTET_STRING).map(|(key, _)| key)
}
