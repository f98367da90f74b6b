//! Bodies: read up to a limit, written in one piece or as server-sent events.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use corten_mcp::sse::{Event, KEEP_ALIVE};
use corten_route::Frame as Message;
use futures::stream::BoxStream;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep};

/// How long a client that comes back to a stream is to wait first, in milliseconds.
const RETRY_MS: u64 = 1000;

/// Why a body was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unread {
    TooLarge,
    TooSlow,
    Broken,
}

/// Reads a whole body.
pub(crate) async fn read(body: Incoming, limit: usize, within: Duration) -> Result<Bytes, Unread> {
    if body.size_hint().lower() > limit as u64 {
        return Err(Unread::TooLarge);
    }
    let reading = tokio::time::timeout(within, read_all(body, limit));
    reading.await.map_err(|_| Unread::TooSlow)?
}

async fn read_all(mut body: Incoming, limit: usize) -> Result<Bytes, Unread> {
    let mut first = Bytes::new();
    let mut whole = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(piece) = frame.map_err(|_| Unread::Broken)?.into_data() else { continue };
        if first.len() + whole.len() + piece.len() > limit {
            return Err(Unread::TooLarge);
        }
        // Most bodies come in one piece, which then needs no copy.
        if first.is_empty() && whole.is_empty() {
            first = piece;
            continue;
        }
        if whole.is_empty() {
            whole.extend_from_slice(&first);
            first = Bytes::new();
        }
        whole.extend_from_slice(&piece);
    }
    Ok(if whole.is_empty() { first } else { whole.freeze() })
}

/// A body that we send.
pub(crate) enum Outgoing {
    /// In one piece.
    Whole(Option<Bytes>),
    /// As events, with a sign of life when there is nothing to say.
    Events(Events),
    /// Of another part of the program.
    Other(axum::body::Body),
}

pub(crate) struct Events {
    messages: BoxStream<'static, Message>,
    pause: Duration,
    quiet: Pin<Box<Sleep>>,
    is_first: bool,
    /// Sent before any message.
    head: Option<Bytes>,
}

impl Outgoing {
    pub(crate) fn whole(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        Self::Whole((!bytes.is_empty()).then_some(bytes))
    }

    pub(crate) fn events(messages: BoxStream<'static, Message>, pause: Duration) -> Self {
        let quiet = Box::pin(tokio::time::sleep(pause));
        Self::Events(Events { messages, pause, quiet, is_first: true, head: None })
    }

    pub(crate) fn events_after(head: Bytes, messages: BoxStream<'static, Message>, pause: Duration) -> Self {
        let quiet = Box::pin(tokio::time::sleep(pause));
        Self::Events(Events { messages, pause, quiet, is_first: true, head: Some(head) })
    }
}

impl Events {
    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if let Some(head) = self.head.take() {
            return Poll::Ready(Some(head));
        }
        match self.messages.as_mut().poll_next(context) {
            Poll::Ready(Some(message)) => {
                self.quiet.as_mut().reset(Instant::now() + self.pause);
                let mut event = Event::message(message.data);
                event.id = message.id.map(Into::into);
                // A stream that can be come back to says when.
                event.retry = (self.is_first && event.id.is_some()).then_some(RETRY_MS);
                self.is_first = false;
                Poll::Ready(Some(event.encode()))
            }
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => match self.quiet.as_mut().poll(context) {
                Poll::Ready(()) => {
                    self.quiet.as_mut().reset(Instant::now() + self.pause);
                    Poll::Ready(Some(Bytes::from_static(KEEP_ALIVE)))
                }
                Poll::Pending => Poll::Pending,
            },
        }
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        match self.get_mut() {
            Self::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Events(events) => events.poll_next(context).map(|event| event.map(|event| Ok(Frame::data(event)))),
            Self::Other(body) => Pin::new(body).poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(bytes) => bytes.is_none(),
            Self::Events(_) => false,
            Self::Other(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            Self::Events(_) => SizeHint::default(),
            Self::Other(body) => body.size_hint(),
        }
    }
}
