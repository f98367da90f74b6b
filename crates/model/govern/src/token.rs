//! What a signed token of an identity provider must say.
//!
//! The rules that need neither keys nor network: which algorithms are accepted, and what issuer,
//! audience and times must be. The signature is checked by an adapter between [`TokenRules::check_header`]
//! and [`TokenRules::principal`]; nothing of a token is believed before.

use std::collections::BTreeMap;

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::principal::{Principal, PrincipalKind};
use crate::timestamp::Timestamp;

/// The largest token that is looked at.
pub const MAX_TOKEN: usize = 16 * 1024;

/// The signature algorithms that exist here. Symmetric ones and `none` do not.
pub const ALGORITHMS: &[&str] = &["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"];

/// What is accepted of one issuer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenRules {
    /// The `iss` claim, compared byte for byte.
    pub issuer: String,
    /// Where its keys are; found through the issuer's metadata when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks_url: Option<String>,
    /// The `aud` claim must hold one of these.
    pub audiences: Vec<String>,
    /// The accepted algorithms.
    #[serde(default = "default_algorithms")]
    pub algorithms: Vec<String>,
    /// The claim that names the roles, with dots between steps.
    #[serde(default = "default_roles_claim")]
    pub roles_claim: String,
    /// Roles that every caller of this issuer has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// Scopes without which a token is not enough.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub required_scopes: Vec<String>,
    /// Seconds by which clocks may differ.
    #[serde(default = "default_leeway")]
    pub leeway_seconds: u32,
}

fn default_algorithms() -> Vec<String> {
    vec!["RS256".to_owned(), "ES256".to_owned()]
}

fn default_roles_claim() -> String {
    "roles".to_owned()
}

const fn default_leeway() -> u32 {
    30
}

/// Why a token is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// Not a JSON web token.
    #[error("the token is not a signed JSON web token")]
    Malformed,
    /// Signed by an algorithm that is not accepted.
    #[error("the token's algorithm {0:?} is not accepted")]
    Algorithm(String),
    /// Of an issuer that is not known.
    #[error("the token's issuer is not accepted")]
    Issuer,
    /// Meant for somebody else.
    #[error("the token is not meant for this audience")]
    Audience,
    /// Ended.
    #[error("the token has expired")]
    Expired,
    /// Not valid yet.
    #[error("the token is not valid yet")]
    NotYet,
    /// Without a subject.
    #[error("the token names no subject")]
    Subject,
    /// The signature is wrong, or no key fits.
    #[error("the token's signature is not valid")]
    Signature,
    /// Valid, but not for this.
    #[error("the token lacks the scope {0:?}")]
    Scope(String),
    /// The keys of the issuer cannot be had now.
    #[error("the keys of issuer {issuer} cannot be fetched: {reason}")]
    Keys {
        /// Which issuer.
        issuer: String,
        /// Why.
        reason: String,
    },
}

/// The part of a token that names its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenHeader {
    /// The algorithm, one of the accepted ones once checked.
    pub algorithm: String,
    /// The key's id.
    pub key_id: Option<String>,
}

/// A token taken apart, not believed yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Unverified {
    /// Its header.
    pub header: TokenHeader,
    /// Its claims.
    pub claims: Map<String, Value>,
}

/// Takes a token apart.
pub fn split_token(token: &str) -> Result<Unverified, TokenError> {
    if token.len() > MAX_TOKEN {
        return Err(TokenError::Malformed);
    }
    let mut parts = token.split('.');
    let (Some(header), Some(claims), Some(signature), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(TokenError::Malformed);
    };
    let header = object(header)?;
    let Some(algorithm) = header.get("alg").and_then(Value::as_str) else { return Err(TokenError::Malformed) };
    // RFC 7515 §4.1.11: a critical extension that is not understood makes the token invalid.
    if header.contains_key("crit") {
        return Err(TokenError::Malformed);
    }
    if signature.is_empty() || !ALGORITHMS.contains(&algorithm) {
        return Err(TokenError::Algorithm(algorithm.chars().take(32).collect()));
    }
    let key_id = header.get("kid").and_then(Value::as_str).map(str::to_owned);
    let header = TokenHeader { algorithm: algorithm.to_owned(), key_id };
    Ok(Unverified { header, claims: object(claims)? })
}

