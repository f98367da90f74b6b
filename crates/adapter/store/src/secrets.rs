//! Keys of this installation: what seals, what signs.
//!
//! They live in `keys/` of the data directory, readable by their owner only, and are made on first
//! use. Replicas that share a database share the sealing key: it is then given by the operator.

use std::io::Write as _;
use std::path::Path;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::digest;
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use corten_govern::Secret;
use corten_govern::audit::{Signer, Verifier};
use corten_govern::ports::Sealer;
use data_encoding::{BASE64, HEXLOWER};

use crate::error::OpenError;

/// Bytes of a sealing key.
pub const SEAL_KEY: usize = 32;

/// Seals with the newest of several keys and opens with any.
pub struct Seals {
    keys: Vec<(u8, LessSafeKey)>,
    fingerprints: Vec<String>,
}

impl std::fmt::Debug for Seals {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Seals").field("fingerprints", &self.fingerprints).finish_non_exhaustive()
    }
}

impl Seals {
    /// The first key seals, all of them open.
    pub fn new(keys: &[Secret<[u8; SEAL_KEY]>]) -> Result<Self, OpenError> {
        let mut seals = Vec::new();
        let mut fingerprints = Vec::new();
        for key in keys {
            let digest = digest::digest(&digest::SHA256, key.expose());
            let mark = digest.as_ref()[0];
            fingerprints.push(HEXLOWER.encode(&digest.as_ref()[..8]));
            let key = UnboundKey::new(&AES_256_GCM, key.expose()).map_err(|_| OpenError::SealKey)?;
            seals.push((mark, LessSafeKey::new(key)));
        }
        if seals.is_empty() {
            return Err(OpenError::SealKey);
        }
        Ok(Self { keys: seals, fingerprints })
    }

    /// Tells the key that seals from others without telling the key.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprints[0]
    }

    /// Says whether a key of that fingerprint opens here.
    pub(crate) fn knows(&self, fingerprint: &str) -> bool {
        self.fingerprints.iter().any(|own| own == fingerprint)
    }
}

impl Sealer for Seals {
    fn seal(&self, purpose: &str, plain: &[u8]) -> Vec<u8> {
        let mut nonce = [0; NONCE_LEN];
        // Without randomness nothing may be sealed; an empty text opens nowhere.
        if getrandom::fill(&mut nonce).is_err() {
            return Vec::new();
        }
        let (mark, key) = &self.keys[0];
        let mut sealed = Vec::with_capacity(1 + NONCE_LEN + plain.len() + AES_256_GCM.tag_len());
        sealed.push(*mark);
        sealed.extend_from_slice(&nonce);
        let mut body = plain.to_vec();
        let aad = Aad::from(purpose.as_bytes());
        if key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut body).is_err() {
            return Vec::new();
        }
        sealed.extend_from_slice(&body);
        sealed
    }

    fn open(&self, purpose: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        let (mark, rest) = sealed.split_first()?;
        let (nonce, body) = rest.split_at_checked(NONCE_LEN)?;
        let nonce: [u8; NONCE_LEN] = nonce.try_into().ok()?;
        self.keys.iter().filter(|(own, _)| own == mark).find_map(|(_, key)| {
            let mut body = body.to_vec();
            let aad = Aad::from(purpose.as_bytes());
            let plain = key.open_in_place(Nonce::assume_unique_for_key(nonce), aad, &mut body).ok()?;
            Some(plain.to_vec())
        })
    }
}

/// The signature of this installation under its checkpoints.
pub struct Ed25519Signer {
    pair: Ed25519KeyPair,
}

impl std::fmt::Debug for Ed25519Signer {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Ed25519Signer").field("key", &self.key_id()).finish_non_exhaustive()
    }
}

impl Signer for Ed25519Signer {
    fn key_id(&self) -> String {
        BASE64.encode(self.pair.public_key().as_ref())
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.pair.sign(message).as_ref().to_vec()
    }
}

