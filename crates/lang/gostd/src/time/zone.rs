//! Time zones, as Go's `*time.Location`.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};

/// A time zone: UTC, a fixed offset, or one of the tz database.
#[derive(Clone, Debug)]
pub struct Zone {
    name: Arc<str>,
    rules: Rules,
}

#[derive(Clone, Debug)]
enum Rules {
    /// The offset in seconds; its abbreviation is the zone's name.
    Fixed(i64),
    Database(TimeZone),
}

/// What holds in a zone at one instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offset {
    /// The abbreviation, such as `CET`; may be empty for fixed offsets.
    pub abbreviation: String,
    /// Seconds east of UTC.
    pub seconds: i64,
    /// Whether it is summer time.
    pub is_dst: bool,
}

impl Zone {
    /// UTC.
    pub fn utc() -> Self {
        Self::fixed("UTC", 0)
    }

    /// Go: `time.FixedZone`.
    pub fn fixed(name: &str, seconds: i64) -> Self {
        Self { name: name.into(), rules: Rules::Fixed(seconds) }
    }

    /// A zone with rules of its own, such as those of `/etc/localtime` under the name `Local`.
    pub fn new(name: &str, rules: TimeZone) -> Self {
        Self { name: name.into(), rules: Rules::Database(rules) }
    }

    /// The local zone from `$TZ` and the bytes of `/etc/localtime`. Go: `initLocal`.
    pub fn local(variable: Option<&str>, localtime: Option<&[u8]>) -> Self {
        let from_file = |name: &str| {
            let rules = TimeZone::tzif(name, localtime?).ok()?;
            Some(Self::new("Local", rules))
        };
        let zone = match variable.map(|name| name.strip_prefix(':').unwrap_or(name)) {
            None | Some("/etc/localtime") => from_file("Local"),
            Some("" | "UTC") => None,
            Some(name) => Self::load(name.strip_prefix("/usr/share/zoneinfo/").unwrap_or(name)).ok(),
        };
        zone.unwrap_or_else(Self::utc)
    }

    /// Go: `time.LoadLocation`, from the bundled database; names are case-sensitive as on Linux.
    /// `Local` is not known here.
    pub fn load(name: &str) -> Result<Self, String> {
        if name.is_empty() || name == "UTC" {
            return Ok(Self::utc());
        }
        if name.starts_with(['/', '\\']) || name.split(['/', '\\']).any(|part| part == "..") {
            return Err("time: invalid location name".to_owned());
        }
        // The database that Go carries keeps these as they were before they became links.
        if let Some((_, seconds)) = FIXED.iter().find(|(own, _)| *own == name) {
            return Ok(Self::fixed(name, *seconds));
        }
        TimeZoneDatabase::bundled()
            .get(name)
            .ok()
            .filter(|zone| zone.iana_name() == Some(name))
            .map(|zone| Self::new(name, zone))
            .ok_or_else(|| format!("unknown time zone {name}"))
    }

    /// Go: `Location.String`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What holds at this second since 1970 UTC. Go: `Location.lookup`.
    pub fn at(&self, unix: i64) -> Offset {
        match &self.rules {
            Rules::Fixed(seconds) => Offset { abbreviation: self.name.to_string(), seconds: *seconds, is_dst: false },
            Rules::Database(zone) => {
                let info = zone.to_offset_info(timestamp(unix));
                Offset {
                    abbreviation: info.abbreviation().to_owned(),
                    seconds: i64::from(info.offset().seconds()),
                    is_dst: info.dst().is_dst(),
                }
            }
        }
    }

    /// Seconds east of UTC at this second since 1970 UTC.
    pub(super) fn seconds_at(&self, unix: i64) -> i64 {
        match &self.rules {
            Rules::Fixed(seconds) => *seconds,
            Rules::Database(zone) => i64::from(zone.to_offset(timestamp(unix)).seconds()),
        }
    }

    /// The offset that an abbreviation means for a local time. Go: `Location.lookupName`.
    pub(super) fn offset_by_name(&self, abbreviation: &[u8], local: i64) -> Option<i64> {
        let zone = match &self.rules {
            Rules::Fixed(seconds) => return (self.name.as_bytes() == abbreviation).then_some(*seconds),
            Rules::Database(zone) => zone,
        };
        let mut known = Vec::new();
        let first = zone.to_offset_info(Timestamp::MIN);
        if first.abbreviation().as_bytes() == abbreviation {
            known.push(i64::from(first.offset().seconds()));
        }
        let last = timestamp(LAST_TRANSITION);
        for transition in zone.following(Timestamp::MIN).take_while(|transition| transition.timestamp() < last) {
            let seconds = i64::from(transition.offset().seconds());
            if transition.abbreviation().as_bytes() == abbreviation && !known.contains(&seconds) {
                known.push(seconds);
            }
        }
        let valid = |seconds: &i64| self.at(local.saturating_sub(*seconds)).abbreviation.as_bytes() == abbreviation;
        match known.iter().copied().find(valid) {
            Some(seconds) => Some(self.seconds_at(local.saturating_sub(seconds))),
            None => known.first().copied(),
        }
    }

    /// Whether this is UTC itself.
    pub fn is_utc(&self) -> bool {
        matches!(self.rules, Rules::Fixed(0)) && &*self.name == "UTC"
    }
}

/// Zones without rules.
const FIXED: [(&str, i64); 3] = [("EST", -5 * 3600), ("MST", -7 * 3600), ("HST", -10 * 3600)];

/// 2038, after which zones only repeat their last rule.
const LAST_TRANSITION: i64 = 1 << 31;

fn timestamp(unix: i64) -> Timestamp {
    let unix = unix.clamp(Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
    Timestamp::from_second(unix).unwrap_or_default()
}
