//! One request of a client that goes to one server: decided, counted, sent, recorded.
//!
//! [`flow`] is the way to the server and back. [`session`] and [`stateless`] speak with the client in
//! the words of its era, whatever era the server is of.

mod flow;
mod governed;
mod session;
mod stateless;

use std::sync::Arc;

use bytes::Bytes;
use corten_mcp::upstream::{CallContext, Reply, UpstreamError};
use corten_mcp::{ClientCapabilities, Kind, Message, Revision, RpcError, code};
use futures::StreamExt as _;
use tokio::sync::mpsc;

use crate::catalogue::{self, ListKind, Resolved, View};
use crate::governor::{Act, Caller, Outcome, Subject};
use crate::reply::Failure;
use crate::router::Core;
use crate::seal;
use crate::session::Session;
use crate::trace::{self, Span};

pub(crate) use flow::Flow;
pub(crate) use governed::Governed;
pub(crate) use stateless::go_on;

/// Where messages before the response go.
pub(crate) type Outlet = mpsc::Sender<Bytes>;

/// A request and everything that it takes to serve it.
pub(crate) struct Call {
    pub(crate) core: Arc<Core>,
    pub(crate) view: Arc<View>,
    pub(crate) caller: Caller,
    pub(crate) client: Client,
    pub(crate) message: Message,
    pub(crate) context: CallContext,
    /// The client would rather have a stream, however short.
    pub(crate) prefers_events: bool,
    /// The span that stands for it, where traces are recorded.
    pub(crate) span: Option<Arc<Span>>,
}

/// Who asks, in the words of its era.
#[derive(Clone)]
pub(crate) enum Client {
    /// A client with a session.
    Session(Arc<Session>),
    /// A client that said everything in the request.
    Stateless(Arc<Stateless>),
}

/// What a stateless request says about its sender.
#[derive(Debug, Default)]
pub(crate) struct Stateless {
    pub(crate) capabilities: ClientCapabilities,
    pub(crate) info: Option<Box<str>>,
    pub(crate) log_level: Option<Box<str>>,
}

impl Call {
    /// The id of the request, as JSON text.
    pub(crate) fn id(&self) -> &str {
        self.message.id().unwrap_or("null")
    }

    /// The same call, to be changed.
    pub(crate) fn again(&self) -> Self {
        Self {
            core: Arc::clone(&self.core),
            view: Arc::clone(&self.view),
            caller: self.caller.clone(),
            client: self.client.clone(),
            message: self.message.clone(),
            context: self.context.clone(),
            prefers_events: self.prefers_events,
            span: self.span.clone(),
        }
    }

    /// The same call with a span of its own, where traces are recorded.
    pub(crate) fn traced(mut self) -> Self {
        if let Some(tracer) = &self.core.tracer {
            self.span = trace::begin(tracer.as_ref(), &mut self.message, &mut self.context);
        }
        self
    }

    /// Sends the request to its owner and gives the response.
    pub(crate) async fn run(&self, found: &Resolved, subject: Subject, outlet: &Outlet) -> Result<Bytes, Failure> {
        let said = (subject == Subject::Tool)
            .then(|| catalogue::annotations(found.server.rules(), &found.key, found.entry.as_deref()))
            .flatten();
        let act = Act {
            server: found.server.name(),
            subject,
            name: &found.key,
            method: self.message.method(),
            arguments: self.message.param("arguments"),
            annotations: said.as_deref(),
        };
        let mut governed = Governed::begin(self, act).await?;
        let outcome = match &self.client {
            Client::Session(session) => session::exchange(self, session, found, outlet).await,
            Client::Stateless(client) => stateless::exchange(self, client, found, outlet).await,
        };
        let outcome = match outcome {
            Err(Gone::Upstream(error)) => self.sign_in(found, error),
            outcome => outcome,
        };
        match outcome {
            Ok((response, outcome)) => {
                governed.end(outcome).await?;
                Ok(self.uniform(found, subject, response, outcome))
            }
            Err(Gone::Upstream(error)) => {
                governed.end(if error.was_sent() { Outcome::Failed } else { Outcome::Unreachable }).await?;
                Err(self.unreachable(&error))
            }
            Err(Gone::Failure(failure)) => {
                governed.end(Outcome::Failed).await?;
                Err(failure)
            }
        }
    }

    /// Asks the client to let its user sign in at the server, where that is what the call lacks.
    fn sign_in(&self, found: &Resolved, error: UpstreamError) -> Result<(Bytes, Outcome), Gone> {
        let UpstreamError::SignIn { server, url: Some(url) } = &error else { return Err(error.into()) };
        let failed = |error: seal::SealError| Gone::from(RpcError::new(code::INTERNAL_ERROR, error.to_string()));
        let asked = serde_json::json!({
            "mode": "url", "elicitationId": seal::token().map_err(failed)?, "url": url,
            "message": format!("Sign in at server {server}, then go on")
        });
        match &self.client {
            Client::Stateless(client) if client.capabilities.opens_urls() => {
                let question = ("elicitation/create".to_owned(), asked.to_string());
                stateless::ask_to_visit(self, client, found, [("sign-in".to_owned(), question)].into())
            }
            Client::Session(session)
                if session.sealed.revision >= Revision::V2025_11_25 && session.capabilities.opens_urls() =>
            {
                let error = RpcError::new(code::URL_ELICITATION_REQUIRED, format!("server {server} wants a sign-in"));
                let error = error.with_data(&serde_json::json!({ "elicitations": [asked] }));
                Ok((error.to_response(self.id()), Outcome::Asked))
            }
            _ => Err(error.into()),
        }
    }

