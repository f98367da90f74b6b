//! Calls of stateless clients that wait within a server of the session era for an answer.
//!
//! The call stays open at the gateway that began it. What the client gets back is a sealed state that
//! names the waiting call, for this caller and this request, for a time. When the answers come in at
//! another gateway, the request is handed over through shared state and its messages come back the
//! same way.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use corten_govern::Principal;
use corten_mcp::message::{edit, response};
use corten_mcp::translate::questions;
use corten_mcp::upstream::{CallContext, UpstreamError};
use corten_mcp::{Message, RpcError, code};
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use futures::{FutureExt as _, StreamExt as _};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use crate::call::{Call, Client, Flow, Gone, Stateless, go_on};
use crate::catalogue::{Resolved, View};
use crate::governor::Caller;
use crate::reply::Failure;
use crate::router::Core;
use crate::seal::{self, Purpose, SealError, Sealer};

/// How many calls wait at most; the oldest is called off for a new one.
const PARKED: usize = 10_000;

/// What a client sends back with answers, before it is sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum State {
    /// What a stateless server wants back.
    #[serde(rename = "s")]
    Server {
        #[serde(rename = "s")]
        state: String,
    },
    /// A call that begins anew once its user has visited what it was asked for.
    #[serde(rename = "v")]
    Visited,
    /// A call that waits.
    #[serde(rename = "p")]
    Parked {
        #[serde(rename = "t")]
        token: String,
    },
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    #[serde(rename = "c")]
    caller: String,
    #[serde(rename = "a")]
    about: String,
    #[serde(rename = "e")]
    until: u64,
    #[serde(rename = "s")]
    state: State,
}

impl State {
    /// Seals the state for a caller and what it is about.
    pub(crate) fn seal(&self, keeper: &Sealer, caller: &str, about: &str, keep: Duration) -> Result<String, SealError> {
        let until = now().saturating_add(keep.as_secs());
        let content = Sealed { caller: caller.to_owned(), about: about.to_owned(), until, state: self.clone() };
        let plain = serde_json::to_vec(&content).unwrap_or_default();
        keeper.seal(Purpose::RequestState, &plain)
    }

