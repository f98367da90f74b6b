//! What has to be refused, with the right code and without a call of the upstream.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use super::http::{self, Answer};
use super::mcp::{self, Client, PATIENCE};
use super::parts::{Gateway, Parts};

/// One attack: its name, the answers that are right (status, JSON-RPC code or 0 for none), and what is sent.
type Attack = (&'static str, &'static [(u16, i64)], fn(&Gateway) -> anyhow::Result<Answer>);

const ATTACKS: &[Attack] = &[
    ("a method header that lies", &[(400, -32020)], |gateway| lying(gateway, ("Mcp-Method", "tools/list"))),
    ("a name header that lies", &[(400, -32020)], |gateway| lying(gateway, ("Mcp-Name", "test_error_handling"))),
    ("a version header that lies", &[(400, -32020)], |gateway| lying(gateway, ("MCP-Protocol-Version", "2025-11-25"))),
    ("no method header", &[(400, -32020)], |gateway| lying(gateway, ("Mcp-Method", ""))),
    ("a name in bad base64", &[(400, -32020)], |gateway| lying(gateway, ("Mcp-Name", "=?base64?%%%?="))),
    ("an unknown version", &[(400, -32022)], |gateway| {
        let mut message = good();
        message["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"] = "1999-01-01".into();
        mcp::ask(&url(gateway), &message, &[("MCP-Protocol-Version", "1999-01-01")])
    }),
    ("a changed session id", &[(404, 0), (404, -32001), (404, -32600), (400, -32600)], |gateway| {
        let mut client = Client::open(&url(gateway))?;
        let session = client.session.clone().context("no session id")?;
        let last = if session.ends_with('A') { "B" } else { "A" };
        client.session = Some(format!("{}{last}", &session[..session.len() - 1]));
        client.post(&client.message("tools/call", &json!({"name": "test_simple_text"})))?.finish()
    }),
    ("a session id of nobody", &[(404, 0), (404, -32001), (404, -32600), (400, -32600)], |gateway| {
        let mut client = Client::open(&url(gateway))?;
        client.session = Some("00000000-0000-0000-0000-000000000000".to_owned());
        client.post(&client.message("tools/list", &json!({})))?.finish()
    }),
    ("a changed requestState", &[(200, -32602), (400, -32602)], |gateway| {
        let params = json!({
            "name": "test_input_required_result_request_state", "requestState": "AAAA.BBBB",
            "inputResponses": {"confirm": {"action": "accept", "content": {"ok": true}}}
        });
        mcp::ask(&url(gateway), &mcp::stateless(&json!(1), "tools/call", &params), &[])
    }),
    ("a body of 64 MiB", &[(413, 0), (413, -32600)], |gateway| {
        let body = vec![b' '; 64 << 20];
        http::send("POST", &url(gateway), &[("Content-Type", "application/json")], &body, PATIENCE)
    }),
    ("JSON 100,000 deep", &[(400, -32700), (400, -32600)], |gateway| {
        let body = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        post(gateway, &format!(r#"{{"jsonrpc":"2.0","id":1,"method":"ping","params":{body}}}"#), &[])
    }),
    ("no JSON", &[(400, -32700)], |gateway| post(gateway, "{", &[])),
    ("the same member twice", &[(400, -32600)], |gateway| {
        post(gateway, r#"{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"}"#, &[])
    }),
    ("another content type", &[(415, 0), (415, -32600), (415, -32700)], |gateway| {
        http::send("POST", &url(gateway), &[("Content-Type", "text/plain")], good().to_string().as_bytes(), PATIENCE)
    }),
    ("a page's Origin", &[(403, 0), (403, -32600)], |gateway| {
        mcp::ask(&url(gateway), &good(), &[("Origin", "https://evil.example")])
    }),
    ("another Host", &[(403, 0), (403, -32600), (421, 0), (421, -32600)], |gateway| {
        mcp::ask(&url(gateway), &good(), &[("Host", "evil.example")])
    }),
    ("both lengths", &[(400, 0), (400, -32700), (400, -32600)], |gateway| {
        let body = "0\r\n\r\n";
        let headers = [("Content-Type", "application/json"), ("Transfer-Encoding", "chunked"), ("Content-Length", "5")];
        http::send("POST", &url(gateway), &headers, body.as_bytes(), PATIENCE)
    }),
    ("two lengths", &[(400, 0)], |gateway| {
        let headers = [("Content-Length", "2"), ("Content-Length", "3")];
        http::send("POST", &url(gateway), &headers, b"{}x", PATIENCE)
    }),
    ("headers of a megabyte", &[(431, 0), (400, 0)], |gateway| {
        let long = "a".repeat(1 << 20);
        mcp::ask(&url(gateway), &good(), &[("X-Long", &long)])
    }),
    ("an unknown method", &[(404, -32601)], |gateway| {
        mcp::ask(&url(gateway), &mcp::stateless(&json!(1), "no/such", &json!({})), &[])
    }),
    ("an unknown server", &[(404, 0), (404, -32600), (404, -32601)], |gateway| {
        mcp::ask(&gateway.url("/mcp/nobody"), &good(), &[])
    }),
    ("a token with alg none", &[(401, 0), (401, -32600), (401, -32001)], |gateway| {
        // {"alg":"none"}.{"sub":"admin"}.
        mcp::ask(&url(gateway), &good(), &[("Authorization", "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.")])
    }),
    ("a key of nobody", &[(401, 0), (401, -32600), (401, -32001)], |gateway| {
        mcp::ask(&url(gateway), &good(), &[("X-API-Key", "ct_s3cretOfTheCheck")])
    }),
];

/// Secrets that were sent; none may be seen in what the gateway writes.
const SECRETS: &[&str] = &["eyJhbGciOiJub25lIn0", "s3cretOfTheCheck", "sesame-of-the-upstream"];

fn url(gateway: &Gateway) -> String {
    gateway.url("/mcp/fixture")
}

fn good() -> Value {
    mcp::stateless(&json!(1), "tools/call", &json!({"name": "test_simple_text", "arguments": {}}))
}

fn lying(gateway: &Gateway, header: (&str, &str)) -> anyhow::Result<Answer> {
    mcp::ask(&url(gateway), &good(), &[header])
}

fn post(gateway: &Gateway, body: &str, more: &[(&str, &str)]) -> anyhow::Result<Answer> {
    let mut headers = vec![
        ("Content-Type", "application/json"),
        ("Accept", "application/json, text/event-stream"),
        ("MCP-Protocol-Version", "2026-07-28"),
        ("Mcp-Method", "ping"),
    ];
    headers.extend_from_slice(more);
    http::send("POST", &url(gateway), &headers, body.as_bytes(), PATIENCE)
}

pub(super) fn refused(parts: &Parts) -> anyhow::Result<String> {
    let fixture = parts.fixture("both")?;
    let settings = format!(
        "auth: {{anonymous: true}}\nservers:\n  fixture: {{url: \"{}\", headers: {{x-upstream-key: sesame-of-the-upstream}}}}\n",
        fixture.url
    );
    let gateway = parts.gateway(&settings)?;
    let warm = mcp::result(&mcp::ask(&url(&gateway), &good(), &[])?.response()?)?;
    if warm["isError"] == true {
        bail!("a good call fails: {warm}");
    }
    let before = calls(&fixture.url)?;
    let mut problems = Vec::new();
    for (name, expected, attack) in ATTACKS {
        match attack(&gateway) {
            Ok(answer) => {
                let code = answer.response().ok().and_then(|response| response["error"]["code"].as_i64()).unwrap_or(0);
                if !expected.contains(&(answer.status, code)) {
                    let text: String = answer.text().chars().take(120).collect();
                    problems.push(format!("{name}: {} {code} {text}", answer.status));
                }
            }
            Err(error) => problems.push(format!("{name}: {error:#}")),
        }
    }
    let after = calls(&fixture.url)?;
    // A changed state is the upstream's own to refuse: this one call may reach it.
    if after > before + 1 {
        problems.push(format!("{} calls reached the upstream", after - before));
    }
    std::thread::sleep(Duration::from_millis(200));
    let written = gateway.process.written();
    problems.extend(
        SECRETS.iter().filter(|secret| written.contains(**secret)).map(|secret| format!("the log has {secret}")),
    );
    if problems.is_empty() {
        return Ok(format!("{} attacks refused, none reached the upstream, no secret in the log", ATTACKS.len()));
    }
    bail!("{}", problems.join("; "))
}

fn calls(url: &str) -> anyhow::Result<u64> {
    let counts = mcp::call(url, "fixture_counts", &json!({}))?;
    counts["structuredContent"]["calls"].as_u64().context("no counts")
}

/// How often each wrong key is tried.
const TRIES: usize = 400;

/// Keys that are wrong in their first and in their last letter take equally long to be refused.
pub(super) fn timing(parts: &Parts) -> anyhow::Result<String> {
    let gateway = parts.gateway("servers: {}\n")?;
    let key = gateway.key()?;
    let secret = key.rfind('_').context("the key has no secret")? + 1;
    let changed = |at: usize| {
        let mut letters = key.clone().into_bytes();
        letters[at] = if letters[at] == b'A' { b'B' } else { b'A' };
        String::from_utf8_lossy(&letters).into_owned()
    };
    let wrong = [changed(secret), changed(key.len() - 1), changed("corten_".len())];
    let mut times = [const { Vec::new() }; 3];
    let message = mcp::stateless(&json!(1), "ping", &json!({}));
    for _ in 0..TRIES {
        for (key, times) in wrong.iter().zip(&mut times) {
            let started = Instant::now();
            let answer = mcp::ask(&gateway.url("/mcp"), &message, &[("X-API-Key", key)])?;
            times.push(started.elapsed());
            if answer.status != 401 {
                bail!("a wrong key is answered with {}", answer.status);
            }
        }
    }
    let middles = times.map(|mut times| {
        times.sort_unstable();
        times[times.len() / 2]
    });
    let [first, last, other] = middles;
    // A comparison that stops at the first difference shows nanoseconds; what is seen here is the machine's noise.
    if first.abs_diff(last) > (first.max(last) / 5).max(Duration::from_micros(30)) {
        bail!("wrong in the first letter {first:.1?}, in the last one {last:.1?}");
    }
    Ok(format!("refused after {first:.1?} (first letter), {last:.1?} (last letter), {other:.1?} (no such key)"))
}