fn object(part: &str) -> Result<Map<String, Value>, TokenError> {
    let bytes = BASE64URL_NOPAD.decode(part.as_bytes()).map_err(|_| TokenError::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| TokenError::Malformed)
}

impl TokenRules {
    /// Says whether a token, not believed yet, claims to be of this issuer.
    pub fn is_issuer_of(&self, token: &Unverified) -> bool {
        token.claims.get("iss").and_then(Value::as_str) == Some(self.issuer.as_str())
    }

    /// Checks what must be right before the signature is looked at.
    pub fn check_header(&self, header: &TokenHeader) -> Result<(), TokenError> {
        if self.algorithms.contains(&header.algorithm) {
            return Ok(());
        }
        Err(TokenError::Algorithm(header.algorithm.clone()))
    }

    /// Makes the caller from the claims of a token whose signature is right, and says when it ends.
    pub fn principal(&self, claims: &Map<String, Value>, now: Timestamp) -> Result<(Principal, Timestamp), TokenError> {
        if claims.get("iss").and_then(Value::as_str) != Some(self.issuer.as_str()) {
            return Err(TokenError::Issuer);
        }
        if !texts(claims.get("aud")).any(|audience| self.audiences.iter().any(|own| own == audience)) {
            return Err(TokenError::Audience);
        }
        let leeway = i64::from(self.leeway_seconds);
        let end = seconds(claims.get("exp")).ok_or(TokenError::Expired)?.saturating_add(leeway);
        if end <= now.secs() {
            return Err(TokenError::Expired);
        }
        let starts = ["nbf", "iat"].into_iter().filter_map(|name| seconds(claims.get(name)));
        if starts.into_iter().any(|start| start > now.secs().saturating_add(leeway)) {
            return Err(TokenError::NotYet);
        }
        let subject = claims.get("sub").and_then(Value::as_str).filter(|subject| !subject.is_empty());
        let name = subject.ok_or(TokenError::Subject)?.to_owned();
        let mut roles: Vec<String> = texts(at_path(claims, &self.roles_claim)).map(str::to_owned).collect();
        roles.extend(self.roles.iter().cloned());
        roles.sort();
        roles.dedup();
        let scopes = scopes(claims);
        let principal = Principal {
            kind: PrincipalKind::User,
            name,
            roles,
            scopes,
            issuer: Some(self.issuer.clone()),
            claims: text_claims(claims),
        };
        if let Some(missing) = self.required_scopes.iter().find(|scope| !principal.has_scope(scope)) {
            return Err(TokenError::Scope(missing.clone()));
        }
        Ok((principal, Timestamp::from_secs(end)))
    }
}

/// RFC 8693 §4.2: `scope` is a space-separated list; some providers write `scp`, also as a list.
fn scopes(claims: &Map<String, Value>) -> Vec<String> {
    let lists = [claims.get("scope"), claims.get("scp")];
    let words = lists.into_iter().flat_map(texts).flat_map(str::split_whitespace);
    let mut scopes: Vec<String> = words.map(str::to_owned).collect();
    scopes.sort();
    scopes.dedup();
    scopes
}

/// The claims that are text, which policies may look at; those with a meaning of their own are left out.
fn text_claims(claims: &Map<String, Value>) -> BTreeMap<String, String> {
    const KNOWN: &[&str] = &["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "scope", "scp", "nonce"];
    let texts = claims.iter().filter_map(|(name, value)| Some((name, value.as_str()?)));
    texts
        .filter(|(name, _)| !KNOWN.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.to_owned()))
        .collect()
}

fn at_path<'a>(claims: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    // A claim whose own name has dots, such as a URL, comes before a path.
    if let Some(value) = claims.get(path) {
        return Some(value);
    }
    let mut steps = path.split('.');
    let first = claims.get(steps.next()?)?;
    steps.try_fold(first, |value, step| value.get(step))
}

