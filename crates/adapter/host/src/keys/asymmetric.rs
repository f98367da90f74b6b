//! Key generation, public keys and signatures.

use aws_lc_rs::agreement;
use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P521_SHA512_ASN1_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256,
};
use corten_gotmpl::{KeyKind, SignatureKind};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use rsa::pkcs1::{DecodeRsaPrivateKey as _, EncodeRsaPrivateKey as _};
use rsa::signature::{SignatureEncoding as _, Signer as _};

use super::der::{self, integer, value};

type Outcome = Result<Vec<u8>, String>;

/// Makes a key; the same seed, kind and number give the same key.
pub(super) fn generate(kind: KeyKind, seed: Option<u64>, number: u64) -> Outcome {
    match kind {
        KeyKind::Rsa(bits) => match key_size(bits).filter(|_| seed.is_none()) {
            Some(size) => fast_rsa(size),
            None => pure_rsa(bits, generator(kind, seed, number)),
        },
        KeyKind::Dsa => Ok(dsa(&mut generator(kind, seed, number))),
        KeyKind::EcdsaP256 => ecdsa(&mut generator(kind, seed, number)),
        KeyKind::Ed25519 => Ok(ed25519(&mut generator(kind, seed, number))),
    }
}

/// A generator of its own for each key, so that keys can be made in any order.
fn generator(kind: KeyKind, seed: Option<u64>, number: u64) -> ChaCha20Rng {
    let mut start = [0; 32];
    match seed {
        None => getrandom::fill(&mut start).expect("invariant: the operating system gives random bytes"),
        Some(seed) => {
            let kind = match kind {
                KeyKind::Rsa(bits) => u64::try_from(bits).unwrap_or_default(),
                KeyKind::Dsa => 1,
                KeyKind::EcdsaP256 => 2,
                KeyKind::Ed25519 => 3,
            };
            for (place, part) in start.chunks_exact_mut(8).zip([seed, kind, number]) {
                place.copy_from_slice(&part.to_le_bytes());
            }
            start[31] = 1;
        }
    }
    ChaCha20Rng::from_seed(start)
}

fn key_size(bits: usize) -> Option<KeySize> {
    match bits {
        2048 => Some(KeySize::Rsa2048),
        3072 => Some(KeySize::Rsa3072),
        4096 => Some(KeySize::Rsa4096),
        _ => None,
    }
}

fn fast_rsa(size: KeySize) -> Outcome {
    let failed = |_| "rsa key generation failed".to_owned();
    let key = KeyPair::generate(size).map_err(failed)?;
    let pkcs8: Pkcs8V1Der<'_> = key.as_der().map_err(failed)?;
    let key = der::pkcs1_of_pkcs8(pkcs8.as_ref()).ok_or("rsa key generation gave no key")?;
    Ok(key.to_vec())
}

fn pure_rsa(bits: usize, mut generator: ChaCha20Rng) -> Outcome {
    let key = rsa::RsaPrivateKey::new(&mut generator, bits).map_err(|error| error.to_string())?;
    Ok(key.to_pkcs1_der().map_err(|error| error.to_string())?.as_bytes().to_vec())
}

/// sprig's `DSAKeyFormat`: version, p, q, g, y, x.
fn dsa(generator: &mut ChaCha20Rng) -> Vec<u8> {
    let Ok(components) = dsa::Components::try_generate_from_rng_with_key_size(generator, dsa::KeySize::DSA_2048_256);
    let Ok(key) = dsa::SigningKey::try_generate_from_rng_with_components(generator, components);
    let public = key.verifying_key();
    let components = public.components();
    let numbers = [
        integer(&[0]),
        integer(&components.p().to_be_bytes()),
        integer(&components.q().to_be_bytes()),
        integer(&components.g().to_be_bytes()),
        integer(&public.y().to_be_bytes()),
        integer(&key.x().to_be_bytes()),
    ];
    value(der::SEQUENCE, &numbers.concat())
}

