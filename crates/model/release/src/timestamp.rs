//! Times in records: Go's `time.Time` as JSON writes it.

use corten_gostd::time::{Time, Zone};
use corten_value::Value;

const RFC3339: &str = "2006-01-02T15:04:05Z07:00";

/// A point in time with the offset it was written with. Go's zero time is no timestamp at all:
/// fields hold `Option<Timestamp>`.
#[derive(Clone, Debug)]
pub struct Timestamp(Time);

impl Timestamp {
    /// The timestamp of a time; `None` for Go's zero time.
    pub fn new(time: Time) -> Option<Self> {
        (!time.is_zero()).then_some(Self(time))
    }

    /// Nanoseconds since 1970 UTC, shown in a zone.
    pub fn from_unix_nanos(nanoseconds: i128, zone: Zone) -> Self {
        Self(Time::from_unix_nanos(nanoseconds, zone))
    }

    /// Go: `Time.UnmarshalJSON` of the text between the quotes.
    ///
    /// # Errors
    /// Go's text.
    pub fn parse(text: &str) -> Result<Option<Self>, String> {
        Time::parse(RFC3339, text, &Zone::utc()).map(Self::new).map_err(|error| error.to_string())
    }

    /// Go: `Time.MarshalJSON` without the quotes; a year beyond 9999 gives Go's zero time.
    pub fn text(&self) -> String {
        match self.0.rfc3339() {
            Ok(text) => String::from_utf8_lossy(&text).into_owned(),
            Err(_) => ZERO.to_owned(),
        }
    }

    /// The time, with the offset of the record.
    pub fn time(&self) -> &Time {
        &self.0
    }

    /// The time as Go shows it after reading: in the local zone when its offset is the local one,
    /// else with the bare offset.
    pub fn shown_in(&self, local: &Zone) -> Time {
        let shown = self.0.in_zone(local.clone());
        if shown.format("-07:00") == self.0.format("-07:00") { shown } else { self.0.clone() }
    }

    /// Nanoseconds since 1970 UTC.
    pub fn unix_nanos(&self) -> i128 {
        self.0.unix_nanos()
    }

    /// Seconds since 1970 UTC.
    pub fn unix(&self) -> i64 {
        self.0.unix()
    }
}

impl PartialEq for Timestamp {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

/// Go's zero time in JSON, for fields that are always written.
pub(crate) const ZERO: &str = "0001-01-01T00:00:00Z";

/// For `Target::Custom`: checks a time and leaves its text; the empty text, which Helm 3 writes, and
/// null are no time.
pub(crate) fn decode_lenient(value: &Value) -> Result<Value, String> {
    match value {
        Value::String(text) if text.is_empty() => Ok(Value::Null),
        other => decode(other),
    }
}

/// For `Target::Custom`: checks a time and leaves its text.
pub(crate) fn decode(value: &Value) -> Result<Value, String> {
    match value {
        Value::Null => Ok(Value::Null),
        Value::String(text) => Timestamp::parse(text).map(|_| value.clone()),
        _ => Err("Time.UnmarshalJSON: input is not a JSON string".to_owned()),
    }
}

/// The timestamp of a checked text.
pub(crate) fn of(value: Option<&Value>) -> Option<Timestamp> {
    Timestamp::parse(value?.as_str()?).ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_go_through_unchanged() {
        for text in ["2026-11-21T13:55:04.123456789Z", "2026-11-21T13:55:04+05:30", "1977-09-02T22:04:05Z"] {
            assert_eq!(Timestamp::parse(text).unwrap().unwrap().text(), text);
        }
        assert_eq!(Timestamp::parse(ZERO).unwrap(), None);
    }

    #[test]
    fn an_offset_of_here_is_shown_as_local() {
        let stamp = Timestamp::parse("2026-11-21T13:55:04+01:00").unwrap().unwrap();
        let here = Zone::load("Europe/Berlin").unwrap();
        assert_eq!(stamp.shown_in(&here).text(), b"2026-11-21 13:55:04 +0100 CET");
        assert_eq!(stamp.shown_in(&Zone::utc()).text(), b"2026-11-21 13:55:04 +0100 +0100");
    }
}
