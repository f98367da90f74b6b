//! Constraints such as `^1.2 || >=3, <4-0`.

use std::fmt;

use super::version::{Parts, compare_identifiers, split};
use super::{Version, VersionError};
use crate::strconv;

/// Alternatives (`||`) of conditions that must all hold.
#[derive(Clone, Debug)]
pub struct Constraints {
    groups: Vec<Group>,
    /// Whether prereleases may match although no condition names one.
    pub include_prerelease: bool,
}

#[derive(Clone, Debug)]
struct Group {
    conditions: Vec<Condition>,
    /// Whether a condition names a prerelease, which lets prereleases match the whole group.
    has_prerelease: bool,
}

#[derive(Clone, Debug)]
struct Condition {
    operator: Operator,
    /// The operator as written; `=>` and `>=` differ only here.
    spelling: &'static str,
    version: Version,
    original: String,
    dirty: bool,
    minor_dirty: bool,
    patch_dirty: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    TildeOrEqual,
    NotEqual,
    Greater,
    Less,
    GreaterOrEqual,
    LessOrEqual,
    Tilde,
    Caret,
}

/// Why a text is no constraint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConstraintsError {
    /// `ErrConstraintTooLong`.
    #[error("constraint string is too long (max 512 bytes)")]
    TooLong,
    /// `ErrTooManyConstraintGroups`.
    #[error("too many constraint groups (max 32)")]
    TooManyGroups,
    /// A part that the grammar does not know, quoted as `%q`.
    #[error("improper constraint: {0}")]
    Improper(String),
    /// A version in it that does not fit 64 bits, or a bad prerelease.
    #[error("constraint parser error")]
    Version,
}

/// Why a version fails a condition; becomes a text only in [`Constraints::validate`].
enum Reason {
    Prerelease,
    Equal,
    LessOrEqual,
    GreaterOrEqual,
    Less,
    Greater,
    NotEqual,
    Major,
    MajorAndMinor,
    MinorAtMajorZero,
    Minor,
    PatchAtZero,
}

const MAX_LENGTH: usize = 512;
const MAX_GROUPS: usize = 32;

/// Longer spellings first: what follows an operator never continues one.
const OPERATORS: [(&str, Operator); 12] = [
    ("!=", Operator::NotEqual),
    (">=", Operator::GreaterOrEqual),
    ("=>", Operator::GreaterOrEqual),
    ("<=", Operator::LessOrEqual),
    ("=<", Operator::LessOrEqual),
    ("~>", Operator::Tilde),
    ("=", Operator::TildeOrEqual),
    (">", Operator::Greater),
    ("<", Operator::Less),
    ("~", Operator::Tilde),
    ("^", Operator::Caret),
    ("", Operator::TildeOrEqual),
];

impl Constraints {
    /// Go: `NewConstraint`.
    pub fn parse(text: impl AsRef<[u8]>) -> Result<Self, ConstraintsError> {
        let text = text.as_ref();
        if text.len() > MAX_LENGTH {
            return Err(ConstraintsError::TooLong);
        }
        let text = rewrite_ranges(text);
        let alternatives = split_alternatives(&text);
        if alternatives.len() > MAX_GROUPS {
            return Err(ConstraintsError::TooManyGroups);
        }
        let groups = alternatives.into_iter().map(parse_group).collect::<Result<_, _>>()?;
        Ok(Self { groups, include_prerelease: false })
    }

    /// Go: `Check`: whether all conditions of one alternative hold.
    pub fn check(&self, version: &Version) -> bool {
        self.groups.iter().any(|group| {
            let prereleases = self.include_prerelease || group.has_prerelease;
            group.conditions.iter().all(|condition| condition.check(version, prereleases).is_ok())
        })
    }

    /// Go: `Validate`: as [`Self::check`], with the reasons why not.
    pub fn validate(&self, version: &Version) -> Result<(), Vec<String>> {
        let mut reasons = Vec::new();
        let mut prerelease_told = false;
        for group in &self.groups {
            let prereleases = self.include_prerelease || group.has_prerelease;
            let mut holds = true;
            for condition in &group.conditions {
                let Err(reason) = condition.check(version, prereleases) else { continue };
                holds = false;
                let about_prerelease = matches!(reason, Reason::Prerelease);
                if !(about_prerelease && prerelease_told) {
                    reasons.push(condition.explain(version, &reason));
                }
                prerelease_told |= about_prerelease;
            }
            if holds {
                return Ok(());
            }
        }
        Err(reasons)
    }
}

impl fmt::Display for Constraints {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, group) in self.groups.iter().enumerate() {
            if number > 0 {
                out.write_str(" || ")?;
            }
            for (number, condition) in group.conditions.iter().enumerate() {
                if number > 0 {
                    out.write_str(" ")?;
                }
                write!(out, "{}{}", condition.spelling, condition.original)?;
            }
        }
        Ok(())
    }
}

/// Go: the digit class of `cvRegex`, in which `|` is a member by mistake.
// compat: semver-bar-digit
fn is_digit(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'x' | b'X' | b'*' | b'|')
}

