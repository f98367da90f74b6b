//! Roles: permissions with names, inherited from other roles.
//!
//! A permission is `resource:action:scope`. `tool`, `resource` and `prompt` speak of what servers
//! offer and become Cedar policies; every other resource speaks of this program's own API.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::pattern;

/// What may be done with what: `tool:call:files/*`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Permission {
    /// `tool`, `resource`, `prompt`, an area of the API such as `audit`, or `*`.
    pub resource: String,
    /// `call`, `read`, `get`, `write` …, or `*`.
    pub action: String,
    /// Which ones, as a pattern; for what servers offer `server/name`.
    pub scope: String,
}

impl FromStr for Permission {
    type Err = RoleError;

    fn from_str(text: &str) -> Result<Self, RoleError> {
        let mut parts = text.splitn(3, ':');
        let (Some(resource), Some(action), Some(scope)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(RoleError::Permission(text.to_owned()));
        };
        if !is_word(resource) || !is_word(action) || scope.is_empty() || scope.len() > 512 {
            return Err(RoleError::Permission(text.to_owned()));
        }
        Ok(Self { resource: resource.to_owned(), action: action.to_owned(), scope: scope.to_owned() })
    }
}

impl TryFrom<String> for Permission {
    type Error = RoleError;

    fn try_from(text: String) -> Result<Self, RoleError> {
        text.parse()
    }
}

impl From<Permission> for String {
    fn from(permission: Permission) -> Self {
        permission.to_string()
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}:{}", self.resource, self.action, self.scope)
    }
}

impl Permission {
    /// Says whether the permission covers an action on something.
    pub fn allows(&self, resource: &str, action: &str, scope: &str) -> bool {
        (self.resource == "*" || self.resource == resource)
            && (self.action == "*" || self.action == action)
            && pattern::matches(&self.scope, scope)
    }
}

/// Permissions under a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// By what keys and tokens refer to it.
    pub name: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// What it allows.
    #[serde(default)]
    pub permissions: Vec<Permission>,
    /// The roles whose permissions it has too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inherits: Vec<String>,
}

/// What is wrong with roles.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RoleError {
    /// Not `resource:action:scope`.
    #[error("permission {0:?} does not have the form resource:action:scope, for example tool:call:files/*")]
    Permission(String),
    /// A role inherits from itself.
    #[error("roles inherit in a circle: {}", .0.join(" -> "))]
    Cycle(Vec<String>),
    /// A role inherits from one that is not there.
    #[error("role {role:?} inherits from {parent:?}, which does not exist")]
    Unknown {
        /// The role that inherits.
        role: String,
        /// What is missing.
        parent: String,
    },
}

/// All roles, with inheritance resolved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roles {
    roles: BTreeMap<String, Role>,
    ancestors: BTreeMap<String, BTreeSet<String>>,
}

impl Roles {
    /// Resolves inheritance; later roles replace earlier ones of the same name.
    pub fn build(roles: impl IntoIterator<Item = Role>) -> Result<Self, RoleError> {
        let roles: BTreeMap<String, Role> = roles.into_iter().map(|role| (role.name.clone(), role)).collect();
        let mut ancestors = BTreeMap::new();
        for name in roles.keys() {
            resolve(&roles, name, &mut ancestors)?;
        }
        Ok(Self { roles, ancestors })
    }

    /// The role with a name.
    pub fn get(&self, name: &str) -> Option<&Role> {
        self.roles.get(name)
    }

    /// Every role, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Role> {
        self.roles.values()
    }

    /// The named roles that exist, and all that they inherit from.
    pub fn closure<'a>(&'a self, names: &[String]) -> BTreeSet<&'a str> {
        let mut found = BTreeSet::new();
        for name in names {
            if let Some((name, above)) = self.ancestors.get_key_value(name) {
                found.insert(name.as_str());
                found.extend(above.iter().map(String::as_str));
            }
        }
        found
    }

    /// Says which role, among the named ones and those they inherit from, has a permission for this.
    pub fn granting(&self, names: &[String], resource: &str, action: &str, scope: &str) -> Option<(&str, &Permission)> {
        self.closure(names).into_iter().find_map(|name| {
            let permissions = &self.roles.get(name)?.permissions;
            permissions.iter().find(|permission| permission.allows(resource, action, scope)).map(|found| (name, found))
        })
    }
}

/// The roles that exist without being declared; a declared one of the same name replaces them.
pub fn built_in_roles() -> Vec<Role> {
    BUILT_IN
        .iter()
        .map(|(name, description, permissions)| Role {
            name: (*name).to_owned(),
            description: (*description).to_owned(),
            permissions: permissions.iter().filter_map(|text| text.parse().ok()).collect(),
            inherits: Vec::new(),
        })
        .collect()
}

