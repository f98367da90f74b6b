//! Paths beside MCP and the admin API: health, and what browsers come back to after signing in to a server.

use std::sync::Arc;

use axum::Router;
use axum::extract::Query;
use axum::response::{Html, IntoResponse as _, Response};
use axum::routing::get;
use corten_api::ApiState;
use corten_upstream::{Outside, SignIns};
use http::StatusCode;

/// What the browser brings.
#[derive(serde::Deserialize)]
struct Brought {
    state: Option<String>,
    code: Option<String>,
    iss: Option<String>,
    error: Option<String>,
}

/// `/health`: how every part is doing.
pub(super) fn health(state: ApiState) -> Router {
    let handler = move || async move {
        let (is_fine, body) = state.health().await;
        let status = if is_fine { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        (status, axum::Json(body))
    };
    Router::new().route("/health", get(handler.clone())).route("/healthz", get(handler))
}

/// `/oauth/callback` and the document that stands for our client.
pub(super) fn sign_ins(outside: &Arc<Outside>) -> Router {
    let (ending, describing) = (Arc::new(SignIns::new(outside)), Arc::new(SignIns::new(outside)));
    Router::new()
        .route(
            "/oauth/callback",
            get(move |Query(brought): Query<Brought>| async move { finish(&ending, brought).await }),
        )
        .route(
            "/oauth/client.json",
            get(move || async move {
                match describing.client_document() {
                    Some(document) => axum::Json(document).into_response(),
                    None => StatusCode::NOT_FOUND.into_response(),
                }
            }),
        )
}

async fn finish(sign_ins: &SignIns, brought: Brought) -> Response {
    let (Some(state), Some(code)) = (&brought.state, &brought.code) else {
        tracing::info!(error = brought.error.as_deref().unwrap_or("none"), "a sign-in was not completed");
        return page(
            StatusCode::BAD_REQUEST,
            "You are not signed in: the server did not allow it. Close this page and try again.",
        );
    };
    match sign_ins.finish(state, code, brought.iss.as_deref(), None).await {
        Ok(server) => {
            tracing::info!(%server, "a user signed in");
            page(StatusCode::OK, "You are signed in. Close this page and go back to your client.")
        }
        Err(error) => {
            tracing::warn!(%error, "a sign-in failed");
            page(
                StatusCode::BAD_REQUEST,
                "You are not signed in. Close this page, go back to your client and try again.",
            )
        }
    }
}

/// The texts are ours: nothing of the request is shown.
fn page(status: StatusCode, text: &'static str) -> Response {
    (status, Html(format!("<!doctype html><title>Corten</title><p>{text}</p>\n"))).into_response()
}
