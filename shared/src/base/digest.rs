//! Digests, as receipts and indexes write them.

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

/// Returns the SHA-256 of `bytes` as 64 small hexadecimal digits.
///
/// ```
/// # use shared::base::digest::sha256;
/// assert!(sha256(b"abc").starts_with("ba7816bf") && sha256(b"").len() == 64);
/// ```
pub fn sha256(bytes: impl AsRef<[u8]>) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes.as_ref()))
}
