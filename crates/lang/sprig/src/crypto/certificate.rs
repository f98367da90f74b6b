//! The functions that make certificates, and the object they return.

use std::any::Any;
use std::net::IpAddr;

use corten_gotmpl::{Call, Error, Kind, ListType, Object, ObjectType, Type, Val, World};

use super::keys::PrivateKey;
use super::x509::{self, Issuer, Template};
use super::{days, pem};
use crate::arguments::{any, bytes, elements};
use crate::encoding::base64;
use crate::print;

/// sprig's `certificate`.
#[derive(Debug)]
pub(super) struct Certificate {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

/// The type of [`Certificate`].
pub(super) static CERTIFICATE: ObjectType = ObjectType { name: "sprig.certificate", kind: Kind::Struct, methods: &[] };

/// A list of addresses or host names.
pub(super) const NAMES: Type = Type::List(ListType::ANY);

impl Object for Certificate {
    fn go_type(&self) -> &'static ObjectType {
        &CERTIFICATE
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn fields(&self) -> Vec<(&'static str, Val)> {
        vec![("Cert", Val::str(&self.certificate[..])), ("Key", Val::str(&self.key[..]))]
    }

    fn equals(&self, other: &dyn Object) -> bool {
        let Some(other) = other.as_any().downcast_ref::<Self>() else { return false };
        self.certificate == other.certificate && self.key == other.key
    }
}

type Answer = Result<Val, Error>;

/// sprig: `buildCustomCertificate`.
pub(super) fn build_custom(call: &mut Call<'_>, args: &[Val]) -> Answer {
    let certificate = base64::decode(bytes(args, 0)).map_err(|_| Error::new("unable to decode base64 certificate"))?;
    let key = base64::decode(bytes(args, 1)).map_err(|_| Error::new("unable to decode base64 private key"))?;
    parse_certificate(&certificate, "decodedCert")?;
    PrivateKey::parse(call.world, &key).map_err(|error| Error::new(format!("error parsing private key: {error}")))?;
    Ok(Val::object(Certificate { certificate, key }))
}

fn parse_certificate(text: &[u8], variable: &str) -> Result<Issuer, Error> {
    let block = pem::decode(text).ok_or_else(|| Error::new("unable to decode certificate"))?;
    x509::parse(&block.bytes)
        .map_err(|error| Error::new(format!("error parsing certificate: {variable}.Bytes: {error}")))
}

/// sprig: `generateCertificateAuthorityWithKeyInternal`.
pub(super) fn authority(world: &dyn World, args: &[Val], key: &PrivateKey) -> Answer {
    let template = Template {
        common_name: bytes(args, 0),
        addresses: Vec::new(),
        host_names: Vec::new(),
        days: days(args, 1),
        is_authority: true,
    };
    by_itself(world, &template, key)
}

/// sprig: `generateSelfSignedCertificateWithKeyInternal`.
pub(super) fn self_signed(world: &dyn World, args: &[Val], key: &PrivateKey) -> Answer {
    by_itself(world, &template(args)?, key)
}

fn by_itself(world: &dyn World, template: &Template<'_>, key: &PrivateKey) -> Answer {
    let issuer = x509::own_issuer(template).map_err(creating)?;
    finish(world, template, key, &issuer, key)
}

/// sprig: `generateSignedCertificateWithKeyInternal`.
pub(super) fn signed(world: &dyn World, args: &[Val], key: &PrivateKey) -> Answer {
    let ca = any(args, 4);
    let empty = Certificate { certificate: Vec::new(), key: Vec::new() };
    let ca = ca.as_object::<Certificate>().unwrap_or(&empty);
    let issuer = parse_certificate(&ca.certificate, "decodedSignerCert")?;
    let signer =
        PrivateKey::parse(world, &ca.key).map_err(|error| Error::new(format!("error parsing private key: {error}")))?;
    finish(world, &template(args)?, key, &issuer, &signer)
}

/// sprig: `getCertAndKey`.
fn finish(
    world: &dyn World,
    template: &Template<'_>,
    key: &PrivateKey,
    issuer: &Issuer,
    signer: &PrivateKey,
) -> Answer {
    let certificate = x509::create(world, template, key, issuer, signer).map_err(creating)?;
    let certificate = pem::encode("CERTIFICATE", &certificate).into_bytes();
    Ok(Val::object(Certificate { certificate, key: key.to_pem().into_bytes() }))
}

fn creating(error: impl std::fmt::Display) -> Error {
    Error::new(format!("error creating certificate: {error}"))
}

/// sprig: `getBaseCertTemplate`, of name, addresses, host names and days.
fn template(args: &[Val]) -> Result<Template<'_>, Error> {
    let complain = |what: &[u8], value: &Val, end: &[u8]| {
        let mut text = what.to_vec();
        print::append(&mut text, value);
        text.extend_from_slice(end);
        Error::new(text)
    };
    let mut addresses = Vec::new();
    for value in elements(&any(args, 1)).unwrap_or_default().iter() {
        let Val::Str(text) = value else {
            return Err(complain(b"error parsing ip: ", value, b" is not a string"));
        };
        let address: Option<IpAddr> = text.as_str().and_then(|text| text.parse().ok());
        addresses.push(address.ok_or_else(|| complain(b"error parsing ip: ", value, b""))?);
    }
    let mut host_names = Vec::new();
    for value in elements(&any(args, 2)).unwrap_or_default().iter() {
        let Val::Str(text) = value else {
            return Err(complain(b"error processing alternate dns name: ", value, b" is not a string"));
        };
        host_names.push(text.as_bytes().to_vec());
    }
    Ok(Template { common_name: bytes(args, 0), addresses, host_names, days: days(args, 3), is_authority: false })
}
