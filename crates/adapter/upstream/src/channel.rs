//! One channel that many calls share: a child's pipes, or a stream of HTTP+SSE.
//!
//! Responses find their call by id, progress by its token. What belongs to no call goes to the listener. A question of
//! the server (elicitation, sampling) names no call; it is given to a call only when every call under way is of the
//! same caller, and refused otherwise: it must not reach somebody else.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use corten_mcp::message;
use corten_mcp::upstream::{CallContext, Outgoing, Reply, UpstreamError};
use corten_mcp::{Kind, Message};
use futures::stream::{self, BoxStream, StreamExt as _};
use tokio::sync::mpsc;
use tokio::time::Instant;

/// How many messages wait for one reader before it is given up.
const QUEUE: usize = 1024;

type Item = Result<Message, UpstreamError>;

/// A channel to a server.
pub(crate) struct Channel {
    server: Box<str>,
    outbox: mpsc::Sender<Bytes>,
    state: Mutex<State>,
}

struct State {
    pending: BTreeMap<Box<str>, Pending>,
    listener: Option<mpsc::Sender<Item>>,
    /// Why the channel ended.
    ended: Option<Box<str>>,
    next: u64,
    used: Instant,
}

/// A call that waits.
struct Pending {
    caller: Arc<str>,
    token: Option<Box<str>>,
    sender: mpsc::Sender<Item>,
    order: u64,
}

impl Channel {
    /// A channel whose messages go out through `outbox`.
    pub(crate) fn new(server: &str, outbox: mpsc::Sender<Bytes>) -> Arc<Self> {
        let state = State { pending: BTreeMap::new(), listener: None, ended: None, next: 0, used: Instant::now() };
        Arc::new(Self { server: server.into(), outbox, state: Mutex::new(state) })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether nothing comes or goes any more.
    pub(crate) fn is_ended(&self) -> bool {
        self.state().ended.is_some()
    }

    /// For how long no call has been under way; `None` while one is.
    pub(crate) fn idle(&self) -> Option<std::time::Duration> {
        let state = self.state();
        state.pending.is_empty().then(|| state.used.elapsed())
    }

    /// Ends the channel and every call on it.
    pub(crate) fn end(&self, reason: &str) {
        let (pending, listener) = {
            let mut state = self.state();
            if state.ended.is_none() {
                state.ended = Some(reason.into());
            }
            (std::mem::take(&mut state.pending), state.listener.take())
        };
        drop(listener);
        for waiting in pending.into_values() {
            // A full queue has an end of its own.
            drop(waiting.sender.try_send(Err(self.closed(reason, true))));
        }
    }

    /// Ends one call with an error.
    pub(crate) fn fail(&self, id: &str, error: UpstreamError) {
        let waiting = self.state().pending.remove(id);
        if let Some(waiting) = waiting {
            drop(waiting.sender.try_send(Err(error)));
        }
    }

    /// Takes a message that came.
    pub(crate) fn receive(&self, message: Message) {
        match message.kind() {
            Kind::Response | Kind::Error => {
                let waiting = message.id().and_then(|id| self.state().pending.remove(id));
                if let Some(waiting) = waiting {
                    drop(waiting.sender.try_send(Ok(message)));
                } else {
                    tracing::debug!(server = %self.server, "a response came that no call waits for");
                }
            }
            Kind::Request if message.method() == "ping" => {
                let answer = message.id().map(|id| message::response(id, "{}"));
                drop(answer.map(|answer| self.outbox.try_send(answer)));
            }
            Kind::Request => self.ask(message),
            Kind::Notification => self.notify(message),
        }
    }

    fn notify(&self, message: Message) {
        let mut state = self.state();
        let owner = match message.method() {
            "notifications/progress" => message.param("progressToken").and_then(|token| {
                let mut found = state.pending.iter().filter(|(_, waiting)| waiting.token.as_deref() == Some(token));
                found.next().map(|(id, _)| id.clone())
            }),
            "notifications/message" => state.only_caller(),
            _ => None,
        };
        // Progress of a call that ended belongs to nobody.
        if owner.is_none() && message.method() == "notifications/progress" {
            return;
        }
        self.deliver(&mut state, owner.as_deref(), message);
    }

    fn ask(&self, message: Message) {
        let mut state = self.state();
        let owner = state.only_caller();
        let id = message.id().map(str::to_owned);
        let is_taken =
            (owner.is_some() || state.pending.is_empty()) && self.deliver(&mut state, owner.as_deref(), message);
        drop(state);
        if !is_taken && let Some(id) = id {
            let error =
                r#"{"code":-32603,"message":"nobody can be asked: it is not clear whose call this belongs to"}"#;
            let refusal = Bytes::from(format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{error}}}"#));
            drop(self.outbox.try_send(refusal));
        }
    }