/// RE2's `\s`.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'\x0c')
}

fn skip_spaces(text: &[u8], at: usize) -> usize {
    at + text[at..].iter().take_while(|byte| is_space(**byte)).count()
}

/// Go: `rewriteRange`: `a - b` becomes `>= a, <= b `.
fn rewrite_ranges(text: &[u8]) -> Vec<u8> {
    let mut out = text.to_vec();
    let mut at = 0;
    while at < text.len() {
        let Some((low, high, end)) = range_at(text, at) else {
            at += 1;
            continue;
        };
        let found = &text[at..end];
        let mut replacement = b">= ".to_vec();
        replacement.extend_from_slice(low);
        replacement.extend_from_slice(b", <= ");
        replacement.extend_from_slice(high);
        replacement.push(b' ');
        // Go: strings.Replace changes the first occurrence, which need not be the one found.
        if let Some(place) = out.windows(found.len()).position(|window| window == found) {
            out.splice(place..place + found.len(), replacement);
        }
        at = end;
    }
    out
}

/// A range at exactly `at`: both versions and where it ends, spaces around it included.
fn range_at(text: &[u8], at: usize) -> Option<(&[u8], &[u8], usize)> {
    let start = skip_spaces(text, at);
    let low = split(&text[start..], is_digit)?;
    let low_end = start + low.length;
    let dash = skip_spaces(text, low_end);
    if dash == low_end || text.get(dash) != Some(&b'-') {
        return None;
    }
    let high_start = skip_spaces(text, dash + 1);
    if high_start == dash + 1 {
        return None;
    }
    let high = split(&text[high_start..], is_digit)?;
    let high_end = high_start + high.length;
    Some((&text[start..low_end], &text[high_start..high_end], skip_spaces(text, high_end)))
}

/// Go: `strings.Split(c, "||")`.
fn split_alternatives(text: &[u8]) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.windows(2).position(|pair| pair == b"||") {
        parts.push(&rest[..at]);
        rest = &rest[at + 2..];
    }
    parts.push(rest);
    parts
}

/// Go: `validConstraintRegex`, then `parseConstraint` for each match of `findConstraintRegex`.
fn parse_group(text: &[u8]) -> Result<Group, ConstraintsError> {
    let improper = || ConstraintsError::Improper(strconv::quote(text));
    let mut found = Vec::new();
    let mut at = skip_spaces(text, 0);
    loop {
        let (spelling, operator, start) = operator_at(text, at).ok_or_else(improper)?;
        let parts = split(&text[start..], is_digit).ok_or_else(improper)?;
        let end = start + parts.length;
        found.push((spelling, operator, &text[start..end], parts));
        at = skip_spaces(text, end);
        if at == text.len() {
            break;
        }
        if text[at] == b',' {
            at = skip_spaces(text, at + 1);
        } else if at == end {
            return Err(improper());
        }
    }
    let mut conditions = Vec::with_capacity(found.len());
    for (spelling, operator, original, parts) in found {
        conditions.push(Condition::new(spelling, operator, original, &parts)?);
    }
    let has_prerelease = conditions.iter().any(|condition| !condition.version.pre.is_empty());
    Ok(Group { conditions, has_prerelease })
}

/// The operator at `at` and where its version starts.
fn operator_at(text: &[u8], at: usize) -> Option<(&'static str, Operator, usize)> {
    let (spelling, operator) = OPERATORS.iter().find(|(spelling, _)| text[at..].starts_with(spelling.as_bytes()))?;
    Some((spelling, *operator, skip_spaces(text, at + spelling.len())))
}

fn is_wildcard(number: Option<&[u8]>) -> bool {
    matches!(number, None | Some(b"x" | b"X" | b"*"))
}

impl Condition {
    /// Go: `parseConstraint`: wildcards and missing numbers become zeros and make it dirty.
    fn new(
        spelling: &'static str,
        operator: Operator,
        original: &[u8],
        parts: &Parts<'_>,
    ) -> Result<Self, ConstraintsError> {
        let [major, minor, patch] = parts.numbers;
        let any_major = is_wildcard(major);
        let minor_dirty = !any_major && is_wildcard(minor);
        let patch_dirty = !any_major && !minor_dirty && is_wildcard(patch);
        let dirty = any_major || minor_dirty || patch_dirty;
        let version = if dirty {
            let mut text = Vec::new();
            text.extend_from_slice(if any_major { b"0" } else { major.unwrap_or_default() });
            text.push(b'.');
            text.extend_from_slice(if patch_dirty { minor.unwrap_or_default() } else { b"0" });
            text.extend_from_slice(b".0");
            if let Some(pre) = parts.pre {
                text.push(b'-');
                text.extend_from_slice(pre);
            }
            Version::parse(&text)
        } else {
            Version::parse(original)
        };
        let version = version.map_err(|_: VersionError| ConstraintsError::Version)?;
        let original = String::from_utf8_lossy(original).into_owned();
        Ok(Self { operator, spelling, version, original, dirty, minor_dirty, patch_dirty })
    }

