//! Tokens of identity providers: their keys are fetched, cached and rotated here.
//!
//! What a token must say is decided by `corten_govern::token`; here its signature is checked. Keys
//! are fetched when a token names one that is not known, at most every ten seconds per issuer, and
//! anew every hour; while the issuer is away, known keys stay good for a day. Verified tokens are
//! remembered by their hash until they end.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_lc_rs::digest;
use corten_govern::ports::{BoxFuture, TokenVerifier};
use corten_govern::token::{TokenError, TokenRules, Unverified, split_token};
use corten_govern::{Principal, Timestamp};
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;

/// Tokens that are remembered at most.
const REMEMBERED: usize = 10_000;

const REFRESH: Duration = Duration::from_hours(1);
const KEEP: Duration = Duration::from_hours(24);
const AT_MOST_EVERY: Duration = Duration::from_secs(10);

/// The largest document that an issuer may send.
const MAX_DOCUMENT: usize = 1024 * 1024;

/// Checks tokens of the configured issuers.
#[derive(Debug)]
pub struct Tokens {
    issuers: Vec<Issuer>,
    client: reqwest::Client,
    remembered: Mutex<BTreeMap<[u8; 32], Remembered>>,
}

/// The caller of a verified token, and when it ends.
type Remembered = (Arc<Principal>, Timestamp);

#[derive(Debug)]
struct Issuer {
    rules: TokenRules,
    keys: tokio::sync::RwLock<Keys>,
}

#[derive(Debug, Default)]
struct Keys {
    set: Vec<Jwk>,
    fetched: Option<Timestamp>,
    tried: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    jwks_uri: String,
}

impl Tokens {
    /// Checks tokens by rules; the client decides about proxies and certificates.
    pub fn new(rules: Vec<TokenRules>, client: reqwest::Client) -> Self {
        let issuers = rules.into_iter().map(|rules| Issuer { rules, keys: tokio::sync::RwLock::default() }).collect();
        Self { issuers, client, remembered: Mutex::default() }
    }

    fn remembered(&self, hash: &[u8; 32], now: Timestamp) -> Option<Arc<Principal>> {
        let remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        remembered.get(hash).filter(|(_, end)| *end > now).map(|(principal, _)| Arc::clone(principal))
    }

    fn remember(&self, hash: [u8; 32], principal: &Arc<Principal>, end: Timestamp, now: Timestamp) {
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.len() >= REMEMBERED {
            remembered.retain(|_, (_, end)| *end > now);
            if remembered.len() >= REMEMBERED {
                remembered.clear();
            }
        }
        remembered.insert(hash, (Arc::clone(principal), end));
    }

    async fn check(&self, token: &str, audience: &str, now: Timestamp) -> Result<Remembered, TokenError> {
        let parts = split_token(token)?;
        let issuer = self.issuers.iter().find(|issuer| issuer.rules.is_issuer_of(&parts)).ok_or(TokenError::Issuer)?;
        issuer.rules.check_header(&parts.header)?;
        self.check_signature(issuer, token, &parts, now).await?;
        let mut rules = std::borrow::Cow::Borrowed(&issuer.rules);
        if !audience.is_empty() {
            rules.to_mut().audiences.push(audience.to_owned());
        }
        let (principal, end) = rules.principal(&parts.claims, now)?;
        Ok((Arc::new(principal), end))
    }

    async fn check_signature(
        &self,
        issuer: &Issuer,
        token: &str,
        parts: &Unverified,
        now: Timestamp,
    ) -> Result<(), TokenError> {
        let algorithm: Algorithm = parts.header.algorithm.parse().map_err(|_| TokenError::Malformed)?;
        let Some((message, signature)) = token.rsplit_once('.') else { return Err(TokenError::Malformed) };
        let key_id = parts.header.key_id.as_deref();
        let mut candidates = issuer.candidates(key_id, &parts.header.algorithm, now).await;
        if candidates.is_none() || candidates.as_ref().is_some_and(Vec::is_empty) {
            self.fetch(issuer, now).await?;
            candidates = issuer.candidates(key_id, &parts.header.algorithm, now).await;
        }
        for key in candidates.unwrap_or_default() {
            let Ok(key) = DecodingKey::from_jwk(&key) else { continue };
            if jsonwebtoken::crypto::verify(signature, message.as_bytes(), &key, algorithm).unwrap_or(false) {
                return Ok(());
            }
        }
        Err(TokenError::Signature)
    }

