//! A call of a tool as a request of the API, and the API's answer as a result.

use std::fmt::Write as _;

use bytes::Bytes;
use data_encoding::BASE64;
use http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, HeaderName, USER_AGENT};
use http::{HeaderValue, Request, StatusCode};
use http_body_util::Full;
use serde_json::{Value, json};

use super::operation::{Body, Operation, Parameter, Place, Placement};
use crate::exchange::header;

/// Makes the request; the error says which argument is wrong.
pub(crate) fn request(
    base: &url::Url,
    operation: &Operation,
    arguments: &Value,
) -> Result<Request<Full<Bytes>>, String> {
    let mut path = operation.path.clone();
    let (mut query, mut cookies) = (Vec::new(), Vec::new());
    let mut request = Request::new(Full::default());
    *request.method_mut() = operation.method.clone();
    request.headers_mut().insert(USER_AGENT, HeaderValue::from_static(concat!("corten/", env!("CARGO_PKG_VERSION"))));
    for parameter in &operation.parameters {
        let Some(value) = arguments.get(&parameter.argument).filter(|value| !value.is_null()) else {
            if parameter.is_required {
                return Err(format!("the argument {} is missing", parameter.argument));
            }
            continue;
        };
        match parameter.place {
            Place::Path => {
                let text = in_path(parameter, value);
                // A segment of dots would leave the operation's own path.
                if text.is_empty() || matches!(text.as_str(), "." | "..") {
                    return Err(format!("the argument {} cannot be {value}", parameter.argument));
                }
                path = path.replace(&format!("{{{}}}", parameter.name), &text);
            }
            Place::Query => query.extend(in_query(parameter, value)),
            Place::Cookie => cookies.extend(in_query(parameter, value)),
            Place::Header => {
                let text = listed(parameter, value, ",", false);
                if !put_header(&mut request, &parameter.name, &text) {
                    return Err(format!("the argument {} has characters that no header can have", parameter.argument));
                }
            }
        }
    }
    let mut url = format!("{}{path}", base.as_str().trim_end_matches('/'));
    for (at, (name, value)) in query.iter().enumerate() {
        let _ = write!(url, "{}{name}={value}", if at == 0 { '?' } else { '&' });
    }
    *request.uri_mut() = url.parse().map_err(|_| format!("{url} is no address"))?;
    if !cookies.is_empty() {
        let pairs: Vec<String> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        put_header(&mut request, COOKIE.as_str(), &pairs.join("; "));
    }
    if let Some(body) = &operation.body {
        match arguments.get(&body.argument) {
            Some(value) => put_body(&mut request, body, value)?,
            None if body.is_required => return Err(format!("the argument {} is missing", body.argument)),
            None => {}
        }
    }
    Ok(request)
}

/// Puts a header into the request; tells whether it can be one.
pub(crate) fn put_header(request: &mut Request<Full<Bytes>>, name: &str, value: &str) -> bool {
    let Some((name, value)) = name.parse::<HeaderName>().ok().zip(header(value)) else { return false };
    request.headers_mut().insert(name, value);
    true
}

/// Puts the key where the API wants it.
pub(crate) fn place(request: &mut Request<Full<Bytes>>, placement: &Placement, key: &str) {
    match placement {
        Placement::Bearer => drop(put_header(request, AUTHORIZATION.as_str(), &format!("Bearer {key}"))),
        Placement::Basic => {
            let pair = BASE64.encode(key.as_bytes());
            put_header(request, AUTHORIZATION.as_str(), &format!("Basic {pair}"));
        }
        Placement::Header(name) => drop(put_header(request, name, key)),
        Placement::Cookie(name) => {
            let own = request.headers().get(COOKIE).and_then(|value| value.to_str().ok());
            let pair = format!("{name}={}", encode(key));
            let all = own.map_or_else(|| pair.clone(), |own| format!("{own}; {pair}"));
            put_header(request, COOKIE.as_str(), &all);
        }
        Placement::Query(name) => {
            let uri = request.uri().to_string();
            let mark = if uri.contains('?') { '&' } else { '?' };
            if let Ok(uri) = format!("{uri}{mark}{}={}", encode(name), encode(key)).parse() {
                *request.uri_mut() = uri;
            }
        }
    }
}