fn texts(value: Option<&Value>) -> impl Iterator<Item = &str> {
    let list = match value {
        Some(Value::Array(items)) => items.as_slice(),
        Some(single) => std::slice::from_ref(single),
        None => &[],
    };
    list.iter().filter_map(Value::as_str)
}

fn seconds(value: Option<&Value>) -> Option<i64> {
    let value = value?;
    // RFC 7519 §2: a NumericDate may have a fraction.
    #[expect(clippy::cast_possible_truncation, reason = "a float cast saturates")]
    value.as_i64().or_else(|| value.as_f64().map(|seconds| seconds.floor() as i64))
}

#[cfg(test)]
mod tests {
    use data_encoding::BASE64URL_NOPAD;
    use serde_json::{Value, json};

    use super::{TokenError, TokenRules, split_token};
    use crate::timestamp::Timestamp;

    const NOW: Timestamp = Timestamp::from_secs(1_000_000);

    fn rules() -> TokenRules {
        serde_json::from_value(json!({
            "issuer": "https://idp.example", "audiences": ["https://gw.example/mcp"], "roles_claim": "realm.roles"
        }))
        .unwrap()
    }

    fn claims(changes: &Value) -> serde_json::Map<String, Value> {
        let mut claims = json!({
            "iss": "https://idp.example", "aud": ["other", "https://gw.example/mcp"], "exp": 1_000_100, "sub": "ann",
            "scope": "files:read mcp", "realm": {"roles": ["developer"]}, "team": "blue"
        });
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims.as_object().unwrap().clone()
    }

    fn token(header: &Value) -> String {
        let part = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
        format!("{}.{}.AAAA", part(header), part(&json!({})))
    }

    #[test]
    fn claims_become_a_caller() {
        let (ann, end) = rules().principal(&claims(&json!({})), NOW).unwrap();
        assert_eq!(ann.id(), "user:https://idp.example|ann");
        assert_eq!(
            (ann.roles, ann.scopes),
            (vec!["developer".to_owned()], vec!["files:read".to_owned(), "mcp".to_owned()])
        );
        assert_eq!(ann.claims["team"], "blue");
        assert_eq!(end, Timestamp::from_secs(1_000_130));
    }

    #[test]
    fn each_wrong_claim_is_refused() {
        for (changes, expected) in [
            (json!({"iss": "https://idp.example/"}), TokenError::Issuer),
            (json!({"aud": "other"}), TokenError::Audience),
            (json!({"aud": null}), TokenError::Audience),
            (json!({"exp": 999_970}), TokenError::Expired),
            (json!({"exp": "soon"}), TokenError::Expired),
            (json!({"nbf": 1_000_031}), TokenError::NotYet),
            (json!({"sub": ""}), TokenError::Subject),
        ] {
            assert_eq!(rules().principal(&claims(&changes), NOW).unwrap_err(), expected, "{changes}");
        }
        let strict = TokenRules { required_scopes: vec!["admin".to_owned()], ..rules() };
        assert_eq!(strict.principal(&claims(&json!({})), NOW).unwrap_err(), TokenError::Scope("admin".to_owned()));
    }

    #[test]
    fn unsigned_and_symmetric_tokens_are_refused() {
        for algorithm in ["none", "None", "HS256", ""] {
            let error = split_token(&token(&json!({"alg": algorithm}))).unwrap_err();
            assert_eq!(error, TokenError::Algorithm(algorithm.to_owned()));
        }
        let good = split_token(&token(&json!({"alg": "RS512", "kid": "k1"}))).unwrap();
        assert_eq!(rules().check_header(&good.header), Err(TokenError::Algorithm("RS512".to_owned())));
        assert_eq!(split_token(&token(&json!({"alg": "RS256", "crit": ["b64"]}))), Err(TokenError::Malformed));
        for text in ["", "a.b", "a.b.c", "a.b.c.d", "!!.!!.!!"] {
            assert_eq!(split_token(text), Err(TokenError::Malformed), "{text}");
        }
    }
}