    /// Sends a request that uses nothing in particular (a list, a completion) and gives the response.
    pub(crate) async fn pass(&self, found: &Resolved, outlet: &Outlet) -> Result<Bytes, Failure> {
        let outcome = match &self.client {
            Client::Session(session) => session::exchange(self, session, found, outlet).await,
            Client::Stateless(client) => stateless::exchange(self, client, found, outlet).await,
        };
        match outcome {
            Ok((response, _)) => Ok(response),
            Err(Gone::Upstream(error)) => Err(self.unreachable(&error)),
            Err(Gone::Failure(failure)) => Err(failure),
        }
    }

    /// An unknown tool is answered like one that the caller may not know of.
    fn uniform(&self, found: &Resolved, subject: Subject, response: Bytes, outcome: Outcome) -> Bytes {
        let is_unlisted = found.entry.is_none() && matches!(subject, Subject::Tool | Subject::Prompt);
        if !is_unlisted || outcome != Outcome::Failed {
            return response;
        }
        let kind = if subject == Subject::Tool { ListKind::Tools } else { ListKind::Prompts };
        let known = found.server.lists.known(&found.server, kind, &self.context.caller);
        let is_unknown = known.is_some_and(|list| list.find(&found.key).is_none());
        let is_params = Message::parse(response.clone())
            .ok()
            .is_some_and(|message| matches!(message.payload_member("code"), Some("-32602" | "-32601")));
        if is_unknown && is_params { unknown(subject, self.message.name()).to_response(self.id()) } else { response }
    }

    /// The tool with what its server says about it. Who has listed nothing yet is no reason to decide without.
    pub(crate) async fn listed(&self, found: Resolved) -> Result<Resolved, Failure> {
        let settings = self.core.settings();
        let list = found.server.lists.get(&found.server, ListKind::Tools, &self.context, settings.list_keep);
        let late = |_| {
            let text = format!("server {} did not list its tools in time", found.server.name());
            Failure::from(RpcError::new(code::INTERNAL_ERROR, text))
        };
        let list = tokio::time::timeout(settings.list_wait, list).await.map_err(late)?;
        let list = list.map_err(|error| self.unreachable(&error))?;
        let entry = list.find(&found.key).map(|entry| Arc::clone(&entry.raw));
        Ok(Resolved { entry, ..found })
    }

    fn unreachable(&self, error: &UpstreamError) -> Failure {
        match error {
            UpstreamError::SessionGone { .. } if self.view.plain().is_some() => Failure::SessionGone,
            UpstreamError::SignIn { server, url: Some(url) } => {
                let text = format!("server {server} wants you to sign in: open {url} in a browser and try again");
                Failure::Rpc(RpcError::new(code::INTERNAL_ERROR, text))
            }
            error => Failure::Rpc(RpcError::new(code::INTERNAL_ERROR, error.to_string())),
        }
    }
}

/// The error for what does not exist, or is not to be known of.
pub(crate) fn unknown(subject: Subject, name: Option<&str>) -> RpcError {
    let name = name.unwrap_or_default();
    match subject {
        Subject::Tool => RpcError::invalid_params(format!("Unknown tool: {name}")),
        Subject::Prompt => RpcError::invalid_params(format!("Unknown prompt: {name}")),
        Subject::Resource => {
            RpcError::invalid_params("Resource not found").with_data(&serde_json::json!({ "uri": name }))
        }
        Subject::Server => RpcError::new(code::METHOD_NOT_FOUND, "Method not found"),
    }
}

/// Why an exchange has no response.
pub(crate) enum Gone {
    Upstream(UpstreamError),
    Failure(Failure),
}

impl From<UpstreamError> for Gone {
    fn from(error: UpstreamError) -> Self {
        Self::Upstream(error)
    }
}

impl From<Failure> for Gone {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl From<RpcError> for Gone {
    fn from(error: RpcError) -> Self {
        Self::Failure(Failure::Rpc(error))
    }
}

/// How a response ends a call, for the record.
pub(crate) fn outcome_of(response: &Message) -> Outcome {
    match response.kind() {
        Kind::Error => Outcome::Failed,
        _ if memchr::memmem::find(response.body(), b"\"isError\"").is_some()
            && response.payload_member("isError") == Some("true") =>
        {
            Outcome::ToolFailed
        }
        _ => Outcome::Done,
    }
}

/// The response of a reply whose other messages do not matter.
pub(crate) async fn response_of(reply: Reply, server: &str) -> Result<Message, UpstreamError> {
    let mut stream = match reply {
        Reply::Single(body) => return parsed(body, server),
        Reply::Stream(stream) => stream,
    };
    while let Some(message) = stream.next().await {
        let message = message?;
        if message.is_response() {
            return Ok(message);
        }
    }
    Err(UpstreamError::Closed {
        server: server.into(),
        reason: "the stream ended without a response".into(),
        was_sent: true,
    })
}

/// A message of a server, which has to be one.
pub(crate) fn parsed(body: Bytes, server: &str) -> Result<Message, UpstreamError> {
    Message::parse(body)
        .map_err(|error| UpstreamError::Protocol { server: server.into(), reason: error.message.into() })
}