/// The result of a call that was not sent.
pub(crate) fn refused(reason: &str) -> String {
    json!({"resultType": "complete", "content": [{"type": "text", "text": reason}], "isError": true}).to_string()
}

/// The result of an answer.
pub(crate) fn result(status: StatusCode, kind: &str, body: &[u8]) -> String {
    let is_error = status.as_u16() >= 400;
    let bare = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let text = || String::from_utf8_lossy(body).into_owned();
    let parsed = (bare == "application/json" || bare.ends_with("+json")).then(|| serde_json::from_slice::<Value>(body));
    let mut result = json!({"resultType": "complete", "isError": is_error});
    let block = match parsed {
        Some(Ok(value)) => {
            let block = json!({"type": "text", "text": text()});
            if value.is_object() && !is_error {
                result["structuredContent"] = value;
            }
            block
        }
        _ if body.is_empty() => json!({"type": "text", "text": format!("{status}")}),
        _ if bare.starts_with("image/") => json!({"type": "image", "data": BASE64.encode(body), "mimeType": bare}),
        _ if bare.starts_with("audio/") => json!({"type": "audio", "data": BASE64.encode(body), "mimeType": bare}),
        _ if std::str::from_utf8(body).is_ok() => json!({"type": "text", "text": text()}),
        _ => {
            let resource = json!({"uri": "openapi:response", "mimeType": bare, "blob": BASE64.encode(body)});
            json!({"type": "resource", "resource": resource})
        }
    };
    let status_block = is_error.then(|| json!({"type": "text", "text": format!("the API answered {status}")}));
    result["content"] = status_block.into_iter().chain([block]).collect();
    result.to_string()
}

fn put_body(request: &mut Request<Full<Bytes>>, body: &Body, value: &Value) -> Result<(), String> {
    let bare = body.kind.split(';').next().unwrap_or_default().trim();
    let mut kind = body.kind.clone();
    let bytes = match bare {
        "application/x-www-form-urlencoded" => form(value),
        "multipart/form-data" => {
            let (boundary, bytes) = multipart(body, value)?;
            kind = format!("multipart/form-data; boundary={boundary}");
            bytes
        }
        _ if bare == "application/json" || bare.ends_with("+json") || bare == "*/*" => {
            if bare == "*/*" {
                "application/json".clone_into(&mut kind);
            }
            Bytes::from(value.to_string())
        }
        _ if bare.starts_with("text/") => Bytes::from(plain(value)),
        _ => {
            let text = value.as_str().unwrap_or_default();
            Bytes::from(
                BASE64.decode(text.as_bytes()).map_err(|_| format!("the argument {} is no base64", body.argument))?,
            )
        }
    };
    *request.body_mut() = Full::new(bytes);
    put_header(request, CONTENT_TYPE.as_str(), &kind);
    Ok(())
}

fn form(value: &Value) -> Bytes {
    let mut out = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in value.as_object().into_iter().flatten() {
        let items = value.as_array().map_or_else(|| std::slice::from_ref(value), Vec::as_slice);
        out.extend_pairs(items.iter().map(|item| (name, plain(item))));
    }
    Bytes::from(out.finish())
}

fn multipart(body: &Body, value: &Value) -> Result<(String, Bytes), String> {
    let mut random = [0_u8; 16];
    getrandom::fill(&mut random).map_err(|error| format!("no randomness on this machine: {error}"))?;
    let boundary = data_encoding::HEXLOWER.encode(&random);
    let mut out = Vec::new();
    for (name, value) in value.as_object().into_iter().flatten() {
        let is_list = value.as_array();
        let items = is_list.map_or_else(|| std::slice::from_ref(value), Vec::as_slice);
        for item in items {
            // RFC 7578 and the HTML standard: quotes and line breaks in a name are written in percent form.
            let safe = name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A");
            let mut head = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{safe}\"");
            let bytes = if body.binary.contains(name) {
                let _ = write!(head, "; filename=\"{safe}\"\r\nContent-Type: application/octet-stream");
                let text = item.as_str().unwrap_or_default();
                BASE64.decode(text.as_bytes()).map_err(|_| format!("the property {name} is no base64"))?
            } else {
                if item.is_object() {
                    head.push_str("\r\nContent-Type: application/json");
                }
                plain(item).into_bytes()
            };
            out.extend_from_slice(head.as_bytes());
            out.extend_from_slice(b"\r\n\r\n");
            out.extend_from_slice(&bytes);
            out.extend_from_slice(b"\r\n");
        }
    }
    out.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    Ok((boundary, Bytes::from(out)))
}

