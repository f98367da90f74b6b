//! One version: parsing, comparison, increments.

use std::cmp::Ordering;
use std::fmt;

/// A semantic version.
///
/// Equality and order ignore metadata and the original text, as Go's `Compare` does.
#[derive(Clone, Debug, Default)]
pub struct Version {
    /// The first number.
    pub major: u64,
    /// The second number.
    pub minor: u64,
    /// The third number.
    pub patch: u64,
    /// What follows `-`; empty when there is none.
    pub pre: String,
    /// What follows `+`; empty when there is none.
    pub metadata: String,
    /// The text it was parsed from.
    pub original: String,
}

/// Why a text is no version, or a part of one is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VersionError {
    /// `ErrInvalidSemVer`.
    #[error("invalid semantic version")]
    InvalidSemVer,
    /// `ErrEmptyString`.
    #[error("version string empty")]
    EmptyString,
    /// `ErrInvalidCharacters`.
    #[error("invalid characters in version")]
    InvalidCharacters,
    /// `ErrSegmentStartsZero`.
    #[error("version segment starts with 0")]
    SegmentStartsZero,
    /// `ErrInvalidMetadata`.
    #[error("invalid metadata string")]
    InvalidMetadata,
    /// `ErrInvalidPrerelease`.
    #[error("invalid prerelease string")]
    InvalidPrerelease,
    /// `ErrVersionTooLong`.
    #[error("version string is too long (max 256 bytes)")]
    TooLong,
    /// A number above `u64::MAX`, as `NewVersion` says it.
    #[error("error parsing version segment: strconv.ParseUint: parsing \"{0}\": value out of range")]
    Segment(String),
    /// A number above `u64::MAX`, as `StrictNewVersion` says it.
    #[error("strconv.ParseUint: parsing \"{0}\": value out of range")]
    StrictSegment(String),
    /// An empty number, as `StrictNewVersion` says it.
    #[error("strconv.ParseUint: parsing \"\": invalid syntax")]
    StrictEmptySegment,
}

const MAX_VERSION_LENGTH: usize = 256;

/// The parts of a text of the form `v?N(.N)?(.N)?(-pre)?(+meta)?`, where N is a run of `digit`s.
pub(super) struct Parts<'a> {
    /// The numbers, without dots.
    pub numbers: [Option<&'a [u8]>; 3],
    /// What follows `-`.
    pub pre: Option<&'a [u8]>,
    /// What follows `+`.
    pub metadata: Option<&'a [u8]>,
    /// How many bytes it takes.
    pub length: usize,
}

/// Reads as much of such a text as there is at the start of `text`.
///
/// Every optional part is taken when it fits, which is what Go's leftmost-first regexps find too,
/// because what may follow a version never continues one.
pub(super) fn split(text: &[u8], is_digit: fn(u8) -> bool) -> Option<Parts<'_>> {
    let start = usize::from(text.first() == Some(&b'v'));
    let first = run(&text[start..], is_digit);
    if first == 0 {
        return None;
    }
    let mut at = start + first;
    let mut numbers = [Some(&text[start..at]), None, None];
    for number in &mut numbers[1..] {
        if text.get(at) != Some(&b'.') {
            break;
        }
        let length = run(&text[at + 1..], is_digit);
        if length == 0 {
            break;
        }
        *number = Some(&text[at + 1..at + 1 + length]);
        at += 1 + length;
    }
    let pre = suffix(text, &mut at, b'-');
    let metadata = suffix(text, &mut at, b'+');
    Some(Parts { numbers, pre, metadata, length: at })
}

/// Reads `mark ident(.ident)*` at `at`.
fn suffix<'a>(text: &'a [u8], at: &mut usize, mark: u8) -> Option<&'a [u8]> {
    if text.get(*at) != Some(&mark) {
        return None;
    }
    let start = *at + 1;
    let mut end = start + run(&text[start..], is_identifier);
    if end == start {
        return None;
    }
    while text.get(end) == Some(&b'.') {
        let length = run(&text[end + 1..], is_identifier);
        if length == 0 {
            break;
        }
        end += 1 + length;
    }
    *at = end;
    Some(&text[start..end])
}

fn run(text: &[u8], accept: fn(u8) -> bool) -> usize {
    text.iter().position(|byte| !accept(*byte)).unwrap_or(text.len())
}

fn is_identifier(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-'
}

fn is_digit(byte: u8) -> bool {
    byte.is_ascii_digit()
}

