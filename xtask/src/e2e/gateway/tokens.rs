//! Tokens of an identity provider, good and bad; policies over them; addresses that a registrant may not name.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context as _, bail};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER_PERMISSIVE};
use serde_json::{Value, json};

use super::http::{self, Answer};
use super::mcp::{self, PATIENCE};
use super::parts::{Gateway, Parts};

/// An identity provider: signs with openssl's keys, serves its key set.
struct Issuer {
    url: String,
    folder: PathBuf,
    keys: Arc<Mutex<Vec<Value>>>,
}

impl Issuer {
    fn start(folder: PathBuf) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").context("no free port")?;
        let url = format!("http://{}", listener.local_addr().context("no address")?);
        let keys = Arc::new(Mutex::new(Vec::new()));
        let (served, own) = (Arc::clone(&keys), url.clone());
        std::thread::spawn(move || {
            for mut client in listener.incoming().map_while(Result::ok) {
                let mut head = [0; 4096];
                let count = client.read(&mut head).unwrap_or(0);
                let is_set = String::from_utf8_lossy(&head[..count]).starts_with("GET /jwks ");
                let body = if is_set {
                    json!({"keys": *served.lock().unwrap_or_else(PoisonError::into_inner)})
                } else {
                    json!({"issuer": own, "jwks_uri": format!("{own}/jwks")})
                }
                .to_string();
                let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length:";
                drop(client.write_all(format!("{head} {}\r\n\r\n{body}", body.len()).as_bytes()));
            }
        });
        Ok(Self { url, folder, keys })
    }

    /// Makes a key and, unless it is a stranger's, serves it.
    fn make_key(&self, id: &str, is_served: bool) -> anyhow::Result<()> {
        let file = self.file(id);
        openssl(&["genrsa", "-out", &file.to_string_lossy(), "2048"], &[])?;
        let modulus = openssl(&["rsa", "-in", &file.to_string_lossy(), "-noout", "-modulus"], &[])?;
        let modulus = String::from_utf8_lossy(&modulus).trim().trim_start_matches("Modulus=").to_owned();
        let modulus = HEXLOWER_PERMISSIVE.decode(modulus.as_bytes()).context("openssl gives no modulus")?;
        if is_served {
            let key = json!({
                "kty": "RSA", "use": "sig", "alg": "RS256", "kid": id, "e": "AQAB", "n": BASE64URL_NOPAD.encode(&modulus)
            });
            self.keys.lock().unwrap_or_else(PoisonError::into_inner).push(key);
        }
        Ok(())
    }

    fn file(&self, id: &str) -> PathBuf {
        self.folder.join(format!("{id}.pem"))
    }

    fn claims(&self, audience: &str) -> Value {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
        json!({"iss": self.url, "sub": "ann", "aud": audience, "iat": now, "exp": now + 600, "roles": ["caller"], "scope": "mcp:use"})
    }

    fn token(&self, key: &str, claims: &Value) -> anyhow::Result<String> {
        let message = unsigned(&json!({"alg": "RS256", "typ": "JWT", "kid": key}), claims);
        let signature = sign(&self.file(key), &message)?;
        Ok(format!("{message}.{}", BASE64URL_NOPAD.encode(&signature)))
    }
}

fn unsigned(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    format!("{}.{}", part(header), part(claims))
}

fn sign(key: &Path, message: &str) -> anyhow::Result<Vec<u8>> {
    openssl(&["dgst", "-sha256", "-sign", &key.to_string_lossy()], message.as_bytes())
}

fn openssl(arguments: &[&str], input: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut command = Command::new("openssl");
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().context("cannot start openssl")?;
    child.stdin.take().context("openssl has no input")?.write_all(input).context("openssl does not read")?;
    let output = child.wait_with_output().context("openssl did not end")?;
    if output.status.success() { Ok(output.stdout) } else { bail!("openssl {} failed", arguments.join(" ")) }
}

const SETTINGS: &str = r#"log: {level: debug}
roles:
  caller: {allow: [{servers: [fixture], tools: [test_simple_text, fixture_echo]}]}
policies:
  - {name: no-secrets, cedar: 'forbid(principal, action, resource) when { context.arguments has mark && context.arguments.mark == "forbidden" };'}
"#;

fn call(gateway: &Gateway, token: &str, tool: &str, arguments: &Value) -> anyhow::Result<Answer> {
    let message = mcp::stateless(&json!(1), "tools/call", &json!({"name": tool, "arguments": arguments}));
    mcp::ask(&gateway.url("/mcp/fixture"), &message, &[("Authorization", &format!("Bearer {token}"))])
}

