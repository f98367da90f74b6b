//! Password hashes and derived passwords.

use corten_gotmpl::{Call, Error, Val, World};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::arguments::bytes;

/// Go: `bcrypt.DefaultCost`.
const COST: u32 = 10;
/// Go: the longest password bcrypt takes.
const LONGEST: usize = 72;

/// sprig: `bcrypt`, whose errors are texts.
pub(super) fn bcrypt(world: &dyn World, password: &[u8]) -> String {
    const FAILED: &str = "failed to encrypt string with bcrypt";
    if password.len() > LONGEST {
        return format!("{FAILED}: bcrypt: password length exceeds 72 bytes");
    }
    let mut salt = [0; 16];
    world.random(&mut salt);
    match bcrypt::hash_with_salt(password, COST, salt) {
        Ok(parts) => parts.format_for_version(bcrypt::Version::TwoA),
        Err(error) => format!("{FAILED}: {error}"),
    }
}

/// sprig: `htpasswd`.
pub(super) fn htpasswd(world: &dyn World, user: &[u8], password: &[u8]) -> Val {
    if user.contains(&b':') {
        return Val::str([b"invalid username: ", user].concat());
    }
    Val::str([user, b":", bcrypt(world, password).as_bytes()].concat())
}

/// The seed of the Master Password algorithm.
const SEED: &[u8] = b"com.lyndir.masterpassword";

/// Password types and their templates.
#[rustfmt::skip]
const TEMPLATES: &[(&[u8], &[&str])] = &[
    (b"maximum", &["anoxxxxxxxxxxxxxxxxx", "axxxxxxxxxxxxxxxxxno"]),
    (b"long", &[
        "CvcvnoCvcvCvcv", "CvcvCvcvnoCvcv", "CvcvCvcvCvcvno", "CvccnoCvcvCvcv", "CvccCvcvnoCvcv", "CvccCvcvCvcvno",
        "CvcvnoCvccCvcv", "CvcvCvccnoCvcv", "CvcvCvccCvcvno", "CvcvnoCvcvCvcc", "CvcvCvcvnoCvcc", "CvcvCvcvCvccno",
        "CvccnoCvccCvcv", "CvccCvccnoCvcv", "CvccCvccCvcvno", "CvcvnoCvccCvcc", "CvcvCvccnoCvcc", "CvcvCvccCvccno",
        "CvccnoCvcvCvcc", "CvccCvcvnoCvcc", "CvccCvcvCvccno",
    ]),
    (b"medium", &["CvcnoCvc", "CvcCvcno"]),
    (b"short", &["Cvcn"]),
    (b"basic", &["aaanaaan", "aannaaan", "aaannaaa"]),
    (b"pin", &["nnnn"]),
];

/// The characters that a letter of a template stands for.
fn characters(class: u8) -> &'static [u8] {
    match class {
        b'V' => b"AEIOU",
        b'C' => b"BCDFGHJKLMNPQRSTVWXYZ",
        b'v' => b"aeiou",
        b'c' => b"bcdfghjklmnpqrstvwxyz",
        b'a' => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz",
        b'n' => b"0123456789",
        b'o' => b"@&%?,=[]_:-+*$#!'^~;()/.",
        _ => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()",
    }
}

/// sprig: `derivePassword`.
pub(super) fn derive(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    let counter = match args.first() {
        Some(Val::Uint(_, counter)) => u32::try_from(*counter).unwrap_or_default(),
        _ => 0,
    };
    let (kind, password, user, site) = (bytes(args, 1), bytes(args, 2), bytes(args, 3), bytes(args, 4));
    let Some((_, templates)) = TEMPLATES.iter().find(|(name, _)| *name == kind) else {
        return Ok(Val::str([b"cannot find password template ", kind].concat()));
    };
    let failed = |error: &dyn std::fmt::Display| Ok(Val::str(format!("failed to derive password: {error}")));
    let salt = [SEED, &length(user), user].concat();
    let mut key = [0; 64];
    let parameters = match scrypt::Params::new(15, 8, 2) {
        Ok(parameters) => parameters,
        Err(error) => return failed(&error),
    };
    if let Err(error) = scrypt::scrypt(password, &salt, &parameters, &mut key) {
        return failed(&error);
    }
    let mut hmac = match Hmac::<Sha256>::new_from_slice(&key) {
        Ok(hmac) => hmac,
        Err(error) => return failed(&error),
    };
    hmac.update(&[SEED, &length(site), site, &counter.to_be_bytes()].concat());
    let seed = hmac.finalize().into_bytes();
    let template = templates[usize::from(seed[0]) % templates.len()];
    let pick = |(class, number): (u8, &u8)| {
        let characters = characters(class);
        characters[usize::from(*number) % characters.len()]
    };
    Ok(Val::str(template.bytes().zip(&seed[1..]).map(pick).collect::<Vec<u8>>()))
}

/// A length as four bytes.
fn length(text: &[u8]) -> [u8; 4] {
    u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes()
}