/// SEC 1, with curve and public key.
fn ecdsa(generator: &mut ChaCha20Rng) -> Outcome {
    const P256: &[u8] = &[0xa0, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
    let mut scalar = [0; 32];
    // Almost every draw is in range.
    for _ in 0..100 {
        generator.fill_bytes(&mut scalar);
        if let Ok(point) = public_key(SignatureKind::EcdsaP256Sha256, &scalar) {
            let public = value(0xa1, &value(0x03, &[&[0], &point[..]].concat()));
            let private = value(der::OCTET_STRING, &scalar);
            return Ok(value(der::SEQUENCE, &[integer(&[1]), private, P256.to_vec(), public].concat()));
        }
    }
    Err("no scalar in range".to_owned())
}

/// PKCS#8.
fn ed25519(generator: &mut ChaCha20Rng) -> Vec<u8> {
    const ALGORITHM: &[u8] = &[0x30, 5, 6, 3, 0x2b, 0x65, 0x70];
    let mut seed = [0; 32];
    generator.fill_bytes(&mut seed);
    let key = value(der::OCTET_STRING, &value(der::OCTET_STRING, &seed));
    value(der::SEQUENCE, &[integer(&[0]), ALGORITHM.to_vec(), key].concat())
}

/// The public key of a scalar or seed.
pub(crate) fn public_key(kind: SignatureKind, key: &[u8]) -> Outcome {
    let algorithm = match kind {
        SignatureKind::RsaSha256 => return Err("an RSA key holds its public key".to_owned()),
        SignatureKind::EcdsaP256Sha256 => &agreement::ECDH_P256,
        SignatureKind::EcdsaP384Sha384 => &agreement::ECDH_P384,
        SignatureKind::EcdsaP521Sha512 => &agreement::ECDH_P521,
        SignatureKind::Ed25519 => {
            let key = Ed25519KeyPair::from_seed_unchecked(key).map_err(|error| error.to_string())?;
            return Ok(key.public_key().as_ref().to_vec());
        }
    };
    let key = agreement::PrivateKey::from_private_key(algorithm, key);
    let point = key.map_err(|error| error.to_string())?.compute_public_key();
    Ok(point.map_err(|error| error.to_string())?.as_ref().to_vec())
}

/// Signs a message.
pub(crate) fn sign(kind: SignatureKind, key: &[u8], message: &[u8]) -> Outcome {
    let algorithm = match kind {
        SignatureKind::RsaSha256 => return sign_rsa(key, message),
        SignatureKind::EcdsaP256Sha256 => &ECDSA_P256_SHA256_ASN1_SIGNING,
        SignatureKind::EcdsaP384Sha384 => &ECDSA_P384_SHA384_ASN1_SIGNING,
        SignatureKind::EcdsaP521Sha512 => &ECDSA_P521_SHA512_ASN1_SIGNING,
        SignatureKind::Ed25519 => {
            let key = Ed25519KeyPair::from_seed_unchecked(key).map_err(|error| error.to_string())?;
            return Ok(key.sign(message).as_ref().to_vec());
        }
    };
    sign_ecdsa(algorithm, kind, key, message)
}

fn sign_ecdsa(algorithm: &'static EcdsaSigningAlgorithm, kind: SignatureKind, key: &[u8], message: &[u8]) -> Outcome {
    let point = public_key(kind, key)?;
    let pair = EcdsaKeyPair::from_private_key_and_public_key(algorithm, key, &point);
    let signature = pair.map_err(|error| error.to_string())?.sign(&SystemRandom::new(), message);
    Ok(signature.map_err(|error| error.to_string())?.as_ref().to_vec())
}

fn sign_rsa(key: &[u8], message: &[u8]) -> Outcome {
    if let Ok(pair) = KeyPair::from_der(key) {
        let mut signature = vec![0; pair.public_modulus_len()];
        let signed = pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature);
        return signed.map(|()| signature).map_err(|error| error.to_string());
    }
    // Sizes that aws-lc refuses.
    let key = rsa::RsaPrivateKey::from_pkcs1_der(key).map_err(|error| error.to_string())?;
    let signer = rsa::pkcs1v15::SigningKey::<rsa::sha2::Sha256>::new(key);
    Ok(signer.try_sign(message).map_err(|error| error.to_string())?.to_vec())
}
