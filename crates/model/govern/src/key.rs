//! API keys: how they look, how they are kept, how they are checked.
//!
//! A key is `corten_<id>_<secret>`: sixteen hexadecimal digits by which it is found and 256 random
//! bits in base64url. Only the SHA-256 of the whole text is kept. Randomness and time come from
//! the caller. Whether a presented key exists does not show in how long the check takes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::limit::Rate;
use crate::principal::{Principal, PrincipalKind};
use crate::timestamp::{Timestamp, rfc3339_option};
use corten_secret::Secret;

/// What every key starts with, so that scanners recognise a leaked one.
pub const KEY_PREFIX: &str = "corten_";

/// Random bytes that a key is made of.
pub const KEY_ENTROPY: usize = 40;

/// A key as it is kept: everything but the key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiKey {
    /// The public part by which the key is found.
    pub id: String,
    /// What the key is for, in the words of who made it.
    pub name: String,
    /// The SHA-256 of the key in hexadecimal.
    pub hash: String,
    /// What the key may be used for: `mcp`, `admin`, `admin:read`, and whatever policies look at.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// The roles of its user.
    #[serde(default)]
    pub roles: Vec<String>,
    /// When it ends.
    #[serde(default, with = "rfc3339_option", skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    /// When it was made.
    #[serde(default, with = "rfc3339_option", skip_serializing_if = "Option::is_none")]
    pub created: Option<Timestamp>,
    /// Switched off without being deleted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub disabled: bool,
    /// A limit of its own in place of the general one per caller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<Rate>,
}

/// A new key with the text that is shown once.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// What is kept.
    pub key: ApiKey,
    /// What is handed to the user.
    pub secret: Secret<String>,
}

/// Makes a key from random bytes; scopes, roles and expiry are set by the caller.
pub fn make_key(name: &str, entropy: &[u8; KEY_ENTROPY], now: Timestamp) -> NewKey {
    let (id, secret) = entropy.split_at(8);
    let id = HEXLOWER.encode(id);
    let text = format!("{KEY_PREFIX}{id}_{}", BASE64URL_NOPAD.encode(secret));
    let key = ApiKey {
        id,
        name: name.to_owned(),
        hash: hash_key(&text),
        scopes: Vec::new(),
        roles: Vec::new(),
        expires: None,
        created: Some(now),
        disabled: false,
        limit: None,
    };
    NewKey { key, secret: Secret::new(text) }
}

/// What is kept of a key's text, in hexadecimal; also for keys that the operator's file brings.
pub fn hash_key(text: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(text.as_bytes()))
}

/// Why a presented key is refused. The outside only learns that it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// No such key.
    #[error("unknown API key")]
    Unknown,
    /// It ended.
    #[error("the API key has expired")]
    Expired,
    /// It was switched off.
    #[error("the API key is disabled")]
    Disabled,
}

/// How often a key was used since the last time that was written down.
#[derive(Debug, Default)]
pub struct KeyUse {
    count: AtomicU64,
    last: AtomicI64,
}

impl KeyUse {
    /// Takes the uses that are not written down yet, with the time of the last.
    pub fn take(&self) -> Option<(u64, Timestamp)> {
        let count = self.count.swap(0, Ordering::AcqRel);
        (count > 0).then(|| (count, Timestamp::from_micros(self.last.load(Ordering::Acquire))))
    }

    /// Gives back uses that could not be written down.
    pub fn give_back(&self, count: u64) {
        self.count.fetch_add(count, Ordering::AcqRel);
    }

    /// Uses that are not written down yet.
    pub fn pending(&self) -> u64 {
        self.count.load(Ordering::Acquire)
    }

    fn count(&self, now: Timestamp) {
        self.count.fetch_add(1, Ordering::AcqRel);
        self.last.fetch_max(now.micros(), Ordering::AcqRel);
    }
}

/// One key, ready to be checked.
#[derive(Debug)]
struct Entry {
    key: ApiKey,
    digest: [u8; 32],
    principal: Arc<Principal>,
    uses: Arc<KeyUse>,
}

/// All keys, found by id or, for keys of the operator's file that have another form, by hash.
#[derive(Debug, Default)]
pub struct KeyRing {
    by_id: BTreeMap<String, Entry>,
    by_digest: BTreeMap<[u8; 32], String>,
}

