//! Semantic versions and constraints as Masterminds/semver v3.5 reads them.
//!
//! [`Version::parse`] is its `NewVersion` (coercing `v1.2` to 1.2.0), [`Version::parse_strict`] its
//! `StrictNewVersion`, [`Constraints::parse`] its `NewConstraint`. Texts are bytes, because Go
//! strings are. The error texts are the library's.

mod constraints;
mod version;

pub use constraints::{Constraints, ConstraintsError};
pub use version::{Version, VersionError};
