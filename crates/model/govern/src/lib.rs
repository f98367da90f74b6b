//! Who may do what, how often, and what is remembered of it.
//!
//! [`Governance`] is a snapshot of keys, roles, policies and limits; a call asks it to verify, to
//! decide and to limit, and hands an [`audit::Event`] to the [`ports::AuditSink`]. All of it is
//! pure: time, randomness, storage and network come through arguments and [`ports`].

mod decide;
mod fnv;
mod governance;
mod key;
mod limit;
mod pattern;
mod policy;
mod principal;
mod role;
mod server;
mod timestamp;

pub mod audit;
pub mod metrics;
pub mod oauth;
pub mod ports;
pub mod prompt;
pub mod token;

pub use corten_secret::{REDACTED, Secret};
pub use decide::{Action, Arguments, Authorizer, Decision, Hints, Kind, MCP_SCOPE, Sight};
pub use governance::{
    ADMIN_READ_SCOPE, ADMIN_SCOPE, Access, Governance, GovernanceError, Live, Origin, Records, Versioned,
};
pub use key::{ApiKey, KEY_ENTROPY, KEY_PREFIX, KeyError, KeyRing, KeyUse, NewKey, hash_key, is_key, make_key};
pub use limit::{Bucket, Charge, LimitPer, LimitRule, LimitRules, LocalLimits, Rate, Verdict, step};
pub use pattern::matches;
pub use policy::{Policy, PolicyError, check_policy, role_text};
pub use principal::{Principal, PrincipalKind};
pub use role::{Permission, Role, RoleError, Roles, built_in_roles};
pub use server::{MAX_NAME, Server, is_name};
pub use timestamp::{Timestamp, rfc3339, rfc3339_option};