const BUILT_IN: &[(&str, &str, &[&str])] = &[
    ("admin", "Everything.", &["*:*:*"]),
    (
        "developer",
        "Uses every server, reads the catalogue.",
        &[
            "tool:*:*",
            "resource:*:*",
            "prompt:*:*",
            "server:read:*",
            "artifact:read:*",
            "artifact:write:*",
            "execution:trigger:*",
            "dag:read:*",
        ],
    ),
    (
        "operator",
        "Looks after the installation: reads everything, uses nothing.",
        &[
            "server:read:*",
            "key:read:*",
            "role:read:*",
            "policy:read:*",
            "audit:read:*",
            "limit:read:*",
            "monitoring:read:*",
            "artifact:read:*",
            "execution:read:*",
            "execution:trigger:*",
        ],
    ),
    (
        "viewer",
        "Reads what servers offer, calls nothing.",
        &["resource:read:*", "prompt:get:*", "server:read:*", "artifact:read:*", "execution:read:*", "dag:read:*"],
    ),
];

/// Walks depth first with its own stack, so that a long chain of roles cannot exhaust ours.
fn resolve(
    roles: &BTreeMap<String, Role>,
    start: &str,
    done: &mut BTreeMap<String, BTreeSet<String>>,
) -> Result<(), RoleError> {
    let mut path: Vec<(String, usize)> = vec![(start.to_owned(), 0)];
    while let Some((name, next)) = path.last_mut() {
        if done.contains_key(name.as_str()) {
            path.pop();
            continue;
        }
        let role = &roles[name.as_str()];
        if let Some(parent) = role.inherits.get(*next) {
            *next += 1;
            if !roles.contains_key(parent) {
                return Err(RoleError::Unknown { role: role.name.clone(), parent: parent.clone() });
            }
            if let Some(at) = path.iter().position(|(name, _)| name == parent) {
                let mut circle: Vec<String> = path[at..].iter().map(|(name, _)| name.clone()).collect();
                circle.push(parent.clone());
                return Err(RoleError::Cycle(circle));
            }
            path.push((parent.clone(), 0));
        } else {
            let mut above: BTreeSet<String> = role.inherits.iter().cloned().collect();
            for parent in &role.inherits {
                above.extend(done.get(parent).into_iter().flatten().cloned());
            }
            done.insert(role.name.clone(), above);
            path.pop();
        }
    }
    Ok(())
}

fn is_word(text: &str) -> bool {
    text == "*"
        || (!text.is_empty()
            && text.len() <= 64
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'))
}

#[cfg(test)]
mod tests {
    use super::{Role, RoleError, Roles, built_in_roles};

    fn role(name: &str, inherits: &[&str], permissions: &[&str]) -> Role {
        Role {
            name: name.to_owned(),
            description: String::new(),
            permissions: permissions.iter().map(|text| text.parse().unwrap()).collect(),
            inherits: inherits.iter().map(|&name| name.to_owned()).collect(),
        }
    }

    #[test]
    fn permissions_are_inherited_through_any_depth() {
        let roles =
            Roles::build([role("a", &["b"], &[]), role("b", &["c"], &[]), role("c", &[], &["tool:call:files/read_*"])])
                .unwrap();
        let names = ["a".to_owned(), "missing".to_owned()];
        assert_eq!(roles.granting(&names, "tool", "call", "files/read_file").unwrap().0, "c");
        assert!(roles.granting(&names, "tool", "call", "files/write_file").is_none());
        assert!(roles.granting(&names, "prompt", "get", "files/read_x").is_none());
    }

    #[test]
    fn circles_and_unknown_parents_are_named() {
        let error = Roles::build([role("a", &["b"], &[]), role("b", &["a"], &[])]).unwrap_err();
        assert_eq!(error.to_string(), "roles inherit in a circle: a -> b -> a");
        let error = Roles::build([role("a", &["x"], &[])]).unwrap_err();
        assert_eq!(error, RoleError::Unknown { role: "a".to_owned(), parent: "x".to_owned() });
    }

    #[test]
    fn built_in_roles_are_as_declared() {
        let roles = Roles::build(built_in_roles()).unwrap();
        let admin = ["admin".to_owned()];
        assert!(roles.granting(&admin, "audit", "read", "anything").is_some());
        assert!(roles.granting(&["viewer".to_owned()], "tool", "call", "files/read").is_none());
        assert_eq!(roles.iter().map(|role| role.permissions.len()).sum::<usize>(), 1 + 8 + 10 + 6);
    }
}
