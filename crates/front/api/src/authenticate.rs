//! From headers to a caller.

use std::sync::Arc;

use corten_govern::metrics::KindLabels;
use corten_govern::{Principal, Rate, Timestamp, is_key};
use http::{HeaderMap, header};

use crate::api::ApiState;
use crate::problem::Problem;

/// Who calls, with the limit that its key has of its own.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) principal: Arc<Principal>,
    pub(crate) rate: Option<Rate>,
}

/// Takes `X-API-Key`, then `Authorization: Bearer` with a key or a token, then nobody where that
/// is allowed. A credential that is refused is never replaced by nobody.
pub(crate) async fn authenticate(state: &ApiState, headers: &HeaderMap, now: Timestamp) -> Result<Caller, Problem> {
    let failed = |kind: &'static str| {
        state.store.metrics().authentication_failures.get_or_create(&KindLabels { kind }).inc();
        Problem::unauthenticated()
    };
    let presented = match headers.get("x-api-key") {
        Some(value) => Some(value.to_str().map_err(|_| failed("malformed"))?.trim()),
        None => bearer(headers).map_err(|()| failed("malformed"))?,
    };
    let Some(presented) = presented else {
        let principal = state.anonymous.as_ref().ok_or_else(|| failed("missing"))?;
        return Ok(Caller { principal: Arc::clone(principal), rate: None });
    };
    // Keys of the operator's file may have any form, so a key is looked for first.
    match state.store.live().load().verify_key(presented, now) {
        Ok((principal, rate)) => return Ok(Caller { principal, rate }),
        Err(_) if is_key(presented) || headers.contains_key("x-api-key") => return Err(failed("key")),
        Err(_) => {}
    }
    let Some(tokens) = &state.tokens else { return Err(failed("key")) };
    match tokens.verify(presented, "", now).await {
        Ok(principal) => Ok(Caller { principal, rate: None }),
        Err(error) => {
            tracing::debug!(%error, "a token is refused");
            Err(failed("token"))
        }
    }
}

fn bearer(headers: &HeaderMap) -> Result<Option<&str>, ()> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let value = value.to_str().map_err(|_| ())?;
    let (scheme, token) = value.split_once(' ').ok_or(())?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(());
    }
    Ok(Some(token.trim()))
}
