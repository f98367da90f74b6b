//! What a server tells outside of any call, for everybody: that lists changed, that it asks something.
//!
//! One task per server listens, with pauses that grow while the server is away, forgets the lists that
//! the server says have changed, and passes the message on to whoever listens here.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use corten_mcp::message::{edit, request};
use corten_mcp::upstream::{CallContext, Outgoing, Reply, UpstreamError};
use corten_mcp::{ClientCapabilities, Era, Kind, Message, meta};
use futures::StreamExt as _;
use futures::stream::BoxStream;
use tokio::sync::broadcast;
use tokio::task::AbortHandle;

use super::{Link, Server};
use crate::catalogue::ListKind;

const BACKLOG: usize = 256;
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
/// Servers keep such a stream open for as long as they like; ours has no deadline.
const NO_DEADLINE: Duration = Duration::from_hours(24 * 365);

/// What a server tells everybody.
pub(crate) struct Feed {
    sender: broadcast::Sender<Message>,
    task: Mutex<Option<AbortHandle>>,
}

impl Default for Feed {
    fn default() -> Self {
        Self { sender: broadcast::channel(BACKLOG).0, task: Mutex::default() }
    }
}

impl Feed {
    /// The messages from now on.
    pub(crate) fn subscribe(&self) -> broadcast::Receiver<Message> {
        self.sender.subscribe()
    }

    /// Starts to listen, once.
    pub(crate) fn start(&self, server: &Arc<Server>) {
        let mut task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        if task.as_ref().is_none_or(AbortHandle::is_finished) {
            *task = Some(tokio::spawn(follow(Arc::downgrade(server))).abort_handle());
        }
    }

    /// Stops to listen.
    pub(crate) fn stop(&self) {
        if let Some(task) = self.task.lock().unwrap_or_else(PoisonError::into_inner).take() {
            task.abort();
        }
    }
}

/// Listens for as long as the server is configured.
async fn follow(server: Weak<Server>) {
    let mut pause = FIRST_PAUSE;
    while let Some(server) = server.upgrade() {
        match listen(&server).await {
            Ok(Some((link, mut messages))) => {
                pause = FIRST_PAUSE;
                server.lists.set_live(true);
                get_ahead(&server);
                drop(server_messages(&server, &link, &mut messages).await);
                server.lists.set_live(false);
            }
            // There is nothing to listen to: a server that is started anew may have more to say.
            Ok(None) => {
                get_ahead(&server);
                pause = LONGEST_PAUSE;
            }
            Err(error) => {
                tracing::debug!(server = server.name(), %error, "cannot listen to server");
                get_ahead(&server);
            }
        }
        drop(server);
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Lists what the server offers, so that the first caller who asks need not wait for it.
fn get_ahead(server: &Arc<Server>) {
    let server = Arc::downgrade(server);
    tokio::spawn(async move {
        if let Some(server) = server.upgrade() {
            server.lists.get_ahead(&server).await;
        }
    });
}

async fn server_messages(
    server: &Arc<Server>,
    link: &Link,
    messages: &mut BoxStream<'static, Result<Message, UpstreamError>>,
) -> Result<(), UpstreamError> {
    while let Some(message) = messages.next().await {
        let message = message?;
        match message.kind() {
            Kind::Request => question(server, link, message).await,
            Kind::Notification => {
                if let Some(kind) = ListKind::changed_by(message.method()) {
                    server.lists.forget(kind);
                }
                // Nobody listening is no fault.
                drop(server.feed.sender.send(message));
            }
            Kind::Response | Kind::Error => return Ok(()),
        }
    }
    Ok(())
}

/// Hands a question to the only call that is under way: nothing else says whose it is.
async fn question(server: &Arc<Server>, link: &Link, message: Message) {
    let id = message.id().unwrap_or("null").to_owned();
    if message.method() == "ping" {
        drop(link.connection.send(corten_mcp::message::response(&id, "{}"), CallContext::own()).await);
        return;
    }
    if let Some(call) = server.only_call()
        && call.send(message).await.is_ok()
    {
        return;
    }
    let error = corten_mcp::RpcError::new(
        corten_mcp::code::INTERNAL_ERROR,
        "several callers share this server and the question does not say whose it is",
    );
    drop(link.connection.send(error.to_response(&id), CallContext::own()).await);
}

/// Opens the stream, if the server has one.
async fn listen(
    server: &Arc<Server>,
) -> Result<Option<(Link, BoxStream<'static, Result<Message, UpstreamError>>)>, UpstreamError> {
    let context = CallContext::own();
    if server.is_per_caller() {
        return Ok(None);
    }
    let facts = server.facts(&context).await?;
    let link = server.link(&ClientCapabilities::default(), None, &context).await?;
    if facts.revision.era() == Era::Session {
        let stream = link.connection.listen(context).await?;
        return Ok(Some((link, stream)));
    }
    let wanted: Vec<String> =
        [("tools", "toolsListChanged"), ("prompts", "promptsListChanged"), ("resources", "resourcesListChanged")]
            .iter()
            .filter(|(name, _)| facts.capabilities.tells_changes(name))
            .map(|(_, flag)| format!("\"{flag}\":true"))
            .collect();
    if wanted.is_empty() {
        return Ok(None);
    }
    let stream = subscribe(&link, server.number(), &format!("{{{}}}", wanted.join(",")), context).await?;
    Ok(Some((link, stream)))
}

/// Opens `subscriptions/listen` at a stateless server, with this filter (JSON text).
pub(crate) async fn subscribe(
    link: &Link,
    number: u64,
    filter: &str,
    mut context: CallContext,
) -> Result<BoxStream<'static, Result<Message, UpstreamError>>, UpstreamError> {
    let id = format!("\"corten-{number}\"");
    let params = format!("{{\"notifications\":{filter},\"_meta\":{}}}", own_meta(link, "{}"));
    context.timeout = Some(NO_DEADLINE);
    let outgoing = Outgoing {
        body: request(&id, "subscriptions/listen", &params),
        id: id.into(),
        method: "subscriptions/listen".into(),
        name: None,
        progress_token: None,
        context,
    };
    match link.connection.call(outgoing).await? {
        Reply::Stream(stream) => Ok(stream),
        Reply::Single(body) => {
            let reason = Message::parse(body).ok().and_then(|message| {
                message.payload_member("message").and_then(edit::text).map(std::borrow::Cow::into_owned)
            });
            Err(UpstreamError::Unsupported {
                server: "".into(),
                what: format!("subscriptions: {}", reason.unwrap_or_default()).into(),
            })
        }
    }
}

/// What a request of our own to a stateless server says about its sender.
pub(crate) fn own_meta(link: &Link, capabilities: &str) -> String {
    let version = link.connection.facts().revision;
    format!(
        "{{\"{}\":\"{version}\",\"{}\":{{\"name\":\"corten\",\"version\":\"{}\"}},\"{}\":{capabilities}}}",
        meta::PROTOCOL_VERSION,
        meta::CLIENT_INFO,
        env!("CARGO_PKG_VERSION"),
        meta::CLIENT_CAPABILITIES,
    )
}
