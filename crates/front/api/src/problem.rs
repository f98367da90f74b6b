//! Errors as RFC 9457 problem details.

use axum::response::Response;
use corten_govern::Access;
use corten_govern::ports::{DeskError, StoreError};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;

/// What went wrong, in a form for programs and for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    /// A word that stays the same, for programs.
    pub(crate) code: &'static str,
    /// What happened with what, for people.
    pub(crate) detail: String,
    /// Seconds after which it may work.
    retry_after: Option<u64>,
    /// The methods that the path takes.
    allow: Option<String>,
}

impl Problem {
    fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), retry_after: None, allow: None }
    }

    pub(crate) fn invalid_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "INVALID_REQUEST", detail)
    }

    /// The request is well formed and what it says is not right.
    pub(crate) fn unprocessable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "UNPROCESSABLE", detail)
    }

    /// One answer for every credential that is not accepted, so that none tells more than another.
    pub(crate) fn unauthenticated() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "UNAUTHORIZED",
            "a valid API key (X-API-Key or Authorization: Bearer) or token is needed",
        )
    }

    pub(crate) fn forbidden(area: &str, access: Access) -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "FORBIDDEN",
            format!("this needs the scope admin or a role with the permission {area}:{}:*", access.as_str()),
        )
    }

    pub(crate) fn escalation(what: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, "FORBIDDEN", format!("only who has {what} may give it"))
    }

    pub(crate) fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "CONFLICT", detail)
    }

    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "NOT_FOUND", detail)
    }

    pub(crate) fn method_not_allowed(allow: String) -> Self {
        let mut problem =
            Self::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", format!("this path takes {allow}"));
        problem.allow = Some(allow);
        problem
    }

    pub(crate) fn unsupported_media() -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", "the body must be application/json")
    }

    pub(crate) fn too_large(limit: usize) -> Self {
        let detail = format!("the body is larger than {limit} bytes or ended early");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE", detail)
    }

    pub(crate) fn precondition_required() -> Self {
        Self::new(
            StatusCode::PRECONDITION_REQUIRED,
            "PRECONDITION_REQUIRED",
            "send If-Match with the ETag that was read, or * to change whatever is there",
        )
    }

    pub(crate) fn limited(seconds: u64) -> Self {
        let mut problem = Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "RATE_LIMIT_EXCEEDED",
            format!("too many requests; try again in {seconds} s"),
        );
        problem.retry_after = Some(seconds);
        problem
    }

    /// What cannot be recorded is not done.
    pub(crate) fn unrecordable() -> Self {
        Self::unavailable("the audit log cannot be written")
    }

    pub(crate) fn unavailable(detail: impl Into<String>) -> Self {
        let mut problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE", detail);
        problem.retry_after = Some(1);
        problem
    }

    pub(crate) fn into_response(self) -> Response {
        let title = self.status.canonical_reason().unwrap_or("Error");
        let body = json!({
            "type": "about:blank", "title": title, "status": self.status.as_u16(), "code": self.code,
            "detail": self.detail,
        });
        let mut response = Response::new(body.to_string().into());
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"corten\""));
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(allow) = self.allow.and_then(|allow| HeaderValue::from_str(&allow).ok()) {
            headers.insert(header::ALLOW, allow);
        }
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let detail = error.to_string();
        match error {
            StoreError::NotFound { .. } => Self::not_found(detail),
            StoreError::Exists { .. } | StoreError::ReadOnly { .. } => Self::conflict(detail),
            StoreError::Conflict { .. } => Self::new(StatusCode::PRECONDITION_FAILED, "PRECONDITION_FAILED", detail),
            StoreError::Invalid(_) => Self::unprocessable(detail),
            _ => {
                tracing::error!(%error, "the store failed");
                Self::unavailable("the store cannot be used now")
            }
        }
    }
}

impl From<DeskError> for Problem {
    fn from(error: DeskError) -> Self {
        let detail = error.to_string();
        match error {
            DeskError::NotFound(_) => Self::not_found(detail),
            DeskError::Invalid(_) => Self::unprocessable(detail),
            DeskError::Limited(wait) => Self::limited(wait.as_secs() + u64::from(wait.subsec_nanos() > 0)),
            DeskError::Upstream { .. } => Self::new(StatusCode::BAD_GATEWAY, "BAD_GATEWAY", detail),
            _ => Self::unavailable(detail),
        }
    }
}
