//! Private keys: reading them from PEM, writing them, their public halves, signing.

use corten_gotmpl::{Error, KeyKind, SignatureKind, World};

use super::der::{self, Reader, bits, context, identifier, integer, sequence, value};
use super::pem;

/// Where the arcs of `1.2.840.113549.1.1.1`, `rsaEncryption`, are encoded.
const RSA_ENCRYPTION: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const SHA256_WITH_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b];
const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];

/// A curve of Go's library that certificates can be signed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Curve {
    P256,
    P384,
    P521,
}

impl Curve {
    fn arcs(self) -> &'static [u8] {
        match self {
            Self::P256 => &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07],
            Self::P384 => &[0x2b, 0x81, 0x04, 0x00, 0x22],
            Self::P521 => &[0x2b, 0x81, 0x04, 0x00, 0x23],
        }
    }

    fn of(arcs: &[u8]) -> Option<Self> {
        [Self::P256, Self::P384, Self::P521].into_iter().find(|curve| curve.arcs() == arcs)
    }

    /// The bytes of a scalar.
    fn size(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }

    fn signature(self) -> SignatureKind {
        match self {
            Self::P256 => SignatureKind::EcdsaP256Sha256,
            Self::P384 => SignatureKind::EcdsaP384Sha384,
            Self::P521 => SignatureKind::EcdsaP521Sha512,
        }
    }

    /// The arcs of `ecdsa-with-SHA…`.
    fn signature_arcs(self) -> &'static [u8] {
        match self {
            Self::P256 => &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02],
            Self::P384 => &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03],
            Self::P521 => &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x04],
        }
    }
}

/// A private key with its public half.
#[derive(Debug)]
pub(super) enum PrivateKey {
    /// PKCS#1, and the `RSAPublicKey`.
    Rsa { der: Vec<u8>, public: Vec<u8> },
    /// The scalar, and the uncompressed point.
    Ec { curve: Curve, scalar: Vec<u8>, point: Vec<u8> },
    /// The seed, and the public key.
    Ed25519 { seed: Vec<u8>, public: Vec<u8> },
    /// sprig's form of DSA keys, which cannot sign certificates.
    Dsa,
}

type Outcome = Result<PrivateKey, String>;

const USE_PKCS1: &str = "x509: failed to parse private key (use ParsePKCS1PrivateKey instead for this key format)";
const USE_EC: &str = "x509: failed to parse private key (use ParseECPrivateKey instead for this key format)";
const USE_PKCS8: &str = "x509: failed to parse private key (use ParsePKCS8PrivateKey instead for this key format)";
const MALFORMED: &str = "asn1: structure error: tags don't match";

impl PrivateKey {
    /// An RSA key as sprig makes one for certificates.
    pub(super) fn generate(world: &dyn World) -> Result<Self, Error> {
        let key = world.generate_key(KeyKind::Rsa(2048)).and_then(|der| parse_pkcs1(&der));
        key.map_err(|error| Error::new(format!("error generating rsa key: {error}")))
    }

    /// sprig: `parsePrivateKeyPEM`.
    pub(super) fn parse(world: &dyn World, text: &[u8]) -> Outcome {
        let block = pem::decode(text).ok_or("no PEM data in input")?;
        if block.label == "PRIVATE KEY" {
            return parse_pkcs8(world, &block.bytes).map_err(|error| format!("decoding PEM as PKCS#8: {error}"));
        }
        let Some(kind) = block.label.strip_suffix(" PRIVATE KEY") else {
            return Err(format!("no private key data in PEM block of type {}", block.label));
        };
        match kind {
            "RSA" => parse_pkcs1(&block.bytes).map_err(|error| format!("parsing RSA private key from PEM: {error}")),
            "EC" => {
                let key = parse_ec(world, None, &block.bytes);
                key.map_err(|error| format!("parsing EC private key from PEM: {error}"))
            }
            "DSA" => parse_dsa(&block.bytes).ok_or_else(|| format!("parsing DSA private key from PEM: {MALFORMED}")),
            _ => Err(format!("invalid private key type {}", block.label)),
        }
    }

