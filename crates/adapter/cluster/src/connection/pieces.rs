//! Answers that are read piece by piece, because nobody wants to hold them whole.

use http::HeaderMap;
use http::header::CONTENT_TYPE;
use http_body_util::BodyExt as _;

use super::{Answer, Connection, Request, retry, transport};
use crate::records::protobuf;
use crate::status::{self, ApiError};

/// Who takes an answer piece by piece.
pub(crate) trait Pieces: Send {
    /// A good answer begins; what came of an earlier try is void.
    fn begin(&mut self, headers: &HeaderMap);

    /// The next bytes of its body, or why they make no sense.
    fn take(&mut self, piece: &[u8]) -> Result<(), String>;
}

impl Connection {
    /// Sends a request that only reads; refusals are errors. A try that breaks off is begun again.
    pub(crate) async fn send_into(&self, request: &Request, pieces: &mut dyn Pieces) -> Result<(), ApiError> {
        let mut tries = retry::Tries::default();
        loop {
            let outcome = self.once_into(request, pieces).await;
            match tries.after(request, outcome) {
                retry::Next::Done(result) => return result.map(drop),
                retry::Next::Again(pause) => tokio::time::sleep(pause).await,
            }
        }
    }

    async fn once_into(&self, request: &Request, pieces: &mut dyn Pieces) -> Result<Answer, retry::Failure> {
        let _permit = self.throttle.admit().await;
        let late = |_| retry::Failure::no_answer(self.transport_error(request, transport::TIMED_OUT, true));
        let patience = self.options.answer_timeout;
        let response = tokio::time::timeout(patience, self.begin(request)).await.map_err(late)??;
        let (head, mut body) = response.into_parts();
        self.throttle.connected();
        self.show_warnings(&head.headers);
        let code = head.status.as_u16();
        if head.status.is_success() {
            pieces.begin(&head.headers);
            while let Some(frame) = tokio::time::timeout(patience, body.frame()).await.map_err(late)? {
                let frame = frame.map_err(|error| {
                    retry::Failure::no_answer(self.transport_error(request, &transport::cause(&error), true))
                })?;
                if let Ok(piece) = frame.into_data() {
                    let taken = pieces.take(&piece);
                    taken.map_err(|cause| retry::Failure::final_error(ApiError::Unreadable(cause)))?;
                }
            }
            return Ok(Answer { code, headers: head.headers, body: bytes::Bytes::new() });
        }
        let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
        let body = super::decompress(&head.headers, body).unwrap_or_default();
        if code == 401 {
            self.credentials.forget().await;
        }
        let is_protobuf = head.headers.get(CONTENT_TYPE).is_some_and(|value| value.as_bytes().ends_with(b"protobuf"));
        let refusal = match protobuf::status(&body).filter(|_| is_protobuf) {
            Some(status) => status,
            None => status::refusal(code, request.method.as_str(), &body),
        };
        Err(retry::Failure::refused(refusal, &head.headers))
    }
}
