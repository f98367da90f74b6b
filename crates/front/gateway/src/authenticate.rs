//! From headers to a caller.

use std::sync::Arc;

use corten_govern::metrics::KindLabels;
use corten_govern::metrics::Metrics;
use corten_govern::ports::{Clock, TokenVerifier};
use corten_govern::token::TokenError;
use corten_govern::{Governance, Live, Principal, Rate, is_key};
use corten_mcp::Secret;
use corten_route::Caller;
use http::{HeaderMap, header};

/// Finds out who calls.
pub struct Authenticator {
    /// Keys.
    pub live: Arc<Live<Governance>>,
    /// Tokens of identity providers, where some are accepted.
    pub tokens: Option<Arc<dyn TokenVerifier>>,
    /// Who calls without key or token, where that is allowed.
    pub anonymous: Option<Arc<Principal>>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Where refusals are counted.
    pub metrics: Arc<Metrics>,
}

/// Why nobody was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// There is no credential.
    Missing,
    /// The one there is does not hold.
    Invalid(&'static str),
    /// It holds, and lacks a scope that every call needs.
    Scope,
}

impl Authenticator {
    /// Takes `X-API-Key`, then `Authorization: Bearer` with a key or a token, then nobody where that
    /// is allowed. A credential that is refused is never replaced by nobody.
    pub(crate) async fn caller(
        &self,
        headers: &HeaderMap,
        audience: impl FnOnce() -> String + Send,
        route: Arc<str>,
    ) -> Result<Caller, Refused> {
        let (presented, is_bearer) = match presented(headers) {
            Ok(Some(found)) => found,
            Ok(None) => {
                let Some(principal) = &self.anonymous else { return Err(self.refused("missing", Refused::Missing)) };
                return Ok(caller(Arc::clone(principal), None, None, route));
            }
            Err(()) => return Err(self.refused("malformed", Refused::Invalid("the credential is malformed"))),
        };
        let now = self.clock.now();
        // Keys of the operator's file may have any form, so a key is looked for first.
        if let Ok((principal, rate)) = self.live.load().verify_key(presented, now) {
            return Ok(caller(principal, rate, is_bearer.then_some(presented), route));
        }
        let unknown = Refused::Invalid("the key is unknown, expired or revoked");
        if is_key(presented) || !is_bearer {
            return Err(self.refused("key", unknown));
        }
        let Some(tokens) = &self.tokens else { return Err(self.refused("key", unknown)) };
        match tokens.verify(presented, &audience(), now).await {
            Ok(principal) => Ok(caller(principal, None, Some(presented), route)),
            Err(TokenError::Scope(scope)) => {
                tracing::debug!(%scope, "a token lacks a scope");
                Err(self.refused("scope", Refused::Scope))
            }
            Err(error) => {
                tracing::debug!(%error, "a token is refused");
                Err(self.refused("token", Refused::Invalid("the token is not accepted")))
            }
        }
    }

    fn refused(&self, kind: &'static str, refused: Refused) -> Refused {
        self.metrics.authentication_failures.get_or_create(&KindLabels { kind }).inc();
        refused
    }
}

fn caller(principal: Arc<Principal>, rate: Option<Rate>, token: Option<&str>, route: Arc<str>) -> Caller {
    Caller {
        id: principal.id().into(),
        principal,
        token: token.map(|text| Arc::new(Secret::new(text.to_owned()))),
        rate,
        route,
    }
}

/// The credential, and whether it came as a bearer.
fn presented(headers: &HeaderMap) -> Result<Option<(&str, bool)>, ()> {
    if let Some(value) = headers.get("x-api-key") {
        return value.to_str().map(|text| Some((text.trim(), false))).map_err(|_| ());
    }
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let value = value.to_str().map_err(|_| ())?;
    let (scheme, token) = value.split_once(' ').ok_or(())?;
    if scheme.eq_ignore_ascii_case("bearer") { Ok(Some((token.trim(), true))) } else { Err(()) }
}
