//! Go's `time`: zones.

/// A time zone, as Go's `*time.Location`.
#[derive(Clone, Debug)]
pub struct Zone(pub jiff::tz::TimeZone);
