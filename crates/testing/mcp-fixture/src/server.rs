//! The server: plays turns in the client's era, over streamable HTTP or stdio.
#![expect(deprecated, reason = "the fixture speaks what clients of older revisions still use")]

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, CancelTaskParams, CancelledNotificationParam,
    CompleteRequestParams, CompleteResult, CreateTaskResult, ErrorCode, GetPromptRequestParams, GetPromptResponse,
    GetPromptResult, GetTaskParams, GetTaskResult, Implementation, InitializeRequestParams, InitializeResult,
    InputRequest, InputRequests, InputRequiredResult, InputResponses, ListPromptsResult, ListResourceTemplatesResult,
    ListResourcesResult, ListToolsResult, LoggingLevel, LoggingMessageNotificationParam, PaginatedRequestParams,
    ProgressNotificationParam, ProtocolVersion, ReadResourceRequestParams, ReadResourceResponse, ReadResourceResult,
    RequestStateCodec, ResourceUpdatedNotificationParam, ServerCapabilities, ServerConfig, SetLevelRequestParams,
    SubscribeRequestParams, SubscriptionFilter, Tool, UnsubscribeRequestParams, UpdateTaskParams,
};
use rmcp::service::{NotificationContext, Peer, RequestContext, SubscriptionContext, SubscriptionSink};
use rmcp::task_manager::{TaskExit, TaskManager, TaskOptions};
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::{StreamableHttpServerConfig, StreamableHttpService};
use rmcp::{ErrorData, RoleServer, ServerHandler};
use serde_json::{Value, json};

use crate::catalogue::{self, complete, typed};
use crate::jobs::Job;
use crate::play;
use crate::prompts::prompt;
use crate::turn::{Note, Round, Turn};

/// Which revisions the fixture speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Era {
    /// 2024-11-05 to 2025-11-25.
    Legacy,
    /// 2026-07-28.
    Modern,
    /// All of them.
    Both,
}

impl Era {
    fn versions(self) -> Vec<ProtocolVersion> {
        let known = ProtocolVersion::KNOWN_VERSIONS.iter();
        let modern = |version: &&ProtocolVersion| version.as_str() >= ProtocolVersion::V_2026_07_28.as_str();
        known
            .filter(|version| match self {
                Self::Legacy => !modern(version),
                Self::Modern => modern(version),
                Self::Both => true,
            })
            .cloned()
            .collect()
    }
}

/// The key that seals what a client keeps for us: tests only, so it may be known.
const STATE_KEY: &[u8] = b"a key of the fixture, which is no secret";

/// The fixture; clones share their state.
#[derive(Clone)]
pub struct Fixture {
    era: Era,
    shared: Arc<Shared>,
}

struct Shared {
    codec: RequestStateCodec,
    tasks: TaskManager,
    /// Streams of `subscriptions/listen` by a running number.
    sinks: Mutex<BTreeMap<u64, SubscriptionSink>>,
    /// Clients with a session.
    peers: Mutex<Vec<Peer<RoleServer>>>,
    /// Resources that sessions subscribed to.
    watched: Mutex<BTreeSet<String>>,
    next: AtomicU64,
    calls: AtomicU64,
    cancelled: AtomicU64,
    /// How often a URL was wanted or had been visited, by turns.
    visits: AtomicU64,
}

impl Fixture {
    /// Makes a fixture that speaks the era.
    pub fn new(era: Era) -> Self {
        let shared = Shared {
            codec: RequestStateCodec::new_unchecked(STATE_KEY),
            tasks: TaskManager::new(),
            sinks: Mutex::default(),
            peers: Mutex::default(),
            watched: Mutex::default(),
            next: AtomicU64::new(0),
            calls: AtomicU64::new(0),
            cancelled: AtomicU64::new(0),
            visits: AtomicU64::new(0),
        };
        Self { era, shared: Arc::new(shared) }
    }