/// Tokens that have to be refused, each in its own way bad.
fn bad_tokens(issuer: &Issuer, audience: &str) -> anyhow::Result<Vec<(&'static str, String)>> {
    let good = issuer.claims(audience);
    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        claims
    };
    let none = format!("{}.", unsigned(&json!({"alg": "none"}), &good));
    let message = unsigned(&json!({"alg": "HS256", "kid": "first"}), &good);
    let borrowed = format!("{message}.{}", BASE64URL_NOPAD.encode(&sign(&issuer.file("first"), &message)?[..32]));
    let mut changed = issuer.token("first", &good)?;
    changed.replace_range(changed.len() - 8..changed.len() - 4, "AAAA");
    Ok(vec![
        ("expired", issuer.token("first", &with("exp", json!(1_700_000_000)))?),
        ("of tomorrow", issuer.token("first", &with("nbf", json!(4_000_000_000_u64)))?),
        ("for another audience", issuer.token("first", &with("aud", json!("https://elsewhere.example/mcp")))?),
        ("of another issuer", issuer.token("first", &with("iss", json!("https://elsewhere.example")))?),
        ("without an end", issuer.token("first", &with("exp", Value::Null))?),
        ("with alg none", none),
        ("with another algorithm", borrowed),
        ("with a changed signature", changed),
        ("of a stranger's key", issuer.token("stranger", &good)?),
    ])
}

pub(super) fn judged(parts: &Parts) -> anyhow::Result<String> {
    let fixture = parts.fixture("both")?;
    let issuer = Issuer::start(parts.folder()?)?;
    issuer.make_key("first", true)?;
    issuer.make_key("stranger", false)?;
    let settings = format!(
        "{SETTINGS}auth: {{tokens: [{{issuer: \"{}\", scopes: [mcp:use]}}]}}\nservers: {{fixture: {{url: \"{}\"}}}}\n",
        issuer.url, fixture.url
    );
    let gateway = parts.gateway(&settings)?;
    let audience = gateway.url("/mcp/fixture");
    let good = issuer.token("first", &issuer.claims(&audience))?;
    let mut problems = Vec::new();
    let first = call(&gateway, &good, "test_simple_text", &json!({}))?;
    if first.status != 200 {
        bail!("a good token is answered with {} {}", first.status, first.text());
    }
    let before = calls(&fixture.url)?;
    let bad = bad_tokens(&issuer, &audience)?;
    for (what, token) in &bad {
        let answer = call(&gateway, token, "test_simple_text", &json!({}))?;
        let challenge = answer.header("www-authenticate").unwrap_or_default();
        if answer.status != 401 || !challenge.contains("resource_metadata=") {
            problems.push(format!("a token {what}: {} {challenge}", answer.status));
        }
    }
    problems.extend(hidden(&gateway, &good)?);
    let mut narrow = issuer.claims(&audience);
    narrow["scope"] = "other".into();
    let narrow = call(&gateway, &issuer.token("first", &narrow)?, "test_simple_text", &json!({}))?;
    let challenge = narrow.header("www-authenticate").unwrap_or_default();
    if narrow.status != 403 || !challenge.contains("insufficient_scope") || !challenge.contains("mcp:use") {
        problems.push(format!("a token without the scope: {} {challenge}", narrow.status));
    }
    let metadata = http::get(&gateway.url("/.well-known/oauth-protected-resource/mcp/fixture"), PATIENCE)?.text();
    if !metadata.contains(&issuer.url) || !metadata.contains("mcp:use") || !metadata.contains(&audience) {
        problems.push(format!("the metadata says {metadata}"));
    }
    if calls(&fixture.url)? > before {
        problems.push("a call that was refused reached the upstream".to_owned());
    }
    // A key that the gateway has not seen yet is fetched; it asks at most every ten seconds.
    issuer.make_key("second", true)?;
    std::thread::sleep(Duration::from_secs(11));
    let rotated = call(&gateway, &issuer.token("second", &issuer.claims(&audience))?, "test_simple_text", &json!({}))?;
    if rotated.status != 200 {
        problems.push(format!("after a rotation: {} {}", rotated.status, rotated.text()));
    }
    let written = gateway.process.written();
    let leaked = bad.iter().map(|(_, token)| token).chain([&good]).filter(|token| {
        // The signature alone, or the claims alone, would be a leak too.
        token.split('.').skip(1).any(|part| part.len() > 20 && written.contains(part))
    });
    problems.extend(leaked.map(|token| format!("the log has the token {token}")));
    if !problems.is_empty() {
        bail!("{}", problems.join("; "));
    }
    Ok(format!("{} bad tokens refused, keys rotated, forbidden tools and arguments hidden, none in the log", bad.len()))
}

