//! When a request is sent again.
//!
//! Go: `rest/with_retry.go` repeats what the server asked to repeat (`Retry-After`), ten times at
//! most, and reads whose connection broke. Here every request that can be repeated without harm is,
//! with growing pauses; the only ones that cannot are creations, whose callers look first
//! (`Connection::send_noting`).

use std::time::Duration;

use http::header::RETRY_AFTER;
use http::{HeaderMap, Method};

use super::{Answer, Request};
use crate::status::{ApiError, Status};

const ASKED: u32 = 10;
const UNASKED: u32 = 4;

/// A try that failed.
pub(super) struct Failure {
    error: ApiError,
    retry_after: Option<Duration>,
    is_final: bool,
}

impl Failure {
    pub(super) fn no_answer(error: ApiError) -> Self {
        Self { error, retry_after: None, is_final: false }
    }

    pub(super) fn final_error(error: ApiError) -> Self {
        Self { error, retry_after: None, is_final: true }
    }

    pub(super) fn refused(status: Status, headers: &HeaderMap) -> Self {
        let header = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()).and_then(|text| text.parse().ok());
        let retry_after = header.map(Duration::from_secs);
        Self { error: ApiError::Status(Box::new(status)), retry_after, is_final: false }
    }

    pub(super) fn into_error(self) -> ApiError {
        self.error
    }
}

/// The tries of one request so far.
#[derive(Default)]
pub(super) struct Tries {
    asked: u32,
    unasked: u32,
    may_have_acted: bool,
}

/// What follows a try.
pub(super) enum Next {
    Done(Result<Answer, ApiError>),
    Again(Duration),
}

impl Tries {
    pub(super) fn may_have_acted(&self) -> bool {
        self.may_have_acted
    }

    pub(super) fn after(&mut self, request: &Request, outcome: Result<Answer, Failure>) -> Next {
        let failure = match outcome {
            Ok(answer) => return Next::Done(Ok(answer)),
            Err(failure) => failure,
        };
        match self.pause(request, &failure) {
            Some(pause) => Next::Again(pause),
            None => Next::Done(Err(failure.error)),
        }
    }

    fn pause(&mut self, request: &Request, failure: &Failure) -> Option<Duration> {
        if failure.is_final {
            return None;
        }
        let (code, acted) = match &failure.error {
            ApiError::Transport { may_have_acted, .. } => (0, *may_have_acted),
            other => (other.code(), other.code() >= 500),
        };
        if (code == 429 || code >= 500)
            && let Some(wait) = failure.retry_after
        {
            self.asked += 1;
            return (self.asked <= ASKED).then_some(wait.max(Duration::from_millis(50)));
        }
        // A server that cannot be dialled is reported at once, as by Helm.
        let may_repeat = match code {
            0 => acted,
            429 | 502 | 503 | 504 => true,
            500 => true,
            401 => self.unasked == 0,
            _ => false,
        };
        if !may_repeat || (code == 401 && request.method != Method::GET) {
            return None;
        }
        self.may_have_acted |= acted;
        self.unasked += 1;
        (self.unasked < UNASKED).then(|| Duration::from_millis(100 << (2 * (self.unasked - 1))))
    }
}
