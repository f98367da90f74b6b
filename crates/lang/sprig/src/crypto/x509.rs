//! X.509 certificates with the extensions that Go's library writes for sprig's templates.

use std::net::IpAddr;

use corten_gostd::strconv;
use corten_gostd::time::{Duration, Time, Zone};
use corten_gotmpl::World;
use sha2::{Digest as _, Sha256};

use super::der::{self, Reader, bits, context, identifier, integer, sequence, value};
use super::keys::PrivateKey;

/// What a certificate says.
pub(super) struct Template<'a> {
    pub common_name: &'a [u8],
    pub addresses: Vec<IpAddr>,
    pub host_names: Vec<Vec<u8>>,
    pub days: i64,
    pub is_authority: bool,
}

/// Who signs: the subject, and the key identifier if there is one.
pub(super) struct Issuer {
    pub subject: Vec<u8>,
    pub key_id: Option<Vec<u8>>,
    /// The public key, where it is known.
    pub public: Option<Vec<u8>>,
}

const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x0f];
const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x25];
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];
const SUBJECT_KEY_ID: &[u8] = &[0x55, 0x1d, 0x0e];
const AUTHORITY_KEY_ID: &[u8] = &[0x55, 0x1d, 0x23];
const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];
const SERVER_AUTH: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01];
const CLIENT_AUTH: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02];
const TRUE: &[u8] = &[0x01, 0x01, 0xff];

/// Reads who a certificate belongs to. Go: `x509.ParseCertificate`, as far as signing needs it.
pub(super) fn parse(certificate: &[u8]) -> Result<Issuer, &'static str> {
    const MALFORMED: &str = "x509: malformed certificate";
    const MALFORMED_TBS: &str = "x509: malformed tbs certificate";
    let mut outer = Reader::new(certificate);
    let mut parts = outer.inside(der::SEQUENCE).ok_or(MALFORMED)?;
    if !outer.is_empty() {
        return Err("x509: trailing data");
    }
    let mut fields = parts.inside(der::SEQUENCE).ok_or(MALFORMED_TBS)?;
    let _version = fields.expect(context(0, true));
    fields.expect(der::INTEGER).ok_or("x509: malformed serial number")?;
    fields.expect(der::SEQUENCE).ok_or("x509: malformed signature algorithm identifier")?;
    fields.expect(der::SEQUENCE).ok_or("x509: malformed issuer")?;
    fields.expect(der::SEQUENCE).ok_or("x509: malformed validity")?;
    let subject = fields.expect(der::SEQUENCE).ok_or("x509: malformed issuer")?.whole.to_vec();
    let mut key = fields.inside(der::SEQUENCE).ok_or("x509: malformed spki")?;
    key.expect(der::SEQUENCE).ok_or("x509: malformed public key algorithm identifier")?;
    let public = key.expect(der::BIT_STRING).ok_or("x509: malformed subjectPublicKey")?.content;
    let public = public.get(1..).map(<[u8]>::to_vec);
    Ok(Issuer { subject, key_id: key_id(&mut fields), public })
}

/// The subject key identifier among the extensions.
fn key_id(fields: &mut Reader<'_>) -> Option<Vec<u8>> {
    while let Some(field) = fields.any() {
        if field.tag != context(3, true) {
            continue;
        }
        let mut extensions = Reader::new(field.content).inside(der::SEQUENCE)?;
        while let Some(mut extension) = extensions.inside(der::SEQUENCE) {
            if extension.expect(der::OBJECT_IDENTIFIER)?.content == SUBJECT_KEY_ID {
                let content = extension.expect(der::OCTET_STRING)?.content;
                return Reader::new(content).expect(der::OCTET_STRING).map(|id| id.content.to_vec());
            }
        }
    }
    None
}

/// The issuer of a certificate that signs itself.
pub(super) fn own_issuer(template: &Template<'_>) -> Result<Issuer, String> {
    Ok(Issuer { subject: subject(template.common_name)?, key_id: None, public: None })
}

