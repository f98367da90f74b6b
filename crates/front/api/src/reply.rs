//! Answers that are no errors.

use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use crate::problem::Problem;

/// An answer of a handler.
#[derive(Debug)]
pub(crate) struct Reply {
    status: StatusCode,
    body: Option<Value>,
    headers: Vec<(header::HeaderName, String)>,
}

impl Reply {
    pub(crate) fn ok(body: Value) -> Self {
        Self { status: StatusCode::OK, body: Some(body), headers: Vec::new() }
    }

    pub(crate) fn status(status: StatusCode, body: Value) -> Self {
        Self { status, body: Some(body), headers: Vec::new() }
    }

    pub(crate) fn no_content() -> Self {
        Self { status: StatusCode::NO_CONTENT, body: None, headers: Vec::new() }
    }

    /// Made at an address of its own, which is a path of ours with a checked name.
    pub(crate) fn created(body: Value, location: String) -> Self {
        Self { status: StatusCode::CREATED, body: Some(body), headers: vec![(header::LOCATION, location)] }
    }

    /// The version by which a later change says what it was made from.
    pub(crate) fn with_version(mut self, version: u64) -> Self {
        self.headers.push((header::ETAG, format!("\"{version}\"")));
        self
    }

    /// Answers 304 when the caller has this version already.
    pub(crate) fn unless_known(self, headers: &HeaderMap, version: u64) -> Self {
        let tag = format!("\"{version}\"");
        let known = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
        let is_known = known
            .flat_map(|value| value.split(','))
            .any(|known| known.trim() == "*" || known.trim().trim_start_matches("W/") == tag);
        if is_known { Self { status: StatusCode::NOT_MODIFIED, body: None, headers: self.headers } } else { self }
    }

    pub(crate) fn into_response(self) -> Response {
        let body = self.body.as_ref().map(Value::to_string).unwrap_or_default();
        let mut response = Response::new(body.into());
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        if self.body.is_some() {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
        response
    }
}

/// The version that a change was made from: `If-Match: "3"`, or `*` for whatever is there.
pub(crate) fn if_match(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    let mut values = headers.get_all(header::IF_MATCH).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(Problem::precondition_required());
    };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(None);
    }
    let number = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).and_then(|text| text.parse().ok());
    number
        .map(Some)
        .ok_or_else(|| Problem::invalid_request("If-Match must be the ETag of one version, for example \"3\", or *"))
}

/// One page of a list that is sorted by id.
pub(crate) fn page<T>(
    all: &[T],
    call: &crate::api::Call,
    id: impl Fn(&T) -> String,
    view: impl Fn(&T) -> Value,
) -> Result<Reply, Problem> {
    let limit = crate::query::limit(&call.query)?;
    let after = match call.query.get("cursor") {
        Some(cursor) => Some(crate::query::open_cursor(cursor)?),
        None => None,
    };
    let total = all.len();
    let rest: Vec<&T> = all.iter().filter(|item| after.as_ref().is_none_or(|after| id(item) > *after)).collect();
    let items: Vec<Value> = rest.iter().take(limit).map(|item| view(item)).collect();
    let next = (rest.len() > limit).then(|| crate::query::cursor(&id(rest[limit - 1])));
    Ok(Reply::ok(json!({ "items": items, "next": next, "total": total })))
}