/// What a caller may not use: not listed, and answered as if it were not there.
fn hidden(gateway: &Gateway, token: &str) -> anyhow::Result<Vec<String>> {
    let mut problems = Vec::new();
    let list = mcp::stateless(&json!(1), "tools/list", &json!({}));
    let bearer = format!("Bearer {token}");
    let list = mcp::ask(&gateway.url("/mcp/fixture"), &list, &[("Authorization", &bearer)])?;
    let list = mcp::result(&list.response()?)?;
    let mut names: Vec<&str> =
        list["tools"].as_array().into_iter().flatten().filter_map(|tool| tool["name"].as_str()).collect();
    names.sort_unstable();
    if names != ["fixture_echo", "test_simple_text"] {
        problems.push(format!("the caller sees {names:?}"));
    }
    let denied = call(gateway, token, "test_error_handling", &json!({}))?;
    let unknown = call(gateway, token, "test_no_such_tool_x", &json!({}))?;
    let shown = |answer: &Answer, name: &str| {
        answer.response().map(|response| response["error"].to_string().replace(name, "NAME")).unwrap_or_default()
    };
    let (first, other) = (shown(&denied, "test_error_handling"), shown(&unknown, "test_no_such_tool_x"));
    if denied.status != unknown.status || first != other || first.is_empty() {
        problems.push(format!("denied: {} {first}, unknown: {} {other}", denied.status, unknown.status));
    }
    let forbidden = call(gateway, token, "fixture_echo", &json!({"mark": "forbidden"}))?;
    if forbidden.response()?["error"].is_null() {
        problems.push(format!("forbidden arguments: {} {}", forbidden.status, forbidden.text()));
    }
    Ok(problems)
}

fn calls(url: &str) -> anyhow::Result<u64> {
    let counts = mcp::call(url, "fixture_counts", &json!({}))?;
    counts["structuredContent"]["calls"].as_u64().context("no counts")
}

/// Addresses that nobody may register over the API: of this machine, of the private network, of cloud metadata.
const FORBIDDEN: &[&str] = &[
    "http://169.254.169.254/latest/meta-data/",
    "http://[fd00:ec2::254]/mcp",
    "http://127.0.0.1:PORT/mcp",
    "http://localhost:PORT/mcp",
    "http://[::1]:PORT/mcp",
    "http://[::ffff:127.0.0.1]:PORT/mcp",
    "http://2130706433:PORT/mcp",
    "http://10.0.0.1/mcp",
    "http://0.0.0.0:PORT/mcp",
];

pub(super) fn registered(parts: &Parts) -> anyhow::Result<String> {
    let fixture = parts.fixture("both")?;
    let gateway = parts.gateway("servers: {}\n")?;
    let key = gateway.key()?;
    let own = [("X-API-Key", key.as_str()), ("Content-Type", "application/json")];
    let mut problems = Vec::new();
    let before = calls(&fixture.url)?;
    for (at, address) in FORBIDDEN.iter().enumerate() {
        let url = address.replace("PORT", &fixture.port.to_string());
        let body = json!({"name": format!("inner{at}"), "settings": {"url": url}}).to_string();
        let made = http::send("POST", &gateway.url("/api/v1/servers"), &own, body.as_bytes(), PATIENCE)?;
        if made.status >= 500 {
            problems.push(format!("{url}: registering gives {}", made.status));
        }
        if made.status >= 300 {
            continue;
        }
        // It may be registered, and is never reached.
        wait_for(&gateway, &format!("inner{at}"), &key)?;
        let message = mcp::stateless(&json!(1), "tools/call", &json!({"name": "test_simple_text", "arguments": {}}));
        let started = Instant::now();
        let answer = mcp::ask(&gateway.url(&format!("/mcp/inner{at}")), &message, &[("X-API-Key", &key)])?;
        let response = answer.response()?;
        if response["result"].is_object() || started.elapsed() > Duration::from_secs(2) {
            problems.push(format!("{url}: {response} after {:?}", started.elapsed()));
        }
    }
    if calls(&fixture.url)? > before {
        problems.push("an address of this machine was reached".to_owned());
    }
    if problems.is_empty() {
        return Ok(format!("{} addresses, none reached", FORBIDDEN.len()));
    }
    bail!("{}", problems.join("; "))
}

/// A registered server is served within a second.
fn wait_for(gateway: &Gateway, name: &str, key: &str) -> anyhow::Result<()> {
    let until = Instant::now() + Duration::from_secs(3);
    let list = mcp::stateless(&json!(1), "ping", &json!({}));
    loop {
        let answer = mcp::ask(&gateway.url(&format!("/mcp/{name}")), &list, &[("X-API-Key", key)])?;
        if !answer.text().contains("no such server") {
            return Ok(());
        }
        if Instant::now() > until {
            bail!("{name} is registered and not served");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}