/// Makes a certificate. Go: `x509.CreateCertificate`.
pub(super) fn create(
    world: &dyn World,
    template: &Template<'_>,
    key: &PrivateKey,
    issuer: &Issuer,
    signer: &PrivateKey,
) -> Result<Vec<u8>, String> {
    if !signer.is_signer() {
        return Err("x509: certificate private key does not implement crypto.Signer".to_owned());
    }
    let algorithm = signer.signature_algorithm();
    let public = key.public_bytes()?;
    let subject = subject(template.common_name)?;
    let extensions = extensions(template, public, issuer, &subject)?;
    if issuer.public.as_deref().is_some_and(|known| signer.public_bytes() != Ok(known)) {
        return Err("x509: provided PrivateKey doesn't match parent's PublicKey".to_owned());
    }
    let mut serial = [0; 16];
    world.random(&mut serial);
    let now = Time::from_unix_nanos(world.now(), Zone::utc());
    // Go: time.Hour * 24 * time.Duration(days) wraps.
    let end = now.add(Duration(template.days.wrapping_mul(24 * 3_600_000_000_000)));
    let body = sequence(&[
        &value(context(0, true), &integer(&[2])),
        &integer(&serial),
        &algorithm,
        &issuer.subject,
        &sequence(&[&time(&now)?, &time(&end)?]),
        &subject,
        &sequence(&[&key.public_algorithm(), &bits(public)]),
        &value(context(3, true), &sequence(&[&extensions])),
    ]);
    let signature = signer.sign(world, &body)?;
    Ok(sequence(&[&body, &algorithm, &bits(&signature)]))
}

/// A name that has nothing but the common name, or nothing. Go: `pkix.Name.ToRDNSequence`.
fn subject(common_name: &[u8]) -> Result<Vec<u8>, String> {
    if common_name.is_empty() {
        return Ok(sequence(&[]));
    }
    if std::str::from_utf8(common_name).is_err() {
        return Err("asn1: string not valid UTF-8".to_owned());
    }
    // Go: asn1 writes a PrintableString where it can, without `*` and `&`.
    let is_printable = |byte: &u8| byte.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(byte);
    let tag = if common_name.iter().all(is_printable) { der::PRINTABLE_STRING } else { der::UTF8_STRING };
    let attribute = sequence(&[&identifier(COMMON_NAME), &value(tag, common_name)]);
    Ok(sequence(&[&value(der::SET, &attribute)]))
}

/// Go: asn1's choice between `UTCTime` and `GeneralizedTime`.
fn time(time: &Time) -> Result<Vec<u8>, String> {
    match time.year() {
        1950..2050 => Ok(value(der::UTC_TIME, &time.format("060102150405Z"))),
        0..=9999 => Ok(value(der::GENERALIZED_TIME, &time.format("20060102150405Z"))),
        _ => Err("asn1: structure error: cannot represent time as GeneralizedTime".to_owned()),
    }
}

/// Go: `buildCertExtensions`, in its order.
fn extensions(template: &Template<'_>, public: &[u8], issuer: &Issuer, subject: &[u8]) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    let mut add = |name: &[u8], critical: bool, content: &[u8]| {
        let critical: &[u8] = if critical { TRUE } else { &[] };
        out.extend_from_slice(&sequence(&[&identifier(name), critical, &value(der::OCTET_STRING, content)]));
    };
    // Digital signature and key encipherment, for authorities certificate signing too.
    let usage: &[u8] = if template.is_authority { &[2, 0b1010_0100] } else { &[5, 0b1010_0000] };
    add(KEY_USAGE, true, &value(der::BIT_STRING, usage));
    add(EXTENDED_KEY_USAGE, false, &sequence(&[&identifier(SERVER_AUTH), &identifier(CLIENT_AUTH)]));
    add(BASIC_CONSTRAINTS, true, &sequence(&[if template.is_authority { TRUE } else { &[] }]));
    if template.is_authority {
        // RFC 7093, method 1, which Go uses since 1.25.
        let id = Sha256::digest(public);
        add(SUBJECT_KEY_ID, false, &value(der::OCTET_STRING, &id[..20]));
    }
    if let Some(id) = issuer.key_id.as_deref().filter(|id| issuer.subject != subject && !id.is_empty()) {
        add(AUTHORITY_KEY_ID, false, &sequence(&[&value(context(0, false), id)]));
    }
    if !template.host_names.is_empty() || !template.addresses.is_empty() {
        let is_subject_empty = template.common_name.is_empty();
        add(SUBJECT_ALT_NAME, is_subject_empty, &alternative_names(template)?);
    }
    Ok(out)
}

fn alternative_names(template: &Template<'_>) -> Result<Vec<u8>, String> {
    let mut names = Vec::new();
    for name in &template.host_names {
        if !name.is_ascii() {
            return Err(format!("x509: {} cannot be encoded as an IA5String", strconv::quote(name)));
        }
        names.extend_from_slice(&value(context(2, false), name));
    }
    for address in &template.addresses {
        let bytes = match address.to_canonical() {
            IpAddr::V4(address) => address.octets().to_vec(),
            IpAddr::V6(address) => address.octets().to_vec(),
        };
        names.extend_from_slice(&value(context(7, false), &bytes));
    }
    Ok(sequence(&[&names]))
}