/// A value as text: a string as it is, anything else as JSON.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The styles of paths: simple, label and matrix.
fn in_path(parameter: &Parameter, value: &Value) -> String {
    let name = encode(&parameter.name);
    match parameter.style.as_str() {
        "label" => format!(".{}", listed(parameter, value, if parameter.explode { "." } else { "," }, true)),
        "matrix" if parameter.explode && (value.is_array() || value.is_object()) => {
            let pairs = pairs(&name, value);
            pairs.iter().fold(String::new(), |out, (name, value)| format!("{out};{name}={value}"))
        }
        "matrix" => format!(";{name}={}", listed(parameter, value, ",", true)),
        _ => listed(parameter, value, ",", true),
    }
}

/// The styles of queries: form, spaceDelimited, pipeDelimited and deepObject.
fn in_query(parameter: &Parameter, value: &Value) -> Vec<(String, String)> {
    let name = encode(&parameter.name);
    if parameter.is_json {
        return vec![(name, encode(&value.to_string()))];
    }
    match (parameter.style.as_str(), value) {
        ("deepObject", Value::Object(members)) => {
            members.iter().map(|(key, value)| (format!("{name}%5B{}%5D", encode(key)), encode(&plain(value)))).collect()
        }
        ("form", _) if parameter.explode => pairs(&name, value),
        ("spaceDelimited", _) => vec![(name, listed(parameter, value, "%20", true))],
        ("pipeDelimited", _) => vec![(name, listed(parameter, value, "%7C", true))],
        _ => vec![(name, listed(parameter, value, ",", true))],
    }
}

/// One pair for each item of a list and each member of an object.
fn pairs(name: &str, value: &Value) -> Vec<(String, String)> {
    match value {
        Value::Array(items) => items.iter().map(|item| (name.to_owned(), encode(&plain(item)))).collect(),
        Value::Object(members) => members.iter().map(|(key, value)| (encode(key), encode(&plain(value)))).collect(),
        _ => vec![(name.to_owned(), encode(&plain(value)))],
    }
}

fn listed(parameter: &Parameter, value: &Value, separator: &str, encoded: bool) -> String {
    let text = |value: &Value| if encoded { encode(&plain(value)) } else { plain(value) };
    if parameter.is_json {
        return if encoded { encode(&value.to_string()) } else { value.to_string() };
    }
    match value {
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(separator),
        Value::Object(members) => {
            let mark = if parameter.explode { "=" } else { separator };
            let pair = |(key, value): (&String, &Value)| {
                format!("{}{mark}{}", if encoded { encode(key) } else { key.clone() }, text(value))
            };
            members.iter().map(pair).collect::<Vec<_>>().join(separator)
        }
        _ => text(value),
    }
}

/// RFC 3986: everything but unreserved characters in percent form.
fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::document::Document;
    use super::super::operation::operations;
    use super::*;

    const API: &str = r##"
openapi: 3.0.3
info: {title: Pets, version: "1"}
servers: [{url: "https://{host}/v1", variables: {host: {default: api.example.com}}}]
security: [{key: []}]
paths:
  /pets/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      operationId: getPet
      summary: One pet
      parameters:
        - {name: fields, in: query, schema: {type: array, items: {type: string}}}
        - {name: filter, in: query, style: deepObject, explode: true, schema: {type: object}}
        - {name: X-Trace, in: header, schema: {type: string}}
        - {name: id, in: query, schema: {type: integer, nullable: true, minimum: 1, exclusiveMinimum: true}}
    put:
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}
  /upload:
    post:
      operationId: "up load/file"
      requestBody:
        content:
          multipart/form-data:
            schema: {type: object, properties: {file: {type: string, format: binary}, note: {type: string}}}