    /// Fetches the keys of an issuer, unless that was tried a moment ago.
    async fn fetch(&self, issuer: &Issuer, now: Timestamp) -> Result<(), TokenError> {
        let mut keys = issuer.keys.write().await;
        if keys.tried.is_some_and(|tried| tried.plus(AT_MOST_EVERY) > now) {
            return if keys.fetched.is_some_and(|fetched| fetched.plus(KEEP) > now) {
                Ok(())
            } else {
                Err(issuer.no_keys("they could not be fetched a moment ago"))
            };
        }
        keys.tried = Some(now);
        match self.fetch_set(&issuer.rules).await {
            Ok(set) => {
                keys.set = set.keys;
                keys.fetched = Some(now);
                Ok(())
            }
            Err(reason) if keys.fetched.is_some_and(|fetched| fetched.plus(KEEP) > now) => {
                tracing::warn!(issuer = %issuer.rules.issuer, %reason, "the issuer's keys cannot be fetched; known keys stay in use");
                Ok(())
            }
            Err(reason) => Err(issuer.no_keys(&reason)),
        }
    }

    async fn fetch_set(&self, rules: &TokenRules) -> Result<JwkSet, String> {
        let url = match &rules.jwks_url {
            Some(url) => url.clone(),
            None => self.discover(&rules.issuer).await?,
        };
        self.document(&url).await
    }

    /// RFC 8414 §3 and OpenID Connect Discovery §4: where the issuer says where its keys are.
    async fn discover(&self, issuer: &str) -> Result<String, String> {
        let url = url::Url::parse(issuer).map_err(|error| format!("the issuer is no address: {error}"))?;
        let path = url.path().trim_end_matches('/').to_owned();
        let at = |path: String| {
            let mut url = url.clone();
            url.set_path(&path);
            url
        };
        let places = [
            at(format!("/.well-known/oauth-authorization-server{path}")),
            at(format!("{path}/.well-known/openid-configuration")),
        ];
        let mut reason = String::new();
        for place in places {
            match self.document::<Metadata>(place.as_str()).await {
                // RFC 8414 §3.3: metadata of another issuer must not be used.
                Ok(metadata) if metadata.issuer == issuer => return Ok(metadata.jwks_uri),
                Ok(metadata) => reason = format!("{place} speaks of the issuer {:?}", metadata.issuer),
                Err(error) => reason = error,
            }
        }
        Err(reason)
    }

    async fn document<T: for<'de> Deserialize<'de>>(&self, url: &str) -> Result<T, String> {
        let answer = self.client.get(url).timeout(Duration::from_secs(5)).send().await;
        let mut answer = answer
            .and_then(reqwest::Response::error_for_status)
            .map_err(|error| format!("{url}: {}", error.without_url()))?;
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| format!("{url}: {}", error.without_url()))? {
            if body.len() + chunk.len() > MAX_DOCUMENT {
                return Err(format!("{url}: the document is larger than {MAX_DOCUMENT} bytes"));
            }
            body.extend_from_slice(&chunk);
        }
        serde_json::from_slice(&body).map_err(|error| format!("{url}: {error}"))
    }
}

impl Issuer {
    /// The keys that could have signed; nothing when they must be fetched first.
    async fn candidates(&self, key_id: Option<&str>, algorithm: &str, now: Timestamp) -> Option<Vec<Jwk>> {
        let keys = self.keys.read().await;
        let is_due = keys.fetched.is_none_or(|fetched| fetched.plus(REFRESH) <= now);
        if is_due && keys.tried.is_none_or(|tried| tried.plus(AT_MOST_EVERY) <= now) {
            return None;
        }
        let fitting = keys.set.iter().filter(|key| {
            let common = &key.common;
            let is_for_signing = !matches!(common.public_key_use, Some(PublicKeyUse::Encryption));
            let is_algorithm = common.key_algorithm.is_none_or(|own| own.to_string() == algorithm);
            let is_named = key_id.is_none() || common.key_id.as_deref() == key_id;
            is_for_signing && is_algorithm && is_named
        });
        // Without a name every key is tried; issuers have few.
        Some(fitting.take(16).cloned().collect())
    }

    fn no_keys(&self, reason: &str) -> TokenError {
        TokenError::Keys { issuer: self.rules.issuer.clone(), reason: reason.to_owned() }
    }
}

impl TokenVerifier for Tokens {
    fn verify<'a>(
        &'a self,
        token: &'a str,
        audience: &'a str,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<Arc<Principal>, TokenError>> {
        Box::pin(async move {
            // A token that is good for one route is not good for another one.
            let mut context = digest::Context::new(&digest::SHA256);
            context.update(audience.as_bytes());
            context.update(b"\n");
            context.update(token.as_bytes());
            let mut hash = [0; 32];
            hash.copy_from_slice(context.finish().as_ref());
            if let Some(principal) = self.remembered(&hash, now) {
                return Ok(principal);
            }
            let (principal, end) = self.check(token, audience, now).await?;
            self.remember(hash, &principal, end, now);
            Ok(principal)
        })
    }
}
