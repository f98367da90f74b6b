//! From answers of the API to errors of the port.

use corten_release::{ClusterError, ClusterErrorKind};

use crate::status::ApiError;

/// The port's error for an answer, with the answer's own text.
pub(crate) fn cluster_error(error: &ApiError) -> ClusterError {
    let kind = match error {
        ApiError::Transport { cause, .. } if cause.contains("timeout") => ClusterErrorKind::Timeout,
        ApiError::Transport { .. } | ApiError::Config(_) => ClusterErrorKind::Unreachable,
        ApiError::Unreadable(_) => ClusterErrorKind::Other,
        ApiError::Status(status) => match (status.code, status.reason.as_str()) {
            (404, _) => ClusterErrorKind::NotFound,
            (409, "AlreadyExists") => ClusterErrorKind::AlreadyExists,
            (409, _) => ClusterErrorKind::Conflict,
            (401, _) => ClusterErrorKind::Unauthorized,
            (403, _) => ClusterErrorKind::Forbidden,
            (400 | 422, _) => ClusterErrorKind::Invalid,
            (415, _) => ClusterErrorKind::UnsupportedMediaType,
            (504, _) => ClusterErrorKind::Timeout,
            _ => ClusterErrorKind::Other,
        },
    };
    let mut failure = ClusterError::new(kind, error.to_string());
    match kind {
        ClusterErrorKind::Unauthorized => {
            failure = failure.hint("the credentials were not accepted: log in again, or look at --kube-context");
        }
        ClusterErrorKind::Forbidden => {
            failure = failure.hint("ask for a Role with this verb on this resource, or use --kube-as-user");
        }
        _ => {}
    }
    failure
}