impl KeyRing {
    /// Builds the ring; counters of keys that were there before go on in the new one.
    pub fn build(keys: impl IntoIterator<Item = ApiKey>, before: Option<&Self>) -> Self {
        let mut ring = Self::default();
        for key in keys {
            let Ok(digest) = HEXLOWER.decode(key.hash.as_bytes()) else { continue };
            let Ok(digest) = <[u8; 32]>::try_from(digest) else { continue };
            let uses = before.and_then(|ring| ring.by_id.get(&key.id)).map(|entry| Arc::clone(&entry.uses));
            let principal = Arc::new(key_principal(&key));
            ring.by_digest.insert(digest, key.id.clone());
            ring.by_id.insert(key.id.clone(), Entry { key, digest, principal, uses: uses.unwrap_or_default() });
        }
        ring
    }

    /// Checks a presented key and counts its use.
    pub fn verify(&self, presented: &str, now: Timestamp) -> Result<(Arc<Principal>, &ApiKey), KeyError> {
        let digest: [u8; 32] = Sha256::digest(presented.as_bytes()).into();
        // Found by the digest, never by comparing the key itself: what a comparison's time tells
        // about a digest tells nothing about the key.
        let entry = self.by_digest.get(&digest).and_then(|id| self.by_id.get(id));
        let expected = entry.map_or([0; 32], |entry| entry.digest);
        let is_equal: bool = expected.ct_eq(&digest).into();
        let entry = entry.filter(|_| is_equal).ok_or(KeyError::Unknown)?;
        if entry.key.disabled {
            return Err(KeyError::Disabled);
        }
        if entry.key.expires.is_some_and(|end| end <= now) {
            return Err(KeyError::Expired);
        }
        entry.uses.count(now);
        Ok((Arc::clone(&entry.principal), &entry.key))
    }

    /// The key with an id.
    pub fn get(&self, id: &str) -> Option<&ApiKey> {
        self.by_id.get(id).map(|entry| &entry.key)
    }

    /// The counter of a key.
    pub fn uses(&self, id: &str) -> Option<&Arc<KeyUse>> {
        self.by_id.get(id).map(|entry| &entry.uses)
    }

    /// Every key with its counter, in the order of ids.
    pub fn iter(&self) -> impl Iterator<Item = (&ApiKey, &Arc<KeyUse>)> {
        self.by_id.values().map(|entry| (&entry.key, &entry.uses))
    }
}

/// Says whether a text looks like a key of ours, as opposed to a token of an identity provider.
pub fn is_key(text: &str) -> bool {
    text.starts_with(KEY_PREFIX)
}

fn key_principal(key: &ApiKey) -> Principal {
    let sorted = |list: &[String]| {
        let mut list = list.to_vec();
        list.sort();
        list.dedup();
        list
    };
    Principal {
        kind: PrincipalKind::Key,
        name: key.id.clone(),
        roles: sorted(&key.roles),
        scopes: sorted(&key.scopes),
        issuer: None,
        claims: BTreeMap::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{KEY_ENTROPY, KeyError, KeyRing, make_key};
    use crate::timestamp::Timestamp;

    const NOW: Timestamp = Timestamp::from_secs(1_000);

    #[test]
    fn a_key_is_accepted_until_it_ends_and_its_uses_survive_a_rebuild() {
        let mut new = make_key("laptop", &[7; KEY_ENTROPY], NOW);
        new.key.expires = Some(Timestamp::from_secs(2_000));
        let ring = KeyRing::build([new.key.clone()], None);
        let secret = new.secret.expose();
        assert_eq!(ring.verify(secret, NOW).unwrap().0.id(), "key:0707070707070707");
        let ring = KeyRing::build([new.key.clone()], Some(&ring));
        assert_eq!(ring.uses(&new.key.id).unwrap().take(), Some((1, NOW)));
        assert_eq!(ring.verify(secret, Timestamp::from_secs(2_000)).unwrap_err(), KeyError::Expired);
        assert_eq!(ring.verify(&secret[..secret.len() - 1], NOW).unwrap_err(), KeyError::Unknown);
        assert_eq!(ring.verify("", NOW).unwrap_err(), KeyError::Unknown);
    }

    #[test]
    fn a_disabled_key_is_refused() {
        let mut new = make_key("laptop", &[1; KEY_ENTROPY], NOW);
        new.key.disabled = true;
        let ring = KeyRing::build([new.key], None);
        assert_eq!(ring.verify(new.secret.expose(), NOW).unwrap_err(), KeyError::Disabled);
    }
}