fn text_of(bytes: Option<&[u8]>) -> String {
    String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned()
}

/// Reads a run of ASCII digits; `None` above `u64::MAX`.
fn number(digits: &[u8]) -> Option<u64> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

impl Version {
    /// Go: `New`.
    pub fn new(major: u64, minor: u64, patch: u64, pre: &str, metadata: &str) -> Self {
        let version =
            Self { major, minor, patch, pre: pre.to_owned(), metadata: metadata.to_owned(), original: String::new() };
        Self { original: version.to_string(), ..version }
    }

    /// Go: `NewVersion`, which completes `1` and `v1.2` and takes leading zeros.
    pub fn parse(text: impl AsRef<[u8]>) -> Result<Self, VersionError> {
        let text = text.as_ref();
        if text.len() > MAX_VERSION_LENGTH {
            return Err(VersionError::TooLong);
        }
        let parts =
            split(text, is_digit).filter(|parts| parts.length == text.len()).ok_or(VersionError::InvalidSemVer)?;
        let segment = |digits: Option<&[u8]>| match digits {
            Some(digits) => number(digits).ok_or_else(|| VersionError::Segment(text_of(Some(digits)))),
            None => Ok(0),
        };
        let version = Self {
            major: segment(parts.numbers[0])?,
            minor: segment(parts.numbers[1])?,
            patch: segment(parts.numbers[2])?,
            pre: text_of(parts.pre),
            metadata: text_of(parts.metadata),
            original: text_of(Some(text)),
        };
        if !version.pre.is_empty() {
            check_prerelease(&version.pre)?;
        }
        Ok(version)
    }

    /// Go: `StrictNewVersion`, which wants `N.N.N` without leading zeros.
    pub fn parse_strict(text: impl AsRef<[u8]>) -> Result<Self, VersionError> {
        let text = text.as_ref();
        if text.is_empty() {
            return Err(VersionError::EmptyString);
        }
        if text.len() > MAX_VERSION_LENGTH {
            return Err(VersionError::TooLong);
        }
        let mut segments = text.splitn(3, |byte| *byte == b'.');
        let (Some(major), Some(minor), Some(mut patch)) = (segments.next(), segments.next(), segments.next()) else {
            return Err(VersionError::InvalidSemVer);
        };
        let metadata = cut(&mut patch, b'+');
        if let Some(metadata) = metadata {
            check_metadata(metadata)?;
        }
        let pre = cut(&mut patch, b'-');
        if let Some(pre) = pre {
            check_prerelease(pre)?;
        }
        let mut numbers = [0; 3];
        for segment in [major, minor, patch] {
            if !segment.iter().all(u8::is_ascii_digit) {
                return Err(VersionError::InvalidCharacters);
            }
            if segment.len() > 1 && segment[0] == b'0' {
                return Err(VersionError::SegmentStartsZero);
            }
        }
        for (slot, segment) in numbers.iter_mut().zip([major, minor, patch]) {
            if segment.is_empty() {
                return Err(VersionError::StrictEmptySegment);
            }
            *slot = number(segment).ok_or_else(|| VersionError::StrictSegment(text_of(Some(segment))))?;
        }
        Ok(Self {
            major: numbers[0],
            minor: numbers[1],
            patch: numbers[2],
            pre: text_of(pre),
            metadata: text_of(metadata),
            original: text_of(Some(text)),
        })
    }

    /// Go: `Compare`: by numbers, then prereleases below releases; metadata does not count.
    pub fn compare(&self, other: &Self) -> Ordering {
        (self.major, self.minor, self.patch)
            .cmp(&(other.major, other.minor, other.patch))
            .then_with(|| compare_prereleases(&self.pre, &other.pre))
    }

    /// Go: `IncPatch`: a prerelease becomes its release. `None` where Go panics on overflow.
    pub fn inc_patch(&self) -> Option<Self> {
        let patch = if self.pre.is_empty() { self.patch.checked_add(1)? } else { self.patch };
        Some(self.changed(self.major, self.minor, patch, String::new(), String::new()))
    }

    /// Go: `IncMinor`. `None` where Go panics on overflow.
    pub fn inc_minor(&self) -> Option<Self> {
        Some(self.changed(self.major, self.minor.checked_add(1)?, 0, String::new(), String::new()))
    }

