//! Who works on a pending revision, and since when: no release stays stuck when a process dies.
//!
//! A pending record carries the holder and a heartbeat, as annotations of its Secret or `ConfigMap`
//! (Helm ignores them, and drops them when it writes) or as a row of our own table in SQL. The
//! holder renews while it works; every write of a record is fenced by the version of the stored
//! object, so that a holder who was given up for dead finds out at its next write.

use std::time::Duration;

use crate::{Labels, Timestamp};

/// How long a holder that does not renew is taken for alive.
pub const LEASE: Duration = Duration::from_secs(10);

/// How often a holder renews.
pub const RENEW_EVERY: Duration = Duration::from_secs(3);

/// The annotation that names the holder.
pub const HOLDER_ANNOTATION: &str = "corten.dev/holder";

/// The annotation with the time of the last renewal, RFC 3339.
pub const RENEWED_ANNOTATION: &str = "corten.dev/renewed";

/// A process that works on a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The name of the machine.
    pub host: String,
    /// The number of the process there.
    pub process: u32,
    /// What tells this process from another of the same number: when it started, or chance.
    pub token: String,
}

impl Holder {
    /// `host/process/token`, as annotations hold it.
    pub fn text(&self) -> String {
        format!("{}/{}/{}", self.host, self.process, self.token)
    }

    /// Reads what [`Self::text`] wrote.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.rsplitn(3, '/');
        let token = parts.next()?.to_owned();
        let process = parts.next()?.parse().ok()?;
        Some(Self { host: parts.next()?.to_owned(), process, token })
    }
}

impl std::fmt::Display for Holder {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "process {} on {}", self.process, self.host)
    }
}

/// The lease of a pending record.
#[derive(Clone, Debug, PartialEq)]
pub struct Lease {
    /// Who works on it.
    pub holder: Holder,
    /// When the holder last said so.
    pub renewed: Timestamp,
}

impl Lease {
    /// The annotations of a stored object.
    pub fn to_annotations(&self) -> Labels {
        [(HOLDER_ANNOTATION, self.holder.text()), (RENEWED_ANNOTATION, self.renewed.text())]
            .into_iter()
            .map(|(name, text)| (name.to_owned(), text))
            .collect()
    }

    /// The lease among the annotations of a stored object, when there is a whole one.
    pub fn from_annotations<'a>(annotation: impl Fn(&str) -> Option<&'a str>) -> Option<Self> {
        let holder = Holder::parse(annotation(HOLDER_ANNOTATION)?)?;
        let renewed = Timestamp::parse(annotation(RENEWED_ANNOTATION)?).ok()??;
        Some(Self { holder, renewed })
    }

    /// How much longer the holder is taken for alive, if nothing more is heard of it. A renewal in
    /// the future, by a clock that is ahead of ours, counts as one of just now.
    pub fn remaining(&self, now_nanoseconds: i128) -> Duration {
        let age = (now_nanoseconds - self.renewed.unix_nanos()).max(0);
        let age = Duration::from_nanos(u64::try_from(age).unwrap_or(u64::MAX));
        LEASE.saturating_sub(age)
    }
}

#[cfg(test)]
mod tests {
    use corten_gostd::time::Zone;

    use super::*;

    fn lease() -> Lease {
        let holder = Holder { host: "ci/7".to_owned(), process: 42, token: "1f".to_owned() };
        Lease { holder, renewed: Timestamp::from_unix_nanos(1_000_000_000_000, Zone::utc()) }
    }

    #[test]
    fn annotations_hold_a_lease() {
        let annotations = lease().to_annotations();
        let read = Lease::from_annotations(|name| annotations.get(name).map(String::as_str));
        assert_eq!(read, Some(lease()));
        assert_eq!(Lease::from_annotations(|_| None), None);
    }

    #[test]
    fn a_lease_runs_out_after_ten_seconds() {
        let second = 1_000_000_000;
        assert_eq!(lease().remaining(1_004 * second), Duration::from_secs(6));
        assert_eq!(lease().remaining(1_010 * second), Duration::ZERO);
        assert_eq!(lease().remaining(0), LEASE);
    }
}