components:
  securitySchemes: {key: {type: apiKey, in: query, name: api key}}
  schemas:
    Pet:
      type: object
      required: [name, id]
      properties:
        id: {type: string, readOnly: true}
        name: {type: string}
        mother: {$ref: "#/components/schemas/Pet"}
        other: {$ref: "https://elsewhere.example/x.json"}
"##;

    fn api() -> (Document, Vec<Operation>) {
        let document = Document::read(API.as_bytes()).unwrap();
        let operations = operations(&document);
        (document, operations)
    }

    fn base() -> url::Url {
        url::Url::parse("https://api.example.com/v1").unwrap()
    }

    fn built(operation: &Operation, arguments: &Value) -> Result<Request<Full<Bytes>>, String> {
        request(&base(), operation, arguments)
    }

    #[test]
    fn operations_become_tools() {
        let (document, operations) = api();
        assert_eq!(document.server(), "https://api.example.com/v1");
        let names: Vec<_> = operations.iter().map(|operation| operation.name.as_str()).collect();
        assert_eq!(names, ["getPet", "put_pets_id", "up_load_file"]);
        let schema = &operations[0].tool["inputSchema"];
        assert_eq!(schema["required"], json!(["id"]));
        assert_eq!(schema["properties"]["id_query"], json!({"type": ["integer", "null"], "exclusiveMinimum": 1}));
        let pet = &operations[1].tool["inputSchema"];
        assert_eq!(pet["properties"]["body"], json!({"$ref": "#/$defs/Pet"}));
        assert_eq!(
            pet["$defs"]["Pet"],
            json!({
                "type": "object", "required": ["name"],
                "properties": {"name": {"type": "string"}, "mother": {"$ref": "#/$defs/Pet"}, "other": {}}
            })
        );
        assert_eq!(operations[0].placement, Some(Placement::Query("api key".to_owned())));
    }

    #[test]
    fn arguments_go_where_the_document_says() {
        let (_, operations) = api();
        let arguments =
            json!({"id": "a/b ü", "fields": ["x", "y&z"], "filter": {"age": 3}, "X-Trace": "t", "id_query": 7});
        let mut made = built(&operations[0], &arguments).unwrap();
        place(&mut made, &Placement::Query("api key".to_owned()), "s3cret&");
        assert_eq!(
            made.uri().to_string(),
            "https://api.example.com/v1/pets/a%2Fb%20%C3%BC?fields=x&fields=y%26z&filter%5Bage%5D=3&id=7&api%20key=s3cret%26"
        );
        assert_eq!(made.headers()["x-trace"], "t");
    }

    #[test]
    fn what_would_leave_the_path_is_refused() {
        let (_, operations) = api();
        for id in [json!(".."), json!("."), json!(""), json!(null)] {
            assert!(built(&operations[0], &json!({"id": id})).is_err(), "{id}");
        }
        assert!(built(&operations[0], &json!({"id": "a", "X-Trace": "a\r\nb: c"})).is_err());
        assert!(built(&operations[1], &json!({"id": "a"})).is_err(), "the body is missing");
    }

    #[test]
    fn files_are_given_in_base64() {
        let (_, operations) = api();
        assert!(built(&operations[2], &json!({"body": {"file": "%%"}})).is_err());
        let made = built(&operations[2], &json!({"body": {"file": "aGk=", "note": "n"}})).unwrap();
        assert!(made.headers()[CONTENT_TYPE].to_str().unwrap().starts_with("multipart/form-data; boundary="));
    }

    #[test]
    fn answers_become_content() {
        let read = |text: String| serde_json::from_str::<Value>(&text).unwrap();
        let made = read(result(StatusCode::OK, "application/json; charset=utf-8", br#"{"a":1}"#));
        assert_eq!(made["structuredContent"], json!({"a": 1}));
        assert_eq!(made["content"][0]["text"], r#"{"a":1}"#);
        let made = read(result(StatusCode::NOT_FOUND, "text/plain", b"no"));
        assert_eq!((&made["isError"], &made["content"][1]["text"]), (&json!(true), &json!("no")));
        assert_eq!(read(result(StatusCode::OK, "image/png", b"\x89"))["content"][0]["type"], "image");
        assert_eq!(read(result(StatusCode::NO_CONTENT, "", b""))["content"][0]["text"], "204 No Content");
    }
}