    /// Go: `IncMajor`. `None` where Go panics on overflow.
    pub fn inc_major(&self) -> Option<Self> {
        Some(self.changed(self.major.checked_add(1)?, 0, 0, String::new(), String::new()))
    }

    /// Go: `SetPrerelease`.
    pub fn set_prerelease(&self, pre: impl AsRef<[u8]>) -> Result<Self, VersionError> {
        let pre = pre.as_ref();
        if !pre.is_empty() {
            check_prerelease(pre)?;
        }
        Ok(self.changed(self.major, self.minor, self.patch, text_of(Some(pre)), self.metadata.clone()))
    }

    /// Go: `SetMetadata`.
    pub fn set_metadata(&self, metadata: impl AsRef<[u8]>) -> Result<Self, VersionError> {
        let metadata = metadata.as_ref();
        if !metadata.is_empty() {
            check_metadata(metadata)?;
        }
        Ok(self.changed(self.major, self.minor, self.patch, self.pre.clone(), text_of(Some(metadata))))
    }

    /// A version with these parts, whose original text keeps a leading `v`.
    fn changed(&self, major: u64, minor: u64, patch: u64, pre: String, metadata: String) -> Self {
        let version = Self { major, minor, patch, pre, metadata, original: String::new() };
        let prefix = if self.original.starts_with('v') { "v" } else { "" };
        Self { original: format!("{prefix}{version}"), ..version }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{}.{}", self.major, self.minor, self.patch)?;
        if !self.pre.is_empty() {
            write!(out, "-{}", self.pre)?;
        }
        if !self.metadata.is_empty() {
            write!(out, "+{}", self.metadata)?;
        }
        Ok(())
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.compare(other).is_eq()
    }
}

impl Eq for Version {}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        self.compare(other)
    }
}

/// Cuts `text` at the first `mark` and returns what follows it.
fn cut<'a>(text: &mut &'a [u8], mark: u8) -> Option<&'a [u8]> {
    let at = text.iter().position(|byte| *byte == mark)?;
    let rest = &text[at + 1..];
    *text = &text[..at];
    Some(rest)
}

/// Go: `validatePrerelease`.
fn check_prerelease(text: impl AsRef<[u8]>) -> Result<(), VersionError> {
    for part in text.as_ref().split(|byte| *byte == b'.') {
        if part.is_empty() {
            return Err(VersionError::InvalidPrerelease);
        }
        if part.iter().all(u8::is_ascii_digit) {
            if part.len() > 1 && part[0] == b'0' {
                return Err(VersionError::SegmentStartsZero);
            }
        } else if !part.iter().all(|byte| is_identifier(*byte)) {
            return Err(VersionError::InvalidPrerelease);
        }
    }
    Ok(())
}

/// Go: `validateMetadata`.
fn check_metadata(text: impl AsRef<[u8]>) -> Result<(), VersionError> {
    let valid = |part: &[u8]| !part.is_empty() && part.iter().all(|byte| is_identifier(*byte));
    if text.as_ref().split(|byte| *byte == b'.').all(valid) { Ok(()) } else { Err(VersionError::InvalidMetadata) }
}

/// Orders prereleases; none is above any.
fn compare_prereleases(left: &str, right: &str) -> Ordering {
    match (left.is_empty(), right.is_empty()) {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => compare_identifiers(left, right),
    }
}

/// Go: `comparePrerelease`: part by part, a missing part lowest.
pub(super) fn compare_identifiers(left: &str, right: &str) -> Ordering {
    let (mut left, mut right) = (left.split('.'), right.split('.'));
    loop {
        let (a, b) = (left.next(), right.next());
        if a.is_none() && b.is_none() {
            return Ordering::Equal;
        }
        let order = compare_parts(a.unwrap_or_default(), b.unwrap_or_default());
        if order.is_ne() {
            return order;
        }
    }
}

/// Go: `comparePrePart`: numbers below names, numbers that overflow count as names.
fn compare_parts(left: &str, right: &str) -> Ordering {
    if left == right {
        return Ordering::Equal;
    }
    if left.is_empty() || right.is_empty() {
        return left.len().cmp(&right.len());
    }
    match (number(left.as_bytes()), number(right.as_bytes())) {
        (None, None) => left.cmp(right),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        // Go: two spellings of one number are never equal; leading zeros are refused anyway.
        (Some(a), Some(b)) => {
            if a > b {
                Ordering::Greater
            } else {
                Ordering::Less
            }
        }
    }
}
