//! The one door from templates to the outside, as a port that the host implements.

use corten_value::Value;

/// The severity of a log line, as Go's slog names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// `DEBUG`.
    Debug,
    /// `INFO`.
    Info,
    /// `WARN`.
    Warn,
    /// `ERROR`.
    Error,
}

/// A kind of private key that template functions generate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// RSA with this many bits of modulus (sprig: 2048 for certificates, 4096 for `genPrivateKey`).
    Rsa(usize),
    /// DSA, L 2048 and N 256.
    Dsa,
    /// ECDSA on P-256.
    EcdsaP256,
    /// Ed25519.
    Ed25519,
}

/// A kind of signature, with the form of the private key that makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureKind {
    /// RSA PKCS#1 v1.5 with SHA-256; the key is PKCS#1 DER.
    RsaSha256,
    /// ECDSA on P-256 with SHA-256; the key is the scalar.
    EcdsaP256Sha256,
    /// ECDSA on P-384 with SHA-384; the key is the scalar.
    EcdsaP384Sha384,
    /// ECDSA on P-521 with SHA-512; the key is the scalar.
    EcdsaP521Sha512,
    /// Ed25519; the key is the seed.
    Ed25519,
}

/// Work that may be done on any thread.
pub type Job<'a> = Box<dyn FnOnce() + Send + 'a>;

/// Work for the thread at hand, beside a [`Job`].
pub type OwnJob<'a> = Box<dyn FnOnce() + 'a>;

/// The one door from templates to the outside: clock, zone, entropy, keys, DNS, cluster, log.
///
/// Implemented by the host for real use and by test kits with fixed answers.
pub trait World {
    /// The current time in nanoseconds since 1970-01-01 UTC.
    fn now(&self) -> i128;

    /// The name of the local time zone in the tz database (`UTC`, `Europe/Berlin`) or a `TZif` blob.
    fn local_zone(&self) -> corten_gostd::time::Zone;

    /// Fills the buffer with random bytes, fit for keys.
    fn random(&self, buffer: &mut [u8]);

    /// Generates a private key and returns its DER: PKCS#1 for RSA, sprig's OpenSSL form for DSA,
    /// SEC 1 for ECDSA, PKCS#8 for `Ed25519`.
    fn generate_key(&self, kind: KeyKind) -> Result<Vec<u8>, String>;

    /// Signs a message; ECDSA signatures are DER.
    fn sign(&self, kind: SignatureKind, _key: &[u8], _message: &[u8]) -> Result<Vec<u8>, String> {
        Err(format!("no {kind:?} signatures here"))
    }

    /// The public key of a scalar (an uncompressed point) or a seed.
    fn public_key(&self, kind: SignatureKind, _key: &[u8]) -> Result<Vec<u8>, String> {
        Err(format!("no {kind:?} keys here"))
    }

    /// An address of the host name, or an empty string.
    fn host_by_name(&self, name: &str) -> String;

    /// The object of the cluster, or the list of them for an empty name; an empty table offline.
    fn lookup(&self, api_version: &str, kind: &str, namespace: &str, name: &str) -> Result<Value, String>;

    /// The text behind a schema's `$ref` to a file or URL.
    fn schema_text(&self, url: &str) -> Result<String, String>;

    /// Does two pieces of work, side by side where there is a core to spare, or else the left one first. Both
    /// are done after it.
    fn join(&self, left: OwnJob<'_>, right: Job<'_>) {
        left();
        right();
    }

    /// Writes a log line (`level=WARN msg="…" key=value`) to the user.
    fn log(&self, level: LogLevel, message: &str, attributes: &[(&str, &str)]);
}
