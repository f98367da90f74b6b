//! The router, made from the table of routes.

use axum::Router;
use axum::extract::{FromRequestParts as _, RawPathParams, Request};
use axum::response::Response;
use axum::routing::{MethodFilter, on};
use http::{HeaderValue, StatusCode, header};

use crate::api::{ApiState, serve};
use crate::openapi;
use crate::problem::Problem;
use crate::route::{Method, ROUTES, Route};

/// The documentation: a page and what it needs, all of it from here.
const ASSETS: &[(&str, &str, &str)] = &[
    ("/api/docs", "text/html; charset=utf-8", include_str!("../assets/docs.html")),
    ("/api/docs/docs.js", "text/javascript; charset=utf-8", include_str!("../assets/docs.js")),
    ("/api/docs/docs.css", "text/css; charset=utf-8", include_str!("../assets/docs.css")),
];

const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The API as a router: everything under `/api`.
pub fn router(state: &ApiState) -> Router {
    let mut router = Router::new();
    for route in ROUTES {
        let filter = match route.method {
            Method::Get => MethodFilter::GET,
            Method::Post => MethodFilter::POST,
            Method::Put => MethodFilter::PUT,
            Method::Delete => MethodFilter::DELETE,
        };
        let state = state.clone();
        let handler = move |request: Request| run(state.clone(), route, request);
        router = router.route(route.path, on(filter, handler));
    }
    let document = openapi::document().to_string();
    router = router.route(
        "/api/openapi.json",
        on(MethodFilter::GET, move || async move { asset("application/json", document.clone()) }),
    );
    for (path, kind, text) in ASSETS {
        router = router.route(path, on(MethodFilter::GET, move || async move { asset(kind, (*text).to_owned()) }));
    }
    router
        .route("/api/{*rest}", axum::routing::any(missing))
        .route("/api", axum::routing::any(missing))
        .method_not_allowed_fallback(wrong_method)
}

async fn run(state: ApiState, route: &'static Route, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    let parameters = RawPathParams::from_request_parts(&mut parts, &())
        .await
        .map_err(|_| Problem::invalid_request("the path is not well formed"));
    serve(state, route, parameters, Request::from_parts(parts, body)).await
}

async fn missing(request: Request) -> Response {
    // The path comes from outside; it is not repeated.
    drop(request);
    Problem::not_found("there is nothing at this path; /api/docs shows what there is").into_response()
}

async fn wrong_method(request: Request) -> Response {
    let path = request.uri().path();
    let methods: Vec<&str> =
        ROUTES.iter().filter(|route| is_path_of(route.path, path)).map(|route| route.method.as_str()).collect();
    let allow = if methods.is_empty() { "GET".to_owned() } else { methods.join(", ") };
    Problem::method_not_allowed(allow).into_response()
}

fn is_path_of(pattern: &str, path: &str) -> bool {
    let mut parts = path.split('/');
    pattern.split('/').all(|own| parts.next().is_some_and(|part| own.starts_with('{') || own == part))
        && parts.next().is_none()
}

fn asset(kind: &'static str, text: String) -> Response {
    let mut response = Response::new(text.into());
    *response.status_mut() = StatusCode::OK;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_POLICY));
    response
}

/// `/metrics` for its own port. `measure` sets what is looked at rather than counted.
pub fn metrics_router(
    metrics: std::sync::Arc<corten_govern::metrics::Metrics>,
    measure: impl Fn(&corten_govern::metrics::Metrics) + Clone + Send + Sync + 'static,
) -> Router {
    let handler = move || {
        measure(&metrics);
        let text = metrics.encode();
        async move { asset("application/openmetrics-text; version=1.0.0; charset=utf-8", text) }
    };
    Router::new().route("/metrics", on(MethodFilter::GET, handler))
}
