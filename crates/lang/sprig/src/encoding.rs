//! Encodings and digests of texts: Base64, Base32, Adler-32, SHA-1, SHA-256, SHA-512.

mod base32;
pub(crate) mod base64;

use corten_gotmpl::{Call, Error, Function, Type, Val};
use data_encoding::{BASE32, BASE64, HEXLOWER};
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha512};

use crate::arguments;
use crate::registry::fixed;

pub(crate) static TABLE: &[Function] = &[
    fixed(
        "adler32sum",
        &[Type::String],
        adler32sum,
        "Computes the Adler-32 checksum of a text.",
        (r#"{{ adler32sum "a" }}"#, "6422626"),
    ),
    fixed("b32dec", &[Type::String], b32dec, "Decodes Base32.", (r#"{{ b32dec "ME======" }}"#, "a")),
    fixed("b32enc", &[Type::String], b32enc, "Encodes as Base32.", (r#"{{ b32enc "a" }}"#, "ME======")),
    fixed("b64dec", &[Type::String], b64dec, "Decodes Base64.", (r#"{{ b64dec "YQ==" }}"#, "a")),
    fixed("b64enc", &[Type::String], b64enc, "Encodes as Base64.", (r#"{{ b64enc "a" }}"#, "YQ==")),
    fixed(
        "sha1sum",
        &[Type::String],
        sha1sum,
        "Computes the SHA-1 digest of a text in hexadecimal.",
        (r#"{{ sha1sum "a" }}"#, "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"),
    ),
    fixed(
        "sha256sum",
        &[Type::String],
        sha256sum,
        "Computes the SHA-256 digest of a text in hexadecimal.",
        (r#"{{ sha256sum "a" | trunc 8 }}"#, "ca978112"),
    ),
    fixed(
        "sha512sum",
        &[Type::String],
        sha512sum,
        "Computes the SHA-512 digest of a text in hexadecimal.",
        (r#"{{ sha512sum "a" | trunc 8 }}"#, "1f40fc92"),
    ),
];

fn b64enc(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    Ok(Val::str(BASE64.encode(arguments::bytes(args, 0))))
}

fn b32enc(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    Ok(Val::str(BASE32.encode(arguments::bytes(args, 0))))
}

/// sprig: an error is the result.
fn b64dec(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    Ok(match base64::decode(arguments::bytes(args, 0)) {
        Ok(bytes) => Val::str(bytes),
        Err(offset) => Val::str(format!("illegal base64 data at input byte {offset}")),
    })
}

/// sprig: an error is the result.
fn b32dec(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    Ok(match base32::decode(arguments::bytes(args, 0)) {
        Ok(bytes) => Val::str(bytes),
        Err(offset) => Val::str(format!("illegal base32 data at input byte {offset}")),
    })
}

fn adler32sum(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    Ok(Val::str(adler2::adler32_slice(arguments::bytes(args, 0)).to_string()))
}

fn sha1sum(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    Ok(Val::str(HEXLOWER.encode(&Sha1::digest(arguments::bytes(args, 0)))))
}

fn sha256sum(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    Ok(Val::str(HEXLOWER.encode(&Sha256::digest(arguments::bytes(args, 0)))))
}

fn sha512sum(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    Ok(Val::str(HEXLOWER.encode(&Sha512::digest(arguments::bytes(args, 0)))))
}
