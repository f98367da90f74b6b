//! The tools that can go on as a task (extension `io.modelcontextprotocol/tasks`).

use std::time::Duration;

use rmcp::ErrorData;
use rmcp::model::{CallToolResult, ContentBlock};
use rmcp::task_manager::{TaskContext, TaskExit};
use serde_json::{Value, json};

use crate::catalogue::typed;
use crate::play::{elicit, text_field};
use crate::turn::Round;

/// The work of a task.
#[derive(Debug, Clone)]
pub enum Job {
    /// Answers at once, never as a task.
    Greet(String),
    /// Sleeps some seconds.
    Slow(f64, String),
    /// Ends as a tool that failed.
    Fails,
    /// Ends as a protocol error.
    Breaks,
    /// Asks whether to delete a file.
    Confirm(String),
    /// Asks two things at once.
    Two,
    /// Greets after a moment.
    Late(String),
}

impl Job {
    /// Returns the job of a tool; `None` for a tool that has none.
    pub(crate) fn of(name: &str, round: &Round) -> Option<Self> {
        let text = |key: &str, otherwise: &str| round.argument(key).unwrap_or(otherwise).to_owned();
        Some(match name {
            "greet" => Self::Greet(text("name", "friend")),
            "slow_compute" => {
                let seconds = round.arguments.get("seconds").and_then(Value::as_f64).unwrap_or(1.0);
                Self::Slow(seconds.clamp(0.0, 3_600.0), text("label", "compute"))
            }
            "failing_job" => Self::Fails,
            "protocol_error_job" => Self::Breaks,
            "confirm_delete" => Self::Confirm(text("filename", "file.txt")),
            "multi_input" => Self::Two,
            "test_tool_with_task" => Self::Late(round.field("user_name", "name").unwrap_or("friend").to_owned()),
            _ => return None,
        })
    }

    /// Tells whether the job is only ever a task.
    pub(crate) fn needs_task(&self) -> bool {
        matches!(self, Self::Fails | Self::Confirm(_) | Self::Two | Self::Late(_))
    }

    /// Tells whether the job may be a task.
    pub(crate) fn may_be_task(&self) -> bool {
        !matches!(self, Self::Greet(_))
    }

    /// Does the job; `context` is the task's, if it is one.
    pub(crate) async fn run(self, context: Option<TaskContext>) -> Result<CallToolResult, TaskExit> {
        match self {
            Self::Greet(name) => Ok(said(format!("Hello, {name}!"))),
            Self::Slow(seconds, label) => {
                let sleep = tokio::time::sleep(Duration::from_secs_f64(seconds));
                match context {
                    None => sleep.await,
                    Some(context) => tokio::select! {
                        () = context.cancelled() => return Err(TaskExit::Cancelled),
                        () = sleep => {}
                    },
                }
                Ok(said(format!("{label} took {seconds} s")))
            }
            Self::Fails => {
                tokio::time::sleep(Duration::from_secs(1)).await;
                Ok(CallToolResult::error(vec![ContentBlock::text("the job failed, as it should")]))
            }
            Self::Breaks => {
                tokio::time::sleep(Duration::from_millis(200)).await;
                Err(ErrorData::internal_error("the job broke, as it should", None).into())
            }
            Self::Confirm(file) => {
                let form = elicit(&format!("Delete {file}?"), &json!({"confirm": {"type": "boolean"}}), &["confirm"]);
                let answer = ask(context.as_ref(), "confirm", form).await?;
                Ok(said(format!("delete {file}: {}", answer["content"]["confirm"])))
            }
            Self::Two => {
                let form = |name: &str| elicit(&format!("Value {name}"), &text_field("value"), &["value"]);
                let (first, second) = tokio::join!(
                    ask(context.as_ref(), "input-a", form("a")),
                    ask(context.as_ref(), "input-b", form("b"))
                );
                let (first, second) = (first?, second?);
                Ok(said(format!("a = {}, b = {}", first["content"]["value"], second["content"]["value"])))
            }
            Self::Late(name) => {
                tokio::time::sleep(Duration::from_millis(200)).await;
                Ok(said(format!("Hello, {name}! (later)")))
            }
        }
    }
}

async fn ask(context: Option<&TaskContext>, key: &str, request: Value) -> Result<Value, TaskExit> {
    let Some(context) = context else {
        return Err(ErrorData::internal_error("only a task can ask", None).into());
    };
    context.request_input(key, typed(request)?).await
}

fn said(text: String) -> CallToolResult {
    CallToolResult::success(vec![ContentBlock::text(text)])
}