    /// sprig: `pemBlockForKey`.
    pub(super) fn to_pem(&self) -> String {
        match self {
            Self::Rsa { der, .. } => pem::encode("RSA PRIVATE KEY", der),
            Self::Ec { curve, scalar, point } => pem::encode("EC PRIVATE KEY", &sec1(*curve, scalar, point)),
            Self::Ed25519 { seed, .. } => {
                let inner = value(der::OCTET_STRING, &value(der::OCTET_STRING, seed));
                let algorithm = sequence(&[&identifier(ED25519)]);
                pem::encode("PRIVATE KEY", &sequence(&[&integer(&[0]), &algorithm, &inner]))
            }
            Self::Dsa => String::new(),
        }
    }

    /// The content of the public key's `BIT STRING`. Go: `marshalPublicKey`.
    pub(super) fn public_bytes(&self) -> Result<&[u8], &'static str> {
        match self {
            Self::Rsa { public, .. } | Self::Ed25519 { public, .. } => Ok(public),
            Self::Ec { point, .. } => Ok(point),
            Self::Dsa => Err("x509: unsupported public key type: *dsa.PublicKey"),
        }
    }

    /// The algorithm of the public key.
    pub(super) fn public_algorithm(&self) -> Vec<u8> {
        match self {
            Self::Rsa { .. } | Self::Dsa => sequence(&[&identifier(RSA_ENCRYPTION), der::NULL]),
            Self::Ec { curve, .. } => sequence(&[&identifier(EC_PUBLIC_KEY), &identifier(curve.arcs())]),
            Self::Ed25519 { .. } => sequence(&[&identifier(ED25519)]),
        }
    }

    /// The algorithm of its signatures.
    pub(super) fn signature_algorithm(&self) -> Vec<u8> {
        match self {
            Self::Rsa { .. } | Self::Dsa => sequence(&[&identifier(SHA256_WITH_RSA), der::NULL]),
            Self::Ec { curve, .. } => sequence(&[&identifier(curve.signature_arcs())]),
            Self::Ed25519 { .. } => sequence(&[&identifier(ED25519)]),
        }
    }

    /// Whether it can sign. Go: whether it is a `crypto.Signer`.
    pub(super) fn is_signer(&self) -> bool {
        !matches!(self, Self::Dsa)
    }

    pub(super) fn sign(&self, world: &dyn World, message: &[u8]) -> Result<Vec<u8>, String> {
        match self {
            Self::Rsa { der, .. } => world.sign(SignatureKind::RsaSha256, der, message),
            Self::Ec { curve, scalar, .. } => world.sign(curve.signature(), scalar, message),
            Self::Ed25519 { seed, .. } => world.sign(SignatureKind::Ed25519, seed, message),
            Self::Dsa => Err("x509: certificate private key does not implement crypto.Signer".to_owned()),
        }
    }
}

/// The numbers of a PKCS#1 key: version, n, e, d, p, q, dp, dq, qinv.
fn pkcs1_numbers(der: &[u8]) -> Option<Vec<&[u8]>> {
    let mut inner = Reader::new(der).inside(der::SEQUENCE)?;
    (0..9).map(|_| inner.unsigned()).collect()
}

fn parse_pkcs1(der: &[u8]) -> Outcome {
    let Some(numbers) = pkcs1_numbers(der) else {
        return Err(match () {
            () if ec_scalar(der).is_some() => USE_EC.to_owned(),
            () if pkcs8_parts(der).is_some() => USE_PKCS8.to_owned(),
            () => MALFORMED.to_owned(),
        });
    };
    if numbers[1..].iter().any(|number| number.is_empty()) {
        return Err("x509: private key contains zero or negative value".to_owned());
    }
    let public = sequence(&[&integer(numbers[1]), &integer(numbers[2])]);
    let parts: Vec<Vec<u8>> = numbers.iter().map(|number| integer(number)).collect();
    let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
    Ok(PrivateKey::Rsa { der: sequence(&parts), public })
}

/// The scalar and the curve's arcs of a SEC 1 key.
fn ec_scalar(der: &[u8]) -> Option<(&[u8], Option<&[u8]>)> {
    let mut inner = Reader::new(der).inside(der::SEQUENCE)?;
    if inner.unsigned()? != [1] {
        return None;
    }
    let scalar = inner.expect(der::OCTET_STRING)?.content;
    let curve = inner.inside(context(0, true)).and_then(|mut curve| curve.expect(der::OBJECT_IDENTIFIER));
    Some((scalar, curve.map(|curve| curve.content)))
}

