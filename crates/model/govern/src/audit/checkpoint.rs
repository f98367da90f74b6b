//! Signed statements of how far each writer's chain had come.

use data_encoding::{BASE64, HEXLOWER};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};

use crate::timestamp::{Timestamp, rfc3339};

/// Signs with a private key that it keeps to itself.
pub trait Signer: Send + Sync {
    /// The public key, by which the signature is checked, in base64.
    fn key_id(&self) -> String;
    /// The Ed25519 signature of a message.
    fn sign(&self, message: &[u8]) -> Vec<u8>;
}

/// Checks Ed25519 signatures.
pub trait Verifier: Send + Sync {
    /// Says whether a signature by a public key (base64) is right, and the key is one to be trusted.
    fn verify(&self, key_id: &str, message: &[u8], signature: &[u8]) -> bool;
}

/// How far a writer's chain had come.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Head {
    /// The writer.
    pub writer: String,
    /// Its last entry's number.
    pub seq: u64,
    /// Its last entry's hash.
    pub hash: String,
}

/// What was removed because it had been kept for long enough.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LetGo {
    /// The number of the last checkpoint that was removed, 0 for none.
    pub checkpoint: u64,
    /// Its hash.
    pub hash: String,
    /// The last entry that was removed of each writer of whom any was, by writer.
    pub entries: Vec<Head>,
}

impl LetGo {
    /// Nothing was removed so far.
    pub fn nothing() -> Self {
        Self { checkpoint: 0, hash: super::GENESIS.to_owned(), entries: Vec::new() }
    }
}

/// What a checkpoint says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckpointBody {
    /// Its number, from 1, over all writers.
    pub number: u64,
    /// The hash of the checkpoint before.
    pub prev: String,
    /// When it was made.
    #[serde(with = "rfc3339")]
    pub time: Timestamp,
    /// Every writer's head, by writer.
    pub heads: Vec<Head>,
    /// What was removed so far, where this is the checkpoint that says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub let_go: Option<LetGo>,
    /// The public key of its signature.
    pub key: String,
}

/// A signed checkpoint; the body is kept byte for byte as it was signed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Checkpoint {
    /// What it says.
    pub checkpoint: Box<RawValue>,
    /// The signature over the body's bytes, in base64.
    pub signature: String,
}

impl Checkpoint {
    /// Reads the body.
    pub fn read(&self) -> Result<CheckpointBody, serde_json::Error> {
        serde_json::from_str(self.checkpoint.get())
    }

    /// The hash that the next checkpoint names.
    pub fn hash(&self) -> String {
        HEXLOWER.encode(&Sha256::digest(self.checkpoint.get().as_bytes()))
    }

    /// Checks the signature.
    pub fn is_signed(&self, key_id: &str, verifier: &dyn Verifier) -> bool {
        BASE64
            .decode(self.signature.as_bytes())
            .is_ok_and(|signature| verifier.verify(key_id, self.checkpoint.get().as_bytes(), &signature))
    }
}

/// Makes the checkpoint after `last` (its number and hash) and signs it.
pub fn make_checkpoint(
    last: Option<(u64, &str)>,
    mut heads: Vec<Head>,
    let_go: Option<LetGo>,
    time: Timestamp,
    signer: &dyn Signer,
) -> Result<Checkpoint, serde_json::Error> {
    heads.sort();
    let (number, prev) = last.unwrap_or((0, super::GENESIS));
    let body = CheckpointBody { number: number + 1, prev: prev.to_owned(), time, heads, let_go, key: signer.key_id() };
    let body = serde_json::value::to_raw_value(&body)?;
    let signature = BASE64.encode(&signer.sign(body.get().as_bytes()));
    Ok(Checkpoint { checkpoint: body, signature })
}
