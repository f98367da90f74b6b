//! Tools, asked from servers now, and called to try them.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::api::{ApiState, Call};
use crate::problem::Problem;
use crate::records::read;
use crate::reply::{Reply, page};
use crate::route::Answer;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CallBody {
    #[serde(default)]
    arguments: Map<String, Value>,
}

pub(crate) fn list<'a>(state: &'a ApiState, call: &'a Call) -> Answer<'a> {
    Box::pin(list_some(state, call, call.query.get("server").map(String::as_str)))
}

pub(crate) fn list_of_server<'a>(state: &'a ApiState, call: &'a Call) -> Answer<'a> {
    Box::pin(list_some(state, call, Some(call.parameter("name"))))
}

async fn list_some(state: &ApiState, call: &Call, server: Option<&str>) -> Result<Reply, Problem> {
    let mut tools = state.desk.tools(&call.caller.principal, server).await?;
    tools.sort_by_cached_key(id);
    page(&tools, call, id, |tool| Value::Object(tool.clone()))
}

/// A place in the list: the server, then the name.
fn id(tool: &Map<String, Value>) -> String {
    let text = |field: &str| tool.get(field).and_then(Value::as_str).unwrap_or_default();
    format!("{}\n{}", text("server"), text("name"))
}

pub(crate) fn call<'a>(state: &'a ApiState, call: &'a Call) -> Answer<'a> {
    Box::pin(async move {
        let body: CallBody = read(call.body.clone())?;
        let (server, tool) = (call.parameter("name"), call.parameter("tool"));
        let result = state.desk.call(&call.caller.principal, server, tool, body.arguments).await?;
        Ok(Reply::ok(result))
    })
}
