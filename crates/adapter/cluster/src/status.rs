//! What the API server says when it refuses, and what is known when it says nothing.
//!
//! Go: apimachinery api/errors (`StatusError`, `NewGenericServerResponse`) and net/url (`Error`).

use std::fmt;

use serde::Deserialize;

/// A refusal of the API server (`metav1.Status`).
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(default, rename_all = "camelCase")]
pub struct Status {
    /// The sentence for people; Helm prints it as it is.
    pub message: String,
    /// One word for programs: `NotFound`, `AlreadyExists`, `Conflict`, `Forbidden`, `Invalid`, …
    pub reason: String,
    /// The HTTP status.
    pub code: u16,
    /// The object that it is about, and single causes.
    pub details: Option<Details>,
}

/// The details of a refusal.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(default, rename_all = "camelCase")]
pub struct Details {
    /// The name of the object.
    pub name: String,
    /// The group of the object's kind.
    pub group: String,
    /// The kind (or resource) of the object.
    pub kind: String,
    /// Field by field what is wrong.
    pub causes: Vec<Cause>,
    /// How long the server wants to be left alone.
    pub retry_after_seconds: u64,
}

/// One cause of a refusal.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(default)]
pub struct Cause {
    /// One word for programs.
    pub reason: String,
    /// The sentence for people.
    pub message: String,
    /// The field, as a path.
    pub field: String,
}

/// Why a request has no good answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// The server answered no.
    #[error("{}", .0.message)]
    Status(Box<Status>),
    /// No answer, or half of one; the text is that of Go's `url.Error`.
    #[error("{operation} \"{url}\": {cause}")]
    Transport {
        /// `Get`, `Post`, `Put`, `Patch` or `Delete`.
        operation: &'static str,
        /// The whole address.
        url: String,
        /// What happened to the connection.
        cause: String,
        /// Whether the server may have acted on the request all the same.
        may_have_acted: bool,
    },
    /// The configuration does not lead to a server.
    #[error("{0}")]
    Config(String),
    /// An answer that is not what it should be.
    #[error("{0}")]
    Unreadable(String),
}

impl ApiError {
    /// The HTTP status of a refusal, 0 otherwise.
    pub fn code(&self) -> u16 {
        if let Self::Status(status) = self { status.code } else { 0 }
    }

    /// The reason of a refusal, empty otherwise.
    pub fn reason(&self) -> &str {
        if let Self::Status(status) = self { &status.reason } else { "" }
    }

    /// Whether the object (or the path) is not there.
    pub fn is_not_found(&self) -> bool {
        self.code() == 404
    }

    /// Whether somebody else was faster, or the object is there already.
    pub fn is_conflict(&self) -> bool {
        self.reason() == "Conflict"
    }

    /// Whether an object of that name exists.
    pub fn is_already_exists(&self) -> bool {
        self.reason() == "AlreadyExists"
    }

    /// Whether these credentials may not do that.
    pub fn is_forbidden(&self) -> bool {
        self.code() == 403
    }

    /// Whether a resource version is too old to continue from (`410 Gone`).
    pub fn is_expired(&self) -> bool {
        self.code() == 410 || matches!(self.reason(), "Expired" | "Gone")
    }
}

impl fmt::Display for Status {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

/// The refusal in an answer: the server's own words where it has some, else client-go's for the number.
pub(crate) fn refusal(code: u16, method: &str, body: &[u8]) -> Status {
    match serde_json::from_slice::<Envelope>(body) {
        Ok(Envelope { kind, mut status }) if kind == "Status" => {
            if status.code == 0 {
                status.code = code;
            }
            status
        }
        _ => generic(code, method, body),
    }
}

#[derive(Deserialize)]
struct Envelope {
    #[serde(default)]
    kind: String,
    #[serde(flatten)]
    status: Status,
}

/// What client-go says of a number alone. Go: `NewGenericServerResponse`.
pub(crate) fn generic(code: u16, method: &str, body: &[u8]) -> Status {
    let said = String::from_utf8_lossy(body);
    let said = if said.is_empty() { "unknown" } else { said.trim_end() };
    let (reason, message) = match code {
        409 if method == "POST" => ("AlreadyExists", "the server reported a conflict".to_owned()),
        409 => ("Conflict", "the server reported a conflict".to_owned()),
        404 => ("NotFound", "the server could not find the requested resource".to_owned()),
        400 => ("BadRequest", "the server rejected our request for an unknown reason".to_owned()),
        401 => ("Unauthorized", "the server has asked for the client to provide credentials".to_owned()),
        403 => ("Forbidden", said.to_owned()),
        406 if said == "unknown" => (
            "NotAcceptable",
            "the server was unable to respond with a content type that the client supports".to_owned(),
        ),
        406 => ("NotAcceptable", said.to_owned()),
        415 => ("UnsupportedMediaType", said.to_owned()),
        405 => ("MethodNotAllowed", "the server does not allow this method on the requested resource".to_owned()),
        422 => ("Invalid", "the server rejected our request due to an error in our request".to_owned()),
        503 => ("ServiceUnavailable", "the server is currently unable to handle the request".to_owned()),
        504 => (
            "Timeout",
            "the server was unable to return a response in the time allotted, but may still be processing the request"
                .to_owned(),
        ),
        429 => (
            "TooManyRequests",
            "the server has received too many requests and has asked us to try again later".to_owned(),
        ),
        500.. => {
            ("InternalError", format!("an error on the server ({said:?}) has prevented the request from succeeding"))
        }
        _ => ("", format!("the server responded with the status code {code} but did not return more information")),
    };
    Status { message, reason: reason.to_owned(), code, details: None }
}