    fn round(
        &self,
        context: &RequestContext<RoleServer>,
        arguments: Option<serde_json::Map<String, Value>>,
        answers: Option<InputResponses>,
        state: Option<&str>,
    ) -> Result<Round, ErrorData> {
        let open = |sealed: &str| self.shared.codec.open_json::<Value>(sealed);
        let state = state.map(open).transpose();
        let parts = context.extensions.get::<http::request::Parts>();
        let headers = parts.map(|parts| {
            let pair = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
                (name.as_str().to_owned(), json!(String::from_utf8_lossy(value.as_bytes())))
            };
            Value::Object(parts.headers.iter().map(pair).collect())
        });
        Ok(Round {
            arguments: arguments.unwrap_or_default(),
            answers,
            state: state.map_err(|_| ErrorData::invalid_params("requestState was changed", None))?,
            capabilities: context.client_capabilities().unwrap_or_default(),
            meta: serde_json::to_value(&context.meta).unwrap_or_default(),
            headers: headers.unwrap_or_default(),
        })
    }

    /// Plays rounds until there is a result or, without a session, a question.
    async fn settle(
        &self,
        context: &RequestContext<RoleServer>,
        mut round: Round,
        play: impl Fn(&Round) -> Option<Turn>,
    ) -> Result<Settled, ErrorData> {
        loop {
            let turn = play(&round).ok_or_else(|| ErrorData::invalid_params("there is no such name here", None))?;
            match turn {
                Turn::Done(value) => return Ok(Settled::Done(value)),
                Turn::Play(notes, value) => {
                    for note in notes {
                        self.note(context, note).await;
                    }
                    return Ok(Settled::Done(value));
                }
                Turn::Task(job) => return Ok(Settled::Task(job)),
                Turn::Fail(code, message, data) => return Err(ErrorData::new(ErrorCode(code), message, data)),
                Turn::Ask(asks, state) => {
                    let asks = asks.into_iter().map(|(key, ask)| Ok((key.to_owned(), typed(ask)?)));
                    let asks: InputRequests = asks.collect::<Result<_, ErrorData>>()?;
                    require(&asks, &round)?;
                    if is_modern(context) {
                        let seal = |state: Value| self.shared.codec.seal_json(&state);
                        let sealed = state.map(seal).transpose();
                        let sealed = sealed.map_err(|error| ErrorData::internal_error(error.to_string(), None))?;
                        return Ok(Settled::Ask(InputRequiredResult::new(Some(asks), sealed)));
                    }
                    // All at once, as one result of 2026-07-28 has them.
                    let asking = asks
                        .into_iter()
                        .map(async |(key, ask)| request(&context.peer, ask).await.map(|answer| (key, answer)));
                    let answers = futures::future::try_join_all(asking).await?;
                    (round.answers, round.state) = (Some(answers.into_iter().collect()), state);
                }
            }
        }
    }

    async fn note(&self, context: &RequestContext<RoleServer>, note: Note) {
        let log = |level, text: &str| {
            context.peer.notify_logging_message(
                LoggingMessageNotificationParam::new(level, json!(text)).with_logger("mcp-fixture"),
            )
        };
        let sent = match note {
            Note::Log(text) => log(LoggingLevel::Info, text).await,
            Note::LogAsAsked(text) => match context.meta.log_level() {
                Some(level) => log(level, text).await,
                None => Ok(()),
            },
            Note::Progress(progress, text) => match context.meta.get_progress_token() {
                Some(token) => {
                    let progress = ProgressNotificationParam::new(token, progress).with_total(100.0).with_message(text);
                    context.peer.notify_progress(progress).await
                }
                None => Ok(()),
            },
            Note::Pause(milliseconds) => {
                tokio::select! {
                    () = tokio::time::sleep(Duration::from_millis(milliseconds)) => {}
                    () = context.ct.cancelled() => {
                        self.shared.cancelled.fetch_add(1, Ordering::Relaxed);
                    }
                }
                Ok(())
            }
            Note::Tools | Note::Prompts | Note::Resource(_) => {
                self.changed(&note).await;
                Ok(())
            }
        };
        // A client that is gone needs no note.
        drop(sent);
    }

    async fn changed(&self, note: &Note) {
        let sinks: Vec<_> = lock(&self.shared.sinks).values().cloned().collect();
        for sink in sinks {
            drop(match note {
                Note::Tools => sink.notify_tool_list_changed().await,
                Note::Prompts => sink.notify_prompt_list_changed().await,
                Note::Resource(uri) => sink.notify_resource_updated(uri.clone()).await,
                _ => Ok(()),
            });
        }
        let peers: Vec<_> = {
            let mut peers = lock(&self.shared.peers);
            peers.retain(|peer| !peer.is_transport_closed());
            peers.clone()
        };
        for peer in peers {
            drop(match note {
                Note::Tools => peer.notify_tool_list_changed().await,
                Note::Prompts => peer.notify_prompt_list_changed().await,
                Note::Resource(uri) if lock(&self.shared.watched).contains(uri) => {
                    peer.notify_resource_updated(ResourceUpdatedNotificationParam::new(uri.clone())).await
                }
                _ => Ok(()),
            });
        }
    }

    async fn job(&self, context: &RequestContext<RoleServer>, job: Job) -> Result<CallToolResponse, ErrorData> {
        let can = context.client_capabilities().is_some_and(|capabilities| capabilities.supports_tasks());
        if can && job.may_be_task() {
            let task = self.shared.tasks.spawn(TaskOptions::default(), move |task| Box::pin(job.run(Some(task))));
            return Ok(CreateTaskResult::new(task).into());
        }
        if job.needs_task() {
            let data = json!({"requiredCapabilities": {"extensions": {"io.modelcontextprotocol/tasks": {}}}});
            return Err(ErrorData::new(ErrorCode(-32021), "missing required client capability", Some(data)));
        }
        match job.run(None).await {
            Ok(result) => Ok(result.into()),
            Err(TaskExit::Error(error)) => Err(error),
            Err(TaskExit::Cancelled) => Err(ErrorData::internal_error("the job was cancelled", None)),
        }
    }
}

