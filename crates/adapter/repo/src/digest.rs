//! The name of a file in the content cache.

use sha2::{Digest as _, Sha256};

/// SHA-256 in hexadecimal.
pub fn digest(data: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(data))
}