/// Checks signatures of trusted keys; of any key when none is named.
#[derive(Clone, Debug, Default)]
pub struct Ed25519Verifier {
    /// Trusted public keys in base64.
    pub trusted: Vec<String>,
}

impl Verifier for Ed25519Verifier {
    fn verify(&self, key_id: &str, message: &[u8], signature: &[u8]) -> bool {
        if !self.trusted.is_empty() && !self.trusted.iter().any(|key| key == key_id) {
            return false;
        }
        BASE64
            .decode(key_id.as_bytes())
            .is_ok_and(|key| UnparsedPublicKey::new(&ED25519, key).verify(message, signature).is_ok())
    }
}

/// Reads the sealing key of a data directory, or makes it.
pub(crate) fn seal_key(keys: &Path) -> Result<Secret<[u8; SEAL_KEY]>, OpenError> {
    let path = keys.join("seal.key");
    let text = read_or_make(&path, || {
        let mut key = [0; SEAL_KEY];
        getrandom::fill(&mut key).map_err(|_| OpenError::Randomness)?;
        Ok(BASE64.encode(&key))
    })?;
    parse_seal_key(text.expose())
}

/// Reads a sealing key from base64.
pub fn parse_seal_key(text: &str) -> Result<Secret<[u8; SEAL_KEY]>, OpenError> {
    let bytes = BASE64.decode(text.trim().as_bytes()).map_err(|_| OpenError::SealKey)?;
    <[u8; SEAL_KEY]>::try_from(bytes).map(Secret::new).map_err(|_| OpenError::SealKey)
}

/// Reads the signing key of a data directory, or makes it; `audit.pub` beside it is its public half.
pub(crate) fn signer(keys: &Path) -> Result<Ed25519Signer, OpenError> {
    let path = keys.join("audit.key");
    let text = read_or_make(&path, || {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|_| OpenError::Randomness)?;
        Ok(BASE64.encode(&seed))
    })?;
    let bad = || OpenError::File { path: path.clone(), reason: "it does not hold a signing key".to_owned() };
    let seed = BASE64.decode(text.expose().trim().as_bytes()).map_err(|_| bad())?;
    let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| bad())?;
    let signer = Ed25519Signer { pair };
    let public = keys.join("audit.pub");
    if !public.exists() {
        let failed = |error: std::io::Error| OpenError::File { path: public.clone(), reason: error.to_string() };
        std::fs::write(&public, format!("{}\n", signer.key_id())).map_err(failed)?;
    }
    Ok(signer)
}

fn read_or_make(path: &Path, make: impl FnOnce() -> Result<String, OpenError>) -> Result<Secret<String>, OpenError> {
    let failed = |error: std::io::Error| OpenError::File { path: path.to_owned(), reason: error.to_string() };
    match std::fs::read_to_string(path) {
        Ok(text) => return Ok(Secret::new(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(failed(error)),
    }
    let text = make()?;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(path).map_err(failed)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
    Ok(Secret::new(text))
}

#[cfg(test)]
mod tests {
    use corten_govern::Secret;
    use corten_govern::ports::Sealer as _;

    use super::Seals;

    #[test]
    fn what_was_sealed_opens_only_for_its_purpose_and_with_a_known_key() {
        let (old, new) = (Secret::new([1; 32]), Secret::new([2; 32]));
        let before = Seals::new(std::slice::from_ref(&old)).unwrap();
        let after = Seals::new(&[new.clone(), old]).unwrap();
        let sealed = before.seal("session", b"state");
        assert_eq!(after.open("session", &sealed).as_deref(), Some(&b"state"[..]));
        assert_eq!(after.open("vault", &sealed), None);
        assert_eq!(Seals::new(&[new]).unwrap().open("session", &sealed), None);
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(after.open("session", &changed), None, "byte {at}");
        }
        assert_eq!(after.open("session", b""), None);
        assert_ne!(sealed, before.seal("session", b"state"), "never the same twice");
    }
}
