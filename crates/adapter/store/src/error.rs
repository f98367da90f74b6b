//! Why the store cannot be opened.

use std::path::PathBuf;

use corten_govern::GovernanceError;
use corten_govern::ports::StoreError;

/// Why the store cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// A file or folder of the data directory cannot be used.
    #[error("cannot use {}: {reason}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// Another process uses the data directory.
    #[error("the data directory {} is in use by another process; give each its own with --data", .0.display())]
    InUse(PathBuf),
    /// A sealing key is not one.
    #[error("a sealing key must be 32 bytes in base64, for example from `openssl rand -base64 32`")]
    SealKey,
    /// Replicas of one database seal with different keys.
    #[error(
        "this database is used with another sealing key ({theirs}, ours is {ours}); give every \
         replica the same ones with seal_keys: […]"
    )]
    OtherSealKey {
        /// The fingerprint that the database knows.
        theirs: String,
        /// The fingerprint of the key given here.
        ours: String,
    },
    /// The system gives no randomness.
    #[error("the system gives no random numbers")]
    Randomness,
    /// The address of Redis is not one.
    #[error("cannot use the address of Redis: {0}")]
    Redis(String),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What is in the store or in the file does not fit together.
    #[error(transparent)]
    Governance(#[from] GovernanceError),
}
