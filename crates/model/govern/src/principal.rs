//! Who calls.
//!
//! A principal is made once per credential by authentication and shared by every call that uses
//! it. It never holds the credential itself.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// How a caller proved who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PrincipalKind {
    /// Nobody proved anything, and anonymous calls are switched on.
    Anonymous,
    /// By an API key.
    Key,
    /// By a signed token of an identity provider.
    User,
}

impl PrincipalKind {
    /// The word in identifiers and in records.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Anonymous => "anonymous",
            Self::Key => "key",
            Self::User => "user",
        }
    }

    /// The entity type in policies.
    pub(crate) const fn entity_type(self) -> &'static str {
        match self {
            Self::Anonymous => "Anonymous",
            Self::Key => "Key",
            Self::User => "User",
        }
    }
}

/// The caller of one request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Principal {
    /// How it proved who it is.
    pub kind: PrincipalKind,
    /// The name within its kind: a key's id, a token's subject.
    pub name: String,
    /// The names of its roles, sorted.
    #[serde(default)]
    pub roles: Vec<String>,
    /// What its credential may be used for, sorted.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Who issued the token of a user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// Text claims of the token that policies may look at.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub claims: BTreeMap<String, String>,
}

impl Principal {
    /// A caller of whom nothing is known, with the roles that anonymous calls get.
    pub fn anonymous(mut roles: Vec<String>) -> Self {
        roles.sort();
        roles.dedup();
        Self {
            kind: PrincipalKind::Anonymous,
            name: "anonymous".to_owned(),
            roles,
            scopes: Vec::new(),
            issuer: None,
            claims: BTreeMap::new(),
        }
    }

    /// The caller's identity in records and limits: `key:3f9a…`, `user:issuer|subject`, `anonymous`.
    pub fn id(&self) -> String {
        self.to_string()
    }

    /// Says whether the credential carries a scope.
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scopes.iter().any(|own| own == scope)
    }

    /// A hash of everything that a policy may look at, so that decisions are kept per caller as it is now.
    pub fn fingerprint(&self) -> u64 {
        let mut hash = crate::fnv::Fnv::new();
        hash.text(self.kind.as_str()).text(&self.name).text(self.issuer.as_deref().unwrap_or_default());
        for role in &self.roles {
            hash.text("r").text(role);
        }
        for scope in &self.scopes {
            hash.text("s").text(scope);
        }
        for (name, value) in &self.claims {
            hash.text("c").text(name).text(value);
        }
        hash.finish()
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.kind, &self.issuer) {
            (PrincipalKind::Anonymous, _) => out.write_str("anonymous"),
            (PrincipalKind::User, Some(issuer)) => write!(out, "user:{issuer}|{}", self.name),
            (kind, _) => write!(out, "{}:{}", kind.as_str(), self.name),
        }
    }
}