fn parse_ec(world: &dyn World, curve: Option<&[u8]>, der: &[u8]) -> Outcome {
    let Some((scalar, own_curve)) = ec_scalar(der) else {
        return Err(match () {
            () if pkcs8_parts(der).is_some() => USE_PKCS8.to_owned(),
            () if pkcs1_numbers(der).is_some() => USE_PKCS1.to_owned(),
            () => format!("x509: failed to parse EC private key: {MALFORMED}"),
        });
    };
    let curve = curve.or(own_curve).and_then(Curve::of).ok_or("x509: unknown elliptic curve")?;
    // Go: surplus zeros in front are ignored, missing ones are added.
    let scalar = der::trimmed(scalar);
    let missing = curve.size().checked_sub(scalar.len()).ok_or("x509: invalid private key length")?;
    let scalar = [&vec![0; missing][..], scalar].concat();
    let point = world.public_key(curve.signature(), &scalar)?;
    Ok(PrivateKey::Ec { curve, scalar, point })
}

/// The algorithm's arcs, its parameters and the key of a PKCS#8 key.
fn pkcs8_parts(der: &[u8]) -> Option<(&[u8], Option<der::Value<'_>>, &[u8])> {
    let mut inner = Reader::new(der).inside(der::SEQUENCE)?;
    inner.unsigned()?;
    let mut algorithm = inner.inside(der::SEQUENCE)?;
    let arcs = algorithm.expect(der::OBJECT_IDENTIFIER)?.content;
    let parameters = algorithm.any();
    Some((arcs, parameters, inner.expect(der::OCTET_STRING)?.content))
}

fn parse_pkcs8(world: &dyn World, der: &[u8]) -> Outcome {
    let Some((arcs, parameters, key)) = pkcs8_parts(der) else {
        return Err(match () {
            () if ec_scalar(der).is_some() => USE_EC.to_owned(),
            () if pkcs1_numbers(der).is_some() => USE_PKCS1.to_owned(),
            () => MALFORMED.to_owned(),
        });
    };
    match arcs {
        RSA_ENCRYPTION => parse_pkcs1(key)
            .map_err(|error| format!("x509: failed to parse RSA private key embedded in PKCS#8: {error}")),
        EC_PUBLIC_KEY => {
            let curve = parameters.filter(|value| value.tag == der::OBJECT_IDENTIFIER).map(|value| value.content);
            parse_ec(world, curve, key)
                .map_err(|error| format!("x509: failed to parse EC private key embedded in PKCS#8: {error}"))
        }
        ED25519 => {
            if parameters.is_some() {
                return Err("x509: invalid Ed25519 private key parameters".to_owned());
            }
            let seed = Reader::new(key).expect(der::OCTET_STRING);
            let seed = seed.ok_or_else(|| format!("x509: invalid Ed25519 private key: {MALFORMED}"))?.content;
            if seed.len() != 32 {
                return Err(format!("x509: invalid Ed25519 private key length: {}", seed.len()));
            }
            let public = world.public_key(SignatureKind::Ed25519, seed)?;
            Ok(PrivateKey::Ed25519 { seed: seed.to_vec(), public })
        }
        other => {
            let name = dotted(other);
            Err(format!("x509: PKCS#8 wrapping contained private key with unknown algorithm: {name}"))
        }
    }
}

fn parse_dsa(der: &[u8]) -> Option<PrivateKey> {
    let mut inner = Reader::new(der).inside(der::SEQUENCE)?;
    (0..6).try_for_each(|_| inner.unsigned().map(|_| ()))?;
    Some(PrivateKey::Dsa)
}

/// Go: `x509.MarshalECPrivateKey`.
fn sec1(curve: Curve, scalar: &[u8], point: &[u8]) -> Vec<u8> {
    sequence(&[
        &integer(&[1]),
        &value(der::OCTET_STRING, scalar),
        &value(context(0, true), &identifier(curve.arcs())),
        &value(context(1, true), &bits(point)),
    ])
}

/// An object identifier as text.
fn dotted(arcs: &[u8]) -> String {
    let mut numbers: Vec<u64> = Vec::new();
    let mut number: u64 = 0;
    for byte in arcs {
        number = number << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            if numbers.is_empty() {
                let first = (number / 40).min(2);
                numbers.extend([first, number - first * 40]);
            } else {
                numbers.push(number);
            }
            number = 0;
        }
    }
    numbers.iter().map(u64::to_string).collect::<Vec<_>>().join(".")
}
