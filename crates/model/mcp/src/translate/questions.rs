//! Questions of a server: requests of the session era, parts of a result in the stateless one.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::code::{RpcError, URL_ELICITATION_REQUIRED};
use crate::message::{Kind, Message, edit, quote, request};

/// The methods by which a server asks a client.
pub const METHODS: [&str; 3] = ["elicitation/create", "sampling/createMessage", "roots/list"];

/// A result that asks for input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InputRequired {
    /// The questions by their keys: method and parameters, as JSON text.
    pub questions: BTreeMap<String, (String, String)>,
    /// What the server wants back with the answers, as it said it.
    pub state: Option<String>,
}

impl InputRequired {
    /// Reads a response, if it asks for input.
    pub fn read(response: &Message) -> Option<Self> {
        if response.kind() != Kind::Response || memchr::memmem::find(response.body(), b"input_required").is_none() {
            return None;
        }
        let result = response.payload()?;
        if edit::member(result, "resultType").and_then(edit::text).as_deref() != Some("input_required") {
            return None;
        }
        let state = edit::member(result, "requestState").and_then(edit::text).map(Into::into);
        let mut found = Self { state, ..Self::default() };
        edit::each_member(edit::member(result, "inputRequests").unwrap_or("{}"), |key, question| {
            let method = edit::member(question, "method").and_then(edit::text).unwrap_or_default().into_owned();
            let params = edit::member(question, "params").unwrap_or("{}").to_owned();
            found.questions.insert(key.to_owned(), (method, params));
        });
        Some(found)
    }

    /// The result, as JSON text.
    pub fn to_result(&self) -> String {
        let questions: Vec<String> = self
            .questions
            .iter()
            .map(|(key, (method, params))| {
                let params = if params == "{}" { String::new() } else { format!(",\"params\":{params}") };
                format!("{}:{{\"method\":{}{params}}}", quote(key), quote(method))
            })
            .collect();
        let mut result = String::from(r#"{"resultType":"input_required""#);
        if !questions.is_empty() {
            result.push_str(",\"inputRequests\":{");
            result.push_str(&questions.join(","));
            result.push('}');
        }
        if let Some(state) = &self.state {
            result.push_str(",\"requestState\":");
            result.push_str(&quote(state));
        }
        result.push('}');
        result
    }
}

/// What an error of 2025-11-25 says that a user has to visit first, as questions by key.
pub fn visits(response: &Message) -> Option<BTreeMap<String, (String, String)>> {
    let wanted = response.kind() == Kind::Error
        && response.payload_member("code").and_then(|code| code.parse().ok()) == Some(URL_ELICITATION_REQUIRED);
    let data = response.payload_member("data").filter(|_| wanted)?;
    let asked = edit::elements(edit::member(data, "elicitations")?).into_iter().enumerate();
    let questions: BTreeMap<_, _> = asked
        .map(|(at, params)| {
            (format!("visit-{at}"), (METHODS[0].to_owned(), edit::with_member(params, "mode", "\"url\"")))
        })
        .collect();
    (!questions.is_empty()).then_some(questions)
}

/// A request without answers and state, as it was sent first.
pub fn without_answers(message: &Message) -> Bytes {
    let Some(span) = message.params_span() else { return message.body().clone() };
    let kept = edit::without_members(message.params().unwrap_or("{}"), &["inputResponses", "requestState"]);
    edit::splice(message.body(), &[(span.range(), &kept)])
}

/// The key under which a question of the session era is asked.
pub fn key_of(question: &Message) -> String {
    let id = question.id().unwrap_or_default();
    format!("{}-{}", question.method().split('/').next().unwrap_or_default(), id.trim_matches('"'))
}

/// A question as a request of the session era, with this id (JSON text).
pub fn to_request(id: &str, method: &str, params: &str) -> Bytes {
    request(id, method, params)
}

/// The answers in `params` of a stateless request, by key, as JSON text.
pub fn answers(params: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    edit::each_member(edit::member(params, "inputResponses").unwrap_or("{}"), |key, answer| {
        found.insert(key.to_owned(), answer.to_owned());
    });
    found
}

/// A request sent again with answers and the state that the server wants back.
///
/// Answers that are errors cannot be said in a result: the request ends with them.
pub fn with_answers(body: &Bytes, answers: &BTreeMap<String, String>, state: Option<&str>) -> Result<Bytes, RpcError> {
    let message = Message::parse(body.clone())?;
    let answers: Vec<String> = answers.iter().map(|(key, answer)| format!("{}:{answer}", quote(key))).collect();
    let kept = edit::without_members(message.params().unwrap_or("{}"), &["inputResponses", "requestState"]);
    let mut params = edit::with_member(&kept, "inputResponses", &format!("{{{}}}", answers.join(",")));
    if let Some(state) = state {
        params = edit::with_member(&params, "requestState", &quote(state));
    }
    let Some(span) = message.params_span() else { return Err(RpcError::invalid_params("the request has no params")) };
    Ok(edit::splice(message.body(), &[(span.range(), &params)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_that_asks_is_read_and_written() {
        let text = r#"{"resultType":"input_required","inputRequests":{"a":{"method":"elicitation/create","params":{"message":"?"}},"b":{"method":"roots/list"}},"requestState":"s\"1"}"#;
        let body = Bytes::from(format!(r#"{{"jsonrpc":"2.0","id":1,"result":{text}}}"#));
        let found = InputRequired::read(&Message::parse(body).unwrap()).unwrap();
        assert_eq!(found.state.as_deref(), Some("s\"1"));
        assert_eq!(found.to_result(), text);
        let other = Bytes::from_static(br#"{"jsonrpc":"2.0","id":1,"result":{"text":"input_required"}}"#);
        assert_eq!(InputRequired::read(&Message::parse(other).unwrap()), None);
    }

    #[test]
    fn an_error_that_wants_urls_visited_asks_for_them() {
        let error = |code: i64| {
            let data = r#"{"elicitations":[{"mode":"url","url":"https://a"},{"url":"https://b","x":1}]}"#;
            let text = format!(r#"{{"jsonrpc":"2.0","id":1,"error":{{"code":{code},"message":"m","data":{data}}}}}"#);
            Message::parse(text.into()).unwrap()
        };
        let found = visits(&error(-32042)).unwrap();
        assert_eq!(found["visit-0"].1, r#"{"mode":"url","url":"https://a"}"#);
        assert_eq!(found["visit-1"].1, r#"{"url":"https://b","x":1,"mode":"url"}"#);
        assert_eq!(visits(&error(-32602)), None);
    }

    #[test]
    fn a_request_is_sent_again_with_answers() {
        let body = Bytes::from_static(br#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x"}}"#);
        let answers = BTreeMap::from([("a".to_owned(), r#"{"action":"accept"}"#.to_owned())]);
        assert_eq!(
            with_answers(&body, &answers, Some("s")).unwrap(),
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x","inputResponses":{"a":{"action":"accept"}},"requestState":"s"}}"#
        );
        let again = Message::parse(with_answers(&body, &answers, Some("s")).unwrap()).unwrap();
        assert_eq!(without_answers(&again), body);
    }
}
