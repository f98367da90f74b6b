//! Everything that decides about a call, in one immutable snapshot.
//!
//! The store builds a [`Governance`] from its records and those of the operator's file, and swaps
//! it into a [`Live`] whenever something changed. A call loads it once and then verifies, decides
//! and limits without locks across awaits and without I/O.

use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::decide::Authorizer;
use crate::key::{ApiKey, KeyError, KeyRing};
use crate::limit::{LimitRule, LimitRules, Rate};
use crate::policy::{Policy, PolicyError};
use crate::principal::Principal;
use crate::role::{Role, RoleError, Roles, built_in_roles};
use crate::server::Server;
use crate::timestamp::Timestamp;

/// The scope that allows everything in the administrative API.
pub const ADMIN_SCOPE: &str = "admin";

/// The scope that allows reading everything in the administrative API.
pub const ADMIN_READ_SCOPE: &str = "admin:read";

/// Where a record comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The operator's file: changed there only.
    File,
    /// The API.
    Api,
    /// This program itself: built-in roles, until a record replaces them.
    BuiltIn,
}

/// A record with its version, which every change raises.
#[derive(Clone, Debug, PartialEq)]
pub struct Versioned<T> {
    /// The record.
    pub value: T,
    /// Its version; what a change says it was made from.
    pub version: u64,
    /// Where it comes from.
    pub origin: Origin,
    /// When it was changed last.
    pub updated: Timestamp,
}

/// All records.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Records {
    /// Registered servers.
    pub servers: Vec<Versioned<Server>>,
    /// API keys.
    pub keys: Vec<Versioned<ApiKey>>,
    /// Declared roles.
    pub roles: Vec<Versioned<Role>>,
    /// Policies.
    pub policies: Vec<Versioned<Policy>>,
    /// Limits besides the general one.
    pub limits: Vec<Versioned<LimitRule>>,
}

/// Why records do not make a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GovernanceError {
    /// The roles do not fit together.
    #[error(transparent)]
    Role(#[from] RoleError),
    /// A policy cannot be compiled.
    #[error(transparent)]
    Policy(#[from] PolicyError),
}

/// Read or change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Look at something.
    Read,
    /// Change something, or make something happen.
    Write,
}

impl Access {
    /// The action word in permissions.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

/// A snapshot of everything that decides.
#[derive(Debug)]
pub struct Governance {
    /// What it was built from.
    pub records: Arc<Records>,
    /// API keys, ready to be checked.
    pub keys: KeyRing,
    /// Policies and roles, ready to decide.
    pub authorizer: Authorizer,
    /// Limits.
    pub limits: LimitRules,
    /// How many snapshots of this line came before: what was decided by one does not count for another.
    pub generation: u64,
}

impl Governance {
    /// Builds a snapshot; counters of keys go on from the one before.
    pub fn build(
        records: Arc<Records>,
        default_rate: Option<Rate>,
        before: Option<&Self>,
    ) -> Result<Self, GovernanceError> {
        let declared = records.roles.iter().map(|role| role.value.clone());
        let roles = Arc::new(Roles::build(built_in_roles().into_iter().chain(declared))?);
        let authorizer = Authorizer::build(records.policies.iter().map(|policy| &policy.value), roles)?;
        let keys = records.keys.iter().map(|key| key.value.clone());
        let keys = KeyRing::build(keys, before.map(|before| &before.keys));
        let extra = records.limits.iter().map(|rule| rule.value.clone()).collect();
        let limits = LimitRules { default: default_rate, rules: extra };
        let generation = before.map_or(0, |before| before.generation + 1);
        Ok(Self { records, keys, authorizer, limits, generation })
    }

    /// Checks a presented API key and gives its caller with the limit that the key has of its own.
    pub fn verify_key(&self, presented: &str, now: Timestamp) -> Result<(Arc<Principal>, Option<Rate>), KeyError> {
        self.keys.verify(presented, now).map(|(principal, key)| (principal, key.limit))
    }

    /// Says whether a caller may use an area of the administrative API: `server`, `tool`, `key`,
    /// `role`, `policy`, `audit`, `limit`, `monitoring`, `decision`. Policies have no say here: a
    /// policy that lets everybody call tools must not open the administration.
    pub fn may_administer(&self, caller: &Principal, area: &str, access: Access) -> bool {
        caller.has_scope(ADMIN_SCOPE)
            || (access == Access::Read && caller.has_scope(ADMIN_READ_SCOPE))
            || self.authorizer.roles().granting(&caller.roles, area, access.as_str(), "*").is_some()
    }
}

/// The snapshot that is in force now.
#[derive(Debug)]
pub struct Live<T> {
    current: ArcSwap<T>,
}

impl<T> Live<T> {
    /// Puts the first one in force.
    pub fn new(first: T) -> Self {
        Self { current: ArcSwap::from_pointee(first) }
    }

    /// The one in force; a call keeps what it loaded to its end.
    pub fn load(&self) -> Arc<T> {
        self.current.load_full()
    }

    /// Puts another one in force.
    pub fn swap(&self, next: T) {
        self.current.store(Arc::new(next));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Access, Governance, Records};
    use crate::limit::Rate;
    use crate::principal::Principal;

    #[test]
    fn administration_needs_a_scope_or_a_role_not_a_policy() {
        let governance = Governance::build(Arc::new(Records::default()), Some(Rate::DEFAULT), None).unwrap();
        let mut caller = Principal::anonymous(vec!["operator".to_owned()]);
        let may = |caller: &Principal, area: &str, access| governance.may_administer(caller, area, access);
        assert!(may(&caller, "audit", Access::Read) && !may(&caller, "key", Access::Write));
        caller.roles.clear();
        assert!(!may(&caller, "audit", Access::Read));
        caller.scopes = vec!["admin:read".to_owned()];
        assert!(may(&caller, "audit", Access::Read) && !may(&caller, "audit", Access::Write));
        caller.scopes = vec!["admin".to_owned()];
        assert!(may(&caller, "audit", Access::Write));
    }
}