/// How the rounds of a call end.
enum Settled {
    Done(Value),
    Ask(InputRequiredResult),
    Task(Job),
}

fn is_modern(context: &RequestContext<RoleServer>) -> bool {
    context.protocol_version().is_some_and(|version| version.as_str() >= ProtocolVersion::V_2026_07_28.as_str())
}

/// Refuses to ask what the client cannot answer.
fn require(asks: &InputRequests, round: &Round) -> Result<(), ErrorData> {
    let can = &round.capabilities;
    for ask in asks.values() {
        let (has, name) = match ask {
            InputRequest::Elicitation(_) => (can.elicitation.is_some(), "elicitation"),
            InputRequest::CreateMessage(_) => (can.sampling.is_some(), "sampling"),
            _ => (can.roots.is_some(), "roots"),
        };
        if !has && let Turn::Fail(code, message, data) = play::missing(&json!({name: {}})) {
            return Err(ErrorData::new(ErrorCode(code), message, data));
        }
    }
    Ok(())
}

/// Asks a client with a session.
async fn request(peer: &Peer<RoleServer>, ask: InputRequest) -> Result<Value, ErrorData> {
    let failed = |error: &dyn std::fmt::Display| ErrorData::internal_error(format!("the client said: {error}"), None);
    let answer = match ask {
        InputRequest::CreateMessage(ask) => {
            peer.create_message(ask.params).await.map(serde_json::to_value).map_err(|error| failed(&error))?
        }
        InputRequest::Elicitation(ask) => {
            peer.create_elicitation(ask.params).await.map(serde_json::to_value).map_err(|error| failed(&error))?
        }
        _ => peer.list_roots().await.map(serde_json::to_value).map_err(|error| failed(&error))?,
    };
    answer.map_err(|error| failed(&error))
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl ServerHandler for Fixture {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder()
            .enable_prompts()
            .enable_prompts_list_changed()
            .enable_resources()
            .enable_resources_subscribe()
            .enable_resources_list_changed()
            .enable_tools()
            .enable_tool_list_changed()
            .enable_logging()
            .enable_completions()
            .enable_tasks()
            .build();
        ServerConfig::new(capabilities)
            .with_server_info(Implementation::new("mcp-fixture", env!("CARGO_PKG_VERSION")))
            .with_instructions("Tools, resources and prompts for tests.")
    }

    fn supported_protocol_versions(&self) -> Cow<'static, [ProtocolVersion]> {
        Cow::Owned(self.era.versions())
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        typed(catalogue::tool(name)?).ok()
    }

    async fn initialize(
        &self,
        request: InitializeRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<InitializeResult, ErrorData> {
        if self.era == Era::Modern {
            let versions = self.era.versions();
            return Err(ErrorData::unsupported_protocol_version(request.protocol_version, &versions));
        }
        context.peer.set_peer_info(request.clone());
        self.negotiate_initialize(&request)
    }

    async fn on_initialized(&self, context: NotificationContext<RoleServer>) {
        lock(&self.shared.peers).push(context.peer);
    }

    async fn on_cancelled(&self, _: CancelledNotificationParam, _: NotificationContext<RoleServer>) {}

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        catalogue::list("tools")
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        if request.name == "fixture_counts" {
            let counts = json!({
                "calls": self.shared.calls.load(Ordering::Relaxed),
                "cancelled": self.shared.cancelled.load(Ordering::Relaxed)
            });
            return Ok(complete::<CallToolResult>(json!({
                "content": [{"type": "text", "text": counts.to_string()}], "structuredContent": counts
            }))?
            .into());
        }
        if request.name == "fixture_visit" && !is_modern(&context) {
            let number = self.shared.visits.fetch_add(1, Ordering::Relaxed);
            if number.is_multiple_of(2) {
                let data = json!({"elicitations": [play::visit(&format!("visit-{number}"))]});
                return Err(ErrorData::new(ErrorCode(-32042), "a URL has to be visited first", Some(data)));
            }
            let text = json!([{"type": "text", "text": "visited: accept"}]);
            return Ok(complete::<CallToolResult>(json!({"content": text}))?.into());
        }
        self.shared.calls.fetch_add(1, Ordering::Relaxed);
        let state = request.request_state.as_deref();
        let round = self.round(&context, request.arguments, request.input_responses, state)?;
        let name = request.name;
        match self.settle(&context, round, |round| play::tool(&name, round)).await? {
            Settled::Done(value) => Ok(complete::<CallToolResult>(value)?.into()),
            Settled::Ask(ask) => Ok(ask.into()),
            Settled::Task(job) => self.job(&context, job).await,
        }
    }

    async fn list_resources(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        catalogue::list("resources")
    }

    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        catalogue::list("resourceTemplates")
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        Ok(catalogue::read::<ReadResourceResult>(request.uri.as_str())?.into())
    }

    async fn list_prompts(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        catalogue::list("prompts")
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        let arguments = request.arguments.map(|arguments| arguments.into_iter().collect());
        let state = request.request_state.as_deref();
        let round = self.round(&context, arguments, request.input_responses, state)?;
        match self.settle(&context, round, |round| prompt(&request.name, round)).await? {
            Settled::Done(value) => Ok(complete::<GetPromptResult>(value)?.into()),
            Settled::Ask(ask) => Ok(ask.into()),
            Settled::Task(_) => Err(ErrorData::internal_error("no prompt is a task", None)),
        }
    }

    async fn complete(
        &self,
        request: CompleteRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        let all = ["1", "2", "3", "paris", "park", "party"];
        let begun = request.argument.value.as_str();
        let values: Vec<_> = all.into_iter().filter(|value| value.starts_with(begun)).collect();
        complete(json!({"completion": {"values": values, "total": values.len(), "hasMore": false}}))
    }

    async fn set_level(&self, _: SetLevelRequestParams, _: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        Ok(())
    }

    async fn subscribe(&self, request: SubscribeRequestParams, _: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        lock(&self.shared.watched).insert(request.uri);
        Ok(())
    }

    async fn unsubscribe(
        &self,
        request: UnsubscribeRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        lock(&self.shared.watched).remove(request.uri.as_str());
        Ok(())
    }

    fn accepted_subscription_filter(&self, requested: &SubscriptionFilter) -> Option<SubscriptionFilter> {
        Some(requested.supported_by(&self.get_info().capabilities))
    }

    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        let key = self.shared.next.fetch_add(1, Ordering::Relaxed);
        lock(&self.shared.sinks).insert(key, context.sink().clone());
        context.cancelled().await;
        lock(&self.shared.sinks).remove(&key);
        Ok(())
    }

    async fn get_task(
        &self,
        request: GetTaskParams,
        _: RequestContext<RoleServer>,
    ) -> Result<GetTaskResult, ErrorData> {
        Ok(GetTaskResult::new(self.shared.tasks.get_task(&request.task_id)?))
    }

    async fn update_task(&self, request: UpdateTaskParams, _: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        self.shared.tasks.update_task(&request.task_id, request.input_responses)
    }

    async fn cancel_task(&self, request: CancelTaskParams, _: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        self.shared.tasks.cancel_task(&request.task_id)
    }
}

/// Serves streamable HTTP on the listener, at every path, until `stop` is done.
pub async fn serve(fixture: Fixture, listener: tokio::net::TcpListener, stop: impl Future<Output = ()> + Send) {
    let service = StreamableHttpService::new(
        move || Ok(fixture.clone()),
        LocalSessionManager::default().into(),
        StreamableHttpServerConfig::default(),
    );
    let service = hyper_util::service::TowerToHyperService::new(service);
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => return,
        };
        let Ok((stream, _)) = accepted else { continue };
        drop(stream.set_nodelay(true));
        let stream = hyper_util::rt::TokioIo::new(stream);
        let serving = hyper::server::conn::http1::Builder::new().serve_connection(stream, service.clone());
        drop(tokio::spawn(serving));
    }
}
