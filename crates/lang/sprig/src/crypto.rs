//! Keys, certificates, passwords: sprig's `crypto.go`.
//!
//! Entropy, key generation and signatures come from the world; what is written around them (DER,
//! PEM, X.509 with sprig's extensions) is made here, as Go's library makes it.

mod certificate;
mod cipher;
mod der;
mod keys;
mod password;
mod pem;
mod x509;

use corten_gotmpl::{Call, Error, Function, KeyKind, Type, Val};

use crate::arguments::{bytes, int, text};
use crate::registry::fixed;
use certificate::{CERTIFICATE, NAMES};

#[rustfmt::skip]
pub(crate) static TABLE: &[Function] = &[
    fixed("bcrypt", &[Type::String], |call, args| Ok(Val::str(password::bcrypt(call.world, bytes(args, 0)))),
        "The bcrypt hash of a text.", (r#"{{ bcrypt "x" | len }}"#, "60")),
    fixed("buildCustomCert", &[Type::String, Type::String], certificate::build_custom,
        "A certificate object of a certificate and a key in base64 of PEM.",
        (r#"{{ $ca := genCA "a" 1 }}{{ (buildCustomCert (b64enc $ca.Cert) (b64enc $ca.Key)).Key }}"#, "")),
    fixed("decryptAES", &[Type::String, Type::String], |_, args| cipher::decrypt(bytes(args, 0), bytes(args, 1)),
        "The text that encryptAES encrypted.",
        (r#"{{ decryptAES "key" (encryptAES "key" "text") }}"#, "text")),
    fixed("derivePassword", &[Type::Uint32, Type::String, Type::String, Type::String, Type::String], password::derive,
        "A password of counter, type, master password, user and site.",
        (r#"{{ derivePassword 1 "long" "password" "user" "example.com" }}"#, "ZedaFaxcZaso9*")),
    fixed("encryptAES", &[Type::String, Type::String], |call, args| Ok(cipher::encrypt(call.world, bytes(args, 0), bytes(args, 1))),
        "A text encrypted with AES-256 in CBC mode, in base64.", (r#"{{ encryptAES "key" "text" | len }}"#, "44")),
    fixed("genCA", &[Type::String, Type::Int], |call, args| {
            let key = keys::PrivateKey::generate(call.world)?;
            certificate::authority(call.world, args, &key)
        },
        "A certificate authority of name and days.", (r#"{{ (genCA "my-ca" 365).Cert }}"#, "")),
    fixed("genCAWithKey", &[Type::String, Type::Int, Type::String], |call, args| {
            let key = given_key(call, args, 2)?;
            certificate::authority(call.world, args, &key)
        },
        "A certificate authority of name, days and a private key in PEM.",
        (r#"{{ $key := (genCA "a" 1).Key }}{{ (genCAWithKey "my-ca" 365 $key).Cert }}"#, "")),
    fixed("genPrivateKey", &[Type::String], generate_private_key,
        "A private key in PEM: rsa, dsa, ecdsa or ed25519.", (r#"{{ genPrivateKey "ed25519" }}"#, "")),
    fixed("genSelfSignedCert", &[Type::String, NAMES, NAMES, Type::Int], |call, args| {
            let key = keys::PrivateKey::generate(call.world)?;
            certificate::self_signed(call.world, args, &key)
        },
        "A self-signed certificate of name, addresses, host names and days.",
        (r#"{{ (genSelfSignedCert "a" nil (list "a.example.org") 365).Cert }}"#, "")),
    fixed("genSelfSignedCertWithKey", &[Type::String, NAMES, NAMES, Type::Int, Type::String], |call, args| {
            let key = given_key(call, args, 4)?;
            certificate::self_signed(call.world, args, &key)
        },
        "A self-signed certificate for a private key in PEM.",
        (r#"{{ $key := (genCA "a" 1).Key }}{{ (genSelfSignedCertWithKey "a" nil nil 365 $key).Cert }}"#, "")),
    fixed("genSignedCert", &[Type::String, NAMES, NAMES, Type::Int, Type::Object(&CERTIFICATE)], |call, args| {
            let key = keys::PrivateKey::generate(call.world)?;
            certificate::signed(call.world, args, &key)
        },
        "A certificate of name, addresses, host names and days, signed by an authority.",
        (r#"{{ (genSignedCert "a" nil nil 365 (genCA "ca" 365)).Cert }}"#, "")),
    fixed("genSignedCertWithKey",
        &[Type::String, NAMES, NAMES, Type::Int, Type::Object(&CERTIFICATE), Type::String], |call, args| {
            let key = given_key(call, args, 5)?;
            certificate::signed(call.world, args, &key)
        },
        "A certificate for a private key in PEM, signed by an authority.",
        (r#"{{ (genSignedCertWithKey "a" nil nil 365 (genCA "ca" 365) (genPrivateKey "ecdsa")).Cert }}"#, "")),
    fixed("htpasswd", &[Type::String, Type::String], |call, args| Ok(password::htpasswd(call.world, bytes(args, 0), bytes(args, 1))),
        "A line of an htpasswd file.", (r#"{{ htpasswd "user" "x" | len }}"#, "65")),
];

fn given_key(call: &Call<'_>, args: &[Val], position: usize) -> Result<keys::PrivateKey, Error> {
    keys::PrivateKey::parse(call.world, bytes(args, position))
        .map_err(|error| Error::new(format!("parsing private key: {error}")))
}

/// sprig: `generatePrivateKey`, whose errors are texts.
fn generate_private_key(call: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    let name = text(args, 0);
    let (kind, label) = match name.as_bytes() {
        b"" | b"rsa" => (KeyKind::Rsa(4096), "RSA PRIVATE KEY"),
        b"dsa" => (KeyKind::Dsa, "DSA PRIVATE KEY"),
        b"ecdsa" => (KeyKind::EcdsaP256, "EC PRIVATE KEY"),
        b"ed25519" => (KeyKind::Ed25519, "PRIVATE KEY"),
        other => return Ok(Val::str([b"Unknown type ", other].concat())),
    };
    Ok(Val::str(match call.world.generate_key(kind) {
        Ok(key) => pem::encode(label, &key),
        Err(error) => format!("failed to generate private key: {error}"),
    }))
}

/// The days of a certificate.
fn days(args: &[Val], position: usize) -> i64 {
    int(args, position)
}