    /// Hands a message to a call, or to the listener; tells whether somebody got it.
    fn deliver(&self, state: &mut State, owner: Option<&str>, message: Message) -> bool {
        let sender = match owner {
            Some(id) => state.pending.get(id).map(|waiting| &waiting.sender),
            None => state.listener.as_ref(),
        };
        let Some(sender) = sender else { return false };
        if sender.try_send(Ok(message)).is_ok() {
            return true;
        }
        // Whoever does not read holds up nobody else.
        tracing::warn!(server = %self.server, "a reader is gone or too slow and gets no more messages");
        match owner {
            Some(id) => drop(state.pending.remove(id)),
            None => state.listener = None,
        }
        false
    }

    fn closed(&self, reason: &str, was_sent: bool) -> UpstreamError {
        UpstreamError::Closed { server: self.server.clone(), reason: reason.into(), was_sent }
    }

    fn timeout(&self, started: Instant, was_sent: bool) -> UpstreamError {
        let waited_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        UpstreamError::Timeout { server: self.server.clone(), waited_ms, was_sent }
    }

    /// Sends what wants no response.
    pub(crate) async fn send(&self, message: Bytes, deadline: Instant) -> Result<(), UpstreamError> {
        let reason = self.state().ended.clone();
        if let Some(reason) = reason {
            return Err(self.closed(&reason, false));
        }
        let started = Instant::now();
        match tokio::time::timeout_at(deadline, self.outbox.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(self.closed("its input is closed", false)),
            Err(_) => Err(self.timeout(started, false)),
        }
    }

    /// Sends a request and waits for the first that comes back.
    pub(crate) async fn call(self: &Arc<Self>, request: Outgoing, deadline: Instant) -> Result<Reply, UpstreamError> {
        let started = Instant::now();
        let mut waiting = self.wait(&request)?;
        self.send(request.body, deadline).await?;
        waiting.is_sent = true;
        match waiting.next(started, deadline).await? {
            first if first.is_response() => Ok(Reply::Single(first.into_body())),
            first => {
                let rest = stream::unfold(Some((waiting, started, deadline)), async |state| {
                    let (mut waiting, started, deadline) = state?;
                    let next = waiting.next(started, deadline).await;
                    let is_last = next.as_ref().map_or(true, Message::is_response);
                    Some((next, (!is_last).then_some((waiting, started, deadline))))
                });
                Ok(Reply::Stream(stream::iter([Ok(first)]).chain(rest).boxed()))
            }
        }
    }

    /// Sends a request of our own and waits for its response.
    pub(crate) async fn answer(
        self: &Arc<Self>,
        body: Bytes,
        id: &str,
        deadline: Instant,
    ) -> Result<Message, UpstreamError> {
        let request = Outgoing {
            body,
            id: id.into(),
            method: "".into(),
            name: None,
            progress_token: None,
            context: CallContext::own(),
        };
        let started = Instant::now();
        let mut waiting = self.wait(&request)?;
        // The server may still be starting: it is not told that we gave up on a handshake.
        waiting.is_own = true;
        self.send(request.body, deadline).await?;
        loop {
            let message = waiting.next(started, deadline).await?;
            if message.is_response() {
                return Ok(message);
            }
        }
    }

    fn wait(self: &Arc<Self>, request: &Outgoing) -> Result<Waiting, UpstreamError> {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let mut state = self.state();
        if let Some(reason) = state.ended.clone() {
            return Err(self.closed(&reason, false));
        }
        let order = state.next;
        state.next += 1;
        let pending = Pending {
            caller: Arc::clone(&request.context.caller),
            token: request.progress_token.clone(),
            sender,
            order,
        };
        if state.pending.contains_key(&request.id) {
            let (server, reason) = (self.server.clone(), "two calls have the same id".into());
            return Err(UpstreamError::Protocol { server, reason });
        }
        state.pending.insert(request.id.clone(), pending);
        drop(state);
        Ok(Waiting {
            channel: Arc::clone(self),
            id: request.id.clone(),
            receiver,
            is_sent: false,
            is_own: false,
            is_done: false,
        })
    }

    /// What belongs to no call, from now on; ends the listener before.
    pub(crate) fn listen(&self) -> Result<BoxStream<'static, Item>, UpstreamError> {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let mut state = self.state();
        if let Some(reason) = state.ended.clone() {
            return Err(self.closed(&reason, false));
        }
        state.listener = Some(sender);
        Ok(stream::unfold(receiver, async |mut receiver| receiver.recv().await.map(|item| (item, receiver))).boxed())
    }
}

impl State {
    /// The newest call, if all calls under way are of one caller.
    fn only_caller(&self) -> Option<Box<str>> {
        let (id, newest) = self.pending.iter().max_by_key(|(_, waiting)| waiting.order)?;
        self.pending.values().all(|waiting| waiting.caller == newest.caller).then(|| id.clone())
    }
}

/// A call that waits; tells the server when it is dropped before the response.
struct Waiting {
    channel: Arc<Channel>,
    id: Box<str>,
    receiver: mpsc::Receiver<Item>,
    is_sent: bool,
    is_own: bool,
    is_done: bool,
}

