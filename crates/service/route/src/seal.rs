//! Texts that only we can read and nobody can change: session ids, request states, cursors.
//!
//! AES-256-GCM under a key of ours, with a random nonce and the purpose as associated data, written
//! in letters that headers and URLs take. The first key seals, all of them open: keys are changed by
//! putting a new one in front and leaving the old ones until what they sealed has expired.

use std::sync::{Arc, PoisonError, RwLock};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest as _, Sha256};

/// How long a key is, in bytes.
pub const KEY_LEN: usize = 32;
const TAG_LEN: usize = 4;

/// What a text is sealed for; one sealed for something else does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A session id.
    Session,
    /// What a client sends back with answers.
    RequestState,
    /// A value in shared state.
    Shared,
}

/// Seals and opens.
pub struct Sealer {
    means: Means,
}

enum Means {
    /// Keys of our own.
    Keys(RwLock<Arc<[Key]>>),
    /// Whoever keeps the keys.
    Port(Arc<dyn corten_govern::ports::Sealer>),
}

struct Key {
    tag: [u8; TAG_LEN],
    key: LessSafeKey,
}

/// No keys, or the system gives no randomness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot seal: {0}")]
pub struct SealError(&'static str);

impl Sealer {
    /// A sealer with these keys, the newest first.
    pub fn new(keys: &[[u8; KEY_LEN]]) -> Result<Self, SealError> {
        Ok(Self { means: Means::Keys(RwLock::new(prepare(keys)?)) })
    }

    /// A sealer that has its keys elsewhere.
    pub fn with(port: Arc<dyn corten_govern::ports::Sealer>) -> Self {
        Self { means: Means::Port(port) }
    }

    /// A sealer with a key of its own: what it seals does not outlive the process.
    pub fn ephemeral() -> Result<Self, SealError> {
        Self::new(&[random()?])
    }

    /// Takes other keys from now on, the newest first.
    pub fn rotate(&self, keys: &[[u8; KEY_LEN]]) -> Result<(), SealError> {
        let keys = prepare(keys)?;
        match &self.means {
            Means::Keys(own) => *own.write().unwrap_or_else(PoisonError::into_inner) = keys,
            Means::Port(_) => return Err(SealError("the keys are kept elsewhere")),
        }
        Ok(())
    }

    /// Seals.
    pub fn seal(&self, purpose: Purpose, plain: &[u8]) -> Result<String, SealError> {
        let keys = match &self.means {
            Means::Keys(keys) => Arc::clone(&keys.read().unwrap_or_else(PoisonError::into_inner)),
            Means::Port(port) => return Ok(BASE64URL_NOPAD.encode(&port.seal(name(purpose), plain))),
        };
        let key = keys.first().ok_or(SealError("there is no key"))?;
        let nonce: [u8; NONCE_LEN] = random()?;
        let mut sealed = Vec::with_capacity(TAG_LEN + NONCE_LEN + plain.len() + AES_256_GCM.tag_len());
        sealed.extend_from_slice(&key.tag);
        sealed.extend_from_slice(&nonce);
        let mut text = plain.to_vec();
        key.key
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(name(purpose).as_bytes()),
                &mut text,
            )
            .map_err(|_| SealError("the text is too long"))?;
        sealed.append(&mut text);
        Ok(BASE64URL_NOPAD.encode(&sealed))
    }

    /// Opens; `None` for what we did not seal for this purpose.
    pub fn open(&self, purpose: Purpose, sealed: &str) -> Option<Vec<u8>> {
        let mut bytes = BASE64URL_NOPAD.decode(sealed.as_bytes()).ok()?;
        let keys = match &self.means {
            Means::Keys(keys) => Arc::clone(&keys.read().unwrap_or_else(PoisonError::into_inner)),
            Means::Port(port) => return port.open(name(purpose), &bytes),
        };
        let (tag, rest) = bytes.split_at_mut_checked(TAG_LEN)?;
        let (nonce, text) = rest.split_at_mut_checked(NONCE_LEN)?;
        let nonce: [u8; NONCE_LEN] = (&*nonce).try_into().ok()?;
        let key = keys.iter().find(|key| key.tag == *tag)?;
        let plain = key
            .key
            .open_in_place(Nonce::assume_unique_for_key(nonce), Aad::from(name(purpose).as_bytes()), text)
            .ok()?;
        Some(plain.to_vec())
    }
}

/// Random bytes of the system: the library's own generator takes 50 ms to begin with.
fn random<const N: usize>() -> Result<[u8; N], SealError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| SealError("the system gives no random bytes"))?;
    Ok(bytes)
}

/// A random text that nobody can guess.
pub fn token() -> Result<String, SealError> {
    Ok(BASE64URL_NOPAD.encode(&random::<15>()?))
}

fn prepare(keys: &[[u8; KEY_LEN]]) -> Result<Arc<[Key]>, SealError> {
    keys.iter()
        .map(|bytes| {
            let digest = Sha256::digest(bytes);
            let mut tag = [0; TAG_LEN];
            tag.copy_from_slice(&digest[..TAG_LEN]);
            let key = UnboundKey::new(&AES_256_GCM, bytes).map_err(|_| SealError("a key has the wrong length"))?;
            Ok(Key { tag, key: LessSafeKey::new(key) })
        })
        .collect()
}

const fn name(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Session => "mcp session 1",
        Purpose::RequestState => "mcp request state 1",
        Purpose::Shared => "mcp shared 1",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_until_its_key_is_gone() {
        let keeper = Sealer::new(&[[1; KEY_LEN]]).unwrap();
        let sealed = keeper.seal(Purpose::Session, b"state").unwrap();
        assert!(sealed.bytes().all(|byte| byte.is_ascii_graphic()));
        assert_eq!(keeper.open(Purpose::Session, &sealed).as_deref(), Some(&b"state"[..]));
        assert_eq!(keeper.open(Purpose::RequestState, &sealed), None);
        keeper.rotate(&[[2; KEY_LEN], [1; KEY_LEN]]).unwrap();
        assert!(keeper.open(Purpose::Session, &sealed).is_some());
        keeper.rotate(&[[2; KEY_LEN]]).unwrap();
        assert_eq!(keeper.open(Purpose::Session, &sealed), None);
    }

    #[test]
    fn what_was_changed_does_not_open() {
        let keeper = Sealer::ephemeral().unwrap();
        let sealed = keeper.seal(Purpose::Session, b"state").unwrap();
        for at in 0..sealed.len() {
            let mut changed = sealed.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(keeper.open(Purpose::Session, &changed), None, "at {at}");
        }
        assert_eq!(keeper.open(Purpose::Session, ""), None);
        assert_eq!(keeper.open(Purpose::Session, "!!"), None);
    }
}