    /// Opens a state, if it was sealed for this caller and this, and not too long ago.
    pub(crate) fn open(keeper: &Sealer, sealed: &str, caller: &str, about: &str) -> Option<Self> {
        let plain = keeper.open(Purpose::RequestState, sealed)?;
        let found: Sealed = serde_json::from_slice(&plain).ok()?;
        (found.caller == caller && found.about == about && found.until >= now()).then_some(found.state)
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// Calls that wait at this gateway.
#[derive(Default)]
pub(crate) struct Parked {
    waiting: Mutex<BTreeMap<String, Waiting>>,
}

struct Waiting {
    flow: Flow,
    question: Message,
    view: Arc<View>,
    found: Resolved,
    caller: Box<str>,
    until: Instant,
    elsewhere: Elsewhere,
}

/// The task that serves other gateways; ends with the call.
struct Elsewhere(Option<AbortHandle>);

impl Drop for Elsewhere {
    fn drop(&mut self) {
        if let Some(task) = &self.0 {
            task.abort();
        }
    }
}

/// A call that goes on.
pub(crate) enum Returned {
    /// Here, with the answer given.
    Here(Box<Flow>),
    /// Not yet: the answer was not among those given.
    Incomplete(Message),
    /// At another gateway, which sends the messages for the client.
    Elsewhere(BoxStream<'static, Bytes>),
}

/// A request that is handed over to the gateway where its call waits.
#[derive(Serialize, Deserialize)]
struct HandOver {
    topic: String,
    body: String,
    principal: Principal,
    log_level: Option<Box<str>>,
    capabilities: String,
}

impl Parked {
    /// Leaves a call where it is; gives the name that brings it back.
    pub(crate) async fn put(call: &Call, found: &Resolved, flow: Flow, question: Message) -> Result<String, Gone> {
        let core = &call.core;
        let token = seal::token().map_err(|error| RpcError::new(code::INTERNAL_ERROR, error.to_string()))?;
        let elsewhere = match core.shared.subscribe(&topic(&token)).await {
            Ok(requests) => Some(tokio::spawn(serve_others(Arc::clone(core), token.clone(), requests)).abort_handle()),
            Err(error) => {
                tracing::warn!(%error, "a call waits that only this gateway can go on with");
                None
            }
        };
        let waiting = Waiting {
            flow,
            question,
            view: Arc::clone(&call.view),
            found: found.clone(),
            caller: (*call.caller.id).into(),
            until: Instant::now() + core.settings().answer_wait,
            elsewhere: Elsewhere(elsewhere),
        };
        let mut all = core.parked.lock();
        if all.len() >= PARKED
            && let Some(oldest) = all.iter().min_by_key(|(_, waiting)| waiting.until).map(|(token, _)| token.clone())
        {
            all.remove(&oldest);
        }
        all.insert(token.clone(), waiting);
        Ok(token)
    }

    /// Goes on with a call, here or elsewhere.
    pub(crate) async fn take(call: &Call, token: &str, answers: &BTreeMap<String, String>) -> Result<Returned, Gone> {
        match call.core.parked.claim(token, &call.caller.id, answers) {
            Claim::Incomplete(question) => Ok(Returned::Incomplete(question)),
            Claim::Taken(waiting) => {
                let flow = answered(*waiting, answers, &call.context).await?;
                Ok(Returned::Here(Box::new(flow)))
            }
            Claim::Absent => hand_over(call, token).await.map(Returned::Elsewhere),
        }
    }

    fn claim(&self, token: &str, caller: &str, answers: &BTreeMap<String, String>) -> Claim {
        let mut all = self.lock();
        match all.get(token) {
            Some(waiting) if &*waiting.caller == caller => {
                if answers.contains_key(&questions::key_of(&waiting.question)) {
                    all.remove(token).map_or(Claim::Absent, |waiting| Claim::Taken(Box::new(waiting)))
                } else {
                    Claim::Incomplete(waiting.question.clone())
                }
            }
            _ => Claim::Absent,
        }
    }

    /// How many calls wait.
    pub(crate) fn len(&self) -> usize {
        self.lock().len()
    }

    /// Calls off what nobody has answered in time.
    pub(crate) fn tidy(&self) {
        let now = Instant::now();
        self.lock().retain(|_, waiting| waiting.until > now);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Claim {
    Taken(Box<Waiting>),
    Incomplete(Message),
    Absent,
}

/// Gives the server its answer.
async fn answered(
    mut waiting: Waiting,
    answers: &BTreeMap<String, String>,
    context: &CallContext,
) -> Result<Flow, UpstreamError> {
    let answer = answers.get(&questions::key_of(&waiting.question)).map_or("{}", String::as_str);
    let id = waiting.question.id().unwrap_or("null").to_owned();
    waiting.flow.answer(response(&id, answer), context.clone()).await?;
    Ok(waiting.flow)
}

fn topic(token: &str) -> String {
    format!("parked:{token}")
}

/// Sends the request to the gateway where its call waits.
async fn hand_over(call: &Call, token: &str) -> Result<BoxStream<'static, Bytes>, Gone> {
    let core = &call.core;
    let unknown = || Gone::from(RpcError::invalid_params("requestState names a call that does not wait any more"));
    let Client::Stateless(client) = &call.client else { return Err(unknown()) };
    let own = seal::token().map_err(|error| RpcError::new(code::INTERNAL_ERROR, error.to_string()))?;
    let reply = format!("reply:{own}");
    let away =
        |error: corten_mcp::shared::SharedError| Gone::from(RpcError::new(code::INTERNAL_ERROR, error.to_string()));
    let messages = core.shared.subscribe(&reply).await.map_err(away)?;
    let request = HandOver {
        topic: reply,
        body: String::from_utf8_lossy(call.message.body()).into_owned(),
        principal: (*call.caller.principal).clone(),
        log_level: client.log_level.clone(),
        capabilities: client.capabilities.as_json().to_owned(),
    };
    let plain = serde_json::to_vec(&request).unwrap_or_default();
    let sealed = core.sealer.seal(Purpose::Shared, &plain).map_err(|_| unknown())?;
    core.shared.publish(&topic(token), sealed.into()).await.map_err(away)?;
    let core = Arc::clone(core);
    // A gateway that has the call says so at once; where nobody does, there is no such call.
    let mut messages = messages.filter_map(move |sealed| {
        let plain = std::str::from_utf8(&sealed).ok().and_then(|sealed| core.sealer.open(Purpose::Shared, sealed));
        std::future::ready(plain.map(Bytes::from))
    });
    match tokio::time::timeout(Duration::from_secs(2), messages.next()).await {
        Ok(Some(first)) if first.is_empty() => Ok(messages.boxed()),
        _ => Err(unknown()),
    }
}

/// Goes on with a waiting call for requests that came in at other gateways.
fn serve_others(core: Arc<Core>, token: String, requests: BoxStream<'static, Bytes>) -> BoxFuture<'static, ()> {
    // Boxed: a call that goes on may wait again, and is then served in the same way.
    serve_all(core, token, requests).boxed()
}

async fn serve_all(core: Arc<Core>, token: String, mut requests: BoxStream<'static, Bytes>) {
    while let Some(sealed) = requests.next().await {
        let plain = std::str::from_utf8(&sealed).ok().and_then(|sealed| core.sealer.open(Purpose::Shared, sealed));
        let request = plain.and_then(|plain| serde_json::from_slice::<HandOver>(&plain).ok());
        let Some(request) = request else { continue };
        let Ok(message) = Message::parse(Bytes::from(request.body.clone())) else { continue };
        let caller: Arc<str> = request.principal.id().into();
        let answers = questions::answers(message.params().unwrap_or("{}"));
        let claim = core.parked.claim(&token, &caller, &answers);
        if matches!(claim, Claim::Absent) {
            continue;
        }
        let back = Back { core: Arc::clone(&core), topic: request.topic.clone() };
        back.say(Bytes::new()).await;
        match claim {
            Claim::Taken(mut waiting) => {
                // This is the task that would be ended with the call.
                waiting.elsewhere.0 = None;
                let body = serve_one(*waiting, request, message, answers, &back).await;
                back.say(body).await;
                return;
            }
            Claim::Incomplete(question) => {
                let params = question.params().unwrap_or("{}").to_owned();
                let asked = [(questions::key_of(&question), (question.method().to_owned(), params))].into();
                let state = message.param("requestState").and_then(edit::text).map(std::borrow::Cow::into_owned);
                let result = questions::InputRequired { questions: asked, state }.to_result();
                back.say(response(message.id().unwrap_or("null"), &result)).await;
            }
            Claim::Absent => {}
        }
    }
}

/// The way back to the gateway that handed a request over.
struct Back {
    core: Arc<Core>,
    topic: String,
}

impl Back {
    async fn say(&self, body: Bytes) {
        if let Ok(sealed) = self.core.sealer.seal(Purpose::Shared, &body) {
            drop(self.core.shared.publish(&self.topic, sealed.into()).await);
        }
    }
}

async fn serve_one(
    waiting: Waiting,
    request: HandOver,
    message: Message,
    answers: BTreeMap<String, String>,
    back: &Back,
) -> Bytes {
    let caller: Arc<str> = request.principal.id().into();
    let client = Arc::new(Stateless {
        capabilities: corten_mcp::ClientCapabilities::new(&request.capabilities),
        info: None,
        log_level: request.log_level.clone(),
    });
    let (view, found) = (Arc::clone(&waiting.view), waiting.found.clone());
    let context = CallContext { caller: Arc::clone(&caller), ..CallContext::own() };
    let call = Call {
        core: Arc::clone(&back.core),
        view,
        caller: Caller {
            principal: Arc::new(request.principal),
            id: caller,
            token: None,
            rate: None,
            route: "".into(),
        },
        client: Client::Stateless(Arc::clone(&client)),
        message,
        context: context.clone(),
        prefers_events: false,
        span: None,
    };
    let (outlet, mut messages) = mpsc::channel(16);
    let run = async {
        let flow = answered(waiting, &answers, &context).await?;
        go_on(&call, &client, &found, flow, &outlet).await
    };
    tokio::pin!(run);
    let outcome = loop {
        tokio::select! {
            Some(message) = messages.recv() => back.say(message).await,
            outcome = &mut run => break outcome,
        }
    };
    while let Ok(message) = messages.try_recv() {
        back.say(message).await;
    }
    match outcome {
        Ok((body, _)) => body,
        Err(Gone::Failure(Failure::Rpc(error))) => error.to_response(call.id()),
        Err(Gone::Upstream(error)) => RpcError::new(code::INTERNAL_ERROR, error.to_string()).to_response(call.id()),
        Err(Gone::Failure(_)) => RpcError::new(code::INTERNAL_ERROR, "the call failed").to_response(call.id()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_good_for_one_caller_and_one_request() {
        let keeper = Sealer::ephemeral().unwrap();
        let state = State::Server { state: "s".to_owned() };
        let sealed = state.seal(&keeper, "a", "tools/call s x", Duration::from_mins(1)).unwrap();
        assert_eq!(State::open(&keeper, &sealed, "a", "tools/call s x"), Some(state));
        assert_eq!(State::open(&keeper, &sealed, "b", "tools/call s x"), None);
        assert_eq!(State::open(&keeper, &sealed, "a", "tools/call s y"), None);
        assert_eq!(State::open(&keeper, &format!("{sealed}-TAMPERED"), "a", "tools/call s x"), None);
    }
}
