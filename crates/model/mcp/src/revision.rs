//! The dated revisions of the protocol, and the two eras they fall into.
//!
//! Everything up to 2025-11-25 opens with `initialize` and may keep a session ([`Era::Session`]);
//! from 2026-07-28 on every request stands for itself ([`Era::Stateless`]). What a revision has or
//! lacks is asked here and nowhere compared by text.

use std::fmt;

/// A revision of the protocol that we speak, from old to new.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Revision {
    /// HTTP+SSE.
    V2024_11_05,
    /// Streamable HTTP and batches.
    V2025_03_26,
    /// Structured results and elicitation; no batches.
    V2025_06_18,
    /// Elicitation by URL, sampling with tools, first tasks.
    V2025_11_25,
    /// No sessions: every request says who asks, and questions travel inside results.
    V2026_07_28,
}

/// The two ways in which a client and a server stay in touch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Era {
    /// `initialize` first, then requests that belong to it, in both directions.
    Session,
    /// Each request is complete in itself.
    Stateless,
}

impl Revision {
    /// All revisions, the newest first.
    pub const ALL: [Self; 5] =
        [Self::V2026_07_28, Self::V2025_11_25, Self::V2025_06_18, Self::V2025_03_26, Self::V2024_11_05];

    /// The newest revision that opens with `initialize`.
    pub const LATEST_SESSION: Self = Self::V2025_11_25;

    /// The newest revision.
    pub const LATEST: Self = Self::V2026_07_28;

    /// Reads the date that messages carry.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|revision| revision.as_str() == text)
    }

    /// The date that messages carry.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V2024_11_05 => "2024-11-05",
            Self::V2025_03_26 => "2025-03-26",
            Self::V2025_06_18 => "2025-06-18",
            Self::V2025_11_25 => "2025-11-25",
            Self::V2026_07_28 => "2026-07-28",
        }
    }

    /// The era that the revision belongs to.
    pub const fn era(self) -> Era {
        match self {
            Self::V2026_07_28 => Era::Stateless,
            _ => Era::Session,
        }
    }

    /// Whether several messages may share one body.
    pub const fn has_batches(self) -> bool {
        matches!(self, Self::V2025_03_26 | Self::V2024_11_05)
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl serde::Serialize for Revision {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> serde::Deserialize<'de> for Revision {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom(format!("unknown protocol revision {text:?}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_newest_revision_has_no_session() {
        for revision in Revision::ALL {
            assert_eq!(Revision::parse(revision.as_str()), Some(revision));
            assert_eq!(revision.era() == Era::Stateless, revision >= Revision::V2026_07_28);
        }
        assert_eq!(Revision::parse("2023-01-01"), None);
    }
}