    fn check(&self, version: &Version, prereleases: bool) -> Result<(), Reason> {
        if !version.pre.is_empty() && !prereleases {
            return Err(Reason::Prerelease);
        }
        let order = version.compare(&self.version);
        let ensure = |holds: bool, reason: Reason| if holds { Ok(()) } else { Err(reason) };
        match self.operator {
            Operator::TildeOrEqual if self.dirty => self.check_tilde(version),
            Operator::TildeOrEqual => ensure(order.is_eq(), Reason::NotEqual),
            Operator::NotEqual => ensure(self.differs(version), Reason::Equal),
            Operator::Greater => ensure(self.is_exceeded_by(version), Reason::LessOrEqual),
            Operator::Less => ensure(order.is_lt(), Reason::GreaterOrEqual),
            Operator::GreaterOrEqual => ensure(order.is_ge(), Reason::Less),
            Operator::LessOrEqual => ensure(!self.is_passed_by(version), Reason::Greater),
            Operator::Tilde => self.check_tilde(version),
            Operator::Caret => self.check_caret(version),
        }
    }

    /// Go: `constraintNotEqual`.
    fn differs(&self, version: &Version) -> bool {
        if self.dirty {
            if self.version.major != version.major || (self.version.minor != version.minor && !self.minor_dirty) {
                return true;
            }
            if self.minor_dirty {
                return false;
            }
            if self.version.patch != version.patch && !self.patch_dirty {
                return true;
            }
            if self.patch_dirty {
                return (!version.pre.is_empty() || !self.version.pre.is_empty())
                    && compare_identifiers(&version.pre, &self.version.pre).is_ne();
            }
        }
        version != &self.version
    }

    /// Go: `constraintGreaterThan`: 11.1 is not above `>11`.
    fn is_exceeded_by(&self, version: &Version) -> bool {
        if self.dirty {
            if version.major != self.version.major {
                return version.major > self.version.major;
            }
            if self.minor_dirty {
                return false;
            }
            if self.patch_dirty {
                return version.minor > self.version.minor;
            }
        }
        version > &self.version
    }

    /// Go: `constraintLessThanEqual`, negated: 11.1 is not above `<=11`.
    fn is_passed_by(&self, version: &Version) -> bool {
        if !self.dirty {
            return version > &self.version;
        }
        version.major > self.version.major
            || (version.major == self.version.major && version.minor > self.version.minor && !self.minor_dirty)
    }

    /// Go: `constraintTilde`.
    fn check_tilde(&self, version: &Version) -> Result<(), Reason> {
        if version < &self.version {
            return Err(Reason::Less);
        }
        let own = &self.version;
        let is_zero = own.major == 0 && own.minor == 0 && own.patch == 0;
        if is_zero && !self.minor_dirty && !self.patch_dirty {
            return Ok(());
        }
        if version.major != own.major {
            return Err(Reason::Major);
        }
        if version.minor != own.minor && !self.minor_dirty {
            return Err(Reason::MajorAndMinor);
        }
        Ok(())
    }

    /// Go: `constraintCaret`.
    fn check_caret(&self, version: &Version) -> Result<(), Reason> {
        if version < &self.version {
            return Err(Reason::Less);
        }
        let own = &self.version;
        let ensure = |holds: bool, reason: Reason| if holds { Ok(()) } else { Err(reason) };
        if own.major > 0 || self.minor_dirty {
            return ensure(version.major == own.major, Reason::Major);
        }
        if version.major > 0 {
            return Err(Reason::Major);
        }
        if own.minor > 0 || self.patch_dirty {
            return ensure(version.minor == own.minor, Reason::MinorAtMajorZero);
        }
        if version.minor > 0 {
            return Err(Reason::Minor);
        }
        ensure(version.patch == own.patch, Reason::PatchAtZero)
    }

    fn explain(&self, version: &Version, reason: &Reason) -> String {
        let version = strconv::quote(version.to_string().as_bytes());
        let own = strconv::quote(self.original.as_bytes());
        match reason {
            Reason::Prerelease => {
                format!("{version} is a prerelease version and the constraint is only looking for release versions")
            }
            Reason::Equal => format!("{version} is equal to {own}"),
            Reason::LessOrEqual => format!("{version} is less than or equal to {own}"),
            Reason::GreaterOrEqual => format!("{version} is greater than or equal to {own}"),
            Reason::Less => format!("{version} is less than {own}"),
            Reason::Greater => format!("{version} is greater than {own}"),
            Reason::NotEqual => format!("{version} is not equal to {own}"),
            Reason::Major => format!("{version} does not have same major version as {own}"),
            Reason::MajorAndMinor => format!("{version} does not have same major and minor version as {own}"),
            Reason::MinorAtMajorZero => format!(
                "{version} does not have same minor version as {own}. \
                 Expected minor versions to match when constraint major version is 0"
            ),
            Reason::Minor => format!("{version} does not have same minor version as {own}"),
            Reason::PatchAtZero => format!(
                "{version} does not equal {own}. \
                 Expect version and constraint to equal when major and minor versions are 0"
            ),
        }
    }
}