impl Waiting {
    async fn next(&mut self, started: Instant, deadline: Instant) -> Item {
        let next = match tokio::time::timeout_at(deadline, self.receiver.recv()).await {
            Ok(Some(next)) => next,
            Ok(None) => Err(self.channel.closed("too much came that was not read", true)),
            Err(_) => return Err(self.channel.timeout(started, true)),
        };
        self.is_done = next.as_ref().map_or(true, Message::is_response);
        next
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut state = self.channel.state();
        state.pending.remove(&self.id);
        state.used = Instant::now();
        drop(state);
        if self.is_sent && !self.is_done && !self.is_own {
            let id = &self.id;
            let params = format!(r#"{{"requestId":{id},"reason":"the caller does not wait any more"}}"#);
            drop(self.channel.outbox.try_send(message::notification("notifications/cancelled", &params)));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn outgoing(id: &str, caller: &str, token: Option<&str>) -> Outgoing {
        Outgoing {
            body: message::request(id, "tools/call", "{}"),
            id: id.into(),
            method: "tools/call".into(),
            name: None,
            progress_token: token.map(Into::into),
            context: CallContext { caller: caller.into(), ..CallContext::own() },
        }
    }

    fn say(channel: &Channel, text: &str) {
        channel.receive(Message::parse(Bytes::copy_from_slice(text.as_bytes())).unwrap());
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(5)
    }

    async fn started(
        channel: &Arc<Channel>,
        outbox: &mut mpsc::Receiver<Bytes>,
        request: Outgoing,
    ) -> tokio::task::JoinHandle<Result<Reply, UpstreamError>> {
        let call = tokio::spawn({
            let channel = Arc::clone(channel);
            async move { channel.call(request, soon()).await }
        });
        outbox.recv().await.unwrap();
        call
    }

    #[tokio::test]
    async fn answers_and_progress_find_their_call() {
        let (sender, mut outbox) = mpsc::channel(8);
        let channel = Channel::new("test", sender);
        let one = started(&channel, &mut outbox, outgoing("1", "a", Some("\"p\""))).await;
        let two = started(&channel, &mut outbox, outgoing("2", "b", None)).await;
        say(
            &channel,
            r#"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"p","progress":1}}"#,
        );
        say(&channel, r#"{"jsonrpc":"2.0","id":2,"result":{"b":1}}"#);
        say(&channel, r#"{"jsonrpc":"2.0","id":1,"result":{"a":1}}"#);
        let Reply::Single(body) = two.await.unwrap().unwrap() else { panic!("no progress for the second") };
        assert_eq!(body, r#"{"jsonrpc":"2.0","id":2,"result":{"b":1}}"#);
        let Reply::Stream(stream) = one.await.unwrap().unwrap() else { panic!("progress for the first") };
        let methods: Vec<_> = stream.map(|item| item.unwrap().method().to_owned()).collect().await;
        assert_eq!(methods, ["notifications/progress", ""]);
    }

    #[tokio::test]
    async fn a_question_is_refused_when_it_could_be_for_two() {
        let (sender, mut outbox) = mpsc::channel(8);
        let channel = Channel::new("test", sender);
        let question = r#"{"jsonrpc":"2.0","id":"q","method":"elicitation/create","params":{}}"#;
        let one = started(&channel, &mut outbox, outgoing("1", "a", None)).await;
        let two = started(&channel, &mut outbox, outgoing("2", "b", None)).await;
        say(&channel, question);
        let refusal = outbox.recv().await.unwrap();
        assert!(refusal.starts_with(br#"{"jsonrpc":"2.0","id":"q","error""#));
        say(&channel, r#"{"jsonrpc":"2.0","id":2,"result":{}}"#);
        two.await.unwrap().unwrap();
        say(&channel, question);
        assert!(matches!(one.await.unwrap().unwrap(), Reply::Stream(_)), "the only call gets it");
    }

    #[tokio::test]
    async fn a_call_that_is_dropped_is_cancelled() {
        let (sender, mut outbox) = mpsc::channel(8);
        let channel = Channel::new("test", sender);
        let call = started(&channel, &mut outbox, outgoing("7", "a", None)).await;
        call.abort();
        let cancelled = Message::parse(outbox.recv().await.unwrap()).unwrap();
        assert_eq!(cancelled.method(), "notifications/cancelled");
        assert_eq!(cancelled.param("requestId"), Some("7"));
        assert!(channel.idle().is_some());
    }

    #[tokio::test]
    async fn the_end_ends_every_call() {
        let (sender, mut outbox) = mpsc::channel(8);
        let channel = Channel::new("test", sender);
        let call = started(&channel, &mut outbox, outgoing("1", "a", None)).await;
        channel.end("it was killed");
        let error = call.await.unwrap().unwrap_err();
        assert_eq!(error.to_string(), "the connection to server test ended: it was killed");
        assert!(error.was_sent());
        let again = channel.call(outgoing("2", "a", None), soon()).await.unwrap_err();
        assert!(!again.was_sent());
    }
}
